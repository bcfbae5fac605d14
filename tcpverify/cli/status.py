"""One line on stderr that tells how far a long run has come, and is gone when it ends."""

from __future__ import annotations

import sys
from types import TracebackType

from tcpverify.cli.console import console, is_terminal, write
from tcpverify.limits import Limits, Progress

PATIENCE = 0.5
"""Seconds that an instance may take before anything is told of it."""


class Status:
    """Hears of the progress of engines and of results; writes only where stderr is a terminal."""

    def __init__(self, limits: Limits) -> None:
        self._clock = limits.clock
        self._visible = is_terminal(sys.stderr)
        self._width = console(sys.stderr).width - 1
        self._started = self._clock()
        self._decided = 0
        self._shown = False

    def progress(self, now: Progress) -> None:
        """An engine tells how far it is."""
        seconds = self._clock() - self._started
        if not self._visible or seconds < PATIENCE:
            return
        what = f"{now.states:,} states, depth {now.depth}" if now.states else f"unrolled {now.depth} steps"
        decided = f"{self._decided} decided; now " if self._decided else ""
        write(f"\r\x1b[K{f'{decided}{what}, {seconds:.0f} s'[: self._width]}", sys.stderr)
        self._shown = True

    def told(self, _: object = None) -> None:
        """Something is decided: what comes next has its own clock."""
        self.clear()
        self._decided += 1
        self._started = self._clock()

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
