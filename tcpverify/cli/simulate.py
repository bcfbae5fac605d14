"""`tcpverify simulate`: random walks through a scenario."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.options import FILE, adversaries, budget, params, parse_params, scenario, variants
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.limits import Limits
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.analysis.walks import Coverage, Walked
    from tcpverify.ir.system import Property
    from tcpverify.pipeline.scene import Scene


@click.command("simulate")
@click.argument("file", type=FILE)
@scenario
@variants
@adversaries
@params
@click.option("--seed", type=click.IntRange(0, 2**63), default=0, show_default=True, metavar="N",
              help="The same seed gives the same walks.")  # fmt: skip
@click.option("--runs", type=click.IntRange(1, 10**9), default=100, show_default=True, metavar="K",
              help="How many walks.")  # fmt: skip
@click.option("--length", type=click.IntRange(1, 10**6), default=100, show_default=True, metavar="L",
              help="The most steps of a walk.")  # fmt: skip
@click.option("--property", "properties", multiple=True, metavar="NAME",
              help="Stop where this property is violated (repeatable; default: at errors).")  # fmt: skip
@budget
def command(
    file: Path,
    scenario: str | None,
    variants: tuple[str, ...],
    adversaries: tuple[str, ...],
    params: tuple[str, ...],
    seed: int,
    runs: int,
    length: int,
    properties: tuple[str, ...],
    budget: float | None,
) -> int:
    """Walk through a scenario of FILE at random, up to the first violation.

    This is a simulation and no verdict: what it does not find may be there all the same. The exit
    code is 1 if a violation was found, else 0.
    """
    from tcpverify.analysis.walks import walk
    from tcpverify.explicit.refusal import refusal
    from tcpverify.ir.interpret import Interpreter
    from tcpverify.pipeline.load import load
    from tcpverify.pipeline.scene import scene

    wanted = properties or _errors()
    found = scene(load(file), scenario, variants, parse_params(params), wanted, adversaries)
    _refuse_others(found.model.properties)
    refused = refusal(found.model.system)
    complain(found.warnings)
    if refused is not None:
        complain([Diagnostic(Code.TOO_MANY_CHOICES, refused)])
        return Exit.INCONCLUSIVE
    interpreter = Interpreter(found.model.system)
    limits = Limits(seconds=budget)
    walked = walk(interpreter, found.model.properties, seed, runs, length, limits.deadline())
    _show(found, walked, wanted, seed)
    return Exit.OK if walked.violation is None else Exit.UNMET


def _errors() -> tuple[str, ...]:
    from tcpverify.ir.system import ErrorKind

    return tuple(str(kind) for kind in ErrorKind)


def _refuse_others(properties: tuple[Property, ...]) -> None:
    """Raises ModelError for properties that a walk cannot see violated."""
    from tcpverify.analysis.walks import WALKED

    hint = "it sees invariants, step properties, deadlock_free and errors; `verify` decides the others"
    wrong = [p for p in properties if p.kind not in WALKED]
    if wrong:
        message = "a walk cannot see that `{}` is violated"
        raise ModelError(Diagnostic(Code.BAD_OPTION, message.format(p.name), hint=hint) for p in wrong)


def _show(found: Scene, walked: Walked, wanted: tuple[str, ...], seed: int) -> None:
    from tcpverify.ir.interpret import Interpreter
    from tcpverify.render.terminal import ladder
    from tcpverify.render.text import wrap

    here = console(sys.stdout)
    lines = [f"{name:<10} {text}" for name, text in _rows(walked.coverage, seed)]
    if walked.violation is None:
        stopped = "time ran out; " if walked.stopped else ""
        names = ", ".join(wanted)
        told = f"{stopped}no violation seen of {names}."
        told += " This is a simulation and no verdict: `tcpverify verify` decides."
        write("\n".join([*lines, "", *wrap(here.safe(told), here.width, 2)]) + "\n")
        return
    prop, trace = walked.violation
    drawn = ladder(
        trace, prop, Interpreter(found.model.system), here.width, here.unicode, here.colour
    )  # fmt: skip
    told = f"{prop.name} is violated in run {walked.coverage.runs}, {len(trace)} steps (not a shortest trace)"
    write("\n".join([*lines, "", *wrap(here.safe(told), here.width, 2)]) + f"\n\n{drawn}")


def _rows(seen: Coverage, seed: int) -> list[tuple[str, str]]:
    missed = sorted(f"{endpoint} in {state}" for endpoint, state in seen.all_visited - seen.visited)
    unseen = f" (never: {', '.join(missed[:8])}{', ...' if len(missed) > 8 else ''})" if missed else ""
    return [
        ("seed", str(seed)),
        ("runs", f"{seen.runs:,}, {seen.steps:,} steps, {seen.dead_ends:,} ended where no step was possible"),
        ("states", f"{len(seen.states):,} different ones seen"),
        ("handlers", f"{len(seen.handlers)} of {len(seen.all_handlers)} taken"),
        ("endpoints", f"{len(seen.visited)} of {len(seen.all_visited)} of their states reached{unseen}"),
    ]
