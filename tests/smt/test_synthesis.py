"""Conditions on parameters: found, proved, judged, and compared with what the explicit engine says."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

from tcpverify.certify.solvers import WORKERS, ask_both
from tcpverify.diagnostics import Collector
from tcpverify.ir.parametric import NEVER, Condition, show_condition
from tcpverify.isolate import Failure
from tcpverify.lang.elaborate import Request as Elaborated
from tcpverify.lang.elaborate import elaborate
from tcpverify.pipeline import Request, load, verify
from tcpverify.pipeline.load import load_text
from tcpverify.result import Result
from tcpverify.smt import locations
from tcpverify.smt.locations import may_err, unfold
from tcpverify.smt.region import terms
from tcpverify.smt.synthesis import Question, Synthesis, synthesise
from tcpverify.smtlib import timed_proof as proof
from tcpverify.smtlib.timed import Timed, timed
from tcpverify.verdict import Holds, Violated
from tests.parametric import SPEC, Asked, parametric

ASKED = {"T >= L": parametric(("T", "L"), "apart"), "true": parametric(("T",), "told"),
         "none": parametric(("T",), "apart", scenario="sending_for_ever"),
         "L <= 4 * W": parametric(("W", "L"), "apart", {"tries": 2})}  # fmt: skip


def _found(asked: Asked, seconds: float = 60.0) -> Synthesis:
    found = synthesise(Question(asked.timed, asked.formula, seconds))
    assert not isinstance(found, Failure), found
    return found


def _text(asked: Asked) -> Timed:
    return timed(asked.timed, asked.formula)


@pytest.mark.parametrize("expected", ASKED)
def test_the_condition_and_its_certificate(expected: str) -> None:
    asked = ASKED[expected]
    found = _found(asked)
    assert show_condition(found.condition, asked.timed.parameters) == expected
    assert found.errs is None
    broken = [(b.region, b.rules) for b in found.broken]
    own = proof.obligations(_text(asked), found.condition, broken, found.invariant)
    texts = [o.text for o in own]
    assert (found.invariant is None) == (found.condition == NEVER)
    for told in ask_both(texts):
        assert told.failure is None and told.words == ("unsat",) * len(texts)


def _said(asked: Asked, found: Synthesis) -> str:
    """The condition and the invariant found, in SMT-LIB."""
    assert isinstance(found.invariant, tuple)
    text = _text(asked)
    return proof.cases_text(text, proof.condition_text(found.condition, text.parameters), found.invariant)


def _answers(asked: Asked, condition: str, invariant: str) -> dict[str, str]:
    texts = proof.invariant_obligations(_text(asked), condition, invariant)
    return {o.name: _z3(o.text) for o in texts}


def _z3(text: str) -> str:
    [word] = WORKERS["z3"]((text,))
    return word


def test_a_wrong_invariant_is_not_confirmed() -> None:
    asked = ASKED["T >= L"]
    condition = proof.condition_text(_found(asked).condition, _text(asked).parameters)
    assert _answers(asked, condition, "true")["it excludes what is wrong"] == "sat"
    assert _answers(asked, condition, "false")["the invariant holds at the start"] == "sat"
    kept = _answers(asked, condition, "(not (= |B| |state of Receiver.MIXED|))")
    assert [name.partition(":")[0] for name, a in kept.items() if a == "sat"] == ["it is kept by"]


def test_an_invariant_of_one_condition_is_none_of_a_weaker_one() -> None:
    asked = ASKED["T >= L"]
    assert _answers(asked, "true", _said(asked, _found(asked)))["the invariant holds at the start"] == "sat"


def test_regions_that_are_too_large_or_too_few_are_not_confirmed() -> None:
    asked = ASKED["T >= L"]
    text, broken = _text(asked), _found(asked).broken[0]
    too_large = proof.region_obligation(text, "true", broken.rules)
    too_few = proof.cover_obligation(text, "false", [proof.condition_text(broken.region, text.parameters)])
    for text in (too_large.text, too_few.text):
        assert [told.words for told in ask_both([text])] == [("sat",), ("sat",)]


def test_without_unfolding_the_answer_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from tcpverify.smt.synthesis import _answer

    monkeypatch.setattr(locations, "MOST", 0)
    asked = ASKED["T >= L"]
    found = _answer(Question(asked.timed, asked.formula, 60.0))
    assert not isinstance(found, Failure)
    assert show_condition(found.condition, asked.timed.parameters) == "T >= L"


def test_a_search_that_must_stop_says_what_it_knows() -> None:
    asked = ASKED["T >= L"]
    found = synthesise(Question(asked.timed, asked.formula, 0.01))
    assert isinstance(found, Failure)


# --- The explicit engine -------------------------------------------------------------------------------


UNLIMITED = "capacity unlimited  reorder any  loss unlimited  duplicate unlimited"
LIMITED = "capacity 3  overflow drop  reorder any  loss unlimited  duplicate unlimited"


def _explicit(text: str, params: dict[str, int], prop: str) -> bool:
    """Whether a property holds in ticks, on a network that holds three segments each way."""
    spec = load_text(text)
    asked = Request(properties=(prop,), params={n: str(v) for n, v in params.items()})
    [result] = [r for r in verify(spec, asked).results if isinstance(r, Result)]
    assert isinstance(result.verdict, Holds | Violated)
    return isinstance(result.verdict, Holds)


def _truth(condition: Condition, values: tuple[int, ...]) -> bool:
    def kept(value: Fraction, strict: bool) -> bool:
        return value > 0 if strict else value >= 0

    return all(
        any(kept(b.linear.at([Fraction(v) for v in values]), b.strict) for b in clause)
        for clause in condition
    )


def _discrete(path: Path, scenario: str, given: str, prop: str) -> str:
    """A spec whose only check runs a scenario on a network that can be searched."""
    head = path.read_text().replace(UNLIMITED, LIMITED).partition("\ncheck ")[0]
    return f"{head}\ncheck ticks {{ run {scenario}{given}  expect {prop} : holds }}\n"


def test_whole_numbers_of_ticks_agree() -> None:
    asked = ASKED["T >= L"]
    condition, text = _found(asked).condition, _discrete(SPEC, "sending", "", "apart")
    for values in product(range(1, 5), repeat=2):
        ticks = dict(zip(("T", "L"), values, strict=True))
        assert _explicit(text, ticks, "apart") == _truth(condition, values), ticks


def test_whole_numbers_of_ticks_agree_with_retries() -> None:
    asked = ASKED["L <= 4 * W"]
    condition = _found(asked).condition
    text = _discrete(SPEC, "sending", " with tries = 2, T = 1", "apart")
    for values in product((1, 2), (3, 4, 5, 7, 8, 9)):
        ticks = dict(zip(("W", "L"), values, strict=True))
        assert _explicit(text, ticks, "apart") == _truth(condition, values), ticks


SPECS = Path(__file__).parents[2] / "specs"
TIMEWAIT = SPECS / "timewait_condition.tcpv"


@pytest.mark.parametrize(
    ("given", "prop", "holds"),
    [
        ("exchange = within_msl", "separate", lambda t, msl, _: t >= 2 * msl),
        ("exchange = within_d", "separate", lambda t, msl, d: t >= msl + min(d, msl) and t > d),
        ("fins = during_r, D = 1", "no_old_ack", lambda t, msl, _: t >= msl),
    ],
)
def test_time_wait_in_ticks_agrees(given: str, prop: str, holds: object) -> None:
    assert callable(holds)
    text = _discrete(TIMEWAIT, "two_incarnations", f" with {given}", prop)
    for t, msl, d in [(1, 1, 1), (2, 1, 1), (2, 1, 2), (3, 1, 2)]:
        ticks = {"T": t, "MSL": msl, "D": d, "R": 1}
        assert _explicit(text, ticks, prop) == holds(t, msl, d), ticks


IN_TICKS = [
    ("fin_again", "exchange = within_msl", "T MSL", lambda t, msl: t >= 2 * msl),
    ("fin_again", "fins = during_r", "T MSL R", lambda t, msl, r: t >= r + msl),
    ("fin_again", "fins = by_schedule, retries = 1, MSL = 1", "T RTO", lambda t, rto: t >= rto + 1),
    ("isn_clock", "MSL = 1, T = 1", "N L Q", lambda n, lasts, q: n < lasts and q >= lasts + 1),
    ("isn_clock", "MSL = 2, L = 1, wait = true", "T N Q", lambda t, n, q: t >= 2 or (n < 1 + t and q >= 3)),
    ("timestamps_condition", "exchange = may_fail", "T MSL", lambda *_: True),
    ("timestamps_condition", "client = stands, server = stands", "T MSL", lambda t, msl: t >= 2 * msl),
]
"""Of a shipped spec what its check gives, the durations that vary, and when its property is to hold."""

ASKS = {
    "fin_again": ("one_close", "answered"),
    "isn_clock": ("two_incarnations", "separate"),
    "timestamps_condition": ("two_incarnations", "separate"),
}


@pytest.mark.parametrize(("name", "given", "durations", "holds"), IN_TICKS)
def test_shipped_conditions_in_ticks_agree(
    name: str, given: str, durations: str, holds: Callable[..., bool]
) -> None:
    scenario, prop = ASKS[name]
    text, names = _discrete(SPECS / f"{name}.tcpv", scenario, f" with {given}", prop), durations.split()
    for values in product((1, 2, 3), repeat=len(names)):
        assert _explicit(text, dict(zip(names, values, strict=True)), prop) == holds(*values), values


def test_the_spec_is_loaded_as_it_is() -> None:
    assert UNLIMITED in TIMEWAIT.read_text() and UNLIMITED not in _discrete(TIMEWAIT, "x", "", "y")
    assert load(TIMEWAIT).program.checks


FAULTY = """
param T : time
param L : time
message M { }
role Sender {
  call go, back
  var count : 0..2
  state OFF initial { on call go { send M  count := count + 1  goto ON } }
  state ON { on call back -> OFF }
}
role Receiver {
  timer wait { after T }
  state START initial { on receive M { start wait  goto WAITING } }
  state WAITING { on timeout wait -> DONE  on receive M ignore }
  state DONE { on receive M ignore }
}
network path {
  endpoint A : Sender
  endpoint B : Receiver
  link A -> B { lifetime L  capacity unlimited  reorder any  loss unlimited  duplicate unlimited }
}
scenario sending on path { }
property never_done : never B in DONE
property always_true : always A in OFF or A in ON
"""


@pytest.mark.parametrize("prop", ["never_done", "always_true"])
def test_what_may_err_is_known_without_a_search(prop: str) -> None:
    model = elaborate(load_text(FAULTY).program, Elaborated("sending", {"T": 1, "L": 1}, symbolic=("T", "L")),
                      (prop,), Collector())  # fmt: skip
    assert model is not None and model.timed is not None
    formula = model.properties[0].formula
    text = timed(model.timed, formula)
    errs = unfold(model.timed, text, terms(text)).errs
    assert errs is not None and may_err(model.timed, formula) == errs
