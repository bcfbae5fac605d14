"""Timed runs as text: what happens, and when."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tcpverify.render import describe
from tcpverify.render.text import pad, wrap
from tcpverify.verdict import TimedTrace


def values(trace: TimedTrace) -> str:
    """The parameters of a run with their values."""
    return ", ".join(f"{name} = {value}" for name, value in trace.parameters)


def events(trace: TimedTrace) -> Iterator[tuple[Fraction, str]]:
    """Every step of a run in words, with its time."""
    system = trace.trace.system
    for at, step in zip(trace.times, trace.trace.steps, strict=True):
        yield at, describe.event(system, step)


def timed_run(trace: TimedTrace, width: int) -> list[str]:
    """A run as lines: the values of the parameters, then each step behind its time."""
    rows = [(str(at), event) for at, event in events(trace)]
    size = max((len(at) for at, _ in rows), default=0)
    lines = [f"with {values(trace)}"]
    for at, event in rows:
        first, *rest = wrap(event, max(8, width - size - 7))
        lines.append(f"  at {pad(at, size)}  {first}")
        lines += [" " * (size + 7) + line for line in rest]
    return lines
