"""A verdict by an invariant is told only if both solvers agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from certify.test_network import SPEC
from systems import token

from tcpverify.certify import recheck, solvers
from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, Expr
from tcpverify.ir.system import PropertyKind
from tcpverify.lang.elaborate import Model
from tcpverify.limits import Limits
from tcpverify.pipeline.certified import certified
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.scene import scene
from tcpverify.smt.engine import run
from tcpverify.verdict import Bounded, Decision, Holds, Induction, Invariant, Unknown, Unreachable, Verdict


def model(name: str) -> Model:
    return scene(load_text(SPEC), "go", properties=[name]).model


def decided(name: str, verdict: Verdict) -> Verdict:
    return certified(Decision({name: verdict, "other": Bounded(3)}), model(name), Limits()).verdicts[name]


def formula(name: str) -> Expr:
    return model(name).properties[0].formula


def test_a_proof_that_is_one() -> None:
    proof = Holds(Invariant((formula("small"),)))
    assert decided("small", proof) == proof


def test_a_proof_that_is_none() -> None:
    found = decided("too_small", Holds(Invariant((formula("too_small"),))))
    assert isinstance(found, Unknown)
    assert "not certified" in found.reason and "step-" in found.reason


def test_an_empty_proof_of_what_is_not_true() -> None:
    assert isinstance(decided("small", Holds(Invariant(()))), Unknown)
    assert isinstance(decided("small", Holds(Invariant((FALSE,)))), Unknown)


def test_what_does_not_carry_over() -> None:
    found = decided("busy", Holds(Invariant((formula("busy"),))))
    assert isinstance(found, Unknown) and "in flight" in found.reason


def test_unreachable() -> None:
    never = Unreachable(Invariant((b.neg(formula("reach")),)))
    assert isinstance(decided("reach", never), Unknown)


def test_other_verdicts_are_left_alone() -> None:
    assert decided("small", Bounded(2)) == Bounded(2)


def test_without_cvc5(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solvers, "find_spec", lambda name: None if name == "cvc5" else object())
    found = decided("small", Holds(Invariant((formula("small"),))))
    assert isinstance(found, Unknown) and "cvc5 is not installed" in found.reason


def test_all_proofs_are_asked_about_at_once_and_each_alone_if_one_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    both = recheck.ask_both

    def counted(texts: Sequence[str], seconds: float | None = None) -> list[solvers.Answers]:
        asked.append(len(texts))
        return both(texts, seconds)

    monkeypatch.setattr(recheck, "ask_both", counted)
    two = scene(load_text(SPEC), "go", properties=["small", "too_small"]).model
    small, large = (p.formula for p in two.properties)
    right = {"small": Holds(Invariant((small,))), "too_small": Holds(Invariant((FALSE,)))}
    found = certified(Decision(dict(right)), two, Limits()).verdicts
    assert found["small"] == right["small"] and isinstance(found["too_small"], Unknown)
    assert len(asked) == 3 and asked[0] == asked[1] + asked[2]
    again = replace(two.properties[0], name="again")
    same = replace(two, properties=(two.properties[0], again))
    asked.clear()
    sound = {"small": right["small"], "again": right["small"]}
    assert certified(Decision(dict(sound)), same, Limits()).verdicts == sound
    assert len(asked) == 1 and large != small


# --- k-induction -------------------------------------------------------------------------------------


def induction() -> Induction:
    """A proof of a small bounded system, as the engine gives it."""
    system, expectations = token(5)
    always = next(e.prop for e in expectations if e.word == "holds" and e.prop.kind is PropertyKind.INVARIANT)
    found = run(system, [always], Limits(max_bound=12)).verdicts[always.name]
    assert isinstance(found, Holds) and isinstance(found.evidence, Induction)
    return found.evidence


def test_both_solvers_look_again() -> None:
    proof = induction()
    shown = [about for about, _ in proof.obligations]
    assert shown[:2] == ["initial states are well formed", "steps lead to well-formed states"]
    assert any("initial state shows it" in about for about in shown)
    found = decided("small", Holds(proof))
    assert isinstance(found, Holds) and isinstance(found.evidence, Induction)
    assert (found.evidence.judges, found.evidence.obligations) == (("z3", "cvc5"), ())
    assert str(found.evidence).endswith(", checked by z3 and cvc5")


def test_an_obligation_with_a_model() -> None:
    forged = Induction(1, obligations=(("nothing", "(set-logic QF_BV)\n(assert true)\n(check-sat)\n"),))
    found = decided("small", Holds(forged))
    assert isinstance(found, Unknown) and "finds a model" in found.reason


def test_only_who_looked_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = induction()
    monkeypatch.setattr(solvers, "find_spec", lambda name: None if name == "cvc5" else object())
    found = decided("small", Holds(proof))
    assert isinstance(found, Holds) and isinstance(found.evidence, Induction)
    assert found.evidence.judges == ("z3",)
