"""k-induction (Sheeran, Singh, Stalmarck 2000): what no path reaches first after k steps from
anywhere, and no path from an initial state reaches sooner, is never reached.

Anywhere means: any well-formed state, any lemma holding. That every reachable state is well formed
(variables within their sorts, slots in order) is proved first, by induction. The first k states of
the path are pairwise different, because a shortest path to a goal has no loop.
"""

from __future__ import annotations

from collections.abc import Sequence

import z3

from tcpverify.limits import Deadline
from tcpverify.smt.encode import Term
from tcpverify.smt.goals import Goal, Place
from tcpverify.smt.logic import FALSE, both, either, negation
from tcpverify.smt.relation import Relation, Unroller
from tcpverify.smt.solving import Asserting, Undecided, is_sat, is_unsat_afresh
from tcpverify.verdict import Induction


def stays_well_formed(rel: Relation, deadline: Deadline) -> bool:
    """Whether initial states are well formed, and steps without error store only what fits and lead
    from well-formed states to well-formed ones; False if a solver cannot say."""
    slots = rel.slots
    start, after = slots.well_formed(rel.before), slots.well_formed(rel.after)
    return is_unsat_afresh([slots.initial(rel.before), negation(start)], deadline) and is_unsat_afresh(
        [start, rel.step, either(rel.misfit, negation(after))], deadline
    )


class InductionSearch:
    """The step cases of all goals over one unrolling from anywhere, one step longer at a time.

    `steps` is the length of the unrolling. A goal about an erring step is tried before the unrolling
    makes that step, the others after it.
    """

    def __init__(self, rel: Relation) -> None:
        self.rel = rel
        self.unroller = Unroller(rel)
        self.steps = 0
        self.lemmas: list[Goal] = []
        self._base = Asserting()
        self._base.add(self.unroller.at(rel.slots.well_formed(rel.before), 0))

    def extend(self) -> None:
        """One more step; the states that have a step after them differ from each other."""
        last = self.steps
        self._base.add(*(self.unroller.different(i, last) for i in range(last)))
        self._base.add(self.unroller.at(self.rel.step, last))
        self.steps += 1

    def proves(self, goal: Goal, k: int, search: Deadline, check: Deadline) -> Induction | None:
        """The proof that a goal is never reached, if k-induction gives it and fresh solvers agree.

        Paths shorter than k are known not to reach it. `search` is for looking, `check` for the fresh
        solvers. Raises Undecided.
        """
        facts = {f"lemma {n}": g for n, g in enumerate(self.lemmas)}
        core = self._core(goal, k, facts, search)
        if core is None:
            return None
        used = [g for n, g in facts.items() if n in core]
        if not self._agreed(goal, k, used, check):
            return None
        return Induction(k, tuple(g.name for g in used))

    def _core(self, goal: Goal, k: int, facts: dict[str, Goal], search: Deadline) -> set[str] | None:
        """The names of the lemmas that make the step case impossible; None if it is possible."""
        solver = self._base.solver
        solver.push()
        solver.add(_step_case(self.unroller, goal, k))
        solver.add(*(z3.Implies(z3.Bool(n), self._never(g, goal, k)) for n, g in facts.items()))
        try:
            possible = is_sat(solver, search, *map(z3.Bool, facts))
        except Undecided:
            self._base.renew()
            raise
        core = None if possible else {t.decl().name() for t in solver.unsat_core()}
        solver.pop()
        return core

    def _never(self, lemma: Goal, goal: Goal, k: int) -> Term:
        """A lemma at every state and step of a goal's step case."""
        return both(*(negation(t) for t in _instances(self.unroller, lemma, goal, k)))

    def _agreed(self, goal: Goal, k: int, lemmas: Sequence[Goal], deadline: Deadline) -> bool:
        """Whether fresh solvers agree: base case and step case, both from nothing."""
        rel, unroller = self.rel, self.unroller
        path = [unroller.at(rel.step, i) for i in range(_edges(goal, k))]
        apart = [unroller.different(i, j) for j in range(_edges(goal, k)) for i in range(j)]
        step = [
            unroller.at(rel.slots.well_formed(rel.before), 0),
            *path,
            *apart,
            _step_case(unroller, goal, k),
            *(self._never(g, goal, k) for g in lemmas),
        ]
        return is_unsat_afresh(step, deadline) and _base_agreed(rel, goal, k, deadline)


def no_longer_path(rel: Relation, k: int) -> list[Term]:
    """That a path of k steps from an initial state has no state twice; if it cannot be, every
    reachable state is reached in fewer steps (the other termination test of the same paper)."""
    unroller = Unroller(rel)
    return [
        rel.slots.initial(unroller.state(0)),
        *(unroller.at(rel.step, i) for i in range(k)),
        *(unroller.different(i, j) for j in range(k + 1) for i in range(j)),
    ]


def proved_by_exhaustion(rel: Relation, goal: Goal, k: int, deadline: Deadline) -> Induction | None:
    """The proof for a goal that no path of k steps or fewer shows, where `no_longer_path` has been
    found impossible; None if fresh solvers do not agree on the base cases."""
    return Induction(k + 1) if _base_agreed(rel, goal, k + 1, deadline) else None


def _base_agreed(rel: Relation, goal: Goal, k: int, deadline: Deadline) -> bool:
    unroller = Unroller(rel)
    return all(is_unsat_afresh(_base_case(rel, unroller, goal, n), deadline) for n in range(k))


def _edges(goal: Goal, k: int) -> int:
    """How many steps without error the step case has."""
    return k - 1 if goal.place is Place.ERROR else k


def _step_case(unroller: Unroller, goal: Goal, k: int) -> Term:
    """The goal is shown by the whole path, and by no shorter part of it.

    Of an erring step nothing is assumed about the shorter parts: the path's own inputs do not err,
    and others are not asked about.
    """
    if goal.place is Place.ERROR:
        return goal.at(unroller, k)
    shorter = range(0 if goal.place is Place.STATE else 1, k)
    return both(goal.at(unroller, k), *(negation(goal.at(unroller, n)) for n in shorter))


def _instances(unroller: Unroller, lemma: Goal, goal: Goal, k: int) -> list[Term]:
    """A lemma's goal at every place of the path of a step case."""
    edges = _edges(goal, k)
    match lemma.place:
        case Place.STATE:
            return [unroller.at(lemma.formula, i) for i in range(edges + 1)]
        case Place.EDGE:
            return [unroller.at(lemma.formula, i) for i in range(edges)]
        case Place.ERROR:
            return []


def _base_case(rel: Relation, unroller: Unroller, goal: Goal, length: int) -> list[Term]:
    """That a path of `length` steps from an initial state shows the goal."""
    if goal.place is not Place.STATE and length == 0:
        return [FALSE]
    steps = length - 1 if goal.place is Place.ERROR else length
    return [
        rel.slots.initial(unroller.state(0)),
        *(unroller.at(rel.step, i) for i in range(steps)),
        goal.at(unroller, length),
    ]
