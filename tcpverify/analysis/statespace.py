"""The state graph of a small system: every reachable state, and what leads from one to another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import Schedule, State, Step
from tcpverify.limits import Deadline
from tcpverify.records import record


@record
class Arc:
    """One transition, between states by number; `target` None: the step errs."""

    source: int
    target: int | None
    step: Step


@dataclass(slots=True)
class Statespace:
    """States numbered as a breadth-first search finds them; `parents` are the arcs by which they were
    found (None: an initial state). `complete`: no limit stopped the search."""

    states: list[State] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)
    parents: list[Arc | None] = field(default_factory=list)
    complete: bool = True

    def path(self, schedule: Schedule, interpreter: Interpreter) -> list[tuple[int, Step]]:
        """The arcs of a schedule: the number of each state and the step taken in it."""
        numbers = {state: i for i, state in enumerate(self.states)}
        found: list[tuple[int, Step]] = []
        state = schedule.initial
        for step in schedule.steps:
            found.append((numbers[state], step))
            outcome = interpreter.take(state, step)
            if not isinstance(outcome, Successor):
                break
            state = outcome.state
        return found


def statespace(
    interpreter: Interpreter,
    most: int,
    deadline: Deadline,
    progress: Callable[[int], None] = lambda _: None,
) -> Statespace:
    """Every reachable state, `most` at the most."""
    space = Statespace()
    numbers: dict[State, int] = {}

    def number(state: State, arc: Arc | None) -> int:
        if state not in numbers:
            numbers[state] = len(space.states)
            space.states.append(state)
            space.parents.append(arc)
            todo.append(numbers[state])
        return numbers[state]

    todo: deque[int] = deque()
    for state in interpreter.initial():
        number(state, None)
        if len(space.states) > most:
            break
    while todo and len(space.states) <= most and not deadline.passed:
        source = todo.popleft()
        progress(len(space.states))
        for outcome in interpreter.outcomes(space.states[source]):
            target = None
            if isinstance(outcome, Successor):
                target = number(outcome.state, Arc(source, None, outcome.step))
            space.arcs.append(Arc(source, target, outcome.step))
    space.complete = not todo and len(space.states) <= most
    return space
