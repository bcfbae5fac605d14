"""The states found so far, by number, and the best way to each."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

from tcpverify.ir.system import Schedule, State, Step


class Tree:
    """A breadth-first tree: state, parent and step, faults on the way; numbered as found.

    `discovered` holds, for the states of the newest level only, when the best way to each was found.
    """

    def __init__(self) -> None:
        self.number: dict[State, int] = {}
        self.states: list[State] = []
        self.how: list[tuple[int, Step] | None] = []
        self.faults = array("Q")
        self.discovered = array("Q")
        self._steps: dict[Step, Step] = {}

    def add(self, state: State, how: tuple[int, Step] | None, faults: int, now: int) -> int:
        """Keep a new state; its number. It is entered last, so an interrupt leaves no half of it."""
        number = len(self.states)
        self.how.append(self._shared(how))
        self.faults.append(faults)
        self.discovered.append(now)
        self.states.append(state)
        self.number[state] = number
        return number

    def improve(self, number: int, first: int, how: tuple[int, Step], faults: int, now: int) -> None:
        """Keep a better way to a state of the newest level, whose first state is number `first`."""
        self.how[number] = self._shared(how)
        self.faults[number] = faults
        self.discovered[number - first] = now

    def _shared(self, how: tuple[int, Step] | None) -> tuple[int, Step] | None:
        return None if how is None else (how[0], self._steps.setdefault(how[1], how[1]))

    @property
    def roots(self) -> list[int]:
        """The initial states, in canonical order."""
        first_child = next((n for n, how in enumerate(self.how) if how is not None), len(self.how))
        return list(range(first_child))

    def depth(self, number: int) -> int:
        """How many steps lead to a state; it never falls from one number to the next."""
        depth, how = 0, self.how[number]
        while how is not None:
            depth, how = depth + 1, self.how[how[0]]
        return depth

    def nearest(self, numbers: Sequence[int]) -> Schedule:
        """The canonical way to one of some states (at least one, in ascending order)."""
        last = bisect_right(numbers, self.depth(numbers[0]), key=self.depth)
        ways = ((self.faults[n], self.schedule(n)) for n in numbers[:last])
        return min(ways, key=lambda found: (found[0], found[1].initial, found[1].steps))[1]

    def schedule(self, number: int, last: Step | None = None) -> Schedule:
        """The best way to a state, and one more step if given."""
        steps = [] if last is None else [last]
        how = self.how[number]
        while how is not None:
            number, step = how
            steps.append(step)
            how = self.how[number]
        return Schedule(self.states[number], tuple(reversed(steps)))
