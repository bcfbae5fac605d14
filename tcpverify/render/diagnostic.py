"""Diagnostics as text: code and message, place, the line with carets, notes and a hint."""

from __future__ import annotations

from tcpverify.diagnostics import Diagnostic, Severity
from tcpverify.render.text import clean, fit, width, wrap
from tcpverify.source import Span

TAB = "    "
MOST_CELLS = 110
"""How wide the line of the source is shown where there is room."""
LONGEST = 1000
"""Cells of a message; names in it may be of any length."""


def diagnostic(d: Diagnostic, colour: bool, ascii_only: bool = False, cells: int | None = None) -> str:
    """A diagnostic in several lines, without a line end; nothing in it controls a terminal.

    With `cells` long texts are wrapped; places are not, so that they can be clicked on.
    """
    head = f"{d.severity}[{d.code}]"
    lines = _told(f"{head}: {d.message}", "", ascii_only, cells)
    if colour:
        style = f"1;{31 if d.severity is Severity.ERROR else 33}"
        lines[0] = lines[0].replace(head, f"\x1b[{style}m{head}\x1b[0m", 1)
    if d.span is not None:
        lines += _excerpt(d.span, "-->", "^", ascii_only, cells or MOST_CELLS)
    for note in d.notes:
        lines += _told(f"note: {note.text}", "  ", ascii_only, cells)
        if note.span is not None:
            lines += _excerpt(note.span, "   ", "-", ascii_only, cells or MOST_CELLS)
    if d.hint is not None:
        lines += _told(f"hint: {d.hint}", "  ", ascii_only, cells)
    return "\n".join(lines)


def _told(text: str, indent: str, ascii_only: bool, cells: int | None) -> list[str]:
    """A text on one line, or wrapped."""
    shown = indent + fit(clean(text[: 4 * LONGEST], ascii_only), LONGEST, "...")
    return [shown] if cells is None else wrap(shown, cells, len(indent) + 2)


def _excerpt(span: Span, arrow: str, mark: str, ascii_only: bool, cells: int) -> list[str]:
    """The place, the line of the source, and a row of marks under the span (its first line)."""
    line, column = span.line, span.column
    text = span.source.line(line)
    length = max(1, span.stop - span.start)
    margin = f"{line:>5} | "
    room = max(8, min(cells, MOST_CELLS) - len(margin))
    start = max(0, column - 1 - room)
    before = _shown(text[start : column - 1], ascii_only)
    if start or width(before) > room // 2:
        before = _last(before, max(0, room // 3 - 3))
    here = _shown(text[column - 1 : column - 1 + min(length, room)], ascii_only)
    after = _shown(text[column - 1 + length :][:room], ascii_only)
    shown = fit(before + fit(here, room - width(before), "~") + after, room, "~")
    marks = mark * max(1, min(width(here), room - width(before)))
    gutter = " " * (len(margin) - 2) + "| "
    return [
        f"  {arrow} {clean(str(span), ascii_only)}",
        (margin + shown).rstrip(),
        gutter + " " * width(before) + marks,
    ]


def _last(text: str, cells: int) -> str:
    """The end of a text, dots telling that there is more."""
    start = max(0, len(text) - cells)
    while width(text[start:]) > cells:
        start += 1
    return "..." + text[start:]


def _shown(text: str, ascii_only: bool) -> str:
    return clean(text.replace("\t", TAB), ascii_only)
