"""A verdict by an invariant is told only if both solvers agree."""

from __future__ import annotations

import pytest
from certify.test_network import SPEC

from tcpverify.certify import solvers
from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, Expr
from tcpverify.lang.elaborate import Model
from tcpverify.limits import Limits
from tcpverify.pipeline.certified import certified
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.scene import scene
from tcpverify.verdict import Bounded, Decision, Holds, Invariant, Unknown, Unreachable, Verdict


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
