"""`tcpverify export`: what it writes, where, and what it says of mistakes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.export.shipped import ROOT

ABP = str(ROOT / "specs" / "abp.tcpv")
PROGRESS = str(ROOT / "specs" / "progress.tcpv")
MONITORED = str(ROOT / "tests" / "models" / "monitor_events.tcpv")


def tool(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tcpverify", "export", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("language", "sign"),
    [
        ("promela", "active proctype model() {"),
        ("murphi", 'invariant "in_step"'),
        ("tla", "Spec == Init /\\ [][Next]_vars"),
    ],
)
def test_to_stdout(language: str, sign: str) -> None:
    done = tool(ABP, "--to", language, "--scenario", "over_fifo")
    assert done.returncode == 0 and not done.stderr
    assert sign in done.stdout and "scenario over_fifo" in done.stdout


def test_properties() -> None:
    """By default all that speak of the scenario, and errors; or those named; or none."""
    base = (ABP, "--to", "promela", "--scenario", "over_fifo")
    told = {n: f"assert(holds.{n})" for n in ("in_step", "delivers", "no_failed_assert")}
    every = tool(*base).stdout
    assert all(sign in every for sign in told.values())
    one = tool(*base, "--property", "in_step").stdout
    assert [n for n, sign in told.items() if sign in one] == ["in_step"]
    assert "assert(" not in tool(*base, "--bare").stdout


def test_a_response_is_named_alone() -> None:
    """Then there is a claim, and nothing else; among others it is a word in a comment, or a mistake."""
    base = (PROGRESS, "--to", "promela", "--scenario", "opening")
    alone = tool(*base, "--property", "connects").stdout
    assert "never {" in alone and "[](asked -> <>answered)" in alone and "assert(" not in alone
    every = tool(*base).stdout
    assert "never {" not in every and "not exported: connects" in every and "assert(" in every
    two = tool(*base, "--property", "connects", "--property", "client_settles")
    assert two.returncode == 2 and "connects becomes a never claim" in two.stderr


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    done = tool(ABP, "--to", "murphi", "--scenario", "over_bag", "--output", "bag.m", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = (tmp_path / "bag.m").read_text(encoding="utf-8")
    assert text == tool(ABP, "--to", "murphi", "--scenario", "over_bag").stdout
    assert [p.name for p in tmp_path.iterdir()] == ["bag.m"]


def test_parameters_and_variants(tmp_path: Path) -> None:
    spec = str(ROOT / "specs" / "handshake.tcpv")
    base = (
        "--to",
        "murphi",
        "--scenario",
        "opening",
        "--bare",
        "-p",
        "seq_space=512",
        "-p",
        "retransmit=false",
    )
    done = tool(spec, *base, "--variant", "first_segment_with_ack", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "seq_space = 512" in done.stdout and "variants: first_segment_with_ack" in done.stdout
    assert "A_iss: 0..511;" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--to", "pascal"), 2, "pascal"),
        (("--scenario", "over_fifo"), 2, "--to"),
        (("--to", "tla"), 2, "--scenario"),
        (("--to", "tla", "--scenario", "over_fif"), 2, "over_fifo"),
        (("--to", "tla", "--scenario", "over_fifo", "--bare", "--property", "in_step"), 2, "--bare"),
        (("--to", "tla", "--scenario", "over_fifo", "--property", "in_stop"), 2, "in_step"),
        (("--to", "tla", "--scenario", "over_fifo", "--output", "."), 2, "TV506"),
    ],
)
def test_mistakes(words: tuple[str, ...], code: int, said: str, tmp_path: Path) -> None:
    done = tool(ABP, *words, folder=tmp_path)
    assert done.returncode == code and said in done.stderr and not done.stdout


def test_an_unlimited_channel(tmp_path: Path) -> None:
    (tmp_path / "x.tcpv").write_text(
        "protocol p { message M { }  role R { state S initial { on receive any ignore } } }\n"
        "network n { endpoint A, B : R  link A <-> B { capacity unlimited } }\n"
        "scenario s on n { preload A -> B : M }\n"
    )
    done = tool("x.tcpv", "--to", "promela", folder=tmp_path)
    assert done.returncode == 2 and "unlimited" in done.stderr and "give its link a capacity" in done.stderr
