"""A line of terminal cells: text is put at a cell, and never leaves the line."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from tcpverify.render.text import clusters

PLAIN = ""


class Line:
    """Cells from left to right; a wide character takes two, the second of which is empty text."""

    def __init__(self, cells: int) -> None:
        self._cells = [" "] * cells
        self._styles = [PLAIN] * cells

    def put(self, at: int, text: str, style: str = PLAIN) -> None:
        """Put a clean text at a cell; what does not fit on the line is left out."""
        for cluster, size in clusters(text):
            if at >= 0 and at + size <= len(self._cells):
                self._clear(at, at + size)
                self._cells[at : at + size] = [cluster] + [""] * (size - 1)
                self._styles[at : at + size] = [style] * size
            at += size

    def _clear(self, start: int, stop: int) -> None:
        """Blank the wide characters that reach over the borders of some cells."""
        for border in (start, stop):
            if 0 < border < len(self._cells) and self._cells[border] == "":
                self._cells[border - 1] = self._cells[border] = " "

    def text(self, codes: Mapping[str, str] | None) -> str:
        """The line without trailing spaces, styles written as the codes given for them."""
        runs = groupby(range(len(self._cells)), key=lambda i: self._styles[i])
        parts = [(style, "".join(self._cells[i] for i in cells)) for style, cells in runs]
        while parts and not parts[-1][1].strip():
            parts.pop()
        if parts:
            parts[-1] = (parts[-1][0], parts[-1][1].rstrip())
        return "".join(_coded(text, codes.get(style) if codes else None) for style, text in parts)


def _coded(text: str, code: str | None) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code and text.strip() else text
