"""The GitHub Action and the pre-commit hooks: what their scripts do, and that no input is part of one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from cli.conftest import PROJECT
from cli.specs import UNMET
from click.testing import CliRunner

from tcpverify.cli.main import cli

ACTION = (PROJECT / "action.yml").read_text("utf-8")
HOOKS = (PROJECT / ".pre-commit-hooks.yaml").read_text("utf-8")
SCRIPTS = [
    textwrap.dedent(found[1]) for found in re.finditer(r"^ {6}run: \|\n((?: {8}.*\n)+)", ACTION, re.MULTILINE)
]


def test_inputs_are_no_script() -> None:
    """An input is read from the environment, never put into a script."""
    assert len(SCRIPTS) == 2
    assert not [script for script in SCRIPTS if "${{" in script]


@pytest.mark.parametrize(
    "paths", ["specs", "specs\n\n$(touch pwned)\n", "specs\n`touch pwned`;touch pwned\n*"]
)
def test_the_script_of_verify(tmp_path: Path, paths: str) -> None:
    """It verifies what it is told, leaves the reports, and takes a path for nothing but a path."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/a b.tcpv").write_text(UNMET)
    tool = tmp_path / "runner/tcpverify/bin/tcpverify"
    tool.parent.mkdir(parents=True)
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m tcpverify "$@"\n')
    tool.chmod(0o755)
    env = {**os.environ, "PYTHONPATH": str(PROJECT), "RUNNER_TEMP": str(tmp_path / "runner"),
           "PATHS": paths, "ARGS": "--traces\nnone\n", "REPORTS": "my reports",
           "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}  # fmt: skip
    done = subprocess.run(["bash", "-e", "-c", SCRIPTS[1]], cwd=tmp_path, env=env, check=False,
                          capture_output=True, encoding="utf-8", timeout=60)  # fmt: skip
    assert done.returncode == (1 if paths == "specs" else 2), done.stderr
    assert "::error file=specs/a b.tcpv,line=" in done.stdout
    assert "A calls go" not in done.stdout
    assert sorted(p.name for p in (tmp_path / "my reports").iterdir()) == ["junit.xml", "tcpverify.sarif"]
    assert "A calls go" in (tmp_path / "summary.md").read_text("utf-8")
    assert not (tmp_path / "pwned").exists()


def test_hooks() -> None:
    """Every hook is a command that there is, and the names are those of the documentation."""
    told = (PROJECT / "docs/gates.md").read_text("utf-8")
    entries = re.findall(r"^- id: (\S+)\n(?:  .*\n)*?  entry: tcpverify (\S+)$", HOOKS, re.MULTILINE)
    assert len(entries) == HOOKS.count("- id:") == 3
    for name, command in entries:
        assert f"- id: {name}\n" in told
        assert CliRunner().invoke(cli, [command, "--help"]).exit_code == 0
