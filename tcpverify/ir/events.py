"""What an action does, event by event, and the conditions under which that is what is looked for.

The events of a step come in this order: what the step is (a call, a reception, a timer that fires, a
fault, a tick); what it sends and notifies, in the order of its statements; the state that its endpoint
leaves and the one that it enters. All expressions read the state before the step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, TRUE, Const, Expr, IntSort, Var
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.rewrite import with_fields
from tcpverify.ir.system import KIND, Action, Endpoint, Send, Signal, StepEvent, System
from tcpverify.records import record


class EventKind(StrEnum):
    """The values are the words of a spec."""

    SEND = "sends"
    RECEIVE = "receives"
    CALL = "calls"
    FIRE = "fires"
    NOTIFY = "notifies"
    ENTER = "enters"
    LEAVE = "leaves"
    LOSE = "lost"
    DUPLICATE = "duplicated"
    EXPIRE = "expired"
    TICK = "tick"


_FIRST: Mapping[str, EventKind] = {
    "call": EventKind.CALL,
    "receive": EventKind.RECEIVE,
    "timeout": EventKind.FIRE,
    "exhausted": EventKind.FIRE,
    "lose": EventKind.LOSE,
    "duplicate": EventKind.DUPLICATE,
    "expire": EventKind.EXPIRE,
    "tick": EventKind.TICK,
}
"""The event that a step of each kind of action begins with; those left out have none."""


@record
class EventPattern:
    """Which events are looked for: those of an endpoint (if any) about a `subject` (a call, timer,
    notification or state; "" for segments).

    `conditions`: what must hold besides, over STATE variables; of an event about a segment, over its
    FIELD variables too, and one for each channel.
    """

    kind: EventKind
    endpoint: str | None
    subject: str
    conditions: tuple[Expr, ...]


@record
class Happening:
    """Something that an action does if `when` holds; `fields` None: its segment is the action's."""

    kind: EventKind
    endpoint: str | None
    subject: str
    when: Expr
    channel: int | None = None
    fields: dict[str, Expr] | None = None

    def matches(self, pattern: EventPattern) -> Expr:
        """The condition under which it happens and is what the pattern looks for."""
        if (self.kind, self.endpoint, self.subject) != (pattern.kind, pattern.endpoint, pattern.subject):
            return FALSE
        condition = pattern.conditions[self.channel or 0]
        if self.fields is not None:
            condition = with_fields(condition, self.fields)
        return b.conj((self.when, condition))


def happenings(system: System, action: Action) -> Iterator[Happening]:
    """What an action does, in order."""
    first = _FIRST.get(action.kind.value)
    if first is not None:
        subject = "" if action.channel is not None or first is EventKind.TICK else action.subject
        endpoint = None if action.channel is not None and action.is_fault else action.endpoint
        yield Happening(first, endpoint, subject, TRUE, action.channel)
    for effect in action.effects:
        match effect:
            case Send(channel) if not system.channels[channel].memory and action.endpoint is not None:
                fields = sent_fields(system, effect)
                yield Happening(EventKind.SEND, action.endpoint, "", effect.when, channel, fields)
            case Signal("notify", name, when):
                yield Happening(EventKind.NOTIFY, action.endpoint, name, when)
            case _:
                pass
    if action.endpoint is not None:
        yield from _moves(system, action, system.endpoint(action.endpoint))


def sent_fields(system: System, send: Send) -> dict[str, Expr]:
    """The FIELD variables of a segment that is sent."""
    kind = system.messages[send.kind]
    named = {f"{kind.name}.{f.name}": e for f, e in zip(kind.fields, send.fields, strict=True)}
    return {KIND: Const(send.kind, IntSort(send.kind, send.kind)), **named}


def _moves(system: System, action: Action, endpoint: Endpoint) -> Iterator[Happening]:
    """The state that an endpoint leaves and the one that it enters; a goto to the same is neither."""
    after = next((u.value for u in action.updates if u.variable == endpoint.control), None)
    if after is None:
        return
    name, sort = system.variables[endpoint.control].name, system.variables[endpoint.control].sort
    here = action.location if action.location and action.location.variable == endpoint.control else None
    before: Expr = Var(Where.STATE, name, sort) if here is None else Const(here.value, sort)
    changes = b.neg(b.eq(before, after))
    for value, state in enumerate(endpoint.states):
        leaves = b.conj((b.eq(before, Const(value, sort)), changes))
        yield Happening(EventKind.LEAVE, endpoint.name, state, leaves)
    for value, state in enumerate(endpoint.states):
        enters = b.conj((b.eq(after, Const(value, sort)), changes))
        yield Happening(EventKind.ENTER, endpoint.name, state, enters)


def step_event(system: System, name: str, pattern: EventPattern) -> StepEvent:
    """The EVENT variable that is true if a step does, once or more, what the pattern looks for."""
    happens = [b.disj(h.matches(pattern) for h in happenings(system, action)) for action in system.actions]
    return StepEvent(name, tuple(happens))
