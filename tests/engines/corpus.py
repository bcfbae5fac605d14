"""The random systems that the engines are compared on, with the truth about each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import islice
from random import Random

from tcpverify.ir.system import Property, Schedule, System
from tests.engines.landmarks import landmarks
from tests.engines.oracle import Oracle, TooLarge, Truth
from tests.engines.random_systems import random_system

SIZE = 44
LEAST, MOST = 8, 300
"""How many states a system of the corpus may have: smaller ones show little, larger ones take long."""


@dataclass(frozen=True)
class Sample:
    seed: int
    system: System
    properties: tuple[Property, ...]
    truth: Truth
    traces: dict[str, Schedule]
    """The canonical trace of each property that has one (left out where there are too many to look at)."""


def sample(seed: int, least: int = LEAST, most: int = MOST) -> Sample | None:
    """The system of a seed, if it has a fitting size."""
    system, properties = random_system(seed)
    try:
        oracle = Oracle(system, most)
    except TooLarge:
        return None
    if len(oracle.outcomes) < least:
        return None
    properties += landmarks(oracle, Random(seed))
    traces = {p.name: t for p in properties if (t := canonical(oracle, p)) is not None}
    return Sample(seed, system, properties, oracle.truth(properties), traces)


@cache
def corpus(size: int) -> tuple[Sample, ...]:
    """The first systems of a fitting size."""
    found = (s for seed in range(10_000) if (s := sample(seed)) is not None)
    return tuple(islice(found, size))


@cache
def small(size: int, most: int = 120) -> tuple[Sample, ...]:
    """The first ones of the corpus that are small enough for a symbolic engine to be quick."""
    return tuple(s for s in corpus(SIZE) if s.truth.states <= most)[:size]


def canonical(oracle: Oracle, prop: Property) -> Schedule | None:
    try:
        return oracle.canonical(prop, 1_500)
    except TooLarge:
        return None
