"""k-induction (Sheeran, Singh, Stalmarck 2000): what no path reaches first after k steps from
anywhere, and no path from an initial state reaches sooner, is never reached.

Anywhere means: any well-formed state, any lemma holding. That every reachable state is well formed
(variables within their sorts, slots in order) is proved first, by induction. The first k states of
the path are pairwise different, because a shortest path to a goal has no loop.

Goals that single induction does not exclude one by one it may exclude together: of all that are tried those
are kept that no step is the first to reach (Flanagan and Leino 2001, "Houdini").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import z3

from tcpverify.ir.expr import Expr
from tcpverify.limits import Deadline
from tcpverify.smt.encode import Term
from tcpverify.smt.goals import Goal, Place
from tcpverify.smt.logic import FALSE, both, either, negation
from tcpverify.smt.relation import Relation, Unroller
from tcpverify.smt.solving import Asserting, Undecided, is_sat, is_unsat_afresh, smt_text
from tcpverify.verdict import Induction

Case = tuple[str, list[Term]]
"""Assertions that have no model, and what that shows."""


def well_formed_cases(rel: Relation) -> list[Case]:
    """That initial states are well formed, and steps without error store only what fits and lead from
    well-formed states to well-formed ones."""
    slots = rel.slots
    start, after = slots.well_formed(rel.before), slots.well_formed(rel.after)
    return [
        ("initial states are well formed", [slots.initial(rel.before), negation(start)]),
        ("steps lead to well-formed states", [start, rel.step, either(rel.misfit, negation(after))]),
    ]


def stays_well_formed(rel: Relation, deadline: Deadline) -> bool:
    """Whether every reachable state is well formed; False if a solver cannot say."""
    return agreed(well_formed_cases(rel), deadline)


def agreed(cases: Sequence[Case], deadline: Deadline) -> bool:
    """Whether fresh solvers find all cases impossible; False if one cannot say."""
    return all(is_unsat_afresh(assertions, deadline) for _, assertions in cases)


class InductionSearch:
    """The step cases of all goals over one unrolling from anywhere, one step longer at a time.

    `steps` is the length of the unrolling. A goal about an erring step is tried before the unrolling
    makes that step, the others after it. `lemmas` are the goals that were proved to be never reached, by
    name, each with its proof; of those that nobody named `found` has the formulas.
    """

    def __init__(self, rel: Relation) -> None:
        self.rel = rel
        self.unroller = Unroller(rel)
        self.steps = 0
        self.lemmas: dict[str, tuple[Goal, Induction]] = {}
        self.found: dict[str, Expr] = {}
        self._texts = _texts(well_formed_cases(rel))
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
        facts = {f"lemma {n}": g for n, (g, _) in self.lemmas.items()}
        core = self._core(goal, k, facts, search)
        if core is None:
            return None
        used = [g for n, g in facts.items() if n in core]
        return self.evidence(k, [g.name for g in used], self._cases(goal, k, used), check)

    def evidence(
        self, k: int, used: Sequence[str], cases: Sequence[Case], check: Deadline
    ) -> Induction | None:
        """The proof that cases and some lemmas make, if fresh solvers agree."""
        if not agreed(cases, check):
            return None
        proofs = [self.lemmas[name][1] for name in used if name in self.lemmas]
        texts = dict.fromkeys((*self._texts, *_texts(cases), *(t for p in proofs for t in p.obligations)))
        return Induction(
            k,
            tuple(name for name in used if name not in self.found),
            tuple(self.found[name] for name in used if name in self.found),
            obligations=tuple(texts),
        )

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

    def _cases(self, goal: Goal, k: int, lemmas: Sequence[Goal]) -> list[Case]:
        """Base cases and step case, each from nothing."""
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
        about = f"{goal.name}: no path of {k} steps from anywhere is the first to show it"
        return [*_base_cases(rel, goal, k), (about, step)]

    # --- Several goals at once ---

    def together(self, goals: Sequence[Goal], search: Deadline, check: Deadline) -> dict[str, Induction]:
        """Of some goals about states those that no step is the first to reach, none of them having been
        reached before, with their proofs; they are lemmas from now on. Raises Undecided."""
        rel = self.rel
        step = [self.unroller.at(t, 0) for t in (rel.slots.well_formed(rel.before), rel.step)]
        known = [t for g, _ in self.lemmas.values() for t in _excluded(self.unroller, g)]
        solver = Asserting()
        solver.add(*step, *known)
        kept = [g for g in goals if is_unsat_afresh(_base_case(rel, self.unroller, g, 0), search)]
        while kept and (shown := _first_shown(solver.solver, self.unroller, kept, search)):
            kept = [g for g in kept if g.name not in shown]
        if not kept:
            return {}
        before = [negation(g.at(self.unroller, 0)) for g in kept]
        after = either(*(g.at(self.unroller, 1) for g in kept))
        names = [g.name for g in kept]
        cases = [case for g in kept for case in _base_cases(rel, g, 1)]
        cases.append((f"no step is the first to show: {', '.join(names)}", [*step, *known, *before, after]))
        proof = self.evidence(1, [*names, *self.lemmas], cases, check)
        if proof is None:
            return {}
        proofs = {n: replace(proof, lemmas=tuple(x for x in proof.lemmas if x != n)) for n in names}
        self.lemmas |= {g.name: (g, proofs[g.name]) for g in kept}
        return proofs


def _first_shown(solver: Term, unroller: Unroller, goals: Sequence[Goal], deadline: Deadline) -> set[str]:
    """The goals that some step shows, none of them being shown before it; none if there is no such step.
    Raises Undecided."""
    solver.push()
    try:
        solver.add(*(negation(g.at(unroller, 0)) for g in goals))
        solver.add(either(*(g.at(unroller, 1) for g in goals)))
        if not is_sat(solver, deadline):
            return set()
        model = solver.model()
        return {g.name for g in goals if z3.is_true(model.eval(g.at(unroller, 1), model_completion=True))}
    finally:
        solver.pop()


def _excluded(unroller: Unroller, lemma: Goal) -> list[Term]:
    """That the states and the step of one step do not show a lemma's goal."""
    match lemma.place:
        case Place.STATE:
            return [negation(unroller.at(lemma.formula, i)) for i in range(2)]
        case Place.EDGE:
            return [negation(unroller.at(lemma.formula, 0))]
        case Place.ERROR:
            return []


def _texts(cases: Sequence[Case]) -> list[tuple[str, str]]:
    """Cases as SMT-LIB texts."""
    return [(about, smt_text(assertions)) for about, assertions in cases]


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
    cases = _base_cases(rel, goal, k + 1)
    if not agreed(cases, deadline):
        return None
    longer = (f"a path of {k} steps meets a state twice", no_longer_path(rel, k))
    return Induction(k + 1, obligations=tuple(_texts([*cases, longer])))


def _base_cases(rel: Relation, goal: Goal, k: int) -> list[Case]:
    """That no path of fewer than k steps from an initial state shows a goal."""
    unroller = Unroller(rel)
    return [
        (f"{goal.name}: no path of {n} steps from an initial state shows it", case)
        for n in range(k)
        if (case := _base_case(rel, unroller, goal, n)) != [FALSE]
    ]


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
