"""tcpverify and the installed peers on the benchmark model: one command, one table.

    python benchmarks/compare.py [--sizes tiny,mid,large,largest,mid_response] [--rounds 3] [--output FILE]

Every figure is end to end, in fresh processes: process start, parsing, code generation, the C compiler of
the peers, exploring, the verdict. The tools take turns, and the median of the rounds counts. `cold` is
tcpverify with an empty cache of compiled kernels, `warm` with the one that the run before has left; no
result is ever cached. Counts are compared: a tool that counts other states is an error, not a row.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE / "peers"


@dataclass(frozen=True)
class Size:
    """A size of the model (the name of its check), the property that is decided, and what every tool must
    count; `claimed`: the states that SPIN has with what its claim about a response has to know."""

    name: str
    states: int
    transitions: int
    prop: str = "roles"
    claimed: int | None = None


SIZES = {
    s.name: s
    for s in (
        Size("tiny", 1_942, 5_354),
        Size("mid", 872_693, 4_934_066),
        Size("large", 38_373_134, 299_642_875),
        Size("largest", 304_936_624, 2_403_931_363),
        Size("tiny_response", 1_942, 5_354, "answered", 3_256),
        Size("mid_response", 872_693, 4_934_066, "answered", 1_491_985),
    )
}
LARGEST = ("M=2", "K=3", "N=3")
"""Only tcpverify is run on it, and only to count: it takes 8 GB."""


@dataclass(frozen=True)
class Entry:
    """A tool as it is run: the commands that lead from the model's text to a verdict, the last of which
    prints the counts. `peak` tells which command's memory counts: the last."""

    tool: str
    label: str
    commands: Callable[[Size], list[list[str]]]
    states: str
    sizes: tuple[str, ...] = ("tiny", "mid", "large")
    keeps_cache: bool = False


@dataclass(frozen=True)
class Measured:
    """Seconds for all commands; seconds and peak bytes of the last."""

    seconds: float
    last: float
    peak: int


def entries() -> list[Entry]:
    """The tools that are installed."""
    found = [
        _ours("tcpverify, 1 thread, cold", 1, False),
        _ours("tcpverify, 1 thread, warm", 1, True),
        _ours("tcpverify, 2 threads, cold", 2, False),
        _ours("tcpverify, 2 threads, warm", 2, True),
    ]
    if shutil.which("spin") and shutil.which("gcc"):
        small = ("tiny", "mid", "tiny_response", "mid_response")
        found += [_spin("-O0", small), _spin("-O2", (*small, "large"))]
    if shutil.which("rumur") and shutil.which("gcc"):
        found += [_rumur("-O0", 1, ("tiny",)), _rumur("-O1", 2, ("mid",))]
    return found


def _ours(label: str, threads: int, warm: bool) -> Entry:
    def commands(size: Size) -> list[list[str]]:
        command = shutil.which("tcpverify", path=os.path.dirname(sys.executable)) or "tcpverify"
        model = str(HERE / "connection.tcpv")
        if size.name == "largest":
            params = [word for given in LARGEST for word in ("-p", given)]
            return [[command, "explore", model, "--scenario", "bench", *params, "--threads", str(threads)]]
        check = ["--check", size.name, "--property", size.prop]
        more = [] if size.claimed is None else ["--max-states", "1000000"]
        return [[command, "verify", model, *check, *more, "--threads", str(threads)]]

    sizes = tuple(name for name in SIZES if name != "largest" or (threads == 2 and warm))
    return Entry("tcpverify", label, commands, r"([\d,]+) states|states +([\d,]+)", sizes, warm)


def _spin(level: str, sizes: tuple[str, ...]) -> Entry:
    def commands(size: Size) -> list[list[str]]:
        flags = ["-DNOFAIR", "-DNOREDUCE", "-DMEMLIM=20000"]
        slots = "-w26" if size.name == "large" else "-w20"
        kind, search = ("-DSAFETY", []) if size.claimed is None else ("-w", ["-a"])
        return [
            ["spin", "-a", str(PEERS / f"{size.name}.pml")],
            ["gcc", level, kind, *flags, "-o", "pan", "pan.c"],
            ["./pan", "-m1000000", slots, *search],
        ]

    return Entry("SPIN", f"SPIN, gcc {level}", commands, r"(\d+) states, stored", sizes)


def _rumur(level: str, threads: int, sizes: tuple[str, ...]) -> Entry:
    def commands(size: Size) -> list[list[str]]:
        model = str(PEERS / f"{size.name}.m")
        return [
            ["rumur", "--deadlock-detection", "off", "--threads", str(threads), "-o", "r.c", model],
            ["gcc", "-std=c11", level, "-mcx16", "-o", "r", "r.c", "-lpthread"],
            ["./r"],
        ]

    label = f"Rumur, gcc {level}, {threads} thread{'s' * (threads > 1)}"
    return Entry("Rumur", label, commands, r"([\d,]+) states", sizes)


