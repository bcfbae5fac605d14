"""The JSON of results: field names, and text that is safe wherever it is shown."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from cli.results import rows
from cli.specs import MET
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpverify.cli.main import main
from tcpverify.report.json import dumps, verify_document
from tcpverify.report.markdown import Picture, summary
from tcpverify.result import CountResult, Coverage, Outcome, Place

FIELDS = {
    "file", "check", "property", "instance", "engine", "verdict", "evidence", "expected", "met", "cites",
    "states", "transitions", "depth", "seconds", "trace",
}  # fmt: skip
WORDS = {"holds", "violated", "reachable", "unreachable", "vacuous", "bounded", "unknown"}


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, dict]:
    monkeypatch.setattr(sys, "argv", ["tcpverify", *words, "--format", "json"])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0), json.loads(capsys.readouterr().out)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = MET.replace("run once\n", "for limit in 1..2\n  run once\n  expect states 3\n")
    Path("x.tcpv").write_text(text)


def test_verify(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, document = run(capsys, monkeypatch, "verify", "x.tcpv")
    assert code == 0
    assert list(document)[:4] == ["schema_version", "tool", "results", "summary"]
    assert document["schema_version"] == 1
    assert document["summary"]["met"] == document["summary"]["results"] == len(document["results"]) == 20
    for result in document["results"]:
        assert set(result) >= FIELDS
        assert isinstance(result["instance"], dict)
        assert result["verdict"] in WORDS
        traced = result["verdict"] in ("violated", "reachable")
        assert (result["trace"] is not None) is traced
    stays = document["results"][0]
    assert (stays["property"], stays["instance"], stays["expected"]) == (
        "stays",
        {"limit": "1"},
        "violated in 1",
    )
    assert stays["trace"]["length"] == len(stays["trace"]["steps"]) == 1
    assert (stays["states"], stays["transitions"], stays["depth"]) == (3, 2, 2)


CITING = """
message M { flags : flags { GO } }
role R { call go  state S initial { on call go { send GO  goto T }  on receive any ignore }
  state T { on receive any ignore } }
network net { endpoint A, B : R  link A <-> B { overflow drop } }
adversary forger cite "RFC 5961" cite "own" { can inject GO at most 1 on A -> B }
adversary idle cite "never at work" { can drop GO on A -> B }
scenario s on net { }
monitor heard cite "RFC 9293 3.5" { state Z initial { on B receives GO -> Y }  state Y bad { } }
property unheard cite "own" : monitor heard never bad
property quiet : always B in S or B in T
check c cite "the check" { run s with adversary forger  expect unheard : violated in 2  expect quiet : holds }
"""


def test_cites(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("c.tcpv").write_text(CITING)
    _, document = run(capsys, monkeypatch, "verify", "c.tcpv")
    cites = {r["property"]: r["cites"] for r in document["results"]}
    assert cites["unheard"] == ["own", "RFC 9293 3.5", "the check", "RFC 5961"]
    assert cites["quiet"] == ["the check", "RFC 5961", "own"]


def test_errors(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (["none.tcpv"], ["x.tcpv", "--check", "none"]):
        code, document = run(capsys, monkeypatch, "verify", *words)
        assert (code, document["results"], len(document["diagnostics"])) == (2, [], 1)
    code, document = run(capsys, monkeypatch, "explore", "none.tcpv")
    assert (code, document["states"], document["diagnostics"][0]["code"]) == (2, None, "TV107")


def test_explore(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, document = run(capsys, monkeypatch, "explore", "x.tcpv", "--scenario", "once")
    assert code == 0
    assert set(document) >= {"states", "transitions", "depth", "complete", "deadlocks", "seconds"}
    assert (document["states"], document["complete"], document["deadlocks"]) == (3, True, 1)


def test_coverage() -> None:
    states = (Place("R", "A", "x:1:1", True), Place("R", "B", "x:2:1", False))
    handlers = (
        Place("R", "on go", "x:3:1", False, ("RFC 1",)),
        Place("R", "on no", "x:4:1", True, ("RFC 1", "2")),
    )
    document = verify_document(Outcome((), coverage=(Coverage("x", states, handlers, 2, 1),)))
    [told] = document["coverage"]
    assert told["states"] == {
        "reached": 1,
        "total": 2,
        "missed": [{"role": "R", "text": "B", "place": "x:2:1"}],
    }
    assert told["clauses"] == {"reached": 2, "total": 2, "missed": []}
    assert (told["handlers"]["reached"], told["instances"], told["enumerated"]) == (1, 2, 1)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_any_names(results: list) -> None:
    outcome = Outcome(tuple(results))
    text = dumps(verify_document(outcome))
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert [r["verdict"] in WORDS for r in json.loads(text)["results"]] == [True] * len(results)
    assert summary(outcome, {}, []).replace("\n", "").isprintable()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=50))
def test_markdown_shows_names_literally(name: str) -> None:
    count = CountResult("f", name, (), (), 1, 1, "explicit", None, 0.0)
    text = summary(Outcome((count,)), {}, [Picture(name, name, None, name)])
    table = [line for line in text.splitlines() if line.startswith("| f ")]
    assert len(table) == 1
    assert len([c for i, c in enumerate(table[0]) if c == "|" and table[0][i - 1] != "\\"]) == 10
    assert not [c for i, c in enumerate(text) if c in "<`" and text[i - 1] != "\\"]
