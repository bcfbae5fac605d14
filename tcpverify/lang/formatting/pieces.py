"""The tokens and comments of a spec, in order, with the layout that their author gave them."""

from __future__ import annotations

import re
from typing import NamedTuple

from tcpverify.lang.tokens import tokenize
from tcpverify.source import Source

COMMENT = "comment"
_COMMENT = re.compile(r"#[^\n]*")


class Piece(NamedTuple):
    """A token or a comment. `newlines` and `gap`: the line ends and, on one line, the spaces before
    it; `column`: its place in its line; `margin`: the column at which its line begins."""

    kind: str
    text: str
    start: int
    stop: int
    newlines: int
    gap: int
    column: int
    margin: int

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment and no token."""
        return self.kind == COMMENT


def pieces(source: Source) -> list[Piece]:
    """Every token but the end of the text, and every comment, without the spaces behind it."""
    tokens, _ = tokenize(source)
    found: list[Piece] = []
    at = 0
    for token in tokens:
        for comment in _COMMENT.finditer(source.text, at, token.start):
            text = comment.group().rstrip()
            found.append(_piece(source, COMMENT, text, comment.start(), found))
        at = token.stop
        if token.stop > token.start:
            text = source.text[token.start : token.stop]
            found.append(_piece(source, token.kind, text, token.start, found))
    return found


def _piece(source: Source, kind: str, text: str, start: int, before: list[Piece]) -> Piece:
    stop = before[-1].stop if before else 0
    between = source.text[stop:start]
    newlines = between.count("\n") if before else 1
    line_start = source.text.rfind("\n", 0, start) + 1
    line = source.text[line_start : start + 1].expandtabs(2)
    margin = len(line) - len(line.lstrip())
    column = len(line) - 1
    return Piece(kind, text, start, start + len(text), newlines, len(between), column, min(margin, column))
