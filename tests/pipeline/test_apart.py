"""Two versions of a role held against each other: what is found, by which run, and what is not claimed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tcpverify.diagnostics import ModelError
from tcpverify.ir.interpret import Interpreter
from tcpverify.limits import Limits
from tcpverify.pipeline.apart import Apart, Side, Wish, apart
from tcpverify.report.differing import input_text
from tcpverify.trace import replay

SPEC = """
message Segment { flags : flags { SYN, ACK }  seq, ack : seqno mod 16 }
role R {
  var iss, rcv : seqno mod 16
  timer rtx { retries unlimited }
  call open, close
  procedure opened(seq : seqno mod 16) {
    rcv := seq + 1
    stop rtx
    send ACK (seq = iss + 1, ack = rcv)
    goto OPEN
  }
  state CLOSED initial {
    on call open { iss := fresh  send SYN (seq = iss)  start rtx  goto SENT }
    on receive any ignore
  }
  state SENT {
    on receive SYN + ACK as s when s.ack == iss + 1 { opened(s.seq) }
    on receive any ignore
    on timeout rtx { send SYN (seq = iss) }
  }
  state OPEN { on receive any ignore  on call close -> CLOSED }
}
variant any_ack {
  replace SENT on receive SYN + ACK as s { opened(s.seq) }
}
variant no_close { remove OPEN on call close }
variant other_place { replace SENT on receive any -> CLOSED }
variant strict { remove OPEN on receive any }
variant tells { replace OPEN on call close { notify closed  goto CLOSED } }
variant either { replace OPEN on call close { choose { goto CLOSED } or { send ACK  goto CLOSED } } }
"""
FLAGS = """
message Segment { flags : flags { SYN, ACK } }
role Flags {
  timer waiting { retries unlimited }
  call open, close
  state CLOSED initial { on call open { send SYN  start waiting  goto TRYING }  on receive any ignore }
  state TRYING {
    on receive SYN + ACK { stop waiting  send ACK  goto OPEN }
    on receive any ignore
    on timeout waiting { send SYN }
  }
  state OPEN { on receive any ignore  on call close -> CLOSED }
}
"""
WISH = Wish({}, {"seq": "4..5", "ack": "0..2"}, (), False, 5, Limits())


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    (tmp_path / "r.tcpv").write_text(SPEC)
    (tmp_path / "flags.tcpv").write_text(FLAGS)
    return tmp_path / "r.tcpv"


def compared(spec: Path, *variants: str, wish: Wish = WISH) -> Apart:
    """The role against itself with variants, which is NEW."""
    return apart(Side(spec, "R", None, None), Side(spec, "R", None, None, variants), wish)


def runs(found: Apart) -> list[list[str]]:
    return [[input_text(i, found) for i in d.inputs] for d in found.comparison.differences]


def test_a_role_is_like_itself(spec: Path) -> None:
    found = compared(spec)
    assert found.same
    assert found.comparison.exhausted
    assert found.narrowed == ("iss",)


def test_a_guard_that_is_missing_is_found_by_the_shortest_run(spec: Path) -> None:
    found = compared(spec, "any_ack")
    assert runs(found) == [["call open", "SYN+ACK seq=4 ack=0"]]
    (difference,) = found.comparison.differences
    assert difference.visible
    assert difference.before == ("SENT", "SENT")
    assert (difference.old.seen.sent, difference.old.state) == ((), "SENT")
    assert difference.new.state == "OPEN"


def test_the_runs_are_runs_of_the_interpreter(spec: Path) -> None:
    (difference,) = compared(spec, "any_ack").comparison.differences
    for run in difference.runs:
        assert replay(Interpreter(run.system), run.schedule) == run
    assert [len(run.steps[-1].sent) for run in difference.runs] == [0, 0]
    assert difference.runs[1].steps[-2].sent


def test_a_call_that_is_refused(spec: Path) -> None:
    found = compared(spec, "no_close")
    assert found.only == (("call close",), ())
    assert not found.same


def test_a_segment_that_no_handler_takes(spec: Path) -> None:
    found = compared(spec, "strict")
    assert runs(found) == [["call open", "SYN+ACK seq=4 ack=1", "Segment seq=4"]]
    assert found.comparison.differences[0].new.seen.end.startswith("errs: no handler")
    assert len(found.comparison.differences[0].others) == 3


def test_states_by_name_are_followed_to_where_it_shows(spec: Path) -> None:
    """A difference in names is one from outside in the end: the timer of a closed end is still running."""
    found = compared(spec, "other_place", wish=replace(WISH, named=True))
    first = found.comparison.differences[0]
    assert (first.old.state, first.new.state, first.visible) == ("SENT", "CLOSED", False)
    assert first.length == 2
    assert len(first.inputs) == 3
    unnamed = compared(spec, "other_place").comparison.differences
    assert all(d.visible for d in unnamed)
    assert min(len(d.inputs) for d in unnamed) == 3


def test_what_the_user_is_told(spec: Path) -> None:
    """One side that tells nothing does not speak of its user; said of a version that tells something else."""
    assert compared(spec, "tells").same
    assert compared(spec, "tells").silent
    told = apart(
        Side(spec, "R", None, None, ("tells",)), Side(spec, "R", None, None, ("tells", "any_ack")), WISH
    )
    assert not told.silent


def test_an_answer_that_only_one_side_may_give(spec: Path) -> None:
    found = compared(spec, "either")
    (difference,) = found.comparison.differences
    assert difference.old.seen.sent == ()
    assert [s.kind for s in difference.new.seen.sent] == ["Segment"]


def test_fields_of_one_side_are_fed_to_it_and_not_compared(spec: Path) -> None:
    """A machine without numbers lacks a guard, and that is the only difference."""
    old = Side(spec.parent / "flags.tcpv", "R", None, None)
    alias = {"Flags": "R", "TRYING": "SENT", "waiting": "rtx"}
    found = apart(old, Side(spec, "R", None, None), replace(WISH, alias=alias, named=True))
    assert found.left_out == ((), ("ack", "seq"))
    assert found.only == ((), ())
    assert runs(found) == [["call open", "SYN+ACK seq=4 ack=0"]]
    without = apart(old, Side(spec, "R", None, None), replace(WISH, alias={"Flags": "R"}, named=True))
    assert without.only == (("timeout waiting",), ("timeout rtx",))
    assert without.comparison.differences[0].old.state == "TRYING"


def test_no_more_is_claimed_than_was_looked_at(spec: Path) -> None:
    found = compared(spec, "strict", wish=replace(WISH, depth=2))
    assert found.same
    assert not found.comparison.exhausted
    late = compared(
        spec, "strict", wish=replace(WISH, limits=Limits(seconds=1.0, clock=iter(range(99)).__next__))
    )
    assert late.comparison.stopped == "out of time"
    assert not late.comparison.exhausted


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (replace(WISH, alias={"NOWHERE": "SENT"}), "OLD has no name `NOWHERE`"),
        (replace(WISH, values={"sequence": "1"}), "there is no field `sequence`"),
        (replace(WISH, values={"seq": "16"}), "`16` are no values of field `seq`"),
        (replace(WISH, values={"seq": "3..1"}), "`3..1` are no values of field `seq`"),
        (replace(WISH, ignored=("window",)), "there is no field or signal `window`"),
    ],
)
def test_mistakes_are_told(spec: Path, wish: Wish, message: str) -> None:
    with pytest.raises(ModelError) as refusal:
        compared(spec, wish=wish)
    assert [d.message for d in refusal.value.diagnostics] == [message]


def test_a_role_that_is_not_there(spec: Path) -> None:
    with pytest.raises(ModelError) as refusal:
        apart(Side(spec, "S", None, None), Side(spec, "R", None, None), WISH)
    assert "has no role `S`" in refusal.value.diagnostics[0].message
