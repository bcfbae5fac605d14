"""A folder whose files are ours: a manifest lists them, and nothing else in it is touched."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.pipeline.save import write_all

MANIFEST = "manifest.json"
FORMAT = "tcpverify report 1"
MOST_BYTES = 16 << 20

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[a-z]+)+")


def replace_all(folder: Path, files: Mapping[str, str], loose: Mapping[str, str]) -> list[Path]:
    """Write files and a manifest with their SHA-256; `loose` ones, which change without need, it only names.

    A file of an older report that is not among them goes, unless it was changed by hand. Raises ModelError,
    before anything is written, if the folder is a symbolic link or has a file of one of the names that its
    manifest does not list.
    """
    if folder.is_symlink():
        raise _refused(f"`{folder}` is a symbolic link: nothing is written through it")
    known = listed(folder)
    everything = {**files, **loose}
    for name in everything:
        if name not in known and os.path.lexists(folder / name):
            raise _refused(f"`{folder / name}` is not of a report: it is left alone",
                           "choose another folder, or move the file away")  # fmt: skip
    digests = {name: _digest(text) for name, text in files.items()}
    document = {"format": FORMAT, "files": dict(sorted({**digests, **dict.fromkeys(loose, None)}.items()))}
    written = write_all(folder, {**everything, MANIFEST: json.dumps(document, indent=1) + "\n"})
    for name, digest in known.items():
        if name not in everything and digest is not None:
            _remove(folder / name, digest)
    return written


def listed(folder: Path) -> dict[str, str | None]:
    """The plain names that the manifest of a folder lists, with their digests; none if there is no manifest.

    Raises ModelError if there is a manifest of another kind.
    """
    path = folder / MANIFEST
    if not os.path.lexists(path):
        return {}
    refused = _refused(f"`{path}` is not the manifest of a report", "choose another folder")
    try:
        if path.is_symlink() or path.stat().st_size > MOST_BYTES:
            raise refused
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise refused from None
    files = document.get("files") if isinstance(document, dict) else None
    if not isinstance(files, dict) or document.get("format") != FORMAT:
        raise refused
    return {str(name): digest if isinstance(digest, str) else None
            for name, digest in files.items() if _PLAIN.fullmatch(str(name))}  # fmt: skip


def _digest(text: str) -> str:
    """The SHA-256 of a text as `write_all` writes it."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _remove(path: Path, digest: str) -> None:
    """Remove a file that is as it was written."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
        return
    if sha256(path.read_bytes()).hexdigest() == digest:
        path.unlink()


def _refused(message: str, hint: str | None = None) -> ModelError:
    return ModelError([Diagnostic(Code.CANNOT_WRITE, message, hint=hint)])
