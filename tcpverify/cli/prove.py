"""`tcpverify prove`: an invariant found, and written as a certificate that two solvers agree to."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tcpverify.cli.console import console, write
from tcpverify.cli.options import FILE, budget, output_format, params, parse_params
from tcpverify.limits import Limits
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.cli.console import Console
    from tcpverify.pipeline.proofs import Attempt, Proved


@click.command("prove")
@click.argument("file", type=FILE)
@click.option("--check", "checks", multiple=True, metavar="NAME", help="Only this check (repeatable).")
@click.option("--property", "properties", multiple=True, metavar="NAME",
              help="Only this property (repeatable); default: those expected to hold by proof.")  # fmt: skip
@params
@click.option("--lemmas", type=FILE, metavar="FILE",
              help="A file with lemmas to try besides those of the spec.")  # fmt: skip
@click.option("--specs", type=FILE, default=Path("specs"), show_default=True, metavar="DIR",
              help="The folder in which certificates name their specs.")  # fmt: skip
@budget
@click.option("--output", type=FILE, metavar="DIR", help="Write the certificates under this folder.")
@output_format
def command(
    file: Path,
    checks: tuple[str, ...],
    properties: tuple[str, ...],
    params: tuple[str, ...],
    lemmas: Path | None,
    specs: Path,
    budget: float | None,
    output: Path | None,
    output_format: str,
) -> int:
    """Prove properties of FILE for every network, whatever it loses, repeats or reorders, without bounds.

    An inductive invariant is looked for and written down, and z3 and cvc5 check every step of the proof.
    Lemmas are tried as parts of it and not trusted: those that are not inductive together are dropped.
    Where a proof fails, a step is shown that breaks what was known before it.
    """
    from tcpverify.pipeline.plan import Request
    from tcpverify.pipeline.proofs import Proved, prove_all, write_certificate

    request = Request(checks, properties, params=parse_params(params), limits=Limits(seconds=budget))
    here = console(sys.stdout)
    unproved, records = 0, []
    for row in prove_all(file, specs, request, lemmas):
        unproved += not isinstance(row.found, Proved)
        folder = None
        if output is not None and isinstance(row.found, Proved):
            folder = write_certificate(output, row.found, row.labels)
        if output_format == "json":
            records.append(_record(row, folder))
        else:
            write("".join(line + "\n" for line in _lines(row, folder, here)))
    if output_format == "json":
        write(json.dumps({"properties": records}, indent=1) + "\n")
    return Exit.INCONCLUSIVE if unproved else Exit.OK


def _lines(row: Attempt, folder: Path | None, here: Console) -> list[str]:
    """What came of an attempt."""
    from tcpverify.cli.unkept import unproved_lines
    from tcpverify.pipeline.proofs import Proved

    title = f"{row.prop}  ({row.instance})"
    if not isinstance(row.found, Proved):
        reason = here.safe(f"no proof of {title}: {row.found.reason}")
        return [reason, *unproved_lines(row.found, here)]
    written = [] if folder is None else [f"  certificate: {folder}"]
    return [here.safe(line) for line in (f"proved {title}", *_told(row.found), *written)]


def _record(row: Attempt, folder: Path | None) -> dict[str, Any]:
    """What came of an attempt, as JSON."""
    from tcpverify.certify.network import assumptions, description
    from tcpverify.cli.unkept import unproved_record
    from tcpverify.pipeline.proofs import Proved

    about = {"property": row.prop, "instance": row.instance, "proved": isinstance(row.found, Proved)}
    if not isinstance(row.found, Proved):
        return {**about, **unproved_record(row.found)}
    claim = row.found.certificate.claim
    return {
        **about,
        "network": description(claim.system),
        "assumes": list(assumptions(claim.system)),
        "conjuncts": len(claim.invariant),
        "certificate": None if folder is None else str(folder),
    }


def _told(proved: Proved) -> list[str]:
    """What was proved, of which network, under which assumptions."""
    from tcpverify.certify.folder import unseen
    from tcpverify.certify.network import assumptions, description

    claim = proved.certificate.claim
    lines = [f"  {claim.prop.text}", f"  network: {description(claim.system)}"]
    lines += [f"  assumes: {one}" for one in assumptions(claim.system)]
    lines += [f"  not seen in any run: {one}" for one in unseen(proved.certificate)]
    return [*lines, f"  invariant: {len(claim.invariant)} conjuncts, checked by z3 and cvc5"]
