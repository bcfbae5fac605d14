"""Systems made of systems: monitors, memories, endpoints that are silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tcpverify.ir.compose import Line, Monitor, extended, remember, silenced, watch
from tcpverify.ir.events import EventKind, EventPattern, happenings
from tcpverify.ir.expr import TRUE, IntSort
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import Field, State, System, Variable, VariableKind
from tests.engines.corpus import small

SYSTEMS = [s.system for s in small(20) if not any(c.memory for c in s.system.channels)][:6]

each = pytest.mark.parametrize("system", SYSTEMS, ids=range(len(SYSTEMS)))


def reachable(system: System) -> set[State]:
    interpreter = Interpreter(system)
    found = set(interpreter.initial())
    todo = list(found)
    while todo:
        for outcome in interpreter.outcomes(todo.pop()):
            if isinstance(outcome, Successor) and outcome.state not in found:
                found.add(outcome.state)
                todo.append(outcome.state)
    return found


def never() -> Monitor:
    """A monitor whose one line waits for what never happens."""
    event = EventPattern(EventKind.NOTIFY, "nobody", "nothing", (TRUE,))
    return Monitor("idle", ("quiet", "bad"), 0, frozenset({1}), (Line(0, event, 1),), None)


@each
def test_a_monitor_that_nothing_moves_changes_nothing_else(system: System) -> None:
    watched = watch(system, never())
    assert watched.variables[-1].kind is VariableKind.MONITOR
    assert watched.actions == system.actions
    assert {State(s.values[:-1], s.contents) for s in reachable(watched)} == reachable(system)


@each
def test_a_monitor_sees_the_first_event_and_stays_bad(system: System) -> None:
    first = next(h for a in system.actions for h in happenings(system, a))
    event = EventPattern(first.kind, first.endpoint, first.subject, (TRUE,) * len(system.channels))
    monitor = Monitor("m", ("quiet", "bad"), 0, frozenset({1}), (Line(0, event, 1), Line(1, event, 0)), None)
    states = reachable(watch(system, monitor))
    assert {State(s.values[:-1], s.contents) for s in states} == reachable(system)
    interpreter = Interpreter(watch(system, monitor))
    for state in states:
        if state.values[-1]:
            after = [o.state for o in interpreter.outcomes(state) if isinstance(o, Successor)]
            assert all(s.values[-1] for s in after)


@each
def test_a_memory_holds_what_was_sent_once(system: System) -> None:
    composed, memory = remember(system, 0)
    assert composed.channels[memory].memory
    assert remember(composed, 0) == (composed, memory)
    for state in reachable(composed):
        assert len(set(state.contents[memory])) == len(state.contents[memory])
    plain = {State(s.values, s.contents[:memory]) for s in reachable(composed)}
    assert plain == reachable(system)


@each
def test_a_large_memory_is_unlimited(system: System) -> None:
    field = Field("wide", IntSort(0, 99), flag=False, ghost=False)
    wide = tuple(replace(kind, fields=(*kind.fields, field)) for kind in system.messages)
    composed, memory = remember(replace(system, messages=wide), 0)
    assert composed.channels[memory].capacity is None


@each
def test_a_silent_endpoint_does_nothing(system: System) -> None:
    name = system.endpoints[0].name
    assert all(a.endpoint != name for a in silenced(system, name).actions)
    assert silenced(system, name).variables == system.variables


@each
def test_extensions_come_last(system: System) -> None:
    budget = Variable("moves", "moves", IntSort(0, 2), VariableKind.FAULTS, None, None)
    more = extended(system, [(budget, 2)], system.actions[:1])
    assert more.variables[-1] is budget
    assert more.initial.values[-1] == (2,)
    assert more.actions == (*system.actions, system.actions[0])
