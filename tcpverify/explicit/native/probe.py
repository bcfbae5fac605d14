"""Looking again at states already stored: which of them a watch speaks of."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence

from tcpverify.explicit.native.slots import Block, Context
from tcpverify.explicit.native.space import Range, Space
from tcpverify.explicit.native.store import Scratch

Words = ctypes.c_uint64


class Probe:
    """The rules of a space, called for ranges of its states with a thread block of its own, so that no
    counter of the search changes."""

    def __init__(self, space: Space) -> None:
        """MemoryError if the system gives no memory for it."""
        self._states, self._seen_bytes = space.store.states.address, space.store.seen_bytes
        self._scratch = Scratch(space.store)
        function = ctypes.CFUNCTYPE(Words, *[Words] * 4)
        self._call_expand = function(space.store.context[Context.EXPAND])
        self._call_look = function(space.store.context[Context.LOOK])

    def close(self) -> None:
        """Give its memory back."""
        self._scratch.close()

    def hits(self, byte: int, looks: bool, ranges: Sequence[Range]) -> Iterator[int]:
        """The states of some ranges that set a byte of SEEN, in ascending order; `looks`: the byte is one
        of `@look`. A range without any is passed over whole, the others are halved."""
        for first, end in ranges:
            yield from self._hits(byte, looks, first, end)

    def _hits(self, byte: int, looks: bool, first: int, end: int) -> Iterator[int]:
        if first >= end:
            return
        seen = self._scratch.block[Block.SEEN]
        ctypes.memset(seen, 0, self._seen_bytes)
        (self._look if looks else self._expand)(first, end)
        if not ctypes.c_uint8.from_address(seen + byte).value:
            return
        if end - first == 1:
            yield first
            return
        middle = (first + end) // 2
        yield from self._hits(byte, looks, first, middle)
        yield from self._hits(byte, looks, middle, end)

    def _look(self, first: int, end: int) -> None:
        self._call_look(self._scratch.address, self._states, first, end)

    def _expand(self, first: int, end: int) -> None:
        while first < end:
            self._scratch.block[Block.FILLED] = 0
            first = self._call_expand(self._scratch.address, self._states, first, end)
