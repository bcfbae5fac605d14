"""State machines as DOT and as SVG."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from machines import HOSTILE, HOSTILE_NAMES, SMALL, TCP, machine

from tcpverify.render import layout
from tcpverify.render.dot import MOST, machine_dot, machine_drawing
from tcpverify.render.layout import NoLayout, lay_out, sanitised
from tcpverify.render.text import clean

SVG = "{http://www.w3.org/2000/svg}"
ENGINES = [
    False,
    pytest.param(True, marks=pytest.mark.skipif(shutil.which("dot") is None, reason="no dot program")),
]


def texts(svg: str | NoLayout) -> list[str]:
    assert isinstance(svg, str), svg
    found = [e.text or "" for e in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    return [t.replace("\N{NO-BREAK SPACE}", " ").strip() for t in found]


def test_golden(golden: Callable[[str, str], None]) -> None:
    golden("render/tcp.dot", machine_dot(TCP))
    golden("render/small.dot", machine_dot(SMALL))


@pytest.mark.parametrize("system_dot", ENGINES)
def test_every_label_comes_out_as_it_is(system_dot: bool) -> None:
    tcp, small, hostile = lay_out([machine_drawing(m) for m in (TCP, SMALL, HOSTILE)], system_dot=system_dot)
    assert {s.name for s in TCP.states} <= set(texts(tcp))
    assert {"IDLE", "call start / send REQ", "stays:", "timeout rtx / send REQ"} <= set(texts(small))
    assert {clean(name) for name in HOSTILE_NAMES} <= set(texts(hostile))
    for picture in (tcp, small, hostile):
        root = ElementTree.fromstring(str(picture))
        assert root.get("role") == "img"
        assert [root[0].tag, root[1].tag] == [f"{SVG}title", f"{SVG}desc"]


def test_many_handlers_between_two_states_are_counted() -> None:
    edges = tuple(("A", "B", f"receive X{i}") for i in range(MOST + 3))
    dot = machine_dot(machine("M", "A", edges, ("A", "B")))
    assert f"receive X{MOST - 1}" in dot
    assert f"receive X{MOST}" not in dot
    assert "+3 more" in dot


def test_ignored_events_are_left_out() -> None:
    assert "receive RST" not in machine_dot(machine("M", "A", (("A", "A", "receive RST", "ignore"),), ("A",)))


def test_too_many_nodes() -> None:
    states = tuple(f"S{i}" for i in range(layout.MOST_NODES))
    big = machine_drawing(machine("M", "S0", (), states))
    refused, small = lay_out([big, machine_drawing(SMALL)])
    assert isinstance(refused, NoLayout)
    assert isinstance(small, str)


def test_a_graph_that_fails_leaves_the_others_whole() -> None:
    broken = replace(machine_drawing(SMALL), dot="digraph {")
    for system_dot in (False, shutil.which("dot") is not None):
        bad, good = lay_out([broken, machine_drawing(SMALL)], system_dot=system_dot)
        assert isinstance(bad, NoLayout)
        assert isinstance(good, str)


def test_a_layout_that_takes_too_long_is_given_up() -> None:
    (found,) = lay_out([machine_drawing(TCP)], seconds=0.01, system_dot=False)
    assert isinstance(found, NoLayout)
    assert "more than 0.01 s" in found.reason


@pytest.mark.parametrize(
    "inside",
    [
        "<script>x()</script>",
        "<foreignObject/>",
        '<a href="x"/>',
        "<image/>",
        "<style>x</style>",
        "<use/>",
        "<b",
    ],
)
def test_what_could_act_is_refused(inside: str) -> None:
    assert isinstance(sanitised(f"<svg><g>{inside}</g></svg>".encode(), "t", "d"), NoLayout)


def test_unknown_attributes_are_left_out() -> None:
    raw = b'<svg onload="x" xmlns:x="u"><g x:href="y" fill="red" href="z"/></svg>'
    svg = sanitised(raw, "<t>", "d")
    assert isinstance(svg, str)
    assert "href" not in svg
    assert "onload" not in svg
    assert 'fill="red"' in svg
    assert "&lt;t&gt;" in svg
