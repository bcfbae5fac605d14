"""Instances in several processes: the answers are those of one, whatever happens to the others."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tcpverify.diagnostics import Broken
from tcpverify.limits import Limits, Progress
from tcpverify.pipeline import Request, decide, jobs, load, load_text, verify, workers
from tcpverify.pipeline.ask import Answer, ask
from tcpverify.pipeline.jobs import Jobs
from tcpverify.report.json import dumps, verify_document
from tcpverify.result import Exit, FindResult, Outcome, Result, exit_code
from tcpverify.verdict import Unknown, word

SPECS = Path(__file__).parents[2] / "specs"
CONDITIONS = Path(__file__).parents[1] / "models" / "conditions.tcpv"

COUNTER = """
param n : 0..9
param m : 1..3 = 1
role R { var x : 0..LARGEST  step up  state S initial { on step up when x < n * m { x := x + 1 } } }
network one { endpoint A : R }
scenario alone on one { }
property reaches : reachable A.x == 6
property below : always A.x < 6
check c { for m in 1..2  for n in 0..9  run alone  EXPECT }
"""
HALVES = "expect below : holds  expect no_deadlock : violated"
FINDS = """check d { for m in 1..3  run alone  find least n in 0..9 such that reaches reachable : 6 }
check e { run alone with n = 9  find weakest network such that below violated }"""


def text(expect: str = HALVES, largest: int = 50, more: str = "") -> str:
    return COUNTER.replace("EXPECT", expect).replace("LARGEST", str(largest)) + more


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes begin with the first instance, and know what this one was made to do."""
    monkeypatch.setattr(jobs, "PATIENCE", 0.0)
    monkeypatch.setattr(jobs, "MORE_PATIENCE", 0.0)
    monkeypatch.setattr(workers, "context", lambda: multiprocessing.get_context("fork"))


def run(source: str, most: int, **more: Any) -> Outcome:
    outcome = verify(load_text(source), Request(jobs=most, **more))
    assert all(p.daemon for p in multiprocessing.active_children()), "a worker is left"
    return outcome


def plain(outcome: Outcome) -> Any:
    """An outcome as JSON, without times."""

    def untimed(value: Any) -> Any:
        match value:
            case dict():
                return {k: untimed(v) for k, v in value.items() if k != "seconds"}
            case list():
                return [untimed(v) for v in value]
            case _:
                return value

    return untimed(json.loads(dumps(verify_document(outcome)))), [str(d) for d in outcome.diagnostics]


Ask = Callable[..., Answer]


def at(n: int, what: Callable[[], object]) -> Ask:
    """Asking an engine, but for the instances with this `n`."""

    def asking(choice: Any, instance: Any, *rest: Any) -> Answer:
        if dict(instance.labels).get("n") == str(n):
            what()
        return ask(choice, instance, *rest)

    return asking


