"""Files written whole or not at all, inside one folder, under safe names."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Mapping
from errno import EINVAL, EISDIR
from pathlib import Path

from tcpverify.diagnostics import Code, Diagnostic, ModelError

MOST_CHARACTERS = 120


def write_all(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write files into a folder, made if it is not there: all of them, or none if one cannot be written.

    The names are plain ones (of `Names`). A file of the same name is replaced at once; so is a symbolic
    link, which is not followed. Raises ModelError.
    """
    return write_files({folder / name: text for name, text in files.items()}, folder)


def write_files(files: Mapping[Path, str | bytes], folder: Path | None = None) -> list[Path]:
    """Write files of any names, their folders (and `folder`) made if they are not there: all of them, or none
    if one cannot be written; like `write_all`. Devices and pipes are not replaced. Raises ModelError."""
    ready: dict[str, Path] = {}
    at = folder or Path()
    try:
        at.mkdir(parents=True, exist_ok=True)
        for at, text in files.items():
            at.parent.mkdir(parents=True, exist_ok=True)
            if at.is_dir() and not at.is_symlink():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
            if at.exists() and not (at.is_file() or at.is_dir()):
                raise OSError(EINVAL, "this is a device or a pipe")
            ready[_written(at.parent, text)] = at
        for temporary, at in ready.items():
            os.replace(temporary, at)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "this is no file name"
        message = f"cannot write `{at}`: {reason}"
        raise ModelError([Diagnostic(Code.CANNOT_WRITE, message)]) from None
    finally:
        for temporary in ready:
            Path(temporary).unlink(missing_ok=True)
    return list(ready.values())


def rewrite(path: Path, text: str) -> None:
    """Give a file another text, at once or not at all; its permissions stay, and a symbolic link leads
    to the same file as before. Raises ModelError."""
    temporary = None
    try:
        target = path.resolve(strict=True)
        temporary = _written(target.parent, text, stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    except (OSError, ValueError, RuntimeError) as problem:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        reason = getattr(problem, "strerror", None) or "this is no file name"
        message = f"cannot write `{path}`: {reason}"
        raise ModelError([Diagnostic(Code.CANNOT_WRITE, message)]) from None


def _written(folder: Path, text: str | bytes, mode: int = 0o644) -> str:
    """A new file with this text under a passing name."""
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".tcpverify-")
    data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, mode)
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


class Names:
    """The file names of one folder: made of letters, digits, `_` and `-`, and each given once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, suffix: str, *parts: str) -> str:
        """A name that says the parts, not given before (whatever the case of its letters)."""
        base = slug(*parts)
        name, n = f"{base}.{suffix}", 1
        while name.lower() in self._taken:
            n += 1
            name = f"{base}-{n}.{suffix}"
        self._taken.add(name.lower())
        return name


def slug(*parts: str) -> str:
    """Parts as a file name without suffix; never empty, never long."""
    plain = [re.sub(r"[^A-Za-z0-9_]+", "-", part).strip("-") for part in parts]
    return "-".join(filter(None, plain))[:MOST_CHARACTERS].strip("-") or "unnamed"
