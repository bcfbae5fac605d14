"""After which step of a counterexample could failure no longer be avoided?

A state is doomed if every run from it fails. A run that does not fail goes on for ever, or comes to a state
without a step (which for `deadlock_free` must be one of the exceptions). A depth-first search among the
states that do not fail finds such a run or shows that there is none: it ends at a dead end, or at a cycle
when it meets a state on its own path (Tarjan 1972). Fairness is not asked for: it is enough that the run is
possible.

Of `always reachable` and of what must come to pass, failing is that a goal is not reached: there the question
is from which state a state with the goal can still be reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import Property, PropertyKind, State, Step
from tcpverify.records import record
from tcpverify.trace import Trace

MOST_STATES = 20_000
"""States that are looked at for all steps of a trace together, where nobody says."""

GOALS = frozenset({PropertyKind.TRAP_FREE, PropertyKind.RESPONSE})
"""The kinds of property that fail by never reaching something."""

SAFETY = frozenset(
    {PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.NO_ERROR, PropertyKind.DEADLOCK_FREE}
)


@record
class Avoidable:
    """What was found. `last`: how many steps of the trace lead to the last state from which a run that does
    not fail is possible; None: there is none. `otherwise`: the first steps of such a run from there.
    `ending`: how that run goes on. `states` were looked at. `stopped`: there was no end to the search, and
    nothing is said."""

    last: int | None
    otherwise: tuple[Step, ...]
    ending: str
    states: int
    stopped: bool = False


def avoidable(
    interpreter: Interpreter, prop: Property, trace: Trace, most: int = MOST_STATES
) -> Avoidable | None:
    """The last state of a counterexample from which failure could be avoided; None for kinds of property of
    which that makes no sense."""
    if prop.kind not in GOALS | SAFETY:
        return None
    search = _Search(interpreter, prop, most)
    for number in range(_length(prop, trace), -1, -1):
        found = search.goal(trace.states[number]) if prop.kind in GOALS else search.run(trace.states[number])
        if search.stopped:
            return Avoidable(None, (), "", len(search.seen), stopped=True)
        if found is not None:
            steps, ending = found
            return Avoidable(number, steps, ending, len(search.seen))
    return Avoidable(None, (), "", len(search.seen))


def _length(prop: Property, trace: Trace) -> int:
    """The last state to look at: for what fails at the end of the trace, the one before it."""
    return len(trace) if prop.kind is PropertyKind.RESPONSE else max(0, len(trace) - 1)


_Found = tuple[tuple[Step, ...], str]


@dataclass(slots=True)
class _Search:
    """`doomed`: states of which it is known that every run from them fails."""

    interpreter: Interpreter
    prop: Property
    most: int
    seen: set[State] = field(default_factory=set)
    doomed: set[State] = field(default_factory=set)
    stopped: bool = False

    def run(self, start: State) -> _Found | None:
        """The beginning of a run from a state that does not fail, and how it goes on; None if there is
        none."""
        if start in self.doomed or self._fails(start):
            return None
        way: list[Step] = []
        on_way: dict[State, int] = {start: 0}
        stack = [(start, self._onward(start))]
        while stack:
            if self._too_many(stack[-1][0]):
                return None
            state, onward = stack[-1]
            try:
                taken = next(onward)
            except StopIteration:
                stack.pop()
                self.doomed.add(state)
                del on_way[state]
                if way:
                    way.pop()
                continue
            if taken is None:
                return tuple(way), "ends there"
            step, after = taken
            if after in self.doomed:
                continue
            if after in on_way:
                return (*way, step), f"goes round from its step {on_way[after] + 1}, for ever"
            way.append(step)
            on_way[after] = len(way)
            stack.append((after, self._onward(after)))
        return None

    def goal(self, start: State) -> _Found | None:
        """A shortest way from a state to one with the goal; None if there is none. States from which there is
        none are remembered."""
        holds = self.interpreter.predicate(self.prop.formula)
        ways: dict[State, tuple[State, Step] | None] = {start: None}
        todo = [start]
        for state in todo:
            if self._too_many(state):
                return None
            if holds(state):
                return tuple(_back(ways, state)), "is there"
            if state in self.doomed:
                continue
            for outcome in self.interpreter.outcomes(state):
                if isinstance(outcome, Successor) and outcome.state not in ways:
                    ways[outcome.state] = state, outcome.step
                    todo.append(outcome.state)
        self.doomed.update(ways)
        return None

    def _too_many(self, state: State) -> bool:
        self.seen.add(state)
        self.stopped = len(self.seen) > self.most
        return self.stopped

    def _onward(self, state: State) -> Iterator[tuple[Step, State] | None]:
        """The steps that do not fail; None if there is no step, and that is no failure."""
        idle, accepts = True, self._accepts()
        for outcome in self.interpreter.outcomes(state):
            if isinstance(outcome, Successor):
                idle = False
                if accepts(state, outcome.state, outcome.step):
                    yield outcome.step, outcome.state
            elif self.prop.kind is PropertyKind.NO_ERROR:
                idle = False
        if idle and (self.prop.kind is not PropertyKind.DEADLOCK_FREE or self._excepted(state)):
            yield None

    def _accepts(self) -> Callable[[State, State, Step], bool]:
        """Whether a step leads to no failure."""
        if self.prop.kind is PropertyKind.STEP:
            holds = self.interpreter.step_predicate(self.prop.formula, self.prop.events)
            return lambda before, after, step: holds(before, after, step)
        return lambda _before, after, _step: not self._fails(after)

    def _fails(self, state: State) -> bool:
        wrong = self.prop.kind is PropertyKind.INVARIANT
        return wrong and not self.interpreter.predicate(self.prop.formula)(state)

    def _excepted(self, state: State) -> bool:
        return self.interpreter.predicate(self.prop.formula)(state)


def _back(ways: dict[State, tuple[State, Step] | None], state: State) -> list[Step]:
    steps: list[Step] = []
    while (before := ways[state]) is not None:
        state, step = before
        steps.append(step)
    return steps[::-1]
