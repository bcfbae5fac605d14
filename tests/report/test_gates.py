"""Reports for gates: the schemas of others, places, fingerprints, the bytes, and what cannot be written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from cli.conftest import Tool, _plain, tool  # noqa: F401
from cli.specs import MET, UNMET, spec

from tcpverify.cli.gates import root

SCHEMAS = Path(__file__).parent / "schemas"
JUNIT = xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))
SARIF = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text("utf-8")))

SWEPT = spec("stays : holds", "both : reachable", "no_deadlock : violated", head="for limit in 1..2")
BROKEN = "check x { run nowhere }\n"
ALL = ("--junit", "out/j.xml", "--sarif", "out/s.sarif", "--gitlab", "out/g.json", "--github")


@pytest.fixture
def specs() -> None:
    """Specs that are met, unmet in two instances, and broken."""
    Path("specs").mkdir()
    for name, text in {"met": MET, "unmet": SWEPT, "broken": BROKEN}.items():
        Path(f"specs/{name}.tcpv").write_text(text)


def line_of(text: str, what: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if what in line)


def sarif() -> Any:
    document = json.loads(Path("out/s.sarif").read_text())
    SARIF.validate(document)
    return document["runs"][0]


def region(node: Any) -> Any:
    return node["physicalLocation"]["region"]


# --- Each format -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("specs")
def test_all_at_once(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The four formats of one run tell the same findings, and each fits the schema that others read it by."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path("summary.md").write_text("before\n")
    answer = tool("verify", "specs", *ALL)
    assert answer.code == 2
    JUNIT.validate("out/j.xml")
    unmet = ["stays", "both"] * 2
    rules = ["property-violated", "goal-unreachable"] * 2 + ["TV201"]
    assert [r["ruleId"] for r in sarif()["results"] if r["level"] == "error"] == rules
    issues = json.loads(Path("out/g.json").read_text())
    assert [i["check_name"] for i in issues if i["severity"] == "major"] == rules
    cases = ElementTree.parse("out/j.xml").getroot().findall("testsuite/testcase")
    failed = [c for c in cases if c.find("failure") is not None]
    assert [str(c.get("name")).split()[0] for c in failed] == unmet
    assert len([c for c in cases if c.find("error") is not None]) == 1
    commands = [line for line in answer.out.splitlines() if line.startswith("::error ")]
    assert len(commands) == 5
    summary = Path("summary.md").read_text()
    assert summary.startswith("before\n## tcpverify\n")
    assert summary.count("❌") == 4 and summary.count("❔") == 1
    assert summary.count("```mermaid\nsequenceDiagram\n") == summary.count("[DONE]") == 2


@pytest.mark.usefixtures("specs")
def test_junit(tool: Tool) -> None:  # noqa: F811
    """A suite is a check; the body of a failure is the ladder and the command; nothing is counted twice."""
    tool("verify", "specs/unmet.tcpv", *ALL)
    root_ = ElementTree.parse("out/j.xml").getroot()
    (suite,) = root_.findall("testsuite")
    assert suite.get("name") == "specs/unmet.tcpv: c"
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("14", "4", "0")
    assert len(suite.findall("testcase")) == 14
    body = suite.find("testcase/failure")
    assert body is not None and body.text is not None
    assert "A calls go" in body.text and "stays is violated after step 1" in body.text
    again = "tcpverify verify specs/unmet.tcpv --check c --property stays -p limit=1"
    assert body.text.endswith(f"to see it again:\n  {again}\n")


@pytest.mark.usefixtures("specs")
def test_places(tool: Tool) -> None:  # noqa: F811
    """What is unmet is shown at its `expect`, a step at its handler, a diagnostic where it is."""
    answer = tool("verify", "specs", *ALL)
    at = line_of(SWEPT, "expect stays")
    first = next(r for r in sarif()["results"] if r["ruleId"] == "property-violated")
    assert region(first["locations"][0])["startLine"] == at
    assert region(first["locations"][0])["endColumn"] == len("  expect stays : holds") + 1
    file = first["locations"][0]["physicalLocation"]["artifactLocation"]
    assert file == {"uri": "specs/unmet.tcpv", "uriBaseId": "SRCROOT"}
    (thread,) = first["codeFlows"][0]["threadFlows"]
    assert thread["id"] == "A"
    (step,) = thread["locations"]
    assert step["executionOrder"] == 1
    assert region(step["location"])["startLine"] == line_of(SWEPT, "on call go")
    assert step["location"]["message"]["text"].startswith("1. A calls go")
    assert f"::error file=specs/unmet.tcpv,line={at},endLine={at}," in answer.out
    assert "::error file=specs/broken.tcpv,line=1,endLine=1," in answer.out
    issues = json.loads(Path("out/g.json").read_text())
    assert issues[0]["location"] == {"path": "specs/unmet.tcpv", "lines": {"begin": at}}


def test_threads_of_endpoints(tool: Tool) -> None:  # noqa: F811
    """Each endpoint that acts has a thread, the network has one, and the order of the steps is kept."""
    text = spec("far : holds", "no_deadlock : violated", run="long").replace("capacity 1", "loss at most 1")
    text = text.replace("on receive any ignore", "on receive SYN { n := 3 }")
    text = text.replace("never A.n == 3 and B.n == 3", "never B.n == 3 and A in DONE and A.n == 3")
    Path("x.tcpv").write_text(text)
    tool("verify", "x.tcpv", *ALL)
    found = next(r for r in sarif()["results"] if r["ruleId"] == "property-violated")
    threads = found["codeFlows"][0]["threadFlows"]
    assert {t["id"] for t in threads} == {"A", "B"}
    orders = [[s["executionOrder"] for s in t["locations"]] for t in threads]
    assert all(order == sorted(set(order)) for order in orders)
    assert sorted(n for order in orders for n in order) == list(range(1, sum(map(len, orders)) + 1))


def test_no_finding(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """What is met leaves reports without errors, and no annotation but warnings."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path("x.tcpv").write_text(MET)
    answer = tool("verify", "x.tcpv", *ALL)
    assert answer.code == 0 and "::error" not in answer.out
    JUNIT.validate("out/j.xml")
    assert {r["ruleId"] for r in sarif()["results"]} == {"TV416"}
    assert {i["severity"] for i in json.loads(Path("out/g.json").read_text())} == {"minor"}
    assert "9 of 9 passed" in Path("summary.md").read_text()


