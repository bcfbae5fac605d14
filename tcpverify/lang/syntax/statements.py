"""The surface tree of statements, the bodies of handlers."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tcpverify.lang.syntax.base import Identifier, at
from tcpverify.lang.syntax.expressions import (
    Expression,
    FieldValue,
    Index,
    Interval,
    Member,
    Name,
    Pattern,
    SetLiteral,
)
from tcpverify.records import record
from tcpverify.source import Span


@record
class Fresh:
    """`fresh`, or `fresh in { ... }` / `fresh in lo..hi`: a choice of values."""

    within: SetLiteral | Interval | None
    span: Span = at()


@record
class Assign:
    """`target := value`; `ghost` when written `ghost target := value`."""

    target: Name | Member | Index
    value: Expression | Fresh
    ghost: bool
    span: Span = at()


@record
class Send:
    """`send PATTERN (fields) to TARGET`; target None: the only link, "all": every link."""

    pattern: Pattern
    fields: tuple[FieldValue, ...]
    target: Expression | Literal["all"] | None
    span: Span = at()


@record
class Start:
    timer: Identifier
    span: Span = at()


@record
class Stop:
    timer: Identifier
    span: Span = at()


@record
class Goto:
    state: Identifier
    span: Span = at()


@record
class Branch:
    """`if condition { body }` or `elif condition { body }`."""

    condition: Expression
    body: tuple[Statement, ...]
    span: Span = at()


@record
class If:
    branches: tuple[Branch, ...]
    otherwise: tuple[Statement, ...] | None
    span: Span = at()


@record
class Choose:
    """`choose { ... } or { ... }`."""

    alternatives: tuple[tuple[Statement, ...], ...]
    span: Span = at()


@record
class For:
    """`for i in lo..hi { ... }`, unrolled."""

    variable: Identifier
    interval: Interval
    body: tuple[Statement, ...]
    span: Span = at()


@record
class Let:
    name: Identifier
    value: Expression
    span: Span = at()


@record
class CallProcedure:
    name: Identifier
    arguments: tuple[Expression, ...]
    span: Span = at()


@record
class Done:
    """`done`, or `drop` when `discards`: the end of this handler."""

    discards: bool
    span: Span = at()


@record
class Notify:
    event: Identifier
    span: Span = at()


@record
class Assert:
    condition: Expression
    span: Span = at()


Statement: TypeAlias = (
    Assign | Send | Start | Stop | Goto | If | Choose | For | Let | CallProcedure | Done | Notify
    | Assert
)  # fmt: skip
