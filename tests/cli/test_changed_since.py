"""`verify --changed-since`: specs that changed since a revision or import one, and no other."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Tool
from cli.specs import MET, MODEL, UNMET

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

WHO = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
HEAD, CHECK = MET[: len(MODEL)], MET[len(MODEL) :]


def git(*arguments: str) -> None:
    subprocess.run(["git", *WHO, *arguments], check=True, capture_output=True, timeout=30)


@pytest.fixture(autouse=True)
def repository() -> None:
    """Two specs of their own, and one that imports the first of two libraries."""
    Path("specs/lib").mkdir(parents=True)
    library = {"lib/model.tcpv": HEAD, "lib/all.tcpv": 'import "model.tcpv"\n'}
    for name, text in {"a.tcpv": MET, "b.tcpv": MET, **library,
                       "user.tcpv": 'import "lib/all.tcpv"\n' + CHECK}.items():  # fmt: skip
        Path("specs", name).write_text(text)
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")


def decided(tool: Tool, revision: str = "HEAD", *more: str) -> set[str]:
    answer = tool("verify", "specs", "--changed-since", revision, "--format", "json", *more)
    assert answer.code == 0
    return {Path(r["file"]).name for r in json.loads(answer.out)["results"]}


def test_nothing_changed(tool: Tool) -> None:
    """A line, no result, and a green gate."""
    answer = tool("verify", "specs", "--changed-since", "HEAD", "--junit", "j.xml", "--github")
    assert (answer.code, answer.out, answer.err) == (0, "no spec changed since HEAD\n", "")
    assert Path("j.xml").exists()
    assert decided(tool) == set()


def test_what_changed(tool: Tool) -> None:
    Path("specs/a.tcpv").write_text(MET + "// more\n" if "//" in MET else MET + "\n")
    assert decided(tool) == {"a.tcpv"}
    git("commit", "-q", "-a", "-m", "second")
    assert decided(tool) == set()
    assert decided(tool, "HEAD~1") == {"a.tcpv"}
    assert decided(tool, "HEAD~1", "--shard", "1/2") == {"a.tcpv"}
    assert decided(tool, "HEAD~1", "--shard", "2/2") == set()


@pytest.mark.parametrize("name", ["model.tcpv", "all.tcpv"])
def test_what_imports_what_changed(tool: Tool, name: str) -> None:
    """Through another file, even if that declares nothing itself."""
    path = Path("specs/lib", name)
    path.write_text(path.read_text() + "\n")
    assert decided(tool) == {"user.tcpv"}


def test_what_is_new(tool: Tool) -> None:
    """Untracked, staged, ignored, and a link to what is tracked."""
    Path("specs/new.tcpv").write_text(MET)
    Path("specs/staged.tcpv").write_text(MET)
    git("add", "specs/staged.tcpv")
    Path("specs/ignored.tcpv").write_text(MET)
    Path(".gitignore").write_text("ignored.tcpv\n")
    Path("specs/link.tcpv").symlink_to("a.tcpv")
    assert decided(tool) == {"new.tcpv", "staged.tcpv", "ignored.tcpv", "link.tcpv"}


def test_what_is_wrong_counts(tool: Tool) -> None:
    Path("specs/b.tcpv").write_text(UNMET)
    assert tool("verify", "specs", "--changed-since", "HEAD").code == 1
    Path("specs/b.tcpv").write_text("nonsense")
    assert tool("verify", "specs", "--changed-since", "HEAD").code == 2


@pytest.mark.parametrize(
    "revision", ["nowhere", "--help", "--output=made", "-x", "", "HEAD^{tree}", "a b", "HEAD:specs"]
)
def test_no_such_revision(tool: Tool, revision: str) -> None:
    """Nothing that looks like an option is one."""
    answer = tool("verify", "specs", f"--changed-since={revision}")
    assert answer.code == 2
    assert "has no revision" in answer.err
    assert not Path("made").exists()


def test_outside_of_a_repository(tool: Tool, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("outside") / "a.tcpv"
    path.write_text(MET)
    answer = tool("verify", str(path), "--changed-since", "HEAD")
    assert answer.code == 2
    assert "is in no git repository" in answer.err


def test_without_git(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    answer = tool("verify", "specs", "--changed-since", "HEAD")
    assert answer.code == 2
    assert "git cannot be asked" in answer.err


def test_in_a_hook_of_another_repository(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git says of the repository that a hook is for does not mislead."""
    monkeypatch.setenv("GIT_DIR", "/nowhere/.git")
    assert decided(tool) == set()
