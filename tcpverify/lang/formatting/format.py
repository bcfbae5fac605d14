"""From a spec to the same spec in regular layout."""

from __future__ import annotations

from tcpverify.lang import syntax as s
from tcpverify.lang.formatting.lines import Blocks, Line, blocks, lines
from tcpverify.lang.formatting.pieces import pieces
from tcpverify.lang.formatting.shape import shape
from tcpverify.lang.formatting.spacing import Spacing
from tcpverify.lang.parse import parse
from tcpverify.source import Source

WIDTH = 110
"""A block on one line is opened if the line is longer than this."""

_MOST_ROUNDS = 4


class Unsafe(Exception):
    """Formatting would change what the text says: a fault of ours, and nothing is changed."""


def formatted(source: Source) -> str:
    """The text in regular layout: two spaces a level, an item a line where a block is open, at most one
    empty line, columns that were lined up lined up again. Formatting twice changes nothing more.

    Raises ModelError if the text does not parse, Unsafe if the result would say something else.
    """
    tree = parse(source)
    text = _settled(source, tree)
    after = Source(source.name, text)
    if [(p.kind, p.text) for p in pieces(after)] != [(p.kind, p.text) for p in pieces(source)]:
        raise Unsafe("a token or a comment would be lost")
    if parse(after) != tree:
        raise Unsafe("the tree would be another one")
    return text


def _settled(source: Source, tree: s.File) -> str:
    """Formatted until nothing changes; if columns never settle, without lining them up."""
    text = _once(source, tree, True)
    for _ in range(_MOST_ROUNDS):
        again = Source(source.name, text)
        following = _once(again, parse(again), True)
        if following == text:
            return text
        text = following
    again = Source(source.name, text)
    return _once(again, parse(again), False)


def _once(source: Source, tree: s.File, aligned: bool) -> str:
    found = pieces(source)
    form = shape(tree, found)
    forced: frozenset[int] = frozenset()
    while True:
        layout = blocks(found, form, forced)
        rows = lines(layout)
        wide = frozenset(b for row in rows for b in _too_wide(layout, row)) - layout.open
        if not wide:
            break
        forced |= wide
    spacing = Spacing(layout, rows)
    if aligned:
        spacing.align()
    return "".join("\n" * row.blank + spacing.text(row) + "\n" for row in rows)


def _too_wide(layout: Blocks, row: Line) -> list[int]:
    """The first block of a line that is too long, if it ends on the line."""
    kept = [p for p in row.pieces if not layout.pieces[p].is_comment]
    if len(Spacing(layout, [row]).text(Line(row.indent, False, kept))) <= WIDTH:
        return []
    inside = set(kept)
    whole = (b for b in kept if b in layout.blocks and layout.pairs[b] in inside and layout.pairs[b] > b + 1)
    return list(whole)[:1]
