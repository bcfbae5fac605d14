"""What systems show of themselves, and the watch for it, on systems small enough to be followed by hand."""

from __future__ import annotations

import pytest

from tcpverify.ir import build as b
from tcpverify.ir import observe
from tcpverify.ir.expr import TRUE, EnumSort, IntSort, SeqSort
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.observe import Automaton, TooLarge, behaviour
from tcpverify.ir.refine import Refinement, past_of, watch
from tcpverify.ir.system import System, VariableKind
from tests import systems as s

x, y = s.variable("x", IntSort(0, 9)), s.variable("y", IntSort(0, 9))


def counting(limit: int = 2) -> System:
    """x goes 0..limit."""
    up = s.action("up", guard=b.lt(s.now(x), b.integer(limit)), updates=[(0, b.add(s.now(x), b.integer(1)))])
    return s.system("counting", [x], [(0,)], [up])


def prepared() -> System:
    """y is chosen, unseen; only then does x become 1, and back to 0 only if y is 2."""
    which = s.choice("which", IntSort(0, 9), (1, 2))
    actions = [
        s.action(
            "choose", guard=b.eq(s.now(y), b.integer(0)), choices=[which], updates=[(1, s.picked(which))]
        ),
        s.action("set", guard=b.lt(b.integer(0), s.now(y)), updates=[(0, b.integer(1))]),
        s.action("unset", guard=b.eq(s.now(y), b.integer(2)), updates=[(0, b.integer(0))]),
    ]
    return s.system("prepared", [x, y], [(0,), (0,)], actions)


def test_every_change_is_a_move() -> None:
    assert behaviour(counting(), [s.now(x)]) == Automaton(((0,), (1,), (2,)), (0,), ((1,), (2,), ()))


def test_what_changes_nothing_seen_is_no_move() -> None:
    """0 and 1 look alike: one move is left."""
    small = b.lt(s.now(x), b.integer(2))
    assert behaviour(counting(), [small]) == Automaton(((True,), (False,)), (0,), ((1,), ()))
    assert behaviour(counting(), []) == Automaton(((),), (0,), ((),))


def test_a_hidden_choice_is_open_until_it_shows() -> None:
    """After 0, 1 either choice may have been made; after 0, 1, 0 it is known, and 1, 0, 1 ... goes on.
    Both pasts of 0 let the same be seen, so the automaton has two states."""
    assert behaviour(prepared(), [s.now(x)]) == Automaton(((0,), (1,)), (0,), ((1,), (0,)))


def test_a_hidden_choice_that_matters_later() -> None:
    """1 after 0 goes on to 2 only if y was chosen to be 2, which nobody sees: it may."""
    which = s.choice("which", IntSort(0, 9), (1, 2))
    choose = s.action("choose", guard=b.eq(s.now(y), b.integer(0)), choices=[which],
                      updates=[(0, b.integer(1)), (1, s.picked(which))])  # fmt: skip
    on = s.action("on", guard=b.eq(s.now(y), b.integer(2)), updates=[(0, b.integer(2))])
    system = s.system("later", [x, y], [(0,), (0,)], [choose, on])
    assert behaviour(system, [s.now(x)]).moves == ((1,), (2,), ())
    told = behaviour(system, [s.now(x), s.now(y)])
    assert told.shown == ((0, 0), (1, 1), (1, 2), (2, 2))
    assert told.moves == ((1, 2), (), (3,), ())


def test_several_initial_states() -> None:
    start = s.system("start", [x, y], [(0, 3), (1, 2)], [])
    assert behaviour(start, [s.now(x)]) == Automaton(((0,), (3,)), (0, 1), ((), ()))


def test_an_erring_step_shows_nothing() -> None:
    check = s.check(b.lt(s.now(x), b.integer(1)))
    up = s.action("up", updates=[(0, b.add(s.now(x), b.integer(1)))], effects=[check])
    assert behaviour(s.system("erring", [x], [(0,)], [up]), [s.now(x)]).shown == ((0,), (1,))


# --- Limits ------------------------------------------------------------------------------------------


def test_a_wide_choice_is_refused_and_named() -> None:
    n = s.variable("n", SeqSort(2**32))
    iss = s.choice("iss", SeqSort(2**32))
    pick = s.action("pick", choices=[iss], updates=[(0, s.picked(iss))])
    with pytest.raises(TooLarge, match=r"iss of pick has too many values \(4,294,967,296 comb"):
        behaviour(s.system("wide", [n], [(0,)], [pick]), [s.now(n)])


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("MAX_STATES", "more than 2 states"),
        ("MAX_TRANSITIONS", "more than 2 transitions"),
        ("MAX_WORK", "too many states possible at once"),
        ("MAX_MOVES", "more than 2 different moves"),
    ],
)
def test_limits(monkeypatch: pytest.MonkeyPatch, limit: str, message: str) -> None:
    monkeypatch.setattr(observe, limit, 2)
    with pytest.raises(TooLarge, match=message):
        behaviour(counting(4), [s.now(x)])


def test_many_initial_states() -> None:
    with pytest.raises(TooLarge, match="initial states"):
        behaviour(s.system("many", [x, y], [range(200), range(200)], []), [s.now(x)])


def test_an_endless_row_of_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "MAX_SEGMENTS", 10)
    send = s.action("send", effects=[s.send(0, 0)])
    system = s.system(
        "endless", [x], [(0,)], [send], messages=[s.message("SYN")], channels=[s.channel("ab", None)]
    )
    with pytest.raises(TooLarge, match="more than 10 segments in flight"):
        behaviour(system, [s.now(x)])


# --- The watch ---------------------------------------------------------------------------------------


def test_the_past_lags_a_step_behind() -> None:
    refinement = s.refinement(counting(), [s.now(x)], [s.now(x)])
    watched = watch(counting(3), refinement)
    assert watched.variables[-1].kind is VariableKind.HISTORY
    interpreter = Interpreter(watched)
    possible, moves = interpreter.predicate(refinement.possible), interpreter.predicate(refinement.moves)
    (state,) = interpreter.initial()
    rows = [(state, possible(state), moves(state))]
    while found := list(interpreter.outcomes(state)):
        state = found[0].state  # type: ignore[union-attr]
        rows.append((state, possible(state), moves(state)))
    assert [row[0].values for row in rows] == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert [row[1:] for row in rows] == [(True, False), (True, True), (True, True), (False, True)]


def test_the_texts_say_what_was_possible() -> None:
    assert [part.text for part in s.refinement(counting(), [s.now(x)], [s.now(x)]).parts] == [
        "counting starts with 0 is 0",
        "counting goes from 0 is 0 only to 0 is 1",
        "counting goes from 0 is 1 only to 0 is 2",
        "counting shows 0 is 2 for ever",
    ]


def test_many_moves_are_counted_and_equal_words_told_apart() -> None:
    automaton = Automaton(tuple((i,) for i in range(8)), (0,), (tuple(range(1, 8)), *((),) * 7))
    words = (("nothing yet",), *((f"x is {i // 7}",) for i in range(1, 8)))
    refinement = Refinement("spec", automaton, (s.now(x),), TRUE, words, past_of("spec", words))
    assert refinement.parts[1].text.endswith(
        "only to x is 0, or x is 0, or x is 0, or x is 0, or one of 3 more"
    )
    assert isinstance(refinement.past.sort, EnumSort)
    assert refinement.past.sort.enumerators[1:4] == ("nothing yet", "x is 0", "x is 0 (2)")
