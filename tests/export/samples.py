"""Systems that use what the shipped specs do not: models of single features, and random systems."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import count, islice

from tcpverify.export.heading import About
from tcpverify.ir.system import Assumption, PropertyKind
from tcpverify.pipeline import load
from tests.engines.random_systems import random_system
from tests.export.shipped import ROOT, Case, case

MODELS = ("adversary_powers.tcpv", "assume_cut.tcpv", "monitor_events.tcpv", "time_timers.tcpv", "links.tcpv")

LEAST, MOST = 8, 2_000


def checks_of(name: str) -> list[str]:
    """The checks of a model of a feature."""
    return list(load(ROOT / "tests" / "models" / name).program.checks)


@cache
def random_case(index: int) -> Case:
    """The random system of an index: of a fitting size, and every third with an assumption."""
    return next(islice((c for seed in count() if (c := _case(seed)) is not None), index, None))


@cache
def _case(seed: int) -> Case | None:
    system, properties = random_system(seed)
    if seed % 3 == 0:
        formula = next(p.formula for p in properties if p.kind is PropertyKind.INVARIANT)
        system = replace(system, assumptions=(Assumption(formula, "it", None),))
    found = case(About("random", f"seed {seed}"), system, properties, MOST)
    return found if found is not None and found.states >= LEAST else None
