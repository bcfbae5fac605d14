"""`tcpverify mutate`: exit codes, text, JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cli.conftest import Tool
from cli.specs import MET, spec


def test_the_score_decides_the_exit_code(tool: Tool) -> None:
    Path("a.tcpv").write_text(MET)
    answer = tool("mutate", "a.tcpv", "--jobs", "1")
    assert answer.code == 0
    assert answer.out.startswith("a.tcpv: score ")
    assert "Survivors: no expectation noticed" in answer.out
    assert "watched by c: stays" in answer.out
    assert tool("mutate", "a.tcpv", "--min-score", "100").code == 1
    assert tool("mutate", "a.tcpv", "--min-score", "1").code == 0


def test_json(tool: Tool) -> None:
    Path("a.tcpv").write_text(MET)
    found = json.loads(tool("mutate", "a.tcpv", "--format", "json", "--jobs", "1").out)
    fates = [m["fate"] for m in found["mutants"]]
    assert {name: fates.count(name) for name in found["counts"]} == found["counts"]
    assert found["counts"]["killed"] > 0
    killed = next(m for m in found["mutants"] if m["fate"] == "killed")
    assert killed["killed_by"]["check"] == "c"
    assert 0 < found["score"] < 1


def test_what_is_kept_is_about_these_texts(tool: Tool) -> None:
    Path("a.tcpv").write_text(MET)
    assert tool("mutate", "a.tcpv", "--check", "c", "--output", "suites/a.json").code == 0
    kept = json.loads(Path("suites/a.json").read_text())
    assert (list(kept["digests"]), kept["checks"], kept["complete"]) == (["a.tcpv"], ["c"], True)
    assert tool("report", "a.tcpv", "--output", "told").code == 0
    page = Path("told/a.md").read_text()
    assert f"{kept['counts']['killed']} of " in page and "mutants killed. Not killed:" in page
    Path("a.tcpv").write_text(MET + "\n")
    assert tool("report", "a.tcpv", "--output", "told").code == 0
    assert "is about another text of this spec" in Path("told/a.md").read_text()


def test_mistakes_of_the_user(tool: Tool) -> None:
    Path("a.tcpv").write_text(MET)
    assert tool("mutate", "missing.tcpv").code == 2
    assert tool("mutate", "a.tcpv", "--check", "nothing").code == 2
    assert tool("mutate", "a.tcpv", "--min-score", "101").code == 2
    Path("b.tcpv").write_text(spec("stays : holds"))
    answer = tool("mutate", "b.tcpv")
    assert answer.code == 5
    assert "stays is violated without any mutation" in answer.err


def test_hostile_names_stay_text(tool: Tool) -> None:
    name = "a\x1b[31m\n::error::x.tcpv"
    Path(name).write_text(MET)
    answer = tool("mutate", name, "--limit", "3")
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert not any(line.startswith("::") for line in answer.out.splitlines())


@pytest.mark.skipif(os.name != "posix", reason="there are no owners to check")
def test_what_is_known_is_told_and_nothing_else_differs(
    tool: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("TCPVERIFY_NO_CACHE")
    Path("a.tcpv").write_text(MET)
    ask = ("mutate", "a.tcpv", "--jobs", "1")
    plain = tool(*ask, "--no-cache", "--output", "0.json").out
    assert tool(*ask, "--output", "1.json").out == plain
    again = tool(*ask, "--output", "2.json").out
    known = json.loads(tool(*ask, "--format", "json").out)["known"]
    assert again == f"{plain}\n{known} of {known} mutants known from an earlier run\n"
    assert tool(*ask, "--no-cache").out == plain
    assert len({Path(f"{n}.json").read_bytes() for n in range(3)}) == 1


@pytest.mark.skipif(os.name != "posix", reason="there are no owners to check")
def test_nothing_is_kept_where_a_change_could_bring_it(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path("cache").resolve()))
    monkeypatch.delenv("TCPVERIFY_NO_CACHE")
    Path("a.tcpv").write_text(MET)
    for _ in range(2):
        assert "known" not in tool("mutate", "a.tcpv", "--jobs", "1").out
    assert not list(Path().rglob("verdicts"))
