"""The reference interpreter: channels, faults, choices, sends, errors, timers; the order of steps."""

from __future__ import annotations

import pytest

from tcpverify.ir import build as b
from tcpverify.ir.expr import CORRUPT_KIND, FALSE, TRUE, IntSort, Scope, SeqSort, Var
from tcpverify.ir.interpret import Erring, Interpreter, Outcome, Successor
from tcpverify.ir.system import (
    Action,
    ActionKind,
    ErrorKind,
    Order,
    Signal,
    State,
    Step,
    System,
    Variable,
    VariableKind,
)
from tests import systems as s

SYN = s.message("SYN", n=IntSort(0, 9))
WIDE = s.message("WIDE", p=IntSort(0, 9), q=IntSort(0, 9))
X = s.variable("x", IntSort(0, 9))
CORRUPT = (CORRUPT_KIND, 0)


def syn(*numbers: int) -> tuple[tuple[int, ...], ...]:
    return tuple((0, n) for n in numbers)


def one_channel(
    *actions: Action,
    order: Order = Order.FIFO,
    contents: tuple[tuple[int, ...], ...] = (),
    capacity: int | None = 3,
    overflow: s.Overflow = "error",
    window: int = 0,
    variables: tuple[Variable, ...] = (X,),
) -> System:
    return s.system(
        "s", variables, [(0,) for _ in variables], actions, messages=[SYN], contents=[contents],
        channels=[s.channel("ab", capacity, order, overflow, window)],
    )  # fmt: skip


def outcomes(system: System) -> list[Outcome]:
    interpreter = Interpreter(system)
    (initial,) = interpreter.initial()
    found = list(interpreter.outcomes(initial))
    assert all(interpreter.take(initial, o.step) == o for o in found)
    return found


def after(system: System) -> list[tuple[int | None, tuple[tuple[int, ...], ...]]]:
    """The position that each step takes and the contents of the channel after it."""
    return [(o.step.position, o.state.contents[0]) for o in outcomes(system) if isinstance(o, Successor)]


TAKE = s.action("take", ActionKind.RECEIVE, channel=0)
LOSE = s.action("lose", ActionKind.LOSE, channel=0)
COPY = s.action("copy", ActionKind.DUPLICATE, channel=0)
COPY_LAST = s.action("copy", ActionKind.DUPLICATE, channel=0, to_tail=True)
GARBLE = s.action("garble", ActionKind.CORRUPT, channel=0)


# --- Channels --------------------------------------------------------------------------------------


def test_fifo_gives_its_head() -> None:
    assert after(one_channel(TAKE, contents=syn(1, 2, 3))) == [(0, syn(2, 3))]
    assert after(one_channel(TAKE)) == []


def test_window_gives_one_of_the_first() -> None:
    system = one_channel(TAKE, order=Order.WINDOW, window=1, contents=syn(1, 2, 3))
    assert after(system) == [(0, syn(2, 3)), (1, syn(1, 3))]
    equal = one_channel(TAKE, order=Order.WINDOW, window=1, contents=syn(1, 1))
    assert after(equal) == [(0, syn(1)), (1, syn(1))]


def test_bag_gives_each_distinct_segment() -> None:
    system = one_channel(TAKE, order=Order.BAG, contents=syn(1, 1, 2))
    assert after(system) == [(0, syn(1, 2)), (2, syn(1, 1))]


def test_bag_is_sorted() -> None:
    system = one_channel(
        s.action("send", effects=[s.send(0, 0, b.integer(1))]), order=Order.BAG, contents=syn(0, 2)
    )
    assert after(system) == [(None, syn(0, 1, 2))]


def test_fifo_sends_at_the_end_and_pads() -> None:
    effects = [s.send(0, 0, b.integer(1)), s.send(0, 1, b.integer(2), b.integer(3))]
    system = s.system(
        "s", [], [], [s.action("send", effects=effects)],
        messages=[SYN, WIDE], channels=[s.channel("ab", 3)], contents=[[(0, 9, 0)]],
    )  # fmt: skip
    assert after(system) == [(None, ((0, 9, 0), (0, 1, 0), (1, 2, 3)))]


def test_a_guard_reads_the_segment() -> None:
    n = s.field(SYN, "n")
    picky = s.action("take", ActionKind.RECEIVE, channel=0, guard=b.eq(n, b.integer(2)), updates=[(0, n)])
    system = one_channel(picky, order=Order.BAG, contents=syn(1, 2))
    (outcome,) = outcomes(system)
    assert outcome == Successor(Step(0, 1, ()), State((2,), (syn(1),)))


