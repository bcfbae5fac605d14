"""Budgets and progress, handed to engines so that they never look at a clock of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

SYMBOLIC_SECONDS = 60.0
"""What the symbolic engine takes at most for an instance where nobody says: it would go on for as long as
it is let."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one engine call may use.

    `max_states` bounds the states an explicit search stores, `max_bound` the steps a symbolic
    engine unrolls, `seconds` the wall-clock time (None: unlimited), `clock` gives seconds;
    `proofs`: whether the symbolic engine looks for proofs besides traces;
    `max_memory` bounds the bytes that the process holds (None: what the machine can give).
    """

    max_states: int = 2_000_000
    max_bound: int = 24
    seconds: float | None = None
    clock: Callable[[], float] = field(default=time.monotonic, compare=False)
    max_memory: int | None = None
    proofs: bool = True

    def symbolic(self, seconds: float = SYMBOLIC_SECONDS) -> Limits:
        """These limits for the symbolic engine: with a time limit in any case."""
        return self if self.seconds is not None else replace(self, seconds=seconds)

    def deadline(self) -> Deadline:
        """Start the clock."""
        return Deadline(self.clock, None if self.seconds is None else self.clock() + self.seconds)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to stop: `at` on `clock`, or never."""

    clock: Callable[[], float]
    at: float | None

    @property
    def passed(self) -> bool:
        return self.at is not None and self.clock() >= self.at

    def left(self) -> float | None:
        """Seconds left (at least 0), or None without a limit."""
        return None if self.at is None else max(0.0, self.at - self.clock())


@dataclass(frozen=True, slots=True)
class Progress:
    """What an engine tells while it works; every number counts from the start of the call."""

    states: int
    transitions: int
    depth: int
    frontier: int


ProgressCallback = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """The progress callback that ignores everything."""
