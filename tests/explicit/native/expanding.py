"""A rules module called directly, one state at a time, without the kernel."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

from tcpverify.explicit.native import jit
from tcpverify.explicit.native.generate import generate
from tcpverify.explicit.native.layout import layout
from tcpverify.explicit.native.slots import STRIDE, Block
from tcpverify.explicit.native.watching import watches
from tcpverify.ir.system import Property, State, System


class Expansion(NamedTuple):
    """`successors`: (meta, state) in the order of their codes; `seen`, `looked`: the bytes that
    `@expand` and `@look` set."""

    successors: list[tuple[int, State]]
    seen: bytes
    looked: bytes


class Expander:
    """The rules of a system as machine code."""

    def __init__(self, system: System, properties: Sequence[Property], level: int = jit.FAST) -> None:
        import llvmlite.binding as llvm

        self.layout = layout(system)
        self.watches = watches(properties)
        self.rules = generate(system, self.layout, self.watches)
        llvm.parse_assembly(self.rules.text).verify()
        self._machine = jit.assemble(self.rules.text, level)
        self._expand = self._machine.function("expand", 4)
        self._look = self._machine.function("look", 4)
        room = self.rules.most_successors
        self._buffer = (ctypes.c_uint64 * (room * self.rules.words))()
        self._links = (ctypes.c_uint64 * room)()
        self._seen = (ctypes.c_uint8 * (self.rules.seen))()
        self._states = (ctypes.c_uint64 * self.rules.words)()
        self._block = (ctypes.c_uint64 * STRIDE)()
        for slot, array in (
            (Block.BUFFER, self._buffer),
            (Block.LINKS, self._links),
            (Block.SEEN, self._seen),
        ):
            self._block[slot] = ctypes.addressof(array)
        self._block[Block.ROOM] = room

    def expand(self, state: State) -> Expansion:
        """All that the rules say of a state."""
        self._states[:] = self.layout.pack(state)
        self._block[Block.FILLED] = 0
        arguments = ctypes.addressof(self._block), ctypes.addressof(self._states), 0, 1
        ctypes.memset(self._seen, 0, len(self._seen))
        assert self._expand(*arguments) == 1
        seen = bytes(self._seen)
        ctypes.memset(self._seen, 0, len(self._seen))
        self._look(*arguments)
        count, width = self._block[Block.FILLED], self.rules.words
        found = [
            (self._links[i] & 0xFFFFFFFF, self.layout.unpack(self._buffer[i * width : (i + 1) * width]))
            for i in range(count)
        ]
        return Expansion(sorted(found, key=lambda s: s[0]), seen, bytes(self._seen))
