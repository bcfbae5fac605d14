"""What the verdicts on a spec do not claim, in sentences: bounds, what is open, what nobody asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tcpverify.ir.system import PropertyKind
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import unchecked_properties
from tcpverify.pipeline.load import Spec
from tcpverify.result import AnyResult, Outcome, Result
from tcpverify.verdict import (
    Bounded,
    Exhausted,
    Induction,
    Invariant,
    Reachable,
    Trap,
    Unknown,
    Vacuous,
    Violated,
    Ways,
    proof_of,
)

ALWAYS = (
    "Every claim is about the model that the spec describes. Whether the spec says what its source (an RFC, "
    "a design) says is for its reader to judge, and no implementation was looked at.",
    "A claim is about the instance named beside it: those values of the parameters, that scenario, that "
    "network with the capacities and budgets of faults written there. Nothing is said of other values.",
)


def limits(spec: Spec, outcome: Outcome, told: Iterable[AnyResult]) -> Iterator[str]:
    """What a reader may not conclude from an outcome of one spec. `told`: the results of which more is told
    than that they are; what the others rest on, a search or a proof, is not."""
    yield from ALWAYS
    yield from _open(outcome, [r for r in outcome.results if isinstance(r, Result)])
    yield from _evidence([r for r in told if isinstance(r, Result)])
    yield from _not_asked(spec)


def _open(outcome: Outcome, results: list[Result]) -> Iterator[str]:
    unknown = [r for r in results if isinstance(r.verdict, Unknown)]
    others = [r for r in outcome.results if not isinstance(r, Result) and r.inconclusive]
    if unknown or others:
        yield f"{len(unknown) + len(others)} verdicts are unknown: {_names(unknown) or 'counts or answers'}."
    bounded = [r for r in results if isinstance(r.verdict, Bounded)]
    if bounded:
        yield f"Of {_names(bounded)} only runs up to a bound were looked at: longer ones may differ."
    vacuous = [r for r in results if isinstance(r.verdict, Vacuous)]
    if vacuous:
        yield f"{_names(vacuous)} hold vacuously: what they speak of never happens."


def _evidence(results: list[Result]) -> Iterator[str]:
    proofs = [proof_of(r.verdict) for r in results]
    if any(isinstance(r.verdict, Reachable) for r in results):
        yield "reachable says that some run gets there, not that every run does."
    if any(r.prop.kind is PropertyKind.RESPONSE for r in results):
        yield "What must come to pass is claimed of fair runs only: fair as each property says."
    if any(isinstance(p, Exhausted) and p.idle for p in proofs):
        yield ("Counts marked as of compressed idle time are of the states visited; the system has more. "
               "The verdicts are not touched by that.")  # fmt: skip
    if any(isinstance(r.verdict, Violated) and isinstance(r.verdict.trap, Trap) for r in results):
        yield "A way into a trap that was found by proof need not be the shortest."
    alone = [p for p in proofs if isinstance(p, Induction) and len(p.judges) < 2]
    if alone:
        yield f"{len(alone)} proofs by k-induction were not checked by two solvers: by which stands there."
    if any(isinstance(p, Invariant | Ways) for p in proofs):
        yield ("A proof about every network lets whatever was sent arrive any number of times, in any order "
               "or never; with what it assumes, that is all that it speaks of.")  # fmt: skip
    assumed = dict.fromkeys(a for r in results for a in r.assumptions)
    if assumed:
        yield f"Only runs are looked at in which this is true: {'; '.join(assumed)}."


def _not_asked(spec: Spec) -> Iterator[str]:
    """What the file declares and no check names."""
    program, own = spec.program, spec.program.main.span.source
    unasked = [p.name.text for p in unchecked_properties(program)]
    if unasked:
        yield f"No check asks about: {', '.join(unasked)}."
    runs = [i for check in program.checks.values() for i in check.items if isinstance(i, s.Run)]
    run = {i.scenario.text for i in runs}
    idle = [name for name, item in program.scenarios.items() if name not in run and item.span.source is own]
    if idle:
        yield f"No check runs the scenarios: {', '.join(idle)}."


def _names(results: Iterable[Result]) -> str:
    return ", ".join(dict.fromkeys(f"{r.check}: {r.prop.name}" for r in results))
