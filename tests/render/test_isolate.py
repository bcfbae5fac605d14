"""Child processes: results, errors, deaths, time and memory."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tcpverify.isolate import Failure, run_isolated


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
    start = time.monotonic()
    assert run_isolated(hang, 0, 0.5) == Failure("it took more than 0.5 s")
    assert time.monotonic() - start < 10
    assert not multiprocessing.active_children()


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
