"""`tcpverify simulate`: random walks through a scenario."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.options import (
    FILE,
    adversaries,
    budget,
    output_format,
    params,
    parse_params,
    scenario,
    variants,
)
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.limits import Limits
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.analysis.walks import Coverage, Walked
    from tcpverify.ir.system import Property
    from tcpverify.limits import Deadline
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
@output_format
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
    output_format: str,
) -> int:
    """Walk through a scenario of FILE at random, up to the first violation.

    This is a simulation and no verdict: what it does not find may be there all the same. The exit
    code is 1 if a violation was found, else 0.
    """
    wanted = properties or _errors()
    as_json = output_format == "json"
    try:
        found = _scene(file, scenario, variants, params, wanted, adversaries)
        walked, refused = _walked(found, seed, runs, length, Limits(seconds=budget).deadline())
    except ModelError as error:
        if as_json:
            _write_json(None, None, wanted, seed, error.diagnostics)
        raise
    diagnostics = (*refused, *found.warnings)
    if as_json:
        _write_json(found, walked, wanted, seed, diagnostics)
    complain(diagnostics)
    if walked is None:
        return Exit.INCONCLUSIVE
    if not as_json:
        _show(walked, wanted, seed)
    return Exit.OK if walked.violation is None else Exit.UNMET


def _scene(
    file: Path,
    scenario: str | None,
    variants: Sequence[str],
    params: Sequence[str],
    wanted: Sequence[str],
    adversaries: Sequence[str],
) -> Scene:
    """The scenario to walk through, with the properties to watch. Raises ModelError."""
    from tcpverify.pipeline.load import load
    from tcpverify.pipeline.scene import scene

    found = scene(load(file), scenario, variants, parse_params(tuple(params)), wanted, adversaries)
    _refuse_others(found.model.properties)
    return found


def _walked(
    found: Scene, seed: int, runs: int, length: int, deadline: Deadline
) -> tuple[Walked | None, tuple[Diagnostic, ...]]:
    """The walks; none, and the reason, where a state has too many steps to choose among."""
    from tcpverify.analysis.walks import walk
    from tcpverify.explicit.refusal import refusal
    from tcpverify.ir.interpret import Interpreter
    from tcpverify.pipeline.scene import watching

    refused = refusal(found.model.system)
    if refused is not None:
        return None, (Diagnostic(Code.TOO_MANY_CHOICES, refused),)
    interpreter = Interpreter(watching(found.model))
    return walk(interpreter, found.model.properties, seed, runs, length, deadline), ()


def _write_json(
    found: Scene | None,
    walked: Walked | None,
    wanted: Sequence[str],
    seed: int,
    diagnostics: Sequence[Diagnostic],
) -> None:
    from tcpverify.pipeline.traces import scene_origin
    from tcpverify.report.json import dumps, walks_document

    origin = None if found is None else scene_origin(found)
    write(dumps(walks_document(walked, seed, wanted, origin, diagnostics)))


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


def _show(walked: Walked, wanted: tuple[str, ...], seed: int) -> None:
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
        trace, prop, Interpreter(trace.system), here.width, here.unicode, here.colour
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
