"""Idle time compressed in an exhaustive search, where that decides everything that is asked and no count is.

The compressed system (`ir.idle`) is explored as any other. That tells what holds; what has a trace gets the
canonical shortest one of the system itself: its length counts every tick, so it is looked for in order of
those lengths (`explicit.distances`), and lifted. Where that takes too long, or the search meets a cycle
without a tick (whose warning tells of lengths), nothing is decided here and the system is explored as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tcpverify.explicit.distances import Distances, GaveUp, Goal
from tcpverify.ir.expr import bounds
from tcpverify.ir.idle import Reduction, compress
from tcpverify.ir.interpret import Erring, Interpreter, Outcome, Successor
from tcpverify.ir.system import Property, PropertyKind, Schedule, State, System
from tcpverify.limits import Deadline, Limits
from tcpverify.trace import Trace, confirm, shows
from tcpverify.verdict import (
    Decision,
    Exhausted,
    Holds,
    Reachable,
    Unknown,
    Unreachable,
    Vacuous,
    Verdict,
    Violated,
)

LONG = 1_000
"""Ticks that all clocks of a system together may have to wait before compressing idle time is worth it."""

PATIENCE = 400_000
"""Transitions that plain Python takes at most to find the shortest traces."""

LONGEST = 1_000_000
"""Steps of a trace that is lifted."""

_NOT_SHORTEST = Unknown("interrupted: it has a trace, but the shortest one was not found yet")

Explore = Callable[[System], Decision]


def reduction(system: System, properties: Sequence[Property], limits: Limits) -> Reduction | None:
    """The system with idle time compressed, if that decides all properties, no count is asked for, and
    clocks have long to wait."""
    if limits.counts or limits.growth or not properties or _longest_waits(system) < LONG:
        return None
    found = compress(system)
    return found if found is not None and all(map(found.decides, properties)) else None


def _longest_waits(system: System) -> int:
    return sum(bounds(system.variables[t.clock].sort)[1] for t in system.timers if t.clock is not None)


def decide(
    found: Reduction, properties: Sequence[Property], explore: Explore, deadline: Deadline
) -> Decision | None:
    """Decide properties that a reduction decides. `explore`: an exhaustive search of a system for them.
    None if it is better not to (see above)."""
    seen = explore(found.system)
    statistics = seen.statistics
    if statistics is None or statistics.zeno is not None:
        return None
    shown = [p for p in properties if isinstance(seen.verdicts[p.name], Violated | Reachable)]
    ways: dict[str, Schedule] = {}
    interpreter = Interpreter(found.original)
    try:
        ways = _ways(found, interpreter, shown, deadline)
    except GaveUp:
        if not seen.interrupted:
            return None
    except KeyboardInterrupt:
        seen = replace(seen, interrupted=True)
    verdicts = {name: _honest(verdict) for name, verdict in seen.verdicts.items()}
    for prop in shown:
        way = ways.get(prop.name)
        verdicts[prop.name] = _NOT_SHORTEST if way is None else _shown(confirm(interpreter, prop, way), prop)
    return replace(seen, verdicts=verdicts, statistics=replace(statistics, deadlock=None, idle=True))


def _shown(trace: Trace, prop: Property) -> Verdict:
    return Reachable(trace) if prop.kind is PropertyKind.REACHABLE else Violated(trace)


def _honest(verdict: Verdict) -> Verdict:
    """A verdict whose evidence says that idle time was compressed."""
    match verdict:
        case Holds(Exhausted() as counts) | Unreachable(Exhausted() as counts):
            return replace(verdict, evidence=replace(counts, idle=True))
        case Vacuous(_, Exhausted() as counts):
            return replace(verdict, evidence=replace(counts, idle=True))
        case _:
            return verdict


# --- Traces ------------------------------------------------------------------------------------------


def _ways(
    found: Reduction, interpreter: Interpreter, properties: Sequence[Property], deadline: Deadline
) -> dict[str, Schedule]:
    """The canonical shortest schedules of the original that decide properties, which are known to be there.
    Raises GaveUp."""
    if not properties:
        return {}
    goals = {p.name: _goal(interpreter, p) for p in properties}
    distances = Distances(interpreter, found.leaps(interpreter), PATIENCE, deadline)
    distances.find(list(goals.values()))
    if any(goal.nearest is None or goal.nearest > LONGEST for goal in goals.values()):
        raise GaveUp
    return {name: _lifted(found, goal, distances.way(goal)) for name, goal in goals.items()}


def _lifted(found: Reduction, goal: Goal, way: Schedule) -> Schedule:
    """A way as one of the original; a tick that is the goal is one tick."""
    if goal.by_step is None:
        return found.lift(way)
    there = found.lift(Schedule(way.initial, way.steps[:-1]))
    return Schedule(there.initial, (*there.steps, way.steps[-1]))


def _goal(interpreter: Interpreter, prop: Property) -> Goal:
    """What decides a property, as `explicit.watch` sees it."""
    match prop.kind:
        case PropertyKind.NO_ERROR:
            return Goal(by_step=lambda _, o: isinstance(o, Erring) and o.error is prop.error)
        case PropertyKind.STEP:
            holds = interpreter.step_predicate(prop.formula, prop.events)
            return Goal(
                by_step=lambda s, o: isinstance(o, Successor) and not holds(s, o.state, o.step),
            )
    formula = interpreter.predicate(prop.formula)

    def decides(state: State, outcomes: Sequence[Outcome]) -> bool:
        match prop.kind:
            case PropertyKind.REACHABLE:
                return formula(state)
            case PropertyKind.DEADLOCK_FREE:
                return not formula(state) and not any(isinstance(o, Successor) for o in outcomes)
            case PropertyKind.SETTLES:
                return formula(state) and shows(interpreter, prop, Trace(interpreter.system, state, ()))
            case _:
                return not formula(state)

    return Goal(in_state=decides)
