"""The command line, run in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tcpverify.cli.main import main

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


Tool = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every test in its own folder, without what the environment says of colours and widths."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TCPVERIFY_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Tool:
    """Run the command line in this process; fails on a traceback or a raw control character."""

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["tcpverify", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capfd.readouterr()
        checked(out + err)
        return Answer(int(stop.value.code or 0), out, err)

    return run


def checked(text: str) -> None:
    assert "Traceback" not in text
    assert "error[TV901]" not in text
    assert not {c for c in text if not c.isprintable() and c != "\n"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tcpverify", *arguments]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT), **more}


def process(*arguments: str, **more: str) -> Answer:
    """Run the command line in a process of its own, with these environment variables added."""
    done = subprocess.run(
        command(*arguments), capture_output=True, env=environment(**more), timeout=60, check=False
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
