"""The interpreter with a memory: what actions are to do is worked out once, and recalled when it comes again.

What an action is to do depends on the variables that it reads, on how many segments it counts, and on the
segment that it takes. In a product of endpoints and channels the same values of these come again in many
states; carried out in another state, they give another outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import TypeAlias

from tcpverify.ir.evaluate import Evaluator
from tcpverify.ir.expr import Apply, Expr, Op, Scope, Value, Var, mentions
from tcpverify.ir.interpret import NO_MESSAGE, Intent, Interpreter, Outcome, Rule
from tcpverify.ir.system import State, System, expressions_of

MOST_KEPT = 100_000
"""So many intents are kept, and as many cases without any; then all are forgotten."""

TRIED = 100
"""So many cases of a group are kept before it is seen whether they come again."""

_Known: TypeAlias = tuple[tuple[int, Rule, Intent], ...]
_first = itemgetter(0)


class Recall:
    """The outcomes of an interpreter, the very same and in its order."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._kept = 0
        self._groups: dict[tuple[object, ...], _Group] = {}
        self._groups_of: dict[int, list[_Group]] = {}

    def outcomes(self, state: State) -> Iterator[Outcome]:
        """What every enabled step of a state leads to, in canonical order."""
        found: list[tuple[int, Rule, int | None, Intent]] = []
        for group in self._groups_among(self._interpreter.possible(state)):
            if group.channel is not None and not state.contents[group.channel]:
                continue
            for position in group.rules[0].segments(state):
                for number, rule, intent in self._intents(group, state, position):
                    found.append((number, rule, position, intent))
        found.sort(key=_first)
        for _, rule, position, intent in found:
            outcome = self._interpreter.carry_out(rule, state, position, intent)
            if outcome is not None:
                yield outcome

    def _intents(self, group: _Group, state: State, position: int | None) -> _Known:
        if not group.worth_it:
            return group.intents(state, position)
        case = group.case(state, position)
        group.asked += 1
        known = group.known.get(case)
        if known is None:
            known = group.intents(state, position)
            self._keep(group, case, known)
        return known

    def _keep(self, group: _Group, case: object, known: _Known) -> None:
        if self._kept >= MOST_KEPT:
            self._kept = 0
            for each in self._groups.values():
                each.known.clear()
        self._kept += 1 + len(known)
        group.known[case] = known
        group.missed += 1
        if group.missed >= TRIED and 2 * group.missed > group.asked:
            group.worth_it = False
            group.known.clear()

    def _groups_among(self, rules: list[Rule]) -> list[_Group]:
        """Some rules by what they have in common; `possible` gives the same list for the same locations."""
        groups = self._groups_of.get(id(rules))
        if groups is None:
            alike: dict[tuple[object, ...], list[Rule]] = {}
            for rule in rules:
                alike.setdefault((rule.location, rule.action.channel, rule.action.kind), []).append(rule)
            for key, some in alike.items():
                if key not in self._groups:
                    self._groups[key] = _Group(self._interpreter.system, some)
            groups = self._groups_of[id(rules)] = [self._groups[key] for key in alike]
        return groups


class _Group:
    """The actions of one location and kind that take segments of the same channel, or none.

    `known`: what they are to do, case by case; `asked`, `missed`: how often it was looked up there, and how
    often in vain; `worth_it`: whether cases come again, as far as was seen.
    """

    def __init__(self, system: System, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.channel = rules[0].action.channel
        names, counts = _read([e for r in rules for e in expressions_of(r.action)])
        self._values = _getter([i for i, v in enumerate(system.variables) if v.name in names])
        self.known: dict[object, _Known] = {}
        self.asked = self.missed = 0
        self.worth_it = not any(mentions(e, Scope.CHOICE) for e in counts)
        self._counts: list[Evaluator] = [rules[0].evaluator(e) for e in counts] if self.worth_it else []

    def intents(self, state: State, position: int | None) -> _Known:
        return tuple([(r.index, r, intent) for r in self.rules for intent in r.intents(state, position)])

    def case(self, state: State, position: int | None) -> object:
        """All that decides what the actions are to do in a state with a segment."""
        segment = NO_MESSAGE
        if position is not None and self.channel is not None:
            segment = state.contents[self.channel][position]
        if not self._counts:
            return self._values(state.values), segment
        counted = [count(state.values, NO_MESSAGE, (), state.contents, ()) for count in self._counts]
        return self._values(state.values), segment, *counted


def _getter(positions: Sequence[int]) -> Callable[[tuple[Value, ...]], object]:
    """A function from values to those at some positions."""
    return itemgetter(*positions) if positions else _nothing


def _nothing(_values: tuple[Value, ...]) -> None:
    return None


def _read(expressions: list[Expr]) -> tuple[set[str], list[Apply]]:
    """What expressions read of a state: the names of variables, and counts of segments in flight."""
    names: set[str] = set()
    counts: list[Apply] = []
    seen: set[int] = set()
    todo = expressions
    while todo:
        e = todo.pop()
        if isinstance(e, Var):
            if e.scope is Scope.STATE:
                names.add(e.name)
        elif isinstance(e, Apply) and id(e) not in seen:
            seen.add(id(e))
            if e.op is Op.IN_FLIGHT:
                counts.append(e)
            else:
                todo.extend(e.args)
    return names, counts
