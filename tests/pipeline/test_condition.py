"""`find condition` from the spec to the result: the answer, its evidence, and what is told of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tcpverify.limits import Limits
from tcpverify.pipeline import Request, load, verify
from tcpverify.pipeline.condition import _why
from tcpverify.render.timed import timed_run
from tcpverify.report.json import dumps, verify_document
from tcpverify.result import Exit, FindResult, Outcome, exit_code
from tests.parametric import SPEC


def asked(check: str, request: Request | None = None) -> Outcome:
    return verify(load(SPEC), replace(request or Request(), checks=(check,)))


def answers(outcome: Outcome) -> list[FindResult]:
    found = [r for r in outcome.results if isinstance(r, FindResult)]
    assert len(found) == len(outcome.results)
    return found


def test_an_answer_in_the_words_of_the_spec() -> None:
    first, second, third, wrong = answers(asked("one"))
    assert [r.answer for r in (first, second, third)] == ["T >= L", "not T < L", "true"]
    assert first.met and second.met and third.met
    assert wrong.answer == "true" and not wrong.met and not wrong.inconclusive


def test_an_answer_that_is_not_expected_is_told_in_our_words() -> None:
    outcome = asked("wrong")
    assert [(r.answer, r.met) for r in answers(outcome)] == [("T >= L", False)] * 3 + [("T >= L", True)]
    assert exit_code(outcome) is Exit.UNMET


def test_the_run_that_a_condition_excludes() -> None:
    region = answers(asked("one"))[0].region
    assert region is not None and region.invariant is not None
    [trace] = region.counterexamples
    values = dict(trace.parameters)
    assert values["T"] < values["L"]
    assert trace.times == tuple(sorted(trace.times)) and trace.times[0] == Fraction(0)
    shown = timed_run(trace, 80)
    assert shown[0].startswith("with T = 1, L = 2") and len(shown) == 1 + len(trace.trace)


def test_as_json() -> None:
    outcome = asked("immortal")
    text = dumps(verify_document(outcome))
    assert '"condition": "none"' in text and '"invariant": null' in text and '"time": "' in text


def test_without_time_nothing_is_claimed() -> None:
    outcome = asked("one", Request(limits=Limits(seconds=0.01)))
    assert all(r.found is None and r.inconclusive for r in answers(outcome))
    assert exit_code(outcome) is Exit.INCONCLUSIVE


def test_a_single_judge_is_named() -> None:
    region = answers(asked("constant"))[0].region
    assert region is not None
    assert "confirmed by z3 alone (cvc5 is not installed)" in _why(replace(region, judges=("z3",)), None)
    assert "steps that err are left out (A in S)" in _why(region, "A in S")
