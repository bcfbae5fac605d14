"""The words for segments, steps and conclusions."""

from __future__ import annotations

import handshake_system as h
import pytest

from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, TRUE, IntSort, Scope, Var
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Field, MessageKind, Part, Property, PropertyKind, Timer
from tcpverify.pipeline import Request, load_text, verify
from tcpverify.render import describe
from tcpverify.result import Result
from tcpverify.verdict import trace_of

SYSTEM = h.build()


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ((0, 1, 1, 0, 3, 1, 0), "SYN+ACK seq=3 ack=1 [origin=0]"),
        ((0, 1, 0, 0, 3, 0, 2), "SYN seq=3 [origin=2]"),
        ((0, 0, 0, 1, 3, 5, 0), "RST seq=3 ack=5 [origin=0]"),
        ((0, 0, 0, 0, 0, 0, 0), "Segment seq=0 [origin=0]"),
        ((-1, 0, 0, 0, 0, 0, 0), "corrupt"),
    ],
)
def test_segments(message: tuple[int, ...], words: str) -> None:
    assert describe.segment(SYSTEM, message) == words


def test_kinds_are_named_where_there_are_several() -> None:
    from dataclasses import replace

    other = MessageKind("Cookie", (Field("echo", BOOL, False, False),), None)
    system = replace(SYSTEM, messages=(*SYSTEM.messages, other))
    assert describe.segment(system, (1, 1, 0, 0, 0, 0, 0)) == "Cookie echo=true"
    assert describe.segment(system, (0, 1, 0, 0, 3, 0, 2)).startswith("Segment SYN seq=3")


def test_events_and_changes() -> None:
    options = h.Options(loss=1)
    trace = h.follow(h.build(options), "A call active", "lose", "A timeout", "A exhausted", "B call passive")
    assert [describe.event(trace.system, s) for s in trace.steps] == [
        "A calls active_open", "lost: SYN seq=0 [origin=3] (A -> B)", "A timeout rtx", "A exhausted rtx",
        "B calls passive_open",
    ]  # fmt: skip
    assert [[str(c) for c in describe.changes(trace.system, s)] for s in trace.steps] == [
        ["A: CLOSED -> SYN_SENT, iss := 0 (fresh), rtx started"], [], ["A: rtx fired 1 of 1"],
        ["A: SYN_SENT -> CLOSED, rtx stopped"], ["B: CLOSED -> LISTEN"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("retries", "before", "after", "words"),
    [
        (2, 1, 2, "rtx fired 1 of 2"), (2, 2, 1, "rtx fired, restarted"), (2, 2, 0, "rtx fired, stopped"),
        (None, 1, 0, "rtx fired"), ("unlimited", 1, 1, "rtx fired"), (2, 1, 1, "rtx fired, restarted"),
    ],
)  # fmt: skip
def test_timers(retries: object, before: int, after: int, words: str) -> None:
    step = h.follow(SYSTEM, "A call active", "A timeout").steps[1]
    timer = Timer("A.rtx", "rtx", "A", 3, retries, None)  # type: ignore[arg-type]
    assert describe._timer_change(timer, step, before, after) == words


def test_the_failing_conjunct_with_its_values() -> None:
    trace = h.phantom()
    inside, agree = (Part(f, t) for f, t in _parts())
    prop = Property("agree", PropertyKind.INVARIANT, b.conj([inside.formula, agree.formula]), None, None,
                    (inside, agree), "always ...", None, ())  # fmt: skip
    found = describe.failing_parts(Interpreter(trace.system), prop, trace)
    assert found == (describe.Finding("B.irs == A.iss", ("B.irs == 5", "A.iss == 0")),)


def _parts() -> list[tuple[object, str]]:
    s = h.Builder(h.Options())
    inside = b.eq(s.var("B.state"), h.Const(h.ESTABLISHED, h.CONTROL))
    return [(inside, "B in ESTABLISHED"), (b.eq(s.var("B.irs"), s.var("A.iss")), "B.irs == A.iss")]


def test_values_of_steps_timers_and_channels() -> None:
    trace = h.phantom()
    irs, timer = Var(Scope.NEXT, "B.irs", h.SEQ), Var(Scope.STATE, "A.rtx", IntSort(0, 2))
    some = b.in_flight(1, Var(Scope.FIELD, "Segment.SYN", BOOL), 4)
    formula = b.conj([
        b.eq(irs, Var(Scope.STATE, "B.irs", h.SEQ)), b.lt(timer, b.integer(1)), b.lt(some, b.integer(1))
    ])  # fmt: skip
    assert set(describe.values_in(formula, trace)) == {
        "B.irs' == 5", "B.irs == 0", "A.rtx stopped", "in flight B -> A: nothing",
    }  # fmt: skip


def test_conclusions() -> None:
    system = h.build()
    trace = h.follow(system, "B receive any")
    shown = describe.conclusion(Interpreter(system), h.no_unhandled(), trace)
    assert shown.word == "error"
    assert shown.findings == (describe.Finding("B has no handler for this segment in CLOSED", ()),)
    empty = h.follow(system)
    prop = Property("p", PropertyKind.INVARIANT, b.neg(TRUE), None, None, (), "always false", None, ())
    assert "in the initial state" in describe.conclusion(Interpreter(system), prop, empty).heading


REFINING = """
role One { step up  var x : 0..2  state S initial { on step up when x < 2 { x := x + 1 } } }
role Two { step up  var n : 0..2  state T initial { on step up { n := 2 } } }
network one { endpoint C : One }
network two { endpoint A : Two }
scenario go on two { }
property p : refines one via { C.x = A.n }
check c { run go  expect p : violated in 1  expect no_deadlock : holds }
"""


def test_what_a_refinement_should_have_done() -> None:
    outcome = verify(load_text(REFINING), Request(properties=("p",)))
    (result,) = [r for r in outcome.results if isinstance(r, Result)]
    assert result.met
    trace = trace_of(result.verdict)
    assert trace is not None
    shown = describe.conclusion(Interpreter(result.system), result.prop, trace)
    assert shown.heading == "p is violated after step 1: refines one via { C.x = A.n }"
    assert shown.findings == (describe.Finding("one goes from C.x == 0 only to C.x == 1", ("A.n == 2",)),)
    assert [str(c) for c in describe.changes(result.system, trace.steps[0])] == ["A: n 0 -> 2"]
