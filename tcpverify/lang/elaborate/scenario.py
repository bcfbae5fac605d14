"""Scenarios: what is in flight, where endpoints start, which values are fresh, which calls are made."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from tcpverify.diagnostics import Code, Note, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.evaluate import Contents, Message
from tcpverify.ir.expr import BOOL, TRUE, Const, Expr, IntSort, SeqSort, Sort, Value, Var, is_true, values_of
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.system import Assumption, Order, Variable, VariableKind
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import families, names, segments, shapes
from tcpverify.lang.elaborate.constants import fixed_value
from tcpverify.lang.elaborate.expressions import holds, in_range
from tcpverify.lang.elaborate.fresh import fixed_values
from tcpverify.lang.elaborate.paths import FreshLimit, scalars
from tcpverify.lang.elaborate.scope import Abandoned, EndpointInfo, Scope, World
from tcpverify.lang.elaborate.sends import segment_fields
from tcpverify.lang.elaborate.terms import (
    PRESENT,
    ArrayShape,
    OptionShape,
    RecordShape,
    Shape,
    Term,
    join,
    leaves,
)
from tcpverify.records import record
from tcpverify.source import Span

MAX_CALLS = 10**6


# --- Calls -------------------------------------------------------------------------------------------


@record
class CallRule:
    """Where a scenario allows a call: `possible`, and what making it changes."""

    call: str
    possible: Expr
    before: tuple[tuple[str, Expr], ...]


@record
class CallPlan:
    """The calls of the endpoints that have a `calls` line, and the variables that count them."""

    rules: Mapping[str, tuple[CallRule, ...]]
    variables: tuple[tuple[Variable, int], ...]


def call_plan(scenario: s.Scenario, world: World) -> CallPlan:
    """The calls that a scenario allows; mistakes in one line leave the others usable."""
    rules: dict[str, list[CallRule]] = {}
    variables: list[tuple[Variable, int]] = []
    for item in scenario.items:
        if not isinstance(item, s.Calls):
            continue
        for me in _endpoints(item.endpoint, world):
            own = rules.setdefault(me.name, [])
            for limit in item.limits:
                with suppress(Abandoned):
                    _check_calls(limit, me, own, world)
                    _limit(limit, me, own, variables, Scope(world))
    return CallPlan({name: tuple(own) for name, own in rules.items()}, tuple(variables))


def _check_calls(limit: s.CallLimit, me: EndpointInfo, own: list[CallRule], world: World) -> None:
    for call in limit.calls:
        if call.text not in me.info.calls:
            hint = did_you_mean(call.text, me.info.calls)
            world.fail(Code.UNKNOWN_NAME, f"role `{me.info.name}` has no call `{call}`", call.span, hint=hint)
        if any(rule.call == call.text for rule in own):
            world.fail(Code.DUPLICATE_NAME, f"`{me.name}` lists the call `{call}` twice", call.span)


def _limit(
    limit: s.CallLimit,
    me: EndpointInfo,
    own: list[CallRule],
    variables: list[tuple[Variable, int]],
    scope: Scope,
) -> None:
    if len(limit.calls) > 1:
        if limit.limit is not None:
            message = "calls in an order are made once each"
            scope.world.fail(Code.BAD_SCENARIO, message, limit.span, hint="drop the `at most`")
        return _in_order(limit, me, own, variables)
    call = limit.calls[0].text
    if limit.limit is None:
        own.append(CallRule(call, TRUE, ()))
        return None
    most = shapes.constant(limit.limit, scope)
    if not 0 <= most <= MAX_CALLS:
        scope.world.fail(Code.OUT_OF_TYPE, f"a limit lies in 0..{MAX_CALLS}, not {most}", limit.limit.span)
    left = Var(Where.STATE, f"{me.name} calls {call}", IntSort(0, most))
    variables.append((_counter(left, f"calls of {call} left", me), most))
    own.append(CallRule(call, b.lt(b.integer(0), left), ((left.name, b.sub(left, b.integer(1))),)))
    return None


def _in_order(
    limit: s.CallLimit, me: EndpointInfo, own: list[CallRule], variables: list[tuple[Variable, int]]
) -> None:
    calls = [c.text for c in limit.calls]
    done = Var(Where.STATE, f"{me.name} calls {' then '.join(calls)}", IntSort(0, len(calls)))
    variables.append((_counter(done, f"calls of {' then '.join(calls)} made", me), 0))
    for call in dict.fromkeys(calls):
        turns = [b.eq(done, b.integer(i)) for i, c in enumerate(calls) if c == call]
        own.append(CallRule(call, b.disj(turns), ((done.name, b.add(done, b.integer(1))),)))


def _counter(var: Var, label: str, me: EndpointInfo) -> Variable:
    return Variable(var.name, label, var.sort, VariableKind.CALLS, me.name, None)


# --- Fresh values ------------------------------------------------------------------------------------


def fresh_limits(scenario: s.Scenario, world: World) -> dict[str, FreshLimit]:
    """What the scenario says of `fresh`, by the full name of the variable."""
    limits: dict[str, FreshLimit] = {}
    first: dict[str, Span] = {}
    for item in scenario.items:
        if not isinstance(item, s.FreshLimit):
            continue
        for me in _endpoints(item.endpoint, world):
            with suppress(Abandoned):
                full, shape = _path(item.variable, me, world)
                if full in first:
                    note = Note("the first line", first[full])
                    world.fail(Code.DUPLICATE_NAME, f"`{full}` is narrowed twice", item.span, note)
                first[full] = item.span
                limits.update(_narrowed(item, full, shape, world))
    return limits


def _endpoints(ref: s.EndpointRef, world: World) -> list[EndpointInfo]:
    """The endpoints that a line speaks of; none if the name was refused."""
    try:
        return families.referred(ref, Scope(world))
    except Abandoned:
        return []


def _scalar(shape: Shape, e: s.Expression, world: World) -> Sort:
    if isinstance(shape, Sort):
        return shape
    part = "field of the record" if isinstance(shape, RecordShape) else "element of the array"
    world.fail(Code.TYPE_MISMATCH, f"name one {part}", e.span)


def _narrowed(item: s.FreshLimit, full: str, shape: Shape, world: World) -> dict[str, FreshLimit]:
    """What a line says of a variable; of an option, whether it may be `none` and what else it may be."""
    if not isinstance(shape, OptionShape):
        return {full: _fresh_limit(item, _scalar(shape, item.variable, world), world)}
    sort = _scalar(shape.element, item.variable, world)
    if item.values == "unused":
        return {
            join(full, PRESENT): FreshLimit((True,)),
            full: _fresh_limit(item, sort, world),
        }
    present, values = _option_values(item.values, sort, world)
    return {join(full, PRESENT): FreshLimit(present), full: FreshLimit(values or (values_of(sort)[0],))}


def _option_values(
    given: s.Expression | s.SetLiteral | s.Interval, sort: Sort, world: World
) -> tuple[tuple[bool, ...], tuple[Value, ...]]:
    """Whether an option may have no value, a value, or both; and which values these are."""
    elements = given.elements if isinstance(given, s.SetLiteral) else (given,)
    rest = tuple(e for e in elements if not isinstance(e, s.NoneLiteral))
    values = _fixed(s.SetLiteral(rest, span=given.span), sort, world)
    return (False,) * (len(rest) < len(elements)) + (True,) * bool(rest), values


def _fixed(collection: s.SetLiteral | s.Interval, sort: Sort, world: World) -> tuple[Value, ...]:
    values = fixed_values(collection, sort, Scope(world))
    if values is None:
        world.fail(Code.NOT_CONSTANT, "values fixed before the run are needed here", collection.span)
    return values


def _fresh_limit(item: s.FreshLimit, sort: Sort, world: World) -> FreshLimit:
    if item.values != "unused":
        return FreshLimit(_fixed(item.values, sort, world))
    if not isinstance(sort, SeqSort):
        world.fail(Code.TYPE_MISMATCH, f"`unused` speaks of sequence numbers, not of {sort}", item.span)
    return FreshLimit(None, 0 if item.room is None else _room(item.room, sort, world))


def _room(e: s.Expression, sort: SeqSort, world: World) -> int:
    """How many numbers after a fresh one are unused too."""
    room = fixed_value(e, IntSort(0, sort.modulus - 1), Scope(world)).value
    assert isinstance(room, Const)
    return room.value


def _path(target: s.Expression, me: EndpointInfo, world: World) -> tuple[str, Shape]:
    """The full name and shape of a variable `x` or of a part `r.f` of it."""
    match target:
        case s.Name(text):
            variable = me.info.variables.get(text)
            if text in me.info.refused:
                raise Abandoned
            if variable is None:
                hint = did_you_mean(text, me.info.variables)
                message = f"role `{me.info.name}` has no variable `{text}`"
                world.fail(Code.UNKNOWN_NAME, message, target.span, hint=hint)
            return f"{me.name}.{text}", variable.shape
        case s.Member(base, member):
            full, shape = _path(base, me, world)
            inner = dict(shape.fields).get(member.text) if isinstance(shape, RecordShape) else None
            if inner is None:
                world.fail(Code.UNKNOWN_NAME, f"{shape} has no field `{member}`", member.span)
            return f"{full}.{member}", inner
        case s.Index(base, index):
            full, shape = _path(base, me, world)
            if not isinstance(shape, ArrayShape):
                world.fail(Code.TYPE_MISMATCH, f"{shape} is no array", base.span)
            place = shapes.constant(index, Scope(world))
            if not shape.lo <= place <= shape.hi:
                message = f"index {place} lies outside {shape.lo}..{shape.hi}"
                world.fail(Code.OUT_OF_TYPE, message, index.span)
            return f"{full}[{place}]", shape.element
        case _:
            names.not_yet()


# --- Where endpoints start ---------------------------------------------------------------------------


@dataclass(slots=True)
class Start:
    """The initial values that a scenario sets, by the full name of the variable; and `where`, the
    conditions under which they go together."""

    values: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    where: list[Expr] = field(default_factory=list)


def starts(scenario: s.Scenario, world: World) -> Start:
    """Where a scenario starts its endpoints."""
    result = Start()
    for item in scenario.items:
        if not isinstance(item, s.Starts):
            continue
        for me in _endpoints(item.endpoint, world):
            with suppress(Abandoned):
                _start_state(item, me, result, world)
            for value in item.values:
                with suppress(Abandoned):
                    _start_value(value, me, result, world)
    return result


def _start_state(item: s.Starts, me: EndpointInfo, result: Start, world: World) -> None:
    if item.state is None:
        return
    if item.state.text not in me.info.states:
        hint = did_you_mean(item.state.text, me.info.states)
        message = f"role `{me.info.name}` has no state `{item.state}`"
        world.fail(Code.UNKNOWN_NAME, message, item.state.span, hint=hint)
    state = me.info.states.index(item.state.text)
    _set_once(result, names.control_name(me), (state,), item.state.span, world)


def _set_once(result: Start, full: str, values: tuple[Value, ...], span: Span, world: World) -> None:
    if full in result.values:
        world.fail(Code.DUPLICATE_NAME, f"the start of `{full}` is given twice", span)
    result.values[full] = values


def _start_value(value: s.StartValue, me: EndpointInfo, result: Start, world: World) -> None:
    """One variable of a `starts` line; an option may start as `none`, with a value, or either."""
    full, shape = _path(value.variable, me, world)
    given = value.values
    if not isinstance(shape, OptionShape):
        collection = (
            given if isinstance(given, s.SetLiteral | s.Interval) else s.SetLiteral((given,), span=given.span)
        )
        sort = _scalar(shape, value.variable, world)
        _set_once(result, full, _fixed(collection, sort, world), value.span, world)
        return
    sort = _scalar(shape.element, value.variable, world)
    present, values = _option_values(given, sort, world)
    first = values_of(sort)[0]
    _set_once(result, join(full, PRESENT), present, value.span, world)
    if not values:
        return
    held = Var(Where.STATE, full, sort)
    if len(present) == 1:
        _set_once(result, full, values, value.span, world)
        return
    _set_once(result, full, tuple(sorted({first, *values})), value.span, world)
    one_of = b.disj(b.eq(held, _constant(v, sort)) for v in values)
    has = Var(Where.STATE, join(full, PRESENT), BOOL)
    result.where.append(b.ite(has, one_of, b.eq(held, _constant(first, sort))))


def _constant(value: Value, sort: Sort) -> Const:
    return b.boolean(bool(value)) if sort == BOOL else Const(value, sort)


# --- Assumptions -------------------------------------------------------------------------------------


def assumptions(scenario: s.Scenario, world: World) -> tuple[Assumption, ...]:
    """What a scenario takes for granted, in every state."""
    found = []
    for item in scenario.items:
        if isinstance(item, s.Assume):
            with suppress(Abandoned):
                formula = holds(item.condition, Scope(world, ghost=True, in_property=True))
                text = " ".join(item.condition.span.text.split())
                found.append(Assumption(formula, text, item.span))
    return tuple(found)


# --- Preloaded segments ------------------------------------------------------------------------------


def preloaded(scenario: s.Scenario, world: World, width: int) -> Contents:
    """What is in flight at the start."""
    contents: list[list[Message]] = [[] for _ in world.channels]
    for item in scenario.items:
        if isinstance(item, s.Preload):
            try:
                for index in segments.channel_indices(item.channel, Scope(world)):
                    message = _preload(item, world)
                    contents[index].append(message + (0,) * (width - len(message)))
                    capacity = world.channels[index].capacity
                    if capacity is not None and len(contents[index]) > capacity:
                        message_ = f"channel {world.channels[index].name} holds only {capacity} segments"
                        world.fail(Code.BAD_SCENARIO, message_, item.span)
            except Abandoned:
                continue
    if any(c.lifetime is not None for c in world.channels):
        contents = [
            [(*m, c.lifetime or 0) for m in row] for c, row in zip(world.channels, contents, strict=True)
        ]
    bags = [c.order is Order.BAG for c in world.channels]
    return tuple(tuple(sorted(c) if bag else c) for c, bag in zip(contents, bags, strict=True))


def _preload(item: s.Preload, world: World) -> Message:
    pattern = segments.resolve_pattern(item.pattern, world)
    if len(pattern.kinds) != 1 or item.pattern.kind != "terms" or pattern.clear:
        hint = "name the message or its flags: `preload A -> B : SYN (...)`"
        world.fail(Code.WRONG_KIND, "this does not say which segment", item.pattern.span, hint=hint)

    def stored(term: Term, shape: Shape, label: str, span: Span) -> None:
        del label
        for scalar, (_, sort) in zip(scalars(term), leaves(shape, ""), strict=True):
            within = b.conj((scalar.defined, in_range(scalar.value, sort)))
            if not is_true(within):
                world.fail(Code.OUT_OF_TYPE, f"this lies outside {sort}", span)

    fields = segment_fields(pattern, item.fields, lambda ghost: Scope(world, ghost=ghost), stored)
    values = []
    for value in fields:
        if not isinstance(value, Const):
            world.fail(Code.NOT_CONSTANT, "values fixed before the run are needed here", item.span)
        values.append(value.value)
    return (pattern.kinds[0], *values)
