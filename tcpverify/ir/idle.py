"""Idle time compressed: where nothing but `tick` can happen for a while, one step stands for all its ticks.

A state is *idle* if no action but the tick may be enabled in it. The tick of the compressed system lets as
many ticks pass in an idle state as the first clock to end has left (a clock: a variable that the tick lowers
to zero; a stopwatch counts like one, up to where it says that too much time has passed), elsewhere one. This
is time elapse in one step until something changes, as in timed automata (Alur, Dill 1994) and as maximal
progress of real-time simulation; here time is discrete and every moment between is accounted for:

1. Guards and formulas that matter here read clocks only by whether they are zero (`_Timed.ended`), channels
   in which segments age are empty, and a tick that changes anything else is not compressed at all. So with
   d the least of the clocks above zero, nothing that is read is different in the states after 0, 1, ...,
   d - 1 ticks: none of them offers anything but the next tick, and each offers that.
2. So every state of the system is one of the compressed system, or lies on the way of one of its ticks and
   differs from the state before that tick in clocks above zero only. States that a run can leave in more
   ways than one, that err, or that are dead ends, are all states of the compressed system.
3. A formula over states that reads clocks as in 1 is true in a state left out exactly where it is true in the
   idle state before it, which comes sooner. A dead end is kept, whatever a formula reads of it; so is the
   state before an erring step. A formula over steps that reads no clock at all has on each of the ticks that
   are one the value that it has on the first. Something that is due and cannot be settled (`no_timelock`)
   is due in the state before as well.

So invariants, `reachable`, `always step`, `deadlock_free`, the automatic properties and `within` have the
verdict that they have on the system. Responses and `always reachable` are about the graph of all states and
are not put to it; nor is anything asked of a system whose monitor or refinement moves with the ticks.

A run of the compressed system is one of the system with each tick taken as often as it stands for (`lift`).
How many states there are is another matter: those of the compressed system are fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Apply, Const, Expr, Op, Scope, Var, bounds, mentions
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.stopwatch import counting
from tcpverify.ir.system import (
    Action,
    ActionKind,
    Property,
    PropertyKind,
    Schedule,
    State,
    Step,
    System,
    Update,
)
from tcpverify.records import record

_OVER_STATES = (PropertyKind.INVARIANT, PropertyKind.REACHABLE, PropertyKind.SETTLES)
_OF_THE_END = (PropertyKind.DEADLOCK_FREE, PropertyKind.NO_ERROR, PropertyKind.UNSUPPORTED)
"""Decided by what can be done in a state, or not at all: it does not matter which clocks a formula reads."""

Leap = Callable[[State, Successor], tuple[int, State]]
"""From a state and a step of the original from it: how many steps it stands for, and the state after them."""


@record
class _Timed:
    """What ticks change: `clocks` by name, and of stopwatches where they stop (`tops`)."""

    clocks: frozenset[str]
    tops: Mapping[str, int]

    def read(self, expr: Expr, asked: Callable[[Apply], bool] = lambda _: False) -> bool:
        """Whether an expression reads any of it but by what is `asked` of it."""
        seen: set[int] = set()
        stack = [expr]
        while stack:
            e = stack.pop()
            if isinstance(e, Var) and (e.name in self.clocks or e.name in self.tops):
                return True
            if isinstance(e, Apply) and id(e) not in seen and not asked(e):
                seen.add(id(e))
                stack.extend(e.args)
        return False

    def ended(self, e: Apply) -> bool:
        """Whether it asks if a clock is zero, or a stopwatch at its top."""
        match e:
            case Apply(Op.EQ, (Var(Scope.STATE, name), Const(0)) | (Const(0), Var(Scope.STATE, name))):
                return name in self.clocks
            case Apply(Op.LT, (Const(0), Var(Scope.STATE, name))):
                return name in self.clocks
            case Apply(Op.LT, (Var(Scope.STATE, name), Const(top))):
                return self.tops.get(name) == top
            case _:
                return False

    def ended_or_begun(self, e: Apply) -> bool:
        """Whether it asks that, or if a stopwatch has begun to count."""
        match e:
            case Apply(Op.LT, (Const(0), Var(Scope.STATE, name))) if name in self.tops:
                return True
            case _:
                return self.ended(e)


@record
class Reduction:
    """`system` is `original` with idle time compressed: the same variables and actions, another tick.
    `idle`: where it may stand for several; `clocks` and `stopwatches` by index, these with their tops."""

    original: System
    system: System
    idle: Expr
    clocks: tuple[int, ...]
    stopwatches: tuple[tuple[int, int], ...]
    timed: _Timed

    def decides(self, prop: Property) -> bool:
        """Whether a property has the same verdict on both systems (see above)."""
        read = [prop.formula] if prop.antecedent is None else [prop.formula, prop.antecedent]
        if prop.kind in _OVER_STATES:
            return not any(self.timed.read(e, self.timed.ended) for e in read)
        if prop.kind is PropertyKind.STEP:
            tick = _tick(self.system)
            read += [] if tick is None else [e.happens[tick] for e in prop.events]
            return not any(map(self.timed.read, read))
        return prop.kind in _OF_THE_END

    def leaps(self, interpreter: Interpreter) -> Leap:
        """What the ticks of `system` do, told by the numbers in the states; `interpreter`: of `original`."""
        idle, tick = interpreter.predicate(self.idle), _tick(self.original)

        def leap(state: State, outcome: Successor) -> tuple[int, State]:
            if outcome.step.action != tick or not idle(state):
                return 1, outcome.state
            before, values = state.values, list(outcome.state.values)
            left = [before[c] for c in self.clocks if before[c] > 0]
            left += [top - before[s] for s, top in self.stopwatches if 0 < before[s] < top]
            ticks = min(left, default=1)
            for c in self.clocks:
                values[c] = max(0, before[c] - ticks)
            for s, top in self.stopwatches:
                values[s] = min(top, before[s] + ticks) if before[s] > 0 else 0
            return ticks, State(tuple(values), outcome.state.contents)

        return leap

    def lift(self, schedule: Schedule) -> Schedule:
        """The run of the original that a run of the compressed system stands for."""
        interpreter, state = Interpreter(self.original), schedule.initial
        leap, steps = self.leaps(interpreter), list[Step]()
        for step in schedule.steps:
            outcome, ticks = interpreter.take(state, step), 1
            if isinstance(outcome, Successor):
                ticks, state = leap(state, outcome)
            steps += [step] * ticks
        return Schedule(schedule.initial, tuple(steps))


def compress(system: System) -> Reduction | None:
    """The system with idle time compressed; None if its ticks do more than is understood here."""
    at = _tick(system)
    if at is None:
        return None
    tick, others = system.actions[at], [a for i, a in enumerate(system.actions) if i != at]
    clocks = [u for u in tick.updates if _lowers(system, u)]
    rest = [u for u in tick.updates if u not in clocks]
    counts = {u.variable: c for u in rest if (c := counting(u.value, _name(system, u))) is not None}
    timed = _Timed(
        frozenset(_name(system, u) for u in clocks), {c.waited.name: c.top for c in counts.values()}
    )
    asked = [e for c in counts.values() for e in (c.answered, c.begins)]
    if (
        len(counts) < len(rest)
        or timed.read(tick.guard, timed.ended_or_begun)
        or any(timed.read(e, timed.ended) for e in asked)
        or any(timed.read(a.formula) for a in system.assumptions)
    ):
        return None
    idle = b.conj((_calm(system, others, timed), *(c.steady for c in counts.values())))
    left = [_variable(system, u) for u in clocks] + [c.left for c in counts.values()]
    passed = b.ite(idle, _least(left), b.integer(1))
    updates = tuple(
        Update(u.variable, counts[u.variable].later(passed, u.value))
        if u.variable in counts
        else Update(u.variable, _lowered(_variable(system, u), passed))
        for u in tick.updates
    )
    actions = (*system.actions[:at], replace(tick, updates=updates), *system.actions[at + 1 :])
    return Reduction(
        original=system,
        system=replace(system, actions=actions),
        idle=idle,
        clocks=tuple(u.variable for u in clocks),
        stopwatches=tuple((index, c.top) for index, c in counts.items()),
        timed=timed,
    )


def _tick(system: System) -> int | None:
    """The index of the one tick action, if it is a plain one."""
    found = [i for i, a in enumerate(system.actions) if a.kind is ActionKind.TICK]
    if len(found) != 1:
        return None
    tick = system.actions[found[0]]
    plain = tick.channel is None and tick.location is None and not tick.choices and not tick.effects
    return found[0] if plain else None


def _name(system: System, update: Update) -> str:
    return system.variables[update.variable].name


def _variable(system: System, update: Update) -> Var:
    declared = system.variables[update.variable]
    return Var(Scope.STATE, declared.name, declared.sort)


def _lowers(system: System, update: Update) -> bool:
    """Whether an update lowers its variable, which is never negative, by one, but not below zero."""
    name = _name(system, update)
    match update.value:
        case Apply(
            Op.ITE,
            (
                Apply(Op.LT, (Const(0), Var(Scope.STATE, tested))),
                Apply(Op.SUB, (Var(Scope.STATE, lowered), Const(1))),
                Const(0) | Var(Scope.STATE, _) as otherwise,
            ),
        ):
            names = {name, tested, lowered} | ({otherwise.name} if isinstance(otherwise, Var) else set())
            return len(names) == 1 and bounds(system.variables[update.variable].sort)[0] == 0
        case _:
            return False


def _lowered(clock: Var, passed: Expr) -> Expr:
    """A clock after so many ticks."""
    return Apply(Op.ITE, (b.lt(passed, clock), b.sub(clock, passed), b.integer(0)), clock.sort)


# --- When nothing but a tick can happen ----------------------------------------------------------------


def _calm(system: System, others: Sequence[Action], timed: _Timed) -> Expr:
    """No action but the tick may be enabled, and no segment ages."""
    ageing = [_any_in(system, i) for i, c in enumerate(system.channels) if c.lifetime is not None]
    return b.conj(b.neg(e) for e in (*ageing, *(_may(system, a, timed) for a in others)))


def _any_in(system: System, channel: int) -> Expr:
    return b.lt(b.integer(0), b.in_flight(channel, TRUE, system.channels[channel].most))


def _may(system: System, action: Action, timed: _Timed) -> Expr:
    """A condition on the state without which an action is not enabled: of its guard what is not about a
    segment or a choice, and does not change while a clock runs."""
    parts = [
        part for part in _conjuncts(action.guard) if not _is_local(part) and not timed.read(part, timed.ended)
    ]
    if action.location is not None:
        declared = system.variables[action.location.variable]
        place = Var(Scope.STATE, declared.name, declared.sort)
        parts.insert(0, b.eq(place, Const(action.location.value, declared.sort)))
    if action.channel is not None:
        parts.append(_any_in(system, action.channel))
    return b.conj(parts)


def _conjuncts(guard: Expr) -> Iterator[Expr]:
    if isinstance(guard, Apply) and guard.op is Op.AND:
        for part in guard.args:
            yield from _conjuncts(part)
    else:
        yield guard


def _is_local(part: Expr) -> bool:
    return mentions(part, Scope.FIELD) or mentions(part, Scope.CHOICE)


def _least(left: Sequence[Expr]) -> Expr:
    """The least of some numbers that is above zero; 1 if none is."""
    found: Expr = b.integer(1)
    for one in reversed(left):
        first = b.conj(
            b.disj((b.eq(other, b.integer(0)), b.le(one, other))) for other in left if other is not one
        )
        found = b.ite(b.conj((b.lt(b.integer(0), one), first)), one, found)
    return found


__all__ = ["Reduction", "compress"]
