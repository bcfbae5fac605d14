"""A system as canonical text, and the digest of that text: the same system, the same digest anywhere.

Places in the source take no part, so that a comment more changes nothing. An expression that comes again
is named (`@7`), so that the text is as long as the system and not as its trees; whether the two are the
same in memory, or made twice, makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import sha256
from typing import Any

from tcpverify.ir.expr import Apply, Const, Expr, Var
from tcpverify.ir.parametric import Parametric
from tcpverify.ir.system import System
from tcpverify.source import Span


def digest(system: System | Parametric) -> str:
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
        self._classes = _Classes()
        self._numbers: dict[int, int] = {}

    def parts(self, root: object) -> Iterator[str]:
        """The text in pieces. No recursion: expressions may be deep."""
        todo: list[object] = [root]
        while todo:
            value = todo.pop()
            kind = type(value)
            if kind is _Literally:
                yield value.text  # type: ignore[attr-defined]
            elif kind in _PLAIN:
                yield repr(value)
            elif isinstance(value, Enum):
                yield repr(value.name)
            elif isinstance(value, Apply):
                same = self._classes.of(value)
                if same in self._numbers:
                    yield f"@{self._numbers[same]}"
                else:
                    self._numbers[same] = len(self._numbers)
                    todo.extend(reversed(_inside(value)))
            else:
                todo.extend(reversed(_inside(value)))


class _Classes:
    """A number for each expression, the same for those that are written alike."""

    def __init__(self) -> None:
        self._known: dict[Apply, int] = {}
        self._numbers: dict[tuple[object, ...], int] = {}

    def of(self, expr: Apply) -> int:
        todo = [] if expr in self._known else [expr]
        while todo:
            e = todo[-1]
            below = [a for a in e.args if isinstance(a, Apply) and a not in self._known]
            if below:
                todo.extend(below)
                continue
            todo.pop()
            key = (e.op.value, e.sort, *map(self._key, e.args))
            self._known[e] = self._numbers.setdefault(key, len(self._numbers))
        return self._known[expr]

    def _key(self, operand: Expr) -> object:
        match operand:
            case Apply():
                return self._known[operand]
            case Var(scope, name, sort):
                return scope.value, name, sort
            case Const(value, sort):
                return value, sort


_PLAIN = frozenset({str, int, bool, float, type(None)})


def _inside(value: object) -> list[object]:
    """What a compound value is made of, with what stands between."""
    match value:
        case tuple() | list():
            return _row("(", value, _CLOSE)
        case frozenset():
            return _row("(", sorted(value, key=repr), _CLOSE)
        case dict():
            return _row("{", sorted(value.items(), key=repr), _BRACE)
        case _ if is_dataclass(value):
            kind: Any = type(value)
            inner = [getattr(value, name) for name in _names(kind)]
            return _row(f"{kind.__name__}(", (i for i in inner if not isinstance(i, Span)), _CLOSE)
        case _:
            raise TypeError(f"a system holds a {type(value).__name__}")


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass that belong to its text."""
    return tuple(f.name for f in fields(kind) if f.name not in ("span", "size"))


class _Literally:
    """Text to be written as it is."""

    __match_args__ = ("text",)
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


_COMMA, _CLOSE, _BRACE = _Literally(","), _Literally(")"), _Literally("}")


def _row(opening: str, values: Iterable[object], closing: _Literally) -> list[object]:
    found: list[object] = [_Literally(opening)]
    for value in values:
        found += (value, _COMMA)
    found.append(closing)
    return found
