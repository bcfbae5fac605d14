"""`tcpverify explain`: text, JSON, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Tool
from cli.specs import MET


def test_text(tool: Tool) -> None:
    Path("a.tcpv").write_text(MET)
    answer = tool("explain", "a.tcpv", "--check", "c", "--property", "stays")
    assert answer.code == 0
    assert answer.out.startswith("c: stays violated, 1 step\n")
    assert "A calls go" in answer.out
    assert "fails: not (A in DONE)" in answer.out
    assert "never: every run from this initial state fails; 1 states were looked at" in answer.out
    assert "no change of one parameter or fault budget by 3 or less, of those tried" in answer.out


def test_json(tool: Tool) -> None:
    Path("a.tcpv").write_text(MET)
    answer = tool("explain", "a.tcpv", "--check", "c", "--property", "stays", "--format", "json")
    found = json.loads(answer.out)
    assert found["result"]["verdict"] == "violated"
    assert found["avoidable"] == {"last": None, "otherwise": [], "ending": "", "states": 1, "stopped": False}
    assert found["flips"] == {"changes": [], "tried": 5, "undecided": 0, "complete": True}


def test_what_holds_has_no_step(tool: Tool) -> None:
    Path("a.tcpv").write_text(MET)
    answer = tool("explain", "a.tcpv", "--check", "c", "--property", "idle")
    assert answer.code == 0
    assert "avoided" not in answer.out


def test_exit_codes(tool: Tool) -> None:
    Path("a.tcpv").write_text(MET)
    assert tool("explain", "a.tcpv", "--check", "c", "--property", "nothing").code == 2
    assert tool("explain", "a.tcpv", "--check", "c").code == 2
    inconclusive = tool("explain", "a.tcpv", "--check", "c", "--property", "idle", "--max-states", "1")
    assert inconclusive.code == 3
    bad = tool("explain", "a.tcpv", "--check", "nothing", "--property", "idle", "--format", "json")
    assert bad.code == 2
    assert json.loads(bad.out)["diagnostics"][0]["code"] == "TV505"
