"""Tables of verdicts as SVG: a field for each instance, its colour and its word by the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from tcpverify.records import record
from tcpverify.render.grid import Grid, Table, described, told
from tcpverify.render.picture import PAD, cells
from tcpverify.render.svg import FAINT, FONT, INK, PAPER, QUIET, SIZE, VERMILION
from tcpverify.render.text import clean
from tcpverify.result import Result
from tcpverify.verdict import word

ROW = 30.0
"""The height of a field, in pixels."""

MARGIN = 9.0
"""What stays free to the left and right of a field's words, in pixels."""

FILLS = {
    "holds": "#cfe8d8",
    "violated": "#f7cdb8",
    "reachable": "#cfe0f5",
    "unreachable": "#eceff2",
    "vacuous": "#f6edc4",
    "bounded": "#e2d6ee",
    "unknown": "#ffffff",
}
"""Light enough for black words on them, and apart for every kind of colour blindness by the words."""


@record
class _Place:
    """Where a grid stands: its top, how wide the names of its rows are and each of its fields, in pixels."""

    top: float
    names: float
    field: float


def heatmap(table: Table) -> str:
    """The tables of one question, one below the other, as an SVG document."""
    names, field = _widths(table)
    parts: list[str] = []
    top, right = PAD + ROW, PAD + cells(table.title)
    for grid in table.grids:
        parts += _grid(grid, table.judged, _Place(top, names, field))
        top += ROW * (len(grid.rows) + 3.0)
        right = max(right, PAD + names + field * len(grid.columns), PAD + cells(grid.heading))
    wide, high = f"{right + PAD:.0f}", f"{top:.0f}"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" font-family={quoteattr(FONT)} font-size="{SIZE}">',
        f"<title>{escape(table.title)}</title>",
        f"<desc>{escape(clean(described(table)))}</desc>",
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        _text(table.title, PAD, PAD + 14.0, INK, bold=True),
        *parts,
        "</svg>",
    ]) + "\n"  # fmt: skip


def _widths(table: Table) -> tuple[float, float]:
    """How wide the names of the rows are, and every field: as its widest words."""
    names, words = [""], [""]
    for grid in table.grids:
        names += [_name(grid.down, row) for row in grid.rows]
        words += [_name(grid.across, column) for column in grid.columns]
        words += [told(grid.cells.get((r, c)), table.judged) for r in grid.rows for c in grid.columns]
    return max(map(cells, names)) + MARGIN, max(map(cells, words)) + 2 * MARGIN


def _name(axis: str, value: str) -> str:
    return clean(f"{axis} = {value}") if axis else ""


def _grid(grid: Grid, judged: bool, place: _Place) -> Iterator[str]:
    if grid.heading:
        yield _text(grid.heading, PAD, place.top + 20.0, QUIET)
    left, y = PAD + place.names, place.top + ROW
    for i, column in enumerate(grid.columns):
        yield _text(_name(grid.across, column), left + i * place.field + MARGIN, y + 20.0, INK, bold=True)
    for row in grid.rows:
        y += ROW
        yield _text(_name(grid.down, row), PAD, y + 20.0, INK, bold=True)
        for i, column in enumerate(grid.columns):
            result = grid.cells.get((row, column))
            yield from _field(result, judged, left + i * place.field, y, place.field)


def _field(result: Result | None, judged: bool, x: float, y: float, width: float) -> Iterator[str]:
    """One field; what is not as expected has a broken frame, and says so."""
    fill = PAPER if result is None else FILLS[word(result.verdict).split()[0]]
    missed = judged and result is not None and not result.met
    frame = f'stroke="{VERMILION}" stroke-width="2" stroke-dasharray="5 3"' if missed else f'stroke="{FAINT}"'
    yield (
        f'<rect x="{x + 1.5:.1f}" y="{y + 1.5:.1f}" width="{width - 3:.1f}" height="{ROW - 3:.1f}" rx="3" '
        f'fill="{fill}" {frame}/>'
    )
    shown = told(result, judged)
    yield _text(shown, x + (width - cells(shown)) / 2, y + 19.5, INK if result is not None else QUIET)


def _text(text: str, x: float, y: float, colour: str, bold: bool = False) -> str:
    """A line of text, held to the width that it was measured to have."""
    weight = ' font-weight="bold"' if bold else ""
    adjust = "" if text.isascii() else ' lengthAdjust="spacingAndGlyphs"'
    length = f' textLength="{cells(text):.1f}"{adjust}' if text else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{weight}{length}>{escape(text)}</text>'
