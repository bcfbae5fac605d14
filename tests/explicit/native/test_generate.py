"""The rules as machine code do in every state what the interpreter does: successors, errors, predicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite")

from tcpverify.explicit.native import jit
from tcpverify.explicit.native.layout import TooWide, layout
from tcpverify.explicit.native.slots import CALL, CODE_SHIFT, FAULT, TICK
from tcpverify.explicit.native.watching import Watch
from tcpverify.ir.expr import IntSort, Sort
from tcpverify.ir.interpret import Erring, Interpreter, Outcome, Successor
from tcpverify.ir.system import ActionKind, Order, Property, State, System
from tests.engines.corpus import SIZE, corpus
from tests.engines.random_systems import random_system
from tests.explicit.native.expanding import Expander, Expansion

MOST = 150
"""States looked at of each system."""


def complaints(system: System, properties: tuple[Property, ...], level: int = jit.FAST) -> list[str]:
    """What the machine code gets wrong in the first states of a system."""
    expander, interpreter = Expander(system, properties, level), Interpreter(system)
    todo = list(interpreter.initial())
    known, found = set(todo), list[str]()
    for number, state in enumerate(todo):
        if number >= MOST:
            break
        outcomes = list(interpreter.outcomes(state))
        expansion = expander.expand(state)
        found += [
            f"state {number}: {line}" for line in _about(expander, interpreter, state, outcomes, expansion)
        ]
        for outcome in outcomes:
            if isinstance(outcome, Successor) and outcome.state not in known:
                known.add(outcome.state)
                todo.append(outcome.state)
    return found


def _about(
    expander: Expander, interpreter: Interpreter, state: State, outcomes: list[Outcome], found: Expansion
) -> Iterator[str]:
    actions = interpreter.system.actions
    if expander.layout.unpack(expander.layout.pack(state)) != state:
        yield "packed and unpacked it is another"
    successors = [o for o in outcomes if isinstance(o, Successor)]
    if [s for _, s in found.successors] != [o.state for o in successors]:
        yield "other successors, or in another order"
    for (meta, _), outcome in zip(found.successors, successors, strict=False):
        if meta & (1 << CODE_SHIFT) - 1 != _classes(interpreter.system, outcome):
            yield f"wrong class of {actions[outcome.step.action].name}"
    if len({meta for meta, _ in found.successors}) < len(found.successors):
        yield "two transitions with one code"
    first = len(expander.watches)
    taken = {i for i in range(len(actions)) if found.seen[first + i]}
    if taken != {o.step.action for o in outcomes}:
        yield "other actions taken"
    for byte, watch in enumerate(expander.watches):
        seen = found.looked[byte] if watch.where == "state" else found.seen[byte]
        if bool(seen) != _truth(watch, interpreter, state, outcomes):
            yield f"wrong about {watch}"


def _classes(system: System, outcome: Successor) -> int:
    action = system.actions[outcome.step.action]
    kinds = {ActionKind.TICK: TICK, ActionKind.CALL: CALL}
    return FAULT * action.is_fault | kinds.get(action.kind, 0)


def _truth(watch: Watch, interpreter: Interpreter, state: State, outcomes: list[Outcome]) -> bool:
    successors = [o for o in outcomes if isinstance(o, Successor)]
    match watch.where:
        case "error":
            return any(isinstance(o, Erring) and o.error is watch.error for o in outcomes)
        case "dead end":
            return not successors and interpreter.predicate(watch.formula)(state)
        case "step":
            over = interpreter.step_predicate(watch.formula, watch.events)
            return any(over(state, o.state, o.step) for o in successors)
        case "state":
            return interpreter.predicate(watch.formula)(state)
        case "instant":
            due, actions = interpreter.predicate(watch.formula), interpreter.system.actions
            steps = [o for o in successors if actions[o.step.action].kind is not ActionKind.TICK]
            return due(state) and all(due(o.state) for o in steps)


@pytest.mark.parametrize("index", range(SIZE))
def test_the_corpus(index: int) -> None:
    sample = corpus(SIZE)[index]
    assert complaints(sample.system, sample.properties) == []


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_seed(seed: int) -> None:
    assert complaints(*random_system(seed)) == []


def test_better_code_is_no_other_code() -> None:
    for sample in corpus(SIZE)[:4]:
        assert complaints(sample.system, sample.properties, jit.THOROUGH) == []


def spread(system: System) -> System:
    """The same system with segments that have room for much larger numbers."""
    wider = tuple(
        replace(kind, fields=tuple(replace(f, sort=_wider(f.sort)) for f in kind.fields))
        for kind in system.messages
    )
    return replace(system, messages=wider)


def _wider(sort: Sort) -> Sort:
    return IntSort(sort.lo - 5, sort.hi + (1 << 61)) if isinstance(sort, IntSort) else sort


def test_queues_of_several_words() -> None:
    """The orders of a channel, with queues that do not fit a word, and segments that do not either."""
    orders: Counter[Order] = Counter()
    widths: set[int] = set()
    for sample in corpus(SIZE):
        system = spread(sample.system)
        wide = [i for i, s in enumerate(layout(system).channels) if s.place.words > 1]
        if wide and all(orders[system.channels[i].order] < 3 for i in wide):
            orders.update(system.channels[i].order for i in wide)
            widths |= {s.bits for s in layout(system).channels}
            assert complaints(system, sample.properties) == []
    assert set(orders) == set(Order)
    assert max(widths) > 64


def test_an_unlimited_channel_is_refused() -> None:
    system = next(s.system for s in corpus(SIZE) if s.system.channels)
    first = replace(system.channels[0], capacity=None)
    with pytest.raises(TooWide, match="unlimited"):
        layout(replace(system, channels=(first, *system.channels[1:])))
