"""The properties asked of an instance, with what they watch: monitors, and events of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tcpverify.ir.compose import Monitor, watch
from tcpverify.ir.events import EventPattern, step_event
from tcpverify.ir.system import Property, System
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.monitors import elaborate_monitor
from tcpverify.lang.elaborate.properties import automatic, elaborate_property
from tcpverify.lang.elaborate.scope import Abandoned, World
from tcpverify.lang.elaborate.terms import MAX_NESTING, depth


@dataclass(frozen=True, slots=True)
class Asked:
    """A property as far as it is known without the system: `monitor`, if it is about one that can be
    decided; `events`, what its EVENT variables stand for."""

    prop: Property
    monitor: Monitor | None
    events: Mapping[str, EventPattern]

    def over(self, system: System) -> Property:
        """The property over a system (with its monitor)."""
        events = tuple(step_event(system, name, pattern) for name, pattern in self.events.items())
        formula = self.prop.formula if self.monitor is None else self.monitor.never_bad
        return replace(self.prop, formula=formula, events=events)


def asked(names: Sequence[str], world: World) -> list[Asked]:
    """The named properties but for those with mistakes, which are reported."""
    found = []
    for name in names:
        declared = world.program.properties.get(name)
        world.events = {}
        try:
            if declared is None:
                found.append(Asked(automatic(name, world), None, {}))
            else:
                prop = elaborate_property(declared, world)
                if depth([prop.formula, *(p.formula for p in prop.parts)]) > MAX_NESTING:
                    message = f"property `{name}` expands to too deep a formula"
                    world.give_up(message, declared.name.span)
                found.append(Asked(prop, _monitor(declared, world), world.events))
        except Abandoned:
            continue
    return found


def _monitor(declared: s.Property, world: World) -> Monitor | None:
    if not isinstance(declared.body, s.MonitorNever):
        return None
    monitor = elaborate_monitor(world.program.monitors[declared.body.monitor.text], world)
    return monitor if declared.body.mark == "bad" else None


def watched(found: Sequence[Asked], system: System) -> dict[str, System]:
    """Of each property that is about a monitor, the system with that monitor."""
    return {a.prop.name: watch(system, a.monitor) for a in found if a.monitor is not None}
