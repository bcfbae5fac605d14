"""Counterexamples to induction: the interpreter takes each of them, from a state with all that is known."""

from __future__ import annotations

import pytest
from systems import action, always, always_step, check, no_error, now, system, then, variable

from tcpverify.ir import build as b
from tcpverify.ir.expr import IntSort
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.soup import NoSoup, ever_growing
from tcpverify.ir.system import ErrorKind, Property, PropertyKind, State, Step, System
from tcpverify.pipeline import unproved
from tcpverify.pipeline.unproved import Unkept, Unproved, explained
from tcpverify.smt.ctis import MOST_SEGMENTS, Answer, Question, answer
from tcpverify.trace import NotARun, Trace, extended, shows
from tests.engines.random_systems import random_system

X, Y = variable("x", IntSort(0, 60)), variable("y", IntSort(0, 60))


def doubling() -> System:
    """x is twice y, which nobody says."""
    two, one = b.add(now(X), b.integer(2)), b.add(now(Y), b.integer(1))
    up = action("up", guard=b.conj([b.le(two, b.integer(60)), b.le(one, b.integer(60))]),
                updates=[(0, two), (1, one)], effects=[check(b.neg(b.eq(now(X), b.integer(7))))])  # fmt: skip
    return system("doubling", [X, Y], [(0,), (0,)], [up])


TWICE = always("twice", b.eq(now(X), b.add(now(Y), now(Y))))
ODD = always("odd", b.neg(b.eq(now(X), b.integer(33))))


def asked(*properties: Property, known: tuple[Property, ...] = ()) -> Answer:
    return answer(Question(doubling(), properties, known, 20.0))


def test_the_step_and_the_least_numbers() -> None:
    assert asked(ODD).broken == ("odd", State((31, 0), ()), Step(0, None, ()))


def test_what_is_known_is_assumed() -> None:
    assert asked(ODD, known=(TWICE,)).broken is None
    assert asked(ODD, TWICE).broken is None


def test_steps_and_errors() -> None:
    slow = always_step("slow", b.le(then(X), b.add(now(X), b.integer(1))))
    assert asked(slow).broken == ("slow", State((0, 0), ()), Step(0, None, ()))
    assert asked(no_error(ErrorKind.ASSERT)).broken == (
        "no_failed_assert",
        State((7, 0), ()),
        Step(0, None, ()),
    )
    assert asked(no_error(ErrorKind.ASSERT), known=(TWICE,)).broken is None


def test_what_a_run_refutes_is_not_assumed() -> None:
    small = always("small", b.lt(now(X), b.integer(5)))
    found = asked(ODD, small)
    assert found.untrue == ("small",)
    assert found.broken is not None and found.broken[0] == "odd"


def test_explained() -> None:
    found = explained("why", doubling(), ODD, [always("small", b.lt(now(X), b.integer(5)))])
    assert found.reason == "why" and found.untrue == ("small",)
    assert isinstance(found.step, Unkept) and found.step.broken is ODD
    assert [s.values for s in found.step.trace.states] == [(31, 0), (33, 1)]
    assert explained("why", doubling(), ODD, [], [TWICE.formula]) == Unproved("why")


@pytest.mark.parametrize(
    "wrong",
    [
        ("odd", State((30, 0), ()), Step(0, None, ())),
        ("odd", State((33, 0), ()), Step(0, None, ())),
        ("odd", State((60, 60), ()), Step(0, None, ())),
    ],
)
def test_a_wrong_encoding_is_found_out(
    wrong: tuple[str, State, Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unproved, "run_isolated", lambda *_: Answer(wrong, ()))
    with pytest.raises(NotARun):
        explained("why", doubling(), ODD, [])


PROVABLE = (PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.NO_ERROR)


@pytest.mark.parametrize("growing", [False, True])
def test_on_random_systems(growing: bool) -> None:
    shown = 0
    for seed in range(6):
        plain, properties = random_system(seed)
        try:
            found = ever_growing(plain, faults=True) if growing else plain
        except NoSoup:
            continue
        for prop in [p for p in properties if p.kind in PROVABLE][:2]:
            broken = answer(Question(found, (prop,), (), 5.0)).broken
            if broken is None:
                continue
            shown += 1
            _, state, step = broken
            interpreter = Interpreter(found)
            assert all(len(c) <= MOST_SEGMENTS for c in state.contents)
            if prop.kind is PropertyKind.INVARIANT:
                assert interpreter.predicate(prop.formula)(state)
            assert shows(interpreter, prop, extended(interpreter, Trace(found, state, ()), step))
    assert shown >= 2
