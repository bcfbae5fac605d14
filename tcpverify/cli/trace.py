"""`tcpverify trace`: a trace file shown again, or as what other tools read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.options import FILE
from tcpverify.diagnostics import Code, Diagnostic, ModelError, did_you_mean
from tcpverify.result import Exit

if TYPE_CHECKING:
    from tcpverify.pipeline.probe import Probe
    from tcpverify.pipeline.traces import Opened

FOREIGN = ("mermaid", "plantuml", "packetdrill", "pcap")
"""Formats of other tools."""


@click.command("trace")
@click.argument("file", type=FILE)
@click.option("--spec", type=FILE, metavar="SPEC", help="The spec (default: the one that FILE names).")
@click.option("--eval", "expressions", multiple=True, metavar="EXPR",
              help="Evaluate an expression in every state (repeatable).")  # fmt: skip
@click.option("--format", "output_format", type=click.Choice(["text", "json", *FOREIGN]), default="text",
              metavar="FORMAT", help="text, json, mermaid, plantuml, packetdrill or pcap.")  # fmt: skip
@click.option("--endpoint", metavar="NAME", help="Whose packetdrill script (default: the first endpoint's).")
@click.option("--output", type=FILE, metavar="FILE", help="Write a foreign format into this file.")
def command(
    file: Path,
    spec: Path | None,
    expressions: tuple[str, ...],
    output_format: str,
    endpoint: str | None,
    output: Path | None,
) -> int:
    """Show the trace of FILE (ITF JSON) again: replayed, or refused if it does not fit its spec."""
    from tcpverify.pipeline.probe import probe
    from tcpverify.pipeline.traces import open_trace

    _refuse(output_format, expressions, endpoint, output)
    opened = open_trace(file, spec)
    probes = [probe(opened.scene, text) for text in expressions]
    if output_format in FOREIGN:
        _write(_foreign(opened, output_format, endpoint), output)
    elif output_format == "json":
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


def _refuse(
    output_format: str, expressions: tuple[str, ...], endpoint: str | None, output: Path | None
) -> None:
    """Raise UsageError for options that do not go together."""
    if expressions and output_format in FOREIGN:
        raise click.UsageError(f"--eval has no place in --format {output_format}")
    if endpoint is not None and output_format != "packetdrill":
        raise click.UsageError("--endpoint is for --format packetdrill")
    if output is not None and output_format not in FOREIGN:
        raise click.UsageError(f"--output is for --format {', '.join(FOREIGN)}")
    if output is None and output_format == "pcap":
        raise click.UsageError("a capture is no text: name its file with --output")


def _foreign(opened: Opened, output_format: str, endpoint: str | None) -> str | bytes:
    """A trace as another tool reads it. Raises ModelError."""
    from tcpverify.render.ladder import lay_out

    title = _title(opened)
    match output_format:
        case "mermaid":
            from tcpverify.render.sequence import mermaid

            return mermaid(lay_out(opened.trace), title)
        case "plantuml":
            from tcpverify.render.sequence import plantuml

            return plantuml(lay_out(opened.trace), title)
        case "packetdrill":
            from tcpverify.render.packetdrill import packetdrill

            return packetdrill(opened.trace, _endpoint(opened, endpoint), title)
        case _:
            from tcpverify.render.pcap import pcap

            return pcap(opened.trace)


def _endpoint(opened: Opened, name: str | None) -> int:
    """The number of an endpoint. Raises ModelError."""
    names = [e.name for e in opened.trace.system.endpoints]
    if name is not None and name not in names:
        hint = did_you_mean(name, names) or f"there are: {', '.join(names)}"
        raise ModelError([Diagnostic(Code.BAD_OPTION, f"no endpoint is called `{name}`", hint=hint)])
    return 0 if name is None else names.index(name)


def _write(made: str | bytes, output: Path | None) -> None:
    if output is not None:
        from tcpverify.pipeline.save import write_all

        write_all(output.parent, {output.name: made})
    elif isinstance(made, str):
        write(made)


def _title(opened: Opened) -> str:
    origin = opened.recorded.origin
    variants = [f"variant {v}" for v in origin.variants]
    instance = ", ".join([*(f"{n}={v}" for n, v in origin.params.items()), *variants])
    return f"{origin.file}: scenario {origin.scenario}" + (f" ({instance})" if instance else "")


def _show(opened: Opened, probes: list[Probe]) -> None:
    from tcpverify.render.describe import for_ever
    from tcpverify.render.terminal import ladder
    from tcpverify.render.text import wrap

    here = console(sys.stdout)
    lines = [here.styled(line, "1") for line in wrap(here.safe(_title(opened)), here.width, 2)]
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
