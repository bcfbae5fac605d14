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
    LABELS = 14
    """Address of ROOM places for the labels of successors (`labels`), if the rules tell them."""


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


class Part(IntEnum):
    """The slots of a part block: the part of the state graph in which a request is open.

    Nodes are numbered as they are found, from 0; components and things from 1, where 0 is none. An edge
    is one word: label << 32 | node that it leads to, or OUTSIDE where it leaves the part.
    """

    NUMBERS = 0
    """Address of one u32 an index: 0 not found, ANSWERED not in the part, else 1 + node."""
    NODES = 1
    """Address of one u32 a node: its index."""
    COUNT = 2
    """Nodes found."""
    EXPANDED = 3
    """Nodes whose edges are known."""
    OFFSETS = 4
    """Address of one word a node (and one more): where its edges begin."""
    EDGES = 5
    """Address of the edges."""
    EDGE_COUNT = 6
    """Edges known."""
    TABLE = 7
    """Address of an indexed table of all states."""
    MASK = 8
    """Its number of slots less one."""
    LABELS = 9
    """Address of the labels by number."""
    LABEL_COUNT = 10
    """Labels known."""
    LABEL_TABLE = 11
    """Address of an indexed table of the labels."""
    LABEL_MASK = 12
    """Its number of slots less one."""
    LABEL_LIMIT = 13
    """With so many labels there is no more room for those of a batch."""
    FLAGS = 14
    """Address of one byte a node: BROKEN, BUSY, STAYS."""
    THINGS = 15
    """Address of one word a label: the things that it does, thing << 32 | thing."""
    TIME = 16
    """The number of the thing TIME; 0 where nothing is busy."""
    BEGINS = 17
    """The nodes below this are those where a request may open."""
    HAPPENED = 18
    """Not 0: what is asked for happens in some state."""
    LOW = 19
    """Address of one u32 a node: 0 not met, DONE not to be met, else the least number known in reach. For
    distances: 1 + the distance, 0 where that is not known."""
    STACK = 20
    """Address of one u32 a node: those whose component is not complete; for distances all reached."""
    STACK_LENGTH = 21
    PATH = 22
    """Address of one u32 a node: those being looked at; beside it for free use."""
    PATH_OWN = 23
    """Address of one u32 a node of the path: when it was met."""
    PATH_EDGES = 24
    """Address of one word a node of the path: its next edge."""
    PATH_LENGTH = 25
    MET = 26
    """Nodes met in this round."""
    ROOT = 27
    """The next node from which the search may start."""
    COMPONENT = 28
    """Address of one u32 a node: its component."""
    MEMBERS = 29
    """Address of one u32 a node in a component: the nodes of each component together."""
    BOUNDS = 30
    """Address of one u32 a component (and one more): where its members begin."""
    COMPONENTS = 31
    """Components known."""
    KEPT = 32
    """Components looked at and found fair; they come first."""
    TALLIES = 33
    """Address of one `Tally` a thing."""
    STAMP = 34
    """A number that grows."""
    ASKS = 35
    """Address of one byte a component: whether a request may open in it."""


class Tally(IntEnum):
    """What is counted of a thing in one component."""

    NODE = 0
    """The stamp of the node where it was last found possible."""
    COMPONENT = 1
    """The stamp of the component that the rest is about."""
    COUNT = 2
    """Nodes where it is possible."""
    DONE = 3
    """Whether an edge within does it."""
    STRONG = 4
    """Whether it is strongly fair."""
    TOUCHED = 5
    """The n-th tally names here the n-th thing possible somewhere."""
    SIZE = 8


OUTSIDE = 0xFFFFFFFE
ANSWERED = DONE = 0xFFFFFFFF
BROKEN, BUSY, STAYS = 1, 2, 4
"""The flags of a node: what must hold until the answer does not; time has work to do; nothing that may
not wait is possible."""


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
