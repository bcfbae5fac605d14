"""`--jobs`: several processes, one output; and none of them left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import checked, environment
from tests.cli.specs import SLOW, UNMET, spec

SWEPT = spec("stays : violated in 1", "far : holds when limit > 3", "no_deadlock : violated",
             head="for limit in 1..9", run="long")  # fmt: skip

AT_ONCE = (
    "from tcpverify.pipeline import jobs; jobs.PATIENCE = 0; from tcpverify.cli.process import run; run()"
)
"""The command line, but other processes begin at once."""

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


RUNNING: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def _none_is_left() -> Iterator[None]:
    """Whatever a test comes to, what it started does not go on."""
    yield
    while RUNNING:
        one = RUNNING.pop()
        with suppress(ProcessLookupError):
            os.killpg(one.pid, signal.SIGKILL)
        one.communicate()


def started(*arguments: str) -> subprocess.Popen[str]:
    running = subprocess.Popen(
        [sys.executable, "-c", AT_ONCE, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True, start_new_session=True,
    )  # fmt: skip
    RUNNING.append(running)
    return running


def of_session(session: int) -> list[int]:
    """The processes of a session that are there, zombies among them."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(words[3]) == session:
                found.append(int(folder.name))
    return found


def waited_for(what: Callable[[], bool], seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    return what()


def untimed(text: str) -> str:
    return re.sub(r'("seconds": |, )[\d.]+( s)?', r"\1T", text)


@pytest.mark.parametrize(
    "more", [(), ("--format", "json"), ("--fail-fast",), ("--traces", "none", "--strict")]
)
def test_the_output_does_not_depend_on_the_processes(more: tuple[str, ...]) -> None:
    Path("specs").mkdir()
    for name, text in (("a", SWEPT), ("b", UNMET), ("c", SWEPT.replace("never A in DONE", "never A in DON"))):
        (Path("specs") / f"{name}.tcpv").write_text(text)
    found = []
    for jobs in ("1", "2"):
        running = started("verify", *more, "--jobs", jobs)
        out, err = running.communicate(timeout=60)
        checked(out + err)
        found.append((running.returncode, untimed(out), err))
    assert found[0] == found[1]


def test_sweep_and_its_heat_map() -> None:
    Path("x.tcpv").write_text(SWEPT)
    words = ("sweep", "x.tcpv", "--check", "c", "--property", "far", "--output", "map.svg")
    found = []
    for jobs in ("1", "2"):
        out, err = started(*words, "--jobs", jobs).communicate(timeout=60)
        found.append((untimed(out), err, Path("map.svg").read_text()))
    assert found[0] == found[1]


def test_progress_as_json() -> None:
    Path("x.tcpv").write_text(SWEPT)
    _, err = started("verify", "x.tcpv", "--jobs", "2", "--progress", "jsonl").communicate(timeout=60)
    events = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert events[-1]["event"] == "done"
    assert events[-1]["decided"] >= 18


@needs_proc
@pytest.mark.parametrize("everyone", [True, False], ids=["terminal", "kill"])
def test_an_interrupt_leaves_what_was_found_and_no_process(everyone: bool) -> None:
    Path("x.tcpv").write_text(SLOW.replace("{ 1, 9999 }", "{ 9998, 1, 2, 9999 }"))
    running = started("verify", "x.tcpv", "--traces", "none", "--jobs", "3")
    assert waited_for(lambda: len(of_session(running.pid)) == 4)
    time.sleep(1.5)
    (os.killpg if everyone else os.kill)(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert running.returncode == 130
    checked(out + err)
    assert all(f"limit={n}  " in out for n in (1, 2, 9998, 9999))
    assert "interrupted" in out
    assert not of_session(running.pid)


@needs_proc
def test_no_process_outlives_the_one_that_started_it() -> None:
    Path("x.tcpv").write_text(SLOW.replace("{ 1, 9999 }", "{ 9998, 9999 }"))
    running = started("verify", "x.tcpv", "--jobs", "2")
    assert waited_for(lambda: len(of_session(running.pid)) == 3)
    running.kill()
    running.communicate(timeout=20)
    assert waited_for(lambda: not of_session(running.pid))


@needs_proc
def test_a_process_that_is_killed() -> None:
    slow = SLOW.replace("{ 1, 9999 }", "{ 9998, 1, 2 }").replace("  expect idle : holds\n", "")
    Path("x.tcpv").write_text(slow)
    running = started("verify", "x.tcpv", "--traces", "none", "--jobs", "2")
    assert waited_for(lambda: len(of_session(running.pid)) == 3)
    time.sleep(1.5)
    busy = max((pid for pid in of_session(running.pid) if pid != running.pid), key=worked)
    os.kill(busy, signal.SIGKILL)
    out, err = running.communicate(timeout=30)
    checked(out + err)
    assert running.returncode == 3
    assert "its process died (signal SIGKILL)" in out
    assert "limit=2  " in out
    assert not of_session(running.pid)


def worked(pid: int) -> int:
    """The time that a process has worked, in ticks."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def test_a_fault_in_a_process() -> None:
    Path("x.tcpv").write_text(SWEPT)
    broken = AT_ONCE.replace("; from", "; from tcpverify.pipeline import decide; decide.ask = None; from", 1)
    for jobs in ("1", "2"):
        words = [sys.executable, "-c", broken, "verify", "x.tcpv", "--jobs", jobs]
        done = subprocess.run(
            words, capture_output=True, env=environment(), text=True, timeout=60, check=False
        )
        assert done.returncode == 4
        assert "error[TV901]: internal error: check c (limit=1): TypeError" in done.stderr
        assert "Traceback" not in done.stderr
