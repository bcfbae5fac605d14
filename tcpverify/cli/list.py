"""`tcpverify list`: what a spec has to run."""

from __future__ import annotations

from pathlib import Path

import click

from tcpverify.cli.console import write
from tcpverify.cli.options import FILE
from tcpverify.lang import syntax as s
from tcpverify.pipeline import load
from tcpverify.pipeline.load import Spec, find
from tcpverify.render.text import clean
from tcpverify.result import Exit


@click.command("list")
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...")
def command(paths: tuple[Path, ...]) -> int:
    """List the parameters, roles, variants, networks, scenarios, properties and checks of specs."""
    for path in paths:
        for file, root in find(path):
            write(listing(load(file, root)))
    return Exit.OK


def listing(spec: Spec) -> str:
    """What there is to run, one line each under its heading."""
    program = spec.program
    rows: list[tuple[str, list[str]]] = [
        ("parameters", [_flat(p) for p in program.params.values()]),
        ("roles", [f"{r.name} ({', '.join(_states(r))})" for r in program.roles.values()]),
        ("variants", list(program.variants)),
        ("networks", list(program.networks)),
        ("scenarios", [f"{n} on {x.network}" for n, x in program.scenarios.items()]),
        ("properties", [_flat(p.body, f"{n}: ") for n, p in program.properties.items()]),
        ("checks", [_check(c) for c in program.checks.values()]),
    ]
    lines = [clean(spec.name)]
    for heading, items in rows:
        if items:
            lines += [f"  {heading}", *(f"    {clean(item)}" for item in items)]
    return "\n".join(lines) + "\n"


def _flat(node: s.Param | s.PropertyBody, prefix: str = "") -> str:
    return prefix + " ".join(node.span.text.split())


def _states(role: s.Role) -> list[str]:
    return [i.name.text for i in role.items if isinstance(i, s.StateBlock)]


def _check(check: s.Check) -> str:
    run = next((" ".join(i.span.text.split()) for i in check.items if isinstance(i, s.Run)), "")
    return f"{check.name}: {run}"
