"""The surface tree of roles, and of variants of them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tcpverify.lang.syntax.base import Identifier, at
from tcpverify.lang.syntax.expressions import Expression, Pattern, Type
from tcpverify.lang.syntax.statements import Statement
from tcpverify.records import record
from tcpverify.source import Span


@record
class OnReceive:
    pattern: Pattern
    binder: Identifier | None
    span: Span = at()


@record
class OnCall:
    name: Identifier
    arguments: tuple[Identifier, ...]
    span: Span = at()


@record
class OnTimeout:
    timer: Identifier
    span: Span = at()


@record
class OnExhausted:
    timer: Identifier
    span: Span = at()


@record
class OnStep:
    name: Identifier
    span: Span = at()


HandlerEvent: TypeAlias = OnReceive | OnCall | OnTimeout | OnExhausted | OnStep


@record
class Ignore:
    span: Span = at()


@record
class Defer:
    span: Span = at()


@record
class Block:
    """`{ statements }`; `-> S` is the block `{ goto S }` with `arrow` set."""

    statements: tuple[Statement, ...]
    arrow: bool
    doc: str | None
    span: Span = at()


@record
class Handler:
    event: HandlerEvent
    guard: Expression | None
    cites: tuple[str, ...]
    body: Block | Ignore | Defer
    span: Span = at()


@record
class Parameter:
    """`name : TYPE` of a call, def or procedure."""

    name: Identifier
    type: Type
    span: Span = at()


@record
class VarDecl:
    names: tuple[Identifier, ...]
    type: Type
    initial: Expression | None
    ghost: bool
    span: Span = at()


@record
class TimerDecl:
    """`timer a, b { after E  retries N|unlimited  backoff K  max E }`."""

    names: tuple[Identifier, ...]
    after: Expression | None
    retries: Expression | Literal["unlimited"] | None
    backoff: Expression | None
    maximum: Expression | None
    doc: str | None = None
    span: Span = at()


@record
class CallDecl:
    """One name of a `call` line (`call a, b(x : T)` gives two)."""

    name: Identifier
    parameters: tuple[Parameter, ...]
    span: Span = at()


@record
class StepDecl:
    """One name of a `step` line."""

    name: Identifier
    span: Span = at()


@record
class StateBlock:
    name: Identifier
    initial: bool
    cites: tuple[str, ...]
    doc: str | None
    handlers: tuple[Handler, ...]
    span: Span = at()


@record
class StateSet:
    """`X | Y` ("these"), `any` (no states), or `any except X | Y` ("except")."""

    kind: Literal["these", "any", "except"]
    states: tuple[Identifier, ...]
    span: Span = at()


@record
class InBlock:
    where: StateSet
    cites: tuple[str, ...]
    doc: str | None
    handlers: tuple[Handler, ...]
    span: Span = at()


@record
class Def:
    name: Identifier
    parameters: tuple[Parameter, ...]
    result: Type
    body: Expression
    span: Span = at()


@record
class Procedure:
    name: Identifier
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    doc: str | None
    span: Span = at()


RoleItem: TypeAlias = VarDecl | TimerDecl | CallDecl | StepDecl | StateBlock | InBlock | Def | Procedure


@record
class Role:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    items: tuple[RoleItem, ...]
    span: Span = at()


@record
class Place:
    """Where a variant's change goes: `S`, `X | Y`, `any`, each possibly `ROLE.`-qualified."""

    role: Identifier | None
    where: StateSet
    span: Span = at()


@record
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


@record
class Remove:
    place: Place
    event: HandlerEvent
    guard: Expression | None
    span: Span = at()


@record
class Add:
    place: Place
    first: bool
    handler: Handler
    span: Span = at()


@record
class SetParam:
    name: Identifier
    value: Expression
    span: Span = at()


@record
class Variant:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    changes: tuple[Replace | Remove | Add | SetParam, ...]
    span: Span = at()
