"""The printer: canonical layout, few parentheses, and the same tree again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from constructs import RIGHT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syntax_trees import NOWHERE, declarations, expressions, files

from tcpverify.lang import syntax
from tcpverify.lang.parse import parse
from tcpverify.lang.pretty import pretty, pretty_expression, pretty_pattern, pretty_type
from tcpverify.source import Source

EXAMPLE = Path(__file__).with_name("handshake.tcpv").read_text()
KINDS = get_args(syntax.Declaration)
quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def parsed(text: str) -> syntax.File:
    return parse(Source("spec.tcpv", text))


def round_trip(file: syntax.File) -> None:
    text = pretty(file)
    again = parsed(text)
    assert again == file, text
    assert pretty(again) == text
    assert not any(line.endswith(" ") for line in text.splitlines() if '"' not in line)


@pytest.mark.parametrize("text", [*RIGHT, EXAMPLE, ""])
def test_round_trip(text: str) -> None:
    round_trip(parsed(text))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@quick
def test_round_trip_of_random_declarations(kind: type, data: Any) -> None:
    round_trip(syntax.File((data.draw(declarations(kind)),), span=NOWHERE))


@given(expressions())
@settings(quick, max_examples=300)
def test_round_trip_of_random_expressions(expression: Any) -> None:
    name = syntax.Identifier("x", span=NOWHERE)
    round_trip(syntax.File((syntax.Const(name, None, expression, span=NOWHERE),), span=NOWHERE))


@given(files())
@settings(quick, max_examples=100)
def test_round_trip_of_random_files(file: syntax.File) -> None:
    round_trip(file)


@pytest.mark.parametrize(
    "text",
    [
        "a + b * c - (d - e)",
        "(a + b) * c",
        "(a => b) => c",
        "a => b => c",
        "not (a and b) or not c",
        "(not a) == b",
        "-(a + b) ^ 2",
        "(-a) ^ 2",
        "a ^ b ^ c",
        "(a ^ b) ^ c",
        "(all i in 0..3 : a) and b",
        "a and all i in 0..3 : a and b",
        "(if a then b else c) + 1",
        "(A in S)'",
        "A.x' in [a, b) and B in { S, T }",
        "x in a + 1..b",
        "s is only SYN + !ACK and f(x, y = 1)",
        "in_flight(A -> B : SYN) <= 2",
    ],
)
def test_expressions_have_only_the_parentheses_they_need(text: str) -> None:
    (declared,) = parsed(f"const x = {text}").declarations
    assert isinstance(declared, syntax.Const)
    assert pretty_expression(declared.value) == text


@pytest.mark.parametrize(
    "text", ["[0..3] of seqno mod 2 ^ n?", "flags { SYN, ACK }", "{ a, b }", "symbolic 0..9"]
)
def test_types(text: str) -> None:
    (declared,) = parsed(f"param x : {text}").declarations
    assert isinstance(declared, syntax.Param)
    assert pretty_type(declared.type) == text


def test_patterns() -> None:
    text = "on receive only Segment.SYN + ACK ignore"
    (role,) = parsed(f"role R {{ state S {{ {text} }} }}").declarations
    assert isinstance(role, syntax.Role)
    (state,) = role.items
    assert isinstance(state, syntax.StateBlock)
    event = state.handlers[0].event
    assert isinstance(event, syntax.OnReceive)
    assert pretty_pattern(event.pattern) == "only Segment.SYN + ACK"


CANONICAL = """\
import "tcp.tcpv"
param N : 1..4 = 2

message Segment {
  flags    : flags { SYN, ACK }
  seq, ack : seqno mod 8
}

role R {
  var x, y : 0..3 = 1
  timer t { after 3  retries 2 }
  call open, write(b : bool)

  state S initial cite "RFC 9293" {
    doc "where it begins"
    on call open -> T
    on receive SYN as s when s.seq == 0 { stop t  goto T }
    on timeout t {
      if x == 1 { x := 2 }
      else { x := 3 }
      if y == 1 {
        y := 2
        x := 1
      } elif y == 2 {
        y := 3
      } else {
        y := 0
      }
    }
  }

  in any except S { }
}

network N {
  endpoint A, B : R
  link A <-> B { capacity 2  loss at most 1 }
}

property p : always A.x == B.x

check c {
  run s
  expect p    : holds
  expect long : violated in 3 when N == 2
}
"""


def test_canonical_layout() -> None:
    assert pretty(parsed(CANONICAL)) == CANONICAL
