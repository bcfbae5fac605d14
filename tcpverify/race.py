"""Several functions that answer one question, run beside each other until one of them settles it.

They are started one by one, each a little after the one before, so that a question that the first one
answers soon costs nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from typing import TypeVar

from tcpverify.isolate import Child, Failure, started, too_slow
from tcpverify.limits import Limits

Argument = TypeVar("Argument")
Result = TypeVar("Result")
Outcome = TypeVar("Outcome")

HEAD_START = 1.0
"""So many seconds is one waited for before the next is started beside it. Most proofs take less, and some
0.3 s of it is the start of the process."""


def race(
    runners: Sequence[tuple[Callable[[Argument], Result], Argument]],
    promises: Callable[[Result], bool],
    judge: Callable[[Result], tuple[Outcome, bool]],
    seconds: float,
    at_once: int,
    megabytes: int | None = None,
    grace: float = 0.0,
    head_start: float = HEAD_START,
) -> Outcome | Failure:
    """The first outcome that settles the question; where none does, that of the first runner. `judge`: what
    a result comes to, and whether that settles it. `promises`: whether it very likely will; the others are
    killed before it is judged then, and start anew if it does not.

    Each runs in a child process of its own (see `isolate.started`), at most `at_once` at a time: the next one
    once the one before has had its head start, or when none is running any more. All of them are killed when
    this ends, in whatever way. `seconds` are for all together (the first one may take `grace` longer),
    `megabytes` for each.
    """
    clock = Limits().clock
    ends, may_start = clock() + seconds, 0.0
    waiting = list(range(len(runners)))
    running: dict[int, Child[Result]] = {}
    first: Outcome | Failure = too_slow(seconds + grace)
    try:
        while running or waiting:
            now, latest = clock(), ends + grace if 0 in running else ends
            if now >= latest:
                break
            free = bool(waiting) and len(running) < at_once
            if free and (not running or now >= may_start):
                place = waiting.pop(0)
                child = started(*runners[place], megabytes)
                if isinstance(child, Child):
                    running[place], may_start = child, clock() + head_start
                elif place == 0:
                    first = child
                continue
            until = min(latest, may_start) if free else latest
            ready = wait([c.answers for c in running.values()], until - now)
            if not ready:
                continue
            place = min(i for i, c in running.items() if c.answers in ready)
            answer = running[place].answer()
            running.pop(place).end()
            outcome: Outcome | Failure
            if isinstance(answer, Failure):
                outcome, settled = answer, False
            else:
                if promises(answer):
                    waiting = sorted([*running, *waiting])
                    _end(running)
                outcome, settled = judge(answer)
            if settled:
                return outcome
            if place == 0:
                first = outcome
        return first
    finally:
        _end(running)


def _end(running: dict[int, Child[Result]]) -> None:
    """Kill those that run."""
    while running:
        running.popitem()[1].end()
