"""Functions run in a child process that is killed when it takes too long or too much."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Thread
from types import ModuleType
from typing import Any, TypeVar, cast

from tcpverify.records import record

Argument = TypeVar("Argument")
Result = TypeVar("Result")


@record
class Failure:
    """Why there is no result."""

    reason: str


def run_isolated(
    function: Callable[[Argument], Result],
    argument: Argument,
    seconds: float,
    megabytes: int | None = None,
) -> Result | Failure:
    """The result of a function in a child process, or why there is none: it raised, died, or took
    more than its time or memory. The function must be importable (not from a script), both values
    picklable."""
    try:
        child = _started(function, megabytes)
    except OSError as error:
        return _not_started(error)
    try:
        return cast("Result | Failure", child.answer(argument, seconds))
    finally:
        child.end()


def run_kept(
    function: Callable[[Argument], Result],
    argument: Argument,
    seconds: float,
    megabytes: int | None = None,
) -> Result | Failure:
    """The same in a child process that stays for the next call, unless it fails: to start one and to load
    a solver there takes longer than many questions do. It ends with this process."""
    key = (os.getpid(), function, megabytes)
    try:
        child = _waiting(key) or _started(function, megabytes, daemon=True)
    except OSError as error:
        return _not_started(error)
    found: Result | Failure = Failure("interrupted")
    try:
        found = child.answer(argument, seconds)
    finally:
        if isinstance(found, Failure) or key in _kept:
            child.end()
        else:
            _kept[key] = child
    return found


@dataclass(slots=True, eq=False)
class _Child:
    """A child process at work, and the pipe to it."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection

    def answer(self, argument: object, seconds: float) -> Any:
        """What its function says of an argument, or a Failure."""
        try:
            self.pipe.send(argument)
            if not self.pipe.poll(seconds):
                return Failure(f"it took more than {seconds:g} s")
            succeeded, value = self.pipe.recv()
            return value if succeeded else Failure(value)
        except (EOFError, OSError):
            self.process.join(1)
            return Failure(f"its process died ({ending(self.process.exitcode)})")

    def end(self) -> None:
        """Kill it."""
        self.pipe.close()
        self.process.kill()
        self.process.join()


_kept: dict[tuple[int, Callable[..., object], int | None], _Child] = {}
"""The children that wait for their next call, by the process that started them, their function and limit."""


def _waiting(key: tuple[int, Callable[..., object], int | None]) -> _Child | None:
    """The child that waits for a call, if it still lives."""
    child = _kept.pop(key, None)
    if child is not None and not child.process.is_alive():
        child.end()
        return None
    return child


def _started(function: Callable[..., object], megabytes: int | None, daemon: bool = False) -> _Child:
    """A new child. Raises OSError."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_serve, args=(theirs, function, megabytes), daemon=daemon)
    try:
        with _without_main():
            child.start()
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return _Child(child, ours)


def _not_started(error: OSError) -> Failure:
    return Failure(f"no process could be started: {error}")


@contextmanager
def _without_main() -> Iterator[None]:
    """A child does not run the script again that it was started from, which need not expect that."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None:
        return "unknown exit"
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _serve(pipe: Connection, function: Callable[[Any], object], megabytes: int | None) -> None:
    """The child: run the function on one argument after the other, and send back its results or what it
    raised."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    if megabytes is not None:
        _limit_memory(megabytes)
    while True:
        try:
            argument = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((True, function(argument)))
        except MemoryError:
            pipe.send((False, "it took too much memory"))
        except Exception as error:
            pipe.send((False, f"{type(error).__name__}: {error}"))


def _end_with_parent() -> None:
    """Nobody waits for the result any more."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limit_memory(megabytes: int) -> None:
    """Bound the data segment where the system can (not the address space, much of which a
    WebAssembly runtime only reserves)."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes << 20
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
