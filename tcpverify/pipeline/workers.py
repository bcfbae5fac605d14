"""Processes that decide instances of specs for another, one at a time each."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import TypeAlias, cast

from tcpverify import memory
from tcpverify.diagnostics import Broken, Collector, Diagnostic
from tcpverify.isolate import ending
from tcpverify.limits import Progress
from tcpverify.pipeline.decide import Done, decide
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import Planned, Request, looked_at
from tcpverify.pipeline.transfer import NOT_SENT, Transfer
from tcpverify.records import record
from tcpverify.verdict import Unknown

TELLING_SECONDS = 0.1
"""Between two things that a worker tells of its progress."""

ENDING_SECONDS = 1.0
"""What a worker gets to end by itself."""


@record
class Task:
    """An instance (by its number) of one of the specs, and how many threads may work on it; `look`: it is
    only elaborated, for what is wrong with it, and kept until it is to be decided."""

    spec: int
    number: int
    planned: Planned
    threads: int
    look: bool = False


@record
class Looked:
    """What is wrong with an instance that was only elaborated, or odd."""

    problems: tuple[Diagnostic, ...]


@record
class Fault:
    """A fault of ours: what it is, and where it happened."""

    message: str
    traceback: str


@record
class Alone:
    """The instance is to be decided where nothing else runs: it wants more memory, or cannot be sent."""


@record
class BrokenOff:
    """The user interrupted it before there was anything to tell."""


@record
class Died:
    """The worker ended before it answered."""

    reason: str


Key: TypeAlias = tuple[int, int]
"""A spec and one of its instances, by their numbers."""

Answer: TypeAlias = Done | Looked | Fault | Alone | BrokenOff | Died


@record
class Share:
    """What every worker is told: the specs, the request, and the bytes that it may take besides what it holds
    at its start (None: not known)."""

    specs: tuple[Spec, ...]
    request: Request
    room: int | None


# --- Here --------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Worker:
    """A process, the pipe to it, and the task (by the caller's key) that it is at."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection
    task: Key | None = None


class Workers:
    """The processes at work. None is left when they are closed, nor when this process ends."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._context = context()
        self._transfer = Transfer(share.specs)
        self._lifeline, self._held = self._context.Pipe(duplex=False)
        self.all: list[Worker] = []

    @property
    def idle(self) -> list[Worker]:
        return [w for w in self.all if w.task is None]

    @property
    def busy(self) -> list[Worker]:
        return [w for w in self.all if w.task is not None]

    def start(self) -> Worker:
        """One more worker. Raises OSError where the system gives no more processes, or where it cannot be
        told what there is to do."""
        ours, theirs = self._context.Pipe()
        forked = isinstance(self._context, ForkContext)
        inherited = [ours, self._held, *(w.pipe for w in self.all)] if forked else []
        arguments = (theirs, self._lifeline, inherited, self._share)
        process = self._context.Process(target=_serve, args=arguments)  # no daemon: it has children
        try:
            with _no_interrupt():
                process.start()
        except NOT_SENT as problem:
            ours.close()
            raise OSError(str(problem)) from problem
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self.all.append(Worker(process, ours))
        return self.all[-1]

    def give(self, worker: Worker, key: Key, task: Task) -> bool:
        """Let an idle worker decide an instance; whether it still lives."""
        try:
            worker.pipe.send_bytes(self._transfer.dumps(replace(task, planned=_slim(task.planned))))
        except OSError:
            self._bury(worker)
            return False
        worker.task = key
        return True

    def hear(self, seconds: float) -> list[tuple[Key, Answer | Progress]]:
        """What the busy workers tell, each by the key of its task; wait for so long at most."""
        busy = {w.pipe: w for w in self.busy}
        told = []
        for pipe in wait(list(busy), seconds):
            worker = busy[cast(Connection, pipe)]
            key, answer = worker.task, self._answer(worker)
            assert key is not None
            if not isinstance(answer, Progress):
                worker.task = None
            told.append((key, answer))
        return told

    def _answer(self, worker: Worker) -> Answer | Progress:
        try:
            return cast("Answer | Progress", self._transfer.loads(worker.pipe.recv_bytes()))
        except (EOFError, OSError):
            return Died(f"its process died ({self._bury(worker)})")

    def _bury(self, worker: Worker) -> str:
        """Forget a worker that died; of what."""
        self.all.remove(worker)
        worker.process.join(ENDING_SECONDS)
        code = worker.process.exitcode
        _end(worker, 0.0)
        return ending(code)

    def interrupt(self) -> None:
        """Let the busy workers break off what they are at, and tell what they found."""
        for worker in self.busy:
            if worker.process.pid is not None and os.name == "posix":
                os.kill(worker.process.pid, signal.SIGINT)

    def close(self) -> None:
        """End all workers; those that are busy at once."""
        for worker in self.all:
            worker.pipe.close()
            if worker.task is not None:
                worker.process.kill()
        for worker in self.all:
            _end(worker, ENDING_SECONDS)
        self.all.clear()
        self._lifeline.close()
        self._held.close()


def _slim(p: Planned) -> Planned:
    """An instance without what is made anew, and without the other cells of a `find least`."""
    find = p.find if p.find is not None and len(p.find.cells) == 1 else None
    return replace(p, early=False, model=None, find=find)


def _end(worker: Worker, seconds: float) -> None:
    worker.process.join(seconds)
    worker.process.kill()
    worker.process.join()
    worker.process.close()
    worker.pipe.close()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Keep interrupts waiting, also for a process that is started here until it is ready for them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def can_fork() -> bool:
    """Whether workers can be forked: they have everything at once then. Only a process with a single
    thread forks safely."""
    tasks = Path("/proc/self/task")
    return sys.platform == "linux" and tasks.is_dir() and len(list(tasks.iterdir())) == 1


def context() -> ForkContext | SpawnContext:
    """How processes are started: forked where that is safe."""
    return multiprocessing.get_context("fork") if can_fork() else multiprocessing.get_context("spawn")


# --- There -------------------------------------------------------------------------------------------


class _Interrupt:
    """What an interrupt does to a worker: it breaks off the instance that is being decided, once, and
    nothing that is being told."""

    def __init__(self) -> None:
        self.deciding = False
        self.stopped = False
        self._raised = False

    def listen(self) -> None:
        """Hear of interrupts from now on."""
        signal.signal(signal.SIGINT, self)
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.stopped = True
        self.break_off()

    def break_off(self) -> None:
        """Raise KeyboardInterrupt if there was an interrupt that is not heeded yet."""
        if self.stopped and self.deciding and not self._raised:
            self._raised = True
            raise KeyboardInterrupt


class _Telling:
    """The progress callback of a worker."""

    def __init__(
        self, transfer: Transfer, pipe: Connection, interrupt: _Interrupt, clock: Callable[[], float]
    ) -> None:
        self._transfer, self._pipe, self._interrupt, self._clock = transfer, pipe, interrupt, clock
        self._next = 0.0

    def __call__(self, now: Progress) -> None:
        if self._clock() < self._next:
            return
        self._next = self._clock() + TELLING_SECONDS
        self._interrupt.deciding = False
        self._pipe.send_bytes(self._transfer.dumps(now))
        self._interrupt.deciding = True
        self._interrupt.break_off()


def _serve(pipe: Connection, lifeline: Connection, inherited: Sequence[Connection], share: Share) -> None:
    """The worker: decide what it is given until nobody gives any more."""
    for connection in inherited:
        connection.close()
    interrupt = _Interrupt()
    interrupt.listen()
    Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    gc.freeze()  # what is held by now stays
    transfer = Transfer(share.specs)
    models: dict[Key, Planned] = {}
    most = None if share.room is None else share.room + (memory.resident() or 0)
    request = replace(share.request, limits=replace(share.request.limits, max_memory=most))
    while True:
        try:
            task: Task = transfer.loads(pipe.recv_bytes())
            known = _remembered(models, task)
            if task.look:
                pipe.send_bytes(transfer.dumps(_looked(share, task, models)))
            else:
                pipe.send_bytes(_answered(share, request, known, transfer, interrupt, pipe))
        except (EOFError, OSError):
            return


def _looked(share: Share, task: Task, models: dict[Key, Planned]) -> Looked | Fault:
    """Elaborate an instance and keep the model."""
    collector = Collector()
    try:
        models[task.spec, task.number] = looked_at(share.specs[task.spec], task.planned, collector)
    except Exception as fault:
        return Fault(f"{type(fault).__name__}: {fault}", traceback.format_exc())
    return Looked(tuple(collector.diagnostics))


def _remembered(models: dict[Key, Planned], task: Task) -> Task:
    """The task with its model, if it was elaborated here; those of specs that are done with are forgotten."""
    for key in [key for key in models if key[0] < task.spec - 1]:
        del models[key]
    known = models.pop((task.spec, task.number), None)
    if known is None or known.model is None:
        return task
    return replace(task, planned=replace(task.planned, early=True, model=known.model, odd=known.odd))


def _end_with(lifeline: Connection) -> None:
    """End this process when the one that holds the other end does."""
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


def _answered(
    share: Share, request: Request, task: Task, transfer: Transfer, interrupt: _Interrupt, pipe: Connection
) -> bytes:
    """The answer to a task, as bytes."""
    here = replace(request, limits=replace(request.limits, threads=task.threads))
    telling = _Telling(transfer, pipe, interrupt, request.limits.clock)
    try:
        try:
            interrupt.deciding = True
            interrupt.break_off()
            done = decide(share.specs[task.spec], here, task.planned, telling)
        finally:
            interrupt.deciding = False
    except KeyboardInterrupt:
        return transfer.dumps(BrokenOff())
    except Broken as fault:
        return transfer.dumps(Fault(str(fault), traceback.format_exc()))
    if _is_short_of_memory(done):
        return transfer.dumps(Alone())
    try:
        return transfer.dumps(done)
    except NOT_SENT:
        return transfer.dumps(Alone())


def _is_short_of_memory(done: Done) -> bool:
    """Whether an instance was not decided because its process may not hold more."""
    for run in done.runs:
        seen = run.decision.statistics
        reasons = [v.reason for v in run.decision.verdicts.values() if isinstance(v, Unknown)]
        if any("memory" in why for why in (*reasons, (seen and seen.stopped) or "")):
            return True
    return False
