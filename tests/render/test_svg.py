"""Ladders as SVG: well-formed, self-contained, and no text on another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import handshake_system as h
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ladder import FAULTY, traces
from test_terminal import connect, faults, names

from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Endpoint
from tcpverify.render.conclusion import conclusion
from tcpverify.render.picture import Picture, Role, compose
from tcpverify.render.svg import ladder_svg
from tcpverify.trace import Trace, replay

SVG = "{http://www.w3.org/2000/svg}"


def rectangles(picture: Picture) -> list[tuple[float, float, float, float]]:
    """Where text stands: the boxes, and the texts that are in none."""
    boxes = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in picture.boxes]
    return boxes + [(t.x, t.y, t.x + t.width, t.y + t.height) for t in picture.texts]


def assert_readable(picture: Picture) -> None:
    found = rectangles(picture)
    for a, b in combinations(found, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)
    assert all(x1 >= 0 and y1 >= 0 for x1, y1, _, _ in found)
    assert all(x2 <= picture.width and y2 <= picture.height for _, _, x2, y2 in found)
    for box in picture.boxes:
        assert box.width >= box.text.width
        assert box.height >= box.text.height
    for arrow in picture.arrows:
        assert 0 <= arrow.x2 <= picture.width
        assert picture.top <= arrow.y1 <= arrow.y2 <= picture.bottom
    labels = [t for t in picture.texts if t.role is Role.LABEL]
    assert len(labels) == len(picture.arrows)


@given(traces(steps=12))
@settings(deadline=None, max_examples=60)
def test_texts_do_not_overlap(trace: Trace) -> None:
    assert_readable(compose(trace, conclusion(Interpreter(trace.system), h.no_phantom(), trace), "title"))


@given(names, names, st.text(max_size=200))
@settings(deadline=None, max_examples=60)
def test_hostile_names(a: str, b: str, title: str) -> None:
    options = replace(FAULTY, names=(a, b if a != b else b + "2"), message=b)
    system = h.build(options)
    trace = replay(Interpreter(system), h.walk(system, lambda n: n - 1, 6).schedule)
    assert_readable(compose(trace, None, title))
    root = ElementTree.fromstring(ladder_svg(trace, h.no_phantom(options), Interpreter(system), title))
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
        "svg", "title", "desc", "rect", "line", "text", "polygon", "path", "circle"
    }  # fmt: skip
    assert not [k for e in root.iter() for k in e.attrib if "href" in k or k.startswith("on")]


def test_many_lanes_and_one() -> None:
    system = h.build()
    one, two = system.endpoints
    more = tuple(Endpoint(f"Middle {i}", "Peer", one.control, one.states) for i in range(3))
    system = replace(system, endpoints=(one, *more, two))
    assert_readable(compose(h.follow(system, "B call passive", "B receive SYN"), None, "many"))
    system = replace(h.build(h.Options(preloaded=())), channels=(), actions=())
    system = replace(system, endpoints=system.endpoints[:1], initial=replace(system.initial, contents=()))
    assert_readable(compose(h.follow(system), None, "one"))


def test_a_segment_to_oneself() -> None:
    system = h.build()
    a, b = system.channels
    system = replace(system, channels=(a, replace(b, target="B")))
    assert_readable(compose(h.follow(system, "B call passive", "B receive SYN"), None, "self"))


def test_it_says_what_it_shows() -> None:
    trace = h.phantom()
    root = ElementTree.fromstring(ladder_svg(trace, h.no_phantom(), Interpreter(trace.system), "A <b> & c"))
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "A <b> & c"
    assert "Step 2: B receives SYN seq=5" in (root[1].text or "")
    texts = [e.text for e in root.iter(f"{SVG}text")]
    assert "(in flight at the end)" in texts
    assert "old SYN seq=5 [origin=0]" in texts


def test_golden(golden: Callable[[str, str], None]) -> None:
    trace, options = connect()
    golden(
        "render/connect.svg", ladder_svg(trace, h.can_connect(options), Interpreter(trace.system), "connect")
    )
    trace = faults()
    golden("render/faults.svg", ladder_svg(trace, None, Interpreter(trace.system), "faults"))
