"""Ways: steps in a row that receive only what was sent along them, so that no network can be in the way.

From which states a way leads to a goal is a formula over the variables: the weakest precondition (Dijkstra
1975) of its steps. A segment just sent into an unlimited channel that reorders as it likes is there to be
received, whatever else is in flight; what was in flight before is not relied on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, BoolSort, Const, Expr, Scope, Sort, Value, Var, bounds, values_of
from tcpverify.ir.rewrite import substitute
from tcpverify.ir.soup import counts, reads_beside_guards
from tcpverify.ir.system import (
    FAULTS,
    KIND,
    Action,
    ActionKind,
    Check,
    Choice,
    Order,
    Property,
    PropertyKind,
    Send,
    System,
)


class NoWay(Exception):
    """What ways cannot be about; the argument says why."""


class Move(NamedTuple):
    """A step of a way: an action (by index), which segment it takes (the number of the move that sent it,
    and of the effect by which it did), and what it chooses."""

    action: int
    takes: tuple[int, int] | None
    choices: tuple[Value, ...]


Way = tuple[Move, ...]


def suits(system: System, goal: Expr) -> None:
    """Do nothing where ways can lead to a goal.

    Raises:
        NoWay: the network may be in the way, or something depends on what else is in flight.
    """
    if system.timed:
        raise NoWay("time passes in it")
    for channel in system.channels:
        if channel.capacity is not None or channel.order is not Order.BAG:
            raise NoWay(f"{channel.name} has a capacity, or keeps an order: what is in it may be in the way")
    if counts(goal) or any(map(counts, reads_beside_guards(system))):
        raise NoWay("it depends on what is in flight")


def may_be_in_a_way(action: Action) -> bool:
    """Whether ways go by an action: by no fault, and not where it matters what is in flight."""
    return action.kind not in FAULTS and action.adversary is None and not counts(action.guard)


def leads(system: System, way: Way, goal: Expr) -> Expr:
    """From which states a way is possible, and ends where a formula over states is true.

    Raises:
        NoWay: `suits` says so, or it is no way of the system.
    """
    suits(system, goal)
    going = _Going(system)
    for move in way:
        going.go(move)
    return b.conj([*going.conditions, going.here(goal)])


def covered(system: System, ways: Sequence[Way], prop: Property) -> Property:
    """That from each state one of some ways leads to the goal of `always reachable`, or it is there, as an
    invariant. Raises NoWay."""
    formula = b.disj([prop.formula, *(leads(system, way, prop.formula) for way in ways)])
    return replace(prop, kind=PropertyKind.INVARIANT, formula=formula)


class _Going:
    """How far a way was gone: what has to be true of the state that it began in, what the variables are by
    now, and what was sent."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.conditions: list[Expr] = []
        self._values: dict[str, Expr] = {v.name: Var(Scope.STATE, v.name, v.sort) for v in system.variables}
        self._sent: dict[tuple[int, int], tuple[Send, Expr, dict[str, Expr]]] = {}
        self._moves = 0

    def here(self, expr: Expr) -> Expr:
        """An expression over the state by now, over that in which the way began."""
        return self._read(expr, {}, {})

    def go(self, move: Move) -> None:
        """One step further. Raises NoWay."""
        if not 0 <= move.action < len(self._system.actions):
            raise NoWay("there is no such action")
        action = self._system.actions[move.action]
        if not may_be_in_a_way(action):
            raise NoWay(f"a way does not go by `{action.name}`")
        fields = self._taken(action, move)
        chosen: dict[str, Expr] = {}

        def read(expr: Expr) -> Expr:
            return self._read(expr, fields, chosen)

        if action.location is not None:
            where = self._system.variables[action.location.variable]
            self.conditions.append(b.eq(self._values[where.name], Const(action.location.value, where.sort)))
        if len(move.choices) != len(action.choices):
            raise NoWay(f"`{action.name}` chooses something else")
        for choice, value in zip(action.choices, move.choices, strict=True):
            self.conditions.append(_may_choose(choice, value, read))
            chosen[choice.name] = _constant(value, choice.sort)
        self.conditions.append(read(action.guard))
        self._take(action, read)
        self._moves += 1

    def _taken(self, action: Action, move: Move) -> dict[str, Expr]:
        """The fields of the segment that a step takes; it is gone then."""
        if action.channel is None:
            if move.takes is not None:
                raise NoWay(f"`{action.name}` takes no segment")
            return {}
        found = None if move.takes is None else self._sent.pop(move.takes, None)
        if found is None or found[0].channel != action.channel or action.kind is not ActionKind.RECEIVE:
            raise NoWay(f"`{action.name}` takes what was not sent along the way")
        self.conditions.append(found[1])
        return found[2]

    def _take(self, action: Action, read: Callable[[Expr], Expr]) -> None:
        """The state after a step, which does not err."""
        values = {self._system.variables[u.variable].name: read(u.value) for u in action.updates}
        for number, effect in enumerate(action.effects):
            match effect:
                case Check(condition):
                    self.conditions.append(read(condition))
                case Send(_, kind, fields, when):
                    sent = dict(self._segment(kind, [read(f) for f in fields]))
                    self._sent[self._moves, number] = effect, read(when), sent
                case _:
                    pass
        self._values |= values
        self.conditions += [self.here(a.formula) for a in self._system.assumptions]

    def _segment(self, kind: int, values: Sequence[Expr]) -> Iterator[tuple[str, Expr]]:
        message = self._system.messages[kind]
        yield KIND, b.integer(kind)
        for field, value in zip(message.fields, values, strict=True):
            yield f"{message.name}.{field.name}", value

    def _read(self, expr: Expr, fields: dict[str, Expr], chosen: dict[str, Expr]) -> Expr:
        """An expression; fields of other kinds than the segment's have their least value, because nothing
        depends on them."""

        def replacement(var: Var) -> Expr:
            match var.scope:
                case Scope.STATE:
                    return self._values[var.name]
                case Scope.CHOICE:
                    return chosen[var.name]
                case _:
                    known = fields.get(var.name)
                    return _constant(bounds(var.sort)[0], var.sort) if known is None else known

        return substitute(expr, replacement)


def _constant(value: Value, sort: Sort) -> Expr:
    return b.boolean(bool(value)) if isinstance(sort, BoolSort) else Const(value, sort)


def _may_choose(choice: Choice, value: Value, read: Callable[[Expr], Expr]) -> Expr:
    """When a choice can take a value: where it does not matter it takes the first."""
    values = values_of(choice.sort) if choice.values is None else choice.values
    if value not in values:
        raise NoWay(f"`{choice.label}` is never {value}")
    return TRUE if value == values[0] else read(choice.when)
