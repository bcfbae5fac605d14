"""What `verify` writes for gates: files all at once, annotations to the log, the summary of a job."""

from __future__ import annotations

import os
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import write
from tcpverify.cli.options import FILE, Decorator
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.records import record

if TYPE_CHECKING:
    from tcpverify.pipeline.plan import Request
    from tcpverify.report.gate import Gate
    from tcpverify.result import Outcome

ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Where GitHub and GitLab say that the repository is."""


@record
class Gates:
    """Which formats are wanted, and where."""

    junit: Path | None
    sarif: Path | None
    gitlab: Path | None
    github: bool

    def __bool__(self) -> bool:
        return self.github or any((self.junit, self.sarif, self.gitlab))


def as_shard(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """`2/3` as (2, 3). Raises BadParameter."""
    if value is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,4})/([1-9][0-9]{0,4})", value)
    if found is None or int(found[1]) > int(found[2]):
        raise click.BadParameter(f"{value!r} is no shard such as 2/3", context, parameter)
    return int(found[1]), int(found[2])


def gate_options(function: Decorator) -> Decorator:
    """The options of `verify` for gates."""
    options = [
        click.option("--junit", type=FILE, metavar="FILE", help="Write JUnit XML."),
        click.option("--sarif", type=FILE, metavar="FILE", help="Write SARIF 2.1.0."),
        click.option("--gitlab", type=FILE, metavar="FILE", help="Write a GitLab code-quality report."),
        click.option("--github", is_flag=True, help="Annotate the lines, and write the summary of the job."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def pass_gates(gates: Gates, outcome: Outcome, request: Request, strict: bool, stdout: bool) -> Outcome:
    """Write what is wanted: all files or none. The outcome with what went wrong in that; annotations go to
    stdout, or to stderr, which GitHub reads as well."""
    if not gates:
        return outcome
    from tcpverify.cli.faults import internal

    try:
        made = _gate(outcome, request, strict)
        try:
            _write_files(gates, made)
        except ModelError as error:
            outcome = replace(outcome, errors=(*error.diagnostics, *outcome.errors))
            made = _gate(outcome, request, strict)
        if gates.github:
            _tell_github(made, stdout)
        return outcome
    except ModelError as error:
        return replace(outcome, errors=(*error.diagnostics, *outcome.errors))
    except Exception as fault:
        return replace(outcome, failures=(internal(fault), *outcome.failures))


def root() -> Path:
    """The folder that paths in reports are relative to: that of the repository, as far as the environment
    says and we are in it, else the one we are in."""
    here = Path.cwd()
    named = (Path(os.environ[name]) for name in ROOTS if os.environ.get(name))
    return next((path for path in named if here.is_relative_to(path.resolve())), here)


def _gate(outcome: Outcome, request: Request, strict: bool) -> Gate:
    from tcpverify.cli.ladders import reproduce
    from tcpverify.report.gate import gate

    return gate(outcome, lambda result: shlex.join(reproduce(result, request)), root(), strict)


def _write_files(gates: Gates, made: Gate) -> None:
    from tcpverify.pipeline.save import write_files
    from tcpverify.report.gitlab import gitlab
    from tcpverify.report.junit import junit
    from tcpverify.report.sarif import sarif

    wanted = [(gates.junit, junit), (gates.sarif, sarif), (gates.gitlab, gitlab)]
    files: dict[Path, str] = {}
    for path, form in wanted:
        if path is not None and path in files:
            raise ModelError([Diagnostic(Code.BAD_OPTION, f"two reports would be written to `{path}`")])
        if path is not None:
            files[path] = form(made)
    write_files(files)


def _tell_github(made: Gate, stdout: bool) -> None:
    """Annotations to the log; the summary to the end of the file that GitHub names. Raises ModelError."""
    from tcpverify.report.github import commands, summary

    write(commands(made), sys.stdout if stdout else sys.stderr, verbatim=True)
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if target:
        try:
            with open(target, "a", encoding="utf-8", errors="replace", newline="\n") as stream:
                stream.write(summary(made))
        except OSError as problem:
            message = f"cannot write the summary `{target}`: {problem.strerror}"
            raise ModelError([Diagnostic(Code.CANNOT_WRITE, message)]) from None
