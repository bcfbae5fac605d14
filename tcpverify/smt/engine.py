"""The symbolic engine: bounded model checking and k-induction by turns, one step longer each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Deadline, Limits, Progress, ProgressCallback, silent
from tcpverify.smt.bmc import Paths, Unrolling
from tcpverify.smt.encode import TooWide, width_of
from tcpverify.smt.goals import Goal, Place, antecedent_goal, goal_of, misfit_goal
from tcpverify.smt.history import history_of
from tcpverify.smt.kinduction import (
    InductionSearch,
    no_longer_path,
    proved_by_exhaustion,
    stays_well_formed,
)
from tcpverify.smt.recall import Recall
from tcpverify.smt.relation import Relation, Unroller, relation
from tcpverify.smt.slots import Unsupported, slots_of
from tcpverify.smt.solving import Undecided, is_unsat_afresh
from tcpverify.trace import Trace, confirm
from tcpverify.verdict import (
    Bounded,
    Decision,
    Exhausted,
    Holds,
    Induction,
    Reachable,
    Unknown,
    Unreachable,
    Vacuous,
    Verdict,
    Violated,
    antecedent_text,
)

MOST_INITIAL = 10_000
"""So many initial states are tried one by one, to see whether any is left by what is assumed."""
CHECK_SECONDS = 10.0
"""At most so long may fresh solvers take over one proof."""
PLAIN_SECONDS, LEAST_SECONDS = 2.0, 0.1
"""At most so long is one attempt by plain induction, and at least so long one by longer induction,
which otherwise gets as much time as the search for paths took."""


def run(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback = silent,
) -> Decision:
    """Decide properties of a system as far as the limits allow."""
    deadline = limits.deadline()
    endless = any(c.capacity is None for c in system.channels)
    try:
        bits = width_of(system, properties)
        paths: Paths
        if endless:
            history = history_of(system, properties, bits)
            paths, asked = Recall(history), [history.properties[p.name] for p in properties]
        else:
            paths, asked = Unroller(relation(slots_of(system, bits))), list(properties)
    except (TooWide, Unsupported) as e:
        return Decision({p.name: Unknown(str(e)) for p in properties})
    if system.assumptions and _starts_nowhere(system):
        return _of_nothing(properties)
    search = _Search(system, paths, list(zip(properties, asked, strict=True)), deadline, limits.proofs and not endless)
    interrupted = False
    try:
        for k in range(limits.max_bound + 1):
            progress(Progress(states=0, transitions=0, depth=k, frontier=0))
            if not search.advance(k):
                break
    except KeyboardInterrupt:
        interrupted = True
    return Decision({p.name: search.verdict(p) for p in properties}, interrupted=interrupted)


def _starts_nowhere(system: System) -> bool:
    """Whether no initial state satisfies what is assumed; not asked of very many."""
    many = prod(len(alternatives) for alternatives in system.initial.values) > MOST_INITIAL
    return not many and next(Interpreter(system).initial(), None) is None


def _of_nothing(properties: Sequence[Property]) -> Decision:
    """The verdicts where what is assumed leaves no initial state."""
    nothing = Exhausted(0, 0, 0)
    why = "no initial state satisfies what is assumed"
    verdicts: dict[str, Verdict] = {
        p.name: Unreachable(nothing) if p.kind is PropertyKind.REACHABLE else Vacuous(why, nothing)
        for p in properties
        if p.kind is not PropertyKind.UNSUPPORTED
    }
    return Decision({p.name: verdicts.get(p.name, Unknown(p.text)) for p in properties})


@dataclass(slots=True)
class _Question:
    """One goal and what became of it: a path of `refuted + 1` steps shows it (of a property:
    `trace`), or it is never reached, or no path of `refuted` steps or fewer shows it."""

    goal: Goal
    prop: Property | None
    found: bool = False
    trace: Trace | None = None
    proof: Induction | None = None
    refuted: int = -1

    @property
    def open(self) -> bool:
        return not self.found and self.proof is None


class _Search:
    """The questions of one request, and the two unrollings that they share."""

    def __init__(
        self,
        system: System,
        paths: Paths,
        properties: Sequence[tuple[Property, Property]],
        deadline: Deadline,
        proofs: bool,
    ) -> None:
        rel = paths.rel
        self._deadline = deadline
        self._interpreter = Interpreter(system)
        self._unrolling = Unrolling(paths, deadline)
        self._reasons: dict[str, str] = {}
        self._questions: dict[str, _Question] = {}
        self._antecedents: dict[str, _Question] = {}
        for prop, encoded in properties:
            self._pose(rel, prop, encoded)
        self._looking = 0.0
        self._misfit: _Question | None = None
        self._induction: InductionSearch | None = None
        self._proofs = proofs
        if proofs and stays_well_formed(rel, _share(deadline)):
            self._induction = InductionSearch(rel)
        else:
            self._misfit = _Question(misfit_goal(rel), None)

    def _pose(self, rel: Relation, prop: Property, encoded: Property) -> None:
        """A property's goal, and that of its antecedent."""
        try:
            goal, before = goal_of(rel, encoded), antecedent_goal(rel, encoded)
        except Unsupported as e:
            self._reasons[prop.name] = str(e)
            return
        self._questions[prop.name] = _Question(goal, prop)
        if before is not None:
            self._antecedents[prop.name] = _Question(before, None)

    def advance(self, k: int) -> bool:
        """Look for paths of k steps, then for proofs by induction over k + 1; False when done."""
        started = self._deadline.clock()
        try:
            self._look(k)
            self._looking += self._deadline.clock() - started
            if self._proofs:
                self._prove(k + 1)
                self._exhaust(k)
        except Undecided:
            return False
        return not self._unfit and not self._deadline.passed and bool(self._open())

    @property
    def _unfit(self) -> bool:
        """Whether a step stores a value outside its sort: then nothing longer can be said."""
        return self._misfit is not None and self._misfit.found

    def _open(self) -> list[_Question]:
        """The questions whose answers are still wanted; antecedents first, as they make lemmas."""
        before = [q for name, q in self._antecedents.items() if q.open and not self._questions[name].found]
        return before + [q for q in self._questions.values() if q.open]

    # --- Paths ---

    def _look(self, k: int) -> None:
        """Ask for paths of k steps: to erring steps before the unrolling makes its k-th step."""
        questions = self._open() + ([self._misfit] if self._misfit is not None else [])
        early, late = _by_place(questions)
        self._ask(early, k)
        if k and not self._unfit:
            self._unrolling.extend()
        if not self._unfit:
            self._ask(late, k)

    def _ask(self, questions: Sequence[_Question], k: int) -> None:
        if not questions:
            return
        found = {g.name for g in self._unrolling.find([q.goal for q in questions], k)}
        for q in questions:
            q.found = q.goal.name in found
            if not q.found:
                q.refuted = k
        for q in questions:
            if q.found and q.prop is not None:
                schedule = self._unrolling.shortest(q.goal, k)
                q.trace = confirm(self._interpreter, q.prop, schedule)

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

    def _try(self, induction: InductionSearch, q: _Question, k: int) -> None:
        try:
            q.proof = induction.proves(q.goal, k, self._attempt(k), _share(self._deadline))
        except Undecided:
            return
        if q.proof is not None:
            induction.lemmas.append(q.goal)

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

    def _proved(self, prop: Property, proof: Induction) -> Verdict:
        if prop.kind is PropertyKind.REACHABLE:
            return Unreachable(proof)
        before = self._antecedents.get(prop.name)
        if before is None or before.found:
            return Holds(proof)
        if before.proof is not None:
            return Vacuous(f"{antecedent_text(prop)} never happens", before.proof)
        return Unknown(f"it holds, but whether {antecedent_text(prop)} ever happens is undecided")


def _by_place(questions: Sequence[_Question]) -> tuple[list[_Question], list[_Question]]:
    """Those about an erring step, and the others."""
    early = [q for q in questions if q.goal.place is Place.ERROR]
    return early, [q for q in questions if q.goal.place is not Place.ERROR]


def _share(deadline: Deadline) -> Deadline:
    """A part of the time left for checking one proof."""
    left = deadline.left()
    seconds = CHECK_SECONDS if left is None else min(CHECK_SECONDS, left / 4)
    return Deadline(deadline.clock, deadline.clock() + seconds)
