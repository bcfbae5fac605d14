"""`tcpverify recheck`: certificates made anew from their specs, compared, and answered by two solvers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tcpverify.cli.console import Console, console, write
from tcpverify.cli.options import FILE, output_format
from tcpverify.limits import Limits
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.pipeline.proofs import Checked


@click.command("recheck")
@click.argument("proofs", type=FILE, default=Path("proofs"))
@click.option("--specs", type=FILE, default=Path("specs"), show_default=True, metavar="DIR",
              help="The folder with the specs that the certificates name.")  # fmt: skip
@output_format
def command(proofs: Path, specs: Path, output_format: str) -> int:
    """Check the certificates under PROOFS (default: proofs/) against their specs.

    The exit code is 1 if one of them is refused.
    """
    from tcpverify.certify.solvers import versions
    from tcpverify.pipeline.proofs import recheck

    found = []
    here = console(sys.stdout)
    for checked in recheck(proofs, specs, Limits()):
        found.append(checked)
        if output_format != "json":
            write(_row(checked, here))
    refused = sum(bool(c.problems) for c in found)
    if output_format == "json":
        document = {"solvers": versions(), "certificates": [_record(c) for c in found]}
        write(json.dumps(document, indent=1) + "\n")
    else:
        solvers = ", ".join(f"{name} {version}" for name, version in versions().items())
        write(f"{len(found) - refused} of {len(found)} certificates are sound ({solvers})\n")
    return Exit.UNMET if refused else Exit.OK


def _row(checked: Checked, here: Console) -> str:
    """A certificate and what is wrong with it."""
    mark = "refused" if checked.problems else "ok     "
    theorem = checked.theorem
    about = "" if theorem is None else f"  {theorem.prop} of {theorem.instance} in {theorem.spec}"
    lines = [f"{mark} {checked.folder}{about}  {checked.seconds:.1f} s"]
    return "".join(here.safe(line) + "\n" for line in [*lines, *(f"        {p}" for p in checked.problems)])


def _record(checked: Checked) -> dict[str, Any]:
    theorem = checked.theorem
    return {
        "folder": str(checked.folder),
        "spec": None if theorem is None else theorem.spec,
        "instance": None if theorem is None else theorem.instance,
        "property": None if theorem is None else theorem.prop,
        "sound": not checked.problems,
        "problems": list(checked.problems),
    }
