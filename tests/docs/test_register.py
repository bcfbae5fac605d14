"""Every entry of the register is decided by a check, and docs/claims.md tells by which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

import claims_page
import pytest
from register import BROKEN, citation, decided, flips, register

ROWS = [(cite, section, entry) for section, _, cite, entry in claims_page.rows()]
TEXT = {cite for cite, _, entry in ROWS if isinstance(entry, Mapping) and entry["kind"] == "text"}
OURS = re.compile(r"[ET]\d+|D\d+|property \d+|mutant \w+")


def test_the_page_is_what_the_specs_say() -> None:
    assert claims_page.PAGE.read_text(encoding="utf-8") == claims_page.page()


def test_what_is_cited_stands_in_the_register() -> None:
    known = {cite for cite, _, _ in ROWS}
    cited = {cite for cite in decided() if OURS.fullmatch(cite)}
    assert not cited - known


@pytest.mark.parametrize("cite", [cite for cite, _, _ in ROWS if cite not in TEXT])
def test_every_row_is_decided_by_a_check(cite: str) -> None:
    assert decided().get(cite)


@pytest.mark.parametrize(
    "cite", [cite for cite, section, _ in ROWS if section != "defects" and cite not in TEXT]
)
def test_every_verdict_flips(cite: str) -> None:
    ones = decided()[cite]
    assert any(one.verdict in BROKEN for one in ones) if cite.startswith("mutant") else flips(ones)


def test_every_row_has_its_picture() -> None:
    wanted = {claims_page.picture(cite) for cite, _, _ in ROWS if cite not in TEXT}
    assert {path.name for path in claims_page.PICTURES.iterdir()} == wanted
    for path in claims_page.PICTURES.iterdir():
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_an_entry_is_cited_under_one_name() -> None:
    names = [citation(section, name) for section, entries in register().items() for name in entries]
    assert len(names) == len(set(names))
