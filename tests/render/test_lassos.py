"""Lassos drawn: the loop bracketed, how the run goes on, why it is fair; in text and as SVG."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import handshake_system as h
import lassos
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems import token
from test_ladder import traces
from test_svg import SVG, assert_readable

from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Fair, Property
from tcpverify.render.conclusion import Finding, conclusion
from tcpverify.render.describe import for_ever, steps_of
from tcpverify.render.fairness import why_fair
from tcpverify.render.ladder import Fate, lay_out
from tcpverify.render.picture import compose
from tcpverify.render.svg import ladder_svg
from tcpverify.render.terminal import ladder
from tcpverify.render.text import width
from tcpverify.trace import Trace, shows

TIMERS, DELIVERY = Fair("timers"), Fair("delivery")


def test_they_are_what_they_should_be() -> None:
    """The lassos drawn here are real ones, fair and never answered."""
    for trace in (lassos.trying(), lassos.waiting()):
        assert shows(Interpreter(trace.system), lassos.opens(TIMERS, DELIVERY), trace)
    unfair = lassos.lasso(h.build(lassos.NARROW), 1, "A call active")
    assert not shows(Interpreter(unfair.system), lassos.opens(TIMERS), unfair)


@pytest.mark.parametrize(("cells", "unicode"), [(100, True), (80, False), (50, True)])
def test_golden(golden: Callable[[str, str], None], cells: int, unicode: bool) -> None:
    end = f"{cells}{'' if unicode else '-ascii'}.txt"
    for name, trace in (("trying", lassos.trying()), ("waiting", lassos.waiting())):
        prop = lassos.opens(TIMERS, DELIVERY)
        golden(f"render/{name}-{end}", ladder(trace, prop, Interpreter(trace.system), cells, unicode))


def test_golden_svg(golden: Callable[[str, str], None]) -> None:
    trace = lassos.trying()
    prop = lassos.opens(TIMERS, DELIVERY)
    golden("render/trying.svg", ladder_svg(trace, prop, Interpreter(trace.system), "trying"))


@pytest.mark.parametrize("cells", [45, 100])
def test_the_bracket_stands_beside_the_steps_of_the_loop(cells: int) -> None:
    trace = lassos.trying()
    lines = ladder(trace, None, Interpreter(trace.system), cells).splitlines()
    steps = [line[:4].split() for line in lines if re.match(r"\d", line)]
    assert [(mark[0], len(mark) > 1) for mark in steps] == [
        ("1", False), ("2", True), ("3", True), ("4", True)
    ]  # fmt: skip
    assert sum("┏" in line for line in lines) == sum("┗" in line for line in lines) == 1
    assert "then steps 2 to 4 again, for ever" in " ".join(" ".join(lines).split())


def test_how_lassos_go_on() -> None:
    system = h.build(lassos.NARROW)
    around = ("A call active", "A timeout", "A exhausted", "A call active")
    assert for_ever(lassos.lasso(system, 1, *around)) == "then steps 2 to 4 again, for ever"
    assert for_ever(lassos.lasso(system, 4, *around)) == "the run stays here for ever"
    twice = lassos.lasso(h.build(lassos.NARROW), 4, *around, *around[1:])
    assert for_ever(twice) == "then steps 5 to 7 again, for ever"
    assert for_ever(h.follow(system, *around)) == ""


@given(traces(steps=8), st.integers(40, 160), st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_run_may_stay_at_its_end(trace: Trace, cells: int, unicode: bool) -> None:
    if trace.steps and trace.steps[-1].after is None:
        trace = Trace(trace.system, trace.initial, trace.steps[:-1])
    trace = replace(trace, loop=len(trace))
    interpreter, prop = Interpreter(trace.system), lassos.eventually(DELIVERY, TIMERS, Fair("calls"))
    text = ladder(trace, prop, interpreter, cells, unicode)
    assert all(width(line) <= cells for line in text.splitlines())
    assert unicode or text.isascii()
    assert "for ever" in " ".join(text.split())
    assert_readable(compose(trace, conclusion(interpreter, prop, trace), "stays"))
    left = [f.fate for f in lay_out(trace).flights if f.end is None]
    assert left == [Fate.STAYS] * len(trace.states[-1].contents[0] + trace.states[-1].contents[1])


def test_the_picture() -> None:
    for trace, stays in ((lassos.trying(), False), (lassos.waiting(), True)):
        prop, interpreter = lassos.opens(TIMERS, DELIVERY), Interpreter(trace.system)
        picture = compose(trace, conclusion(interpreter, prop, trace), "lasso")
        assert_readable(picture)
        assert picture.loop is not None
        assert picture.loop.stays is stays
        assert picture.top < picture.loop.top < picture.loop.bottom < picture.bottom
        left = min(box.x for box in picture.boxes)
        assert picture.loop.x < picture.loop.tip < left
        root = ElementTree.fromstring(ladder_svg(trace, prop, interpreter))
        assert for_ever(trace)[1:] in (root[1].text or "")
        assert for_ever(trace) in [e.text for e in root.iter(f"{SVG}text")]
    plain = h.follow(h.build(lassos.NARROW), "A call active")
    assert compose(plain, None, "no lasso").loop is None


def told(trace: Trace, prop: Property) -> tuple[str, ...]:
    return why_fair(Interpreter(trace.system), prop, trace)


def test_why_a_loop_is_fair() -> None:
    trace = lassos.trying()
    calls = Fair("calls", endpoint="A", subject="active_open")
    assert told(trace, lassos.opens(TIMERS, calls)) == (
        "call A.active_open is done in step 4", "timeout A.rtx is done in steps 2 and 3",
    )  # fmt: skip
    passive = told(trace, lassos.opens(Fair("calls", endpoint="A")))
    assert passive == (
        "call A.active_open is done in step 4", "call A.passive_open is not possible after step 1",
    )  # fmt: skip
    assert told(trace, lassos.opens(DELIVERY)) == ("none of the segments in flight can be received",)
    assert told(trace, lassos.opens(Fair("delivery", channel=1))) == ("nothing is in flight on B -> A",)
    assert told(trace, lassos.opens(Fair("steps"))) == ("no step is possible",)
    assert told(trace, lassos.opens(Fair("timers", endpoint="B", subject="rtx"))) == ("B.rtx is not running",)


def test_segments_that_are_received_in_the_loop() -> None:
    system, _ = token(2)
    around = ("A passes", "B takes", "B passes", "A takes")
    trace = lassos.lasso(system, 4, *around, *around)
    back, forth = (
        "delivery of TOK n=0 on A -> B is done in step 6",
        "delivery of TOK n=1 on B -> A is done in step 8",
    )
    assert told(trace, lassos.opens(DELIVERY)) == (back, forth)
    assert told(trace, lassos.opens(Fair("delivery", channel=1))) == (forth,)
    stays = lassos.lasso(system, 1, "A passes")
    never = "delivery of TOK n=0 on A -> B is possible at all times and never done"
    assert told(stays, lassos.opens(DELIVERY)) == (never,)


def test_nothing_is_asked_for_and_nothing_is_possible() -> None:
    trace = lassos.waiting()
    assert told(trace, lassos.eventually()) == (
        "it asks for no fairness: what is possible may wait for ever",
    )  # fmt: skip
    dead = replace(trace.system, actions=())
    stays = replace(h.follow(dead), loop=0)
    assert told(stays, lassos.eventually(TIMERS)) == ("no step is possible there",)
    assert told(h.follow(dead), lassos.eventually(TIMERS)) == ()


def test_what_never_comes() -> None:
    trace = lassos.waiting()
    shown = conclusion(Interpreter(trace.system), lassos.opens(TIMERS), trace)
    assert shown.heading == (
        "opens is violated by a run that stays after step 4 for ever: "
        "A in SYN_SENT leads_to A in ESTABLISHED under timers"
    )
    assert shown.findings == (
        Finding("A in SYN_SENT", ("A in SYN_SENT",), "after step 1"),
        Finding("A in ESTABLISHED", ("A in CLOSED",), "never after that"),
    )
    assert shown.fair == ("no timeout is possible",)
    assert (0, "this run is fair:") in shown.lines()
    shown = conclusion(Interpreter(trace.system), lassos.eventually(), trace)
    assert shown.findings == (Finding("A in ESTABLISHED", ("A in CLOSED",), "never"),)


def test_what_ends_too_soon() -> None:
    trace = h.follow(h.build(lassos.LOSSY), "A call active")
    prop = replace(
        lassos.eventually(), name="patient", hold=lassos.inside("A", h.CLOSED),
        text="A in CLOSED until A in ESTABLISHED",
    )  # fmt: skip
    assert shows(Interpreter(trace.system), prop, trace)
    shown = conclusion(Interpreter(trace.system), prop, trace)
    assert shown.heading.startswith("patient is violated after step 1: ")
    assert shown.findings == (Finding("A in CLOSED", ("A in SYN_SENT",), "fails before it comes"),)
    assert shown.fair == ()


def test_traps() -> None:
    system = replace(h.build(lassos.NARROW), actions=tuple(
        a for a in h.build(lassos.NARROW).actions if a.endpoint == "A"
    ))  # fmt: skip
    trace, prop = h.follow(system, "A call active"), lassos.can_open()
    interpreter = Interpreter(system)
    assert shows(interpreter, prop, trace)
    shown = conclusion(interpreter, prop, trace)
    assert shown.heading.startswith("can_open is violated after step 1, from where it cannot be reached: ")
    assert shown.findings[0] == Finding("A in ESTABLISHED", ("A in SYN_SENT",), "out of reach")
    assert shown.findings[1].word == "the trap"
    reached = {trace.states[-1]}
    while True:
        more = {o.state for s in reached for o in interpreter.outcomes(s)} - reached  # type: ignore[union-attr]
        if not more:
            break
        reached |= more
    still = sum(not list(interpreter.outcomes(s)) for s in reached)
    size = f"{len(reached)} states, "
    assert shown.findings[1].text.startswith(size)
    assert (f"in {still} of them" in shown.findings[1].text) == (still > 0)
    dead = replace(system, actions=())
    text = conclusion(Interpreter(dead), prop, h.follow(dead)).findings[1].text
    assert text == "this state, where no step is possible"


def test_few_steps_in_words() -> None:
    assert [steps_of(4, last) for last in (4, 5, 6)] == ["step 4", "steps 4 and 5", "steps 4 to 6"]
