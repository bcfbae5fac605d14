"""Bounded model checking (Biere, Cimatti, Clarke, Zhu 1999): shortest paths to goals, all goals in
one unrolling, and of the shortest paths the canonical one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import combinations
from typing import Protocol

import z3

from tcpverify.ir.expr import Value
from tcpverify.ir.system import Schedule
from tcpverify.limits import Deadline
from tcpverify.smt.encode import Term
from tcpverify.smt.goals import Goal
from tcpverify.smt.least import Least
from tcpverify.smt.logic import either, negation
from tcpverify.smt.relation import Relation
from tcpverify.smt.slots import Inputs, StateTerms
from tcpverify.smt.solving import Asserting, Undecided, is_sat


class Paths(Protocol):
    """A system's states and steps as constants of their time; see `Unroller`."""

    @property
    def rel(self) -> Relation: ...

    def state(self, i: int) -> StateTerms: ...

    def inputs(self, i: int) -> Inputs: ...

    def at(self, formula: Term, i: int) -> Term: ...

    def start(self) -> list[Term]: ...

    def step(self, i: int) -> list[Term]: ...

    def different(self, i: int, j: int) -> Term: ...

    def schedule(self, number: Callable[[Term], int], model: Term, length: int) -> Schedule: ...


class Unrolling:
    """The paths from an initial state, one step longer at a time."""

    def __init__(self, unroller: Paths, deadline: Deadline) -> None:
        self.rel = unroller.rel
        self.unroller = unroller
        self.deadline = deadline
        self.steps = 0
        self._models: dict[str, Term] = {}
        self._base = Asserting()
        self._base.add(*unroller.start())

    def give(self, deadline: Deadline) -> None:
        """More time, after a question that may have been cut short."""
        self.deadline = deadline
        self._base.renew()

    def extend(self) -> None:
        """One more step, without error."""
        self._base.add(*self.unroller.step(self.steps))
        self.steps += 1

    def is_exhausted(self, deadline: Deadline) -> bool:
        """Whether every path of this length meets a state twice; False if the solver cannot say."""
        solver = self._base.solver
        solver.push()
        try:
            pairs = combinations(range(self.steps + 1), 2)
            solver.add(*(self.unroller.different(i, j) for i, j in pairs))
            exhausted = not is_sat(solver, deadline)
        except Undecided:
            self._base.renew()
            return False
        solver.pop()
        return exhausted

    def find(self, goals: Sequence[Goal], length: int) -> list[Goal]:
        """The goals that some path of `length` steps shows; the others are noted as impossible there.

        Raises Undecided.
        """
        waiting = {g.name: g.at(self.unroller, length) for g in goals}
        found: set[str] = set()
        solver = self._base.solver
        while waiting:
            solver.push()
            try:
                solver.add(either(*waiting.values()))
                if not is_sat(solver, self.deadline):
                    break
                model = solver.model()
                shown = {n for n, t in waiting.items() if z3.is_true(model.eval(t, model_completion=True))}
            finally:
                solver.pop()
            found |= shown
            self._models |= dict.fromkeys(shown, model)
            waiting = {n: t for n, t in waiting.items() if n not in shown}
        self._base.add(*(negation(t) for t in waiting.values()))
        return [g for g in goals if g.name in found]

    def shortest(self, goal: Goal, length: int) -> Schedule:
        """The canonical path of `length` steps to a goal just found there: with the fewest faults, then
        from the least initial state, then the least step at each state.

        When time runs out it is still a path of that length, though perhaps not that one.
        """
        solver = self._base.solver
        solver.push()
        try:
            solver.add(goal.at(self.unroller, length))
            found = _Path(self, solver, length, self._models[goal.name])
            with suppress(Undecided):
                found.minimise()
            return found.schedule()
        finally:
            solver.pop()


class _Path:
    """A model of a path, replaced by smaller ones; what is settled stays asserted."""

    def __init__(self, unrolling: Unrolling, solver: Term, length: int, model: Term) -> None:
        self.rel = unrolling.rel
        self.unroller = unrolling.unroller
        self.length = length
        self.least = Least(solver, model, unrolling.deadline)

    def minimise(self) -> None:
        """Replace the model by the canonical one. Raises Undecided."""
        self._fewest_faults()
        for i, alternatives in enumerate(self.rel.slots.system.initial.values):
            if len(alternatives) > 1:
                self.least.settle(self.unroller.state(0).values[i])
        for i in range(self.length):
            for term in self.unroller.inputs(i).constants:
                self.least.settle(term)

    def schedule(self) -> Schedule:
        """The schedule that the model describes."""
        found = self.unroller.schedule(self.least.number, self.least.model, self.length)
        values = _as_given(found.initial.values, self.rel.slots.system.initial.values)
        return found._replace(initial=found.initial._replace(values=values))

    def _fewest_faults(self) -> None:
        if z3.is_false(self.rel.fault):
            return
        number = self.least.number
        faults = [self.unroller.at(self.rel.fault, i) for i in range(self.length)]
        most = sum(map(number, faults))
        while most > 0 and self.least.better(z3.AtMost(*faults, most - 1)):
            most = sum(map(number, faults))
        if faults:
            self.least.solver.add(z3.AtMost(*faults, most))


def _as_given(values: tuple[Value, ...], alternatives: tuple[tuple[Value, ...], ...]) -> tuple[Value, ...]:
    """The same values as the system writes them."""
    return tuple(next(a for a in given if a == v) for v, given in zip(values, alternatives, strict=True))
