"""SPIN decides what we decide of what must come to pass: responses under fairness, as never claims, and
as formulas of which SPIN makes the claims."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tcpverify.diagnostics import Collector
from tcpverify.explicit.engine import run
from tcpverify.export import promela_runs as runs
from tcpverify.export.duties import too_many
from tcpverify.export.flatten import rules
from tcpverify.export.heading import About
from tcpverify.export.languages import export
from tcpverify.ir.expr import is_true
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Limits
from tcpverify.pipeline import load
from tcpverify.pipeline.plan import Request, elaborated, plan
from tcpverify.verdict import word
from tests.engines.corpus import SIZE, corpus
from tests.export import peers
from tests.export.shipped import ALL, FILES, ROOT

MOST_STATES = 40_000 if ALL else 2_000
RANDOM = SIZE if ALL else 10
MODELS = ("liveness", "liveness_families", "liveness_network", "liveness_timed")
FORMULA = 3 if ALL else 2
"""How heavy a formula may be of which SPIN is to make the claim: a weakly fair thing counts once, a strongly
fair one twice, what is to be kept once. A weight of 3 takes three seconds, what is heavier may take hours."""


@pytest.fixture(autouse=True)
def _installed() -> None:
    peers.needed("spin", "gcc")


def responses(path: Path) -> Iterator[tuple[str, System, Property]]:
    """Every response that a check asks for, in every instance."""
    spec, collector = load(path), Collector()
    for job, model in elaborated(spec, plan(spec, Request(), collector), collector):
        for prop in model.properties:
            if prop.kind is PropertyKind.RESPONSE:
                yield str(job), model.system_of(prop), prop


def violated(system: System, prop: Property) -> bool | None:
    """What we say; None: it is too large."""
    decision = run(system, (prop,), Limits(max_states=MOST_STATES))
    told = word(decision.verdicts[prop.name])
    assert told in ("holds", "vacuous", "violated", "unknown")
    return None if told == "unknown" else told == "violated"


def agrees(about: About, system: System, prop: Property, folder: Path) -> bool | None:
    """What both say of a response; None: it is not compared, as we find it too large, or its fairness has
    more to count than an export takes."""
    flat, ours = rules(system), violated(system, prop)
    if ours is None or too_many(system, flat, prop):
        return None
    text = export("promela", about, system, [prop])
    assert peers.spin_claim(folder, text) == ours, f"{about.scenario}: {prop.name}: not {ours}"
    claim = runs.claim(system, flat, prop, several(system))
    if sum(1 + duty.strong for duty in claim.duties) + (not is_true(prop.hold)) <= FORMULA:
        again = peers.spin_claim(folder, text, runs.formula(claim))
        assert again == ours, f"{about.scenario}: {prop.name}: not {ours} as a formula"
    return ours


def several(system: System) -> bool:
    return sum(1 for _ in Interpreter(system).initial()) > 1


@pytest.mark.parametrize("name", MODELS)
def test_models(name: str, tmp_path: Path) -> None:
    path = ROOT / "tests" / "models" / f"{name}.tcpv"
    asked = list(responses(path))[:: 1 if ALL else 5]
    told = [agrees(About(path.name, job), s, p, tmp_path) for job, s, p in asked]
    assert {True, False} <= set(told) if ALL else told and None not in told


@pytest.mark.parametrize("name", ["progress", "keepalive", "connection"])
def test_shipped(name: str, tmp_path: Path) -> None:
    path = next(f for f in FILES if f.stem == name)
    asked = list(responses(path))[:: 1 if ALL else 12]
    told = [agrees(About(path.name, job), s, p, tmp_path) for job, s, p in asked]
    assert None not in told or name == "connection"  # mid_response is too large


@pytest.mark.parametrize("index", range(RANDOM))
def test_random(index: int, tmp_path: Path) -> None:
    """All responses of a random system; one, another each time, unless ALL are wanted."""
    sample = corpus(SIZE)[index]
    asked = [p for p in sample.properties if p.kind is PropertyKind.RESPONSE]
    for prop in asked if ALL else [asked[index % len(asked)]]:
        agrees(About("random", f"seed {sample.seed}"), sample.system, prop, tmp_path)
