"""The states of a model, explored level by level in machine code by one or more threads."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum, auto

from tcpverify.background import Background
from tcpverify.explicit.native import arena, crew, jit
from tcpverify.explicit.native.compiled import kind_of, search_kernel
from tcpverify.explicit.native.rules import Rules
from tcpverify.explicit.native.slots import MOST_STATES, Block, Context, Outcome
from tcpverify.explicit.native.store import PARENT, WORD, Store, sizes

LOAD = 0.6
"""The table grows when more of its slots than this are taken."""

LEAST_SLOTS = 1 << 14
GROWTH = ((1 << 18, 8), (1 << 22, 4))
"""Up to so many slots a table grows by such a factor, beyond by 2."""

WIDE = 20_000
"""Threads help where so many states of a level are to be expanded; below it one is quicker alone."""

PIECE = 1 << 18
"""States that a thread enters at once into a table built anew."""

QUOTA = 1_000_000
"""Transitions between two looks up: some 20 ms."""

COST_OF_A_LEVEL = 1_000
"""So many transitions' time goes by in Python between two levels; it counts towards the quota."""

ENDLESS = 1 << 62

LONG_RUN = 20_000_000
"""Transitions after which better machine code for the rules is made in the background."""

Range = tuple[int, int]
"""Indices from the first to the one after the last."""


class End(Enum):
    """How far `advance` came."""

    LEVEL = auto()
    """Every state of the newest level was expanded, and there are new states."""
    COMPLETE = auto()
    """Every reachable state was expanded."""
    STOPPED = auto()
    """The caller wished so."""
    STATES = auto()
    """More than `max_states` states are stored."""
    MEMORY = auto()
    """The next step does not fit into the budget, or the system gives no more memory."""
    INDICES = auto()
    """No index is left for a new state."""


