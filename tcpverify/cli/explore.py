"""`tcpverify explore`: the reachable states of one scenario, counted."""

from __future__ import annotations

from pathlib import Path

import click

from tcpverify.cli.console import complain, write
from tcpverify.cli.options import FILE, budget, max_states, output_format, params, parse_params
from tcpverify.diagnostics import ModelError
from tcpverify.limits import Limits
from tcpverify.result import Exit


@click.command("explore")
@click.argument("file", type=FILE)
@click.option("--scenario", metavar="NAME", help="Which scenario (needed if there are several).")
@click.option("--variant", "variants", multiple=True, metavar="NAME",
              help="Apply a variant; several in this order.")  # fmt: skip
@params
@max_states
@budget
@output_format
def command(
    file: Path,
    scenario: str | None,
    variants: tuple[str, ...],
    params: tuple[str, ...],
    max_states: int,
    budget: float | None,
    output_format: str,
) -> int:
    """Count the reachable states, transitions, depth and deadlocks of a scenario of FILE.

    The exit code is 3 if a limit stopped the search before all were counted.
    """
    from tcpverify.cli.exploring import Exploration, explore, shown

    given = parse_params(params)
    try:
        found = explore(file, scenario, variants, given, Limits(max_states=max_states, seconds=budget))
    except ModelError as error:
        found = Exploration(None, 0.0, False, error.diagnostics)
    if output_format == "json":
        from tcpverify.report.json import dumps, explore_document

        write(dumps(explore_document(found.statistics, found.seconds, found.diagnostics)))
    elif found.statistics is not None:
        write(shown(found.statistics, found.seconds))
    complain(found.diagnostics)
    if found.interrupted:
        return Exit.INTERRUPTED
    if found.statistics is None:
        return Exit.INCONCLUSIVE if found.refused else Exit.USAGE
    return Exit.OK if found.statistics.complete else Exit.INCONCLUSIVE
