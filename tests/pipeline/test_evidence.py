"""Stored certificates beside what they are of: named with their digests, refused where they do not fit."""

from __future__ import annotations

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tcpverify.pipeline import Request, load, verify
from tcpverify.pipeline.evidence import about, certificates, others
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.scene import scene
from tcpverify.result import FindResult, Result
from tcpverify.verdict import Unknown

ROOT = Path(__file__).parents[2]
FOLDER = "proofs/handshake_unbounded/no_phantom"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with one spec and one of its certificates."""
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    shutil.copy(ROOT / "specs/handshake_unbounded.tcpv", "specs")
    shutil.copytree(ROOT / FOLDER, FOLDER)


def result() -> tuple[Spec, Result]:
    """The property of the certificate, as a run would tell of it that decided nothing."""
    spec = load(Path("specs/handshake_unbounded.tcpv"))
    found = scene(spec, "any_time", (), {}, ["no_phantom"])
    (prop,) = [p for p in found.model.properties if p.name == "no_phantom"]
    system = found.model.system_of(prop)
    verdict, params = Unknown("not asked"), tuple(found.request.params.items())
    return spec, Result(
        spec.name, "any", (), (), prop, system, "smt", verdict, None, False, (), None, 0.0, params
    )


def test_named_with_its_digest() -> None:
    spec, r = result()
    (found,) = about(spec, r, certificates(Path("proofs")))
    manifest = Path(FOLDER, "manifest.json").read_bytes()
    assert found.digest == sha256(manifest).hexdigest()
    assert found.files == len(list(Path(FOLDER).iterdir())) - 1
    assert found.command == f"tcpverify recheck {FOLDER} --specs specs"
    assert found.says == r.prop.text
    assert found.assumes
    assert found.wrong == ""


def test_a_changed_file() -> None:
    changed = next(Path(FOLDER).glob("*.smt2"))
    changed.write_text(changed.read_text() + "\n")
    spec, r = result()
    (found,) = about(spec, r, certificates(Path("proofs")))
    assert "not those that its manifest names" in found.wrong


def test_a_changed_spec() -> None:
    path = Path("specs/handshake_unbounded.tcpv")
    path.write_text(path.read_text().replace("timer rtx {", "ghost var another : bool\n    timer rtx {", 1))
    spec, r = result()
    (found,) = about(spec, r, certificates(Path("proofs")))
    assert "the spec has changed" in found.wrong


def test_of_something_else() -> None:
    """Not of another file, nor of another property; then it is told of as one that nothing asks for."""
    known = certificates(Path("proofs"))
    shutil.copy("specs/handshake_unbounded.tcpv", "specs/other.tcpv")
    spec = load(Path("specs/other.tcpv"))
    _, r = result()
    assert not about(spec, replace(r, file="specs/other.tcpv"), known)
    assert not about(spec, replace(r, prop=replace(r.prop, name="another")), known)
    assert not others("specs/other.tcpv", known, ())
    assert [c.folder for c in others("specs/handshake_unbounded.tcpv", known, ())] == [FOLDER]
    assert not others("specs/handshake_unbounded.tcpv", known, {FOLDER})


def test_no_folder() -> None:
    assert certificates(Path("nowhere")) == ()


def test_of_a_condition() -> None:
    """The certificate of an answer goes with the `find` of the same check and durations."""
    folder = "proofs/fin_again/answered-condition-two_msl-T-MSL"
    shutil.copytree(ROOT / folder, folder)
    shutil.copy(ROOT / "specs/fin_again.tcpv", "specs")
    spec = load(Path("specs/fin_again.tcpv"))
    outcome = verify(spec, Request(checks=("two_msl",)))
    known = certificates(Path("proofs"))
    finds = [r for r in outcome.results if isinstance(r, FindResult)]
    named = {r.prop.name: [c.folder for c in about(spec, r, known)] for r in finds}
    assert named == {"answered": [folder], "graceful": []}
