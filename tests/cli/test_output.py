"""The report folder: inside it or nowhere, whole or not at all."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Tool, command, environment
from cli.specs import MET, UNMET
from tcpverify.diagnostics import ModelError
from tcpverify.pipeline.save import Names, slug, write_all


@pytest.fixture(autouse=True)
def _spec(_plain: None) -> None:
    Path("x.tcpv").write_text(MET)


def test_report(tool: Tool) -> None:
    answer = tool("verify", "x.tcpv", "--output", "a/b", "--traces", "none")
    assert answer.code == 0
    assert "8 files in a/b" in answer.out
    names = sorted(p.name for p in Path("a/b").iterdir())
    assert names == [
        "machine-x-Endpoint.svg",
        "summary.md",
        "x-c-gets.itf.json",
        "x-c-gets.svg",
        "x-c-no_deadlock.itf.json",
        "x-c-no_deadlock.svg",
        "x-c-stays.itf.json",
        "x-c-stays.svg",
    ]
    summary = Path("a/b/summary.md").read_text()
    assert all(f"({name})" in summary for name in names if name != "summary.md")


def test_two_specs_of_one_name(tool: Tool) -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "x.tcpv").write_text(MET)
    tool("verify", "a", "b", "--output", "out")
    assert sum(p.name.startswith("machine-x-Endpoint") for p in Path("out").iterdir()) == 2


def test_link_is_replaced_not_followed(tool: Tool) -> None:
    Path("victim").write_text("precious")
    Path("out").mkdir()
    Path("out/summary.md").symlink_to(Path("victim").absolute())
    assert tool("verify", "x.tcpv", "--output", "out").code == 0
    assert Path("victim").read_text() == "precious"
    assert not Path("out/summary.md").is_symlink()


@pytest.mark.parametrize("where", ["x.tcpv", "x.tcpv/sub", "/proc/none", "a\x00b", "y" * 300])
def test_folder_that_cannot_be(tool: Tool, where: str) -> None:
    answer = tool("verify", "x.tcpv", "--output", where)
    assert answer.code == 2
    assert "error[TV506]" in answer.err
    assert "9 of 9 expectations met" in answer.out
    assert Path("x.tcpv").read_text() == MET
    assert '"code": "TV506"' in tool("verify", "x.tcpv", "--output", where, "--format", "json").out
    assert tool("draw", "x.tcpv", "--output", where).code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_may_not_be_written(tool: Tool) -> None:
    Path("out").mkdir(mode=0o500)
    assert tool("verify", "x.tcpv", "--output", "out").code == 2


def test_unmet_is_said_although_the_folder_cannot_be_written(tool: Tool) -> None:
    Path("x.tcpv").write_text(UNMET)
    answer = tool("verify", "x.tcpv", "--output", "x.tcpv")
    assert answer.code == 2
    assert "stays violated, expected holds" in answer.out


def test_full_disk_leaves_nothing_half_written() -> None:
    Path("out").mkdir()
    Path("out/summary.md").write_text("old")

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    done = subprocess.run(command("verify", "x.tcpv", "--output", "out"), env=environment(),
                          capture_output=True, preexec_fn=small_files, timeout=30, check=False)  # fmt: skip
    assert done.returncode == 2
    assert b"TV506" in done.stderr
    assert [p.name for p in Path("out").iterdir()] == ["summary.md"]
    assert Path("out/summary.md").read_text() == "old"


def test_folder_in_a_files_place() -> None:
    Path("out/b.svg").mkdir(parents=True)
    with pytest.raises(ModelError):
        write_all(Path("out"), {"a.svg": "x", "b.svg": "y"})
    assert [p.name for p in Path("out").iterdir()] == ["b.svg"]


def test_names() -> None:
    assert slug("../../etc", "passwd") == "etc-passwd"
    assert slug("服务", "\n") == "unnamed"
    assert len(slug("x" * 5000)) == 120
    names = Names()
    assert [names.free("svg", x) for x in ("a", "A", "a-2", "a")] == [
        "a.svg",
        "A-2.svg",
        "a-2-2.svg",
        "a-3.svg",
    ]