def test_inconclusive(tool: Tool) -> None:  # noqa: F811
    """What was not decided is an error, not a pass."""
    Path("x.tcpv").write_text(MET)
    assert tool("verify", "x.tcpv", "--max-states", "1", *ALL).code == 3
    cases = ElementTree.parse("out/j.xml").getroot().findall("testsuite/testcase/error")
    found = [r for r in sarif()["results"] if r["ruleId"] == "inconclusive"]
    assert len(cases) == len(found) > 0
    assert {r["level"] for r in found} == {"error"}


def test_strict(tool: Tool) -> None:  # noqa: F811
    """With --strict a warning fails the gate in every format, without it in none."""
    Path("x.tcpv").write_text(spec("stays : violated in 1"))
    assert tool("verify", "x.tcpv", *ALL).code == 0
    assert {r["level"] for r in sarif()["results"]} == {"warning"}
    assert not ElementTree.parse("out/j.xml").getroot().findall(".//failure")
    answer = tool("verify", "x.tcpv", "--strict", *ALL)
    assert answer.code == 1 and "::error " in answer.out
    assert {r["level"] for r in sarif()["results"]} == {"error"}
    assert ElementTree.parse("out/j.xml").getroot().findall(".//failure")
    JUNIT.validate("out/j.xml")


def test_nothing_to_check(tool: Tool) -> None:  # noqa: F811
    """A folder without specs is no green gate."""
    Path("specs").mkdir()
    assert tool("verify", "specs", *ALL).code == 5
    assert [r["ruleId"] for r in sarif()["results"]] == ["TV507"]
    assert ElementTree.parse("out/j.xml").getroot().get("errors") == "1"


