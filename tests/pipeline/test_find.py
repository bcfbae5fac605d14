"""`find least` and `find weakest network`: boundaries, the same off by one, and what cannot be known."""

from __future__ import annotations

from itertools import product

import pytest

from tcpverify.diagnostics import ModelError
from tcpverify.limits import Limits
from tcpverify.pipeline import Request, load_text, verify
from tcpverify.pipeline.find import shares
from tcpverify.result import Exit, FindResult, Outcome, Result, exit_code
from tcpverify.verdict import word

COUNTER = """
param n : 0..9 = 2
param m : 1..3 = 1
const wanted = 6 / m
role R { var x : 0..LARGEST  step up  state S initial { on step up when x < n * m { x := x + 1 } } }
network one { endpoint A : R }
scenario alone on one { }
property reaches : reachable A.x == 6
property below : always A.x < 6
property window : always A.x != 4 or n == 5
check c { FOR  run alone  FIND  expect no_deadlock : violated }
"""

LINE = """
param losses : 0..5 = 2
message M { n : 0..3 }
role A {
  var k : 0..3
  call go
  state S initial { on call go when k < 3 { send M (n = k)  k := k + 1 } }
}
role B {
  var seen : 0..8
  var wrong : bool
  state S initial {
    on receive corrupt ignore
    on receive M as m { wrong := wrong or (m.n == 2 and seen == 0)  seen := if seen < 8 then seen + 1 else 8 }
  }
}
network net { endpoint P : A  endpoint Q : B  link P -> Q { capacity 4  overflow drop  OPTIONS } }
scenario s on net { }
property right : never Q.wrong
property many : reachable Q.seen == 5
property few : reachable Q.seen <= 8 and P.k == 3
check c { run s  FIND  expect few : reachable }
"""


def counted(find: str, sweep: str = "", largest: int = 50, request: Request | None = None) -> Outcome:
    text = COUNTER.replace("FIND", find).replace("FOR", sweep).replace("LARGEST", str(largest))
    return verify(load_text(text), request or Request())


def sent(find: str, options: str, request: Request | None = None) -> Outcome:
    text = LINE.replace("FIND", find).replace("OPTIONS", options)
    return verify(load_text(text), request or Request())


def answers(outcome: Outcome) -> list[FindResult]:
    assert not outcome.errors
    assert not outcome.failures
    return [r for r in outcome.results if isinstance(r, FindResult)]


def answer(outcome: Outcome) -> FindResult:
    (found,) = answers(outcome)
    return found


def codes(outcome: Outcome) -> list[str]:
    return [str(d.code) for d in outcome.errors]


# --- The least value ---------------------------------------------------------------------------------


@pytest.mark.parametrize("expected", range(4, 9))
def test_only_the_boundary_is_the_boundary(expected: int) -> None:
    outcome = counted(f"find least n in 0..9 such that reaches reachable : {expected}")
    found = answer(outcome)
    assert found.found == 6
    assert found.met == (expected == 6)
    assert exit_code(outcome) == (Exit.OK if expected == 6 else Exit.UNMET)
    assert [word(r.verdict) for r in found.table] == ["unreachable"] * 6 + ["reachable"] * 4


def test_each_instance_of_the_matrix_has_its_own_answer() -> None:
    outcome = counted("find least n in 0..9 such that reaches reachable : wanted", "for m in 1..3")
    assert [(dict(r.instance), r.found, r.met) for r in answers(outcome)] == [
        ({"m": "1"}, 6, True),
        ({"m": "2"}, 3, True),
        ({"m": "3"}, 2, True),
    ]
    outcome = counted("find least n in 0..9 such that reaches reachable : 7 - m", "for m in 1..3")
    assert [r.met for r in answers(outcome)] == [True, False, False]


def test_when_chooses_instances() -> None:
    outcome = counted("find least n in 0..9 such that reaches reachable : 6 when m == 1", "for m in 1..3")
    assert [dict(r.instance) for r in answers(outcome)] == [{"m": "1"}]
    outcome = counted("find least n in 0..9 such that reaches reachable when m > 3", "for m in 1..3")
    assert not answers(outcome)
    assert "TV415" in [d.code for d in outcome.warnings]


@pytest.mark.parametrize(("interval", "found"), [("0..5", "none"), ("0..6", 6), ("6..9", 6), ("8..9", 8)])
def test_an_answer_lies_in_the_interval(interval: str, found: int | str) -> None:
    outcome = counted(f"find least n in {interval} such that reaches reachable : {found}")
    assert answer(outcome).found == found
    assert answer(outcome).met
    assert not answer(counted(f"find least n in {interval} such that reaches reachable : 0")).met


def test_none_is_no_number() -> None:
    assert not answer(counted("find least n in 0..9 such that reaches reachable : none")).met


