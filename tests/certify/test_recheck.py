"""A certificate that anything was done to is refused; the one that is shipped is not."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certify.certificates import PROOFS, SPEC, SPECS, Tampered, tampered
from tcpverify.certify import solvers
from tcpverify.limits import Limits
from tcpverify.pipeline.proofs import recheck

__all__ = ["tampered"]

INIT, STEP, PROPERTY = "init.smt2", "step-01-A-in-CLOSED-call-open.smt2", "property.smt2"


@pytest.mark.parametrize("spec", ["handshake_unbounded", "handshake_traps", "isn_clock"])
def test_shipped_certificates_are_sound(spec: str) -> None:
    """Some of every kind; all of them the gate of CI checks."""
    found = list(recheck(PROOFS / spec, SPECS, Limits()))
    assert found
    for checked in found:
        assert not checked.problems, checked


def test_an_untouched_copy_is_sound(tampered: Tampered) -> None:
    assert tampered.problems() == []


def test_a_comment_in_the_spec_changes_nothing(tampered: Tampered) -> None:
    spec = tampered.specs / SPEC
    spec.write_text("# another comment\n" + spec.read_text())
    assert tampered.problems() == []


def _first_lemma(t: Tampered) -> str:
    return next(x for x in (t.at / "invariant.tcpv").read_text().splitlines() if x.startswith("property"))


def _drop_clause(t: Tampered) -> None:
    t.change("invariant.tcpv", _first_lemma(t) + "\n", "")


def _drop_from_files(t: Tampered) -> None:
    """Drop a conjunct of the invariant in every obligation alike."""
    for path in t.at.glob("*.smt2"):
        lines = path.read_text().splitlines(keepends=True)
        inv = next((i for i, x in enumerate(lines) if x.startswith("(define-fun inv")), None)
        if inv is not None:
            del lines[inv + 2]
            path.write_text("".join(lines))
    _drop_clause(t)


def _other_theorem(t: Tampered) -> None:
    """The files of another property under this one's name."""
    manifest = (t.at / "manifest.json").read_text()
    shutil.rmtree(t.at)
    shutil.copytree(PROOFS / "handshake_unbounded" / "no_unhandled", t.at)
    (t.at / "manifest.json").write_text(manifest)


def _weaken_spec(t: Tampered) -> None:
    spec = t.specs / SPEC
    text = spec.read_text()
    assert "when s.ack == iss + 1 and s.seq == irs + 1" in text
    spec.write_text(text.replace("when s.ack == iss + 1 and s.seq == irs + 1", "when s.ack == iss + 1", 1))


def _lemma(new: str) -> Callable[[Tampered], object]:
    """The first lemma with something done to it."""
    return lambda t: t.change("invariant.tcpv", _first_lemma(t), new.format(_first_lemma(t)))


def _in_manifest(edit: Callable[[dict[str, Any]], object]) -> Callable[[Tampered], object]:
    return lambda t: t.manifest(edit)


def _another_number(t: Tampered) -> None:
    path = t.at / "invariant.tcpv"
    text, changes = re.subn(r" ([+-]) 1\b", r" \1 3", path.read_text(), count=1)
    assert changes
    path.write_text(text)


def _slip_in_false(t: Tampered) -> None:
    t.change(INIT, "(check-sat)", "(assert false)\n(check-sat)")


