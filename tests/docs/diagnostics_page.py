"""docs/diagnostics.md, made from the enum of codes: `python tests/docs/diagnostics_page.py` writes it."""

from __future__ import annotations

from itertools import groupby

from doc_blocks import ROOT

from tcpverify.diagnostics import EXPLANATIONS, Code

FAMILIES = {
    "1": "The text of a file",
    "2": "Names",
    "3": "Types and values",
    "4": "Laws of a model",
    "5": "Engines, limits and the command line",
    "6": "Traces and proofs",
    "9": "Faults of tcpverify",
}

HEAD = """# Diagnostics

Every message carries a code, the place, often a note on another place, and a hint when there is one.
An error stops the command with exit code 2; a warning does not, unless `--strict` is given.
One mistake gives one message, and all the messages of a stage come at once, in the order of the text.
`tcpverify codes TV402` explains a code on the command line.

This page is generated from the table of codes; a test compares the two.
"""


def page() -> str:
    """The text of the page."""
    parts = [HEAD]
    for family, codes in groupby(Code, key=lambda code: code.value[2]):
        parts.append(f"\n## TV{family}xx: {FAMILIES[family]}\n\n| code | name | meaning |\n|---|---|---|\n")
        for code in codes:
            name = code.name.lower().replace("_", " ")
            parts.append(f"| {code.value} | {name} | {EXPLANATIONS[code].replace('|', chr(92) + '|')} |\n")
    return "".join(parts)


if __name__ == "__main__":
    (ROOT / "docs/diagnostics.md").write_text(page(), encoding="utf-8")
