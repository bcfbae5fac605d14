"""The cache of kernels: nothing is used that is not ours or not whole, and nothing needs it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from explicit.native.toys import grid
from tcpverify.explicit.native import cache

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no owners to check")


def test_where_it_is() -> None:
    assert cache.folder({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == Path("/c/tcpverify/kernels")
    assert cache.folder({"HOME": "/h"}) == Path("/h/.cache/tcpverify/kernels")
    assert cache.folder({"XDG_CACHE_HOME": "relative", "HOME": "/h"}) == Path("/h/.cache/tcpverify/kernels")
    assert cache.folder({"HOME": "relative"}) is None
    assert cache.folder({}) is None


def test_names_depend_on_every_part() -> None:
    assert len({cache.key("a", "b"), cache.key("ab"), cache.key("ab", ""), cache.key("b", "a")}) == 4


def test_kept_and_fetched(tmp_path: Path) -> None:
    where = tmp_path / "a" / "kernels"
    assert cache.fetch(where, "n") is None
    assert cache.keep(where, "n", b"code")
    assert cache.fetch(where, "n") == b"code"
    assert cache.keep(where, "n", b"newer")
    assert cache.fetch(where, "n") == b"newer"
    assert stat.S_IMODE(where.stat().st_mode) == 0o700
    assert [f.name for f in where.iterdir()] == ["n"]


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c[:10], lambda _: b"", lambda c: c + b"x"])
def test_a_damaged_file_is_not_used(tmp_path: Path, change: object) -> None:
    where = tmp_path / "kernels"
    cache.keep(where, "n", b"code")
    assert callable(change)
    (where / "n").write_bytes(change((where / "n").read_bytes()))
    assert cache.fetch(where, "n") is None


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o722])
def test_a_folder_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    where = tmp_path / "kernels"
    cache.keep(where, "n", b"code")
    where.chmod(mode)
    assert cache.fetch(where, "n") is None
    assert not cache.keep(where, "m", b"code")


def test_a_file_others_may_write_to_is_refused(tmp_path: Path) -> None:
    where = tmp_path / "kernels"
    cache.keep(where, "n", b"code")
    (where / "n").chmod(0o622)
    assert cache.fetch(where, "n") is None


def test_links_are_not_followed(tmp_path: Path) -> None:
    real = tmp_path / "real"
    cache.keep(real, "n", b"code")
    (real / "link").symlink_to(real / "n")
    assert cache.fetch(real, "link") is None
    (tmp_path / "linked").symlink_to(real)
    assert cache.fetch(tmp_path / "linked", "n") is None
    assert not cache.keep(tmp_path / "linked", "m", b"code")


def test_somebody_elses_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = tmp_path / "kernels"
    cache.keep(where, "n", b"code")
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert cache.fetch(where, "n") is None
    assert not cache.keep(where, "m", b"code")


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not cache.keep(tmp_path / "file" / "kernels", "n", b"code")
    assert cache.fetch(tmp_path / "file" / "kernels", "n") is None
    assert not cache.keep(None, "n", b"code")
    assert cache.fetch(None, "n") is None


@pytest.mark.parametrize("damage", ["", "cut", "nonsense", "no folder"])
def test_a_kernel_is_had_in_any_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    """Cold, from the cache, and with the cache damaged or forbidden, it explores the same."""
    pytest.importorskip("llvmlite")
    from tcpverify.explicit.native import compiled, jit
    from tcpverify.explicit.native.space import Space

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled_texts: list[int] = []
    real = jit.machine_code
    monkeypatch.setattr(jit, "machine_code", lambda t, n: compiled_texts.append(n) or real(t, n))
    where = tmp_path / cache.FOLDER
    if damage == "no folder":
        monkeypatch.delenv("HOME", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", "")
    for turn in range(2):
        compiled.search_kernel.cache_clear()
        space = Space(grid(9), 1, 1 << 28)
        space.start([(0,)])
        while not space.complete:
            space.advance(lambda: True)
        assert space.count == 729
        space.close()
        thorough = compiled_texts.count(jit.THOROUGH)
        assert thorough == (1 if turn == 0 or damage == "" else 2)
        for file in where.iterdir() if damage in ("cut", "nonsense") else ():
            content = file.read_bytes()
            file.write_bytes(content[:-7] if damage == "cut" else b"\x90" * len(content))
    compiled.search_kernel.cache_clear()
