"""`tcpverify explore`: the reachable states of one scenario, counted and drawn."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.options import (
    FILE,
    adversaries,
    budget,
    max_memory,
    max_states,
    output_format,
    params,
    parse_params,
    progress,
    scenario,
    threads,
    variants,
)
from tcpverify.diagnostics import ModelError
from tcpverify.limits import Limits
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.cli.status import Mode


@click.command("explore")
@click.argument("file", type=FILE)
@scenario
@variants
@adversaries
@params
@max_states
@max_memory
@threads
@budget
@click.option("--why", is_flag=True, help="Tell what makes the states many, even if nothing stopped it.")
@click.option("--graph", type=FILE, metavar="PATH",
              help="Draw the state graph: into this folder, or as this .svg or .dot file.")  # fmt: skip
@click.option("--property", "prop", metavar="NAME",
              help="In the graph, the way to a violation of this property is bold.")  # fmt: skip
@progress
@output_format
def command(
    file: Path,
    scenario: str | None,
    variants: tuple[str, ...],
    adversaries: tuple[str, ...],
    params: tuple[str, ...],
    max_states: int | None,
    max_memory: int | None,
    threads: int | None,
    budget: float | None,
    why: bool,
    graph: Path | None,
    prop: str | None,
    progress: Mode,
    output_format: str,
) -> int:
    """Count the reachable states, transitions, depth and deadlocks of a scenario of FILE.

    The exit code is 3 if a limit stopped the search before all were counted; then it also tells what makes
    the states many.
    """
    from tcpverify.cli.exploring import Exploration, explore, shown

    given = parse_params(params)
    limits = Limits(max_states, seconds=budget, max_memory=max_memory, threads=threads, growth=why)
    if prop is not None and graph is None:
        raise click.UsageError("--property says what is bold in a --graph")
    try:
        found = explore(file, scenario, variants, given, limits, adversaries, progress)
    except ModelError as error:
        found = Exploration(None, 0.0, False, error.diagnostics)
    if output_format == "json":
        from tcpverify.report.json import dumps, explore_document

        write(dumps(explore_document(found.statistics, found.seconds, found.diagnostics)))
    elif found.statistics is not None:
        write(shown(found.statistics, found.seconds, console(sys.stdout)))
    complain(found.diagnostics)
    if found.interrupted:
        return Exit.INTERRUPTED
    if found.statistics is None:
        return Exit.INCONCLUSIVE if found.refused else Exit.USAGE
    if graph is not None:
        from tcpverify.cli.graphing import draw
        from tcpverify.pipeline.load import load
        from tcpverify.pipeline.scene import scene

        wanted = () if prop is None else (prop,)
        return draw(scene(load(file), scenario, variants, given, wanted, adversaries), limits, graph,
                    output_format == "text")  # fmt: skip
    return Exit.OK if found.statistics.complete else Exit.INCONCLUSIVE
