"""Segments and channels in Promela: one array a column, and what is done to them, inline.

The segment that a step takes is in `taken_...`, the one that it sends in `sent_...`: hidden variables,
which are no part of a state and which every step writes before it reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tcpverify.export.segments import Column, Layout
from tcpverify.records import record


@record
class Array:
    """A channel: what its length, the array of each column and the operations on it are called, and its
    size."""

    length: str
    columns: tuple[str, ...]
    size: int
    operations: Mapping[str, str]


def number_type(lo: int, hi: int) -> str:
    """The narrowest type that holds these values."""
    if lo >= 0 and hi <= 255:
        return "bit" if hi <= 1 else "byte"
    return "short" if lo >= -(2**15) and hi < 2**15 else "int"


def scratch(layout: Layout) -> Iterator[str]:
    """The hidden variables that segments are moved through."""
    yield "hidden int slot;"
    for column in layout.columns:
        width = "byte" if number_type(column.lo, column.hi) == "bit" else number_type(column.lo, column.hi)
        yield f"hidden {width} taken_{column.name}, sent_{column.name};"


def declaration(array: Array, layout: Layout, contents: Sequence[Sequence[int]]) -> Iterator[str]:
    """A channel with what it holds at first."""
    for i, (column, name) in enumerate(zip(layout.columns, array.columns, strict=True)):
        values = [int(s[i]) for s in contents] + [0] * (array.size - len(contents))
        initial = f" = {{ {', '.join(map(str, values))} }}" if any(values) else ""
        yield f"{number_type(column.lo, column.hi)} {name}[{array.size}]{initial};"
    yield (
        f"byte {array.length} = {len(contents)};"
        if array.size < 256
        else f"short {array.length} = {len(contents)};"
    )


def precedes(layout: Layout, one: Callable[[Column, int], str], other: Callable[[Column, int], str]) -> str:
    """Whether one segment comes before another in a bag."""
    text = "false"
    for i in range(len(layout.columns) - 1, -1, -1):
        a, b = one(layout.columns[i], i), other(layout.columns[i], i)
        less = f"{a} < {b}"
        text = less if text == "false" else f"({less} || ({a} == {b} && {text}))"
    return text


def equal(array: Array, one: str, other: str) -> str:
    """Whether the segments in two slots are equal."""
    return " && ".join(f"{name}[{one}] == {name}[{other}]" for name in array.columns)


def inlines(array: Array, layout: Layout, used: Iterable[str]) -> Iterator[str]:
    """The operations on a channel that steps use."""
    for name in sorted(used):
        yield ""
        parameter = "position" if name in ("take", "remove", "copy") else ""
        yield f"inline {array.operations[name]}({parameter}) {{"
        yield from (f"\t{line}" for line in OPERATIONS[name](array, layout))
        yield "}"


def _move(array: Array, to: str, origin: str) -> list[str]:
    return [f"{name}[{to}] = {name}[{origin}];" for name in array.columns]


def _store(array: Array, layout: Layout, slot: str) -> list[str]:
    return [f"{n}[{slot}] = sent_{c.name};" for n, c in zip(array.columns, layout.columns, strict=True)]


def _take(array: Array, layout: Layout) -> list[str]:
    return [f"taken_{c.name} = {n}[position];" for n, c in zip(array.columns, layout.columns, strict=True)]


def _remove(array: Array, layout: Layout) -> list[str]:
    del layout
    return [
        "slot = position;",
        "do",
        f":: slot + 1 < {array.length} ->",
        *(f"\t{line}" for line in _move(array, "slot", "slot + 1")),
        "\tslot++",
        ":: else -> break",
        "od;",
        f"{array.length}--;",
        *(f"{name}[{array.length}] = 0;" for name in array.columns),
    ]


def _add(array: Array, layout: Layout) -> list[str]:
    return [*_store(array, layout, array.length), f"{array.length}++;"]


def _upwards(array: Array, condition: str) -> list[str]:
    """The last segments moved up by one, as long as the condition on `slot` holds."""
    return [
        f"slot = {array.length};",
        "do",
        f":: {condition} ->",
        *(f"\t{line}" for line in _move(array, "slot", "slot - 1")),
        "\tslot--",
        ":: else -> break",
        "od;",
    ]


def _insert(array: Array, layout: Layout) -> list[str]:
    before = precedes(layout, lambda c, _: f"sent_{c.name}", lambda _, i: f"{array.columns[i]}[slot - 1]")
    return [*_upwards(array, f"slot > 0 && ({before})"), *_store(array, layout, "slot"), f"{array.length}++;"]


def _remember(array: Array, layout: Layout) -> list[str]:
    """Insert unless it is there."""
    pairs = zip(array.columns, layout.columns, strict=True)
    differs = " || ".join(f"{name}[slot] != sent_{c.name}" for name, c in pairs)
    return [
        "slot = 0;",
        "do",
        f":: slot < {array.length} && ({differs}) -> slot++",
        ":: else -> break",
        "od;",
        "if",
        f":: slot == {array.length} ->",
        *(f"\t{line}" for line in _insert(array, layout)),
        ":: else -> skip",
        "fi;",
    ]


def _copy(array: Array, layout: Layout) -> list[str]:
    del layout
    return [*_upwards(array, "slot > position"), f"{array.length}++;"]


def _age(array: Array, layout: Layout) -> list[str]:
    """The `skip` is for SPIN, which takes a loop at the end of a `d_step` for a way out of it."""
    del layout
    life = array.columns[-1]
    return [
        "slot = 0;",
        "do",
        f":: slot < {array.size} -> {life}[slot] = ({life}[slot] > 0 -> {life}[slot] - 1 : 0); slot++",
        ":: else -> break",
        "od;",
        "skip;",
    ]


OPERATIONS: Mapping[str, Callable[[Array, Layout], list[str]]] = {
    "take": _take, "remove": _remove, "add": _add, "insert": _insert, "remember": _remember, "copy": _copy,
    "age": _age,
}  # fmt: skip
"""What can be done to a channel, as statements."""
