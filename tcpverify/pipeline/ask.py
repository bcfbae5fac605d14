"""Which engine is asked what: the user makes no choice, a check or the command line may."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from tcpverify.engines import ENGINES, Disagreement, choose, run_both
from tcpverify.explicit.refusal import refusal
from tcpverify.ir.system import Order, Property, PropertyKind, System
from tcpverify.lang.checks import Instance
from tcpverify.lang.elaborate import Model
from tcpverify.limits import Limits, ProgressCallback
from tcpverify.pipeline.stored import NOTHING, Known, Recall
from tcpverify.records import record
from tcpverify.verdict import Decision, Induction, Invariant, Trap, Verdict, Violated, Ways, proof_of

EngineChoice = Literal["auto", "explicit", "smt", "both"]

FALLBACK_SECONDS = 10.0
"""What the symbolic engine gets, if nobody says otherwise, where the explicit one cannot go."""

SYMBOLIC_WORDS = frozenset({"holds by proof", "bounded"})
"""Expected verdicts that only the symbolic engine gives."""


class Disagreed(Exception):
    """Two engines contradict each other on a system: a fault of ours."""

    def __init__(self, found: Disagreement, system: System) -> None:
        super().__init__(f"the engines disagree on {', '.join(d.prop for d in found.differences)}")
        self.found, self.system = found, system


@record
class Answer:
    """A decision, the engine that each property was put to (in a word), and why the explicit engine
    was passed over, if it was and that was not meant."""

    decision: Decision
    engines: Mapping[str, str]
    refused: str | None = None


Hints: TypeAlias = Callable[[System], Sequence[Property]]
"""The lemmas of a spec that speak of what a system has."""


@dataclass(slots=True)
class _Asker:
    model: Model
    limits: Limits
    progress: ProgressCallback
    hints: Hints
    recall: Recall
    engines: dict[str, str] = field(default_factory=dict)

    def run(
        self, name: Literal["explicit", "smt"], properties: Sequence[Property], limits: Limits
    ) -> Decision:
        self.engines.update((p.name, name) for p in properties)
        system = self.model.system
        if name == "explicit":
            return ENGINES[name].run(system, properties, limits, self.progress)
        limits = limits.symbolic()
        known = self.recall(system, properties, limits)
        hints = [*known.lemmas, *self.tried(properties)]
        decision = ENGINES[name].run(system, properties, limits, self.progress, hints, known.verdicts)
        return self.certified(decision, properties, known.verdicts)

    def both(self) -> Decision:
        self.engines.update((p.name, "both") for p in self.model.properties)
        asked = self.model.properties
        found = run_both(self.model.system, asked, self.limits, self.progress, self.tried(asked))
        if isinstance(found, Disagreement):
            raise Disagreed(found, self.model.system)
        return self.certified(found, asked)

    def tried(self, asked: Sequence[Property]) -> list[Property]:
        """The hints that are not asked about anyhow, each once."""
        found = {p.name: p for p in self.hints(self.model.system)}
        names = {p.name for p in asked}
        return [p for name, p in found.items() if name not in names]

    def certified(
        self, decision: Decision, properties: Sequence[Property], known: Mapping[str, Verdict] | None = None
    ) -> Decision:
        """A decision with its proofs checked by both solvers, but for those that are `known` and were."""
        verdicts, before = decision.verdicts, known or {}
        new = tuple(p for p in properties if p.name in verdicts and verdicts[p.name] != before.get(p.name))
        if not any(_is_to_be_certified(verdicts[p.name]) for p in new):
            return decision
        from tcpverify.pipeline.certified import certified

        return certified(decision, replace(self.model, properties=new), self.limits)


def _is_to_be_certified(verdict: Verdict) -> bool:
    """Whether a verdict rests on a proof that an engine found."""
    trapped = isinstance(verdict, Violated) and isinstance(verdict.trap, Trap)
    return trapped or isinstance(proof_of(verdict), Invariant | Induction | Ways)


def ask(
    choice: EngineChoice,
    instance: Instance,
    model: Model,
    limits: Limits,
    progress: ProgressCallback,
    hints: Hints = lambda _: (),
    recall: Recall = lambda *_: NOTHING,
) -> Answer:
    """Decide an instance's properties, those about a monitor each on the system that it watches; what
    is counted is the system without them. `recall`: what is known beforehand of what the symbolic engine is
    asked; that takes nothing of its time. Raises Disagreed and NotARun (faults of ours)."""
    answer: Answer | None = None
    clock = limits.clock
    end = None if limits.seconds is None else clock() + limits.seconds

    def tried(system: System) -> list[Property]:
        return [*_invariants(model), *hints(system)]

    recalling = 0.0

    def recalled(system: System, properties: Sequence[Property], within: Limits) -> Known:
        nonlocal recalling
        began = clock()
        known = recall(system, properties, within)
        recalling += clock() - began
        return known

    for part in _parts(model):
        left = limits if end is None else replace(limits, seconds=max(0.0, end + recalling - clock()))
        found = _ask(choice, instance, part, left, progress, tried, recalled)
        answer = found if answer is None else _joined(answer, found)
        if answer.decision.interrupted:
            break
    assert answer is not None
    return answer


def _parts(model: Model) -> list[Model]:
    """The model without its monitors (unless nothing is asked of it), and one for each that has one."""
    plain = tuple(p for p in model.properties if p.name not in model.watched)
    watched = [Model(model.watched[p.name], (p,)) for p in model.properties if p.name in model.watched]
    return [Model(model.system, plain), *watched] if plain or not watched else watched


def _invariants(model: Model) -> list[Property]:
    """What is asked of every state of the system without monitors: it may help to prove what they watch."""
    return [p for p in model.properties if p.kind is PropertyKind.INVARIANT and p.name not in model.watched]


def _joined(first: Answer, second: Answer) -> Answer:
    """What is seen of a system with a monitor is nothing more than is seen of it without."""
    decision = _with_verdicts(first.decision, second.decision)
    return Answer(decision, {**second.engines, **first.engines}, first.refused or second.refused)


def _with_verdicts(first: Decision, second: Decision) -> Decision:
    """A decision with the verdicts of another about the same instance; what was seen stays the first's."""
    verdicts = {**first.verdicts, **second.verdicts}
    return replace(first, verdicts=verdicts, interrupted=second.interrupted)


