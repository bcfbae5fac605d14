"""Explanations as JSON and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tcpverify import __version__
from tcpverify.analysis.avoidable import GOALS, Avoidable
from tcpverify.analysis.explanation import FARTHEST, Explanation, Flips
from tcpverify.diagnostics import Diagnostic
from tcpverify.ir.interpret import Interpreter
from tcpverify.render.describe import event, place
from tcpverify.report.json import SCHEMA_VERSION, diagnostic_record, result_record
from tcpverify.trace import Trace, extended
from tcpverify.verdict import trace_of

MOST_STEPS = 6
"""More steps of a run that does not fail are counted, not told."""


def explain_document(found: Explanation | None, diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """What `tcpverify explain --format json` prints; no explanation if the spec is wrong."""
    head = {"schema_version": SCHEMA_VERSION, "tool": {"name": "tcpverify", "version": __version__}}
    told = [diagnostic_record(d) for d in diagnostics]
    if found is None:
        return {**head, "result": None, "diagnostics": told}
    flips = found.flips
    return {
        **head,
        "result": result_record(found.result),
        "instances": found.instances,
        "others": found.others,
        "avoidable": None if found.avoidable is None else _avoidable(found, found.avoidable),
        "flips": {
            "changes": [
                {"name": c.name, "from": c.old, "to": c.new, "distance": c.distance, "verdict": c.verdict}
                for c in flips.changes
            ],
            "tried": flips.tried,
            "undecided": flips.undecided,
            "complete": flips.complete,
        },
        "diagnostics": told,
    }


def _avoidable(found: Explanation, seen: Avoidable) -> dict[str, Any]:
    return {
        "last": seen.last,
        "otherwise": list(otherwise(found, seen)),
        "ending": seen.ending,
        "states": seen.states,
        "stopped": seen.stopped,
    }


def otherwise(found: Explanation, seen: Avoidable) -> Iterator[str]:
    """The steps of the run that does not fail, in words."""
    trace = trace_of(found.result.verdict)
    if trace is None or seen.last is None:
        return
    interpreter = Interpreter(found.result.system)
    here = Trace(trace.system, trace.initial, trace.steps[: seen.last])
    for step in seen.otherwise:
        here = extended(interpreter, here, step)
        yield event(here.system, here.steps[-1])


# --- Text --------------------------------------------------------------------------------------------


def lines(found: Explanation) -> Iterator[tuple[int, str]]:
    """Everything but the ladder, line by line, each with how far it is indented."""
    seen = found.avoidable
    if seen is not None:
        yield 0, "until when it could be avoided"
        for text in _until(found, seen):
            yield 2, text
    yield 0, "what would change the verdict"
    for text in _changes(found.flips):
        yield 2, text


def _until(found: Explanation, seen: Avoidable) -> Iterator[str]:
    trace, goal = trace_of(found.result.verdict), found.result.prop.kind in GOALS
    assert trace is not None
    if seen.stopped:
        yield f"not known: more than {seen.states - 1:,} states would have to be looked at (--explored)"
        return
    counted = f"{seen.states:,} states were looked at"
    if seen.last is None:
        yield f"never: every run from this initial state fails; {counted}"
        return
    first = list(otherwise(found, seen))
    run = ", ".join(first[:MOST_STEPS]) + (
        f" and {len(first) - MOST_STEPS} more steps" if first[MOST_STEPS:] else ""
    )
    here = f"{place(seen.last)} a run that does not fail is possible"
    if seen.last == len(trace):
        yield f"to the end: what is asked for stays possible, and this run never takes it; {counted}"
    elif seen.last == len(trace) - 1:
        yield f"until the last step: {here}; {counted}"
    else:
        yield f"{here}, {place(seen.last + 1)} none is; {counted}"
    told = "it" if goal else "the run"
    yield f"for example: {run}; then {told} {seen.ending}" if run else f"for example: {told} {seen.ending}"


def _changes(flips: Flips) -> Iterator[str]:
    for c in flips.changes:
        by = f" (a change by {c.distance})" if c.distance > 1 else ""
        yield f"{c.verdict} with {c.name} = {c.new} instead of {c.old}{by}"
    all_ = "1 change was decided" if flips.tried == 1 else f"{flips.tried} changes were decided"
    if not flips.changes:
        yield f"no change of one parameter or fault budget by {FARTHEST} or less, of those tried"
    more = f", {flips.undecided} without an answer" if flips.undecided else ""
    yield f"{all_}{more}" + ("" if flips.complete else ", and there are more (--tries)")
