"""The numbers of the slots by which Python, the kernel and the rules share what they know.

A *context block* describes the space, a *thread block* one thread's work. Both are arrays of 64-bit
words; thread blocks follow one another at a distance of `STRIDE` words. Indices count states, sizes and
rooms count places for one state (of `words` 64-bit words), addresses are bytes.
"""

from __future__ import annotations

from enum import IntEnum

STRIDE = 64
"""Words from one thread block to the next: 512 bytes, so that threads share no cache line."""


class Context(IntEnum):
    """The slots of the context block."""

    STATES = 0
    """Address of the states; state i is the words from i * words on."""
    PARENTS = 1
    """Address of one u32 a state: the index of the state it was found from."""
    TABLE = 2
    """Address of the hash table, one word a slot; 0 is an empty slot."""
    MASK = 3
    """The number of slots (a power of two) less one."""
    THREADS = 4
    """How many thread blocks there are."""
    BLOCKS = 5
    """Address of the first thread block."""
    COUNT = 6
    """States stored by all threads."""
    LIMIT = 7
    """The kernel returns when COUNT is this or more."""
    EXPAND = 8
    """Address of `@expand`; read anew for every batch."""
    LOOK = 9
    """Address of `@look`; read anew for every batch."""
    STOP = 10
    """Not 0: every thread returns after its batch."""
    BATCH = 11
    """States taken at once; BATCH times the most successors of a state must fit into a buffer."""
    STRIP = 12
    """States of a batch expanded at once, before their slots are fetched ahead."""


class Block(IntEnum):
    """The slots of a thread block."""

    NEXT = 0
    """Index where this thread's next new state goes."""
    CURSOR = 1
    """The first state of this thread's region not yet taken, in the current level."""
    END = 2
    """The end of this region's states of the current level."""
    TRANSITIONS = 3
    """Transitions taken by this thread."""
    BUFFER = 4
    """Address of ROOM places for successors, `words` words each."""
    LINKS = 5
    """Address of one word a successor: index of the source << 32 | meta."""
    HASHES = 6
    """Address of one word a successor: its hash."""
    ROOM = 7
    """Places in the buffer."""
    FILLED = 8
    """Places of the buffer in use."""
    SEEN = 9
    """Address of one byte a watch, then one byte an action: 1 when seen."""
    DEAD_ENDS = 10
    """States without a successor that this thread met."""
    REGION_END = 11
    """The end of the indices that this thread may give out."""
    QUOTA = 12
    """Transitions until the kernel returns to let its caller look up (signed)."""
    FILTER = 13
    """Address of the filter of recent successors."""


class Pass(IntEnum):
    """The slots of a pass block: what a second pass over the states works on.

    Positions count the states of one level, in the order of their indices; ranks count them in their
    canonical order.
    """

    TABLE = 0
    """Address of an indexed table of the states looked up."""
    MASK = 1
    """Its number of slots less one."""
    REGION = 2
    """Indices a region; a state's region is its index divided by it."""
    DELTAS = 3
    """Address of one word a region: index - position, for the level under discovery."""
    ORDER = 4
    """Address of one u32 a rank: the index of that state of the level expanded."""
    ORDER_FAULTS = 5
    """Address of one u32 a rank: the faults on the way to it."""
    FAULTS = 6
    """Address of one u32 a position: the fewest faults on a way found to it."""
    TIMES = 7
    """Address of one word a position: rank of the source << CODE_BITS | code of the step of that way."""
    STARTS = 8
    """Address of one u32 a rank of the level expanded (and one more): where its children begin."""
    CURSORS = 9
    """The same: where its next child goes."""
    NEXT_ORDER = 10
    """Address of one u32 a rank of the level under discovery: the index of the state."""
    NEXT_FAULTS = 11
    """Address of one u32 a rank of the level under discovery: the faults on the way to it."""
    MARKS = 12
    """Address of one byte an index: the marks of a sweep."""


class Outcome(IntEnum):
    """Why the kernel came back."""

    LEVEL_DONE = 0
    LIMIT_REACHED = 1
    REGION_FULL = 2
    QUOTA_USED = 3
    STOPPED = 4
    BROKEN = 5
    """`@expand` found no room although a batch always fits: the rules gave a wrong bound."""


FAULT, TICK, CALL = 1, 2, 4
"""The class bits of a transition: the lowest bits of its meta."""

CODE_SHIFT = 4
"""meta = code << CODE_SHIFT | class bits, 32 bits in all; codes order the transitions of a state."""

CODE_BITS = 32 - CODE_SHIFT

SOURCE_SHIFT = 32
"""link = source << SOURCE_SHIFT | meta."""

MOST_STATES = (1 << 32) - 2
"""Indices are u32, and the table stores index + 1."""
