"""Where a proof fails: what `prove` shows of it, and the lemma that helps."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Tool

SPEC = """
message K { n : 0..200000 }
role Left {
  var x : 0..200000
  var y : 0..200000
  step go
  state S initial {
    on step go when x + 2 <= 200000 and y + 1 <= 200000 { x := x + 2  y := y + 1  send K (n = x) }
    on receive any ignore
  }
}
role Right { state U initial { on receive K as m when m.n == 99999 -> V  on receive any ignore }  state V { on receive any ignore } }
network any_net { endpoint A : Left  endpoint B : Right  link A <-> B { capacity unlimited  loss unlimited  duplicate unlimited  reorder any } }
scenario run_it on any_net { }
property never_v : never B in V
property low     : lemma A.x <= 4
check c { run run_it  engine smt  expect never_v : holds }
"""  # noqa: E501
ARGUMENTS = ("prove", "x.tcpv", "--property", "never_v", "--budget", "2")


def test_the_step_that_a_proof_fails_at(tool: Tool) -> None:
    Path("x.tcpv").write_text(SPEC)
    answer = tool(*ARGUMENTS)
    assert answer.code == 3
    assert "not true: the lemma low" in answer.out
    before, after = answer.out.split("  step ")
    assert "A -> B: K n=99999" in before and "B: in U" in before
    assert "* B: in V" in after and "broken    never_v: never B in V" in after
    assert "B receives K n=99999" in after and "x.tcpv:12" in after


def test_as_json(tool: Tool) -> None:
    Path("x.tcpv").write_text(SPEC)
    (found,) = json.loads(tool(*ARGUMENTS, "--format", "json").out)["properties"]
    assert (found["property"], found["proved"], found["untrue_lemmas"]) == ("never_v", False, ["low"])
    step = found["counterexample_to_induction"]
    assert step["broken"] == {"property": "never_v", "text": "never B in V"}
    assert step["initial"]["variables"]["B"] == "U"
    assert step["steps"][0]["after"]["variables"]["B"] == "V"


def test_the_lemmas_that_were_missing(tool: Tool) -> None:
    """Each is the answer to the step shown before it."""
    Path("x.tcpv").write_text(SPEC)
    sent = "property sent : lemma in_flight(A -> B : K as s when s.n == 99999) == 0\n"
    Path("more.tcpv").write_text(sent)
    answer = tool(*ARGUMENTS, "--lemmas", "more.tcpv")
    assert answer.code == 3
    assert "broken    sent: lemma" in answer.out and "x = 99997" in answer.out
    Path("more.tcpv").write_text(sent + "property twice : lemma A.x == A.y + A.y\n")
    answer = tool(*ARGUMENTS, "--lemmas", "more.tcpv", "--format", "json")
    (found,) = json.loads(answer.out)["properties"]
    assert (answer.code, found["proved"], found["conjuncts"]) == (0, True, 3)


def test_verify_says_how_to_see_it(tool: Tool) -> None:
    Path("x.tcpv").write_text(SPEC)
    answer = tool("verify", "x.tcpv", "--bound", "1", "--budget", "1")
    assert answer.code == 3
    assert "tcpverify prove x.tcpv --check c --property never_v" in answer.out
    Path("x.tcpv").write_text(SPEC.replace("holds", "bounded 1"))
    assert "tcpverify prove" not in tool("verify", "x.tcpv", "--bound", "1", "--budget", "1").out
