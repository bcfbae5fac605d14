"""A system watched with a stopwatch: that what is asked for is answered before so many ticks have passed.

The watched system gets one variable more: how many ticks the oldest open request has waited, as of what was
seen *up to the state before* and the step since. Its update reads the state before the step only, so it is
the same expression in every action but the tick. That no request is too old is a formula over it, an
invariant; a shortest trace that violates it ends with the tick that comes too early.

While a request is open the stopwatch has time to lose like a timer: ticks are offered where nothing else
would wait for them. So a run that is stuck with an open request violates the property.
"""

from __future__ import annotations

from dataclasses import replace

from tcpverify.ir import build as b
from tcpverify.ir.expr import Apply, Expr, IntSort, Op, Scope, Var
from tcpverify.ir.system import Action, ActionKind, System, Update, Variable, VariableKind
from tcpverify.records import record
from tcpverify.source import Span


@record
class Stopwatch:
    """`asks`, `answers`: over the states of the system. `most`: ticks that may pass between them. `settled`:
    nothing needs to happen before the next tick."""

    name: str
    asks: Expr
    answers: Expr
    most: int
    settled: Expr
    span: Span | None = None

    @property
    def waited(self) -> Var:
        """The variable of a watched system: 0 if no request was open, else one more than the ticks since;
        `most` + 2 stands for all that is too long."""
        return Var(Scope.STATE, self.name, IntSort(0, self.most + 2))

    @property
    def in_time(self) -> Expr:
        """That no request has waited too long, as a formula over a watched system."""
        return b.lt(self.waited, b.integer(self.most + 2))

    @property
    def running(self) -> Expr:
        """That a request is open in the present state."""
        asked = b.disj((b.lt(b.integer(0), self.waited), self.asks))
        return b.conj((b.neg(self.answers), asked))

    def after(self, ticks: bool) -> Expr:
        """What the variable is after a step, a tick or not, in terms of the state before it."""
        waited, sort = self.waited, self.waited.sort
        zero, first = b.integer(0), b.integer(2 if ticks else 1)
        older: Expr = waited
        if ticks:
            top = b.integer(self.most + 2)
            older = Apply(Op.ITE, (b.lt(waited, top), b.add(waited, b.integer(1)), top), sort)
        opened = b.ite(self.asks, first, zero)
        return b.ite(self.answers, zero, b.ite(b.lt(zero, waited), older, opened))


def watch(system: System, stopwatch: Stopwatch) -> System:
    """The system with a stopwatch: a variable more, which every step sets, and ticks while it runs."""
    waited, index = stopwatch.waited, len(system.variables)
    variable = Variable(waited.name, waited.name, waited.sort, VariableKind.HISTORY, None, stopwatch.span)
    return replace(
        system,
        variables=(*system.variables, variable),
        initial=replace(system.initial, values=(*system.initial.values, (0,))),
        actions=tuple(_watched(stopwatch, index, action) for action in system.actions),
    )


def _watched(stopwatch: Stopwatch, index: int, action: Action) -> Action:
    ticks = action.kind is ActionKind.TICK
    updates = (*action.updates, Update(index, stopwatch.after(ticks)))
    if not ticks:
        return replace(action, updates=updates)
    passes = b.conj((stopwatch.settled, stopwatch.running))
    return replace(action, updates=updates, guard=b.disj((action.guard, passes)))


__all__ = ["Stopwatch", "watch"]
