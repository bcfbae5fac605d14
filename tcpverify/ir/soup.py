"""The ever-growing network: what was ever sent may arrive any number of times, in any order, or never.

It has every behaviour of the network that it stands for, and more: loss, duplication, reordering and
overflow need no steps of their own any more. So an invariant of it over the endpoints is one of every
network with the same endpoints; what can be reached in it need not be possible elsewhere. The one thing
that it takes away is a condition on what is in flight (`fresh ... unused`): here nothing is ever gone.
"""

from __future__ import annotations

from dataclasses import replace

from tcpverify.ir.expr import Apply, Expr, Op
from tcpverify.ir.system import Action, ActionKind, Channel, Order, System

MOVES_NOTHING = frozenset({ActionKind.LOSE, ActionKind.DUPLICATE, ActionKind.REPLAY})
"""The faults that leave the set of all that was ever sent as it is."""


class NoSoup(Exception):
    """A system that this network cannot stand for; the argument says why."""


def is_ever_growing(channel: Channel) -> bool:
    """Whether a channel already keeps for ever what was sent into it."""
    return channel.memory and channel.capacity is None


def ever_growing(system: System) -> System:
    """The same endpoints on an ever-growing network.

    Raises:
        NoSoup: segments age.
    """
    if system.timed:
        raise NoSoup("time passes in it, and in the ever-growing network no segment ever dies")
    channels = tuple(
        replace(c, capacity=None, order=Order.BAG, window=0, memory=True) for c in system.channels
    )
    actions = tuple(a for a in system.actions if a.kind not in MOVES_NOTHING or a.updates)
    return replace(system, channels=channels, actions=actions)


def reads_channels(system: System) -> bool:
    """Whether what is in flight decides if a step is possible."""
    return any(counts(e) for a in system.actions for e in _conditions(a))


def _conditions(action: Action) -> list[Expr]:
    return [action.guard, *(c.when for c in action.choices)]


def counts(expr: Expr) -> bool:
    """Whether an expression counts segments in flight; shared parts are looked at once."""
    seen: set[int] = set()
    stack: list[Expr] = [expr]
    while stack:
        e = stack.pop()
        if isinstance(e, Apply) and id(e) not in seen:
            if e.op is Op.IN_FLIGHT:
                return True
            seen.add(id(e))
            stack.extend(e.args)
    return False
