"""The folder of `tcpverify report`: a page for each spec as HTML and Markdown, an index of both, and what
was measured, which changes from run to run, in a file of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tcpverify import __version__
from tcpverify.certify.solvers import versions
from tcpverify.pipeline.claims import Command, Surroundings, digests, page
from tcpverify.pipeline.evidence import certificates
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.owned import replace_all
from tcpverify.pipeline.report import Machines
from tcpverify.pipeline.save import Names
from tcpverify.pipeline.suites import mutants
from tcpverify.records import record
from tcpverify.report.claims import Page
from tcpverify.report.pages import index_page, spec_page
from tcpverify.report.plain import index_text, page_text
from tcpverify.result import FindResult, Outcome, Result, instance_text

INDEX, MEASURED = "index", "measurements.json"


@record
class Telling:
    """How a report tells what it is of: the folders of certificates and of what became of mutants, the words
    of the command that makes it again, those that decide one result again, and facts of the machine."""

    proofs: Path
    suites: Path
    again: str
    command: Command
    machine: tuple[tuple[str, str], ...]


def write_report(
    folder: Path, specs: Sequence[Spec], outcome: Outcome, drawn: Machines, telling: Telling
) -> list[Path]:
    """Write everything or nothing; `drawn` is what `draw_machines` gave for these specs.

    Raises ModelError.
    """
    pages = made(specs, outcome, drawn, telling)
    files: dict[str, str] = {}
    for one in pages:
        files[f"{one.slug}.html"] = spec_page(one)
        files[f"{one.slug}.md"] = page_text(one)
    files[f"{INDEX}.html"] = index_page(pages, telling.again)
    files[f"{INDEX}.md"] = index_text(pages, telling.again)
    return replace_all(folder, files, {MEASURED: _measured(outcome, telling)})


def made(specs: Sequence[Spec], outcome: Outcome, drawn: Machines, telling: Telling) -> list[Page]:
    """A page for each spec of which something was decided."""
    names, found = Names(), []
    names.free("html", INDEX)
    stored = certificates(telling.proofs)
    told = (("tcpverify", __version__), *versions().items())
    for spec in specs:
        own = replace(
            outcome,
            results=tuple(r for r in outcome.results if r.file == spec.name),
            warnings=tuple(d for d in outcome.warnings if d.span and d.span.source.name == spec.name),
            coverage=tuple(c for c in outcome.coverage if c.file == spec.name),
        )
        if own.results:
            slug = names.free("html", Path(spec.name).stem).removesuffix(".html")
            machines = tuple((role, svg) for file, role, svg in drawn if file == spec.name)
            kept = mutants(telling.suites, slug, digests(spec))
            around = Surroundings(machines, stored, kept, told, telling.command, telling.again)
            found.append(page(slug, spec, own, around))
    return found


def _measured(outcome: Outcome, telling: Telling) -> str:
    """What changes from run to run: times in seconds, and what they were taken on."""
    rows = [
        {
            "file": r.file,
            "check": r.check,
            "property": r.prop.name
            if isinstance(r, Result)
            else r.name
            if isinstance(r, FindResult)
            else "states",
            "instance": instance_text(r),
            "seconds": round(r.seconds, 4),
        }
        for r in outcome.results
        if not (isinstance(r, Result) and r.automatic)
    ]
    document = {"machine": dict(telling.machine), "seconds": round(outcome.seconds, 3), "results": rows}
    return json.dumps(document, indent=1) + "\n"
