"""Lassos for machines: their evidence, JSON, summary, page, trace files, state graphs."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tcpverify import api
from tcpverify.cli.main import main
from tcpverify.limits import Limits
from tcpverify.pipeline import load_text
from tcpverify.pipeline.graph import graph
from tcpverify.pipeline.scene import scene
from tcpverify.verdict import Violated, evidence

SPEC = """
role R {
  var n : 0..3
  call up, down, leave
  state S initial {
    on call up when n < 3 { n := n + 1 }
    on call down when n == 3 { n := 1 }
    on call leave when n == 2 { n := 0  goto T }
  }
  state T { }
}
network one { endpoint A : R }
scenario s on one { }
property turns : A.n == 1 leads_to A in T under A.up, A.down
property ends : eventually A in T
property back : always reachable A.n == 1
check c {
  run s
  expect turns : violated in 4
  expect ends : violated in 0
  expect back : violated in 3
  expect no_deadlock : violated
}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.tcpv").write_text(SPEC)


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["tcpverify", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0), capsys.readouterr().out


def outcome() -> api.Outcome:
    return api.load("x.tcpv").verify()


def test_evidence() -> None:
    found = {r.property: (r.evidence, r.met) for r in outcome()}
    assert found["turns"] == ("lasso: 1 step, then 3 again and again", True)
    assert found["ends"] == ("stays in the initial state", True)
    assert found["back"] == ("3 steps", True)
    trace = outcome()["c", "turns"].trace
    assert trace is not None
    path = trace.trace
    for loop, words in ((4, "4 steps, then stays"), (0, "lasso: 4 steps again and again"), (None, "4 steps"),
                        (3, "lasso: 3 steps, then 1 again and again")):  # fmt: skip
        assert evidence(Violated(type(path)(path.system, path.initial, path.steps, loop))) == words


def test_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = run(capsys, monkeypatch, "verify", "x.tcpv", "--format", "json")
    assert code == 0
    found = {r["property"]: r["trace"] for r in json.loads(text)["results"]}
    assert (found["turns"]["length"], found["turns"]["loop"], len(found["turns"]["steps"])) == (4, 1, 4)
    assert found["turns"]["fair_because"] == [
        "call A.down is done in step 4", "call A.up is done in steps 2 and 3"
    ]  # fmt: skip
    assert found["ends"]["loop"] == 0
    assert found["ends"]["fair_because"] == ["it asks for no fairness: what is possible may wait for ever"]
    assert (found["back"]["loop"], found["back"]["fair_because"]) == (None, None)


def test_files(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, _ = run(capsys, monkeypatch, "verify", "x.tcpv", "--output", "out", "--itf", "itf")
    assert code == 0
    text = Path("out/summary.md").read_text()
    assert "lasso\\: 1 step, then 3 again and again" in text
    assert "The run is fair: call A.down is done in step 4; call A.up" in text
    assert "then steps 2 to 4 again, for ever" in Path("out/x-c-turns.svg").read_text()
    file = "itf/x-c-turns.itf.json"
    assert json.loads(Path(file).read_text())["loop"] == 1
    code, text = run(capsys, monkeypatch, "trace", file, "--eval", "A.n")
    assert code == 0
    assert "turns is violated by a run that repeats steps 2 to 4 for ever" in " ".join(text.split())
    values = re.findall(r"^  (?:at the start|after step \d) +(\d)$", text, re.M)
    assert values == ["0", "1", "2", "3", "1"]
    assert text.rstrip().endswith("then steps 2 to 4 again, for ever")
    code, text = run(capsys, monkeypatch, "trace", file, "--format", "json")
    document = json.loads(text)
    assert (document["trace"]["loop"], len(document["trace"]["fair_because"])) == (1, 2)
    page = outcome()._repr_html_()
    assert "lasso: 1 step, then 3 again and again" in page


@pytest.mark.parametrize(("name", "thick"), [("turns", 4 + 4), ("ends", 1 + 1), ("back", 4 + 3)])
def test_graph(name: str, thick: int) -> None:
    """States and steps of the trace are bold, the step that closes the loop too."""
    model = scene(load_text(SPEC), "s", (), {}, (name,)).model
    (prop,) = model.properties
    found = graph(model.system_of(prop), prop, Limits())
    assert isinstance(found.verdict, Violated)
    assert found.drawing is not None
    assert found.drawing.dot.count("penwidth=4") == thick
    assert ("stays for ever" in found.drawing.dot) == (name == "ends")
