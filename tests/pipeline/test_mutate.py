"""Mutation testing: what becomes of each mutant, by hand on a spec small enough to know."""

from __future__ import annotations

import pytest

from tcpverify.analysis.suite import Suite, Told
from tcpverify.diagnostics import Code, ModelError
from tcpverify.limits import Limits
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.mutate import Wish, mutate

SPEC = """
message Segment { flags : flags { SYN, RST } }
role Client {
  var tries : 0..3
  call go
  state IDLE initial { on call go { tries := 1  send SYN  goto DONE } }
  state DONE { on receive any ignore }
}
role Server {
  state WAIT initial {
    on receive SYN -> OPEN
    on receive RST -> WAIT
    on receive any ignore
  }
  state OPEN { on receive any ignore }
}
network path { endpoint A : Client  endpoint B : Server  link A <-> B { capacity 1 } }
scenario once on path { A calls go at most 1 }
property opens : reachable B in OPEN
property first : always B in OPEN => A in DONE
check open { run once  expect opens : reachable  expect first : holds  expect no_deadlock : violated }
"""


def suite(text: str = SPEC, **wish: object) -> Suite:
    return mutate(load_text(text), Wish(**wish))  # type: ignore[arg-type]


def find(found: Suite, operator: str, what: str) -> Told:
    (one,) = (m for m in found.mutants if m.operator == operator and what in m.what)
    return one


def test_a_mistake_that_an_expectation_sees_is_killed_by_it() -> None:
    one = find(suite(), "send dropped", "send SYN")
    assert one.fate == "killed"
    assert one.killer is not None
    assert (one.killer.check, one.killer.prop) == ("open", "opens")
    assert one.killer.verdict.startswith("unreachable")


def test_a_mistake_that_no_property_speaks_of_survives() -> None:
    one = find(suite(), "assignment dropped", "tries := 1")
    assert (one.fate, one.where) == ("survived", "role Client")
    assert one.watching == (("open", "opens"), ("open", "first"), ("open", "no_deadlock"))
    assert "perhaps it means the same" in one.why


def test_a_survivor_that_does_something_else_is_told_so() -> None:
    one = find(suite(), "network worse", "loss")
    assert one.fate == "survived"
    assert one.why.startswith("check open visits 4 states")


def test_what_nothing_reaches_is_not_counted() -> None:
    found = suite()
    assert find(found, "handler removed", "receive RST").fate == "unreached"
    counted = [m for m in found.mutants if m.fate in ("killed", "survived")]
    assert found.score is not None
    assert found.score * len(counted) == len(found.of("killed"))


def test_a_guard_of_what_never_comes_is_not_reached() -> None:
    text = SPEC.replace("on receive RST -> WAIT", "on receive RST when 1 < 2 -> WAIT")
    assert find(suite(text), "guard dropped", "1 < 2").fate == "unreached"


def test_what_is_no_spec_is_stillborn() -> None:
    text = SPEC.replace("tries : 0..3", "last : bool").replace("tries := 1", "last := true")
    text = text.replace("RST } }", "RST }  urgent : bool }").replace("send SYN ", "send SYN (urgent = true) ")
    found = suite(text)
    assert find(found, "field changed", "urgent").fate == "stillborn"


def test_several_processes_say_the_same() -> None:
    assert suite(jobs=2) == suite(jobs=1)


def test_a_draw_depends_on_the_seed_alone() -> None:
    def tried(found: Suite) -> list[int]:
        return [m.number for m in found.mutants if m.fate != "unreached"]

    whole = tried(suite())
    drawn = [tried(suite(limit=4, seed=seed)) for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({tuple(row) for row in drawn}) > 1
    assert all(len(row) == 4 and set(row) <= set(whole) for row in drawn)
    assert suite(limit=4).left == len(whole) - 4


def test_what_is_too_large_is_left_out() -> None:
    text = SPEC + "check far { run once  expect opens : reachable  expect no_deadlock : violated }\n"
    with pytest.raises(ModelError) as problem:
        suite(text, limits=Limits(max_states=1))
    assert problem.value.diagnostics[0].code is Code.NOTHING_TO_CHECK


def test_what_is_not_met_anyhow_is_left_out() -> None:
    text = SPEC + "check wrong { run once  expect opens : unreachable  expect no_deadlock : violated }\n"
    found = suite(text)
    assert [a.instance for a in found.aside] == ["check wrong"]
    assert "without any mutation" in found.aside[0].why
    assert found.used == 1


def test_what_holds_by_proof_is_searched_and_a_find_is_not() -> None:
    text = SPEC.replace("expect first : holds", "expect first : holds by proof")
    text += "check least { run once  find weakest network such that opens reachable  }\n"
    found = suite(text)
    assert [a.why for a in found.aside] == ["it asks `find`"]
    assert ("open", "first") in find(found, "assignment dropped", "tries").watching


def test_no_time_is_no_verdict() -> None:
    """Without time nothing is known of the spec as it is, so nothing can be said of its mutants."""
    with pytest.raises(ModelError) as error:
        suite(limits=Limits(max_states=1000, seconds=1e-9))
    assert [d.code for d in error.value.diagnostics] == [Code.NOTHING_TO_CHECK]
