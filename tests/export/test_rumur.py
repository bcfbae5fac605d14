"""Rumur counts what we count, and finds violated what we find violated: on shipped checks, on models of
single features, and on random systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcpverify.export.languages import export
from tcpverify.ir.system import PropertyKind
from tests.export import peers, samples
from tests.export.shipped import ALL, ROOT, Case, cases, shared

_, CHECKS = shared()
RANDOM = 60 if ALL else 10
ACTIONS = 60
"""Systems of fewer actions take little time."""


@pytest.fixture(autouse=True)
def _installed() -> None:
    peers.needed("rumur", "cc")


def agrees(case: Case, folder: Path) -> None:
    """With the properties that hold it counts the whole system; those that do not, it sees violated: at
    once or, as it does not look beyond a violation, alone. (Of a large system that takes long: there it
    is asked for the invariants that hold, and SPIN for the rest.)"""
    quick = ALL or len(case.system.actions) < ACTIONS
    held = [p for p in case.properties if p.name not in case.violated]
    held = [p for p in held if quick or p.kind is PropertyKind.INVARIANT]
    found = peers.rumur(folder, export("murphi", case.about, case.system, held))
    assert (found.states, found.transitions) == (case.states, case.transitions)
    assert not found.violated
    wrong = [p for p in case.properties if p.name in case.violated]
    if wrong and quick:
        together = peers.rumur(folder, export("murphi", case.about, case.system, wrong))
        assert together.violated and together.violated <= case.violated
    if ALL:
        for prop in wrong:
            alone = peers.rumur(folder, export("murphi", case.about, case.system, [prop]))
            assert alone.violated == {prop.name}


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
    for case in found[1 :: 1 if ALL else 3]:
        agrees(case, tmp_path)


@pytest.mark.parametrize("index", range(RANDOM))
def test_random(index: int, tmp_path: Path) -> None:
    agrees(samples.random_case(index), tmp_path)
