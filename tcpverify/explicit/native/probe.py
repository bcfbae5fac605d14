"""Looking again at states already stored: which of them a watch speaks of."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence

from tcpverify.explicit.native.slots import STRIDE, Block, Context
from tcpverify.explicit.native.space import Range, Space

Words = ctypes.c_uint64


class Probe:
    """The rules of a space, called for ranges of its states with a thread block of its own, so that no
    counter of the search changes."""

    def __init__(self, space: Space) -> None:
        rules, room = space.rules, max(1, space.rules.most_successors)
        self._states = space.store.states.address
        self._seen = (ctypes.c_uint8 * (rules.watches + rules.actions))()
        self._buffer, self._links = (Words * (room * rules.words))(), (Words * room)()
        self._labels = (Words * (room * rules.label_words))()
        self._block = (Words * STRIDE)()
        self._block[Block.ROOM] = room
        self._block[Block.BUFFER] = ctypes.addressof(self._buffer)
        self._block[Block.LINKS] = ctypes.addressof(self._links)
        self._block[Block.LABELS] = ctypes.addressof(self._labels)
        self._block[Block.SEEN] = ctypes.addressof(self._seen)
        function = ctypes.CFUNCTYPE(Words, *[Words] * 4)
        self._call_expand = function(space.store.context[Context.EXPAND])
        self._call_look = function(space.store.context[Context.LOOK])

    def hits(self, byte: int, looks: bool, ranges: Sequence[Range]) -> Iterator[int]:
        """The states of some ranges that set a byte of SEEN, in ascending order; `looks`: the byte is one
        of `@look`. A range without any is passed over whole, the others are halved."""
        for first, end in ranges:
            yield from self._hits(byte, looks, first, end)

    def _hits(self, byte: int, looks: bool, first: int, end: int) -> Iterator[int]:
        if first >= end:
            return
        ctypes.memset(self._seen, 0, len(self._seen))
        (self._look if looks else self._expand)(first, end)
        if not self._seen[byte]:
            return
        if end - first == 1:
            yield first
            return
        middle = (first + end) // 2
        yield from self._hits(byte, looks, first, middle)
        yield from self._hits(byte, looks, middle, end)

    def _look(self, first: int, end: int) -> None:
        self._call_look(ctypes.addressof(self._block), self._states, first, end)

    def _expand(self, first: int, end: int) -> None:
        while first < end:
            self._block[Block.FILLED] = 0
            first = self._call_expand(ctypes.addressof(self._block), self._states, first, end)
