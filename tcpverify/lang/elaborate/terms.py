"""What a piece of surface syntax stands for while it is elaborated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from tcpverify.ir.expr import BOOL, TRUE, Apply, Expr, Sort
from tcpverify.records import record

MAX_NESTING = 150
"""How deep the formulas of actions and properties may be: engines read them by recursion."""
SMALL = 40
"""Parts of so few operations are not measured, unless that decides."""


@record
class RecordShape:
    """A record (or a set of flags): its fields with their shapes."""

    name: str
    fields: tuple[tuple[str, Shape], ...]
    is_flags: bool = False

    def __str__(self) -> str:
        return self.name


@record
class ArrayShape:
    """`[lo..hi] of element`."""

    lo: int
    hi: int
    element: Shape

    def __str__(self) -> str:
        return f"[{self.lo}..{self.hi}] of {self.element}"


@record
class OptionShape:
    """`element?`: whether there is a value, and the value; while there is none it is the first one
    of its type, so that equal options are equal states."""

    element: Shape

    def __str__(self) -> str:
        return f"{self.element}?"


CompoundShape: TypeAlias = RecordShape | ArrayShape | OptionShape
Shape: TypeAlias = Sort | CompoundShape

PRESENT, VALUE = "?", ""
"""The parts of an option, as parts of a name: `x?` tells whether `x` has a value."""


def parts(shape: CompoundShape) -> tuple[tuple[str, Shape], ...]:
    """What a compound is made of: `f` of a record, `[i]` of an array, `?` and the value of an option."""
    match shape:
        case RecordShape(_, fields):
            return fields
        case ArrayShape(lo, hi, element):
            return tuple((f"[{i}]", element) for i in range(lo, hi + 1))
        case OptionShape(element):
            return (PRESENT, BOOL), (VALUE, element)


def join(path: str, key: str) -> str:
    """The name of a part of what has the name `path`."""
    return f"{path}{key}" if key[:1] in ("", "[", "?") else f"{path}.{key}"


def leaves(shape: Shape, path: str) -> Iterator[tuple[str, Sort]]:
    """The scalars that a value of this shape is made of, each with its full name."""
    if isinstance(shape, Sort):
        yield path, shape
    else:
        for key, inner in parts(shape):
            yield from leaves(inner, join(path, key))


def count(shape: Shape) -> int:
    """How many scalars a value of this shape is made of."""
    match shape:
        case RecordShape(_, fields):
            return sum(count(inner) for _, inner in fields)
        case ArrayShape(lo, hi, element):
            return (hi - lo + 1) * count(element)
        case OptionShape(element):
            return 1 + count(element)
        case _:
            return 1


@record
class Scalar:
    """A value, and the condition under which it is defined (no division by zero in it)."""

    value: Expr
    defined: Expr = TRUE

    @property
    def shape(self) -> Sort:
        return self.value.sort


@record
class Compound:
    """A record, an array or an option, part by part."""

    shape: CompoundShape
    fields: Mapping[str, Term]


Term: TypeAlias = Scalar | Compound


@record
class Segment:
    """The segment a handler has received: what kinds it may be of, and who sent it."""

    kinds: tuple[int, ...]
    sender: str
    corrupt: bool = False


@record
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


@record
class Poison:
    """A name whose definition was refused: it may be used without a second message."""


Meaning: TypeAlias = Scalar | Compound | Segment | Poison


def too_nested(formulas: Sequence[Expr]) -> bool:
    """Whether any of the formulas is deeper than MAX_NESTING; one of few operations cannot be."""
    large = [f for f in formulas if f.size > MAX_NESTING]
    return bool(large) and _depth(large, SMALL) > MAX_NESTING and _depth(large, 0) > MAX_NESTING


def _depth(formulas: Sequence[Expr], small: int) -> int:
    """The longest way down in any of the formulas; shared parts are looked at once. Parts of at most `small`
    operations are not looked into, but taken for as deep as they are large."""
    known: dict[int, int] = {}
    stack = list(formulas)
    while stack:
        e = stack[-1]
        if e.size <= small:
            stack.pop()
            known[id(e)] = e.size
            continue
        below = [a for a in e.args if id(a) not in known] if isinstance(e, Apply) else []
        if below:
            stack.extend(below)
            continue
        stack.pop()
        known[id(e)] = 1 + max((known[id(a)] for a in e.args), default=0) if isinstance(e, Apply) else 0
    return max((known[id(f)] for f in formulas), default=0)
