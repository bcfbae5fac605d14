"""The table, the ladders' commands and the status line on terminals of all kinds."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.conftest import Tool
from cli.results import rows, words
from cli.specs import UNMET
from tcpverify.cli.console import Console, console
from tcpverify.cli.ladders import command_lines
from tcpverify.cli.table import Row, closing, table
from tcpverify.render.text import clean, width
from tcpverify.result import Outcome

consoles = st.builds(Console, st.integers(20, 250), st.booleans(), st.booleans())
STYLE = re.compile(r"\x1b\[[0-9;]*m")


def fits(text: str, here: Console) -> None:
    plain = STYLE.sub("", text) if here.colour else text
    for line in plain.splitlines():
        assert width(line) <= here.width
        assert clean(line) == line
    assert here.unicode or plain.isascii()


@settings(max_examples=150, deadline=None)
@given(rows, consoles)
def test_never_wider_than_the_terminal(results: Sequence[Row], here: Console) -> None:
    fits(table(results, here), here)
    fits(closing(Outcome(tuple(results), interrupted=True), here, strict=True), here)


@settings(max_examples=60, deadline=None)
@given(rows, consoles)
def test_every_row_has_its_mark(results: Sequence[Row], here: Console) -> None:
    text = table(results, Console(here.width, here.unicode, False))
    for sign, wanted in (
        ("!!", sum(not r.met and not r.inconclusive for r in results)),
        ("??", sum(r.inconclusive for r in results)),
    ):
        assert len(re.findall(rf"^  {re.escape(sign)} ", text, re.MULTILINE)) >= wanted


@settings(max_examples=100, deadline=None)
@given(st.lists(words, min_size=1, max_size=12), consoles)
def test_commands_fit_and_mean_the_same(arguments: list[str], here: Console) -> None:
    lines = list(command_lines(arguments, here))
    fits("\n".join(lines), here)
    shell = "\n".join(lines)
    assert shlex.split(shell.replace("\\\n", "")) == [here.safe(a) for a in arguments]


def test_a_long_command_runs() -> None:
    arguments = ["printf", "%s|", "a b" * 30, "--property", "x'y\"z$HOME`", "k" * 70, "", "*"]
    lines = "\n".join(command_lines(arguments, Console(40, True, False)))
    shown = subprocess.run(["sh", "-c", lines], capture_output=True, text=True, check=True).stdout
    assert shown == "".join(f"{a}|" for a in arguments[2:])


@pytest.mark.parametrize("columns", ["80", "100"])
def test_nothing_is_cut_at_usual_widths(tool: Tool, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    Path("x.tcpv").write_text(UNMET)
    out = tool("verify", "x.tcpv").out
    assert "  !! stays        violated  1 step    holds\n" in out
    assert "…" not in out


def test_command_below_a_ladder_shows_it_again(tool: Tool) -> None:
    Path("x y.tcpv").write_text(UNMET.replace("run once", "for limit in 2..3 run once"))
    out = tool("verify", "x y.tcpv", "--traces", "unmet", "--engine", "explicit").out
    again = [shlex.split(line)[1:] for line in out.splitlines() if line.startswith("  tcpverify verify")]
    assert len(again) == 2
    answer = tool(*again[1])
    assert "c: stays (limit=3)" in answer.out
    assert "c: stays (limit=2)" not in answer.out
    assert answer.code == 1


# --- Terminals -----------------------------------------------------------------------------------------


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "colour"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False),
     ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
     ({"TERM": "dumb", "FORCE_COLOR": "1"}, True), ({"NO_COLOR": ""}, True)],
)  # fmt: skip
def test_colours(variables: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert console(Terminal()).colour is colour


def test_width_is_sane(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, cells in (("1", 20), ("0", 100), ("x", 100), ("-5", 100), ("100000", 250), ("80", 80)):
        monkeypatch.setenv("COLUMNS", columns)
        assert console(None).width in (cells, 80)
        assert not console(None).unicode
