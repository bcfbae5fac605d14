"""`tcpverify fmt`: specs in regular layout."""

from __future__ import annotations

import sys
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.faults import internal
from tcpverify.cli.options import FILE
from tcpverify.diagnostics import Diagnostic, ModelError
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.pipeline.format import Formatted


@click.command("fmt")
@click.argument("paths", nargs=-1, type=FILE, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
def command(paths: tuple[Path, ...], check: bool, diff: bool) -> int:
    """Format the specs at PATH (files or folders) in place: layout and spaces only.

    Every comment, and every line that the author ended, is kept. A file is written whole or not at all.
    """
    from tcpverify.lang.formatting.format import Unsafe
    from tcpverify.pipeline.format import format_file
    from tcpverify.pipeline.load import find
    from tcpverify.pipeline.save import rewrite

    here = console(sys.stdout)
    problems: list[Diagnostic] = []
    changed: list[Formatted] = []
    for path in paths:
        try:
            files = [file for file, _ in find(path)]
        except ModelError as error:
            problems += error.diagnostics
            continue
        for file in files:
            try:
                done = format_file(file)
                if done.changed:
                    if not (check or diff):
                        rewrite(file, done.after)
                    changed.append(done)
            except ModelError as error:
                problems += error.diagnostics
            except Unsafe as fault:
                complain([internal(fault)])
                return Exit.INTERNAL
    for done in changed:
        if diff:
            write(_diff(done))
        else:
            write(f"{'would change' if check else 'formatted'} {here.safe(str(done.path))}\n")
    complain(problems)
    if problems:
        return Exit.USAGE
    return Exit.UNMET if check and changed else Exit.OK


def _diff(done: Formatted) -> str:
    here = console(sys.stdout)
    name = str(done.path)
    lines = unified_diff(done.before.splitlines(), done.after.splitlines(), name, name, lineterm="")
    colours = {"+": "32", "-": "31"}
    return "".join(here.styled(here.safe(x), colours.get(x[:1], "")) + "\n" for x in lines)
