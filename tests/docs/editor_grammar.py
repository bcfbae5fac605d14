"""The TextMate grammar in editors/, of the parser's words; run `python tests/docs/editor_grammar.py`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tcpverify.lang.tables import load

TARGET = Path(__file__).resolve().parents[2] / "editors/tcpverify.tmLanguage.json"

DECLARING = """adversary check const def enum import message monitor network param procedure property
    protocol record
    role scenario state tick type variant"""
DECLARATIONS = frozenset(DECLARING.split())
CONSTANTS = frozenset(("true", "false", "none"))


def grammar() -> str:
    """Its text. A word that is not reserved is coloured too, even as a name: TextMate does not parse."""
    tables = load()
    reserved, soft = set(tables.reserved), set(tables.soft)
    operators = sorted(
        (s for s in tables.signs if not re.search(r"[\w(){}\[\],.:]$|^[.:]$", s)), key=lambda s: (-len(s), s)
    )
    patterns = [
        {"name": "comment.line.number-sign.tcpverify", "match": "#.*$"},
        {
            "name": "string.quoted.double.tcpverify",
            "begin": '"',
            "end": '"|$',
            "patterns": [{"name": "constant.character.escape.tcpverify", "match": r"\\."}],
        },
        {"name": "constant.numeric.tcpverify", "match": r"\b[0-9]+\b"},
        _words("constant.language.tcpverify", CONSTANTS),
        _words("keyword.declaration.tcpverify", DECLARATIONS),
        _words("keyword.control.tcpverify", reserved - DECLARATIONS - CONSTANTS),
        _words("keyword.other.tcpverify", soft - DECLARATIONS - CONSTANTS),
        {"name": "keyword.operator.tcpverify", "match": "|".join(re.escape(s) for s in operators)},
    ]
    whole = {
        "name": "tcpverify",
        "scopeName": "source.tcpverify",
        "fileTypes": ["tcpv"],
        "patterns": patterns,
    }
    return json.dumps(whole, indent=2) + "\n"


def _words(name: str, words: frozenset[str] | set[str]) -> dict[str, str]:
    """Whole words; not members, such as `s.block`."""
    return {"name": name, "match": rf"(?<![\w.])(?:{'|'.join(sorted(words))})(?!\w)"}


if __name__ == "__main__":
    TARGET.write_text(grammar(), encoding="utf-8")
