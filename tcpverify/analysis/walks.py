"""Random walks: runs of a system chosen by a seed, with what they covered. A simulation, no verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from tcpverify.analysis.coverage import handler_place
from tcpverify.ir.interpret import Erring, Interpreter, Outcome, Successor
from tcpverify.ir.system import ErrorKind, Property, PropertyKind, Schedule, State, Step, System
from tcpverify.limits import Deadline
from tcpverify.records import record
from tcpverify.trace import Trace, confirm

WALKED = frozenset(
    {PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.DEADLOCK_FREE, PropertyKind.NO_ERROR}
)
"""The kinds of property that a walk can see violated."""

MOST_INITIAL = 1_000
"""A walk begins in one of the first so many initial states."""


@dataclass(slots=True)
class Coverage:
    """What the walks came by: distinct states, handlers (by place) and endpoint states, each beside
    all that there are."""

    runs: int = 0
    steps: int = 0
    dead_ends: int = 0
    states: set[State] = field(default_factory=set)
    handlers: set[tuple[str, int, int]] = field(default_factory=set)
    all_handlers: frozenset[tuple[str, int, int]] = frozenset()
    visited: set[tuple[str, str]] = field(default_factory=set)
    all_visited: frozenset[tuple[str, str]] = frozenset()


@record
class Walked:
    """`violation`: the property first seen violated, and the trace that shows it. `stopped`: time ran
    out before all the runs were made."""

    coverage: Coverage
    violation: tuple[Property, Trace] | None
    stopped: bool


def walk(
    interpreter: Interpreter,
    properties: Sequence[Property],
    seed: int,
    runs: int,
    length: int,
    deadline: Deadline,
) -> Walked:
    """Walk at random until a property is violated: an action first, each alike, then one of its steps.

    The same seed gives the same walks. Properties must be of the kinds WALKED.
    """
    walker = _Walker(interpreter, properties, Random(seed), length)
    for _ in range(runs):
        if deadline.passed:
            return Walked(walker.coverage, None, True)
        violation = walker.run()
        if violation is not None:
            prop, schedule = violation
            return Walked(walker.coverage, (prop, confirm(interpreter, prop, schedule)), False)
    return Walked(walker.coverage, None, False)


class _Walker:
    """Properties turned into functions, and the walks so far."""

    def __init__(
        self, interpreter: Interpreter, properties: Sequence[Property], random: Random, length: int
    ) -> None:
        system = interpreter.system
        self.interpreter = interpreter
        self.random = random
        self.length = length
        self.initial = list(islice(interpreter.initial(), MOST_INITIAL))
        self.coverage = Coverage(all_handlers=_handlers(system), all_visited=_states(system))
        self.errors: dict[ErrorKind | None, Property] = {}
        self.on_state: list[tuple[Property, Callable[[State], bool]]] = []
        self.on_step: list[tuple[Property, Callable[[State, State, Step], bool]]] = []
        self.on_dead_end: list[tuple[Property, Callable[[State], bool]]] = []
        for prop in properties:
            match prop.kind:
                case PropertyKind.NO_ERROR:
                    self.errors[prop.error] = prop
                case PropertyKind.INVARIANT:
                    self.on_state.append((prop, interpreter.predicate(prop.formula)))
                case PropertyKind.DEADLOCK_FREE:
                    self.on_dead_end.append((prop, interpreter.predicate(prop.formula)))
                case PropertyKind.STEP:
                    self.on_step.append((prop, interpreter.step_predicate(prop.formula, prop.events)))
                case kind:
                    raise ValueError(kind)

    def run(self) -> tuple[Property, Schedule] | None:
        """One walk; the property that it violates and the way there."""
        if not self.initial:
            return None
        self.coverage.runs += 1
        first = state = self.random.choice(self.initial)
        steps: list[Step] = []
        broken = self._arrive(state)
        while broken is None and len(steps) < self.length:
            outcomes = list(self.interpreter.outcomes(state))
            if not any(isinstance(o, Successor) for o in outcomes):
                self.coverage.dead_ends += 1
                broken = next((p for p, holds in self.on_dead_end if not holds(state)), None)
                if broken is not None:
                    break
            if not outcomes:
                break
            outcome = self._pick(outcomes)
            steps.append(outcome.step)
            self._count(outcome)
            if isinstance(outcome, Erring):
                broken = self.errors.get(outcome.error)
                break
            after, step = outcome.state, outcome.step
            broken = next((p for p, holds in self.on_step if not holds(state, after, step)), None)
            state = after
            broken = self._arrive(state) or broken
        return None if broken is None else (broken, Schedule(first, tuple(steps)))

    def _pick(self, outcomes: Sequence[Outcome]) -> Outcome:
        actions = list(dict.fromkeys(o.step.action for o in outcomes))
        action = self.random.choice(actions)
        return self.random.choice([o for o in outcomes if o.step.action == action])

    def _count(self, outcome: Outcome) -> None:
        self.coverage.steps += 1
        place = handler_place(self.interpreter.system.actions[outcome.step.action])
        if place is not None:
            self.coverage.handlers.add(place)

    def _arrive(self, state: State) -> Property | None:
        """Count a state; the property that it violates."""
        if state not in self.coverage.states:
            self.coverage.states.add(state)
            endpoints = self.interpreter.system.endpoints
            self.coverage.visited.update((e.name, e.states[state.values[e.control]]) for e in endpoints)
        return next((p for p, holds in self.on_state if not holds(state)), None)


def _handlers(system: System) -> frozenset[tuple[str, int, int]]:
    places = (handler_place(action) for action in system.actions)
    return frozenset(p for p in places if p is not None)


def _states(system: System) -> frozenset[tuple[str, str]]:
    return frozenset((e.name, state) for e in system.endpoints for state in e.states)
