"""What no check uses is read all the same, so that its mistakes do not wait for the first use."""

from __future__ import annotations

from collections.abc import Iterator

from tcpverify.diagnostics import Code, Collector, Severity
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import unchecked_properties
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.lang.resolve import Program
from tcpverify.lang.walk import walk


def survey(program: Program, collector: Collector) -> None:
    """Elaborate the scenarios, variants and properties that no check names, and warn of what is
    declared in vain."""
    used_scenarios, used_variants = _used(program)
    spare = [name for name in program.scenarios if name not in used_scenarios]
    for name in spare:
        elaborate(program, Request(name, {}), (), collector)
    for variant in program.variants:
        if variant not in used_variants:
            _try_variant(program, variant, collector)
    for prop in unchecked_properties(program):
        _try(program, (), prop.name.text, collector)
    for adversary in _unused_adversaries(program):
        _try(program, (adversary,), None, collector)
    _warn_of_monitors(program, collector)
    _warn_of_timers(program, collector)
    _warn_of_definitions(program, collector)
    _warn_of_roles(program, collector)


def _used(program: Program) -> tuple[set[str], set[str]]:
    runs = [i for check in program.checks.values() for i in check.items if isinstance(i, s.Run)]
    variants = {w.name.text for run in runs for w in run.withs if w.kind == "variant"}
    return {run.scenario.text for run in runs}, variants


def _try_variant(program: Program, variant: str, collector: Collector) -> None:
    for scenario in program.scenarios:
        elaborate(program, Request(scenario, {}, (variant,)), (), collector)


def _unused_adversaries(program: Program) -> list[str]:
    runs = [i for check in program.checks.values() for i in check.items if isinstance(i, s.Run)]
    used = {w.name.text for run in runs for w in run.withs if w.kind == "adversary"}
    return [name for name in program.adversaries if name not in used]


def _try(program: Program, adversaries: tuple[str, ...], prop: str | None, collector: Collector) -> None:
    """A property or adversary must make sense on one of the networks; which one is not said anywhere."""
    first: Collector | None = None
    for scenario in program.scenarios:
        attempt = Collector()
        asked = () if prop is None else (prop,)
        elaborate(program, Request(scenario, {}, (), adversaries), asked, attempt)
        if not attempt.failed:
            return
        first = first or attempt
    if first is not None:
        collector.add(d for d in first.diagnostics if d.severity is Severity.ERROR)


def _warn_of_monitors(program: Program, collector: Collector) -> None:
    bodies = [p.body for p in program.properties.values()]
    used = {body.monitor.text for body in bodies if isinstance(body, s.MonitorNever)}
    for name, monitor in program.monitors.items():
        if name not in used and monitor.span.source is program.main.span.source:
            message = f"no property is about the monitor `{name}`: it was not looked at"
            hint = f"property NAME : monitor {name} never bad"
            collector.warn(Code.UNUSED, message, monitor.name.span, hint=hint)


def _own_roles(program: Program) -> Iterator[s.Role]:
    own = program.main.span.source
    yield from (role for role in program.roles.values() if role.span.source is own)


def _warn_of_timers(program: Program, collector: Collector) -> None:
    started = {n.timer.text for v in program.variants.values() for n in walk(v) if isinstance(n, s.Start)}
    for role in _own_roles(program):
        here = started | {n.timer.text for n in walk(role) if isinstance(n, s.Start)}
        for item in role.items:
            if isinstance(item, s.TimerDecl):
                for name in item.names:
                    if name.text not in here:
                        message = f"no handler starts the timer `{name}`"
                        collector.warn(Code.NEVER_STARTED, message, name.span)


def _warn_of_definitions(program: Program, collector: Collector) -> None:
    """Defs and procedures are read where they are called: those never called were not looked at."""
    everything = (program.params, program.consts, program.defs, program.types, program.records, program.roles,
                  program.messages, program.variants, program.networks, program.properties,
                  program.scenarios, program.checks, program.monitors, program.adversaries)  # fmt: skip
    called: set[str] = set()
    for table in everything:
        for node in walk(tuple(table.values())):
            if isinstance(node, s.Call):
                called.add(node.function.text)
            elif isinstance(node, s.CallProcedure):
                called.add(node.name.text)
    own = program.main.span.source
    declared = [*program.defs.values(), *(i for role in _own_roles(program) for i in role.items)]
    for d in declared:
        if isinstance(d, s.Def | s.Procedure) and d.name.text not in called and d.span.source is own:
            what = "def" if isinstance(d, s.Def) else "procedure"
            message = f"nothing calls the {what} `{d.name}`: it was not looked at"
            collector.warn(Code.UNUSED, message, d.name.span)


def _warn_of_roles(program: Program, collector: Collector) -> None:
    running = {program.scenarios[x].network.text for x in program.scenarios}
    used = {
        item.role.text
        for name in running
        for item in program.networks[name].items
        if isinstance(item, s.EndpointDecl)
    }
    for role in _own_roles(program):
        if role.name.text not in used and program.scenarios:
            message = f"no scenario has an endpoint of role `{role.name}`: its handlers were not looked at"
            collector.warn(Code.UNUSED, message, role.name.span)
