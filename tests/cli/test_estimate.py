"""Guesses at what is left of a search: true where the frontier behaves, silent where it does not."""

from __future__ import annotations

from itertools import accumulate
from math import exp

import pytest

from tcpverify.cli.estimate import Sample, estimate, extended, speed
from tcpverify.limits import Progress

RATE = 1000
"""States expanded a second in the searches below; each state has two transitions."""


def history(frontiers: list[int], depth: int) -> tuple[Sample, ...]:
    """What a search tells of itself when it begins each level up to `depth`."""
    found: tuple[Sample, ...] = ()
    stored = list(accumulate(frontiers))
    for d in range(depth + 1):
        expanded = stored[d] - frontiers[d]
        now = Progress(stored[d], 2 * expanded, d, frontiers[d])
        found = extended(found, Sample(expanded / RATE, now))
    return found


BELL = [round(20_000 * exp(-(((d - 20) / 8) ** 2))) + 1 for d in range(45)]


def test_nothing_is_claimed_at_first() -> None:
    assert estimate(()) is None
    assert estimate(history(BELL, 1)) is None


@pytest.mark.parametrize("depth", range(5, 20))
def test_growing_before_the_peak(depth: int) -> None:
    assert estimate(history(BELL, depth)) == "growing"


@pytest.mark.parametrize("depth", range(25, 36))
def test_the_range_after_the_peak_holds_what_is_left(depth: int) -> None:
    left = sum(BELL[depth:]) / RATE
    found = estimate(history(BELL, depth))
    assert isinstance(found, tuple)
    low, high = found
    assert low * 0.6 <= left <= high


@pytest.mark.parametrize("ratio", [0.3, 0.5, 0.8, 0.95])
def test_a_geometric_tail_is_met(ratio: float) -> None:
    frontiers = [round(1e9 * ratio**d) for d in range(400)]
    found = estimate(history(frontiers, 8))
    assert isinstance(found, tuple)
    assert found[0] <= 1.05 * sum(frontiers[8:]) / RATE
    assert sum(frontiers[8:]) / RATE <= 1.3 * found[1]


def test_nothing_is_claimed_of_a_frontier_that_goes_up_and_down() -> None:
    assert estimate(history([100, 90, 95, 80, 99, 70], 5)) is None


def test_nothing_is_claimed_of_a_flat_frontier() -> None:
    assert estimate(history([100] * 12, 11)) is None


def test_a_search_that_begins_again_has_a_new_history() -> None:
    old = history(BELL, 10)
    assert len(extended(old, Sample(9.0, Progress(5, 5, 0, 5)))) == 1


def test_the_history_stays_short() -> None:
    found: tuple[Sample, ...] = ()
    for i in range(10_000):
        found = extended(found, Sample(i / 5, Progress(i, i, i // 3, 10)))
    assert len(found) < 40


def test_speed_is_that_of_late() -> None:
    slow = [Sample(float(t), Progress(10 * t, 0, t, 1)) for t in range(10)]
    fast = [Sample(10.0 + t, Progress(100 + 1000 * t, 0, 10 + t, 1)) for t in range(10)]
    found: tuple[Sample, ...] = ()
    for sample in (*slow, *fast):
        found = extended(found, sample)
    assert speed(found) == pytest.approx(1000)
    assert speed(found[:1]) is None
