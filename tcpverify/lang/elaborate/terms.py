"""What a piece of surface syntax stands for while it is elaborated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tcpverify.ir.expr import TRUE, Apply, Expr, Sort

MAX_NESTING = 150
"""How deep the formulas of actions and properties may be: engines read them by recursion."""


@dataclass(frozen=True, slots=True)
class RecordShape:
    """A record (or a set of flags): its fields with their shapes."""

    name: str
    fields: tuple[tuple[str, Shape], ...]
    is_flags: bool = False

    def __str__(self) -> str:
        return self.name


Shape: TypeAlias = Sort | RecordShape


def size(shape: Shape) -> int:
    """How many scalars a value of this shape is made of."""
    return sum(size(inner) for _, inner in shape.fields) if isinstance(shape, RecordShape) else 1


def leaves(shape: Shape, path: str) -> Iterator[tuple[str, Sort]]:
    """The scalars that a value of this shape is made of, each with its dotted name."""
    if isinstance(shape, RecordShape):
        for name, inner in shape.fields:
            yield from leaves(inner, f"{path}.{name}")
    else:
        yield path, shape


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value, and the condition under which it is defined (no division by zero in it)."""

    value: Expr
    defined: Expr = TRUE

    @property
    def shape(self) -> Sort:
        return self.value.sort


@dataclass(frozen=True, slots=True)
class Compound:
    """A record value, field by field."""

    shape: RecordShape
    fields: Mapping[str, Term]


Term: TypeAlias = Scalar | Compound


@dataclass(frozen=True, slots=True)
class Segment:
    """The segment a handler has received: what kinds it may be of, and who sent it."""

    kinds: tuple[int, ...]
    sender: str
    corrupt: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern with its names resolved: the kinds it can match, flags set and flags clear."""

    kinds: tuple[int, ...]
    set: frozenset[str]
    clear: frozenset[str]
    corrupt: bool = False

    def covers(self, other: Pattern) -> bool:
        """Whether every segment that `other` matches is matched by this one."""
        if self.corrupt or other.corrupt:
            return self.corrupt and other.corrupt
        return set(other.kinds) <= set(self.kinds) and self.set <= other.set and self.clear <= other.clear

    def excludes(self, other: Pattern) -> bool:
        """Whether no segment is matched by both."""
        if self.corrupt or other.corrupt:
            return self.corrupt != other.corrupt
        return bool(self.set & other.clear or self.clear & other.set) or not set(self.kinds) & set(
            other.kinds
        )


@dataclass(frozen=True, slots=True)
class Poison:
    """A name whose definition was refused: it may be used without a second message."""


Meaning: TypeAlias = Scalar | Compound | Segment | Poison


def depth(formulas: Sequence[Expr]) -> int:
    """The longest way down in any of the formulas; shared parts are looked at once."""
    known: dict[int, int] = {}
    stack = list(formulas)
    while stack:
        e = stack[-1]
        below = [a for a in e.args if id(a) not in known] if isinstance(e, Apply) else []
        if below:
            stack.extend(below)
            continue
        stack.pop()
        known[id(e)] = 1 + max((known[id(a)] for a in e.args), default=0) if isinstance(e, Apply) else 0
    return max((known[id(f)] for f in formulas), default=0)
