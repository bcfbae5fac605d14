"""`fresh` values: choices, narrowed by statements and by the scenario."""

from __future__ import annotations

from dataclasses import replace

from tcpverify.diagnostics import Code
from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, Const, Expr, IntSort, SeqSort, Sort, Value, Var, bounds, is_true
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.system import Choice
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import compounds, segments
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate.paths import Body, FreshLimit, Path, flat, scope_at
from tcpverify.lang.elaborate.scope import Scope
from tcpverify.lang.elaborate.targets import Target
from tcpverify.lang.elaborate.terms import (
    PRESENT,
    VALUE,
    Compound,
    OptionShape,
    Scalar,
    Shape,
    Term,
    join,
    parts,
)

MAX_SET = 100_000

FRESH = "fresh"
"""What the value to be chosen is called while it is compared with a set; no name, but a word."""


def new_choice(body: Body, path: Path, label: str, sort: Sort, values: tuple[Value, ...] | None) -> Expr:
    name = f"{label}#{len(body.choices) + 1}"
    body.choices.append(Choice(name, label, sort, values, path.live))
    return Var(Where.CHOICE, name, sort)


def fresh_value(body: Body, fresh: s.Fresh, target: Target, path: Path) -> Term:
    """`fresh`: a choice for each scalar, narrowed by the statement and by the scenario."""
    shape = target.shape
    if isinstance(shape, OptionShape):
        return _fresh_option(body, fresh, target, shape, path)
    if not isinstance(shape, Sort):
        if fresh.within is not None:
            message = "only a scalar can be `fresh in { ... }`"
            body.scope.world.fail(Code.TYPE_MISMATCH, message, fresh.span)
        rows = [(key, target.part(key, inner)) for key, inner in parts(shape)]
        return Compound(shape, {key: fresh_value(body, fresh, part, path) for key, part in rows})
    choice = _fresh_scalar(body, fresh, target, shape, path)
    if target.certain is None:
        for condition, full in target.places:
            limit = body.fresh.get(full)
            if limit is not None:
                allowed = _allowed(choice, limit, shape, body.scope)
                body.constraints.append(b.implies(b.conj((path.live, condition)), allowed))
    return Scalar(choice)


def _fresh_scalar(body: Body, fresh: s.Fresh, target: Target, sort: Sort, path: Path) -> Expr:
    limit = None if target.certain is None else body.fresh.get(target.certain)
    left = limit.values if limit else None
    if fresh.within is None:
        choice = new_choice(body, path, target.label, sort, left)
    else:
        values = fixed_values(fresh.within, sort, scope_at(body, path), whole=True)
        if values is None:
            choice = new_choice(body, path, target.label, sort, left)
            _within(body, fresh.within, Scalar(choice), fresh, path)
        else:
            if left is not None:
                values = tuple(v for v in values if v in left)
                if not values:
                    message = f"the scenario leaves no value for `{target.label}`"
                    body.scope.world.fail(Code.BAD_SCENARIO, message, fresh.span)
            choice = new_choice(body, path, target.label, sort, values)
    if limit and limit.values is None:
        body.constraints.append(b.implies(path.live, unused(choice, sort, limit.room, body.scope)))
    return choice


def _within(
    body: Body, collection: s.SetLiteral | s.Interval, term: Scalar | Compound, fresh: s.Fresh, path: Path
) -> None:
    """A choice is one of values that depend on the state."""
    item = s.Name(FRESH, span=fresh.span)
    scope = replace(scope_at(body, path), names={**path.names, FRESH: term})
    within = ex.holds(s.In(item, collection, span=fresh.span), scope)
    body.constraints.append(b.implies(path.live, within))


def _fresh_option(body: Body, fresh: s.Fresh, target: Target, shape: OptionShape, path: Path) -> Term:
    """`none`, or any value."""
    whole = replace(fresh, within=None)
    has = fresh_value(body, whole, target.part(PRESENT, BOOL), path)
    assert isinstance(has, Scalar)
    value = fresh_value(body, whole, target.part(VALUE, shape.element), path.fork(has.value))
    term = compounds.option(shape, has, value)
    if fresh.within is not None:
        _within(body, fresh.within, term, fresh, path)
    return term


