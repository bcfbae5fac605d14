"""`tcpverify prove`: an invariant found, and written as a certificate that two solvers agree to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import console, write
from tcpverify.cli.options import FILE, budget, params, parse_params
from tcpverify.limits import Limits
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.pipeline.proofs import Proved


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
def command(
    file: Path,
    checks: tuple[str, ...],
    properties: tuple[str, ...],
    params: tuple[str, ...],
    lemmas: Path | None,
    specs: Path,
    budget: float | None,
    output: Path | None,
) -> int:
    """Prove properties of FILE for every network, whatever it loses, repeats or reorders, without bounds.

    An inductive invariant is looked for and written down, and z3 and cvc5 check every step of the proof.
    Lemmas are tried as parts of it and not trusted: those that are not inductive together are dropped.
    """
    from tcpverify.pipeline.plan import Request
    from tcpverify.pipeline.proofs import prove_all, write_certificate

    request = Request(checks, properties, params=parse_params(params), limits=Limits(seconds=budget))
    here = console(sys.stdout)
    unproved = 0
    for row in prove_all(file, specs, request, lemmas):
        title = here.safe(f"{row.prop}  ({row.instance})")
        if isinstance(row.found, str):
            unproved += 1
            write(f"no proof of {title}: {here.safe(row.found)}\n")
            continue
        write("".join(here.safe(line) + "\n" for line in (f"proved {title}", *_told(row.found))))
        if output is not None:
            write(f"  certificate: {here.safe(str(write_certificate(output, row.found, row.labels)))}\n")
    return Exit.INCONCLUSIVE if unproved else Exit.OK


def _told(proved: Proved) -> list[str]:
    """What was proved, of which network, under which assumptions."""
    from tcpverify.certify.folder import unseen
    from tcpverify.certify.network import assumptions, description

    claim = proved.certificate.claim
    lines = [f"  {claim.prop.text}", f"  network: {description(claim.system)}"]
    lines += [f"  assumes: {one}" for one in assumptions(claim.system)]
    lines += [f"  not seen in any run: {one}" for one in unseen(proved.certificate)]
    return [*lines, f"  invariant: {len(claim.invariant)} conjuncts, checked by z3 and cvc5"]
