"""The state machine of a role as DOT, laid out like RFC 9293's figure 5: top to bottom, the initial
state on top, `event / action` on the edges.

An edge's label is a node of its own in the middle of it, so that no label lies on another and each
belongs to one edge for all to see.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from tcpverify.records import record
from tcpverify.render.machine import Machine, MachineEdge
from tcpverify.render.text import clean, fit, width, wrap

if TYPE_CHECKING:
    from graphviz import Digraph

FONT = "DejaVu Sans Mono,Menlo,Consolas,Courier New,monospace"
MOST = 4
"""Handlers named on one edge or in one loop; the others are counted."""

_CELLS = 34
_NAME_CELLS = 28
_MOST_LINES = 3
_SIZES = {"state": 13.0, "label": 11.0}
_CELL = 0.62
"""The width of a character as a part of the font size, generously."""

_GRAPH = {"rankdir": "TB", "nodesep": "0.25", "ranksep": "0.28", "splines": "spline", "pad": "0.2"}
_STATE = {
    "shape": "box", "style": "rounded,filled", "fillcolor": "#e8f1fb", "color": "#0b5cad",
    "fontname": FONT, "fontsize": "13", "fontcolor": "#1b1f24",
}  # fmt: skip
_LABEL = {"shape": "plaintext", "fontname": FONT, "fontsize": "11", "fontcolor": "#1b1f24", "margin": "0"}
_EDGE = {"color": "#57606a", "arrowsize": "0.8", "penwidth": "1.2"}


@record
class Drawing:
    """A graph to lay out: its DOT, how many nodes that has, what it is called and what it says."""

    dot: str
    nodes: int
    title: str
    description: str


def machine_drawing(machine: Machine) -> Drawing:
    """The drawing of a role's state machine."""
    from graphviz import Digraph

    graph = Digraph("machine", graph_attr=_GRAPH, edge_attr=_EDGE)
    ids = {state.name: f"s{i}" for i, state in enumerate(machine.states)}
    depth = _depths(machine)
    ways = _merged(machine.edges)
    for state in machine.states:
        if state.initial:
            graph.node("start", shape="point", width="0.12", color="#1b1f24")
            graph.edge("start", ids[state.name])
        look = {"peripheries": "2"} if state.terminal else {}
        name = wrap(clean(state.name), _NAME_CELLS)
        graph.node(ids[state.name], escaped(name, "\\n"), **_STATE, **size(name, "state"), **look)
    for i, ((source, target), edges) in enumerate(ways.items()):
        lines = ["stays:", *_lines(edges)] if source == target else _lines(edges)
        graph.node(f"e{i}", escaped(lines), **_LABEL, **size(lines, "label"))
        _join(graph, ids[source], f"e{i}", ids[target], depth[target] - depth[source])
    title = f"State machine of {clean(machine.name)}"
    return Drawing(graph.source, len(ids) + len(ways) + 1, title, _sentences(machine))


def machine_dot(machine: Machine) -> str:
    """A role's state machine as DOT."""
    return machine_drawing(machine).dot


def _merged(edges: Iterable[MachineEdge]) -> dict[tuple[str, str], list[MachineEdge]]:
    """The edges from each state to each, without the events that a state ignores."""
    found: dict[tuple[str, str], list[MachineEdge]] = {}
    for edge in edges:
        if edge.source != edge.target or edge.actions not in ((), ("ignore",)):
            found.setdefault((edge.source, edge.target), []).append(edge)
    return found


def _depths(machine: Machine) -> dict[str, int]:
    """How many edges each state is away from an initial one."""
    depth = {s.name: 0 for s in machine.states if s.initial}
    frontier = list(depth)
    while frontier:
        near = frontier
        frontier = []
        for edge in machine.edges:
            if edge.source in near and edge.target not in depth:
                depth[edge.target] = depth[edge.source] + 1
                frontier.append(edge.target)
    return {s.name: depth.get(s.name, len(machine.states)) for s in machine.states}


def _join(graph: Digraph, source: str, label: str, target: str, deeper: int) -> None:
    """An edge through its label; one that leads back up is stated from above, so that it stays one
    line, and a loop leans on its state without moving it."""
    if source == target:
        graph.edge(source, label, style="dotted", arrowhead="none", weight="4")
    elif deeper >= 0:
        graph.edge(source, label, arrowhead="none", weight="2")
        graph.edge(label, target, weight="2")
    else:
        graph.edge(target, label, dir="back", arrowtail="normal")
        graph.edge(label, source, arrowhead="none")


# --- Labels ----------------------------------------------------------------------------------------


def _lines(edges: list[MachineEdge]) -> list[str]:
    """A line or a few for each handler, long ones cut, many counted."""
    found: list[str] = []
    for edge in edges[:MOST]:
        lines = wrap(clean(str(edge)), _CELLS, 2)
        if len(lines) > _MOST_LINES:
            lines = [*lines[: _MOST_LINES - 1], fit(lines[_MOST_LINES - 1], _CELLS - 2) + "…"]
        found += lines
    return [*found, f"+{len(edges) - MOST} more"] if len(edges) > MOST else found


def size(lines: list[str], kind: str) -> dict[str, str]:
    """The size of a node in inches: our own measure, because engines without fonts only guess."""
    size = _SIZES[kind]
    margin = (22.0, 14.0) if kind == "state" else (8.0, 4.0)
    wide = max(width(line) for line in lines) * size * _CELL + margin[0]
    high = len(lines) * size * 1.25 + margin[1]
    return {"width": f"{wide / 72:.3f}", "height": f"{high / 72:.3f}", "fixedsize": "true"}


def escaped(lines: list[str], end: str = "\\l") -> str:
    """Lines as a DOT label that shows them literally: no escapes, no entities, no HTML."""
    from graphviz import nohtml

    return cast(str, nohtml("".join(_literal(line) + end for line in lines)))


def _literal(line: str) -> str:
    """A line as a label's source; SVG would swallow the spaces that indent it."""
    text = line.lstrip(" ")
    indent = "\N{NO-BREAK SPACE}" * (len(line) - len(text))
    return indent + text.replace("&", "&amp;").replace("\\", "\\\\")


def _sentences(machine: Machine) -> str:
    """The machine in words, for those who cannot see it."""
    initial = ", ".join(s.name for s in machine.states if s.initial)
    found = [f"{len(machine.states)} states, initially {initial}."]
    found += [f"From {e.source} to {e.target}: {e}." for e in machine.edges if e.source != e.target]
    return clean(" ".join(found))
