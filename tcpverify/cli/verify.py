"""`tcpverify verify`: the main job."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.gates import Gates, as_shard, gate_options, pass_gates
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
    from tcpverify.pipeline.load import Spec
    from tcpverify.pipeline.plan import Request
    from tcpverify.result import Outcome


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
@click.option("--fail-fast", is_flag=True, help="Stop at the first expectation that is not met.")
@click.option("--strict", is_flag=True, help="Warnings are failures.")
@click.option("--traces", type=click.Choice(["unmet", "all", "none"]), default="all", show_default=True,
              metavar="WHICH", help="The violations to draw in the terminal: unmet, all, none.")  # fmt: skip
@click.option("--output", type=FILE, metavar="DIR", help="Write a summary and pictures into this folder.")
@click.option("--itf", type=FILE, metavar="DIR", help="Write every trace as ITF JSON into this folder.")
@click.option("--shard", metavar="I/N", callback=as_shard, help="Only the I-th of N parts of all checks.")
@click.option("--changed-since", "since", metavar="REV",
              help="Only specs that changed since this git revision, or that import one.")  # fmt: skip
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
    fail_fast: bool,
    strict: bool,
    traces: Traces,
    output: Path | None,
    itf: Path | None,
    shard: tuple[int, int] | None,
    since: str | None,
    junit: Path | None,
    sarif: Path | None,
    gitlab: Path | None,
    github: bool,
    progress: Mode,
    output_format: str,
) -> int:
    """Decide the checks of the specs at PATH (files or folders; default: specs/)."""
    from tcpverify.cli.deciding import Report, cache, decide, saved
    from tcpverify.pipeline.plan import Request

    paths = paths or (Path("specs"),)
    limits = Limits(max_states, bound, budget, max_memory=max_memory, threads=threads)
    request = Request(checks, properties, engine, parse_params(params), limits, fail_fast,
                      jobs=jobs or limits.workers(), proofs=proofs, cache=cache(paths, no_cache))  # fmt: skip
    report = None if output is None else Report(output)
    begin = report.begin if report else lambda _: None
    gates = Gates(junit, sarif, gitlab, github)
    specs, outcome = decide(paths, request, begin, progress, shard, since)
    if output_format == "json":
        outcome, _ = saved(report, itf, specs, outcome)
        outcome = pass_gates(gates, outcome, request, strict, stdout=False)
        _show_json(outcome)
        return _code(outcome, strict, since)
    _show(outcome, traces, request, strict)
    if since is not None and not outcome.results:
        _show_nothing(specs, since)
    final, written = saved(report, itf, specs, outcome)
    final = pass_gates(gates, final, request, strict, stdout=True)
    here = console(sys.stdout)
    for line in written:
        write(here.safe(line) + "\n")
    complain(final.diagnostics[: len(final.diagnostics) - len(outcome.diagnostics)])
    return _code(final, strict, since)


def _code(outcome: Outcome, strict: bool, since: str | None) -> int:
    """The exit code: that nothing is left to check since a revision is no mistake."""
    from tcpverify.result import Exit, exit_code

    code = exit_code(outcome, strict)
    return Exit.OK if since is not None and code is Exit.NOTHING and not outcome.errors else code


def _show_nothing(specs: Sequence[Spec], since: str) -> None:
    here = console(sys.stdout)
    what = "no check in the specs that changed" if specs else "no spec changed"
    write(here.safe(f"{what} since {since}") + "\n")


def _show_json(outcome: Outcome) -> None:
    from tcpverify.report.json import dumps, verify_document

    write(dumps(verify_document(outcome)))
    complain(outcome.diagnostics)


def _show(outcome: Outcome, traces: Traces, request: Request, strict: bool) -> None:
    """Results to stdout, diagnostics to stderr."""
    from tcpverify.cli.growing import notes
    from tcpverify.cli.ladders import ladders
    from tcpverify.cli.table import closing, table
    from tcpverify.cli.unkept import where_to_look

    if outcome.results:
        here = console(sys.stdout)
        write(table(outcome.results, here))
        write(ladders(outcome.results, here, traces, request))
        write(notes(outcome.results, here))
        write(where_to_look(outcome.results, here))
        write(closing(outcome, here, strict))
    complain(outcome.diagnostics)
