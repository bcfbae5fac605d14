"""`tcpverify init`: a new project, with a spec and the gates that keep it true."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from tcpverify.cli.console import console, write
from tcpverify.cli.options import FILE
from tcpverify.result import Exit


@click.command("init")
@click.argument("folder", type=FILE, default=Path(), metavar="[DIR]")
def command(folder: Path) -> int:
    """Write a working project into DIR (default: here): a spec, a workflow for GitHub, pre-commit hooks.

    Nothing is overwritten: if one of the files is there already, none is written.
    """
    from tcpverify.pipeline.starter import begin

    here = console(sys.stdout)
    for path in begin(folder):
        write(f"wrote {here.safe(str(path))}\n")
    write(f"next: tcpverify verify {here.safe(shlex.quote(str(folder / 'specs')))}\n")
    return Exit.OK
