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
    from tcpverify.pipeline.condition_proofs import ProvedCondition
    from tcpverify.pipeline.proofs import Attempt, Proved


@click.command("prove")
@click.argument("file", type=FILE)
@click.option("--check", "checks", multiple=True, metavar="NAME", help="Only this check (repeatable).")
@click.option("--property", "properties", multiple=True, metavar="NAME",
              help="Only this property (repeatable); default: those expected to hold by proof, "
              "and the answers to `find condition`.")  # fmt: skip
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
    from tcpverify.pipeline.proofs import prove_all, write_certificate
    from tcpverify.pipeline.unproved import Unproved

    request = Request(checks, properties, params=parse_params(params), limits=Limits(seconds=budget))
    here = console(sys.stdout)
    unproved, records = 0, []
    for row in prove_all(file, specs, request, lemmas):
        folder = None
        if isinstance(row.found, Unproved):
            unproved += 1
        elif output is not None:
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
    from tcpverify.pipeline.unproved import Unproved

    title = f"{row.prop}  ({row.instance})"
    if isinstance(row.found, Unproved):
        reason = here.safe(f"no proof of {title}: {row.found.reason}")
        return [reason, *unproved_lines(row.found, here)]
    refuted = isinstance(row.found, Proved) and row.found.certificate.traps
    word = "refuted" if refuted else "proved"
    written = [] if folder is None else [f"  certificate: {folder}"]
    return [here.safe(line) for line in (f"{word} {title}", *_told(row.found), *written)]


def _record(row: Attempt, folder: Path | None) -> dict[str, Any]:
    """What came of an attempt, as JSON."""
    from tcpverify.cli.unkept import unproved_record
    from tcpverify.pipeline.condition_proofs import ProvedCondition
    from tcpverify.pipeline.unproved import Unproved

    about = {"property": row.prop, "instance": row.instance, "proved": not isinstance(row.found, Unproved)}
    match row.found:
        case Unproved():
            return {**about, **unproved_record(row.found)}
        case ProvedCondition():
            said = _condition_record(row.found)
        case _:
            said = _proof_record(row.found)
    return {**about, **said, "certificate": None if folder is None else str(folder)}


def _proof_record(proved: Proved) -> dict[str, Any]:
    from tcpverify.certify.network import assumptions

    claim = proved.certificate.claim
    return {
        "refuted": proved.certificate.traps,
        "network": proved.certificate.network,
        "assumes": list(assumptions(claim.system)),
        "conjuncts": len(claim.invariant),
    }


def _condition_record(proved: ProvedCondition) -> dict[str, Any]:
    from tcpverify.certify.condition import assumptions, network
    from tcpverify.ir.parametric import show_condition

    system = proved.asked.system
    return {
        "condition": show_condition(proved.found.argued.condition, system.parameters),
        "network": network(system),
        "assumes": list(assumptions(system)),
    }


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
