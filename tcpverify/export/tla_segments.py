"""Segments and channels in TLA+: operators on sequences of records."""

from __future__ import annotations

from collections.abc import Iterator

from tcpverify.export.segments import Layout

OPERATORS = ("Precedes", "Added", "Inserted", "Removed", "Remembered", "Aged", "FloorDiv", "FloorMod")
"""The operators that are defined."""

_SEQUENCES = (
    "",
    "\\* the sequence `s` with `e` behind its first `n` elements",
    "Added(s, n, e) == SubSeq(s, 1, n) \\o <<e>> \\o SubSeq(s, n + 1, Len(s))",
    "\\* the sorted sequence `s` with `e` in its place",
    "Inserted(s, e) == Added(s, Cardinality({i \\in 1..Len(s) : ~Precedes(e, s[i])}), e)",
    "\\* the sequence `s` without its element `n`",
    "Removed(s, n) == SubSeq(s, 1, n - 1) \\o SubSeq(s, n + 1, Len(s))",
    "\\* the set `s`, as a sorted sequence, with `e`",
    "Remembered(s, e) == IF \\E i \\in 1..Len(s) : s[i] = e THEN s ELSE Inserted(s, e)",
)
_FLOORS = (
    "",
    "\\* division that rounds down; 0 by 0",
    "FloorDiv(a, b) == IF b = 0 THEN 0 ELSE IF b > 0 THEN a \\div b ELSE (0 - a) \\div (0 - b)",
    "FloorMod(a, b) == IF b = 0 THEN 0 ELSE a - b * FloorDiv(a, b)",
)


def operators(layout: Layout) -> Iterator[str]:
    """The operators on segments and channels, and division."""
    yield from ("", "\\* the order of segments in a bag", "Precedes(a, b) ==")
    for i, c in enumerate(layout.columns):
        equal = [f"a.{before.name} = b.{before.name}" for before in layout.columns[:i]]
        less = f"~a.{c.name} /\\ b.{c.name}" if c.boolean else f"a.{c.name} < b.{c.name}"
        first = " /\\ ".join([*equal, less])
        yield f"  \\/ {first}"
    yield from _SEQUENCES
    if layout.columns[-1].name == "life":
        yield from (
            "\\* the segments of `s` a tick later",
            "Aged(s) == [i \\in 1..Len(s) |-> [s[i] EXCEPT !.life = IF @ > 0 THEN @ - 1 ELSE 0]]",
        )
    yield from _FLOORS