def test_json_on_stdout(tool: Tool) -> None:  # noqa: F811
    """With --format json the annotations go to stderr, so that stdout is one object."""
    Path("x.tcpv").write_text(UNMET)
    answer = tool("verify", "x.tcpv", "--format", "json", "--github")
    assert json.loads(answer.out)["summary"]["unmet"] == 1
    assert "::error file=x.tcpv" in answer.err


# --- The same bytes ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("specs")
def test_deterministic(tool: Tool) -> None:  # noqa: F811
    """The same specs give the same bytes, however many processes and threads there are."""

    def files() -> list[bytes]:
        return [path.read_bytes() for path in sorted(Path("out").iterdir())]

    tool("verify", "specs", *ALL)
    before = files()
    tool("verify", "specs", "--jobs", "2", "--threads", "2", *ALL)
    assert [text.replace(b" --threads 2", b"") for text in files()] == before
    assert len(before) == 3


@pytest.mark.usefixtures("specs")
def test_fingerprints(tool: Tool) -> None:  # noqa: F811
    """Fingerprints are all different, and stay when lines move."""

    def marks() -> list[str]:
        found = [r["partialFingerprints"]["tcpverifyFinding/v1"] for r in sarif()["results"]]
        assert len(set(found)) == len(found) > 4
        assert found == [i["fingerprint"] for i in json.loads(Path("out/g.json").read_text())]
        return found

    tool("verify", "specs", *ALL)
    before = marks()
    for path in Path("specs").iterdir():
        path.write_text("# moved\n\n" + path.read_text())
    tool("verify", "specs", *ALL)
    assert marks() == before


def test_paths_from_the_root(tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Paths are relative to the repository, as far as the environment says where that is."""
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    Path("x y.tcpv").write_text(UNMET)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    tool("verify", str(tmp_path / "sub/x y.tcpv"), *ALL)
    location = sarif()["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "sub/x%20y.tcpv", "uriBaseId": "SRCROOT"}
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "elsewhere"))
    assert root() == tmp_path / "sub"
    (tmp_path / "up.tcpv").write_text(UNMET)
    tool("verify", "../up.tcpv", *ALL)
    location = sarif()["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "../up.tcpv"}


# --- Files that cannot be written --------------------------------------------------------------------


def test_all_or_none(tool: Tool) -> None:  # noqa: F811
    """If one report cannot be written, none is, the old ones stay, and the exit code says so."""
    Path("x.tcpv").write_text(MET)
    Path("j.xml").write_text("old")
    Path("folder").mkdir()
    answer = tool("verify", "x.tcpv", "--junit", "j.xml", "--sarif", "folder", "--github")
    assert answer.code == 2
    assert "TV506" in answer.err and "::error title=tcpverify%3A TV506::" in answer.out
    assert Path("j.xml").read_text() == "old"
    assert sorted(p.name for p in Path().iterdir()) == ["folder", "j.xml", "x.tcpv"]


def test_one_file_for_two(tool: Tool) -> None:  # noqa: F811
    Path("x.tcpv").write_text(MET)
    answer = tool("verify", "x.tcpv", "--junit", "r", "--sarif", "r")
    assert answer.code == 2 and "TV505" in answer.err
    assert not Path("r").exists()


def test_links_and_devices(tool: Tool) -> None:  # noqa: F811
    """A link in the way is replaced, what it leads to stays; a device is refused."""
    Path("x.tcpv").write_text(MET)
    Path("precious").write_text("kept")
    Path("j.xml").symlink_to("precious")
    assert tool("verify", "x.tcpv", "--junit", "j.xml").code == 0
    assert Path("precious").read_text() == "kept" and not Path("j.xml").is_symlink()
    answer = tool("verify", "x.tcpv", "--junit", "/dev/null")
    assert answer.code == 2 and "TV506" in answer.err


def test_summary_that_cannot_be_written(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "no/such/folder")
    Path("x.tcpv").write_text(MET)
    answer = tool("verify", "x.tcpv", "--github")
    assert answer.code == 2 and re.search("TV506.*no/such/folder", answer.err)
