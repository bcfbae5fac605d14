"""Fixpoints over the transitions: marks that spread backwards until nothing changes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from tcpverify.explicit.native import arena
from tcpverify.explicit.native.arena import Memory
from tcpverify.explicit.native.canonical import slots_for
from tcpverify.explicit.native.compiled import second_passes
from tcpverify.explicit.native.slots import Pass
from tcpverify.explicit.native.space import Space
from tcpverify.explicit.native.store import WORD, Scratch

UNMARKED, MARKED, NO_PART = 0, 1, 2
SLICE = 1 << 18
"""States between two looks up."""


class Marks:
    """One byte a state, by index: unmarked, marked, or takes no part.

    `address` is the byte of index 0, for machine code that marks states by itself.
    """

    def __init__(self, space: Space) -> None:
        """All unmarked; MemoryError if the space may not use, or the system not give, the memory."""
        space.make_room(space.count)
        size = space.store.sizes.region * space.threads
        memory = arena.reserve(size)
        if memory is None:
            raise MemoryError("the system gives no memory for marks")
        self._memory: Memory = memory
        self.address = memory.address

    def __getitem__(self, index: int) -> int:
        return ctypes.c_uint8.from_address(self.address + index).value

    def __setitem__(self, index: int, mark: int) -> None:
        ctypes.c_uint8.from_address(self.address + index).value = mark

    def close(self) -> None:
        """Give their memory back."""
        self._memory.close()


def spread(
    space: Space,
    marks: Marks,
    *,
    exists: bool,
    leave_out: int = 0,
    keep_going: Callable[[], bool] = lambda: True,
) -> bool:
    """Mark every unmarked state from which some successor (`exists`), or else every one, is marked, until
    nothing changes; whether it came to that, or `keep_going` said no before.

    Transitions with a class bit of `leave_out` do not count, nor do successors that are not in the space.
    For all successors, those that take no part do not count either, and a state without any that counts
    is marked.
    """
    machine = second_passes(space.rules.words)
    sweep = machine.function("sweep", 7)
    context, regions = ctypes.addressof(space.store.context), space.regions
    scratch = Scratch(space.store)
    memory: Memory | None = None
    try:
        block = (ctypes.c_uint64 * len(Pass))()
        here = ctypes.addressof(block)
        memory = index_table(space, block)
        block[Pass.MARKS] = marks.address
        changed = True
        while changed:
            changed = False
            for low, high in _slices(regions):
                changed |= bool(sweep(context, scratch.address, here, low, high, exists, leave_out))
                if not keep_going():
                    return False
    finally:
        scratch.close()
        if memory is not None:
            memory.close()
    return True


def _slices(regions: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The states from the last to the first, in pieces."""
    cut = [(low, min(low + SLICE, high)) for first, high in regions for low in range(first, high, SLICE)]
    return cut[::-1]


def index_table(space: Space, block: ctypes.Array[ctypes.c_uint64]) -> Memory | None:
    """Have the pass block name a table of all states: the space's own if it can be looked up, or else a
    new one, for which the space's is freed."""
    ready = space.index_table
    if ready is not None:
        block[Pass.TABLE], block[Pass.MASK] = ready
        return None
    space.drop_table()
    slots = slots_for(space.count)
    space.make_room(slots * WORD)
    memory = arena.reserve(slots * WORD, huge=True)
    if memory is None:
        raise MemoryError("the system gives no memory for a table")
    block[Pass.TABLE], block[Pass.MASK] = memory.address, slots - 1
    index = second_passes(space.rules.words).function("index", 4)
    for low, high in _slices(space.regions):  # so that an interrupt gets in
        index(ctypes.addressof(space.store.context), ctypes.addressof(block), low, high)
    return memory
