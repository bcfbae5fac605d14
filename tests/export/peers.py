"""SPIN and Rumur on an exported text: what they count, and which properties they find violated.

What a checker finds is a function of the text without its comments, so a text is given to it once: instances
that differ in nothing else are compared with what it found then. With TCPVERIFY_PEERS_KEEP=FOLDER that is
kept from run to run, and a long run that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import which

import pytest

from tcpverify.ir.system import Property

SECONDS = 600 if os.environ.get("TCPVERIFY_PEERS") == "all" else 300
KEEP = os.environ.get("TCPVERIFY_PEERS_KEEP")
_seen: dict[str, Found] = {}


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
    bare = _bare(text, r"/\*.*?\*/")
    return _once(f"spin {initial} {deadlock}\n{bare}", lambda: _spin(folder, text, initial, deadlock))


def _spin(folder: Path, text: str, initial: int, deadlock: bool) -> Found:
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


def spin_claim(folder: Path, text: str, formula: str | None = None) -> bool:
    """Whether SPIN finds a run that violates the never claim of a Promela text, or a formula in its place."""
    bare = _bare(text, r"/\*.*?\*/")
    key = f"spin claim {formula}\n{bare}"
    return "claim" in _once(key, lambda: _spin_claim(folder, text, formula)).violated


def _spin_claim(folder: Path, text: str, formula: str | None) -> Found:
    (folder / "model.pml").write_text(text, encoding="ascii")
    claim = []
    if formula is not None:
        (folder / "model.ltl").write_text(f"!({formula})\n", encoding="ascii")
        claim = ["-DCLAIM_APART", "-F", "model.ltl"]
    _run(folder, "spin", "-o2", *claim, "-a", "model.pml")
    flags = ["-O0", "-w", "-DNOREDUCE", "-DNOFAIR", "-DVECTORSZ=8192"]
    _run(folder, "gcc", *flags, "-o", "pan", "pan.c")
    told = _run(folder, "./pan", "-a", "-m1000000", "-w16")
    assert "max search depth too small" not in told
    errors = int(_number(r"errors: (\d+)", told))
    ends = ("acceptance cycle", "claim violated", "end state in claim")
    assert (errors > 0) == any(end in told for end in ends), told
    states, transitions = _number(r"(\d+) states, stored", told), _number(r"(\d+) transitions", told)
    return Found(int(states), int(transitions), frozenset(["claim"] if errors else []))


def rumur(folder: Path, text: str) -> Found:
    """Explore a Murphi text with Rumur to the end; it does not look beyond states that violate."""
    bare = _bare(text, r"^\s*--.*")
    return _once(f"rumur\n{bare}", lambda: _rumur(folder, text))


def _rumur(folder: Path, text: str) -> Found:
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


def _bare(text: str, comment: str) -> str:
    """A text without its comments, which a pattern describes, and empty lines."""
    return "\n".join(line for line in re.sub(comment, "", text, flags=re.M).splitlines() if line.strip())


def _once(key: str, find: Callable[[], Found]) -> Found:
    """What was found before for the same key, or is found now."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    kept = Path(KEEP, f"{digest}.json") if KEEP else None
    if digest not in _seen and kept is not None and kept.exists():
        told = json.loads(kept.read_text(encoding="utf-8"))
        _seen[digest] = Found(**{**told, "violated": frozenset(told["violated"])})
    if digest not in _seen:
        found = _seen[digest] = find()
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(f".{os.getpid()}")
            part.write_text(json.dumps({**asdict(found), "violated": sorted(found.violated)}))
            part.replace(kept)
    return _seen[digest]


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
