"""The Python API: what docs/api.md says, and what a notebook shows."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.specs import MET, UNMET, spec

import tcpverify

ROOT = Path(__file__).parents[1]


def test_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of docs/api.md gives what it says."""
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(ROOT / "docs/api.md"), module_relative=False)
    assert found.attempted > 15
    assert found.failed == 0


def test_importing_is_light() -> None:
    """Only what is used is loaded."""
    code = "import sys, tcpverify; dir(tcpverify); print(sorted(m for m in sys.modules if 'tcpverify' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "['tcpverify']"


def test_the_same_json_as_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "x.tcpv"
    path.write_text(MET)
    ours = tcpverify.load(path).verify().to_json()
    done = subprocess.run([sys.executable, "-m", "tcpverify", "verify", str(path), "--format", "json"],
                          capture_output=True, text=True, cwd=ROOT, check=False)  # fmt: skip
    theirs = json.loads(done.stdout)
    for document in (ours, theirs):
        document["summary"].pop("seconds")
        for result in document["results"]:
            result.pop("seconds")
    assert ours == theirs


def test_every_name_is_there() -> None:
    assert all(getattr(tcpverify, name) for name in tcpverify.__all__)
    with pytest.raises(AttributeError):
        tcpverify.nothing  # noqa: B018


def test_html_is_escaped() -> None:
    """Nothing of a spec acts in a notebook."""
    text = UNMET.replace("check c {", 'check c cite "<script>alert(1)</script>" {')
    outcome = tcpverify.loads(text, "<b>&.tcpv").verify()
    table = outcome._repr_html_()
    assert "<script" not in table and "<b>" not in table
    ElementTree.fromstring(f"<div>{table}</div>")
    trace = outcome["c", "stays"].trace
    assert trace is not None
    assert "<script" not in trace._repr_html_()
    assert ElementTree.fromstring(trace._repr_html_()).tag.endswith("svg")


def test_any_number_of_processes_finds_the_same() -> None:
    loaded = tcpverify.loads(spec("stays : violated in 1", head="for limit in 1..3"))
    found = [[(r.property, r.instance, r.verdict) for r in loaded.verify(jobs=n)] for n in (1, 2)]
    assert found[0] == found[1] and len(found[0]) > 3


def test_what_is_not_there() -> None:
    outcome = tcpverify.loads(MET).verify(property="stays")
    assert len(outcome) == 1
    assert outcome["c", "stays"].verdict == "violated"
    with pytest.raises(KeyError):
        outcome["c", "gets"]
    for wrong in ({"check": "d"}, {"property": "x"}, {"params": {"limits": 1}}, {"params": {"limit": -1}}):
        with pytest.raises(tcpverify.ModelError):
            tcpverify.loads(MET).verify(**wrong)
    with pytest.raises(tcpverify.ModelError):
        tcpverify.load("/nowhere.tcpv")


def test_a_trace_and_its_file(tmp_path: Path) -> None:
    path = tmp_path / "x.tcpv"
    path.write_text(MET)
    trace = tcpverify.load(path).verify()["c", "stays"].trace
    assert trace is not None
    file = tmp_path / "t.itf.json"
    file.write_text(json.dumps(trace.to_itf()))
    assert repr(tcpverify.open_trace(file)) == repr(trace)
