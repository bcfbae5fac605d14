"""What is told of a long run: the line on a terminal, and JSON for programs."""

from __future__ import annotations

import json
import sys
from io import StringIO

import pytest

from tcpverify.cli.estimate import Sample
from tcpverify.cli.status import Status, line, progress_record, remaining, short
from tcpverify.limits import Limits, Progress
from tcpverify.verdict import Statistics


class Terminal(StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal of 60 cells for stderr."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", found := Terminal())
    return found


def test_the_line_comes_late_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch)
    now = [0.0]
    with Status(Limits(clock=lambda: now[0])) as status:
        status.progress(Progress(10, 20, 3, 4))
        assert stream.getvalue() == ""
        now[0] = 2.0
        status.progress(Progress(12345678, 20, 3, 4))
        assert stream.getvalue() == "\r\x1b[K12,345,678 states, 6.2 M/s, depth 3, frontier 4"
        status.told()
        assert stream.getvalue().endswith("\r\x1b[K")
        now[0] = 4.0
        status.progress(Progress(0, 0, 1, 0))
        now[0] = 9.0
        status.progress(Progress(0, 0, 7, 0))
        assert stream.getvalue().endswith("\r\x1b[K1 decided; now unrolled 7 steps, 7 s")
    assert stream.getvalue().endswith("\r\x1b[K")


def test_the_line_is_no_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch)
    now = [0.0]
    status = Status(Limits(clock=lambda: now[0]))
    now[0] = 5.0
    status.progress(Progress(10**12, 10**13, 10**6, 10**10, 1 << 40))
    assert len(stream.getvalue()) == len("\r\x1b[K") + 59


def test_no_line_without_a_terminal_or_when_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch)
    Status(Limits(clock=iter(range(100)).__next__), "none").progress(Progress(1, 1, 1, 1))
    assert stream.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", plain := StringIO())
    Status(Limits(clock=iter(range(100)).__next__)).progress(Progress(1, 1, 1, 1))
    assert plain.getvalue() == ""


def test_everything_on_the_line() -> None:
    history = tuple(
        Sample(float(d), Progress(1_000_000 * d, 5_000_000 * d, d, 2**d, 310 << 20)) for d in range(1, 6)
    )
    assert line(5.0, history) == ("5,000,000 states, 1.0 M/s, depth 5, frontier 32, 310 MiB, still growing")


def test_numbers_in_short() -> None:
    told = [short(n) for n in (0, 950, 1_500, 48_000, 3_100_000, 2e10)]
    assert told == ["0", "950", "1.5 k", "48 k", "3.1 M", "20 G"]


def test_what_is_left_in_words() -> None:
    assert remaining(None) is None
    assert remaining("growing") == "still growing"
    assert remaining((5.2, 19.3)) == "5-20 s left"
    assert remaining((0.0, 0.2)) == "0-1 s left"
    assert remaining((130.0, 590.0)) == "2-10 min left"
    assert remaining((7300.0, 36000.0)) == "2-10 h left"


def test_json_goes_anywhere_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(sys, "stderr", stream := StringIO())
    with Status(Limits(clock=lambda: now[0]), "jsonl") as status:
        for at, states in ((0.0, 10), (0.01, 20), (1.0, 30)):
            now[0] = at
            status.progress(Progress(states, 50, 3, 4, 640))
        status.counted(Statistics(40, 60, 5, True, 0, None))
    first, second, done = map(json.loads, stream.getvalue().splitlines())
    assert first["states"] == 10
    assert second == {
        "event": "progress", "version": 1, "seconds": 1.0, "states": 30, "transitions": 50, "depth": 3,
        "frontier": 4, "memory": 640, "states_per_second": 20, "eta": None, "decided": 0,
    }  # fmt: skip
    assert done == {"event": "done", "version": 1, "seconds": 1.0, "states": 40, "transitions": 60,
                    "depth": 5, "complete": True, "decided": 0}  # fmt: skip


def test_an_estimate_as_json() -> None:
    history = tuple(
        Sample(float(d), Progress(1_000_000 + d, 2_000_000 * d, d, 4096 >> d)) for d in range(1, 6)
    )
    low, high = progress_record(5.0, history, 0)["eta"]
    assert 0 <= low <= high
