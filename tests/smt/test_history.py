"""Paths over unlimited channels against a plain breadth-first search of so many steps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from random_systems import random_system
from systems import (
    action,
    always,
    channel,
    choice,
    control,
    is_value,
    message,
    no_error,
    now,
    picked,
    reachable,
    send,
    system,
    variable,
)
from systems import field as of
from test_bmc import Search

from tcpverify.ir import build as b
from tcpverify.ir.expr import SeqSort
from tcpverify.ir.soup import FRESH, ever_growing
from tcpverify.ir.system import UNLIMITED_MOST, ActionKind, ErrorKind, Order, Property, PropertyKind, System
from tcpverify.limits import Limits
from tcpverify.smt.engine import run
from tcpverify.verdict import Bounded, Holds, Invariant, Unknown, trace_of

MOST = 4


def unlimited(s: System, order: Order = Order.BAG) -> System:
    """A system whose channels hold as much as they are sent."""
    channels = tuple(
        replace(c, capacity=None, order=order, window=int(order is Order.WINDOW)) for c in s.channels
    )
    contents = tuple(tuple(sorted(c)) for c in s.initial.contents)
    return replace(s, channels=channels, initial=replace(s.initial, contents=contents))


def lengths_agree(s: System, properties: list[Property]) -> int:
    """How many properties have a trace; each is as long as the shortest."""
    asked = [p for p in properties if p.kind is not PropertyKind.DEADLOCK_FREE]
    verdicts = run(s, asked, Limits(max_bound=MOST, proofs=False)).verdicts
    found = 0
    for p in asked:
        verdict, expected = verdicts[p.name], Search(s, p).canonical(MOST)
        trace = trace_of(verdict)
        assert not isinstance(verdict, Unknown), (p.name, verdict)
        assert (None if trace is None else len(trace)) == (
            None if expected is None else len(expected.steps)
        ), p.name
        assert trace is not None or verdict == Bounded(MOST), p.name
        found += trace is not None
    return found


@pytest.mark.parametrize("seed", range(30))
def test_shortest_traces_of_a_random_system_with_unlimited_bags(seed: int) -> None:
    lengths_agree(*_random(seed, Order.BAG))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("order", [Order.FIFO, Order.WINDOW])
def test_shortest_traces_where_the_order_is_kept(seed: int, order: Order) -> None:
    s, properties = _random(seed, order)
    kept = tuple(replace(a, to_tail=True) for a in s.actions if a.kind is not ActionKind.CORRUPT)
    lengths_agree(replace(s, actions=kept), properties)


@pytest.mark.parametrize("seed", range(20))
def test_shortest_traces_of_a_random_ever_growing_system(seed: int) -> None:
    s, properties = _random(seed, Order.BAG)
    lengths_agree(ever_growing(s), [p for p in properties if p.name != "in flight"])


@pytest.mark.parametrize("seed", range(20))
def test_shortest_traces_where_one_channel_is_bounded(seed: int) -> None:
    s, properties = _random(seed, Order.BAG)
    first = replace(s.channels[0], capacity=max(1, len(s.initial.contents[0])))
    lengths_agree(replace(s, channels=(first, *s.channels[1:])), properties)


def _random(seed: int, order: Order) -> tuple[System, list[Property]]:
    s, properties = random_system(seed)
    return unlimited(s, order), properties


def forgetful() -> tuple[System, Property]:
    """A sends a number that no segment in flight carries, again and again, and remembers the last two."""
    at, number = control("A", "NEW", "ONCE", "MORE"), SeqSort(2**32)
    last, before = variable("A.last", number, endpoint="A"), variable("A.before", number, endpoint="A")
    m, c = message("M", n=number), choice("c", number)
    taken = b.in_flight(0, b.eq(of(m, "n"), picked(c)), UNLIMITED_MOST)
    sends = [
        action(f"send {i}", at=(0, i), choices=[c], guard=b.eq(taken, b.integer(0)),
               updates=[(0, b.Const(min(i + 1, 2), at.sort)), (1, picked(c)), (2, now(last))],
               effects=[send(0, 0, picked(c))])
        for i in range(3)
    ]  # fmt: skip
    receive = action("receive", ActionKind.RECEIVE, channel=0)
    link = channel("ab", None, Order.BAG)
    s = system(
        "forgetful", [at, last, before], [(0,), (0,), (0,)], [*sends, receive], messages=[m], channels=[link]
    )
    new = b.implies(is_value(at, 2), b.neg(b.eq(now(last), now(before))))
    return s, always("new", new, antecedent=is_value(at, 2))


def test_that_numbers_are_new_is_proved_if_none_ever_sent_is_chosen() -> None:
    s, p = forgetful()
    verdict = run(s, [p], Limits(seconds=30)).verdicts[p.name]
    assert isinstance(verdict, Holds)
    assert isinstance(verdict.evidence, Invariant)
    assert verdict.evidence.assumes == (FRESH,)


def test_a_number_is_chosen_again_once_nothing_in_flight_carries_it() -> None:
    s, p = forgetful()
    trace = trace_of(run(s, [p], Limits(proofs=False)).verdicts[p.name])
    assert trace is not None
    assert [x.action.name for x in trace.steps] == ["send 0", "receive", "send 1"]
    assert [x.step.choices for x in trace.steps] == [(0,), (), (0,)]


def test_what_was_never_sent_can_be_chosen_only_once() -> None:
    s, p = forgetful()
    grown = ever_growing(s)
    assert run(grown, [p], Limits(max_bound=4, proofs=False)).verdicts[p.name] == Bounded(4)


def test_copies_in_order_are_not_looked_at_but_proofs_are() -> None:
    s, _ = forgetful()
    copy = action("copy", ActionKind.DUPLICATE, channel=0)
    fifo = replace(s, channels=(replace(s.channels[0], order=Order.FIFO),), actions=(*s.actions, copy))
    known = always("known", b.le(b.plain(now(s.variables[1])), b.integer(2**32)))
    reached = reachable("more", is_value(s.variables[0], 2))
    verdicts = run(fifo, [reached, no_error(ErrorKind.ASSERT), known], Limits(seconds=20)).verdicts
    assert isinstance(verdicts["more"], Unknown)
    assert "keeps the order" in verdicts["more"].reason
    assert isinstance(verdicts[ErrorKind.ASSERT.value], Holds)
    assert isinstance(verdicts["known"], Holds)
