"""Second passes over the states as LLVM text: finding canonical paths, and sweeps to a fixpoint.

One thread, and always an indexed table: what is looked up is the index of a state. The arrays they work
on are in a pass block; `%me` is a thread block of its own, so that no counter of the search changes.
"""

from __future__ import annotations

from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.slots import (
    CODE_BITS,
    CODE_SHIFT,
    FAULT,
    SOURCE_SHIFT,
    Block,
    Context,
    Pass,
)
from tcpverify.explicit.native.table import (
    LOW_HALF,
    PREFETCH,
    Kind,
    Place,
    find,
    hashed,
    home,
    insert,
    least,
    prefetch,
    prefetch_state,
    state_words,
)
from tcpverify.records import record

AHEAD = 16
"""How many states ahead slots are fetched; as many states past the last may be read."""

UNKNOWN_FAULTS = 0xFFFFFFFF
"""No way to the state has been found yet."""

UNMARKED, MARKED, NO_PART = 0, 1, 2


def passes(kind: Kind) -> str:
    """The whole module: `@index`, `@discover`, `@order`, `@settle`, `@sweep`."""
    return PREFETCH + _index(kind) + _discover(kind) + _order() + _settle() + _sweep(kind)


@record
class _Names:
    """The values that do not change while a pass runs."""

    states: str
    table: str
    mask: str
    buffer: str
    links: str
    hashes: str


def _prologue(f: Function) -> _Names:
    return _Names(
        states=f.address("%ctx", Context.STATES),
        table=f.address("%pass", Pass.TABLE),
        mask=f.load("%pass", Pass.MASK),
        buffer=f.address("%me", Block.BUFFER),
        links=f.address("%me", Block.LINKS),
        hashes=f.address("%me", Block.HASHES),
    )


def _index(kind: Kind) -> str:
    """`i64 @index(ptr %ctx, ptr %pass, i64 %first, i64 %end)`: enters these states into the table."""
    f = Function("define i64 @index(ptr %ctx, ptr %pass, i64 %first, i64 %end)")
    states = f.address("%ctx", Context.STATES)
    table, mask = f.address("%pass", Pass.TABLE), f.load("%pass", Pass.MASK)
    with f.counting("%first", "%end") as index:
        later = state_words(f, kind, states, f.do(f"add i64 {index}, {AHEAD}"))
        prefetch(f, home(f, table, mask, hashed(f, kind, later)))
        hash = hashed(f, kind, state_words(f, kind, states, index))
        done = f.label()
        insert(f, kind, Place(table, mask, states, hash, index), (), done, done)
        f.at(done)
    f.say("ret i64 0")
    return f.text()


def _expand(f: Function, names: _Names, first: str, last: str) -> None:
    """Append the successors of some states to the buffer."""
    expand = f.address("%ctx", Context.EXPAND)
    f.do(f"call i64 {expand}(ptr %me, ptr {names.states}, i64 {first}, i64 {last})")


def _fetch(f: Function, kind: Kind, names: _Names, place: str) -> None:
    """Hash a successor and fetch its slot ahead."""
    hash = hashed(f, kind, state_words(f, kind, names.buffer, place))
    f.store(hash, names.hashes, place)
    prefetch(f, home(f, names.table, names.mask, hash))


def _found(f: Function, kind: Kind, names: _Names, place: str, absent: str) -> str:
    """The index of a successor; jumps to `absent` where the table does not have it."""
    words = state_words(f, kind, names.buffer, place)
    where = Place(names.table, names.mask, names.states, f.load(names.hashes, place), "0")
    return find(f, kind, where, words, absent)


def _position(f: Function, index: str) -> str:
    """The position of a state in the level under discovery."""
    region = f.do(f"udiv i64 {index}, {f.load('%pass', Pass.REGION)}")
    return f.do(f"sub i64 {index}, {f.load(f.address('%pass', Pass.DELTAS), region)}")


def _u32(f: Function, array: str, index: str) -> str:
    return f.do(f"zext i32 {f.load(array, index, 'i32')} to i64")


