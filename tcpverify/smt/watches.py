"""Tests of what is in flight, taken out of the expressions of a system: a variable stands for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tcpverify.ir.expr import TRUE, Apply, Const, Expr, IntSort, Op, Scope, Sort, Var, mentions
from tcpverify.ir.rewrite import with_counts
from tcpverify.ir.system import Action, Check, Choice, Effect, Property, Send
from tcpverify.records import record
from tcpverify.smtlib.terms import emptiness


@record
class Watch:
    """Whether no segment in a channel satisfies a predicate over STATE, FIELD and CHOICE variables, or
    (`counts`) how many do. `var` stands for it; `choices`: those of the action that asks."""

    var: Var
    channel: int
    predicate: Expr
    counts: bool
    choices: tuple[Choice, ...]

    @property
    def is_fresh(self) -> bool:
        """Whether no segment carries what is chosen."""
        return not self.counts and mentions(self.predicate, Scope.CHOICE)


@dataclass(slots=True)
class Watching:
    """The tests met so far."""

    found: list[Watch] = field(default_factory=list)
    _known: dict[int, tuple[Expr, Expr]] = field(default_factory=dict)

    def size(self, channel: int, most: int) -> Var:
        """The variable that says how many segments a channel holds."""
        return self._new(channel, TRUE, IntSort(0, most), True, ())

    def expr(self, expr: Expr, choices: tuple[Choice, ...] = ()) -> Expr:
        """An expression without tests."""

        def instead(e: Apply) -> Expr | None:
            if id(e) not in self._known:
                made = self._test(e, choices)
                if made is None:
                    return None
                self._known[id(e)] = e, made
            return self._known[id(e)][1]

        return with_counts(expr, instead)

    def _test(self, e: Apply, choices: tuple[Choice, ...]) -> Expr | None:
        """What stands for a node, if it is a test."""
        empty = emptiness(e)
        if empty is not None:
            channel, predicate, some = empty
            none = self._new(channel, predicate, e.sort, False, choices)
            return Apply(Op.NOT, (none,), e.sort) if some else none
        if e.op is Op.IN_FLIGHT and isinstance(e.args[0], Const):
            return self._new(e.args[0].value, e.args[1], e.sort, True, choices)
        return None

    def _new(
        self, channel: int, predicate: Expr, sort: Sort, counts: bool, choices: tuple[Choice, ...]
    ) -> Var:
        var = Var(Scope.STATE, f"in flight #{len(self.found)}", sort)
        self.found.append(Watch(var, channel, predicate, counts, choices))
        return var

    def action(self, action: Action) -> Action:
        """An action without tests."""
        choices = action.choices

        def effect(e: Effect) -> Effect:
            match e:
                case Check():
                    return replace(e, condition=self.expr(e.condition, choices))
                case Send():
                    fields = tuple(self.expr(f, choices) for f in e.fields)
                    return replace(e, when=self.expr(e.when, choices), fields=fields)
                case _:
                    return e

        return replace(
            action,
            guard=self.expr(action.guard, choices),
            choices=tuple(replace(c, when=self.expr(c.when, choices)) for c in choices),
            updates=tuple(replace(u, value=self.expr(u.value, choices)) for u in action.updates),
            effects=tuple(effect(e) for e in action.effects),
        )

    def property(self, prop: Property, actions: Sequence[Action]) -> Property:
        """A property (its events are of these actions) without tests."""
        before = None if prop.antecedent is None else self.expr(prop.antecedent)
        events = tuple(
            replace(
                e,
                happens=tuple(self.expr(h, a.choices) for h, a in zip(e.happens, actions, strict=True)),
            )
            for e in prop.events
        )
        return replace(prop, formula=self.expr(prop.formula), antecedent=before, events=events)
