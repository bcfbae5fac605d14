"""Formatting keeps what a text says: every token, every comment in order; and settles at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpverify.diagnostics import ModelError
from tcpverify.lang.formatting import formatted
from tcpverify.lang.formatting.pieces import pieces
from tcpverify.lang.parse import parse
from tcpverify.lang.pretty import pretty
from tcpverify.lang.tokens import tokenize
from tcpverify.source import Source

ROOT = Path(__file__).parents[2]
SPECS = [*sorted((ROOT / "specs").glob("*.tcpv")), *sorted((ROOT / "tests/models").glob("*.tcpv")),
         *sorted((ROOT / "tests/lang").glob("*.tcpv"))]  # fmt: skip
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in SPECS}
SMALL = sorted(TEXTS, key=lambda name: len(TEXTS[name]))[:25]


def fmt(text: str) -> str:
    return formatted(Source("x.tcpv", text))


def comments(text: str) -> list[str]:
    return [p.text for p in pieces(Source("x.tcpv", text)) if p.is_comment]


@pytest.mark.parametrize("name", TEXTS)
def test_all_specs(name: str) -> None:
    """Meaning and comments are kept, and a second time changes nothing."""
    before = TEXTS[name]
    after = fmt(before)
    assert parse(Source(name, after)) == parse(Source(name, before))
    assert comments(after) == comments(before)
    assert fmt(after) == after
    assert max(map(len, after.splitlines())) <= max(110, *map(len, before.splitlines()))
    assert not [line for line in after.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("name", [path.name for path in SPECS if path.parent.name == "specs"])
def test_the_library_keeps_its_looks(name: str) -> None:
    """Of the shipped specs formatting changes spaces only, not where lines end."""
    before, after = TEXTS[name].splitlines(), fmt(TEXTS[name]).splitlines()
    assert [line.split() for line in after] == [line.split() for line in before]


def test_what_the_printer_prints_is_regular() -> None:
    """The canonical text of a tree is in regular layout, long one-line blocks apart."""
    tree = parse(Source("x", TEXTS["handshake.tcpv"]))
    text = pretty(tree)
    assert parse(Source("x", fmt(text))) == tree


def test_an_item_a_line() -> None:
    text = "role R {\n  state S initial {  on step go\n{ x := true   goto S\n } on step halt ignore }\n"
    assert fmt(f"{text} step go,halt\n var x:bool }}") == (
        "role R {\n"
        "  state S initial {\n"
        "    on step go {\n"
        "      x := true\n"
        "      goto S\n"
        "    }\n"
        "    on step halt ignore\n"
        "  }\n"
        "  step go, halt\n"
        "  var x : bool\n"
        "}\n"
    )


def test_one_line_stays_one_line() -> None:
    assert fmt("role R { state S initial {on step go{goto S}} step go }") == (
        "role R { state S initial { on step go { goto S } }  step go }\n"
    )


def test_columns_and_comments() -> None:
    text = "param a   : bool = true   # one\nparam bcd : 0..3=2 # two\n\n\n\n# three\nparam e: bool\n"
    assert fmt(text) == (
        "param a   : bool = true  # one\nparam bcd : 0..3 = 2  # two\n\n# three\nparam e : bool\n"
    )


def test_lined_up_columns_stay_lined_up() -> None:
    text = "param a    : bool   # one\nparam bcde:bool     # two\n"
    assert fmt(text) == "param a : bool      # one\nparam bcde : bool   # two\n"


def test_options_of_timers_and_names_like_them() -> None:
    text = "role R { timer t {after max retries retries backoff 2  max after+max} state S initial { } }"
    assert fmt(text) == (
        "role R { timer t { after max  retries retries  backoff 2  max after + max }  state S initial { } }\n"
    )


def test_continued_lines_keep_their_place() -> None:
    text = "property p :\n    always a\n       and b\n"
    assert fmt(text) == text


def test_what_does_not_parse_is_refused() -> None:
    with pytest.raises(ModelError):
        fmt("role {")


def test_line_ends_of_other_systems() -> None:
    assert fmt("# a\r\nparam x : bool\r\n\r\n# b") == "# a\nparam x : bool\n\n# b\n"


def test_nothing_but_comments() -> None:
    assert fmt("") == ""
    assert fmt("\n\n  # a\n # b") == "# a\n# b\n"


gaps = st.sampled_from([" ", "  ", "\n", "\n\n", "\n\n\n ", " # c\n", "\n# own\n", "\t", " # d  \n\n # e\n"])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SMALL), st.data())
def test_comments_anywhere(name: str, data: st.DataObject) -> None:
    """Comments and line ends put between any tokens survive, in order, and formatting settles."""
    text = TEXTS[name]
    tokens, _ = tokenize(Source(name, text))
    parts, at = [], 0
    chosen = data.draw(st.dictionaries(st.integers(0, len(tokens) - 1), gaps, max_size=12))
    for i, token in enumerate(tokens):
        parts.append(text[at : token.start])
        parts.append(chosen.get(i, ""))
        parts.append(text[token.start : token.stop])
        at = token.stop
    changed = "".join(parts)
    after = fmt(changed)
    assert comments(after) == comments(changed)
    assert fmt(after) == after
    assert parse(Source(name, after)) == parse(Source(name, text))
