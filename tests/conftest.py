"""Golden files: `golden(name, text)` compares with tests/golden/name; `--update-golden` rewrites it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ["TCPVERIFY_NO_CACHE"] = "1"
"""Tests decide everything themselves; those of the cache say so."""

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background: nor would what tests start
    signal.signal(signal.SIGINT, signal.default_int_handler)

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files of the tests run")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """A function that compares a text with a golden file."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        assert path.exists(), f"no golden file {name}: run pytest --update-golden and look at it"
        assert text == path.read_text(encoding="utf-8")

    return compare
