"""Proofs by k-induction: what holds is proved, what fails one step later is not."""

from __future__ import annotations

import pytest
from random_systems import random_system
from systems import (
    BUILDERS,
    action,
    always,
    always_step,
    channel,
    check,
    message,
    no_error,
    now,
    reachable,
    send,
    system,
    then,
    variable,
)

from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, IntSort, Scope, SeqSort, Var
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import ErrorKind, Order, Property, PropertyKind, State, System
from tcpverify.limits import Limits
from tcpverify.smt.engine import run
from tcpverify.smt.relation import Unroller, relation
from tcpverify.smt.search import Proofs, Search
from tcpverify.smt.slots import slots_of
from tcpverify.verdict import (
    Bounded,
    Holds,
    Induction,
    Invariant,
    Unreachable,
    Vacuous,
    Verdict,
    Violated,
    word,
)


def decide(s: System, p: Property, most: int = 12) -> Verdict:
    return run(s, [p], Limits(max_bound=most)).verdicts[p.name]


def ring(size: int) -> System:
    """A counter modulo `size` that never leaves 0 .. size - 1, in a variable with room for more."""
    n = variable("n", IntSort(0, 63))
    step = b.ite(b.eq(now(n), b.integer(size - 1)), b.integer(0), b.add(now(n), b.integer(1)))
    inside = b.le(step, b.integer(63))
    return system("ring", [n], [(0,)], [action("turn", updates=[(0, step)],
                  effects=[check(inside, ErrorKind.RANGE)])])  # fmt: skip


N = Var(Scope.STATE, "n", IntSort(0, 63))


def below(bound: int) -> Property:
    return always(f"below {bound}", b.lt(N, b.integer(bound)))


def test_an_inductive_invariant_needs_one_step() -> None:
    assert decide(ring(8), below(8)) == Holds(Induction(1))


def test_the_same_off_by_one_is_violated() -> None:
    verdict = decide(ring(8), below(7))
    assert isinstance(verdict, Violated)
    assert len(verdict.trace) == 7


@pytest.mark.parametrize("k", range(1, 8))
def test_what_holds_up_to_a_depth_is_never_proved(k: int) -> None:
    p = always("not there", b.neg(b.eq(N, b.integer(k))))
    verdict = decide(ring(8), p, k - 1)
    assert verdict == Bounded(k - 1)
    assert word(decide(ring(8), p, k)) == "violated"


def test_a_deeper_induction() -> None:
    """From 40 it takes steps up to 63, which is where values end: no state before 40 leads there."""
    verdict = decide(ring(8), always("never 12", b.neg(b.eq(N, b.integer(12)))))
    assert verdict == Holds(Induction(5))


def test_a_proved_invariant_is_a_lemma() -> None:
    s = ring(8)
    far = always("never 60", b.neg(b.eq(N, b.integer(60))))
    verdicts = run(s, [below(8), far], Limits(max_bound=3)).verdicts
    assert verdicts["never 60"] == Holds(Induction(1, ("below 8",)))
    alone = decide(s, far, 3)
    assert isinstance(alone, Holds)
    assert isinstance(alone.evidence, Invariant)


def test_steps_and_errors_and_unreachability() -> None:
    s = ring(8)
    after = Var(Scope.NEXT, "n", IntSort(0, 63))
    properties = [
        below(8),
        always_step("turns", b.disj([b.eq(after, b.integer(0)), b.lt(N, after)])),
        reachable("20", b.eq(N, b.integer(20))),
        no_error(ErrorKind.RANGE),
        Property("free", PropertyKind.DEADLOCK_FREE, b.boolean(False), None, None, (), "", None, ()),
    ]
    verdicts = run(s, properties, Limits(max_bound=3)).verdicts
    assert [type(v) for v in verdicts.values()] == [Holds, Holds, Unreachable, Holds, Holds]
    wrong = always_step("grows", b.lt(N, after))
    verdict = decide(s, wrong)
    assert isinstance(verdict, Violated)
    assert len(verdict.trace) == 8


def test_an_error_one_step_beyond() -> None:
    n = variable("n", IntSort(0, 9))
    up = b.add(now(n), b.integer(1))
    for limit, expected in ((5, "violated"), (6, "holds")):
        acts = [action("up", guard=b.lt(now(n), b.integer(6)), updates=[(0, up)],
                       effects=[check(b.le(up, b.integer(limit)))])]  # fmt: skip
        s = system("up", [n], [(0,)], acts)
        assert word(decide(s, no_error(ErrorKind.ASSERT))) == expected


def test_antecedents() -> None:
    s = ring(8)
    at = {n: b.eq(N, b.integer(n)) for n in (5, 20)}
    small = b.lt(N, b.integer(8))
    happens = always("if 5", b.implies(at[5], small), at[5])
    never = always("if 20", b.implies(at[20], b.neg(small)), at[20])
    verdicts = run(s, [below(8), happens, never], Limits(max_bound=8)).verdicts
    assert isinstance(verdicts["if 5"], Holds)
    assert isinstance(verdicts["if 20"], Vacuous)
    undecided = run(s, [below(8), happens], Limits(max_bound=4)).verdicts["if 5"]
    assert word(undecided) == "unknown"


def test_an_antecedent_of_steps() -> None:
    s = ring(8)
    after = Var(Scope.NEXT, "n", IntSort(0, 63))
    back = b.lt(after, N)
    holds = always_step("back to 0", b.implies(back, b.eq(after, b.integer(0))), back)
    assert isinstance(decide(s, holds), Holds)
    same = b.eq(after, N)
    vacuous = always_step("stays", b.implies(same, b.eq(after, b.integer(3))), same)
    assert isinstance(decide(s, vacuous), Vacuous)


