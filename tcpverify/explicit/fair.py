"""Where a run may go on for ever, or stay, and be fair: the fair components of a part of a graph.

A strongly connected component is fair if a run round it can be: whatever may not wait and is possible in
all its states is done within it, and so is whatever is strongly fair and possible in one of them. Where
something strongly fair is not done, only a run that avoids the states where it is possible is fair, so
the components of the rest are looked at (Emerson and Lei 1987). Every fair lasso lies in one of the
components found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.explicit.components import components
from tcpverify.explicit.graph import NODES_PER_LOOK, Graph
from tcpverify.ir.evaluate import Message
from tcpverify.ir.fairness import Fairness, Thing
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Fair, Step


class Duties:
    """What may not wait in the states of a graph, each thing as one bit of a number."""

    def __init__(self, interpreter: Interpreter, terms: Sequence[Fair], graph: Graph) -> None:
        self.graph = graph
        self.strong = 0
        """The bits of what is strongly fair."""
        self._interpreter = interpreter
        self._fairness = Fairness(interpreter, terms)
        self._bits: dict[Thing, int] = {}
        self._done: dict[tuple[int, Message | None], int] = {}
        self._possible: dict[int, int] = {}

    def edges(self, node: int) -> Iterator[tuple[Step, int]]:
        """The steps of a node and where they lead."""
        return self.graph.edges(node)

    def look(self) -> None:
        """What long work calls now and then; Stopped when it is to end."""
        self.graph.look()

    def done(self, node: int, step: Step) -> int:
        """What a step of a node does."""
        state = self.graph.states[node]
        what = step.action, self._interpreter.message_of(state, step)
        found = self._done.get(what)
        if found is None:
            found = self._done[what] = self._bits_of(self._fairness.done(state, step))
        return found

    def possible(self, node: int) -> int:
        """What is possible in a node."""
        found = self._possible.get(node)
        if found is None:
            found = self._bits_of(self._fairness.possible(self.graph.states[node], ()))
            for step, _ in self.graph.edges(node):
                found |= self.done(node, step)
            self._possible[node] = found
        return found

    def _bits_of(self, things: dict[Thing, bool]) -> int:
        bits = 0
        for thing, strong in things.items():
            bit = self._bits.setdefault(thing, 1 << len(self._bits))
            bits |= bit
            if strong:
                self.strong |= bit
        return bits


def may_stay(duties: Duties, nodes: Sequence[int]) -> frozenset[int]:
    """The nodes in which a fair run may stay for ever: those where nothing that may not wait is possible."""
    found = set()
    for count, node in enumerate(nodes):
        if count % NODES_PER_LOOK == 0:
            duties.graph.look()
        if not duties.possible(node):
            found.add(node)
    return frozenset(found)


def fair_components(duties: Duties, nodes: Sequence[int]) -> Iterator[list[int]]:
    """The fair components among some nodes: disjoint, each with an edge within."""
    todo = [nodes]
    while todo:
        for component in components(duties.graph, todo.pop()):
            done = _done_within(duties, component)
            if done is None:
                continue
            always, somewhere = _possible_within(duties, component)
            if always & ~done:
                continue
            left_out = somewhere & duties.strong & ~done
            if not left_out:
                yield component
            else:
                todo.append([node for node in component if not duties.possible(node) & left_out])


def _done_within(duties: Duties, component: Sequence[int]) -> int | None:
    """What the edges between some nodes do; None if there are none."""
    inside, found, edges = frozenset(component), 0, 0
    for node in component:
        for step, target in duties.graph.edges(node):
            if target in inside:
                found |= duties.done(node, step)
                edges += 1
    return found if edges else None


def _possible_within(duties: Duties, component: Sequence[int]) -> tuple[int, int]:
    """What is possible in all of some nodes, and in one of them."""
    always, somewhere = -1, 0
    for node in component:
        possible = duties.possible(node)
        always &= possible
        somewhere |= possible
    return always, somewhere
