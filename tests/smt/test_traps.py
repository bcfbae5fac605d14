"""Traps and ways: what is found, what is not claimed, and that ways lead where they are said to lead."""

from __future__ import annotations

import pytest
from systems import (
    action,
    channel,
    choice,
    control,
    field,
    is_value,
    message,
    now,
    picked,
    send,
    system,
    variable,
)

from tcpverify.certify.reach import followed
from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, TRUE, Expr, SeqSort
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.onward import never, onward
from tcpverify.ir.soup import NoSoup
from tcpverify.ir.system import ActionKind, Channel, Order, Property, PropertyKind, System
from tcpverify.ir.ways import Move, NoWay, covered, leads
from tcpverify.limits import Limits
from tcpverify.smt.samples import samples
from tcpverify.smt.traps import Free, Open, Trapped, decide

NUMBER = SeqSort(2**32)
AT = control("A", "IDLE", "SENT", "DONE")
N, GOT = variable("A.n", NUMBER, endpoint="A"), variable("B.got", NUMBER, endpoint="B")
M = message("M", n=NUMBER)
C = choice("c", NUMBER)
IDLE, SENT, DONE = (b.Const(i, AT.sort) for i in range(3))
LINKS = (channel("ab", None, Order.BAG), channel("ba", None, Order.BAG))


def asking(again: bool, fresh: bool = False, links: tuple[Channel, ...] = LINKS) -> System:
    """A sends a number, B sends it back; A may ask again, if `again`."""
    unused = b.eq(b.in_flight(0, b.eq(field(M, "n"), picked(C)), 9), b.integer(0))
    ask = action("ask", choices=[C], guard=b.conj([is_value(AT, 0), unused if fresh else TRUE]),
                 updates=[(0, SENT), (1, picked(C))], effects=[send(0, 0, picked(C))])  # fmt: skip
    repeat = action("repeat", guard=is_value(AT, 1) if again else FALSE, effects=[send(0, 0, now(N))])
    answer = action("answer", ActionKind.RECEIVE, channel=0, updates=[(2, field(M, "n"))],
                    effects=[send(1, 0, field(M, "n"))])  # fmt: skip
    own = b.eq(field(M, "n"), now(N))
    heard = action("heard", ActionKind.RECEIVE, channel=1, guard=b.conj([is_value(AT, 1), own]),
                   updates=[(0, DONE)])  # fmt: skip
    lose = [action(f"lose {i}", ActionKind.LOSE, channel=i) for i in (0, 1)]
    copy = [action(f"copy {i}", ActionKind.DUPLICATE, channel=i) for i in (0, 1)]
    return system("asking", [AT, N, GOT], [(0,), (0,), (0,)], [ask, repeat, answer, heard, *lose, *copy],
                  messages=[M], channels=list(links))  # fmt: skip


def goal(formula: Expr) -> Property:
    return Property("p", PropertyKind.TRAP_FREE, formula, None, None, (), "always reachable", None, ())


def found(s: System, formula: Expr) -> Trapped | Free | Open:
    return decide(s, goal(formula), (), Limits(seconds=30).deadline())


def test_a_lost_answer_is_a_trap() -> None:
    answer = found(asking(False), is_value(AT, 2))
    assert isinstance(answer, Trapped)
    names = [asking(False).actions[s.action].name for s in answer.run.steps]
    assert names in (["ask", "lose 0"], ["ask", "answer", "lose 1"])
    assert answer.trap


def test_who_asks_again_gets_there() -> None:
    s = asking(True)
    answer = found(s, is_value(AT, 2))
    assert isinstance(answer, Free)
    assert answer.assumes == ()
    assert [[s.actions[m.action].name for m in way] for way in answer.ways] == [
        ["ask", "answer", "heard"],
        ["repeat", "answer", "heard"],
    ]
    assert [m.takes for m in answer.ways[0]] == [None, (0, 0), (1, 0)]


def test_ways_lead_where_they_are_said_to() -> None:
    s = asking(True)
    answer = found(s, is_value(AT, 2))
    assert isinstance(answer, Free)
    states = samples(Interpreter(s).system)
    assert not list(followed(s, goal(is_value(AT, 2)), answer.ways, states))
    shorter = [way[:-1] for way in answer.ways]
    assert not any(Interpreter(s).predicate(leads(s, w, is_value(AT, 2)))(x) for w in shorter for x in states
                   if not Interpreter(s).predicate(is_value(AT, 2))(x))  # fmt: skip


def test_a_number_that_has_to_be_fresh_is_not_relied_on() -> None:
    """All numbers may be in flight; nothing is claimed then."""
    assert isinstance(found(asking(True, fresh=True), is_value(AT, 2)), Open)


def test_what_asks_for_nothing_in_flight_may_always_follow() -> None:
    """A number that has to be fresh may be used again, once all copies of it are lost."""
    s = asking(True, fresh=True)
    grown = onward(s, next(Interpreter(s).initial()))
    assert grown.actions[0].name == "ask"
    assert Interpreter(grown).predicate(grown.actions[0].guard)(next(Interpreter(grown).initial()))
    assert grown.actions[0].guard is not s.actions[0].guard


def test_what_is_counted_is_not_decided() -> None:
    empty = b.eq(b.in_flight(0, TRUE, 9), b.integer(0))
    with pytest.raises(NoSoup, match="in flight"):
        never(goal(empty))
    assert never(goal(b.neg(empty))).kind is PropertyKind.INVARIANT
    answer = found(asking(True), b.conj([empty, is_value(AT, 2)]))
    assert isinstance(answer, Open) and "in flight" in answer.reason


@pytest.mark.parametrize("order", [Order.FIFO, Order.WINDOW])
def test_where_order_is_kept_no_way_is_claimed(order: Order) -> None:
    links = (channel("ab", None, order), channel("ba", None, Order.BAG))
    answer = found(asking(True, links=links), is_value(AT, 2))
    assert isinstance(answer, Open) and "ab" in answer.reason


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ((Move(2, None, ()),), "was not sent along the way"),
        ((Move(1, None, ()), Move(2, (0, 0), ()), Move(2, (0, 0), ())), "was not sent along the way"),
        ((Move(1, (0, 0), ()),), "takes no segment"),
        ((Move(1, None, (1,)),), "chooses something else"),
        ((Move(0, None, (2**32,)),), "is never"),
        ((Move(4, None, ()),), "does not go by"),
        ((Move(99, None, ()),), "no such action"),
        ((Move(-1, None, ()),), "no such action"),
    ],
)
def test_what_is_no_way_is_refused(way: tuple[Move, ...], why: str) -> None:
    with pytest.raises(NoWay, match=why):
        covered(asking(True), [way], goal(is_value(AT, 2)))
