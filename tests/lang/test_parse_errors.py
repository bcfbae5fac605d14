"""Syntax errors: one mistake, one message, at its place, in the user's words; nothing crashes the parser."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from types import FrameType

import pytest

from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.lang.parse import MAX_ERRORS, parse
from tcpverify.lang.tokens import tokenize
from tcpverify.source import Source

EXAMPLE = Path(__file__).with_name("handshake.tcpv").read_text()
SIZE = 1 << 18
RANDOM = random.Random(1)


def complaints(text: str) -> tuple[Diagnostic, ...]:
    try:
        parse(Source("spec.tcpv", text))
    except ModelError as error:
        return error.diagnostics
    return ()


def only(text: str) -> Diagnostic:
    found = complaints(text)
    assert len(found) == 1, [(str(d.span), d.message) for d in found]
    return found[0]


MISTAKES = [
    # what stood there, what stands there now, the place of the complaint, a part of the hint
    ("protocol handshake", "protocoll handshake", "2:1", "`protocol`"),
    ("on receive RST ignore", "on recieve RST ignore", "27:10", "`receive`"),
    ("send SYN (seq = iss)", "sned SYN (seq = iss)", "22:9", "`send`"),
    ("state LISTEN", "State LISTEN", "31:5", "`state`"),
    ("always A in", "alwys A in", "82:3", "`always`"),
    ("capacity 5", "capcity 5", "76:18", "`capacity`"),
    ("expect progress     : holds", "expect progress : hold", "102:21", "`holds`"),
    ("irs := s.seq", "irs = s.seq", "33:13", "`x := e`"),
    ("kind == two_way", "kind = two_way", "38:17", "`a == b`"),
    ("three_way } = three_way", "three_way } := three_way", "5:44", "here it is `=`"),
    ("ESTABLISHED and B.irs", "ESTABLISHED && B.irs", "80:26", "`and`"),
    ("ESTABLISHED and B.irs", "ESTABLISHED || B.irs", "80:26", "`or`"),
    ("never B in", "never !B in", "80:9", "`not`"),
    ("-> LISTEN", "=> LISTEN", "26:28", "`->`"),
    ("=> A.irs", "-> A.irs", "82:48", "`a => b`"),
    ("two_way, three_way }", "two_way, three_way, }", "5:43", "comma"),
    ("goto SYN_SENT\n", "goto SYN_SENT;\n", "24:22", "leave it out"),
    ("SYN, ACK, RST }\n", "SYN, ACK, RST },\n", "9:39", "leave it out"),
    ("state LISTEN {", "state state {", "31:11", "reserved word"),
    ("when s.ack == snd_nxt {", "when s.ack == snd_nxt == 1 {", "45:55", "do not chain"),
    ('figure 7"', "figure 7", "79:26", "close it"),
    ("state LISTEN {", "state LISTEN -> {", "31:18", None),
    ("state LISTEN {", "state LISTEN", "32:7", None),
    ("link A <-> B", "link A <- B", "76:10", None),
    ("property agree :", "property agree", "82:3", None),
    (" {\n  doc", "\n  doc", "3:3", None),
    ("\n}\n\nnetwork", "\n}}\n\nnetwork", "72:2", None),
    ("rcv_nxt := s.seq + 1", "rcv_nxt := s.seq +", "35:13", None),
    ("when kind == three_way", "if kind == three_way", "99:39", None),
    ("scenario old_duplicates on lossy_ip {", "scenario old_duplicates on {", "87:28", None),
    ("network lossy_ip {", "network {", "74:9", None),
]


@pytest.mark.parametrize(("right", "wrong", "place", "hint"), MISTAKES)
def test_one_mistake_one_message(right: str, wrong: str, place: str, hint: str | None) -> None:
    assert right in EXAMPLE
    found = only(EXAMPLE.replace(right, wrong, 1))
    assert str(found.span) == f"spec.tcpv:{place}"
    assert (hint is None) == (found.hint is None)
    assert hint is None or (found.hint is not None and hint in found.hint)


def test_message_names_what_was_expected_and_found() -> None:
    found = only("role R { state S -> T }")
    assert found.message == "expected `cite`, `initial` or `{` after the state's name, found `->`"
    assert only("const x = ").message == "expected an expression after `=`, found the end of the text"
    assert only("type T = ,").message == "expected a type after `=`, found `,`"
    found = only("role R { state S { on call c { 3 } } }")
    assert found.message == "expected a statement, `doc` or `}` after `{`, found `3`"
    assert only("xyz").message == "expected a declaration, found `xyz`"


def test_no_terminal_names_in_messages() -> None:
    for i in range(0, len(EXAMPLE), 23):
        for found in complaints(EXAMPLE[:i] + " : " + EXAMPLE[i:]):
            for name in ("LEFT_", "RIGHT_", "NAME", "COLON", "$END", "_IN_BLOCK", "DOTS"):
                assert name not in found.message, found.message


def test_missing_closing_brace_points_at_the_opening_one() -> None:
    found = only(EXAMPLE.replace("      goto SYN_SENT\n      }", "      goto SYN_SENT\n", 1))
    assert [(n.text, str(n.span)) for n in found.notes] == [("this `{` is not closed", "spec.tcpv:19:27")]
    found = only(EXAMPLE.rstrip()[:-1])
    assert found.span is not None
    assert found.span.start >= len(EXAMPLE.rstrip()) - 1
    assert [str(n.span) for n in found.notes] == ["spec.tcpv:105:20"]


def test_two_mistakes_two_messages() -> None:
    text = EXAMPLE.replace("state LISTEN {", "state LISTEN [", 1).replace(
        "property agree :", "property agree : :"
    )
    assert len(complaints(text)) == 2
    text = EXAMPLE.replace("irs := s.seq", "irs = s.seq", 1).replace("kind == two_way", "kind = two_way", 1)
    assert len(complaints(text)) == 2
    text = "property p always x\nproperty q : always x\nproperty r always x\n"
    assert [str(d.span) for d in complaints(text)] == ["spec.tcpv:1:12", "spec.tcpv:3:12"]


def test_one_token_less_or_twice_gives_one_message_at_most() -> None:
    tokens = [(t.start, t.stop) for t in tokenize(Source("spec.tcpv", EXAMPLE))[0][:-1]]
    for start, stop in RANDOM.sample(tokens, 120):
        for replacement in ("", EXAMPLE[start:stop] * 2, f"{EXAMPLE[start:stop]} {EXAMPLE[start:stop]}"):
            found = complaints(EXAMPLE[:start] + replacement + EXAMPLE[stop:])
            assert len(found) <= 1, [(str(d.span), d.message) for d in found]


def test_bad_characters_are_all_reported_and_merged() -> None:
    found = complaints("const é\x1b = 1\nconst y = $$ 2\n")
    assert [(d.code, d.message) for d in found if d.code is Code.BAD_CHARACTER] == [
        (Code.BAD_CHARACTER, "`é\\x1b` has no meaning here"),
        (Code.BAD_CHARACTER, "`$$` has no meaning here"),
    ]
    assert only('import "a\x00b"').code is Code.BAD_CHARACTER
    assert only('import "a\u202eb"').code is Code.BAD_CHARACTER
    assert "double quotes" in (complaints("const x = “a”")[0].hint or "")
    assert complaints("# any characters: é\x00 $$\n") == ()


def test_strings() -> None:
    assert only('import "abc\nconst x = 1').code is Code.SYNTAX
    assert "backslash" in (only(r'import "a\n"').hint or "")


def test_numbers() -> None:
    assert only(f"const x = {'9' * 41}").code is Code.NUMBER_TOO_LARGE
    assert complaints(f"const x = {'9' * 40}") == ()


def test_timer_option_twice() -> None:
    assert only("role R { timer t { after 1 after 2 } }").message == "`after` is given twice"


N = 10_000
DEEP = {
    "parentheses": "const x = " + "(" * N + "1" + ")" * N,
    "not": "const x = " + "not " * N + "a",
    "minus": "const x = " + "- " * N + "a",
    "plus": "const x = " + "1 + " * N + "1",
    "implies": "const x = " + "a => " * N + "b",
    "power": "const x = " + "1 ^ " * N + "1",
    "if": "const x = " + "if a then b else " * N + "c",
    "quantifiers": "const x = " + "all i in 0..1 : " * N + "c",
    "members": "const x = a" + ".b" * N,
    "primes": "const x = a" + "'" * N,
    "calls": "const x = " + "f(" * N + ")" * N,
    "sets": "const x = " + "a in { " * N + "}" * N,
    "ifs": "role R { state S { on call c { " + "if x { " * N + "}" * N + " } } }",
    "choices": "role R { state S { on call c { " + "choose { " * N,
    "options": "type T = bool" + "?" * N,
    "arrays": "type T = " + "[0..1] of " * N + "bool",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting(text: str) -> None:
    assert only(text).code is Code.TOO_DEEP


def test_nesting_up_to_the_limit() -> None:
    assert complaints("const x = " + "(" * 100 + "1" + ")" * 100) == ()
    assert only("const x = " + "(" * 101 + "1" + ")" * 101).code is Code.TOO_DEEP
    assert complaints("const x = " + "not " * 99 + "a") == ()
    assert only("const x = " + "not " * 100 + "a and b").code is Code.TOO_DEEP
    assert complaints("const x = " + "1 + (" * 90 + "1" + ")" * 90) == ()
    assert complaints("const x = " + " and ".join("a" * N)) == ()
    assert complaints("role R { state S { on call c { " + "if x { } elif y { } " * 500 + "} } }") == ()


def test_mistakes_after_deep_nesting_are_found() -> None:
    text = "const x = " + "not " * N + "a\nconst y 3\n"
    assert [d.code for d in complaints(text)] == [Code.TOO_DEEP, Code.SYNTAX]


HOSTILE = {
    "(": "(" * SIZE,
    "a ": "a " * (SIZE // 2),
    '"': '"' * SIZE,
    "bytes": bytes(RANDOM.randrange(256) for _ in range(SIZE)).decode("latin-1"),
    "soft": "const x = " + "loss " * (SIZE // 5),
    "tick": "tick\n" * (SIZE // 5),
    "protocol": "protocol x {" * (SIZE // 12),
    "}": "}\n" * (SIZE // 2),
    "digits": "1" * SIZE,
    "words": "property p : " + "always " * (SIZE // 7),
    "backslashes": '"' + "\\" * SIZE,
    "comment": "#" * SIZE,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text(text: str) -> None:
    start = time.monotonic()
    complaints(text)
    assert time.monotonic() - start < 10


def calls(text: str) -> int:
    """How many functions are called, of Python and of C, while a text without mistakes is read."""
    count = 0

    def counts(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counts)
    try:
        found = complaints(text)
    finally:
        sys.setprofile(None)
    assert found == ()
    return count


@pytest.mark.parametrize("text", ["const x = 1\n", "property p : always a and b\n"])
def test_work_grows_in_proportion_to_a_text(text: str) -> None:
    calls(text)
    assert calls(text * 2000) < 1.2 * 8 * calls(text * 250)


def test_a_long_expression_is_read() -> None:
    assert complaints("const x = " + "a and " * 20000 + "b") == ()


def test_errors_are_not_endless() -> None:
    assert len(complaints("tick\n" * 1000)) == MAX_ERRORS
