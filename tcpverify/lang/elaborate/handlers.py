"""Handlers as actions: for every endpoint, state and event, the first handler that matches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NoReturn

from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, TRUE, Const, Expr, is_false
from tcpverify.ir.system import (
    Action,
    ActionKind,
    Check,
    Choice,
    ErrorKind,
    Location,
    Update,
)
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import names, segments, shapes, statements, time
from tcpverify.lang.elaborate.branches import ways
from tcpverify.lang.elaborate.fresh import arbitrary
from tcpverify.lang.elaborate.paths import NO_VALUE, Body, FreshLimits, Path, flat
from tcpverify.lang.elaborate.roles import Placed, handlers_of
from tcpverify.lang.elaborate.scope import Abandoned, EndpointInfo, RoleTimer, Scope, World
from tcpverify.lang.elaborate.terms import (
    Meaning,
    Pattern,
    Poison,
    Scalar,
    Segment,
    Term,
    too_nested,
)
from tcpverify.records import record
from tcpverify.source import Span

MAX_HANDLERS = 300
"""How many handlers may compete for one event: each is tried only where all before it do not match."""


@record
class Event:
    """One event of an endpoint, before it is known which handler takes it.

    `possible` is the condition under which it can occur at all, `before` the variables that it
    changes before the handler runs (a timer's firing).
    """

    kind: ActionKind
    subject: str
    text: str
    channel: int | None
    possible: Expr
    before: tuple[tuple[str, Expr], ...]
    choices: tuple[Choice, ...]
    must_be_handled: bool
    arguments: tuple[Term, ...] = ()
    """Of a call, in terms of the choices."""


@record
class Arguments:
    """What a user chooses who makes a call, and the arguments in terms of these choices."""

    choices: tuple[Choice, ...]
    terms: tuple[Term, ...]


@record
class Site:
    """Where actions are made: an endpoint in a state, and the index of every variable.

    `readings`: the endpoint's handlers as they were read, by the number of the event and their identity.
    """

    world: World
    me: EndpointInfo
    state: str
    location: Location
    indices: dict[str, int]
    fresh: FreshLimits
    readings: dict[tuple[int, int], _Reading | None]


def actions_of(
    world: World, me: EndpointInfo, events: Sequence[Event], indices: dict[str, int], fresh: FreshLimits
) -> Iterator[Action]:
    """The actions of an endpoint: in each state for each event its handlers, first match first, and
    an erring action for what no handler matches."""
    readings: dict[tuple[int, int], _Reading | None] = {}
    for value, state in enumerate(me.info.states):
        location = Location(indices[names.control_name(me)], value)
        site = Site(world, me, state, location, indices, fresh, readings)
        placed: dict[tuple[ActionKind, str], list[Placed]] = {}
        for p in handlers_of(me.info.role, state):
            placed.setdefault(_taken_by(p.handler.event), []).append(p)
        for number, event in enumerate(events):
            yield from _event_actions(site, number, event, placed.get((event.kind, event.subject), ()))


def _taken_by(event: s.HandlerEvent) -> tuple[ActionKind, str]:
    """The kind and subject of the events that a handler is for."""
    match event:
        case s.OnReceive():
            return ActionKind.RECEIVE, ""
        case s.OnCall(name):
            return ActionKind.CALL, name.text
        case s.OnStep(name):
            return ActionKind.STEP, name.text
        case s.OnTimeout(timer):
            return ActionKind.TIMEOUT, timer.text
        case s.OnExhausted(timer):
            return ActionKind.EXHAUSTED, timer.text


@record
class _Reading:
    """What a handler says of an event, the same in every state that it is placed in.

    It is for an event if `pattern` fits and `guard` holds. `passed_over`: later handlers are tried, unless
    the pattern fits and the guard is true or errs; one expression, which all of them share. `body`: what it
    does; None if it defers, or could not be read.
    """

    handler: s.Handler
    resolved: Pattern | None
    pattern: Expr
    guard: Scalar
    passed_over: Expr
    body: _Body | None


@record
class _Body:
    """What the body of a handler does, and `constraints` on its choices, which join the guard."""

    walked: Body
    constraints: Expr
    updates: tuple[Update, ...]


def _event_actions(site: Site, number: int, event: Event, placed: Sequence[Placed]) -> Iterator[Action]:
    earlier: list[_Reading] = []
    if len(placed) > MAX_HANDLERS:
        message = f"more than {MAX_HANDLERS} handlers of a state are for one event"
        site.world.give_up(message, placed[MAX_HANDLERS].handler.event.span)
    for p in placed:
        key = number, id(p.handler)
        if key not in site.readings:
            site.readings[key] = _read(site, event, p.handler)
        reading = site.readings[key]
        if reading is None:
            continue
        reached = b.conj(e.passed_over for e in earlier if not _excludes(e, reading))
        open_ = b.conj((event.possible, reading.pattern, reached))
        yield from _undefined_guard(site, event, reading, open_)
        if reading.body is not None:
            guard = b.conj((open_, reading.guard.defined, reading.guard.value, reading.body.constraints))
            yield from _actions(site, event, p, reading.body, guard)
        earlier.append(reading)
    if event.must_be_handled:
        unhandled = b.conj((event.possible, *(e.passed_over for e in earlier)))
        if not is_false(unhandled):
            where = f"{site.me.info.name} {site.state}"
            check = Check(
                FALSE, ErrorKind.UNHANDLED, f"no handler of {where} takes {event.text}", _span(site)
            )
            yield _erring(site, event, unhandled, check, "unhandled")


def _excludes(earlier: _Reading, later: _Reading) -> bool:
    return bool(earlier.resolved and later.resolved and earlier.resolved.excludes(later.resolved))


def _read(site: Site, event: Event, handler: s.Handler) -> _Reading | None:
    """What a handler says of an event; None if its pattern or guard could not be read (reported)."""
    world = site.world
    scope = Scope(world, site.me)
    resolved: Pattern | None = None
    pattern: Expr = TRUE
    try:
        bound: dict[str, Meaning] = {}
        if isinstance(handler.event, s.OnReceive) and event.channel is not None:
            corrupt = event.channel in world.corrupting
            resolved = segments.resolve_pattern(handler.event.pattern, world)
            pattern = segments.condition(resolved, world, corrupt)
            if handler.event.binder is not None:
                sender = world.channels[event.channel].source
                bound[handler.event.binder.text] = Segment(resolved.kinds, sender, corrupt)
        if isinstance(handler.event, s.OnCall):
            bound.update((argument.text, Poison()) for argument in handler.event.arguments)
            bound.update(zip((a.text for a in handler.event.arguments), event.arguments, strict=False))
        scope = replace(scope, names=bound)
        guard = Scalar(TRUE) if handler.guard is None else ex.elaborate_bool(handler.guard, scope)
    except Abandoned:
        return None
    taken = b.conj((pattern, b.implies(guard.defined, guard.value)))
    body = None if isinstance(handler.body, s.Defer) else _body(site, event, handler, scope)
    return _Reading(handler, resolved, pattern, guard, b.neg(taken), body)


def _span(site: Site) -> Span:
    block = next(
        i for i in site.me.info.role.items if isinstance(i, s.StateBlock) and i.name.text == site.state
    )
    return block.name.span


def _undefined_guard(site: Site, event: Event, reading: _Reading, open_: Expr) -> Iterator[Action]:
    undefined = b.conj((open_, b.neg(reading.guard.defined)))
    if not is_false(undefined) and reading.handler.guard is not None:
        span = reading.handler.guard.span
        check = Check(FALSE, ErrorKind.RANGE, NO_VALUE, span)
        yield _erring(site, event, undefined, check, "guard")


def _erring(site: Site, event: Event, guard: Expr, check: Check, what: str) -> Action:
    return Action(
        name=f"{site.me.name} in {site.state}: {event.text} ({what})",
        kind=event.kind,
        endpoint=site.me.name,
        subject=event.subject,
        channel=event.channel,
        location=site.location,
        choices=event.choices,
        guard=guard,
        updates=(),
        effects=(check,),
        to_tail=False,
        span=None,
        cites=(),
    )


def _body(site: Site, event: Event, handler: s.Handler, scope: Scope) -> _Body | None:
    """What a handler does with an event; None if it could not be read (reported)."""
    body = Body(site.me, scope, site.fresh, choices=list(event.choices))
    path = Path(TRUE, dict(event.before), dict(scope.names))
    body.sorts.update({name: value.sort for name, value in event.before})
    try:
        if isinstance(handler.body, s.Block):
            statements.run(body, handler.body.statements, path)
    except Abandoned:
        return None
    updates = _updates(site, path)
    formulas = [*body.constraints, *(u.value for u in updates), *(c.when for c in body.choices)]
    for effect in body.effects:
        formulas.append(effect.condition if isinstance(effect, Check) else effect.when)
    if too_nested(formulas):
        _give_up(site, handler)
    return _Body(body, b.conj(body.constraints), updates)


def _give_up(site: Site, handler: s.Handler) -> NoReturn:
    site.world.give_up("this handler makes too long a chain of decisions", handler.event.span,
                       hint="split it into several handlers or steps")  # fmt: skip


def _actions(site: Site, event: Event, placed: Placed, body: _Body, guard: Expr) -> Iterator[Action]:
    """A handler in a state as an action, and its branches as others where they are asked for."""
    if is_false(guard):
        return
    handler = placed.handler
    if too_nested([guard]):
        _give_up(site, handler)
    text = flat(handler.event.span)
    source = f" from {site.world.channels[event.channel].source}" if event.channel is not None else ""
    action = Action(
        name=f"{site.me.name} in {site.state}: {text}{source}",
        kind=event.kind,
        endpoint=site.me.name,
        subject=event.subject,
        channel=event.channel,
        location=site.location,
        choices=tuple(body.walked.choices),
        guard=guard,
        updates=body.updates,
        effects=tuple(body.walked.effects),
        to_tail=False,
        span=handler.span,
        cites=placed.cites,
    )
    yield action
    yield from ways(body.walked, action)


def _updates(site: Site, path: Path) -> tuple[Update, ...]:
    """What the handler changes, least variable first."""
    return tuple(
        sorted((Update(site.indices[n], v) for n, v in path.values.items()), key=lambda u: u.variable)
    )


# --- Events ------------------------------------------------------------------------------------------


def timer_events(timer: RoleTimer, me: EndpointInfo, world: World) -> list[Event]:
    """The firings of a timer: `timeout`, and `exhausted` after its retries."""
    value, last = time.phase_of(timer, me), b.integer(timer.phases)
    ready = time.may_fire(timer, me, world)
    running = b.conj((b.neg(b.eq(value, b.integer(0))), ready))
    following = b.add(value, b.integer(1))
    if timer.retries is None:
        return [_firing(ActionKind.TIMEOUT, timer, running, _phase(timer, me, b.integer(0)))]
    if timer.retries == "unlimited":
        more = last if timer.phases == 1 else b.ite(b.lt(value, last), following, last)
        return [_firing(ActionKind.TIMEOUT, timer, running, _phase(timer, me, more))]
    exhausted = b.conj((b.eq(value, last), ready))
    events = [_firing(ActionKind.EXHAUSTED, timer, exhausted, _phase(timer, me, b.integer(0)))]
    if timer.retries > 0:
        again = b.conj((running, b.lt(value, last)))
        events.insert(0, _firing(ActionKind.TIMEOUT, timer, again, _phase(timer, me, following)))
    return events


def _phase(timer: RoleTimer, me: EndpointInfo, phase: Expr) -> tuple[tuple[str, Expr], ...]:
    """What a firing changes before its handler runs: the timer's phase, and what it has to wait in it
    (a timer that fires has nothing left to wait, so one that stops leaves that as it is)."""
    before = ((f"{me.name}.{timer.label}", phase),)
    stops = isinstance(phase, Const) and phase.value == 0
    if not timer.waits or stops:
        return before
    return (*before, (time.clock_name(me, timer.label), time.wait_in(timer, phase)))


def _firing(
    kind: ActionKind, timer: RoleTimer, possible: Expr, before: tuple[tuple[str, Expr], ...]
) -> Event:
    return Event(kind, timer.label, f"{kind.value} {timer.label}", None, possible, before, (), True)


def call_arguments(call: s.CallDecl, me: EndpointInfo, world: World) -> Arguments:
    """The arguments of a call: every value of each parameter's type."""
    scope, choices = Scope(world, me), list[Choice]()
    terms = [arbitrary(shapes.shape_of(p.type, scope), p.name.text, TRUE, choices) for p in call.parameters]
    return Arguments(tuple(choices), tuple(terms))


def receive_event(channel: int, world: World) -> Event:
    """The arrival of a segment over a channel."""
    source = world.channels[channel].source
    return Event(ActionKind.RECEIVE, "", f"a segment from {source}", channel, TRUE, (), (), True)


def step_event(name: str) -> Event:
    return Event(ActionKind.STEP, name, f"step {name}", None, TRUE, (), (), False)


def call_event(
    name: str, possible: Expr, before: tuple[tuple[str, Expr], ...], arguments: Arguments
) -> Event:
    """A call by the user, where the scenario allows it."""
    return Event(
        ActionKind.CALL,
        name,
        f"call {name}",
        None,
        possible,
        before,
        arguments.choices,
        False,
        arguments.terms,
    )
