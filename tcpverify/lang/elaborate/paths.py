"""One path through a handler's body: what it has done so far, in terms of the state before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, Expr, Sort, Value, Var, is_true
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.system import Check, Choice, Effect, ErrorKind
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import names
from tcpverify.lang.elaborate.scope import MAX_SIZE, EndpointInfo, Scope
from tcpverify.lang.elaborate.terms import Compound, Meaning, Scalar, Shape, Term, leaves, parts
from tcpverify.records import record
from tcpverify.source import Span


@record
class FreshLimit:
    """What a scenario says of `fresh` for one variable: a set of values, or `unused` (None), which the
    numbers up to `room` after it are then too."""

    values: tuple[Value, ...] | None
    room: int = 0


NO_VALUE = "no value: a division by zero, `none`, an index out of bounds, or a value outside its type"
"""Why an expression can be undefined."""

FreshLimits = Mapping[str, FreshLimit]
"""By the full name of the variable."""


@dataclass(slots=True)
class Path:
    """One path through a body."""

    taken: Expr
    values: dict[str, Expr]
    names: dict[str, Meaning]
    ended: Expr = FALSE
    written: dict[str, Span] = field(default_factory=dict)
    dead: bool = False
    """Whether a statement that follows in the text can never run."""

    def fork(self, condition: Expr) -> Path:
        taken = b.conj((self.taken, condition))
        return Path(taken, dict(self.values), dict(self.names), self.ended, dict(self.written))

    @property
    def live(self) -> Expr:
        """The condition under which the next statement runs."""
        if self.ended is FALSE:
            return self.taken
        return b.conj((self.taken, b.neg(self.ended)))


@dataclass(slots=True)
class Body:
    """What walking one handler gathers."""

    me: EndpointInfo
    scope: Scope
    fresh: FreshLimits
    choices: list[Choice] = field(default_factory=list)
    constraints: list[Expr] = field(default_factory=list)
    """Conditions on choices that are not plain sets; they join the guard."""
    effects: list[Effect] = field(default_factory=list)
    sorts: dict[str, Sort] = field(default_factory=dict)
    statements: int = 0
    ways: list[tuple[Span, Expr]] = field(default_factory=list)
    """Where branches are told apart: each by the text inside it, and when a step goes there."""


def scope_at(body: Body, path: Path, ghost: bool = False) -> Scope:
    return body.scope.with_values(path.names, path.values, ghost)


def flat(span: Span) -> str:
    return " ".join(span.text.split())


def require(
    body: Body, path: Path, condition: Expr, message: str, span: Span, error: ErrorKind = ErrorKind.RANGE
) -> None:
    """The step errs where this point is reached and the condition is false."""
    if is_true(condition):
        return
    checked = b.implies(path.live, condition)
    if not is_true(checked):
        body.effects.append(Check(checked, error, message, span))


def write(body: Body, path: Path, name: str, sort: Sort, value: Expr) -> None:
    """The variable has the value from here on, unless the handler ended before."""
    body.sorts[name] = sort
    before = path.values.get(name) or Var(Where.STATE, name, sort)
    after = b.ite(path.ended, before, value)
    if after.size > MAX_SIZE:
        message = f"the value of `{name}` expands to more than {MAX_SIZE:,} operations"
        body.scope.world.give_up(message, body.me.span)
    path.values[name] = after


def require_storable(body: Body, path: Path, term: Term, shape: Shape, label: str, span: Span) -> None:
    """A store errs where the value is undefined or outside the type."""
    require(body, path, names.defined(term), NO_VALUE, span)
    for (leaf, sort), scalar in zip(leaves(shape, label), scalars(term), strict=True):
        message = f"`{leaf}` leaves its range {sort}"
        require(body, path, ex.in_range(scalar.value, sort), message, span)


def scalars(term: Term) -> list[Scalar]:
    if isinstance(term, Compound):
        return [leaf for key, _ in parts(term.shape) for leaf in scalars(term.fields[key])]
    return [term]
