"""Tables of verdicts for a terminal of any width: parameters across and down, or one instance a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.cli.console import Console
from tcpverify.cli.table import BOLD, DIM, GREEN, RED, YELLOW
from tcpverify.render.grid import Grid, Table, told
from tcpverify.render.text import pad, width, wrap
from tcpverify.result import Result

GAP = 2


def text(table: Table, here: Console) -> str:
    """The tables of one question; no line is wider than the terminal."""
    lines = ["", *(here.styled(line, BOLD) for line in wrap(here.safe(table.title), here.width))]
    for grid in table.grids:
        lines.append("")
        if grid.heading:
            lines += [here.styled(line, DIM) for line in wrap(here.safe(grid.heading), here.width)]
        lines += _aligned(grid, table.judged, here) or _listed(grid, table.judged, here)
    return "\n".join(lines) + "\n"


def _aligned(grid: Grid, judged: bool, here: Console) -> list[str]:
    """Rows and columns; empty if they are too wide."""
    head = ["", *(_name(grid.across, column, here) for column in grid.columns)]
    body = [
        [_name(grid.down, row, here), *(told(grid.cells.get((row, c)), judged) for c in grid.columns)]
        for row in grid.rows
    ]
    sizes = [max(map(width, column)) for column in zip(head, *body, strict=True)]
    if sum(sizes) + GAP * len(sizes) > here.width:
        return []
    lines = [here.styled(_line(head, sizes), DIM)]
    for row, cells in zip(grid.rows, body, strict=True):
        results = [grid.cells.get((row, column)) for column in grid.columns]
        styled = [
            _coloured(pad(cell, size), result, judged, here)
            for cell, size, result in zip(cells[1:], sizes[1:], results, strict=True)
        ]
        lines.append("  ".join([pad(cells[0], sizes[0]), *styled]).rstrip())
    return lines


def _line(cells: Sequence[str], sizes: Sequence[int]) -> str:
    return (" " * GAP).join(pad(c, size) for c, size in zip(cells, sizes, strict=True)).rstrip()


def _listed(grid: Grid, judged: bool, here: Console) -> Iterator[str]:
    """One instance a line."""
    for row in grid.rows:
        for column in grid.columns:
            place = ", ".join(filter(None, (_name(grid.down, row, here), _name(grid.across, column, here))))
            yield from wrap(f"{place}: {told(grid.cells.get((row, column)), judged)}", here.width, 4)


def _name(axis: str, value: str, here: Console) -> str:
    return here.safe(f"{axis} = {value}") if axis else ""


def _coloured(cell: str, result: Result | None, judged: bool, here: Console) -> str:
    """Green as expected, red not, yellow not known; plain where nothing is expected."""
    if result is None or not judged or result.expected is None:
        return cell
    return here.styled(cell, GREEN if result.met else YELLOW if result.inconclusive else RED)
