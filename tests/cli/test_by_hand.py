"""Working by hand: step, simulate, trace and the state graph."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.conftest import Answer, Tool, checked, command, environment
from cli.specs import MET, UNMET, spec

ERRING = """
message M { x : 0..3 }
role R {
  var n : 0..2
  call go
  state S initial { on call go { n := n + 1 } }
}
network one { endpoint A : R }
scenario s on one { }
property low : always A.n < 2
property rises : always step A.n' > A.n
property twice : reachable A.n == 2
check c { run s  expect low : violated in 2 }
"""


WATCHED = """
role R { var n : 0..2  call go  state S initial { on call go { n := n + 1 } } }
network one { endpoint A : R }
network two { endpoint A, B : R }
scenario s on one { }
scenario t on two { }
monitor calls {
  state NONE initial { on A calls go -> ONE }
  state ONE { on A calls go -> TWO }
  state TWO bad { }
}
property low : always A.n < 2
property still : always step A.n' == A.n
property twice : reachable A.n == 2
property single : monitor calls never bad
property elsewhere : always B.n < 2
property ones : always B.n == 1
check c { run s  expect low, single : violated in 2 }
check d { run t  expect elsewhere : violated in 2 }
"""


@pytest.fixture(autouse=True)
def _specs(tmp_path: Path) -> None:
    (tmp_path / "x.tcpv").write_text(MET)
    (tmp_path / "e.tcpv").write_text(ERRING)
    (tmp_path / "m.tcpv").write_text(WATCHED)


def typed(text: str, *arguments: str) -> Answer:
    """Run a command with this standard input."""
    done = subprocess.run(
        command(*arguments), input=text.encode(), capture_output=True, env=environment(COLUMNS="100"),
        timeout=60, check=False,
    )  # fmt: skip
    answer = Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
    checked(answer.out + answer.err)
    return answer


# --- step --------------------------------------------------------------------------------------------


def test_step_grows_a_ladder() -> None:
    answer = typed("1\n1\ns\nq\n", "step", "x.tcpv", "--scenario", "once")
    assert answer.code == 0
    first, second, *_ = answer.out.split("> 1")
    assert "1  A calls go  [sends SYN seq=1; A: IDLE -> DONE]" in first
    assert "B receives SYN seq=1" in second
    assert "A: in DONE, n = 0" in answer.out
    assert "in flight A -> B: nothing" in answer.out


def test_step_undoes_and_asks_again() -> None:
    answer = typed("u\n1\nu\n7\n0\nwhat\n-1\n²\n?\n", "step", "x.tcpv", "--scenario", "once")
    assert answer.code == 0
    assert "there is nothing to undo" in answer.out
    assert answer.out.count("1  A calls go") == 2
    assert "there is no step 7: choose 1 to 1" in answer.out
    assert "there is no step 0" in answer.out
    assert "'what' is no command" in answer.out
    assert "NUMBER    take that step" in answer.out


@pytest.mark.parametrize("text", ["", "\n\n", "q", "\x00\xff\n", "1" * 20_000])
def test_step_ends_with_its_input(text: str) -> None:
    assert typed(text, "step", "x.tcpv", "--scenario", "once").code == 0


def test_step_marks_errors() -> None:
    answer = typed("1\n1\n1\n1\nu\nq\n", "step", "e.tcpv")
    assert "1  A calls go  ERROR no_range_error" in answer.out
    assert "error: no_range_error" in answer.out
    assert "no step is possible here: u undoes the last one" in answer.out
    assert answer.out.rstrip().endswith("> q")


def test_step_saves_a_trace(tool: Tool) -> None:
    answer = typed("1\nt\nt\nt mine.itf.json\nt no/such\x00\n", "step", "x.tcpv", "--scenario", "once")
    assert "saved as x-once.itf.json" in answer.out
    assert "saved as x-once-2.itf.json" in answer.out
    shown = tool("trace", "mine.itf.json")
    assert (shown.code, "A calls go" in shown.out) == (0, True)


def test_step_tells_what_a_step_decides() -> None:
    answer = typed("1\n1\nu\n", "step", "m.tcpv", "--scenario", "s")
    start, first, second, undone = answer.out.split("\n> ")[:4]
    assert "here:" not in start
    assert "violated here: still\n" in first
    assert "violated here: low, single; reached here: twice\n" in second
    assert "violated here: still\n" in undone


def test_step_tells_what_holds_at_the_start() -> None:
    answer = typed("q\n", "step", "m.tcpv", "--scenario", "t")
    assert "violated here: ones\n" in answer.out


def test_step_shows_options(tmp_path: Path) -> None:
    (tmp_path / "o.tcpv").write_text(
        "record P { x : 0..3?  y : 0..1 }\n"
        "role R { var p : P?  var o : 2..5?  var l : [0..0] of 0..1?  call go\n"
        "  state S initial { on call go { p := P(y = 1)  goto T } }  state T { } }\n"
        "network one { endpoint A : R }\n"
        "scenario s on one { A starts with o in { none, 2 } }\n"
    )
    answer = typed("2\ns\n1\ns\nu\nu\n1\ns\n", "step", "o.tcpv")
    assert "1  A: o = none\n  2  A: o = 2\n" in answer.out
    assert "A: in S, p = none, o = 2, l[0] = none\n" in answer.out
    assert "A: in T, p.x = none, p.y = 1, o = 2, l[0] = none\n" in answer.out
    assert "A: in S, p = none, o = none, l[0] = none\n" in answer.out


def test_step_of_nothing(tool: Tool) -> None:
    assert tool("step", "x.tcpv").code == 2
    assert tool("step", "x.tcpv", "--scenario", "never").code == 2
    assert tool("step", "x.tcpv", "--scenario", "once", "-p", "limit=1..2").code == 2


# --- simulate ----------------------------------------------------------------------------------------


def test_simulate_is_reproducible(tool: Tool) -> None:
    words = ("simulate", "x.tcpv", "--scenario", "long", "--runs", "5", "--length", "20", "--seed")
    first, again, other = tool(*words, "7"), tool(*words, "7"), tool(*words, "8")
    assert first.out == again.out
    assert first.out != other.out
    assert (first.code, "no verdict" in first.out) == (0, True)
    assert "4 of 4 of their states reached" in first.out


def test_simulate_finds(tool: Tool) -> None:
    for name in ("low", "no_range_error", "no_deadlock"):
        answer = tool("simulate", "e.tcpv", "--property", name)
        assert (answer.code, f"{name} is violated" in answer.out) == (1, True)
    assert tool("simulate", "e.tcpv").code == 1
    assert tool("simulate", "e.tcpv", "--property", "rises").code == 0


def test_simulate_refuses(tool: Tool) -> None:
    answer = tool("simulate", "e.tcpv", "--property", "twice")
    assert (answer.code, "cannot see" in answer.err) == (2, True)
    answer = tool("simulate", "e.tcpv", "--property", "lov")
    assert (answer.code, "did you mean `low`" in answer.err) == (2, True)


def test_simulate_as_json(tool: Tool) -> None:
    words = ("simulate", "x.tcpv", "--scenario", "long", "--runs", "5", "--length", "20", "--format", "json")
    answer = tool(*words)
    assert answer.out == tool(*words).out
    document = json.loads(answer.out)
    assert (answer.code, document["schema_version"], document["runs"]) == (0, 1, 5)
    assert (len(document["reached"]), document["never_reached"], document["violation"]) == (4, [], None)
    answer = tool("simulate", "e.tcpv", "--property", "low", "--format", "json")
    found = json.loads(answer.out)["violation"]
    assert (answer.code, found["property"], found["trace"]["length"]) == (1, "low", 2)
    assert found["trace"]["steps"][1]["after"]["variables"]["A.n"] == "2"
    answer = tool("simulate", "e.tcpv", "--property", "lov", "--format", "json")
    document = json.loads(answer.out)
    assert (answer.code, document["runs"], document["diagnostics"][0]["code"]) == (2, None, "TV505")


def test_monitors_by_hand(tool: Tool) -> None:
    """A property about a monitor is decided on the system with it, by every command."""
    words = ("m.tcpv", "--scenario", "s", "--property", "single")
    answer = tool("simulate", *words, "--property", "low")
    assert (answer.code, "single is violated" in answer.out or "low is violated" in answer.out) == (1, True)
    answer = tool("simulate", *words)
    assert (answer.code, "monitor calls ONE -> TWO" in answer.out) == (1, True)
    answer = tool("explore", *words, "--graph", "g.dot")
    assert (answer.code, "single: violated, 2 steps" in answer.out) == (0, True)
    assert tool("verify", "m.tcpv", "--check", "c", "--itf", "out", "--traces", "none").code in (0, 1)
    shown = tool("trace", "out/m-c-single.itf.json", "--eval", "A.n")
    assert (shown.code, "single is violated after step 2" in shown.out) == (0, True)
    assert "after step 2     2" in shown.out


# --- trace -------------------------------------------------------------------------------------------


def test_traces_of_verify(tool: Tool) -> None:
    answer = tool("verify", "x.tcpv", "--itf", "out", "--traces", "none")
    assert "3 traces in out" in answer.out
    shown = tool("trace", "out/x-c-stays.itf.json", "--eval", "A.n + 1", "--eval", "A in DONE")
    assert shown.code == 0
    assert "stays is violated after step 1" in shown.out
    assert "after step 1     true" in shown.out
    assert tool("verify", "x.tcpv", "--output", "all", "--traces", "none").code == 0
    assert Path("all/x-c-stays.itf.json").exists()


def test_trace_as_json(tool: Tool) -> None:
    tool("verify", "e.tcpv", "--itf", ".", "--property", "low")
    answer = tool("trace", "e-c-low.itf.json", "--eval", "A.n", "--format", "json")
    document = json.loads(answer.out)
    assert document["values"] == {"A.n": ["0", "1", "2"]}
    assert document["trace"]["length"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "A.",
        "A.nope",
        "A.n\nproperty x : always true",
        "__import__('os')",
        "A.n'",
        "",
        "1 / 0 ==",
        "A.n leads_to 1",
    ],
)
def test_expressions_are_of_the_language(tool: Tool, text: str) -> None:
    tool("verify", "e.tcpv", "--itf", ".", "--property", "low")
    answer = tool("trace", "e-c-low.itf.json", "--eval", text)
    assert (answer.code, answer.out, "error[TV" in answer.err) == (2, "", True)


def test_a_trace_of_another_spec_is_refused(tool: Tool) -> None:
    tool("verify", "e.tcpv", "--itf", ".", "--property", "low")
    Path("e.tcpv").write_text(ERRING + "# a comment more\n")
    answer = tool("trace", "e-c-low.itf.json")
    assert (answer.code, "its meaning for this scenario has not" in answer.out) == (0, True)
    Path("e.tcpv").write_text(ERRING.replace("n := n + 1", "n := 2"))
    answer = tool("trace", "e-c-low.itf.json")
    assert (answer.code, "TV605" in answer.err) == (2, True)
    assert tool("trace", "e-c-low.itf.json", "--spec", "x.tcpv").code == 2
    assert tool("trace", "none.itf.json").code == 2


# --- The state graph ---------------------------------------------------------------------------------


def test_graph(tool: Tool) -> None:
    answer = tool("explore", "x.tcpv", "--scenario", "once", "--graph", "g.dot", "--property", "stays")
    assert (answer.code, "stays: violated, 1 step" in answer.out) == (0, True)
    text = Path("g.dot").read_text()
    assert text.count("penwidth=4") == 3
    assert "A calls go" in text
    assert tool("explore", "x.tcpv", "--scenario", "once", "--graph", "out").code == 0
    assert ElementTree.parse("out/x-once-states.svg").getroot().get("role") == "img"


def test_grouped_graph(tool: Tool) -> None:
    answer = tool("explore", "x.tcpv", "--scenario", "long", "-p", "limit=20", "--graph", "g.dot")
    assert answer.code == 0
    assert "states" in Path("g.dot").read_text()
    assert Path("g.dot").read_text().count("shape=box") == 4


def test_no_graph(tool: Tool) -> None:
    assert tool("explore", "x.tcpv", "--scenario", "once", "--property", "stays").code == 2
    answer = tool("explore", "x.tcpv", "--scenario", "long", "-p", "limit=20", "--graph", "g.dot",
                  "--max-states", "50")  # fmt: skip
    assert (answer.code, Path("g.dot").exists()) == (3, False)


def test_unmet_traces_are_written_too(tool: Tool) -> None:
    Path("u.tcpv").write_text(UNMET)
    assert tool("verify", "u.tcpv", "--itf", "out", "--traces", "none").code == 1
    assert sorted(p.name for p in Path("out").iterdir())[-1] == "u-c-stays.itf.json"
    assert spec("stays : holds")
