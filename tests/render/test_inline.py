"""Ladders and machines inside a page: as much is drawn as in a file of its own, and text stays text."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

from test_terminal import connect, faults

from tcpverify.ir.interpret import Interpreter
from tcpverify.render.dot import Drawing
from tcpverify.render.inline import inline_ladder
from tcpverify.render.layout import lay_out
from tcpverify.render.slim import slim
from tcpverify.render.svg import ladder_svg
from tcpverify.trace import Trace

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> Counter[str | None]:
    root = ElementTree.fromstring(svg)
    return Counter(e.text for e in root.iter() if e.tag.removeprefix(SVG) == "text")


def looks(svg: str) -> dict[str, str]:
    """What is drawn of each look."""
    return {e.attrib["class"]: e.attrib["d"] for e in ElementTree.fromstring(svg).iter("path")}


def check(trace: Trace) -> dict[str, str]:
    inline, picture = inline_ladder(trace)
    alone = ladder_svg(trace, None, Interpreter(trace.system), "")
    assert texts(inline) + Counter([trace.system.name]) == texts(alone), "all but the title"
    assert len(inline) * 2.5 < len(alone)
    drawn = looks(inline)
    lines = sum(d.count("M") for look, d in drawn.items() if look[0] in "sox" and look[1] in "ldp")
    assert lines == len(picture.arrows)
    assert sum(drawn[look].count("M") for look in ("bn", "bs", "be") if look in drawn) == len(picture.boxes)
    return drawn


def test_what_was_received() -> None:
    drawn = check(connect()[0])
    assert drawn["sl"].count("M") == drawn["sh"].count("M")


def test_faults_look_otherwise() -> None:
    """Lost and in flight have marks of their own."""
    drawn = check(faults())
    assert drawn["xd"].count("M") * 2 == drawn["xm"].count("M") + drawn["xm"].count("m0")


def test_a_machine_is_the_same_in_fewer_characters() -> None:
    dot = """digraph { node [shape=box style="rounded,filled" fillcolor="#e8f1fb" color="#0b5cad"]
        a [label="<b>&amp;"] b [color=red] a -> b [color="#57606a" penwidth=1.2] }"""
    (svg,) = lay_out([Drawing(dot, 2, "two <states>", "a, b")], system_dot=False)
    assert isinstance(svg, str)
    small = slim(svg)
    assert len(small) < len(svg) * 0.75
    assert texts(small) == texts(svg)
    kinds = [Counter(e.tag.removeprefix(SVG) for e in ElementTree.fromstring(s).iter()) for s in (svg, small)]
    assert {**kinds[0], "g": 0} == {**kinds[1], "g": 0}
    colours = [e.attrib["stroke"] for e in ElementTree.fromstring(small).iter() if "stroke" in e.attrib]
    assert "red" in colours
    assert "#57606a" not in colours
