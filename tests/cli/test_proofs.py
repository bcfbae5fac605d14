"""`prove` and `recheck`: what they write, what they say, and how they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli.conftest import PROJECT, Tool

SPEC = """
message M { n : seqno mod 4294967296 }
role Left { var x : seqno mod 4294967296  step go  state S initial { on step go { x := x + 1  send M (n = x) }  on receive any ignore } }
role Right { var seen : bool  state U initial { on receive M as m when m.n == 1 { seen := true  goto V }  on receive M ignore }  state V { on receive any ignore } }
network any_net { endpoint A : Left  endpoint B : Right  link A <-> B { capacity unlimited  loss unlimited  duplicate unlimited  reorder any } }
scenario run_it on any_net { }
property together : always B in V => B.seen
property wrong    : never B in V
property reached  : reachable B in V
check c { run run_it  expect together : holds by proof  expect reached, wrong : unknown }
"""  # noqa: E501


@pytest.fixture
def spec() -> Path:
    Path("specs").mkdir()
    path = Path("specs/x.tcpv")
    path.write_text(SPEC)
    return path


def test_prove_and_recheck(tool: Tool, spec: Path) -> None:
    answer = tool("prove", str(spec), "--output", "proofs")
    assert answer.code == 0, answer.err
    assert "proved together" in answer.out
    assert "may arrive any number of times" in answer.out
    assert "certificate: proofs/x/together" in answer.out
    answer = tool("recheck")
    assert (answer.code, "1 of 1 certificates are sound" in answer.out) == (0, True)
    answer = tool("recheck", "proofs", "--specs", "specs", "--format", "json")
    (found,) = json.loads(answer.out)["certificates"]
    assert (found["property"], found["sound"], found["problems"]) == ("together", True, [])


def test_a_condition(tool: Tool) -> None:
    conditions = str(PROJECT / "tests" / "models" / "conditions.tcpv")
    specs = ("--specs", str(PROJECT / "tests" / "models"))
    answer = tool(
        "prove", conditions, *specs, "--check", "wrong", "--check", "immortal", "--output", "proofs"
    )
    assert answer.code == 3
    assert answer.out.count("no proof of apart") == 3
    assert answer.out.count("the spec expects another than T >= L") == 3
    assert "apart holds exactly if: T >= L" in answer.out and "apart holds exactly if: none" in answer.out
    assert {p.name for p in Path("proofs/conditions").iterdir()} == {
        "apart-condition-wrong-T-L", "apart-condition-immortal-T"
    }  # fmt: skip
    answer = tool("recheck", "proofs", *specs)
    assert (answer.code, "2 of 2 certificates are sound" in answer.out) == (0, True)
    assert tool("prove", conditions, *specs, "--check", "wrong", "--param", "W=2").code == 5


def test_a_refused_certificate(tool: Tool, spec: Path) -> None:
    tool("prove", str(spec), "--output", "proofs")
    spec.write_text(SPEC.replace("m.n == 1", "m.n == 2"))
    answer = tool("recheck")
    assert answer.code == 1
    assert "refused proofs/x/together" in answer.out
    assert "the spec has changed since" in answer.out
    assert "0 of 1" in answer.out


def test_a_spec_that_is_elsewhere(tool: Tool, spec: Path) -> None:
    spec.rename("x.tcpv")
    tool("prove", "x.tcpv", "--output", "proofs")
    answer = tool("recheck")
    assert answer.code == 1
    assert "there is no `x.tcpv` in `specs`" in answer.out and "--specs" in answer.out
    assert tool("recheck", "--specs", ".").code == 0


def test_what_is_not_proved(tool: Tool, spec: Path) -> None:
    answer = tool("prove", str(spec), "--property", "wrong", "--budget", "2", "--output", "proofs")
    assert answer.code == 3
    assert "no proof of wrong" in answer.out
    assert not Path("proofs").exists()
    assert tool("prove", str(spec), "--property", "reached").code == 3


def test_mistakes(tool: Tool, spec: Path) -> None:
    assert tool("prove", "missing.tcpv").code == 2
    assert tool("prove", str(spec), "--property", "nothing").code == 2
    assert tool("recheck").code == 5
    spec.write_text(SPEC.replace("holds by proof", "holds"))
    assert tool("prove", str(spec)).code == 5


def test_written_anew_nothing_old_is_left(tool: Tool, spec: Path) -> None:
    tool("prove", str(spec), "--output", "proofs")
    old = Path("proofs/x/together/step-99-old.smt2")
    old.write_text("")
    assert tool("recheck").code == 1
    tool("prove", str(spec), "--output", "proofs")
    assert not old.exists()
    assert tool("recheck").code == 0


def test_nothing_is_written_through_a_link(tool: Tool, spec: Path) -> None:
    Path("elsewhere").mkdir()
    Path("proofs").mkdir()
    Path("proofs/x").symlink_to("../elsewhere")
    assert tool("prove", str(spec), "--output", "proofs").code == 2
    assert list(Path("elsewhere").iterdir()) == []


def test_the_shipped_handshake(tool: Tool) -> None:
    """The theorem of the shipped spec is found again, and passes."""
    shutil.copytree(PROJECT / "specs", "specs")
    answer = tool("prove", "specs/handshake_unbounded.tcpv", "--property", "no_phantom", "--output", "proofs")
    assert answer.code == 0, answer.out
    assert tool("recheck").code == 0
