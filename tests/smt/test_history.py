"""Paths over unlimited channels against a plain breadth-first search of so many steps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from random_systems import random_system
from test_bmc import Search

from tcpverify.ir.soup import ever_growing
from tcpverify.ir.system import ActionKind, Order, Property, PropertyKind, System
from tcpverify.limits import Limits
from tcpverify.smt.engine import run
from tcpverify.verdict import Bounded, Unknown, trace_of

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
