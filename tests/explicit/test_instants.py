"""Time locks and cycles without a tick, found on the complete graph and only there."""

from __future__ import annotations

from tcpverify.diagnostics import Collector
from tcpverify.explicit import search
from tcpverify.ir.system import ActionKind
from tcpverify.lang.elaborate import Model, Request, elaborate
from tcpverify.limits import Limits
from tcpverify.pipeline.load import load_text
from tcpverify.smt import engine
from tcpverify.verdict import Holds, Unknown, Violated

DEAF = """
message DATA { }
role Endpoint { state OPEN initial { on receive any defer } }
network path { endpoint A, B : Endpoint  link A -> B { LINK } }
scenario s on path { preload A -> B : DATA }
"""
VOLLEY = """
message PING { }
role Player {
  var served : bool
  timer t { after 1 }
  EVENT go
  state S initial {
    on EVENT go when not served { served := true  send PING  start t }
    on receive any { REPLY }
    on timeout t ignore
  }
}
network match { endpoint A, B : Player  link A <-> B { capacity 2  lifetime 1  LINK } }
scenario s on match { }
"""


def model_of(spec: str, **words: str) -> Model:
    for word, text in words.items():
        spec = spec.replace(word, text)
    model = elaborate(load_text(spec).program, Request("s", {}), ("no_timelock",), Collector())
    assert model is not None
    return model


def test_a_segment_that_nobody_takes_locks_time() -> None:
    model = model_of(DEAF, LINK="lifetime 3")
    verdict = search.run(model.system, model.properties, Limits()).verdicts["no_timelock"]
    assert isinstance(verdict, Violated)
    assert [s.action.kind for s in verdict.trace.steps] == [ActionKind.TICK] * 3


def test_a_segment_that_may_expire_does_not() -> None:
    model = model_of(DEAF, LINK="lifetime 3  loss at most 1")
    verdict = search.run(model.system, model.properties, Limits()).verdicts["no_timelock"]
    assert isinstance(verdict, Holds)


def test_a_search_cut_short_decides_nothing() -> None:
    model = model_of(DEAF, LINK="lifetime 3")
    decision = search.run(model.system, model.properties, Limits(max_states=3))
    assert isinstance(decision.verdicts["no_timelock"], Unknown)
    assert decision.statistics is not None
    assert decision.statistics.zeno is None


def test_the_symbolic_engine_does_not_decide_it() -> None:
    model = model_of(DEAF, LINK="lifetime 3")
    verdict = engine.run(model.system, model.properties, Limits(max_bound=2)).verdicts["no_timelock"]
    assert isinstance(verdict, Unknown)
    assert "explicit engine" in verdict.reason


def test_a_volley_is_zeno() -> None:
    model = model_of(VOLLEY, EVENT="step", REPLY="send PING", LINK="")
    statistics = search.run(model.system, model.properties, Limits()).statistics
    assert statistics is not None
    assert statistics.zeno is not None
    assert statistics.zeno.after == 1
    assert len(statistics.zeno.actions) == 2
    assert all("receive any" in name for name in statistics.zeno.actions)


def test_calls_and_faults_are_not() -> None:
    faulty = "reorder any  loss unlimited  duplicate unlimited"
    model = model_of(VOLLEY, EVENT="call", REPLY="", LINK=faulty)
    statistics = search.run(model.system, model.properties, Limits()).statistics
    assert statistics is not None
    assert statistics.zeno is None
    again = model_of(VOLLEY.replace("when not served ", ""), EVENT="call", REPLY="", LINK=faulty)
    statistics = search.run(again.system, again.properties, Limits()).statistics
    assert statistics is not None
    assert statistics.zeno is None
