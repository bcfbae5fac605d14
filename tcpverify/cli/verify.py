"""`tcpverify verify`: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from tcpverify.cli.console import Console, complain, console, write
from tcpverify.cli.options import FILE, budget, max_states, output_format, params, parse_params
from tcpverify.cli.table import ladders, table, verdict_line
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.limits import Limits
from tcpverify.pipeline.check import Request, unknown_names, verify
from tcpverify.pipeline.load import Spec, find, load
from tcpverify.result import Exit, Outcome, exit_code


@click.command("verify")
@click.argument("paths", nargs=-1, type=FILE, metavar="[PATH]...")
@click.option("--check", "checks", multiple=True, help="Only this check (repeatable).")
@click.option("--property", "properties", multiple=True, help="Only this property (repeatable).")
@click.option(
    "--engine", type=click.Choice(["auto", "explicit", "smt", "both"]), help="Overrides the checks."
)
@params
@click.option("--fail-fast", is_flag=True, help="Stop at the first expectation that is not met.")
@click.option("--strict", is_flag=True, help="Warnings are failures.")
@click.option("--traces", type=click.Choice(["unmet", "all", "none"]), default="all", show_default=True,
              help="Which violations to draw in the terminal.")  # fmt: skip
@click.option("--output", type=FILE, help="Write a summary and pictures into this folder.")
@max_states
@click.option("--bound", type=click.IntRange(0, 10_000), default=Limits().max_bound, show_default=True,
              help="How many steps the symbolic engine unrolls.")  # fmt: skip
@budget
@output_format
def command(
    paths: tuple[Path, ...],
    checks: tuple[str, ...],
    properties: tuple[str, ...],
    engine: Literal["auto", "explicit", "smt", "both"] | None,
    params: tuple[str, ...],
    fail_fast: bool,
    strict: bool,
    traces: Literal["unmet", "all", "none"],
    output: Path | None,
    max_states: int,
    bound: int,
    budget: float | None,
    output_format: str,
) -> int:
    """Decide the checks of the specs at PATH (default: specs/)."""
    limits = Limits(max_states=max_states, max_bound=bound, seconds=budget)
    request = Request(checks, properties, engine, parse_params(params), limits, fail_fast)
    specs, errors = _load(paths or (Path("specs"),))
    wrong = [] if errors else unknown_names(specs, request)
    outcome = Outcome((), errors=(*errors, *wrong)) if wrong else _run(specs, request, errors)
    here = console(sys.stdout)
    _show(outcome, here, output_format, traces, request)
    if output is not None and not errors:
        _save(output, specs, outcome, output_format)
    code = exit_code(outcome, strict)
    if code is Exit.NOTHING:
        complain([Diagnostic(Code.NOTHING_TO_CHECK, "there was nothing to check")])
    return code


def _load(paths: tuple[Path, ...]) -> tuple[list[Spec], list[Diagnostic]]:
    """All specs, and the diagnostics of those that cannot be read."""
    specs: list[Spec] = []
    errors: list[Diagnostic] = []
    for path in paths:
        try:
            files = find(path)
        except ModelError as error:
            errors += error.diagnostics
            continue
        for file, root in files:
            try:
                specs.append(load(file, root))
            except ModelError as error:
                errors += error.diagnostics
    return specs, errors


def _run(specs: list[Spec], request: Request, errors: list[Diagnostic]) -> Outcome:
    """One outcome for all specs."""
    outcomes: list[Outcome] = []
    for spec in specs:
        outcomes.append(verify(spec, request))
        last = outcomes[-1]
        if last.interrupted or (request.fail_fast and (last.errors or any(not r.met for r in last.results))):
            break
    return Outcome(
        results=tuple(r for o in outcomes for r in o.results),
        errors=(*errors, *(d for o in outcomes for d in o.errors)),
        warnings=tuple(d for o in outcomes for d in o.warnings),
        failures=tuple(d for o in outcomes for d in o.failures),
        interrupted=any(o.interrupted for o in outcomes),
        seconds=sum(o.seconds for o in outcomes),
    )


def _show(
    outcome: Outcome,
    here: Console,
    output_format: str,
    traces: Literal["unmet", "all", "none"],
    request: Request,
) -> None:
    """Results to stdout, diagnostics to stderr."""
    if output_format == "json":
        from tcpverify.report.json import dumps, verify_document

        write(dumps(verify_document(outcome)))
        complain([*outcome.failures, *outcome.errors, *outcome.warnings])
        return
    if outcome.results:
        write(table(outcome.results, here))
        if traces != "none":
            write(ladders(outcome.results, here, traces == "unmet", request.params))
        write(verdict_line(outcome, here))
    complain([*outcome.failures, *outcome.errors, *outcome.warnings])


def _save(output: Path, specs: list[Spec], outcome: Outcome, output_format: str) -> None:
    from tcpverify.pipeline.report import write_report
    from tcpverify.pipeline.save import Folder

    written = write_report(Folder(output), specs, outcome)
    if output_format == "text":
        write(f"wrote {len(written)} files into {output}\n", sys.stdout)
