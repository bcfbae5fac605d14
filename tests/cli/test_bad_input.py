"""Whatever is given: a diagnostic with its code, the right exit code, soon, and never a traceback."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Tool, checked, process
from cli.specs import MET, MODEL, SLOW

SECONDS = 20


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    """A hang is a failure too."""
    signal.alarm(4 * SECONDS)
    started = time.monotonic()
    yield
    signal.alarm(0)
    assert time.monotonic() - started < SECONDS


def given(text: str | bytes, name: str = "x.tcpv") -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def fails(tool: Tool, code: str, *arguments: str, exit_code: int = 2) -> str:
    """Run, expect a diagnostic; the same as JSON if it is `verify`. Returns what stderr says."""
    answer = tool(*arguments)
    assert answer.code == exit_code, answer
    assert f"[{code}]" in answer.err, answer
    assert len(answer.err) < 20_000
    if arguments[0] in ("verify", "explore", "simulate"):
        again = tool(arguments[0], "--format", "json", *arguments[1:])
        assert again.code == exit_code
        if code != "TV505" or again.out:
            assert code in {d["code"] for d in json.loads(again.out)["diagnostics"]}
    return answer.err


NESTED = "(" * 10_000 + "1 == 1" + ")" * 10_000
MATRIX = MODEL.replace("1..1000 = 3", "1..1000000000 = 3") + "check c { for limit in 1..1000000000 run once }"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("protocol {", "TV101"),
        ("protocol tiny { role", "TV101"),
        (MODEL + "property p : always A.n + true == 2", "TV301"),
        (MODEL + "property p : never A in DOEN", "TV201"),
        (MODEL + f"property p : always {NESTED}", "TV103"),
        (MODEL + "property p : always " + "not " * 10_000 + "true", "TV103"),
        (MODEL + f"const big = {'9' * 100_000}", "TV104"),
        (b"// " + b"x" * (10 << 20), "TV105"),
        (random.Random(1).randbytes(5000), "TV106"),
        ("".join(random.Random(2).choices("{}()+:=\x00\x1b[31m\u202eab1 \n", k=5000)), "TV102"),
        (MATRIX, "TV502"),
        ("\x00", "TV102"),
    ],
)
def test_bad_text(tool: Tool, text: str | bytes, code: str) -> None:
    fails(tool, code, "verify", given(text))
    assert tool("list", "x.tcpv").code in (0, 2)


def test_names_are_hinted(tool: Tool) -> None:
    given(MET)
    for option, value, meant in (
        ("--check", "d", ""),
        ("--property", "stay", "`stays`"),
        ("-p", "limti=2", "`limit`"),
    ):
        err = fails(tool, "TV505", "verify", "x.tcpv", option, value)
        assert not meant or f"did you mean {meant}?" in err
    assert "`verify`" in fails(tool, "TV505", "verfy")
    fails(tool, "TV505", "verify", "--no-such-option")
    assert "`once`" in fails(tool, "TV505", "explore", "x.tcpv", "--scenario", "onec")
    assert "there are: long, once" in fails(tool, "TV505", "explore", "x.tcpv")
    assert "`Endpoint`" in fails(tool, "TV505", "draw", "x.tcpv", "--role", "endpoint")


@pytest.mark.parametrize(
    "value",
    ["limit=0", "limit=1001", "limit=" + "9" * 100_000, "limit=x", "limit=3..1", "limit=..", "limit=1..",
     "limit", "=3", "limit=", "limit==3", "\x1b[31m=\x1b[32m", "limit=\x1b[31m", "limit=1..2..3", "limit=٣",
     "limit=1_0", "limit=-1", "limit=0x10", "limit=1e3"],
)  # fmt: skip
def test_bad_parameters(tool: Tool, value: str) -> None:
    given(MET)
    fails(tool, "TV505", "verify", "x.tcpv", "-p", value)
    fails(tool, "TV505", "explore", "x.tcpv", "--scenario", "once", "-p", value)


def test_parameters_given_twice_or_swept_where_one_is_needed(tool: Tool) -> None:
    given(MET)
    fails(tool, "TV505", "verify", "x.tcpv", "-p", "limit=1", "-p", "limit=2")
    fails(tool, "TV505", "explore", "x.tcpv", "--scenario", "once", "-p", "limit=1..2")
    given(MATRIX, "matrix.tcpv")
    fails(tool, "TV502", "verify", "matrix.tcpv", "-p", "limit=1..999999999")


@pytest.mark.parametrize("option", [["--max-states", "0"], ["--budget", "-1"], ["--budget", "nan"],
                                    ["--bound", "-1"], ["--engine", "\x1b[31m"], ["--format", "xml"],
                                    ["--max-states", "9" * 5000]])  # fmt: skip
def test_bad_options(tool: Tool, option: list[str]) -> None:
    given(MET)
    fails(tool, "TV505", "verify", "x.tcpv", *option)


# --- Files -------------------------------------------------------------------------------------------


def test_no_such_file(tool: Tool) -> None:
    fails(tool, "TV107", "verify", "none.tcpv")
    fails(tool, "TV107", "verify")
    fails(tool, "TV107", "list", "none.tcpv")
    fails(tool, "TV107", "draw", "none.tcpv")
    fails(tool, "TV107", "explore", "none.tcpv")
    fails(tool, "TV107", "verify", "a\x1b[31m\n\x07\u202e.tcpv")
    fails(tool, "TV107", "verify", "x" * 5000)
    fails(tool, "TV107", "verify", "a\x00b")


def test_files_that_are_none(tool: Tool) -> None:
    os.mkfifo("pipe.tcpv")
    fails(tool, "TV107", "verify", "pipe.tcpv")
    fails(tool, "TV107", "verify", "/dev/zero")
    Path("loop.tcpv").symlink_to("loop.tcpv")
    fails(tool, "TV107", "verify", "loop.tcpv")
    Path("dir.tcpv").mkdir()
    fails(tool, "TV507", "verify", "dir.tcpv", exit_code=5)
    fails(tool, "TV507", "verify", ".", exit_code=5)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tool: Tool) -> None:
    Path(given(MET)).chmod(0)
    fails(tool, "TV107", "verify", "x.tcpv")


def test_hostile_file_names_are_shown_harmlessly(tool: Tool) -> None:
    for name in ("a\x1b[31m.tcpv", "b\nc.tcpv", "-d.tcpv", "e\u202e.tcpv", os.fsdecode(b"f\xff.tcpv")):
        Path(name).write_text(MET)
    answer = tool("verify", ".", "--output", "out")
    assert answer.code == 0
    records = json.loads(tool("verify", ".", "--format", "json").out)["results"]
    assert len({r["file"] for r in records}) == 5
    assert all(f.name.isascii() and f.name.isprintable() for f in Path("out").iterdir())
    checked(Path("out/summary.md").read_text())
    assert tool("list", ".").code == 0
    assert tool("draw", "a\x1b[31m.tcpv", "--output", "d\x1b[31m").code == 0


@pytest.mark.parametrize(
    "target", ["../out.tcpv", "link.tcpv", "/etc/passwd", "sub/../../out.tcpv", "up/out.tcpv"]
)
def test_imports_stay_inside(tool: Tool, tmp_path: Path, target: str) -> None:
    (tmp_path / "out.tcpv").write_text(MODEL)
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "sub").mkdir()
    (inside / "link.tcpv").symlink_to(tmp_path / "out.tcpv")
    (inside / "up").symlink_to(tmp_path)
    given(f'import "{target}"\n', str(inside / "x.tcpv"))
    fails(tool, "TV108", "verify", str(inside / "x.tcpv"))
    fails(tool, "TV108", "verify", str(inside))


def test_imports_in_a_circle(tool: Tool) -> None:
    given('import "b.tcpv"\n', "a.tcpv")
    given('import "a.tcpv"\n', "b.tcpv")
    given('import "c.tcpv"\n', "c.tcpv")
    for name in ("a.tcpv", "b.tcpv", "c.tcpv"):
        assert "import each other" in fails(tool, "TV109", "verify", name)


# --- Limits ------------------------------------------------------------------------------------------

FRESH = MODEL.replace("var n : 0..1000", "var n : 0..1000\n    var x : seqno mod 4294967296").replace(
    "send SYN (seq = 1)", "x := fresh  send SYN (seq = 1)"
)


def test_fresh_over_everything(tool: Tool) -> None:
    given(FRESH + "check c { run once expect no_deadlock : violated }")
    answer = tool("verify", "x.tcpv", "--engine", "explicit")
    assert answer.code == 3
    assert "4,294,967,296" in answer.out
    fails(tool, "TV503", "explore", "x.tcpv", "--scenario", "once", exit_code=3)


@pytest.mark.parametrize("limit", [["--max-states", "100"], ["--budget", "0.3"]])
def test_state_space_beyond_a_limit(tool: Tool, limit: list[str]) -> None:
    given(SLOW.replace("idle : holds", "idle : violated"))
    answer = tool("verify", "x.tcpv", "--traces", "none", "-p", "limit=9999", "--engine", "explicit", *limit)
    assert answer.code == 3
    assert "stopped at the limit" in answer.out
    assert tool("explore", "x.tcpv", "--scenario", "long", "-p", "limit=9999", *limit).code == 3


# --- Terminals and hostile text ------------------------------------------------------------------------


@pytest.mark.parametrize("control", ["\x1b[31m\u202e\x9b\x7f", ""])
def test_hostile_spec_text_never_acts(tool: Tool, control: str) -> None:
    hostile = f"{control}<script>|`*&~"
    given(MODEL.replace("protocol tiny {", f'protocol tiny {{\n  doc "{hostile}"  # {hostile}\n')
          + f'property p cite "{hostile}" : never A in DONE\n'
          + "check c { run once expect p : violated  expect no_deadlock : violated }")  # fmt: skip
    answer = tool("verify", "x.tcpv", "--output", "out", "--format", "json")
    assert answer.out.isascii()
    tool("list", "x.tcpv")
    assert answer.code == (2 if control else 0)
    for file in Path("out").iterdir() if not control else []:
        checked(file.read_text())
        assert "<script>" not in file.read_text().replace("\\<script\\>", "")


@pytest.mark.parametrize(
    "environment",
    [{"COLUMNS": "1"}, {"COLUMNS": "x"},
     {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
     {"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb", "COLUMNS": "45"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}],
)  # fmt: skip
def test_environments(environment: dict[str, str]) -> None:
    Path("x.tcpv").write_text(MET)
    answer = process("verify", "x.tcpv", **environment)
    assert answer.code == 0
    checked(answer.out + answer.err)
    if "COLUMNS" not in environment and "NO_COLOR" not in environment:
        assert answer.out.isascii()
        assert "?" not in answer.out


def test_forced_colour() -> None:
    Path("x.tcpv").write_text(MET)
    assert "\x1b[32mok\x1b[0m" in process("verify", "x.tcpv", FORCE_COLOR="1", TERM="dumb").out
