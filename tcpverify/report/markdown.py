"""Results as a Markdown summary. Text from specs is escaped: it is shown, never interpreted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tcpverify import __version__
from tcpverify.result import CountResult, Outcome, Result
from tcpverify.verdict import evidence, word


def summary(outcome: Outcome, pictures: Mapping[int, str], machines: Mapping[str, str]) -> str:
    """A table of verdicts with links to ladders (`pictures`: file by position of the result), and
    the state machines (file name, or why there is none)."""
    lines = ["# Verification summary", "", f"Made by tcpverify {__version__}. {_counts(outcome)}", ""]
    lines += [
        "| file | check | instance | property | verdict | evidence | expected | met | cites |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for i, result in enumerate(outcome.results):
        if not (isinstance(result, Result) and result.automatic and result.met):
            lines.append(_row(result, pictures.get(i)))
    quiet = sum(isinstance(r, Result) and r.automatic and r.met for r in outcome.results)
    lines += ["", f"{quiet} automatic properties (no unhandled segment or timer, no overflow, no range "
              "error, no failed assert) hold besides.", ""]  # fmt: skip
    if machines:
        lines += ["## State machines", ""]
        for name, file in machines.items():
            shown = f"![State machine of {_text(name)}]({file})" if file.endswith(".svg") else _text(file)
            lines += [f"### {_text(name)}", "", shown, ""]
    if pictures:
        lines += ["## Traces", ""]
        for i, file in pictures.items():
            result = outcome.results[i]
            assert isinstance(result, Result)
            heading = f"{_text(result.check)}: {_text(result.prop.name)} {_instance(result)}".strip()
            lines += [f"### {heading}", "", _text(result.prop.text), "", f"![Ladder]({file})", ""]
    return "\n".join(lines)


def _counts(outcome: Outcome) -> str:
    met = sum(r.met for r in outcome.results)
    return f"{met} of {len(outcome.results)} expectations are met."


def _row(result: Result | CountResult, picture: str | None) -> str:
    if isinstance(result, CountResult):
        name, verdict, cites = "states", "counted", ""
        found = "not counted" if result.states is None else f"{result.states:,} states"
        expected = f"{result.expected:,}"
    else:
        name, verdict, found = result.prop.name, word(result.verdict), evidence(result.verdict)
        expected = str(result.expected) if result.expected else ""
        cites = "; ".join(dict.fromkeys(result.cites))
    shown = _text(found) if picture is None else f"[{_text(found)}]({picture})"
    cells = [
        _text(result.file), _text(result.check), _instance(result), _text(name), _text(verdict), shown,
        _text(expected), "yes" if result.met else "**no**", _text(cites),
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _instance(result: Result | CountResult) -> str:
    variants = [f"variant {v}" for v in result.variants] if isinstance(result, Result) else []
    return _text(", ".join([*(f"{n}={v}" for n, v in result.instance), *variants]))


def _text(text: str) -> str:
    """Spec text as Markdown that shows it as it is, on one line."""
    flat = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"([\\`*_{}\[\]<>#|!&])", r"\\\1", flat)
