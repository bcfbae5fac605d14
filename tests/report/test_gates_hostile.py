"""Reports for gates of hostile specs: no name, text or file name is more than text in any of the formats."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.conftest import Tool, _plain, tool  # noqa: F401
from cli.results import rows
from cli.specs import UNMET
from hypothesis import example, given, settings
from hypothesis import strategies as st

from report.test_gates import ALL, JUNIT, SARIF
from tcpverify.cli.console import tamed
from tcpverify.diagnostics import Code, Diagnostic, Note
from tcpverify.render.sequence import mermaid_text
from tcpverify.report.gate import Gate, gate
from tcpverify.report.github import MOST_BYTES, commands, shown, summary
from tcpverify.report.gitlab import gitlab
from tcpverify.report.junit import junit
from tcpverify.report.sarif import sarif
from tcpverify.result import Outcome
from tcpverify.source import Source, Span

EVIL = (
    "::error file=a::b", "##[add-mask]x", "%0A::warning::x", "a\r\n::stop-commands::x", "]]></failure>",
    "</pre><script>alert(1)</script>", "| a | b |", "```\n::x::", "\x00\x1b[2J\ud800\ufffe\u202e",
    "a;b#c:d,e%f", "style x:#a;", "end", "@someone", "[x](javascript:y)", "<!--", "&lt;", "<br/>", "$x$",
)  # fmt: skip
texts = st.one_of(st.sampled_from(EVIL), st.text(st.characters(), max_size=40))


# --- What a runner reads -----------------------------------------------------------------------------


def orders(text: str) -> list[str]:
    """The lines in which the runner of GitHub Actions sees a workflow command: `ActionCommand.cs` of
    actions/runner takes `::` at the start of a trimmed line, or `##[` anywhere in it."""
    lines = re.split("\r\n|\r|\n", text)
    return [line for line in lines if line.strip().startswith("::") or "##[" in line]


def unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%5B", "["),
                            ("%25", "%")):  # fmt: skip
        text = text.replace(code, character)
    return text


@given(texts)
@example("\x1b[1m::error::x")
@example(" \u2003::error::x\n ##[##[a")
def test_tamed(text: str) -> None:
    """Nothing that is written is an order; what could not be one is written as it is."""
    done = tamed(text)
    assert not orders(re.sub(r"\x1b\[[0-9;]*m", "", done))
    assert done == text or orders(re.sub(r"\x1b\[[0-9;]*m", "", text))


@pytest.mark.parametrize(
    "name", ["::error file=x::a.tcpv", "##[add-mask]a.tcpv", "a,b:c%0A\n::error::x.tcpv"]
)
@pytest.mark.parametrize("text", [UNMET, "check ::error::x", "doc '::error::y"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_names_of_files(tool: Tool, monkeypatch: pytest.MonkeyPatch, name: str, text: str, form: str) -> None:  # noqa: F811
    """A file whose name is an order: the only orders in the log are ours, and name the file."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path(name).write_text(text)
    answer = tool("verify", ".", "--format", form, *ALL)
    given_ = orders(answer.out + "\n" + answer.err)
    assert given_
    for line in given_:
        found = re.fullmatch(
            r"::(error|warning) file=([^:,\r\n]*),line=\d+,[a-zA-Z0-9=,% -]*::([^\r\n]*)", line
        )
        assert found and unescaped(found[2]) == name
    if form == "json":
        json.JSONDecoder().raw_decode(answer.out)
    JUNIT.validate("out/j.xml")
    SARIF.validate(json.loads(Path("out/s.sarif").read_text()))
    uris = re.findall(r'"uri": "([^"]*)"', Path("out/s.sarif").read_text())
    assert uris and all(re.fullmatch(r"(?:[A-Za-z0-9_.~/-]|%[0-9A-F]{2})+", uri) for uri in uris)


# --- Any texts ---------------------------------------------------------------------------------------


