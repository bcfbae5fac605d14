"""No verdict by an invariant is told before z3 and cvc5 have refuted what would make it wrong; of one by
k-induction it is told which of them have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tcpverify.certify.network import Uncertifiable, unbounded
from tcpverify.certify.obligations import Claim, Inexpressible
from tcpverify.certify.reach import Reach, reach_claim
from tcpverify.certify.recheck import unrefuted
from tcpverify.certify.solvers import ask_both
from tcpverify.ir import build as b
from tcpverify.ir.system import Property, PropertyKind
from tcpverify.lang.elaborate import Model
from tcpverify.limits import Limits
from tcpverify.pipeline.judging import distinct, to_ask
from tcpverify.verdict import (
    Decision,
    Induction,
    Invariant,
    Trap,
    Unknown,
    Verdict,
    Violated,
    Ways,
    proof_of,
    with_proof,
)

INDUCTION_SECONDS = 10.0
"""What the solvers may take to look again at all proofs by k-induction of a decision."""
MOST_CHARACTERS = 16 << 20
"""More text than that they are not asked about."""


def certified(decision: Decision, model: Model, limits: Limits) -> Decision:
    """A decision in which every verdict whose evidence is an invariant is certified by both solvers; one
    that is not is unknown, with the reason."""
    verdicts = {p.name: decision.verdicts[p.name] for p in model.properties if p.name in decision.verdicts}
    verdicts |= {
        name: Unknown(f"its proof was not certified: {problem}")
        for name, problem in _problems(verdicts, model, limits)
    }
    verdicts |= _judged(verdicts, limits)
    return replace(decision, verdicts={**decision.verdicts, **verdicts})


def _problems(verdicts: Mapping[str, Verdict], model: Model, limits: Limits) -> Iterator[tuple[str, str]]:
    """The properties whose verdicts rest on an invariant that is no proof, each with the reason. All texts
    are asked about at once; one by one only if not all of them are refuted."""
    made: dict[str, dict[str, str]] = {}
    for prop in model.properties:
        resting = rests_on(verdicts[prop.name]) if prop.name in verdicts else None
        if resting is not None:
            try:
                made[prop.name] = _texts(*resting, prop, model)
            except (Uncertifiable, Inexpressible) as problem:
                yield prop.name, str(problem)
    together = distinct({f"{name} {file}": t for name, texts in made.items() for file, t in texts.items()})
    if len(made) > 1 and not unrefuted(list(together), together, limits.seconds):
        return
    for name, texts in made.items():
        wrong = unrefuted(list(texts), texts, limits.seconds)
        if wrong:
            yield name, wrong[0]


def _judged(verdicts: Mapping[str, Verdict], limits: Limits) -> dict[str, Verdict]:
    """The verdicts that rest on k-induction, each with the solvers that refuted all of its obligations once
    more, read back as text; unknown if one of them has a model."""
    proofs = {n: p for n, v in verdicts.items() if isinstance(p := proof_of(v), Induction)}
    texts = list(dict.fromkeys(text for p in proofs.values() for _, text in p.obligations))
    if not texts or sum(map(len, texts)) > MOST_CHARACTERS:
        return {n: with_proof(verdicts[n], replace(p, obligations=())) for n, p in proofs.items()}
    seconds = INDUCTION_SECONDS if limits.seconds is None else min(INDUCTION_SECONDS, limits.seconds)
    said = {a.solver: dict(zip(texts, a.words, strict=False)) for a in ask_both(texts, seconds)}
    found: dict[str, Verdict] = {}
    for name, proof in proofs.items():
        needed = [text for _, text in proof.obligations]
        wrong = [s for s, words in said.items() if any(words.get(t) == "sat" for t in needed)]
        judges = tuple(s for s, words in said.items() if all(words.get(t) == "unsat" for t in needed))
        judged = with_proof(verdicts[name], replace(proof, judges=judges, obligations=()))
        found[name] = Unknown(f"its proof was not certified: {wrong[0]} finds a model") if wrong else judged
    return found


def rests_on(verdict: Verdict) -> tuple[Invariant | Trap, Reach | None] | None:
    """The invariant that a verdict rests on, and of `always reachable` what else; None: it rests on none."""
    if isinstance(verdict, Violated) and isinstance(verdict.trap, Trap):
        return verdict.trap, verdict.trace
    match proof_of(verdict):
        case Invariant() as invariant:
            return invariant, None
        case Ways(ways, invariant):
            return invariant, ways
        case _:
            return None


def _texts(proof: Invariant | Trap, reach: Reach | None, prop: Property, model: Model) -> dict[str, str]:
    """What solvers have to refute if an invariant is a proof of what is said of a property. Raises
    Uncertifiable, Inexpressible."""
    if prop.kind is PropertyKind.REACHABLE:
        prop = replace(prop, kind=PropertyKind.INVARIANT, formula=b.neg(prop.formula))
    system = model.system_of(prop)
    about = (f"scenario: {system.name}", f"property {prop.name}: {prop.text}")
    if reach is None:
        integers = isinstance(proof, Invariant) and proof.integers
        claim = Claim(about, unbounded(system, prop), prop, proof.conjuncts, integers)
    else:
        claim = reach_claim(about, system, prop, reach, proof.conjuncts)
    return to_ask(claim)