# --- Faults ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [Order.FIFO, Order.WINDOW])
def test_faults_hit_any_position(order: Order) -> None:
    def hit(action: Action) -> list[tuple[int | None, tuple[tuple[int, ...], ...]]]:
        return after(one_channel(action, order=order, contents=syn(1, 2)))

    assert hit(LOSE) == [(0, syn(2)), (1, syn(1))]
    assert hit(COPY) == [(0, syn(1, 1, 2)), (1, syn(1, 2, 2))]
    assert hit(COPY_LAST) == [(0, syn(1, 2, 1)), (1, syn(1, 2, 2))]
    assert hit(GARBLE) == [(0, (CORRUPT, *syn(2))), (1, (*syn(1), CORRUPT))]


def test_faults_of_a_bag() -> None:
    def hit(action: Action) -> list[tuple[int | None, tuple[tuple[int, ...], ...]]]:
        return after(one_channel(action, order=Order.BAG, contents=syn(1, 1, 2), capacity=4))

    assert hit(LOSE) == [(0, syn(1, 2)), (2, syn(1, 1))]
    assert hit(COPY) == hit(COPY_LAST) == [(0, syn(1, 1, 1, 2)), (2, syn(1, 1, 2, 2))]
    assert hit(GARBLE) == [(0, (CORRUPT, *syn(1, 2))), (2, (CORRUPT, *syn(1, 1)))]


@pytest.mark.parametrize("overflow", ["error", "drop", "block"])
def test_a_duplicate_that_does_not_fit_is_not_possible(overflow: s.Overflow) -> None:
    assert outcomes(one_channel(COPY, contents=syn(1), capacity=1, overflow=overflow)) == []


def test_a_fault_budget_is_spent() -> None:
    left = s.variable("left", IntSort(0, 1), VariableKind.FAULTS)
    spend = [(0, b.sub(s.now(left), b.integer(1)))]
    lose = s.action("lose", ActionKind.LOSE, channel=0, guard=b.lt(b.integer(0), s.now(left)), updates=spend)
    system = s.system(
        "s", [left], [(1,)], [lose], messages=[SYN], channels=[s.channel("ab", 2)], contents=[syn(1, 2)]
    )
    first, _ = outcomes(system)
    assert isinstance(first, Successor)
    assert first.state == State((0,), (syn(2),))
    assert list(Interpreter(system).outcomes(first.state)) == []


# --- Sends into a full channel -----------------------------------------------------------------------


def sends(overflow: s.Overflow, *whens: bool, capacity: int | None = 1) -> list[Outcome]:
    effects = [s.send(0, 0, b.integer(i), when=b.boolean(w)) for i, w in enumerate(whens)]
    action = s.action("send", updates=[(0, b.integer(5))], effects=effects)
    return outcomes(one_channel(action, capacity=capacity, overflow=overflow))


def test_overflow_error() -> None:
    (outcome,) = sends("error", True, True)
    assert isinstance(outcome, Erring)
    assert outcome.error is ErrorKind.OVERFLOW
    assert "ab is full (1 segments)" in outcome.check.message


def test_overflow_drop_loses_what_does_not_fit_and_goes_on() -> None:
    (outcome,) = sends("drop", True, True)
    assert outcome == Successor(Step(0, None, ()), State((5,), (syn(0),)))


def test_overflow_block_disables_the_step() -> None:
    assert sends("block", True, True) == []


@pytest.mark.parametrize("overflow", ["error", "drop", "block"])
def test_a_send_counts_only_when_its_condition_holds(overflow: s.Overflow) -> None:
    (outcome,) = sends(overflow, False, True, False)
    assert outcome == Successor(Step(0, None, ()), State((5,), (syn(1),)))


def test_unlimited() -> None:
    (outcome,) = sends("error", *[True] * 5, capacity=None)
    assert isinstance(outcome, Successor)
    assert outcome.state.contents == (syn(0, 1, 2, 3, 4),)


def test_the_segment_taken_makes_room() -> None:
    echo = s.action("echo", ActionKind.RECEIVE, channel=0, effects=[s.send(0, 0, s.field(SYN, "n"))])
    assert after(one_channel(echo, contents=syn(1, 2), capacity=2)) == [(0, syn(2, 1))]


