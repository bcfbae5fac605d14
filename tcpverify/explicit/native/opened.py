"""The part of the state graph in which a request may be open, in memory, and what is asked of it.

Nodes are numbered as they are found, those where a request may open first. What the numbers are depends
on the threads of the search; what is found by them must not.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence

from tcpverify.explicit.graph import Look
from tcpverify.explicit.native import arena, jit
from tcpverify.explicit.native.arena import Memory, U32s
from tcpverify.explicit.native.compiled import flood_passes, graph_passes
from tcpverify.explicit.native.generate import opener
from tcpverify.explicit.native.layout import Layout
from tcpverify.explicit.native.slots import Part, Pass, Tally
from tcpverify.explicit.native.space import LOAD, Space
from tcpverify.explicit.native.store import WORD, Scratch
from tcpverify.explicit.native.sweep import index_table
from tcpverify.ir.system import Property, System

U32 = 4
SLICE = 1 << 16
"""Nodes between two looks up."""

LEAST_LABEL_SLOTS = 1 << 12
MOST_LABELS = 1 << 22


class Opened:
    """All that is reached from where a request may open, without an answer; `close` gives it back.

    `count` nodes; `happened`: whether what is asked for happens at all; `begins`: nodes below it are those
    where a request may open.
    """

    def __init__(self, space: Space, system: System, packing: Layout, prop: Property, look: Look) -> None:
        """Find it all.

        Raises:
            MemoryError: it does not fit into what the space may use.
            Stopped: `look`, called now and then, said so.
        """
        self.space, self.look = space, look
        self.block = (ctypes.c_uint64 * len(Part))()
        self.here = ctypes.addressof(self.block)
        self._memories: dict[Part, Memory] = {}
        self._used = 0
        try:
            self._machine = jit.assemble(opener(system, packing, prop), jit.FAST)
            self._seed(prop.antecedent is None)
            self.begins = self.block[Part.BEGINS] = self.block[Part.COUNT]
            if self.begins:
                self._flood()
                self._flag()
        except BaseException:
            self.close()
            raise

    # --- What is known -------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Nodes."""
        return self.block[Part.COUNT]

    @property
    def happened(self) -> bool:
        """Whether what is asked for happens in some state."""
        return bool(self.block[Part.HAPPENED])

    def u32s(self, slot: Part, count: int) -> U32s:
        """The first numbers of an array of u32, of no use once it is given back."""
        return (ctypes.c_uint32 * count).from_address(self.block[slot])

    def labels(self) -> Iterator[Sequence[int]]:
        """The words of each label, by number."""
        size, address = self.space.rules.label_words, self.block[Part.LABELS]
        for number in range(self.block[Part.LABEL_COUNT]):
            yield tuple(arena.words(address + number * size * WORD, size))

    def edges(self, node: int) -> Iterator[tuple[int, int]]:
        """The label of each edge of a node, and the node that it leads to; OUTSIDE if that is no node."""
        begin, end = arena.words(self.block[Part.OFFSETS] + node * WORD, 2)
        for edge in arena.words(self.block[Part.EDGES] + begin * WORD, end - begin):
            yield edge >> 32, edge & 0xFFFFFFFF

    def flags(self, node: int) -> int:
        """The flags of a node."""
        return ctypes.c_uint8.from_address(self.block[Part.FLAGS] + node).value

    def any_flag(self, flag: int) -> bool:
        """Whether some node has a flag."""
        flags = ctypes.string_at(self.block[Part.FLAGS], self.count)
        return any(flags.find(byte) >= 0 for byte in range(8) if byte & flag)

    def words(self, node: int) -> tuple[int, ...]:
        """The words of its state."""
        return self.space.words(self.index(node))

    def index(self, node: int) -> int:
        """The index of its state."""
        return ctypes.c_uint32.from_address(self.block[Part.NODES] + node * U32).value

    def component(self, node: int) -> int:
        """The number of its fair component; 0 if it is in none."""
        return ctypes.c_uint32.from_address(self.block[Part.COMPONENT] + node * U32).value

    def members(self, component: int) -> Sequence[int]:
        """The nodes of a component."""
        first, end = self.u32s(Part.BOUNDS, component + 1)[component - 1 :]
        return self.u32s(Part.MEMBERS, end)[first:]

    def asks(self, component: int) -> bool:
        """Whether a request may open in a component."""
        return bool(ctypes.c_uint8.from_address(self.block[Part.ASKS] + component).value)

    def close(self) -> None:
        """Give all memory back."""
        while self._memories:
            self._memories.popitem()[1].close()

    # --- Memory --------------------------------------------------------------------------------------

    def _array(self, slot: Part, size: int) -> None:
        """A zeroed array of so many bytes, taken as it is touched."""
        memory = arena.reserve(max(1, size), huge=True)
        if memory is None:
            raise MemoryError("the system gives no memory for the part of the graph with open requests")
        if slot in self._memories:
            self._memories[slot].close()
        self._memories[slot], self.block[slot] = memory, memory.address

    def _charge(self, size: int) -> None:
        """So many bytes more are used in all."""
        if not self.space.allows(self._used + size):
            raise MemoryError("the part of the graph with open requests does not fit into memory")

    # --- The flood -----------------------------------------------------------------------------------

    def _seed(self, at_once: bool) -> None:
        """Number the nodes where a request may open: the initial states, or where it is asked."""
        space = self.space
        self._used = space.count * 2 * U32
        self._charge(0)
        self._array(Part.NUMBERS, space.store.sizes.region * space.threads * U32)
        self._array(Part.NODES, space.count * U32)
        seed = self._machine.function("seed", 5)
        initial = space.levels[0][0][1] if at_once and space.levels else 0
        for low, high in space.regions:
            for first in range(low, high, SLICE):
                end = min(first + SLICE, high)
                middle = min(max(first, initial), end) if low == 0 else first
                seed(space.store.states.address, first, middle, self.here, 1)
                seed(space.store.states.address, middle, end, self.here, 0)
                self.look()

    def _flood(self) -> None:
        space, block = self.space, self.block
        pass_block = (ctypes.c_uint64 * len(Pass))()
        index = index_table(space, pass_block)
        scratch = Scratch(space.store)
        try:
            block[Part.TABLE], block[Part.MASK] = pass_block[Pass.TABLE], pass_block[Pass.MASK]
            own = 0 if index is None else index.size
            self._array(Part.OFFSETS, (space.count + 1) * WORD)
            self._array(Part.EDGES, space.transitions * WORD)
            self._array(Part.LABELS, MOST_LABELS * space.rules.label_words * WORD)
            machine = flood_passes(space.rules.words, space.rules.label_words)
            flood, context = machine.function("flood", 4), ctypes.addressof(space.store.context)
            self._new_label_table(machine)
            while flood(context, scratch.address, self.here, SLICE):
                if block[Part.LABEL_COUNT] >= block[Part.LABEL_LIMIT]:
                    self._new_label_table(machine)
                self._charge(own + self._grown())
                self.look()
        finally:
            scratch.close()
            if index is not None:
                index.close()
        self._used += self._grown()

    def _grown(self) -> int:
        """Bytes that the flood has touched so far."""
        return self.count * WORD + self.block[Part.EDGE_COUNT] * WORD

    def _new_label_table(self, machine: jit.Machine) -> None:
        """A table of labels with much more room than they take."""
        slots, most = LEAST_LABEL_SLOTS, self.space.store.sizes.room
        while int(slots * LOAD) - most < 2 * self.block[Part.LABEL_COUNT] + 1:
            slots *= 2
        if int(slots * LOAD) > MOST_LABELS:
            raise MemoryError("there are too many kinds of steps")
        self._array(Part.LABEL_TABLE, slots * WORD)
        self.block[Part.LABEL_MASK], self.block[Part.LABEL_LIMIT] = slots - 1, int(slots * LOAD) - most
        machine.function("relabel", 1)(self.here)

    def _flag(self) -> None:
        self._charge(self.count)
        self._used += self.count
        self._array(Part.FLAGS, self.count)
        flag = self._machine.function("flag", 4)
        for first, end in self._slices():
            flag(self.space.store.states.address, first, end, self.here)
            self.look()

    def _slices(self) -> Iterator[tuple[int, int]]:
        return ((first, min(first + SLICE, self.count)) for first in range(0, self.count, SLICE))

    # --- What may be done for ever -------------------------------------------------------------------

    def demand(self, things: list[ctypes.c_uint64 | int], strong: Sequence[bool], time: int) -> None:
        """Say what each label does (thing << 32 | thing), which of the things, from 0 on, where 0 is none,
        are strongly fair, and which of them is time."""
        self._array(Part.THINGS, len(things) * WORD)
        arena.words(self.block[Part.THINGS], len(things))[:] = things
        self._array(Part.TALLIES, len(strong) * Tally.SIZE * WORD)
        tallies = arena.words(self.block[Part.TALLIES], len(strong) * Tally.SIZE)
        for thing, is_strong in enumerate(strong):
            tallies[thing * Tally.SIZE + Tally.STRONG] = is_strong
        self.block[Part.TIME] = time

    def stay(self) -> bool:
        """Flag the nodes in which a fair run may stay; whether there are any."""
        stay, found = graph_passes().function("stay", 3), 0
        for first, end in self._slices():
            found += stay(self.here, first, end)
            self.look()
        return found > 0

    def find_components(self) -> int:
        """Find the fair components; how many there are."""
        block, machine = self.block, graph_passes()
        self._analysis_arrays()
        components, fair = machine.function("components", 2), machine.function("fair", 3)
        left = 1
        while left:
            block[Part.ROOT] = block[Part.MET] = 0
            block[Part.COMPONENTS] = block[Part.KEPT]
            while components(self.here, SLICE):
                self.look()
            left = 0
            first, last = block[Part.KEPT], block[Part.COMPONENTS]
            while first < last:
                end = self._some_components(first, last)
                left += fair(self.here, first, end)
                first = end
                self.look()
        return block[Part.KEPT]

    def _some_components(self, first: int, last: int) -> int:
        """The end of as many components as have some SLICE of nodes, at least one."""
        bounds = self.u32s(Part.BOUNDS, last + 1)
        end, most = first + 1, bounds[first] + SLICE
        while end < last and bounds[end] < most:
            end += 1
        return end

    def clear_ways(self) -> None:
        """Make ready to find ways: no node is reached yet."""
        if Part.LOW not in self._memories:
            self._analysis_arrays()
        ctypes.memset(self.block[Part.LOW], 0, self.count * U32)
        self.block[Part.STACK_LENGTH] = 0

    def _analysis_arrays(self) -> None:
        size = self.count
        wide = (Part.LOW, Part.STACK, Part.PATH, Part.PATH_OWN, Part.COMPONENT, Part.MEMBERS)
        self._charge(size * (len(wide) * U32 + WORD + U32 + 1))
        for slot in wide:
            self._array(slot, size * U32)
        self._array(Part.PATH_EDGES, size * WORD)
        self._array(Part.BOUNDS, (size + 1) * U32)
        self._array(Part.ASKS, size + 1)
