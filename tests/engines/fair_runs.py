"""The truth about responses and traps in a small system, from the definitions: no components, no bits.

A fair run that goes on for ever visits some states again and again. Which of the strongly fair things are
never possible among those is guessed; then the states that can reach each other are the best candidates.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from tcpverify.ir.fairness import Fairness, Thing
from tcpverify.ir.interpret import Interpreter, Outcome, Successor
from tcpverify.ir.system import Property, State

Things = frozenset[Thing]
NONE: Things = frozenset()
MOST_GUESSED = 8
MOST_ROUNDS = 20_000


class Unsure(Exception):
    """More than the test wants to look at."""


class Round(NamedTuple):
    """A walk round a loop: where it is, what was possible all the time, what strongly fair was at some
    time, what was done, whether a request was open at some time."""

    state: State
    always: Things
    strong: Things
    done: Things
    asked: bool


@dataclass
class Runs:
    """The runs of a system that a response speaks of."""

    interpreter: Interpreter
    outcomes: Mapping[State, Sequence[Outcome]]
    prop: Property
    edges: dict[State, list[tuple[Things, State]]] = field(default_factory=dict)
    possible: dict[State, Things] = field(default_factory=dict)
    strong: set[Thing] = field(default_factory=set)

    def __post_init__(self) -> None:
        fairness = Fairness(self.interpreter, self.prop.fairness)
        for state, found in self.outcomes.items():
            steps = [o for o in found if isinstance(o, Successor)]
            self.edges[state] = [(frozenset(fairness.done(state, o.step)), o.state) for o in steps]
            things = fairness.possible(state, steps)
            self.possible[state] = frozenset(things)
            self.strong |= {thing for thing, strong in things.items() if strong}
        self.answers = self._where(self.interpreter.predicate(self.prop.formula))
        self.holds = self._where(self.interpreter.predicate(self.prop.hold))
        asks = self.prop.antecedent
        self.asks = set() if asks is None else self._where(self.interpreter.predicate(asks))
        self.asks -= self.answers
        self.places = self._places()

    def _where(self, holds: Callable[[State], bool]) -> set[State]:
        return {state for state in self.outcomes if holds(state)}

    def _places(self) -> dict[tuple[State, bool], int]:
        """How many steps lead to each state, with and without an open request."""
        at_once = self.prop.antecedent is None
        starts = [
            (s, s not in self.answers if at_once else s in self.asks) for s in self.interpreter.initial()
        ]
        found = dict.fromkeys(starts, 0)
        todo = deque(starts)
        while todo:
            state, is_open = place = todo.popleft()
            for _, after in self.edges[state]:
                then = after, (is_open and after not in self.answers) or after in self.asks
                if then not in found:
                    found[then] = found[place] + 1
                    todo.append(then)
        return found

    # --- verdicts

    def word(self) -> str:
        """The word of the verdict."""
        if self.early() is not None or self.fair_run():
            return "violated"
        happens = self.prop.antecedent is None or any(
            map(self.interpreter.predicate(self.prop.antecedent), self.outcomes)
        )
        return "holds" if happens else "vacuous"

    def early(self) -> int | None:
        """The length of the shortest way to an open request where `hold` is not true."""
        ends = (d for (s, is_open), d in self.places.items() if is_open and s not in self.holds)
        return min(ends, default=None)

    def fair_run(self) -> bool:
        """Whether a fair run has a request that stays open."""
        opened = {state for state, is_open in self.places if is_open}
        if any(not self.possible[state] for state in opened):
            return True
        strong = self.strong & frozenset().union(*(self.possible[s] for s in opened), NONE)
        if len(strong) > MOST_GUESSED:
            raise Unsure
        guesses = (g for n in range(len(strong) + 1) for g in combinations(sorted(strong), n))
        return any(self._fair_avoiding(opened, frozenset(guess)) for guess in guesses)

    def _fair_avoiding(self, opened: set[State], avoided: Things) -> bool:
        """Whether some of the open states, in which nothing avoided is possible, are a fair round trip."""
        left = {s for s in opened if not self.possible[s] & avoided}
        reach = {s: self._reach(s, left) for s in left}
        return any(self._fair({t for t in reach[s] if s in reach[t]}, avoided) for s in left if s in reach[s])

    def _reach(self, state: State, left: set[State]) -> set[State]:
        found: set[State] = set()
        todo = [state]
        while todo:
            after = {t for _, t in self.edges[todo.pop()] if t in left} - found
            found |= after
            todo += after
        return found

    def _fair(self, states: set[State], avoided: Things) -> bool:
        """Whether going everywhere among some states leaves nothing out (strongly: of what is possible
        and not avoided)."""
        done = {thing for s in states for things, t in self.edges[s] if t in states for thing in things}
        always = frozenset.intersection(*(self.possible[s] for s in states))
        somewhere = frozenset().union(*(self.possible[s] for s in states))
        return always <= done and (somewhere & self.strong) - avoided <= done

    # --- lengths

    def shortest(self, most: int) -> int | None:
        """The fewest steps of a fair lasso with an open request, `most` at most: every loop is tried from
        every place, in all ways that differ in what they do and leave out."""
        rests = [d for (s, is_open), d in self.places.items() if is_open and not self.possible[s]]
        best = min([*rests, most + 1])
        budget = MOST_ROUNDS
        for (state, is_open), distance in sorted(self.places.items(), key=lambda item: item[1]):
            if distance + 1 >= best:
                break
            if self.prop.antecedent is None and not is_open:
                continue
            length, budget = self._loop(state, is_open, best - distance - 1, budget)
            best = min(best, distance + length)
        return best if best <= most else None

    def _loop(self, start: State, is_open: bool, most: int, budget: int) -> tuple[int, int]:
        """The fewest steps of a fair loop through a state, or more than `most`; and what is left of the
        budget."""
        possible = self.possible[start]
        level = {Round(start, possible, possible & self.strong, NONE, is_open)}
        seen: set[Round] = set()
        for length in range(1, most + 1):
            level = set(self._onward(level)) - seen
            if any(r.state == start and r.asked and not (r.always | r.strong) - r.done for r in level):
                return length, budget
            seen |= level
            budget -= len(level)
            if budget < 0:
                raise Unsure
        return most + 1, budget

    def _onward(self, level: set[Round]) -> Iterator[Round]:
        for here in level:
            for did, after in self.edges[here.state]:
                if after not in self.answers:
                    possible = self.possible[after]
                    yield Round(
                        after,
                        here.always & possible,
                        here.strong | (possible & self.strong),
                        here.done | did,
                        here.asked or after in self.asks,
                    )


def trapped(outcomes: Mapping[State, Sequence[Outcome]], goal: Callable[[State], bool]) -> set[State]:
    """The states that cannot reach a goal: those left when all that can are taken away, again and again."""
    left = {state for state in outcomes if not goal(state)}
    while True:
        free = {s for s in left if any(isinstance(o, Successor) and o.state not in left for o in outcomes[s])}
        if not free:
            return left
        left -= free