def test_a_blocked_branch_leaves_the_others() -> None:
    branch = s.choice("branch", IntSort(0, 1))
    effect = s.send(0, 0, b.integer(0), when=b.eq(s.picked(branch), b.integer(0)))
    action = s.action("send", choices=[branch], effects=[effect])
    found = outcomes(one_channel(action, contents=syn(1), capacity=1, overflow="block"))
    assert [o.step.choices for o in found] == [(1,)]


# --- Errors ----------------------------------------------------------------------------------------


def test_the_first_effect_that_errs_counts() -> None:
    first, second = s.check(FALSE, ErrorKind.RANGE), s.check(FALSE, ErrorKind.ASSERT)
    full = s.send(0, 0, b.integer(0))
    for effects, error in (
        ([s.check(TRUE), first, second], ErrorKind.RANGE),
        ([second, full], ErrorKind.ASSERT),
        ([full, second], ErrorKind.OVERFLOW),
    ):
        system = one_channel(s.action("err", effects=effects), contents=syn(1), capacity=1)
        (outcome,) = outcomes(system)
        assert isinstance(outcome, Erring)
        assert outcome.error is error


@pytest.mark.parametrize(("block_first", "expected"), [(True, 0), (False, 1)])
def test_block_and_error_in_order(block_first: bool, expected: int) -> None:
    pair = [s.send(0, 0, b.integer(0)), s.check(FALSE)]
    action = s.action("err", effects=pair if block_first else pair[::-1])
    system = one_channel(action, contents=syn(1), capacity=1, overflow="block")
    assert len(outcomes(system)) == expected


# --- Choices ---------------------------------------------------------------------------------------


def test_choices_in_order() -> None:
    x, y = s.choice("x", IntSort(0, 9), (3, 7)), s.choice("y", SeqSort(2))
    found = outcomes(one_channel(s.action("pick", choices=[x, y], updates=[(0, s.picked(x))])))
    assert [o.step.choices for o in found] == [(3, 0), (3, 1), (7, 0), (7, 1)]
    assert [o.state.values for o in found if isinstance(o, Successor)] == [(3,), (3,), (7,), (7,)]


def test_a_choice_that_does_not_matter_has_its_first_value() -> None:
    x = s.choice("x", IntSort(0, 2))
    y = s.choice("y", IntSort(5, 7), when=b.eq(s.picked(x), b.integer(1)))
    found = outcomes(one_channel(s.action("pick", choices=[x, y])))
    assert [o.step.choices for o in found] == [(0, 5), (1, 5), (1, 6), (1, 7), (2, 5)]


def test_a_choice_among_very_many_values() -> None:
    y = s.variable("y", SeqSort(1 << 32))
    iss = s.choice("iss", SeqSort(1 << 32))
    pick = s.action("pick", choices=[iss], updates=[(0, s.picked(iss))])
    interpreter = Interpreter(s.system("s", [y], [(0,)], [pick]))
    found = interpreter.take(State((0,), ()), Step(0, None, (1 << 31,)))
    assert found == Successor(Step(0, None, (1 << 31,)), State((1 << 31,), ()))


@pytest.mark.parametrize(
    "step",
    [
        Step(0, None, (3, 1)),
        Step(0, 0, (3,)),
        Step(0, 0, (4, 0)),
        Step(0, 0, (3, 1)),
        Step(0, 1, (3, 0)),
        Step(0, 2, (3, 0)),
        Step(0, 0, (5, 0)),
    ],
)
def test_a_step_that_is_not_enabled(step: Step) -> None:
    x = s.choice("x", IntSort(0, 9), (3, 5))
    y = s.choice("y", IntSort(0, 1), when=b.eq(s.picked(x), b.integer(5)))
    guard = b.eq(s.picked(x), b.integer(3))
    take = s.action("take", ActionKind.RECEIVE, channel=0, choices=[x, y], guard=guard)
    system = one_channel(take, contents=syn(1, 2))
    interpreter = Interpreter(system)
    (state,) = interpreter.initial()
    assert interpreter.take(state, step) is None
    assert [o.step for o in interpreter.outcomes(state)] == [Step(0, 0, (3, 0))]


