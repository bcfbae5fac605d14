"""The most of some formulas that is inductive (Flanagan and Leino 2001, "Houdini")."""

from __future__ import annotations

from collections.abc import Sequence

import z3

from tcpverify.ir.expr import Expr
from tcpverify.limits import Deadline
from tcpverify.smt.encode import Term
from tcpverify.smt.solving import Undecided, is_sat
from tcpverify.smtlib.networks import NEXT
from tcpverify.smtlib.relation import Encoding
from tcpverify.smtlib.text import negation

MOST_SECONDS = 2.0
"""At most so long is one question; what is not answered by then is taken for a no."""


class Inductive:
    """Which of some formulas stay true in every step of an encoded system, if all of them are true."""

    def __init__(self, encoding: Encoding, formulas: Sequence[Expr], deadline: Deadline) -> None:
        """`formulas`: over the state and what is in flight."""
        self._encoding, self._deadline = encoding, deadline
        constants = [*encoding.constants(), *encoding.constants(NEXT)]
        constants += dict.fromkeys(i for t in encoding.transitions() for i in t.inputs)
        self._declared = "\n".join(
            [*encoding.declarations(), *(f"(declare-const {name} {sort})" for name, sort in constants)]
        )
        self._formulas = list(formulas)
        self._relations = [self._read(t.relation) for t in encoding.transitions()]
        self._now = {id(f): self._read(encoding.formula(f)) for f in formulas}
        self._broken = {id(f): self._read(negation(encoding.formula(f, NEXT))) for f in formulas}

    def kept(self) -> list[Expr]:
        """The formulas that are true at the start and stay so."""
        initial = self._read(self._encoding.initial())
        kept = [f for f in self._formulas if self._never(initial, z3.Not(self._now[id(f)]))]
        settled = False
        while not settled and kept:
            settled = True
            for relation in self._relations:
                left = self._preserved(kept, relation)
                settled &= len(left) == len(kept)
                kept = left
        return kept

    def implies(self, kept: Sequence[Expr], formula: Expr) -> bool:
        """Whether formulas together imply another."""
        wrong = self._read(negation(self._encoding.formula(formula)))
        return self._never(*(self._now[id(f)] for f in kept), wrong)

    def needed(self, kept: Sequence[Expr], formula: Expr) -> list[Expr]:
        """Formulas that are still inductive and imply another when as many as can are left out, the first
        ones first; none can be left out any more."""
        needed: list[Expr] = []
        left = list(kept)
        while len(needed) != len(left):
            needed = list(left)
            for f in needed:
                fewer = [g for g in left if g is not f]
                if self.implies(fewer, formula) and self._inductive(fewer):
                    left = fewer
        return needed

    def _inductive(self, formulas: list[Expr]) -> bool:
        return all(self._all_preserved(formulas, r) for r in self._relations)

    def _all_preserved(self, kept: list[Expr], relation: Term) -> bool:
        """Whether a step keeps formulas true if all of them are."""
        before = [*(self._now[id(f)] for f in kept), relation]
        return self._never(*before, z3.Or([self._broken[id(f)] for f in kept]))

    def _preserved(self, kept: list[Expr], relation: Term) -> list[Expr]:
        """Those of some formulas that a step keeps true if all of them are."""
        if self._all_preserved(kept, relation):
            return kept
        before = [*(self._now[id(f)] for f in kept), relation]
        return [f for f in kept if self._never(*before, self._broken[id(f)])]

    def _never(self, *terms: Term) -> bool:
        """Whether terms are never true together; False if that is not known in time."""
        left = self._deadline.left()
        clock = self._deadline.clock
        seconds = MOST_SECONDS if left is None else min(MOST_SECONDS, left)
        solver = z3.Solver()
        solver.add(*terms)
        try:
            return not is_sat(solver, Deadline(clock, clock() + seconds))
        except Undecided:
            return False

    def _read(self, formula: str) -> Term:
        return z3.parse_smt2_string(f"{self._declared}\n(assert {formula})")[0]
