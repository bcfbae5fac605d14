"""A system as rules with conditions in full: one rule an action, its ways out stated as expressions.

Other checkers know guards and assignments, and no effect that ends or hinders a step half way. So what
an effect may do to a step is told beforehand, in terms of the state before it: whether a send will find
room, whether a check will fail, which of several comes first. The semantics are those of `ir.interpret`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.export.segments import slots
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Apply, Const, Expr, Op, Scope, Value, Var, is_false, values_of
from tcpverify.ir.system import Action, ActionKind, Channel, Check, Choice, ErrorKind, Order, Send, System
from tcpverify.records import record

REMOVING = frozenset({ActionKind.RECEIVE, ActionKind.LOSE, ActionKind.EXPIRE})
"""The actions that take their segment out of its channel."""


@record
class Stop:
    """Where `when` holds and no earlier stop does, the step errs (`error` None: it is not possible)."""

    error: ErrorKind | None
    when: Expr
    message: str


@record
class Rule:
    """An action with its conditions over STATE, FIELD and CHOICE variables.

    `positions`: its segment is at one of the first so many positions of its channel (0: it takes none);
    `enabled`: when the interpreter looks at its effects; `accepted`: of each send of `sends`, when its
    segment is put into the channel.
    """

    action: Action
    positions: int
    enabled: Expr
    stops: tuple[Stop, ...]
    sends: tuple[Send, ...]
    accepted: tuple[Expr, ...]

    @property
    def taken(self) -> Expr:
        """When the step leads to a state, what the system assumes apart."""
        return b.conj((self.enabled, *(b.neg(s.when) for s in self.stops)))

    def errors(self, kinds: frozenset[ErrorKind]) -> Iterator[tuple[Stop, Expr]]:
        """The ways in which the step errs, and when."""
        before: list[Expr] = [self.enabled]
        for stop in self.stops:
            if stop.error in kinds:
                yield stop, b.conj((*before, stop.when))
            before.append(b.neg(stop.when))


def rules(system: System) -> tuple[Rule, ...]:
    """The rules of a system, in the order of its actions."""
    return tuple(_rule(system, action) for action in system.actions)


def possible(flat: Sequence[Rule]) -> list[Rule]:
    """The rules that may lead to a state; an unhandled segment, for one, never does."""
    return [rule for rule in flat if not is_false(rule.taken)]


def choice_values(choice: Choice) -> Sequence[Value]:
    """The values of a choice, the one that it has where it does not matter first."""
    return values_of(choice.sort) if choice.values is None else choice.values


def length(system: System, channel: int) -> Expr:
    """How many segments a channel holds."""
    return b.in_flight(channel, TRUE, slots(system, channel))


def counts(expr: Expr) -> bool:
    """Whether an expression looks at what is in flight."""
    seen: set[int] = set()
    stack = [expr]
    while stack:
        e = stack.pop()
        if isinstance(e, Apply) and id(e) not in seen:
            if e.op is Op.IN_FLIGHT:
                return True
            seen.add(id(e))
            stack.extend(e.args)
    return False


def names_read(expr: Expr, scope: Scope) -> set[str]:
    """The names of the variables of a scope that an expression reads."""
    names: set[str] = set()
    seen: set[int] = set()
    stack = [expr]
    while stack:
        e = stack.pop()
        if isinstance(e, Var) and e.scope is scope:
            names.add(e.name)
        elif isinstance(e, Apply) and id(e) not in seen:
            seen.add(id(e))
            stack.extend(e.args)
    return names


def _rule(system: System, action: Action) -> Rule:
    stops: list[Stop] = []
    sends: list[Send] = []
    accepted: list[Expr] = []
    for effect in action.effects:
        match effect:
            case Check(condition, error, message):
                stops.append(Stop(error, b.neg(condition), message))
            case Send(channel, _, _, when):
                room = _room(system, action, channel, sends, accepted)
                stops += _overflow(system.channels[channel], b.conj((when, b.neg(room))))
                sends.append(effect)
                accepted.append(b.conj((when, room)))
            case _:
                pass
    kept = tuple(s for s in stops if not (isinstance(s.when, Const) and not s.when.value))
    return Rule(
        action, _positions(system, action), _enabled(system, action), kept, tuple(sends), tuple(accepted)
    )


def _overflow(channel: Channel, full: Expr) -> list[Stop]:
    match channel.overflow:
        case "error":
            message = f"channel {channel.name} is full ({channel.capacity} segments)"
            return [Stop(ErrorKind.OVERFLOW, full, message)]
        case "block":
            return [Stop(None, full, "")]
        case "drop":
            return []


def _room(
    system: System, action: Action, channel: int, sends: Sequence[Send], accepted: Sequence[Expr]
) -> Expr:
    """Whether one more segment fits into a channel after these sends. A memory that the elaborator made
    has room for all that there is."""
    place = system.channels[channel]
    if place.memory or place.capacity is None:
        return TRUE
    taken: Expr = length(system, channel)
    if action.channel == channel and action.kind in REMOVING:
        taken = b.sub(taken, b.integer(1))
    if action.channel == channel and action.kind is ActionKind.DUPLICATE:
        taken = b.add(taken, b.integer(1))
    for send, fits in zip(sends, accepted, strict=True):
        if send.channel == channel:
            taken = b.add(taken, b.ite(fits, b.integer(1), b.integer(0)))
    return b.lt(taken, b.integer(place.capacity))


def _enabled(system: System, action: Action) -> Expr:
    conditions: list[Expr] = []
    if action.location is not None:
        v = system.variables[action.location.variable]
        here = Const(action.location.value, v.sort)
        conditions.append(b.eq(Var(Scope.STATE, v.name, v.sort), here))
    conditions.append(action.guard)
    for choice in action.choices:
        first = Const(choice_values(choice)[0], choice.sort)
        fixed = b.eq(Var(Scope.CHOICE, choice.name, choice.sort), first)
        conditions.append(b.disj((choice.when, fixed)))
    if action.kind is ActionKind.DUPLICATE and action.channel is not None:
        capacity = system.channels[action.channel].capacity
        if capacity is not None:
            conditions.append(b.lt(length(system, action.channel), b.integer(capacity)))
    return b.conj(conditions)


def _positions(system: System, action: Action) -> int:
    if action.channel is None:
        return 0
    channel, most = system.channels[action.channel], slots(system, action.channel)
    if action.kind is ActionKind.RECEIVE and channel.order is not Order.BAG:
        return min(most, channel.window + 1)
    return most
