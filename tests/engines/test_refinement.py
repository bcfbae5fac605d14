"""Refinements of random systems: what the engines find is what a walk over pairs of states finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest

from tcpverify.ir import build as b
from tcpverify.ir.evaluate import Evaluator, compile_expr
from tcpverify.ir.expr import TRUE, BoolSort, Const, Expr, Scope, Var, bounds
from tcpverify.ir.interpret import Interpreter, Successor, positions
from tcpverify.ir.observe import Observation
from tcpverify.ir.refine import watch
from tcpverify.ir.system import State, System
from tcpverify.verdict import trace_of, word
from tests.engines.comparing import explicit, smt
from tests.engines.corpus import small
from tests.systems import refinement, refines

SIZE, SYMBOLIC = 23, 5


class Looking:
    """A system and what is seen of its states."""

    def __init__(self, system: System, seen: Iterable[Expr]) -> None:
        self.interpreter = Interpreter(system)
        table = positions(system, ())
        self.looks: list[Evaluator] = [compile_expr(e, table) for e in seen]

    def shown(self, state: State) -> Observation:
        return tuple(look(state.values, (), (), state.contents, ()) for look in self.looks)

    def after(self, state: State) -> list[State]:
        return [o.state for o in self.interpreter.outcomes(state) if isinstance(o, Successor)]

    def unseen(self, states: Iterable[State]) -> frozenset[State]:
        """The states, and all that steps reach from them that change nothing seen."""
        found = set(states)
        todo = list(found)
        while todo:
            state = todo.pop()
            for after in self.after(state):
                if after not in found and self.shown(after) == self.shown(state):
                    found.add(after)
                    todo.append(after)
        return frozenset(found)


def shortest(concrete: Looking, abstract: Looking) -> int | None:
    """The least number of steps after which the abstract system cannot have shown the same."""
    first = list(abstract.interpreter.initial())
    level = {
        (c, abstract.unseen(a for a in first if abstract.shown(a) == concrete.shown(c)))
        for c in concrete.interpreter.initial()
    }
    seen, depth = set(level), 0
    while level:
        if any(not possible for _, possible in level):
            return depth
        following = set()
        for state, possible in level:
            for after in concrete.after(state):
                now, then = concrete.shown(after), possible
                if now != concrete.shown(state):
                    moved = {t for a in possible for t in abstract.after(a) if abstract.shown(t) == now}
                    then = abstract.unseen(moved)
                following.add((after, then))
        level, depth = following - seen, depth + 1
        seen |= level
    return None


def thinned(system: System, rng: Random) -> System:
    """The system without some of its actions."""
    return replace(system, actions=tuple(a for a in system.actions if rng.random() < 0.7))


def looked_at(system: System, rng: Random) -> tuple[Expr, ...]:
    """One to three variables, or how much there is in a channel."""
    variables: list[Expr] = [Var(Scope.STATE, v.name, v.sort) for v in system.variables]
    channels: list[Expr] = [
        b.in_flight(i, TRUE, c.capacity) for i, c in enumerate(system.channels) if c.capacity is not None
    ]
    everything = variables + channels
    return tuple(rng.sample(everything, min(len(everything), rng.randint(1, 3))))


def twisted(e: Expr) -> Expr:
    """Something else of the same sort."""
    if isinstance(e.sort, BoolSort):
        return b.neg(e)
    lo, hi = bounds(e.sort)
    return b.ite(b.eq(e, Const(hi, e.sort)), Const(lo, e.sort), e)


@pytest.mark.parametrize("index", range(SIZE))
def test_a_system_refines_itself(index: int) -> None:
    system, rng = small(SIZE)[index].system, Random(index)
    seen = looked_at(system, rng)
    found = refinement(system, seen, seen)
    assert word(explicit(watch(system, found), [refines(found)]).verdicts["refines"]) in ("holds", "vacuous")


@pytest.mark.parametrize("twist", [False, True])
@pytest.mark.parametrize("index", range(SIZE))
def test_against_the_walk(index: int, twist: bool) -> None:
    system, rng = small(SIZE)[index].system, Random(100 + index)
    abstract = thinned(system, rng)
    seen = looked_at(system, rng)
    mapped = (twisted(seen[0]), *seen[1:]) if twist else seen
    found = refinement(abstract, seen, mapped)
    length = shortest(Looking(system, mapped), Looking(abstract, seen))
    watched = watch(system, found)
    for engine in (explicit, smt) if index < SYMBOLIC else (explicit,):
        verdict = engine(watched, [refines(found)]).verdicts["refines"]
        trace = trace_of(verdict)
        if trace is not None or engine is explicit:
            assert (None if trace is None else len(trace)) == length, word(verdict)
            assert engine is smt or (length is None) == (word(verdict) in ("holds", "vacuous"))


def test_the_walks_are_worth_it() -> None:
    """Of the random pairs some refine and some do not, and not all at the first step."""
    lengths = []
    for index in range(SIZE):
        system, rng = small(SIZE)[index].system, Random(100 + index)
        abstract = thinned(system, rng)
        seen = looked_at(system, rng)
        lengths.append(shortest(Looking(system, seen), Looking(abstract, seen)))
    assert lengths.count(None) >= 3
    assert len({n for n in lengths if n is not None}) >= 3, lengths
