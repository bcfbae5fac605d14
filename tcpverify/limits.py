"""Budgets and progress, handed to engines so that they never look at a clock of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import field, replace

from tcpverify.records import record

SYMBOLIC_SECONDS = 60.0
"""What the symbolic engine takes at most for an instance where nobody says: it would go on for as long as
it is let."""


@record
class Limits:
    """What one engine call may use.

    `max_states` bounds the states an explicit search stores (None: what memory and patience allow),
    `max_bound` the steps a symbolic engine unrolls, `seconds` the wall-clock time (None: unlimited),
    `clock` gives seconds; `proofs`: whether the symbolic engine looks for proofs besides traces;
    `max_memory` bounds the bytes that the process holds (None: what the machine can give); `threads`
    work at once on a wide search (None: as many as there are cores); `growth`: whether an exhaustive
    search tells what makes its states many even if nothing stopped it; `counts`: whether the number of
    states is asked for, and not only verdicts.
    """

    max_states: int | None = None
    max_bound: int = 24
    seconds: float | None = None
    clock: Callable[[], float] = field(default=time.monotonic, compare=False)
    max_memory: int | None = None
    proofs: bool = True
    threads: int | None = None
    growth: bool = False
    counts: bool = True

    def states(self, usual: int) -> int:
        """How many states may be stored, if usually so many."""
        return usual if self.max_states is None else self.max_states

    def workers(self) -> int:
        """How many threads may work at once."""
        return self.threads or _cores()

    def symbolic(self, seconds: float = SYMBOLIC_SECONDS) -> Limits:
        """These limits for the symbolic engine: with a time limit in any case."""
        return self if self.seconds is not None else replace(self, seconds=seconds)

    def deadline(self) -> Deadline:
        """Start the clock."""
        return Deadline(self.clock, None if self.seconds is None else self.clock() + self.seconds)


@record
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


@record
class Progress:
    """What an engine tells while it works; every number counts from the start of the call. `frontier`:
    the states of the level being expanded; `memory`: bytes that the states and what goes with them take
    (0: not known)."""

    states: int
    transitions: int
    depth: int
    frontier: int
    memory: int = 0


ProgressCallback = Callable[[Progress], None]


def _cores() -> int:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def silent(_: Progress) -> None:
    """The progress callback that ignores everything."""
