"""Systems made of systems: an observer that watches one, a memory of what was sent, an endpoint
whose behaviour is replaced. What comes out is a system like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from tcpverify.ir import build as b
from tcpverify.ir.events import EventPattern, happenings
from tcpverify.ir.expr import Const, EnumSort, Expr, Value, Var, cardinality
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.system import (
    Action,
    Channel,
    Effect,
    Order,
    Send,
    System,
    Update,
    Variable,
    VariableKind,
)
from tcpverify.records import record
from tcpverify.source import Span

SMALL_MEMORY = 32
"""A memory of no more distinct segments gets a capacity, which never binds but which engines that need
one can use; a larger one is unlimited."""


# --- Observers -------------------------------------------------------------------------------------


@record
class Line:
    """In the state `source`, an event that the pattern matches leads to the state `target`."""

    source: int
    event: EventPattern
    target: int


@record
class Monitor:
    """An observer automaton. Of the lines of a state the first that matches an event is taken; an event
    that none matches changes nothing. A bad state is never left, so that what a step goes through is
    seen after it. In a hot state something is still owed."""

    name: str
    states: tuple[str, ...]
    initial: int
    bad: frozenset[int]
    lines: tuple[Line, ...]
    span: Span | None
    hot: frozenset[int] = frozenset()

    @property
    def sort(self) -> EnumSort:
        """Its states as values."""
        return EnumSort(f"state of monitor {self.name}", self.states)

    @property
    def variable(self) -> Var:
        """The variable that holds its state in a watched system."""
        return Var(Where.STATE, f"monitor {self.name}", self.sort)

    @property
    def never_bad(self) -> Expr:
        """That it is in no bad state, as a formula over a watched system."""
        return b.conj(b.neg(b.eq(self.variable, Const(s, self.sort))) for s in sorted(self.bad))

    @property
    def is_hot(self) -> Expr:
        """That it is in a hot state, as a formula over a watched system."""
        return b.disj(b.eq(self.variable, Const(s, self.sort)) for s in sorted(self.hot))


def watch(system: System, monitor: Monitor) -> System:
    """The system and a monitor: a variable more, and every action folds its events over it."""
    index = len(system.variables)
    name = monitor.variable.name
    variable = Variable(name, name, monitor.sort, VariableKind.MONITOR, None, monitor.span)
    initial = replace(system.initial, values=(*system.initial.values, (monitor.initial,)))
    actions = tuple(_watched(system, monitor, index, action) for action in system.actions)
    return replace(system, variables=(*system.variables, variable), initial=initial, actions=actions)


def _watched(system: System, monitor: Monitor, index: int, action: Action) -> Action:
    """An action that moves the monitor too; left as it is if it never does."""
    before = monitor.variable
    state: Expr = before
    for happening in happenings(system, action):
        state = _after(monitor, state, [(n, happening.matches(n.event)) for n in monitor.lines])
    if state is before:
        return action
    return replace(action, updates=(*action.updates, Update(index, state)))


def _after(monitor: Monitor, state: Expr, lines: Sequence[tuple[Line, Expr]]) -> Expr:
    """The monitor's state after one event: the first line of its state that matches."""
    after = state
    for line, matches in reversed(lines):
        if line.source not in monitor.bad:
            here = b.eq(state, Const(line.source, monitor.sort))
            after = b.ite(b.conj((here, matches)), Const(line.target, monitor.sort), after)
    return after


# --- Memories --------------------------------------------------------------------------------------


def remember(system: System, channel: int) -> tuple[System, int]:
    """The system with a memory of all that endpoints ever sent into a channel, what is in flight at
    the start included; and the memory's index among the channels. One channel has one memory."""
    watched = system.channels[channel]
    name = f"seen on {watched.name}"
    for index, known in enumerate(system.channels):
        if known.name == name:
            return system, index
    index = len(system.channels)
    memory = Channel(name, watched.source, watched.target, _memory_size(system, channel), Order.BAG, 0,
                     "error", watched.span, memory=True)  # fmt: skip
    life = 1 if system.segments_age else 0
    start = {m[: len(m) - life] + (0,) * life for m in system.initial.contents[channel] if m[0] >= 0}
    contents = (*system.initial.contents, tuple(sorted(start)))
    composed = replace(
        system,
        channels=(*system.channels, memory),
        initial=replace(system.initial, contents=contents),
        actions=tuple(_remembering(a, channel, index) for a in system.actions),
    )
    return composed, index


def _remembering(action: Action, channel: int, memory: int) -> Action:
    if action.endpoint is None:
        return action
    effects: list[Effect] = []
    for effect in action.effects:
        effects.append(effect)
        if isinstance(effect, Send) and effect.channel == channel:
            effects.append(replace(effect, channel=memory))
    return action if len(effects) == len(action.effects) else replace(action, effects=tuple(effects))


def _memory_size(system: System, channel: int) -> int | None:
    """Room for every segment there is, and for what one step sends as if none of it were known."""
    distinct = sum(prod(cardinality(f.sort) for f in kind.fields) for kind in system.messages)
    sends = max(
        (sum(isinstance(e, Send) and e.channel == channel for e in a.effects) for a in system.actions),
        default=0,
    )
    return distinct + sends if distinct <= SMALL_MEMORY else None


# --- More and fewer actions ------------------------------------------------------------------------


def silenced(system: System, endpoint: str) -> System:
    """The system without anything that an endpoint does."""
    return replace(system, actions=tuple(a for a in system.actions if a.endpoint != endpoint))


def extended(system: System, budgets: Sequence[tuple[Variable, Value]], actions: Sequence[Action]) -> System:
    """The system with more variables (each with its initial value) and actions."""
    values = (*system.initial.values, *((value,) for _, value in budgets))
    return replace(
        system,
        variables=(*system.variables, *(v for v, _ in budgets)),
        initial=replace(system.initial, values=values),
        actions=(*system.actions, *actions),
    )


__all__ = ["Line", "Monitor", "extended", "remember", "silenced", "watch"]