def test_channels_are_within_capacity() -> None:
    """What the slots guarantee is there for the induction: a bag of two never counts three."""
    m = message("M", s=SeqSort(3))
    flag = variable("flag", BOOL)
    acts = [action("send", effects=[send(0, 0, b.wrap(b.integer(1), 3))], updates=[(0, b.neg(now(flag)))])]
    s = system("full", [flag], [(False,)], acts, messages=[m], channels=[channel("ab", 2, Order.BAG, "drop")])
    total = b.in_flight(0, b.TRUE, 3)
    assert decide(s, always("two", b.le(total, b.integer(2)))) == Holds(Induction(1))
    assert word(decide(s, always("one", b.le(total, b.integer(1))))) == "violated"
    assert then(flag).name == "flag"


def every_state(s: System, most: int) -> set[State] | None:
    """All reachable states, None if there are more."""
    interpreter = Interpreter(s)
    seen = set(interpreter.initial())
    stack = list(seen)
    while stack:
        for outcome in interpreter.outcomes(stack.pop()):
            if isinstance(outcome, Successor) and outcome.state not in seen:
                seen.add(outcome.state)
                stack.append(outcome.state)
                if len(seen) > most:
                    return None
    return seen


@pytest.mark.parametrize("seed", range(60))
def test_what_is_proved_of_a_random_system_is_true(seed: int) -> None:
    s, properties = random_system(seed)
    states = every_state(s, 3000)
    if states is None:
        return
    interpreter = Interpreter(s)
    verdicts = run(s, properties, Limits(max_bound=4)).verdicts
    for p in properties:
        if not isinstance(verdicts[p.name], Holds | Unreachable):
            continue
        for state in states:
            outcomes = list(interpreter.outcomes(state))
            after = [o.state for o in outcomes if isinstance(o, Successor)]
            match p.kind:
                case PropertyKind.INVARIANT:
                    assert interpreter.predicate(p.formula)(state)
                case PropertyKind.REACHABLE:
                    assert not interpreter.predicate(p.formula)(state)
                case PropertyKind.STEP:
                    assert all(interpreter.step_predicate(p.formula)(state, t) for t in after)
                case PropertyKind.DEADLOCK_FREE:
                    assert after or interpreter.predicate(p.formula)(state)
                case _:
                    assert all(getattr(o, "error", None) is not p.error for o in outcomes)


@pytest.mark.parametrize("name", BUILDERS)
def test_no_proof_of_what_fails(name: str) -> None:
    s, expectations = BUILDERS[name]()
    verdicts = run(s, [e.prop for e in expectations], Limits(max_bound=3)).verdicts
    for e in expectations:
        if e.word in ("violated", "reachable"):
            assert not isinstance(verdicts[e.prop.name], Holds | Unreachable | Vacuous)


def test_all_paths_seen_is_a_proof() -> None:
    """From 40 on a step goes anywhere, so no induction from anywhere helps; but paths end at 5."""
    n, m = variable("n", IntSort(0, 63)), variable("m", IntSort(0, 63))
    step = b.ite(b.lt(now(n), b.integer(40)), b.add(now(n), b.integer(1)), now(m))
    acts = [action("up", guard=b.neg(b.eq(now(n), b.integer(5))), updates=[(0, step)])]
    s = system("short", [n, m], [(0,), (50,)], acts)
    high = always("below 20", b.lt(now(n), b.integer(20)))
    assert isinstance(decide(s, high), Holds)
    over = always("below 5", b.lt(now(n), b.integer(5)))
    assert word(decide(s, over)) == "violated"


def test_hints_are_used_and_not_believed() -> None:
    far = always("never 60", b.neg(b.eq(N, b.integer(60))))
    found = run(ring(8), [far], Limits(max_bound=3), hints=[below(3), below(8)])
    assert found.verdicts == {"never 60": Holds(Induction(1, ("below 8",)))}


def test_what_is_inductive_only_together() -> None:
    x, y = variable("x", IntSort(0, 9)), variable("y", IntSort(0, 9))
    swap = action("swap", updates=[(0, now(y)), (1, now(x))])
    s = system("swap", [x, y], [(0,), (0,)], [swap])
    first, second = (always(v.name, b.eq(now(v), b.integer(0))) for v in (x, y))
    verdicts = run(s, [first, second], Limits(max_bound=3)).verdicts
    assert verdicts == {"x": Holds(Induction(1, ("y",))), "y": Holds(Induction(1, ("x",)))}
    assert run(s, [first], Limits(max_bound=3), hints=[second]).verdicts == {"x": verdicts["x"]}
    one = system("swap", [x, y], [(0,), (0, 1)], [swap])
    verdicts = run(one, [first], Limits(max_bound=3), hints=[second]).verdicts
    assert word(verdicts["x"]) == "violated"


def test_what_was_found_elsewhere_is_a_lemma_if_it_is_one_here() -> None:
    s = ring(8)
    far = always("never 60", b.neg(b.eq(N, b.integer(60))))
    kept = (b.lt(N, b.integer(3)), b.lt(N, b.integer(8)))
    paths = Unroller(relation(slots_of(s, 12)))
    search = Search(s, paths, [(far, far)], Limits().deadline(), True, lambda *_: Proofs({}, kept))
    assert search.advance(0)
    search.prove_rest()
    assert search.verdict(far) == Holds(Induction(1, (), kept[1:]))
