"""Child processes: results, errors, deaths, time and memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tcpverify.background import Background
from tcpverify.isolate import Failure, run_isolated
from tcpverify.kept import run_kept


def double(n: int) -> int:
    return 2 * n


def hang(_: int) -> int:
    while True:
        time.sleep(1)


def raise_error(text: str) -> str:
    raise ValueError(text)


def die(code: int) -> int:
    os._exit(code)


def devour(megabytes: int) -> int:
    return len(bytearray(megabytes << 20))


def lots(n: int) -> bytes:
    return bytes(n)


def unsendable(_: int) -> object:
    return lambda: None


def test_a_result_comes_back() -> None:
    assert run_isolated(double, 21, 20) == 42
    assert run_isolated(lots, 5_000_000, 20) == bytes(5_000_000)


def test_a_hanging_child_is_killed() -> None:
    start, before = time.monotonic(), multiprocessing.active_children()
    assert run_isolated(hang, 0, 0.5) == Failure("it took more than 0.5 s")
    assert time.monotonic() - start < 10
    assert set(multiprocessing.active_children()) <= set(before)


def test_an_error_is_told() -> None:
    assert run_isolated(raise_error, "wrong", 20) == Failure("ValueError: wrong")
    assert isinstance(run_isolated(unsendable, 0, 20), Failure)


def test_a_death_is_told() -> None:
    assert run_isolated(die, 3, 20) == Failure("its process died (exit code 3)")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_memory_is_bounded() -> None:
    assert run_isolated(devour, 600, 20, megabytes=300) == Failure("it took too much memory")
    assert run_isolated(devour, 10, 20, megabytes=300) == 10 << 20


def test_a_script_that_does_not_expect_it_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "plain.py"
    script.write_text(
        "import math\nfrom tcpverify.isolate import run_isolated\nprint(run_isolated(math.sqrt, 4.0, 30))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout == "2.0\n"


def whose(_: int) -> int:
    return os.getpid()


def whose_or_error(n: int) -> int:
    if n < 0:
        raise ValueError(n)
    return os.getpid()


def test_a_kept_child_answers_again() -> None:
    first = run_kept(whose, 0, 20)
    assert first == run_kept(whose, 1, 20) != os.getpid()
    assert first != run_isolated(whose, 2, 20)
    assert first != run_kept(whose, 3, 20, megabytes=500), "another limit is another process"


def test_a_kept_child_that_fails_is_not_kept() -> None:
    first = run_kept(whose_or_error, 0, 20)
    assert run_kept(whose_or_error, -1, 20) == Failure("ValueError: -1")
    assert isinstance(first, int)
    assert run_kept(whose_or_error, 0, 20) not in (first, Failure("interrupted"))
    assert run_kept(hang, 0, 0.5) == Failure("it took more than 0.5 s")


def test_a_kept_child_that_was_killed_is_replaced() -> None:
    first = run_kept(whose, 0, 20)
    assert isinstance(first, int)
    os.kill(first, signal.SIGKILL)
    assert isinstance(again := run_kept(whose, 0, 20), int | Failure)
    assert again != first
    assert isinstance(run_kept(whose, 0, 20), int)


def test_two_at_once_are_two_children() -> None:
    both = [Background(lambda: run_kept(slowly_whose, 1, 20)) for _ in range(2)]
    assert len({b.result() for b in both}) == 2


def slowly_whose(seconds: int) -> int:
    time.sleep(seconds)
    return os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_kept_children_end_with_their_parent(tmp_path: Path) -> None:
    script = tmp_path / "plain.py"
    says = [
        "import multiprocessing, os",
        "from tcpverify.kept import run_kept",
        "run_kept(os.getpgid, 0, 30)",
        "print(multiprocessing.active_children()[0].pid)",
    ]
    script.write_text("\n".join(says) + "\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    child = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{child}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists()
