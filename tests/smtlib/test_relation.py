"""The relation of each action is true of the interpreter's steps, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from random import Random
from typing import Any

import pytest
import z3

from tcpverify.ir.expr import SeqSort, Value, values_of
from tcpverify.ir.interpret import Erring, Interpreter, Outcome, Successor
from tcpverify.ir.soup import NoSoup, ever_growing
from tcpverify.ir.system import Action, ErrorKind, State, Step, System
from tcpverify.smtlib.networks import MESSAGE, NEXT
from tcpverify.smtlib.relation import Encoding, choice_name, soup
from tcpverify.smtlib.terms import Inexpressible
from tcpverify.smtlib.text import call, conjunction, symbol
from tests.engines.random_systems import random_system

STATES, STEPS = 6, 60


class Asked:
    """An encoding and a solver to ask it with."""

    def __init__(self, system: System, integers: bool = False) -> None:
        self.system = system
        self.encoding: Encoding = soup(system, integers)
        self.interpreter = Interpreter(system)
        constants = [*self.encoding.constants(), *self.encoding.constants(NEXT)]
        lines = [f"(declare-const {name} {sort})" for name, sort in constants]
        self.declared = "\n".join([*self.encoding.declarations(), *lines])

    def possible(self, *formulas: str, by: int | None = None) -> bool:
        """Whether formulas can be true together; over the inputs of an action (`by`)."""
        inputs = () if by is None else self.encoding.transitions()[by].inputs
        declared = "".join(f"(declare-const {name} {sort})" for name, sort in inputs)
        solver: Any = z3.Solver()
        solver.from_string(f"{self.declared}\n{declared}\n(assert {conjunction(formulas)})")
        answer = solver.check()
        assert answer != z3.unknown
        return bool(answer == z3.sat)

    def state(self, state: State, suffix: str = "") -> str:
        """That the constants of a state are this one's, without quantifiers."""
        numbers = self.encoding.numbers
        parts = [
            call("=", symbol(v.name + suffix), numbers.value(x, v.sort))
            for v, x in zip(self.system.variables, state.values, strict=True)
        ]
        for channel, segments in zip(self.system.channels, state.contents, strict=True):
            sent = f"((as const (Array {MESSAGE} Bool)) false)"
            for m in segments:
                sent = call("store", sent, self.encoding.network.segment(m), "true")  # type: ignore[attr-defined]
            parts.append(call("=", symbol(channel.name + suffix), sent))
        return conjunction(parts)

    def inputs(self, action: Action, state: State, step: Step) -> str:
        """That the inputs of an action are those of a step."""
        numbers = self.encoding.numbers
        parts = [
            call("=", choice_name(c.name), numbers.value(x, c.sort))
            for c, x in zip(action.choices, step.choices, strict=True)
        ]
        if action.channel is not None and step.position is not None:
            message = state.contents[action.channel][step.position]
            parts.append(call("=", symbol("segment"), self.encoding.network.segment(message)))  # type: ignore[attr-defined]
        return conjunction(parts)


def grown(seed: int) -> System:
    """The ever-growing system of a seed; skips those that there is none of."""
    try:
        system = ever_growing(random_system(seed)[0], faults=True)
        soup(system).transitions()
    except (NoSoup, Inexpressible) as reason:
        pytest.skip(str(reason))
    return system


def some_states(asked: Asked, random: Random) -> Iterator[State]:
    starts = list(islice(asked.interpreter.initial(), 4))
    while starts:
        state = random.choice(starts)
        for _ in range(random.randrange(6)):
            after = [
                o.state for o in islice(asked.interpreter.outcomes(state), 50) if isinstance(o, Successor)
            ]
            if after:
                state = random.choice(after)
        yield state


def some_steps(system: System, state: State, random: Random) -> list[Step]:
    """Steps that a state may or may not have."""
    found: list[Step] = []
    for index, action in enumerate(system.actions):
        positions: list[int | None] = [None]
        if action.channel is not None:
            positions = list(range(len(state.contents[action.channel])))
        values: list[list[Value]] = [list(values_of(c.sort))[:4] for c in action.choices]
        found += [Step(index, p, chosen) for p in positions for chosen in product(*values)]
    return random.sample(found, min(STEPS, len(found)))


def agrees(asked: Asked, state: State, step: Step, outcome: Outcome | None, other: State) -> None:
    """One step, taken or not, in the encoding."""
    action = asked.system.actions[step.action]
    transition = asked.encoding.transitions()[step.action]
    here = [asked.state(state), asked.inputs(action, state, step)]
    assert asked.possible(*here, transition.relation, by=step.action) == isinstance(outcome, Successor)
    if isinstance(outcome, Successor):
        assert asked.possible(*here, transition.relation, asked.state(outcome.state, NEXT), by=step.action)
        if other != outcome.state:
            assert not asked.possible(*here, transition.relation, asked.state(other, NEXT), by=step.action)
    for kind in ErrorKind:
        errs = asked.encoding.errs(action, kind)
        assert asked.possible(*here, errs, by=step.action) == (
            isinstance(outcome, Erring) and outcome.error is kind
        )


@pytest.mark.parametrize("seed", range(60))
def test_steps_of_a_random_ever_growing_system(seed: int) -> None:
    asked, random = Asked(grown(seed)), Random(seed)
    for state in islice(some_states(asked, random), STATES):
        for step in some_steps(asked.system, state, random)[:8]:
            outcome = asked.interpreter.take(state, step)
            agrees(asked, state, step, outcome, state)


@pytest.mark.parametrize("seed", range(25))
def test_steps_over_integers(seed: int) -> None:
    """The same without bit-vectors; and all that is reached is within its sort."""
    asked, random = Asked(grown(seed), integers=True), Random(seed)
    within = asked.encoding.within_sorts()
    for state in islice(some_states(asked, random), 3):
        assert asked.possible(asked.state(state), within)
        for step in some_steps(asked.system, state, random)[:4]:
            agrees(asked, state, step, asked.interpreter.take(state, step), state)


def test_what_is_in_no_sort_is_not_within_it() -> None:
    for system in filter(None, map(_of_numbers, range(25))):
        asked = Asked(system, integers=True)
        for v in system.variables:
            if isinstance(v.sort, SeqSort):
                beyond = call("=", symbol(v.name), str(v.sort.modulus))
                assert not asked.possible(asked.encoding.within_sorts(), beyond)
                return
    raise AssertionError("no system with a sequence number")


def _of_numbers(seed: int) -> System | None:
    try:
        return ever_growing(random_system(seed)[0])
    except NoSoup:
        return None


def test_some_random_systems_are_asked_about() -> None:
    def is_one(seed: int) -> bool:
        try:
            soup(ever_growing(random_system(seed)[0], faults=True)).transitions()
        except (NoSoup, Inexpressible):
            return False
        return True

    assert sum(map(is_one, range(60))) > 12


@pytest.mark.parametrize("seed", range(20))
def test_initial_states_of_a_random_ever_growing_system(seed: int) -> None:
    asked = Asked(grown(seed))
    initial = replace(asked.system.initial, contents=((),) * len(asked.system.channels))
    empty = Asked(replace(asked.system, initial=initial))
    starts = list(islice(empty.interpreter.initial(), 5))
    for state in starts:
        assert empty.possible(empty.state(state), empty.encoding.initial())
        for o in islice(empty.interpreter.outcomes(state), 5):
            if isinstance(o, Successor) and not empty.interpreter.is_initial(o.state):
                assert not empty.possible(empty.state(o.state), empty.encoding.initial())
