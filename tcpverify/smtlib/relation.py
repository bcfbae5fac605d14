"""A system in SMT-LIB: its constants, what is true at the start, and one relation for every action.

A state is its constants as they are, the state after a step the same with `.next` behind their names. The
relation of an action speaks of steps without error only; `errs` says when a step by it ends in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tcpverify.ir.expr import CORRUPT_KIND, EnumSort, Expr, Scope, Sort, Var, bounds
from tcpverify.ir.system import Action, ActionKind, Check, Choice, ErrorKind, Property, Send, System
from tcpverify.records import record
from tcpverify.smtlib.networks import NEXT, Network, Segment, Sent, Soup, context
from tcpverify.smtlib.numbers import Numbers
from tcpverify.smtlib.terms import Context, term
from tcpverify.smtlib.text import call, conjunction, disjunction, negation, symbol


@record
class Transition:
    """One action: its `inputs` (constants with their sorts), and over them and the constants of the states
    before and after what is true of a step by it."""

    action: Action
    inputs: tuple[tuple[str, str], ...]
    relation: str


@dataclass(slots=True)
class Encoding:
    """A system over a network; every method gives text."""

    system: System
    numbers: Numbers
    network: Network
    _transitions: list[Transition] = field(default_factory=list)

    # --- Constants ---

    def declarations(self) -> list[str]:
        """The sorts that the constants need."""
        return [*self.numbers.declarations(), *self.network.declarations()]

    def constants(self, suffix: str = "") -> list[tuple[str, str]]:
        """The constants of a state, with their sorts."""
        own = [(symbol(v.name + suffix), self.numbers.sort(v.sort)) for v in self.system.variables]
        return [*own, *self.network.constants(suffix)]

    # --- Formulas over states ---

    def formula(self, expr: Expr, suffix: str = "") -> str:
        """A formula over STATE variables and what is in flight; with `suffix` NEXT over the next state."""
        return term(expr, self._context(suffix, None))

    def initial(self) -> str:
        """What is true of the initial states."""
        initial = self.system.initial
        values = [
            disjunction(call("=", symbol(v.name), self.numbers.value(x, v.sort)) for x in alternatives)
            for v, alternatives in zip(self.system.variables, initial.values, strict=True)
        ]
        channels = [self.network.initial(i, segments, "") for i, segments in enumerate(initial.contents)]
        assumed = [self.formula(a.formula) for a in self.system.assumptions]
        return conjunction([*values, *channels, self.formula(initial.where), *assumed])

    def within_sorts(self, suffix: str = "") -> str:
        """That every variable, and every field of a segment in flight, holds a value of its sort: part of any
        invariant over integers, and not said where there are bit-vectors."""
        if not self.numbers.integers:
            return "true"
        own = [self.numbers.fits(symbol(v.name + suffix), v.sort) for v in self.system.variables]
        return conjunction([*own, *(self._fields_fit(i, suffix) for i in range(len(self.system.channels)))])

    def _fields_fit(self, channel: int, suffix: str) -> str:
        fields = [(n, f"{k.name}.{f.name}", f.sort) for n, k in enumerate(self.system.messages)
                  for f in k.fields if self.numbers.fits("", f.sort) != "true"]  # fmt: skip

        def misfit(at: Segment) -> str:
            return disjunction(
                conjunction([at.is_kind(kind), negation(self.numbers.fits(at.field(name), sort))])
                for kind, name, sort in fields
            )

        return self.network.none(channel, suffix, misfit) if fields else "true"

    def well_formed(self, variable: int) -> str:
        """Whether a variable holds a value of its sort."""
        v = self.system.variables[variable]
        return self.numbers.fits(symbol(v.name), v.sort)

    # --- Steps ---

    def transitions(self) -> list[Transition]:
        """Every action, in order."""
        if not self._transitions:
            self._transitions = [self._transition(a) for a in self.system.actions]
        return self._transitions

    def _transition(self, action: Action) -> Transition:
        inputs, enabled, at = self._enabled(action)
        checks = [term(e.condition, self._context("", at)) for e in action.effects if isinstance(e, Check)]
        parts = [enabled, *checks, *self._moves(action, at)]
        parts += [self.formula(a.formula, NEXT) for a in self.system.assumptions]
        return Transition(action, tuple(inputs), conjunction(parts))

    def errs(self, action: Action, error: ErrorKind) -> str:
        """What is true of a state and inputs where a step by an action ends in an error."""
        _, enabled, at = self._enabled(action)
        cases, before = [], ["true"]
        for effect in action.effects:
            if isinstance(effect, Check):
                holds = term(effect.condition, self._context("", at))
                if effect.error is error:
                    cases.append(conjunction([*before, negation(holds)]))
                before.append(holds)
        return conjunction([enabled, disjunction(cases)])

    def step_formula(self, action: int, prop: Property) -> str:
        """A formula over a step by an action, the events in it included."""
        _, _, at = self._enabled(self.system.actions[action])
        happens = {e.name: term(e.happens[action], self._context("", at)) for e in prop.events}

        def variable(var: Var) -> str:
            if var.scope is Scope.EVENT:
                return happens[var.name]
            return _variable("")(var)

        kinds = len(self.system.messages)
        return term(prop.formula, context(self.numbers, self.network, kinds, variable, "", None))

    def _enabled(self, action: Action) -> tuple[list[tuple[str, str]], str, Segment | None]:
        """The inputs of an action, the condition under which it is possible, the segment that it takes."""
        inputs: list[tuple[str, str]] = []
        parts: list[str] = []
        at: Segment | None = None
        if action.location is not None:
            where = self.system.variables[action.location.variable]
            parts.append(call("=", symbol(where.name), self.numbers.value(action.location.value, where.sort)))
        if action.channel is not None:
            inputs, there, at = self.network.taken(action.channel)
            parts.append(there)
        here = self._context("", at)
        for choice in action.choices:
            inputs.append((choice_name(choice.name), self.numbers.sort(choice.sort)))
            parts.append(self._domain(choice, term(choice.when, here)))
        return inputs, conjunction([*parts, term(action.guard, here)]), at

    def _domain(self, choice: Choice, matters: str) -> str:
        """The values that a choice can take."""
        name, values = choice_name(choice.name), choice.values
        if values is None:
            within, first = self.numbers.fits(name, choice.sort), bounds(choice.sort)[0]
        elif values:
            first = values[0]
            within = disjunction(call("=", name, self.numbers.value(v, choice.sort)) for v in values)
        else:
            return "false"
        if matters == "true":
            return within
        fixed = call("=", name, self.numbers.value(first, choice.sort))
        return conjunction([within, call("or", matters, fixed)])

    def _moves(self, action: Action, at: Segment | None) -> Iterator[str]:
        """The state after the step, constant by constant."""
        here = self._context("", at)
        values = {u.variable: term(u.value, here) for u in action.updates}
        for i, v in enumerate(self.system.variables):
            yield call("=", symbol(v.name + NEXT), values.get(i, symbol(v.name)))
        for channel in range(len(self.system.channels)):
            sent = [
                Sent(term(e.when, here), e.kind, [term(f, here) for f in e.fields])
                for e in action.effects
                if isinstance(e, Send) and e.channel == channel
            ]
            if action.kind is ActionKind.CORRUPT and action.channel == channel:
                sent.append(Sent("true", CORRUPT_KIND, ()))
            yield self.network.next(channel, sent)

    def _context(self, suffix: str, at: Segment | None) -> Context:
        return context(self.numbers, self.network, len(self.system.messages), _variable(suffix), suffix, at)


def _variable(suffix: str) -> Callable[[Var], str]:
    def variable(var: Var) -> str:
        match var.scope:
            case Scope.STATE:
                return symbol(var.name + suffix)
            case Scope.NEXT:
                return symbol(var.name + NEXT)
            case _:
                return choice_name(var.name)

    return variable


def choice_name(name: str) -> str:
    """The constant of a choice."""
    return symbol(f"choose {name}")


def enumerations(system: System) -> tuple[EnumSort, ...]:
    """The enumerations of a system, each once, in the order in which they occur."""
    sorts: list[Sort] = [v.sort for v in system.variables]
    sorts += [f.sort for kind in system.messages for f in kind.fields]
    sorts += [c.sort for action in system.actions for c in action.choices]
    found: dict[tuple[str, tuple[str, ...]], EnumSort] = {}
    for sort in sorts:
        if isinstance(sort, EnumSort):
            found.setdefault((sort.name, sort.enumerators), sort)
    return tuple(found.values())


def soup(system: System, integers: bool = False) -> Encoding:
    """An ever-growing system (`ir/soup.py`), over numbers as they are; `integers`: without bit-vectors."""
    numbers = Numbers(True, enumerations(system), integers)
    return Encoding(system, numbers, Soup(system, numbers))
