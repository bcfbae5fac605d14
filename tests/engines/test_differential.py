"""Random systems: the truth, the explicit engine and the symbolic engine agree on everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpverify import engines
from tcpverify.ir.expr import TRUE, Op
from tcpverify.ir.interpret import Erring, Interpreter
from tcpverify.ir.system import (
    FAULTS,
    ErrorKind,
    Order,
    Property,
    PropertyKind,
    System,
    VariableKind,
)
from tcpverify.verdict import Decision, Holds, Unreachable, Vacuous, Violated, trace_of
from tests.engines.comparing import SMT_LIMITS, complaints, explicit, smt
from tests.engines.corpus import SIZE, corpus, sample, small
from tests.engines.random_systems import operators

SMALL = 23


@cache
def _decision(index: int) -> Decision:
    return smt(small(SMALL)[index].system, small(SMALL)[index].properties)


def remembered(system: System, _: Sequence[Property]) -> Decision:
    """The symbolic engine's decision, computed once."""
    return _decision(next(i for i, s in enumerate(small(SMALL)) if s.system is system))


def test_explicit() -> None:
    assert [line for s in corpus(SIZE) for line in complaints(s, explicit, exact=True)] == []


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_explicit_on_any_seed(seed: int) -> None:
    found = sample(seed, least=1, most=100)
    if found is not None:
        assert complaints(found, explicit, exact=True) == []


@pytest.mark.parametrize("index", range(SMALL))
def test_smt(index: int) -> None:
    assert complaints(small(SMALL)[index], remembered, exact=False) == []


def test_both_agree_and_the_stronger_verdict_is_kept() -> None:
    for s in small(2):
        decision = engines.run_both(s.system, s.properties, SMT_LIMITS)
        assert isinstance(decision, Decision)
        found = {name: type(v) for name, v in decision.verdicts.items()}
        alone = {name: type(v) for name, v in explicit(s.system, s.properties).verdicts.items()}
        assert found == alone


def test_smt_decides_much_of_it() -> None:
    """Else agreement would mean little."""
    found = [v for i in range(6) for v in _decision(i).verdicts.values()]
    assert sum(isinstance(v, Violated) for v in found) >= 10
    assert sum(isinstance(v, Holds | Unreachable | Vacuous) for v in found) >= 15


# --- Whether the corpus is worth the while -----------------------------------------------------------


def test_sizes_and_violations() -> None:
    assert median(s.truth.states for s in corpus(SIZE)) >= 50
    violated = [any(w == "violated" for w, _ in s.truth.answers.values()) for s in corpus(SIZE)]
    assert sum(violated) >= SIZE / 3
    lengths = Counter(n for s in corpus(SIZE) for _, n in s.truth.answers.values() if n is not None)
    assert sum(count for n, count in lengths.items() if n >= 4) >= 15
    assert len([s for s in corpus(SIZE) if s.traces]) >= SIZE / 2


@pytest.mark.parametrize("part", ["whole", "small"])
def test_everything_occurs(part: str) -> None:
    samples = corpus(SIZE) if part == "whole" else small(SMALL)
    systems = [s.system for s in samples]
    assert set().union(*(operators(s.system, s.properties) for s in samples)) == set(Op)
    channels = [c for s in systems for c in s.channels]
    assert {c.order for c in channels} == set(Order)
    assert {c.overflow for c in channels} == {"error", "drop", "block"}
    assert {c.capacity for c in channels if not c.memory} == {1, 2, 3}
    actions = [a for s in systems for a in s.actions]
    assert {a.kind for a in actions} >= FAULTS
    assert {a.to_tail for a in actions} == {True, False}
    assert any(c.when is not TRUE for a in actions for c in a.choices)
    known = set(VariableKind) - {VariableKind.HISTORY}  # of refinements, which have models of their own
    assert {v.kind for s in systems for v in s.variables} == known
    assert any(c.memory for c in channels)
    assert any(s.initial.where is not TRUE for s in systems)
    assert {p.kind for s in samples for p in s.properties} == set(PropertyKind)


def test_every_property_kind_goes_both_ways() -> None:
    words = {(p.kind, s.truth.answers[p.name][0]) for s in corpus(SIZE) for p in s.properties}
    for kind in set(PropertyKind) - {PropertyKind.UNSUPPORTED, PropertyKind.REACHABLE}:
        assert {(kind, "holds"), (kind, "violated")} <= words
    assert {(PropertyKind.REACHABLE, w) for w in ("reachable", "unreachable")} <= words
    may_be_vacuous = (PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.RESPONSE)
    assert {(k, "vacuous") for k in may_be_vacuous} <= words


def test_lassos_of_all_shapes() -> None:
    """Runs that stay, loops of some steps, finite ones; and the truth about nearly all of them."""
    shapes = Counter[int | None]()
    for s in corpus(SIZE):
        for verdict in explicit(s.system, s.properties).verdicts.values():
            trace = trace_of(verdict)
            if isinstance(verdict, Violated) and trace is not None and trace.loop is not None:
                shapes[min(3, len(trace) - trace.loop)] += 1
    assert all(shapes[length] >= 2 for length in (0, 1, 2, 3)), shapes
    answers = [s.truth.answers[p.name] for s in corpus(SIZE) for p in s.properties]
    assert sum(word == "?" or (word == "violated" and n is None) for word, n in answers) <= 5


def test_every_fault_and_error_is_taken() -> None:
    faults, errors = set(), set()
    for s in corpus(SIZE):
        interpreter = Interpreter(s.system)
        taken = explicit(s.system, []).taken
        faults |= {s.system.actions[i].kind for i in taken} & FAULTS
        errors |= {
            o.error for i in interpreter.initial() for o in interpreter.outcomes(i) if isinstance(o, Erring)
        }
        errors |= {p.error for p in s.properties if s.truth.answers[p.name][0] == "violated" and p.error}
    assert faults == FAULTS
    assert errors == set(ErrorKind)
