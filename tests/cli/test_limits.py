"""Limits on the command line, with models that are large enough for machine code: what ran out, how far the
search came, and what was found when the user stops it."""

from __future__ import annotations

import json
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from cli.conftest import PROJECT, Tool, checked, command, environment, process
from cli.specs import MET, SLOW, UNMET
from tcpverify.cli.sizes import binary_size, parse_size

MODEL = str(PROJECT / "benchmarks/connection.tcpv")
BENCH = ("explore", MODEL, "--scenario", "bench", "-p", "M=4", "-p", "K=3", "-p", "N=2")
"""38,373,134 states: some ten seconds of machine code."""

MID = ("explore", MODEL, "--scenario", "bench", "-p", "M=8", "-p", "K=2", "-p", "N=4")
"""872,693 states."""

needs_machine_code = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is an extra")


# --- Limits ------------------------------------------------------------------------------------------


@needs_machine_code
@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (["--max-states", "100000"], "stopped at the limit of 100,000 states: depth "),
        (["--max-memory", "160M"], "stopped at the limit of 160 MiB of memory: depth "),
        (["--budget", "0.8"], "stopped at the limit of 0.8 s: depth "),
        (["--max-memory", "1"], "stopped at the limit of 1 bytes of memory: depth "),
    ],
)
def test_a_limit_of_an_exploration(limit: list[str], told: str) -> None:
    answer = process(*BENCH, *limit, "--threads", "2")
    assert answer.code == 3
    complete = next(line for line in answer.out.splitlines() if line.startswith("complete"))
    assert f"no: {told}" in complete
    assert complete.endswith(" states stored")
    assert "what differs among" in answer.out
    assert "channel A -> B" in answer.out
    assert "hint: " in answer.out


@needs_machine_code
@pytest.mark.parametrize("limit", [["--max-states", "50000"], ["--max-memory", "140M"], ["--budget", "0.8"]])
def test_a_limit_of_a_check_leaves_unknown(limit: list[str]) -> None:
    answer = process("verify", MODEL, "--check", "large", "--traces", "none", "--format", "json", *limit)
    assert answer.code == 3
    found = {r["property"]: r for r in json.loads(answer.out)["results"]}
    assert found["roles"]["verdict"] == "unknown"
    assert "stopped at the limit of" in found["roles"]["evidence"]
    assert "states stored" in found["roles"]["evidence"]
    assert found["no_deadlock"]["verdict"] == "violated"
    assert found["roles"]["growth"]["spreads"]


def test_three_of_what_differs_stand_below_the_table(tool: Tool) -> None:
    answer = tool("verify", MODEL, "--check", "small", "--traces", "none", "--max-states", "3000")
    assert answer.code == 3
    _, _, told = answer.out.partition("\nsmall: stopped at the limit of 3,000 states: depth ")
    lines = told.splitlines()
    assert lines[1].startswith("what differs among all 3,0")
    assert lines[2].startswith("  channel ") and lines[2].endswith("still growing")
    assert lines[5] == "  and 7 more that differ"


