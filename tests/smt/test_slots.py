"""The models of the transition relation are exactly the steps of the interpreter."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import z3
from random_systems import random_system
from systems import (
    BUILDERS,
    Overflow,
    action,
    channel,
    check,
    choice,
    field,
    message,
    now,
    picked,
    send,
    seq,
    system,
    variable,
)

from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, CORRUPT_KIND, IntSort, Scope, SeqSort, Var
from tcpverify.ir.interpret import Erring, Interpreter, Outcome, Successor
from tcpverify.ir.system import KIND, LIFE, ActionKind, ErrorKind, Order, State, Step, System
from tcpverify.limits import Limits
from tcpverify.smt.encode import width_of
from tcpverify.smt.kinduction import stays_well_formed
from tcpverify.smt.relation import Relation, can_err, can_step, relation
from tcpverify.smt.slots import StateTerms, Unsupported, slots_of

LEFT = Var(Scope.FIELD, LIFE, IntSort(0, 2))


def relation_of(s: System) -> Relation:
    return relation(slots_of(s, width_of(s, ())))


def reachable_states(s: System, most: int) -> list[State]:
    """The first states that breadth-first search meets."""
    interpreter = Interpreter(s)
    queue = deque(interpreter.initial())
    seen = set(queue)
    while queue and len(seen) < most:
        for outcome in interpreter.outcomes(queue.popleft()):
            if isinstance(outcome, Successor) and outcome.state not in seen:
                seen.add(outcome.state)
                queue.append(outcome.state)
    return list(seen)[:most]


def models(rel: Relation, solver: Any) -> Iterator[tuple[Step, Any]]:
    """Every model of a solver's assertions, by its inputs."""
    while solver.check() == z3.sat:
        model = solver.model()
        values = [model.eval(t, model_completion=True) for t in rel.inputs.constants]
        yield rel.slots.read_step([v.as_long() for v in values]), model
        solver.add(z3.Or(*(t != v for t, v in zip(rel.inputs.constants, values, strict=True))))


def state_in(rel: Relation, terms: StateTerms, model: Any) -> State:
    """The state of a model: values, and contents read back by comparing patterns field by field."""
    values = rel.slots.read_values(terms, model)
    pack = rel.slots.packing
    contents = []
    for row in terms.rows:
        segments = []
        for slot in row:
            pattern = model.eval(slot, model_completion=True)
            if z3.is_true(z3.simplify(pack.is_used(pattern))):
                parts, low = [], pack.size
                for store in pack.parts:
                    low -= store.size
                    bits = z3.simplify(z3.Extract(low + store.size - 1, low, pattern))
                    parts.append(bits.as_long() + store.lo)
                assert len(segments) == row.index(slot), "used slots come first"
                segments.append(tuple(parts))
        contents.append(tuple(segments))
    return State(values, tuple(contents))


def agree(s: System, most: int = 40) -> None:
    """Compare all steps of some reachable states, both ways."""
    interpreter, rel = Interpreter(s), relation_of(s)
    some = can_step(rel)
    errs = {kind: can_err(rel, kind) for kind in rel.errors}
    for state in reachable_states(s, most):
        outcomes: Sequence[Outcome] = list(interpreter.outcomes(state))
        solver = z3.SolverFor("QF_FD")
        solver.add(rel.slots.equals(rel.before, state))
        solver.push()
        solver.add(rel.step)
        found = {step: state_in(rel, rel.after, model) for step, model in models(rel, solver)}
        assert found == {o.step: o.state for o in outcomes if isinstance(o, Successor)}
        solver.pop()
        for kind, formula in rel.errors.items():
            solver.push()
            solver.add(formula)
            erring = {step for step, _ in models(rel, solver)}
            assert erring == {o.step for o in outcomes if isinstance(o, Erring) and o.error is kind}
            solver.pop()
            assert _holds(solver, errs[kind]) == bool(erring)
        assert _holds(solver, some) == bool(found)
        assert not _holds(solver, rel.misfit)
        assert {o.error for o in outcomes if isinstance(o, Erring)} <= set(rel.errors)


def _holds(solver: Any, formula: Any) -> bool:
    return bool(solver.check(formula) == z3.sat)


@pytest.mark.parametrize("name", BUILDERS)
def test_steps_of_the_small_systems(name: str) -> None:
    agree(BUILDERS[name]()[0])


@pytest.mark.parametrize("name", BUILDERS)
def test_small_systems_stay_well_formed(name: str) -> None:
    assert stays_well_formed(relation_of(BUILDERS[name]()[0]), Limits().deadline())


