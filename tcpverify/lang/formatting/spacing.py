"""Spaces between the pieces of a line, and columns that the author lined up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.lang.formatting.lines import Blocks, Line

_NONE_BEFORE = frozenset({")", "]", ",", "'", "?", ".", ".."})
_NONE_AFTER = frozenset({"(", "[", ".", "..", "!"})
_TIGHT_WORDS = frozenset({"in_flight", "event"})
_LOOSE_WORDS = frozenset({"in", "of", "mod", "then", "else", "and", "or", "not"})


def gap(found: Blocks, left: int, right: int) -> int:
    """The spaces between two neighbours of a line."""
    a, b = found.pieces[left], found.pieces[right]
    if b.is_comment:
        return 2
    if a.text in _NONE_AFTER or b.text in _NONE_BEFORE or a.start in found.shape.unary:
        return 0
    if b.text == "(" and (a.stop in found.shape.tight or a.text in _TIGHT_WORDS):
        return 0
    if b.text == "[":
        word = (a.text[0].isalpha() or a.text[0] == "_") and a.text not in _LOOSE_WORDS
        return 0 if word or a.text in (")", "]", "'") else 1
    return 2 if found.is_item(right) and a.text != "{" else 1


class Spacing:
    """The columns of all pieces; groups of pieces that stood below each other are put there again."""

    def __init__(self, found: Blocks, lines: Sequence[Line]) -> None:
        self._found = found
        self._lines = lines
        self._extra: dict[int, int] = {}
        self._line_of = {piece: line for line in lines for piece in line.pieces}

    def align(self) -> None:
        """Line up every group, those on the left first."""
        for group in sorted(self._groups(), key=lambda g: self._found.pieces[g[0]].column):
            natural = {piece: self._column(piece) for piece in group}
            widest = max(natural.values())
            self._extra.update((piece, widest - column) for piece, column in natural.items())
        for column, group in self._comments().items():
            for piece in group:
                self._extra[piece] = max(0, column - self._column(piece))

    def _comments(self) -> dict[int, list[int]]:
        """Comments behind something that stand in one column, anywhere in the text: they stay there."""
        found: dict[int, list[int]] = {}
        for line in self._lines:
            last = self._found.pieces[line.pieces[-1]]
            if last.is_comment and len(line.pieces) > 1 and last.newlines == 0:
                found.setdefault(last.column, []).append(line.pieces[-1])
        return {column: group for column, group in found.items() if len(group) > 1}

    def text(self, line: Line) -> str:
        """A line as text."""
        parts = [" " * line.indent]
        for before, piece in zip([None, *line.pieces], line.pieces, strict=False):
            if before is not None:
                parts.append(" " * (gap(self._found, before, piece) + self._extra.get(piece, 0)))
            parts.append(self._found.pieces[piece].text)
        return "".join(parts)

    def _column(self, piece: int) -> int:
        line = self._line_of[piece]
        at, before = line.indent, None
        for other in line.pieces:
            at += 0 if before is None else gap(self._found, before, other)
            if other == piece:
                return at
            at += self._extra.get(other, 0) + len(self._found.pieces[other].text)
            before = other
        return at

    def _groups(self) -> Iterator[list[int]]:
        """Pieces of one text and column in lines that follow each other, some of them set off."""
        found: dict[tuple[int, int, int, str], list[int]] = {}
        section = 0
        for line in self._lines:
            section += line.blank
            for before, piece in zip(line.pieces, line.pieces[1:], strict=False):
                p = self._found.pieces[piece]
                apart = gap(self._found, before, piece) and not self._found.is_item(piece)
                if p.newlines == 0 and apart and not p.is_comment:
                    found.setdefault((section, line.indent, p.column, p.text), []).append(piece)
        for group in found.values():
            apart = any(self._found.pieces[p].gap > gap(self._found, p - 1, p) for p in group)
            lines = {id(self._line_of[p]) for p in group}
            if apart and len(lines) > 1:
                yield group
