"""SPIN counts what we count, and finds violated what we find violated: on shipped checks, on models of
single features, and on random systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcpverify.export.heading import About
from tcpverify.export.languages import export
from tcpverify.ir.system import PropertyKind
from tcpverify.pipeline import load_text
from tcpverify.pipeline.scene import scene
from tests.export import peers, samples, shipped
from tests.export.shipped import ALL, ROOT, Case, cases, shared

CHECKS, _ = shared()
RANDOM = 60 if ALL else 10
ACTIONS = 60
"""Systems of fewer actions are asked for deadlocks too, which takes a verifier of their own."""


@pytest.fixture(autouse=True)
def _installed() -> None:
    peers.needed("spin", "gcc")


def agrees(case: Case, folder: Path) -> None:
    text, initial = export("promela", case.about, case.system, case.properties), case.initial
    found = peers.spin(folder, text, initial)
    assert (found.states, found.transitions) == (case.states, case.transitions)
    names = peers.names(text, case.properties)
    deadlock = {n for n, p in names.items() if p.kind is PropertyKind.DEADLOCK_FREE}
    violated = {n for n, p in names.items() if p.name in case.violated}
    assert found.violated == violated - deadlock
    if deadlock and (ALL or len(case.system.actions) < ACTIONS):
        stuck = peers.spin(folder, text, initial, deadlock=True)
        assert stuck.violated == violated & deadlock


@pytest.mark.parametrize(("file", "check"), CHECKS, ids=[f"{f.stem}-{c}" for f, c in CHECKS])
def test_shipped(file: Path, check: str, tmp_path: Path) -> None:
    found = list(cases(file, check))
    for case in found:
        agrees(case, tmp_path)
    if not found:
        pytest.skip("none of its systems is small enough")


@pytest.mark.parametrize("name", samples.MODELS)
def test_feature(name: str, tmp_path: Path) -> None:
    found = [c for check in samples.checks_of(name) for c in cases(ROOT / "tests" / "models" / name, check)]
    assert found
    for case in found[:: 1 if ALL else 3]:
        agrees(case, tmp_path)


@pytest.mark.parametrize("index", range(RANDOM))
def test_random(index: int, tmp_path: Path) -> None:
    agrees(samples.random_case(index), tmp_path)


def test_a_step_that_ends_in_a_loop(tmp_path: Path) -> None:
    """A tick that does nothing but age segments, and is the last thing in the text."""
    spec = load_text(
        "message M { }\n"
        "role Sender { step go  state OLD initial { on step go { send M  goto NEW } }  state NEW { } }\n"
        "role Receiver { state UP initial { on receive M ignore } }\n"
        "network one {\n"
        "  endpoint A : Sender  endpoint B : Receiver  link A <-> B { capacity 1  lifetime 1 }\n"
        "}\n"
        "scenario go on one { }\n"
    )
    system = scene(spec, "go").model.system
    found = shipped.case(About("one.tcpv", "go"), system, ())
    assert found is not None and found.transitions > 2
    agrees(found, tmp_path)
