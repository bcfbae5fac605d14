"""Strongly connected components, what reaches what, and shortest ways, on random graphs."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpverify.explicit.components import components
from tcpverify.explicit.graph import Graph, Stopped
from tcpverify.explicit.ways import Ways
from tcpverify.ir.system import State, Step

Edges = list[list[int]]


def graph_of(edges: Edges) -> Graph:
    """A graph whose nodes are noted down in another order than that of their numbers."""
    found = Graph([State((node,), ()) for node in range(len(edges))])
    for node in reversed(range(len(edges))):
        found.begin(node)
        for target in edges[node]:
            found.add(Step(target % 3, None, ()), target)
    found.finish(lambda: None)
    return found


@st.composite
def graphs(draw: st.DrawFn) -> Edges:
    size = draw(st.integers(1, 12))
    rng = Random(draw(st.integers(0, 2**32)))
    return [[rng.randrange(size) for _ in range(rng.choice((0, 1, 1, 2, 3)))] for _ in range(size)]


def reached(edges: Edges, start: int, inside: set[int]) -> set[int]:
    """The nodes inside that one or more edges lead to."""
    found: set[int] = set()
    todo = [start]
    while todo:
        after = {t for t in edges[todo.pop()] if t in inside} - found
        found |= after
        todo += after
    return found


@given(graphs(), st.integers(0, 2**12))
def test_components_are_what_reach_each_other(edges: Edges, mask: int) -> None:
    inside = {node for node in range(len(edges)) if mask >> node & 1}
    found = [frozenset(c) for c in components(graph_of(edges), sorted(inside))]
    reach = {node: reached(edges, node, inside) | {node} for node in inside}
    wanted = {frozenset(t for t in reach[node] if node in reach[t]) for node in inside}
    assert set(found) == wanted
    assert sum(map(len, found)) == len(inside)


def test_a_deep_graph_needs_no_recursion() -> None:
    size = 20_000
    ring = graph_of([[(node + 1) % size] for node in range(size)])
    assert [len(c) for c in components(ring, range(size))] == [size]


@given(graphs(), st.integers(0, 2**12), st.integers(0, 2**12))
def test_forwards_and_backwards(edges: Edges, begin: int, through: int) -> None:
    nodes = range(len(edges))
    graph = graph_of(edges)
    some, allowed = (bytearray(mask >> n & 1 for n in nodes) for mask in (begin, through))
    inside = {n for n in nodes if allowed[n]}
    starts = {n for n in inside if some[n]}
    assert set(graph.forwards(some, allowed)) == starts.union(*(reached(edges, n, inside) for n in starts))
    every = set(nodes)
    back = graph.backwards(some)
    assert [bool(b) for b in back] == [
        bool(some[n]) or any(some[t] for t in reached(edges, n, every)) for n in nodes
    ]


@given(graphs())
def test_ways_are_shortest_with_the_fewest_faults(edges: Edges) -> None:
    """Step 2 is a fault; against all paths of each length."""
    graph = graph_of(edges)
    ways = Ways([0], graph.edges, [False, False, True])
    seen: set[int] = set()
    paths = [(0, (0,))]
    for level in ways.levels():
        ends = {path[-1] for _, path in paths} - seen
        assert set(level) == ends
        order = []
        for node in level:
            fewest = min(faults for faults, path in paths if path[-1] == node)
            start, steps = ways.way(node)
            assert (start, ways.faults[node]) == (0, fewest)
            assert sum(step.action == 2 for step in steps) == fewest
            first = next(path for faults, path in paths if path[-1] == node and faults == fewest)
            order.append([p for _, p in paths].index(first))
        assert order == sorted(order)
        seen |= ends
        paths = [
            (faults + (target % 3 == 2), (*path, target))
            for faults, path in paths
            for target in dict.fromkeys(edges[path[-1]])
            if target not in seen
        ]


def test_long_work_can_be_stopped() -> None:
    graph = graph_of([[0]] * 3)

    def look() -> None:
        raise Stopped("enough")

    graph.look = look
    with pytest.raises(Stopped, match="enough"):
        list(components(graph, [0]))
    with pytest.raises(Stopped):
        graph.backwards(bytearray([True, False, False]))
