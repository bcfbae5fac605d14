"""Compiled kernels in the user's own cache folder (XDG Base Directory Specification 0.8).

What lies there is machine code that will run, so the folder and its files must be ours alone; a file
begins with the SHA-256 digest of the rest, so that one cut short is not used. Everything works without
the folder: then kernels are compiled anew by each process.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

DIGEST = hashlib.sha256().digest_size
FOLDER = "tcpverify/kernels"
PRIVATE = 0o700
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def folder(environment: Mapping[str, str]) -> Path | None:
    """Where compiled kernels belong: below `XDG_CACHE_HOME`, or else `HOME/.cache`; None without either."""
    chosen = environment.get("XDG_CACHE_HOME", "")
    if os.path.isabs(chosen):
        return Path(chosen, FOLDER)
    home = environment.get("HOME", "")
    return Path(home, ".cache", FOLDER) if os.path.isabs(home) else None


def key(*parts: str) -> str:
    """The name of a file for what all these texts determine."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return digest.hexdigest()


def fetch(where: Path | None, name: str) -> bytes | None:
    """The machine code kept under a name; None if there is none that can be trusted."""
    if where is None or not _is_ours(where):
        return None
    try:
        handle = os.open(where / name, os.O_RDONLY | os.O_NOFOLLOW)
        with open(handle, "rb") as file:
            if not _may_be_trusted(os.fstat(handle)):
                return None
            content = file.read()
    except OSError:
        return None
    digest, code = content[:DIGEST], content[DIGEST:]
    return code if hashlib.sha256(code).digest() == digest else None


def keep(where: Path | None, name: str, code: bytes) -> bool:
    """Keep machine code under a name; whether that could be done."""
    if where is None:
        return False
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            where.mkdir(mode=PRIVATE)
        if not _is_ours(where):
            return False
        handle, temporary = tempfile.mkstemp(dir=where)
        try:
            with open(handle, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            os.replace(temporary, where / name)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError:
        return False
    return True


def _is_ours(where: Path) -> bool:
    """Whether a folder is a real one that only we can write to."""
    try:
        found = os.lstat(where)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and _may_be_trusted(found)


def _may_be_trusted(found: os.stat_result) -> bool:
    """Owned by us, writable by nobody else; where there are no such owners, nothing is trusted."""
    owner = getattr(os, "geteuid", None)
    return owner is not None and found.st_uid == owner() and not found.st_mode & OTHERS_MAY_WRITE
