"""`tcpverify export`: a scenario for other model checkers: Promela, Murphi, TLA+."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, write
from tcpverify.cli.options import FILE, adversaries, params, parse_params, scenario, variants
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.ir.system import Property, System
    from tcpverify.pipeline.scene import Scene


@click.command("export")
@click.argument("file", type=FILE)
@click.option("--to", "language", type=click.Choice(["promela", "murphi", "tla"]), required=True,
              metavar="LANGUAGE", help="promela (SPIN), murphi (Rumur, CMurphi) or tla (TLC).")  # fmt: skip
@scenario
@variants
@adversaries
@params
@click.option("--property", "properties", multiple=True, metavar="NAME",
              help="Export this property (repeatable); default: all that speak of the scenario.")  # fmt: skip
@click.option("--bare", is_flag=True, help="Without properties: to count states and transitions.")
@click.option("--output", type=FILE, metavar="PATH", help="Write to this file instead of stdout.")
def command(
    file: Path,
    language: str,
    scenario: str | None,
    variants: tuple[str, ...],
    adversaries: tuple[str, ...],
    params: tuple[str, ...],
    properties: tuple[str, ...],
    bare: bool,
    output: Path | None,
) -> int:
    """Write a scenario of FILE, unreduced, in the language of another model checker.

    It has the states and transitions that `explore` counts. To promela, a response (`leads_to`, `eventually`,
    `until`) that is named alone becomes a never claim with its fairness.
    """
    from tcpverify.export.heading import About
    from tcpverify.export.languages import export
    from tcpverify.pipeline.load import load
    from tcpverify.pipeline.save import write_all
    from tcpverify.pipeline.scene import scene

    given = parse_params(params)
    if bare and properties:
        raise click.UsageError("--bare is without properties, and --property names one")
    found = scene(load(file), scenario, variants, given, properties, adversaries)
    system, asked = _asked(found, bare)
    if language == "promela" and len(properties) > 1:
        _alone(found.model.properties)
    about = About(found.spec.name, found.request.scenario, found.params, variants, adversaries)
    text = export(language, about, system, asked)
    if output is None:
        write(text, verbatim=True)
    else:
        write_all(output.parent, {output.name: text})
    complain(found.warnings)
    return Exit.OK


def _alone(properties: Sequence[Property]) -> None:
    """Raises UsageError if one of several properties is a response."""
    from tcpverify.ir.system import PropertyKind

    for prop in properties:
        if prop.kind is PropertyKind.RESPONSE:
            raise click.UsageError(f"{prop.name} becomes a never claim, and a text has one: name it alone")


def _asked(found: Scene, bare: bool) -> tuple[System, list[Property]]:
    """The system to export, with its properties: those named, over the system with their observers; or
    all that speak of the scenario without an observer. What speaks of whole runs is named in a comment."""
    from tcpverify.export.heading import EXPORTED
    from tcpverify.ir.system import PropertyKind
    from tcpverify.lang.resolve import AUTOMATIC
    from tcpverify.pipeline.scene import scene, watching, with_claims

    model, request = found.model, found.request
    if bare:
        return model.system, []
    if model.properties:
        return watching(model), list(model.properties)
    names = [*(p.name for p in with_claims(found).properties), *AUTOMATIC]
    whole = scene(
        found.spec, request.scenario, request.variants, found.params, names, request.adversaries
    ).model
    runs = (PropertyKind.RESPONSE, PropertyKind.TRAP_FREE)
    fit = [p for p in whole.properties
           if p.kind in runs or (p.kind in EXPORTED and p.name not in whole.watched)]  # fmt: skip
    return whole.system, fit
