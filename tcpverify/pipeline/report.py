"""The folder that `verify --output` leaves: a summary, every trace as ladder and file, machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tcpverify.ir.interpret import Interpreter
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.machines import machine, own_roles
from tcpverify.pipeline.save import Names, write_all
from tcpverify.pipeline.traces import trace_files
from tcpverify.render.dot import machine_drawing
from tcpverify.render.grid import Table, tables
from tcpverify.render.heatmap import heatmap
from tcpverify.render.layout import NoLayout, lay_out
from tcpverify.render.svg import ladder_svg
from tcpverify.report.markdown import Picture, summary
from tcpverify.result import Outcome, Result
from tcpverify.verdict import trace_of

PATIENCE = 600.0
"""Seconds that drawings which must not depend on the machine may take."""

Machines = list[tuple[str, str, str | NoLayout]]
"""State machines: spec, role, and the SVG or why there is none."""


def write_report(folder: Path, specs: Sequence[Spec], outcome: Outcome, drawn: Machines) -> list[Path]:
    """Write everything or nothing; a diagram that cannot be laid out is named in the summary instead.

    `drawn` is what `draw_machines` gave for these specs. Raises ModelError.
    """
    names, files = Names(), dict[str, str]()
    summary_name = names.free("md", "summary")
    ladders: dict[int, str] = {}
    for i, result in enumerate(outcome.results):
        svg = _ladder(result) if isinstance(result, Result) else None
        if isinstance(result, Result) and svg is not None:
            values = [f"{name}-{value}" for name, value in result.instance]
            stem = Path(result.file).stem
            ladders[i] = names.free("svg", stem, result.check, result.prop.name, *values, *result.variants)
            files[ladders[i]] = svg
    machines: list[Picture] = []
    for spec, role, picture in drawn:
        if isinstance(picture, NoLayout):
            machines.append(Picture(spec, role, None, picture.reason))
        else:
            name = names.free("svg", "machine", Path(spec).stem, role)
            machines.append(Picture(spec, role, name))
            files[name] = picture
    shown: list[tuple[Table, str | None]] = []
    for table in tables(outcome):
        name = names.free("svg", "table", Path(table.file).stem, table.check, table.question)
        shown.append((table, name if table.two_vary else None))
        if table.two_vary:
            files[name] = heatmap(table)
    traces = trace_files(specs, outcome, names)
    files |= dict(traces.values())
    links = {i: name for i, (name, _) in traces.items()}
    return write_all(folder, {**files, summary_name: summary(outcome, ladders, machines, links, shown)})


def _ladder(result: Result) -> str | None:
    trace = trace_of(result.verdict)
    if trace is None:
        return None
    title = f"{result.check}: {result.prop.name}"
    return ladder_svg(trace, result.prop, Interpreter(result.system), title)


def draw_machines(specs: Sequence[Spec], everywhere: bool = False) -> Machines:
    """The state machines of the specs' own roles. `everywhere`: laid out by the Graphviz that is installed
    with us, and given the time it takes, so that they are the same on every machine."""
    roles = [(spec.name, role) for spec in specs for role in own_roles(spec)]
    drawings = [machine_drawing(machine(role)) for _, role in roles]
    pictures = lay_out(drawings, PATIENCE, system_dot=False) if everywhere else lay_out(drawings)
    return [(spec, role.name.text, svg) for (spec, role), svg in zip(roles, pictures, strict=True)]
