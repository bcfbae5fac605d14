"""The exact condition on parameters under which a parametric system keeps a formula true: the whole search.

Counterexamples of growing length are excluded one region of parameters after the other (`smt/region.py`);
when there is none of two lengths, what is left is to be proved (`smt/safety.py`). If a run is bad there after
all, the search goes on. It runs in a process of its own, which is killed when its time is up.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import z3

from tcpverify.ir.contents import TooMany
from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import Expr, Value
from tcpverify.ir.parametric import NEVER, Condition, Parametric, show_condition
from tcpverify.isolate import Failure, run_isolated
from tcpverify.limits import Limits
from tcpverify.records import record
from tcpverify.smt import locations
from tcpverify.smt.conditions import Conditions
from tcpverify.smt.encode import Term
from tcpverify.smt.locations import Unfolded, shortest, unfold
from tcpverify.smt.logic import both, either
from tcpverify.smt.region import Path, Search, Terms, path, region, terms
from tcpverify.smt.safety import Parts, invariant
from tcpverify.smt.solving import Undecided, is_sat
from tcpverify.smtlib.terms import Inexpressible
from tcpverify.smtlib.timed import Timed, timed
from tcpverify.smtlib.timed_proof import Case

MOST_REGIONS = 64
PATIENCE = 2
"""After so many lengths without a counterexample a proof is tried."""
MEGABYTES = 4_096
SEARCHING = 0.9
"""The part of its time after which the search stops by itself, to tell what it knows."""
LARGEST = 24
"""Up to this sum of the parameters whole numbers are tried in a counterexample."""


@record
class Question:
    """For which parameters a formula is true of every state of a system; how long that may take."""

    system: Parametric
    formula: Expr
    seconds: float


@record
class Run:
    """A run into a bad state: values of the parameters, and the steps with their times: an action (by index),
    the segment that it takes, its choices."""

    parameters: tuple[Fraction, ...]
    steps: tuple[tuple[Fraction, int, Message | None, tuple[Value, ...]], ...]


@record
class Broken:
    """A `region` of parameters, all of them with a bad run that takes these `rules`, and one such run."""

    region: Condition
    rules: tuple[int, ...]
    run: Run


@record
class Synthesis:
    """The condition, the regions that it excludes, and an inductive invariant of what it leaves (in SMT-LIB
    where it has no cases; None: nothing is left)."""

    condition: Condition
    broken: tuple[Broken, ...]
    invariant: tuple[Case, ...] | str | None
    errs: str | None
    """An action that may end in an error, as far as can be told without times; None: none does."""


def synthesise(question: Question) -> Synthesis | Failure:
    """The exact condition, or why it was not found."""
    return run_isolated(_answer, question, question.seconds, MEGABYTES)


def _answer(question: Question) -> Synthesis | Failure:
    """In the child process: the search."""
    try:
        search = _Synthesiser(question, timed(question.system, question.formula))
    except (TooMany, Inexpressible) as problem:
        return Failure(str(problem))
    try:
        return search.run()
    except Undecided as problem:
        reason = "it took too long" if str(problem) in ("canceled", "timeout") else str(problem)
        return Failure(f"{reason}{search.so_far()}")


class _Synthesiser:
    def __init__(self, question: Question, text: Timed) -> None:
        self._deadline = Limits(seconds=question.seconds * SEARCHING).deadline()
        self._parameters = question.system.parameters
        self._text, self._terms = text, terms(text)
        self._unfolded = _unfolded(question.system, text, self._terms)
        self._conditions = Conditions(self._terms.parameters, self._terms.allowed, self._deadline)
        used = None if self._unfolded is None else self._unfolded.rules
        self._search = Search(self._terms, used, self._deadline)
        self._regions: list[Term] = []
        self._paths: list[tuple[list[int], Path]] = []

    def run(self) -> Synthesis:
        self._begin()
        quiet = 0
        while True:
            if self._exclude():
                quiet = 0
                if self._nothing_left():
                    return self._found(None)
            quiet += 1
            if quiet > PATIENCE or (self._unfolded is not None and shortest(self._unfolded) is None):
                left = self._left()
                proof = invariant(self._terms, self._unfolded, left, self._deadline)
                if proof is not None:
                    return self._found(proof)
                quiet = 0
            self._search.extend()

    def so_far(self) -> str:
        """What was found when it had to stop."""
        if not self._regions:
            return f"; no run of {self._search.length} steps or fewer breaks it"
        try:
            self._conditions.renew()
            found = self._conditions.outside(self._regions)
        except Undecided:
            return ""
        return f"; needed is at least {show_condition(found, self._parameters)}"

    def _begin(self) -> None:
        """Leave out the lengths at which nothing can be found."""
        length = None if self._unfolded is None else shortest(self._unfolded)
        for _ in range(length or 0):
            self._search.extend()

    def _exclude(self) -> bool:
        """Exclude what is bad after as many steps as the search has; whether anything was."""
        any_found = False
        while (rules := self._search.find()) is not None:
            if len(self._regions) == MOST_REGIONS:
                raise Undecided(f"the condition is made of more than {MOST_REGIONS} regions")
            found = path(self._terms, rules)
            self._regions.append(region(found))
            self._paths.append((rules, found))
            self._search.exclude(self._regions[-1])
            any_found = True
        return any_found

    def _nothing_left(self) -> bool:
        return self._conditions.implies([], either(*self._regions))

    def _left(self) -> Term:
        return self._conditions.condition(self._conditions.outside(self._regions))

    def _found(self, proof: Parts | None) -> Synthesis:
        kept = self._conditions.needed(self._regions)
        condition = NEVER if proof is None else self._conditions.outside(self._regions)
        return Synthesis(
            condition,
            tuple(self._broken(i) for i in kept),
            None if proof is None else self._told(proof, self._conditions.condition(condition)),
            None if self._unfolded is None else self._unfolded.errs,
        )

    def _broken(self, index: int) -> Broken:
        rules, found = self._paths[index]
        region = self._conditions.outside([z3.Not(self._regions[index])])
        return Broken(region, tuple(rules), self._run(rules, found))

    def _told(self, proof: Parts, left: Term) -> tuple[Case, ...] | str:
        """An invariant by cases, with short conditions on times."""
        allowed, names = both(self._terms.allowed, left), [name for name, _ in self._text.plain]
        if any(len(values) < len(names) for values, _ in proof):
            return str(both(allowed, either(*(holds for _, holds in proof))).sexpr())
        durations = [*self._terms.parameters, *(self._terms.constants[t] for t in self._text.times)]
        conditions = Conditions(durations, allowed, self._deadline)
        cases = []
        for values, holds in proof:
            bounds = conditions.outside([z3.Not(holds)])
            if bounds != NEVER:
                cases.append(Case(tuple(_value(values[n]) for n in names), bounds))
        return tuple(cases)

    # --- A run with small numbers ---

    def _run(self, rules: Sequence[int], found: Path) -> Run:
        model = self._small(found)

        def number(term: Term) -> Fraction:
            return _fraction(model.eval(term, model_completion=True))

        steps = []
        for i, (rule, at) in enumerate(zip(rules, found.times, strict=True)):
            told = self._text.rules[rule]
            inputs = dict(zip(self._terms.inputs, self._terms.inputs_at(i), strict=True))
            picked = [_value(model.eval(inputs[n], model_completion=True)) for n, _ in told.inputs]
            steps.append((number(at), told.action, told.message, tuple(picked)))
        return Run(tuple(number(p) for p in self._terms.parameters), tuple(steps))

    def _small(self, found: Path) -> Term:
        """A model of a path with whole numbers of which the parameters are as small as can be, if there is
        one; else any."""
        solver = z3.Solver()
        solver.add(found.formula)
        numbers = [v for v in (*found.inner(), *self._terms.parameters) if v.sort() == z3.RealSort()]
        for total in range(1, LARGEST + 1):
            solver.push()
            solver.add(z3.Sum(self._terms.parameters) == total, *(z3.IsInt(v) for v in numbers))
            if is_sat(solver, self._deadline):
                return solver.model()
            solver.pop()
        is_sat(solver, self._deadline)
        return solver.model()


def _unfolded(system: Parametric, text: Timed, read: Terms) -> Unfolded | None:
    try:
        return unfold(system, text, read)
    except locations.TooMany:
        return None


def _fraction(value: Term) -> Fraction:
    return Fraction(value.numerator_as_long(), value.denominator_as_long())


def _value(value: Term) -> int:
    """A value of a choice."""
    if z3.is_bool(value):
        return int(z3.is_true(value))
    if z3.is_int_value(value) or z3.is_bv_value(value):
        return int(value.as_long())
    sort = value.sort()
    return next(i for i in range(sort.num_constructors()) if sort.constructor(i).eq(value.decl()))
