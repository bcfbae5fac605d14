"""Work done again whenever a spec changes, until the user has had enough."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from tcpverify.cli.console import console, write
from tcpverify.cli.verifying import Verified
from tcpverify.limits import Limits
from tcpverify.result import Exit

SECONDS = 0.5
"""Between two looks at the files."""
PART = 0.05
"""The part of the time that looking takes at most: where there are many files, there are fewer looks."""
SUFFIX = ".tcpv"

Seen: TypeAlias = dict[str, tuple[int, int, int]]
"""Of each file when it was changed (ns), its size (bytes) and its number in the file system."""


def watch(paths: Sequence[Path], work: Callable[[], Verified]) -> int:
    """Do the work, and again after each change of a file that it read, of a spec beside one, or of one in a
    folder of `paths`. The exit code, when the user interrupts the work; between two, KeyboardInterrupt."""
    files: tuple[Path, ...] = ()
    while True:
        before = look(paths, files)
        done = work()
        if done.code == Exit.INTERRUPTED:
            return done.code
        files = done.files
        before = {**look(paths, files), **before}
        _tell(f"watching {len(before)} {'file' if len(before) == 1 else 'files'}: Ctrl-C ends")
        changed = _next_change(paths, files, before)
        _tell(f"changed: {', '.join(changed[:3])}{', ...' if len(changed) > 3 else ''}")


def look(paths: Iterable[Path], files: Iterable[Path]) -> Seen:
    """How specs in and at some paths look, and some other files with the specs beside them."""
    seen: Seen = {}
    for path in _watched(paths, files):
        try:
            found = path.stat()
        except OSError:  # gone, or a link to nothing
            continue
        seen[str(path)] = (found.st_mtime_ns, found.st_size, found.st_ino)
    return seen


def _watched(paths: Iterable[Path], files: Iterable[Path]) -> Iterator[Path]:
    named = [*files]
    for path in paths:
        if path.is_dir():
            yield from path.rglob(f"*{SUFFIX}")
        else:
            named.append(path)
    yield from named
    for folder in {path.parent for path in named}:
        yield from folder.glob(f"*{SUFFIX}")


def _next_change(paths: Sequence[Path], files: Sequence[Path], before: Seen) -> list[str]:
    """Wait for a change; the files that changed, came or went."""
    pause, clock = SECONDS, Limits().clock
    while True:
        time.sleep(pause)
        started = clock()
        now = look(paths, files)
        changed = sorted(name for name in {**before, **now} if before.get(name) != now.get(name))
        if changed:
            return changed
        pause = max(SECONDS, (clock() - started) / PART)


def _tell(line: str) -> None:
    """A line to stderr: results alone go to stdout."""
    if sys.stderr is not None:
        write(console(sys.stderr).safe(line) + "\n", sys.stderr)
