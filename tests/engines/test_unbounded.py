"""What is proved of the ever-growing network is true: of the finite systems that it stands for, and of what
breadth-first search sees of it; and handshakes whose answers are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcpverify.ir.soup import FRESH, NoSoup, assumed, ever_growing
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Limits
from tcpverify.pipeline.check import Request, verify
from tcpverify.pipeline.load import load
from tcpverify.result import Result
from tcpverify.smt.unbounded import Found, prove
from tcpverify.verdict import Holds, Invariant, Verdict, Violated
from tests.engines.oracle import Oracle, TooLarge
from tests.engines.random_systems import random_system

SPEC = Path(__file__).parent / "unbounded" / "handshake.tcpv"


def proved(system: System, prop: Property) -> bool:
    """Whether the ever-growing system has a proof that carries over."""
    if assumed(system, prop) != ():
        return False
    try:
        grown = ever_growing(system, faults=prop.kind is PropertyKind.STEP)
    except NoSoup:
        return False
    return isinstance(prove(grown, prop, [], Limits(seconds=5).deadline()), Found)


def count(seed: int) -> int:
    """How many properties of a random system are proved; none of them is violated."""
    system, properties = random_system(seed)
    try:
        oracle = Oracle(system, 3_000)
    except TooLarge:
        return 0
    found = 0
    for prop in properties:
        if proved(system, prop):
            word, _ = oracle.answer(prop)
            assert word in ("holds", "vacuous", "unreachable"), (seed, prop.name)
            found += 1
    return found


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_what_is_proved_of_random_systems_is_true(first: int) -> None:
    assert sum(map(count, range(first, first + 20))) > 0


def verdicts(check: str, **params: str) -> dict[str, Verdict]:
    spec = load(SPEC)
    outcome = verify(spec, Request(checks=(check,), params=params, limits=Limits(seconds=60)))
    assert not outcome.failures
    return {r.prop.name: r.verdict for r in outcome.results if isinstance(r, Result)}


def test_a_three_way_handshake_is_proved_for_any_number_of_connections() -> None:
    found = verdicts("new_numbers")
    proof = found["no_phantom"]
    assert isinstance(proof, Holds)
    assert isinstance(proof.evidence, Invariant)
    assert proof.evidence.assumes == (FRESH,)
    assert proof.evidence.conjuncts
    assert all(isinstance(v, Holds) for v in found.values())


def test_a_two_way_handshake_accepts_an_old_syn() -> None:
    found = verdicts("new_numbers", kind="two_way")["no_phantom"]
    assert isinstance(found, Violated)
    assert len(found.trace) == 2
    assert [s.step.choices for s in found.trace.steps] == [(0,), (1,)]


def test_a_number_used_again_lets_an_old_ack_in() -> None:
    found = verdicts("reused_numbers")["no_phantom"]
    assert isinstance(found, Violated)
    assert len(found.trace) == 7
    assert found.trace.states[-1] not in found.trace.states[:-1]
