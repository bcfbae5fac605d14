"""Races of functions in processes of their own: who is started when, who wins, who is killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tcpverify.isolate import Failure
from tcpverify.race import race

Runner = tuple[Callable[[str], str], str]
SOON = 0.05
"""A head start that nobody waits for."""


def _runners() -> list[BaseProcess]:
    """The children that are at work; those that wait for a next call are daemons."""
    return [child for child in active_children() if not child.daemon]


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    yield
    assert not _runners()


def says(word: str) -> str:
    return word


def sleeps(_: str) -> str:
    while True:
        time.sleep(1)


def is_written(path: str) -> str:
    Path(path).write_text("")
    return "written"


def waits_for(path: str) -> str:
    while not Path(path).exists():
        time.sleep(0.01)
    return "seen"


def raises(text: str) -> str:
    raise ValueError(text)


def dies(_: str) -> str:
    os._exit(3)


def devours(_: str) -> str:
    return str(len(bytearray(600 << 20)))


def judge(word: str) -> tuple[str, bool]:
    """Only an answer in capitals is enough."""
    return f"<{word}>", word.isupper()


def promises(word: str) -> bool:
    return word.istitle()


def raced(*runners: Runner, seconds: float = 20, at_once: int = 2, head_start: float = SOON) -> str | Failure:
    return race(runners, promises, judge, seconds, at_once, 300, head_start=head_start)


def test_the_first_that_settles_it_wins_and_the_others_are_killed() -> None:
    start = time.monotonic()
    assert raced((sleeps, ""), (says, "YES")) == "<YES>"
    assert time.monotonic() - start < 10


def test_where_the_first_answers_in_time_no_other_is_started(tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert raced((says, "YES"), (is_written, str(there)), head_start=15) == "<YES>"
    assert not there.exists()


def test_what_settles_nothing_makes_room_at_once() -> None:
    start = time.monotonic()
    assert raced((says, "no"), (says, "YES"), head_start=15) == "<YES>"
    assert time.monotonic() - start < 10


def test_no_more_at_once_than_there_may_be(tmp_path: Path) -> None:
    there = str(tmp_path / "there")
    runners = [(waits_for, there), (is_written, there)]
    assert raced(*runners, seconds=2, at_once=1) == Failure("it took more than 2 s")
    assert not Path(there).exists()
    assert raced(*runners) == "<seen>"


@pytest.mark.parametrize("loser", [(raises, "wrong"), (dies, ""), (devours, "")])
def test_one_that_fails_ends_nothing(loser: Runner) -> None:
    if loser[0] is devours and sys.platform != "linux":
        pytest.skip("memory is bounded on Linux")
    assert raced(loser, (says, "YES")) == "<YES>"
    assert isinstance(raced(loser, (says, "no")), Failure)


def test_what_promises_much_is_judged_alone_and_the_others_start_anew(tmp_path: Path) -> None:
    there, left = str(tmp_path / "there"), list[int]()

    def judge(word: str) -> tuple[str, bool]:
        left.append(len(_runners()))
        Path(there).write_text("")
        return word, word == "seen"

    runners: list[Runner] = [(waits_for, there), (says, "Promising")]
    assert race(runners, promises, judge, 20, 2, head_start=SOON) == "seen"
    assert left == [0, 0]


def test_where_none_settles_it_the_first_counts() -> None:
    assert raced((raises, "first"), (raises, "second"), (says, "no")) == Failure("ValueError: first")
    assert raced((says, "first"), (says, "second")) == "<first>"
    assert raced((says, "first"), (sleeps, ""), seconds=1.5) == "<first>"


def test_the_first_may_take_longer() -> None:
    assert race([(sleeps, "")], promises, judge, 0.5, 1, grace=0.5) == Failure("it took more than 1 s")


def test_all_are_killed_where_judging_raises_or_is_interrupted() -> None:
    def fails(word: str) -> tuple[str, bool]:
        raise RuntimeError(word)

    with pytest.raises(RuntimeError, match="no"):
        race([(sleeps, ""), (says, "no")], promises, fails, 20, 2, head_start=SOON)

    def interrupts(word: str) -> tuple[str, bool]:
        signal.raise_signal(signal.SIGINT)
        return word, True

    with pytest.raises(KeyboardInterrupt):
        race([(sleeps, ""), (says, "no")], promises, interrupts, 20, 2, head_start=SOON)
