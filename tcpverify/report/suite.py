"""What became of a spec's mutants, as JSON and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from tcpverify import __version__
from tcpverify.analysis.suite import Suite, Told
from tcpverify.diagnostics import Diagnostic
from tcpverify.report.json import SCHEMA_VERSION, diagnostic_record

MOST_WATCHING = 6
"""More expectations that should have caught a mutant are counted, not named."""


def suite_document(suite: Suite | None, diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """What `tcpverify mutate --format json` prints; no suite if the spec is wrong."""
    head = {"schema_version": SCHEMA_VERSION, "tool": {"name": "tcpverify", "version": __version__}}
    told = [diagnostic_record(d) for d in diagnostics]
    if suite is None:
        return {**head, "score": None, "mutants": [], "diagnostics": told}
    return {
        **head,
        "file": suite.file,
        "score": None if suite.score is None else float(suite.score),
        "counts": counts(suite),
        "complete": suite.complete,
        "not_tried": suite.left,
        "known": suite.known,
        "instances": suite.used,
        "left_out": [{"instance": a.instance, "why": a.why} for a in suite.aside],
        "operators": [{"operator": n, "killed": k, "mutants": m} for n, k, m in suite.by_operator()],
        "mutants": [_mutant(m) for m in suite.mutants],
        "diagnostics": told,
    }


def counts(suite: Suite) -> dict[str, int]:
    """How many mutants there are of each fate."""
    return {
        "killed": len(suite.of("killed")),
        "survived": len(suite.of("survived")),
        "undecided": len(suite.of("undecided")),
        "unreached": len(suite.of("unreached")),
        "stillborn": len(suite.of("stillborn")),
    }


def _mutant(m: Told) -> dict[str, Any]:
    killer = None if m.killer is None else {
        "check": m.killer.check,
        "instance": m.killer.instance,
        "property": m.killer.prop,
        "expected": m.killer.expected,
        "verdict": m.killer.verdict,
    }  # fmt: skip
    return {
        "number": m.number,
        "operator": m.operator,
        "place": m.place,
        "where": m.where,
        "what": m.what,
        "fate": m.fate,
        "killed_by": killer,
        "watching": [{"check": c, "property": p} for c, p in m.watching],
        "why": m.why,
    }


def lines(suite: Suite) -> Iterator[tuple[int, str]]:
    """The report, line by line, each with how far it is indented. The texts are as the spec has them."""
    yield 0, headline(suite)
    for name, killed, all_ in suite.by_operator():
        yield 2, f"{name}: {killed} of {all_}"
    groups = (suite.of("survived"), "Survivors: no expectation noticed"), (suite.of("undecided"), "Undecided")
    for group, title in groups:
        if group:
            yield 0, ""
            yield 0, title
        for m in group:
            yield 2, f"{m.place}: {m.operator} ({m.where}): {m.what}"
            if m.watching:
                yield 6, f"watched by {watching(m)}"
            if m.why:
                yield 6, m.why
    unreached = suite.of("unreached")
    if unreached:
        yield 0, ""
        yield 0, "Unreached: no check that was run gets there, so none could notice; not counted"
        for (place, where), rows in groupby(unreached, key=lambda m: (m.place, m.where)):
            yield 2, f"{place}: {', '.join(dict.fromkeys(m.operator for m in rows))} ({where})"
    if suite.aside:
        yield 0, ""
        yield 0, "Left out: mutants were not put to"
        for a in suite.aside:
            yield 2, f"{a.instance}: {a.why}"
    if suite.known:
        yield 0, ""
        yield 0, f"{suite.known} of {suite.tried} mutants known from an earlier run"


def headline(suite: Suite) -> str:
    """The score and the counts."""
    score = suite.score
    told = "no score: no check could tell" if score is None else f"score {percent(suite)}"
    found = ", ".join(f"{n} {name}" for name, n in counts(suite).items() if n)
    left = f"; {suite.left} not tried" if suite.left else ""
    instances = "1 instance" if suite.used == 1 else f"{suite.used} instances"
    return f"{suite.file}: {told} ({found or 'no mutants'}{left}; {instances})"


def percent(suite: Suite) -> str:
    """The score in per cent, never rounded up."""
    score = suite.score
    return "-" if score is None else f"{int(score * 1000) / 10:g} %"


def watching(m: Told) -> str:
    """The expectations that should have caught a mutant, check by check."""
    shown = m.watching[:MOST_WATCHING]
    texts = [
        f"{check}: {', '.join(p for _, p in rows)}" for check, rows in groupby(shown, key=lambda row: row[0])
    ]
    more = len(m.watching) - len(shown)
    return "; ".join(texts) + (f"; and {more} more" if more else "")
