"""Threads at a level: the leader looks up, helpers are never left running."""

from __future__ import annotations

import threading
from itertools import chain, repeat

import pytest

from tcpverify.explicit.native import crew
from tcpverify.explicit.native.slots import Outcome


def test_all_work_and_are_waited_for() -> None:
    worked: list[int] = []

    def work(member: int) -> Outcome:
        worked.append(member)
        return Outcome.LEVEL_DONE

    assert crew.run(work, [2, 0, 1], lambda: True, lambda: None) == [Outcome.LEVEL_DONE] * 3
    assert sorted(worked) == [0, 1, 2]


def test_the_leader_goes_on_as_long_as_it_may() -> None:
    asked = chain([True, True], repeat(False))
    turns: list[int] = []

    def work(member: int) -> Outcome:
        turns.append(member)
        return Outcome.QUOTA_USED

    assert crew.run(work, [0], lambda: next(asked), lambda: None) == [Outcome.QUOTA_USED]
    assert turns == [0, 0, 0]


def test_helpers_are_stopped_with_the_leader() -> None:
    stopped = threading.Event()

    def work(member: int) -> Outcome:
        if member:
            assert stopped.wait(60)
            return Outcome.STOPPED
        return Outcome.QUOTA_USED

    found = crew.run(work, [0, 1, 2], lambda: False, stopped.set)
    assert found == [Outcome.QUOTA_USED, Outcome.STOPPED, Outcome.STOPPED]


def test_the_leader_looks_up_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "PATIENCE", 0.001)
    stopped, asked = threading.Event(), chain([True] * 3, repeat(False))

    def work(member: int) -> Outcome:
        return Outcome.STOPPED if member and stopped.wait(60) else Outcome.REGION_FULL

    assert Outcome.STOPPED in crew.run(work, [0, 1], lambda: next(asked), stopped.set)


def test_an_interrupt_waits_for_all_helpers() -> None:
    stopped, begun, running = threading.Event(), threading.Barrier(3), threading.Event()
    left = [2]

    def work(member: int) -> Outcome:
        begun.wait(60)
        if member == 0:
            raise KeyboardInterrupt
        running.set()
        assert stopped.wait(60)
        left[0] -= 1
        return Outcome.STOPPED

    with pytest.raises(KeyboardInterrupt):
        crew.run(work, [0, 1, 2], lambda: True, stopped.set)
    assert running.is_set() and left == [0]


def test_fewer_threads_than_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert crew.run(lambda _: Outcome.LEVEL_DONE, [0, 1], lambda: True, lambda: None) == [Outcome.LEVEL_DONE]
