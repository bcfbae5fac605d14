"""One function over many small pieces of the same work, in several processes, answers in order."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import parent_process
from threading import Thread
from typing import Any, TypeVar

from tcpverify.pipeline.workers import context

Work = TypeVar("Work")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Here:
    """What a process was told at its start."""

    work: Any = None
    function: Any = None


_here = _Here()


def each(
    work: Work, function: Callable[[Work, int], Answer], pieces: Sequence[int], jobs: int
) -> Iterator[Answer]:
    """`function(work, piece)` of each piece, in order; function and work must be picklable where processes
    cannot be forked. No process outlives this one. Raises BrokenProcessPool if one dies."""
    jobs = min(jobs, len(pieces))
    if jobs < 2:
        yield from (function(work, piece) for piece in pieces)
        return
    pool = ProcessPoolExecutor(jobs, context(), _begin, (work, function))
    try:
        yield from pool.map(_one, pieces)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(work: object, function: object) -> None:
    """A process begins: it ends at an interrupt, and with the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _here.work, _here.function = work, function
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _one(piece: int) -> Any:
    return _here.function(_here.work, piece)
