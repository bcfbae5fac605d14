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
    judge: Callable[[Result], tuple[Outcome, bool]],
    seconds: float,
    at_once: int,
    megabytes: int | None = None,
    grace: float = 0.0,
    head_start: float = HEAD_START,
) -> Outcome | Failure:
    """The first outcome that settles the question; where none does, that of the first runner. `judge`: what a
    result comes to, and whether that settles it.

    Each runs in a child process of its own (see `isolate.started`), at most `at_once` at a time: the next one
    once the one before has had its head start, or at once when one has ended without settling it. All of them
    are killed when this ends, in whatever way. `seconds` are for all together (the first one may take `grace`
    longer), `megabytes` for each.
    """
    clock = Limits().clock
    ends = clock() + seconds
    may_start = 0.0
    running: dict[int, Child[Result]] = {}
    first: Outcome | Failure = too_slow(seconds + grace)
    place = 0
    try:
        while running or place < len(runners):
            now, latest = clock(), ends + grace if 0 in running else ends
            if now >= latest:
                break
            free = place < len(runners) and len(running) < at_once
            if free and (not running or now >= may_start):
                child = started(*runners[place], megabytes)
                if isinstance(child, Child):
                    running[place], may_start = child, clock() + head_start
                elif place == 0:
                    first = child
                place += 1
                continue
            until = min(latest, may_start) if free else latest
            ready = wait([c.answers for c in running.values()], until - now)
            for i in [i for i, c in running.items() if c.answers in ready]:
                answer = running[i].answer()
                running.pop(i).end()
                outcome, settled = (answer, False) if isinstance(answer, Failure) else judge(answer)
                if settled:
                    return outcome
                if i == 0:
                    first = outcome
                may_start = 0.0
        return first
    finally:
        for child in running.values():
            child.end()
