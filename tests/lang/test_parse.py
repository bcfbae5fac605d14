"""The parser: every construct gives its tree, and what is nearly one gives one TV101."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lark
import pytest
from constructs import RIGHT, WRONG

from tcpverify.diagnostics import Code, ModelError
from tcpverify.lang import parse as parser
from tcpverify.lang import syntax, tables
from tcpverify.lang.building import BUILDERS
from tcpverify.lang.parse import parse
from tcpverify.lang.pretty import pretty_expression
from tcpverify.source import Source

EXAMPLE = Path(__file__).with_name("handshake.tcpv").read_text()


def parsed(text: str) -> syntax.File:
    return parse(Source("spec.tcpv", text))


def value(text: str) -> Any:
    (declared,) = parsed(f"const x = {text}").declarations
    assert isinstance(declared, syntax.Const)
    return declared.value


@pytest.mark.parametrize("text", RIGHT)
def test_right(text: str) -> None:
    assert parsed(text).declarations


@pytest.mark.parametrize("text", WRONG)
def test_wrong(text: str) -> None:
    with pytest.raises(ModelError) as caught:
        parsed(text)
    assert [d.code for d in caught.value.diagnostics] == [Code.SYNTAX]


def test_every_rule_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used = set()

    def recording(name: str) -> Callable[..., Any]:
        def build(*children: Any) -> Any:
            used.add(name)
            return BUILDERS[name](*children)

        return build

    monkeypatch.setattr(parser, "BUILDERS", {name: recording(name) for name in BUILDERS})
    for text in RIGHT:
        parsed(text)
    assert used == set(BUILDERS)
    assert used == {p.builder for p in tables.load().productions if p.builder}


def test_tables_are_up_to_date() -> None:
    stored = json.loads(tables.TABLES.read_text("utf-8"))
    assert stored["digest"] == tables.digest(tables.GRAMMAR.read_text("utf-8"))


def test_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    assert lark.logger.name == "lark"
    caplog.set_level("DEBUG", logger="lark")
    built = json.loads(json.dumps(tables.to_json(tables.GRAMMAR.read_text("utf-8"))))
    assert [r.message for r in caplog.records] == []
    assert tables.from_json(built) == tables.load()
    tables.to_json('file: a*\na: X | X a\nX: "x"\n')
    assert any("conflict" in r.message for r in caplog.records)


def test_missing_tables_are_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tables, "TABLES", tmp_path / "none.json")
    assert tables.load.__wrapped__().reserved == tables.load().reserved


def test_example() -> None:
    file = parsed(EXAMPLE)
    kinds = [type(d).__name__ for d in file.declarations]
    assert kinds == ["Protocol", "Network", *["Property"] * 5, "Scenario", "Check", "Check"]
    protocol = file.declarations[0]
    assert isinstance(protocol, syntax.Protocol)
    assert protocol.doc == "RFC 9293 section 3.5: connection establishment"
    role = protocol.items[3]
    assert isinstance(role, syntax.Role)
    closed = next(i for i in role.items if isinstance(i, syntax.StateBlock))
    assert closed.initial
    assert [type(h.event).__name__ for h in closed.handlers] == ["OnCall", "OnCall", "OnReceive", "OnReceive"]
    assert closed.handlers[3].cites == ("RFC 9293 3.10.7.1",)
    assert closed.handlers[3].span.text == (
        'on receive any as s cite "RFC 9293 3.10.7.1" { send RST (seq = s.ack) }'
    )


def test_spans_cover_the_text_of_a_node() -> None:
    expression = value("(a + b) * -c")
    assert expression.span.text == "(a + b) * -c"
    assert expression.left.span.text == "a + b"
    assert expression.right.span.text == "-c"
    (role,) = parsed("role R { timer t { } in any { } }").declarations
    assert isinstance(role, syntax.Role)
    assert [item.span.text for item in role.items] == ["timer t { }", "in any { }"]


def test_layout_and_comments_mean_nothing() -> None:
    dense = " ".join(line.split("#")[0] for line in EXAMPLE.splitlines())
    assert parsed(dense) == parsed(EXAMPLE)
    assert parsed(EXAMPLE.replace("\n", "\r\n")) == parsed(EXAMPLE)
    assert parsed("# only a comment") == parsed("")


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a <=> b <=> c", "(a <=> b) <=> c"),
        ("a => b => c", "a => (b => c)"),
        ("a => b <=> c", "(a => b) <=> c"),
        ("a or b and c", "a or (b and c)"),
        ("a or b => c", "(a or b) => c"),
        ("not a and b", "(not a) and b"),
        ("not a == b", "not (a == b)"),
        ("a + 1 in b..c + 1", "(a + 1) in b..(c + 1)"),
        ("a - b - c", "(a - b) - c"),
        ("a + b * c", "a + (b * c)"),
        ("a / b % c", "(a / b) % c"),
        ("-a * b", "(-a) * b"),
        ("-a ^ b", "-(a ^ b)"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("- -a", "-(-a)"),
        ("a.b[1]'", "((a.b)[1])'"),
        ("a and all i in 0..1 : b and c", "a and (all i in 0..1 : (b and c))"),
        ("a => if b then c else d => e", "a => (if b then c else (d => e))"),
        ("1 + if a then 2 else 3 + 4", "1 + (if a then 2 else (3 + 4))"),
        ("not some i in 0..1 : a or b", "not (some i in 0..1 : (a or b))"),
        ("if if a then b else c then d else e", "if (if a then b else c) then d else e"),
    ],
)
def test_precedence(text: str, grouped: str) -> None:
    assert value(text) == value(grouped)
    assert pretty_expression(value(grouped)) == pretty_expression(value(text))


def test_chains_are_flat_and_parentheses_kept() -> None:
    assert len(value("a and b and c").operands) == 3
    assert len(value("(a and b) and c").operands) == 2
    assert len(value(" or ".join("a" * 10000)).operands) == 10000


def test_brackets_after_in() -> None:
    assert isinstance(value("x in (a, b]").collection, syntax.Window)
    assert isinstance(value("x in (a)..b").collection, syntax.Interval)
    assert isinstance(value("x in S").collection, syntax.Name)
    assert isinstance(value("x in { S }").collection, syntax.SetLiteral)
    window = value("x in (a, b]").collection
    assert (window.lo_included, window.hi_included) == (False, True)


def test_in_after_a_value_in_a_role() -> None:
    (role,) = parsed(
        "role R { var a : bool = x in any { } def f() : bool = y in S in S | T { } }"
    ).declarations
    assert isinstance(role, syntax.Role)
    assert [type(i).__name__ for i in role.items] == ["VarDecl", "InBlock", "Def", "InBlock"]


def test_strings() -> None:
    (found,) = parsed(r'import "a\"b\\c # not a comment"').declarations
    assert isinstance(found, syntax.Import)
    assert found.path == 'a"b\\c # not a comment'


def test_lines_with_several_names() -> None:
    (role,) = parsed("role R { call a, b(x : bool) step c, d }").declarations
    assert isinstance(role, syntax.Role)
    declared = [(type(i).__name__, str(getattr(i, "name", ""))) for i in role.items]
    assert declared == [("CallDecl", "a"), ("CallDecl", "b"), ("StepDecl", "c"), ("StepDecl", "d")]


def test_option_of_the_element_of_an_array() -> None:
    (declared,) = parsed("type T = [0..1] of 0..3?").declarations
    assert isinstance(declared, syntax.TypeDecl)
    assert isinstance(declared.type, syntax.ArrayType)
    assert isinstance(declared.type.element, syntax.OptionType)
