"""What a finished search knows of time: instants that nothing can settle, and cycles without a tick.

Both are looked for on the graph of all steps but ticks, which the search notes down as it goes.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Collection, Iterable
from itertools import pairwise

from tcpverify.explicit.tree import Tree
from tcpverify.ir.interpret import Predicate
from tcpverify.ir.system import ActionKind, Schedule, System
from tcpverify.verdict import Zeno

Graph = dict[int, list[int]]


class Steps:
    """The transitions that are no ticks, by the numbers of their states, with their actions."""

    def __init__(self) -> None:
        self.sources = array("Q")
        self.targets = array("Q")
        self.actions = array("L")

    def add(self, source: int, target: int, action: int) -> None:
        """Note a step down."""
        self.sources.append(source)
        self.targets.append(target)
        self.actions.append(action)

    def graph(self, nodes: Collection[int], actions: Collection[int] | None = None) -> Graph:
        """The steps (by some actions) between some states."""
        found: Graph = {n: [] for n in nodes}
        for source, target, action in zip(self.sources, self.targets, self.actions, strict=True):
            if source in found and target in found and (actions is None or action in actions):
                found[source].append(target)
        return found


# --- Time locks --------------------------------------------------------------------------------------


def timelock(tree: Tree, steps: Steps, due: Predicate) -> Schedule | None:
    """The canonical shortest way to a state where something is due and stays so whatever is done
    before the next tick."""
    waiting = {n for n, state in enumerate(tree.states) if due(state)}
    settled = _settled(waiting, steps)
    locked = sorted(waiting - settled)
    return tree.nearest(locked) if locked else None


def _settled(waiting: Collection[int], steps: Steps) -> set[int]:
    """The waiting states from which steps lead to one that is not waiting."""
    before: Graph = {n: [] for n in waiting}
    found: set[int] = set()
    for source, target in zip(steps.sources, steps.targets, strict=True):
        if source in before:
            if target in before:
                before[target].append(source)
            else:
                found.add(source)
    todo = deque(found)
    while todo:
        for earlier in before[todo.popleft()]:
            if earlier not in found:
                found.add(earlier)
                todo.append(earlier)
    return found


# --- Zeno --------------------------------------------------------------------------------------------


def zeno(tree: Tree, steps: Steps, system: System, busy: Predicate) -> Zeno | None:
    """A cycle without a tick through states where time has work to do: the first that the search
    met. Cycles that need a fault or a call are left out: neither a network nor a user need go on for
    ever."""
    actions = {i for i, a in enumerate(system.actions) if not a.is_fault and a.kind is not ActionKind.CALL}
    graph = steps.graph([n for n, state in enumerate(tree.states) if busy(state)], actions)
    for start in sorted(_on_cycles(graph)):
        loop = _round_trip(graph, start)
        if loop is not None:
            taken = [_action(steps, a, b, actions) for a, b in pairwise(loop)]
            return Zeno(len(tree.schedule(start).steps), tuple(system.actions[a].name for a in taken))
    return None


def _on_cycles(graph: Graph) -> set[int]:
    """The states that are left when those without a way in, or out, are taken off again and again."""
    left = set(graph)
    for edges in (graph, _reversed(graph)):
        back = _reversed(edges)
        count = {n: sum(t in left for t in edges[n]) for n in left}
        todo = deque(n for n in left if count[n] == 0)
        while todo:
            gone = todo.popleft()
            left.discard(gone)
            for earlier in back[gone]:
                if earlier in left:
                    count[earlier] -= 1
                    if count[earlier] == 0:
                        todo.append(earlier)
    return left


def _reversed(graph: Graph) -> Graph:
    back: Graph = {n: [] for n in graph}
    for source, targets in graph.items():
        for target in targets:
            back[target].append(source)
    return back


def _round_trip(graph: Graph, start: int) -> list[int] | None:
    """A shortest way from a state back to it."""
    came: dict[int, int] = {}
    todo = deque([start])
    while todo:
        here = todo.popleft()
        for target in graph[here]:
            if target == start:
                way = [start, here]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if target not in came:
                came[target] = here
                todo.append(target)
    return None


def _action(steps: Steps, source: int, target: int, actions: Collection[int]) -> int:
    rows: Iterable[tuple[int, int, int]] = zip(steps.sources, steps.targets, steps.actions, strict=True)
    return next(a for s, t, a in rows if (s, t) == (source, target) and a in actions)
