"""What traces are said to show: the conjuncts that decide, what never comes, traps."""

from __future__ import annotations

import handshake_system as h

from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, TRUE, IntSort, Scope, Var
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Part, Property, PropertyKind
from tcpverify.pipeline import Request, load_text, verify
from tcpverify.render.conclusion import Finding, conclusion, failing_parts, values_in
from tcpverify.render.describe import changes
from tcpverify.result import Result
from tcpverify.verdict import trace_of


def test_the_failing_conjunct_with_its_values() -> None:
    trace = h.phantom()
    inside, agree = (Part(f, t) for f, t in _parts())
    prop = Property("agree", PropertyKind.INVARIANT, b.conj([inside.formula, agree.formula]), None, None,
                    (inside, agree), "always ...", None, ())  # fmt: skip
    found = failing_parts(Interpreter(trace.system), prop, trace)
    assert found == (Finding("B.irs == A.iss", ("B.irs == 5", "A.iss == 0")),)


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
    assert set(values_in(formula, trace)) == {
        "B.irs' == 5", "B.irs == 0", "A.rtx stopped", "in flight B -> A: nothing",
    }  # fmt: skip


def test_conclusions() -> None:
    system = h.build()
    trace = h.follow(system, "B receive any")
    shown = conclusion(Interpreter(system), h.no_unhandled(), trace)
    assert shown.word == "error"
    assert shown.findings == (Finding("B has no handler for this segment in CLOSED", ()),)
    empty = h.follow(system)
    prop = Property("p", PropertyKind.INVARIANT, b.neg(TRUE), None, None, (), "always false", None, ())
    assert "in the initial state" in conclusion(Interpreter(system), prop, empty).heading


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
    shown = conclusion(Interpreter(result.system), result.prop, trace)
    assert shown.heading == "p is violated after step 1: refines one via { C.x = A.n }"
    assert shown.findings == (Finding("one goes from C.x == 0 only to C.x == 1", ("A.n == 2",)),)
    assert [str(c) for c in changes(result.system, trace.steps[0])] == ["A: n 0 -> 2"]
