"""How much memory is left before the machine, a control group or a process limit ends us."""

from __future__ import annotations

from mmap import PAGESIZE
from pathlib import Path

ROOT = Path("/")
_UNLIMITED = 1 << 60
"""Control groups (v1) write "no limit" as a number beyond this."""


def resident(root: Path = ROOT) -> int | None:
    """The bytes of memory that this process holds, or None where that cannot be read."""
    words = _text(root / "proc/self/statm").split()
    return int(words[1]) * PAGESIZE if len(words) > 1 and words[1].isdigit() else None


def left(root: Path = ROOT) -> int | None:
    """The bytes that can still be taken, by the tightest limit known; None if none is known."""
    rooms = [_of_machine(root), *(_of_group(g) for g in _groups(root)), _of_process(root)]
    return min((room for room in rooms if room is not None), default=None)


def cgroup_limit(root: Path = ROOT) -> int | None:
    """The tightest limit of the control groups that this process is in; None without one."""
    limits = [_number(g / "memory.max") or _number(g / "memory.limit_in_bytes") for g in _groups(root)]
    return min((x for x in limits if x is not None and x < _UNLIMITED), default=None)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _of_machine(root: Path) -> int | None:
    for line in _text(root / "proc/meminfo").splitlines():
        words = line.split()
        if words[:1] == ["MemAvailable:"] and words[1].isdigit():
            return int(words[1]) * 1024
    return None


def _groups(root: Path) -> list[Path]:
    """The folders of the memory control groups that this process is in, from inner to outer."""
    folders: list[Path] = []
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / ("memory" if controllers else "")
        inner = top / path.strip("/")
        folders += [inner, *(p for p in inner.parents if p.is_relative_to(top))]
    return folders


def _of_group(folder: Path) -> int | None:
    """What is left in one control group (v2 or v1); file pages that can be dropped count as free."""
    limit = _number(folder / "memory.max") or _number(folder / "memory.limit_in_bytes")
    used = _number(folder / "memory.current") or _number(folder / "memory.usage_in_bytes")
    if limit is None or used is None or limit >= _UNLIMITED:
        return None
    pages = dict(line.split()[:2] for line in _text(folder / "memory.stat").splitlines() if " " in line)
    droppable = pages.get("total_inactive_file", pages.get("inactive_file", "0"))
    return max(0, limit - used + int(droppable))


def _of_process(root: Path) -> int | None:
    """What is left of the address space (`ulimit -v`)."""
    try:
        import resource
    except ImportError:
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    words = _text(root / "proc/self/statm").split()
    if limit == resource.RLIM_INFINITY or not words or not words[0].isdigit():
        return None
    return max(0, limit - int(words[0]) * PAGESIZE)
