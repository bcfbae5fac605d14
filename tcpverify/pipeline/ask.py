"""Which engine is asked what: the user makes no choice, a check or the command line may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tcpverify.engines import ENGINES, Disagreement, run_both
from tcpverify.explicit.refusal import refusal
from tcpverify.ir.system import Property
from tcpverify.lang.checks import Instance
from tcpverify.lang.elaborate import Model
from tcpverify.limits import Limits, ProgressCallback
from tcpverify.verdict import Decision

EngineChoice = Literal["auto", "explicit", "smt", "both"]

FALLBACK_SECONDS = 10.0
"""What the symbolic engine gets, if nobody says otherwise, where the explicit one cannot go."""

SYMBOLIC_WORDS = frozenset({"holds by proof", "bounded"})
"""Expected verdicts that only the symbolic engine gives."""


class Disagreed(Exception):
    """Two engines contradict each other: a fault of ours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, the engine that each property was put to (in a word), and why the explicit engine
    was passed over, if it was."""

    decision: Decision
    engines: Mapping[str, str]
    refused: str | None = None


@dataclass(slots=True)
class _Asker:
    model: Model
    limits: Limits
    progress: ProgressCallback
    engines: dict[str, str] = field(default_factory=dict)

    def run(
        self, name: Literal["explicit", "smt"], properties: Sequence[Property], limits: Limits
    ) -> Decision:
        self.engines.update((p.name, name) for p in properties)
        limits = limits.symbolic() if name == "smt" else limits
        return ENGINES[name].run(self.model.system, properties, limits, self.progress)

    def both(self) -> Decision:
        self.engines.update((p.name, "both") for p in self.model.properties)
        found = run_both(self.model.system, self.model.properties, self.limits, self.progress)
        if isinstance(found, Disagreement):
            raise Disagreed(f"the engines disagree on {', '.join(d.prop for d in found.differences)}")
        return found


def ask(
    choice: EngineChoice, instance: Instance, model: Model, limits: Limits, progress: ProgressCallback
) -> Answer:
    """Decide an instance's properties. Raises Disagreed and NotARun (faults of ours).

    `auto` enumerates, and puts to the symbolic engine what is expected to hold by proof or within a
    bound, and everything where the explicit engine would have to give up.
    """
    asker = _Asker(model, limits, progress)
    if choice == "both":
        return Answer(asker.both(), asker.engines)
    if choice != "auto":
        return Answer(asker.run(choice, model.properties, limits), asker.engines)
    refused = refusal(model.system)
    if refused is not None:
        limits = limits.symbolic(FALLBACK_SECONDS)
        return Answer(asker.run("smt", model.properties, limits), asker.engines, refused)
    symbolic = [p for p in model.properties if _word(instance, p) in SYMBOLIC_WORDS]
    rest = [p for p in model.properties if p not in symbolic]
    decision = asker.run("explicit", rest, limits)
    if symbolic and not decision.interrupted:
        proved = asker.run("smt", symbolic, _symbolic_limits(instance, symbolic, limits))
        decision = replace(
            decision, verdicts={**decision.verdicts, **proved.verdicts}, interrupted=proved.interrupted
        )
    return Answer(decision, asker.engines)


def _word(instance: Instance, prop: Property) -> str | None:
    expected = instance.expectations.get(prop.name)
    return expected.word if expected else None


def _symbolic_limits(instance: Instance, properties: Sequence[Property], limits: Limits) -> Limits:
    """As deep as the expected bounds ask for; the request's own bound where a proof is wanted."""
    bounds = [instance.expectations[p.name].exact or 0 for p in properties]
    proofs = any(_word(instance, p) == "holds by proof" for p in properties)
    return replace(limits, max_bound=max(bounds + [limits.max_bound] * proofs))
