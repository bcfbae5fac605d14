"""The search kernel as LLVM text: one thread's work on the current level, batch by batch.

A batch is taken from the thread's own region or stolen from another's; strip by strip it is expanded,
successors met a moment ago are dropped, the others hashed and their slots fetched ahead; then all are
looked up, the new ones are stored with their parents and handed to `@look`. It knows nothing of a model:
rules are called through pointers in the context block, which may change at any time.
"""

from __future__ import annotations

from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.slots import SOURCE_SHIFT, STRIDE, Block, Context, Outcome
from tcpverify.explicit.native.table import (
    PREFETCH,
    Kind,
    Place,
    hashed,
    home,
    insert,
    least,
    prefetch,
    prefetch_state,
    rebuild,
    same,
    set_words,
    state_words,
)
from tcpverify.records import record

FILTER_BITS = 15
"""The filter of recent successors has 2**FILTER_BITS places: half of a usual second-level cache."""


def kernel(kind: Kind) -> str:
    """The whole module: `@run` and `@rebuild`."""
    return PREFETCH + _run(kind) + rebuild(kind)


@record
class _Names:
    """The values that do not change while `@run` runs, and the counter of successors kept."""

    me: str
    states: str
    parents: str
    table: str
    mask: str
    buffer: str
    links: str
    hashes: str
    filter: str
    kept: str


def _run(kind: Kind) -> str:
    """`i64 @run(ptr %ctx, i64 %t)`: works for thread t until an `Outcome`."""
    f = Function("define i64 @run(ptr %ctx, i64 %t)")
    names = _prologue(f)
    victim, next_batch, take = f.variable(0), f.label(), f.label()
    f.goto(next_batch)
    f.at(next_batch)
    _return_if_due(f, names)
    f.goto(take)
    f.at(take)
    first, last = _take(f, kind, victim, take)
    f.store(0, names.kept)
    taken = f.variable(0)
    _expand_in_strips(f, kind, names, first, last, taken)
    before = f.load(names.me, Block.NEXT)
    after = _enter_all(f, kind, names, before)
    f.store(after, names.me, Block.NEXT)
    new = f.do(f"sub i64 {after}, {before}")
    with f.when(f.compare("ne", new, 0)):
        look = f.do(f"load atomic ptr, ptr {f.element('%ctx', Context.LOOK)} monotonic, align 8")
        f.say(f"call void {look}(ptr {names.me}, ptr {names.states}, i64 {before}, i64 {after})")
        _add(f, "%ctx", Context.COUNT, new, kind.threaded)
    transitions = f.load(taken)
    _add(f, names.me, Block.TRANSITIONS, transitions, False)
    spent = f.do(f"add i64 {transitions}, {f.do(f'sub i64 {last}, {first}')}")
    _add(f, names.me, Block.QUOTA, f.do(f"sub i64 0, {spent}"), False)
    f.goto(next_batch)
    return f.text()


def _prologue(f: Function) -> _Names:
    me = f.element(f.address("%ctx", Context.BLOCKS), f.do(f"mul i64 %t, {STRIDE}"))
    return _Names(
        me=me,
        states=f.address("%ctx", Context.STATES),
        parents=f.address("%ctx", Context.PARENTS),
        table=f.address("%ctx", Context.TABLE),
        mask=f.load("%ctx", Context.MASK),
        buffer=f.address(me, Block.BUFFER),
        links=f.address(me, Block.LINKS),
        hashes=f.address(me, Block.HASHES),
        filter=f.address(me, Block.FILTER),
        kept=f.variable(0),
    )


def _add(f: Function, block: str, slot: int, amount: str, threaded: bool) -> None:
    """Add to a slot."""
    address = f.element(block, slot)
    if threaded:
        f.do(f"atomicrmw add ptr {address}, i64 {amount} monotonic")
    else:
        f.store(f.do(f"add i64 {f.load(address)}, {amount}"), address)


def _return_if(f: Function, condition: str, outcome: Outcome) -> None:
    yes, no = f.label(), f.label()
    f.branch(condition, yes, no)
    f.at(yes)
    f.say(f"ret i64 {int(outcome)}")
    f.at(no)


def _shared(f: Function, slot: Context) -> str:
    """A slot of the context that others change meanwhile."""
    return f.do(f"load atomic i64, ptr {f.element('%ctx', slot)} monotonic, align 8")


def _return_if_due(f: Function, names: _Names) -> None:
    """Come back before a batch that there is no leave or no room for."""
    _return_if(f, f.compare("ne", _shared(f, Context.STOP), 0), Outcome.STOPPED)
    full = f.compare("uge", _shared(f, Context.COUNT), f.load("%ctx", Context.LIMIT))
    _return_if(f, full, Outcome.LIMIT_REACHED)
    most = f.do(f"add i64 {f.load(names.me, Block.NEXT)}, {f.load(names.me, Block.ROOM)}")
    _return_if(f, f.compare("ugt", most, f.load(names.me, Block.REGION_END)), Outcome.REGION_FULL)
    _return_if(f, f.compare("sle", f.load(names.me, Block.QUOTA), 0), Outcome.QUOTA_USED)


