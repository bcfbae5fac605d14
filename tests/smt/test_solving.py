"""Questions to a solver have their own time each."""

from __future__ import annotations

import pytest
import z3

from tcpverify.limits import Deadline, Limits
from tcpverify.smt.solving import NO_TIMEOUT, Undecided, finite_domain_solver, is_sat, is_unsat_afresh


class Recorder:
    """A solver that notes the limits it is given."""

    def __init__(self) -> None:
        self.limits: list[int] = []

    def set(self, _: str, value: int) -> None:
        self.limits.append(value)

    def check(self, *_: object) -> object:
        return z3.sat


def test_a_limit_does_not_outlive_its_question() -> None:
    solver = Recorder()
    assert is_sat(solver, Deadline(lambda: 0.0, 2.0))
    assert is_sat(solver, Limits().deadline())
    assert solver.limits == [2000, NO_TIMEOUT]


def test_without_time_nothing_is_decided() -> None:
    with pytest.raises(Undecided):
        is_sat(finite_domain_solver(), Deadline(lambda: 1.0, 1.0))
    assert not is_unsat_afresh([z3.BoolVal(False)], Deadline(lambda: 1.0, 1.0))


def test_answers() -> None:
    p = z3.Bool("p")
    solver = finite_domain_solver()
    solver.add(p)
    deadline = Limits().deadline()
    assert is_sat(solver, deadline)
    assert not is_sat(solver, deadline, z3.Not(p))
    assert is_unsat_afresh([p, z3.Not(p)], deadline)
