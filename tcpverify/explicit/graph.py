"""The graph of all reachable states, noted down by a search as it goes: numbers in compact arrays.

A node is the number of a state in the search's tree, an edge a transition without error. The edges of a
node stand in the interpreter's order of steps.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence

from tcpverify.ir.interpret import Predicate
from tcpverify.ir.system import PropertyKind, State, Step

ON_GRAPH = (PropertyKind.TRAP_FREE, PropertyKind.RESPONSE)
"""The kinds of property that are decided on it."""

MOST_NODES = 300_000
"""States up to which the graph is kept where nobody says."""

Look = Callable[[], None]
"""Called again and again during long work; raises Stopped when it is to end."""

NODES_PER_LOOK = 2_000


def _never_stop() -> None:
    """Go on to the end."""


class Stopped(Exception):
    """Work on a graph is to end; the argument says why."""


class Graph:
    """Nodes and edges. While it is noted down: `begin` each node once, then `add` its edges.

    12 bytes an edge and 24 bytes a node, besides the states.
    """

    def __init__(self, states: Sequence[State]) -> None:
        """`states`: by node, and still growing."""
        self.states = states
        self.look: Look = _never_stop
        """What long work on the graph calls."""
        self._nodes = array("Q")
        self._begins = array("Q")
        self._targets = array("Q")
        self._labels = array("L")
        self._steps: list[Step] = []
        self._label: dict[Step, int] = {}
        self._first = array("Q")
        self._last = array("Q")

    def begin(self, node: int) -> None:
        """The edges that follow leave this node."""
        self._nodes.append(node)
        self._begins.append(len(self._targets))

    def add(self, step: Step, target: int) -> None:
        """An edge of the node begun last."""
        label = self._label.setdefault(step, len(self._steps))
        if label == len(self._steps):
            self._steps.append(step)
        self._targets.append(target)
        self._labels.append(label)

    def finish(self, look: Look) -> None:
        """Once every node and edge is noted down: make them found by node."""
        self.look = look
        self._first = array("Q", bytes(8 * len(self.states)))
        self._last = array("Q", bytes(8 * len(self.states)))
        ends = [*self._begins[1:], len(self._targets)]
        for node, begin, end in zip(self._nodes, self._begins, ends, strict=True):
            self._first[node], self._last[node] = begin, end
        del self._nodes[:], self._begins[:]

    def __len__(self) -> int:
        return len(self.states)

    def targets(self, node: int) -> array[int]:
        """Where the edges of a node lead."""
        return self._targets[self._first[node] : self._last[node]]

    def edges(self, node: int) -> Iterator[tuple[Step, int]]:
        """The steps of a node and where they lead."""
        for edge in range(self._first[node], self._last[node]):
            yield self._steps[self._labels[edge]], self._targets[edge]

    def where(self, holds: Predicate) -> bytearray:
        """Of each node whether its state has a property."""
        found = bytearray(len(self))
        for node, state in enumerate(self.states):
            found[node] = holds(state)
            if node % NODES_PER_LOOK == 0:
                self.look()
        return found

    def forwards(self, begin: bytearray, through: bytearray) -> list[int]:
        """The nodes of `through` that are reached from those of `begin` in it without leaving it."""
        seen = bytearray(b and t for b, t in zip(begin, through, strict=True))
        found = [node for node, inside in enumerate(seen) if inside]
        for count, node in enumerate(found):
            if count % NODES_PER_LOOK == 0:
                self.look()
            for target in self.targets(node):
                if through[target] and not seen[target]:
                    seen[target] = True
                    found.append(target)
        return found

    def backwards(self, goal: bytearray) -> bytearray:
        """Of each node whether one of `goal` can be reached from it, itself included."""
        begins, sources = self._reversed()
        found = bytearray(goal)
        todo = [node for node, inside in enumerate(goal) if inside]
        for count, node in enumerate(todo):
            if count % NODES_PER_LOOK == 0:
                self.look()
            for source in sources[begins[node] : begins[node + 1]]:
                if not found[source]:
                    found[source] = True
                    todo.append(source)
        return found

    def _reversed(self) -> tuple[array[int], array[int]]:
        """Where the sources of each node begin, and the sources."""
        begins = array("Q", bytes(8 * (len(self) + 2)))
        for target in self._targets:
            begins[target + 2] += 1
        for node in range(len(self)):
            begins[node + 2] += begins[node + 1]
        sources = array("Q", bytes(8 * len(self._targets)))
        for node in range(len(self)):
            if node % NODES_PER_LOOK == 0:
                self.look()
            for target in self.targets(node):
                sources[begins[target + 1]] = node
                begins[target + 1] += 1
        return begins, sources
