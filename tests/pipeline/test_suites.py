"""What is kept of a spec's mutants: told by its report while it is about the same text, and only then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tcpverify.pipeline.suites import kept_text, mutants

TEXTS = (("a.tcpv", "11"), ("b.tcpv", "22"))
DOCUMENT: dict[str, Any] = {
    "complete": True,
    "not_tried": 0,
    "instances": 3,
    "left_out": [{"instance": "c", "why": "too many states"}],
    "counts": {"killed": 1, "survived": 1, "undecided": 1, "unreached": 4, "stillborn": 2},
    "mutants": [
        {"fate": fate, "operator": "send dropped", "where": "role R", "what": "x", "place": "a.tcpv:1:1"}
        for fate in ("killed", "survived", "undecided", "unreached", "stillborn")
    ],
}


def keep(folder: Path, checks: tuple[str, ...] = (), **changed: Any) -> Path:
    (folder / "a.json").write_text(kept_text({**DOCUMENT, **changed}, checks, TEXTS))
    return folder


def test_what_could_be_killed_is_counted(tmp_path: Path) -> None:
    found = mutants(keep(tmp_path), "a", TEXTS)
    assert found.killed is not None
    assert (found.killed.reached, found.killed.total, found.killed.done) == (1, 3, "killed")
    assert found.killed.missed == (("send dropped (role R): x", "a.tcpv:1:1"),) * 2
    assert "3 instances, and 1 were left out" in found.note and "4 more mutants" in found.note


def test_a_part_of_the_checks_is_named(tmp_path: Path) -> None:
    assert "of the checks c, d only" in mutants(keep(tmp_path, ("c", "d")), "a", TEXTS).note


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"complete": False}, "not about all"), ({"not_tried": 2}, "not about all"), ({"mutants": 3}, "be read"),
     ({"counts": {}}, "be read")],
)  # fmt: skip
def test_what_is_not_whole_is_not_told(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    found = mutants(keep(tmp_path, **changed), "a", TEXTS)
    assert found.killed is None and why in found.note


def test_another_text_is_not_this_one(tmp_path: Path) -> None:
    found = mutants(keep(tmp_path), "a", (("a.tcpv", "11"), ("b.tcpv", "23")))
    assert found.killed is None and "another text" in found.note


@pytest.mark.parametrize("text", ["", "[]", "{", "null", json.dumps({"digests": 3})])
def test_what_is_no_such_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert "cannot be read" in mutants(tmp_path, "a", TEXTS).note
    assert "not measured" in mutants(tmp_path, "b", TEXTS).note
