"""`tcpverify report`: the same bytes for the same specs, claims with their evidence, nothing else touched."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from cli.conftest import Tool
from cli.specs import MET, UNMET

LADDER_FILES = ["index.html", "index.md", "manifest.json", "measurements.json", "x.html", "x.md"]


@pytest.fixture(autouse=True)
def _spec(_plain: None) -> None:
    Path("x.tcpv").write_text(MET)


def report(tool: Tool, *arguments: str, code: int = 0) -> dict[str, str]:
    """Make a report in `out`; its files but for what was measured."""
    answer = tool("report", *arguments, "--output", "out")
    assert answer.code == code, answer.err
    return {p.name: p.read_text() for p in sorted(Path("out").iterdir()) if p.name != "measurements.json"}


def test_the_same_bytes(tool: Tool) -> None:
    """Made again, made elsewhere, made with fewer processes: the same but for what was measured."""
    first = report(tool, "x.tcpv")
    assert sorted(p.name for p in Path("out").iterdir()) == LADDER_FILES
    assert report(tool, "x.tcpv", "--jobs", "1") == first
    tool("report", "x.tcpv", "--output", "other/place")
    assert {n: Path("other/place", n).read_text() for n in first} == first
    measured = json.loads(Path("out/measurements.json").read_text())
    assert {r["property"] for r in measured["results"]} >= {"stays", "gets"}
    assert "seconds" in measured["results"][0]


def test_what_it_says(tool: Tool) -> None:
    """Claims with verdict and evidence, what is not claimed, and commands that decide the same again."""
    text = report(tool, "x.tcpv")["x.md"]
    assert "#### stays: 1 violated (as expected)" in text
    assert "    never A in DONE" in text
    assert "**unreachable**, 3 states, 2 transitions, depth 2" in text
    assert "## What is not claimed" in text
    assert "says that some run gets there" in text
    assert "2 of 2 states of roles reached" in text
    assert "Not reached:" in text
    assert "on call work when n" in text
    commands = [line.strip() for line in text.splitlines() if line.startswith("    tcpverify verify")]
    assert len(commands) == 5
    for line in commands:
        assert tool(*shlex.split(line)[1:], "--traces", "none").code == 0


def test_unmet(tool: Tool) -> None:
    """What is not as expected is told first, and by the exit code."""
    Path("x.tcpv").write_text(UNMET)
    files = report(tool, "x.tcpv", code=1)
    assert "Not as expected, or not decided: 1." in files["x.html"]
    assert "Not as expected, or not decided: 1." in files["index.md"]


def test_a_question_nobody_asks_is_named(tool: Tool) -> None:
    Path("x.tcpv").write_text(MET + "property forgotten : never B in DONE\n")
    assert "No check asks about: forgotten." in report(tool, "x.tcpv")["x.html"]


def test_nothing_of_a_broken_spec(tool: Tool) -> None:
    """Neither the report nor what was there before changes."""
    first = report(tool, "x.tcpv")
    Path("y.tcpv").write_text("check {")
    answer = tool("report", ".", "--output", "out")
    assert answer.code == 2
    assert "no report is written" in answer.err
    assert {n: Path("out", n).read_text() for n in first} == first


def test_files_of_others_are_left_alone(tool: Tool) -> None:
    Path("out").mkdir()
    Path("out/index.html").write_text("mine")
    answer = tool("report", "x.tcpv", "--output", "out")
    assert answer.code == 2
    assert "not of a report" in answer.err
    assert [p.name for p in Path("out").iterdir()] == ["index.html"]


def test_a_spec_that_is_gone(tool: Tool) -> None:
    Path("specs").mkdir()
    for name in ("x", "y"):
        Path(f"specs/{name}.tcpv").write_text(MET)
    assert "y.html" in report(tool, "specs")
    Path("specs/y.tcpv").unlink()
    assert "y.html" not in report(tool, "specs")


def test_one_run_is_drawn_once(tool: Tool) -> None:
    """The second claim with the same run leads to the first, and says itself what the run shows of it."""
    files = report(tool, "x.tcpv")
    assert files["x.html"].count('id="ladder-0"') == 1
    assert '<a href="#ladder-0">Ladder: the run of c: stays</a>' in files["x.html"]
    assert "stays is violated after step 1" in files["x.html"]
    assert "gets is reached after step 1" in files["x.html"]
    assert "It is [the run](x.html#ladder-0) of c\\: stays." in files["x.md"]
    assert "1. A calls go" in files["x.md"]


def test_clauses(tool: Tool) -> None:
    """A clause is covered if a handler that cites it was taken."""
    cited = MET.replace("on call go {", 'on call go cite "RFC 1 2" {').replace(
        "when n < limit {", 'when n < limit cite "RFC 1 3" {'
    )
    Path("x.tcpv").write_text(cited)
    text = report(tool, "x.tcpv")["x.md"]
    assert "1 of 2 clauses that handlers cite reached. Not reached:\n\n- RFC 1 3\n" in text


def test_strict(tool: Tool) -> None:
    """As a gate: a warning is a failure if asked, and what is unmet is drawn."""
    Path("x.tcpv").write_text(UNMET)
    answer = tool("report", "x.tcpv", "--output", "out", "--strict")
    assert answer.code == 1
    assert "NOT met" in answer.out
    assert "to see it again" in answer.out
