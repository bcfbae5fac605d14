"""Guesses of invariants: what samples refute, what Houdini keeps, what is proved with whose help."""

from __future__ import annotations

import pytest
from systems import (
    action,
    always,
    always_step,
    channel,
    check,
    choice,
    control,
    field,
    is_value,
    message,
    no_error,
    now,
    picked,
    reachable,
    send,
    system,
    then,
    variable,
)

from tcpverify.ir import build as b
from tcpverify.ir.expr import IntSort, SeqSort
from tcpverify.ir.soup import ever_growing
from tcpverify.ir.system import ActionKind, ErrorKind, Order, Property, System
from tcpverify.lang.saying import say
from tcpverify.limits import Limits
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.scene import scene
from tcpverify.smt import unbounded
from tcpverify.smt.houdini import Inductive
from tcpverify.smt.proofs import Request, answer
from tcpverify.smt.samples import not_refuted, samples
from tcpverify.smt.unbounded import Found, NotFound, prove
from tcpverify.smt.whereabouts import whereabouts
from tcpverify.smtlib.relation import soup

NUMBER = SeqSort(2**32)
AT, LAST = control("A", "IDLE", "SENT"), variable("A.last", NUMBER, endpoint="A")
GOT, LEFT = variable("B.got", NUMBER, endpoint="B"), variable("left", IntSort(0, 9))
M = message("M", n=NUMBER)
C = choice("c", NUMBER)


def sender() -> System:
    """A sends numbers, each remembered; B takes what it is sent; a budget goes down."""
    send_it = action(
        "send", choices=[C], guard=b.lt(b.integer(0), now(LEFT)),
        updates=[(0, b.Const(1, AT.sort)), (1, picked(C)), (3, b.sub(now(LEFT), b.integer(1)))],
        effects=[send(0, 0, picked(C))],
    )  # fmt: skip
    take = action(
        "take", ActionKind.RECEIVE, channel=0, updates=[(2, field(M, "n"))],
        effects=[check(b.le(b.integer(0), now(LEFT)))],
    )  # fmt: skip
    links = [channel("ab", None, Order.BAG)]
    variables = [AT, LAST, GOT, LEFT]
    return ever_growing(
        system("sender", variables, [(0,), (0,), (0,), (9,)], [send_it, take], messages=[M], channels=links)
    )


def found(p: Property) -> Found | NotFound:
    return prove(sender(), p, [], Limits(seconds=20).deadline())


def test_samples_are_reached_and_the_same_each_time() -> None:
    states = samples(sender())
    assert states == samples(sender())
    assert {s.values[0] for s in states} == {0, 1}
    assert any(len(s.contents[0]) > 1 for s in states)


def test_samples_refute_what_is_wrong() -> None:
    s = sender()
    right, wrong = b.le(b.integer(0), now(LEFT)), is_value(AT, 0)
    assert not_refuted(s, [right, wrong], samples(s)) == [right]


def test_only_what_stays_true_is_kept() -> None:
    s = sender()
    search = Inductive(soup(s), Limits().deadline())
    idle = b.implies(is_value(AT, 0), b.eq(now(LEFT), b.integer(9)))
    nothing_got = b.eq(now(GOT), b.wrap(b.integer(0), 2**32))
    assert search.kept([idle, nothing_got]) == [idle]


def test_properties_of_every_kind() -> None:
    down = b.le(then(LEFT), now(LEFT))
    assert isinstance(found(always_step("down", down)), Found)
    assert isinstance(found(no_error(ErrorKind.ASSERT)), Found)
    assert isinstance(found(no_error(ErrorKind.UNHANDLED)), Found)
    high = b.conj([is_value(AT, 1), b.eq(now(LEFT), b.integer(9))])
    assert isinstance(found(reachable("high", high)), Found)


def test_what_is_not_true_is_not_proved() -> None:
    stays = b.eq(then(LEFT), now(LEFT))
    assert isinstance(found(always_step("stays", stays)), NotFound)
    assert isinstance(found(always("idle", is_value(AT, 0))), NotFound)
    assert isinstance(found(reachable("sent", is_value(AT, 1))), NotFound)
    assert isinstance(found(reachable("spent", b.eq(now(LEFT), b.integer(0)))), NotFound)


def test_properties_that_are_inductive_only_together_help_each_other() -> None:
    x, y = variable("x", NUMBER), variable("y", NUMBER)
    swap = action("swap", updates=[(0, now(y)), (1, now(x))])
    s = system("swap", [x, y], [(0,), (0,)], [swap])
    zero = b.wrap(b.integer(0), 2**32)
    asked = (always("x", b.eq(now(x), zero)), always("y", b.eq(now(y), zero)))
    results = answer(Request(tuple((s, p) for p in asked), 20.0))
    assert all(isinstance(r, Found) and len(r.invariant) == 2 for r in results)


WAITING = """
message M { }
role Waiter {
  timer rtx { retries unlimited }
  timer always { retries unlimited }
  call go, leave
  state IDLE initial { on call go { send M  start rtx  goto BUSY }  on timeout always { } }
  state BUSY {
    on timeout rtx { send M }
    on timeout always { }
    on call leave { stop rtx  start always  goto IDLE }
  }
}
role Sink { state S initial { on receive M ignore } }
network one { endpoint A : Waiter  endpoint B : Sink  link A -> B { capacity unlimited  reorder any } }
scenario any_time on one { }
"""


def test_where_a_timer_runs_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = scene(load_text(WAITING), "any_time", properties=["no_unhandled"]).model
    growing, [prop] = ever_growing(model.system), model.properties
    [guess] = whereabouts(growing, samples(growing))
    assert say(guess, growing) == "not running(A.rtx) or A in BUSY"
    monkeypatch.setattr(unbounded, "memories", None)
    result = prove(growing, prop, [], Limits(seconds=20).deadline())
    assert isinstance(result, Found) and [say(e, growing) for e in result.invariant] == [say(guess, growing)]


def test_where_a_timer_was_not_seen_to_run_is_no_guess() -> None:
    growing = ever_growing(scene(load_text(WAITING), "any_time").model.system)
    start = samples(growing)[:1]
    assert len(list(whereabouts(growing, start))) == 2
    assert not any(not_refuted(growing, [g], samples(growing)) for g in whereabouts(growing, start))
