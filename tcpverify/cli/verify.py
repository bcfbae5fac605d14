"""`tcpverify verify`: the main job."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.faults import internal
from tcpverify.cli.ladders import Traces, ladders
from tcpverify.cli.options import FILE, budget, max_states, output_format, params, parse_params
from tcpverify.cli.status import Status
from tcpverify.cli.table import closing, table
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.limits import Limits
from tcpverify.pipeline.check import EngineChoice, Request, unknown_names, verify
from tcpverify.pipeline.load import Spec, find, load
from tcpverify.result import CountResult, Outcome, Result, exit_code, merged


@click.command("verify")
@click.argument("paths", nargs=-1, type=FILE, metavar="[PATH]...")
@click.option("--check", "checks", multiple=True, metavar="NAME", help="Only this check (repeatable).")
@click.option("--property", "properties", multiple=True, metavar="NAME",
              help="Only this property (repeatable).")  # fmt: skip
@params
@click.option("--engine", type=click.Choice(["auto", "explicit", "smt", "both"]), metavar="ENGINE",
              help="auto, explicit, smt or both, whatever the checks say.")  # fmt: skip
@max_states
@click.option("--bound", type=click.IntRange(0, 10_000), default=Limits().max_bound, show_default=True,
              metavar="STEPS", help="How many steps the symbolic engine unrolls.")  # fmt: skip
@budget
@click.option("--fail-fast", is_flag=True, help="Stop at the first expectation that is not met.")
@click.option("--strict", is_flag=True, help="Warnings are failures.")
@click.option("--traces", type=click.Choice(["unmet", "all", "none"]), default="all", show_default=True,
              metavar="WHICH", help="The violations to draw in the terminal: unmet, all, none.")  # fmt: skip
@click.option("--output", type=FILE, metavar="DIR", help="Write a summary and pictures into this folder.")
@output_format
def command(
    paths: tuple[Path, ...],
    checks: tuple[str, ...],
    properties: tuple[str, ...],
    params: tuple[str, ...],
    engine: EngineChoice | None,
    max_states: int,
    bound: int,
    budget: float | None,
    fail_fast: bool,
    strict: bool,
    traces: Traces,
    output: Path | None,
    output_format: str,
) -> int:
    """Decide the checks of the specs at PATH (files or folders; default: specs/)."""
    limits = Limits(max_states=max_states, max_bound=bound, seconds=budget)
    request = Request(checks, properties, engine, parse_params(params), limits, fail_fast)
    specs, outcome = _decide(paths or (Path("specs"),), request)
    if output_format == "json":
        from tcpverify.report.json import dumps, verify_document

        outcome, _ = _saved(output, specs, outcome)
        write(dumps(verify_document(outcome)))
        complain(outcome.diagnostics)
        return exit_code(outcome, strict)
    if outcome.results:
        here = console(sys.stdout)
        write(table(outcome.results, here))
        write(ladders(outcome.results, here, traces, request))
        write(closing(outcome, here, strict))
    complain(outcome.diagnostics)
    saved, written = _saved(output, specs, outcome)
    if written:
        write(f"wrote {written} files into {console(sys.stdout).safe(str(output))}\n")
    complain(saved.diagnostics[: len(saved.diagnostics) - len(outcome.diagnostics)])
    return exit_code(saved, strict)


# --- Deciding ----------------------------------------------------------------------------------------


def _decide(paths: Sequence[Path], request: Request) -> tuple[list[Spec], Outcome]:
    """The specs that can be read, and one outcome for all of them."""
    specs: list[Spec] = []
    try:
        errors = _load(paths, specs)
        wrong = [] if errors else unknown_names(specs, request)
        outcome = merged([]) if wrong else _run(specs, request)
    except Exception as fault:
        return specs, Outcome((), failures=(internal(fault),))
    errors += wrong
    if not (outcome.results or outcome.errors or outcome.failures or outcome.interrupted or errors):
        errors.append(_nothing(specs, request))
    return specs, replace(outcome, errors=(*errors, *outcome.errors))


def _load(paths: Sequence[Path], specs: list[Spec]) -> list[Diagnostic]:
    """Add all specs that can be read; the diagnostics of the others."""
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
    return errors


def _run(specs: Sequence[Spec], request: Request) -> Outcome:
    outcomes: list[Outcome] = []
    with Status(request.limits) as status:
        for spec in specs:
            outcomes.append(_verify(spec, request, status))
            last = outcomes[-1]
            unmet = last.errors or any(not r.met for r in last.results)
            if last.interrupted or (request.fail_fast and unmet):
                break
    return merged(outcomes)


def _verify(spec: Spec, request: Request, status: Status) -> Outcome:
    """The outcome of a spec; what was found is kept when the user or a fault of ours breaks it off."""
    found: list[Result | CountResult] = []
    started = request.limits.clock()

    def told(result: Result | CountResult) -> None:
        found.append(result)
        status.told()

    try:
        return verify(spec, request, status.progress, told)
    except KeyboardInterrupt:
        return Outcome(tuple(found), interrupted=True, seconds=request.limits.clock() - started)
    except Exception as fault:
        return Outcome(tuple(found), failures=(internal(fault),), seconds=request.limits.clock() - started)


def _nothing(specs: Sequence[Spec], request: Request) -> Diagnostic:
    """Why there was nothing to check, though all could be read."""
    if any(spec.program.checks for spec in specs):
        message = "no check decides what the options leave"
        hint = "drop --property, or name a check that expects something of it" if request.properties else None
    else:
        names = ", ".join(f"`{spec.name}`" for spec in specs[:3]) + (", ..." if len(specs) > 3 else "")
        message, hint = f"nothing to check: no check in {names}", "a check says `run SCENARIO`"
    return Diagnostic(Code.NOTHING_TO_CHECK, message, hint=hint)


# --- Saving ------------------------------------------------------------------------------------------


def _saved(output: Path | None, specs: Sequence[Spec], outcome: Outcome) -> tuple[Outcome, int]:
    """The outcome with what went wrong in writing the report, and how many files were written."""
    if output is None or not outcome.results:
        return outcome, 0
    from tcpverify.pipeline.report import write_report

    try:
        return outcome, len(write_report(output, specs, outcome))
    except ModelError as error:
        return replace(outcome, errors=(*error.diagnostics, *outcome.errors)), 0
    except Exception as fault:
        return replace(outcome, failures=(internal(fault), *outcome.failures)), 0


