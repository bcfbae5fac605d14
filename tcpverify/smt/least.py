"""Models made small: numbers as near to the least as a solver's assertions allow, one after the other."""

from __future__ import annotations

import z3

from tcpverify.limits import Deadline
from tcpverify.smt.encode import Term
from tcpverify.smt.solving import is_sat


class Least:
    """A model of a solver's assertions, replaced by smaller ones; what is settled stays asserted."""

    def __init__(self, solver: Term, model: Term, deadline: Deadline) -> None:
        self.solver, self.model, self._deadline = solver, model, deadline

    def number(self, term: Term) -> int:
        """The value of a Boolean (0, 1) or bit-vector in the model."""
        value = self.model.eval(term, model_completion=True)
        return int(z3.is_true(value)) if z3.is_bool(value) else int(value.as_long())

    def better(self, constraint: Term) -> bool:
        """Whether there is a model with one more constraint; if so it replaces the last. Raises Undecided."""
        self.solver.push()
        try:
            self.solver.add(constraint)
            found = is_sat(self.solver, self._deadline)
            if found:
                self.model = self.solver.model()
            return found
        finally:
            self.solver.pop()

    def settle(self, term: Term) -> None:
        """Make a constant as small as it can be; 0 is tried first, then the middle of what is left. Raises
        Undecided."""
        if z3.is_bool(term):
            if self.number(term) and not self.better(z3.Not(term)):
                self.solver.add(term)
            else:
                self.solver.add(z3.Not(term))
            return
        low, high = 0, self.number(term)
        probe = 0
        while low < high:
            if self.better(z3.ULE(term, probe)):
                high = self.number(term)
            else:
                low = probe + 1
            probe = (low + high) // 2
        self.solver.add(term == high)