def _set_u32(f: Function, value: str, array: str, index: str) -> None:
    f.store(f.do(f"trunc i64 {value} to i32"), array, index, "i32")


# --- Canonical paths ---------------------------------------------------------------------------------


def _discover(kind: Kind) -> str:
    """`i64 @discover(ptr %ctx, ptr %me, ptr %pass, i64 %first, i64 %end)`: takes every step of the states of
    these ranks, and keeps for each state of the next level the least (faults, source, step) that leads
    to it. What the table does not have is no state of the next level."""
    f = Function("define i64 @discover(ptr %ctx, ptr %me, ptr %pass, i64 %first, i64 %end)")
    names = _prologue(f)
    order, faults = f.address("%pass", Pass.ORDER), f.address("%pass", Pass.ORDER_FAULTS)
    batch = f.load("%ctx", Context.BATCH)
    with f.counting("%first", "%end", batch) as low:
        high = least(f, f.do(f"add i64 {low}, {batch}"), "%end")
        f.store(0, "%me", Block.FILLED)
        with f.counting(low, high) as rank:
            _expand_ranked(f, kind, names, order, rank)
        with f.counting(0, f.load("%me", Block.FILLED)) as place:
            link = f.load(names.links, place)
            before = _u32(f, faults, f.do(f"lshr i64 {link}, {SOURCE_SHIFT}"))
            absent = f.label()
            position = _position(f, _found(f, kind, names, place, absent))
            _keep_if_less(f, link, before, position)
            f.goto(absent)
            f.at(absent)
    f.say("ret i64 0")
    return f.text()


def _expand_ranked(f: Function, kind: Kind, names: _Names, order: str, rank: str) -> None:
    """Append the successors of the state of a rank; their links tell the rank instead of the index."""
    index = _u32(f, order, rank)
    filled = f.load("%me", Block.FILLED)
    _expand(f, names, index, f.do(f"add i64 {index}, 1"))
    with f.counting(filled, f.load("%me", Block.FILLED)) as place:
        meta = f.do(f"and i64 {f.load(names.links, place)}, {LOW_HALF}")
        f.store(f.do(f"or i64 {f.do(f'shl i64 {rank}, {SOURCE_SHIFT}')}, {meta}"), names.links, place)
        _fetch(f, kind, names, place)


def _keep_if_less(f: Function, link: str, before: str, position: str) -> None:
    """Keep a step to the state at a position if no kept one has fewer faults or, at equal faults, is
    earlier."""
    all_faults, times = f.address("%pass", Pass.FAULTS), f.address("%pass", Pass.TIMES)
    faults = f.do(f"add i64 {before}, {f.do(f'and i64 {link}, {FAULT}')}")
    code = f.do(f"lshr i64 {f.do(f'and i64 {link}, {LOW_HALF}')}, {CODE_SHIFT}")
    rank = f.do(f"lshr i64 {link}, {SOURCE_SHIFT}")
    time = f.do(f"or i64 {f.do(f'shl i64 {rank}, {CODE_BITS}')}, {code}")
    kept = _u32(f, all_faults, position)
    fewer = f.compare("ult", faults, kept)
    earlier = f.compare("ult", time, f.load(times, position))
    tie = f.do(f"and i1 {f.compare('eq', faults, kept)}, {earlier}")
    with f.when(f.do(f"or i1 {fewer}, {tie}")):
        _set_u32(f, faults, all_faults, position)
        f.store(time, times, position)


