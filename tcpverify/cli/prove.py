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
    from tcpverify.pipeline.condition_proofs import ProvedCondition
    from tcpverify.pipeline.proofs import Proved


@click.command("prove")
@click.argument("file", type=FILE)
@click.option("--check", "checks", multiple=True, metavar="NAME", help="Only this check (repeatable).")
@click.option("--property", "properties", multiple=True, metavar="NAME",
              help="Only this property (repeatable); default: those expected to hold by proof, "
              "and the answers to `find condition`.")  # fmt: skip
@params
@click.option("--specs", type=FILE, default=Path("specs"), show_default=True, metavar="DIR",
              help="The folder in which certificates name their specs.")  # fmt: skip
@budget
@click.option("--output", type=FILE, metavar="DIR", help="Write the certificates under this folder.")
def command(
    file: Path,
    checks: tuple[str, ...],
    properties: tuple[str, ...],
    params: tuple[str, ...],
    specs: Path,
    budget: float | None,
    output: Path | None,
) -> int:
    """Prove properties of FILE for every network, whatever it loses, repeats or reorders, without bounds.

    An inductive invariant is looked for and written down, and z3 and cvc5 check every step of the proof.
    """
    from tcpverify.pipeline.plan import Request
    from tcpverify.pipeline.proofs import prove_all, write_certificate

    request = Request(checks, properties, params=parse_params(params), limits=Limits(seconds=budget))
    here = console(sys.stdout)
    unproved = 0
    for row in prove_all(file, specs, request):
        title = here.safe(f"{row.prop}  ({row.instance})")
        if isinstance(row.found, str):
            unproved += 1
            write(f"no proof of {title}: {here.safe(row.found)}\n")
            continue
        word = "refuted" if row.found.certificate.traps else "proved"
        write("".join(here.safe(line) + "\n" for line in (f"{word} {title}", *_told(row.found))))
        if output is not None:
            write(f"  certificate: {here.safe(str(write_certificate(output, row.found, row.labels)))}\n")
    return Exit.INCONCLUSIVE if unproved else Exit.OK


def _told(proved: Proved | ProvedCondition) -> list[str]:
    """What was proved or refuted, of which network, under which assumptions."""
    from tcpverify.certify.folder import unseen
    from tcpverify.certify.network import assumptions
    from tcpverify.pipeline.condition_proofs import ProvedCondition

    if isinstance(proved, ProvedCondition):
        return _told_of_condition(proved)
    claim = proved.certificate.claim
    lines = [f"  {claim.prop.text}", f"  network: {proved.certificate.network}"]
    lines += [f"  assumes: {one}" for one in assumptions(claim.system)]
    lines += [f"  not seen in any run: {one}" for one in unseen(proved.certificate)]
    return [*lines, f"  invariant: {len(claim.invariant)} conjuncts, checked by z3 and cvc5"]


def _told_of_condition(proved: ProvedCondition) -> list[str]:
    from tcpverify.certify.condition import assumptions, network, unseen
    from tcpverify.ir.parametric import show_condition

    asked, argued = proved.asked, proved.found.argued
    condition = show_condition(argued.condition, asked.system.parameters)
    lines = [f"  {asked.prop.name} holds exactly if: {condition}", f"  network: {network(asked.system)}"]
    lines += [f"  assumes: {one}" for one in assumptions(asked.system)]
    lines += [f"  not seen in any run: {one}" for one in unseen(proved.text, proved.found)]
    told = f"counterexamples: {len(argued.regions)}, cases of the invariant: {len(argued.cases)}"
    return [*lines, f"  {told}; checked by z3 and cvc5"]
