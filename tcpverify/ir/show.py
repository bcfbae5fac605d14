"""A system as canonical text, and the digest of that text: the same system, the same digest anywhere.

Places in the source take no part, so that a comment more changes nothing. Parts that trees share are
written once and named after (`@7`), so that the text is as long as the system and not as its trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import sha256

from tcpverify.ir.expr import Apply
from tcpverify.ir.system import System
from tcpverify.source import Span


def digest(system: System) -> str:
    """The SHA-256 of a system's canonical text, in hexadecimal."""
    hashed = sha256()
    for part in _Shower().parts(system):
        hashed.update(part.encode("utf-8", "backslashreplace"))
    return hashed.hexdigest()


def show(system: System) -> str:
    """A system's canonical text."""
    return "".join(_Shower().parts(system))


class _Shower:
    """Writes values; an expression met before is named by its number."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def parts(self, root: object) -> Iterator[str]:
        """The text in pieces. No recursion: expressions may be deep."""
        todo: list[object] = [root]
        while todo:
            value = todo.pop()
            match value:
                case _Literally(text):
                    yield text
                case Apply() if id(value) in self._numbers:
                    yield f"@{self._numbers[id(value)]}"
                case None | bool() | int() | float() | str() | Enum():
                    yield repr(value if not isinstance(value, Enum) else value.name)
                case tuple() | list() | frozenset():
                    ordered = sorted(value, key=repr) if isinstance(value, frozenset) else value
                    todo.extend(reversed(_row("(", ordered, ")")))
                case dict():
                    todo.extend(reversed(_row("{", sorted(value.items(), key=repr), "}")))
                case _ if is_dataclass(value):
                    if isinstance(value, Apply):
                        self._numbers[id(value)] = len(self._numbers)
                    named = [f for f in fields(value) if f.name not in ("span", "size")]
                    inner = [getattr(value, f.name) for f in named]
                    kept = [i for i in inner if not isinstance(i, Span)]
                    todo.extend(reversed(_row(f"{type(value).__name__}(", kept, ")")))
                case _:
                    raise TypeError(f"a system holds a {type(value).__name__}")


class _Literally:
    """Text to be written as it is."""

    __match_args__ = ("text",)
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def _row(opening: str, values: Iterable[object], closing: str) -> list[object]:
    found: list[object] = [_Literally(opening)]
    for value in values:
        found += [value, _Literally(",")]
    return [*found, _Literally(closing)]
