"""Ways to what shows that a response fails, in the part of the state graph where a request is open.

Which of equally short ways is taken does not depend on the numbers of nodes: it is told by the states.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from ctypes import c_uint64
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from tcpverify.explicit.lasso import Lasso, Loops, Place, shortest
from tcpverify.explicit.native.arena import U32s
from tcpverify.explicit.native.compiled import graph_passes
from tcpverify.explicit.native.evidence import Finder
from tcpverify.explicit.native.labels import Labels, message
from tcpverify.explicit.native.opened import Opened
from tcpverify.explicit.native.slots import BROKEN, BUSY, STAYS, Part
from tcpverify.ir.evaluate import Message
from tcpverify.ir.fairness import TIME, Fairness, Thing
from tcpverify.ir.interpret import Successor
from tcpverify.ir.system import Property, Schedule, Step
from tcpverify.records import record


class LabelledMove(NamedTuple):
    """An edge: the action, the number of the label, the node that it leads to."""

    action: int
    label: int
    target: int


class Demands:
    """What may not wait in an open part, each thing numbered from 1 on: `bits` by label; `strong`; the
    duties of its nodes for the search of loops (`lasso.Owing`), and where requests open (`lasso.Opens`)."""

    def __init__(self, finder: Finder, prop: Property, part: Opened) -> None:
        interpreter = finder.interpreter
        system, layout = interpreter.system, finder.packing
        fairness, reading = Fairness(interpreter, prop.fairness), Labels.of(system, layout)
        number: dict[Thing, int] = {}
        strengths = [False]
        pairs: list[c_uint64 | int] = []
        self.what: list[tuple[int, Message]] = []
        self._bits: list[int] = []

        def thing_number(thing: Thing, strong: bool) -> int:
            found = number.setdefault(thing, len(strengths))
            if found == len(strengths):
                strengths.append(False)
            strengths[found] |= strong
            return found

        self._time = thing_number(TIME, False) if system.timed else 0
        for words in part.labels():
            action, segment = reading.read(words)
            taken = message(system, layout, action, segment)
            things = [thing_number(t, s) for t, s in fairness.does(action, taken).items()]
            first, second = (*things, 0, 0)[:2]
            pairs.append(first << 32 | second)
            self._bits.append(sum(1 << t for t in things))
            self.what.append((action, taken))
        part.demand(pairs, strengths, self._time)
        self.part = part
        self.strong = sum(1 << thing for thing, is_strong in enumerate(strengths) if is_strong)
        self.is_fault = [action.is_fault for action in system.actions]
        self.asked = prop.antecedent is not None
        self._possible: dict[int, int] = {}

    def edges(self, node: int) -> Iterator[tuple[LabelledMove, int]]:
        """The edges of a node within the graph of all states."""
        for label, target in self.part.edges(node):
            yield LabelledMove(self.what[label][0], label, target), target

    def done(self, _: int, move: LabelledMove) -> int:
        """What a step does."""
        return self._bits[move.label]

    def possible(self, node: int) -> int:
        """What is possible in a node."""
        found = self._possible.get(node)
        if found is None:
            found = 1 << self._time if self.part.flags(node) & BUSY else 0
            for label, _ in self.part.edges(node):
                found |= self._bits[label]
            self._possible[node] = found
        return found

    def look(self) -> None:
        """What long work calls now and then."""
        self.part.look()

    def opens(self, node: int) -> bool:
        """Whether a request is open in a node if none was before."""
        return self.asked and node < self.part.begins


@record
class Component:
    """The nodes of a fair component."""

    part: Opened
    number: int

    def __contains__(self, node: object) -> bool:
        return isinstance(node, int) and node < self.part.count and self.part.component(node) == self.number

    def __iter__(self) -> Iterator[int]:
        return iter(self.part.members(self.number))

    def __len__(self) -> int:
        return len(self.part.members(self.number))


# --- Stems -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Reached:
    """The places of an open part by how far off they are: with an open request, by the shortest way to
    where one opens and on from there; without one, in a component where one opens, by the shortest way.
    `wanted`: flags of nodes that matter beside those in components; `ends[d]`: how many nodes with an open
    request are at most d steps off."""

    finder: Finder
    part: Opened
    wanted: int
    ends: list[int] = field(default_factory=list)

    def levels(self) -> Iterator[Sequence[Place]]:
        """The places that matter, each level in the order of the words of their states."""
        part, machine = self.part, graph_passes()
        reach, gather = machine.function("reach", 4), machine.function("gather", 7)
        part.clear_ways()
        stack, numbers = part.block[Part.STACK], part.block[Part.NUMBERS]
        first, distance = 0, 0
        while distance < len(self.finder.space.levels) or first < part.block[Part.STACK_LENGTH]:
            part.look()
            end = self._begin(distance)
            found = gather(part.here, stack, first, end, 0, self.wanted, 0)
            places = self._places(found, True)
            for low, high in self._ranges(distance):
                found = gather(part.here, numbers, low, high, 1, 0, 1)
                places += self._places(found, False)
            yield sorted(places, key=lambda place: (not place[1], part.words(place[0])))
            self.ends.append(end)
            reach(part.here, first, end, distance + 2)
            first, distance = end, distance + 1

    def _begin(self, level: int) -> int:
        """Enter the nodes of a level where a request opens; how many nodes are reached now."""
        part, begin = self.part, graph_passes().function("begin", 4)
        for first, end in self._begins_in(part.u32s(Part.NODES, part.begins), level):
            begin(part.here, first, end, level + 1)
        return part.block[Part.STACK_LENGTH]

    def _begins_in(self, begins: U32s, level: int) -> Iterator[tuple[int, int]]:
        """The numbers of the nodes of a level where a request opens: they stand in the order of indices."""
        for low, high in self._ranges(level):
            yield bisect_left(begins, low), bisect_left(begins, high)

    def _ranges(self, level: int) -> Sequence[tuple[int, int]]:
        levels = self.finder.space.levels
        return levels[level] if level < len(levels) else ()

    def _places(self, count: int, is_open: bool) -> list[Place]:
        return [(node, is_open) for node in self.part.u32s(Part.PATH, count)]

    # --- From places to schedules

    def stem(self, place: Place, distance: int) -> Schedule:
        """The way to a place."""
        finder, part = self.finder, self.part
        node, is_open = place
        way = [node]
        while is_open and not self._begins_at(way[-1], distance):
            distance -= 1
            way.append(self._before(way[-1], distance))
        start = finder.way_to(distance, [part.index(way[-1])])
        states = [finder.state(part.index(n)) for n in reversed(way)]
        steps = (finder.step(a, b) for a, b in pairwise(states))
        return Schedule(start.initial, (*start.steps, *steps))

    def _begins_at(self, node: int, level: int) -> bool:
        """Whether a request opens in a node of a level."""
        index = self.part.index(node)
        return node < self.part.begins and any(low <= index < high for low, high in self._ranges(level))

    def _before(self, node: int, distance: int) -> int:
        """The first node at a distance, by the words of its state, that leads to a node."""
        part = self.part
        first = self.ends[distance - 1] if distance else 0
        sources = graph_passes().function("sources", 4)
        count: int = sources(part.here, first, self.ends[distance], node)
        found: list[int] = part.u32s(Part.PATH, count)[:]
        return min(found, key=part.words)


def early_end(finder: Finder, part: Opened) -> Schedule:
    """The shortest way to an open request where what must be true until the answer is not."""
    reached = Reached(finder, part, BROKEN)
    for distance, level in enumerate(reached.levels()):
        if level:
            return reached.stem(level[0], distance)
    raise RuntimeError("a node that was found is not reached")


def lasso(finder: Finder, part: Opened, demands: Demands) -> Schedule | None:
    """A shortest fair lasso with an open request; None if there is none."""
    reached = Reached(finder, part, STAYS)
    around: dict[int, Loops[LabelledMove]] = {}

    def loops(node: int) -> Loops[LabelledMove] | None:
        number = part.component(node)
        if number and number not in around:
            component = Component(part, number)
            around[number] = Loops(demands, demands, component, demands.asked and part.asks(number))
        return around.get(number)

    best = shortest(reached, loops, lambda node: bool(part.flags(node) & STAYS), part.look)
    return None if best is None else _schedule(finder, part, demands, reached, best)


def _schedule(
    finder: Finder, part: Opened, demands: Demands, reached: Reached, best: Lasso[LabelledMove]
) -> Schedule:
    stem = reached.stem(best.place, best.stem)
    steps, state = list[Step](), finder.state(part.index(best.place[0]))
    for move in best.loop:
        after = finder.state(part.index(move.target))
        steps.append(
            next(
                o.step
                for o in finder.interpreter.outcomes(state)
                if isinstance(o, Successor)
                and o.state == after
                and (o.step.action, finder.interpreter.message_of(state, o.step) or ())
                == demands.what[move.label]
            )
        )
        state = after
    return Schedule(stem.initial, (*stem.steps, *steps), len(stem.steps))
