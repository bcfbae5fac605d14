"""An engine's answers against the truth: each complaint is a line, and there should be none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Limits
from tcpverify.trace import NotARun
from tcpverify.verdict import (
    Bounded,
    Decision,
    Holds,
    Reachable,
    Unknown,
    Unreachable,
    Vacuous,
    Verdict,
    Violated,
    word,
)
from tests.engines.corpus import Sample

SMT_LIMITS = Limits(max_bound=4, seconds=20)

Engine = Callable[[System, Sequence[Property]], Decision]


def explicit(system: System, properties: Sequence[Property]) -> Decision:
    from tcpverify.explicit import search

    return search.run(system, properties, Limits())


def smt(system: System, properties: Sequence[Property]) -> Decision:
    from tcpverify.smt import engine

    return engine.run(system, properties, SMT_LIMITS)


def complaints(sample: Sample, engine: Engine, exact: bool) -> list[str]:
    """What an engine gets wrong about a system; `exact`: it must decide everything and count right."""
    try:
        decision = engine(sample.system, sample.properties)
    except NotARun as e:
        return [f"seed {sample.seed}: {e}"]
    found = [
        f"seed {sample.seed}: {p.name}: {problem}"
        for p in sample.properties
        for problem in _about(sample, p, decision.verdicts[p.name], exact)
    ]
    return found + (_counts(sample, decision) if exact else [])


def _counts(sample: Sample, decision: Decision) -> list[str]:
    seen, truth = decision.statistics, sample.truth
    if seen is None or not seen.complete:
        return [f"seed {sample.seed}: not complete"]
    counted = (seen.states, seen.transitions, seen.depth, seen.deadlocks)
    true = (truth.states, truth.transitions, truth.depth, truth.deadlocks)
    return [] if counted == true else [f"seed {sample.seed}: counts {counted}, not {true}"]


def _about(sample: Sample, prop: Property, verdict: Verdict, exact: bool) -> Iterator[str]:
    name, length = sample.truth.answers[prop.name]
    if name == "?":
        return
    match verdict:
        case Violated(trace) | Reachable(trace):
            if word(verdict) != name or length not in (None, len(trace)):
                yield f"{word(verdict)} in {len(trace)}, not {name} in {length}"
            elif (exact or prop.kind is not PropertyKind.TRAP_FREE) and trace.schedule != sample.traces.get(
                prop.name, trace.schedule
            ):  # of several traps as near as each other a proof is found for some
                yield "another trace than the canonical one"
        case Holds() | Unreachable() | Vacuous():
            allowed = {name, "holds"} if name == "vacuous" and not exact else {name}
            if word(verdict) not in allowed:
                yield f"{word(verdict)}, not {name} in {length}"
        case Bounded(k):
            if exact or (length is not None and length <= k):
                yield f"bounded {k}, not {name} in {length}"
        case Unknown(reason):
            if exact and name != "unknown":
                yield f"unknown ({reason}), not {name}"
    if name == "unknown" and not isinstance(verdict, Unknown):
        yield f"{word(verdict)}, although it is not supported"
