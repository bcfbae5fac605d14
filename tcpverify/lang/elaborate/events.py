"""Events as a spec names them (`A sends SYN`, `lost any`, `tick`): what an observer looks for."""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.diagnostics import Code, did_you_mean
from tcpverify.ir.events import EventKind, EventPattern
from tcpverify.ir.expr import BOOL, FALSE, TRUE, Expr, Var
from tcpverify.ir.expr import Scope as Where
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import families, segments
from tcpverify.lang.elaborate.scope import EndpointInfo, Scope, World
from tcpverify.lang.elaborate.terms import Pattern, Segment
from tcpverify.lang.walk import walk


def event_pattern(event: s.MonitorEvent, scope: Scope) -> EventPattern:
    """An event without a guard. Raises Abandoned after reporting a mistake."""
    world, kind = scope.world, EventKind(event.verb.value)
    me = None if event.endpoint is None else families.single(event.endpoint, scope)
    if event.pattern is not None:
        resolved = segments.resolve_pattern(event.pattern, world)
        conditions = tuple(_condition(kind, me, resolved, i, world) for i in range(len(world.channels)))
        return EventPattern(kind, me.name if me else None, "", conditions or (FALSE,))
    if me is None or event.name is None:
        return EventPattern(kind, None, "", (TRUE,))
    _known(kind, me, event.name, world)
    return EventPattern(kind, me.name, event.name.text, (TRUE,))


def _condition(
    kind: EventKind, me: EndpointInfo | None, pattern: Pattern, channel: int, world: World
) -> Expr:
    """A pattern on the segments of a channel; false if the event never is about that channel."""
    place = world.channels[channel]
    end = {EventKind.SEND: place.source, EventKind.RECEIVE: place.target}.get(kind)
    if me is not None and end != me.name:
        return FALSE
    garbled = channel in world.corrupting and kind is not EventKind.SEND
    return segments.condition(pattern, world, garbled)


def bound_segment(event: s.MonitorEvent, channel: int, world: World) -> Segment:
    """What `as s` names, of a segment of a channel."""
    assert event.pattern is not None
    garbled = channel in world.corrupting and event.verb is not s.MonitorVerb.SENDS
    kinds = segments.resolve_pattern(event.pattern, world).kinds
    return Segment(kinds, world.channels[channel].source, garbled)


def _known(kind: EventKind, me: EndpointInfo, name: s.Identifier, world: World) -> None:
    """The call, timer, notification or state must be one of the endpoint's role."""
    info = me.info
    notified = [node.event.text for node in walk(info.role) if isinstance(node, s.Notify)]
    rows: dict[EventKind, tuple[str, Sequence[str]]] = {
        EventKind.CALL: ("call", list(info.calls)),
        EventKind.FIRE: ("timer", [*info.timers, *info.refused]),
        EventKind.NOTIFY: ("notification", notified),
    }
    what, known = rows.get(kind, ("state", info.states))
    if name.text not in known:
        hint = did_you_mean(name.text, known)
        message = f"role `{info.name}` has no {what} `{name}`"
        world.fail(Code.UNKNOWN_NAME, message, name.span, hint=hint)


def event_test(e: s.EventTest, scope: Scope) -> Expr:
    """`event(...)` in `always step`: a variable that the world knows the meaning of."""
    if not scope.primes or scope.where is Where.NEXT:
        scope.world.fail(Code.PRIMED_HERE, "what a step did can be asked only in `always step`", e.span)
    name = " ".join(e.span.text.split())
    scope.world.events[name] = event_pattern(e.event, scope)
    return Var(Where.EVENT, name, BOOL)
