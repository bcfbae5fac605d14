"""`tcpverify verify`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.gates import Gates, as_shard, gate_options
from tcpverify.cli.options import (
    FILE,
    budget,
    jobs,
    max_memory,
    max_states,
    no_cache,
    output_format,
    params,
    parse_params,
    progress,
    threads,
)
from tcpverify.limits import Limits

if TYPE_CHECKING:
    from tcpverify.cli.ladders import Traces
    from tcpverify.cli.status import Mode
    from tcpverify.pipeline.ask import EngineChoice


@click.command("verify")
@click.argument("paths", nargs=-1, type=FILE, metavar="[PATH]...")
@click.option("--check", "checks", multiple=True, metavar="NAME", help="Only this check (repeatable).")
@click.option("--property", "properties", multiple=True, metavar="NAME",
              help="Only this property (repeatable).")  # fmt: skip
@params
@click.option("--engine", type=click.Choice(["auto", "explicit", "smt", "both"]), metavar="ENGINE",
              help="auto, explicit, smt or both, whatever the checks say.")  # fmt: skip
@max_states
@max_memory
@threads
@jobs
@click.option("--bound", type=click.IntRange(0, 10_000), default=Limits().max_bound, show_default=True,
              metavar="STEPS", help="How many steps the symbolic engine unrolls.")  # fmt: skip
@budget
@click.option("--proofs", type=FILE, default=Path("proofs"), show_default=True, metavar="DIR",
              help="Certificates to try before anything is searched for; never trusted.")  # fmt: skip
@no_cache
@click.option("--branches", is_flag=True,
              help="Also tell which branches of handlers no check takes: one more search.")  # fmt: skip
@click.option("--fail-fast", is_flag=True, help="Stop at the first expectation that is not met.")
@click.option("--strict", is_flag=True, help="Warnings are failures.")
@click.option("--traces", type=click.Choice(["unmet", "all", "none"]), default="all", show_default=True,
              metavar="WHICH", help="The violations to draw in the terminal: unmet, all, none.")  # fmt: skip
@click.option("--output", type=FILE, metavar="DIR", help="Write a summary and pictures into this folder.")
@click.option("--itf", type=FILE, metavar="DIR", help="Write every trace as ITF JSON into this folder.")
@click.option("--shard", metavar="I/N", callback=as_shard, help="Only the I-th of N parts of all checks.")
@click.option("--changed-since", "since", metavar="REV",
              help="Only specs that changed since this git revision, or that import one.")  # fmt: skip
@click.option("--watch", is_flag=True, help="Go on: decide again whenever a spec changes, until Ctrl-C.")
@gate_options
@progress
@output_format
def command(
    paths: tuple[Path, ...],
    checks: tuple[str, ...],
    properties: tuple[str, ...],
    params: tuple[str, ...],
    engine: EngineChoice | None,
    max_states: int | None,
    max_memory: int | None,
    threads: int | None,
    jobs: int | None,
    bound: int,
    budget: float | None,
    proofs: Path,
    no_cache: bool,
    branches: bool,
    fail_fast: bool,
    strict: bool,
    traces: Traces,
    output: Path | None,
    itf: Path | None,
    shard: tuple[int, int] | None,
    since: str | None,
    watch: bool,
    junit: Path | None,
    sarif: Path | None,
    gitlab: Path | None,
    github: bool,
    progress: Mode,
    output_format: str,
) -> int:
    """Decide the checks of the specs at PATH (files or folders; default: specs/)."""
    from tcpverify.cli.deciding import cache
    from tcpverify.cli.verifying import Wish, verified
    from tcpverify.cli.watch import watch as watching
    from tcpverify.pipeline.plan import Request

    paths = paths or (Path("specs"),)
    limits = Limits(max_states, bound, budget, max_memory=max_memory, threads=threads)
    request = Request(checks, properties, engine, parse_params(params), limits, fail_fast,
                      jobs=jobs or limits.workers(), proofs=proofs, cache=cache(paths, no_cache),
                      branches="warned of" if branches else "no")  # fmt: skip
    gates = Gates(junit, sarif, gitlab, github)
    wish = Wish(request, strict, traces, output, itf, shard, since, gates, progress, output_format == "json")
    if watch:
        return watching(paths, lambda: verified(paths, wish))
    return verified(paths, wish).code
