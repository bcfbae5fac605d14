"""The canonical order of the states of each level, and the canonical way to each, whatever the threads.

Among the shortest ways to a state the canonical one has the fewest faults, and among those the least
(initial state, first step, second step, ...) in the order of the initial states and of the codes of the
steps of a state. The states of a level are ranked by their canonical ways (leaving the faults aside), as
`explicit/search.py` does, where the proof is that one pass over the levels finds them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator

from tcpverify.explicit.native import arena
from tcpverify.explicit.native.arena import Memory
from tcpverify.explicit.native.compiled import second_passes
from tcpverify.explicit.native.slots import Pass
from tcpverify.explicit.native.space import LOAD, Space
from tcpverify.explicit.native.store import WORD, Scratch

SLICE = 1 << 18
"""States between two looks up."""

U32 = 4
LEAST_SLOTS = 64


class Ranking:
    """A level in canonical order: `states[rank]` is an index, `faults[rank]` the faults on the way to it.

    Its memory is given back when nothing refers to the arrays any more.
    """

    def __init__(self, level: int, count: int) -> None:
        memory = arena.reserve(2 * U32 * max(1, count))
        if memory is None:
            raise MemoryError("the system gives no memory to rank a level")
        self.level, self.count = level, count
        self.addresses = (memory.address, memory.address + U32 * count)
        self.states = memory.u32s(0, count)
        self.faults = memory.u32s(U32 * count, count)


def rankings(space: Space, depth: int, keep_going: Callable[[], bool] = lambda: True) -> Iterator[Ranking]:
    """The levels 0 to `depth`, ranked one after another.

    Every level so far has its canonical parents in the space by then. It ends early when `keep_going`,
    asked now and then, says no. Levels up to `depth` must be complete; for a depth below 0 there is none.
    MemoryError if a level does not fit into what the space may use, even without its table.
    """
    if depth < 0 or not space.levels:
        return
    scratch = Scratch(space.store)
    try:
        ranking: Ranking | None = _initial(space)
        while ranking is not None:
            yield ranking
            last = ranking.level == depth
            ranking = None if last else _ranked(space, ranking, scratch, keep_going)
    finally:
        scratch.close()


def path(space: Space, index: int, level: int) -> list[int]:
    """The indices from an initial state to a state of a level, along the parents."""
    found = [index]
    for _ in range(level):
        found.append(space.parent(found[-1]))
    return found[::-1]


def _initial(space: Space) -> Ranking:
    """Level 0: the initial states in their order."""
    count = space.levels[0][0][1]
    ranking = Ranking(0, count)
    ranking.states[:] = list(range(count))
    return ranking


def _ranked(
    space: Space, before: Ranking, scratch: Scratch, keep_going: Callable[[], bool]
) -> Ranking | None:
    """The level after one that is ranked; None if stopped."""
    ranges = space.levels[before.level + 1]
    count = sum(high - low for low, high in ranges)
    space.make_room(bytes_needed(before.count, count))
    ranking = Ranking(before.level + 1, count)
    room = _Room(space, before, ranking)
    try:
        context, here = ctypes.addressof(space.store.context), room.address
        machine = second_passes(space.rules.words)
        index, discover = machine.function("index", 4), machine.function("discover", 5)
        order, settle = machine.function("order", 5), machine.function("settle", 4)
        for low, high in ranges:
            index(context, here, low, high)
        for first in range(0, before.count, SLICE):
            discover(context, scratch.address, here, first, min(first + SLICE, before.count))
            if not keep_going():
                return None
        if sum(order(here, before.count, low, high, 0) for low, high in ranges):
            raise RuntimeError("a state of the next level is no successor of this one's")
        order(here, before.count, 0, 0, 1)
        for low, high in ranges:
            order(here, before.count, low, high, 2)
        settle(context, here, 0, ranking.count)
    finally:
        room.close()
    return ranking


class _Room:
    """The pass block for one level, and the arrays that last only as long as its ranking takes."""

    def __init__(self, space: Space, before: Ranking, ranking: Ranking) -> None:
        ranges, count = space.levels[ranking.level], ranking.count
        slots = slots_for(count)
        head = (len(Pass) + len(ranges)) * WORD
        sizes = {
            Pass.TABLE: slots * WORD,
            Pass.TIMES: count * WORD,
            Pass.FAULTS: count * U32,
            Pass.STARTS: before.count * U32,
            Pass.CURSORS: before.count * U32,
        }
        memory = arena.reserve(head + sum(sizes.values()), huge=True)
        if memory is None:
            raise MemoryError("the system gives no memory to rank a level")
        self._memory: Memory = memory
        self.address = memory.address
        block = arena.words(self.address, len(Pass) + len(ranges))
        place = self.address + head
        for slot, size in sizes.items():
            block[slot] = place
            place += size
        ctypes.memset(block[Pass.FAULTS], 0xFF, count * U32)
        block[Pass.MASK], block[Pass.REGION] = slots - 1, space.store.sizes.region
        block[Pass.ORDER], block[Pass.ORDER_FAULTS] = before.addresses
        block[Pass.NEXT_ORDER], block[Pass.NEXT_FAULTS] = ranking.addresses
        block[Pass.DELTAS] = self.address + len(Pass) * WORD
        position = 0
        for region, (low, high) in enumerate(ranges):
            block[len(Pass) + region] = low - position
            position += high - low

    def close(self) -> None:
        self._memory.close()


def slots_for(states: int) -> int:
    """The size of a table that holds so many states, a power of two."""
    slots = LEAST_SLOTS
    while slots * LOAD < states + 1:
        slots *= 2
    return slots


def bytes_needed(before: int, states: int) -> int:
    """The memory that ranking a level of so many states takes, after a level of `before` states."""
    return slots_for(states) * WORD + states * (WORD + 3 * U32) + before * 4 * U32