MUTATIONS: list[tuple[str, Callable[[Tampered], object], str]] = [
    ("a clause dropped", _drop_clause, "not what the spec and the invariant give"),
    ("a clause dropped everywhere", _drop_from_files, ""),
    ("a constant changed", lambda t: t.change(PROPERTY, "confirmed.PHANTOM", "confirmed.YES"), PROPERTY),
    ("a number changed", _another_number, "not what the spec and the invariant give"),
    ("false slipped in", _slip_in_false, INIT),
    ("a false lemma", _lemma("{} and false"), "not what the spec and the invariant give"),
    ("a declaration in the invariant", _lemma("param x : bool = true\n{}"), "only lemmas"),
    ("an import in the invariant", _lemma('import "handshake.tcpv"\n{}'), "only lemmas"),
    ("a property in the invariant", _lemma("property no_phantom : lemma true\n{}"), "declared twice"),
    ("an extra file", lambda t: (t.at / "step-99.smt2").write_text("(check-sat)\n"), "no part of it"),
    ("a missing obligation", lambda t: (t.at / STEP).unlink(), "missing"),
    ("a missing run", lambda t: (t.at / "run-1.itf.json").unlink(), ""),
    ("all runs missing", lambda t: [p.unlink() for p in t.at.glob("run-*")], ""),
    ("a run changed", lambda t: t.change("run-1.itf.json", '"index": 0', '"index": 1'), ""),
    ("another theorem's files", _other_theorem, ""),
    ("an assumption left out", _in_manifest(lambda m: m["assumes"].pop()), "`assumes`"),
    ("another network", _in_manifest(lambda m: m.update(network="any")), "`network`"),
    ("another property", _in_manifest(lambda m: m.update(property="timer_of_syn")), ""),
    ("a lemma of its own", _in_manifest(lambda m: m.update(property="invariant_1")), "no property"),
    ("another instance", _in_manifest(lambda m: m["params"].update(kind="two_way")), ""),
    ("a spec elsewhere", _in_manifest(lambda m: m.update(spec="../x.tcpv")), "not in"),
    ("less unseen", _in_manifest(lambda m: m["not seen in any run"].pop()), "not seen"),
    ("another format", _in_manifest(lambda m: m.update(format="x")), "is not that of"),
    ("no JSON", lambda t: (t.at / "manifest.json").write_text("{"), "not JSON"),
    ("the spec weakened", _weaken_spec, "the spec has changed"),
    ("the spec gone", lambda t: (t.specs / SPEC).unlink(), "there is no `"),
]


@pytest.mark.parametrize(("what", "mutate", "why"), MUTATIONS, ids=[m[0] for m in MUTATIONS])
@pytest.mark.parametrize("signed", [False, True], ids=["", "and the digests forged"])
def test_mutated_certificates_are_refused(
    tampered: Tampered, what: str, mutate: Callable[[Tampered], object], why: str, signed: bool
) -> None:
    mutate(tampered)
    if signed and what not in ("another format", "no JSON"):
        tampered.sign()
    found = tampered.problems()
    assert found, what
    assert why in found[0]


def test_a_link_is_no_file(tampered: Tampered) -> None:
    path = tampered.at / INIT
    elsewhere = tampered.proofs / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert "no plain file" in tampered.problems()[0]


def test_runs_that_show_too_little_are_refused(tampered: Tampered) -> None:
    """Without runs, everything made to fit: what they would show is not hard to find."""
    from tcpverify.certify import folder, witnesses
    from tcpverify.certify.folder import read_manifest
    from tcpverify.pipeline.proofs import _read_back, claimed

    text = (tampered.at / "invariant.tcpv").read_text()
    theorem, _ = read_manifest((tampered.at / "manifest.json").read_text())
    system, prop, invariant = _read_back(theorem, tampered.specs / SPEC, tampered.specs, text)
    claim = claimed(theorem, system, prop, invariant)
    empty = folder.Certificate(theorem, system, claim, tuple(witnesses.runs(claim.system, prop)[-1:]))
    shutil.rmtree(tampered.at)
    tampered.at.mkdir()
    for name, content in folder.whole(empty, text, {}).items():
        (tampered.at / name).write_text(content)
    assert "not hard to find" in tampered.problems()[0]


def test_an_invariant_that_is_none_is_refused_by_both_solvers(tmp_path: Path) -> None:
    """Everything made anew from a spec and an invariant that is not inductive: only solvers can tell."""
    from tcpverify.certify.folder import Certificate, read_manifest, solver_files
    from tcpverify.certify.recheck import unrefuted
    from tcpverify.pipeline.proofs import _read_back, claimed

    copy = Tampered(tmp_path)
    theorem, _ = read_manifest((copy.at / "manifest.json").read_text())
    text = (copy.at / "invariant.tcpv").read_text()
    system, prop, invariant = _read_back(theorem, copy.specs / SPEC, copy.specs, text)
    fewer = claimed(theorem, system, prop, invariant[1:])
    texts = solver_files(Certificate(theorem, system, fewer, ()))
    found = unrefuted(list(texts), texts)
    assert any(f.startswith("z3 ") for f in found)
    assert any(f.startswith("cvc5 ") for f in found)


def test_without_cvc5_nothing_is_certified(tampered: Tampered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solvers, "find_spec", lambda name: None if name == "cvc5" else object())
    assert any("cvc5 is not installed" in p for p in tampered.problems())


def test_the_manifest_names_what_it_was_made_with() -> None:
    for path in PROOFS.rglob("manifest.json"):
        made = json.loads(path.read_text())["made with"]
        assert set(made["solvers"]) == {"z3", "cvc5"}
