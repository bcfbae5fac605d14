"""Editors colour specs with the parser's own words."""

from __future__ import annotations

import json
import re

import pytest
from doc_blocks import ROOT
from editor_grammar import TARGET, grammar

from tcpverify.lang.parse import parse
from tcpverify.lang.tables import load
from tcpverify.lang.tokens import tokenize
from tcpverify.source import Source

PATTERNS = json.loads(grammar())["patterns"]


def scopes(line: str) -> list[tuple[str, str]]:
    """What an editor makes of a line: the first pattern to match earliest; each text with its scope."""
    found, at = [], 0
    while at < len(line):
        matches = []
        for i, pattern in enumerate(PATTERNS):
            source = pattern.get("match") or r'"(?:\\.|[^"\\])*(?:"|$)'
            if match := re.compile(source).search(line, at):
                matches.append((match.start(), i, match.end()))
        if not matches:
            break
        start, i, stop = min(matches)
        found.append((line[start:stop], PATTERNS[i]["name"].removesuffix(".tcpverify")))
        at = stop
    return found


def test_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == grammar()
    package = json.loads((ROOT / "editors/package.json").read_text())["contributes"]
    for path in (package["grammars"][0]["path"], package["languages"][0]["configuration"]):
        assert json.loads((ROOT / "editors" / path).read_text())


def test_every_word_of_the_parser_has_a_colour() -> None:
    for word in (*load().reserved, *load().soft):
        ((text, scope),) = scopes(word)
        assert text == word and scope.split(".")[0] in ("keyword", "constant")


@pytest.mark.parametrize("name", ["handshake", "simultaneous_open", "protocols/stop_and_wait"])
def test_shipped_specs(name: str) -> None:
    """Comments, strings, numbers and reserved words are where the parser's tokens say."""
    text = (ROOT / f"specs/{name}.tcpv").read_text(encoding="utf-8")
    source = Source(name, text)
    parse(source)
    seen = [pair for line in text.splitlines() for pair in scopes(line)]
    tokens = tokenize(source)[0]
    for kind, scope in (("NUMBER", "constant.numeric"), ("STRING", "string.quoted.double")):
        assert [t.text for t in tokens if t.kind == kind] == [t for t, s in seen if s == scope]
    words = load().reserved
    reserved = [t for t, s in seen if t in words and not s.startswith(("comment", "string"))]
    assert reserved == [t.text for t in tokens if t.text in words]
    comments = [t for t, s in seen if s.startswith("comment")]
    assert comments and all(c.startswith("#") for c in comments)
