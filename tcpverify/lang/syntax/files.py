"""The surface tree of a protocol and of a whole file."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tcpverify.lang.syntax.base import Identifier, at
from tcpverify.lang.syntax.checks import Check
from tcpverify.lang.syntax.expressions import Expression, Type
from tcpverify.lang.syntax.monitors import Monitor, Property
from tcpverify.lang.syntax.networks import Adversary, Network, Scenario
from tcpverify.lang.syntax.roles import Def, Role, Variant
from tcpverify.records import record
from tcpverify.source import Span


@record
class Import:
    path: str
    span: Span = at()


@record
class Param:
    name: Identifier
    type: Type
    default: Expression | None
    span: Span = at()


@record
class Const:
    name: Identifier
    type: Type | None
    value: Expression
    span: Span = at()


@record
class TypeDecl:
    """`type T = TYPE`, or `enum E { a, b }` as an `EnumType`."""

    name: Identifier
    type: Type
    span: Span = at()


@record
class FieldDecl:
    names: tuple[Identifier, ...]
    type: Type
    ghost: bool
    span: Span = at()


@record
class Record:
    name: Identifier
    fields: tuple[FieldDecl, ...]
    doc: str | None
    span: Span = at()


@record
class Message:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    fields: tuple[FieldDecl, ...]
    span: Span = at()


@record
class Tick:
    """`tick 100 ms`: the length of one tick, for reports."""

    count: int
    unit: Literal["us", "ms", "s", "min", "h"]
    span: Span = at()


@record
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


@record
class File:
    """One spec file, its declarations in textual order."""

    declarations: tuple[Declaration, ...]
    span: Span = at()
