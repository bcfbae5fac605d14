"""Strongly connected components of a part of a graph (Tarjan 1972), without recursion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tcpverify.explicit.graph import NODES_PER_LOOK, Graph


@dataclass(slots=True)
class _Tarjan:
    """`index`: when a node was first met; `low`: the least index known to be reached from it; `stack`:
    the nodes whose component is not complete, `waiting` the same as a set; `path`: the nodes being
    looked at, each with the edges still to follow."""

    graph: Graph
    inside: frozenset[int]
    index: dict[int, int] = field(default_factory=dict)
    low: dict[int, int] = field(default_factory=dict)
    stack: list[int] = field(default_factory=list)
    waiting: set[int] = field(default_factory=set)
    path: list[tuple[int, Iterator[int]]] = field(default_factory=list)

    def enter(self, node: int) -> None:
        if len(self.index) % NODES_PER_LOOK == 0:
            self.graph.look()
        self.index[node] = self.low[node] = len(self.index)
        self.stack.append(node)
        self.waiting.add(node)
        self.path.append((node, iter(self.graph.targets(node))))

    def follow(self) -> bool:
        """Follow edges of the newest node to a node not met before; whether there was one."""
        node, targets = self.path[-1]
        for target in targets:
            if target in self.waiting:
                self.low[node] = min(self.low[node], self.index[target])
            elif target in self.inside and target not in self.index:
                self.enter(target)
                return True
        return False

    def leave(self) -> list[int] | None:
        """Go back from the newest node; its component if it is the first of it."""
        node, _ = self.path.pop()
        if self.path:
            before = self.path[-1][0]
            self.low[before] = min(self.low[before], self.low[node])
        if self.low[node] != self.index[node]:
            return None
        component = [self.stack.pop()]
        while component[-1] != node:
            component.append(self.stack.pop())
        self.waiting.difference_update(component)
        return component


def components(graph: Graph, nodes: Sequence[int]) -> Iterator[list[int]]:
    """The strongly connected components of the graph restricted to some nodes, single nodes included."""
    search = _Tarjan(graph, frozenset(nodes))
    for node in nodes:
        if node in search.index:
            continue
        search.enter(node)
        while search.path:
            if not search.follow():
                component = search.leave()
                if component is not None:
                    yield component
