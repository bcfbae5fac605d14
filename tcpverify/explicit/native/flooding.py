"""From where a request may open to all that is reached before the answer, as LLVM text: `@flood`.

It builds the part of the state graph in which a request is open (`slots.Part`): nodes, edges and labels.
Successors come from `@expand` and are looked up among the states; nothing is explored anew.
"""

from __future__ import annotations

from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.slots import Block, Context, Part
from tcpverify.explicit.native.table import (
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
    set_words,
    state_words,
)
from tcpverify.records import record


@record
class Shape:
    """Words a state and words a label."""

    words: int
    label: int


def flooding(shape: Shape) -> str:
    """The whole module: `@flood` and `@relabel`."""
    return PREFETCH + "declare void @llvm.trap()\n" + _flood(shape) + _relabel(_kind(shape.label))


def _kind(words: int) -> Kind:
    return Kind(words, whole=False, threaded=False)


@record
class _Names:
    """The values that do not change while `@flood` runs."""

    states: str
    table: str
    mask: str
    buffer: str
    hashes: str
    told: str
    numbers: str
    nodes: str
    edges: str
    labels: str
    label_table: str
    label_mask: str


def _names(f: Function) -> _Names:
    return _Names(
        states=f.address("%ctx", Context.STATES),
        table=f.address("%part", Part.TABLE),
        mask=f.load("%part", Part.MASK),
        buffer=f.address("%me", Block.BUFFER),
        hashes=f.address("%me", Block.HASHES),
        told=f.address("%me", Block.LABELS),
        numbers=f.address("%part", Part.NUMBERS),
        nodes=f.address("%part", Part.NODES),
        edges=f.address("%part", Part.EDGES),
        labels=f.address("%part", Part.LABELS),
        label_table=f.address("%part", Part.LABEL_TABLE),
        label_mask=f.load("%part", Part.LABEL_MASK),
    )


def _flood(shape: Shape) -> str:
    """`i64 @flood(ptr %ctx, ptr %me, ptr %part, i64 %nodes)`: finds the edges of nodes, and the nodes that
    they lead to. Comes back with 1 after so many nodes, or where the labels need more room; with 0 when
    the edges of all nodes are known."""
    f = Function("define i64 @flood(ptr %ctx, ptr %me, ptr %part, i64 %nodes)")
    names, kind = _names(f), _kind(shape.words)
    batch = f.load("%ctx", Context.BATCH)
    stop = f.do(f"add i64 {f.load('%part', Part.EXPANDED)}, %nodes")
    again = f.label()
    f.goto(again)
    f.at(again)
    low, count = f.load("%part", Part.EXPANDED), f.load("%part", Part.COUNT)
    _return_if(f, f.compare("uge", low, count), 0)
    _return_if(f, f.compare("uge", low, stop), 1)
    full = f.compare("uge", f.load("%part", Part.LABEL_COUNT), f.load("%part", Part.LABEL_LIMIT))
    _return_if(f, full, 1)
    high = least(f, f.do(f"add i64 {low}, {batch}"), count)
    first = f.load("%part", Part.EDGE_COUNT)
    f.store(0, "%me", Block.FILLED)
    with f.counting(low, high) as node:
        _expand(f, kind, names, node, first)
    filled = f.load("%me", Block.FILLED)
    with f.counting(0, filled) as place:
        hash = f.load(names.hashes, place)
        prefetch_state(f, kind, names.table, names.mask, names.states, hash)
    with f.counting(0, filled) as place:
        _find(f, kind, names, place)
    with f.counting(0, filled) as place:
        label = _label(f, _kind(shape.label), names, place)
        target = _target(f, names, f.load(names.hashes, place))
        edge = f.do(f"or i64 {f.do(f'shl i64 {label}, 32')}, {target}")
        f.store(edge, names.edges, f.do(f"add i64 {first}, {place}"))
    f.store(f.do(f"add i64 {first}, {filled}"), "%part", Part.EDGE_COUNT)
    f.store(high, "%part", Part.EXPANDED)
    f.goto(again)
    return f.text()


