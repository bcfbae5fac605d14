"""Ladders in a terminal: never too wide, nothing in them that controls it, pure ASCII on request."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import handshake_system as h
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ladder import FAULTY, traces

from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Endpoint, Order
from tcpverify.render.terminal import ladder
from tcpverify.render.text import width
from tcpverify.trace import Trace

names = st.text(min_size=1, max_size=60) | st.sampled_from(
    ["\x1b[2J", "服" * 30, "e\u0301" * 40, "A\nB", "\u202e"]
)


def connect() -> tuple[Trace, h.Options]:
    options = h.Options(three_way=True)
    holds = Interpreter(h.build(options)).predicate(h.can_connect(options).formula)
    return h.search(h.build(options), lambda s: s.after is not None and holds(s.after)), options


def faults() -> Trace:
    options = h.Options(three_way=True, loss=1, duplicates=1, corruptions=1)
    return h.follow(h.build(options), "A call active", "lose A->B @ 0", "B call passive", "duplicate A->B",
                    "corrupt A", "A timeout rtx", "B receive SYN")  # fmt: skip


@pytest.mark.parametrize(("cells", "unicode"), [(100, True), (80, False), (50, True)])
def test_golden(golden: Callable[[str, str], None], cells: int, unicode: bool) -> None:
    end = f"{cells}{'' if unicode else '-ascii'}.txt"
    trace, options = connect()
    text = ladder(trace, h.can_connect(options), Interpreter(trace.system), cells, unicode)
    golden(f"render/connect-{end}", text)
    trace = h.phantom()
    golden(f"render/phantom-{end}", ladder(trace, h.no_phantom(), Interpreter(trace.system), cells, unicode))
    trace = faults()
    golden(f"render/faults-{end}", ladder(trace, None, Interpreter(trace.system), cells, unicode))


def test_golden_error_and_overflow(golden: Callable[[str, str], None]) -> None:
    trace = h.follow(h.build(), "B receive any")
    golden("render/error-100.txt", ladder(trace, h.no_unhandled(), Interpreter(trace.system), 100))
    options = h.Options(capacity=1, overflow="drop", preloaded=(), order=Order.FIFO)
    trace = h.follow(h.build(options), "A call active", "A timeout")
    golden("render/overflow-100.txt", ladder(trace, None, Interpreter(trace.system), 100))


@given(traces(steps=8), st.integers(40, 250), st.booleans(), st.tuples(names, names))
@settings(deadline=None, max_examples=120)
def test_never_wider_than_asked(trace: Trace, cells: int, unicode: bool, called: tuple[str, str]) -> None:
    a, b = called[0], called[1] if called[1] != called[0] else called[1] + "2"
    options = replace(FAULTY, names=(a, b), message=a)
    renamed = h.replay(Interpreter(h.build(options)), h.walk(h.build(options), lambda n: n - 1, 6).schedule)
    for shown, prop in ((trace, h.no_phantom()), (renamed, h.no_phantom(options))):
        text = ladder(shown, prop, Interpreter(shown.system), cells, unicode)
        assert all(width(line) <= cells for line in text.splitlines())
        assert not any(ord(c) < 32 and c != "\n" for c in text)
        assert unicode or text.isascii()


def test_a_label_that_was_cut_is_told_in_full_beside_the_ladder() -> None:
    trace = h.phantom()
    text = ladder(trace, None, Interpreter(trace.system), 60, True)
    assert "sends SYN+ACK seq=4 ack=6" in " ".join(text.replace("│", " ").split())


@pytest.mark.parametrize("cells", [40, 59, 60, 80, 250])
def test_two_hundred_steps(cells: int) -> None:
    options = h.Options(loss=0, capacity=None)
    words = ["A call active", "A timeout", "A exhausted"] * 67
    trace = h.follow(h.build(options), *words)
    text = ladder(trace, h.no_phantom(options), Interpreter(trace.system), cells)
    assert all(width(line) <= cells for line in text.splitlines())
    assert f"{len(trace)} " in text


def test_colour_only_on_request_and_never_alone() -> None:
    trace = faults()
    interpreter = Interpreter(trace.system)
    plain = ladder(trace, None, interpreter, 100)
    coloured = ladder(trace, None, interpreter, 100, colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("cells", [50, 100, 200])
@pytest.mark.parametrize("count", [1, 3, 8])
def test_other_numbers_of_endpoints(count: int, cells: int) -> None:
    """Endpoints that do nothing may stand beside those that do; a single one may stand alone."""
    if count == 1:
        system = h.build(h.Options(preloaded=()))
        quiet = [a for a in system.actions if "passive" in a.name and a.endpoint == "A"]
        system = replace(system, endpoints=system.endpoints[:1], channels=(), actions=tuple(quiet))
        system = replace(system, initial=replace(system.initial, contents=()))
        trace = h.follow(system, "A call passive")
    else:
        system = h.build()
        one, two = system.endpoints
        more = tuple(Endpoint(f"C{i}", "Peer", one.control, one.states) for i in range(count - 2))
        system = replace(system, endpoints=(one, *more, two))
        trace = h.follow(system, "B call passive", "B receive SYN")
    text = ladder(trace, None, Interpreter(system), cells)
    assert all(width(line) <= cells for line in text.splitlines())