@st.composite
def gates(draw: st.DrawFn) -> Gate:
    """What a run of any names and messages has to tell."""
    source = Source(draw(texts.filter(lambda t: "\0" not in t)) or "x", draw(texts) + "\nexpect\n")
    span = Span(source, 0, len(source.text))
    found = [replace(r, place=draw(st.sampled_from([None, span]))) for r in draw(rows)]
    wrong = [Diagnostic(Code.SYNTAX, draw(texts), span, (Note(draw(texts), span),), draw(texts)),
             Diagnostic(Code.INTERNAL, draw(texts))]  # fmt: skip
    outcome = Outcome(tuple(found), tuple(wrong), (wrong[0],), interrupted=draw(st.booleans()))
    again = draw(texts)
    return gate(outcome, lambda _: again, Path(), draw(st.booleans()))


@given(gates())
@settings(max_examples=60, deadline=None)
def test_any_texts(made: Gate) -> None:
    """Every format stays what it is, and has a place for each finding."""
    document = ElementTree.fromstring(junit(made).encode("utf-8"))
    assert len(document.findall("testsuite/testcase")) == len(made.cases)
    failed = document.findall(".//failure") + document.findall(".//error")
    assert len(failed) == sum(c.finding is not None for c in made.cases) > 0
    log = json.loads(sarif(made))
    assert len(log["runs"][0]["results"]) == len(made.findings)
    issues = json.loads(gitlab(made))
    assert len({i["fingerprint"] for i in issues}) == len(issues) == len(made.findings)
    lines = commands(made).split("\n")
    assert lines.pop() == "" and len(lines) == len(made.findings)
    for line, found in zip(lines, made.findings, strict=True):
        command, _, data = line[2:].partition("::")
        assert unescaped(data).startswith(found.message)
        assert command.startswith(f"{found.level} ") and "##[" not in line and "\r" not in line


@given(gates())
@settings(max_examples=20, deadline=None)
def test_schemas(made: Gate) -> None:
    JUNIT.validate(junit(made))
    SARIF.validate(json.loads(sarif(made)))


@given(gates())
@settings(max_examples=40, deadline=None)
def test_summary(made: Gate) -> None:
    """Every row of the table has its four cells, and the only tags are ours."""
    text = summary(made)
    rows_ = [line for line in text.split("\n") if line.startswith("|")]
    assert len(rows_) == 2 + len(made.cases)
    assert all(row.count("|") == 5 for row in rows_)
    tags = set(re.findall(r"<[^>\n]*>?", text))
    assert tags <= {"<details>", "<summary>", "</summary>", "<pre>", "</pre>", "</details>"}


@given(texts)
def test_shown(text: str) -> None:
    """No character that Markdown or HTML knows is left but in a character reference."""
    assert re.fullmatch(r"(?:&#\d+;|[^\W_]|[^\x00-\x7f]| )*", shown(text))


def test_a_long_summary() -> None:
    """A summary stays below what GitHub shows, and says what is left out."""
    outcome = Outcome((), tuple(Diagnostic(Code.SYNTAX, f"{n} {'x' * 3000}") for n in range(400)))
    made = gate(outcome, lambda _: "", Path())
    long = tuple(replace(c, finding=replace(c.finding, drawn="y" * 3000)) for c in made.cases if c.finding)
    text = summary(replace(made, cases=long))
    assert len(text.encode()) < MOST_BYTES + 200
    assert re.search(r"^and \d+ more$", text, re.MULTILINE)
    assert re.search(r"^\d+ more are not shown", text, re.MULTILINE)


# --- Mermaid -----------------------------------------------------------------------------------------


@given(texts)
def test_escaped(text: str) -> None:
    """An entity for all that ends a statement or a line; the text can be had back."""
    done = mermaid_text(text)
    assert re.fullmatch(r"(?:[A-Za-z0-9 _=+.,>()/-]|#\d+;)*", done)
    assert not re.search("style|classdef", done, re.IGNORECASE)
