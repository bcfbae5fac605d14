"""How far a long run has come, on stderr: one line that is gone when it ends, or JSON, one object a line."""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import Any, Literal

from tcpverify.cli.console import console, is_terminal, write
from tcpverify.cli.estimate import Estimate, Sample, estimate, extended, speed
from tcpverify.cli.sizes import binary_size
from tcpverify.limits import Limits, Progress
from tcpverify.verdict import Statistics

PATIENCE = 0.5
"""Seconds that an instance may take before a terminal is told anything of it."""

PAUSE = 0.1
"""Seconds at least between two things that are told."""

VERSION = 1
"""Of the JSON objects; it changes when a member is removed or changes its meaning."""

Mode = Literal["auto", "none", "jsonl"]
"""A line where stderr is a terminal; nothing; JSON wherever it goes."""


class Status:
    """Hears of the progress of engines and of results, and writes of it."""

    def __init__(self, limits: Limits, mode: Mode = "auto") -> None:
        self._clock = limits.clock
        self._json = mode == "jsonl"
        self._visible = mode == "auto" and is_terminal(sys.stderr)
        self._width = console(sys.stderr).width - 1 if self._visible else 0
        self._began = self._started = self._clock()
        self._history: tuple[Sample, ...] = ()
        self._decided = 0
        self._counted: Statistics | None = None
        self._shown = False

    def progress(self, now: Progress) -> None:
        """An engine tells how far it is."""
        seconds = self._clock() - self._started
        soon = bool(self._history) and seconds < self._history[-1].seconds + PAUSE
        if not (self._visible or self._json) or soon:
            return
        self._history = extended(self._history, Sample(seconds, now))
        if self._json:
            self._emit(progress_record(seconds, self._history, self._decided))
        elif seconds >= PATIENCE:
            decided = f"{self._decided} decided; now " if self._decided else ""
            write(f"\r\x1b[K{(decided + line(seconds, self._history))[: self._width]}", sys.stderr)
            self._shown = True

    def told(self, _: object = None) -> None:
        """Something is decided: what comes next has its own clock."""
        self.clear()
        self._decided += 1
        self._started, self._history = self._clock(), ()

    def counted(self, statistics: Statistics | None) -> None:
        """What an exploration counted in the end."""
        self._counted = statistics

    def clear(self) -> None:
        if self._shown:
            write("\r\x1b[K", sys.stderr)
            self._shown = False

    def __enter__(self) -> Status:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        self.clear()
        if self._json:
            self._emit(done_record(self._clock() - self._began, self._counted, self._decided))

    def _emit(self, event: dict[str, Any]) -> None:
        write(json.dumps(event) + "\n", sys.stderr)


# --- For people --------------------------------------------------------------------------------------


def line(seconds: float, history: tuple[Sample, ...]) -> str:
    """How far an engine is, for people; the symbolic one counts no states."""
    now = history[-1].progress
    if not now.states:
        return f"unrolled {now.depth} steps, {seconds:.0f} s"
    rate = speed(history)
    told = [
        f"{now.states:,} states",
        None if rate is None else f"{short(rate)}/s",
        f"depth {now.depth}",
        f"frontier {now.frontier:,}",
        binary_size(now.memory) if now.memory else None,
        remaining(estimate(history)),
    ]
    return ", ".join(part for part in told if part)


def short(count: float) -> str:
    """A number with two digits or three: `950`, `48 k`, `3.1 M`."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.1f} {unit}" if count < 10 * size else f"{count / size:.0f} {unit}"
    return f"{count:.0f}"


def remaining(found: Estimate) -> str | None:
    """An estimate in words; None if nothing is claimed."""
    if found is None or found == "growing":
        return None if found is None else "still growing"
    low, high = found
    unit, name = (1, "s") if high < 120 else (60, "min") if high < 7200 else (3600, "h")
    first, last = int(low / unit), max(1, round(high / unit + 0.5))
    return f"{first}-{last} {name} left" if first < last else f"{last} {name} left"


# --- For programs ------------------------------------------------------------------------------------


def progress_record(seconds: float, history: tuple[Sample, ...], decided: int) -> dict[str, Any]:
    """How far an engine is: `seconds` since the verdict before, `memory` in bytes (null: not known), `eta`
    in seconds, least and most."""
    now = history[-1].progress
    rate, left = speed(history), estimate(history)
    return {
        "event": "progress",
        "version": VERSION,
        "seconds": round(seconds, 3),
        "states": now.states,
        "transitions": now.transitions,
        "depth": now.depth,
        "frontier": now.frontier,
        "memory": now.memory or None,
        "states_per_second": None if rate is None else round(rate),
        "eta": [round(x, 1) for x in left] if isinstance(left, tuple) else left,
        "decided": decided,
    }


def done_record(seconds: float, counted: Statistics | None, decided: int) -> dict[str, Any]:
    """The last object: what was counted (null for `verify`), how many verdicts there are."""
    return {
        "event": "done",
        "version": VERSION,
        "seconds": round(seconds, 3),
        "states": None if counted is None else counted.states,
        "transitions": None if counted is None else counted.transitions,
        "depth": None if counted is None else counted.depth,
        "complete": None if counted is None else counted.complete,
        "decided": decided,
    }