def _allowed(choice: Expr, limit: FreshLimit, sort: Sort, scope: Scope) -> Expr:
    if limit.values is None:
        return unused(choice, sort, limit.room, scope)
    return b.disj(b.eq(choice, Const(v, sort)) for v in limit.values)


def arbitrary(shape: Shape, label: str, when: Expr, choices: list[Choice]) -> Term:
    """Any value of a type: a choice for each scalar, added to `choices`."""
    if isinstance(shape, Sort):
        choices.append(Choice(f"{label}#{len(choices) + 1}", label, shape, None, when))
        return Scalar(Var(Where.CHOICE, choices[-1].name, shape))
    if isinstance(shape, OptionShape):
        has = arbitrary(BOOL, join(label, PRESENT), when, choices)
        assert isinstance(has, Scalar)
        value = arbitrary(shape.element, label, b.conj((when, has.value)), choices)
        return compounds.option(shape, has, value)
    rows = [(key, join(label, key), inner) for key, inner in parts(shape)]
    return Compound(shape, {key: arbitrary(inner, name, when, choices) for key, name, inner in rows})


def fixed_values(
    collection: s.SetLiteral | s.Interval, sort: Sort, scope: Scope, whole: bool = False
) -> tuple[Value, ...] | None:
    """The values of a set that is fixed before the run, ascending; None if it depends on the state,
    or (with `whole`) if it is a large type's every value.

    A value outside the type is an error.
    """
    elements = collection.elements if isinstance(collection, s.SetLiteral) else (collection,)
    found: set[Value] = set()
    for element in elements:
        ends = (element.lo, element.hi) if isinstance(element, s.Interval) else (element, element)
        terms = [ex.elaborate_scalar(e, scope, sort) for e in ends]
        if not all(isinstance(t.value, Const) and is_true(t.defined) for t in terms):
            return None
        numeric = isinstance(sort, IntSort | SeqSort)
        for term in terms:
            if isinstance(term.value.sort, IntSort) != numeric and term.value.sort != sort:
                message = f"{term.value.sort} does not fit {sort}"
                scope.world.fail(Code.TYPE_MISMATCH, message, element.span)
        lo, hi = (t.value.value for t in terms if isinstance(t.value, Const))
        if lo < bounds(sort)[0] or hi > bounds(sort)[1] or lo > hi:
            scope.world.fail(Code.OUT_OF_TYPE, f"{flat(element.span)} lies outside {sort}", element.span)
        if hi - lo >= MAX_SET:
            if whole and (lo, hi) == bounds(sort):
                return None
            scope.world.fail(Code.TOO_MANY_CHOICES, f"more than {MAX_SET:,} values", element.span)
        found.update(range(lo, hi + 1))
    return tuple(sorted(found))


def unused(choice: Expr, sort: Sort, room: int, scope: Scope) -> Expr:
    """No segment in flight carries the value, or one of the next `room`, in a field of the same modulus."""
    world = scope.world
    carried = []
    for index, channel in enumerate(world.channels):
        alternatives = []
        for k, kind in enumerate(world.messages):
            fields = [f for f in kind.fields if f.sort == sort and not f.ghost]
            own = b.eq(segments.kind_variable(world, index in world.corrupting), b.integer(k))
            carries = [_near(Var(Where.FIELD, f"{kind.name}.{f.name}", f.sort), choice, room) for f in fields]
            alternatives.append(b.conj((own, b.disj(carries))))
        carried.append(b.eq(b.in_flight(index, b.disj(alternatives), channel.most), b.integer(0)))
    return b.conj(carried)


def _near(carried: Expr, choice: Expr, room: int) -> Expr:
    """Whether a number is another one, or one of the next `room`."""
    return b.le(b.distance(carried, choice), b.integer(room)) if room else b.eq(carried, choice)
