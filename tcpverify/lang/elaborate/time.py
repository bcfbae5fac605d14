"""Time: what timers wait, when an instant is settled, and the step that lets time go on.

An instant is settled in this order (language.md): a segment at the end of its life is received or
expires; then the timers that have waited to the end fire; then `tick`. The order is in the guards:
engines know of time only that a tick ages the segments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tcpverify.diagnostics import Code
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Apply, Expr, IntSort, Op, Var
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.parametric import Linear, linear, scaled
from tcpverify.ir.system import LIFE, Action, ActionKind, Channel, Update
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions, names, shapes
from tcpverify.lang.elaborate.scope import EndpointInfo, Retries, RoleTimer, Scope, World
from tcpverify.lang.elaborate.shapes import MAX_TICKS

# --- Timers ------------------------------------------------------------------------------------------


def waits(item: s.TimerDecl, retries: Retries, scope: Scope) -> tuple[int, ...]:
    """What a timer waits after 0, 1, 2, ... firings, up to where that no longer changes; nothing if
    it has no `after`: then it may fire at any time. Raises Abandoned after reporting a mistake."""
    world = scope.world
    if item.after is None:
        for option in (item.backoff, item.maximum):
            if option is not None:
                hint = "say how long it waits: `after E`"
                world.fail(Code.BAD_TIMER, "this timer has no duration", option.span, hint=hint)
        return ()
    factor = 1 if item.backoff is None else amount(item.backoff, 1, "a backoff", scope)
    most = None if item.maximum is None else amount(item.maximum, 0, "a longest wait", scope)
    found = [amount(item.after, 0, "a wait", scope)]
    if most is not None and item.maximum is not None and most < found[0]:
        message = f"the longest wait, {most}, is less than the first, {found[0]}"
        world.fail(Code.BAD_TIMER, message, item.maximum.span)
    firings = 0 if retries is None else MAX_TICKS if retries == "unlimited" else retries
    while len(found) <= firings:
        following = found[-1] * factor if most is None else min(most, found[-1] * factor)
        if following == found[-1]:
            break
        if following > MAX_TICKS:
            message = f"after {len(found)} firings the wait is longer than {MAX_TICKS:,} ticks"
            world.fail(Code.BAD_TIMER, message, item.span, hint="bound it: `max E`")
        found.append(following)
    return tuple(found)


def durations(item: s.TimerDecl, retries: Retries, scope: Scope) -> tuple[Linear, ...]:
    """What a timer of a parametric instance waits after 0, 1, 2, ... firings, up to where that no longer
    changes; nothing if it has no `after`. Raises Abandoned after reporting a mistake."""
    world = scope.world
    if item.after is None:
        return ()
    if item.maximum is not None:
        message = "a longest wait is not supported where durations have no value"
        world.fail(Code.NOT_SUPPORTED, message, item.maximum.span)
    factor = 1 if item.backoff is None else amount(item.backoff, 1, "a backoff", scope)
    if factor > 1 and not isinstance(retries, int):
        message = "a wait that grows for ever is not supported where durations have no value"
        world.fail(Code.NOT_SUPPORTED, message, item.span, hint="bound it: `retries N`")
    first = duration(item.after, scope)
    firings = retries if isinstance(retries, int) and factor > 1 else 0
    return tuple(scaled(first, factor**k) for k in range(firings + 1))


def duration(e: s.Expression, scope: Scope) -> Linear:
    """A duration of a parametric instance. Raises Abandoned after reporting a mistake."""
    world = scope.world
    term = expressions.elaborate_scalar(e, scope)
    found = linear(term.value, world.symbolic)
    if found is None:
        hint = f"such as `2 * {world.symbolic[0]}`"
        world.fail(Code.BAD_TIMER, "a duration is a sum of parameters and whole numbers", e.span, hint=hint)
    if min(found.constant, *found.coefficients) < 0:
        world.fail(Code.BAD_TIMER, "this duration could be negative", e.span)
    return found


def amount(e: s.Expression, least: int, what: str, scope: Scope) -> int:
    """A fixed number of ticks, or a factor of them. Raises Abandoned after reporting that it is none."""
    value = shapes.constant(e, scope)
    if not least <= value <= MAX_TICKS:
        message = f"{what} lies in {least}..{MAX_TICKS:,}, not {value}"
        scope.world.fail(Code.BAD_TIMER, message, e.span)
    return value


def clock_name(me: EndpointInfo, label: str) -> str:
    """The full name of the variable with what a timer has still to wait."""
    return f"{me.name}.{label}.left"


def clock_sort(timer: RoleTimer) -> IntSort:
    """What a timer can have to wait."""
    return IntSort(0, max(timer.waits))


def clock(timer: RoleTimer, me: EndpointInfo) -> Var:
    """What a timer has still to wait, as a variable."""
    return Var(Where.STATE, clock_name(me, timer.label), clock_sort(timer))


def wait_in(timer: RoleTimer, phase: Expr) -> Expr:
    """What a timer waits in a phase (1 + the firings so far)."""
    wait: Expr = b.integer(timer.waits[-1])
    for earlier in range(len(timer.waits) - 1, 0, -1):
        wait = b.ite(b.le(phase, b.integer(earlier)), b.integer(timer.waits[earlier - 1]), wait)
    return wait


def phase_of(timer: RoleTimer, me: EndpointInfo) -> Var:
    """Whether a timer runs, and after how many firings, as a variable."""
    return Var(Where.STATE, f"{me.name}.{timer.label}", names.timer_sort(timer))


def may_fire(timer: RoleTimer, me: EndpointInfo, world: World) -> Expr:
    """Of a running timer: it has waited to the end, and no segment is at the end of its life. (What that
    means where durations have no value is not said in guards: `ir/parametric.py`.)"""
    if not timer.waits or world.symbolic:
        return TRUE
    return b.conj((b.eq(clock(timer, me), b.integer(0)), world.delivered))


# --- Instants ----------------------------------------------------------------------------------------


def life(channel: Channel) -> Var:
    """What the segment at hand has left to live."""
    return Var(Where.FIELD, LIFE, IntSort(0, channel.lifetime or 0))


def at_its_end(channel: Channel) -> Expr:
    """The segment at hand is at the end of its life."""
    return b.eq(life(channel), b.integer(0))


def delivered(channels: tuple[Channel, ...]) -> Expr:
    """No segment is at the end of its life."""
    return b.conj(
        b.eq(b.in_flight(i, at_its_end(c), c.most), b.integer(0))
        for i, c in enumerate(channels)
        if c.lifetime is not None
    )


def _clocks(world: World) -> Iterator[tuple[RoleTimer, EndpointInfo]]:
    for me in world.endpoints.values():
        yield from ((t, me) for t in me.info.timers.values() if t.waits)


def is_timed(world: World) -> bool:
    """Whether some timer has a duration or some channel a lifetime, in ticks."""
    if world.symbolic:
        return False
    return any(c.lifetime is not None for c in world.channels) or any(True for _ in _clocks(world))


def due(world: World) -> Expr:
    """Something must happen before time goes on: a segment is at its end, or a timer."""
    fires = [
        b.conj((b.neg(b.eq(phase_of(t, me), b.integer(0))), b.eq(clock(t, me), b.integer(0))))
        for t, me in _clocks(world)
    ]
    return b.disj((b.neg(world.delivered), *fires))


def busy(world: World) -> Expr:
    """Some timer or segment has time left to lose."""
    flying = [
        b.lt(b.integer(0), b.in_flight(i, b.lt(b.integer(0), life(c)), c.most))
        for i, c in enumerate(world.channels)
        if c.lifetime
    ]
    return b.disj((*flying, *(b.lt(b.integer(0), clock(t, me)) for t, me in _clocks(world))))


def tick_actions(indices: Mapping[str, int], world: World) -> Iterator[Action]:
    """The step that lets time go on, if the instance is timed."""
    if not is_timed(world):
        return
    updates = [
        Update(indices[clock_name(me, t.label)], _lowered(clock(t, me)))
        for t, me in _clocks(world)
        if max(t.waits) > 0
    ]
    yield Action(
        name="tick",
        kind=ActionKind.TICK,
        endpoint=None,
        subject="",
        channel=None,
        location=None,
        choices=(),
        guard=b.conj((b.neg(due(world)), busy(world))),
        updates=tuple(sorted(updates, key=lambda u: u.variable)),
        effects=(),
        to_tail=False,
        span=None,
        cites=(),
    )


def _lowered(left: Var) -> Expr:
    """One less, but not below zero; it stays within the sort, which plain bounds do not tell."""
    zero, one = b.integer(0), b.integer(1)
    return Apply(Op.ITE, (b.lt(zero, left), b.sub(left, one), zero), left.sort)
