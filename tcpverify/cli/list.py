"""`tcpverify list`: what a spec has to run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tcpverify.cli.console import console, write
from tcpverify.cli.options import FILE
from tcpverify.result import Exit


@click.command("list")
@click.argument("paths", nargs=-1, type=FILE, metavar="[PATH]...")
def command(paths: tuple[Path, ...]) -> int:
    """List what the specs at PATH (default: specs/) have to run.

    Parameters, roles, variants, networks, scenarios, properties and checks.
    """
    from tcpverify.cli.listing import listing
    from tcpverify.pipeline.load import find, load

    for path in paths or (Path("specs"),):
        for file, root in find(path):
            write(listing(load(file, root), console(sys.stdout)))
    return Exit.OK
