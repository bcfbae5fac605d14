"""`tcpverify sweep`: one property over parameters, as a table and as a heat map."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.options import (
    FILE,
    budget,
    jobs,
    max_memory,
    max_states,
    output_format,
    params,
    parse_params,
    progress,
    threads,
)
from tcpverify.limits import Limits

if TYPE_CHECKING:
    from tcpverify.cli.status import Mode
    from tcpverify.pipeline.ask import EngineChoice
    from tcpverify.result import Outcome, Result


@click.command("sweep")
@click.argument("file", type=FILE)
@click.option("--check", required=True, metavar="NAME", help="The check whose scenario is run.")
@click.option("--property", "prop", required=True, metavar="NAME", help="The property to decide.")
@params
@click.option("--engine", type=click.Choice(["auto", "explicit", "smt", "both"]), metavar="ENGINE",
              help="auto, explicit, smt or both, whatever the check says.")  # fmt: skip
@max_states
@max_memory
@threads
@jobs
@budget
@click.option("--output", type=FILE, metavar="FILE", help="Draw the table as a heat map, as this SVG file.")
@progress
@output_format
def command(
    file: Path,
    check: str,
    prop: str,
    params: tuple[str, ...],
    engine: EngineChoice | None,
    max_states: int | None,
    max_memory: int | None,
    threads: int | None,
    jobs: int | None,
    budget: float | None,
    output: Path | None,
    progress: Mode,
    output_format: str,
) -> int:
    """Decide one property for every choice of parameters, and show the verdicts as a table.

    The parameters are those that the check sweeps and those given with -p NAME=LO..HI. The last one goes
    across, the one before it down. The exit codes are those of verify: what the check expects is compared.
    """
    from tcpverify.cli.deciding import decide
    from tcpverify.pipeline.plan import Request
    from tcpverify.result import Exit, Result, exit_code

    limits = Limits(max_states, seconds=budget, max_memory=max_memory, threads=threads)
    request = Request((check,), (prop,), engine, parse_params(params), limits, unasked=True,
                      jobs=jobs or limits.workers())  # fmt: skip
    _, outcome = decide([file], request, mode=progress)
    rows = [r for r in outcome.results if isinstance(r, Result)]
    if output_format == "json":
        from tcpverify.report.json import dumps, verify_document

        write(dumps(verify_document(outcome)))
    elif rows:
        _show(rows, outcome)
    if output is not None and rows:
        _draw(rows, output)
    complain(outcome.diagnostics)
    code = exit_code(outcome)
    return Exit.INCONCLUSIVE if code is Exit.OK and _open(rows) else code


def _open(rows: list[Result]) -> bool:
    """Whether a verdict is not known: here it counts without an expectation, too."""
    from tcpverify.verdict import Bounded, Unknown

    return any(r.expected is None and isinstance(r.verdict, Bounded | Unknown) for r in rows)


def _show(rows: list[Result], outcome: Outcome) -> None:
    from tcpverify.cli.grids import text
    from tcpverify.cli.table import closing
    from tcpverify.render.grid import property_table

    here = console(sys.stdout)
    write(text(property_table(rows), here))
    write(closing(outcome, here, False))


def _draw(rows: list[Result], output: Path) -> None:
    from tcpverify.pipeline.save import write_all
    from tcpverify.render.grid import property_table
    from tcpverify.render.heatmap import heatmap

    write_all(output.parent, {output.name: heatmap(property_table(rows))})
