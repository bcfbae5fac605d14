"""Shards: together they decide what one run does, and each says what is wrong with a spec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Tool
from cli.specs import MODEL
from tcpverify.limits import silent
from tcpverify.pipeline.jobs import Jobs
from tcpverify.pipeline.load import load
from tcpverify.pipeline.plan import Request, shard

CHECKS = "".join(
    f"check c{n} {{ for limit in {n}..3 run once expect stays : violated expect no_deadlock : violated }}\n"
    for n in (1, 2, 3)
)
SPEC = f"{MODEL}property stays : never A in DONE\n{CHECKS}"
FIND = (
    "check f { run once expect no_deadlock : violated find least limit in 1..2 such that stays violated : 1 }"
)


def results(tool: Tool, *words: str) -> list[tuple[str, str, str, str]]:
    answer = tool("verify", "specs", "--format", "json", *words)
    found: list[dict[str, Any]] = json.loads(answer.out)["results"]
    assert answer.code == 0, answer.err
    return [(r["file"], r["check"], str(r["instance"]), r["property"]) for r in found]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_together_they_are_the_whole(tool: Tool, count: int) -> None:
    """Every result is in one shard, and none in two."""
    Path("specs").mkdir()
    Path("specs/a.tcpv").write_text(SPEC)
    Path("specs/b.tcpv").write_text(SPEC + FIND)
    whole = results(tool)
    parts = [results(tool, "--shard", f"{n}/{count}") for n in range(1, count + 1)]
    assert sorted(r for part in parts for r in part) == sorted(whole)
    assert all(part for part in parts)
    assert max(map(len, parts)) < len(whole) or count == 1


def test_a_condition_is_in_one() -> None:
    """So is a `find condition`."""
    spec = load(Path(__file__).parents[1] / "models/conditions.tcpv")

    def rows(request: Request) -> list[tuple[str, bool]]:
        with Jobs([spec], request, silent) as jobs:
            return [(p.instance.check.name.text, p.condition is not None) for p in jobs.planned(0).rows]

    whole = rows(Request())
    parts = [rows(Request(only=shard([spec], Request(), n, 3))) for n in (1, 2, 3)]
    assert sorted(row for part in parts for row in part) == sorted(whole)
    assert all(any(condition for _, condition in part) for part in parts)


def test_mistakes_are_in_each(tool: Tool) -> None:
    """What no check uses is read in every shard."""
    Path("x.tcpv").write_text(SPEC + "property wrong : always nowhere\n")
    for number in (1, 2):
        answer = tool("verify", "x.tcpv", "--shard", f"{number}/2")
        assert answer.code == 2 and "nowhere" in answer.err


def test_an_empty_shard(tool: Tool) -> None:
    """One without a check is no pass."""
    Path("x.tcpv").write_text(SPEC)
    answer = tool("verify", "x.tcpv", "--shard", "4/4")
    assert answer.code == 5 and "more shards than checks" in answer.err


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/2/3", "-1/2", "1/0", ""])
def test_bad(tool: Tool, text: str) -> None:
    assert tool("verify", "x.tcpv", "--shard", text).code == 2
