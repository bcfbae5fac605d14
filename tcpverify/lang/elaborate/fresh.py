"""`fresh` values: choices, narrowed by statements and by the scenario."""

from __future__ import annotations

from dataclasses import replace

from tcpverify.diagnostics import Code
from tcpverify.ir import build as b
from tcpverify.ir.expr import Const, Expr, IntSort, SeqSort, Sort, Value, Var, bounds, is_true
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.system import Choice
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import segments
from tcpverify.lang.elaborate.paths import Body, Path, flat, scope_at
from tcpverify.lang.elaborate.scope import Scope
from tcpverify.lang.elaborate.terms import Compound, RecordShape, Scalar, Shape, Term

MAX_SET = 100_000

FRESH = "fresh"
"""What the value to be chosen is called while it is compared with a set; no name, but a word."""


def new_choice(body: Body, path: Path, label: str, sort: Sort, values: tuple[Value, ...] | None) -> Expr:
    name = f"{label}#{len(body.choices) + 1}"
    body.choices.append(Choice(name, label, sort, values, path.live))
    return Var(Where.CHOICE, name, sort)


def fresh_value(body: Body, fresh: s.Fresh, shape: Shape, full: str, path: Path) -> Term:
    """`fresh`: a choice for each scalar, narrowed by the statement and by the scenario."""
    if isinstance(shape, RecordShape):
        if fresh.within is not None:
            message = "only a scalar can be `fresh in { ... }`"
            body.scope.world.fail(Code.TYPE_MISMATCH, message, fresh.span)
        return Compound(
            shape, {f: fresh_value(body, fresh, inner, f"{full}.{f}", path) for f, inner in shape.fields}
        )
    limit = body.fresh.get(full)
    label = full.split(".", 1)[1]
    if fresh.within is None:
        values = limit.values if limit else None
        choice = new_choice(body, path, label, shape, values)
    else:
        scope = scope_at(body, path)
        values = fixed_values(fresh.within, shape, scope, whole=True)
        if values is None:
            choice = new_choice(body, path, label, shape, limit.values if limit else None)
            item = s.Name(FRESH, span=fresh.span)
            inner = replace(scope, names={**path.names, FRESH: Scalar(choice)})
            within = ex.holds(s.In(item, fresh.within, span=fresh.span), inner)
            body.constraints.append(b.implies(path.live, within))
        else:
            if limit and limit.values is not None:
                values = tuple(v for v in values if v in limit.values)
                if not values:
                    message = f"the scenario leaves no value for `{label}`"
                    body.scope.world.fail(Code.BAD_SCENARIO, message, fresh.span)
            choice = new_choice(body, path, label, shape, values)
    if limit and limit.values is None:
        body.constraints.append(b.implies(path.live, unused(choice, shape, body.scope)))
    return Scalar(choice)


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


def unused(choice: Expr, sort: Sort, scope: Scope) -> Expr:
    """No segment in flight carries the value in a field of the same modulus."""
    world = scope.world
    carried = []
    for index, channel in enumerate(world.channels):
        alternatives = []
        for k, kind in enumerate(world.messages):
            fields = [f for f in kind.fields if f.sort == sort and not f.ghost]
            own = b.eq(segments.kind_variable(world, index in world.corrupting), b.integer(k))
            same = [b.eq(Var(Where.FIELD, f"{kind.name}.{f.name}", f.sort), choice) for f in fields]
            alternatives.append(b.conj((own, b.disj(same))))
        most = segments.UNLIMITED_MOST if channel.capacity is None else channel.capacity
        carried.append(b.eq(b.in_flight(index, b.disj(alternatives), most), b.integer(0)))
    return b.conj(carried)
