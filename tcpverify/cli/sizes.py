"""Amounts of memory, as users write and read them: in units of 1024 bytes."""

from __future__ import annotations

import re

UNITS = "KMGT"
SIZE = re.compile(rf"(\d{{1,18}}(?:\.\d{{1,9}})?)\s*([{UNITS}]?)(?:i?B)?", re.ASCII | re.IGNORECASE)


def parse_size(text: str) -> int | None:
    """The bytes that `512M`, `4G`, `4GiB`, `1.5 gb` or `1048576` stand for; None if it is no size.

    K, M, G and T are powers of 1024, with or without an `i`.
    """
    found = SIZE.fullmatch(text.strip())
    if found is None:
        return None
    number, unit = found.groups()
    size = int(float(number) * 1024 ** (UNITS.index(unit.upper()) + 1 if unit else 0))
    return size or None


def binary_size(count: int) -> str:
    """Bytes in MiB, from 1 GiB on in GiB."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"
