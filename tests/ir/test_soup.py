"""Which proofs about the ever-growing network carry over, and what they take for granted."""

from __future__ import annotations

import pytest
from systems import (
    BUILDERS,
    action,
    always,
    always_step,
    channel,
    choice,
    deadlock_free,
    field,
    message,
    no_error,
    now,
    picked,
    reachable,
    send,
    system,
    variable,
)

from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Expr, SeqSort
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.soup import FRESH, NoSoup, assumed, ever_growing
from tcpverify.ir.system import ActionKind, ErrorKind, Order, State, System

MOST = 200
N = variable("n", SeqSort(4))
M = message("M", n=SeqSort(4))
SAME = b.eq(field(M, "n"), now(N))
C = choice("c", SeqSort(4))
TAKEN = b.eq(b.in_flight(0, b.eq(field(M, "n"), picked(C)), 2), b.integer(0))


def sender(guard: Expr, capacity: int | None = 2) -> System:
    sends = action("send", choices=[C], guard=guard, updates=[(0, picked(C))], effects=[send(0, 0, now(N))])
    loses = action("lose", ActionKind.LOSE, channel=0)
    links = [channel("ab", capacity, Order.BAG, "error")]
    return system("sender", [N], [(0,)], [sends, loses], messages=[M], channels=links)


def none(capacity: int = 2) -> Expr:
    return b.eq(b.in_flight(0, SAME, capacity), b.integer(0))


def test_what_carries_over_without_more() -> None:
    s = sender(TRUE)
    assert assumed(s, always("p", b.eq(now(N), now(N)))) == ()
    assert assumed(s, always_step("p", TRUE)) == ()
    assert assumed(s, reachable("p", TRUE)) == ()
    assert assumed(s, no_error(ErrorKind.ASSERT)) == ()


def test_what_does_not_carry_over() -> None:
    assert assumed(sender(TRUE), deadlock_free()) is None
    assert assumed(sender(TRUE), no_error(ErrorKind.OVERFLOW)) is None
    assert assumed(sender(TRUE, None), no_error(ErrorKind.OVERFLOW)) == ()
    assert assumed(sender(none()), always("p", TRUE)) is None


def test_what_is_said_of_all_in_flight_is_said_of_less() -> None:
    s = sender(TRUE)
    some = b.lt(b.integer(0), b.in_flight(0, SAME, 2))
    assert assumed(s, always("none", none())) == ()
    assert assumed(s, always("not some", b.implies(some, b.eq(now(N), now(N))))) == ()
    assert assumed(s, always("some", some)) is None
    assert assumed(s, always("few", b.le(b.in_flight(0, SAME, 2), b.integer(1)))) is None
    assert assumed(s, reachable("some", some)) == ()
    assert assumed(s, reachable("none", none())) is None


def test_a_fresh_number_is_assumed_never_to_have_been_sent() -> None:
    assert assumed(sender(TAKEN), always("p", TRUE)) == (FRESH,)
    assert assumed(ever_growing(sender(TAKEN)), always("p", TRUE)) == ()


@pytest.mark.parametrize("name", BUILDERS)
def test_what_a_system_reaches_its_ever_growing_one_reaches_too(name: str) -> None:
    s, _ = BUILDERS[name]()
    try:
        grown = ever_growing(s, faults=True)
    except NoSoup:
        return
    if any(assumed(s, always("p", TRUE)) != () for _ in s.channels):
        return
    seen = {state.values for state in states(s)}
    assert seen <= {state.values for state in states(grown, 3_000)}


def states(s: System, most: int = MOST) -> list[State]:
    """The first states that breadth-first search meets."""
    interpreter = Interpreter(s)
    found = dict.fromkeys(interpreter.initial())
    todo = list(found)
    for state in todo:
        for o in interpreter.outcomes(state):
            if isinstance(o, Successor) and o.state not in found and len(found) < most:
                found[o.state] = None
                todo.append(o.state)
    return list(found)