def measure(entry: Entry, size: Size, cache: Path) -> Measured:
    """Run an entry once; SystemExit if it counts other states than it should."""
    if not entry.keeps_cache:
        shutil.rmtree(cache, ignore_errors=True)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "TERM": "dumb"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        total, text, seconds, peak = 0.0, "", 0.0, 0
        for command in entry.commands(size):
            seconds, peak, text = _run(command, folder, environment)
            total += seconds
    expected = size.claimed if entry.tool == "SPIN" and size.claimed is not None else size.states
    counted = [next(filter(None, m.groups())) for m in re.finditer(entry.states, text)]
    if not counted or int(counted[-1].replace(",", "")) != expected:
        raise SystemExit(f"{entry.label} on {size.name}: not {expected:,} states\n{text[-2000:]}")
    return Measured(total, seconds, peak)


def _run(command: Sequence[str], folder: str, environment: dict[str, str]) -> tuple[float, int, str]:
    """Seconds, peak resident bytes, and what was printed."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{text[-2000:]}")
    return seconds, usage.ru_maxrss * 1024, text


def compare(sizes: Sequence[Size], rounds: int) -> dict[str, dict[str, list[Measured]]]:
    """By size and label, what each round measured; the tools take turns."""
    found: dict[str, dict[str, list[Measured]]] = {}
    with tempfile.TemporaryDirectory() as caches:
        for size in sizes:
            here = [e for e in entries() if size.name in e.sizes]
            rows = found.setdefault(size.name, {e.label: [] for e in here})
            for turn in range(rounds):
                for entry in here:
                    rows[entry.label].append(measure(entry, size, Path(caches) / "cache"))
                    seconds = rows[entry.label][-1].seconds
                    told = f"{size.name} {turn + 1}/{rounds} {entry.label}: {seconds:.3f} s"
                    print(told, file=sys.stderr)
    return found


def table(size: Size, rows: dict[str, list[Measured]]) -> str:
    """The rows of a size as Markdown; the ratio is to the best SPIN."""
    medians = {label: _median(measured) for label, measured in rows.items()}
    spins = [m.seconds for label, m in medians.items() if label.startswith("SPIN")]
    lines = [
        f"### {size.name}: {size.states:,} states, {size.transitions:,} transitions",
        "",
        "| | seconds | of SPIN's best | states/s | transitions/s | peak bytes a state |",
        "|---|---|---|---|---|---|",
    ]
    for label, m in sorted(medians.items(), key=lambda row: row[1].seconds):
        ratio = f"{min(spins) / m.seconds:.2f}x as fast" if spins else "-"
        lines.append(
            f"| {label} | {m.seconds:.3f} | {ratio} | {size.states / m.seconds:,.0f} "
            f"| {size.transitions / m.seconds:,.0f} | {m.peak / size.states:,.1f} |"
        )
    return "\n".join([*lines, ""])


def _median(measured: Sequence[Measured]) -> Measured:
    middle = lambda values: statistics.median(list(values))  # noqa: E731
    return Measured(
        middle(m.seconds for m in measured),
        middle(m.last for m in measured),
        int(middle(m.peak for m in measured)),
    )


def machine() -> str:
    """What the figures were measured on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if "model name" in line), "?"
    )
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if "MemTotal" in line), 0)
    versions = [f"Python {platform.python_version()}"]
    for command in (["spin", "-V"], ["rumur", "--version"], ["gcc", "--version"]):
        if shutil.which(command[0]):
            said = subprocess.run(command, capture_output=True, text=True, check=False)
            versions.append((said.stdout or said.stderr).strip().splitlines()[0])
    return f"{os.cpu_count()} cores ({model}), {memory / 2**20:.0f} GiB. " + "; ".join(versions) + "."


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="tiny,mid,large,mid_response")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, help="write the table to this file as well")
    options = parser.parse_args()
    sizes = [SIZES[name] for name in options.sizes.split(",")]
    found = compare(sizes, options.rounds)
    text = "\n".join(
        [
            "# Results",
            "",
            f"Measured on {date.today().isoformat()} by `python benchmarks/compare.py`; median of "
            f"{options.rounds}, end to end, the tools taking turns. {machine()}",
            "",
            "`peak bytes a state` is the peak resident memory of the process by the number of states: on "
            "tiny it is the program itself.",
            "",
            *(table(size, found[size.name]) for size in sizes),
        ]
    )
    print(text)
    if options.output is not None:
        options.output.write_text(text)


if __name__ == "__main__":
    main()