def _ask(
    choice: EngineChoice,
    instance: Instance,
    model: Model,
    limits: Limits,
    progress: ProgressCallback,
    hints: Hints,
    recall: Recall,
) -> Answer:
    """Decide properties of one system.

    `auto` enumerates, and puts to the symbolic engine what is expected to hold by proof or within a
    bound, and everything where the explicit engine would have to give up.
    """
    asker = _Asker(model, limits, progress, hints, recall)
    if choice == "both":
        return Answer(asker.both(), asker.engines)
    if choice != "auto":
        return Answer(asker.run(choice, model.properties, limits), asker.engines)
    if choose(choice, model.system).name == "smt":
        limits = limits.symbolic(FALLBACK_SECONDS)
        reason = None if _is_meant(instance, model) else refusal(model.system)
        return Answer(asker.run("smt", model.properties, limits), asker.engines, reason)
    symbolic = [p for p in model.properties if _word(instance, p) in SYMBOLIC_WORDS]
    rest = [p for p in model.properties if p not in symbolic]
    decision = asker.run("explicit", rest, limits)
    if symbolic and not decision.interrupted:
        proved = asker.run("smt", symbolic, _symbolic_limits(instance, symbolic, limits))
        decision = _with_verdicts(decision, proved)
    return Answer(decision, asker.engines)


def _is_meant(instance: Instance, model: Model) -> bool:
    """Whether nobody expects an exhaustive search: the network is unlimited in every way, or all that is
    expected is for the symbolic engine."""
    channels = [c for c in model.system.channels if not c.memory]
    unlimited = bool(channels) and all(c.capacity is None and c.order is Order.BAG for c in channels)
    words = [e.word for e in instance.expectations.values()]
    return unlimited or (bool(words) and all(w in SYMBOLIC_WORDS for w in words))


def _word(instance: Instance, prop: Property) -> str | None:
    expected = instance.expectations.get(prop.name)
    return expected.word if expected else None


def _symbolic_limits(instance: Instance, properties: Sequence[Property], limits: Limits) -> Limits:
    """As deep as the expected bounds ask for; the request's own bound where a proof is wanted."""
    bounds = [instance.expectations[p.name].exact or 0 for p in properties]
    proofs = any(_word(instance, p) == "holds by proof" for p in properties)
    return replace(limits, max_bound=max(bounds + [limits.max_bound] * proofs))
