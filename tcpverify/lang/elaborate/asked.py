"""The properties asked of an instance, with what they watch: monitors, refinements, stopwatches, events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from tcpverify.diagnostics import Code
from tcpverify.ir import build as b
from tcpverify.ir import compose, refine, stopwatch
from tcpverify.ir.compose import Monitor
from tcpverify.ir.events import EventPattern, step_event
from tcpverify.ir.expr import Expr
from tcpverify.ir.refine import Refinement
from tcpverify.ir.stopwatch import Stopwatch
from tcpverify.ir.system import Part, Property, PropertyKind, System
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import liveness
from tcpverify.lang.elaborate.monitors import elaborate_monitor
from tcpverify.lang.elaborate.properties import automatic, elaborate_property
from tcpverify.lang.elaborate.refinement import Alone, elaborate_refinement
from tcpverify.lang.elaborate.scope import Abandoned, Scope, World
from tcpverify.lang.elaborate.terms import too_nested
from tcpverify.records import record

Observer: TypeAlias = Monitor | Refinement | Stopwatch


@record
class Asked:
    """A property as far as it is known without the system: `observer`, if it is about one that can be
    decided; `events`, what its EVENT variables stand for."""

    prop: Property
    observer: Observer | None
    events: Mapping[str, EventPattern]

    def over(self, system: System) -> Property:
        """The property over a system (with its observer)."""
        events = tuple(step_event(system, name, pattern) for name, pattern in self.events.items())
        match self.observer:
            case Monitor() as monitor if self.prop.kind is PropertyKind.RESPONSE:
                return _never_stuck(self.prop, monitor)
            case Monitor() as monitor if not self.prop.parts:
                return replace(self.prop, formula=monitor.never_bad, events=events)
            case Stopwatch(in_time=in_time):
                parts = tuple(Part(in_time, part.text) for part in self.prop.parts)
                return replace(self.prop, formula=in_time, parts=parts)
            case Refinement() as refinement:
                return replace(self.prop, formula=refinement.possible, antecedent=refinement.moves,
                               parts=refinement.parts)  # fmt: skip
            case Monitor() | None:
                return replace(self.prop, events=events)


def _never_stuck(prop: Property, monitor: Monitor) -> Property:
    """That a monitor, whenever it is hot, is not so for ever."""
    cool = b.neg(monitor.is_hot)
    part = Part(cool, f"monitor {monitor.name} not in a hot state")
    return replace(prop, formula=cool, antecedent=monitor.is_hot, parts=(part,))


def asked(names: Sequence[str], world: World, alone: Alone) -> list[Asked]:
    """The named properties but for those with mistakes, which are reported. `alone`: how a network is
    elaborated that a property compares with."""
    found = []
    for name in names:
        declared = world.program.properties.get(name)
        world.events, world.monitors = {}, {}
        try:
            if declared is None:
                found.append(Asked(automatic(name, world), None, {}))
            else:
                prop = elaborate_property(declared, world)
                about = _observing(prop, declared.body, world, alone)
                if too_nested(_formulas(about)):
                    message = f"property `{name}` expands to too deep a formula"
                    world.give_up(message, declared.name.span)
                found.append(about)
        except Abandoned:
            continue
    return found


def _observing(prop: Property, body: s.PropertyBody, world: World, alone: Alone) -> Asked:
    """A declared property with its observer, if it is about one."""
    match body:
        case s.MonitorNever(monitor=name):
            monitor = elaborate_monitor(world.program.monitors[name.text], world)
            return Asked(prop, monitor, world.events)
        case s.LeadsTo() if prop.kind is PropertyKind.INVARIANT:
            scope = Scope(world, ghost=True, in_property=True)
            return Asked(prop, liveness.stopwatch(prop, body, scope), {})
        case s.Refines():
            refinement = elaborate_refinement(body, world, alone)
            if isinstance(refinement, str):
                return Asked(replace(prop, kind=PropertyKind.UNSUPPORTED, text=refinement), None, {})
            return Asked(prop, refinement, {})
        case _:
            return Asked(prop, _asked_for(prop, world), world.events)


def _asked_for(prop: Property, world: World) -> Monitor | None:
    """The monitor whose state a property asks for."""
    found = list(world.monitors.values())
    if len(found) > 1 and prop.span is not None:
        names = " and ".join(f"`{m.name}`" for m in found)
        message = f"property `{prop.name}` asks for the states of {names}: of two monitors at once"
        world.fail(Code.NOT_SUPPORTED, message, prop.span, hint="make two properties, or one monitor, of it")
    return found[0] if found else None


def _formulas(about: Asked) -> list[Expr]:
    """The formulas of a property that are read off the spec."""
    observer = about.observer
    seen = (*observer.mapped, observer.defined) if isinstance(observer, Refinement) else ()
    prop = about.prop
    asks = () if prop.antecedent is None else (prop.antecedent,)
    return [prop.formula, prop.hold, *asks, *(part.formula for part in prop.parts), *seen]


def watched(found: Sequence[Asked], system: System) -> dict[str, System]:
    """Of each property that is about an observer, the system with that observer."""
    composed = {}
    for a in found:
        match a.observer:
            case Monitor() as monitor:
                composed[a.prop.name] = compose.watch(system, monitor)
            case Refinement() as refinement:
                composed[a.prop.name] = refine.watch(system, refinement)
            case Stopwatch() as watch:
                composed[a.prop.name] = stopwatch.watch(system, watch)
            case None:
                pass
    return composed
