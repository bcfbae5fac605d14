"""No `holds` by an invariant is told before z3 and cvc5 have refuted what would make it wrong."""

from __future__ import annotations

from dataclasses import replace

from tcpverify.certify.network import Uncertifiable, unbounded
from tcpverify.certify.obligations import Claim, Inexpressible, obligations
from tcpverify.certify.recheck import unrefuted
from tcpverify.ir import build as b
from tcpverify.ir.system import Property, PropertyKind
from tcpverify.lang.elaborate import Model
from tcpverify.limits import Limits
from tcpverify.verdict import Decision, Invariant, Unknown, Verdict, proof_of


def certified(decision: Decision, model: Model, limits: Limits) -> Decision:
    """A decision in which every verdict whose evidence is an invariant is certified by both solvers; one
    that is not is unknown, with the reason."""
    verdicts = {
        p.name: _certified(decision.verdicts[p.name], p, model, limits)
        for p in model.properties
        if p.name in decision.verdicts
    }
    return replace(decision, verdicts={**decision.verdicts, **verdicts})


def _certified(verdict: Verdict, prop: Property, model: Model, limits: Limits) -> Verdict:
    found = proof_of(verdict)
    if not isinstance(found, Invariant):
        return verdict
    problem = _problem(found, prop, model, limits)
    return verdict if problem is None else Unknown(f"its proof was not certified: {problem}")


def _problem(found: Invariant, prop: Property, model: Model, limits: Limits) -> str | None:
    """Why an invariant is no proof of a property; None: it is one."""
    if prop.kind is PropertyKind.REACHABLE:
        prop = replace(prop, kind=PropertyKind.INVARIANT, formula=b.neg(prop.formula))
    system = model.system_of(prop)
    try:
        about = (f"scenario: {system.name}", f"property {prop.name}: {prop.text}")
        claim = Claim(about, unbounded(system, prop), prop, found.conjuncts)
        texts = {o.name: o.text for o in obligations(claim)}
    except (Uncertifiable, Inexpressible) as problem:
        return str(problem)
    wrong = unrefuted(list(texts), texts, limits.seconds)
    return wrong[0] if wrong else None
