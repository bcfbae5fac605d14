"""The folder that `verify --output` leaves: a summary, a ladder for every trace, state machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tcpverify.ir.interpret import Interpreter
from tcpverify.lang import syntax as s
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.machines import machine
from tcpverify.pipeline.save import Folder, slug
from tcpverify.render.dot import machine_drawing
from tcpverify.render.layout import NoLayout, lay_out
from tcpverify.render.svg import ladder_svg
from tcpverify.report.markdown import summary
from tcpverify.result import Outcome, Result
from tcpverify.verdict import trace_of


def write_report(folder: Folder, specs: Sequence[Spec], outcome: Outcome) -> list[Path]:
    """Write everything; a diagram that cannot be laid out is named in the summary instead."""
    pictures: dict[int, str] = {}
    written: list[Path] = []
    taken: set[str] = set()
    for i, result in enumerate(outcome.results):
        trace = trace_of(result.verdict) if isinstance(result, Result) else None
        if isinstance(result, Result) and trace is not None:
            name = _free(
                slug(Path(result.file).stem, result.check, result.prop.name, *_values(result)), taken
            )
            title = f"{result.check}: {result.prop.name}"
            svg = ladder_svg(trace, result.prop, Interpreter(result.system), title)
            written.append(folder.write(name, svg))
            pictures[i] = name
    machines = draw_machines(specs)
    drawn: dict[str, str] = {}
    for label, picture in machines.items():
        if isinstance(picture, NoLayout):
            drawn[label] = f"not drawn: {picture.reason}"
        else:
            name = _free(slug("machine", label), taken)
            written.append(folder.write(name, picture))
            drawn[label] = name
    written.append(folder.write("summary.md", summary(outcome, pictures, drawn)))
    return written


def _values(result: Result) -> list[str]:
    return [f"{name}-{value}" for name, value in result.instance]


def _free(base: str, taken: set[str]) -> str:
    """A file name not used yet in this report."""
    name, n = f"{base}.svg", 1
    while name.lower() in taken:
        n += 1
        name = f"{base}-{n}.svg"
    taken.add(name.lower())
    return name


def own_roles(spec: Spec) -> list[s.Role]:
    """The roles that a file itself declares."""
    own = spec.program.main.span.source
    return [role for role in spec.program.roles.values() if role.span.source is own]


def draw_machines(specs: Sequence[Spec]) -> dict[str, str | NoLayout]:
    """The state machines of the specs' own roles as SVG, by file and role."""
    roles = {f"{Path(spec.name).stem} {role.name}": role for spec in specs for role in own_roles(spec)}
    pictures = lay_out([machine_drawing(machine(role)) for role in roles.values()])
    return dict(zip(roles, pictures, strict=True))