def _order() -> str:
    """`i64 @order(ptr %pass, i64 %sources, i64 %first, i64 %end, i64 %phase)`: the states of these
    indices, which are of the level under discovery, in three phases: 0 counts the children of each of
    the sources, 1 turns the counts into places, 2 puts each child in its place: by rank of the source,
    then by step. Phase 0 returns 1 if a state was not found from any source."""
    f = Function("define i64 @order(ptr %pass, i64 %sources, i64 %first, i64 %end, i64 %phase)")
    starts, cursors = f.address("%pass", Pass.STARTS), f.address("%pass", Pass.CURSORS)
    times = f.address("%pass", Pass.TIMES)
    zero, rest, one, two = f.label(), f.label(), f.label(), f.label()
    f.branch(f.compare("eq", "%phase", 0), zero, rest)
    f.at(zero)
    lost = f.variable(0)
    with f.counting("%first", "%end") as index:
        position = _position(f, index)
        unknown = f.compare("eq", _u32(f, f.address("%pass", Pass.FAULTS), position), UNKNOWN_FAULTS)
        with f.when(unknown):
            f.store(1, lost)
        rank = f.do(f"lshr i64 {f.load(times, position)}, {CODE_BITS}")
        _set_u32(f, f.do(f"add i64 {_u32(f, starts, rank)}, 1"), starts, rank)
    f.say(f"ret i64 {f.load(lost)}")
    f.at(rest)
    f.branch(f.compare("eq", "%phase", 1), one, two)
    f.at(one)
    total = f.variable(0)
    with f.counting(0, "%sources") as rank:
        children, start = _u32(f, starts, rank), f.load(total)
        _set_u32(f, start, starts, rank)
        _set_u32(f, start, cursors, rank)
        f.store(f.do(f"add i64 {start}, {children}"), total)
    f.say("ret i64 0")
    f.at(two)
    with f.counting("%first", "%end") as index:
        _put_in_place(f, index, starts, cursors, times)
    f.say("ret i64 0")
    return f.text()


def _put_in_place(f: Function, index: str, starts: str, cursors: str, times: str) -> None:
    """Insert a child among those of its source that are in place already, by the order of steps."""
    order = f.address("%pass", Pass.NEXT_ORDER)
    time = f.load(times, _position(f, index))
    rank = f.do(f"lshr i64 {time}, {CODE_BITS}")
    start, place = _u32(f, starts, rank), f.variable(_u32(f, cursors, rank))
    _set_u32(f, f.do(f"add i64 {f.load(place)}, 1"), cursors, rank)
    again, compare, shift, done = f.label(), f.label(), f.label(), f.label()
    f.goto(again)
    f.at(again)
    now = f.load(place)
    f.branch(f.compare("ugt", now, start), compare, done)
    f.at(compare)
    before = f.do(f"sub i64 {now}, 1")
    other = _u32(f, order, before)
    f.branch(f.compare("ugt", f.load(times, _position(f, other)), time), shift, done)
    f.at(shift)
    _set_u32(f, other, order, now)
    f.store(before, place)
    f.goto(again)
    f.at(done)
    _set_u32(f, index, order, f.load(place))


def _settle() -> str:
    """`i64 @settle(ptr %ctx, ptr %pass, i64 %first, i64 %end)`: for these ranks of the level under
    discovery, sets the parents and the faults."""
    f = Function("define i64 @settle(ptr %ctx, ptr %pass, i64 %first, i64 %end)")
    parents, order = f.address("%ctx", Context.PARENTS), f.address("%pass", Pass.ORDER)
    next_order, next_faults = f.address("%pass", Pass.NEXT_ORDER), f.address("%pass", Pass.NEXT_FAULTS)
    times, faults = f.address("%pass", Pass.TIMES), f.address("%pass", Pass.FAULTS)
    with f.counting("%first", "%end") as rank:
        index = _u32(f, next_order, rank)
        position = _position(f, index)
        source = f.do(f"lshr i64 {f.load(times, position)}, {CODE_BITS}")
        f.store(f.load(order, source, "i32"), parents, index, "i32")
        f.store(f.load(faults, position, "i32"), next_faults, rank, "i32")
    f.say("ret i64 0")
    return f.text()


# --- Sweeps ------------------------------------------------------------------------------------------


