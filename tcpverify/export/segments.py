"""How a segment is laid out for another checker: its kind, one column a position of fields, its life.

Kinds share columns by position, as they do in the interpreter, so that the order of segments in a bag
is the interpreter's too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tcpverify.export.names import Names
from tcpverify.ir.expr import CORRUPT_KIND, BoolSort, Scope, bounds
from tcpverify.ir.interpret import positions
from tcpverify.ir.system import ActionKind, System
from tcpverify.records import record


@record
class Column:
    """One value of a segment: an integer `lo` to `hi`, or a Boolean."""

    name: str
    lo: int
    hi: int
    boolean: bool


@record
class Layout:
    """The columns of a segment; `place` says which column holds which FIELD variable."""

    columns: tuple[Column, ...]
    place: Mapping[str, int]


def layout(system: System, words: Iterable[str]) -> Layout:
    """The columns of the segments of a system; none is called like one of the words of a language."""
    names, columns = Names(("kind", "life", *words)), [Column("kind", *_kinds(system), False)]
    for i in range(system.width - 1 - system.segments_age):
        fields = [kind.fields[i] for kind in system.messages if i < len(kind.fields)]
        ranges = [(0, 0), *(bounds(f.sort) for f in fields)]
        said = list(dict.fromkeys(f.name for f in fields))
        name = names.free(" or ".join(said) if len(said) < 4 else f"field {i + 1}")
        lo, hi = min(lo for lo, _ in ranges), max(hi for _, hi in ranges)
        columns.append(Column(name, lo, hi, all(isinstance(f.sort, BoolSort) for f in fields)))
    if system.segments_age:
        columns.append(Column("life", 0, max(c.lifetime or 0 for c in system.channels), False))
    table = positions(system, ())
    return Layout(tuple(columns), {name: i for (scope, name), i in table.items() if scope is Scope.FIELD})


def _kinds(system: System) -> tuple[int, int]:
    """The least and the greatest kind of a segment."""
    garbled = any(a.kind is ActionKind.CORRUPT for a in system.actions)
    garbled = garbled or any(m[0] == CORRUPT_KIND for c in system.initial.contents for m in c)
    return (CORRUPT_KIND if garbled else 0), len(system.messages) - 1


def slots(system: System, channel: int) -> int:
    """The segments that a channel may hold: its capacity, or more if more are there at the start."""
    return max(1, system.channels[channel].capacity or 0, len(system.initial.contents[channel]))
