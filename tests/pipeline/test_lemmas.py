"""Lemmas of a spec help proofs whether a check expects them or not; wrong ones do no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcpverify.diagnostics import ModelError
from tcpverify.lang.elaborate import Request as Instance
from tcpverify.pipeline.check import verify
from tcpverify.pipeline.lemmas import lemmas
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.plan import Request
from tcpverify.pipeline.proofs import Proved, prove_all
from tcpverify.pipeline.scene import scene
from tcpverify.result import Result
from tcpverify.verdict import Holds, Induction, Verdict

LEMMA = "property even : lemma A.x == 0 or A.x == 2 or A.x == 4"
WRONG = "property small : lemma A.x < 4"
COUNTING = "property few : lemma in_flight(A -> B) <= 3"
ELSEWHERE = "property timed : lemma running(A.clock) => A in S"
SPEC = """
message M { n : 0..60 }
role Left {
  var x : 0..60
  step go
  state S initial { on step go { if x == 4 { x := 0 } else { if x + 2 <= 60 { x := x + 2 } }  send M (n = x) }  on receive any ignore }
}
role Right { state U initial { on receive any ignore } }
network net { endpoint A : Left  endpoint B : Right  link A <-> B { capacity CAPACITY  loss unlimited  overflow drop } }
scenario go on net { }
property never_odd : always A.x != 33
check c { run go  engine smt  expect never_odd : holds }
"""  # noqa: E501


def spec(*more: str, capacity: str = "1") -> str:
    return "\n".join([SPEC.replace("CAPACITY", capacity), *more])


def decided(text: str) -> Verdict:
    outcome = verify(load_text(text), Request(properties=("never_odd",)))
    assert not outcome.errors, outcome.errors
    (result,) = (r for r in outcome.results if isinstance(r, Result))
    return result.verdict


def test_a_lemma_that_nobody_expects_is_used() -> None:
    found = decided(spec(LEMMA))
    assert isinstance(found, Holds)
    assert found.evidence == Induction(1, ("even",))
    without = decided(spec())
    assert not (isinstance(without, Holds) and without.evidence == Induction(1))


@pytest.mark.parametrize("capacity", ["1", "unlimited"])
def test_wrong_lemmas_are_dropped(capacity: str) -> None:
    found = decided(spec(WRONG, LEMMA, COUNTING, capacity=capacity))
    assert isinstance(found, Holds)
    if isinstance(found.evidence, Induction):
        assert "small" not in found.evidence.lemmas


def test_lemmas_of_an_instance() -> None:
    loaded = load_text(spec(LEMMA, WRONG, ELSEWHERE))
    system = scene(loaded, "go").model.system
    found = lemmas(loaded.program, Instance("go", {}), system)
    assert [p.name for p in found] == ["even", "small"]


def test_a_file_with_lemmas(tmp_path: Path) -> None:
    path, more = tmp_path / "x.tcpv", tmp_path / "more.tcpv"
    path.write_text(spec(capacity="unlimited"))
    more.write_text(f"{LEMMA}\n{WRONG}\n")
    (attempt,) = prove_all(path, tmp_path, Request(properties=("never_odd",)), more)
    assert isinstance(attempt.found, Proved)
    assert len(attempt.found.certificate.claim.invariant) == 2
    more.write_text("property p : always true\n")
    with pytest.raises(ModelError, match="only lemmas"):
        list(prove_all(path, tmp_path, Request(properties=("never_odd",)), more))
