"""One table of small systems, each with true properties and the same ones off by one, for every engine.

What an engine may not decide it must call unknown or bounded; what it decides must be right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tcpverify.engines import ENGINES, GRAPH_KINDS, Engine
from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, TRUE, BoolSort, Expr, IntSort, SeqSort
from tcpverify.ir.refine import watch
from tcpverify.ir.system import (
    ActionKind,
    ErrorKind,
    Fair,
    Order,
    Property,
    PropertyKind,
    System,
    Variable,
    VariableKind,
)
from tcpverify.limits import Limits, silent
from tcpverify.verdict import Bounded, Unknown, trace_of, word
from tests import systems as s

LIMITS = Limits(max_bound=10, seconds=30)


@dataclass(frozen=True)
class Pair:
    """A property that is true, or (`reachable`) has a witness of `length` steps, and its twin off by
    one; the one of the two with a trace has one of `length` steps."""

    true: Property
    true_word: str
    twin: Property
    twin_word: str
    length: int


Row = tuple[System, tuple[Pair, ...]]


def always(good: Expr, bad: Expr, length: int) -> Pair:
    return Pair(s.always("true", good), "holds", s.always("twin", bad), "violated", length)


def always_step(good: Expr, bad: Expr, length: int) -> Pair:
    return Pair(s.always_step("true", good), "holds", s.always_step("twin", bad), "violated", length)


def reachable(good: Expr, bad: Expr, length: int) -> Pair:
    return Pair(s.reachable("true", good), "reachable", s.reachable("twin", bad), "unreachable", length)


def deadlock_free(good: Expr, bad: Expr, length: int) -> Pair:
    true, twin = (s.prop(n, PropertyKind.DEADLOCK_FREE, e) for n, e in (("true", good), ("twin", bad)))
    return Pair(true, "holds", twin, "violated", length)


def no_error(good: ErrorKind, bad: ErrorKind, length: int) -> Pair:
    true, twin = (s.prop(n, PropertyKind.NO_ERROR, error=e) for n, e in (("true", good), ("twin", bad)))
    return Pair(true, "holds", twin, "violated", length)


def up_to(v: Variable, n: int) -> Expr:
    return b.le(s.now(v), b.integer(n))


def is_(v: Variable, n: int) -> Expr:
    return b.eq(s.now(v), b.integer(n))


def plus(v: Variable, n: int) -> Expr:
    return b.add(s.now(v), b.integer(n))


# --- The table -------------------------------------------------------------------------------------


def counting() -> Row:
    """x goes 0..4, then stops."""
    x = s.variable("x", IntSort(0, 5))
    up = s.action("up", guard=b.lt(s.now(x), b.integer(4)), updates=[(0, plus(x, 1))])
    rise = b.sub(s.then(x), s.now(x))
    return s.system("counting", [x], [(0,)], [up]), (
        always(up_to(x, 4), up_to(x, 3), 4),
        always_step(b.le(rise, b.integer(1)), b.le(rise, b.integer(0)), 1),
        reachable(is_(x, 4), is_(x, 5), 4),
        deadlock_free(is_(x, 4), is_(x, 3), 4),
    )


def circular() -> Row:
    """A sequence number mod 5 goes up by two, from 0 or 1, until it is 4."""
    n = s.variable("n", SeqSort(5))
    up = s.action("up", guard=b.neg(b.eq(s.now(n), s.seq(4, 5))),
                  updates=[(0, b.seq_add(s.now(n), b.integer(2)))])  # fmt: skip
    apart = b.distance(s.then(n), s.now(n))
    after = b.seq_lt(s.now(n), s.then(n))
    half = b.seq_lt(s.then(n), s.now(n))
    return s.system("circular", [n], [(0, 1)], [up]), (
        always_step(b.eq(apart, b.integer(2)), b.eq(apart, b.integer(1)), 1),
        always_step(after, half, 1),
        reachable(b.eq(s.now(n), s.seq(4, 5)), FALSE, 2),
        deadlock_free(b.eq(s.now(n), s.seq(4, 5)), b.eq(s.now(n), s.seq(3, 5)), 2),
    )


def errors() -> Row:
    """x goes up without end, and errs when it would leave 0..3."""
    x = s.variable("x", IntSort(0, 3))
    fits = s.check(b.le(plus(x, 1), b.integer(3)), ErrorKind.RANGE)
    up = s.action("up", updates=[(0, plus(x, 1))], effects=[fits])
    return s.system("errors", [x], [(0,)], [up]), (
        no_error(ErrorKind.ASSERT, ErrorKind.RANGE, 4),
        deadlock_free(is_(x, 3), is_(x, 2), 3),
        always(up_to(x, 3), up_to(x, 2), 3),
    )


def filling(overflow: s.Overflow) -> Row:
    """A sends without end into room for three."""
    sent = s.variable("sent", IntSort(0, 4))
    syn = s.message("SYN")
    send = s.action("send", guard=up_to(sent, 3), updates=[(0, plus(sent, 1))], effects=[s.send(0, 0)])
    system = s.system(
        "filling", [sent], [(0,)], [send], messages=[syn], channels=[s.channel("ab", 3, overflow=overflow)]
    )
    inside = b.in_flight(0, TRUE, 3)
    twos = always(b.le(inside, b.integer(3)), b.le(inside, b.integer(2)), 3)
    match overflow:
        case "error":
            return system, (twos, no_error(ErrorKind.ASSERT, ErrorKind.OVERFLOW, 4))
        case "drop":
            return system, (twos, deadlock_free(is_(sent, 4), is_(sent, 3), 4))
        case "block":
            return system, (twos, deadlock_free(is_(sent, 3), is_(sent, 4), 3))


def ordered(order: Order, window: int) -> Row:
    """Segments 0, 1, 2 in flight: which can come first, and which then?"""
    got = s.variable("got", IntSort(0, 3))
    syn = s.message("SYN", n=IntSort(0, 2))
    take = s.action(
        "take", ActionKind.RECEIVE, channel=0, updates=[(0, b.add(s.field(syn, "n"), b.integer(1)))]
    )
    system = s.system(
        "ordered", [got], [(0,)], [take], messages=[syn],
        channels=[s.channel("ab", 3, order, window=window)], contents=[[(0, 0), (0, 1), (0, 2)]],
    )  # fmt: skip
    reach = 2 if order is Order.BAG else window
    first = b.conj([b.eq(b.in_flight(0, TRUE, 3), b.integer(2)), is_(got, reach + 1)])
    beyond = b.conj([b.eq(b.in_flight(0, TRUE, 3), b.integer(2)), b.lt(b.integer(reach + 1), s.now(got))])
    return system, (reachable(first, beyond, 1), always(up_to(got, 3), up_to(got, 2), 3 - min(2, reach)))


def budgets(kind: ActionKind) -> Row:
    """A fault may happen twice; three segments in flight in a channel for four."""
    left = s.variable("left", IntSort(0, 2), VariableKind.FAULTS)
    syn = s.message("SYN", n=IntSort(0, 2))
    guard = b.lt(b.integer(0), s.now(left))
    fault = s.action("fault", kind, channel=0, guard=guard, updates=[(0, plus(left, -1))])
    system = s.system(
        "budgets", [left], [(2,)], [fault], messages=[syn],
        channels=[s.channel("ab", 4)], contents=[[(0, 0), (0, 1), (0, 2)]],
    )  # fmt: skip
    inside = b.in_flight(0, TRUE, 4)
    garbled = b.in_flight(0, s.is_kind(-1, 1), 4)
    match kind:
        case ActionKind.LOSE:
            pair = always(b.le(b.integer(1), inside), b.le(b.integer(2), inside), 2)
        case ActionKind.DUPLICATE:
            full = b.eq(inside, b.integer(4))
            pair = reachable(b.conj([full, is_(left, 1)]), b.conj([full, is_(left, 2)]), 1)
            return system, (pair, deadlock_free(is_(left, 1), is_(left, 0), 1))
        case _:
            pair = always(b.le(garbled, b.integer(2)), b.le(garbled, b.integer(1)), 2)
    return system, (pair, deadlock_free(is_(left, 0), is_(left, 1), 2))


def choosing() -> Row:
    """x is picked from 2, 5, 7; y, from 0..3, only where x is not 2."""
    x, y = s.variable("x", IntSort(0, 9)), s.variable("y", IntSort(0, 3))
    a = s.choice("a", IntSort(0, 9), (2, 5, 7))
    c = s.choice("c", IntSort(0, 3), when=b.neg(b.eq(s.picked(a), b.integer(2))))
    pick = s.action("pick", choices=[a, c], updates=[(0, s.picked(a)), (1, s.picked(c))])
    both = b.conj([is_(x, 2), is_(y, 1)])
    return s.system("choosing", [x, y], [(0,), (0,)], [pick]), (
        always(up_to(x, 7), up_to(x, 6), 1),
        reachable(b.conj([is_(x, 5), is_(y, 1)]), both, 1),
    )


def flags() -> Row:
    """A Boolean field of a segment decides what its receiver does; sent only if `on`."""
    on, seen = s.variable("on", BoolSort()), s.variable("seen", IntSort(0, 2))
    syn = s.message("SYN", fin=BoolSort())
    fin = s.field(syn, "fin")
    actions = [
        s.action("toggle", guard=b.neg(s.now(on)), updates=[(0, b.neg(s.now(on)))]),
        s.action("send", effects=[s.send(0, 0, s.now(on), when=s.now(on))], guard=is_(seen, 0)),
        s.action("take", ActionKind.RECEIVE, channel=0, guard=fin, updates=[(1, b.integer(1))]),
    ]
    system = s.system(
        "flags", [on, seen], [(False,), (0,)], actions, messages=[syn], channels=[s.channel("ab", 1)]
    )
    return system, (
        reachable(is_(seen, 1), is_(seen, 2), 3),
        always(b.implies(is_(seen, 1), s.now(on)), b.neg(s.now(on)), 1),
    )


def refining() -> Row:
    """x goes 0..4: so it does in a counter up to 4, and not in one up to 3; either way in one modulo 2."""
    system, _ = counting()
    x = system.variables[0]

    def counter(name: str, most: int) -> System:
        less = b.lt(s.now(x), b.integer(most))
        return s.system(name, [x], [(0,)], [s.action("up", guard=less, updates=[(0, plus(x, 1))])])

    parity = (b.mod(s.now(x), b.integer(2)),)
    rows = [
        s.refinement(counter("to 4", 4), [s.now(x)], [s.now(x)]),
        s.refinement(counter("to 3", 3), [s.now(x)], [s.now(x)]),
        s.refinement(counter("even", 4), parity, parity),
        s.refinement(counter("odd", 4), parity, [b.mod(plus(x, 1), b.integer(2))]),
    ]
    for row in rows:
        system = watch(system, row)
    to_4, to_3, even, odd = rows
    return system, (
        Pair(s.refines(to_4, "true"), "holds", s.refines(to_3, "twin"), "violated", 4),
        Pair(s.refines(even, "true"), "holds", s.refines(odd, "twin"), "violated", 0),
    )


def responding() -> Row:
    """x goes 0..4 and back to 2, without end: what it comes to, and what it can come back to."""
    x = s.variable("x", IntSort(0, 4))
    up = s.action("up", guard=b.lt(s.now(x), b.integer(4)), updates=[(0, plus(x, 1))])
    back = s.action("back", guard=is_(x, 4), updates=[(0, b.integer(2))])

    def leads_to(
        good: Expr, bad: Expr, length: int, antecedent: Expr | None = None, hold: Expr = TRUE
    ) -> Pair:
        true, twin = (
            replace(s.prop(n, PropertyKind.RESPONSE, e, antecedent=antecedent), fairness=fair, hold=hold)
            for n, e in (("true", good), ("twin", bad))
        )
        return Pair(true, "holds", twin, "violated", length)

    fair = (Fair("steps"),)
    trap, no_trap = (s.prop(n, PropertyKind.TRAP_FREE, is_(x, v)) for n, v in (("twin", 1), ("true", 2)))
    return s.system("responding", [x], [(0,)], [up, back]), (
        leads_to(is_(x, 4), is_(x, 5), 5),
        leads_to(is_(x, 2), is_(x, 1), 5, is_(x, 3)),
        leads_to(is_(x, 3), is_(x, 4), 3, None, up_to(x, 2)),
        Pair(no_trap, "holds", trap, "violated", 2),
    )


TABLE: dict[str, Callable[[], Row]] = {
    "counting": counting,
    "circular": circular,
    "errors": errors,
    "overflow error": lambda: filling("error"),
    "overflow drop": lambda: filling("drop"),
    "overflow block": lambda: filling("block"),
    "fifo": lambda: ordered(Order.FIFO, 0),
    "window 1": lambda: ordered(Order.WINDOW, 1),
    "bag": lambda: ordered(Order.BAG, 0),
    "two losses": lambda: budgets(ActionKind.LOSE),
    "two copies": lambda: budgets(ActionKind.DUPLICATE),
    "two garbled": lambda: budgets(ActionKind.CORRUPT),
    "choosing": choosing,
    "flags": flags,
    "refining": refining,
    "responding": responding,
}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda e: e.name)
@pytest.mark.parametrize("name", TABLE)
def test_conforms(name: str, engine: Engine) -> None:
    system, pairs = TABLE[name]()
    for pair in pairs:
        decision = engine.run(system, [pair.true, pair.twin], LIMITS, silent)
        for prop, expected in ((pair.true, pair.true_word), (pair.twin, pair.twin_word)):
            found = decision.verdicts[prop.name]
            if engine.name != "explicit" and isinstance(found, Unknown | Bounded):
                traced = expected in ("violated", "reachable")
                assert not (isinstance(found, Bounded) and traced and found.k >= pair.length)
                continue
            assert word(found) == expected, (pair, found)
            trace = trace_of(found)
            assert trace is None or len(trace) == pair.length, pair


@pytest.mark.parametrize("name", [name for name in TABLE if name != "responding"])
def test_the_symbolic_engine_finds_every_trace_of_the_table(name: str) -> None:
    system, pairs = TABLE[name]()
    for pair in pairs:
        decision = ENGINES["smt"].run(system, [pair.true, pair.twin], LIMITS, silent)
        assert len([v for v in decision.verdicts.values() if trace_of(v) is not None]) == 1, pair


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda e: e.name)
def test_what_is_not_supported_is_unknown(engine: Engine) -> None:
    system, _ = counting()
    prop = Property("p", PropertyKind.UNSUPPORTED, TRUE, None, None, (), "leads_to", None, ())
    found = engine.run(system, [prop], LIMITS, silent).verdicts["p"]
    assert isinstance(found, Unknown)
    assert "leads_to" in found.reason
    undecided = {PropertyKind.UNSUPPORTED} | (GRAPH_KINDS if engine.name == "smt" else set())
    assert engine.decides == set(PropertyKind) - undecided
