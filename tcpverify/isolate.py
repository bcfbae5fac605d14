"""Functions run in a child process that is killed when it takes too long or too much."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread
from types import ModuleType
from typing import Generic, TypeVar, cast

from tcpverify.records import record

Argument = TypeVar("Argument")
Result = TypeVar("Result")


@record
class Failure:
    """Why there is no result."""

    reason: str


@record
class Child(Generic[Result]):
    """A child process that runs a function, and where its answer comes from."""

    process: BaseProcess
    answers: Connection

    def answer(self) -> Result | Failure:
        """What it answers; waits for that."""
        try:
            succeeded, value = self.answers.recv()
        except (EOFError, OSError):
            self.process.join(1)
            return Failure(f"its process died ({ending(self.process.exitcode)})")
        return cast(Result, value) if succeeded else Failure(value)

    def end(self) -> None:
        """Kill it, whatever it does."""
        self.answers.close()
        if self.process.pid is not None:
            self.process.kill()
            self.process.join()


def started(
    function: Callable[[Argument], Result],
    argument: Argument,
    megabytes: int | None = None,
    stays: bool = False,
) -> Child[Result] | Failure:
    """A child process that runs a function; whoever starts it ends it. The function must be importable (not
    from a script), both values picklable. `stays`: it waits for more arguments until this process ends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    arguments = (theirs, function, argument, megabytes, stays)
    process = context.Process(target=_serve, args=arguments, daemon=stays)
    child = Child[Result](process, ours)
    try:
        with _without_main():
            process.start()
    except OSError as error:
        child.end()
        return Failure(f"no process could be started: {error}")
    except BaseException:
        child.end()
        raise
    finally:
        theirs.close()
    return child


def run_isolated(
    function: Callable[[Argument], Result],
    argument: Argument,
    seconds: float,
    megabytes: int | None = None,
) -> Result | Failure:
    """The result of a function in a child process (see `started`), or why there is none: it raised, died, or
    took more than its time or memory."""
    child = started(function, argument, megabytes)
    if isinstance(child, Failure):
        return child
    try:
        return child.answer() if child.answers.poll(seconds) else too_slow(seconds)
    finally:
        child.end()


def too_slow(seconds: float) -> Failure:
    """That there was no result in time."""
    return Failure(f"it took more than {seconds:g} s")


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


def _serve(
    pipe: Connection,
    function: Callable[[Argument], Result],
    argument: Argument,
    megabytes: int | None,
    stays: bool,
) -> None:
    """The child: run the function and send back its result or what it raised."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    if megabytes is not None:
        _limit_memory(megabytes)
    _answer(pipe, function, argument)
    while stays:
        try:
            argument = pipe.recv()
        except EOFError:
            break
        _answer(pipe, function, argument)
    pipe.close()


def _answer(pipe: Connection, function: Callable[[Argument], Result], argument: Argument) -> None:
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
