"""Certificates over integers within their sorts: where positions and amounts are calculated with together."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from certify.certificates import PROOFS, Tampered
from tcpverify.certify.obligations import Claim, obligations
from tcpverify.certify.recheck import unrefuted
from tcpverify.ir.expr import FALSE
from tcpverify.limits import Limits
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.scene import scene
from tcpverify.smt.unbounded import Found, NotFound, Over, prove

SPEC, OVER = "blind_reset.tcpv", Path("blind_reset", "over-window_of_793")
STEP = "step-02-B-in-ESTABLISHED-step-guess.smt2"


@pytest.fixture
def guesses(tmp_path: Path) -> Tampered:
    return Tampered(tmp_path, OVER, SPEC)


def _lemma(t: Tampered, number: int) -> str:
    lines = (t.at / "invariant.tcpv").read_text().splitlines(keepends=True)
    return next(x for x in lines if x.startswith(f"property invariant_{number} "))


def _others(t: Tampered) -> None:
    """The files of the exact match under this one's name."""
    manifest = (t.at / "manifest.json").read_text()
    shutil.rmtree(t.at)
    shutil.copytree(PROOFS / "blind_reset" / "over-exact_match", t.at)
    (t.at / "manifest.json").write_text(manifest)


def _another_spec(t: Tampered) -> None:
    t.manifest(lambda m: m.update(spec="handshake_unbounded.tcpv"))
    shutil.copy(PROOFS.parent / "specs" / "handshake_unbounded.tcpv", t.specs)


def _fewer_guesses(t: Tampered) -> None:
    t.manifest(lambda m: m["params"].update(N="131071"))


MUTATIONS: list[tuple[str, Callable[[Tampered], object], str]] = [
    ("a clause dropped", lambda t: t.change("invariant.tcpv", _lemma(t, 2), ""), "not what the spec"),
    ("the sorts dropped", lambda t: t.change(STEP, "(<= |B.rcv_nxt| 4294967295)", "true"), STEP),
    (
        "a constant changed",
        lambda t: t.change("invariant.tcpv", "guesses <= 131072", "guesses <= 131073"),
        "not what the spec",
    ),
    ("a modulus changed", lambda t: t.change(STEP, "4294967296) 32768", "4294967295) 32768"), STEP),
    ("false slipped in", lambda t: t.change(STEP, "(check-sat)", "(assert false)\n(check-sat)"), STEP),
    ("another check's files", _others, "a run of something else"),
    ("another spec", _another_spec, ""),
    ("one guess fewer", _fewer_guesses, "it was made of another system"),
    ("bit-vectors", lambda t: t.manifest(lambda m: m.pop("numbers")), "not what the spec"),
]


@pytest.mark.parametrize(("what", "mutate", "why"), MUTATIONS, ids=[m[0] for m in MUTATIONS])
def test_mutated_certificates_are_refused(
    guesses: Tampered, what: str, mutate: Callable[[Tampered], object], why: str
) -> None:
    mutate(guesses)
    guesses.sign()
    found = guesses.problems()
    assert found, what
    assert why in found[0]


def test_an_untouched_copy_is_sound(guesses: Tampered) -> None:
    assert guesses.problems() == []


COUNTING = """
message M { n : seqno mod 16 }
role Left {
  var x : seqno mod 16
  var sent : 0..1000
  step more
  state S initial { on step more when sent < 8 { send M (n = x)  x := x + 2  sent := sent + 2 } }
}
role Right { var y : seqno mod 16  state U initial { on receive M as m { y := m.n } } }
network n { endpoint A : Left  endpoint B : Right  link A <-> B { reorder any } }
scenario go on n { }
property together : always A.x == A.sent
property early : always int(B.y) < 8
property few : always A.sent <= 9
property on_the_way : lemma in_flight(A -> B : M as m when int(m.n) >= 8) == 0
"""


def claim(name: str, *invariant: str) -> Claim:
    model = scene(load_text(COUNTING), "go", properties=[name, *invariant]).model
    by_name = {p.name: p.formula for p in model.properties}
    return Claim(("a test",), model.system, model.properties[0], tuple(by_name[n] for n in invariant), True)


def refuted(claim: Claim) -> bool:
    texts = {o.name: o.text for o in obligations(claim)}
    return not unrefuted(list(texts), texts)


def test_over_integers_both_solvers_see_it() -> None:
    assert refuted(claim("together", "together", "few"))
    assert refuted(claim("early", "early", "on_the_way", "together", "few"))


def test_what_is_no_invariant_is_none_over_integers_either() -> None:
    assert not refuted(claim("early", "early", "together", "few")), "a segment may carry more"
    assert not refuted(claim("together", "few"))
    about = claim("together", "together", "few")
    assert not refuted(replace(about, invariant=(*about.invariant, FALSE)))


def test_the_search_says_over_which_numbers() -> None:
    about = claim("early", "on_the_way", "together", "few")
    found = prove(about.system, about.prop, about.invariant, Limits(seconds=20).deadline())
    assert isinstance(found, Found) and found.integers
    assert refuted(replace(about, invariant=found.invariant))


def test_where_only_bit_vectors_are_wanted_integers_are_not_tried() -> None:
    about = claim("together", "few")
    found = prove(
        about.system, about.prop, about.invariant, Limits(seconds=1).deadline(), over=Over.BIT_VECTORS
    )
    assert isinstance(found, NotFound) or not found.integers
