"""The hash table of states as LLVM text: hashing, probing, inserting, rebuilding. It is always exact.

Open addressing with linear probing (Knuth, The Art of Computer Programming 3, section 6.4), one 64-bit
slot an entry, 0 when empty. Two kinds:

- *whole*: states of one word with at most 63 bits. The slot holds a bijective mix of the word with its
  top bit set: equal slots are equal states, and nothing else is read.
- *indexed*: the slot holds 32 bits of hash as a tag and the index of the state + 1; where tags agree the
  words are compared.

Threads publish an entry by compare-and-exchange; the words of a state are written before its slot.
"""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.explicit.native.assembly import Function, constant
from tcpverify.explicit.native.slots import Context
from tcpverify.records import record

MULTIPLIERS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""Odd constants with well mixed bits: of splitmix64 (Steele, Lea, Flood, OOPSLA 2014)."""

TOP_BIT = 1 << 63
HIGH_HALF = 0xFFFFFFFF00000000
LOW_HALF = 0xFFFFFFFF
AHEAD = 16
"""How many states ahead a rebuild fetches slots; as many states past the last may be read."""

PREFETCH = "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)\n"


@record
class Kind:
    """What the machine code of a table depends on."""

    words: int
    whole: bool
    threaded: bool


def prefetch(f: Function, address: str) -> None:
    """Have a word fetched into the nearest cache, to be written soon."""
    f.say(f"call void @llvm.prefetch.p0(ptr {address}, i32 1, i32 3, i32 1)")


def state_words(f: Function, kind: Kind, states: str, index: str | int) -> list[str]:
    """The words of a state."""
    start = f.element(states, f.do(f"mul i64 {index}, {kind.words}"))
    return [f.load(start, k) for k in range(kind.words)]


def set_words(f: Function, kind: Kind, states: str, index: str, words: Sequence[str]) -> None:
    """Write the words of a state."""
    start = f.element(states, f.do(f"mul i64 {index}, {kind.words}"))
    for k, word in enumerate(words):
        f.store(word, start, k)


def same(f: Function, left: Sequence[str], right: Sequence[str]) -> str:
    """Whether two states are equal, an `i1`."""
    difference = f.do(f"xor i64 {left[0]}, {right[0]}")
    for a, b in zip(left[1:], right[1:], strict=True):
        difference = f.do(f"or i64 {difference}, {f.do(f'xor i64 {a}, {b}')}")
    return f.compare("eq", difference, 0)


def hashed(f: Function, kind: Kind, words: Sequence[str]) -> str:
    """The hash of a state; for a whole table it is the entry itself: never 0 and injective."""
    if kind.whole:
        first = f.do(f"or i64 {words[0]}, {constant(TOP_BIT)}")
        return _mixed(f, _mixed(f, first, 0, 32), 1, 29)
    found = _mixed(f, words[0], 0, 32)
    for k, word in enumerate(words[1:], 1):
        found = _mixed(f, f.do(f"xor i64 {found}, {word}"), k % 3, 32)
    return _mixed(f, found, len(words) % 3, 29)


def _mixed(f: Function, value: str, multiplier: int, shift: int) -> str:
    """A bijection of 64-bit words: x * odd, then x ^ x >> shift."""
    product = f.do(f"mul i64 {value}, {constant(MULTIPLIERS[multiplier])}")
    return f.do(f"xor i64 {product}, {f.do(f'lshr i64 {product}, {shift}')}")


def least(f: Function, left: str, right: str) -> str:
    """The smaller of two numbers."""
    return f.do(f"select i1 {f.compare('ult', left, right)}, i64 {left}, i64 {right}")


def home(f: Function, table: str, mask: str, hash: str) -> str:
    """The address of the slot where the search for a hash begins."""
    return f.element(table, f.do(f"and i64 {hash}, {mask}"))


def prefetch_state(f: Function, kind: Kind, table: str, mask: str, states: str, hash: str) -> None:
    """Fetch ahead the state that the first slot of an indexed table speaks of: often the one looked for."""
    value = f.do(f"load atomic i64, ptr {home(f, table, mask, hash)} monotonic, align 8")
    place = f.do(f"mul i64 {index_of(f, value)}, {kind.words}")
    prefetch(f, f.element(states, place))


def entry(f: Function, kind: Kind, hash: str, index: str) -> str:
    """What the slot of a state holds."""
    if kind.whole:
        return hash
    tag = f.do(f"and i64 {hash}, {constant(HIGH_HALF)}")
    return f.do(f"or i64 {tag}, {f.do(f'add i64 {index}, 1')}")


@record
class Place:
    """A state on its way into the table: the names of the table, its mask, the hash and the index."""

    table: str
    mask: str
    states: str
    hash: str
    index: str


def insert(f: Function, kind: Kind, place: Place, words: Sequence[str], new: str, known: str) -> None:
    """Look a state up and enter it if it is not there: goes on at the label `new` or `known`.

    Its words have been stored at its index already; with no words it is known to be absent.
    """
    slot = f.variable(f.do(f"and i64 {place.hash}, {place.mask}"))
    at, empty, taken, further = f.label(), f.label(), f.label(), f.label()
    there = f.variable()
    f.goto(at)
    f.at(at)
    address = f.element(place.table, f.load(slot))
    value = f.do(f"load atomic i64, ptr {address} acquire, align 8") if kind.threaded else f.load(address)
    f.store(value, there)
    f.branch(f.compare("eq", value, 0), empty, taken)
    f.at(empty)
    mine = entry(f, kind, place.hash, place.index)
    if kind.threaded:
        pair = f.do(f"cmpxchg ptr {address}, i64 0, i64 {mine} acq_rel acquire")
        f.store(f.do(f"extractvalue {{i64, i1}} {pair}, 0"), there)
        f.branch(f.do(f"extractvalue {{i64, i1}} {pair}, 1"), new, taken)
    else:
        f.store(mine, address)
        f.goto(new)
    f.at(taken)
    if words:
        _compare(f, kind, place, words, f.load(there), known, further)
    else:
        f.goto(further)
    f.at(further)
    f.store(f.do(f"and i64 {f.do(f'add i64 {f.load(slot)}, 1')}, {place.mask}"), slot)
    f.goto(at)


def find(f: Function, kind: Kind, place: Place, words: Sequence[str], absent: str) -> str:
    """The index of a state in an indexed table that does not change; jumps to `absent` if not there."""
    slot = f.variable(f.do(f"and i64 {place.hash}, {place.mask}"))
    at, taken, further, known = f.label(), f.label(), f.label(), f.label()
    f.goto(at)
    f.at(at)
    value = f.load(f.element(place.table, f.load(slot)))
    f.branch(f.compare("eq", value, 0), absent, taken)
    f.at(taken)
    _compare(f, kind, place, words, value, known, further)
    f.at(further)
    f.store(f.do(f"and i64 {f.do(f'add i64 {f.load(slot)}, 1')}, {place.mask}"), slot)
    f.goto(at)
    f.at(known)
    return index_of(f, value)


def index_of(f: Function, value: str) -> str:
    """The index in an entry of an indexed table."""
    return f.do(f"sub i64 {f.do(f'and i64 {value}, {LOW_HALF}')}, 1")


def _compare(
    f: Function, kind: Kind, place: Place, words: Sequence[str], value: str, known: str, further: str
) -> None:
    """Whether the entry of a taken slot is the state looked for."""
    if kind.whole:
        f.branch(f.compare("eq", value, place.hash), known, further)
        return
    tags_agree = f.label()
    difference = f.do(f"lshr i64 {f.do(f'xor i64 {value}, {place.hash}')}, 32")
    f.branch(f.compare("eq", difference, 0), tags_agree, further)
    f.at(tags_agree)
    f.branch(same(f, state_words(f, kind, place.states, index_of(f, value)), words), known, further)


def rebuild(kind: Kind) -> str:
    """`i64 @rebuild(ptr %ctx, i64 %first, i64 %end)`: enters the states of these indices, all distinct."""
    f = Function("define i64 @rebuild(ptr %ctx, i64 %first, i64 %end)")
    states, table = f.address("%ctx", Context.STATES), f.address("%ctx", Context.TABLE)
    mask = f.load("%ctx", Context.MASK)
    with f.counting("%first", "%end") as index:
        later = state_words(f, kind, states, f.do(f"add i64 {index}, {AHEAD}"))
        prefetch(f, home(f, table, mask, hashed(f, kind, later)))
        found = hashed(f, kind, state_words(f, kind, states, index))
        done = f.label()
        insert(f, kind, Place(table, mask, states, found, index), (), done, done)
        f.at(done)
    f.say("ret i64 0")
    return f.text()
