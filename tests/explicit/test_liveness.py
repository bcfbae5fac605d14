"""What must come to pass: lassos of known shape, every kind of fairness, and graphs that are not whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from tcpverify.explicit import engine, lasso, liveness, search
from tcpverify.explicit.graph import ON_GRAPH, Graph
from tcpverify.explicit.recall import Recall
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Expr, IntSort
from tcpverify.ir.interpret import Interpreter, Outcome
from tcpverify.ir.system import (
    ActionKind,
    Fair,
    Property,
    PropertyKind,
    State,
    System,
    Timer,
    Variable,
    VariableKind,
)
from tcpverify.limits import Limits, silent
from tcpverify.trace import Trace
from tcpverify.verdict import Holds, Unknown, Vacuous, Verdict, Violated, trace_of
from tests import systems as s

STEPS = (Fair("steps"),)
STRONG_STEPS = (Fair("steps", strong=True),)


def response(
    asks: Expr | None, answers: Expr, fairness: Sequence[Fair] = (), hold: Expr = TRUE, name: str = "p"
) -> Property:
    found = s.prop(name, PropertyKind.RESPONSE, answers, antecedent=asks)
    return replace(found, fairness=tuple(fairness), hold=hold)


def trap_free(goal: Expr) -> Property:
    return s.prop("t", PropertyKind.TRAP_FREE, goal)


def decided(system: System, prop: Property, limits: Limits | None = None) -> Verdict:
    """The verdict of the interpreter's search; machine code, where it can be made, says the same."""
    plain = search.run(system, [prop], limits or Limits()).verdicts[prop.name]
    if engine.machine_code():
        from tcpverify.explicit.native import search as native

        quick = native.run(system, [prop], limits or Limits(threads=1), silent).verdicts[prop.name]
        assert (type(quick), shape(quick)) == (type(plain), shape(plain))
    return plain


def shape(verdict: Verdict) -> tuple[int, int | None] | str:
    """The steps before and within the loop (None: no loop); or the word of a verdict without a trace."""
    trace = trace_of(verdict)
    if trace is None:
        return type(verdict).__name__
    return (len(trace), None) if trace.loop is None else (trace.loop, len(trace) - trace.loop)


def walk(edges: dict[int, list[int]], *names: str) -> tuple[System, Variable]:
    """A variable that goes along edges: each is a step of its own, named after its ends unless named."""
    x = s.variable("x", IntSort(0, max(max(edges), *(max(ts) for ts in edges.values() if ts))))
    pairs = [(source, target) for source, targets in edges.items() for target in targets]
    labels = [*names, *(f"{a} to {b}" for a, b in pairs[len(names) :])]
    actions = [
        s.action(label, at=(0, a), updates=[(0, b.Const(z, x.sort))])
        for label, (a, z) in zip(labels, pairs, strict=True)
    ]
    return s.system("walk", [x], [(0,)], actions), x


# --- Shapes of runs ----------------------------------------------------------------------------------


def test_without_fairness_a_run_may_stay() -> None:
    system, x = walk({0: [1], 1: []})
    assert shape(decided(system, response(None, s.is_value(x, 1)))) == (0, 0)
    assert shape(decided(system, response(None, s.is_value(x, 1), STEPS))) == "Holds"


def test_a_dead_end_is_a_run_that_stays() -> None:
    system, x = walk({0: [1], 1: [2, 3], 2: [], 3: []})
    assert shape(decided(system, response(s.is_value(x, 1), s.is_value(x, 3), STEPS))) == (2, 0)


def test_weak_and_strong() -> None:
    """0 and 1 alternate, and from 1 there is a way out: possible again and again, but not always."""
    system, x = walk({0: [1], 1: [0, 2], 2: []})
    out = s.is_value(x, 2)
    assert shape(decided(system, response(None, out, STEPS))) == (0, 2)
    assert shape(decided(system, response(None, out, STRONG_STEPS))) == "Holds"
    only_the_way_out = [Fair("steps", strong=True, subject="1 to 2")]
    assert shape(decided(system, response(None, out, only_the_way_out))) == (0, 0)
    others = [Fair("steps", subject="0 to 1"), Fair("steps", subject="1 to 0")]
    assert shape(decided(system, response(None, out, [*others, *only_the_way_out]))) == "Holds"


