"""Idle time compressed: where it is, where it is not, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tcpverify.diagnostics import Code, Collector
from tcpverify.explicit import engine, idle
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Scope, Var
from tcpverify.ir.idle import compress
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import ActionKind, Schedule, Step, System, VariableKind
from tcpverify.lang.elaborate import Model, Request, elaborate
from tcpverify.limits import Limits
from tcpverify.pipeline import Request as Asked
from tcpverify.pipeline import load_text, verify
from tcpverify.report.json import verify_document
from tcpverify.result import CountResult, Outcome, Result
from tcpverify.trace import replay
from tcpverify.verdict import Exhausted, Holds, Unknown, Violated, evidence
from tests import systems as s

SPEC = """
message PROBE { }
role End {
  var n : 0..1 = 0
  timer quiet { after 9000 }
  timer probe { after 75  retries 1 }
  call keep_alive
  state UP initial {
    on call keep_alive { start quiet }
    on timeout quiet { send PROBE  start probe }
    on timeout probe { send PROBE }
    on exhausted probe -> DOWN
    on receive PROBE { n := 1 - n }
    MORE
  }
  state DOWN { on receive any ignore }
}
network path { endpoint A, B : End  link A <-> B { lifetime 0 } }
monitor clock { state S initial { on tick -> T } state T { on tick -> S } state BAD bad { } }
monitor probes { state S initial { on A sends PROBE -> T } state T { } state BAD bad { } }
property up : never B.n == 1 and running(A.quiet)
property ticking : monitor clock never bad
property probing : monitor probes never bad
property in_the_end : true leads_to A in DOWN under timers
scenario both on path { CALLS }
check c { run both  EXPECT }
"""
BOTH = "A calls keep_alive at most 1  B calls keep_alive at most 1"
ONE = "A calls keep_alive at most 1  B calls nothing"


def text(expect: str, calls: str = BOTH, more: str = "") -> str:
    return SPEC.replace("EXPECT", expect).replace("CALLS", calls).replace("MORE", more)


def model(calls: str = BOTH, *names: str) -> Model:
    collector = Collector()
    program = load_text(text("expect up : holds", calls)).program
    found = elaborate(program, Request("both", {}), names, collector)
    assert found is not None, collector.diagnostics
    return found


def outcome(expect: str, calls: str = ONE, more: str = "") -> Outcome:
    found = verify(load_text(text(expect, calls, more)), Asked())
    assert found.failures == found.errors == ()
    return found


def test_fifty_million_states_are_not_visited() -> None:
    """Each keep-alive timer may have waited any time when the other begins."""
    found = verify(load_text(text("expect up : holds")), Asked())
    up = next(r for r in found.results if isinstance(r, Result) and r.prop.name == "up")
    assert up.met
    assert up.statistics is not None
    assert up.statistics.idle
    assert up.statistics.states < 200_000
    record = next(r for r in verify_document(found)["results"] if r["property"] == "no_unhandled")
    assert record["idle_time_compressed"]
    assert record["evidence"].endswith("idle time compressed")


# --- Where it is not ---------------------------------------------------------------------------------


def test_counts_are_of_the_system() -> None:
    asked = [s.always("p", TRUE)]
    system = model(ONE).system
    few = engine.run(system, asked, Limits(counts=False)).verdicts["p"]
    all_ = engine.run(system, asked, Limits()).verdicts["p"]
    assert isinstance(few, Holds)
    assert isinstance(all_, Holds)
    assert isinstance(few.evidence, Exhausted)
    assert isinstance(all_.evidence, Exhausted)
    assert (few.evidence.idle, all_.evidence.idle) == (True, False)
    assert few.evidence.states < 100 < 9_100 < all_.evidence.states
    found = outcome(f"expect up : holds  expect states {all_.evidence.states}").results
    count = next(r for r in found if isinstance(r, CountResult))
    assert count.met


def test_small_spaces_are_not_compressed() -> None:
    found = verify(load_text(text("expect up : holds", ONE).replace("9000", "2000")), Asked())
    assert all(isinstance(r, Result) and r.statistics and not r.statistics.idle for r in found.results)


@pytest.mark.parametrize("limits", [Limits(), Limits(counts=False, growth=True)])
def test_not_where_numbers_are_asked_for(limits: Limits) -> None:
    assert idle.reduction(model().system, [s.always("p", TRUE)], limits) is None


def test_not_without_a_question_or_long_waits() -> None:
    system, asked = model().system, [s.always("p", TRUE)]
    limits = Limits(counts=False)
    assert idle.reduction(system, asked, limits) is not None
    assert idle.reduction(system, [], limits) is None
    short = load_text(text("expect up : holds").replace("9000", "100")).program
    found = elaborate(short, Request("both", {}), (), Collector())
    assert found is not None
    assert idle.reduction(found.system, asked, limits) is None


def test_a_property_of_the_graph_is_not_eligible() -> None:
    found = model(BOTH, "in_the_end", "up")
    assert idle.reduction(found.system, found.properties, Limits(counts=False)) is None


def test_a_property_that_reads_what_is_left_is_not_eligible() -> None:
    system = model().system
    found = compress(system)
    assert found is not None
    left = clock(system)
    assert found.decides(s.always("due", b.neg(b.eq(left, b.integer(0)))))
    assert found.decides(s.always("waiting", b.lt(b.integer(0), left)))
    assert not found.decides(s.always("half", b.lt(left, b.integer(3600))))
    assert not found.decides(s.always("half", TRUE, b.eq(left, b.integer(3600))))
    assert not found.decides(s.reachable("half", b.eq(b.integer(3600), left)))
    assert not found.decides(s.always_step("due", b.neg(b.eq(left, b.integer(0)))))
    assert not found.decides(s.always_step("next", b.eq(Var(Scope.NEXT, left.name, left.sort), left)))
    assert found.decides(s.deadlock_free(b.lt(left, b.integer(3600))))


def clock(system: System) -> Var:
    v = next(v for v in system.variables if v.kind is VariableKind.CLOCK)
    return Var(Scope.STATE, v.name, v.sort)


def test_a_monitor_that_hears_ticks_is_not_compressed() -> None:
    found = model(BOTH, "ticking", "probing")
    assert compress(found.watched["ticking"]) is None
    assert compress(found.watched["probing"]) is not None


def test_a_system_that_reads_what_is_left_waits_tick_by_tick() -> None:
    """A guard that reads what a clock has left may become true at any time."""
    system = model(ONE).system
    left, tick = clock(system), next(i for i, a in enumerate(system.actions) if a.name == "tick")
    act = replace(s.action("halfway", guard=b.eq(left, b.integer(3600))), location=None)
    found = compress(replace(system, actions=(*system.actions, act)))
    assert found is not None
    everything = engine.run(found.original, [s.always("p", TRUE)], Limits()).statistics
    same = engine.run(found.system, [s.always("p", TRUE)], Limits()).statistics
    assert everything == same
    guard = b.conj((system.actions[tick].guard, b.lt(left, b.integer(3600))))
    actions = tuple(replace(a, guard=guard) if i == tick else a for i, a in enumerate(system.actions))
    assert compress(replace(system, actions=actions)) is None


def test_segments_age_tick_by_tick() -> None:
    """Even one that nobody will ever take: its end comes when it comes."""
    spec = text("expect up : holds", ONE).replace("lifetime 0", "lifetime 90").replace("9000", "20")
    whole = elaborate(load_text(spec).program, Request("both", {}), (), Collector())
    assert whole is not None
    actions = tuple(a for a in whole.system.actions if a.kind is not ActionKind.RECEIVE)
    system = replace(whole.system, actions=actions)
    found = compress(system)
    assert found is not None
    ours, original = Interpreter(found.system), Interpreter(system)
    state, steps = next(ours.initial()), list[Step]()
    while after := list(ours.outcomes(state)):
        assert isinstance(after[0], Successor)
        state, steps = after[0].state, [*steps, after[0].step]
    trace = replay(original, found.lift(Schedule(next(ours.initial()), tuple(steps))))
    assert trace.states[-1] == state
    assert len(trace) == 1 + 20 + 1 + 75 + 1 + 15
    assert len(steps) < len(trace)


# --- What is found all the same ----------------------------------------------------------------------


def test_time_locks_are_found() -> None:
    """The first probe would have to be taken at once, and is not."""
    spec = text("expect no_timelock : violated in 9001").replace("PROBE { n := 1 - n }", "PROBE defer")
    found = verify(load_text(spec), Asked())
    lock = next(r for r in found.results if isinstance(r, Result) and r.prop.name == "no_timelock")
    assert lock.met
    assert lock.statistics is not None
    assert lock.statistics.idle


def test_zeno_runs_are_found() -> None:
    """Their warning counts steps, so the system itself is searched."""
    spec = text("expect up : holds", ONE, "on step turn when running(quiet) { n := 1 - n }")
    found = verify(load_text(spec.replace("call keep_alive\n", "call keep_alive\n  step turn\n")), Asked())
    warning = next(d.message for d in found.warnings if d.code is Code.ZENO)
    assert warning.startswith("check `c`: after 1 steps a run can go round without `tick`: ")
    assert all(isinstance(r, Result) and r.statistics and not r.statistics.idle for r in found.results)


def test_a_dead_end_that_nobody_asked_for_is_told_without_its_length() -> None:
    found = outcome("expect up : holds")
    assert "check `c`: a state without a successor is reached here" in [d.message for d in found.warnings]
    assert all(isinstance(r, Result) and r.statistics and r.statistics.idle for r in found.results)


# --- Where it takes too long -------------------------------------------------------------------------


def test_a_trace_that_takes_too_long_to_find_is_looked_for_in_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = [s.deadlock_free()]
    system = model(ONE).system
    quick = engine.run(system, asked, Limits(counts=False))
    monkeypatch.setattr(idle, "PATIENCE", 3)
    slow = engine.run(system, asked, Limits(counts=False))
    assert quick.statistics is not None
    assert slow.statistics is not None
    assert (quick.statistics.idle, slow.statistics.idle) == (True, False)
    one, other = quick.verdicts["deadlock_free"], slow.verdicts["deadlock_free"]
    assert isinstance(one, Violated)
    assert isinstance(other, Violated)
    assert one.trace.schedule == other.trace.schedule


@pytest.mark.parametrize("native", [True, False])
def test_a_limit_stops_it(monkeypatch: pytest.MonkeyPatch, native: bool) -> None:
    """Then nothing is claimed, with machine code or without."""
    monkeypatch.setattr(engine, "machine_code", lambda: native)
    monkeypatch.setattr(engine, "SMALL", 100)
    limits = Limits(counts=False, max_states=300)
    found = engine.run(model(BOTH).system, [s.always("p", TRUE)], limits)
    verdict = found.verdicts["p"]
    assert isinstance(verdict, Unknown)
    assert "300 states" in evidence(verdict)
    assert found.statistics is not None
    assert found.statistics.idle
