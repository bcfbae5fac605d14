"""`verify --watch`: decides again what changed, rests in between, and ends at Ctrl-C."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from cli.conftest import command, environment
from cli.specs import MET, UNMET
from tcpverify.cli.watch import look

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGINT")

SECONDS = 30.0


class Watching:
    """A process that watches, its lines read as they come."""

    def __init__(self, cache: Path, *arguments: str) -> None:
        around = environment(XDG_CACHE_HOME=str(cache), TCPVERIFY_NO_CACHE="")
        self.process = subprocess.Popen(
            command("verify", *arguments, "--watch", "--traces", "none"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=around, text=True,
        )  # fmt: skip
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()
        self.seen: list[str] = []

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line)

    def until(self, what: str) -> str:
        """The lines up to the one that holds something."""
        begun = len(self.seen)
        while not (self.seen[begun:] and what in self.seen[-1]):
            self.seen.append(self._lines.get(timeout=SECONDS))
        return "".join(self.seen[begun:])

    def end(self) -> int:
        """Interrupt it; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)

    def cpu(self) -> float:
        """Seconds of CPU time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    Path("specs").mkdir()
    Path("specs/a.tcpv").write_text(MET)
    Path("specs/b.tcpv").write_text(MET)
    found = Watching(tmp_path_factory.mktemp("cache"), "specs")
    try:
        yield found
    finally:
        found.process.kill()
        found.process.wait()


def test_again_and_again(watching: Watching) -> None:
    """What changed is decided, the rest is told again; a mistake is told and does not end it; nor does a
    file that comes or goes; between changes it rests."""
    assert "specs/a.tcpv c" not in watching.until("watching 2 files: Ctrl-C ends")
    Path("specs/a.tcpv").write_text(UNMET)
    told = watching.until("watching 2 files")
    assert "changed: specs/a.tcpv\n" in told
    assert "!! specs/a.tcpv c: stays violated, expected holds" in told
    assert re.search(r", [1-9]\d* cached, ", told)
    Path("specs/a.tcpv").write_text("nonsense")
    assert "error[TV101]" in watching.until("watching 2 files")
    Path("specs/a.tcpv").unlink()
    told = watching.until("watching 1 file:")
    assert re.search(r"\n(\d+) of \1 expectations met, \1 cached, ", told)
    Path("specs/new.tcpv").write_text(MET)
    assert "changed: specs/new.tcpv" in watching.until("watching 2 files")
    if Path("/proc/self/stat").exists():
        before = watching.cpu()
        time.sleep(1.2)
        assert watching.cpu() - before < 0.3
    assert watching.end() == 130
    assert "Traceback" not in "".join(watching.seen)


def test_what_is_looked_at(tmp_path: Path) -> None:
    """Folders wholly; of a file what stands beside it, and what was read elsewhere; no link to nothing."""
    for name in ("a/x.tcpv", "a/deep/y.tcpv", "b/z.tcpv", "b/other.txt", "b/deep/not.tcpv", "c/lib.tcpv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "a/gone.tcpv").symlink_to("nowhere")
    seen = look([tmp_path / "a", tmp_path / "b/z.tcpv", tmp_path / "missing.tcpv"], [tmp_path / "c/lib.tcpv"])
    names = {str(Path(path).relative_to(tmp_path)) for path in seen}
    assert names == {"a/x.tcpv", "a/deep/y.tcpv", "b/z.tcpv", "c/lib.tcpv"}
