"""Results as a Markdown summary. Text from specs is escaped: it is shown, never interpreted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tcpverify import __version__
from tcpverify.ir.interpret import Interpreter
from tcpverify.records import record
from tcpverify.render.fairness import why_fair
from tcpverify.render.grid import Table, told
from tcpverify.result import AnyResult, CountResult, FindResult, Outcome, Result, instance_text, is_quiet
from tcpverify.verdict import evidence, trace_of, word


@record
class Picture:
    """The state machine of a role: its file, or the reason why there is none."""

    spec: str
    role: str
    file: str | None
    reason: str = ""


def summary(
    outcome: Outcome,
    ladders: Mapping[int, str],
    machines: Sequence[Picture],
    traces: Mapping[int, str] | None = None,
    tables: Sequence[tuple[Table, str | None]] = (),
) -> str:
    """A table of verdicts with links to ladders, the ladders, each with a link to its trace as ITF JSON,
    and the state machines. `ladders` and `traces` are files by position of the result,
    `tables` each with the file of its heat map, if it has one."""
    shown = [(i, r) for i, r in enumerate(outcome.results) if not is_quiet(r)]
    lines = ["# Verification summary", "", f"Made by tcpverify {__version__}. {_counts(outcome)}", ""]
    lines += [
        "| file | check | instance | property | verdict | evidence | expected | met | cites |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(r, ladders.get(i)) for i, r in shown),
    ]
    quiet = len(outcome.results) - len(shown)
    if quiet:
        lines += ["", f"{quiet} automatic properties (no unhandled segment or timer, no overflow, no range "
                  "error, no failed assert) hold besides."]  # fmt: skip
    if tables:
        lines += ["", "## Tables"]
        for table, file in tables:
            lines += ["", *_table(table, file)]
    if ladders:
        lines += ["", "## Traces"]
        for i, file in ladders.items():
            lines += ["", *_trace(outcome.results[i], file, (traces or {}).get(i))]
    if machines:
        lines += ["", "## State machines"]
        for machine in machines:
            lines += ["", *_machine(machine)]
    return "\n".join(lines) + "\n"


def _counts(outcome: Outcome) -> str:
    met = sum(r.met for r in outcome.results)
    stopped = " The run was interrupted." if outcome.interrupted else ""
    return f"{met} of {len(outcome.results)} expectations are met.{stopped}"


def _row(result: AnyResult, ladder: str | None) -> str:
    if isinstance(result, CountResult):
        name, verdict, cites = "states", "counted", ""
        found = "not counted" if result.states is None else f"{result.states:,} states"
        expected = f"{result.expected:,} states"
    elif isinstance(result, FindResult):
        name, verdict, found = result.name, result.answer, result.why
        expected = "" if result.expected is None else str(result.expected)
        cites = "; ".join(dict.fromkeys(result.cites))
    else:
        name, verdict, found = result.prop.name, word(result.verdict), evidence(result.verdict)
        expected = str(result.expected) if result.expected else ""
        cites = "; ".join(dict.fromkeys(result.cites))
    shown = escaped(found) if ladder is None else f"[{escaped(found)}]({ladder})"
    cells = [
        escaped(result.file), escaped(result.check), _instance(result), escaped(name), escaped(verdict),
        shown, escaped(expected), "yes" if result.met else "**no**", escaped(cites),
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _trace(result: AnyResult, file: str, itf: str | None) -> list[str]:
    assert isinstance(result, Result)
    name = f"{escaped(result.check)}: {escaped(result.prop.name)}"
    instance = _instance(result)
    heading = f"{name} ({instance})" if instance else name
    return [
        f"### {heading}",
        "",
        f"{escaped(word(result.verdict))}, {escaped(evidence(result.verdict))}: {escaped(result.prop.text)}",
        "",
        *_fair(result),
        f"![Ladder of {name}]({file})",
        *([] if itf is None else ["", f"[The trace as ITF JSON]({itf})"]),
    ]


def _fair(result: Result) -> list[str]:
    """Why a lasso is a fair run."""
    trace = trace_of(result.verdict)
    if trace is None or trace.loop is None:
        return []
    why = why_fair(Interpreter(trace.system), result.prop, trace)
    return [f"The run is fair: {escaped('; '.join(why))}.", ""] if why else []


def _table(table: Table, file: str | None) -> list[str]:
    """Every decided instance of a question, and the heat map where two parameters vary."""
    lines = [f"### {escaped(table.title)}"]
    for grid in table.grids:
        lines += ["", f"{escaped(grid.heading)}:"] if grid.heading else []
        heads = [f"{grid.across} = {column}" if grid.across else "" for column in grid.columns]
        lines += ["", _cells([grid.down, *heads]), "|---" * (len(heads) + 1) + "|"]
        for row in grid.rows:
            words = [told(grid.cells.get((row, column)), table.judged) for column in grid.columns]
            lines.append(_cells([row, *words]))
    return lines if file is None else [*lines, "", f"![Heat map of {escaped(table.title)}]({file})"]


def _cells(texts: Sequence[str]) -> str:
    return f"| {' | '.join(map(escaped, texts))} |"


def _machine(picture: Picture) -> list[str]:
    role = escaped(picture.role)
    image = f"![State machine of {role}]({picture.file})" if picture.file else None
    return [f"### {role} ({escaped(picture.spec)})", "", image or f"not drawn: {escaped(picture.reason)}"]


def _instance(result: AnyResult) -> str:
    return escaped(instance_text(result))


def escaped(text: str) -> str:
    """Spec text as Markdown that shows it as it is, on one line."""
    flat = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"([\\`*_{}\[\]<>#|!&~$@:])", r"\\\1", flat)
