"""The explicit search: counts, canonical traces, limits, interruption, vacuity."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tcpverify.explicit import conclusions, search
from tcpverify.explicit.recall import Recall
from tcpverify.explicit.search import run
from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, TRUE, IntSort
from tcpverify.ir.interpret import Outcome
from tcpverify.ir.system import (
    ActionKind,
    ErrorKind,
    Order,
    Property,
    PropertyKind,
    Schedule,
    State,
    System,
    VariableKind,
)
from tcpverify.limits import Limits, Progress
from tcpverify.trace import NotARun
from tcpverify.verdict import Exhausted, Holds, Unknown, Vacuous, Verdict, antecedent_text, trace_of, word
from tests import systems as s
from tests.engines.oracle import Oracle


def verdict(system: System, prop: Property, limits: Limits | None = None) -> Verdict:
    return run(system, [prop], limits or Limits()).verdicts[prop.name]


def grid(size: int) -> tuple[System, Property, Property]:
    """Two counters to `size` each: (size + 1)^2 states, depth 2 * size; a property that fails last,
    and one that holds."""
    x, y = s.variable("x", IntSort(0, size)), s.variable("y", IntSort(0, size))
    actions = [
        s.action(
            f"up {v.name}",
            guard=b.lt(s.now(v), b.integer(size)),
            updates=[(i, b.add(s.now(v), b.integer(1)))],
        )
        for i, v in enumerate((x, y))
    ]
    corner = b.conj([s.is_value(x, size), s.is_value(y, size)])
    return (
        s.system("grid", [x, y], [(0,), (0,)], actions),
        s.always("not the corner", b.neg(corner)),
        s.always("never beyond", b.le(b.add(s.now(x), s.now(y)), b.integer(2 * size))),
    )


# --- Verdicts and counts -------------------------------------------------------------------------


@pytest.mark.parametrize("name", s.BUILDERS)
def test_known_answers(name: str) -> None:
    system, expectations = s.BUILDERS[name]()
    for e in expectations:
        found = verdict(system, e.prop)
        trace = trace_of(found)
        assert (word(found), None if trace is None else len(trace)) == (e.word, e.length), e.prop.name


@pytest.mark.parametrize("name", s.BUILDERS)
def test_counts_are_those_of_sets_of_states(name: str) -> None:
    system, expectations = s.BUILDERS[name]()
    properties = [e.prop for e in expectations]
    truth = Oracle(system).truth(properties)
    statistics = run(system, properties, Limits()).statistics
    assert statistics is not None
    assert statistics.complete
    assert (statistics.states, statistics.transitions) == (truth.states, truth.transitions)
    assert (statistics.depth, statistics.deadlocks) == (truth.depth, truth.deadlocks)
    assert (statistics.deadlock is not None) == (truth.deadlocks > 0)


def test_all_properties_in_one_exploration() -> None:
    system, corner, within = grid(4)
    decision = run(system, [corner, within], Limits())
    assert {name: word(v) for name, v in decision.verdicts.items()} == {
        "not the corner": "violated",
        "never beyond": "holds",
    }
    assert decision.statistics is not None
    assert (decision.statistics.states, decision.statistics.transitions) == (25, 40)
    assert decision.statistics.depth == 8
    assert decision.verdicts["never beyond"] == Holds(Exhausted(25, 40, 8))


def test_every_state_counts_even_after_the_last_verdict() -> None:
    system, _, _ = grid(6)
    first = s.reachable("first", TRUE)
    everything, only = run(system, [first], Limits()), run(system, [first], Limits(), exhaustive=False)
    assert everything.statistics is not None
    assert only.statistics is not None
    assert (everything.statistics.states, everything.statistics.complete) == (49, True)
    assert (only.statistics.states, only.statistics.complete) == (1, False)
    assert everything.verdicts == only.verdicts


def test_not_exhaustive_still_exhausts_where_a_verdict_needs_it() -> None:
    system, _, within = grid(3)
    decision = run(system, [s.reachable("first", TRUE), within], Limits(), exhaustive=False)
    assert decision.verdicts["never beyond"] == Holds(Exhausted(16, 24, 6))


def test_unsupported_says_what() -> None:
    system, _, _ = grid(1)
    prop = Property("p", PropertyKind.UNSUPPORTED, TRUE, None, None, (), "leads_to", None, ())
    assert verdict(system, prop) == Unknown("leads_to")


def test_taken_and_visited() -> None:
    system, _ = s.token()
    decision = run(system, [], Limits())
    assert decision.taken == {0, 1, 2, 3}
    assert decision.visited == {("A", "IDLE"), ("A", "HOLD"), ("B", "IDLE"), ("B", "HOLD")}
    erring, _ = s.counter(2)
    assert run(erring, [], Limits()).taken == {0, 1}


def test_erring_steps_lead_nowhere() -> None:
    n = s.variable("n", IntSort(0, 3))
    up = b.add(s.now(n), b.integer(1))
    wrong = s.check(b.lt(s.now(n), b.integer(1)))
    system = s.system("errs", [n], [(0,)], [s.action("up", updates=[(0, up)], effects=[wrong])])
    decision = run(system, [s.no_error(ErrorKind.ASSERT), s.deadlock_free()], Limits())
    assert decision.statistics is not None
    assert (decision.statistics.states, decision.statistics.transitions) == (2, 1)
    assert [len(trace_of(v) or ()) for v in decision.verdicts.values()] == [2, 1]


# --- Vacuity ---------------------------------------------------------------------------------------


def test_vacuous() -> None:
    system, _, _ = grid(2)
    never, sometimes = FALSE, b.eq(s.now(system.variables[0]), b.integer(2))  # type: ignore[arg-type]
    for kind in (PropertyKind.INVARIANT, PropertyKind.STEP):
        for antecedent, expected in ((never, "vacuous"), (sometimes, "holds")):
            prop = s.prop("p", kind, TRUE, antecedent=antecedent)
            assert word(verdict(system, prop)) == expected
    failing = s.always("p", FALSE, antecedent=never)
    assert word(verdict(system, failing)) == "violated"


def test_a_vacuous_step_is_about_transitions() -> None:
    system, _, _ = grid(1)
    x = system.variables[0]
    back = b.lt(s.then(x), s.now(x))
    assert word(verdict(system, s.always_step("p", TRUE, back))) == "vacuous"
    assert word(verdict(system, s.always_step("p", TRUE, b.lt(s.now(x), s.then(x))))) == "holds"


def test_vacuous_says_what_never_happens() -> None:
    system, _, _ = grid(1)
    prop = Property("p", PropertyKind.INVARIANT, TRUE, FALSE, None, (), "always A in S => x == 1", None, ())
    assert verdict(system, prop) == Vacuous("A in S never happens", Exhausted(4, 4, 2))
    assert antecedent_text(prop) == "A in S"


# --- Canonical traces ------------------------------------------------------------------------------


def lossy() -> tuple[System, Property]:
    """Two segments in a bag leave it by loss or by a receive: a diamond of ways to "both gone"."""
    got = s.variable("got", IntSort(0, 2))
    syn = s.message("SYN", n=IntSort(0, 1))
    more = [(0, b.add(s.now(got), b.integer(1)))]
    system = s.system(
        "lossy", [got], [(0,)],
        [s.action("lose", ActionKind.LOSE, channel=0),
         s.action("lose quietly", ActionKind.STEP, guard=FALSE),
         s.action("take", ActionKind.RECEIVE, channel=0, updates=[(0, b.integer(0))]),
         s.action("count", ActionKind.RECEIVE, channel=0, guard=FALSE, updates=more)],
        messages=[syn], channels=[s.channel("ab", 2, Order.BAG)], contents=[[(0, 0), (0, 1)]],
    )  # fmt: skip
    return system, s.reachable("both gone", b.eq(b.in_flight(0, TRUE, 2), b.integer(0)))


def test_the_trace_has_the_fewest_faults_first() -> None:
    system, gone = lossy()
    trace = trace_of(verdict(system, gone))
    assert trace is not None
    assert [step.step for step in trace.steps] == [(2, 0, ()), (2, 0, ())]
    assert trace.schedule == Oracle(system).canonical(gone)


def test_then_the_order_of_actions_positions_and_choices() -> None:
    x = s.variable("x", IntSort(0, 9))
    pick = s.choice("c", IntSort(0, 9), (3, 5, 7))
    jump = s.action("jump", choices=[pick], updates=[(0, s.picked(pick))])
    system = s.system("pick", [x], [(0, 1)], [s.action("stay"), jump])
    trace = trace_of(verdict(system, s.reachable("p", b.le(b.integer(5), s.now(x)))))
    assert trace is not None
    assert (trace.initial.values, trace.steps[0].step) == ((0,), (1, None, (5,)))


@pytest.mark.parametrize("name", s.BUILDERS)
def test_canonical_among_all_shortest_traces(name: str) -> None:
    system, expectations = s.BUILDERS[name]()
    oracle = Oracle(system)
    for e in expectations:
        trace = trace_of(verdict(system, e.prop))
        assert (None if trace is None else trace.schedule) == oracle.canonical(e.prop), e.prop.name


def test_a_wrong_engine_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    system, corner, _ = grid(2)
    start = Schedule(State((0, 0), ()), ())
    monkeypatch.setattr(search.Tree, "schedule", lambda *_: start)
    with pytest.raises(NotARun):
        run(system, [corner], Limits())


# --- Limits ----------------------------------------------------------------------------------------


def test_limit_of_states() -> None:
    system, corner, within = grid(9)
    early = s.reachable("early", b.eq(s.now(system.variables[0]), b.integer(2)))
    decision = run(system, [corner, within, early], Limits(max_states=20))
    assert decision.verdicts["never beyond"] == Unknown(
        "stopped at the limit of 20 states: depth 4 complete, 20 states stored"
    )
    assert [word(v) for v in decision.verdicts.values()] == ["unknown", "unknown", "reachable"]
    assert decision.statistics is not None
    assert (decision.statistics.complete, decision.statistics.states) == (False, 20)


@pytest.mark.parametrize(("most", "expected"), [(100, "holds"), (99, "unknown"), (0, "unknown")])
def test_a_limit_that_is_just_enough(most: int, expected: str) -> None:
    system, _, within = grid(9)
    assert word(verdict(system, within, Limits(max_states=most))) == expected


def test_too_many_initial_states_for_the_limit() -> None:
    x = s.variable("x", IntSort(0, 9))
    system = s.system("many", [x], [tuple(range(10))], [s.action("stay")])
    found = verdict(system, s.always("p", TRUE), Limits(max_states=5))
    assert found == Unknown("stopped at the limit of 5 states: 5 states stored")


def test_limit_of_time() -> None:
    system, _, within = grid(30)
    ticks = iter(range(10_000))
    found = verdict(system, within, Limits(seconds=100, clock=lambda: float(next(ticks))))
    assert isinstance(found, Unknown)
    assert found.reason.startswith("stopped at the limit of 100 s: depth 13 complete, ")


def test_limit_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    system, _, within = grid(30)
    monkeypatch.setattr(search, "STATES_PER_MEMORY_CHECK", 100)
    monkeypatch.setattr("tcpverify.memory.resident", lambda: 2 << 20)
    found = verdict(system, within, Limits(max_memory=1 << 20))
    assert found == Unknown("stopped at the limit of 1 MiB of memory: depth 12 complete, 100 states stored")


def test_memory_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcpverify.memory.resident", lambda: 2 << 20)
    monkeypatch.setattr("tcpverify.memory.left", lambda: 1 << 40)
    assert (
        conclusions.memory_is_short(1 << 20, "depth 1") == "stopped at the limit of 1 MiB of memory: depth 1"
    )
    assert conclusions.memory_is_short(3 << 20, "") is None
    assert conclusions.memory_is_short(None, "") is None
    monkeypatch.setattr("tcpverify.memory.left", lambda: 5 << 20)
    assert conclusions.memory_is_short(None, "depth 1") == "stopped for lack of memory (5 MiB left): depth 1"


def test_interrupt_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    system, corner, within = grid(9)
    early = s.reachable("early", b.eq(s.now(system.variables[0]), b.integer(2)))
    plain = Recall.outcomes
    left = iter(range(20))

    def outcomes(self: Recall, state: State) -> Iterator[Outcome]:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return plain(self, state)

    monkeypatch.setattr(Recall, "outcomes", outcomes)
    decision = run(system, [corner, within, early], Limits())
    assert decision.interrupted
    assert [word(v) for v in decision.verdicts.values()] == ["unknown", "unknown", "reachable"]
    assert decision.verdicts["never beyond"] == Unknown("interrupted: depth 5 complete, 27 states stored")
    assert decision.statistics is not None
    assert not decision.statistics.complete


def test_progress_is_told() -> None:
    system, _, within = grid(5)
    told: list[Progress] = []
    run(system, [within], Limits(), told.append)
    assert [p.depth for p in told] == sorted(p.depth for p in told)
    assert (told[-1].states, told[-1].transitions, told[-1].frontier) == (36, 60, 0)


def test_fault_budget_variables_are_plain_variables() -> None:
    left = s.variable("left", IntSort(0, 1), VariableKind.FAULTS)
    less = b.sub(s.now(left), b.integer(1))
    guard = b.lt(b.integer(0), s.now(left))
    lose = s.action("lose", ActionKind.LOSE, channel=0, guard=guard, updates=[(0, less)])
    system = s.system(
        "once", [left], [(1,)], [lose],
        messages=[s.message("SYN")], channels=[s.channel("ab", 3)], contents=[[(0,), (0,), (0,)]],
    )  # fmt: skip
    statistics = run(system, [], Limits()).statistics
    assert statistics is not None
    assert (statistics.states, statistics.transitions) == (2, 3)
