"""`tcpverify explain`: why a property is violated, and what would change that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import Console, console, write
from tcpverify.cli.options import FILE, budget, max_states, output_format, params, parse_params, threads
from tcpverify.diagnostics import ModelError
from tcpverify.limits import Limits
from tcpverify.result import Exit, instance_text

if TYPE_CHECKING:
    from tcpverify.analysis.explanation import Explanation


@click.command("explain")
@click.argument("file", type=FILE)
@click.option("--check", required=True, metavar="NAME", help="The check whose scenario is run.")
@click.option("--property", "prop", required=True, metavar="NAME", help="The property to explain.")
@params
@click.option("--tries", type=click.IntRange(0), default=60, show_default=True, metavar="COUNT",
              help="Decide so many changed instances at most.")  # fmt: skip
@click.option("--explored", type=click.IntRange(1), default=20_000, show_default=True, metavar="COUNT",
              help="Look at so many states for until when it could be avoided.")  # fmt: skip
@max_states
@threads
@budget
@output_format
def command(
    file: Path,
    check: str,
    prop: str,
    params: tuple[str, ...],
    tries: int,
    explored: int,
    max_states: int | None,
    threads: int | None,
    budget: float | None,
    output_format: str,
) -> int:
    """Tell why a property is violated in a check of FILE: what fails, until when it could be avoided, and
    which smallest change of a parameter or fault budget makes the verdict another.

    \b
    Exit codes, as of explain:
      0    it was explained
      2    the command line or the spec is wrong
      3    there is no verdict to explain: a limit stopped the search
    """
    from tcpverify.pipeline.explain import Wish, explain
    from tcpverify.pipeline.load import load
    from tcpverify.report.explain import explain_document
    from tcpverify.report.json import dumps
    from tcpverify.verdict import Bounded, Unknown

    limits = Limits(max_states, seconds=budget, threads=threads)
    wish = Wish(check, prop, parse_params(params), tries, explored, limits)
    try:
        found = explain(load(file), wish)
    except ModelError as error:
        if output_format == "json":
            write(dumps(explain_document(None, error.diagnostics)))
        raise
    if output_format == "json":
        write(dumps(explain_document(found, ())))
    else:
        write(text(found, console(sys.stdout)))
    return Exit.INCONCLUSIVE if isinstance(found.result.verdict, Unknown | Bounded) else Exit.OK


def text(found: Explanation, here: Console) -> str:
    """The verdict, its ladder, and what is told of it."""
    from tcpverify.ir.interpret import Interpreter
    from tcpverify.render.terminal import ladder
    from tcpverify.render.text import wrap
    from tcpverify.report.explain import lines
    from tcpverify.verdict import evidence, trace_of, word

    result = found.result
    settings = instance_text(result)
    instance = f" ({settings})" if settings else ""
    told = f"{result.check}{instance}: {result.prop.name} {word(result.verdict)}, {evidence(result.verdict)}"
    shown = [here.styled(line, "1") for line in wrap(here.safe(told), here.width, 2)]
    if found.instances > 1:
        shown.append(f"so it is in {found.others + 1} of {found.instances} instances")
    trace = trace_of(result.verdict)
    if trace is not None:
        drawn = ladder(trace, result.prop, Interpreter(result.system), here.width, here.unicode, here.colour)
        shown += ["", *drawn.rstrip("\n").split("\n")]
    for indent, line in lines(found):
        shown += [] if indent else [""]
        shown += wrap(here.safe(line), here.width, indent + 2, indent)
    return "\n".join(shown) + "\n"
