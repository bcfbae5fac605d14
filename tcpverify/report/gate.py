"""What a gate has to know of a run: cases that pass or do not, and findings with their places."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

from tcpverify.diagnostics import EXPLANATIONS, Diagnostic
from tcpverify.ir.interpret import Interpreter
from tcpverify.records import record
from tcpverify.render.ladder import Ladder, lay_out
from tcpverify.render.terminal import ladder
from tcpverify.render.text import clean
from tcpverify.result import (
    AnyResult,
    CountResult,
    FindResult,
    Outcome,
    Result,
    exit_code,
    instance_text,
)
from tcpverify.source import Span
from tcpverify.trace import Trace
from tcpverify.verdict import Holds, Reachable, Unreachable, Vacuous, Violated, evidence, trace_of, word

WIDTH = 100
"""Cells of a ladder in a file: not those of a terminal, so that files do not depend on one."""

NETWORK = "(network)"
"""Who acts in a step that no endpoint takes; no endpoint can be called that."""

RULES = {
    "property-violated": "A property that was not expected to be violated is.",
    "automatic-property": "A property that every spec is held to, without being asked for, is violated.",
    "violation-missing": "A violation that was expected is not there.",
    "goal-unreachable": "What was expected to be reachable is not.",
    "goal-reached": "What was expected to be unreachable can be reached.",
    "trace-length": "The shortest trace is not as long as expected.",
    "vacuous": "A property holds only because what it speaks of never happens.",
    "not-proved": "A property holds, but not by the proof that was expected.",
    "verdict-differs": "A verdict is not the expected one.",
    "state-count": "There are not as many reachable states as expected.",
    "find-answer": "The answer to a `find` is not the expected one.",
    "inconclusive": "A limit stopped the search before an expected verdict.",
    "interrupted": "The run was interrupted: not everything was decided.",
}
"""The kinds of finding, each with its meaning; the others are diagnostic codes."""

Level = Literal["error", "warning"]


@record
class Place:
    """Lines and columns (of characters) from 1, the end exclusive. `path`: with `/`, relative to the root of
    the project, which it leaves unless it is `inside`."""

    path: str
    inside: bool
    line: int
    column: int
    end_line: int
    end_column: int


@record
class Stop:
    """One step of a trace: its number, who acts, what happens, the handler."""

    number: int
    who: str
    text: str
    place: Place | None


@record
class Finding:
    """One thing that is wrong. `message` is one line; `identity`: what it is about, whatever moves in the
    file; `fingerprint`: a digest of that, given once; `drawn`, `again`: the ladder as text, and the command
    that shows it. Texts hold nothing that is invisible or controls what shows them."""

    rule: str
    level: Level
    message: str
    place: Place | None
    identity: tuple[str, ...]
    related: tuple[tuple[str, Place], ...] = ()
    stops: tuple[Stop, ...] = ()
    ladder: Ladder | None = None
    drawn: str = ""
    again: str = ""
    fingerprint: str = ""

    @property
    def meaning(self) -> str:
        """What the rule says."""
        return meanings()[self.rule]

    @property
    def details(self) -> str:
        """The ladder and the command, as far as there are any."""
        again = f"to see it again:\n  {self.again}\n" if self.again else ""
        return "\n".join(filter(None, [self.drawn, again]))


@record
class Case:
    """One expectation of one instance of a check, or a diagnostic; `finding`, if it is not met.
    `inconclusive`: neither met nor unmet, or not decided at all."""

    file: str
    suite: str
    name: str
    finding: Finding | None
    inconclusive: bool = False


@record
class Gate:
    """`findings`: those of the cases and the other diagnostics, the fingerprints all different. `exit`: the
    exit code of the run; `whole`: neither a fault of ours nor the user broke it off."""

    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]
    exit: int
    whole: bool

    @property
    def errors(self) -> int:
        return sum(f.level == "error" for f in self.findings)


def meanings() -> dict[str, str]:
    """Every rule with its meaning: kinds of finding, then diagnostic codes."""
    return {**RULES, **{str(code): text for code, text in EXPLANATIONS.items()}}


def gate(outcome: Outcome, again: Callable[[AnyResult], str], root: Path, strict: bool = False) -> Gate:
    """What there is to tell a gate. `again`: the command that decides a result again; `root`: the folder
    that paths are relative to; `strict`: warnings are errors."""
    cases = [_case(r, again, root) for r in outcome.results]
    if outcome.interrupted:
        stopped = Finding("interrupted", "error", RULES["interrupted"], None, ("interrupted",))
        cases.append(Case("", "tcpverify", "the whole run", stopped, True))
    warnings = []
    for d in outcome.diagnostics:
        doubtful = d in outcome.warnings
        found = _diagnosed(d, root, "warning" if doubtful and not strict else "error")
        if found.level == "error":
            file = found.place.path if found.place else ""
            cases.append(Case(clean(file), "diagnostics", f"{d.code}: {found.message}", found, not doubtful))
        else:
            warnings.append(found)
    seen: Counter[tuple[str, ...]] = Counter()
    marked = [c if c.finding is None else replace(c, finding=_marked(c.finding, seen)) for c in cases]
    findings = [c.finding for c in marked if c.finding is not None]
    findings += [_marked(found, seen) for found in warnings]
    whole = not (outcome.failures or outcome.interrupted)
    return Gate(tuple(marked), tuple(findings), int(exit_code(outcome, strict)), whole)


def _marked(finding: Finding, seen: Counter[tuple[str, ...]]) -> Finding:
    """A finding with its fingerprint: a digest of what it is about and of how many there were before."""
    identity = (finding.rule, *finding.identity)
    parts = (*identity, str(seen[identity]))
    seen[identity] += 1
    digest = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return replace(finding, fingerprint=digest)


# --- Results -----------------------------------------------------------------------------------------


def subject(result: AnyResult) -> str:
    """What is expected something of: a property, the number of states, an answer."""
    match result:
        case CountResult():
            return "states"
        case FindResult():
            return result.name
        case _:
            return result.prop.name


def told(result: AnyResult) -> tuple[str, str]:
    """The verdict with its evidence, and what was expected (empty: nothing)."""
    match result:
        case CountResult():
            found = "not counted" if result.states is None else f"{result.states:,}"
            return found, f"{result.expected:,}"
        case FindResult():
            expected = "" if result.expected is None else str(result.expected)
            return f"{result.answer} ({result.why})", expected
        case _:
            expected = "" if result.expected is None else str(result.expected)
            return f"{word(result.verdict)} ({evidence(result.verdict)})", expected


def _case(result: AnyResult, again: Callable[[AnyResult], str], root: Path) -> Case:
    instance = instance_text(result)
    name = clean(subject(result) + (f" [{instance}]" if instance else ""))
    found = None if result.met else unmet(result, again, root)
    return Case(clean(result.file), clean(result.check), name, found, result.inconclusive)


def unmet(result: AnyResult, again: Callable[[AnyResult], str], root: Path) -> Finding:
    """What is wrong with a result whose expectation is not met, without a fingerprint."""
    found, expected = told(result)
    instance = instance_text(result)
    where = f"check {result.check}" + (f" ({instance})" if instance else "")
    wanted = f", expected {expected}" if expected else ""
    message = clean(f"{subject(result)}: {found}{wanted}, in {where}")
    trace = trace_of(result.verdict) if isinstance(result, Result) else None
    place = None if result.place is None else locate(result.place, root)
    path = result.file if place is None else place.path
    made = Finding(rule_of(result), "error", message, place, (path, result.check, subject(result), instance),
                   again=clean(again(result)))  # fmt: skip
    if not isinstance(result, Result) or trace is None:
        return made
    plan = lay_out(trace)
    drawn = ladder(trace, result.prop, Interpreter(result.system), WIDTH)
    return replace(made, ladder=plan, drawn=drawn, stops=tuple(_stops(trace, plan, root)))


def rule_of(result: AnyResult) -> str:
    """What kind of finding a result is whose expectation is not met."""
    if result.inconclusive:
        return "inconclusive"
    match result:
        case CountResult():
            return "state-count"
        case FindResult():
            return "find-answer"
        case Result(automatic=True):
            return "automatic-property"
    expected = "" if result.expected is None else result.expected.word
    match result.verdict:
        case Violated():
            return "trace-length" if expected == "violated" else "property-violated"
        case Reachable():
            return "trace-length" if expected == "reachable" else "goal-reached"
        case Unreachable():
            return "goal-unreachable"
        case Vacuous():
            return "vacuous"
        case Holds() if expected in ("violated", "holds by proof"):
            return "violation-missing" if expected == "violated" else "not-proved"
        case _:
            return "verdict-differs"


def _stops(trace: Trace, plan: Ladder, root: Path) -> Iterator[Stop]:
    """The steps of a trace, ticks in a row as one."""
    for row in plan.rows[1:]:
        step = trace.steps[row.number - 1]
        who = NETWORK if row.lane is None else plan.lanes[row.lane].name
        again = ["again and again"] if plan.repeats(row) else []
        texts = [*again, row.event, *row.notes, *([f"error: {row.error}"] if row.error else [])]
        place = None if step.action.span is None else locate(step.action.span, root)
        yield Stop(row.number, who, clean("; ".join(texts)), place)


# --- Diagnostics, places -----------------------------------------------------------------------------


def _diagnosed(d: Diagnostic, root: Path, level: Level) -> Finding:
    place = None if d.span is None else locate(d.span, root)
    line = "" if d.span is None else d.span.source.line(d.span.line).strip()
    message = clean(d.message + (f" ({d.hint})" if d.hint else ""))
    notes = [(clean(n.text), locate(n.span, root)) for n in d.notes if n.span is not None]
    path = "" if place is None else place.path
    return Finding(str(d.code), level, message, place, (path, d.message, line), tuple(notes))


def locate(span: Span, root: Path) -> Place:
    """Where a span is, as seen from a folder."""
    line, column = span.source.place(span.start)
    end_line, end_column = span.source.place(max(span.start, span.stop))
    folder, name = os.path.split(os.path.abspath(span.source.name))
    path = os.path.relpath(os.path.join(os.path.realpath(folder), name), os.path.realpath(root))
    path = path.replace(os.sep, "/")
    return Place(path, path != ".." and not path.startswith("../"), line, column, end_line, end_column)
