"""Findings as workflow commands and as a step summary of GitHub Actions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import accumulate

from tcpverify.render.sequence import mermaid
from tcpverify.report.gate import Case, Finding, Gate

MOST_BYTES = 900_000
"""Of a summary: one of more than 1 MiB is not shown at all."""
MOST_ROWS = 500


def commands(gate: Gate) -> str:
    """One workflow command a line for each finding: GitHub shows them at the lines of the files."""
    return "".join(f"{_command(found)}\n" for found in gate.findings)


def _command(found: Finding) -> str:
    properties = {"title": f"tcpverify: {found.rule}"}
    if found.place is not None:
        at = found.place
        properties = {"file": at.path, "line": str(at.line), "endLine": str(at.end_line), **properties}
        if at.line == at.end_line:
            properties |= {"col": str(at.column), "endColumn": str(at.end_column)}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    text = found.message + (f"\nto see it again: {found.again}" if found.again else "")
    return f"::{found.level} {told}::{_data(text)}"


def _data(text: str) -> str:
    """The text of a command (`escapeData` of the toolkit); nothing in it ends a line, or is a command of the
    older kind, `##[...]`."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace("##[", "##%5B")


def _property(text: str) -> str:
    """The value of a property of a command (`escapeProperty`)."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# --- The summary ---------------------------------------------------------------------------------------


def summary(gate: Gate) -> str:
    """Markdown for the summary of a job: what was met, a table, the ladder of each finding folded away."""
    met = sum(c.finding is None for c in gate.cases)
    lines = ["## tcpverify", "", f"{met} of {len(gate.cases)} passed.", ""]
    lines += ["| | check | expectation | finding |", "|---|---|---|---|"]
    unmet = [c for c in gate.cases if c.finding is not None]
    rows = [_row(c) for c in [*unmet, *(c for c in gate.cases if c.finding is None)][:MOST_ROWS]]
    sizes = accumulate(len(row.encode("utf-8", "replace")) for row in rows)
    fitting = [row for row, size in zip(rows, sizes, strict=True) if size < MOST_BYTES // 2]
    lines += fitting
    if len(gate.cases) > len(fitting):
        lines += ["", f"and {len(gate.cases) - len(fitting)} more"]
    text = "\n".join(lines) + "\n"
    for number, case in enumerate(unmet):
        more = "".join(line + "\n" for line in _folded(case)) if case.finding is not None else ""
        if len((text + more).encode("utf-8", "replace")) > MOST_BYTES:
            return text + f"\n{len(unmet) - number} more are not shown: there is no room for them.\n"
        text += more
    return text


def _row(case: Case) -> str:
    found = case.finding
    sign = "✅" if found is None else "❔" if case.inconclusive else "❌"
    place = "" if found is None or found.place is None else f" ({found.place.path}:{found.place.line})"
    told = "" if found is None else found.message + place
    group = f"{case.file}: {case.suite}" if case.file else case.suite
    return f"| {sign} | {shown(group)} | {shown(case.name)} | {shown(told)} |"


def _folded(case: Case) -> Iterator[str]:
    """The ladder of a finding as a diagram and as text."""
    found = case.finding
    if found is None or not found.details:
        return
    yield from ["", f"<details><summary>{shown(found.message)}</summary>", ""]
    if found.ladder is not None:
        yield from ["```mermaid", mermaid(found.ladder, found.message).rstrip(), "```", ""]
    yield from [f"<pre>{escape(found.details)}</pre>", "", "</details>"]


def shown(text: str) -> str:
    """Text as Markdown and HTML show it as it is, on one line: what could mean something is a character
    reference (CommonMark 0.31, section 2.5)."""
    flat = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"[^\w ]", lambda m: f"&#{ord(m[0])};" if m[0].isascii() else m[0], flat).replace(
        "_", "&#95;"
    )