def _take(f: Function, kind: Kind, victim: str, again: str) -> tuple[str, str]:
    """The next batch, first and end; jumps to `again` after moving on to the next region."""
    threads = f.load("%ctx", Context.THREADS)
    number = f.load(victim)
    _return_if(f, f.compare("uge", number, threads), Outcome.LEVEL_DONE)
    other = f.do(f"urem i64 {f.do(f'add i64 %t, {number}')}, {threads}")
    block = f.element(f.address("%ctx", Context.BLOCKS), f.do(f"mul i64 {other}, {STRIDE}"))
    cursor, end = f.element(block, Block.CURSOR), f.load(block, Block.END)
    step = f.load("%ctx", Context.BATCH)
    there, empty, got = f.label(), f.label(), f.label()
    first = f.do(f"load atomic i64, ptr {cursor} monotonic, align 8")
    f.branch(f.compare("ult", first, end), there, empty)
    f.at(empty)
    f.store(f.do(f"add i64 {number}, 1"), victim)
    f.goto(again)
    f.at(there)
    if kind.threaded:
        first = f.do(f"atomicrmw add ptr {cursor}, i64 {step} monotonic")
        f.branch(f.compare("ult", first, end), got, empty)
    else:
        f.store(f.do(f"add i64 {first}, {step}"), cursor)
        f.goto(got)
    f.at(got)
    return first, least(f, f.do(f"add i64 {first}, {step}"), end)


def _expand_in_strips(f: Function, kind: Kind, names: _Names, first: str, last: str, taken: str) -> None:
    """Fill the buffer with the successors of a batch that are worth a look; counts all in `taken`."""
    strip = f.load("%ctx", Context.STRIP)
    with f.counting(first, last, strip) as start:
        end = least(f, f.do(f"add i64 {start}, {strip}"), last)
        kept = f.load(names.kept)
        f.store(kept, names.me, Block.FILLED)
        expand = f.do(f"load atomic ptr, ptr {f.element('%ctx', Context.EXPAND)} monotonic, align 8")
        came = f.do(f"call i64 {expand}(ptr {names.me}, ptr {names.states}, i64 {start}, i64 {end})")
        _return_if(f, f.compare("ne", came, end), Outcome.BROKEN)
        filled = f.load(names.me, Block.FILLED)
        fresh = f.do(f"sub i64 {filled}, {kept}")
        f.store(f.do(f"add i64 {f.load(taken)}, {fresh}"), taken)
        with f.counting(kept, filled) as place:
            _sift(f, kind, names, place)
        with f.counting(kept, f.load(names.kept)) as place:
            prefetch(f, home(f, names.table, names.mask, f.load(names.hashes, place)))


def _sift(f: Function, kind: Kind, names: _Names, place: str) -> None:
    """Hash a successor and move it down to the end of those kept; it stays unless met a moment ago.

    Nothing depends on a branch here: whether a successor is a recent one cannot be predicted.
    """
    words = state_words(f, kind, names.buffer, place)
    found = hashed(f, kind, words)
    key = [found] if kind.whole else words
    bucket = f.do(f"lshr i64 {found}, {64 - FILTER_BITS}")
    recent = f.element(names.filter, f.do(f"mul i64 {bucket}, {len(key)}"))
    known = same(f, [f.load(recent, k) for k in range(len(key))], key)
    if not kind.whole:  # the state of zeros, whose hash is 0, looks like a place never used
        known = f.do(f"and i1 {known}, {f.compare('ne', found, 0)}")
    for k, word in enumerate(key):
        f.store(word, recent, k)
    kept = f.load(names.kept)
    set_words(f, kind, names.buffer, kept, words)
    f.store(f.load(names.links, place), names.links, kept)
    f.store(found, names.hashes, kept)
    fresh = f.do(f"zext i1 {f.do(f'xor i1 {known}, true')} to i64")
    f.store(f.do(f"add i64 {kept}, {fresh}"), names.kept)


def _enter_all(f: Function, kind: Kind, names: _Names, before: str) -> str:
    """Look the kept successors up and store the new ones; the index after the last of them."""
    next_index = f.variable(before)
    if not kind.whole:
        with f.counting(0, f.load(names.kept)) as place:
            hash = f.load(names.hashes, place)
            prefetch_state(f, kind, names.table, names.mask, names.states, hash)
    with f.counting(0, f.load(names.kept)) as place:
        words = state_words(f, kind, names.buffer, place)
        index = f.load(next_index)
        set_words(f, kind, names.states, index, words)
        where = Place(names.table, names.mask, names.states, f.load(names.hashes, place), index)
        new, known = f.label(), f.label()
        insert(f, kind, where, words, new, known)
        f.at(new)
        source = f.do(f"lshr i64 {f.load(names.links, place)}, {SOURCE_SHIFT}")
        f.store(f.do(f"trunc i64 {source} to i32"), names.parents, index, "i32")
        f.store(f.do(f"add i64 {index}, 1"), next_index)
        f.goto(known)
        f.at(known)
    return f.load(next_index)
