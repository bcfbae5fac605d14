"""The symbolic engine: bounded model checking and k-induction by turns, one step longer each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from types import MappingProxyType

from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.soup import FRESH, assumed
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Deadline, Limits, Progress, ProgressCallback, silent
from tcpverify.records import record
from tcpverify.smt.encode import TooWide, width_of
from tcpverify.smt.history import Unused, history_of
from tcpverify.smt.proofs import prover
from tcpverify.smt.recall import Recall
from tcpverify.smt.relation import Unroller, relation
from tcpverify.smt.search import Prover, Search, undecided_antecedent
from tcpverify.smt.slots import Unsupported, slots_of
from tcpverify.smt.traps import about_traps
from tcpverify.verdict import (
    Bounded,
    Decision,
    Evidence,
    Exhausted,
    Holds,
    Unknown,
    Unreachable,
    Vacuous,
    Verdict,
    proof_of,
    trace_of,
)

NONE: Mapping[str, Verdict] = MappingProxyType({})

MOST_INITIAL = 10_000
"""So many initial states are tried one by one, to see whether any is left by what is assumed."""


def run(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback = silent,
    hints: Sequence[Property] = (),
    known: Mapping[str, Verdict] = NONE,
) -> Decision:
    """Decide properties of a system as far as the limits allow; `hints`: invariants that it may have, tried
    in proofs and not decided. `known`: what is proved of some properties; of these nothing is looked for but
    the antecedents."""
    deadline = limits.deadline()
    if system.assumptions and _starts_nowhere(system):
        return _of_nothing(properties)
    left = [p for p in properties if p.name not in known or p.antecedent is not None]
    traps = [p for p in left if p.kind is PropertyKind.TRAP_FREE]
    rest = [p for p in left if p.kind is not PropertyKind.TRAP_FREE]
    proved = {name: proof for name, v in known.items() if (proof := proof_of(v)) is not None}
    found = Decision(dict(known))
    if rest or not properties:
        walked = _walked(system, rest, limits, deadline, progress, hints, proved)
        found = replace(walked, verdicts={**known, **walked.verdicts})
    if not traps or found.interrupted:
        return found
    if not limits.proofs:
        unasked = Unknown("traps are looked for with proofs only")
        return replace(found, verdicts={**found.verdicts, **{p.name: unasked for p in traps}})
    try:
        return replace(
            found, verdicts={**found.verdicts, **about_traps(system, traps, [*rest, *hints], deadline)}
        )
    except KeyboardInterrupt:
        return replace(found, interrupted=True)


def _walked(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    deadline: Deadline,
    progress: ProgressCallback,
    hints: Sequence[Property],
    proved: Mapping[str, Evidence],
) -> Decision:
    """Decide properties by longer and longer paths, and by proofs; `proved`: those that some have already."""
    try:
        bits, hints = _width(system, properties, hints)
        request = _Request(system, properties, bits, limits, deadline, progress, hints, proved)
        if all(c.capacity is not None for c in system.channels):
            return request.decide(request.bounded())
        if limits.proofs and any(assumed(system, p) == (FRESH,) for p in properties):
            return request.decide_fresh()
        return request.decide(request.endless("in flight", prover(system, hints) if limits.proofs else None))
    except (TooWide, Unsupported) as e:
        left = [p for p in properties if p.name not in proved]
        found = prover(system, hints)(left, deadline).found if limits.proofs else {}
        found = {**found, **proved}
        return Decision({p.name: _without_paths(p, found.get(p.name), str(e)) for p in properties})


def _width(
    system: System, properties: Sequence[Property], hints: Sequence[Property]
) -> tuple[int, Sequence[Property]]:
    """The width of numbers, and the hints if they do not take more than there may be. Raises TooWide."""
    try:
        return width_of(system, [*properties, *hints]), hints
    except TooWide:
        return width_of(system, properties), ()


def _without_paths(prop: Property, proof: Evidence | None, reason: str) -> Verdict:
    """The verdict where no paths can be looked for."""
    if proof is None:
        return Unknown(reason)
    if prop.kind is PropertyKind.REACHABLE:
        return Unreachable(proof)
    return Holds(proof) if prop.antecedent is None else undecided_antecedent(prop)


@record
class _Request:
    """What `run` was asked."""

    system: System
    properties: Sequence[Property]
    bits: int
    limits: Limits
    deadline: Deadline
    progress: ProgressCallback
    hints: Sequence[Property]
    proved: Mapping[str, Evidence]

    def bounded(self) -> Search:
        """The search where every channel has a capacity."""
        paths = Unroller(relation(slots_of(self.system, self.bits)))
        asked = [(p, p) for p in self.properties]
        if not self.limits.proofs:
            return Search(self.system, paths, asked, self.deadline, False, None, self.proved)
        look = prover(self.system, self.hints)
        return Search(self.system, paths, asked, self.deadline, True, look, self.proved, self.hints)

    def endless(
        self, unused: Unused, prover: Prover | None, proved: Mapping[str, Evidence] | None = None
    ) -> Search:
        """The search where some channel has none."""
        history = history_of(self.system, self.properties, self.bits, unused)
        asked = [(p, history.properties[p.name]) for p in self.properties]
        proved = self.proved if proved is None else proved
        return Search(self.system, Recall(history), asked, self.deadline, False, prover, proved)

    def decide(self, search: Search) -> Decision:
        """Search as far as the limits allow."""
        interrupted = self.walk(search, False)
        return Decision({p.name: search.verdict(p) for p in self.properties}, interrupted=interrupted)

    def decide_fresh(self) -> Decision:
        """Look for proofs that take for granted that a fresh number is carried by no segment ever sent, and
        first for short paths on which that is so; then for all paths, where neither was found."""
        first = self.endless("ever", prover(self.system, self.hints))
        interrupted = self.walk(first, True)
        early = {p.name: _of_some_paths(first.verdict(p)) for p in self.properties}
        if interrupted or all(isinstance(v, Holds | Unreachable | Vacuous) for v in early.values()):
            return Decision(early, interrupted=interrupted)
        second = self.endless("in flight", None, first.proved)
        interrupted = self.walk(second, False)
        late = {p.name: second.verdict(p) for p in self.properties}
        return Decision({n: _better(early[n], late[n]) for n in early}, interrupted=interrupted)

    def walk(self, search: Search, until_proofs: bool) -> bool:
        """Longer and longer paths, and proofs; whether the user stopped it. `until_proofs`: just as long as
        proofs have not been looked for."""
        try:
            for k in range(self.limits.max_bound + 1):
                self.progress(Progress(states=0, transitions=0, depth=k, frontier=0))
                if not search.advance(k) or (until_proofs and not search.may_prove):
                    return False
            search.prove_rest()
        except KeyboardInterrupt:
            return True
        return False


def _of_some_paths(verdict: Verdict) -> Verdict:
    """A verdict after looking at some paths of each length only: a bound is none."""
    return Unknown("interrupted") if isinstance(verdict, Bounded) else verdict


def _better(early: Verdict, late: Verdict) -> Verdict:
    """A verdict on the paths on which fresh numbers are new or one on all paths: a path of all is the
    shortest, and what is not found among all says nothing against the others."""
    return early if isinstance(late, Bounded | Unknown) and trace_of(early) is not None else late


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
