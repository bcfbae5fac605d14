"""The surface tree of a protocol and of a whole file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tcpverify.lang.syntax.base import Identifier, at
from tcpverify.lang.syntax.checks import Check
from tcpverify.lang.syntax.expressions import Expression, Type
from tcpverify.lang.syntax.monitors import Monitor, Property
from tcpverify.lang.syntax.networks import Adversary, Network, Scenario
from tcpverify.lang.syntax.roles import Def, Role, Variant
from tcpverify.source import Span


@dataclass(frozen=True, slots=True)
class Import:
    path: str
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Param:
    name: Identifier
    type: Type
    default: Expression | None
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Const:
    name: Identifier
    type: Type | None
    value: Expression
    span: Span = at()


@dataclass(frozen=True, slots=True)
class TypeDecl:
    """`type T = TYPE`, or `enum E { a, b }` as an `EnumType`."""

    name: Identifier
    type: Type
    span: Span = at()


@dataclass(frozen=True, slots=True)
class FieldDecl:
    names: tuple[Identifier, ...]
    type: Type
    ghost: bool
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Record:
    name: Identifier
    fields: tuple[FieldDecl, ...]
    doc: str | None
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Message:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    fields: tuple[FieldDecl, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Tick:
    """`tick 100 ms`: the length of one tick, for reports."""

    count: int
    unit: Literal["us", "ms", "s", "min", "h"]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Protocol:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    items: tuple[ProtocolItem, ...]
    span: Span = at()


ProtocolItem: TypeAlias = Param | Const | TypeDecl | Record | Def | Message | Role | Variant

Declaration: TypeAlias = (
    Import | Protocol | ProtocolItem | Network | Adversary | Monitor | Property | Scenario | Check
    | Tick
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class File:
    """One spec file, its declarations in textual order."""

    declarations: tuple[Declaration, ...]
    span: Span = at()
