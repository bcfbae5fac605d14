"""Looking after specs: fmt, lint and doctor."""

from __future__ import annotations

import os
import stat
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from cli.conftest import Tool, process
from cli.specs import MET
from cli.test_help import probe
from tcpverify.cli import doctor

UGLY = "param a:bool=true # one\n\n\n\nparam b   : 0..3\n"
NEAT = "param a : bool = true  # one\n\nparam b : 0..3\n"


def test_fmt_in_place(tool: Tool) -> None:
    Path("a.tcpv").write_text(UGLY)
    Path("a.tcpv").chmod(0o600)
    answer = tool("fmt", "a.tcpv")
    assert (answer.code, answer.out) == (0, "formatted a.tcpv\n")
    assert Path("a.tcpv").read_text() == NEAT
    assert stat.S_IMODE(Path("a.tcpv").stat().st_mode) == 0o600
    assert tool("fmt", "a.tcpv").out == ""
    assert os.listdir(".") == ["a.tcpv"]


def test_fmt_looks_only(tool: Tool) -> None:
    Path("a.tcpv").write_text(UGLY)
    assert (tool("fmt", "--check", ".").code, tool("fmt", "--diff", ".").code) == (1, 0)
    assert "+param a : bool = true  # one" in tool("fmt", "--diff", "a.tcpv").out
    assert Path("a.tcpv").read_text() == UGLY
    Path("a.tcpv").write_text(NEAT)
    assert tool("fmt", "--check", "a.tcpv").code == 0


def test_fmt_goes_on_after_a_mistake(tool: Tool) -> None:
    Path("a.tcpv").write_text("role {")
    Path("b.tcpv").write_text(UGLY)
    answer = tool("fmt", ".", "none.tcpv")
    assert (answer.code, "TV101" in answer.err, "TV107" in answer.err) == (2, True, True)
    assert Path("b.tcpv").read_text() == NEAT


def test_fmt_follows_links_and_may_not_write(tool: Tool) -> None:
    Path("real").mkdir()
    Path("real/a.tcpv").write_text(UGLY)
    Path("link.tcpv").symlink_to("real/a.tcpv")
    assert tool("fmt", "link.tcpv").code == 0
    assert Path("link.tcpv").is_symlink()
    assert Path("real/a.tcpv").read_text() == NEAT


def test_lint(tool: Tool) -> None:
    Path("a.tcpv").write_text(MET)
    assert tool("lint", "a.tcpv").code == 0
    Path("a.tcpv").write_text(MET + "property spare : never A in DONE\n")
    answer = tool("lint", "a.tcpv")
    assert (answer.code, "no check names the property `spare`" in answer.err) == (0, True)
    assert tool("lint", "a.tcpv", "--strict").code == 1
    Path("b.tcpv").write_text(MET.replace("goto DONE", "goto NOWHERE"))
    answer = tool("lint", ".")
    assert (answer.code, "1 errors" in answer.out or "NOWHERE" in answer.err) == (2, True)
    assert tool("lint", "none").code in (2, 5)


def test_lint_needs_no_engine() -> None:
    Path("a.tcpv").write_text(MET)
    modules, _ = probe("lint", "a.tcpv")
    assert not {"z3", "wasmtime", "graphviz", "llvmlite"} & set(modules)


def test_fmt_needs_little() -> None:
    Path("a.tcpv").write_text(UGLY)
    modules, _ = probe("fmt", "--check", "a.tcpv")
    assert not {"z3", "wasmtime", "graphviz", "llvmlite", "lark"} & set(modules)


def test_doctor() -> None:
    answer = process("doctor")
    assert answer.code == 0
    names = {line.split()[0] for line in answer.out.splitlines()}
    assert {"tcpverify", "python", "z3-solver", "cvc5", "dot", "cores", "memory", "cgroup", "output"} <= names
    assert process("doctor", PATH="").code == 0


def test_doctor_without_the_second_solver(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "cvc5":
            raise PackageNotFoundError
        return "1"

    monkeypatch.setattr(doctor, "version", version)
    told = row(tool("doctor").out, "cvc5")
    assert "not installed" in told and "no proof is certified" in told and "tcpverify[proofs]" in told


def row(out: str, name: str) -> str:
    """The line of one row of `doctor`."""
    return next(line for line in out.splitlines() if line.startswith(name))


def test_doctor_on_compiled_kernels(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    told = row(process("doctor", XDG_CACHE_HOME=str(cache)).out, "kernels")
    assert str(cache) in told.replace("\n", "") and told.endswith(" 0 kept")
    assert list((cache / "tcpverify/kernels").iterdir()) == []
    (cache / "tcpverify/kernels").chmod(0o777)
    assert "cannot be used" in row(process("doctor", XDG_CACHE_HOME=str(cache)).out, "kernels")
    assert "not kept" in row(process("doctor", XDG_CACHE_HOME="", HOME="").out, "kernels")


def test_doctor_without_llvmlite(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcpverify.explicit.engine.find_spec", lambda _: None)
    assert "plain Python, up to 2,000,000 states" in row(tool("doctor").out, "machine code")
