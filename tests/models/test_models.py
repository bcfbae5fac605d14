"""Tiny models of every construct, each beside its twin that must fail.

Every `.tcpv` file of this folder is verified. Comments say what is wrong on purpose, where:
`# error: TV301` and `# warning: TV415` for the diagnostics of that line (several: with commas),
`# unmet` on an `expect` line whose expectation must be refuted. Nothing else may go wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import tcpverify
from tcpverify.diagnostics import Code, Diagnostic, ModelError, in_order
from tcpverify.lang import syntax as s
from tcpverify.limits import Limits
from tcpverify.pipeline import Request, load, verify
from tcpverify.pipeline.load import Spec
from tcpverify.result import AnyResult, CountResult, FindResult, Outcome, Result
from tcpverify.verdict import evidence, word

FOLDER = Path(__file__).parent
MODELS = sorted(p for p in FOLDER.rglob("*.tcpv") if "parts" not in p.relative_to(FOLDER).parts)
SAID = re.compile(r"#.*?\b(error|warning): (TV\d{3}(?:, TV\d{3})*)")
UNMET = re.compile(r"#.*\bunmet\b")

Row = tuple[str, int, str, str]


def expected_diagnostics(path: Path) -> Counter[Row]:
    rows: Counter[Row] = Counter()
    for file in (path, *(path.parent / "parts").glob(f"{path.stem}*.tcpv")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for severity, codes in SAID.findall(line):
                rows.update((file.name, number, severity, code) for code in codes.split(", "))
    return rows


def row(d: Diagnostic) -> Row:
    name, line = (Path(d.span.source.name).name, d.span.line) if d.span else ("", 0)
    return name, line, d.severity.value, d.code.value


def unmet_lines(spec: Spec, text: str) -> Iterator[tuple[str, str]]:
    """The (check, property) of every expectation that must be refuted; `states` for a count."""
    lines = text.splitlines()
    for check in spec.program.checks.values():
        for item in check.items:
            if isinstance(item, s.Expect | s.ExpectStates) and UNMET.search(lines[item.span.line - 1]):
                names = [n.text for n in item.properties] if isinstance(item, s.Expect) else ["states"]
                yield from ((check.name.text, name) for name in names)
            if isinstance(item, s.FindLeast | s.FindWeakest) and UNMET.search(lines[item.span.line - 1]):
                least = f"least {item.param}" if isinstance(item, s.FindLeast) else "weakest network"
                yield check.name.text, least
            if isinstance(item, s.FindCondition) and UNMET.search(lines[item.span.line - 1]):
                yield check.name.text, f"condition on {', '.join(p.text for p in item.params)}"


def shown(result: AnyResult) -> str:
    if isinstance(result, FindResult):
        return f"{result.check} {dict(result.instance)}: {result.name} {result.answer}, not {result.expected}"
    if isinstance(result, CountResult):
        return f"{result.check} {dict(result.instance)}: {result.states} states, not {result.expected}"
    found = f"{word(result.verdict)} ({evidence(result.verdict)})"
    return f"{result.check} {dict(result.instance)}: {result.prop.name} is {found}, not {result.expected}"


def key(result: AnyResult) -> tuple[str, str]:
    match result:
        case Result():
            return result.check, result.prop.name
        case FindResult():
            return result.check, result.name
        case _:
            return result.check, "states"


def assert_as_said(spec: Spec, text: str, outcome: Outcome) -> None:
    said = set(unmet_lines(spec, text))
    unmet = [r for r in outcome.results if not r.met]
    surprises = [shown(r) for r in unmet if key(r) not in said]
    assert not surprises, "\n".join(surprises)
    assert said <= {key(r) for r in unmet}, f"met after all: {said - {key(r) for r in unmet}}"
    assert outcome.results, "nothing was decided"


def outcome_of(path: Path) -> tuple[Spec | None, Outcome]:
    """What a file leads to; the errors of a file that is refused stand in an outcome too."""
    try:
        spec = load(path)
    except ModelError as refusal:
        return None, Outcome((), errors=refusal.diagnostics)
    return spec, verify(spec, Request(limits=Limits(max_states=20_000, max_bound=8)))


@pytest.mark.parametrize("path", MODELS, ids=lambda p: str(p.relative_to(FOLDER).with_suffix("")))
def test_model(path: Path) -> None:
    spec, outcome = outcome_of(path)
    assert not outcome.failures
    found = in_order([*outcome.errors, *outcome.warnings])
    assert Counter(map(row, found)) == expected_diagnostics(path), listing(found)
    if spec is not None and not outcome.errors:
        assert_as_said(spec, path.read_text(encoding="utf-8"), outcome)


def listing(found: tuple[Diagnostic, ...]) -> str:
    return "\n".join(f"{d.span}: {d.severity}[{d.code}] {d.message} ({d.hint})" for d in found)


def test_every_diagnostic_of_the_language_has_a_model() -> None:
    """Every code that the meaning of a spec can raise is provoked by a model or a hostile spec."""
    package = Path(tcpverify.__file__).parent
    sources = [*(package / "lang" / "elaborate").glob("*.py"), package / "pipeline" / "survey.py"]
    others = ("resolve", "support", "checks", "finds", "cycles")
    sources += [package / "lang" / f"{name}.py" for name in others]
    raised = {name for f in sources for name in re.findall(r"Code\.([A-Z_]+)", f.read_text(encoding="utf-8"))}
    hostile = FOLDER.parent / "lang" / "test_elaborate_hostile.py"
    texts = [p.read_text(encoding="utf-8") for p in (*FOLDER.rglob("*.tcpv"), hostile)]
    provoked = {code for text in texts for code in re.findall(r"TV\d{3}", text)}
    assert {Code[name].value for name in raised} <= provoked
