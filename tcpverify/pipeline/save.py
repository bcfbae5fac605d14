"""Files written whole or not at all, inside one folder, under safe names."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from tcpverify.diagnostics import Code, Diagnostic, ModelError


class Folder:
    """An output folder. Writing replaces a file of the same name at once; a symbolic link in its
    place is replaced, not followed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise _cannot(path, problem) from None

    def write(self, name: str, text: str) -> Path:
        """Write one file; `name` is made of slugs. Raises ModelError if it cannot be written."""
        target = self.path / name
        try:
            handle, temporary = tempfile.mkstemp(dir=self.path, prefix=".tcpverify-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                    stream.write(text)
                os.chmod(temporary, 0o644)
                os.replace(temporary, target)
            except BaseException:
                os.unlink(temporary)
                raise
        except OSError as problem:
            raise _cannot(target, problem) from None
        return target


def slug(*parts: str) -> str:
    """A file name without suffix: letters, digits, `_`, `-`; never empty, never long."""
    text = "-".join(re.sub(r"[^A-Za-z0-9_]+", "-", part).strip("-") for part in parts if part)
    return text[:120].strip("-") or "unnamed"


def _cannot(path: Path, problem: OSError) -> ModelError:
    message = f"cannot write `{path}`: {problem.strerror or 'not a file name'}"
    return ModelError([Diagnostic(Code.CANNOT_WRITE, message)])
