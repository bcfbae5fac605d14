"""Linear durations, conditions in words, and what a timed run is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tcpverify.ir import build as b
from tcpverify.ir.expr import Expr, IntSort, Scope, Var
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.parametric import Bound, Linear, Parametric, linear, show_bound, show_condition
from tcpverify.ir.system import Step
from tcpverify.ir.timed_run import Clockwork, Impossible
from tests.parametric import parametric

NAMES = ("T", "L", "D")
T, L, D = (Var(Scope.STATE, n, IntSort(0, 9)) for n in NAMES)


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (T, Linear(0, (1, 0, 0))),
        (b.add(b.mul(b.integer(2), L), b.integer(3)), Linear(3, (0, 2, 0))),
        (b.sub(b.mul(b.add(T, D), b.integer(3)), T), Linear(0, (2, 0, 3))),
        (b.minus(D), Linear(0, (0, 0, -1))),
        (b.mul(T, L), None),
        (b.add(T, Var(Scope.STATE, "A.x", IntSort(0, 9))), None),
    ],
)
def test_linear(expr: Expr, expected: Linear | None) -> None:
    assert linear(expr, NAMES) == expected


def test_a_linear_expression_has_a_value() -> None:
    assert Linear(3, (0, 2, -1)).at([Fraction(5), Fraction(7), Fraction(1)]) == 16


@pytest.mark.parametrize(
    ("constant", "coefficients", "strict", "expected"),
    [
        (0, (1, -2, 0), False, "T >= 2 * L"),
        (0, (1, -1, -1), True, "T > L + D"),
        (0, (-1, 0, 1), False, "T <= D"),
        (0, (4, -1, 0), False, "L <= 4 * T"),
        (0, (2, -3, 0), True, "2 * T > 3 * L"),
        (-3, (1, 0, 0), False, "T >= 3"),
        (3, (-1, 1, 0), True, "T < L + 3"),
        (1, (1, -1, 1), False, "T + D + 1 >= L"),
    ],
)
def test_bounds_in_words(constant: int, coefficients: tuple[int, ...], strict: bool, expected: str) -> None:
    assert show_bound(Bound(Linear(constant, coefficients), strict), NAMES) == expected


def test_conditions_in_words() -> None:
    one, other = Bound(Linear(0, (1, -1, 0)), False), Bound(Linear(0, (1, 0, -1)), True)
    assert show_condition((), NAMES) == "true"
    assert show_condition(((),), NAMES) == "none"
    assert show_condition(((one, other),), NAMES) == "T >= L or T > D"
    assert show_condition(((one,), (one, other)), NAMES) == "T >= L and (T >= L or T > D)"
    assert one.negated == Bound(Linear(0, (-1, 1, 0)), True)


# --- Timed runs ----------------------------------------------------------------------------------------


def _run(system: Parametric, values: tuple[int, int], steps: list[tuple[str, Fraction]]) -> bool:
    """Whether a system has a run of these actions (the begins of their names) at these times."""
    clockwork = Clockwork(system, [Fraction(v) for v in values])
    interpreter = Interpreter(system.system)
    state = next(interpreter.initial())
    timing = clockwork.start(state)
    for name, at in steps:
        found = [o.step for o in interpreter.outcomes(state) if _name(system, o.step).startswith(name)]
        try:
            state, timing = clockwork.step(state, timing, at, found[0])
        except Impossible:
            return False
    return True


def _name(system: Parametric, step: Step) -> str:
    return system.system.actions[step.action].name


GO, QUIET = "A in READY: call go", "A in WAITING: timeout quiet"
OLD, NEW = "B in START: receive Old", "B in START: receive New"


@pytest.mark.parametrize(
    ("steps", "possible"),
    [
        ([(GO, 0), (OLD, 2), (QUIET, 3)], True),
        ([(GO, 0), (OLD, 4)], False),
        ([(GO, 0), (OLD, 3)], True),
        ([(GO, 0), (QUIET, 2)], False),
        ([(GO, 5), (QUIET, 8), (NEW, 8)], True),
        ([(GO, 5), (QUIET, 9)], False),
        ([(GO, 5), (QUIET, 8), (NEW, 12)], False),
        ([(GO, 5), (OLD, 8), (OLD, 8), (QUIET, 8)], True),
        ([(GO, 5), (OLD, Fraction(17, 2))], False),
    ],
)
def test_timed_runs(steps: list[tuple[str, int]], possible: bool) -> None:
    system = parametric(("T", "L"), "apart").timed
    assert _run(system, (3, 4), [(name, Fraction(at)) for name, at in steps]) is possible


def test_durations_are_positive() -> None:
    with pytest.raises(Impossible):
        Clockwork(parametric(("T", "L"), "apart").timed, [Fraction(0), Fraction(1)])
