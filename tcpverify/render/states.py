"""The state graph of a system as DOT: small ones whole, larger ones grouped by the endpoints' states.

Nothing is told by colour alone: what is on the way to a violation is bold and has thick lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tcpverify.records import record
from tcpverify.render.dot import FONT, Drawing, escaped, size
from tcpverify.render.text import clean, fit, wrap

WHOLE = 60
"""A graph of at most so many states is drawn whole."""

MOST_GROUPS = 150
"""A graph of more groups is not drawn."""

_CELLS = 36
_MOST_EVENTS = 3
_MOST_NOTES = 8

_GRAPH = {"rankdir": "TB", "nodesep": "0.35", "ranksep": "0.5", "splines": "spline", "pad": "0.2"}
_NODE = {
    "shape": "box", "style": "rounded,filled", "fillcolor": "#e8f1fb", "color": "#0b5cad",
    "fontname": FONT, "fontsize": "13", "fontcolor": "#1b1f24",
}  # fmt: skip
_END = {"fillcolor": "#ffffff", "peripheries": "2"}
_EDGE = {
    "color": "#57606a", "arrowsize": "0.8", "penwidth": "1.2", "fontname": FONT, "fontsize": "11",
    "fontcolor": "#1b1f24",
}  # fmt: skip
_BOLD_NODE = {"penwidth": "4", "color": "#b03a00", "fillcolor": "#fdeee6"}
_BOLD_EDGE = {"penwidth": "4", "color": "#b03a00", "fontcolor": "#b03a00"}


@record
class Node:
    """A state or a group of states: what is written in it. `last`: nothing leads out of it; `count`:
    how many states it stands for."""

    heading: tuple[str, ...]
    notes: tuple[str, ...]
    initial: bool
    last: bool
    count: int = 1


@record
class Way:
    """What leads from one node to another; `target` None: into an error."""

    source: int
    target: int | None
    events: tuple[str, ...]
    bold: bool


@record
class StateGraph:
    """What there is to draw; `bold` are the nodes on the way to a violation."""

    title: str
    nodes: tuple[Node, ...]
    ways: tuple[Way, ...]
    bold: frozenset[int] = frozenset()


def states_drawing(graph: StateGraph) -> Drawing:
    """A state graph as a drawing."""
    from graphviz import Digraph

    dot = Digraph("states", graph_attr=_GRAPH, edge_attr=_EDGE)
    for i, node in enumerate(graph.nodes):
        lines = _lines(node)
        look = {**(_END if node.last else {}), **(_BOLD_NODE if i in graph.bold else {})}
        dot.node(f"n{i}", escaped(lines, "\\n"), **{**_NODE, **size(lines, "state"), **look})
        if node.initial:
            dot.node(f"i{i}", "", shape="point", width="0.12", color="#1b1f24")
            dot.edge(f"i{i}", f"n{i}")
    extra = 0
    for way in graph.ways:
        target = f"n{way.target}"
        look = _BOLD_EDGE if way.bold else {}
        if way.target is None:
            target = f"e{extra}"
            extra += 1
            bold = _BOLD_NODE if way.bold else {}
            error = {"shape": "box", "style": "dashed", "fontname": FONT, "fontsize": "13"}
            dot.node(target, "error", **{**error, **bold, "style": "dashed"})
        dot.edge(f"n{way.source}", target, label=escaped([f"  {text}" for text in way.events]), **look)
    entries = sum(node.initial for node in graph.nodes)
    return Drawing(dot.source, len(graph.nodes), graph.title, _sentences(graph, entries))


def _lines(node: Node) -> list[str]:
    """What is written in a node."""
    lines = [line for text in node.heading for line in wrap(clean(text), _CELLS, 2)]
    if node.count > 1:
        lines.append(f"{node.count:,} states")
    notes = [fit(clean(text), _CELLS) for text in node.notes]
    more = len(notes) - _MOST_NOTES
    return lines + (notes if more <= 0 else [*notes[:_MOST_NOTES], f"+{more} more"])


def event_lines(events: Iterable[str]) -> tuple[str, ...]:
    """The label of an edge for what happens on it: equal events counted, many cut off."""
    counted = Counter(clean(e) for e in events)
    texts = [text if n == 1 else f"{text} ({n:,} times)" for text, n in counted.items()]
    shown = [fit(text, _CELLS) for text in texts[:_MOST_EVENTS]]
    more = len(texts) - _MOST_EVENTS
    return tuple([*shown, f"+{more} more"] if more > 0 else shown)


def count_lines(events: Sequence[str]) -> tuple[str, ...]:
    """The label of an edge between groups: how many transitions it stands for."""
    return (f"{len(events):,}",)


def _sentences(graph: StateGraph, entries: int) -> str:
    """The graph in words, for those who cannot see it."""
    states = sum(node.count for node in graph.nodes)
    found = [f"{states:,} states in {len(graph.nodes)} nodes, {entries} of them initial."]
    if graph.bold:
        found.append("The way of the trace is bold.")
    return clean(" ".join(found))
