"""Shortest ways through anything that has steps: the fewest faults first, then in canonical order.

The same choice among equally short ways as in `explicit/search.py`, where it is proved, over nodes that
need not be states.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar


class Move(Protocol):
    """A step of a way, whatever else it says."""

    @property
    def action(self) -> int: ...


N = TypeVar("N", bound=Hashable)
M = TypeVar("M", bound=Move)


class Ways(Generic[N, M]):
    """The best ways to the nodes reached so far from some nodes.

    `onward`: the steps of a node, in canonical order, with the nodes that they lead to; `is_fault`: of
    each action.
    """

    def __init__(
        self, starts: Sequence[N], onward: Callable[[N], Iterable[tuple[M, N]]], is_fault: Sequence[bool]
    ) -> None:
        self._onward = onward
        self._is_fault = is_fault
        self._came: dict[N, tuple[N, M] | None] = dict.fromkeys(starts)
        self.faults: dict[N, int] = dict.fromkeys(starts, 0)

    def levels(self) -> Iterator[list[N]]:
        """The nodes at distance 0, 1, 2 ..., each level in the canonical order of the ways to it."""
        level = list(self._came)
        while level:
            yield level
            level = self._next(level)

    def _next(self, level: Sequence[N]) -> list[N]:
        found: dict[N, int] = {}
        now = 0
        for node in level:
            for step, after in self._onward(node):
                now += 1
                faults = self.faults[node] + self._is_fault[step.action]
                if after not in self._came or (after in found and faults < self.faults[after]):
                    self._came[after], self.faults[after] = (node, step), faults
                    found[after] = now
        return sorted(found, key=found.__getitem__)

    def best(self, level: Iterable[N], wanted: Callable[[N], bool]) -> N | None:
        """Of the wanted nodes of a level the one with the fewest faults on the way, then the first."""
        return min(filter(wanted, level), key=self.faults.__getitem__, default=None)

    def way(self, node: N) -> tuple[N, list[M]]:
        """Where the best way to a node starts, and its steps."""
        steps: list[M] = []
        came = self._came[node]
        while came is not None:
            node, step = came
            steps.append(step)
            came = self._came[node]
        return node, steps[::-1]
