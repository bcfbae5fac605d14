"""What the shipped specs say must come to pass: every lasso is as short as a fair one can be, and there is
none where the verdict is that it holds. Fairness is written here once more, from the language reference."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tcpverify.diagnostics import Collector
from tcpverify.explicit import search
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import Action, ActionKind, Fair, Property, PropertyKind, State, Step
from tcpverify.limits import Limits
from tcpverify.pipeline import load
from tcpverify.pipeline.plan import Request, elaborated, plan
from tcpverify.verdict import Holds, Violated

SPECS = Path(__file__).parents[2] / "specs"
WORDS = {
    ActionKind.RECEIVE: "delivery",
    ActionKind.TIMEOUT: "timers",
    ActionKind.EXHAUSTED: "timers",
    ActionKind.CALL: "calls",
    ActionKind.STEP: "steps",
}
Things = frozenset[tuple[object, ...]]


class Node(NamedTuple):
    """A state, and whether a request was open on the way to it and still is."""

    state: State
    opened: bool


class Round(NamedTuple):
    """Where a walk round a loop is: what was possible at all times and never done, what strongly fair was
    possible at some time, what of that was done, whether a request was open."""

    state: State
    owed: Things
    strong: Things
    done: Things
    asked: bool

    @property
    def fair(self) -> bool:
        return not self.owed and self.strong <= self.done


class Runs:
    """The runs of a system, and which of them a response calls fair."""

    def __init__(self, interpreter: Interpreter, prop: Property) -> None:
        self.interpreter, self.system, self.prop = interpreter, interpreter.system, prop
        self.answers = interpreter.predicate(prop.formula)
        self.asks = (lambda _: False) if prop.antecedent is None else interpreter.predicate(prop.antecedent)
        self.holds = (lambda _: True) if prop.hold is None else interpreter.predicate(prop.hold)
        self.edges: dict[State, list[tuple[Things, State]]] = {}
        self.stems = self._stems()

    def _stems(self) -> dict[Node, int]:
        """How many steps lead to each state, with and without an open request."""
        always = self.prop.antecedent is None
        stems = {Node(s, always and not self.answers(s)): 0 for s in self.interpreter.initial()}
        queue = deque(stems)
        while queue:
            node = queue.popleft()
            for _, after in self._edges(node.state):
                opened = (node.opened or self.asks(node.state)) and not self.answers(node.state)
                found = Node(after, opened and not self.answers(after))
                if found not in stems:
                    stems[found] = stems[node] + 1
                    queue.append(found)
        return stems

    def _edges(self, state: State) -> list[tuple[Things, State]]:
        if state not in self.edges:
            outcomes = self.interpreter.outcomes(state)
            self.edges[state] = [
                (self._done(state, o.step), o.state) for o in outcomes if isinstance(o, Successor)
            ]
        return self.edges[state]

    def _done(self, state: State, step: Step) -> Things:
        """What a step does of what may not wait; of each thing, first whether strongly."""
        action = self.system.actions[step.action]
        word, message = WORDS.get(action.kind), self.interpreter.message_of(state, step) or ()
        channel = None if action.channel is None else self.system.channels[action.channel]
        what = (action.channel, message) if channel else (action.endpoint, action.subject)
        terms = [t for t in self.prop.fairness if t.kind == word and speaks_of(t, action)]
        found: set[tuple[object, ...]] = {(any(t.strong for t in terms), word, *what)} if terms else set()
        if self.system.timed and action.kind is ActionKind.TICK:
            found.add((False, "time"))
        aged = channel is not None and channel.lifetime is not None and message and message[-1] == 0
        if aged and action.kind in (ActionKind.RECEIVE, ActionKind.EXPIRE):
            found.add((False, "due", *what))
        clocked = {(t.endpoint, t.label) for t in self.system.timers if t.clock is not None}
        if word == "timers" and what in clocked:
            found.add((False, "due", *what))
        return frozenset(found)

    def possible(self, state: State) -> Things:
        """What may not wait in a state: what some step does, and time itself where it has work."""
        found = {thing for things, _ in self._edges(state) for thing in things}
        running = any(t.clock is not None and state.values[t.variable] for t in self.system.timers)
        in_flight = zip(self.system.channels, state.contents, strict=True)
        aging = any(c.lifetime is not None and segments for c, segments in in_flight)
        if self.system.timed and (running or aging):
            found.add((False, "time"))
        return frozenset(found)

    def shortest(self) -> int | None:
        """The least number of steps of a counterexample: stem and loop, or a stem into a state to stay in."""
        best: int | None = None
        for node, stem in sorted(self.stems.items(), key=lambda item: item[1]):
            if best is not None and stem >= best:
                break
            opened = node.opened or (self.asks(node.state) and not self.answers(node.state))
            stays = not self.possible(node.state) or not self.holds(node.state)
            found = 0 if opened and stays else self._loop(node, None if best is None else best - stem)
            if found is not None and (best is None or stem + found < best):
                best = stem + found
        return best

    def _loop(self, node: Node, below: int | None) -> int | None:
        """The length of a shortest fair loop without an answer from a state back to it, if below a bound."""
        if self.answers(node.state):
            return None
        things = self.possible(node.state)
        strong = frozenset(t for t in things if t[0])
        asked = node.opened or self.asks(node.state)
        first = Round(node.state, things - strong, strong, frozenset(), asked)
        seen, queue = {first: 0}, deque([first])
        while queue:
            walk = queue.popleft()
            if below is not None and seen[walk] + 1 >= below:
                return None
            for after in self._rounds(walk):
                if after.state == node.state and after.fair and after.asked:
                    return seen[walk] + 1
                if after not in seen:
                    seen[after] = seen[walk] + 1
                    queue.append(after)
        return None

    def _rounds(self, walk: Round) -> Iterator[Round]:
        for things, state in self._edges(walk.state):
            if not self.answers(state):
                now = self.possible(state)
                yield Round(
                    state,
                    (walk.owed - things) & now,
                    walk.strong | frozenset(t for t in now if t[0]),
                    walk.done | frozenset(t for t in things if t[0]),
                    walk.asked or self.asks(state),
                )


def speaks_of(term: Fair, action: Action) -> bool:
    if term.kind == "delivery":
        return term.channel in (None, action.channel)
    return term.endpoint in (None, action.endpoint) and term.subject in (None, action.subject)


def responses(path: Path) -> Iterator[tuple[str, Interpreter, Property]]:
    """Every response that a check of a spec asks for, in every instance."""
    spec, collector = load(path), Collector()
    for _, model in elaborated(spec, plan(spec, Request(), collector), collector):
        interpreters = {s: Interpreter(s) for s in (model.system, *model.watched.values())}
        for prop in model.properties:
            if prop.kind is PropertyKind.RESPONSE:
                yield prop.name, interpreters[model.system_of(prop)], prop


@pytest.mark.parametrize("name", ["progress", "keepalive"])
def test_shortest_fair_runs(name: str) -> None:
    words = set()
    for asked, interpreter, prop in responses(SPECS / f"{name}.tcpv"):
        verdict = search.run(interpreter.system, (prop,), Limits()).verdicts[asked]
        shortest = Runs(interpreter, prop).shortest()
        words.add(type(verdict))
        match verdict:
            case Violated():
                assert len(verdict.trace) == shortest, asked
                assert verdict.trace.loop is not None or prop.hold is not None, asked
            case _:
                assert shortest is None, asked
    assert {Holds, Violated} <= words
