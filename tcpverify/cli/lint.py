"""`tcpverify lint`: what is wrong with specs, without deciding anything."""

from __future__ import annotations

from pathlib import Path

import click

from tcpverify.cli.console import complain, write
from tcpverify.cli.options import FILE
from tcpverify.diagnostics import Diagnostic, ModelError, Severity, in_order
from tcpverify.result import Exit, Outcome, exit_code


@click.command("lint")
@click.argument("paths", nargs=-1, type=FILE, metavar="[PATH]...")
@click.option("--strict", is_flag=True, help="Warnings are failures: exit code 1.")
def command(paths: tuple[Path, ...], strict: bool) -> int:
    """Show the errors and warnings of the specs at PATH (default: specs/); nothing is explored.

    The exit code is 2 if there is an error.
    """
    from tcpverify.pipeline.lint import lint
    from tcpverify.pipeline.load import find, load

    found: list[Diagnostic] = []
    read = 0
    for path in paths or (Path("specs"),):
        try:
            files = find(path)
        except ModelError as error:
            found += error.diagnostics
            continue
        for file, root in files:
            try:
                found += lint(load(file, root))
                read += 1
            except ModelError as error:
                found += error.diagnostics
    told = in_order(found)
    errors = tuple(d for d in told if d.severity is Severity.ERROR)
    warnings = len(told) - len(errors)
    complain(told)
    write(f"{read} read, {len(errors)} errors, {warnings} warnings\n")
    if errors:
        return exit_code(Outcome((), errors=errors))
    return Exit.UNMET if strict and warnings else Exit.OK
