"""Shortest ways where a step may stand for several: in order of how long they are (Dijkstra 1959).

Which of equally short ways is taken is said in `explicit/search.py`: one with the fewest faults, and of those
the first in canonical order. It is read off backwards: of every state on a shortest way how many faults
are still to come, and then from the start the first step each time that leads on with as few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from tcpverify.ir.idle import Leap
from tcpverify.ir.interpret import Interpreter, Outcome, Successor
from tcpverify.ir.system import Schedule, State, Step
from tcpverify.limits import Deadline


class GaveUp(Exception):
    """There are more transitions than there is patience, or no time is left."""


@dataclass(slots=True)
class Goal:
    """What is looked for: states (told of with what they lead to), or steps (of which the first is enough
    if a step stands for several). `nearest`: how far the nearest is; `at`: the states that are it, or in
    which it is done."""

    in_state: Callable[[State, Sequence[Outcome]], bool] | None = None
    by_step: Callable[[State, Outcome], bool] | None = None
    nearest: int | None = None
    at: list[State] = field(default_factory=list)

    def look(self, state: State, far: int, outcomes: Sequence[Outcome]) -> None:
        """A state, told of in order of distance."""
        if self.nearest is not None and far >= self.nearest + (self.in_state is not None):
            return
        if self.in_state is not None and self.in_state(state, outcomes):
            self.nearest = far
            self.at.append(state)
        if self.by_step is not None and any(self.by_step(state, o) for o in outcomes):
            self.nearest = far + 1
            self.at.append(state)


class Distances:
    """The distances of states from the initial ones, as far as goals were looked for. `leap`: how many steps
    one stands for, and where it leads."""

    def __init__(self, interpreter: Interpreter, leap: Leap, patience: int, deadline: Deadline) -> None:
        self._interpreter = interpreter
        self._leap = leap
        self._patience = patience
        self._deadline = deadline
        self._is_fault = [a.is_fault for a in interpreter.system.actions]
        self._far: dict[State, int] = {}
        self._before: dict[State, list[tuple[State, int]]] = {}

    def find(self, goals: Sequence[Goal]) -> None:
        """Go as far as the nearest of each goal. Raises GaveUp."""
        self._far = dict.fromkeys(self._interpreter.initial(), 0)
        todo = [(0, number, state) for number, state in enumerate(self._far)]
        transitions, done = 0, set[State]()
        while todo and any(g.nearest is None or g.nearest >= todo[0][0] for g in goals):
            far, _, state = heappop(todo)
            if state in done:
                continue
            done.add(state)
            outcomes = list(self._interpreter.outcomes(state))
            transitions += len(outcomes)
            if transitions > self._patience or self._deadline.passed:
                raise GaveUp
            for goal in goals:
                goal.look(state, far, outcomes)
            for outcome in outcomes:
                if isinstance(outcome, Successor):
                    ticks, after = self._leap(state, outcome)
                    if self._nearer(state, outcome.step, after, far + ticks):
                        heappush(todo, (far + ticks, transitions + len(todo), after))

    def _nearer(self, state: State, step: Step, after: State, far: int) -> bool:
        """Whether a step is a shorter way than known; a way as short is noted down too."""
        known = self._far.get(after)
        if known is None or far < known:
            self._far[after], self._before[after] = far, []
        if known is None or far <= known:
            self._before[after].append((state, int(self._is_fault[step.action])))
        return known is None or far < known

    def way(self, goal: Goal) -> Schedule:
        """The canonical way to the nearest of a goal that was found; a step of the way that stands for
        several is still one. Its last step, if a step was looked for, is that."""
        assert goal.nearest is not None
        faults = self._faults_to_come(goal)
        starts = [s for s in self._interpreter.initial() if s in faults]
        state = start = min(starts, key=faults.__getitem__)
        ends, steps = set(goal.at), list[Step]()
        while state not in ends:
            step, state = self._onward(state, faults)
            steps.append(step)
        if goal.by_step is not None:
            steps.append(self._last(goal, state, faults[state]))
        return Schedule(start, tuple(steps))

    def _faults_to_come(self, goal: Goal) -> dict[State, int]:
        """Of every state on a shortest way to a goal, the fewest faults from there on."""
        faults = {state: self._last_faults(goal, state) for state in goal.at}
        todo = [(-self._far[state], state) for state in faults]
        heapify(todo)
        done = set[State]()
        while todo:
            _, state = heappop(todo)
            if state in done:
                continue
            done.add(state)
            for earlier, fault in self._before.get(state, ()):
                if earlier not in faults or fault + faults[state] < faults[earlier]:
                    faults[earlier] = fault + faults[state]
                    heappush(todo, (-self._far[earlier], earlier))
        return faults

    def _last_faults(self, goal: Goal, state: State) -> int:
        if goal.by_step is None:
            return 0
        steps = (o for o in self._interpreter.outcomes(state) if goal.by_step(state, o))
        return min(self._is_fault[o.step.action] for o in steps)

    def _onward(self, state: State, faults: Mapping[State, int]) -> tuple[Step, State]:
        """The first step that is on a shortest way with the fewest faults."""
        for outcome in self._interpreter.outcomes(state):
            if isinstance(outcome, Successor):
                ticks, after = self._leap(state, outcome)
                on_time = after in faults and self._far[after] == self._far[state] + ticks
                if on_time and self._is_fault[outcome.step.action] + faults[after] == faults[state]:
                    return outcome.step, after
        raise AssertionError("a state on a shortest way has a step on it")

    def _last(self, goal: Goal, state: State, faults: int) -> Step:
        """The first step that is the goal, with so many faults."""
        outcomes = self._interpreter.outcomes(state)
        return next(
            o.step
            for o in outcomes
            if goal.by_step is not None and goal.by_step(state, o) and self._is_fault[o.step.action] == faults
        )
