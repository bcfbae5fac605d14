"""State graphs: whole, grouped, too large; the way to a violation."""

from __future__ import annotations

from cli.specs import MET

from tcpverify.ir.interpret import Interpreter
from tcpverify.limits import Limits
from tcpverify.pipeline import load_text
from tcpverify.pipeline.graph import Graph, graph
from tcpverify.pipeline.scene import scene
from tcpverify.verdict import Violated


def drawn(scenario: str, prop: str | None = None, limits: Limits | None = None, **params: str) -> Graph:
    found = scene(load_text(MET), scenario, (), params, () if prop is None else (prop,))
    return graph(found.model.system, next(iter(found.model.properties), None), limits or Limits())


def test_whole() -> None:
    found = drawn("once", "stays")
    assert isinstance(found.verdict, Violated)
    assert found.drawing is not None
    assert found.drawing.nodes == len(found.space.states) == 3
    assert found.drawing.dot.count("penwidth=4") == 3


def test_the_same_states_as_the_search() -> None:
    from tcpverify.explicit.search import run

    model = scene(load_text(MET), "long").model
    seen = run(model.system, (), Limits()).statistics
    space = drawn("long").space
    assert seen is not None
    assert (len(space.states), len(space.arcs)) == (seen.states, seen.transitions)
    assert list(Interpreter(model.system).initial()) == space.states[:1]


def test_grouped() -> None:
    found = drawn("long", limit="30")
    assert found.drawing is not None
    assert found.drawing.nodes == 4
    assert len(found.space.states) > 60


def test_stopped() -> None:
    found = drawn("long", limits=Limits(max_states=10))
    assert (found.drawing, "after" in (found.reason or "")) == (None, True)
    assert drawn("long", limits=Limits(seconds=1e-9)).drawing is None
