"""What a piece of surface syntax stands for while it is elaborated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tcpverify.ir.expr import TRUE, Expr, Sort


@dataclass(frozen=True, slots=True)
class RecordShape:
    """A record (or a set of flags): its fields with their shapes."""

    name: str
    fields: tuple[tuple[str, Shape], ...]

    def __str__(self) -> str:
        return self.name


Shape: TypeAlias = Sort | RecordShape


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
class Poison:
    """A name whose definition was refused: it may be used without a second message."""


Meaning: TypeAlias = Scalar | Compound | Segment | Poison
