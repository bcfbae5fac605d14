"""Watched and assuming systems: what the engines find is what a walk over the plain system finds."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from tcpverify.ir import build as b
from tcpverify.ir.compose import Monitor, watch
from tcpverify.ir.events import EventKind, step_event
from tcpverify.ir.expr import BOOL, FALSE, TRUE, Scope, Var
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import Assumption, Property, PropertyKind, Send, Signal, State, Step, System
from tcpverify.verdict import trace_of, word
from tests.engines.additions import never_bad, random_monitor
from tests.engines.comparing import explicit, smt
from tests.engines.corpus import small

Event = tuple[EventKind, str | None, str, tuple[int, ...] | None]

SIZE, SYMBOLIC = 16, 5


def events(interpreter: Interpreter, state: State, step: Step, after: State) -> list[Event]:
    """What a step did, read off its concrete effects."""
    system = interpreter.system
    action, taken = system.actions[step.action], interpreter.message_of(state, step)
    first = {"receive": EventKind.RECEIVE, "call": EventKind.CALL, "timeout": EventKind.FIRE,
             "exhausted": EventKind.FIRE, "lose": EventKind.LOSE, "duplicate": EventKind.DUPLICATE,
             "expire": EventKind.EXPIRE, "tick": EventKind.TICK}.get(action.kind.value)  # fmt: skip
    found: list[Event] = []
    if first in (EventKind.RECEIVE, EventKind.CALL, EventKind.FIRE):
        found.append((first, action.endpoint, "" if taken else action.subject, taken))
    elif first is not None:
        found.append((first, None, "", taken))
    if action.endpoint is None:
        return found
    sent = {id(send): message for send, message in interpreter.sent(state, step)}
    told = [id(signal) for signal in interpreter.signals(state, step)]
    for effect in action.effects:
        if isinstance(effect, Send) and system.channels[effect.channel].memory:
            continue
        if id(effect) in sent:
            found.append((EventKind.SEND, action.endpoint, "", sent[id(effect)]))
        if isinstance(effect, Signal) and effect.word == "notify" and id(effect) in told:
            found.append((EventKind.NOTIFY, action.endpoint, effect.name, None))
    endpoint = system.endpoint(action.endpoint)
    was, now = state.values[endpoint.control], after.values[endpoint.control]
    if was != now:
        found.append((EventKind.LEAVE, endpoint.name, endpoint.states[was], None))
        found.append((EventKind.ENTER, endpoint.name, endpoint.states[now], None))
    return found


def moved(monitor: Monitor, kinds: dict[int, int | None], at: int, event: Event) -> int:
    for i, line in enumerate(monitor.lines):
        same = (line.event.kind, line.event.endpoint, line.event.subject) == event[:3]
        fits = kinds[i] is None or (event[3] is not None and event[3][0] == kinds[i])
        if at == line.source and at != 3 and same and fits:
            return line.target
    return at


def shortest(system: System, monitor: Monitor, kinds: dict[int, int | None]) -> int | None:
    """The least number of steps after which the monitor is in its bad state."""
    interpreter = Interpreter(system)
    level = {(state, 0) for state in interpreter.initial()}
    seen, depth = set(level), 0
    while level:
        if any(at == 3 for _, at in level):
            return depth
        following = set()
        for state, at in level:
            for outcome in interpreter.outcomes(state):
                if isinstance(outcome, Successor):
                    then = at
                    for event in events(interpreter, state, outcome.step, outcome.state):
                        then = moved(monitor, kinds, then, event)
                    following.add((outcome.state, then))
        level, depth = following - seen, depth + 1
        seen |= level
    return None


@pytest.mark.parametrize("index", range(SIZE))
def test_monitors(index: int) -> None:
    system = small(SIZE)[index].system
    monitor, kinds = random_monitor(system, Random(index))
    length, watched = shortest(system, monitor, kinds), watch(system, monitor)
    for engine in (explicit, smt) if index < SYMBOLIC else (explicit,):
        verdict = engine(watched, [never_bad(monitor)]).verdicts["m never bad"]
        trace = trace_of(verdict)
        if trace is not None or engine is explicit:
            assert (None if trace is None else len(trace)) == length, word(verdict)


@pytest.mark.parametrize("index", range(SYMBOLIC))
def test_events_of_steps(index: int) -> None:
    system = small(SIZE)[index].system
    monitor, _ = random_monitor(system, Random(index + 100))
    asked = []
    for n, line in enumerate(monitor.lines):
        event = step_event(system, f"event {n}", line.event)
        formula = b.neg(Var(Scope.EVENT, event.name, BOOL))
        asked.append(Property(f"p{n}", PropertyKind.STEP, formula, None, None, (), "", None, (), (event,)))
    one, other = explicit(system, asked), smt(system, asked)
    for name, verdict in one.verdicts.items():
        trace, found = trace_of(verdict), trace_of(other.verdicts[name])
        assert found is None or (trace is not None and len(trace) == len(found))
        assert trace is None or len(trace) > 4 or found is not None


@pytest.mark.parametrize("index", range(SYMBOLIC))
def test_assumptions(index: int) -> None:
    """What is assumed is never false, and both engines find the same traces under it."""
    sample = small(SIZE)[index]
    invariants = [p for p in sample.properties if p.kind is PropertyKind.INVARIANT]
    formula = invariants[index % len(invariants)].formula if invariants else TRUE
    assuming = replace(sample.system, assumptions=(Assumption(formula, "it", None),))
    held = Property("it", PropertyKind.INVARIANT, formula, None, None, (), "it", None, ())
    asked = [p for p in sample.properties if p.kind is not PropertyKind.DEADLOCK_FREE][:6]
    one, other = explicit(assuming, [held, *asked]), smt(assuming, [held, *asked])
    assert trace_of(one.verdicts["it"]) is None
    for name, verdict in one.verdicts.items():
        trace, found = trace_of(verdict), trace_of(other.verdicts[name])
        assert found is None or (trace is not None and len(trace) == len(found)), name
        assert trace is None or len(trace) > 4 or found is not None or word(other.verdicts[name]) == "unknown"


def test_an_assumption_that_nothing_satisfies() -> None:
    system = replace(small(SIZE)[0].system, assumptions=(Assumption(FALSE, "false", None),))
    anything = Property("p", PropertyKind.INVARIANT, TRUE, None, None, (), "", None, ())
    assert {word(engine(system, [anything]).verdicts["p"]) for engine in (explicit, smt)} == {"vacuous"}
