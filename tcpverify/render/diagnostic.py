"""Diagnostics as text: code and message, place, the line with carets, notes and a hint."""

from __future__ import annotations

from tcpverify.diagnostics import Diagnostic, Severity
from tcpverify.render.text import clean, fit, width
from tcpverify.source import Span

TAB = "    "


def diagnostic(d: Diagnostic, colour: bool, ascii_only: bool = False) -> str:
    """A diagnostic in several lines, without a line end; nothing in it controls a terminal."""
    head = f"{d.severity}[{d.code}]"
    if colour:
        head = f"\x1b[1;{31 if d.severity is Severity.ERROR else 33}m{head}\x1b[0m"
    lines = [f"{head}: {clean(d.message, ascii_only)}"]
    if d.span is not None:
        lines += _excerpt(d.span, "-->", "^", ascii_only)
    for note in d.notes:
        lines.append(f"  note: {clean(note.text, ascii_only)}")
        if note.span is not None:
            lines += _excerpt(note.span, "   ", "-", ascii_only)
    if d.hint is not None:
        lines.append(f"  hint: {clean(d.hint, ascii_only)}")
    return "\n".join(lines)


def _excerpt(span: Span, arrow: str, mark: str, ascii_only: bool) -> list[str]:
    """The place, the line of the source, and a row of marks under the span (its first line)."""
    line, column = span.line, span.column
    text = span.source.line(line)
    before = _shown(text[: column - 1], ascii_only)
    here = _shown(text[column - 1 : column - 1 + max(1, span.stop - span.start)], ascii_only)
    after = _shown(text[column - 1 + max(1, span.stop - span.start) :], ascii_only)
    if width(before) > 60:
        before = "..." + before[-40:]
    here = fit(here, 60, "~")
    shown = fit(before + here + after, 110, "~")
    margin = f"{line:>5} | "
    marks = " " * (len(margin) - 2) + "| " + " " * width(before) + mark * max(1, width(here))
    return [f"  {arrow} {clean(str(span), ascii_only)}", margin + shown, marks]


def _shown(text: str, ascii_only: bool) -> str:
    return clean(text.replace("\t", TAB), ascii_only)
