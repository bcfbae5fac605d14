"""Instances of every check of the shipped specs: machine code sees and says just what the plain search
does, and its traces of responses are as short."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from math import ceil
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
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import Planned, Request, elaborated, plan
from tcpverify.verdict import Decision, Verdict, trace_of

SPECS = sorted((Path(__file__).parents[2] / "specs").rglob("*.tcpv"))
PARTS = 4
"""Each spec's instances are dealt to so many tests."""

INSTANCES = 3
"""Of a check with more instances some are left out, evenly: they differ in a parameter only."""

MOST_TRANSITIONS = 5_000
"""Larger instances are left out: the plain search, in Python, visits some ten thousand in a second."""

LARGER = {"simultaneous_open": 140_000}
"""Transitions of a spec all of whose instances are large: tables grow, and threads share the work."""


@lru_cache(maxsize=1)
def chosen(path: Path) -> tuple[Spec, list[Planned]]:
    """A spec and the instances to compare, of each check at most INSTANCES; its parts follow each other."""
    spec, found = load(path), []
    for _, group in groupby(plan(spec, Request(), Collector()), lambda p: p.instance.check):
        planned = list(group)
        found += planned[:: ceil(len(planned) / INSTANCES)]
    return spec, found


def parts(path: Path, part: int) -> list[tuple[str, System, tuple[Property, ...]]]:
    """The systems of a part of a spec's instances, each with the properties that are decided on it."""
    found = []
    spec, instances = chosen(path)
    for planned, model in elaborated(spec, instances[part::PARTS], Collector()):
        for system in dict.fromkeys((model.system, *model.watched.values())):
            properties = tuple(p for p in model.properties if model.system_of(p) is system)
            if refusal(system) is None:
                instance = planned.instance
                found.append((f"{instance.check.name.text} {instance.labels}", system, properties))
    return found


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_nothing_differs(path: Path, part: int) -> None:
    for name, system, properties in parts(path, part):
        quick = native.run(system, properties, Limits(threads=1 + part % 2), silent)
        assert quick.statistics is not None
        if quick.statistics.transitions > LARGER.get(path.stem, MOST_TRANSITIONS):
            continue
        plain = search.run(system, properties, Limits())
        both = [{p.name: told(p, d.verdicts[p.name]) for p in properties} for d in (quick, plain)]
        assert both[0] == both[1], name
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
