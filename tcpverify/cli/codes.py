"""`tcpverify codes`: the diagnostic codes and what they mean."""

from __future__ import annotations

import click

from tcpverify.cli.console import write
from tcpverify.diagnostics import EXPLANATIONS, Code
from tcpverify.result import Exit


@click.command("codes")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
def command(codes: tuple[str, ...]) -> int:
    """Explain diagnostic codes (all of them if none is named)."""
    known = {str(c): c for c in Code}
    for name in codes:
        if name.upper() not in known:
            raise click.UsageError(f"no diagnostic has the code {name!r}")
    chosen = [known[name.upper()] for name in codes] or list(Code)
    write("".join(f"{code}  {EXPLANATIONS[code]}\n" for code in chosen))
    return Exit.OK
