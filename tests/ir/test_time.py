"""Time in the interpreter: lives are set, copied and lowered, in the order of language.md."""

from __future__ import annotations

from tcpverify.diagnostics import Collector
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import ActionKind, State, System
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.pipeline.load import load_text

SPEC = """
message DATA { n : 0..1 }
role Sender {
  timer rtx { after 1  retries 2  backoff 2 }
  step go
  state S initial { on step go { send DATA (n = 1)  start rtx  goto W } }
  state W { on timeout rtx { send DATA }  on exhausted rtx -> D }
  state D { }
}
role Receiver { state OPEN initial { on receive corrupt ignore  on receive any defer } }
network path { endpoint A : Sender  endpoint B : Receiver  link A -> B { LINK } }
scenario s on path { PRELOAD }
"""
FAULTY = "loss at most 1  duplicate at most 1  corrupt at most 1  lifetime 2  reorder any"


def system_of(link: str, preload: str = "", spec: str = SPEC) -> System:
    collector = Collector()
    program = load_text(spec.replace("LINK", link).replace("PRELOAD", preload)).program
    model = elaborate(program, Request("s", {}), (), collector)
    assert model is not None, collector.diagnostics
    return model.system


def after(interpreter: Interpreter, state: State, *kinds: ActionKind) -> State:
    """The state after the first possible step of each kind."""
    for kind in kinds:
        state = next(
            o.state
            for o in interpreter.outcomes(state)
            if isinstance(o, Successor) and interpreter.system.actions[o.step.action].kind is kind
        )
    return state


def possible(interpreter: Interpreter, state: State) -> set[ActionKind]:
    return {interpreter.system.actions[o.step.action].kind for o in interpreter.outcomes(state)}


def value(system: System, state: State, name: str) -> int:
    return state.values[[v.name for v in system.variables].index(name)]


def test_a_life_is_the_last_position() -> None:
    system = system_of(FAULTY)
    assert system.timed
    assert system.width == 3
    interpreter = Interpreter(system)
    sent = after(interpreter, next(interpreter.initial()), ActionKind.STEP)
    assert sent.contents == (((0, 1, 2),),)
    assert value(system, sent, "A.rtx.left") == 1


def test_a_tick_lowers_lives_and_clocks() -> None:
    system = system_of(FAULTY)
    interpreter = Interpreter(system)
    state = after(interpreter, next(interpreter.initial()), ActionKind.STEP, ActionKind.TICK)
    assert state.contents == (((0, 1, 1),),)
    assert value(system, state, "A.rtx.left") == 0
    assert ActionKind.TICK not in possible(interpreter, state)
    again = after(interpreter, state, ActionKind.TIMEOUT)
    assert again.contents == (((0, 0, 2), (0, 1, 1)),)
    assert value(system, again, "A.rtx.left") == 2


def test_a_segment_at_its_end_goes_before_a_timer() -> None:
    system = system_of("loss at most 1  lifetime 1")
    interpreter = Interpreter(system)
    state = after(interpreter, next(interpreter.initial()), ActionKind.STEP, ActionKind.TICK)
    assert state.contents == (((0, 1, 0),),)
    assert value(system, state, "A.rtx.left") == 0
    assert possible(interpreter, state) == {ActionKind.EXPIRE}
    gone = after(interpreter, state, ActionKind.EXPIRE)
    assert gone.contents == ((),)
    assert possible(interpreter, gone) == {ActionKind.TIMEOUT}


def test_only_a_segment_at_its_end_expires_and_only_an_earlier_one_is_lost() -> None:
    interpreter = Interpreter(system_of("loss unlimited  lifetime 1", "preload A -> B : DATA"))
    start = next(interpreter.initial())
    assert start.contents == (((0, 0, 1),),)
    assert possible(interpreter, start) == {ActionKind.STEP, ActionKind.LOSE, ActionKind.TICK}
    ended = after(interpreter, start, ActionKind.TICK)
    assert possible(interpreter, ended) == {ActionKind.STEP, ActionKind.EXPIRE}


def test_copies_and_garbled_segments_keep_their_age() -> None:
    interpreter = Interpreter(system_of(FAULTY))
    state = after(interpreter, next(interpreter.initial()), ActionKind.STEP, ActionKind.TICK)
    assert after(interpreter, state, ActionKind.DUPLICATE).contents == (((0, 1, 1), (0, 1, 1)),)
    assert after(interpreter, state, ActionKind.CORRUPT).contents == (((-1, 0, 1),),)


def test_expiry_spends_the_budget_of_loss() -> None:
    system = system_of(
        "loss at most 1  lifetime 0  reorder any", "preload A -> B : DATA  preload A -> B : DATA"
    )
    interpreter = Interpreter(system)
    once = after(interpreter, next(interpreter.initial()), ActionKind.EXPIRE)
    assert possible(interpreter, once) == {ActionKind.STEP}


def test_channels_without_a_lifetime_do_not_age() -> None:
    spec = SPEC.replace("link A -> B { LINK }", "link A -> B { lifetime 1 }  link B -> A")
    interpreter = Interpreter(system_of("", "preload B -> A : DATA", spec))
    start = next(interpreter.initial())
    assert start.contents == ((), ((0, 0, 0),))
    assert ActionKind.TICK not in possible(interpreter, start)


def test_an_untimed_instance_has_no_time() -> None:
    spec = SPEC.replace("after 1  retries 2  backoff 2", "retries 2")
    system = system_of("loss at most 1", "", spec)
    assert not system.timed
    assert system.width == 2
    assert all(a.kind not in (ActionKind.TICK, ActionKind.EXPIRE) for a in system.actions)
