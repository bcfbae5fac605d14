"""Child processes that stay for the next call: to start one and to load a solver there takes longer than
many questions do."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

from tcpverify.isolate import Child, Failure, started, too_slow

Argument = TypeVar("Argument")
Result = TypeVar("Result")

_Key: TypeAlias = tuple[int, Callable[..., object], int | None]
"""The process that started a child, the function that this runs, and its limit."""

_kept: dict[_Key, Child[Any]] = {}
"""The children that wait for a call."""


def run_kept(
    function: Callable[[Argument], Result],
    argument: Argument,
    seconds: float,
    megabytes: int | None = None,
) -> Result | Failure:
    """What `isolate.run_isolated` gives, from a child that stays unless it fails, and ends with this
    process."""
    key = (os.getpid(), function, megabytes)
    child = _asked(key, argument) or started(function, argument, megabytes, stays=True)
    if isinstance(child, Failure):
        return child
    found: Result | Failure = Failure("interrupted")
    try:
        found = cast("Result | Failure", child.answer()) if child.answers.poll(seconds) else too_slow(seconds)
    finally:
        if isinstance(found, Failure) or key in _kept:
            child.end()
        else:
            _kept[key] = child
    return found


def _asked(key: _Key, argument: object) -> Child[Any] | None:
    """The child that waits for a call, if it still lives, asked about an argument."""
    child = _kept.pop(key, None)
    if child is None:
        return None
    try:
        child.answers.send(argument)
    except BaseException as problem:
        child.end()
        if isinstance(problem, OSError):
            return None  # it died
        raise
    return child
