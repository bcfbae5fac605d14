"""The most of some formulas that is inductive (Flanagan and Leino 2001, "Houdini")."""

from __future__ import annotations

from collections.abc import Sequence

import z3

from tcpverify.ir.expr import Expr
from tcpverify.limits import Deadline
from tcpverify.smt.encode import Term
from tcpverify.smt.solving import Undecided, is_sat
from tcpverify.smtlib.goals import Bad
from tcpverify.smtlib.networks import NEXT
from tcpverify.smtlib.relation import Encoding
from tcpverify.smtlib.text import conjunction, negation

PATIENCE = ((0, 1_000_000), (7, 1_000_000), (23, 4_000_000))
"""Each question is asked with these seeds and at most so much of z3's own measure of work (a million is
about 0.2 s; a time would not be the same each time). What is not answered then is taken for a no."""
TOGETHER = 100_000
"""So much work is spent on all that a step may break at once, before each is asked about alone: quantifiers
of many formulas at once can keep a solver busy that is quick with one."""


class Inductive:
    """Which formulas over the state and what is in flight stay true in every step of an encoded system,
    if all of them are true."""

    def __init__(
        self, encoding: Encoding, deadline: Deadline, patience: Sequence[tuple[int, int]] = PATIENCE
    ) -> None:
        self._encoding, self._deadline, self._patience = encoding, deadline, patience
        constants = [*encoding.constants(), *encoding.constants(NEXT)]
        self._declared = "\n".join([*encoding.declarations(), *map(_declared, constants)])
        self._initial = self._read([encoding.initial()])[0]
        self._within = within = encoding.within_sorts()
        relations = [(conjunction([within, t.relation]), t.inputs) for t in encoding.transitions()]
        self._relations = [self._read([text], inputs)[0] for text, inputs in relations]
        self._known: dict[int, tuple[Expr, Term, Term]] = {}

    def kept(self, formulas: Sequence[Expr]) -> list[Expr]:
        """Those of some formulas that are true at the start and that every step keeps true together."""
        self._learn(formulas)
        kept = self._not_shown(formulas, [self._initial], 1)
        settled = False
        while not settled and kept:
            settled = True
            for relation in self._relations:
                left = self._preserved(kept, relation)
                settled &= len(left) == len(kept)
                kept = left
        return kept

    def excludes(self, kept: Sequence[Expr], goal: Sequence[Bad]) -> bool:
        """Whether where formulas are true nothing bad is."""
        self._learn(kept)
        true = [self._now(f) for f in kept]
        return all(self._never(*true, wrong) for wrong in self._wrong(goal))

    def needed(self, kept: Sequence[Expr], goal: Sequence[Bad]) -> list[Expr]:
        """Of inductive formulas that exclude all that is bad as many as that takes; still inductive."""
        found = frozenset[int]().union(*(self._core(kept, [w]) for w in self._wrong(goal)))
        asked = [frozenset[int]() for _ in self._relations]
        while len(found) < len(kept) and any(a != found for a in asked):
            for place, relation in enumerate(self._relations):
                new, asked[place] = found - asked[place], found
                found |= self._keeping(kept, relation, sorted(new))
        return [f for i, f in enumerate(kept) if i in found]

    def _preserved(self, kept: Sequence[Expr], relation: Term) -> list[Expr]:
        """Those of some formulas that a step keeps true if all of them are."""
        return self._not_shown(kept, [*(self._now(f) for f in kept), relation], 2)

    def _not_shown(self, formulas: Sequence[Expr], before: Sequence[Term], place: int) -> list[Expr]:
        """The formulas that are false in no state of which some terms are true; `place`: 1 for the state
        itself, 2 for the next."""
        wrong = [z3.Not(self._now(f)) if place == 1 else self._next(f) for f in formulas]
        if self._soon([*before, z3.Or(wrong)], ()) is not None:
            return list(formulas)
        return [f for f, w in zip(formulas, wrong, strict=True) if self._never(*before, w)]

    def _keeping(self, kept: Sequence[Expr], relation: Term, places: Sequence[int]) -> frozenset[int]:
        """Which formulas it takes to keep a step from breaking those at some places."""
        broken = [self._next(kept[i]) for i in places]
        solver = self._soon([relation, z3.Or(broken), *self._named(kept)], _names(len(kept)))
        if solver is not None:
            return _used(solver)
        return frozenset[int]().union(*(self._core(kept, [relation, one]) for one in broken))

    def _core(self, kept: Sequence[Expr], terms: Sequence[Term]) -> frozenset[int]:
        """Which formulas it takes to make terms impossible; all of them if that is not known in time."""
        solver = self._impossible([*terms, *self._named(kept)], _names(len(kept)))
        return frozenset(range(len(kept))) if solver is None else _used(solver)

    def _named(self, kept: Sequence[Expr]) -> list[Term]:
        """Formulas, each of which is said only where its name is."""
        return [z3.Implies(n, self._now(f)) for n, f in zip(_names(len(kept)), kept, strict=True)]

    def _never(self, *terms: Term) -> bool:
        """Whether terms are never true together; False if that is not known in time."""
        return self._impossible(terms, ()) is not None

    def _impossible(self, terms: Sequence[Term], assumptions: Sequence[Term]) -> Term | None:
        """The solver that finds terms impossible; None if they are possible, or it is not known in time."""
        for seed, work in self._patience:
            solver = z3.Solver()
            solver.set("random_seed", seed)
            solver.set("rlimit", work)
            solver.add(*terms)
            try:
                return None if is_sat(solver, self._deadline, *assumptions) else solver
            except Undecided:
                if self._deadline.passed:
                    return None
        return None

    def _soon(self, terms: Sequence[Term], assumptions: Sequence[Term]) -> Term | None:
        """The solver that finds terms impossible with little work, if it does."""
        solver = z3.Solver()
        solver.set("rlimit", TOGETHER)
        solver.add(*terms)
        try:
            return None if is_sat(solver, self._deadline, *assumptions) else solver
        except Undecided:
            return None

    # --- Formulas ---

    def _now(self, formula: Expr) -> Term:
        return self._known[id(formula)][1]

    def _next(self, formula: Expr) -> Term:
        """That it is false after the step."""
        return self._known[id(formula)][2]

    def _learn(self, formulas: Sequence[Expr]) -> None:
        new = [f for f in formulas if id(f) not in self._known]
        now = self._read([self._encoding.formula(f) for f in new])
        broken = self._read([negation(self._encoding.formula(f, NEXT)) for f in new])
        self._known |= {id(f): (f, a, b) for f, a, b in zip(new, now, broken, strict=True)}

    def _wrong(self, goal: Sequence[Bad]) -> list[Term]:
        return [self._read([conjunction([self._within, b.text])], b.inputs)[0] for b in goal]

    def _read(self, formulas: Sequence[str], inputs: Sequence[tuple[str, str]] = ()) -> list[Term]:
        """Formulas over the constants of two states and inputs (of one name in one action only)."""
        lines = [*map(_declared, inputs), *(f"(assert {f})" for f in formulas)]
        return list(z3.parse_smt2_string("\n".join([self._declared, *lines])))


def _names(count: int) -> list[Term]:
    return [z3.Bool(f"?{i}") for i in range(count)]


def _used(solver: Term) -> frozenset[int]:
    """The places of the names that a contradiction needs."""
    return frozenset(int(t.decl().name()[1:]) for t in solver.unsat_core())


def _declared(constant: tuple[str, str]) -> str:
    return f"(declare-const {constant[0]} {constant[1]})"
