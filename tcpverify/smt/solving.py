"""Asking a solver within a deadline."""

from __future__ import annotations

import z3

from tcpverify.limits import Deadline
from tcpverify.smt.encode import Term

NO_TIMEOUT = 0xFFFFFFFF
"""z3's word for no limit, in milliseconds."""


class Undecided(Exception):
    """The solver gave no answer: time is up, or it gave up."""


def finite_domain_solver() -> Term:
    """The solver of Booleans and bit-vectors that is best at long unrollings (the options were
    measured: guessing false first and seldom restarting suits one-hot choices of actions)."""
    solver = z3.SolverFor("QF_FD")
    solver.set("restart", "geometric")
    solver.set("phase", "always_false")
    return solver


class Asserting:
    """A finite-domain solver that keeps what it was given, and starts anew from it when a question was
    cut short: z3's incremental solver can lose assertions when it is cancelled, and then finds models
    that are none."""

    def __init__(self) -> None:
        self._asserted: list[Term] = []
        self.solver = finite_domain_solver()

    def add(self, *terms: Term) -> None:
        """Assert for good; not within a `push`."""
        self._asserted.extend(terms)
        self.solver.add(*terms)

    def renew(self) -> None:
        """A fresh solver with all that was asserted for good."""
        self.solver = finite_domain_solver()
        self.solver.add(*self._asserted)


def is_sat(solver: Term, deadline: Deadline, *assumptions: Term) -> bool:
    """Whether the assertions and assumptions have a model.

    Raises Undecided.
    """
    left = deadline.left()
    if left is not None and left <= 0:
        raise Undecided("out of time")
    # Set every time: a solver keeps the limit of the question before.
    solver.set("timeout", NO_TIMEOUT if left is None else min(NO_TIMEOUT, max(1, int(left * 1000))))
    try:
        answer = solver.check(*assumptions)
    except z3.Z3Exception as e:
        raise _cut_short(str(e)) from e
    if answer == z3.unknown:
        raise _cut_short(solver.reason_unknown())
    return bool(answer == z3.sat)


def _cut_short(reason: str) -> BaseException:
    """Why there is no answer; z3 takes Ctrl-C for itself and says so."""
    return KeyboardInterrupt() if "interrupted" in reason else Undecided(reason)


def is_unsat_afresh(assertions: list[Term], deadline: Deadline) -> bool:
    """Whether a fresh default solver finds that assertions have no model; False if it cannot say."""
    solver = z3.Solver()
    solver.add(*assertions)
    try:
        return not is_sat(solver, deadline)
    except Undecided:
        return False


def smt_text(assertions: list[Term]) -> str:
    """Assertions over Booleans and bit-vectors as an SMT-LIB text that asks whether they have a model."""
    solver = z3.Solver()
    solver.add(*assertions)
    return f"(set-logic QF_BV)\n{solver.to_smt2()}"
