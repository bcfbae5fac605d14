"""What a certificate can be about: nothing that the ever-growing network decides otherwise."""

from __future__ import annotations

import pytest

from tcpverify.certify.network import Uncertifiable, assumptions, unbounded
from tcpverify.certify.obligations import Claim, obligations
from tcpverify.certify.recheck import unrefuted
from tcpverify.certify.witnesses import goals, runs, seen, step_files
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Expr
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import ActionKind, Property, System
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.scene import scene

SPEC = """
message M { flags : flags { LAST }  n : seqno mod 16 }
role Left {
  var x : seqno mod 16
  var big : 0..100
  step more, finish
  state S initial {
    on step more when big != 50 { big := big + 1  send M (n = x) }
    on step finish { send LAST (n = x)  goto T }
    on receive any ignore  on receive corrupt ignore
  }
  state T { on receive any ignore  on receive corrupt ignore }
}
role Right {
  var y : seqno mod 16
  call renew
  state U initial {
    on call renew { y := fresh }
    on receive LAST -> V
    on receive M as m { y := m.n }
    on receive corrupt ignore
  }
  state V { on receive any ignore  on receive corrupt ignore }
}
network bounded {
  endpoint A : Left
  endpoint B : Right
  link A <-> B { capacity 4  loss at most 1  duplicate at most 2  corrupt at most 1 }
}
network slow { endpoint A : Left  endpoint B : Right  link A <-> B { lifetime 3 } }
scenario go on bounded { B calls nothing }
scenario fresh_go on bounded { fresh B.y unused }
scenario assumed on bounded { assume in_flight(A -> B) <= 1 }
scenario aging on slow { }
monitor counting {
  state NONE initial { on A sends M when in_flight(A -> B : M as s when s.n == A.x) > 0 -> SOME }
  state SOME bad { }
}
monitor lost { state NONE initial { on lost M -> SOME }  state SOME bad { } }
property stopped : always B in V => A in T
property stays : always step A in T => (A in T)'
property small : always A.big <= 50
property too_small : always A.big <= 3
property none_lost : always step not event(lost M)
property any_sent : always step event(A sends M) => A in S
property busy : always in_flight(A -> B) > 0
property reach : reachable B in V
property alive : deadlock_free
property counted : monitor counting never bad
property no_loss : monitor lost never bad
"""


def case(scenario: str, name: str) -> tuple[System, Property]:
    found = scene(load_text(SPEC), scenario, properties=[name])
    prop = found.model.properties[0]
    return found.model.system_of(prop), prop


def claim(scenario: str, name: str, *invariant: Expr) -> Claim:
    system, prop = case(scenario, name)
    return Claim(("a test",), unbounded(system, prop), prop, invariant)


def refuted(claim: Claim) -> bool:
    texts = {o.name: o.text for o in obligations(claim)}
    return not unrefuted(list(texts), texts)


@pytest.mark.parametrize(
    ("scenario", "name", "why"),
    [
        ("go", "reach", "says nothing of `reachable`"),
        ("go", "alive", "says nothing of `deadlock_free`"),
        ("go", "no_overflow", "no channel is ever full"),
        ("go", "busy", "depends on what is in flight"),
        ("go", "counted", "depends on what is in flight"),
        ("assumed", "stopped", "depends on what is in flight"),
        ("aging", "stopped", "time passes"),
    ],
)
def test_what_does_not_carry_over_is_refused(scenario: str, name: str, why: str) -> None:
    system, prop = case(scenario, name)
    with pytest.raises(Uncertifiable, match=why):
        unbounded(system, prop)


def test_fresh_numbers_are_an_assumption() -> None:
    system, prop = case("fresh_go", "stopped")
    assert "B.y" in assumptions(unbounded(system, prop))[0]
    assert assumptions(unbounded(*case("go", "stopped"))) == ()


def test_steps_that_only_lose_count_for_properties_of_steps() -> None:
    """In the ever-growing network a loss changes nothing, yet `event(lost M)` speaks of it."""
    assert not refuted(claim("go", "none_lost"))
    assert refuted(claim("go", "any_sent"))
    kinds = {a.kind for a in claim("go", "none_lost").system.actions}
    assert {ActionKind.LOSE, ActionKind.DUPLICATE} <= kinds


def test_a_monitor_of_losses_keeps_them() -> None:
    assert not refuted(claim("go", "no_loss", case("go", "no_loss")[1].formula))


def test_invariants_that_prove_and_that_do_not() -> None:
    small, few = case("go", "small")[1].formula, case("go", "too_small")[1].formula
    assert refuted(claim("go", "small", small))
    assert not refuted(claim("go", "small"))
    assert not refuted(claim("go", "too_small", few)), "true at the start, but not kept"
    assert not refuted(claim("go", "too_small", small)), "kept, but it does not say enough"
    assert not refuted(claim("go", "small", small, b.neg(small))), "false at the start"
    assert refuted(claim("go", "stays", TRUE))


def test_errors() -> None:
    small = case("go", "small")[1].formula
    assert refuted(claim("go", "no_range_error", small))
    assert not refuted(claim("go", "no_range_error")), "from 100 it goes beyond"
    assert refuted(claim("go", "no_unhandled"))


def test_runs_and_relations_agree() -> None:
    about = claim("fresh_go", "stopped")
    found = runs(about.system, about.prop)
    shown = seen(Interpreter(about.system), about.prop, found)
    unseen = {g.name for g in goals(about.system, about.prop)} - shown
    assert all("B -> A" in name or "from B" in name or "unhandled" in name for name in unseen), unseen
    texts = {o.name: o.text for o in step_files(about, found)}
    assert unrefuted(list(texts), texts) == []


CHANGES = [("|state of Left.T|", "|state of Left.S|"), ("(+ |A.big| 1)", "(+ |A.big| 2)")]


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_relations_that_say_something_else_are_found(old: str, new: str) -> None:
    """What would be written by an encoder with a mistake in it."""
    about = claim("fresh_go", "stopped")
    files = step_files(about, runs(about.system, about.prop))
    wrong = {}
    for o in files:
        lines = [x.replace(old, new) if x.startswith("  ") else x for x in o.text.split("\n")]
        wrong[o.name] = "\n".join(lines)
    assert wrong != {o.name: o.text for o in files}
    assert unrefuted(list(wrong), wrong)