@pytest.mark.parametrize("columns", ["20", "33", "80"])
def test_it_fits_a_narrow_terminal(tool: Tool, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out = tool("explore", MODEL, "--scenario", "bench", "--max-states", "500").out
    _, _, told = out.partition("\n\n")
    assert told.startswith("what differs")
    assert max(map(len, told.splitlines())) <= int(columns)


def test_nothing_is_told_of_what_was_decided(tool: Tool) -> None:
    Path("x.tcpv").write_text(MET)
    assert "what differs" not in tool("verify", "x.tcpv").out
    assert "what differs" not in tool("explore", "x.tcpv", "--scenario", "once").out
    assert "what differs among all " in tool("explore", "x.tcpv", "--scenario", "once", "--why").out


@needs_machine_code
def test_no_more_states_than_can_be_numbered(monkeypatch: pytest.MonkeyPatch, tool: Tool) -> None:
    monkeypatch.setattr("tcpverify.explicit.native.search.MOST_STATES", 50_000)
    answer = tool(*MID)
    assert answer.code == 3
    assert "stopped because no more than 2^32 states can be numbered: depth " in answer.out


@needs_machine_code
def test_any_number_of_threads_counts_the_same(tool: Tool) -> None:
    one, three = (
        json.loads(tool(*MID, "--threads", threads, "--format", "json").out) for threads in ("1", "3")
    )
    assert one["states"] == three["states"] == 872_693
    assert (one["transitions"], one["depth"]) == (three["transitions"], three["depth"])
    assert (one["stopped"], one["growth"]) == (None, None)


def test_json_of_why(tool: Tool) -> None:
    Path("x.tcpv").write_text(SLOW)
    answer = tool("explore", "x.tcpv", "--scenario", "long", "-p", "limit=9999", "--max-states", "500",
                  "--format", "json")  # fmt: skip
    found = json.loads(answer.out)
    assert "limit of 500 states" in found["stopped"]
    spread = next(s for s in found["growth"]["spreads"] if s["name"] == "A.n")
    assert (spread["what"], spread["possible"], spread["growing"]) == ("variable", 10_000, True)
    assert 1 < spread["values"] <= found["growth"]["looked_at"] <= 500


@pytest.mark.parametrize("option", [["--threads", "0"], ["--threads", "257"], ["--threads", "x"],
                                    ["--max-memory", "0"], ["--max-memory", "x"], ["--max-memory", "-1G"],
                                    ["--max-memory", "4P"], ["--max-memory", "\x1b[31m"],
                                    ["--max-memory", "9" * 5000], ["--progress", "xml"]])  # fmt: skip
@pytest.mark.parametrize("name", ["verify", "explore"])
def test_bad_limits(tool: Tool, name: str, option: list[str]) -> None:
    Path("x.tcpv").write_text(MET)
    answer = tool(name, "x.tcpv", *option)
    assert (answer.code, answer.out) == (2, "")
    assert "error[TV505]" in answer.err


def test_the_command_that_shows_it_again_has_the_limits(tool: Tool) -> None:
    Path("x.tcpv").write_text(UNMET)
    answer = tool("verify", "x.tcpv", "--threads", "2", "--max-memory", "2G", "--budget", "30")
    again = " ".join(answer.out.replace("\\\n", " ").split())
    assert "--max-memory 2147483648 --threads 2 --budget 30" in again


def test_sizes() -> None:
    sizes = {"512M": 512 << 20, "4G": 4 << 30, "4GiB": 4 << 30, "4gb": 4 << 30, "1.5 K": 1536, "7": 7,
             "8B": 8, "1T": 1 << 40}  # fmt: skip
    assert {text: parse_size(text) for text in sizes} == sizes
    for text in ("", "G", "0", "1e9", "-1", "1 2", "٣", "4GG", "inf", "nan", "0.0001"):
        assert parse_size(text) is None
    assert (binary_size(310 << 20), binary_size(3 << 29)) == ("310 MiB", "1.5 GiB")


def test_the_api_takes_them() -> None:
    import tcpverify

    spec = tcpverify.load(MODEL)
    seen = spec.explore("bench", {"K": 2}, max_states=5000, threads=1, max_memory=1 << 40, seconds=60)
    assert not seen.complete and seen.growth is not None
    assert spec.explore("bench", why=True).growth is not None
    assert spec.explore("bench").growth is None
    outcome = spec.verify(check="small", max_states=500, threads=1, max_memory=1 << 40)
    assert outcome.exit_code == 3


# --- Progress and interrupts -------------------------------------------------------------------------


@needs_machine_code
def test_progress_for_programs_leaves_stdout_alone(tool: Tool) -> None:
    told, quiet = (
        tool(*MID, "--progress", how, "--max-states", "400000", "--threads", "1") for how in ("jsonl", "none")
    )
    events = [json.loads(line) for line in told.err.splitlines()]
    assert [e["event"] for e in events] == ["progress"] * (len(events) - 1) + ["done"]
    assert {e["version"] for e in events} == {1}
    assert quiet.err == ""
    assert len(told.out.splitlines()) == len(quiet.out.splitlines())
    assert (events[-1]["states"] > 400_000, events[-1]["complete"]) == (True, False)


def test_progress_of_verify_ends_with_the_verdicts(tool: Tool) -> None:
    Path("x.tcpv").write_text(MET)
    answer = tool("verify", "x.tcpv", "--progress", "jsonl")
    done = next(json.loads(x) for x in answer.err.splitlines() if x.startswith('{"event": "done"'))
    assert (answer.code, done["decided"], done["states"]) == (0, 9, None)


def interrupted(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command that is sent SIGINT when it has told of 500,000 states."""
    running = subprocess.Popen(command(*arguments, "--progress", "jsonl"), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment(), text=True)  # fmt: skip
    assert running.stderr is not None
    try:
        for line in running.stderr:
            if json.loads(line)["states"] > 500_000:
                break
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    checked(out + err)
    return running.returncode, out, err


@needs_machine_code
@pytest.mark.parametrize("threads", ["1", "2"])
def test_interrupted_exploration_tells_what_it_counted(threads: str) -> None:
    code, out, err = interrupted(*BENCH, "--threads", threads)
    assert code == 130
    assert "no: interrupted: depth " in out
    assert "what differs among 10,000 of " in out
    assert int(out.split()[1].replace(",", "")) > 500_000
    assert json.loads(err.splitlines()[-1])["event"] == "done"


@needs_machine_code
@pytest.mark.parametrize("threads", ["1", "2"])
def test_interrupted_check_tells_what_it_found(threads: str) -> None:
    code, out, _ = interrupted("verify", MODEL, "--check", "large", "--threads", threads, "--format", "json")
    assert code == 130
    document = json.loads(out)
    found = {r["property"]: r["verdict"] for r in document["results"]}
    assert found["roles"] == "unknown"
    assert found["no_deadlock"] == "violated"
    assert document["summary"]["interrupted"]
