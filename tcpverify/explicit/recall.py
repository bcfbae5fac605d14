"""The interpreter with a memory: what actions are to do is worked out once, and recalled when it comes again.

What an action is to do depends on the variables that it reads and the segment that it takes. In a product
of endpoints and channels the same values of these come again in many states; carried out in another
state, they give another outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import TypeAlias

from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import Apply, Expr, Op, Scope, Value, Var
from tcpverify.ir.interpret import NO_MESSAGE, Intent, Interpreter, Outcome, Rule
from tcpverify.ir.system import Action, Check, Send, Signal, State, System

PLAIN_STATES = 100
"""So many states are interpreted without a memory: a small search is over before it pays."""

MOST_KEPT = 100_000
"""So many intents are kept, and as many cases without any; then all are forgotten."""

_Asked: TypeAlias = tuple["_Group", object, Message]
_Known: TypeAlias = tuple[tuple[int, Rule, Intent], ...]
_first = itemgetter(0)


class RecallingInterpreter(Interpreter):
    """Gives the very outcomes of the interpreter, in its order."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self._asked = 0
        self._kept = 0
        self._known: dict[_Asked, _Known] = {}
        self._groups: dict[tuple[object, ...], _Group] = {}
        self._groups_of: dict[int, list[_Group]] = {}

    def outcomes(self, state: State) -> Iterator[Outcome]:
        self._asked += 1
        return super().outcomes(state) if self._asked <= PLAIN_STATES else self._recalled(state)

    def _recalled(self, state: State) -> Iterator[Outcome]:
        found: list[tuple[int, Rule, int | None, Intent]] = []
        for group in self._groups_among(self.possible(state)):
            for position in group.rules[0].segments(state):
                found += [
                    (n, rule, position, intent) for n, rule, intent in self._intents(group, state, position)
                ]
        found.sort(key=_first)
        for _, rule, position, intent in found:
            outcome = self.carry_out(rule, state, position, intent)
            if outcome is not None:
                yield outcome

    def _intents(self, group: _Group, state: State, position: int | None) -> _Known:
        if group.counts:
            return group.intents(state, position)
        segment = NO_MESSAGE if position is None else state.contents[group.channel][position]
        key = (group, group.read(state.values), segment)
        known = self._known.get(key)
        if known is None:
            known = group.intents(state, position)
            self._keep(key, known)
        return known

    def _keep(self, key: _Asked, known: _Known) -> None:
        if self._kept >= MOST_KEPT:
            self._known.clear()
            self._kept = 0
        self._known[key] = known
        self._kept += 1 + len(known)

    def _groups_among(self, rules: list[Rule]) -> list[_Group]:
        """Some rules by what they have in common; `possible` gives the same list for the same locations."""
        groups = self._groups_of.get(id(rules))
        if groups is None:
            alike: dict[tuple[object, ...], list[Rule]] = {}
            for rule in rules:
                alike.setdefault((rule.location, rule.action.channel, rule.action.kind), []).append(rule)
            groups = [
                self._groups.get(k) or self._groups.setdefault(k, _Group(self.system, r))
                for k, r in alike.items()
            ]
            self._groups_of[id(rules)] = groups
        return groups


class _Group:
    """The actions of one location and kind that take segments of the same channel, or none."""

    def __init__(self, system: System, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.channel = rules[0].action.channel or 0
        names, self.counts = _read([e for r in rules for e in _expressions(r.action)])
        self.read = _getter([i for i, v in enumerate(system.variables) if v.name in names])

    def intents(self, state: State, position: int | None) -> _Known:
        return tuple([(r.index, r, intent) for r in self.rules for intent in r.intents(state, position)])


def _getter(positions: Sequence[int]) -> Callable[[tuple[Value, ...]], object]:
    """A function from values to those at some positions."""
    return itemgetter(*positions) if positions else _nothing


def _nothing(_values: tuple[Value, ...]) -> None:
    return None


def _expressions(action: Action) -> Iterator[Expr]:
    """All that decides what an action is to do."""
    yield action.guard
    yield from (c.when for c in action.choices)
    yield from (u.value for u in action.updates)
    for effect in action.effects:
        match effect:
            case Check(condition):
                yield condition
            case Send(_, _, fields, when):
                yield from (*fields, when)
            case Signal():
                pass


def _read(expressions: list[Expr]) -> tuple[set[str], bool]:
    """The names of the STATE variables that expressions read, and whether they count segments in flight."""
    names: set[str] = set()
    counts, seen, todo = False, set[int](), expressions
    while todo:
        e = todo.pop()
        if isinstance(e, Var):
            if e.scope is Scope.STATE:
                names.add(e.name)
        elif isinstance(e, Apply) and id(e) not in seen:
            seen.add(id(e))
            counts |= e.op is Op.IN_FLIGHT
            todo.extend(e.args)
    return names, counts
