"""The ever-growing network: what was ever sent may arrive any number of times, in any order, or never.

It has every behaviour of the network that it stands for, and more: loss, duplication, reordering and
overflow need no steps of their own any more. So an invariant of it over the endpoints is one of every
network with the same endpoints; what can be reached in it need not be possible elsewhere. The one thing
that it takes away is a condition on what is in flight (`fresh ... unused`): here nothing is ever gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tcpverify.ir.expr import Apply, Const, Expr, Op, Scope, mentions
from tcpverify.ir.system import (
    ActionKind,
    Channel,
    Check,
    ErrorKind,
    Order,
    Property,
    PropertyKind,
    Send,
    System,
)

MOVES_NOTHING = frozenset({ActionKind.LOSE, ActionKind.DUPLICATE, ActionKind.REPLAY})
"""The faults that leave the set of all that was ever sent as it is."""


class NoSoup(Exception):
    """A system that this network cannot stand for; the argument says why."""


def is_ever_growing(channel: Channel) -> bool:
    """Whether a channel already keeps for ever what was sent into it."""
    return channel.memory and channel.capacity is None


def ever_growing(system: System, faults: bool = False) -> System:
    """The same endpoints on an ever-growing network. `faults`: with the faults of the channels that change
    nothing any more, each still a step.

    Raises:
        NoSoup: segments age.
    """
    if system.timed:
        raise NoSoup("time passes in it, and in the ever-growing network no segment ever dies")
    channels = tuple(
        replace(c, capacity=None, order=Order.BAG, window=0, memory=True) for c in system.channels
    )
    kept = tuple(a for a in system.actions if faults or a.kind not in MOVES_NOTHING or a.updates)
    contents = tuple(tuple(sorted(set(c))) for c in system.initial.contents)
    return replace(
        system, channels=channels, actions=kept, initial=replace(system.initial, contents=contents)
    )


FRESH = "a fresh number is carried by no segment ever sent"


def assumed(system: System, prop: Property) -> tuple[str, ...] | None:
    """What has to be taken for granted, in words, for a proof of a property of the ever-growing system to
    be one of the system; None if it would not be one.

    What is reached in the system is reached in the ever-growing one, with more in flight. Only steps that
    choose what no segment in flight carries are possible in the system and not there.
    """
    carried = (PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.REACHABLE, PropertyKind.NO_ERROR)
    if prop.kind not in carried:
        return None
    if all(is_ever_growing(c) for c in system.channels):
        return ()
    if prop.error is ErrorKind.OVERFLOW and any(c.capacity is not None for c in system.channels):
        return None
    if any(map(counts, _other(system, prop))) or not _stays_true(prop):
        return None
    tests = [e for a in system.actions for e in _counted(a.guard)]
    if not all(mentions(e, Scope.CHOICE) for e in tests):
        return None
    return (FRESH,) if tests else ()


def _other(system: System, prop: Property) -> Iterator[Expr]:
    """All that may not read what is in flight."""
    yield system.initial.where
    yield from (h for e in prop.events for h in e.happens)
    yield from reads_beside_guards(system)


def reads_beside_guards(system: System) -> Iterator[Expr]:
    """All that the steps of a system depend on, and what is assumed, but for the guards."""
    yield from (a.formula for a in system.assumptions)
    for action in system.actions:
        yield from (c.when for c in action.choices)
        yield from (u.value for u in action.updates)
        for effect in action.effects:
            match effect:
                case Check():
                    yield effect.condition
                case Send():
                    yield effect.when
                    yield from effect.fields
                case _:
                    pass


def _stays_true(prop: Property) -> bool:
    """Whether what a property says is still true if less is in flight."""
    if prop.kind is PropertyKind.REACHABLE:
        return with_less(prop.formula, False)
    return with_less(prop.formula, True)


def with_less(e: Expr, value: bool) -> bool:
    """Whether a formula that has a value surely has it still if less is in flight."""
    match e:
        case Apply(Op.EQ | Op.LE, (Apply(Op.IN_FLIGHT), Const(0))):
            return value
        case Apply(Op.LT, (Const(0), Apply(Op.IN_FLIGHT))) | Apply(Op.LE, (Const(1), Apply(Op.IN_FLIGHT))):
            return not value
        case Apply(Op.NOT, (a,)):
            return with_less(a, not value)
        case Apply(Op.AND | Op.OR, args):
            return all(with_less(a, value) for a in args)
        case Apply(Op.IMPLIES, (a, then)):
            return with_less(a, not value) and with_less(then, value)
        case _:
            return not counts(e)


def _counted(expr: Expr) -> Iterator[Expr]:
    """The tests of what is in flight in an expression."""
    seen: set[int] = set()
    stack: list[Expr] = [expr]
    while stack:
        e = stack.pop()
        if isinstance(e, Apply) and id(e) not in seen:
            seen.add(id(e))
            if e.op is Op.IN_FLIGHT:
                yield e
            else:
                stack.extend(e.args)


def counts(expr: Expr) -> bool:
    """Whether an expression counts segments in flight."""
    return next(_counted(expr), None) is not None
