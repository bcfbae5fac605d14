"""docs/claims.md, made from specs/claims.toml and the checks that cite it, with a picture for every row.

`python tests/docs/claims_page.py` writes the page, and the pictures, for which it decides the checks anew;
tests compare the page with the specs, and see that no row is without a check or a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from register import ROOT, Decided, citation, decided, flips, register, specs

import tcpverify
from tcpverify.api import Outcome, Result
from tcpverify.pipeline.machines import machine, own_roles
from tcpverify.render.dot import machine_drawing
from tcpverify.render.layout import NoLayout, lay_out

PAGE = ROOT / "docs/claims.md"
PICTURES = ROOT / "docs/claims"

HEAD = """# Claims, properties, defects

What people say about TCP's opening and closing, what a verifier of it must decide, and what is wrong in the
RFC's own text. Each part begins with a table of its entries. Then comes each entry with the checks that
decide it (file and line, what they expect) and a picture: the shortest run that one of them found, or a state
machine. Where a verdict changes, the lines name the variant, parameter or network that makes the
difference.

This page is generated (`python tests/docs/claims_page.py`); tests compare it with the specs, and
`tcpverify verify specs` decides what it tells.
"""

TITLES = {
    "claims": "Claims of articles about TCP",
    "properties": "Properties, each kept somewhere and broken somewhere",
    "defects": "Defects in the text of the RFCs",
    "mutants": "Mistakes in an implementation, each found by a check",
}


def rows() -> Iterator[tuple[str, str, str, Any]]:
    """Section, name, citation and content of every entry of the register."""
    for section, entries in register().items():
        for name, entry in entries.items():
            yield section, name, citation(section, name), entry


def picture(cite: str) -> str:
    """The name of the picture of an entry."""
    return f"{cite.replace(' ', '_')}.svg"


def page() -> str:
    """The text of the page."""
    parts = [HEAD]
    for section, entries in groupby(rows(), key=lambda row: row[0]):
        told = list(entries)
        parts.append(f"\n## {TITLES[section]}\n")
        parts += _contents([(name, entry) for _, name, _, entry in told])
        for _, name, cite, entry in told:
            parts += _entry(name, cite, entry)
    return "\n".join(parts)


def _says(entry: Any) -> tuple[str, str]:
    """What an entry says, as a sentence without its full stop, and the verdict on it, if it is a claim."""
    says, verdict = (entry, "") if isinstance(entry, str) else (entry["says"], entry["verdict"])
    return f"{says[0].upper()}{says[1:]}", verdict


def _contents(entries: list[tuple[str, Any]]) -> Iterator[str]:
    """The table of a section's entries."""
    judged = any(_says(entry)[1] for _, entry in entries)
    yield "| | | it is |\n|---|---|---|" if judged else "| | |\n|---|---|"
    for name, entry in entries:
        says, verdict = _says(entry)
        last = f" {verdict} |" if judged else ""
        yield f"| [{name}](#{name.lower()}) | {says.replace('|', chr(92) + '|')} |{last}"
    yield ""


def _entry(name: str, cite: str, entry: Any) -> Iterator[str]:
    says, verdict = _says(entry)
    yield f"### {name}\n\n{says}.{f' **{verdict.capitalize()}**.' if verdict else ''}\n"
    if isinstance(entry, Mapping) and "quote" in entry:
        yield f"RFC 9293, {entry['section']}: `{entry['quote']}`\n"
        return
    for check, ones in _by_check(decided().get(cite, ())).items():
        link = f"[{check[0].removeprefix('specs/')}](../{check[0]}#L{ones[0].line})"
        yield f"- {link}, check `{check[1]}`{_with(ones[0])}:"
        yield from (f"    - `{line}`" for line in dict.fromkeys(one.text for one in ones))
    yield f"\n![{name}](claims/{picture(cite)})\n"


def _with(one: Decided) -> str:
    return "".join(f" with `{name}`" for name in one.variants)


def _by_check(ones: tuple[Decided, ...]) -> dict[tuple[str, str], list[Decided]]:
    found: dict[tuple[str, str], list[Decided]] = {}
    for one in ones:
        found.setdefault((one.spec, one.check), []).append(one)
    return found


# --- Pictures --------------------------------------------------------------------------------------------


def pictures() -> Iterator[tuple[str, str]]:
    """Name and SVG of the picture of every entry: the shortest trace of the checks that cite it; of one
    that has none, the state machine of the first role."""
    outcomes = {
        path: _verified(path) for path in sorted({d.spec for ones in decided().values() for d in ones})
    }
    for _, _, cite, _ in rows():
        ones = decided().get(cite, ())
        if ones:
            yield picture(cite), _shortest(ones, outcomes) or _machine(ones[0].spec)


def _verified(path: str) -> Outcome:
    return tcpverify.load(str(ROOT / path)).verify()


def _shortest(ones: tuple[Decided, ...], outcomes: Mapping[str, Outcome]) -> str | None:
    asked = {(one.spec, one.check, one.prop) for one in ones}
    found = [
        (len(trace), place, trace)
        for place, (path, result) in enumerate(_all(outcomes))
        if (path, result.check, result.property) in asked
        and (trace := result.trace) is not None
        and len(trace)
    ]
    return min(found, key=lambda f: f[:2])[2]._repr_html_() if found else None


def _all(outcomes: Mapping[str, Outcome]) -> Iterator[tuple[str, Result]]:
    for path, outcome in outcomes.items():
        for result in outcome:
            yield path, result


def _machine(path: str) -> str:
    (drawn,) = lay_out([machine_drawing(machine(own_roles(specs()[path])[0]))])
    if isinstance(drawn, NoLayout):
        raise SystemExit(f"no picture of {path}: {drawn.reason}")
    return drawn


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    PICTURES.mkdir(exist_ok=True)
    drawn = dict(pictures())
    for old in PICTURES.glob("*.svg"):
        if old.name not in drawn:
            old.unlink()
    for file, svg in drawn.items():
        (PICTURES / file).write_text(svg, encoding="utf-8")
    for _, name, cite, entry in rows():
        ones = decided().get(cite, ())
        if not ones and not (isinstance(entry, Mapping) and entry["kind"] == "text"):
            print(f"{name}: no check cites it")
        elif ones and not flips(ones):
            print(f"{name}: no verdict that flips")
