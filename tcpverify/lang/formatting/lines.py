"""Pieces put into lines: the author's line ends are kept, items of an open block get lines of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tcpverify.lang.formatting.pieces import Piece
from tcpverify.lang.formatting.shape import Shape, enclosing

INDENT = 2
MOST_CONTINUED = 60
"""A continuation line that stands deeper below its first line than this is brought back."""

_CHAIN = frozenset({"else", "elif", "or"})
_CLOSERS = frozenset({")", "]", "}"})


@dataclass(slots=True)
class Line:
    """Pieces by number, the indentation, and whether an empty line stands before."""

    indent: int
    blank: bool
    pieces: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Blocks:
    """Which braces hold items (`pairs` of all braces), and which of those are `open`: over several lines."""

    pieces: Sequence[Piece]
    shape: Shape
    inside: list[int | None]
    pairs: dict[int, int]
    open: set[int]
    closing: dict[int, int]
    blocks: frozenset[int]

    def depth(self, piece: int) -> int:
        """How many open blocks a piece stands in."""
        depth, brace = 0, self.inside[piece]
        while brace is not None:
            depth += brace in self.open
            brace = self.inside[brace]
        return depth

    def is_item(self, piece: int) -> bool:
        """Whether an item begins here; the second name of `call a, b` is none."""
        p = self.pieces[piece]
        return p.start in self.shape.items and not (piece and self.pieces[piece - 1].text in (",", "->"))

    def starts_line(self, piece: int) -> bool:
        """Whether a line begins here that continues none."""
        brace = self.inside[piece]
        return self.is_item(piece) and (brace is None or brace in self.open)


def blocks(pieces: Sequence[Piece], shape: Shape, forced: frozenset[int]) -> Blocks:
    """The blocks of a text; those that begin with a piece of `forced` are opened whatever they were."""
    inside, pairs = enclosing(pieces)
    found = Blocks(pieces, shape, inside, pairs, set(), {b: a for a, b in pairs.items()}, frozenset())
    holding = {found.inside[i] for i in range(len(pieces)) if found.is_item(i)}
    for start, stop in pairs.items():
        if stop == start + 1 or (start not in holding and not _only_comments(pieces, start, stop)):
            continue
        newlines = any(p.newlines for p in pieces[start + 1 : stop + 1])
        if newlines or start in forced:
            found.open.add(start)
    found.blocks = frozenset(b for b in pairs if b in holding or pairs[b] == b + 1 or b in found.open)
    return found


def _only_comments(pieces: Sequence[Piece], start: int, stop: int) -> bool:
    return all(p.is_comment for p in pieces[start + 1 : stop])


def lines(found: Blocks) -> list[Line]:
    """All lines, in order."""
    result: list[Line] = []
    anchor_indent = anchor_margin = 0
    for i, piece in enumerate(found.pieces):
        if result and not _breaks(found, i):
            result[-1].pieces.append(i)
            continue
        fresh = not i or piece.is_comment or found.starts_line(i) or _closes(found, i) or _opens(found, i - 1)
        indent = INDENT * found.depth(i)
        if not fresh and not _chains(found, i):
            least = 0 if piece.text in _CLOSERS else INDENT
            deeper = piece.column - anchor_margin
            indent = anchor_indent + (deeper if least <= deeper <= MOST_CONTINUED else least or 0)
        if not piece.is_comment and fresh:
            anchor_indent, anchor_margin = indent, piece.margin
        blank = bool(i) and piece.newlines > 1 and fresh
        blank = blank and not _closes(found, i) and not _opens(found, i - 1)
        result.append(Line(indent, blank, [i]))
    return result


def _opens(found: Blocks, piece: int) -> bool:
    return piece in found.open


def _closes(found: Blocks, piece: int) -> bool:
    return found.closing.get(piece) in found.open


def _chains(found: Blocks, i: int) -> bool:
    """Whether this is the `else`, `elif` or `or` behind a block."""
    before = found.closing.get(i - 1) if i else None
    return before in found.blocks and found.pieces[i].text in _CHAIN


def _breaks(found: Blocks, i: int) -> bool:
    """Whether a piece begins a line."""
    piece, before = found.pieces[i], found.pieces[i - 1]
    if piece.is_comment:
        return piece.newlines > 0
    if before.is_comment or found.starts_line(i) or _opens(found, i - 1) or _closes(found, i):
        return True
    if i in found.blocks:
        return False
    if _chains(found, i) and _closes(found, i - 1):
        return False
    return piece.newlines > 0
