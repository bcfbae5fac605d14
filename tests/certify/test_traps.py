"""Certificates of what can, or cannot, always be reached: nothing may be done to them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from certify.certificates import PROOFS, SPECS, Tampered
from tcpverify.certify import folder
from tcpverify.certify.folder import TRAP, WAYS, read_manifest
from tcpverify.certify.reach import stored_reach
from tcpverify.certify.recheck import certificate_of, unrefuted
from tcpverify.certify.witnesses import runs
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Schedule
from tcpverify.pipeline.proofs import _read_back
from tcpverify.trace import Trace, replay

SPEC = "handshake_traps.tcpv"
REFUTED, PROVED = "recovers-two_way", "recovers-three_way_hears"


class Copied(Tampered):
    """A copy of one of the certificates of the handshake's traps, and of its spec."""

    def __init__(self, where: Path, name: str) -> None:
        self.proofs, self.specs = where / "proofs", where / "specs"
        self.at = self.proofs / "handshake_traps" / name
        shutil.copytree(PROOFS / "handshake_traps" / name, self.at)
        self.specs.mkdir()
        shutil.copy(SPECS / SPEC, self.specs / SPEC)


Edit = Callable[[Copied], object]


def _spec(old: str, new: str) -> Edit:
    def edit(c: Copied) -> None:
        path = c.specs / SPEC
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    return edit


def _shorter(c: Copied) -> None:
    """Leave out the last step of the run into the trap."""
    document = json.loads((c.at / TRAP).read_text())
    document["#meta"]["tcpverify"]["schedule"]["steps"].pop()
    document["states"].pop()
    (c.at / TRAP).write_text(json.dumps(document, indent=1) + "\n")


def _without_ways(c: Copied) -> None:
    (c.at / WAYS).write_text("[]\n")


def _one_way_less(c: Copied) -> None:
    ways = json.loads((c.at / WAYS).read_text())
    (c.at / WAYS).write_text(json.dumps(ways[1:], indent=1) + "\n")


def _goal(c: Copied) -> None:
    c.change("property.smt2", "state of Client.ESTABLISHED", "state of Client.GONE")


CASES: list[tuple[str, str, Edit, str]] = [
    (REFUTED, "no run", lambda c: (c.at / TRAP).unlink(), "one of"),
    (REFUTED, "ways too", lambda c: shutil.copy(c.at / "manifest.json", c.at / WAYS), "one of"),
    (REFUTED, "a run to elsewhere", _shorter, "not what the spec and the invariant give"),
    (REFUTED, "another run", lambda c: c.change(TRAP, '"index": 0', '"index": 1'), ""),
    (REFUTED, "said to hold", lambda c: c.manifest(lambda m: m.pop("shows")), "`shows`"),
    (REFUTED, "another network", lambda c: c.manifest(lambda m: m.update(network="any")), "`network`"),
    (REFUTED, "another goal", _goal, "property.smt2"),
    (REFUTED, "a conjunct less", lambda c: c.change("invariant.tcpv", "not A in CLOSED", "true"), "not what"),
    (REFUTED, "another spec", _spec("on call leave -> GONE", "on call leave -> CLOSED"), "has changed"),
    (PROVED, "no ways", lambda c: (c.at / WAYS).unlink(), "one of"),
    (PROVED, "ways to nowhere", _without_ways, "not what the spec and the invariant give"),
    (PROVED, "a way less", _one_way_less, "not what the spec and the invariant give"),
    (PROVED, "another way", lambda c: c.change(WAYS, '"index": ', '"index": 1'), ""),
    (PROVED, "a way that is none", lambda c: c.change(WAYS, '"takes": null', '"takes": [7, 7]'), ""),
    (PROVED, "no numbers", lambda c: c.change(WAYS, '"index": ', '"index": true, "i": '), "holds no ways"),
    (PROVED, "no list", lambda c: (c.at / WAYS).write_text("{"), "holds no ways"),
    (PROVED, "said to fail", lambda c: c.manifest(lambda m: m.update(shows="violated")), "`shows`"),
]


@pytest.mark.parametrize(("name", "what", "edit", "why"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES])
@pytest.mark.parametrize("signed", [False, True], ids=["", "and the digests forged"])
def test_what_was_tampered_with_is_refused(
    tmp_path: Path, name: str, what: str, edit: Edit, why: str, signed: bool
) -> None:
    copy = Copied(tmp_path, name)
    edit(copy)
    if signed:
        copy.sign()
    found = copy.problems()
    assert found, what
    assert why in found[0]


@pytest.mark.parametrize("name", [REFUTED, PROVED])
def test_an_untouched_copy_is_sound(tmp_path: Path, name: str) -> None:
    assert Copied(tmp_path, name).problems() == []


def _remade(copy: Copied, steps: int | None = None, ways: slice | None = None) -> list[str]:
    """What the solvers do not refute if all files are made anew from a shorter run or fewer ways."""
    stored = {p.name: p.read_text() for p in copy.at.iterdir()}
    theorem, _ = read_manifest(stored["manifest.json"])
    system, prop, invariant = _read_back(theorem, copy.specs / SPEC, copy.specs, stored["invariant.tcpv"])
    reach = stored_reach(stored, theorem, system)
    if isinstance(reach, Trace):
        reach = replay(Interpreter(system), Schedule(reach.initial, reach.schedule.steps[:steps]))
    elif ways is not None:
        reach = reach[ways]
    made = certificate_of(theorem, system, prop, invariant, reach)
    claim = made.seen_in
    texts = folder.solver_files(replace(made, runs=tuple(runs(claim.system, claim.prop)[-1:])))
    return unrefuted(list(texts), texts)


def test_a_run_that_does_not_end_in_the_trap_is_refused_by_both_solvers(tmp_path: Path) -> None:
    copy = Copied(tmp_path, REFUTED)
    assert _remade(copy) == []
    found = _remade(copy, -1)
    assert [p.partition(" ")[0] for p in found] == ["z3", "cvc5"]
    assert all("`init.smt2`" in p for p in found)


def test_ways_that_do_not_cover_are_refused_by_both_solvers(tmp_path: Path) -> None:
    copy = Copied(tmp_path, PROVED)
    assert _remade(copy) == []
    found = _remade(copy, ways=slice(1))
    assert [p.partition(" ")[0] for p in found] == ["z3", "cvc5"]
    assert all("`property.smt2`" in p for p in found)
