"""The exhaustive search in machine code: every property decided in one exploration.

It visits what `explicit/search.py` visits and finds what that finds; which of equally short traces is
the canonical one is defined there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcpverify import memory
from tcpverify.explicit.conclusions import (
    LEAST_MEMORY_LEFT,
    Evidence,
    conclude,
    memory_is_short,
    so_far,
    too_many_states,
    too_much_memory,
)
from tcpverify.explicit.graph import ON_GRAPH, Stopped
from tcpverify.explicit.growth import sampled
from tcpverify.explicit.native import jit
from tcpverify.explicit.native.evidence import Finder, Sighting
from tcpverify.explicit.native.generate import generate
from tcpverify.explicit.native.instants import look_at_instants
from tcpverify.explicit.native.layout import Layout, layout
from tcpverify.explicit.native.slots import MOST_STATES
from tcpverify.explicit.native.space import End, Space
from tcpverify.explicit.native.traps import Traps, look_at_traps
from tcpverify.explicit.native.watching import DEADLOCK, Watch, watches
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Deadline, Limits, Progress, ProgressCallback
from tcpverify.verdict import Decision, Exhausted, Growth, Statistics, Zeno

if TYPE_CHECKING:
    from tcpverify.explicit.native.labels import Labels

PROGRESS_SECONDS = 0.2
MEMORY_CHECK_SECONDS = 0.5
SHARE_OF_MEMORY = 0.9
"""Of what the machine has left, how much a search may plan to use."""


def run(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback,
    *,
    exhaustive: bool = True,
    deadline: Deadline | None = None,
) -> Decision:
    """Visit every reachable state and decide every property, as `explicit.search.run` does. `deadline`: when
    to stop, if the time of the limits has begun before.

    Raises:
        TooWide: the states do not fit fixed words, or the numbers 64 bits.
        MemoryError: not even a small search fits into memory.
    """
    deadline = deadline or limits.deadline()
    packing, plan = layout(system), watches(properties)
    rules = generate(system, packing, plan, _labels(system, packing, properties))
    space = Space(rules, limits.workers(), _budget(limits), max_states=limits.states(MOST_STATES))
    try:
        search = _Search(Interpreter(system), packing, plan, space, limits, progress, deadline)
        search.to_the_end = exhaustive or any(p.kind in ON_GRAPH for p in properties)
        interrupted = False
        try:
            stopped = search.explore()
        except KeyboardInterrupt:
            stopped, interrupted = f"interrupted: {search.so_far()}", True
        return _decision(search, properties, stopped, interrupted)
    finally:
        space.close()


def _labels(system: System, packing: Layout, properties: Sequence[Property]) -> Labels | None:
    """How the transitions are labelled, where a response asks what they do."""
    if not any(p.kind is PropertyKind.RESPONSE for p in properties):
        return None
    from tcpverify.explicit.native.labels import Labels

    return Labels.of(system, packing)


def _budget(limits: Limits) -> int:
    """The bytes that a search may use, at least 1: what the caller allows, of what is left in any case.
    The compiler is loaded first: it takes some 40 MiB."""
    jit.target()
    left, used = memory.left(), memory.resident()
    most = (1 << 62) if left is None else max(0, int(left * SHARE_OF_MEMORY) - LEAST_MEMORY_LEFT)
    return max(1, most if limits.max_memory is None else min(most, limits.max_memory - (used or 0)))


@dataclass(slots=True)
class _Search:
    """The search under way. `seen`: of each watch the level at which it was first seen; `to_the_end`:
    it does not stop when each property has its trace; `decided`: it did; `reason`: why it was stopped, up
    to how far it came."""

    interpreter: Interpreter
    packing: Layout
    plan: Sequence[Watch]
    space: Space
    limits: Limits
    progress: ProgressCallback
    deadline: Deadline
    seen: dict[int, int] = field(default_factory=dict)
    reason: str | None = None
    decided: bool = False
    to_the_end: bool = True
    next_progress: float = 0.0
    next_memory_check: float = 0.0

    def explore(self) -> str | None:
        """Level by level to the end; the reason if a limit stopped it before."""
        now = self.limits.clock()
        self.next_progress, self.next_memory_check = now + PROGRESS_SECONDS, now + MEMORY_CHECK_SECONDS
        self.space.start([self.packing.pack(s) for s in self.interpreter.initial()])
        self._note(-1)
        end = End.COMPLETE if self.space.complete else End.LEVEL
        while end is End.LEVEL:
            if not self.to_the_end and self._settled():
                self.decided = True
                return f"every property is decided: {self.so_far()}"
            level = self.space.depth
            end = self.space.advance(self._keep_going)
            self._note(level)
        return self._why(end)

    def so_far(self) -> str:
        return so_far(self.space.depth, self.space.count)

    def _note(self, level: int) -> None:
        """What was seen while a level was expanded: over its steps, or in the states that they led to."""
        seen = self.space.seen()
        for byte, watch in enumerate(self.plan):
            if seen[byte]:
                self.seen.setdefault(byte, level + (watch.where == "state"))

    def _settled(self) -> bool:
        """Whether each property that can be decided by a trace has one."""
        wanted = {w.prop for w in self.plan if w.prop is not None}
        return wanted <= {w.prop for b in self.seen if (w := self.plan[b]).decides and w.where != "instant"}

    def _keep_going(self) -> bool:
        """Look at the clock, and now and then at the memory; tell the progress when it is time."""
        now = self.limits.clock()
        if now >= self.next_progress:
            self.next_progress = now + PROGRESS_SECONDS
            self._tell()
        if self.deadline.passed:
            self.reason = f"stopped at the limit of {self.limits.seconds:g} s: "
        elif now >= self.next_memory_check:
            self.next_memory_check = now + MEMORY_CHECK_SECONDS
            self.reason = memory_is_short(self.limits.max_memory, "")
        return self.reason is None

    def in_time(self) -> bool:
        """Whether there is time left for work on the finished space."""
        return not self.deadline.passed

    def look(self) -> None:
        """What long work on the finished space calls now and then; Stopped when it is to end."""
        if not self._keep_going():
            raise Stopped(f"{self.reason}{self.so_far()}")

    def _tell(self) -> None:
        space = self.space
        self.progress(
            Progress(space.count, space.transitions, max(0, space.depth), space.frontier, space.bytes_used)
        )

    def _why(self, end: End) -> str | None:
        """The reason for a search that is not complete."""
        match end:
            case End.COMPLETE | End.LEVEL:
                return None
            case End.STOPPED:
                return f"{self.reason}{self.so_far()}"
            case End.STATES if self.limits.max_states is not None:
                return too_many_states(self.limits.max_states, self.so_far())
            case End.MEMORY if self.limits.max_memory is not None:
                return too_much_memory(self.limits.max_memory, self.so_far())
            case End.MEMORY:
                return f"stopped for lack of memory: {self.so_far()}"
            case End.STATES | End.INDICES:
                return f"stopped because no more than 2^32 states can be numbered: {self.so_far()}"


def _decision(
    search: _Search, properties: Sequence[Property], stopped: str | None, interrupted: bool
) -> Decision:
    """The verdicts and what was seen; `stopped`: why the search is not complete."""
    space, interpreter, limits = search.space, search.interpreter, search.limits
    counts = Exhausted(space.count, space.transitions, max(0, space.depth))
    finder = Finder(interpreter, search.packing, space)
    sightings = {
        watch.prop: Sighting(watch, byte, level)
        for watch, byte, level in ((search.plan[b], b, level) for b, level in search.seen.items())
        if watch.prop is not None and watch.decides and watch.where != "instant"
    }
    found = finder.schedules(sightings)
    zeno: Zeno | None = None
    undecided: dict[int, str] = {}
    if stopped is None and interpreter.system.timed:
        instants = look_at_instants(finder, search.plan, search.seen)
        zeno, undecided = instants.zeno, instants.undecided
        found |= instants.locks
    traps = Traps()
    if stopped is None:
        traps = look_at_traps(finder, properties, search.in_time)
    found |= traps.ways
    undecided |= traps.undecided
    happened = {search.plan[byte].prop for byte in search.seen if not search.plan[byte].decides}
    if stopped is None and any(p.kind is PropertyKind.RESPONSE for p in properties):
        from tcpverify.explicit.native.responses import look_at_responses

        responses = look_at_responses(finder, properties, search.look, search.so_far())
        found |= responses.found
        undecided |= responses.undecided
        happened |= responses.happened
        interrupted |= responses.interrupted
    verdicts = {
        p.name: conclude(
            interpreter,
            Evidence(p, found.get(i), i in happened, undecided.get(i), traps.sizes.get(i)),
            counts,
            stopped,
        )
        for i, p in enumerate(properties)
    }
    statistics = Statistics(
        states=counts.states,
        transitions=counts.transitions,
        depth=counts.depth,
        complete=stopped is None,
        deadlocks=space.dead_ends,
        deadlock=search.seen.get(DEADLOCK),
        zeno=zeno,
        stopped=stopped,
        growth=_growth(finder) if limits.growth or (stopped is not None and not search.decided) else None,
    )
    return Decision(verdicts, statistics, *_reached(search), interrupted)


def _growth(finder: Finder) -> Growth | None:
    """What differs among states taken evenly from every level, the one that was broken off too; None if
    memory is too short to tell."""
    levels = [finder.ranges(level) for level in range(len(finder.space.levels) + 1)]
    try:
        return sampled(finder.interpreter.system, levels, finder.state)
    except MemoryError:
        return None


def _reached(search: _Search) -> tuple[frozenset[int], frozenset[tuple[str, str]]]:
    """The actions taken, and the states that endpoints were in."""
    system, seen = search.interpreter.system, search.space.seen()
    first = len(search.plan)
    taken = frozenset(i for i in range(len(system.actions)) if seen[first + i])
    first += len(system.actions)
    places = [(e.name, state) for e in system.endpoints for state in e.states]
    return taken, frozenset(place for i, place in enumerate(places) if seen[first + i])
