"""SPIN and Rumur on an exported text: what they count, and which properties they find violated."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest

from tcpverify.ir.system import Property

SECONDS = 120


@dataclass(frozen=True)
class Found:
    """What a checker counted, the initial states left out of the transitions, and what it complained of."""

    states: int
    transitions: int
    violated: frozenset[str]


def needed(*tools: str) -> None:
    """Skip the test if a tool is not there; in CI that is a failure."""
    missing = [tool for tool in tools if which(tool) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def spin(folder: Path, text: str, initial: int = 1, deadlock: bool = False) -> Found:
    """Explore a Promela text with SPIN to the end, past all violations.

    A check that fails is one transition more, back to the same state; where there are several initial
    states, SPIN sees one state before them.
    """
    (folder / "model.pml").write_text(text, encoding="ascii")
    macro = ["-DCHECK_DEADLOCK"] if deadlock else []
    _run(folder, "spin", "-o2", *macro, "-a", "model.pml")
    _run(
        folder,
        "gcc",
        "-O0",
        "-w",
        "-DSAFETY",
        "-DNOREDUCE",
        "-DNOFAIR",
        "-DVECTORSZ=8192",
        "-o",
        "pan",
        "pan.c",
    )
    told = _run(folder, "./pan", "-m1000000", "-E", "-c0", "-w16")
    assert "max search depth too small" not in told
    errors = int(_number(r"errors: (\d+)", told))
    states, transitions = (
        int(_number(r"(\d+) states, stored", told)),
        int(_number(r"(\d+) transitions", told)),
    )
    more = initial if initial > 1 else 0
    names = frozenset(re.findall(r"assertion violated holds\.(\w+)", told))
    return Found(states - (initial > 1), transitions - 1 - more - errors, names)


def rumur(folder: Path, text: str) -> Found:
    """Explore a Murphi text with Rumur to the end; it does not look beyond states that violate."""
    (folder / "model.m").write_text(text, encoding="ascii")
    _run(folder, "rumur", "--deadlock-detection", "off", "--threads", "1", "--max-errors", "1000000",
         "--counterexample-trace", "off", "--output", "model.c", "model.m")  # fmt: skip
    _run(folder, "cc", "-std=c11", "-O0", "-w", "-o", "model", "model.c", "-mcx16", "-lpthread")
    told = _run(folder, "./model", fails=True)
    states, fired = _number(r"(\d+) states, ", told), _number(r"(\d+) rules fired", told)
    names = re.findall(r'invariant "([^"]+)" failed', told)
    errors = set(re.findall(r'error "([^"]*)";', text))
    names += [line.strip().partition(": ")[0] for line in told.splitlines() if line.strip() in errors]
    return Found(int(states), int(fired), frozenset(names))


def names(text: str, properties: Sequence[Property]) -> dict[str, Property]:
    """What the properties are called in a Promela text, which declares a name for each, in order."""
    members = re.search(r"^typedef Properties { (.*) }$", text, re.M)
    told = re.findall(r"byte (\w+)", members[1]) if members else []
    return dict(zip(told, properties, strict=True))


def _number(pattern: str, text: str) -> str:
    found = re.findall(pattern, text)
    assert found, text[-2000:]
    return str(found[-1])


def _run(folder: Path, *command: str, fails: bool = False) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert fails or done.returncode == 0, f"{' '.join(command)}: {(done.stdout + done.stderr)[-2000:]}"
    assert "rror: " not in done.stderr, done.stderr[-2000:]
    return done.stdout
