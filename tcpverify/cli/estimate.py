"""How long an exhaustive search may still take, from what it told so far: a range, or nothing.

Nobody knows how many states a model has before they are counted. In practice the number of new states of a
level (the frontier) grows, passes a peak and shrinks, so only while it shrinks steadily is anything
claimed, and even that is a guess: a frontier may grow again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log
from typing import Literal

from tcpverify.limits import Progress
from tcpverify.records import record

RECENT = 4
"""Levels whose frontiers are looked at."""

WINDOW = 3.0
"""Seconds over which the speed is taken."""

MOST_LEVELS = 100_000
"""The frontier is not followed further than this."""

WIDEST = 50.0
"""A range whose ends differ by more than this factor says nothing."""

Estimate = tuple[float, float] | Literal["growing"] | None
"""The least and the most seconds that are left; that frontiers still grow; or nothing is claimed."""


@record
class Sample:
    """What a search told after so many seconds."""

    seconds: float
    progress: Progress


def extended(history: tuple[Sample, ...], sample: Sample) -> tuple[Sample, ...]:
    """The history with one more sample. Of samples older than the window one a level is kept; a search
    that begins again (fewer states or less depth than before) has a new history."""
    now = sample.progress
    if history and (now.states < history[-1].progress.states or now.depth < history[-1].progress.depth):
        return (sample,)
    old = [s for s in history if s.seconds < sample.seconds - WINDOW]
    firsts = {s.progress.depth: s for s in reversed(old)}
    kept = sorted(firsts.values(), key=lambda s: s.progress.depth)[-2 * RECENT :]
    recent = [s for s in history if s.seconds >= sample.seconds - WINDOW]
    return (*kept, *recent, sample)


def speed(history: Sequence[Sample]) -> float | None:
    """States stored a second, lately; None if that cannot be told."""
    return _rate([(s.seconds, s.progress.states) for s in history])


def estimate(history: Sequence[Sample]) -> Estimate:
    """What is left of a search.

    The logarithm of the frontier falls by some slope from level to level. If the slopes of the recent
    levels are all negative, the rest of the search is at most the unexpanded level and a geometric series
    with the least steep of them; at least, a series with the steepest of them that steepens as they did.
    """
    levels = {s.progress.depth: s.progress.frontier for s in history if s.progress.frontier > 0}
    points = sorted(levels.items())[-RECENT:]
    if len(points) < RECENT:
        return None
    slopes = [(log(g) - log(f)) / (e - d) for (d, f), (e, g) in pairwise(points)]
    if all(slope > 0 for slope in slopes[-2:]):
        return "growing"
    expanded = _rate([(s.seconds, s.progress.transitions) for s in history])
    last = history[-1].progress
    if not all(slope < 0 for slope in slopes) or not expanded or not last.transitions:
        return None
    states_a_second = expanded / last.transitions * max(1, last.states - last.frontier)
    bend = min(0.0, (slopes[-1] - slopes[0]) / (points[-1][0] - points[0][0]))
    low = _following(last.frontier, min(slopes), bend) / states_a_second
    high = (last.frontier + _following(last.frontier, max(slopes), 0.0)) / states_a_second
    return None if high > WIDEST * max(low, 1.0) else (low, high)


def _following(frontier: float, slope: float, bend: float) -> float:
    """The states of the levels after one with this frontier; the slope changes by `bend` a level."""
    total = 0.0
    for _ in range(MOST_LEVELS):
        slope += bend
        frontier *= exp(slope)
        if frontier < 1:
            break
        total += frontier
    return total


def _rate(points: Sequence[tuple[float, int]]) -> float | None:
    """Growth a second over the window before the last point, or since the point before it."""
    if len(points) < 2:
        return None
    end, last = points[-1]
    begin, first = next((p for p in points[:-1] if p[0] >= end - WINDOW), points[-2])
    return (last - first) / (end - begin) if end > begin else None
