"""The truth about a small system, by the plainest means: sets of states, and all shortest paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tcpverify.ir.interpret import Erring, Interpreter, Outcome, Successor
from tcpverify.ir.system import ActionKind, Property, PropertyKind, Schedule, State, Step, System
from tests.engines.fair_runs import Runs, Unsure, trapped

Answer = tuple[str, int | None]
"""The word of a verdict (`?`: it was not found out) and the length of its shortest trace (None: it has
none, or too many were to be looked at)."""

LONGEST_LASSO = 60


@dataclass(frozen=True)
class Truth:
    states: int
    transitions: int
    depth: int
    deadlocks: int
    answers: dict[str, Answer]


class TooLarge(Exception):
    """More states than the test wants to look at."""


class Oracle:
    """Every level of a system as a set of states, and what each state leads to."""

    def __init__(self, system: System, most: int = 100_000) -> None:
        self.interpreter = Interpreter(system)
        self.outcomes: dict[State, list[Outcome]] = {}
        self.levels: list[set[State]] = []
        self._predicates: dict[int, tuple[Property, Callable[..., bool]]] = {}
        self._traps: dict[int, tuple[Property, set[State]]] = {}
        level = set(self.interpreter.initial())
        while level:
            self.levels.append(level)
            for state in level:
                self.outcomes[state] = list(self.interpreter.outcomes(state))
                if len(self.outcomes) > most:
                    raise TooLarge
            after = {t.state for s in level for t in self.outcomes[s] if isinstance(t, Successor)}
            level = {s for s in after if s not in self.outcomes}
        self.distance = {s: d for d, level in enumerate(self.levels) for s in level}

    def truth(self, properties: Sequence[Property]) -> Truth:
        return Truth(
            states=len(self.outcomes),
            transitions=sum(isinstance(o, Successor) for found in self.outcomes.values() for o in found),
            depth=len(self.levels) - 1,
            deadlocks=sum(map(self._dead_end, self.outcomes)),
            answers={p.name: self.answer(p) for p in properties},
        )

    def answer(self, prop: Property) -> Answer:
        if prop.kind is PropertyKind.UNSUPPORTED:
            return "unknown", None
        if prop.kind is PropertyKind.RESPONSE:
            return self._response(prop)
        length = self.length(prop)
        found, none = (
            ("reachable", "unreachable") if prop.kind is PropertyKind.REACHABLE else ("violated", "holds")
        )
        if length is not None:
            return found, length
        return ("vacuous", None) if self._vacuous(prop) else (none, None)

    def _response(self, prop: Property) -> Answer:
        runs = Runs(self.interpreter, self.outcomes, prop)
        try:
            word = runs.word()
        except Unsure:
            return "?", None
        early = runs.early()
        if word != "violated" or early is not None:
            return word, early
        try:
            return word, runs.shortest(LONGEST_LASSO)
        except Unsure:
            return word, None

    def length(self, prop: Property) -> int | None:
        """The length of the shortest trace that decides a property."""
        lengths = [
            d + (step is not None)
            for state, d in self.distance.items()
            for step in self.evidence(prop, state)
        ]
        return min(lengths, default=None)

    def evidence(self, prop: Property, state: State) -> Iterator[Outcome | None]:
        """What decides a property in a state: the state (None) or some of its outcomes."""
        holds = self._predicate(prop)
        match prop.kind:
            case PropertyKind.INVARIANT if not holds(state):
                yield None
            case PropertyKind.REACHABLE if holds(state):
                yield None
            case PropertyKind.SETTLES if self._stays_due(state, holds):
                yield None
            case PropertyKind.TRAP_FREE if state in self._trap(prop, holds):
                yield None
            case PropertyKind.DEADLOCK_FREE if self._dead_end(state) and not holds(state):
                yield None
            case PropertyKind.NO_ERROR:
                yield from (
                    o for o in self.outcomes[state] if isinstance(o, Erring) and o.error is prop.error
                )
            case PropertyKind.STEP:
                for o in self.outcomes[state]:
                    if isinstance(o, Successor) and not holds(state, o.state, o.step):
                        yield o

    def _trap(self, prop: Property, holds: Callable[..., bool]) -> set[State]:
        """The states from which none with the formula can be reached, found once."""
        found = self._traps.get(id(prop))
        if found is None:
            found = self._traps[id(prop)] = prop, trapped(self.outcomes, holds)
        return found[1]

    def _predicate(self, prop: Property) -> Callable[..., bool]:
        """The formula as a function of a state (of two for a step), made once."""
        found = self._predicates.get(id(prop))
        if found is None:
            interpreter = self.interpreter
            if prop.kind is PropertyKind.STEP:
                holds: Callable[..., bool] = interpreter.step_predicate(prop.formula, prop.events)
            else:
                holds = interpreter.predicate(prop.formula)
            found = self._predicates[id(prop)] = prop, holds
        return found[1]

    def _stays_due(self, state: State, due: Callable[..., bool]) -> bool:
        """Whether steps without a tick lead only to states in which something is due, as this is."""
        actions = self.interpreter.system.actions
        level, seen = {state}, {state}
        while level and all(map(due, level)):
            level = {
                o.state
                for s in level
                for o in self.outcomes[s]
                if isinstance(o, Successor) and actions[o.step.action].kind is not ActionKind.TICK
            } - seen
            seen |= level
        return not level

    def _dead_end(self, state: State) -> bool:
        return not any(isinstance(o, Successor) for o in self.outcomes[state])

    def _vacuous(self, prop: Property) -> bool:
        if prop.antecedent is None or prop.kind not in (PropertyKind.INVARIANT, PropertyKind.STEP):
            return False
        if prop.kind is PropertyKind.INVARIANT:
            return not any(map(self.interpreter.predicate(prop.antecedent), self.outcomes))
        happens = self.interpreter.step_predicate(prop.antecedent)
        steps = ((s, o) for s, found in self.outcomes.items() for o in found)
        return not any(isinstance(o, Successor) and happens(s, o.state) for s, o in steps)

    # --- canonical traces

    def canonical(self, prop: Property, most: int = 20_000) -> Schedule | None:
        """The canonical trace, found by looking at every shortest one; None if there is none.

        Raises TooLarge if there are more than `most` paths to look at.
        """
        length = self.length(prop)
        if length is None or prop.kind is PropertyKind.RESPONSE:
            return None
        actions = self.interpreter.system.actions
        best: tuple[tuple[int, int, tuple[int, ...]], Schedule] | None = None
        for count, (order, start, path) in enumerate(self._paths(prop, length)):
            if count > most:
                raise TooLarge
            steps = tuple(step for _, step in path)
            faults = sum(actions[s.action].is_fault for s in steps)
            key = (faults, order, tuple(n for n, _ in path))
            if best is None or key < best[0]:
                best = key, Schedule(start, steps)
        assert best is not None
        return best[1]

    def _paths(
        self, prop: Property, length: int
    ) -> Iterator[tuple[int, State, tuple[tuple[int, Step], ...]]]:
        """Every shortest path that decides a property: its start, and the place of each step among
        the outcomes of its state."""
        for order, start in enumerate(self.interpreter.initial()):
            stack: list[tuple[State, tuple[tuple[int, Step], ...]]] = [(start, ())]
            while stack:
                state, path = stack.pop()
                places = {o.step: n for n, o in enumerate(self.outcomes[state])}
                for end in self.evidence(prop, state) if len(path) >= length - 1 else ():
                    full = path if end is None else (*path, (places[end.step], end.step))
                    if len(full) == length:
                        yield order, start, full
                for o in self.outcomes[state]:
                    if isinstance(o, Successor) and self.distance[o.state] == len(path) + 1 <= length:
                        stack.append((o.state, (*path, (places[o.step], o.step))))
