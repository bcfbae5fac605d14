"""`tcpverify mutate`: mistakes made in a spec on purpose, and which of them its checks notice."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import console, is_terminal, write
from tcpverify.cli.options import FILE, jobs, no_cache, output_format, params, parse_params
from tcpverify.diagnostics import ModelError
from tcpverify.limits import Limits
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.analysis.suite import Suite
    from tcpverify.pipeline.load import Spec
    from tcpverify.pipeline.mutate import Wish


@click.command("mutate")
@click.argument("file", type=FILE)
@click.option("--check", "checks", multiple=True, metavar="NAME", help="Only this check (repeatable).")
@params
@click.option("--limit", type=click.IntRange(1), metavar="COUNT",
              help="Try so many mutants at most, drawn with --seed.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Which ones --limit draws.")
@click.option("--budget", type=click.FloatRange(0, min_open=True), default=20.0, show_default=True,
              metavar="SECONDS", help="Give up a mutant after so long.")  # fmt: skip
@click.option("--max-states", type=click.IntRange(1), default=100_000, show_default=True, metavar="COUNT",
              help="Leave out instances with more states; a mutant may have four times as many.")  # fmt: skip
@click.option("--min-score", type=click.FloatRange(0, 100), metavar="PERCENT",
              help="Exit with 1 if the score is less.")  # fmt: skip
@click.option("--output", type=FILE, metavar="FILE", help="Write it as JSON, for report to tell of.")
@no_cache
@jobs
@output_format
def command(
    file: Path,
    checks: tuple[str, ...],
    params: tuple[str, ...],
    limit: int | None,
    seed: int,
    budget: float,
    max_states: int,
    min_score: float | None,
    output: Path | None,
    no_cache: bool,
    jobs: int | None,
    output_format: str,
) -> int:
    """Make mistakes in the roles and networks of FILE, one at a time, and tell which its checks notice.

    A mutant is killed by the first expectation that it does not meet. Only exhaustive searches are made:
    what is expected to hold by proof is searched for counterexamples; what is bounded, sought by `find`,
    counted, or has too many states is left out.

    \b
    Exit codes, as of mutate:
      0    the score is not less than --min-score, or none was asked for
      1    it is less, or there is none
      2    the command line or the spec is wrong
      5    no check decides anything by search
      130  interrupted; what was found is printed
    """
    from tcpverify.cli.deciding import cache
    from tcpverify.pipeline.claims import digests
    from tcpverify.pipeline.load import load
    from tcpverify.pipeline.mutate import Wish
    from tcpverify.pipeline.save import write_files
    from tcpverify.pipeline.suites import kept_text
    from tcpverify.report.json import dumps
    from tcpverify.report.suite import suite_document

    try:
        spec = load(file)
        limits = Limits(max_states, seconds=budget, threads=1)
        where = cache([file], no_cache)
        wish = Wish(checks, parse_params(params), limit, seed, jobs or Limits().workers(), limits, where)
        suite = _suite(spec, wish)
    except ModelError as error:
        if output_format == "json":
            write(dumps(suite_document(None, error.diagnostics)))
        raise
    document = suite_document(suite, ())
    if output is not None and suite.complete:
        write_files({output: kept_text(document, checks, digests(spec))})
    if output_format == "json":
        write(dumps(document))
    else:
        _show(suite)
    if not suite.complete:
        return Exit.INTERRUPTED
    enough = min_score is None or (suite.score is not None and suite.score * 100 >= min_score)
    return Exit.OK if enough else Exit.UNMET


def _suite(spec: Spec, wish: Wish) -> Suite:
    """Raises ModelError."""
    from tcpverify.pipeline.mutate import mutate
    from tcpverify.pipeline.plan import Request, unknown_names
    from tcpverify.pipeline.remembered import tidy

    wrong = unknown_names([spec], Request(wish.checks, params=wish.params))
    if wrong:
        raise ModelError(wrong)
    suite = mutate(spec, wish, _heard)
    if wish.cache is not None:
        tidy(wish.cache)
    return suite


def _heard(done: int, of: int) -> None:
    """How far it is, on stderr, where somebody looks at it."""
    if is_terminal(sys.stderr):
        end = "\r\x1b[K" if done == of else ""
        write(f"\r{done} of {of} mutants{end}", sys.stderr)


def _show(suite: Suite) -> None:
    from tcpverify.render.text import wrap
    from tcpverify.report.suite import lines

    here = console(sys.stdout)
    told: list[str] = []
    for indent, line in lines(suite):
        told += wrap(here.safe(line), here.width, indent + 2, indent) if line else [""]
    told[0] = here.styled(told[0], "1")
    write("\n".join(told) + "\n")
