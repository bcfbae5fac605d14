"""Monitors of a spec as observer automata over the events of a system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tcpverify.diagnostics import Code, Note, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.compose import Line, Monitor
from tcpverify.ir.events import EventPattern
from tcpverify.ir.expr import Const, Expr
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate.events import bound_segment, event_pattern
from tcpverify.lang.elaborate.scope import Abandoned, Scope, World


def elaborate_monitor(declared: s.Monitor, world: World) -> Monitor:
    """A monitor over the network at hand; raises Abandoned after reporting all its mistakes."""
    names = [state.name.text for state in declared.states]
    initial = _initial(declared, world)
    scope = Scope(world, ghost=True, in_property=True)
    lines: list[Line] = []
    refused = False
    for source, state in enumerate(declared.states):
        for transition in state.transitions:
            try:
                lines += _lines(source, transition, names, scope)
            except Abandoned:
                refused = True
    if refused:
        raise Abandoned
    return Monitor(
        name=declared.name.text,
        states=tuple(names),
        initial=initial,
        bad=frozenset(i for i, state in enumerate(declared.states) if state.mark == "bad"),
        lines=tuple(lines),
        span=declared.name.span,
        hot=frozenset(i for i, state in enumerate(declared.states) if state.mark == "hot"),
    )


def named(item: s.Expression, scope: Scope) -> s.Monitor | None:
    """The monitor whose state an expression may ask for here, if it names one and nothing nearer."""
    if not scope.monitors or not isinstance(item, s.Name):
        return None
    nearer = item.text in scope.names or item.text in scope.world.constants
    return None if nearer else scope.world.program.monitors.get(item.text)


def in_states(declared: s.Monitor, states: Sequence[s.Identifier], scope: Scope) -> Expr:
    """`MONITOR in STATE` and `MONITOR in { S1, S2 }`."""
    world, name = scope.world, declared.name.text
    if name not in world.monitors:
        world.monitors[name] = elaborate_monitor(declared, world)
    monitor, parts = world.monitors[name], []
    for state in states:
        if state.text not in monitor.states:
            message = f"monitor `{name}` has no state `{state}`"
            world.fail(Code.UNKNOWN_NAME, message, state.span, hint=did_you_mean(state.text, monitor.states))
        here = Const(monitor.states.index(state.text), monitor.sort)
        parts.append(b.eq(scope.read(monitor.variable.name, monitor.sort), here))
    return b.disj(parts)


def _initial(declared: s.Monitor, world: World) -> int:
    marked = [i for i, state in enumerate(declared.states) if state.initial]
    if not marked:
        message = f"monitor `{declared.name}` has no initial state"
        hint = f"write `state {declared.states[0].name} initial`" if declared.states else "declare one"
        world.fail(Code.NO_INITIAL_STATE, message, declared.name.span, hint=hint)
    if len(marked) > 1:
        first, second = (declared.states[i].name for i in marked[:2])
        message = f"monitor `{declared.name}` has a second initial state, `{second}`"
        world.fail(Code.NO_INITIAL_STATE, message, second.span, Note("the first one", first.span))
    return marked[0]


def _lines(source: int, transition: s.MonitorTransition, names: list[str], scope: Scope) -> Iterator[Line]:
    target = transition.target
    if target.text not in names:
        hint = did_you_mean(target.text, names)
        message = f"the monitor has no state `{target}`"
        scope.world.fail(Code.UNKNOWN_NAME, message, target.span, hint=hint)
    pattern = event_pattern(transition.event, scope)
    yield Line(source, _guarded(transition, pattern, scope), names.index(target.text))


def _guarded(transition: s.MonitorTransition, pattern: EventPattern, scope: Scope) -> EventPattern:
    """An event and its guard, which reads the state before the step, and what `as s` names."""
    event, guard = transition.event, transition.guard
    if guard is None:
        return pattern
    if event.pattern is None:
        return replace(pattern, conditions=(ex.holds(guard, scope),))
    conditions = []
    for channel, condition in enumerate(pattern.conditions[: len(scope.world.channels)]):
        bound = {}
        if event.binder is not None:
            bound[event.binder.text] = bound_segment(event, channel, scope.world)
        conditions.append(b.conj((condition, ex.holds(guard, replace(scope, names=bound)))))
    return replace(pattern, conditions=tuple(conditions) or pattern.conditions)