def here_only(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that decided an instance, as far as it was this one."""
    seen: list[int] = []

    def asking(*arguments: Any) -> Answer:
        seen.append(os.getpid())
        return ask(*arguments)

    monkeypatch.setattr(decide, "ask", asking)
    return seen


SAME = {
    "met and unmet": text(),
    "finds": text(more=FINDS),
    "late mistake": text().replace("x : 0..50", "x : n..50 = 7"),
    "warnings": text("expect below : holds when n > 3"),
    "counts": text("expect states 1 + n * m"),
    "symbolic": text("engine both  " + HALVES),
}


@pytest.mark.parametrize("source", SAME.values(), ids=SAME)
def test_as_from_one_process(source: str) -> None:
    spec = load_text(source)
    one, two = verify(spec, Request()), verify(spec, Request(jobs=2))
    assert plain(one) == plain(two)
    assert exit_code(one) == exit_code(two)
    assert (one.errors, one.warnings) == (two.errors, two.warnings)
    for a, b in zip(one.results, two.results, strict=True):
        if isinstance(a, Result) and isinstance(b, Result):
            assert (a.expected, a.prop.span, a.params) == (b.expected, b.prop.span, b.params)
            assert [x.span for x in a.system.actions] == [x.span for x in b.system.actions]


@pytest.mark.parametrize("name", ["abp", "giving_up"])
def test_shipped_specs(name: str) -> None:
    spec = load(SPECS / f"{name}.tcpv")
    assert plain(verify(spec, Request())) == plain(verify(spec, Request(jobs=3)))


def test_conditions() -> None:
    spec = load(CONDITIONS)
    asked = Request(checks=("one", "immortal"))
    one, two = verify(spec, asked), verify(spec, replace(asked, jobs=2))
    assert plain(one) == plain(two) and len(one.results) == 5
    assert all(isinstance(r, FindResult) and r.region is not None for r in two.results)


def test_a_condition_whose_process_died(monkeypatch: pytest.MonkeyPatch) -> None:
    own, found = os.getpid(), decide.condition_result

    def dying(*asked: Any) -> FindResult:
        return found(*asked) if os.getpid() == own else os._exit(1)

    monkeypatch.setattr(decide, "condition_result", dying)
    first, *_ = verify(load(CONDITIONS), Request(checks=("one",), jobs=2)).results
    assert isinstance(first, FindResult) and first.found is None and "its process died" in first.why


def test_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "context", lambda: multiprocessing.get_context("spawn"))
    seen = here_only(monkeypatch)
    assert plain(run(text(more=FINDS), 2)) == plain(run(text(more=FINDS), 1))
    assert len(set(seen)) == 1


def test_the_processes_share_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = here_only(monkeypatch)
    run(text(), 2)
    assert len(seen) <= 1  # the last one, if nothing else is left


def test_several_specs_are_worked_on_together() -> None:
    specs = [load_text(text(), name) for name in "ab"]
    with Jobs(specs, Request(jobs=2), lambda _: None) as both:
        list(both.decided(0))
        assert 1 in both._plans
        assert len(list(both.decided(1))) == 20


def test_a_worker_that_is_killed_leaves_its_instance_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "ask", at(3, lambda: os.kill(os.getpid(), signal.SIGKILL)))
    outcome = run(text(), 2)
    lost = [r for r in outcome.results if isinstance(r, Result) and isinstance(r.verdict, Unknown)]
    assert {r.instance for r in lost} == {(("m", "1"), ("n", "3")), (("m", "2"), ("n", "3"))}
    assert all(r.verdict == Unknown("its process died (signal SIGKILL)") for r in lost)
    others = [word(r.verdict) for r in outcome.results if isinstance(r, Result) and r.prop.name == "below"]
    assert others[4:7] == ["holds", "holds", "violated"]
    assert len(outcome.results) == len(rows(text())) * len(lost) // 2
    assert exit_code(outcome) is Exit.UNMET


def test_a_find_with_a_lost_cell_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "ask", at(3, lambda: os.kill(os.getpid(), signal.SIGKILL)))
    answers = [r for r in run(text(more=FINDS), 2).results if isinstance(r, FindResult)]
    assert [r.answer for r in answers][:3] == ["unknown"] * 3


def boom() -> None:
    raise RuntimeError("boom")


@pytest.mark.parametrize("most", [1, 2])
def test_a_fault_names_its_instance(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(decide, "ask", at(3, boom))
    told: list[object] = []
    with pytest.raises(Broken, match=r"check c \(m=1, n=3\): RuntimeError: boom"):
        verify(load_text(text()), Request(jobs=most), told=told.append)
    assert {dict(r.instance)["n"] for r in told if isinstance(r, Result)} == {"0", "1", "2"}
    assert all(p.daemon for p in multiprocessing.active_children()), "a worker is left"


def test_what_wants_more_memory_is_decided_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = here_only(monkeypatch)
    monkeypatch.setattr(workers, "_is_short_of_memory", lambda _: True)
    assert plain(run(text(), 2)) == plain(run(text(), 1))
    assert len(seen) == 40


@pytest.mark.parametrize(
    ("reason", "short"),
    [("stopped for lack of memory (3 MiB left): 8 states", True), ("stopped after 1 s", False)],
)
def test_what_is_short_of_memory(reason: str, short: bool) -> None:
    found = decide.lost(load_text(text()), Request(), rows(text())[0], reason)
    assert workers._is_short_of_memory(found) is short


def rows(source: str) -> Sequence[Any]:
    with Jobs([load_text(source)], Request(), lambda _: None) as here:
        return here.planned(0).rows


def test_memory_is_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcpverify.memory.left", lambda: 10 << 30)
    monkeypatch.setattr("tcpverify.memory.resident", lambda: 1 << 30)
    assert jobs._room(Limits()) == 8 << 30
    assert jobs._room(Limits(max_memory=3 << 30)) == 2 << 30
    assert jobs._room_for(Limits(max_memory=3 << 30), 64) == 8
    assert jobs._room_for(Limits(max_memory=1 << 20), 64) == 0


def test_without_memory_for_two_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = here_only(monkeypatch)
    run(text(), 2, limits=Limits(max_memory=64 << 20))
    assert len(seen) == 20


def test_a_system_that_gives_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(workers.Workers, "start", refuse)
    assert plain(run(text(more=FINDS), 2)) == plain(run(text(more=FINDS), 1))


def test_budgets_are_of_each_instance() -> None:
    source = text("budget 1 ms  " + HALVES)
    outcome = run(source, 2)
    assert len(outcome.results) == len(run(source, 1).results)
    assert exit_code(outcome) in (Exit.UNMET, Exit.INCONCLUSIVE)


def test_progress_is_told_of_what_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def asking(choice: Any, instance: Any, model: Any, limits: Any, progress: Any, *_: Any) -> Answer:
        n = int(dict(instance.labels)["n"])
        progress(Progress(states=100 + n, transitions=0, depth=0, frontier=0))
        return ask(choice, instance, model, limits, lambda _: None)

    monkeypatch.setattr(decide, "ask", asking)
    seen: list[int] = []
    verify(load_text(text()), Request(jobs=2), lambda now: seen.append(now.states))
    assert seen
    assert set(seen) <= {100 + n for n in range(10)}


def test_an_interrupt_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        if os.getpid() != parent:
            os.kill(parent, signal.SIGINT)
            while True:
                signal.pause()

    parent = os.getpid()
    monkeypatch.setattr(decide, "ask", at(5, stop))
    outcome = run(text(), 2)
    assert outcome.interrupted
    found = [
        dict(r.instance)["n"] for r in outcome.results if isinstance(r, Result) and r.prop.name == "below"
    ]
    assert found[:5] == ["0", "1", "2", "3", "4"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("find", ["find least n in 0..9 such that reaches reachable : 6",
                                  "find least n in 0..5 such that reaches reachable : none"])  # fmt: skip
@pytest.mark.parametrize("sweep", ["", "for m in 1..1"])
def test_what_is_swept_needs_no_default(find: str, sweep: str) -> None:
    source = text().replace(" = 1\n", "\n" if sweep else " = 1\n")
    source = source[: source.index("check c")] + f"check c {{ {sweep}  run alone  {find} }}\n"
    outcome = run(source, 1)
    assert not outcome.errors
    assert [r.met for r in outcome.results] == [True]


def test_what_no_check_gives_a_value_has_none() -> None:
    source = text().replace("for n in 0..9", "")
    assert {d.code for d in run(source, 1).errors} == {"TV305"}