class Space:
    """The states found so far, numbered by indices that need not be consecutive with several threads.

    `levels[d]` are the ranges of the indices of the states at distance d from an initial state, one
    range a thread; `complete` is set when all are found. State k of the initial ones has index k. After
    an interrupt, or any end but COMPLETE, everything can still be read, and `advance` goes on.
    """

    def __init__(
        self,
        rules: Rules,
        threads: int,
        memory_bytes: int,
        *,
        max_states: int = MOST_STATES,
        quota: int = QUOTA,
    ) -> None:
        """An empty space; MemoryError if the system gives no memory to speak of."""
        self.rules, self.threads = rules, threads
        self.kind = kind_of(rules, threads)
        self.levels: list[tuple[Range, ...]] = []
        self.complete = False
        self._budget, self._max_states, self._quota = memory_bytes, max_states, quota
        machine = search_kernel(self.kind)
        self._run, self._rebuild = machine.function("run", 2), machine.function("rebuild", 3)
        self._machines = [machine]
        self._better: Background[None] | None = None
        self.store = Store(rules, sizes(rules, threads, memory_bytes))
        self._opened = 0
        self._table_is_whole = False
        self._slots = 0
        self._credit = quota
        self._use_rules(jit.FAST)

    # --- What is known -------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """States stored."""
        return sum(high - low for low, high in self.regions)

    @property
    def regions(self) -> list[Range]:
        """The indices in use, one range a thread."""
        size = self.store.sizes.region
        return [(t * size, block[Block.NEXT]) for t, block in enumerate(self.store.blocks)]

    @property
    def transitions(self) -> int:
        """Transitions taken."""
        return self.store.total(Block.TRANSITIONS)

    @property
    def dead_ends(self) -> int:
        """States without a successor."""
        return self.store.total(Block.DEAD_ENDS)

    @property
    def depth(self) -> int:
        """Within it every state is known; -1 before the initial states are."""
        return len(self.levels) - 1

    @property
    def frontier(self) -> int:
        """States of the newest level."""
        return sum(high - low for low, high in self.levels[-1]) if self.levels else 0

    @property
    def bytes_used(self) -> int:
        """Bytes of states, parents, table and buffers."""
        return self._bytes_without_table + self._slots * WORD

    @property
    def _bytes_without_table(self) -> int:
        sizes = self.store.sizes
        buffers = self.threads * sizes.room * (self.rules.words + 2 + sizes.label) * WORD
        return self.count * sizes.state + buffers

    def seen(self) -> bytes:
        """One byte a watch, then one an action: 1 where it was seen."""
        return self.store.seen()

    def words(self, index: int) -> tuple[int, ...]:
        """The words of a state."""
        size = self.rules.words
        return tuple(arena.words(self.store.states.address + index * size * WORD, size))

    def parent(self, index: int) -> int:
        """The index of the state that a state was found from; of an initial one its own."""
        return ctypes.c_uint32.from_address(self.store.parents.address + index * PARENT).value

    # --- Exploring -----------------------------------------------------------------------------------

    def start(self, initial: Sequence[tuple[int, ...]]) -> None:
        """Store the initial states, in their order, each once."""
        distinct = list(dict.fromkeys(initial))
        block, address = self.store.blocks[0], self.store.states.address
        if len(distinct) > self.store.sizes.region:
            raise MemoryError("the initial states do not fit into memory")
        flat: list[ctypes.c_uint64 | int] = [word for state in distinct for word in state]
        arena.words(address, len(flat))[:] = flat
        parents = (ctypes.c_uint32 * len(distinct)).from_address(self.store.parents.address)
        parents[:] = list(range(len(distinct)))
        block[Block.NEXT] = self.store.context[Context.COUNT] = len(distinct)
        look = ctypes.CFUNCTYPE(None, *[ctypes.c_uint64] * 4)(self.store.context[Context.LOOK])
        look(ctypes.addressof(block), address, 0, len(distinct))
        self._close_level()

    def advance(self, keep_going: Callable[[], bool]) -> End:
        """Expand the newest level to its end, or to a limit; `keep_going` is asked now and then.

        An interrupt leaves the space as it was found: usable, the level partly expanded.
        """
        while not self.complete:
            self._open_level()
            if not self._table_is_whole and not self._make_table(self._slots_for(self.count)):
                return End.MEMORY
            members = self._members()
            if not members:
                return End.INDICES
            outcomes, stopped = self._work(members, keep_going)
            if Outcome.BROKEN in outcomes:
                raise RuntimeError("the rules have more successors than they promise")
            if self._left() == 0:
                self._close_level()
                return End.COMPLETE if self.complete else End.LEVEL
            if self.store.context[Context.COUNT] > self._max_states:
                return End.STATES
            if self.bytes_used > self._budget or (Outcome.LIMIT_REACHED in outcomes and not self._grow()):
                return End.MEMORY
            if stopped:
                return End.STOPPED
        return End.COMPLETE

    def drop_table(self) -> None:
        """Free the table, to make room for a second pass; `advance` would build it anew."""
        self._table_is_whole = False
        self._slots = 0
        self.store.drop_table()

    def allows(self, size: int) -> bool:
        """Whether so many bytes more may be used."""
        return self.bytes_used + size <= self._budget

    def make_room(self, size: int) -> None:
        """See to it that so many bytes more may be used, at the cost of the table; MemoryError if not."""
        if not self.allows(size):
            self.drop_table()
        if not self.allows(size):
            raise MemoryError(f"{size:,} bytes more than the states take are not allowed")

    @property
    def index_table(self) -> tuple[int, int] | None:
        """Address and mask of the table if it is one of indices and holds every state."""
        if self.kind.whole or not self._table_is_whole:
            return None
        context = self.store.context
        return context[Context.TABLE], context[Context.MASK]

    def close(self) -> None:
        """Give all memory back."""
        if self._better is not None:
            self._better.result()
        self.store.close()

    def _work(self, members: Sequence[int], keep_going: Callable[[], bool]) -> tuple[list[Outcome], bool]:
        """Let these threads run until something is to be done; whether it was the caller's wish."""
        context, blocks = self.store.context, self.store.blocks
        here, leader = ctypes.addressof(context), members[0]
        wishes: list[bool] = []
        context[Context.STOP] = 0
        for member in members:
            blocks[member][Block.QUOTA] = self._credit if member == leader else ENDLESS

        def work(member: int) -> Outcome:
            return Outcome(self._run(here, member))

        def look_up() -> bool:
            blocks[leader][Block.QUOTA] = self._quota
            self._improve_code()
            if not keep_going():
                wishes.append(False)
            return not wishes and self.bytes_used <= self._budget

        def stop() -> None:
            context[Context.STOP] = 1

        outcomes = crew.run(work, members, look_up, stop)
        self._credit = max(0, ctypes.c_int64(blocks[leader][Block.QUOTA]).value - COST_OF_A_LEVEL)
        return outcomes, bool(wishes)

    def _members(self) -> list[int]:
        """The threads that have room for new states; one alone where the level is narrow."""
        room = self.store.sizes.room
        able = [t for t, b in enumerate(self.store.blocks) if b[Block.NEXT] + room <= b[Block.REGION_END]]
        return able if self._left() >= WIDE else able[:1]

    def _left(self) -> int:
        """States of the newest level not expanded; a cursor may have run past its end."""
        return sum(max(0, b[Block.END] - b[Block.CURSOR]) for b in self.store.blocks)

    # --- Levels --------------------------------------------------------------------------------------

    def _close_level(self) -> None:
        """What lies behind the newest level is the next one. One assignment, safe from interrupts."""
        begins = [high for _, high in self.levels[-1]] if self.levels else [low for low, _ in self.regions]
        level = tuple(zip(begins, (high for _, high in self.regions), strict=True))
        if any(low < high for low, high in level):
            self.levels.append(level)
        else:
            self.complete = True

    def _open_level(self) -> None:
        """Set the cursors to the newest level, unless that is done; repeated safely after an interrupt."""
        if self._opened < len(self.levels):
            for block, (low, high) in zip(self.store.blocks, self.levels[-1], strict=True):
                block[Block.CURSOR], block[Block.END] = low, high
            self._opened = len(self.levels)

    # --- The table -----------------------------------------------------------------------------------

    @property
    def _slack(self) -> int:
        """The states that all threads together may store between two looks at the limit."""
        sizes = self.store.sizes
        return self.threads * sizes.batch * max(1, self.rules.most_successors)

    def _slots_for(self, states: int) -> int:
        """A table that holds so many states and a few batches more."""
        slots = LEAST_SLOTS
        while slots * LOAD < 2 * (states + self._slack):
            slots *= 2
        return slots

    def _grow(self) -> bool:
        """Put a larger table in place of a full one; False if none fits."""
        factor = next((factor for most, factor in GROWTH if self._slots <= most), 2)
        while factor > 1:
            if self._bytes_without_table + self._slots * factor * WORD <= self._budget:
                return self._make_table(self._slots * factor)
            factor //= 2
        return False

    def _make_table(self, slots: int) -> bool:
        """Build the table anew from the states."""
        self._table_is_whole = False
        self._slots = 0
        if not self.store.new_table(slots):
            return False
        self._slots = slots
        context = self.store.context
        context[Context.LIMIT] = min(int(slots * LOAD) - self._slack, self._max_states + 1)
        here = ctypes.addressof(context)
        parts = self._parts()

        def enter(_: int) -> Outcome:
            while parts:
                with suppress(IndexError):  # another thread took the last
                    self._rebuild(here, *parts.pop())
            return Outcome.LEVEL_DONE

        crew.run(enter, range(min(self.threads, max(1, len(parts)))), lambda: True, parts.clear)
        self._table_is_whole = True
        return True

    def _parts(self) -> list[Range]:
        """The states in pieces."""
        return [
            (low, min(low + PIECE, high)) for first, high in self.regions for low in range(first, high, PIECE)
        ]

    # --- The rules -----------------------------------------------------------------------------------

    def _use_rules(self, level: int) -> None:
        """Compile the rules and call them from the next batch on; older code stays, as it may be running."""
        machine = jit.assemble(self.rules.text, level)
        self._machines.append(machine)
        context = self.store.context
        context[Context.EXPAND] = machine.address("expand")
        context[Context.LOOK] = machine.address("look")

    def _improve_code(self) -> None:
        """In a long run, have better machine code made aside; it is used as soon as it is there."""
        if self._better is None and self.transitions > LONG_RUN:
            self._better = Background(lambda: self._use_rules(jit.THOROUGH))
