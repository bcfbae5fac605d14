"""Some states that a system reaches, by chance: most guesses are wrong in one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from random import Random

from tcpverify.ir.expr import Expr, cardinality, values_of
from tcpverify.ir.interpret import Interpreter, Outcome, Successor
from tcpverify.ir.system import Action, Choice, State, System

RUNS, STEPS = 30, 24
FEW = 6
"""So many values of a choice are tried."""
APART = 5
"""How far they are apart if there are more: some are told apart by what comes next to them."""


def samples(system: System) -> list[State]:
    """States of some runs of a system, the same ones each time."""
    random = Random(1)
    interpreter = Interpreter(replace(system, actions=tuple(map(narrowed, system.actions))))
    starts = list(islice(interpreter.initial(), FEW))
    found: dict[State, None] = {}
    for _ in range(RUNS if starts else 0):
        state = random.choice(starts)
        for _ in range(STEPS):
            found.setdefault(state)
            ways = _by_action(interpreter.outcomes(state))
            if not ways:
                break
            state = random.choice(random.choice(ways)).state
    return list(found)


def not_refuted(system: System, formulas: Sequence[Expr], states: Sequence[State]) -> list[Expr]:
    """The formulas that are true in all of some states."""
    interpreter = Interpreter(system)
    return [f for f in formulas if all(map(interpreter.predicate(f), states))]


def _by_action(outcomes: Iterator[Outcome]) -> list[list[Successor]]:
    """The steps without error, together those of one action."""
    ways: dict[int, list[Successor]] = {}
    for outcome in outcomes:
        if isinstance(outcome, Successor):
            ways.setdefault(outcome.step.action, []).append(outcome)
    return list(ways.values())


def narrowed(action: Action) -> Action:
    """The action with few values of each choice."""
    return replace(action, choices=tuple(map(_few, action.choices)))


def _few(choice: Choice) -> Choice:
    """The choice of some of the values."""
    values = values_of(choice.sort) if choice.values is None else choice.values
    if cardinality(choice.sort) > FEW * APART and len(values) > FEW * APART:
        values = values[: FEW * APART : APART]
    return replace(choice, values=tuple(values))
