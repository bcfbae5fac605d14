"""Where elaboration stands: the world of one instance, and what the names in reach mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NoReturn, TypeAlias

from tcpverify.diagnostics import Code, Collector, Note
from tcpverify.ir.compose import Monitor
from tcpverify.ir.events import EventPattern
from tcpverify.ir.expr import TRUE, EnumSort, Expr, Sort, Var, is_true
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.parametric import Linear
from tcpverify.ir.system import Channel, MessageKind
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.terms import (
    Compound,
    Meaning,
    Pattern,
    Scalar,
    Shape,
    Term,
    join,
    parts,
)
from tcpverify.lang.resolve import Program
from tcpverify.records import record
from tcpverify.source import Span

MAX_SIZE = 50_000
"""The largest expression, counted as a tree, that a handler or property may grow to."""


Retries: TypeAlias = int | Literal["unlimited"] | None
"""Of a timer; None: it fires once."""


MAX_WORK = 50_000
"""How many statements, def applications and quantified values one instance may expand to."""


MAX_MISTAKES = 1000
"""After this many diagnostics the rest of an instance is not looked at."""


class Abandoned(Exception):
    """Elaboration of one statement or formula stops; its mistake has been reported."""


class GivenUp(Exception):
    """Elaboration of the whole instance stops: it grows too large, which has been reported."""


@record
class RoleVariable:
    """A variable or timer of a role; `timer` holds the retries of a timer's declaration."""

    label: str
    shape: Shape
    ghost: bool
    initial: Term
    span: Span


@record
class RoleTimer:
    """`waits`: the ticks it waits after 0, 1, 2, ... firings, the last for all that follow; empty: it
    may fire at any time. In a parametric instance `durations` are these waits, and `waits` numbers them
    from 1."""

    label: str
    retries: Retries
    span: Span
    waits: tuple[int, ...] = ()
    durations: tuple[Linear, ...] = ()

    @property
    def phases(self) -> int:
        """How many phases of running there are: one for each number of firings that matters."""
        if isinstance(self.retries, int):
            return self.retries + 1
        return len(self.waits) if self.retries == "unlimited" and self.waits else 1


@record
class RoleInfo:
    """A role with the instance's variants applied and its parameters fixed; `refused` are the
    variables, timers and calls whose declarations were refused: their uses give no second message."""

    role: s.Role
    variables: Mapping[str, RoleVariable]
    timers: Mapping[str, RoleTimer]
    calls: Mapping[str, s.CallDecl]
    steps: Mapping[str, s.StepDecl]
    defs: Mapping[str, s.Def]
    procedures: Mapping[str, s.Procedure]
    states: tuple[str, ...]
    initial: str
    refused: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.role.name.text

    def has_variable(self, name: str) -> bool:
        return name in self.variables or name in self.refused


@record
class EndpointInfo:
    name: str
    info: RoleInfo
    span: Span


@record
class Branch:
    """A way through the body of a handler or procedure of a role: what it is, and where to look for it."""

    role: str
    text: str
    span: Span


@record
class Chosen:
    """The endpoints that an expression can stand for, each with its condition; and the condition
    under which it stands for one of them."""

    cases: Sequence[tuple[Expr, EndpointInfo]]
    defined: Expr = TRUE

    @property
    def only(self) -> EndpointInfo | None:
        """The one endpoint that it is in any state, if there is one."""
        return self.cases[0][1] if len(self.cases) == 1 and is_true(self.defined) else None