def _sweep(kind: Kind) -> str:
    """`i64 @sweep(ptr %ctx, ptr %me, ptr %pass, i64 %first, i64 %end, i64 %exists, i64 %classes)`: goes
    through these states from the last to the first and marks an unmarked one if some successor
    (`exists` = 1) or all of them (0) are marked; transitions with a bit of `classes` do not count, and
    for all neither do successors that take no part. Returns how many it marked."""
    f = Function(
        "define i64 @sweep(ptr %ctx, ptr %me, ptr %pass, i64 %first, i64 %end, i64 %exists, i64 %classes)"
    )
    names = _prologue(f)
    marks = f.address("%pass", Pass.MARKS)
    some = f.compare("ne", "%exists", 0)
    high, newly_marked = f.variable("%end"), f.variable(0)
    again, work, done = f.label(), f.label(), f.label()
    f.goto(again)
    f.at(again)
    end = f.load(high)
    f.branch(f.compare("ugt", end, "%first"), work, done)
    f.at(work)
    low = _run_of_unmarked(f, marks, end, high, again)
    f.store(0, "%me", Block.FILLED)
    _expand(f, names, low, end)
    with f.counting(0, f.load("%me", Block.FILLED)) as place:
        _fetch(f, kind, names, place)
    with f.counting(0, f.load("%me", Block.FILLED)) as place:
        hash = f.load(names.hashes, place)
        prefetch_state(f, kind, names.table, names.mask, names.states, hash)
    hits, misses = _hits_and_misses(f, kind, names, marks, low)
    without_miss = f.do(f"xor i64 {misses}, -1")
    found = f.do(f"select i1 {some}, i64 {hits}, i64 {without_miss}")
    with f.counting(low, end) as index:
        shifted = f.do(f"lshr i64 {found}, {f.do(f'sub i64 {index}, {low}')}")
        bit = f.do(f"and i64 {shifted}, 1")
        f.store(f.do(f"trunc i64 {bit} to i8"), marks, index, "i8")
        f.store(f.do(f"add i64 {f.load(newly_marked)}, {bit}"), newly_marked)
    f.goto(again)
    f.at(done)
    f.say(f"ret i64 {f.load(newly_marked)}")
    return f.text()


def _run_of_unmarked(f: Function, marks: str, end: str, high: str, again: str) -> str:
    """The first of the unmarked states just below `end`, at most a batch; goes on at `again`, one
    further down, if there is none. `high` is moved down to it."""
    batch = f.load("%ctx", Context.BATCH)
    low, more, look, lower, stop, some = (f.variable(end), *(f.label() for _ in range(5)))
    f.goto(more)
    f.at(more)
    now = f.load(low)
    inside = f.compare("ugt", now, "%first")
    short = f.compare("ult", f.do(f"sub i64 {end}, {now}"), batch)
    f.branch(f.do(f"and i1 {inside}, {short}"), look, stop)
    f.at(look)
    before = f.do(f"sub i64 {now}, 1")
    f.branch(f.compare("eq", f.load(marks, before, "i8"), UNMARKED, "i8"), lower, stop)
    f.at(lower)
    f.store(before, low)
    f.goto(more)
    f.at(stop)
    first = f.load(low)
    none = f.label()
    f.branch(f.compare("eq", first, end), none, some)
    f.at(none)
    f.store(f.do(f"sub i64 {end}, 1"), high)
    f.goto(again)
    f.at(some)
    f.store(first, high)
    return first


def _hits_and_misses(f: Function, kind: Kind, names: _Names, marks: str, low: str) -> tuple[str, str]:
    """One bit a state of the run: whether a successor is marked; whether one is unmarked."""
    hits, misses = f.variable(0), f.variable(0)
    with f.counting(0, f.load("%me", Block.FILLED)) as place:
        link = f.load(names.links, place)
        counts, skipped = f.label(), f.label()
        f.branch(f.compare("eq", f.do(f"and i64 {link}, %classes"), 0), counts, skipped)
        f.at(counts)
        mark = f.load(marks, _found(f, kind, names, place, skipped), "i8")
        source = f.do(f"sub i64 {f.do(f'lshr i64 {link}, {SOURCE_SHIFT}')}, {low}")
        for value, bits in ((MARKED, hits), (UNMARKED, misses)):
            is_so = f.do(f"zext i1 {f.compare('eq', mark, value, 'i8')} to i64")
            f.store(f.do(f"or i64 {f.load(bits)}, {f.do(f'shl i64 {is_so}, {source}')}"), bits)
        f.goto(skipped)
        f.at(skipped)
    return f.load(hits), f.load(misses)