def test_strong_fairness_leaves_a_part_of_a_component() -> None:
    """Round 0 1 something strong is left out; round 1 2 nothing is, but the way there goes through 1."""
    system, x = walk({0: [1, 3], 1: [0, 2], 2: [1], 3: []})
    assert shape(decided(system, response(None, s.is_value(x, 3), STRONG_STEPS))) == "Holds"
    some = [Fair("steps"), Fair("steps", strong=True, subject="0 to 3")]
    found = decided(system, response(None, s.is_value(x, 3), some))
    assert shape(found) == (1, 2)
    trace = trace_of(found)
    assert trace is not None
    assert [state.values[0] for state in trace.states] == [0, 1, 2, 1]


def test_a_loop_does_all_that_it_must() -> None:
    """Two independent switches: each toggle is always possible, so a fair loop does both, twice each."""
    x, y = s.variable("x", IntSort(0, 1)), s.variable("y", IntSort(0, 1))
    toggles = [
        s.action(f"toggle {i}", updates=[(i, b.sub(b.integer(1), s.now(v)))]) for i, v in enumerate((x, y))
    ]
    system = s.system("switches", [x, y], [(0,), (0,)], toggles)
    assert shape(decided(system, response(None, b.neg(TRUE), STEPS))) == (0, 4)
    assert shape(decided(system, response(None, s.is_value(x, 1), STEPS))) == "Holds"
    assert shape(decided(system, response(None, s.is_value(x, 1), [Fair("steps", subject="toggle 1")]))) == (
        0,
        2,
    )


def test_the_stem_and_the_loop_are_short_together() -> None:
    """The first way leads to a long loop, a longer one to a short loop."""
    edges = {0: [1, 6], 1: [2], 2: [3], 3: [4], 4: [5], 5: [1], 6: [7], 7: [8], 8: [7]}
    system, _ = walk(edges)
    assert shape(decided(system, response(None, b.neg(TRUE), STEPS))) == (2, 2)


def test_the_greedy_loop_is_fair_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasso, "MOST_LOOKED_AT", 0)
    system, x = walk({0: [1], 1: [2, 4], 2: [3], 3: [1], 4: [5], 5: [1]})
    found = decided(system, response(s.is_value(x, 3), b.neg(TRUE), STRONG_STEPS))
    assert isinstance(found, Violated)
    assert {state.values[0] for state in found.trace.states[found.trace.loop :]} == {1, 2, 3, 4, 5}


def test_a_request_may_open_in_the_loop_only() -> None:
    system, x = walk({0: [1], 1: [0]})
    assert shape(decided(system, response(s.is_value(x, 1), b.neg(TRUE), STEPS))) == (0, 2)


def test_an_answer_on_the_way_closes_a_request() -> None:
    system, x = walk({0: [1], 1: [2], 2: [3], 3: []})
    asks = b.disj([s.is_value(x, 0), s.is_value(x, 2)])
    assert shape(decided(system, response(asks, s.is_value(x, 1), STEPS))) == (3, 0)
    assert shape(decided(system, response(s.is_value(x, 0), s.is_value(x, 1), STEPS))) == "Holds"
    both = b.disj([s.is_value(x, 1), s.is_value(x, 3)])
    assert shape(decided(system, response(asks, both, STEPS))) == "Holds"
    assert shape(decided(system, response(s.is_value(x, 1), s.is_value(x, 1)))) == "Holds"


def test_until() -> None:
    system, x = walk({0: [1, 4], 1: [2], 2: [3], 3: [], 4: [3]})
    small = b.le(s.now(x), b.integer(2))
    assert shape(decided(system, response(None, s.is_value(x, 3), STEPS, small))) == (1, None)
    wide = b.le(s.now(x), b.integer(4))
    assert shape(decided(system, response(None, s.is_value(x, 3), STEPS, wide))) == "Holds"
    assert shape(decided(system, response(None, s.is_value(x, 2), STEPS, wide))) == (2, 0)


def test_what_is_never_asked_is_vacuous() -> None:
    system, x = walk({0: [1], 1: []})
    found = decided(system, response(b.neg(TRUE), s.is_value(x, 1), STEPS))
    assert isinstance(found, Vacuous)
    assert isinstance(decided(system, response(TRUE, s.is_value(x, 1), STEPS)), Holds)