def test_without_an_expectation_it_is_only_told() -> None:
    outcome = counted("find least n in 0..9 such that reaches reachable")
    assert (answer(outcome).found, exit_code(outcome)) == (6, Exit.OK)


def test_what_is_lost_again_is_told() -> None:
    outcome = counted("find least n in 0..9 such that window holds : none")
    assert answer(outcome).found == "none"
    (warning,) = [d for d in outcome.warnings if d.code == "TV421"]
    assert "holds" in warning.message
    assert "at 3 and no longer at 4" in warning.message
    outcome = counted("find least n in 0..5 such that window holds : 5")
    assert answer(outcome).met
    assert "TV421" in [d.code for d in outcome.warnings]
    assert not [
        d for d in counted("find least n in 0..3 such that window holds").warnings if d.code == "TV421"
    ]


def test_the_length_of_a_trace_may_be_sought() -> None:
    found = answer(counted("find least n in 0..9 such that below violated within n : 6"))
    assert (found.found, found.met) == (6, True)
    assert answer(counted("find least n in 0..9 such that below violated in 5")).found == "none"


def test_an_instance_that_is_not_decided_leaves_it_open() -> None:
    for result in ("", " : 6", " : none"):
        outcome = counted(f"find least n in 0..9 such that reaches reachable{result}",
                          request=Request(limits=Limits(max_states=6)))  # fmt: skip
        assert answer(outcome).found is None
        assert answer(outcome).inconclusive
        assert exit_code(outcome) == Exit.INCONCLUSIVE


def test_automatic_properties_are_decided_on_the_way() -> None:
    outcome = counted("find least n in 0..9 such that reaches reachable : 6", largest=7)
    (unmet,) = {r.prop.name for r in outcome.results if isinstance(r, Result) and not r.met}
    assert unmet == "no_range_error"
    where = [dict(r.instance)["n"] for r in outcome.results if isinstance(r, Result) and not r.met]
    assert where == ["8", "9"]
    assert exit_code(outcome) == Exit.UNMET


def test_an_automatic_property_may_be_asked_about() -> None:
    found = answer(counted("find least n in 3..9 such that no_range_error violated : 8", largest=7))
    assert found.met


def test_a_check_of_questions_runs_nothing_else() -> None:
    text = COUNTER.replace("FOR", "").replace("expect no_deadlock : violated", "").replace("LARGEST", "50")
    outcome = verify(
        load_text(text.replace("FIND", "find least n in 4..9 such that reaches reachable : 6")), Request()
    )
    assert [type(r) for r in outcome.results] == [FindResult]
    assert [d.code for d in outcome.warnings if d.code == "TV417"] == ["TV417"]


def test_the_command_line_gives_the_interval() -> None:
    find = "find least n in 0..9 such that reaches reachable : 6"
    for values, found in (("0..7", 6), ("7", 7), ("0..4", "none")):
        outcome = counted(find, request=Request(params={"n": values}))
        assert [r.found for r in answers(outcome)] == [found]
    outcome = counted(find, request=Request(properties=("no_overflow",)))
    assert not answers(outcome)


@pytest.mark.parametrize(
    ("find", "sweep", "code"),
    [
        ("find least n in 0..12 such that reaches reachable", "", "TV303"),
        ("find least n in 0..9 such that reaches holds", "", "TV413"),
        ("find least n in 0..9 such that reaches reachable : n", "", "TV413"),
        ("find least n in 0..9 such that reaches reachable : 3 when n > 4", "", "TV413"),
        ("find least n in 0..9 such that reaches reachable : A.x", "", "TV201"),
        ("find least n in 0..9 such that reaches reachable", "for n in 1..3", "TV202"),
        ("find least k in 0..9 such that reaches reachable", "", "TV201"),
        ("find least n in 0..9 such that reached reachable", "", "TV201"),
        ("find condition on n such that reaches holds", "", "TV301"),
        ("find weakest network such that below holds", "", "TV413"),
    ],
)
def test_mistakes_are_told_once(find: str, sweep: str, code: str) -> None:
    try:
        found = codes(counted(find, sweep))
    except ModelError as error:
        found = [str(d.code) for d in error.diagnostics]
    assert found == [code]


# --- The weakest network -----------------------------------------------------------------------------


@pytest.mark.parametrize("expected", ["0", "1", "2", "3", "none"])
def test_two_losses_break_it_and_no_fewer(expected: str) -> None:
    outcome = sent(f"find weakest network such that right violated : {expected}", "loss at most 4")
    assert (answer(outcome).found, answer(outcome).met) == (2, expected == "2")
    assert [r.instance for r in answer(outcome).table] == [(("loss on P -> Q", str(n)),) for n in range(3)]


def test_a_budget_too_small_does_not_break_it() -> None:
    outcome = sent(
        "find weakest network such that right violated : none", "loss at most 1  duplicate at most 3"
    )
    assert answer(outcome).met
    assert len(answer(outcome).table) == 1
    assert answer(sent("find weakest network such that right violated", "loss at most losses")).found == 2


