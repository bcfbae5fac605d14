"""Every instance of the shipped specs: machine code sees and says exactly what the plain search does, and
its traces of responses are as short."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("llvmlite")

from tcpverify.diagnostics import Collector
from tcpverify.explicit import search
from tcpverify.explicit.native import search as native
from tcpverify.explicit.refusal import refusal
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Limits, silent
from tcpverify.pipeline import load
from tcpverify.pipeline.plan import Request, elaborated, plan
from tcpverify.verdict import Decision, Verdict, trace_of

SPECS = sorted((Path(__file__).parents[2] / "specs").rglob("*.tcpv"))
PARTS = 4
"""Each spec's instances are dealt to so many tests, so that they can run side by side."""

MOST_TRANSITIONS = {"rfc9293": 50_000}
"""Of larger instances of a spec the plain search, in Python, would take minutes: they are left out."""


def parts(path: Path) -> list[tuple[str, System, tuple[Property, ...]]]:
    """The systems of a spec's instances, each with the properties that are decided on it."""
    spec, collector, found = load(path), Collector(), []
    for planned, model in elaborated(spec, plan(spec, Request(), collector), collector):
        for system in dict.fromkeys((model.system, *model.watched.values())):
            properties = tuple(p for p in model.properties if model.system_of(p) is system)
            if refusal(system) is None:
                instance = planned.instance
                found.append((f"{instance.check.name.text} {instance.labels}", system, properties))
    return found


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_nothing_differs(path: Path, part: int) -> None:
    for name, system, properties in parts(path)[part::PARTS]:
        quick = native.run(system, properties, Limits(threads=1 + part % 2), silent)
        assert quick.statistics is not None
        if quick.statistics.transitions > MOST_TRANSITIONS.get(path.stem, quick.statistics.transitions):
            continue
        plain = search.run(system, properties, Limits())
        chosen = [{p.name: told(p, d.verdicts[p.name]) for p in properties} for d in (quick, plain)]
        assert chosen[0] == chosen[1], name
        assert (quick.taken, quick.visited) == (plain.taken, plain.visited), name
        assert counts(quick) == counts(plain), name


def told(prop: Property, verdict: Verdict) -> object:
    """A verdict, trace and all; of a response that fails the shape of its trace: there may be several."""
    trace = trace_of(verdict)
    if prop.kind is not PropertyKind.RESPONSE or trace is None:
        return verdict
    return type(verdict), len(trace), trace.loop is None


def counts(decision: Decision) -> tuple[object, ...]:
    seen = decision.statistics
    assert seen is not None and seen.complete
    return seen.states, seen.transitions, seen.depth, seen.deadlocks, seen.deadlock, seen.zeno is None
