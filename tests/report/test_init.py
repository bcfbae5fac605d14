"""A project of `tcpverify init`: green as it is, red when its spec is broken, at the right line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import Answer, Tool, _plain, tool  # noqa: F401

from report.test_gates import ALL, JUNIT, line_of, sarif

SPEC = Path("specs/handshake.tcpv")
WRITTEN = {SPEC, Path(".github/workflows/specs.yml"), Path(".pre-commit-config.yaml")}


@pytest.fixture
def project(tool: Tool) -> Answer:  # noqa: F811
    return tool("init")


def files(folder: Path = Path()) -> set[Path]:
    return {p.relative_to(folder) for p in folder.rglob("*") if not p.is_dir()}


def commands() -> list[list[str]]:
    """What the workflow runs of ours, as words."""
    text = Path(".github/workflows/specs.yml").read_text()
    found = re.findall(r"- run: (?:>-\s+)?tcpverify (.*(?:\n {10}\S.*)*)", text)
    return [words.split() for words in found]


def test_what_it_says(project: Answer) -> None:
    assert project.code == 0
    assert {Path(line[6:]) for line in project.out.splitlines() if line.startswith("wrote ")} == WRITTEN
    assert project.out.endswith("next: tcpverify verify specs\n")
    assert files() == WRITTEN


def test_green_as_it_is(tool: Tool, project: Answer) -> None:  # noqa: F811
    """What the workflow and the hooks run passes: layout, and every verdict, without a warning."""
    assert project.code == 0
    assert [words[0] for words in commands()] == ["fmt", "verify"]
    for words in commands():
        assert tool(*words).code == 0
    hooks = re.findall(r"entry: tcpverify (.*)", Path(".pre-commit-config.yaml").read_text())
    assert hooks == ["fmt", "verify specs"]
    assert [tool("fmt", "--check", str(SPEC)).code, tool(*hooks[1].split()).code] == [0, 0]


def test_red_when_the_spec_is_broken_and_green_after_the_mend(
    tool: Tool,  # noqa: F811
    project: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit code 1, an annotation at the `expect` line, the ladder in the summary of the job, and reports that
    fit their schemas."""
    assert project.code == 0
    right = SPEC.read_text()
    broken = right.replace("goto SYN_RECEIVED", "goto ESTABLISHED", 1)
    assert broken != right
    SPEC.write_text(broken)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    answer = tool("verify", "specs", *ALL)
    line = line_of(broken, "expect same_connection, can_open, never_stuck : holds")
    assert answer.code == 1
    assert f"::error file={SPEC},line={line},endLine={line}," in answer.out
    assert "same_connection: violated (1 step), expected holds, in check three_way" in answer.out
    JUNIT.validate("out/j.xml")
    places = [r["locations"][0]["physicalLocation"] for r in sarif()["results"]]
    assert {(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places} >= {(str(SPEC), line)}
    summary = Path("summary.md").read_text()
    assert "sequenceDiagram" in summary
    assert "old SYN seq=5" in summary
    SPEC.write_text(right)
    assert tool("verify", "specs", *ALL).code == 0
    JUNIT.validate("out/j.xml")
    assert sarif()["results"] == []


@pytest.mark.parametrize("name", sorted(map(str, WRITTEN)))
def test_nothing_is_overwritten(tool: Tool, name: str) -> None:  # noqa: F811
    """One file in the way, and none is written."""
    Path("p", name).parent.mkdir(parents=True)
    Path("p", name).write_text("mine")
    answer = tool("init", "p")
    assert answer.code == 2
    assert f"`{Path('p', name)}` is there already" in answer.err
    assert files(Path("p")) == {Path(name)}
    assert Path("p", name).read_text() == "mine"


def _link_to_nowhere() -> None:
    Path("p/.pre-commit-config.yaml").symlink_to("nowhere")


def _link_out() -> None:
    Path("out").mkdir()
    Path("p/specs").symlink_to(Path("out").resolve(), target_is_directory=True)


def _file_for_a_folder() -> None:
    Path("p/.github").write_text("mine")


@pytest.mark.parametrize("put", [_link_to_nowhere, _link_out, _file_for_a_folder])
def test_nothing_is_written_through_what_is_in_the_way(tool: Tool, put: Any) -> None:  # noqa: F811
    Path("p").mkdir()
    put()
    before = files()
    answer = tool("init", "p")
    assert answer.code == 2
    assert "error[TV506]" in answer.err
    assert files() == before


def test_a_folder_that_is_none(tool: Tool) -> None:  # noqa: F811
    Path("file").write_text("mine")
    assert tool("init", "file").code == 2
    assert Path("file").read_text() == "mine"
    assert tool("init", "a folder/of mine").code == 0
    assert files(Path("a folder/of mine")) == WRITTEN