def test_fewest_faults() -> None:
    """Two ways of two steps to a dead end: the one without a loss is shown, though it comes second."""
    syn, x = s.message("SYN"), s.variable("x", IntSort(0, 2))
    actions = [
        s.action("lose", ActionKind.LOSE, channel=0, guard=s.is_value(x, 0), updates=[(0, b.integer(1))]),
        s.action("skip", at=(0, 0), updates=[(0, b.integer(1))]),
        s.action("end", at=(0, 1), updates=[(0, b.integer(2))]),
    ]
    system = s.system("s", [x], [(0,)], actions, messages=[syn], channels=[s.channel("ab", 1)],
                      contents=[[(0,)]])  # fmt: skip
    found = decided(system, response(s.is_value(x, 2), b.neg(TRUE), STEPS))
    assert isinstance(found, Violated)
    assert [step.action.name for step in found.trace.steps] == ["skip", "end"]


# --- Delivery ----------------------------------------------------------------------------------------


def sending(loss: bool) -> tuple[System, Variable]:
    """A sends again and again, B takes; the network may lose every segment."""
    got, syn = s.variable("got", IntSort(0, 1)), s.message("SYN")
    actions = [
        s.action("send", guard=s.is_value(got, 0), effects=[s.send(0, 0)]),
        s.action("take", ActionKind.RECEIVE, channel=0, updates=[(0, b.integer(1))]),
        *([s.action("lose", ActionKind.LOSE, channel=0)] if loss else []),
    ]
    return s.system("sending", [got], [(0,)], actions, messages=[syn], channels=[s.channel("ab", 1)]), got


def test_delivery() -> None:
    safe, got = sending(loss=False)
    lossy, _ = sending(loss=True)
    arrives = s.is_value(got, 1)
    assert shape(decided(safe, response(None, arrives, STEPS))) == (1, 0)
    assert shape(decided(safe, response(None, arrives, [*STEPS, Fair("delivery")]))) == "Holds"
    assert shape(decided(lossy, response(None, arrives, [*STEPS, Fair("delivery")]))) == (0, 2)
    assert shape(decided(lossy, response(None, arrives, [*STEPS, Fair("delivery", strong=True)]))) == "Holds"
    assert shape(decided(safe, response(None, arrives, [*STEPS, Fair("delivery", channel=0)]))) == "Holds"


# --- Time --------------------------------------------------------------------------------------------


def ticking(idle: bool) -> tuple[System, Variable, Variable]:
    """A timer of two ticks; `idle`: a step that changes nothing may be done at any time."""
    left, running = s.variable("left", IntSort(0, 2), VariableKind.CLOCK), s.variable("t", IntSort(0, 1))
    less = b.sub(s.now(left), b.integer(1))
    actions = [
        s.action("tick", ActionKind.TICK, guard=b.lt(b.integer(0), s.now(left)), updates=[(0, less)]),
        s.action("fire", ActionKind.TIMEOUT, guard=b.conj([s.is_value(left, 0), s.is_value(running, 1)]),
                 updates=[(1, b.integer(0))]),
        *([s.action("idle")] if idle else []),
    ]  # fmt: skip
    plain = s.system("ticking", [left, running], [(2,), (1,)], actions)
    timer = Timer("fire", "fire", "", 1, None, None, 0)
    actions = [replace(a, endpoint="") for a in actions]
    return replace(plain, timers=(timer,), actions=tuple(actions)), left, running


@pytest.mark.parametrize("idle", [False, True])
def test_time_does_not_stop(idle: bool) -> None:
    """Without any fairness a timer fires when it is due, however often something else happens before."""
    system, _, running = ticking(idle)
    assert shape(decided(system, response(None, s.is_value(running, 0)))) == "Holds"
    assert shape(decided(system, response(s.is_value(running, 0), s.is_value(running, 1)))) == (3, 0)


# --- Traps -------------------------------------------------------------------------------------------


def test_traps() -> None:
    system, x = walk({0: [1, 2], 1: [0], 2: [3], 3: [4], 4: [2]})
    found = decided(system, trap_free(s.is_value(x, 1)))
    assert isinstance(found, Violated)
    assert (shape(found), found.trap) == ((1, None), 3)
    assert isinstance(decided(system, trap_free(b.disj([s.is_value(x, 1), s.is_value(x, 3)]))), Holds)
    everywhere = decided(system, trap_free(b.neg(TRUE)))
    assert isinstance(everywhere, Violated)
    assert (shape(everywhere), everywhere.trap) == ((0, None), 5)


