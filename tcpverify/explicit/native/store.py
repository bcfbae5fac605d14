"""The memory of a space: states, parents, hash table, and a thread block with buffers for each thread."""

from __future__ import annotations

import ctypes
from dataclasses import replace

from tcpverify.explicit.native import arena
from tcpverify.explicit.native.arena import Memory, Words
from tcpverify.explicit.native.kernel import FILTER_BITS
from tcpverify.explicit.native.rules import Rules
from tcpverify.explicit.native.slots import MOST_STATES, STRIDE, Block, Context
from tcpverify.records import record

WORD = 8
PARENT = 4
SLOT_A_STATE = 14
"""Bytes of table a state takes when the table is as full as may be, rounded up."""

LEAST_ROOM = 8192
"""Places in a buffer, if the rules do not ask for more."""

LEAST_TABLE = 1 << 20
"""Bytes of addresses for the table, at least."""

MOST_BATCH = 64
STRIP = 16
CONTEXT_WORDS = 64
MARGIN = 4096
"""Bytes past the last state: a rebuild reads a few states ahead."""


@record
class Sizes:
    """How the memory is laid out: `region` indices a thread, `room` places a buffer, `batch` states, and
    addresses for a table of `table` bytes (a power of two), `label` words a label."""

    words: int
    threads: int
    region: int
    room: int
    batch: int
    table: int
    label: int = 0

    @property
    def state(self) -> int:
        """Bytes of a state with its parent."""
        return WORD * self.words + PARENT


