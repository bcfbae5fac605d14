"""Words of options and verdicts are free as names, wherever a name may stand."""

from __future__ import annotations

import pytest

from tcpverify.lang import syntax, tables
from tcpverify.lang.parse import parse
from tcpverify.lang.pretty import pretty
from tcpverify.source import Source

SOFT = sorted(tables.load().soft)

SPEC = """
protocol W {{
  param {w} : 0..3 = 1
  enum E {{ {w}, other }}
  record R1 {{ {w} : bool  x : bool }}
  message M {{ a : bool  {w} : 0..3  z : bool }}
  message {w} {{ f : flags {{ {w}, X }} }}
  role R {{
    var {w}, y : 0..3 = {w}
    var z : 0..3 = {w}
    timer {w} {{ after {w}  retries {w} }}
    call a, {w}({w} : bool)
    step {w}
    state {w} initial {{
      on receive {w} + X as {w} when {w}.{w} == {w} {{
        {w} := {w}
        {w}[{w}] := {w} + {w}
        y.{w} := fresh
        {w} := fresh in {{ {w}, {w}..3 }}
        if {w} == {w} {{ {w} := {w} }} else {{ goto {w} }}
        let {w} = {w}
        {w} := 3
        start {w}
        {w} := 3
        goto {w}
      }}
      on call {w}({w}) when x == {w} {{ notify {w}  {w} := 1 }}
      on timeout {w} -> {w}
      on step {w} ignore
    }}
    in {w} | X {{ }}
    def {w}({w} : 0..3) : bool = x in {w}
    in {w} {{ }}
  }}
  variant {w} {{
    add {w} on step {w} -> {w}
    add first {w} on step {w} -> {w}
    remove R.{w} on step {w} when {w} == x
    set {w} = {w}
  }}
}}
network {w} {{
  endpoint {w}, B : {w}
  link {w} <-> B {{ capacity {w}  loss at most {w}  duplicate none  lifetime {w} }}
  link B -> {w}
}}
adversary {w} {{ can inject X, {w} at most {w} on {w} -> B  can evil_peer as {w} }}
monitor {w} {{
  state {w} initial hot {{ on {w} sends {w} as {w} when {w}.{w} == {w} -> {w}  on {w} enters {w} -> {w} }}
}}
property {w} : always {w}.{w} == B.{w} and B in {w}
property q : B.{w} == 1 leads_to x == {w} under B.{w}, {w}.x
scenario {w} on {w} {{
  preload {w} -> B : X ({w} = {w})
  {w} starts in {w} with {w} = {w}, x in {{ {w} }}
  fresh {w}.{w} in {{ {w} }}
  {w} calls {w} at most {w}, x
  {w} calls {w} then {w}
}}
check {w} {{
  for {w} in {{ {w} }}
  run {w} with {w} = {w}, variant {w}
  expect {w}, q : holds when {w} == {w}
  expect q, {w} : violated in {w} when {w} == {w}
  find least {w} in 1..{w} such that {w} holds : {w}
}}
"""


SEPARATE = {"corrupt": "a pattern of its own", "unlimited": "a value of its own"}
"""Words that mean what they say where a name could stand too: in a pattern, as a number of retries."""


@pytest.mark.parametrize("word", sorted(set(SOFT) - SEPARATE.keys()))
def test_soft_word_as_every_kind_of_name(word: str) -> None:
    file = parse(Source("spec.tcpv", SPEC.format(w=word)))
    plain = parse(Source("spec.tcpv", SPEC.format(w="PLAIN")))
    expected = repr(plain).replace("'PLAIN'", repr(word))
    assert repr(file) == expected
    assert parse(Source("spec.tcpv", pretty(file))) == file


@pytest.mark.parametrize("word", sorted(tables.load().reserved))
def test_reserved_words_are_no_names(word: str) -> None:
    with pytest.raises(Exception, match="TV101"):
        parse(Source("spec.tcpv", f"message M {{ {word} : bool }}"))


def statements(text: str) -> tuple[syntax.Statement, ...]:
    (role,) = parse(Source("s", f"role R {{ state S {{ on call c {{ {text} }} }} }}")).declarations
    assert isinstance(role, syntax.Role)
    (state,) = role.items
    assert isinstance(state, syntax.StateBlock)
    body = state.handlers[0].body
    assert isinstance(body, syntax.Block)
    return body.statements


def test_keyword_or_name_is_told_by_what_follows() -> None:
    send, assign = statements("send SYN to := 3")
    assert isinstance(send, syntax.Send)
    assert send.target is None
    assert isinstance(assign, syntax.Assign)
    (send,) = statements("send SYN to to")
    assert isinstance(send, syntax.Send)
    assert send.target == syntax.Name("to", span=send.span)
    (assign,) = statements("doc := 3")
    assert isinstance(assign, syntax.Assign)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("always reachable x", "always reachable"),
        ("always reachable in { 1 }", "always"),
        ("always reachable", "always"),
        ("reachable reachable", "reachable"),
        ("lemma lemma == lemma", "lemma"),
    ],
)
def test_property_words(text: str, form: str) -> None:
    (found,) = parse(Source("s", f"property p : {text}")).declarations
    assert isinstance(found, syntax.Property)
    assert isinstance(found.body, syntax.StateProperty)
    assert found.body.form == form


def test_a_name_that_begins_a_property() -> None:
    (found,) = parse(Source("s", "property p : always leads_to never under deadlock_free.x")).declarations
    assert isinstance(found, syntax.Property)
    assert isinstance(found.body, syntax.LeadsTo)


def test_states_as_a_property_and_as_a_count() -> None:
    (check,) = parse(Source("s", "check c { expect states : holds expect states 4 }")).declarations
    assert isinstance(check, syntax.Check)
    assert [type(i) for i in check.items] == [syntax.Expect, syntax.ExpectStates]


def test_endpoint_called_nothing() -> None:
    (scenario,) = parse(
        Source("s", "scenario s on N { A calls nothing nothing calls nothing, x }")
    ).declarations
    assert isinstance(scenario, syntax.Scenario)
    first, second = scenario.items
    assert isinstance(first, syntax.Calls)
    assert isinstance(second, syntax.Calls)
    assert (len(first.limits), len(second.limits)) == (0, 2)
