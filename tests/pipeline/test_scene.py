"""Scenes: a scenario with all its observers at once takes the steps that each observer lets happen."""

from __future__ import annotations

from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import ActionKind
from tcpverify.limits import Limits
from tcpverify.pipeline import Request, load_text, verify
from tcpverify.pipeline.scene import scene, watching
from tcpverify.trace import replay
from tcpverify.verdict import Violated

SPEC = """
role R {
  timer t { after 1 }
  call go, close
  state CLOSED initial { on call go { start t  goto OPEN } }
  state OPEN { on timeout t ignore  on call close -> DONE }
  state DONE { on timeout t ignore }
}
network one { endpoint A : R }
scenario alone on one { A calls go at most 1, close at most 1 }
monitor m { state IDLE initial { on A enters OPEN -> UP }  state UP { on tick -> LATE }  state LATE bad { } }
property first : A in OPEN leads_to A in DONE within 1
property second : A in OPEN leads_to A in DONE within 3
property tickless : monitor m never bad
property stuck : eventually A in DONE under A.go
check c {
  run alone
  expect first : violated in 4
  expect second : violated in 6
  expect tickless : violated in 2
  expect stuck : violated
  expect no_deadlock : violated
}
"""


def test_all_observers_at_once_let_happen_what_each_lets_happen() -> None:
    """The ticks that only a stopwatch waits for are steps of the whole too, and of nothing else."""
    spec = load_text(SPEC)
    outcome = verify(spec, Request(limits=Limits()))
    assert outcome.results and all(r.met for r in outcome.results)
    model = scene(spec, None, properties=list(spec.program.properties)).model
    whole, plain = Interpreter(watching(model)), Interpreter(model.system)
    assert len(model.watched) == 3
    for result in outcome.results:
        if result.prop.name in ("first", "second", "tickless") and isinstance(result.verdict, Violated):
            steps = result.verdict.trace.schedule.steps
            start = next(iter(whole.initial()))
            again = replay(whole, result.verdict.trace.schedule._replace(initial=start))
            assert len(again) == len(steps)
    start = next(iter(plain.initial()))
    ticks = [i for i, a in enumerate(model.system.actions) if a.kind is ActionKind.TICK]
    assert not [o for o in plain.outcomes(start) if o.step.action in ticks]


def test_steps_without_a_request_are_those_of_the_system() -> None:
    model = scene(load_text(SPEC), None, properties=["first", "second"]).model
    whole, plain = Interpreter(watching(model)), Interpreter(model.system)
    here, there = next(iter(whole.initial())), next(iter(plain.initial()))
    assert {o.step for o in whole.outcomes(here)} == {o.step for o in plain.outcomes(there)}
