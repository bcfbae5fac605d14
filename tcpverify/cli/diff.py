"""`tcpverify diff`: what changes from one version of a spec, or of a role, to another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.options import FILE, budget, output_format, params, parse_params, progress
from tcpverify.limits import Limits

if TYPE_CHECKING:
    from tcpverify.cli.status import Mode


@click.command("diff")
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("--role", metavar="NAME", help="Compare a role with a role, fed the same inputs.")
@click.option("--scenario", metavar="NAME", help="Compare an endpoint of this scenario instead.")
@click.option("--endpoint", metavar="NAME", help="Which endpoint of the scenario.")
@click.option("--alias", "aliases", multiple=True, metavar="OLD=NEW",
              help="A name of OLD, and what NEW calls it (repeatable).")  # fmt: skip
@click.option("--values", "values", multiple=True, metavar="FIELD=VALUES",
              help="The values of a field that are fed: LO..HI, or several with commas.")  # fmt: skip
@click.option("--ignore", "ignored", multiple=True, metavar="NAME",
              help="A field or signal that is not compared (repeatable).")  # fmt: skip
@click.option("--states", "named", is_flag=True, help="Compare the names of states too.")
@click.option("--depth", type=click.IntRange(1), default=8, show_default=True, metavar="COUNT",
              help="The most inputs of a run.")  # fmt: skip
@click.option("--variant", "variants", multiple=True, metavar="NAME", help="Apply a variant to NEW.")
@click.option("--old-variant", "old_variants", multiple=True, metavar="NAME", help="Apply a variant to OLD.")
@click.option("--traces", type=click.Choice(["all", "none"]), default="all", show_default=True,
              metavar="WHICH", help="Draw the runs: all or none.")  # fmt: skip
@params
@budget
@progress
@output_format
def command(
    old: Path,
    new: Path,
    role: str | None,
    scenario: str | None,
    endpoint: str | None,
    aliases: tuple[str, ...],
    values: tuple[str, ...],
    ignored: tuple[str, ...],
    named: bool,
    depth: int,
    variants: tuple[str, ...],
    old_variants: tuple[str, ...],
    traces: str,
    params: tuple[str, ...],
    budget: float | None,
    progress: Mode,
    output_format: str,
) -> int:
    """Tell what changes from OLD to NEW: verdicts of checks of the same name, or with --role what a role
    does.

    \b
    Exit codes, as of diff:
      0    no difference was found
      1    there are differences
      2    the command line or a spec is wrong
      3    no difference was found before a limit stopped the search
    """
    from tcpverify.cli import differing

    given = parse_params(params)
    limits = Limits(seconds=budget)
    if role is None and scenario is None:
        _refuse_role_options(aliases, values, ignored, (endpoint,), (named,), variants, old_variants)
        return differing.verdicts(old, new, given, limits, output_format, traces, progress)
    if role is not None and scenario is not None:
        raise click.UsageError("--role and --scenario exclude each other")
    from tcpverify.pipeline.apart import Side, Wish

    wish = Wish(
        parse_params(aliases, "--alias"), parse_params(values, "--values"), ignored, named, depth, limits
    )
    sides = [Side(path, role, scenario, endpoint, with_, given) for path, with_ in
             ((old, old_variants), (new, variants))]  # fmt: skip
    return differing.roles(sides[0], sides[1], wish, output_format, traces)


def _refuse_role_options(*options: Sequence[object]) -> None:
    if any(any(given) for given in options):
        raise click.UsageError("this option is for roles: name one with --role, or a --scenario")
