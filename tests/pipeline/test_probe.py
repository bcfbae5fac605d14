"""Expressions in the states of a trace: what a property could say, and nothing else."""

from __future__ import annotations

import pytest

from tcpverify.diagnostics import ModelError
from tcpverify.ir.interpret import Interpreter
from tcpverify.pipeline import load_text
from tcpverify.pipeline.probe import probe
from tcpverify.pipeline.scene import Scene, scene

SPEC = """
enum Colour { RED, GREEN }
record Pair { a, b : 0..3 }
message M { x : 0..3 }
role R {
  var n : 0..3 = 2
  var s : seqno mod 8 = 7
  var c : Colour = GREEN
  var p : Pair
  ghost var g : bool = true
  call go
  state S initial { on call go { n := 0 } }
}
network one { endpoint A : R }
scenario alone on one { }
property spare : never A.n == 3
"""


@pytest.fixture(scope="module")
def found() -> Scene:
    return scene(load_text(SPEC), None)


@pytest.mark.parametrize(
    ("text", "value"),
    [("A.n", "2"), ("A.n + 1", "3"), ("A.s + 1", "0"), ("A.c", "GREEN"), ("A.g", "true"), ("A in S", "true"),
     ("A.p", "(0, 0)"), ("A.p.a", "0"), ("if A.n == 2 then A.n else 0", "2"), ("6 / A.n", "3"),
     ("6 / A.p.a", "undefined"), ("not A.g # a comment", "false"), ("A.n == 2 => A.g", "true")],
)  # fmt: skip
def test_values(found: Scene, text: str, value: str) -> None:
    state = next(iter(Interpreter(found.model.system).initial()))
    assert probe(found, text).values([state]) == [value]


@pytest.mark.parametrize(
    "text",
    ["", "A.m", "A", "B.n", "A.n'", "1", "A.n)", "(A.n", "A.n under delivery", "A.n == A.c", "#", "{",
     "x := 1", "(" * 5000, "A.n\nscenario other on one { }"],
)  # fmt: skip
def test_what_has_no_value(found: Scene, text: str) -> None:
    with pytest.raises(ModelError):
        probe(found, text)


def test_options_are_compared() -> None:
    """An option has no text of its own, and is not shown as less than it is."""
    text = SPEC.replace("ghost var g", "var o : 0..3?\n  ghost var g")
    other = scene(load_text(text), None)
    state = next(iter(Interpreter(other.model.system).initial()))
    assert probe(other, "A.o == none").values([state]) == ["true"]
    with pytest.raises(ModelError):
        probe(other, "A.o")