def test_faults_without_limit_are_limited() -> None:
    for options in ("loss unlimited", "loss unlimited  corrupt unlimited  duplicate at most 1"):
        assert answer(sent("find weakest network such that right violated : 2", options)).met


def test_every_way_to_share_the_faults_is_told() -> None:
    outcome = sent("find weakest network such that right violated : 2", "loss at most 3  corrupt at most 1")
    found = answer(outcome)
    assert found.met
    assert found.why == (
        "right violated with loss at most 1 on P -> Q and corrupt at most 1 on P -> Q; "
        "or with loss at most 2 on P -> Q"
    )
    broken = {r.instance for r in found.table if r.met}
    assert broken == {
        (("loss on P -> Q", "2"), ("corrupt on P -> Q", "0")),
        (("loss on P -> Q", "1"), ("corrupt on P -> Q", "1")),
    }


def test_faults_may_be_what_it_takes_to_reach_something() -> None:
    assert answer(sent("find weakest network such that many reachable : 2", "duplicate at most 4")).met
    assert answer(sent("find weakest network such that many reachable : none", "duplicate at most 1")).met


def test_without_faults_there_is_nothing_weaker() -> None:
    assert answer(sent("find weakest network such that right violated : none", "reorder none")).met
    assert answer(sent("find weakest network such that few reachable : 0", "reorder none")).met


def test_a_deadlock_is_not_taken_for_monotone() -> None:
    found = answer(sent("find weakest network such that no_deadlock violated : 0", "loss at most 2"))
    assert found.met
    found = answer(sent("find weakest network such that no_unhandled violated : none", "loss at most 2"))
    assert (found.met, len(found.table)) == (True, 1)


def test_a_limit_leaves_the_weakest_network_open() -> None:
    outcome = sent("find weakest network such that right violated : 2", "loss at most 4",
                   Request(limits=Limits(max_states=4)))  # fmt: skip
    assert answer(outcome).found is None
    assert exit_code(outcome) == Exit.INCONCLUSIVE


RETRY = """
message M { }
role A {
  timer t { retries RETRIES }
  call go
  state S initial { on call go { send M  start t  goto T } }
  state T { on timeout t { send M }  on exhausted t ignore }
}
role B { state S initial { on receive M -> D }  state D { on receive M ignore } }
network net { endpoint P : A  endpoint Q : B  link P -> Q { overflow drop  loss LOSS } }
scenario s on net { }
property comes : P in T leads_to Q in D under delivery, timers
property way : always reachable Q in D
check c { run s  find weakest network such that comes violated  find weakest network such that way violated }
"""


@pytest.mark.parametrize(
    ("retries", "loss", "found"),
    [
        ("2", "at most 4", [3, 3]),
        ("2", "at most 2", ["none", "none"]),
        ("2", "unlimited", [3, 3]),
        ("1", "unlimited", [2, 2]),
        ("unlimited", "at most 5", ["none", "none"]),
        ("unlimited", "unlimited", [None, None]),
    ],
)
def test_retransmissions_against_losses(retries: str, loss: str, found: list[int | str | None]) -> None:
    """R retransmissions are beaten by R + 1 losses; unlimited ones by no number of losses, which cannot be
    told by trying numbers: without limit on both sides it is not known."""
    text = RETRY.replace("RETRIES", retries).replace("LOSS", loss)
    assert [r.found for r in answers(verify(load_text(text), Request()))] == found


def test_what_fails_in_several_tables_is_told_once() -> None:
    text = RETRY.replace("RETRIES", "2").replace("LOSS", "at most 1").replace("overflow drop", "capacity 1")
    results = verify(load_text(text), Request()).results
    assert [r.prop.name for r in results if isinstance(r, Result)] == ["no_overflow"]


@pytest.mark.parametrize("limits", [(), (2,), (None,), (1, None), (2, 0, 3), (None, None, 1)])
def test_shares_are_all_of_them(limits: tuple[int | None, ...]) -> None:
    for total in range(5):
        tops = [total if n is None else n for n in limits]
        every = [x for x in product(*(range(n + 1) for n in tops)) if sum(x) == total]
        assert list(shares(total, limits)) == every


def test_the_table_of_a_budget_is_a_budget() -> None:
    """What is decided with a budget is what a network with that budget says."""
    found = answer(sent("find weakest network such that right violated", "loss at most 4"))
    for n, result in enumerate(found.table):
        outcome = sent("expect right : holds", f"loss at most {n}")
        (plain,) = [r for r in outcome.results if isinstance(r, Result) and r.prop.name == "right"]
        assert word(plain.verdict) == word(result.verdict)
        assert plain.statistics is not None
        assert result.statistics is not None
        assert plain.statistics.states == result.statistics.states