def test_a_choice_may_depend_on_the_segment() -> None:
    x = s.choice("x", IntSort(0, 1), when=b.eq(s.field(SYN, "n"), b.integer(2)))
    take = s.action("take", ActionKind.RECEIVE, channel=0, choices=[x])
    found = outcomes(one_channel(take, order=Order.BAG, contents=syn(1, 2)))
    assert [(o.step.position, o.step.choices) for o in found] == [(0, (0,)), (1, (0,)), (1, (1,))]


def test_a_guard_may_read_a_choice() -> None:
    x = s.choice("x", IntSort(0, 4))
    odd = s.action("odd", choices=[x], guard=b.eq(b.mod(s.picked(x), b.integer(2)), b.integer(1)))
    assert [o.step.choices for o in outcomes(one_channel(odd))] == [(1,), (3,)]


# --- Updates, locations, timers ------------------------------------------------------------------------


def test_updates_read_the_state_before() -> None:
    y = s.variable("y", IntSort(0, 9))
    swap = s.action("swap", updates=[(0, s.now(y)), (1, s.now(X))])
    system = s.system("s", [X, y], [(1,), (2,)], [swap])
    (outcome,) = outcomes(system)
    assert isinstance(outcome, Successor)
    assert outcome.state.values == (2, 1)


def test_a_sent_field_reads_the_state_before() -> None:
    action = s.action("send", updates=[(0, b.integer(7))], effects=[s.send(0, 0, s.now(X))])
    assert after(one_channel(action)) == [(None, syn(0))]


def test_locations_and_the_order_of_actions() -> None:
    a = s.control("A", "IN", "OUT")
    actions = [
        s.action("out", at=(0, 1)),
        s.action("anywhere"),
        s.action("in", at=(0, 0)),
        s.action("never", guard=FALSE),
    ]
    system = s.system("s", [a], [(0, 1)], actions)
    interpreter = Interpreter(system)
    found = [[o.step.action for o in interpreter.outcomes(i)] for i in interpreter.initial()]
    assert found == [[1, 2], [0, 1]]
    assert interpreter.take(State((0,), ()), Step(0, None, ())) is None


def test_a_timer_with_one_retry_fires_twice() -> None:
    t = s.variable("A.rtx", IntSort(0, 2), VariableKind.TIMER)
    once, twice = (b.eq(s.now(t), b.integer(k)) for k in (1, 2))
    actions = [
        s.action("timeout", ActionKind.TIMEOUT, guard=once, updates=[(0, b.integer(2))]),
        s.action("exhausted", ActionKind.EXHAUSTED, guard=twice, updates=[(0, b.integer(0))]),
    ]
    interpreter = Interpreter(s.system("s", [t], [(1,)], actions))
    fired = []
    (state,) = interpreter.initial()
    while found := list(interpreter.outcomes(state)):
        assert isinstance(found[0], Successor)
        fired.append(actions[found[0].step.action].name)
        state = found[0].state
    assert fired == ["timeout", "exhausted"]


# --- What a trace is told ------------------------------------------------------------------------------


def test_sent_and_signals() -> None:
    effects = [
        s.send(0, 0, b.integer(1)),
        s.send(0, 0, b.integer(2), when=FALSE),
        Signal("notify", "open", TRUE),
        Signal("drop", "", FALSE),
    ]
    system = one_channel(s.action("send", effects=effects))
    interpreter = Interpreter(system)
    (state,) = interpreter.initial()
    step = Step(0, None, ())
    assert [m for _, m in interpreter.sent(state, step)] == [(0, 1)]
    assert [x.name for x in interpreter.signals(state, step)] == ["open"]


def test_formulas() -> None:
    system = one_channel(contents=syn(1, 2))
    interpreter = Interpreter(system)
    (state,) = interpreter.initial()
    some = b.in_flight(0, b.lt(b.integer(1), s.field(SYN, "n")), 3)
    assert interpreter.predicate(b.eq(some, b.integer(1)))(state)
    assert not interpreter.predicate(b.eq(some, s.now(X)))(state)
    later = State((3,), state.contents)
    rises = b.lt(s.now(X), Var(Scope.NEXT, "x", X.sort))
    assert interpreter.step_predicate(rises)(state, later)
    assert not interpreter.step_predicate(rises)(later, state)


def test_initial_states_least_first() -> None:
    y = s.variable("y", IntSort(0, 9))
    system = s.system("s", [X, y], [(1, 2), (0, 5)], [])
    assert [i.values for i in Interpreter(system).initial()] == [(1, 0), (1, 5), (2, 0), (2, 5)]
