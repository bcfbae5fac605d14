"""`tcpverify step`: a scenario worked through by hand."""

from __future__ import annotations

from pathlib import Path

import click

from tcpverify.cli.options import FILE, adversaries, params, parse_params, scenario, variants
from tcpverify.result import Exit


@click.command("step")
@click.argument("file", type=FILE)
@scenario
@variants
@adversaries
@params
def command(
    file: Path,
    scenario: str | None,
    variants: tuple[str, ...],
    adversaries: tuple[str, ...],
    params: tuple[str, ...],
) -> int:
    """Work through a scenario of FILE by hand: choose among the steps that are possible.

    \b
    Reads from standard input:
      NUMBER    takes that step
      u         undoes the last one
      s         shows the state
      t [FILE]  saves the trace as ITF JSON
      ?         shows these commands
      q         quits; so does the end of the input
    """
    from tcpverify.cli.stepping import work
    from tcpverify.pipeline.load import load
    from tcpverify.pipeline.scene import scene

    given = parse_params(params)
    work(scene(load(file), scenario, variants, given, adversaries=adversaries))
    return Exit.OK
