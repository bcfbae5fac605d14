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
from tcpverify.ir.expr import FALSE, Apply, Const, Expr, IntSort, Op, Scope, Var
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


# --- Many ticks at once --------------------------------------------------------------------------------


@record
class Count:
    """What a tick does to the stopwatch `waited`, read off its update: while it counts, one more up to `top`
    unless `answered`; else it is set to `begins`."""

    waited: Var
    top: int
    answered: Expr
    begins: Expr

    @property
    def steady(self) -> Expr:
        """It goes on counting with the next tick, or does not count before and after."""
        still = b.disj((self.answered, b.eq(self.begins, b.integer(0))))
        return b.ite(b.lt(b.integer(0), self.waited), b.neg(self.answered), still)

    @property
    def left(self) -> Expr:
        """The ticks up to its top, 0 if it does not count or is there."""
        counts = b.conj((b.lt(b.integer(0), self.waited), b.lt(self.waited, b.integer(self.top))))
        return b.ite(counts, b.sub(b.integer(self.top), self.waited), b.integer(0))

    def later(self, ticks: Expr, otherwise: Expr) -> Expr:
        """What it is after so many ticks, no more than are left; where it is not steady, `ticks` is 1 and
        it is what a tick makes it, `otherwise`."""
        after = b.add(self.waited, ticks)
        running = b.conj(
            (self.steady, b.lt(b.integer(0), self.waited), b.lt(self.waited, b.integer(self.top)))
        )
        return Apply(Op.ITE, (running, after, otherwise), self.waited.sort)


def counting(value: Expr, name: str) -> Count | None:
    """What `Stopwatch.after(True)` made for the variable `name`, taken to pieces; None if it is not that."""
    answered: Expr = FALSE
    match value:
        case Apply(Op.ITE, (answers, Const(0), Apply(Op.ITE) as rest)):
            answered, value = answers, rest
    match value:
        case Apply(
            Op.ITE,
            (
                Apply(Op.LT, (Const(0), Var(Scope.STATE, begun))),
                Apply(
                    Op.ITE,
                    (
                        Apply(Op.LT, (Var(Scope.STATE, tested), Const(top))),
                        Apply(Op.ADD, (Var(Scope.STATE) as waited, Const(1))),
                        Const(most),
                    ),
                ),
                begins,
            ),
        ) if {begun, tested, waited.name} == {name} and top == most:
            return Count(waited, top, answered, begins)
        case _:
            return None


__all__ = ["Count", "Stopwatch", "counting", "watch"]
