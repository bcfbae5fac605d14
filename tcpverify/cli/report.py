"""`tcpverify report`: what is claimed of specs and on what evidence, as pages to read, print and keep."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.options import FILE, budget, jobs, max_memory, max_states, progress, threads
from tcpverify.diagnostics import Code, Diagnostic
from tcpverify.limits import Limits

if TYPE_CHECKING:
    from tcpverify.cli.status import Mode
    from tcpverify.pipeline.plan import Request
    from tcpverify.pipeline.proof_report import Telling
    from tcpverify.pipeline.report import Machines

PROOFS, SUITES = Path("proofs"), Path("suites")


@click.command("report")
@click.argument("paths", nargs=-1, type=FILE, metavar="[PATH]...")
@click.option("--output", type=FILE, required=True, metavar="DIR", help="Write the report into this folder.")
@click.option("--proofs", type=FILE, default=PROOFS, show_default=True, metavar="DIR",
              help="The folder with certificates to try first, and to name as evidence.")  # fmt: skip
@click.option("--suites", type=FILE, default=SUITES, show_default=True, metavar="DIR",
              help="The folder with what mutate --output wrote of the specs.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Warnings are failures.")
@max_states
@max_memory
@threads
@jobs
@budget
@progress
def command(
    paths: tuple[Path, ...],
    output: Path,
    proofs: Path,
    suites: Path,
    strict: bool,
    max_states: int | None,
    max_memory: int | None,
    threads: int | None,
    jobs: int | None,
    budget: float | None,
    progress: Mode,
) -> int:
    """Decide the checks of the specs at PATH (default: specs/) and write a report of proofs: a page for each
    spec as HTML and Markdown, and an index.

    Exit codes are those of verify. Nothing is written unless all specs can be read and the run comes to
    its end.
    """
    from tcpverify.background import Background
    from tcpverify.cli.deciding import decide
    from tcpverify.cli.ladders import ladders
    from tcpverify.cli.table import closing
    from tcpverify.pipeline.owned import listed
    from tcpverify.pipeline.plan import Request
    from tcpverify.pipeline.proof_report import write_report
    from tcpverify.pipeline.report import draw_machines
    from tcpverify.result import exit_code

    listed(output)
    limits = Limits(max_states, seconds=budget, max_memory=max_memory, threads=threads)
    request = Request(limits=limits, jobs=jobs or limits.workers(), proofs=proofs, branches="counted")
    drawing: list[Background[Machines]] = []
    named = paths or (Path("specs"),)
    specs, outcome = decide(
        named,
        request,
        lambda found: drawing.append(Background(lambda: draw_machines(found, everywhere=True))),
        progress,
    )
    complain(outcome.diagnostics)
    code = exit_code(outcome, strict)
    if outcome.errors or outcome.failures or outcome.interrupted or not outcome.results:
        complain([Diagnostic(Code.CANNOT_WRITE, "no report is written: the run did not come to its end")])
        return code
    told = telling(request, [p.as_posix() for p in named], proofs, suites)
    written = write_report(output, specs, outcome, drawing[0].result(), told)
    here = console(sys.stdout)
    write(ladders(outcome.results, here, "unmet", request))
    write(closing(outcome, here, strict))
    write(here.safe(f"{len(written)} files in {output}, to begin with index.html") + "\n")
    return code


def telling(request: Request, paths: Sequence[str], proofs: Path, suites: Path = SUITES) -> Telling:
    """What a report of some specs says of how it was made: into which folder, it does not say."""
    from tcpverify.cli.ladders import file_word, limit_words, reproduce
    from tcpverify.pipeline.proof_report import Telling

    machine = (
        ("python", platform.python_version()),
        ("system", platform.platform(terse=True)),
        ("processor", platform.machine()),
        ("cores", str(os.cpu_count())),
    )
    words = ["tcpverify", "report", *map(file_word, paths), *limit_words(request.limits), "--output", "DIR"]
    words += ["--proofs", proofs.as_posix()] if proofs != PROOFS else []
    words += ["--suites", suites.as_posix()] if suites != SUITES else []
    return Telling(proofs, suites, shlex.join(words), lambda result: reproduce(result, request), machine)