# --- Graphs that are not whole -----------------------------------------------------------------------


def ring(size: int = 30) -> tuple[System, tuple[Property, ...]]:
    """Round and round; nothing is violated."""
    system, x = walk({n: [(n + 1) % size] for n in range(size)})
    last = s.is_value(x, size - 1)
    return system, (response(s.is_value(x, 0), last, STEPS), trap_free(last))


@pytest.mark.parametrize("kind", ON_GRAPH)
def test_a_limit_leaves_it_unknown(kind: PropertyKind) -> None:
    system, properties = ring()
    prop = next(p for p in properties if p.kind is kind)
    found = decided(system, prop, Limits(max_states=20))
    assert isinstance(found, Unknown)
    assert "limit of 20 states" in found.reason
    assert isinstance(decided(system, prop, Limits(max_states=30)), Holds)


def test_a_large_graph_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_NODES", 20)
    system, properties = ring()
    decision = search.run(system, properties, Limits())
    assert decision.statistics is not None
    assert decision.statistics.complete
    for verdict in decision.verdicts.values():
        assert isinstance(verdict, Unknown)
        assert "up to 20 states, and there are 30" in verdict.reason


def test_machine_code_knows_no_such_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(engine, "SMALL", 10)
    monkeypatch.setattr(search, "MOST_NODES", 20)
    system, properties = ring()
    found = engine.run(system, properties, Limits()).verdicts
    assert list(found) == [p.name for p in properties]
    assert {type(verdict) for verdict in found.values()} == {Holds}
    stopped = engine.run(system, properties, Limits(max_states=15)).verdicts["p"]
    assert isinstance(stopped, Unknown)
    assert "limit of 15 states" in stopped.reason


def test_no_time_is_left_for_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is late when the search has explored everything."""
    plain, late = Graph.finish, list[bool]()

    def finish(self: Graph, look: Callable[[], None]) -> None:
        late.append(True)
        plain(self, look)

    monkeypatch.setattr(Graph, "finish", finish)
    system, properties = ring()
    limits = Limits(seconds=5, clock=lambda: 10.0 if late else 0.0)
    decision = search.run(system, [s.always("always", TRUE), *properties], limits)
    assert isinstance(decision.verdicts.pop("always"), Holds)
    for verdict in decision.verdicts.values():
        assert isinstance(verdict, Unknown)
        assert "limit of 5 s" in verdict.reason


def test_an_interrupt_keeps_what_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    system, properties = ring()
    plain, done = liveness.decide, list[str]()

    def decide(interpreter: Interpreter, prop: Property, *rest: object) -> object:
        if done:
            raise KeyboardInterrupt
        done.append(prop.name)
        return plain(interpreter, prop, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(liveness, "decide", decide)
    decision = search.run(system, properties, Limits())
    assert decision.interrupted
    assert isinstance(decision.verdicts["p"], Holds)
    left = decision.verdicts["t"]
    assert isinstance(left, Unknown)
    assert "interrupted" in left.reason


def test_an_interrupt_while_exploring(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Recall.outcomes

    def outcomes(self: Recall, state: State) -> Iterator[Outcome]:
        if state.values[0] == 9:
            raise KeyboardInterrupt
        return plain(self, state)

    monkeypatch.setattr(Recall, "outcomes", outcomes)
    system, properties = ring()
    decision = search.run(system, properties, Limits())
    assert decision.interrupted
    assert all(isinstance(v, Unknown) for v in decision.verdicts.values())


def test_one_exploration_decides_everything() -> None:
    system, properties = ring()
    more = s.always("always", TRUE)
    decision = search.run(system, [more, *properties], Limits())
    assert {type(v) for v in decision.verdicts.values()} == {Holds}
    assert decision.statistics is not None
    assert (decision.statistics.states, decision.statistics.transitions) == (30, 30)


def test_a_lasso_is_replayed() -> None:
    system, _ = walk({0: [1], 1: [0]})
    found = decided(system, response(None, b.neg(TRUE), STEPS))
    assert isinstance(found, Violated)
    trace: Trace = found.trace
    assert trace.loop is not None
    assert trace.states[trace.loop] == trace.states[-1]
