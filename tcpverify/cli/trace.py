"""`tcpverify trace`: a trace file shown again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.options import FILE, output_format
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.pipeline.probe import Probe
    from tcpverify.pipeline.traces import Opened


@click.command("trace")
@click.argument("file", type=FILE)
@click.option("--spec", type=FILE, metavar="SPEC", help="The spec (default: the one that FILE names).")
@click.option("--eval", "expressions", multiple=True, metavar="EXPR",
              help="Evaluate an expression in every state (repeatable).")  # fmt: skip
@output_format
def command(file: Path, spec: Path | None, expressions: tuple[str, ...], output_format: str) -> int:
    """Show the trace of FILE (ITF JSON) again: replayed, or refused if it does not fit its spec."""
    from tcpverify.pipeline.probe import probe
    from tcpverify.pipeline.traces import open_trace

    opened = open_trace(file, spec)
    probes = [probe(opened.scene, text) for text in expressions]
    if output_format == "json":
        from tcpverify.report.json import dumps, trace_document

        values = {p.text: p.values(opened.trace.states) for p in probes}
        write(
            dumps(
                trace_document(
                    opened.trace, opened.prop, opened.recorded.origin, values, opened.scene.warnings
                )
            )
        )
    else:
        _show(opened, probes)
    complain(opened.scene.warnings)
    return Exit.OK


def _show(opened: Opened, probes: list[Probe]) -> None:
    from tcpverify.render.describe import for_ever
    from tcpverify.render.terminal import ladder
    from tcpverify.render.text import wrap

    here, origin = console(sys.stdout), opened.recorded.origin
    variants = [f"variant {v}" for v in origin.variants]
    instance = ", ".join([*(f"{n}={v}" for n, v in origin.params.items()), *variants])
    title = f"{origin.file}: scenario {origin.scenario}" + (f" ({instance})" if instance else "")
    lines = [here.styled(line, "1") for line in wrap(here.safe(title), here.width, 2)]
    for note in opened.notes:
        lines += wrap(here.safe(f"note: {note}"), here.width, 2)
    drawn = ladder(
        opened.trace, opened.prop, opened.interpreter, here.width, here.unicode, here.colour
    )  # fmt: skip
    write("\n".join(lines) + f"\n\n{drawn}")
    for p in probes:
        write("\n" + here.styled(here.safe(p.text), "1") + "\n")
        for number, value in enumerate(p.values(opened.trace.states)):
            where = "at the start" if number == 0 else f"after step {number}"
            write(f"  {where:<16} {here.safe(value)}\n")
        if opened.trace.loop is not None:
            write(f"  {for_ever(opened.trace)}\n")
