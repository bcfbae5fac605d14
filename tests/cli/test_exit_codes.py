"""Each exit code, through a real process where that is the point."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cli.conftest import Tool, checked, command, environment, process
from cli.specs import MET, MODEL, SLOW, UNEXPECTED_PASS, UNMET, VACUOUS, spec
from tcpverify.diagnostics import Code, Diagnostic
from tcpverify.engines import ENGINES
from tcpverify.ir.system import Property, System
from tcpverify.result import Exit, Outcome, exit_code
from tcpverify.verdict import Decision, Holds, Induction

BROKEN = MODEL.replace("goto DONE", "goto DOEN")


@pytest.mark.parametrize(
    ("text", "options", "code", "told"),
    [
        (MET, [], 0, "9 of 9 expectations met"),
        (UNMET, [], 1, "1 NOT met"),
        (UNEXPECTED_PASS, [], 1, "idle holds, expected violated"),
        (VACUOUS, [], 1, "empty vacuous, expected holds"),
        (MET, ["--strict"], 1, "1 warnings count as failures"),
        (BROKEN, [], 2, "did you mean `DONE`?"),
        (MET, ["--max-states", "2"], 3, "inconclusive"),
        (MODEL, [], 5, "nothing to check: no check in `x.tcpv`"),
    ],
)
def test_code_of_a_run(text: str, options: list[str], code: int, told: str) -> None:
    Path("x.tcpv").write_text(text)
    answer = process("verify", "x.tcpv", *options)
    assert answer.code == code
    assert told in answer.out + answer.err
    checked(answer.out + answer.err)


def test_bounded_is_inconclusive(tool: Tool) -> None:
    Path("x.tcpv").write_text(spec("far : holds", "no_deadlock : violated", run="long"))
    answer = tool("verify", "x.tcpv", "--property", "far", "--engine", "smt", "--bound", "0")
    assert answer.code == 3
    assert "bounded 0" in answer.out


def test_engines_that_disagree(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that calls a violated property proved: both sides are told and kept."""

    def wrong(_: System, properties: Sequence[Property], *rest: object) -> Decision:
        assert rest
        return Decision({p.name: Holds(Induction(1)) for p in properties})

    monkeypatch.setitem(ENGINES, "smt", replace(ENGINES["smt"], run=wrong))
    Path("x.tcpv").write_text(spec("far : holds", run="long"))
    answer = tool("verify", "x.tcpv", "--engine", "both", "--property", "far", "--jobs", "1")
    assert answer.code == 4
    assert "error[TV602]" in answer.err and "--output DIR" in answer.err
    assert "explicit: violated" in answer.err and "smt: holds, 1-induction" in answer.err
    assert not Path("out").exists()
    tool("verify", "x.tcpv", "--engine", "both", "--property", "far", "--jobs", "1", "--output", "out")
    files = {f.name: f.read_text() for f in Path("out/disagreement").iterdir()}
    (name,) = (n for n in files if n.endswith(".json") and not n.endswith(".itf.json"))
    found = json.loads(files[name])
    assert found["disagree_on"] == ["far"] and found["scenario"] == "long"
    one, other = (found["verdicts"][engine]["far"] for engine in ("explicit", "smt"))
    assert (one["verdict"], other["verdict"], other["trace"]) == ("violated", "holds", None)
    answer = tool("trace", f"out/disagreement/{one['trace']}", "--spec", "x.tcpv")
    assert answer.code == 0
    assert any(n.endswith(".system.txt") for n in files)


def test_fault_of_ours_keeps_what_was_found(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a\x1b[31mb")

    monkeypatch.setattr("tcpverify.pipeline.decide.ask", broken)
    monkeypatch.setattr("sys.argv", ["tcpverify", "verify", "x.tcpv", "--format", "json"])
    Path("x.tcpv").write_text(MET)
    from tcpverify.cli.main import main

    with pytest.raises(SystemExit) as stop:
        main()
    out, err = capfd.readouterr()
    assert stop.value.code == 4
    assert json.loads(out)["diagnostics"][0]["code"] == "TV901"
    assert "Traceback" not in err
    assert "\x1b" not in out + err


def test_interrupt_tells_what_was_found() -> None:
    Path("x.tcpv").write_text(SLOW)
    words = command("verify", "x.tcpv", "--traces", "none")
    running = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True
    )
    time.sleep(1.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "limit=1  " in out
    assert "interrupted" in out
    checked(out + err)


def test_interrupt_outside_an_engine(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    Path("x.tcpv").write_text(MET)
    monkeypatch.setattr("tcpverify.pipeline.decide.ask", interrupted)
    assert tool("verify", "x.tcpv").code == 130
    monkeypatch.setattr("tcpverify.cli.deciding.find", interrupted)
    assert tool("verify", "x.tcpv").code == 130


def test_reader_that_goes_away_changes_nothing() -> None:
    Path("x.tcpv").write_text(UNMET)
    words = command("verify", "x.tcpv", "--format", "json")
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    err = running.stderr.read().decode()
    assert running.wait(20) == 1
    assert "BrokenPipe" not in err
    assert "Traceback" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_results_that_cannot_be_written() -> None:
    Path("x.tcpv").write_text(MET)
    with open("/dev/full", "w") as full:
        done = subprocess.run(command("verify", "x.tcpv"), stdout=full, stderr=subprocess.PIPE,
                              env=environment(), check=False, timeout=30)  # fmt: skip
    assert done.returncode == 2
    assert b"TV506" in done.stderr


def test_closed_streams() -> None:
    Path("x.tcpv").write_text(UNMET)
    words = " ".join(command("verify", "x.tcpv"))
    done = subprocess.run(f"{words} <&- >&- 2>&-", shell=True, env=environment(), check=False, timeout=30)
    assert done.returncode == 1


def test_order_when_several_apply() -> None:
    problem = Diagnostic(Code.SYNTAX, "x")
    idle = Diagnostic(Code.NOTHING_TO_CHECK, "x")
    assert exit_code(Outcome((), errors=(problem,), failures=(problem,), interrupted=True)) is Exit.INTERNAL
    assert exit_code(Outcome((), errors=(problem,), interrupted=True)) is Exit.INTERRUPTED
    assert exit_code(Outcome((), errors=(problem, idle), warnings=(problem,)), True) is Exit.USAGE
    assert exit_code(Outcome((), errors=(idle,))) is Exit.NOTHING
    assert exit_code(Outcome((), warnings=(problem,)), True) is Exit.UNMET


def test_nothing_to_check(tool: Tool) -> None:
    Path("empty").mkdir()
    Path("x.tcpv").write_text(MET)
    answer = tool("verify", "empty")
    assert (answer.code, "no .tcpv file in `empty`" in answer.err) == (5, True)
    assert tool("verify", "empty", "x.tcpv").code == 2
    answer = tool("verify", "x.tcpv", "--property", "no_timelock")
    assert answer.code == 5
    assert "TV507" in answer.err


def test_python_m_and_version() -> None:
    answer = process("--version")
    assert (answer.code, answer.out) == (0, "tcpverify, version 0.1.0\n")