@dataclass(slots=True)
class World:
    """What is fixed for one instance. Built up in stages: constants first, then messages, then
    the network; a stage reads only what the ones before it have set."""

    program: Program
    collector: Collector
    constants: Mapping[str, Scalar] = field(default_factory=dict)
    messages: tuple[MessageKind, ...] = ()
    field_shapes: dict[tuple[int, str], Shape] = field(default_factory=dict)
    """The declared shape of a field, by the index of its message and its name."""
    endpoint_names: tuple[str, ...] = ()
    families: Mapping[str, range] = field(default_factory=dict)
    """The indices of each family of endpoints; its elements are endpoints named `P[1]`."""
    endpoints: Mapping[str, EndpointInfo] = field(default_factory=dict)
    channels: tuple[Channel, ...] = ()
    delivered: Expr = TRUE
    """No segment is at the end of its life."""
    corrupting: frozenset[int] = frozenset()
    """The channels on which segments may be garbled."""
    refused_fields: set[str] = field(default_factory=set)
    """Message fields whose declarations were refused."""
    links_refused: bool = False
    """Whether a link was refused, so that a missing channel is no mistake of its own."""
    work: int = 0
    symbolic: tuple[str, ...] = ()
    """The parameters without a value, of a parametric instance; durations are linear in them."""
    lifetimes: tuple[Linear | None, ...] = ()
    """Of a parametric instance: how long the segments of each channel live."""
    events: dict[str, EventPattern] = field(default_factory=dict)
    """What the EVENT variables of the properties stand for."""
    monitors: dict[str, Monitor] = field(default_factory=dict)
    """The monitors whose states the property at hand asks for."""
    patterns: dict[int, Pattern] = field(default_factory=dict)
    """Resolved patterns, by the identity of their syntax (which outlives the world)."""
    branches: dict[Span, Branch] | None = None
    """The branches that were met, if they are to be told apart, each by the text inside it: a place that no
    other has."""

    @property
    def endpoint_sort(self) -> EnumSort:
        return EnumSort("endpoint", self.endpoint_names)

    def fail(self, code: Code, message: str, span: Span, *notes: Note, hint: str | None = None) -> NoReturn:
        """Report a mistake and give up on the statement or formula it is in."""
        self.collector.error(code, message, span, *notes, hint=hint)
        if len(self.collector.diagnostics) > MAX_MISTAKES:
            raise GivenUp
        raise Abandoned

    def give_up(self, message: str, span: Span, hint: str | None = None) -> NoReturn:
        """Report that the instance grows too large and stop its elaboration."""
        self.collector.error(Code.TOO_LARGE, message, span, hint=hint)
        raise GivenUp

    def spend(self, span: Span) -> None:
        """Count one expansion (a statement, a def applied, a quantified value) against the limit."""
        self.work += 1
        if self.work > MAX_WORK:
            message = f"this expands to more than {MAX_WORK:,} statements and applications"
            self.give_up(message, span, hint="make loops, defs and procedures simpler")

    def kind_index(self, name: str) -> int:
        return next(i for i, kind in enumerate(self.messages) if kind.name == name)


@record
class Scope:
    """What names mean at one place.

    `me` is the endpoint whose handler this is (None in properties and constants), `values` the
    current values of variables already assigned on this path, `ghost` whether ghost data may be
    read, `where` STATE or NEXT (inside a prime), `primes` whether primes may be written, `monitors`
    whether the states of monitors may be asked for.
    """

    world: World
    me: EndpointInfo | None = None
    names: Mapping[str, Meaning] = field(default_factory=dict)
    values: Mapping[str, Expr] = field(default_factory=dict)
    ghost: bool = False
    where: Where = Where.STATE
    primes: bool = False
    in_property: bool = False
    monitors: bool = False

    def with_values(self, names: Mapping[str, Meaning], values: Mapping[str, Expr], ghost: bool) -> Scope:
        """The same place with other locals and current values; `dataclasses.replace` takes five times as
        long, and there is a scope for every expression."""
        return Scope(
            self.world, self.me, names, values, ghost,
            self.where, self.primes, self.in_property, self.monitors,
        )  # fmt: skip

    def read(self, name: str, sort: Sort) -> Expr:
        """The current value of a state variable, by its full name."""
        known = self.values.get(name) if self.where is Where.STATE else None
        return Var(self.where, name, sort) if known is None else known

    def read_shape(self, name: str, shape: Shape) -> Term:
        """The current value of a variable that may be a compound."""
        if isinstance(shape, Sort):
            return Scalar(self.read(name, shape))
        return Compound(shape, {k: self.read_shape(join(name, k), inner) for k, inner in parts(shape)})