def sizes(rules: Rules, threads: int, budget: int) -> Sizes:
    """The layout for a model and a budget in bytes. Any thread may find all states: each region is as large
    as the budget allows, unless the process may not reserve what it will not touch."""
    most = max(1, rules.most_successors)
    room = max(LEAST_ROOM, most)
    affordable = budget // (WORD * rules.words + PARENT + SLOT_A_STATE)
    table = max(LEAST_TABLE, 1 << min(budget, 4 * WORD * MOST_STATES).bit_length() - 1)
    if arena.addresses_are_scarce():
        affordable //= threads
        table = max(LEAST_TABLE, table // 2)
    region = min(MOST_STATES // threads, affordable + 2 * room)
    return Sizes(
        rules.words, threads, region, room, max(1, min(MOST_BATCH, room // most)), table, rules.label_words
    )


def buffer_bytes(sizes: Sizes) -> int:
    """The memory of a thread's buffers."""
    return sum(_parts(sizes)) * WORD


def equip(block: Words, sizes: Sizes, buffers: int, seen: int) -> None:
    """Give a thread block its buffers, and one byte for each watch and action from the address `seen`."""
    for slot, size in zip(_BUFFERS, _parts(sizes), strict=True):
        block[slot] = buffers
        buffers += size * WORD
    block[Block.ROOM], block[Block.SEEN] = sizes.room, seen


_BUFFERS = (Block.BUFFER, Block.LINKS, Block.HASHES, Block.FILTER, Block.LABELS)


def _parts(sizes: Sizes) -> tuple[int, ...]:
    """Words of each buffer of a thread."""
    room = sizes.room
    return (room * sizes.words, room, room, sizes.words << FILTER_BITS, room * sizes.label)


class Store:
    """What the kernel works on. `close` gives all of it back."""

    def __init__(self, rules: Rules, wanted: Sizes) -> None:
        """Reserve the memory; MemoryError if the system does not even give a small part of it."""
        self._memories: list[Memory] = []
        self.table: Memory | None = None
        self._table_used = 0
        try:
            self._reserve(rules, wanted)
        except BaseException:
            self.close()
            raise

    def _reserve(self, rules: Rules, wanted: Sizes) -> None:
        self.seen_bytes = rules.seen
        self.sizes = self._of_states(wanted)
        seen_words = -(-self.seen_bytes // WORD) + 1
        blocks = self._memory((CONTEXT_WORDS + wanted.threads * (STRIDE + seen_words)) * WORD)
        self.context = arena.words(blocks.address, CONTEXT_WORDS)
        first = blocks.address + CONTEXT_WORDS * WORD
        self.blocks = [arena.words(first + t * STRIDE * WORD, STRIDE) for t in range(wanted.threads)]
        seen = first + wanted.threads * STRIDE * WORD
        for t, block in enumerate(self.blocks):
            buffers = self._memory(buffer_bytes(self.sizes))
            equip(block, self.sizes, buffers.address, seen + t * seen_words * WORD)
            region = self.sizes.region
            block[Block.NEXT] = block[Block.CURSOR] = block[Block.END] = t * region
            block[Block.REGION_END] = (t + 1) * region
        context = self.context
        context[Context.STATES], context[Context.PARENTS] = self.states.address, self.parents.address
        context[Context.THREADS], context[Context.BLOCKS] = wanted.threads, first
        context[Context.BATCH], context[Context.STRIP] = self.sizes.batch, STRIP

    def _of_states(self, wanted: Sizes) -> Sizes:
        """Reserve states and parents: as many as wanted or as the system allows, by halves."""
        region = wanted.region
        while region >= 2 * wanted.room:
            whole = region * wanted.threads
            states = arena.reserve(whole * WORD * wanted.words + MARGIN, huge=True)
            parents = None if states is None else arena.reserve(whole * PARENT, huge=True)
            if states is not None and parents is not None:
                self.states, self.parents = states, parents
                self._memories += (states, parents)
                return replace(wanted, region=region)
            if states is not None:
                states.close()
            region //= 2
        raise MemoryError("the system gives no memory for the states")

    def _memory(self, size: int, *, huge: bool = False) -> Memory:
        found = arena.reserve(size, huge=huge)
        if found is None:
            raise MemoryError(f"the system gives no {size:,} bytes of memory")
        self._memories.append(found)
        return found

    def new_table(self, slots: int) -> bool:
        """Make an empty table of so many slots (a power of two) where the old one was; False if there is no
        memory. What the old one had touched is wiped and used again: new pages cost more than that."""
        if self.table is None:
            self.table = self._table_area()
        size = slots * WORD
        if self.table is None or size > self.table.size:
            return False
        ctypes.memset(self.table.address, 0, self._table_used)
        self._table_used = size
        self.context[Context.TABLE], self.context[Context.MASK] = self.table.address, slots - 1
        return True

    def _table_area(self) -> Memory | None:
        """Room for the table to grow in: as much as wanted or as the system allows, by halves."""
        size = self.sizes.table
        while size >= LEAST_TABLE:
            found = arena.reserve(size, huge=True)
            if found is not None:
                return found
            size //= 2
        return None

    def drop_table(self) -> None:
        """Free the table."""
        if self.table is not None and not self.table.discard():
            self.table.close()
            self.table = None
        self._table_used = 0

    def seen(self) -> bytes:
        """The bytes of SEEN, of all threads together."""
        found = 0
        for block in self.blocks:
            found |= int.from_bytes(ctypes.string_at(block[Block.SEEN], self.seen_bytes), "little")
        return found.to_bytes(self.seen_bytes, "little")

    def total(self, slot: Block) -> int:
        """The sum of a counter over the threads."""
        return sum(block[slot] for block in self.blocks)

    def close(self) -> None:
        """Give all memory back; nothing of the store may be used after this."""
        if self.table is not None:
            self.table.close()
            self.table = None
        while self._memories:
            self._memories.pop().close()


class Scratch:
    """A thread block of its own with buffers, for passes that must not change what a search counted."""

    def __init__(self, store: Store) -> None:
        seen_words = -(-store.seen_bytes // WORD) + 1
        head = (STRIDE + seen_words) * WORD
        memory = arena.reserve(head + buffer_bytes(store.sizes))
        if memory is None:
            raise MemoryError("the system gives no memory for buffers")
        self._memory = memory
        self.address = memory.address
        self.block = arena.words(memory.address, STRIDE)
        equip(self.block, store.sizes, memory.address + head, memory.address + STRIDE * WORD)

    def close(self) -> None:
        """Give its memory back."""
        self._memory.close()