def _return_if(f: Function, condition: str, value: int) -> None:
    yes, no = f.label(), f.label()
    f.branch(condition, yes, no)
    f.at(yes)
    f.say(f"ret i64 {value}")
    f.at(no)


def _expand(f: Function, kind: Kind, names: _Names, node: str, first: str) -> None:
    """Append the successors of a node to the buffer, and note where its edges end."""
    index = f.do(f"zext i32 {f.load(names.nodes, node, 'i32')} to i64")
    filled, expand = f.load("%me", Block.FILLED), f.address("%ctx", Context.EXPAND)
    f.do(f"call i64 {expand}(ptr %me, ptr {names.states}, i64 {index}, i64 {f.do(f'add i64 {index}, 1')})")
    end = f.load("%me", Block.FILLED)
    after = f.do(f"add i64 {node}, 1")
    f.store(f.do(f"add i64 {first}, {end}"), f.address("%part", Part.OFFSETS), after)
    with f.counting(filled, end) as place:
        hash = hashed(f, kind, state_words(f, kind, names.buffer, place))
        f.store(hash, names.hashes, place)
        prefetch(f, home(f, names.table, names.mask, hash))


def _find(f: Function, kind: Kind, names: _Names, place: str) -> None:
    """Put the index of a successor where its hash was, and fetch its number."""
    absent = f.label()
    words = state_words(f, kind, names.buffer, place)
    where = Place(names.table, names.mask, names.states, f.load(names.hashes, place), "0")
    index = find(f, kind, where, words, absent)
    f.store(index, names.hashes, place)
    prefetch(f, f.element(names.numbers, index, "i32"))
    done = f.label()
    f.goto(done)
    f.at(absent)  # every successor of a state is stored once the search is complete
    f.say("call void @llvm.trap()")
    f.say("unreachable")
    f.at(done)


def _target(f: Function, names: _Names, index: str) -> str:
    """The node with an index, now found if it was not; OUTSIDE if it is not in the part."""
    number = f.variable(f.do(f"zext i32 {f.load(names.numbers, index, 'i32')} to i64"))
    with f.when(f.compare("eq", f.load(number), 0)):
        node = f.load("%part", Part.COUNT)
        f.store(f.do(f"trunc i64 {index} to i32"), names.nodes, node, "i32")
        more = f.do(f"add i64 {node}, 1")
        f.store(more, "%part", Part.COUNT)
        f.store(f.do(f"trunc i64 {more} to i32"), names.numbers, index, "i32")
        f.store(more, number)
    return f.do(f"sub i64 {f.load(number)}, 1")


def _label(f: Function, kind: Kind, names: _Names, place: str) -> str:
    """The number of a successor's label, a new one if it was not met before."""
    words = state_words(f, kind, names.told, place)
    hash = hashed(f, kind, words)
    found, absent, known = f.variable(), f.label(), f.label()
    at = Place(names.label_table, names.label_mask, names.labels, hash, "0")
    f.store(find(f, kind, at, words, absent), found)
    f.goto(known)
    f.at(absent)
    count = f.load("%part", Part.LABEL_COUNT)
    set_words(f, kind, names.labels, count, words)
    insert(f, kind, Place(at.table, at.mask, at.states, hash, count), (), entered := f.label(), entered)
    f.at(entered)
    f.store(f.do(f"add i64 {count}, 1"), "%part", Part.LABEL_COUNT)
    f.store(count, found)
    f.goto(known)
    f.at(known)
    return f.load(found)


def _relabel(kind: Kind) -> str:
    """`i64 @relabel(ptr %part)`: enters all labels into an empty table."""
    f = Function("define i64 @relabel(ptr %part)")
    labels, table = f.address("%part", Part.LABELS), f.address("%part", Part.LABEL_TABLE)
    mask = f.load("%part", Part.LABEL_MASK)
    with f.counting(0, f.load("%part", Part.LABEL_COUNT)) as number:
        hash, done = hashed(f, kind, state_words(f, kind, labels, number)), f.label()
        insert(f, kind, Place(table, mask, labels, hash, number), (), done, done)
        f.at(done)
    f.say("ret i64 0")
    return f.text()
