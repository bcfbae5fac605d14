"""Instances are elaborated one by one, when it is their turn; mistakes are told as if all were first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcpverify.lang.elaborate import Model
from tcpverify.pipeline import check, plan
from tcpverify.pipeline.lint import lint
from tcpverify.pipeline.load import Spec, load
from tcpverify.pipeline.plan import Request
from tcpverify.result import CountResult, Result

SWEEP = """
param n : 0..9 = 5
message M { x : 0..3 }
role R { var x : n..9 = 7  call go  state S initial { on call go -> T }  state T { } }
network one { endpoint A : R }
scenario s on one { }
property p : always A.x == 7
check c { for n in LO..HI  run s  expect p : holds  expect no_deadlock : violated in 1 }
check d { run s  expect p : holds  expect no_deadlock : violated in 1 }
"""


def spec(folder: Path, lo: int, hi: int) -> Spec:
    file = folder / "x.tcpv"
    file.write_text(SWEEP.replace("LO", str(lo)).replace("HI", str(hi)))
    return load(file)


def test_the_first_result_comes_before_the_last_instance_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    plain = plan.elaborate

    def elaborate(*arguments: object) -> Model | None:
        made.append(len(seen))
        return plain(*arguments)  # type: ignore[arg-type]

    seen: list[Result | CountResult] = []
    monkeypatch.setattr(plan, "elaborate", elaborate)
    outcome = check.verify(spec(tmp_path, 0, 7), Request(), told=seen.append)
    each = len(outcome.results) // 9
    assert made == [0, 0, *(each * k for k in range(1, 8))]
    assert tuple(seen) == outcome.results
    labels = [dict(r.instance).get("n") for r in outcome.results if r.prop.name == "p"]  # type: ignore[union-attr]
    assert labels == [*map(str, range(8)), None]


def test_mistakes_that_come_late_leave_no_results(tmp_path: Path) -> None:
    found = spec(tmp_path, 6, 9)
    outcome = check.verify(found, Request())
    assert (outcome.results, [d.code for d in outcome.errors]) == ((), ["TV303"])
    assert [d for d in lint(found) if d.severity == "error"] == list(outcome.errors)


def test_mistakes_that_come_first_are_found_before_anything_is_decided(tmp_path: Path) -> None:
    seen: list[Result | CountResult] = []
    outcome = check.verify(spec(tmp_path, 8, 9), Request(), told=seen.append)
    assert (seen, outcome.results, len(outcome.errors)) == ([], (), 1)
