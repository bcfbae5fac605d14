"""Idle time compressed: random systems in which little happens have the same verdicts and traces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from random import Random

import pytest

from tcpverify.explicit import idle, search
from tcpverify.explicit.native import search as native
from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, Const, Expr, Scope, Var, values_of
from tcpverify.ir.idle import Reduction, compress
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.stopwatch import Stopwatch, watch
from tcpverify.ir.system import ActionKind, Property, PropertyKind, Schedule, Step, System, VariableKind
from tcpverify.limits import Limits
from tcpverify.trace import replay
from tcpverify.verdict import Decision
from tests import systems as s
from tests.engines.comparing import complaints
from tests.engines.corpus import Sample, canonical
from tests.engines.landmarks import landmarks
from tests.engines.oracle import Oracle, TooLarge
from tests.engines.random_systems import random_system

SIZE = 26
LONGEST = 9
"""What a timer waits at most."""


@cache
def quiet(size: int) -> tuple[tuple[Sample, Reduction], ...]:
    """The first random systems in which idle time is there to be compressed."""
    return tuple(islice((found for seed in range(20_000) if (found := _quiet(seed)) is not None), size))


def _quiet(seed: int) -> tuple[Sample, Reduction] | None:
    system, asked = random_system(seed, LONGEST)
    rng = Random(f"quiet {seed}")
    if not system.timed:
        return None
    system = _seldom(system, rng)
    if rng.random() < 0.5:
        due = next(p.formula for p in asked if p.kind is PropertyKind.SETTLES)
        system, more = _with_stopwatch(system, due, rng)
        asked += (more,)
    found = compress(system)
    if found is None:
        return None
    try:
        oracle = Oracle(system, 400)
        if len(Oracle(found.system, 400).outcomes) == len(oracle.outcomes):
            return None
    except TooLarge:
        return None
    asked += landmarks(oracle, Random(seed))
    asked = tuple(p for p in asked if found.decides(p))
    traces = {p.name: t for p in asked if (t := canonical(oracle, p)) is not None}
    return Sample(seed, system, asked, oracle.truth(asked), traces), found


def _seldom(system: System, rng: Random) -> System:
    """Most calls and steps, which may come at any moment, never come."""
    moves = (ActionKind.CALL, ActionKind.STEP)
    actions = (
        replace(a, guard=FALSE) if a.kind in moves and rng.random() < 0.7 else a for a in system.actions
    )
    return replace(system, actions=tuple(actions))


def _with_stopwatch(system: System, due: Expr, rng: Random) -> tuple[System, Property]:
    """The system watched, and that what is asked for is answered in time."""

    def formula() -> Expr:
        v = rng.choice([v for v in system.variables if v.kind is not VariableKind.CLOCK])
        here = b.eq(Var(Scope.STATE, v.name, v.sort), Const(rng.choice(values_of(v.sort)), v.sort))
        return here if rng.random() < 0.5 else b.neg(here)

    stopwatch = Stopwatch("stopwatch", formula(), formula(), rng.randrange(9), b.neg(due))
    return watch(system, stopwatch), s.always("in time", stopwatch.in_time)


def compressed(found: Reduction, machine_code: bool, asked: Sequence[Property]) -> Decision:
    """The decision of a reduction; it is always made."""
    limits = Limits(counts=False)

    def explore(system: System) -> Decision:
        if machine_code:
            return native.run(system, asked, limits, lambda _: None)
        return search.run(system, asked, limits)

    decision = idle.decide(found, asked, explore, limits.deadline())
    if decision is None:  # there is a cycle without a tick
        assert search.run(found.original, (), limits).statistics.zeno is not None
        return search.run(found.original, asked, limits)
    return decision


@pytest.mark.parametrize("machine_code", [False, True])
def test_verdicts_and_traces_are_those_of_the_system(machine_code: bool) -> None:
    for sample, found in quiet(SIZE if not machine_code else 6):
        decide = partial(compressed, found, machine_code)
        assert complaints(sample, lambda _, asked, f=decide: f(asked), exact=False) == []


def test_what_is_seen_is_what_the_system_shows() -> None:
    for sample, found in quiet(SIZE):
        whole = search.run(sample.system, sample.properties, Limits())
        ours = compressed(found, False, sample.properties)
        assert (ours.taken, ours.visited) == (whole.taken, whole.visited)
        assert whole.statistics is not None
        assert ours.statistics is not None
        assert ours.statistics.deadlocks == whole.statistics.deadlocks


def test_every_run_is_one_of_the_system() -> None:
    """The steps of a compressed system are those that `leaps` tells, and its schedules can be lifted."""
    for sample, found in quiet(SIZE):
        system, original = Interpreter(found.system), Interpreter(sample.system)
        leap, rng = found.leaps(original), Random(sample.seed)
        state, steps, ticks = next(system.initial()), list[Step](), 0
        for _ in range(30):
            after = [o for o in system.outcomes(state) if isinstance(o, Successor)]
            if not after:
                break
            step = original.take(state, (chosen := rng.choice(after)).step)
            assert isinstance(step, Successor)
            passed, there = leap(state, step)
            assert there == chosen.state
            state, ticks = there, ticks + passed
            steps.append(chosen.step)
        trace = replay(original, found.lift(Schedule(next(system.initial()), tuple(steps))))
        assert (trace.states[-1], len(trace)) == (state, ticks)


def test_corpus_is_worth_the_while() -> None:
    samples = quiet(SIZE)
    words = Counter((p.kind, x.truth.answers[p.name][0]) for x, _ in samples for p in x.properties)
    for kind in (PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.DEADLOCK_FREE, PropertyKind.SETTLES):
        assert words[kind, "holds"] >= 5
        assert words[kind, "violated"] >= 5
    timed = Counter(x.truth.answers["in time"][0] for x, _ in samples if "in time" in x.truth.answers)
    assert timed["violated"] >= 4
    assert timed["holds"] + timed["vacuous"] >= 3
