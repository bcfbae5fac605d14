"""A stopwatch against the meaning of `within`: all requests of a run, counted by hand."""

from __future__ import annotations

from random import Random

import pytest

from tcpverify.diagnostics import Collector
from tcpverify.ir.interpret import Interpreter, Predicate, Successor
from tcpverify.ir.stopwatch import Stopwatch, watch
from tcpverify.ir.system import ActionKind, State, System
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.pipeline import load_text

MODEL = """
message Segment { flags : flags { SYN, ACK } }
role Client {
  timer rtx { after 1 retries 1 backoff 2 }
  timer linger { after 2 }
  call open, close
  state CLOSED initial { on call open { send SYN  start rtx  goto SYN_SENT } }
  state SYN_SENT {
    on receive SYN + ACK { stop rtx  goto ESTABLISHED }
    on timeout rtx { send SYN }
    on exhausted rtx -> CLOSED
  }
  state ESTABLISHED { on call close { start linger  goto TIME_WAIT } }
  state TIME_WAIT { on timeout linger -> CLOSED }
  in any { on receive any ignore }
}
role Server { state LISTEN initial { on receive SYN + !ACK { send SYN + ACK } } }
network pair { endpoint A : Client  endpoint B : Server  link A <-> B { loss at most 1  lifetime 1 } }
scenario go on pair { A calls open at most 2, close }
property p : ASKS leads_to ANSWERS within MOST
check c { run go  expect p : holds }
"""

QUESTIONS = [
    ("A in SYN_SENT", "A in { ESTABLISHED, CLOSED }"),
    ("A in ESTABLISHED", "A in CLOSED"),
    ("A in TIME_WAIT", "A in CLOSED"),
    ("in_flight(A -> B) > 0", "in_flight(A -> B) == 0"),
    ("true", "A in SYN_SENT"),
    ("A in SYN_SENT", "1 / in_flight(B -> A) == 1"),
]


def watched(asks: str, answers: str, most: int) -> tuple[System, System, Stopwatch]:
    """The system, the system with a stopwatch, and the stopwatch as far as its formulas go."""
    text = MODEL.replace("ASKS", asks).replace("ANSWERS", answers).replace("MOST", str(most))
    collector = Collector()
    model = elaborate(load_text(text).program, Request("go", {}), ("p",), collector)
    assert model is not None, collector.diagnostics
    plain = elaborate(
        load_text(MODEL.replace("ASKS leads_to ANSWERS within MOST", f"never ({asks})")).program,
        Request("go", {}), ("p",), collector,
    )  # fmt: skip
    goal = elaborate(
        load_text(MODEL.replace("ASKS leads_to ANSWERS within MOST", f"reachable {answers}")).program,
        Request("go", {}), ("p",), collector,
    )  # fmt: skip
    assert plain is not None and goal is not None
    (prop,) = model.properties
    never, reached = plain.properties[0], goal.properties[0]
    return (
        model.system,
        model.system_of(prop),
        Stopwatch("stopwatch of p", never.formula, reached.formula, most, never.formula),
    )


def too_late(states: list[State], ticks: list[bool], asks: Predicate, answers: Predicate, most: int) -> bool:
    """Whether some state asks, and more than `most` ticks follow before a state that answers; `ticks[i]`:
    whether the step after state i is one."""
    for first, state in enumerate(states):
        if not asks(state):
            continue
        passed = 0
        for here, ticked in zip(states[first:], ticks[first:], strict=False):
            if answers(here):
                break
            passed += ticked
            if passed > most:
                return True
    return False


@pytest.mark.parametrize("most", [0, 1, 3])
@pytest.mark.parametrize(("asks", "answers"), QUESTIONS)
def test_a_request_is_too_old_where_counting_says_so(asks: str, answers: str, most: int) -> None:
    _, system, formulas = watched(asks, answers, most)
    interpreter = Interpreter(system)
    never, goal = interpreter.predicate(formulas.asks), interpreter.predicate(formulas.answers)
    in_time = interpreter.predicate(formulas.in_time)
    random, seen = Random(most), set()
    for _ in range(150):
        states, ticks = [next(iter(interpreter.initial()))], []
        for _ in range(20):
            late = too_late(states, ticks, lambda s: not never(s), goal, most)
            seen.add(late)
            assert all(map(in_time, states)) != late
            after = [o for o in interpreter.outcomes(states[-1]) if isinstance(o, Successor)]
            if not after:
                break
            step = random.choice(after)
            ticks.append(system.actions[step.step.action].kind is ActionKind.TICK)
            states.append(step.state)
    assert False in seen


@pytest.mark.parametrize(("asks", "answers"), QUESTIONS[:3])
def test_time_goes_on_while_a_request_is_open_and_nothing_is_due(asks: str, answers: str) -> None:
    """Steps of the system stay what they are; a state without steps has a tick while a request waits."""
    plain, system, _ = watched(asks, answers, 2)
    assert [a.name for a in plain.actions] == [a.name for a in system.actions]
    alone, interpreter = Interpreter(plain), Interpreter(system)
    found, todo, waited = set(), list(interpreter.initial()), 0
    while todo:
        state = todo.pop()
        if state in found:
            continue
        found.add(state)
        own = {o.step for o in alone.outcomes(State(state.values[:-1], state.contents))}
        more = [o for o in interpreter.outcomes(state) if o.step not in own]
        assert all(system.actions[o.step.action].kind is ActionKind.TICK for o in more)
        assert own <= {o.step for o in interpreter.outcomes(state)}
        waited += bool(more)
        todo += [o.state for o in interpreter.outcomes(state) if isinstance(o, Successor)]
    assert bool(waited) == (asks == "A in ESTABLISHED"), "elsewhere a timer of its own keeps time going"


def test_a_stopwatch_has_no_more_values_than_it_needs() -> None:
    _, system, formulas = watched("A in SYN_SENT", "A in CLOSED", 3)
    assert system.variables[-1].sort == formulas.waited.sort
    reached = {s.values[-1] for s in _reachable(system)}
    assert reached == set(range(6))
    assert watch(system, formulas).variables[-1].name == "stopwatch of p"


def _reachable(system: System) -> set[State]:
    interpreter = Interpreter(system)
    found: set[State] = set()
    todo = list(interpreter.initial())
    while todo:
        state = todo.pop()
        if state not in found:
            found.add(state)
            todo += [o.state for o in interpreter.outcomes(state) if isinstance(o, Successor)]
    return found
