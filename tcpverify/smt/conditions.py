"""Regions of parameters, found as z3 formulas, as short conditions of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from math import lcm

import z3

from tcpverify.ir.parametric import Bound, Condition, Linear
from tcpverify.limits import Deadline, Limits
from tcpverify.smt.encode import Term
from tcpverify.smt.logic import both, either
from tcpverify.smt.region import free
from tcpverify.smt.solving import Undecided, is_sat

AFTERWARDS = 2.0
"""Seconds to put together what was found when time was up."""

Cube = tuple[Bound, ...]
"""All of them."""


class Conditions:
    """Short conditions: `allowed` is what is taken for granted of the parameters."""

    def __init__(self, parameters: Sequence[Term], allowed: Term, deadline: Deadline) -> None:
        self._parameters, self._deadline = list(parameters), deadline
        self._solver = z3.SimpleSolver()
        self._solver.add(allowed)

    def renew(self) -> None:
        """A little more time, to say what is known when time is up."""
        self._deadline = Limits(seconds=AFTERWARDS).deadline()

    def implies(self, some: Sequence[Term], formula: Term) -> bool:
        """Whether terms, all of them true, make a formula true. Raises Undecided."""
        with self._asking(*some, z3.Not(formula)) as solver:
            return not is_sat(solver, self._deadline)

    @contextmanager
    def _asking(self, *terms: Term) -> Iterator[Term]:
        """The solver with what is allowed and some terms."""
        self._solver.push()
        try:
            self._solver.add(*terms)
            yield self._solver
        finally:
            self._solver.pop()

    def needed(self, regions: Sequence[Term]) -> list[int]:
        """The positions of regions that cover what all of them cover, later ones left out first."""
        kept = list(range(len(regions)))
        for i in reversed(range(len(regions))):
            others = [regions[j] for j in kept if j != i]
            if self.implies([regions[i]], either(*others)):
                kept.remove(i)
        return kept

    def outside(self, regions: Sequence[Term]) -> Condition:
        """The condition of being in none of some regions."""
        whole = either(*regions)
        cubes: list[Cube] = []
        for region in regions:
            for cube in self._cubes(region):
                grown = self._grown(cube, whole)
                if not self.implies([self.cube(grown)], either(*(self.cube(c) for c in cubes))):
                    cubes = [c for c in cubes if not self.implies([self.cube(c)], self.cube(grown))]
                    cubes.append(grown)
        clauses = [tuple(bound.negated for bound in cube) for cube in self._irredundant(cubes)]
        return tuple(sorted(clauses, key=lambda c: (len(c), str(c))))

    def _irredundant(self, cubes: list[Cube]) -> list[Cube]:
        kept = list(cubes)
        for cube in sorted(cubes, key=len, reverse=True):
            others = [self.cube(c) for c in kept if c is not cube]
            if self.implies([self.cube(cube)], either(*others)):
                kept = [c for c in kept if c is not cube]
        return kept

    def _grown(self, cube: Cube, whole: Term) -> Cube:
        """A cube with as few bounds as can be that lies in the whole."""
        kept = list(cube)
        for bound in cube:
            fewer = [b for b in kept if b is not bound]
            if self.implies([self.bound(b) for b in fewer], whole):
                kept = fewer
        return tuple(kept)

    def _cubes(self, region: Term) -> list[Cube]:
        """A region in disjunctive normal form, without cubes that are empty."""
        found: list[Cube] = []
        with self._asking(region) as solver:
            while is_sat(solver, self._deadline):
                cube = tuple(_implicant(region, solver.model(), self._parameters))
                found.append(cube)
                solver.add(z3.Not(self.cube(cube)))
        return found

    # --- As terms ---

    def bound(self, bound: Bound) -> Term:
        """A bound as a term."""
        total: Term = z3.RealVal(bound.linear.constant)
        for factor, p in zip(bound.linear.coefficients, self._parameters, strict=True):
            total = total + factor * p if factor else total
        return total > 0 if bound.strict else total >= 0

    def cube(self, cube: Cube) -> Term:
        """All bounds of a cube."""
        return both(*(self.bound(b) for b in cube))

    def condition(self, condition: Condition) -> Term:
        """A condition as a term."""
        return both(*(either(*(self.bound(b) for b in clause)) for clause in condition))


def _implicant(formula: Term, model: Term, parameters: Sequence[Term]) -> list[Bound]:
    """Bounds that are true in a model and together make a formula true."""

    def walk(f: Term, wanted: bool) -> list[Bound]:
        if z3.is_not(f):
            return walk(f.arg(0), not wanted)
        if z3.is_true(f) or z3.is_false(f):
            return []
        if z3.is_implies(f):
            return walk(z3.Or(z3.Not(f.arg(0)), f.arg(1)), wanted)
        if z3.is_and(f) or z3.is_or(f):
            every = bool(z3.is_and(f)) == wanted
            parts = f.children()
            if every:
                return [b for part in parts for b in walk(part, wanted)]
            true = next(p for p in parts if z3.is_true(model.eval(p, model_completion=True)) == wanted)
            return walk(true, wanted)
        if z3.is_app(f) and f.decl().kind() == z3.Z3_OP_ITE:
            holds = bool(z3.is_true(model.eval(f.arg(0), model_completion=True)))
            return walk(f.arg(0), holds) + walk(f.arg(1 if holds else 2), wanted)
        return _bounds(f, wanted, model, parameters)

    return walk(formula, True)


def _bounds(atom: Term, wanted: bool, model: Term, parameters: Sequence[Term]) -> list[Bound]:
    """A comparison, or its negation, as bounds that are true in a model."""
    if atom.num_args() != 2 or not z3.is_arith(atom.arg(0)):
        raise Undecided(f"no comparison of durations: {atom}")
    difference = _linear(atom.arg(1) - atom.arg(0), parameters)  # 0 <= difference: arg 0 <= arg 1
    up, down = Bound(difference, False), Bound(difference, True)
    if z3.is_le(atom):
        found = up
    elif z3.is_lt(atom):
        found = down
    elif z3.is_ge(atom):
        found = down.negated
    elif z3.is_gt(atom):
        found = up.negated
    elif wanted:
        return [up, down.negated]
    else:
        less = z3.is_true(model.eval(atom.arg(0) < atom.arg(1), model_completion=True))
        return [down if less else up.negated]
    return [found if wanted else found.negated]


def _linear(term: Term, parameters: Sequence[Term]) -> Linear:
    """A linear term over parameters, multiplied so that all its numbers are whole: its value where all are
    0, and where one is 1."""
    read = free(term)
    zero = z3.simplify(z3.substitute(term, *((q, z3.RealVal(0)) for q in read)))
    values = [zero]
    for p in parameters:
        one = [(q, z3.RealVal(int(q.eq(p)))) for q in read]
        alone = any(q.eq(p) for q in read)
        values.append(z3.simplify(z3.substitute(term, *one)) if alone else zero)
    if not all(z3.is_rational_value(v) for v in values):
        raise Undecided(f"not linear: {term}")
    fractions = [v.as_fraction() for v in values]
    factor = reduce(lcm, (f.denominator for f in fractions), 1)
    at_zero, *rest = (int(f * factor) for f in fractions)
    return Linear(at_zero, tuple(v - at_zero for v in rest))
