"""A timed system unfolded: what it holds beside times, one location each, and the steps between them.

A system whose segments are few contents has mostly few states but for its times. Invariants are found much
more quickly over these locations, each with the times that still matter there, than over everything at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import z3

from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import Expr
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.parametric import Parametric
from tcpverify.ir.system import State, VariableKind
from tcpverify.records import record
from tcpverify.smt.encode import Term
from tcpverify.smt.region import Terms
from tcpverify.smt.slots import choice_count
from tcpverify.smtlib.timed import NOW, Timed

MOST = 3_000
"""More locations than this are not unfolded."""


class TooMany(Exception):
    """There are more locations than MOST."""


@record
class Edge:
    """A step between locations (by number): its guard and the times that change, over the times before, the
    parameters and the delay."""

    source: int
    target: int
    guard: Term
    moves: Mapping[str, Term]


@dataclass(slots=True)
class Unfolded:
    """`locations`: of each the constants that are no times, with their values; `initial`: those to start in;
    `live`: of each the times that still matter, by name, in order; `bad`: where, over the times, it is bad;
    `rules`: those of the system that are ever possible but for times; `errs`:
    an action that may end in an error there."""

    locations: list[Mapping[str, Term]] = field(default_factory=list)
    initial: set[int] = field(default_factory=set)
    edges: list[Edge] = field(default_factory=list)
    bad: list[Term] = field(default_factory=list)
    live: list[list[str]] = field(default_factory=list)
    rules: set[int] = field(default_factory=set)
    errs: str | None = None


def shortest(unfolded: Unfolded) -> int | None:
    """How many steps lead to a bad location at least; None if there is no way."""
    reached, length = set(unfolded.initial), 0
    following: dict[int, set[int]] = {}
    for e in unfolded.edges:
        following.setdefault(e.source, set()).add(e.target)
    while not any(not z3.is_false(unfolded.bad[i]) for i in reached):
        more = reached.union(*(following.get(i, set()) for i in reached))
        if more == reached:
            return None
        reached, length = more, length + 1
    return length


def unfold(system: Parametric, text: Timed, terms: Terms) -> Unfolded:
    """The locations of a timed system, bad ones without their steps.

    Raises TooMany.
    """
    return _Unfolder(system, text, terms).run()


def may_err(system: Parametric, formula: Expr) -> str | None:
    """An action that may end in an error in some location in which a formula need not be false: what `errs`
    of the unfolded system says; None also where there are too many."""
    plain = system.system
    kept = [i for i, v in enumerate(plain.variables) if v.kind is not VariableKind.CLOCK]
    ways = [prod(map(choice_count, a.choices)) for a in plain.actions]
    if max([prod(map(len, plain.initial.values)), *ways]) > MOST:
        return None
    interpreter = Interpreter(plain)
    holds = interpreter.predicate(formula)
    todo = list(interpreter.initial())
    seen, places, found = set(todo), set[object](), None
    while todo:
        state = todo.pop()
        places.add((tuple(state.values[i] for i in kept), state.contents))
        if len(places) > MOST:
            return None
        for outcome in interpreter.outcomes(state) if holds(state) else ():
            if not isinstance(outcome, Successor):
                found = plain.actions[outcome.step.action].name
            elif outcome.state not in seen:
                seen.add(outcome.state)
                todo.append(outcome.state)
    return found


class _Unfolder:
    def __init__(self, system: Parametric, text: Timed, terms: Terms) -> None:
        self._system, self._text, self._terms = system.system, text, terms
        self._interpreter = Interpreter(system.system)
        self._kept = [i for i, v in enumerate(system.system.variables) if v.kind is not VariableKind.CLOCK]
        self._plain = [name for name, sort in text.constants if sort != "Real"]
        self._times = [name for name, sort in text.constants if sort == "Real"]
        self._rules = {(r.action, r.message): i for i, r in enumerate(text.rules)}
        self._numbers: dict[object, int] = {}
        self._found = Unfolded()

    def run(self) -> Unfolded:
        """All of them."""
        ways = [prod(map(choice_count, a.choices)) for a in self._system.actions]
        if max([prod(map(len, self._system.initial.values)), *ways]) > MOST:
            raise TooMany
        todo = list(self._interpreter.initial())
        seen = set(todo)
        self._found.initial = {self._number(s) for s in todo}
        edges: dict[object, Edge] = {}
        while todo:
            state = todo.pop()
            source = self._number(state)
            if z3.is_true(self._found.bad[source]):
                continue
            for outcome in self._interpreter.outcomes(state):
                if not isinstance(outcome, Successor):
                    self._found.errs = self._system.actions[outcome.step.action].name
                    continue
                target = self._number(outcome.state)
                message = self._interpreter.message_of(state, outcome.step)
                key = (source, target, outcome.step.action, message, outcome.step.choices)
                if key not in edges:
                    edges[key] = self._edge(
                        source, target, outcome.step.action, message, outcome.step.choices
                    )
                if outcome.state not in seen:
                    seen.add(outcome.state)
                    todo.append(outcome.state)
        self._found.edges = [e for e in edges.values() if not z3.is_false(e.guard)]
        self._found.live = self._live()
        return self._found

    def _number(self, state: State) -> int:
        """The location of a state; a new one if it is new."""
        key = (tuple(state.values[i] for i in self._kept), state.contents)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers)
            if number >= MOST:
                raise TooMany
            values = self._values(state)
            self._found.locations.append(values)
            self._found.bad.append(self._at(self._terms.bad, values))
        return number

    def _values(self, state: State) -> dict[str, Term]:
        kept = [state.values[i] for i in self._kept]
        flags = [m in state.contents[c] for c, m in self._text.contents]
        return {
            name: _value(value, self._terms.constants[name].sort())
            for name, value in zip(self._plain, [*kept, *flags], strict=True)
        }

    def _at(self, term: Term, values: Mapping[str, Term], *more: tuple[Term, Term]) -> Term:
        pairs = [(self._terms.constants[name], value) for name, value in values.items()]
        return z3.simplify(z3.substitute(term, *pairs, *more))

    def _edge(
        self, source: int, target: int, action: int, message: Message | None, choices: Sequence[int]
    ) -> Edge:
        rule = self._rules[action, message]
        self._found.rules.add(rule)
        guard, moves = self._terms.rules[rule]
        values = self._found.locations[source]
        names = [name for name, _ in self._text.rules[rule].inputs]
        inputs = [self._terms.inputs[name] for name in names]
        picked = [(i, _value(c, i.sort())) for i, c in zip(inputs, choices, strict=True)]
        changed = {n: self._at(t, values, *picked) for n, t in moves.items() if n in self._times}
        return Edge(source, target, self._at(guard, values, *picked), changed)

    def _live(self) -> list[list[str]]:
        """The times that a guard may still ask for before they are set anew."""
        constants = {self._terms.constants[n].get_id(): n for n in self._times}
        live = [_read(b, constants) for b in self._found.bad]
        reads = [_read(e.guard, constants) for e in self._found.edges]
        copies = [{n: _read(t, constants) for n, t in e.moves.items()} for e in self._found.edges]
        grown = True
        while grown:
            grown = False
            for e, read, copied in zip(self._found.edges, reads, copies, strict=True):
                needed = set(read)
                for name in live[e.target]:
                    needed |= copied.get(name, {name})
                if not needed <= live[e.source]:
                    live[e.source] |= needed
                    grown = True
        return [[n for n in self._times if n in names or n == NOW] for names in live]


def _read(term: Term, constants: Mapping[int, str]) -> set[str]:
    """The times that a term reads."""
    found: set[str] = set()
    seen: set[int] = set()
    stack = [term]
    while stack:
        e = stack.pop()
        if e.get_id() not in seen:
            seen.add(e.get_id())
            if e.get_id() in constants:
                found.add(constants[e.get_id()])
            stack.extend(e.children())
    return found


def _value(value: int, sort: Term) -> Term:
    """A value of the system as a z3 term."""
    match sort.kind():
        case z3.Z3_BOOL_SORT:
            return z3.BoolVal(bool(value))
        case z3.Z3_INT_SORT:
            return z3.IntVal(value)
        case z3.Z3_BV_SORT:
            return z3.BitVecVal(value, sort)
        case _:
            return sort.constructor(value)()
