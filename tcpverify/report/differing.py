"""Differences between two versions of a role, in words, as ladders and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify import __version__
from tcpverify.analysis.differences import Answer, Apart, Difference
from tcpverify.analysis.openmachine import Arrival, Fields, Input
from tcpverify.diagnostics import Diagnostic
from tcpverify.ir.expr import Sort, bounds, show_value
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import ActionKind
from tcpverify.render.terminal import ladder
from tcpverify.report.json import SCHEMA_VERSION, Json, diagnostic_record, trace_record

SIDES = ("OLD", "NEW")


def input_text(given: Input, found: Apart) -> str:
    """An input: `call close`, `timeout rtx`, `SYN+ACK seq=0 ack=1`."""
    if isinstance(given, Arrival):
        return _segment(given.kind, given.fields, found)
    if given.kind is ActionKind.TICK:
        return "tick"
    arguments = ", ".join(f"{name}={int(value)}" for name, value in given.arguments)
    return f"{given.kind.value} {given.subject}" + (f"({arguments})" if arguments else "")


def flags_text(given: Input, found: Apart) -> str:
    """An input without its numbers."""
    if not isinstance(given, Arrival):
        return input_text(given, found)
    sorts = _sorts(given.kind, found)
    flags = _flags(given.kind, found)
    return _segment(given.kind, tuple((f, v) for f, v in given.fields if f in flags or f not in sorts), found)


def answer_text(answer: Answer, found: Apart) -> str:
    """What a machine does: `sends RST seq=1, is in CLOSED`."""
    seen = answer.seen
    said = [seen.end] if seen.end else []
    said += [f"sends {', '.join(_segment(s.kind, s.fields, found) for s in seen.sent)}"] if seen.sent else []
    said += [f"tells {', '.join(seen.signals)}"] if seen.signals else []
    if not said:
        said = ["sends nothing"]
    return ", ".join([*said, *([f"is in {answer.state}"] if answer.state and not seen.end else [])])


def heading(difference: Difference, found: Apart) -> str:
    """Where a difference is, and after what: `ESTABLISHED, after RST`."""
    old, new = difference.before
    where = old if old == new else f"{old} / {new}"
    return f"{where}, after {input_text(difference.input, found)}"


def ladders(
    difference: Difference, width: int, unicode: bool, colour: bool = False
) -> Iterator[tuple[str, str]]:
    """The run of each side as a ladder."""
    for side, run in zip(SIDES, difference.runs, strict=True):
        yield side, ladder(run, None, Interpreter(run.system), width, unicode, colour)


def reach(found: Apart) -> str:
    """How far was looked: never more than was done."""
    comparison = found.comparison
    runs = f"{comparison.pairs:,} pairs of states, {comparison.responses:,} answers"
    if comparison.stopped is not None:
        return f"{runs}; stopped: {comparison.stopped}"
    if comparison.exhausted:
        return f"{runs}: all that these inputs lead to"
    return f"{runs}: all runs of up to {comparison.depth} inputs; longer ones were not looked at"


def fed(found: Apart) -> Iterator[str]:
    """What was fed and compared, a line each."""
    shared = found.sides[0].events() & found.sides[1].events()
    events = sorted(f"{kind.value} {name}" for kind, name in shared)
    yield "inputs: " + "; ".join([*found.fed, ", ".join(events) or "no event that both sides have"])
    if found.narrowed:
        yield f"of the choices of {', '.join(found.narrowed)} only the first value is taken"
    if found.silent:
        yield "one side tells its user nothing: not compared; a call that does nothing counts as refused"
    for side, names in zip(SIDES, found.left_out, strict=True):
        if names:
            yield f"only {side} has, and so not compared: {', '.join(names)}"
    for side, names in zip(SIDES, found.only, strict=True):
        if names:
            yield f"only {side} has: {', '.join(names)}"


def _segment(kind: str, fields: Fields, found: Apart) -> str:
    """`SYN+ACK seq=0 ack=1`; a number that bears the name of a clear flag is left out where it is 0."""
    sorts, flags = _sorts(kind, found), _flags(kind, found)
    own = [f for f, v in fields if f in flags and v]
    clear = {f.lower() for f, v in fields if f in flags and not v}
    words = ["+".join(own) if own else kind]
    for name, value in fields:
        sort = sorts[name]
        if name not in flags and not (name.lower() in clear and value == bounds(sort)[0]):
            words.append(f"{name}={show_value(value, sort)}")
    return " ".join(words)


def _sorts(kind: str, found: Apart) -> dict[str, Sort]:
    return {f: s for m in found.sides if kind in m.kinds for f, s in m.fields(kind).items()}


def _flags(kind: str, found: Apart) -> set[str]:
    return {f for m in found.sides if kind in m.kinds for f in m.flags(kind)}


# --- JSON --------------------------------------------------------------------------------------------


def diff_document(found: Apart | None, diagnostics: Sequence[Diagnostic]) -> Json:
    """What `tcpverify diff --format json` prints of two roles; without a comparison its members are null."""
    comparison = None if found is None else found.comparison
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tcpverify", "version": __version__},
        "same": None if found is None else found.same,
        "inputs": None if found is None else list(found.fed),
        "only": None if found is None else dict(zip(("old", "new"), map(list, found.only), strict=True)),
        "not_compared": None
        if found is None
        else dict(zip(("old", "new"), map(list, found.left_out), strict=True)),
        "pairs": None if comparison is None else comparison.pairs,
        "depth": None if comparison is None else comparison.depth,
        "exhausted": None if comparison is None else comparison.exhausted,
        "stopped": None if comparison is None else comparison.stopped,
        "differences": [] if found is None else [_difference(d, found) for d in found.comparison.differences],
        "diagnostics": [diagnostic_record(d) for d in diagnostics],
    }


def _difference(difference: Difference, found: Apart) -> Json:
    answers = zip(
        ("old", "new"), (difference.old, difference.new), difference.runs, difference.before, strict=True
    )
    return {
        "input": input_text(difference.input, found),
        "also": [flags_text(other, found) for other in difference.others],
        "run": [input_text(given, found) for given in difference.inputs],
        "differs_at": difference.length,
        "visible": difference.visible,
        **{
            side: {
                "before": before,
                "does": answer_text(answer, found),
                "after": answer.state,
                "cites": list(answer.cites),
                "trace": trace_record(run, None),
            }
            for side, answer, run, before in answers
        },
    }


__all__ = [
    "SIDES", "answer_text", "diff_document", "fed", "flags_text", "heading", "input_text",
    "ladders", "reach",
]  # fmt: skip
