"""Time in ladders: ticks in a row are one row, expiries are losses of their own kind."""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.diagnostics import Collector
from tcpverify.ir.expr import FALSE
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import ActionKind, Property, PropertyKind, Schedule, Step
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.pipeline.load import load_text
from tcpverify.render.fairness import why_fair
from tcpverify.render.ladder import Fate, fate_text, lay_out
from tcpverify.render.svg import ladder_svg
from tcpverify.render.terminal import ladder
from tcpverify.trace import Trace, replay

SPEC = """
tick 100 ms
message DATA { }
role Sender {
  timer rtx { after 3  retries 1  backoff 2 }
  step go
  state S initial { on step go { send DATA  start rtx  goto W } }
  state W { on timeout rtx ignore  on exhausted rtx -> S }
}
role Receiver { state OPEN initial { on receive any ignore } }
network path { endpoint A : Sender  endpoint B : Receiver  link A -> B { loss unlimited  lifetime 3 } }
scenario s on path { }
"""
KINDS = [ActionKind.STEP, *[ActionKind.TICK] * 3, ActionKind.EXPIRE, ActionKind.TIMEOUT, ActionKind.TICK]


def trace(kinds: Sequence[ActionKind] = KINDS, loop: int | None = None) -> tuple[Interpreter, Trace]:
    model = elaborate(load_text(SPEC).program, Request("s", {}), (), Collector())
    assert model is not None
    interpreter = Interpreter(model.system)
    start = state = next(interpreter.initial())
    steps: list[Step] = []
    for kind in kinds:
        outcome = next(
            o
            for o in interpreter.outcomes(state)
            if isinstance(o, Successor) and model.system.actions[o.step.action].kind is kind
        )
        steps.append(outcome.step)
        state = outcome.state
    return interpreter, replay(interpreter, Schedule(start, tuple(steps), loop))


def test_ticks_in_a_row_are_one_row() -> None:
    plan = lay_out(trace()[1])
    assert [row.number for row in plan.rows] == [0, 1, 4, 5, 6, 7]
    assert plan.rows[2].event == "3 ticks, time 3 (300 ms)"
    assert plan.rows[5].event == "1 tick, time 4 (400 ms)"
    assert plan.rows[2].notes == ()


def test_what_a_timer_waits_is_told() -> None:
    plan = lay_out(trace()[1])
    assert "A: S -> W, rtx started (3 ticks)" in plan.rows[1].notes
    assert "A: rtx fired 1 of 1 (6 ticks)" in plan.rows[4].notes


def test_an_expiry_is_told() -> None:
    plan = lay_out(trace()[1])
    assert plan.rows[3].event == "expired: DATA (A -> B), sent in step 1"
    assert plan.flights[0].fate is Fate.EXPIRED
    assert fate_text(plan.flights[0]) == "expired in step 5"


def test_every_drawing_shows_it() -> None:
    interpreter, shown = trace()
    for width in (100, 50):
        text = ladder(shown, None, interpreter, width=width, unicode=False)
        assert "3 ticks, time 3 (300 ms)" in text
        assert "expired: DATA" in text
    assert "3 ticks" in ladder_svg(shown, None, interpreter)


def test_ticks_before_a_loop_and_in_it_are_two_rows() -> None:
    tick = ActionKind.TICK
    around = [*KINDS[:6], *[tick] * 6, ActionKind.EXHAUSTED, ActionKind.STEP, tick]
    interpreter, shown = trace(around, 2)
    plan = lay_out(shown)
    assert [row.number for row in plan.rows] == [0, 1, 2, 4, 5, 6, 12, 13, 14, 15]
    assert (plan.opens, plan.rows[3].event) == (4, "2 ticks, time 3 (300 ms)")
    assert [row.number for row in plan.rows if plan.repeats(row)] == [4, 5, 6, 12, 13, 14, 15]
    assert "then steps 3 to 15 again, for ever" in ladder(shown, None, interpreter)
    prop = Property("p", PropertyKind.RESPONSE, FALSE, None, None, (), "eventually false", None, ())
    why = why_fair(interpreter, prop, shown)
    assert "a tick is done in steps 3, 4 and 7 more" in why
    assert "timeout A.rtx is done in steps 6 and 13" in why
    assert "the end of life of DATA on A -> B is done in step 5" in why
