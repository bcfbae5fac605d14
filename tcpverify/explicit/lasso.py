"""Lassos: a way to a request that stays open, and what is done for ever after, fair and short.

Of all fair lassos the one found has the fewest steps, stem and loop together, as long as the search for
shorter loops has not used up its patience (`MOST_LOOKED_AT`); then it is one that a greedy walk gave.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeAlias

from tcpverify.explicit.fair import Duties
from tcpverify.explicit.graph import NODES_PER_LOOK, Graph
from tcpverify.explicit.ways import M, Ways
from tcpverify.ir.system import Schedule, Step
from tcpverify.records import record
from tcpverify.trace import NotARun

MOST_LOOKED_AT = 100_000
"""Nodes that are looked at for a shorter loop than the first."""


@dataclass(slots=True)
class Request:
    """What is asked for in a graph, by node. `asks` None: every run asks once, in its initial state."""

    graph: Graph
    asks: bytearray | None
    answers: bytearray
    initial: Sequence[int]
    is_fault: Sequence[bool]

    def opens(self, node: int) -> bool:
        """Whether a request is open in a node if none was before."""
        return bool(self.asks is not None and self.asks[node] and not self.answers[node])

    def begins(self) -> bytearray:
        """Of each node whether a request may open in it."""
        if self.asks is not None:
            return bytearray(a and not b for a, b in zip(self.asks, self.answers, strict=True))
        found = bytearray(len(self.graph))
        for node in self.initial:
            found[node] = not self.answers[node]
        return found


# --- Stems -------------------------------------------------------------------------------------------

Place: TypeAlias = tuple[int, bool]
"""A node, and whether a request is open there."""


def stems(request: Request) -> Ways[Place, Step]:
    """The ways to all nodes, with and without an open request."""

    def onward(place: Place) -> Iterator[tuple[Step, Place]]:
        node, is_open = place
        for step, target in request.graph.edges(node):
            yield step, (target, (is_open and not request.answers[target]) or request.opens(target))

    first = request.begins()
    return Ways([(n, bool(first[n])) for n in request.initial], onward, request.is_fault)


# --- Loops -------------------------------------------------------------------------------------------


class Round(NamedTuple):
    """Where a round trip is. `todo`: what was possible in every node so far and is not done; `owed`: what
    is strongly fair, was possible in some node and is not done; `done`: what of it is; `asked`: whether
    a request is open; `left`: whether the first node was left."""

    node: int
    todo: int
    owed: int
    done: int
    asked: bool
    left: bool

    def closes(self, start: int) -> bool:
        """Whether it is back, and nothing was left out."""
        return self.left and self.node == start and not self.todo and not self.owed and self.asked


class Opens(Protocol):
    """Where a request opens, and which actions are faults."""

    @property
    def is_fault(self) -> Sequence[bool]: ...

    def opens(self, node: int) -> bool: ...


class Owing(Protocol[M]):
    """Nodes and edges, and what may not wait there, as `fair.Duties` has it."""

    @property
    def strong(self) -> int: ...

    def edges(self, node: int) -> Iterable[tuple[M, int]]: ...

    def done(self, node: int, step: M, /) -> int: ...

    def possible(self, node: int) -> int: ...

    def look(self) -> None: ...


@dataclass(slots=True)
class Loops(Generic[M]):
    """Round trips in one fair component; `asks`: whether a request opens in some node of it."""

    request: Opens
    duties: Owing[M]
    component: Collection[int]
    asks: bool

    def begin(self, place: Place) -> Round:
        node, is_open = place
        possible, strong = self.duties.possible(node), self.duties.strong
        return Round(node, possible & ~strong, possible & strong, 0, is_open, False)

    def onward(self, here: Round, avoid: AbstractSet[int] = frozenset()) -> Iterator[tuple[M, Round]]:
        """The steps within the component that do not lead to nodes to `avoid`."""
        duties = self.duties
        for step, target in duties.edges(here.node):
            if target not in self.component or target in avoid:
                continue
            did, possible, strong = duties.done(here.node, step), duties.possible(target), duties.strong
            done = here.done | did & strong
            yield (
                step,
                Round(
                    target,
                    here.todo & ~did & possible,
                    (here.owed | possible & strong) & ~done,
                    done,
                    here.asked or self.request.opens(target),
                    True,
                ),
            )

    def shortest(self, place: Place, most: int, tried: Tried) -> list[M] | None:
        """The steps of a shortest fair loop through a node, of `most` steps at most, that no place tried
        before is on."""
        avoid = tried.through(place)
        ways = Ways([self.begin(place)], lambda here: self.onward(here, avoid), self.request.is_fault)
        for length, level in enumerate(ways.levels()):
            self.duties.look()
            end = ways.best(level, lambda r: r.closes(place[0]))
            if end is not None:
                tried.add(place)
                return ways.way(end)[1]
            if length >= most:
                break
            if not tried.spend(len(level)):
                return None
        tried.add(place)
        return None

    def some(self, place: Place) -> list[M]:
        """The steps of a fair loop through a node: whatever is to be done, the nearest first."""
        here, steps = self.begin(place), list[M]()
        owed = 0
        for count, node in enumerate(self.component if self.duties.strong else ()):
            if count % NODES_PER_LOOK == 0:
                self.duties.look()
            owed |= self.duties.possible(node) & self.duties.strong
        here = Round(here.node, here.todo, owed, 0, here.asked, False)
        while not here.closes(place[0]):
            here, more = self._nearest(here, place[0])
            steps += more
        return steps

    def _nearest(self, here: Round, start: int) -> tuple[Round, list[M]]:
        """The nearest place where less is left to do, or if nothing is, the start."""
        idle = not here.todo and not here.owed and here.asked

        def wanted(there: Round) -> bool:
            if idle:
                return there.closes(start)
            return (there.todo, there.owed, there.asked) != (here.todo, here.owed, here.asked)

        ways = Ways([here], self.onward, self.request.is_fault)
        for level in ways.levels():
            self.duties.look()
            end = ways.best(level, wanted)
            if end is not None:
                return end, ways.way(end)[1]
        raise NotARun("a component taken for fair has no fair loop through one of its states")


@dataclass(slots=True)
class Tried:
    """The places through which no loop would make a shorter lasso, and how many nodes may still be looked
    at. A lasso by a place tried before, which is no farther off, would have been no longer."""

    patience: int = MOST_LOOKED_AT
    opened: set[int] = field(default_factory=set)
    both: set[int] = field(default_factory=set)

    def spend(self, count: int) -> bool:
        """Whether some patience is left after so many nodes."""
        self.patience -= count
        return self.patience > 0

    def add(self, place: Place) -> None:
        """All loops there that matter are known."""
        node, is_open = place
        self.both.add(node)
        if is_open:
            self.opened.add(node)

    def through(self, place: Place) -> AbstractSet[int]:
        """What a loop from a place need not go through: without an open request the loop must open one,
        and so is one for every place tried."""
        return self.opened if place[1] else self.both


# --- Lassos ------------------------------------------------------------------------------------------


class Stems(Protocol):
    """The places at distance 0, 1, 2 ..., each level with the best ways first. Those where no loop begins
    and no run stays may be missing."""

    def levels(self) -> Iterator[Sequence[Place]]: ...


@dataclass(slots=True)
class Lasso(Generic[M]):
    """The place where the loop of a lasso begins, how far off it is, and the loop."""

    place: Place
    stem: int
    loop: list[M]

    @property
    def length(self) -> int:
        return self.stem + len(self.loop)


def shortest(
    stems: Stems,
    loops: Callable[[int], Loops[M] | None],
    stays: Callable[[int], bool],
    look: Callable[[], None],
) -> Lasso[M] | None:
    """A shortest fair lasso with an open request: into the component of a node (`loops`), or to a node where
    the run `stays`. None if there is none."""
    best: Lasso[M] | None = None
    tried = Tried()
    for distance, level in enumerate(stems.levels()):
        look()
        if best is not None and best.length <= distance:
            break
        rest = next((place for place in level if place[1] and stays(place[0])), None)
        if rest is not None:
            best = Lasso(rest, distance, [])
            break
        for place in level:
            around = loops(place[0])
            if around is not None and (place[1] or around.asks):
                best = _shorter(around, place, distance, best, tried)
    return best


def shortest_lasso(
    request: Request, duties: Duties, components: Iterable[Sequence[int]], staying: frozenset[int]
) -> Schedule | None:
    """The same in a graph of all states: into one of some fair components, or to a node of `staying`."""
    ways = _BestFirst(stems(request))
    loops = _loops(request, duties, components)
    best = shortest(ways, loops.get, staying.__contains__, request.graph.look)
    if best is None:
        return None
    (start, _), stem = ways.ways.way(best.place)
    return Schedule(request.graph.states[start], (*stem, *best.loop), len(stem))


@record
class _BestFirst:
    """Ways, those with the fewest faults first."""

    ways: Ways[Place, Step]

    def levels(self) -> Iterator[Sequence[Place]]:
        for level in self.ways.levels():
            yield sorted(level, key=self.ways.faults.__getitem__)


def _loops(request: Request, duties: Duties, components: Iterable[Sequence[int]]) -> dict[int, Loops[Step]]:
    """The component of each node that is in one."""
    found: dict[int, Loops[Step]] = {}
    for component in components:
        asks = any(map(request.opens, component))
        found.update(dict.fromkeys(component, Loops(request, duties, frozenset(component), asks)))
    return found


def _shorter(around: Loops[M], place: Place, distance: int, best: Lasso[M] | None, tried: Tried) -> Lasso[M]:
    """The best lasso, now that loops through one more place are known."""
    if best is None:
        best = Lasso(place, distance, around.some(place))
    most = best.length - distance - 1
    if most < 1 or tried.patience <= 0:
        return best
    loop = around.shortest(place, most, tried)
    return best if loop is None else Lasso(place, distance, loop)
