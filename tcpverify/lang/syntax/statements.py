"""The surface tree of statements, the bodies of handlers."""

from __future__ import annotations

from dataclasses import dataclass
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
from tcpverify.source import Span


@dataclass(frozen=True, slots=True)
class Fresh:
    """`fresh`, or `fresh in { ... }` / `fresh in lo..hi`: a choice of values."""

    within: SetLiteral | Interval | None
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Assign:
    """`target := value`; `ghost` when written `ghost target := value`."""

    target: Name | Member | Index
    value: Expression | Fresh
    ghost: bool
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Send:
    """`send PATTERN (fields) to TARGET`; target None: the only link, "all": every link."""

    pattern: Pattern
    fields: tuple[FieldValue, ...]
    target: Expression | Literal["all"] | None
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Start:
    timer: Identifier
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Stop:
    timer: Identifier
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Goto:
    state: Identifier
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Branch:
    """`if condition { body }` or `elif condition { body }`."""

    condition: Expression
    body: tuple[Statement, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[Branch, ...]
    otherwise: tuple[Statement, ...] | None
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Choose:
    """`choose { ... } or { ... }`."""

    alternatives: tuple[tuple[Statement, ...], ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class For:
    """`for i in lo..hi { ... }`, unrolled."""

    variable: Identifier
    interval: Interval
    body: tuple[Statement, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Let:
    name: Identifier
    value: Expression
    span: Span = at()


@dataclass(frozen=True, slots=True)
class CallProcedure:
    name: Identifier
    arguments: tuple[Expression, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Done:
    """`done`, or `drop` when `discards`: the end of this handler."""

    discards: bool
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Notify:
    event: Identifier
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Assert:
    condition: Expression
    span: Span = at()


Statement: TypeAlias = (
    Assign | Send | Start | Stop | Goto | If | Choose | For | Let | CallProcedure | Done | Notify
    | Assert
)  # fmt: skip
