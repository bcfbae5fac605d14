"""Explanations: until when failure could be avoided, against a fixpoint; what flips a verdict."""

from __future__ import annotations

import pytest
from render import handshake_system as h

from tcpverify.analysis.avoidable import avoidable
from tcpverify.analysis.explanation import Explanation
from tcpverify.diagnostics import ModelError
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import Property, State, System
from tcpverify.limits import Limits
from tcpverify.pipeline.explain import Wish, explain
from tcpverify.pipeline.load import load_text
from tcpverify.verdict import Violated, trace_of

SPEC = """
param most : 0..9 = 2
param eager : bool = false
message Segment { flags : flags { SYN, RST } }
role Client {
  var n : 0..9
  call go, halt, rest
  state IDLE initial {
    on call go { send SYN  goto SENT }
    on call rest ignore
  }
  state SENT { on call halt -> DONE  on receive any ignore }
  state DONE { on receive any ignore }
  in any { on receive any ignore }
}
role Server {
  var got : 0..9
  state WAIT initial {
    on receive SYN { got := got + 1  if got < most or eager { send RST } else { goto BAD } }
  }
  state BAD { on receive any ignore }
}
network path { endpoint A : Client  endpoint B : Server  link A <-> B { duplicate at most 1 } }
scenario once on path { A calls go at most 1  A calls halt at most 1  A calls rest }
property good : never B in BAD
property ends : always reachable B in BAD
property stuck : deadlock_free except B in BAD
check c { run once  expect good : holds  expect ends : holds  expect no_deadlock : holds }
"""


def told(text: str = SPEC, prop: str = "good", **wish: object) -> Explanation:
    return explain(load_text(text), Wish("c", prop, **wish))  # type: ignore[arg-type]


def flips(found: Explanation) -> list[tuple[str, str, str, str]]:
    return [(c.name, c.old, c.new, c.verdict) for c in found.flips.changes]


def test_parameters_and_budgets_that_flip_a_verdict() -> None:
    found = told()
    assert isinstance(found.result.verdict, Violated)
    assert flips(found) == [
        ("most", "2", "3", "holds"),
        ("eager", "false", "true", "holds"),
        ("duplicate on A <-> B", "1", "0", "holds"),
    ]
    assert found.flips.complete
    assert found.flips.tried == 5


def test_only_the_nearest_are_told() -> None:
    text = SPEC.replace("= 2", "= 6").replace("duplicate at most 1", "duplicate at most 3")
    found = told(text.replace("param eager : bool = false", "const eager : bool = false"))
    assert flips(found) == [("most", "6", "4", "violated"), ("duplicate on A <-> B", "3", "5", "violated")]
    assert {c.distance for c in found.flips.changes} == {2}


def test_tries_run_out() -> None:
    found = told(tries=1)
    assert (found.flips.tried, found.flips.complete, flips(found)) == (1, False, [])


def test_a_change_that_is_no_spec_is_no_try() -> None:
    text = SPEC.replace("0..9 = 2", "0..9 = 0").replace("got < most", "got < 2 + most * 0 and 1 + most > 0")
    assert flips(told(text))[0][0] == "eager"


def test_a_property_of_a_spec_against_a_fixpoint() -> None:
    found = told()
    seen = found.avoidable
    assert seen is not None and seen.last is not None
    system = found.result.system
    trace = trace_of(found.result.verdict)
    assert trace is not None
    assert seen.last == _by_fixpoint(system, found.result.prop, trace.states)


def _by_fixpoint(system: System, prop: Property, way: tuple[State, ...]) -> int | None:
    """The last state of the way in the greatest set of good states in which each is a dead end or has a step
    into the set."""
    interpreter = Interpreter(system)
    good = interpreter.predicate(prop.formula)
    onward: dict[State, list[State]] = {}
    todo = list(interpreter.initial())
    while todo:
        state = todo.pop()
        if state in onward:
            continue
        onward[state] = [o.state for o in interpreter.outcomes(state) if isinstance(o, Successor)]
        todo += onward[state]
    safe = {s for s in onward if good(s)}
    while True:
        kept = {s for s in safe if (not onward[s]) or any(t in safe for t in onward[s])}
        if kept == safe:
            break
        safe = kept
    return max((i for i, s in enumerate(way) if s in safe), default=None)


@pytest.mark.parametrize("options", [
    h.Options(), h.Options(loss=1), h.Options(duplicates=1), h.Options(loss=1, duplicates=1),
])  # fmt: skip
def test_against_a_fixpoint(options: h.Options) -> None:
    prop = h.no_phantom(options)
    interpreter = Interpreter(h.build(options))
    holds = interpreter.predicate(prop.formula)
    trace = h.search(interpreter.system, lambda step: step.after is not None and not holds(step.after))
    seen = avoidable(interpreter, prop, trace)
    assert seen is not None and not seen.stopped
    assert seen.last == _by_fixpoint(interpreter.system, prop, trace.states)


def test_a_search_that_is_too_long_says_nothing() -> None:
    seen = told(most_states=1).avoidable
    assert seen is not None
    assert (seen.stopped, seen.last, seen.otherwise) == (True, None, ())


def test_a_trap_is_entered_by_the_last_step() -> None:
    text = SPEC.replace("on call halt -> DONE", "on call halt -> DONE  on receive RST -> DONE")
    text = text.replace("duplicate at most 1", "duplicate at most 1  loss at most 2")
    found = told(text, "ends")
    assert isinstance(found.result.verdict, Violated)
    seen = found.avoidable
    assert seen is not None
    assert seen.last == len(found.result.verdict.trace) - 1
    assert seen.ending == "is there"


def test_what_holds_has_changes_that_break_it() -> None:
    found = told(SPEC.replace("0..9 = 2", "0..9 = 3"))
    assert found.avoidable is None
    assert ("most", "3", "2", "violated") in flips(found)


def test_no_verdict_is_not_explained() -> None:
    found = told(limits=Limits(max_states=1))
    assert (found.avoidable, found.flips.changes, found.flips.complete) == (None, (), False)


def test_unknown_names() -> None:
    with pytest.raises(ModelError, match="no spec has a property `god`"):
        told(prop="god")
