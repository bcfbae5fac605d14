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
        raise Undecided(str(e)) from e
    if answer == z3.unknown:
        raise Undecided(solver.reason_unknown())
    return bool(answer == z3.sat)


def is_unsat_afresh(assertions: list[Term], deadline: Deadline) -> bool:
    """Whether a fresh default solver finds that assertions have no model; False if it cannot say."""
    solver = z3.Solver()
    solver.add(*assertions)
    try:
        return not is_sat(solver, deadline)
    except Undecided:
        return False
