"""Why a proof failed, for a terminal and as JSON: the two states of a step that breaks what was known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tcpverify.cli.console import Console
from tcpverify.cli.ladders import command_lines, file_word
from tcpverify.cli.stepping import state_lines
from tcpverify.cli.table import Row
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import PropertyKind, State, System
from tcpverify.pipeline.unproved import Unkept, Unproved
from tcpverify.render.conclusion import failing_parts
from tcpverify.render.describe import direction, event, segment
from tcpverify.render.text import wrap
from tcpverify.report.json import trace_record
from tcpverify.result import Result
from tcpverify.verdict import Bounded, Unknown

LEFT = 10
"""The cells of the words in front."""

PROVABLE = (PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.NO_ERROR)


def unproved_lines(found: Unproved, here: Console) -> list[str]:
    """Below the reason: lemmas that are not true, and the step that a proof fails at."""
    lines = [f"  not true: the lemma {name}; verify shows a trace" for name in found.untrue]
    if found.step is not None:
        lines += ["  a step that no proof gets past (its first state need not be reachable):"]
        lines += _step(found.step)
        lines += ["  to go on: write a lemma that is false in the first state, or show that it is reachable"]
    return [one for line in lines for one in _wrapped(here.safe(line), here)]


def _wrapped(line: str, here: Console) -> list[str]:
    """A line and its indent in lines that fit."""
    text = line.lstrip()
    return wrap(text, here.width, 4 + LEFT, len(line) - len(text))


def where_to_look(results: Sequence[Row], here: Console) -> str:
    """Of what should hold and the symbolic engine could not prove: how to see where a proof fails."""
    lines: list[str] = []
    for result in results:
        if isinstance(result, Result) and _is_unproved(result):
            lines += wrap(here.safe(f"to see where a proof of {result.prop.name} fails:"), here.width, 2)
            lines += command_lines(_prove(result), here)
    return "".join(line + "\n" for line in ["", *lines]) if lines else ""


def _is_unproved(result: Result) -> bool:
    wanted = result.expected is None or result.expected.word in ("holds", "holds by proof")
    asked = result.engine != "explicit" and result.prop.kind in PROVABLE
    return asked and wanted and not result.met and isinstance(result.verdict, Bounded | Unknown)


def _prove(result: Result) -> list[str]:
    """The words of the command that looks for a proof of a result."""
    words = ["tcpverify", "prove", file_word(result.file), "--check", result.check]
    words += ["--property", result.prop.name]
    for name, value in result.instance:
        words += ["-p", f"{name}={value}"]
    return words


def _step(found: Unkept) -> Iterator[str]:
    trace, (taken,) = found.trace, found.trace.steps
    system = trace.system
    yield from _state("before", system, trace.initial, None)
    known = [p.name for p in found.known if not p.name.startswith("found ")]
    more = len(found.known) - len(known)
    true = [*known, *([f"{more} formula{'s' if more > 1 else ''} found"] if more else [])]
    if found.broken.kind is PropertyKind.INVARIANT:
        true.insert(0, found.broken.name)
    if true:
        yield _row("true", ", ".join(true))
    yield _row("step", event(system, taken))
    interpreter = Interpreter(system)
    for send, message in interpreter.sent(trace.initial, taken.step):
        yield _row("", f"sends {segment(system, message)} {direction(system.channels[send.channel])}")
    if taken.action.span is not None:
        yield _row("", f"at {taken.action.span}")
    if taken.after is not None:
        yield from _state("after", system, taken.after, trace.initial)
    yield _row("broken", f"{found.broken.name}: {found.broken.text}")
    for part in failing_parts(interpreter, found.broken, trace):
        if part.text not in found.broken.text or found.broken.parts[1:]:
            yield _row("", f"fails: {part.text}")
        if part.values:
            yield _row("", f"where {', '.join(part.values)}")


def _state(word: str, system: System, state: State, before: State | None) -> Iterator[str]:
    """A state, an endpoint or channel a line; of a second state the lines that differ have a mark."""
    old = None if before is None else set(state_lines(system, before))
    for i, line in enumerate(state_lines(system, state)):
        mark = "" if old is None else "  " if line in old else "* "
        yield _row("" if i else word, mark + line)


def _row(word: str, text: str) -> str:
    return f"    {word:<{LEFT}}{text}"


def unproved_record(found: Unproved) -> dict[str, Any]:
    """The same as JSON."""
    step = found.step
    return {
        "reason": found.reason,
        "untrue_lemmas": list(found.untrue),
        "counterexample_to_induction": None
        if step is None
        else {
            "broken": {"property": step.broken.name, "text": step.broken.text},
            "known": [{"name": p.name, "text": p.text} for p in step.known],
            **trace_record(step.trace, None),
        },
    }