def crowded(order: Order, overflow: Overflow, capacity: int, reach: int = 0) -> System:
    """Two kinds of segments, negative fields, several and conditional sends, checks between them."""
    n, up = variable("n", IntSort(-2, 2)), variable("up", BOOL)
    x = message("X", v=IntSort(-2, 3), w=SeqSort(3))
    y = message("Y", f=BOOL)
    c, d = choice("c", IntSort(-1, 1)), choice("d", BOOL, when=b.lt(b.integer(-1), now(n)))
    both = Var(Scope.FIELD, KIND, IntSort(CORRUPT_KIND, 1))
    small = b.conj([b.eq(both, b.integer(0)), b.lt(field(x, "v"), b.integer(1))])
    xs = b.in_flight(0, b.eq(both, b.integer(0)), capacity)
    actions = [
        action("two", guard=now(up), updates=[(1, b.boolean(False))],
               effects=[send(0, 0, now(n), seq(2, 3)), check(b.neg(b.eq(now(n), b.integer(2)))),
                        send(0, 1, b.lt(now(n), b.integer(0)), when=b.neg(b.eq(now(n), b.integer(0)))),
                        send(1, 1, now(up))]),
        action("choose", guard=b.le(xs, b.integer(1)), choices=[c, d],
               updates=[(0, b.ite(picked(d), picked(c), now(n))), (1, b.boolean(True))],
               effects=[send(0, 0, b.integer(3), b.wrap(picked(c), 3), when=picked(d)),
                        send(0, 0, b.integer(-2), seq(0, 3), when=b.neg(picked(d)))]),
        action("answer", ActionKind.RECEIVE, channel=0, guard=small, updates=[(0, field(x, "v"))],
               effects=[send(0, 1, now(up)), send(1, 0, field(x, "v"), field(x, "w"))]),
        action("take", ActionKind.RECEIVE, channel=0, guard=b.eq(both, b.integer(1)),
               updates=[(1, field(y, "f"))],
               effects=[check(b.le(now(n), b.integer(1)), ErrorKind.UNHANDLED)]),
        action("lose", ActionKind.LOSE, channel=0),
        action("copy", ActionKind.DUPLICATE, channel=0, effects=[check(b.neg(now(up)))]),
        action("copy last", ActionKind.DUPLICATE, channel=0, to_tail=True, guard=now(up)),
        action("garble", ActionKind.CORRUPT, channel=0),
        action("ba lose", ActionKind.LOSE, channel=1),
    ]  # fmt: skip
    start = ((0, 1, 1), (1, 1, 0))
    return system(
        "crowded", [n, up], [(-2, 0, 2), (False, True)], actions, messages=[x, y],
        channels=[channel("ab", capacity, order, overflow, reach), channel("ba", 1, Order.BAG, "drop")],
        contents=[start[: min(2, capacity)], ()],
    )  # fmt: skip


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("overflow", ["error", "drop", "block"])
@pytest.mark.parametrize("capacity", [2, 3])
def test_steps_of_a_crowded_system(order: Order, overflow: Overflow, capacity: int) -> None:
    s = crowded(order, overflow, capacity, reach=1 if order is Order.WINDOW else 0)
    agree(s, most=60)
    assert stays_well_formed(relation_of(s), Limits().deadline())


@pytest.mark.parametrize("seed", range(40))
def test_steps_of_a_random_system(seed: int) -> None:
    s, _ = random_system(seed)
    agree(s, most=25)
    assert stays_well_formed(relation_of(s), Limits().deadline())


@pytest.mark.parametrize("seed", range(30))
def test_steps_of_a_random_timed_system(seed: int) -> None:
    s, _ = random_system(seed, timed=True)
    agree(s, most=25)
    assert stays_well_formed(relation_of(s), Limits().deadline())


@pytest.mark.parametrize("order", list(Order))
def test_steps_of_a_crowded_timed_system(order: Order) -> None:
    s = crowded(order, "drop", 3)
    old = action("gone", ActionKind.EXPIRE, channel=0, guard=b.eq(LEFT, b.integer(0)))
    none_old = b.eq(b.in_flight(0, b.eq(LEFT, b.integer(0)), 3), b.integer(0))
    ticks = [action("tick", ActionKind.TICK, guard=none_old), old]
    channels = (replace(s.channels[0], lifetime=2), s.channels[1])
    contents = tuple(tuple((*m, 2) for m in row) for row in s.initial.contents)
    s = replace(
        s, channels=channels, actions=(*s.actions, *ticks), initial=replace(s.initial, contents=contents)
    )
    agree(s, most=60)
    assert stays_well_formed(relation_of(s), Limits().deadline())


def test_initial_states_are_the_interpreters() -> None:
    s = crowded(Order.BAG, "drop", 3)
    rel = relation_of(s)
    solver = z3.SolverFor("QF_FD")
    solver.add(rel.slots.initial(rel.before))
    found = set()
    while solver.check() == z3.sat:
        state = state_in(rel, rel.before, solver.model())
        assert state not in found
        found.add(state)
        solver.add(z3.Not(rel.slots.equals(rel.before, state)))
    assert found == set(Interpreter(s).initial())


def test_unlimited_channels_are_refused() -> None:
    s = crowded(Order.BAG, "drop", 3)
    s = replace(s, channels=(replace(s.channels[0], capacity=None), s.channels[1]))
    with pytest.raises(Unsupported, match="channel ab has unlimited capacity"):
        relation_of(s)


def test_an_unchecked_store_is_noticed() -> None:
    n = variable("n", IntSort(0, 5))
    s = system("unchecked", [n], [(0,)], [action("up", updates=[(0, b.add(now(n), b.integer(1)))])])
    assert not stays_well_formed(relation_of(s), Limits().deadline())
