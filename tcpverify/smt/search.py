"""The questions of one request: their paths one step longer each time, and their proofs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tcpverify.ir import build as b
from tcpverify.ir.expr import Expr
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Deadline
from tcpverify.records import record
from tcpverify.smt.bmc import Paths, Unrolling
from tcpverify.smt.goals import Goal, Place, antecedent_goal, goal_of, misfit_goal, state_goal
from tcpverify.smt.kinduction import (
    InductionSearch,
    no_longer_path,
    proved_by_exhaustion,
    stays_well_formed,
)
from tcpverify.smt.relation import Relation
from tcpverify.smt.slots import Unsupported
from tcpverify.smt.solving import Undecided, is_unsat_afresh
from tcpverify.trace import Trace, confirm
from tcpverify.verdict import (
    Bounded,
    Evidence,
    Holds,
    Reachable,
    Unknown,
    Unreachable,
    Vacuous,
    Verdict,
    Violated,
    antecedent_text,
)

CHECK_SECONDS = 10.0
"""At most so long may fresh solvers take over one proof."""
PLAIN_SECONDS, LEAST_SECONDS = 2.0, 0.1
"""At most so long is one attempt by plain induction, and at least so long one by longer induction,
which otherwise gets as much time as the search for paths took."""
QUICK_SECONDS = 0.3
"""So long paths (and short induction) are looked for before proofs without bounds are."""


@record
class Proofs:
    """The proofs that were found, by the name of the property (of `reachable`: that it is not); `kept`:
    formulas that were found on the way and may be true in every state."""

    found: Mapping[str, Evidence]
    kept: tuple[Expr, ...] = ()


Prover = Callable[[Sequence[Property], Deadline], Proofs]
"""Looks for proofs that properties hold."""


@dataclass(slots=True)
class Question:
    """One goal and what became of it: a path of `refuted + 1` steps shows it (of a property:
    `trace`), or it is never reached, or no path of `refuted` steps or fewer shows it."""

    goal: Goal
    asked: Property | None
    """What holds if it is never reached (of `reachable`: does not)."""
    prop: Property | None
    found: bool = False
    trace: Trace | None = None
    proof: Evidence | None = None
    refuted: int = -1

    @property
    def open(self) -> bool:
        return not self.found and self.proof is None


class Search:
    """The questions of one request, and the two unrollings that they share."""

    def __init__(
        self,
        system: System,
        paths: Paths,
        properties: Sequence[tuple[Property, Property]],
        deadline: Deadline,
        induction: bool,
        prover: Prover | None,
        proved: Mapping[str, Evidence] | None = None,
        hints: Sequence[Property] = (),
    ) -> None:
        """`properties`: each as it is and as it is encoded; `induction`: whether k-induction is tried, with
        `hints` that may be true in every state; `proved`: what is known to hold, of which only the
        antecedents are looked for."""
        rel = paths.rel
        self._deadline = deadline
        self._interpreter = Interpreter(system)
        self._quick = deadline if prover is None else _within(deadline, QUICK_SECONDS)
        self._unrolling = Unrolling(paths, self._quick)
        self._prover = prover
        self._reasons: dict[str, str] = {}
        self._questions: dict[str, Question] = {}
        self._antecedents: dict[str, Question] = {}
        for prop, encoded in properties:
            self._pose(rel, prop, encoded)
            if proved is not None and prop.name in proved:
                self._questions[prop.name].proof = proved[prop.name]
        self._looking = 0.0
        self._misfit: Question | None = None
        self._induction: InductionSearch | None = None
        self._hints = [goal_of(rel, p) for p in hints]
        if induction and stays_well_formed(rel, _share(deadline)):
            self._induction = InductionSearch(rel)
        else:
            self._misfit = Question(misfit_goal(rel), None, None)

    def _pose(self, rel: Relation, prop: Property, encoded: Property) -> None:
        """A property's goal, and that of its antecedent."""
        try:
            goal, before = goal_of(rel, encoded), antecedent_goal(rel, encoded)
        except Unsupported as e:
            self._reasons[prop.name] = str(e)
            return
        self._questions[prop.name] = Question(goal, prop, prop)
        if before is not None and prop.antecedent is not None:
            never = replace(prop, name=before.name, formula=b.neg(prop.antecedent), antecedent=None)
            self._antecedents[prop.name] = Question(before, never, None)

    def advance(self, k: int) -> bool:
        """Look for paths of k steps, then for proofs by induction over k + 1; False when done."""
        started = self._deadline.clock()
        try:
            self._look_within(k)
            self._looking += self._deadline.clock() - started
            if self._induction is not None:
                self._prove(k + 1)
                self._exhaust(k)
        except Undecided:
            return False
        if self._quick.passed:
            self.prove_rest()
        return not self._unfit and not self._deadline.passed and bool(self._open())

    @property
    def may_prove(self) -> bool:
        """Whether proofs without bounds have still to be looked for."""
        return self._prover is not None

    @property
    def proved(self) -> dict[str, Evidence]:
        """The properties that are known to hold."""
        return {name: q.proof for name, q in self._questions.items() if q.proof is not None}

    def prove_rest(self) -> None:
        """Look for proofs of what is open, once."""
        prover, self._prover = self._prover, None
        if prover is None or self._unfit:
            return
        self._unrolling.give(self._deadline)
        open_ones = sorted(self._open(), key=lambda q: q.prop is None)
        asked = {q.asked.name: q for q in open_ones if q.asked is not None}
        proofs = prover([q.asked for q in asked.values() if q.asked is not None], self._deadline)
        for name, proof in proofs.found.items():
            asked[name].proof = proof
        if self._induction is not None and proofs.kept and self._open():
            self._strengthen(self._induction, proofs.kept)

    @property
    def _unfit(self) -> bool:
        """Whether a step stores a value outside its sort: then nothing longer can be said."""
        return self._misfit is not None and self._misfit.found

    def _open(self) -> list[Question]:
        """The questions whose answers are still wanted; antecedents first, as they make lemmas."""
        before = [q for name, q in self._antecedents.items() if q.open and not self._questions[name].found]
        return before + [q for q in self._questions.values() if q.open]

    # --- Paths ---

    def _look_within(self, k: int) -> None:
        """Ask for paths of k steps; if that takes long, look for proofs first. Raises Undecided."""
        try:
            self._look(k)
        except Undecided:
            if self._prover is None or self._deadline.passed:
                raise
            self.prove_rest()
            self._look(k)

    def _look(self, k: int) -> None:
        """Ask for paths of k steps: to erring steps before the unrolling makes its k-th step."""
        questions = self._open() + ([self._misfit] if self._misfit is not None else [])
        early, late = _by_place([q for q in questions if q.refuted < k])
        self._ask(early, k)
        if self._unrolling.steps < k and not self._unfit:
            self._unrolling.extend()
        if not self._unfit:
            self._ask(late, k)

    def _ask(self, questions: Sequence[Question], k: int) -> None:
        if not questions:
            return
        found = {g.name for g in self._unrolling.find([q.goal for q in questions], k)}
        for q in questions:
            q.found = q.goal.name in found
            if not q.found:
                q.refuted = k
        self._trace([q for q in questions if q.found and q.prop is not None], k)

    def _trace(self, questions: Sequence[Question], k: int) -> None:
        """Make the canonical traces, whatever proofs wait for their turn."""
        if not questions:
            return
        within = self._unrolling.deadline
        self._unrolling.give(self._deadline)
        for q in questions:
            schedule = self._unrolling.shortest(q.goal, k)
            if q.prop is not None:
                q.trace = confirm(self._interpreter, q.prop, schedule)
        self._unrolling.give(within)

    # --- Proofs ---

    def _prove(self, k: int) -> None:
        """Try k-induction on what is open; a failure within its share of the time is no answer."""
        if self._induction is None:
            return
        early, late = _by_place(self._open())
        for q in early:
            self._try(self._induction, q, k)
        self._induction.extend()
        for q in late:
            self._try(self._induction, q, k)
        if k == 1:
            self._try_together(self._induction)
            for q in (q for q in late if q.open):
                self._try(self._induction, q, k)

    def _strengthen(self, induction: InductionSearch, kept: Sequence[Expr]) -> None:
        """Try what was found on the ever-growing network as lemmas here, where less may happen."""
        names = {f"found {n}": f for n, f in enumerate(kept, 1)}
        induction.found |= names
        self._hints += [state_goal(induction.rel, name, f) for name, f in names.items()]
        self._try_together(induction)
        if induction.steps:
            for q in _by_place(self._open())[1]:
                self._try(induction, q, induction.steps)

    def _try_together(self, induction: InductionSearch) -> None:
        """Hints and what is asked of every state, as far as they are inductive together."""
        asked = {q.goal.name: q for q in self._open() if q.goal.place is Place.STATE}
        goals, self._hints = [*self._hints, *(q.goal for q in asked.values())], []
        if len(goals) < 2:
            return
        try:
            proofs = induction.together(goals, self._attempt(1), _share(self._deadline))
        except Undecided:
            return
        for name, q in asked.items():
            q.proof = proofs.get(name)

    def _try(self, induction: InductionSearch, q: Question, k: int) -> None:
        try:
            proof = induction.proves(q.goal, k, self._attempt(k), _share(self._deadline))
        except Undecided:
            return
        if proof is not None:
            q.proof = proof
            induction.lemmas[q.goal.name] = (q.goal, proof)

    def _exhaust(self, k: int) -> None:
        """Where every path of k steps meets a state twice, all has been seen."""
        questions, rel = self._open(), self._unrolling.rel
        if not questions or self._unfit or not self._unrolling.is_exhausted(self._attempt(k + 1)):
            return
        if is_unsat_afresh(no_longer_path(rel, k), _share(self._deadline)):
            for q in questions:
                q.proof = proved_by_exhaustion(rel, q.goal, k, _share(self._deadline))

    def _attempt(self, k: int) -> Deadline:
        """The time for one attempt at a proof: all of them together get about as much as paths got."""
        fair = max(PLAIN_SECONDS if k == 1 else LEAST_SECONDS, self._looking / max(1, len(self._open())))
        left = self._deadline.left()
        clock = self._deadline.clock
        return Deadline(clock, clock() + (fair if left is None else min(fair, left)))

    # --- Verdicts ---

    def verdict(self, prop: Property) -> Verdict:
        """What is known about a property."""
        if prop.name in self._reasons:
            return Unknown(self._reasons[prop.name])
        q = self._questions[prop.name]
        if q.trace is not None:
            return Reachable(q.trace) if prop.kind is PropertyKind.REACHABLE else Violated(q.trace)
        if q.proof is not None:
            return self._proved(prop, q.proof)
        if self._unfit:
            return Unknown("a step stores a value outside its sort")
        return Bounded(q.refuted) if q.refuted >= 0 else Unknown("out of time before the first step")

    def _proved(self, prop: Property, proof: Evidence) -> Verdict:
        if prop.kind is PropertyKind.REACHABLE:
            return Unreachable(proof)
        before = self._antecedents.get(prop.name)
        if before is None or before.found:
            return Holds(proof)
        if before.proof is not None:
            return Vacuous(f"{antecedent_text(prop)} never happens", before.proof)
        return undecided_antecedent(prop)


def undecided_antecedent(prop: Property) -> Unknown:
    """The verdict on what holds, but perhaps only because what it speaks of never happens."""
    return Unknown(f"it holds, but whether {antecedent_text(prop)} ever happens is undecided")


def _by_place(questions: Sequence[Question]) -> tuple[list[Question], list[Question]]:
    """Those about an erring step, and the others."""
    early = [q for q in questions if q.goal.place is Place.ERROR]
    return early, [q for q in questions if q.goal.place is not Place.ERROR]


def _share(deadline: Deadline) -> Deadline:
    """A part of the time left for checking one proof."""
    left = deadline.left()
    return _within(deadline, CHECK_SECONDS if left is None else left / 4, CHECK_SECONDS)


def _within(deadline: Deadline, *seconds: float) -> Deadline:
    """A deadline after the least of some seconds, and not after another."""
    left = deadline.left()
    least = min(seconds if left is None else (left, *seconds))
    return Deadline(deadline.clock, deadline.clock() + least)
