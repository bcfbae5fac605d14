"""Results as an HTML table for notebooks: without scripts, all text of specs escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tcpverify.report.json import verify_document
from tcpverify.result import Outcome, instance_text, is_quiet

_HEADINGS = ("", "check", "instance", "property", "verdict", "evidence", "expected")
_CELL = "text-align:left;padding:2px 8px"


def results_table(outcome: Outcome) -> str:
    """Every verdict beside what was expected; automatic properties that hold are only counted."""
    document = verify_document(outcome)
    rows, quiet = [], 0
    for result, r in zip(outcome.results, document["results"], strict=True):
        if is_quiet(result):
            quiet += 1
            continue
        mark = "ok" if r["met"] else "?" if r["verdict"] in ("unknown", "bounded") else "NOT MET"
        cells = (mark, r["check"], instance_text(result), r["property"], r["verdict"], r["evidence"],
                 r["expected"] or "")  # fmt: skip
        rows.append(_row("td", cells))
    summary = document["summary"]
    told = f"{summary['met']} of {summary['results']} expectations met"
    told += f"; {quiet} automatic properties hold" if quiet else ""
    return "\n".join(["<table>", _row("th", _HEADINGS), *rows, "</table>", f"<p>{escape(told)}</p>"])


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f'<{tag} style="{_CELL}">{_text(c)}</{tag}>' for c in cells) + "</tr>"


def _text(text: str) -> str:
    """Text as HTML that shows it, without control characters."""
    return escape("".join(c if c.isprintable() else " " for c in text))
