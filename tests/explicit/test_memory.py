"""Reading what memory is left, from a made-up /proc and /sys."""

from __future__ import annotations

from mmap import PAGESIZE
from pathlib import Path

from tcpverify import memory


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_nothing_known(tmp_path: Path) -> None:
    assert memory.resident(tmp_path) is None
    assert memory.left(tmp_path) is None


def test_machine(tmp_path: Path) -> None:
    write(
        tmp_path, proc__self__statm="500 25 3 0 0 0 0", proc__meminfo="MemFree: 1 kB\nMemAvailable: 64 kB\n"
    )
    assert memory.resident(tmp_path) == 25 * PAGESIZE
    assert memory.left(tmp_path) == 64 * 1024


def test_control_group_v2_the_tightest_counts(tmp_path: Path) -> None:
    write(tmp_path, proc__self__cgroup="0::/user/job\n", proc__meminfo="MemAvailable: 9999 kB\n")
    group = tmp_path / "sys/fs/cgroup/user"
    write(group / "job", **{"memory.max": "max\n", "memory.current": "70000\n"})
    write(
        group, **{"memory.max": "100000\n", "memory.current": "70000\n", "memory.stat": "inactive_file 500\n"}
    )
    assert memory.left(tmp_path) == 30_500


def test_control_group_v1(tmp_path: Path) -> None:
    write(tmp_path, proc__self__cgroup="5:cpu:/x\n4:memory:/job\n", proc__meminfo="")
    write(
        tmp_path / "sys/fs/cgroup/memory/job",
        **{"memory.limit_in_bytes": "1000", "memory.usage_in_bytes": "400"},
    )
    assert memory.left(tmp_path) == 600


def test_here() -> None:
    left, resident = memory.left(), memory.resident()
    assert left is None or left > 0
    assert resident is None or resident > 1 << 20
