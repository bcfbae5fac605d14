"""The layout of ladders as data: every segment exactly once, from where it appears to where it ends."""

from __future__ import annotations

from dataclasses import replace

import handshake_system as h
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpverify.ir.system import ActionKind, Order
from tcpverify.render.ladder import Fate, Origin, lay_out
from tcpverify.trace import Trace

FAULTY = h.Options(three_way=True, loss=2, duplicates=2, corruptions=2, overflow="drop")


@st.composite
def traces(draw: st.DrawFn, options: h.Options = FAULTY, steps: int = 14) -> Trace:
    order = draw(st.sampled_from([Order.BAG, Order.FIFO]))
    chosen = replace(options, order=order, to_tail=draw(st.booleans()), capacity=draw(st.integers(2, 4)))
    return h.walk(h.build(chosen), lambda n: draw(st.integers(0, n - 1)), steps)


@given(traces())
@settings(deadline=None, max_examples=80)
def test_every_segment_appears_exactly_once(trace: Trace) -> None:
    plan = lay_out(trace)
    preloaded = sum(len(c) for c in trace.initial.contents)
    sent = sum(len(s.sent) for s in trace.steps if s.after is not None)
    copies = sum(s.action.kind is ActionKind.DUPLICATE for s in trace.steps)
    origins = [f.origin for f in plan.flights]
    assert [origins.count(o) for o in (Origin.OLD, Origin.SENT, Origin.COPY)] == [preloaded, sent, copies]
    assert sorted(f.number for r in range(len(plan.rows)) for f in plan.starting(r)) == list(
        range(len(origins))
    )


@given(traces())
@settings(deadline=None, max_examples=80)
def test_segments_end_as_the_steps_say(trace: Trace) -> None:
    plan = lay_out(trace)
    fates = {ActionKind.RECEIVE: Fate.RECEIVED, ActionKind.LOSE: Fate.LOST}
    for step, row in zip(trace.steps, plan.rows[1:], strict=True):
        assert (row.taken is not None) == (step.message is not None)
        if row.taken is not None:
            flight = plan.flights[row.taken]
            assert flight.start <= row.number
            assert flight.garbled is not None or flight.text in row.event
            if step.action.kind in fates:
                assert (flight.fate, flight.end) == (fates[step.action.kind], row.number)
    if trace.steps and trace.steps[-1].after is not None:
        assert len(plan.left()) == sum(len(c) for c in trace.steps[-1].after.contents)


def test_a_received_segment_flies_from_its_step_to_that_of_its_receipt() -> None:
    plan = lay_out(h.follow(h.build(), "A call active", "B call passive", "B receive SYN @ 0"))
    old, syn, reply = plan.flights
    assert (old.origin, old.fate, old.start, old.end) == (Origin.OLD, Fate.IN_FLIGHT, 0, None)
    assert (syn.source, syn.target, syn.start, syn.end, syn.fate) == (0, 1, 1, 3, Fate.RECEIVED)
    assert (reply.source, reply.target, reply.start, reply.end) == (1, 0, 3, None)
    assert [row.states for row in plan.rows] == [
        ((0, "CLOSED"), (1, "CLOSED")), ((0, "SYN_SENT"),), ((1, "LISTEN"),), ((1, "ESTABLISHED"),)
    ]  # fmt: skip


def test_of_equal_segments_in_a_bag_the_oldest_is_taken() -> None:
    options = h.Options(preloaded=(), loss=1)
    plan = lay_out(h.follow(h.build(options), "A call active", "A timeout", "lose A->B"))
    assert [(f.start, f.fate) for f in plan.flights] == [(1, Fate.LOST), (2, Fate.IN_FLIGHT)]


@pytest.mark.parametrize("overflow", ["drop", "error"])
def test_a_segment_that_finds_its_channel_full(overflow: str) -> None:
    options = h.Options(capacity=1, overflow=overflow, preloaded=())
    plan = lay_out(h.follow(h.build(options), "A call active", "A timeout"))
    assert [(f.fate, f.end) for f in plan.flights] == [(Fate.IN_FLIGHT, None), (Fate.NO_ROOM, 2)]
    assert (plan.rows[-1].error is not None) == (overflow == "error")


def test_an_erring_step_receives_but_sends_nothing() -> None:
    plan = lay_out(h.follow(h.build(), "B receive any"))
    assert plan.rows[1].error == "B has no handler for this segment in CLOSED"
    assert plan.flights[0].fate is Fate.RECEIVED


def test_a_copy_knows_its_original() -> None:
    plan = lay_out(h.follow(h.build(h.Options(duplicates=1, corruptions=1)), "duplicate", "corrupt"))
    assert [(f.origin, f.original, f.garbled) for f in plan.flights] == [
        (Origin.OLD, None, 2), (Origin.COPY, 0, None)
    ]  # fmt: skip
