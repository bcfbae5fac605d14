"""What is said of `always reachable` without enumerating is what enumerating says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tcpverify.certify.reach import followed
from tcpverify.engines import agree
from tcpverify.ir import build as b
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import ActionKind, Order, Property, PropertyKind, System
from tcpverify.limits import Limits
from tcpverify.pipeline.check import Request, verify
from tcpverify.pipeline.load import load, load_text
from tcpverify.pipeline.scene import scene
from tcpverify.result import Exit, Result, exit_code
from tcpverify.smt.samples import samples
from tcpverify.smt.traps import Free, Open, Trapped, _Ways, decide
from tcpverify.trace import replay
from tcpverify.verdict import Exhausted, Expectation, Holds, Invariant, Trap, Violated, Ways
from tests.engines.oracle import Oracle, TooLarge
from tests.engines.random_systems import random_system

SPEC = Path(__file__).parent / "unbounded" / "traps.tcpv"
ABOUT = (PropertyKind.INVARIANT, PropertyKind.REACHABLE)


def goals(properties: list[Property]) -> list[Property]:
    """`always reachable` of what the properties speak of, and of its opposite."""
    formulas = [f for p in properties if p.kind in ABOUT for f in (p.formula, b.neg(p.formula))]
    return [
        Property(f"p{i}", PropertyKind.TRAP_FREE, f, None, None, (), "always reachable", None, ())
        for i, f in enumerate(formulas)
    ]


def compared(seed: int) -> int:
    """How many goals of a random system are found to be out of reach for good somewhere; none of them
    wrongly."""
    system, properties = random_system(seed)
    try:
        oracle = Oracle(system, 3_000)
    except TooLarge:
        return 0
    trapped = 0
    for prop in goals(properties):
        found = decide(system, prop, (), Limits(seconds=1).deadline())
        assert not isinstance(found, Free) or oracle.answer(prop)[0] == "holds", (seed, prop.name)
        if isinstance(found, Trapped):
            trapped += 1
            word, shortest = oracle.answer(prop)
            assert word == "violated", (seed, prop.name)
            assert shortest is not None and len(found.run.steps) >= shortest
            assert replay(Interpreter(system), found.run).states[-1] in oracle.distance
    return trapped


@pytest.mark.parametrize("first", range(0, 24, 8))
def test_traps_of_random_systems_are_traps(first: int) -> None:
    assert sum(map(compared, range(first, first + 8))) > 0


def unlimited(system: System) -> System:
    """The same endpoints over channels without bounds or order."""
    channels = tuple(replace(c, capacity=None, order=Order.BAG, window=0) for c in system.channels)
    contents = tuple(tuple(sorted(c)) for c in system.initial.contents)
    return replace(system, channels=channels, initial=replace(system.initial, contents=contents))


def ways_of(seed: int) -> int:
    """How many ways are found in a random system; each leads where it is said to."""
    system, properties = random_system(seed)
    system = unlimited(system)
    if system.timed or any(c.memory for c in system.channels):
        return 0
    count = 0
    states = samples(system)
    for prop in goals(properties):
        search = _Ways(system, prop)
        reached = sum(search.has_one(state) for state in states[:40])
        assert reached or not search.ways
        assert not list(followed(system, prop, search.ways, states)), (seed, prop.name)
        count += len(search.ways)
    return count


@pytest.mark.parametrize("first", range(0, 24, 8))
def test_ways_of_random_systems_lead_there(first: int) -> None:
    assert sum(map(ways_of, range(first, first + 8))) > 0


def test_specs_about_traps() -> None:
    outcome = verify(load(SPEC), Request(limits=Limits(seconds=60)))
    assert exit_code(outcome) is Exit.OK, [r.verdict for r in outcome.results if not r.met]
    proved = next(r for r in outcome.results if isinstance(r, Result) and r.prop.name == "gets_there")
    assert isinstance(evidence := getattr(proved.verdict, "evidence", None), Ways)
    assert evidence.ways


def test_engines_agree_on_a_trap() -> None:
    """The explicit engine counts the states of the trap, the symbolic one gives a set that none leaves."""
    request = Request(checks=("both",), engine="both", limits=Limits(seconds=60))
    outcome = verify(load(SPEC), request)
    assert not outcome.failures
    assert exit_code(outcome) is Exit.OK


def test_a_lost_segment_on_tape_is_not_gone() -> None:
    """What an adversary has on tape can still be sent: no trap is made of its loss."""
    text = """
message M { flags : flags { GO } }
role Left { step begin  state S initial { on step begin { send GO  goto T } }  state T { } }
role Right { state U initial { on receive GO -> V }  state V { on receive any ignore } }
network n { endpoint A : Left  endpoint B : Right  link A <-> B { capacity unlimited  loss unlimited } }
adversary tape { can replay GO on A -> B }
scenario go on n { }
property gets_there : always reachable B in V or A in S
check c { run go  engine smt  expect gets_there : violated }
check t { run go with adversary tape  engine smt  expect gets_there : unknown }
"""
    taped = scene(load_text(text), "go", adversaries=["tape"], properties=["gets_there"]).model
    assert ActionKind.REPLAY in {a.kind for a in taped.system.actions}
    outcome = verify(load_text(text), Request(properties=("gets_there",), limits=Limits(seconds=60)))
    assert exit_code(outcome) is Exit.OK, [r.verdict for r in outcome.results if not r.met]
    assert isinstance(decide(taped.system, taped.properties[0], (), Limits(seconds=5).deadline()), Open)


def test_a_trap_need_not_be_the_nearest() -> None:
    """Its trace may be longer than the explicit engine's, and is not told to be a shortest."""
    found = [r for r in verify(load(SPEC), Request(checks=("both",))).results if isinstance(r, Result)]
    trapped = next(r.verdict for r in found if r.prop.name == "gets_there")
    assert isinstance(trapped, Violated) and isinstance(trapped.trap, Trap)
    length = len(trapped.trace)
    assert Expectation("violated").met(trapped)
    assert Expectation("violated", within=length).met(trapped)
    assert not Expectation("violated", exact=length).met(trapped)
    shortest = replace(trapped, trap=3, trace=replace(trapped.trace, steps=trapped.trace.steps[:-1]))
    assert agree(shortest, trapped) and agree(trapped, shortest)
    assert not agree(replace(trapped, trap=3), replace(shortest, trap=trapped.trap))
    assert not agree(Holds(Exhausted(1, 0, 0)), trapped)
    unsure = Holds(Ways((), Invariant((), ("x",))))
    assert agree(unsure, trapped) and not agree(Holds(Ways((), Invariant(()))), trapped)
