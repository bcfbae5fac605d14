"""A folder that is ours by its manifest: nothing else in it is written or removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tcpverify.diagnostics import ModelError
from tcpverify.pipeline.owned import MANIFEST, replace_all


def test_written_again(tmp_path: Path) -> None:
    """What is no longer written goes, what is loose may differ, the rest is as it was."""
    folder = tmp_path / "out"
    replace_all(folder, {"a.md": "a", "b.md": "b"}, {"times.json": "1"})
    first = (folder / MANIFEST).read_bytes()
    replace_all(folder, {"a.md": "a", "b.md": "b"}, {"times.json": "2"})
    assert (folder / MANIFEST).read_bytes() == first
    replace_all(folder, {"a.md": "c"}, {"times.json": "3"})
    assert sorted(p.name for p in folder.iterdir()) == ["a.md", MANIFEST, "times.json"]
    assert (folder / "a.md").read_text() == "c"


def test_changed_by_hand_stays(tmp_path: Path) -> None:
    replace_all(tmp_path / "out", {"a.md": "a", "b.md": "b"}, {})
    (tmp_path / "out" / "b.md").write_text("mine")
    replace_all(tmp_path / "out", {"a.md": "a"}, {})
    assert (tmp_path / "out" / "b.md").read_text() == "mine"


def test_what_is_not_listed_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("mine")
    with pytest.raises(ModelError, match="not of a report"):
        replace_all(tmp_path, {"a.md": "a", "b.md": "b"}, {})
    assert (tmp_path / "a.md").read_text() == "mine"
    assert not (tmp_path / "b.md").exists()


def test_no_link_is_followed(tmp_path: Path) -> None:
    """Neither the folder nor a file in it, listed or not, leads anywhere else."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "link").symlink_to(outside)
    with pytest.raises(ModelError, match="symbolic link"):
        replace_all(tmp_path / "link", {"a.md": "a"}, {})
    assert not list(outside.iterdir())
    folder = tmp_path / "out"
    replace_all(folder, {"a.md": "a", "b.md": "b"}, {})
    for name in ("a.md", "b.md"):
        (outside / name).write_text(name[0])
        (folder / name).unlink()
        (folder / name).symlink_to(outside / name)
    replace_all(folder, {"a.md": "new"}, {})
    assert (outside / "a.md").read_text() == "a"
    assert (outside / "b.md").exists()
    assert not (folder / "a.md").is_symlink()


@pytest.mark.parametrize("text", ["{}", "[]", "x", '{"format": "other", "files": {}}'])
def test_a_manifest_of_something_else(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(ModelError, match="not the manifest of a report"):
        replace_all(tmp_path, {"a.md": "a"}, {})
    assert (tmp_path / MANIFEST).read_text() == text


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    """A forged manifest removes nothing outside, nor what is in folders or hidden."""
    folder = tmp_path / "out"
    (folder / "sub").mkdir(parents=True)
    digest = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    for name in ("../x.md", "sub/x.md", ".x.md"):
        (folder / name).write_text("a")
    names = dict.fromkeys(("../x.md", "sub/x.md", ".x.md", str(tmp_path / "x.md")), digest)
    (folder / MANIFEST).write_text(json.dumps({"format": "tcpverify report 1", "files": names}))
    replace_all(folder, {"a.md": "a"}, {})
    assert all((folder / name).exists() for name in ("../x.md", "sub/x.md", ".x.md"))
