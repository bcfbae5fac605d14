"""The parametric systems of `tests/models/conditions.tcpv`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tcpverify.diagnostics import Collector
from tcpverify.ir.expr import Expr
from tcpverify.ir.parametric import Parametric
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.pipeline import load
from tcpverify.records import record

SPEC = Path(__file__).parent / "models" / "conditions.tcpv"


@record
class Asked:
    """A parametric system and a formula over its states."""

    timed: Parametric
    formula: Expr


def parametric(
    symbolic: tuple[str, ...], prop: str, params: Mapping[str, int] | None = None, scenario: str = "sending"
) -> Asked:
    """A scenario of the spec with these parameters left open, and one of its properties."""
    collector = Collector()
    given = {"T": 1, "L": 1, **(params or {})}
    request = Request(scenario, given, symbolic=symbolic)
    model = elaborate(load(SPEC).program, request, (prop,), collector)
    assert model is not None and model.timed is not None, collector.diagnostics
    return Asked(model.timed, model.properties[0].formula)
