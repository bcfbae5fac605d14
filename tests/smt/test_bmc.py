"""Lengths and canonical traces of the symbolic engine against a plain breadth-first search."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from random_systems import random_system
from systems import (
    BUILDERS,
    action,
    always,
    check,
    choice,
    field,
    message,
    no_error,
    now,
    picked,
    prop,
    reachable,
    send,
    system,
    variable,
)
from systems import channel as link

from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, IntSort, SeqSort
from tcpverify.ir.interpret import Interpreter, Outcome, Successor
from tcpverify.ir.system import (
    ActionKind,
    ErrorKind,
    Order,
    Property,
    PropertyKind,
    Schedule,
    State,
    Step,
    System,
)
from tcpverify.limits import Limits, Progress
from tcpverify.smt.engine import run
from tcpverify.trace import Trace
from tcpverify.verdict import Bounded, Unknown, Verdict, trace_of, word

BOUND = 6


class Search:
    """Breadth-first search with the interpreter, as plain as can be."""

    def __init__(self, s: System, p: Property) -> None:
        self.interpreter = Interpreter(s)
        self.system = s
        self.prop = p
        self.memo: dict[tuple[State, int], tuple[int, tuple[Step, ...]] | None] = {}

    def ends(self, state: State) -> bool:
        match self.prop.kind:
            case PropertyKind.INVARIANT:
                return not self.interpreter.predicate(self.prop.formula)(state)
            case PropertyKind.REACHABLE:
                return self.interpreter.predicate(self.prop.formula)(state)
            case PropertyKind.DEADLOCK_FREE:
                stuck = not any(isinstance(o, Successor) for o in self.interpreter.outcomes(state))
                return stuck and not self.interpreter.predicate(self.prop.formula)(state)
            case _:
                return False

    def ends_with(self, state: State, outcome: Outcome) -> bool:
        if not isinstance(outcome, Successor):
            return self.prop.kind is PropertyKind.NO_ERROR and outcome.error is self.prop.error
        if self.prop.kind is PropertyKind.STEP:
            return not self.interpreter.step_predicate(self.prop.formula)(state, outcome.state)
        return self.ends(outcome.state)

    def best(self, state: State, left: int) -> tuple[int, tuple[Step, ...]] | None:
        """Of the paths of exactly `left` steps to the goal: fewest faults, then first in order."""
        if (state, left) not in self.memo:
            found = list(self._tails(state, left)) if left else []
            least = min((faults for faults, _ in found), default=None)
            self.memo[state, left] = next((f for f in found if f[0] == least), None)
        return self.memo[state, left]

    def _tails(self, state: State, left: int) -> Iterator[tuple[int, tuple[Step, ...]]]:
        for outcome in self.interpreter.outcomes(state):
            fault = int(self.system.actions[outcome.step.action].is_fault)
            if left == 1:
                if self.ends_with(state, outcome):
                    yield fault, (outcome.step,)
            elif isinstance(outcome, Successor):
                tail = self.best(outcome.state, left - 1)
                if tail is not None:
                    yield fault + tail[0], (outcome.step, *tail[1])

    def canonical(self, most: int) -> Schedule | None:
        starts = list(self.interpreter.initial())
        for start in starts:
            if self.ends(start):
                return Schedule(start, ())
        for length in count(1):
            if length > most:
                return None
            found = [(s, tail) for s in starts if (tail := self.best(s, length)) is not None]
            if found:
                least = min(tail[0] for _, tail in found)
                return next(Schedule(s, tail[1]) for s, tail in found if tail[0] == least)
        raise AssertionError


def compare(s: System, properties: list[Property], most: int = BOUND) -> None:
    verdicts = run(s, properties, Limits(max_bound=most)).verdicts
    for p in properties:
        verdict, expected = verdicts[p.name], Search(s, p).canonical(most)
        trace = trace_of(verdict)
        assert not isinstance(verdict, Unknown), (p.name, verdict)
        assert (None if trace is None else trace.schedule) == expected, p.name
        if isinstance(verdict, Bounded):
            assert verdict.k == most


def decide(s: System, p: Property, most: int = 12) -> Verdict:
    return run(s, [p], Limits(max_bound=most)).verdicts[p.name]


def trace(s: System, p: Property) -> Trace:
    found = trace_of(decide(s, p))
    assert found is not None
    return found


@pytest.mark.parametrize("name", BUILDERS)
def test_canonical_traces_of_the_small_systems(name: str) -> None:
    s, expectations = BUILDERS[name]()
    compare(s, [e.prop for e in expectations], 7)


@pytest.mark.parametrize("name", BUILDERS)
def test_verdicts_of_the_small_systems(name: str) -> None:
    s, expectations = BUILDERS[name]()
    verdicts = run(s, [e.prop for e in expectations], Limits(max_bound=9)).verdicts
    for e in expectations:
        verdict = verdicts[e.prop.name]
        found = trace_of(verdict)
        assert word(verdict) in (e.word, "bounded 9"), e.prop.name
        assert e.length is None or (found is not None and len(found) == e.length), e.prop.name


@pytest.mark.parametrize("seed", range(60))
def test_canonical_traces_of_a_random_system(seed: int) -> None:
    s, properties = random_system(seed)
    compare(s, properties, 4)


def test_a_choice_of_many_values_is_minimised() -> None:
    n = variable("n", SeqSort(2**32))
    c = choice("c", SeqSort(2**32))
    s = system("fresh", [n], [(0,)], [action("pick", choices=[c], updates=[(0, picked(c))])])
    far = b.lt(b.integer(10**9), b.plain(now(n)))
    found = trace(s, reachable("far", far))
    assert found.schedule.steps == (Step(0, None, (10**9 + 1,)),)


def test_fewest_faults_before_the_least_action() -> None:
    n = variable("n", IntSort(0, 3))
    m = message("M", f=BOOL)
    more = b.add(now(n), b.integer(1))
    actions = [
        action("lose", ActionKind.LOSE, channel=0, guard=b.lt(now(n), b.integer(3)), updates=[(0, more)]),
        action("take", ActionKind.RECEIVE, channel=0, guard=b.lt(now(n), b.integer(3)), updates=[(0, more)]),
    ]
    s = system("either", [n], [(0,)], actions, messages=[m], channels=[link("ab", 2, Order.BAG)],
               contents=[[(0, 0), (0, 1)]])  # fmt: skip
    found = trace(s, reachable("empty", b.eq(now(n), b.integer(2))))
    assert found.faults == 0
    assert [x.action for x in found.schedule.steps] == [1, 1]


def test_a_second_send_that_overflows() -> None:
    n = variable("n", IntSort(0, 1))
    m = message("M", f=BOOL)
    twice = [send(0, 0, b.boolean(True)), check(b.boolean(True)), send(0, 0, b.eq(now(n), b.integer(0)))]
    s = system("twice", [n], [(0,)], [action("twice", effects=twice)], messages=[m],
               channels=[link("ab", 3, Order.FIFO, "error")])  # fmt: skip
    assert len(trace(s, no_error(ErrorKind.OVERFLOW))) == 2
    truths = b.in_flight(0, field(m, "f"), 3)
    assert len(trace(s, always("few", b.le(truths, b.integer(1))))) == 1


def test_what_is_unsupported_is_unknown() -> None:
    s, expectations = BUILDERS["counter"]()
    p = prop("sooner or later", PropertyKind.UNSUPPORTED)
    verdicts = run(s, [p, expectations[0].prop], Limits(max_bound=9)).verdicts
    assert verdicts[p.name] == Unknown("sooner or later")
    assert word(verdicts[expectations[0].prop.name]) == "violated"


def test_a_deadlock_over_too_many_choices_is_unknown() -> None:
    n = variable("n", SeqSort(2**16))
    c = choice("c", SeqSort(2**16))
    guarded = action("pick", choices=[c], guard=b.seq_lt(now(n), picked(c)), updates=[(0, picked(c))])
    s = system("many", [n], [(0,)], [guarded])
    verdict = decide(s, prop("free", PropertyKind.DEADLOCK_FREE, b.boolean(False)), 2)
    assert isinstance(verdict, Unknown)
    assert "65,536 combinations" in verdict.reason


def test_without_time_nothing_is_claimed() -> None:
    s, expectations = BUILDERS["token"]()
    properties = [e.prop for e in expectations]
    verdicts = run(s, properties, Limits(seconds=0.0)).verdicts
    assert all(isinstance(v, Unknown) for v in verdicts.values())


def test_a_store_outside_its_sort_is_noticed() -> None:
    n = variable("n", IntSort(0, 5))
    s = system("unchecked", [n], [(0,)], [action("up", updates=[(0, b.add(now(n), b.integer(1)))])])
    verdict = decide(s, always("small", b.le(now(n), b.integer(9))), 20)
    assert verdict == Unknown("a step stores a value outside its sort")


def test_an_interrupted_search_keeps_what_it_knows() -> None:
    s, expectations = BUILDERS["counter"]()

    def stop(p: Progress) -> None:
        if p.depth == 4:
            raise KeyboardInterrupt

    decision = run(s, [e.prop for e in expectations], Limits(), stop)
    assert decision.interrupted
    assert decision.verdicts["below the limit"] == Bounded(3)


def test_a_choice_without_values_disables() -> None:
    n = variable("n", IntSort(0, 1))
    s = system("none", [n], [(0,)], [action("pick", choices=[choice("c", IntSort(0, 3), ())])])
    p = prop("free", PropertyKind.DEADLOCK_FREE, b.boolean(False))
    found = decide(s, p)
    assert trace_of(found) is not None
