"""`tcpverify diff`: exit codes as of diff, tables of verdicts, differences with their ladders."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Tool

SPEC = """
message Segment { flags : flags { SYN, ACK } }
role R { state OPEN initial { on receive SYN { send ACK }  on receive any ignore } }
network path { endpoint A, B : R  link A <-> B }
scenario go on path { preload A -> B : SYN }
property answered : reachable in_flight(B -> A : ACK) == 1
check one { run go  expect answered : reachable  expect no_deadlock : violated }
"""
DEAF = SPEC.replace("{ send ACK }", "ignore").replace("answered : reachable  ", "answered : unreachable  ")


def write() -> None:
    Path("old.tcpv").write_text(SPEC)
    Path("new.tcpv").write_text(DEAF)


def test_verdicts(tool: Tool) -> None:
    write()
    same = tool("diff", "old.tcpv", "old.tcpv")
    assert (same.code, same.out) == (0, "no verdict changes: 6 and 6 were compared\n")
    answer = tool("diff", "old.tcpv", "new.tcpv")
    assert answer.code == 1
    assert [" ".join(line.split()) for line in answer.out.splitlines()[:2]] == [
        "check property OLD NEW",
        "one answered reachable unreachable",
    ]
    found = json.loads(tool("diff", "old.tcpv", "new.tcpv", "--format", "json").out)
    assert (found["same"], len(found["changes"])) == (False, 1)
    assert found["changes"][0]["new"]["verdict"] == "unreachable"


def test_a_check_that_is_gone(tool: Tool) -> None:
    write()
    Path("other.tcpv").write_text(SPEC.replace("check one", "check two"))
    answer = tool("diff", "old.tcpv", "other.tcpv", "--traces", "none")
    assert answer.code == 1
    assert {line.split()[0] for line in answer.out.splitlines()[1:]} == {"one", "two"}


def test_roles(tool: Tool) -> None:
    write()
    same = tool("diff", "old.tcpv", "old.tcpv", "--role", "R")
    assert same.code == 0
    assert "no difference; 1 pairs of states, 8 answers: all that these inputs lead to" in same.out
    answer = tool("diff", "old.tcpv", "new.tcpv", "--role", "R")
    assert answer.code == 1
    assert "1. OPEN, after SYN" in answer.out
    assert "NEW sends nothing, is in OPEN" in answer.out
    assert answer.out.count("A receives SYN") == 2
    found = json.loads(tool("diff", "old.tcpv", "new.tcpv", "--role", "R", "--format", "json").out)
    (difference,) = found["differences"]
    assert (difference["run"], difference["differs_at"], difference["visible"]) == (["SYN"], 1, True)
    assert difference["old"]["trace"]["length"] == 3
    assert tool("diff", "old.tcpv", "new.tcpv", "--role", "R") == answer


def test_usage(tool: Tool) -> None:
    write()
    both = ("diff", "old.tcpv", "new.tcpv")
    for words in (
        ("--role", "Q"),
        ("--states",),
        ("--role", "R", "--scenario", "go"),
        ("--scenario", "go"),
        ("--scenario", "go", "--endpoint", "C"),
        ("--role", "R", "--alias", "X"),
        ("--role", "R", "--alias", "X=Y"),
        ("--role", "R", "--variant", "none"),
    ):
        answer = tool(*both, *words)
        assert (answer.code, answer.out) == (2, ""), words
        assert answer.err.startswith("error[TV")
    assert tool("diff", "old.tcpv", "nowhere.tcpv").code == 2
    assert tool("diff", "old.tcpv", "nowhere.tcpv", "--role", "R").code == 2
