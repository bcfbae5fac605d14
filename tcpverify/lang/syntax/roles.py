"""The surface tree of roles, and of variants of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tcpverify.lang.syntax.base import Identifier, at
from tcpverify.lang.syntax.expressions import Expression, Pattern, Type
from tcpverify.lang.syntax.statements import Statement
from tcpverify.source import Span


@dataclass(frozen=True, slots=True)
class OnReceive:
    pattern: Pattern
    binder: Identifier | None
    span: Span = at()


@dataclass(frozen=True, slots=True)
class OnCall:
    name: Identifier
    arguments: tuple[Identifier, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class OnTimeout:
    timer: Identifier
    span: Span = at()


@dataclass(frozen=True, slots=True)
class OnExhausted:
    timer: Identifier
    span: Span = at()


@dataclass(frozen=True, slots=True)
class OnStep:
    name: Identifier
    span: Span = at()


HandlerEvent: TypeAlias = OnReceive | OnCall | OnTimeout | OnExhausted | OnStep


@dataclass(frozen=True, slots=True)
class Ignore:
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Defer:
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Block:
    """`{ statements }`; `-> S` is the block `{ goto S }` with `arrow` set."""

    statements: tuple[Statement, ...]
    arrow: bool
    doc: str | None
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Handler:
    event: HandlerEvent
    guard: Expression | None
    cites: tuple[str, ...]
    body: Block | Ignore | Defer
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Parameter:
    """`name : TYPE` of a call, def or procedure."""

    name: Identifier
    type: Type
    span: Span = at()


@dataclass(frozen=True, slots=True)
class VarDecl:
    names: tuple[Identifier, ...]
    type: Type
    initial: Expression | None
    ghost: bool
    span: Span = at()


@dataclass(frozen=True, slots=True)
class TimerDecl:
    """`timer a, b { after E  retries N|unlimited  backoff K  max E }`."""

    names: tuple[Identifier, ...]
    after: Expression | None
    retries: Expression | Literal["unlimited"] | None
    backoff: Expression | None
    maximum: Expression | None
    doc: str | None = None
    span: Span = at()


@dataclass(frozen=True, slots=True)
class CallDecl:
    """One name of a `call` line (`call a, b(x : T)` gives two)."""

    name: Identifier
    parameters: tuple[Parameter, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class StepDecl:
    """One name of a `step` line."""

    name: Identifier
    span: Span = at()


@dataclass(frozen=True, slots=True)
class StateBlock:
    name: Identifier
    initial: bool
    cites: tuple[str, ...]
    doc: str | None
    handlers: tuple[Handler, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class StateSet:
    """`X | Y` ("these"), `any` (no states), or `any except X | Y` ("except")."""

    kind: Literal["these", "any", "except"]
    states: tuple[Identifier, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class InBlock:
    where: StateSet
    cites: tuple[str, ...]
    doc: str | None
    handlers: tuple[Handler, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Def:
    name: Identifier
    parameters: tuple[Parameter, ...]
    result: Type
    body: Expression
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Procedure:
    name: Identifier
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    doc: str | None
    span: Span = at()


RoleItem: TypeAlias = VarDecl | TimerDecl | CallDecl | StepDecl | StateBlock | InBlock | Def | Procedure


@dataclass(frozen=True, slots=True)
class Role:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    items: tuple[RoleItem, ...]
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a variant's change goes: `S`, `X | Y`, `any`, each possibly `ROLE.`-qualified."""

    role: Identifier | None
    where: StateSet
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Replace:
    """`replace S EVENT [when E] BODY`, or `replace S EVENT [when E] by HANDLER`.

    `replacement` is a whole handler in both cases; in the first it repeats the event and guard.
    """

    place: Place
    event: HandlerEvent
    guard: Expression | None
    by: bool
    replacement: Handler
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Remove:
    place: Place
    event: HandlerEvent
    guard: Expression | None
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Add:
    place: Place
    first: bool
    handler: Handler
    span: Span = at()


@dataclass(frozen=True, slots=True)
class SetParam:
    name: Identifier
    value: Expression
    span: Span = at()


@dataclass(frozen=True, slots=True)
class Variant:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    changes: tuple[Replace | Remove | Add | SetParam, ...]
    span: Span = at()
