"""The instances of several specs decided in order, in several processes where that pays."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from tcpverify import memory
from tcpverify.diagnostics import Broken, Collector, Diagnostic
from tcpverify.lang.elaborate.instance import merge
from tcpverify.limits import Limits, Progress, ProgressCallback
from tcpverify.pipeline.condition import sought
from tcpverify.pipeline.decide import Done, decide, lost, read, recalled
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import Planned, Request, looked_at, plan
from tcpverify.records import record

if TYPE_CHECKING:
    from tcpverify.pipeline.workers import Answer, Key, Worker, Workers

PATIENCE = 0.3
"""Seconds of work after which other processes are started: small specs are done sooner than these begin."""

MORE_PATIENCE = 2.0
"""The same where they cannot be forked, and have to load and read everything anew."""

LEAST_ROOM = 256 << 20
"""Bytes that a process must be able to take, or there are fewer of them."""

GRACE = 0.5
"""Seconds after an interrupt in which the workers end by themselves: a terminal interrupts them, too."""

LAST_GRACE = 5.0
"""Seconds in which they tell what they found after they were told to stop."""

LOOK_UP = 0.2
"""Seconds between two looks at whether the user interrupted."""


@record
class Plan:
    """What is to be run of a spec, and what is wrong with it as far as that is known then."""

    rows: tuple[Planned, ...]
    problems: tuple[Diagnostic, ...]


class Jobs:
    """Decides the instances of specs that are worked on together; a context that ends all processes.

    The answers come in the order of the instances, the same as from one process. An instance that wants more
    memory than its process may take is decided again where nothing else runs.
    """

    def __init__(self, specs: Sequence[Spec], request: Request, progress: ProgressCallback) -> None:
        self.specs, self.request = tuple(specs), request
        self.interrupted = False
        self._progress = progress
        self._clock = request.limits.clock
        self._began = self._clock()
        self._most = request.jobs
        self._plans: dict[int, Plan] = {}
        self._only_read: set[int] = set()
        self._workers: Workers | None = None
        self._coming: deque[Key] = deque()
        self._later: Iterator[Key] | None = None
        self._answers: dict[Key, Answer] = {}
        self._awaiting: Key | None = None
        self._looks: dict[Key, Planned] = {}
        self._held: dict[Key, Worker] = {}
        self._told: set[Key] = set()
        self._signal = _Signal()

    def __enter__(self) -> Jobs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        self._close()

    def planned(self, spec: int) -> Plan:
        """What is to be run of a spec (by its number)."""
        if spec not in self._plans:
            collector = Collector()
            asked, here = self.request, self.specs[spec]
            rows = plan(here, asked, collector, partial(self._look, spec))
            if not asked.unasked:
                conditions = sought(here, asked.checks, asked.properties, asked.params, collector)
                rows += [p for p in conditions if asked.decides(here, p.instance.check.name.text)]
            self._plans[spec] = Plan(tuple(rows), tuple(collector.diagnostics))
            if collector.failed:
                self.only_read(spec)
        return self._plans[spec]

    def only_read(self, spec: int) -> None:
        """Decide nothing more of a spec: its instances are only elaborated, for what is wrong with them."""
        self._only_read.add(spec)

    def ready(self, spec: int) -> bool:
        """Whether an instance of a spec is decided already."""
        return any(key[0] == spec for key in self._answers)

    def progress(self, told: Progress) -> None:
        """Tell how far a search has come that the caller makes. Raises KeyboardInterrupt if it is to end."""
        if self._signal.count:
            raise KeyboardInterrupt
        self._progress(told)

    def decided(self, spec: int) -> Iterator[tuple[Planned, Done]]:
        """The instances of a spec with what came of each. After an interrupt only those that something is
        known of. Raises Broken."""
        try:
            for n, p in enumerate(self.planned(spec).rows):
                done = self._done((spec, n), p)
                if done is not None:
                    self.interrupted |= done.interrupted
                    yield p, done
        finally:
            self.only_read(spec)

    # --- One instance -------------------------------------------------------------------------------

    def _done(self, key: Key, p: Planned) -> Done | None:
        """What came of an instance, without what was told of it before; None if the user interrupted it."""
        if key[0] in self._only_read and key not in self._answers:
            nothing = Done() if key in self._told else None
            return None if self.interrupted else nothing or read(self.specs[key[0]], p)
        done = self._found(key, p)
        return replace(done, problems=()) if done is not None and key in self._told else done

    def _found(self, key: Key, p: Planned) -> Done | None:
        if p.kept:
            return None if self.interrupted else self._kept(key, p)
        if self._later is None and self._pays(key):
            self._later = self._following(key)
        if self._later is None:
            return None if self.interrupted else self._here(key, p)
        answer = self._awaited(key)
        return None if answer is None else self._as_done(key, p, answer)

    def _as_done(self, key: Key, p: Planned, answer: Answer) -> Done | None:
        from tcpverify.pipeline.workers import Alone, BrokenOff, Died, Fault, Looked

        spec = self.specs[key[0]]
        match answer:
            case Done():
                return answer
            case Died(reason):
                return lost(spec, self.request, p, reason)
            case Fault(message, traceback):
                raise _broken(message, traceback)
            case Alone():
                self._finish(None)
                if self._signal.count:
                    self._stop()
                self._close()
                return None if self.interrupted else self._here(key, p)
            case BrokenOff() | Looked():
                return None

    def _kept(self, key: Key, p: Planned) -> Done:
        """What came of an instance in an earlier run; decided anew if that cannot be used."""
        found = recalled(self.specs[key[0]], self.request, p, self._progress)
        return self._here(key, p) if found is None else found

    def _here(self, key: Key, p: Planned) -> Done:
        return decide(self.specs[key[0]], self.request, p, self._progress)

    # --- Mistakes, before anything is decided ---------------------------------------------------------

    def _look(self, spec: int, rows: Sequence[Planned], collector: Collector) -> list[Planned]:
        """Elaborate what is to be looked at early of a spec, in the other processes once there are some: one
        that did it knows the model when the instance is decided."""
        early, looked = [n for n, p in enumerate(rows) if p.early], list(rows)
        while early and not (len(early) > 1 and self._may_share()):
            n = early.pop(0)
            looked[n] = looked_at(self.specs[spec], rows[n], collector)
            self._told.add((spec, n))
        for n, answer in zip(early, self._looks_of(spec, [(n, rows[n]) for n in early]), strict=True):
            looked[n] = self._as_looked((spec, n), rows[n], answer, collector)
        return looked

    def _as_looked(self, key: Key, p: Planned, answer: Answer | None, collector: Collector) -> Planned:
        from tcpverify.pipeline.workers import BrokenOff, Fault, Looked

        match answer:
            case Looked(problems):
                self._told.add(key)
                own = Collector()
                own.add(problems)
                merge(own, collector)
                return replace(p, early=False, odd=bool(problems))
            case Fault(message, traceback):
                raise _broken(message, traceback)
            case None | BrokenOff() if self.interrupted:
                return replace(p, early=False)
            case _:  # its process died, or there is none
                self._told.add(key)
                return looked_at(self.specs[key[0]], p, collector)

    def _looks_of(self, spec: int, rows: Sequence[tuple[int, Planned]]) -> list[Answer | None]:
        """What other processes say of some instances; None where the user interrupted them, or there are no
        such processes."""
        keys = [(spec, ~n) for n, _ in rows]
        self._looks = {(spec, ~n): p for n, p in rows}
        self._coming.extendleft(reversed(keys))
        while not self.interrupted and any(key not in self._answers for key in keys):
            self._give()
            if self._workers is None or not self._workers.busy:
                break
            self._hear(LOOK_UP)
            if self._signal.count:
                self._stop()
        self._coming = deque(key for key in self._coming if key not in self._looks)
        return [self._answers.pop(key, None) for key in keys]

    # --- Other processes ----------------------------------------------------------------------------

    def _may_share(self) -> bool:
        """Whether this takes long enough for other processes to be started, and there is room for them."""
        worked = self._clock() - self._began
        if self._most < 2 or self.interrupted or worked < PATIENCE:
            return False
        from tcpverify.pipeline.workers import can_fork

        if self._workers is None:
            if worked < MORE_PATIENCE and not can_fork():
                return False
            self._most = min(self._most, _room_for(self.request.limits, self._most))
        return self._most > 1

    def _pays(self, key: Key) -> bool:
        """Whether there is enough left to do for several processes."""
        if not self._may_share():
            return False
        following = self._following(key)
        return next(following, None) is not None and next(following, None) is not None

    def _following(self, key: Key) -> Iterator[Key]:
        """The instances from one on, of all specs."""
        for spec in range(key[0], len(self.specs)):
            rows = self.planned(spec).rows
            for n in range(key[1] if spec == key[0] else 0, len(rows)):
                if spec in self._only_read:
                    break
                if not rows[n].kept:
                    yield spec, n

    def _fill(self) -> None:
        """Know what comes next, for as many processes as there may be."""
        self._coming = deque(key for key in self._coming if key[0] not in self._only_read)
        while self._later is not None and len(self._coming) < 2 * self._most:
            key = next(self._later, None)
            if key is None:
                return
            self._coming.append(key)

    def _awaited(self, key: Key) -> Answer | None:
        """The answer to one, the others going on meanwhile; None if the user interrupted before it came."""
        from tcpverify.pipeline.workers import Alone

        self._awaiting = key
        while key not in self._answers:
            if self.interrupted:
                return None
            self._fill()
            busy = self._workers is not None and self._workers.busy
            if not busy and (self._most < 2 or list(self._coming) in ([key], [])):
                with suppress(ValueError):
                    self._coming.remove(key)
                return Alone()
            self._give()
            self._hear(LOOK_UP)
            if self._signal.count:
                self._stop()
        return self._answers.pop(key)

    def _give(self) -> None:
        """Let every process have something to do."""
        from tcpverify.pipeline.workers import Task

        while self._coming:
            workers = self._working()
            if workers is None:
                return
            worker, key = self._next(workers)
            look, number = key[1] < 0, max(key[1], ~key[1])
            p = self._looks[key] if look else self.planned(key[0]).rows[number]
            running = min(self._most, len(workers.busy) + len(self._coming))
            threads = max(1, self.request.limits.workers() // running)
            if workers.give(worker, key, Task(key[0], number, p, threads, look)):
                self._coming.remove(key)
                if look:
                    self._held[key[0], number] = worker

    def _next(self, workers: Workers) -> tuple[Worker, Key]:
        """An idle worker and what it is to do: what comes next, unless a busy one knows its model and there
        is something else to do."""
        for key in self._coming:
            holder = self._held.get(key)
            if holder in workers.idle:
                return holder, key
            if holder not in workers.busy:
                return workers.idle[0], key
        return workers.idle[0], self._coming[0]

    def _working(self) -> Workers | None:
        """The workers, one of them idle; None if all that there may be are busy."""
        if self._workers is None:
            self._workers = self._started()
        if self._workers.idle:
            return self._workers
        if len(self._workers.all) >= self._most:
            return None
        try:
            self._workers.start()
        except OSError:
            self._most = len(self._workers.all)  # the system gives no more, or they cannot be told what to do
            return None
        return self._workers

    def _started(self) -> Workers:
        from tcpverify.pipeline.workers import Share, Workers

        self._signal.catch()
        room = _room(self.request.limits)
        return Workers(Share(self.specs, self.request, None if room is None else room // self._most))

    def _hear(self, seconds: float) -> None:
        if self._workers is None:
            return
        for key, told in self._workers.hear(seconds):
            if not isinstance(told, Progress):
                self._answers[key] = told
            elif key == self._awaiting:
                self._progress(told)

    def _finish(self, seconds: float | None) -> None:
        """Let the busy ones come to an end, for so long at most; give up at a (second) interrupt."""
        started, interrupts = self._clock(), self._signal.count
        while self._workers is not None and self._workers.busy and self._signal.count == interrupts:
            if seconds is not None and self._clock() - started >= seconds:
                return
            self._hear(LOOK_UP)

    def _stop(self) -> None:
        """The user interrupted: what is found by now is kept."""
        self.interrupted = True
        self._finish(GRACE)
        if self._workers is not None:
            self._workers.interrupt()
        self._finish(LAST_GRACE)
        self._close()

    def _close(self) -> None:
        if self._workers is not None:
            self._workers.close()
            self._workers = None
        self._signal.release()


def _broken(message: str, traceback: str) -> Broken:
    """A fault of ours that happened in another process."""
    fault = Broken(message)
    fault.add_note(traceback)
    return fault


class _Signal:
    """Interrupts, counted while they are caught."""

    def __init__(self) -> None:
        self.count = 0
        self._before: Any = None
        self._caught = False

    def catch(self) -> None:
        """Count interrupts instead of raising KeyboardInterrupt, in the main thread."""
        if not self._caught and threading.current_thread() is threading.main_thread():
            self._before, self._caught = signal.signal(signal.SIGINT, self._heard), True

    def release(self) -> None:
        if self._caught:
            signal.signal(signal.SIGINT, self._before)
            self._caught = False

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1


def _room(limits: Limits) -> int | None:
    """The bytes that all processes together may take besides what this one holds; None: not known."""
    left, used = memory.left(), memory.resident() or 0
    rooms = [None if left is None else left * 4 // 5, limits.max_memory and limits.max_memory - used]
    return min((max(0, room) for room in rooms if room is not None), default=None)


def _room_for(limits: Limits, most: int) -> int:
    """How many processes there is memory for."""
    room = _room(limits)
    return most if room is None else min(most, room // LEAST_ROOM)
