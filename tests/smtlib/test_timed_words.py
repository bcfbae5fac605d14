"""Conditions and invariants in words: what is read is what was written, and nothing else is read."""

from __future__ import annotations

import pytest

from tcpverify.ir.parametric import NEVER, Bound, Linear, show_condition
from tcpverify.smtlib.timed import timed
from tcpverify.smtlib.timed_proof import Case
from tcpverify.smtlib.timed_words import Argued, Unreadable, names, read, read_condition, written
from tests.parametric import parametric

ASKED = parametric(("T", "L"), "apart")
TEXT = timed(ASKED.timed, ASKED.formula)
WIDTH = len(TEXT.parameters) + len(TEXT.times)


def _bound(strict: bool, constant: int, *coefficients: int) -> Bound:
    return Bound(Linear(constant, (*coefficients, *(0,) * (WIDTH - len(coefficients)))), strict)


@pytest.mark.parametrize(
    "text",
    [
        "true", "none", "T >= L", "T < 2 * L", "T + 2 > L", "T > D and (T >= L + D or T >= 2 * L)",
        "T < L or T < D", "2 * T >= 3 * L + 5",
    ],
)  # fmt: skip
def test_conditions(text: str) -> None:
    over = ["T", "L", "D"]
    assert show_condition(read_condition(text, over), over) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "T", "T >= L >= D", "T >= X", "T >= L and", "T >= L) (assert false", "T == L", "T >= L * 2",
        "T >= -1", "not T >= L", "T >= (L)", "T >= L; true", "`T >= L",
    ],
)  # fmt: skip
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(Unreadable):
        read_condition(text, ["T", "L", "D"])


def test_an_invariant() -> None:
    plain = [0] * len(TEXT.plain)
    first = Case(tuple(plain), ((_bound(False, 0, -1, 1), _bound(True, 3, 0, 0, 1)),))
    second = Case((*plain[:-1], 1), ((_bound(False, 0, 0, 1, -1),), (_bound(True, 0, 2, -1),)))
    region = ((Bound(Linear(0, (-1, 1)), True),),)
    for argued in (
        Argued(((Bound(Linear(0, (1, -1)), False),),), (region,), (first, second)),
        Argued(NEVER, ((),), ()),
        Argued((), (), (Case(tuple(plain), ()),)),
    ):
        assert read(TEXT, "# a comment\n" + written(TEXT, argued)) == argued


def test_names_are_told_apart() -> None:
    _, every = names(TEXT)
    assert len(set(every)) == len(every) == WIDTH and "now" in every


@pytest.mark.parametrize(
    "text",
    [
        "", "condition true\ncondition true\n", "condition true\nnonsense\n", "condition true\n  T >= L\n",
        "condition true\ncase A = READY\n", "condition true\ncase A = READY, B = START, B = START, C\n",
        "condition true\ncase A = READY, B = START = START\n",
        "condition true\ncase A = READY, B = START, B.again = 2\n",
        "condition true\ncase A = READY, B = START\n  T >= `never sent`\n",
        "condition now >= T\n", "condition true\ncase A = READY, B\n",
    ],
)  # fmt: skip
def test_what_is_no_invariant(text: str) -> None:
    with pytest.raises(Unreadable):
        read(TEXT, text)
