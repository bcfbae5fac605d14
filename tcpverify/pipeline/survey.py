"""What no check uses is read all the same, so that its mistakes do not wait for the first use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal, TypeAlias

from tcpverify.diagnostics import Code, Collector, Severity
from tcpverify.ir.expr import Value
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import unchecked_properties
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.lang.elaborate.instance import merge
from tcpverify.lang.resolve import Program
from tcpverify.lang.walk import walk

SPARE = "in the survey"
"""What is declared here to read something is called; no name of a spec has spaces."""


Given: TypeAlias = Mapping[str, Value]


def survey(program: Program, given: Given, collector: Collector) -> None:
    """Elaborate the scenarios, variants, properties, adversaries and monitors that nothing names, and
    the handlers that nothing reaches; warn of what is declared in vain. `given`: values for the parameters
    that have no default. Scenarios and variants of imported files are read where these are verified."""
    given = {**_ticks(program), **given}
    used_scenarios, used_variants = _used(program)
    own = program.main.span.source
    for name, scenario in program.scenarios.items():
        if name not in used_scenarios and scenario.span.source is own:
            elaborate(program, Request(name, given), (), collector)
    for name, variant in program.variants.items():
        if name not in used_variants and variant.span.source is own:
            _try_variant(program, name, given, collector)
    for prop in unchecked_properties(program):
        _try(program, (), prop.name.text, given, collector)
    for adversary in _unused_adversaries(program):
        _try(program, (adversary,), None, given, collector)
    for monitor in _unused_monitors(program):
        _try_monitor(program, monitor, given, collector)
    _try_receivers(program, given, collector)
    _warn_of_timers(program, collector)
    _warn_of_definitions(program, collector)
    _warn_of_roles(program, collector)


def _ticks(program: Program) -> dict[str, Value]:
    """Durations that have no value: to be read they get one."""
    times = (s.TimeType, s.SymbolicType)
    return {n: 1 for n, p in program.params.items() if p.default is None and isinstance(p.type, times)}


def _used(program: Program) -> tuple[set[str], set[str]]:
    runs = [i for check in program.checks.values() for i in check.items if isinstance(i, s.Run)]
    variants = {w.name.text for run in runs for w in run.withs if w.kind == "variant"}
    return {run.scenario.text for run in runs}, variants


def _try_variant(program: Program, variant: str, given: Given, collector: Collector) -> None:
    for scenario in program.scenarios:
        elaborate(program, Request(scenario, given, (variant,)), (), collector)


def _unused_adversaries(program: Program) -> list[str]:
    runs = [i for check in program.checks.values() for i in check.items if isinstance(i, s.Run)]
    used = {w.name.text for run in runs for w in run.withs if w.kind == "adversary"}
    return [name for name in program.adversaries if name not in used]


def _try(
    program: Program, adversaries: tuple[str, ...], prop: str | None, given: Given, collector: Collector
) -> None:
    """A property or adversary must make sense on one of the networks; which one is not said anywhere."""
    first: Collector | None = None
    for scenario in program.scenarios:
        attempt = Collector()
        asked = () if prop is None else (prop,)
        elaborate(program, Request(scenario, given, (), adversaries), asked, attempt)
        if not attempt.failed:
            return
        first = first or attempt
    if first is not None:
        collector.add(d for d in first.diagnostics if d.severity is Severity.ERROR)


def _unused_monitors(program: Program) -> list[s.Monitor]:
    used = set[str]()
    for node in (n for p in program.properties.values() for n in walk(p.body)):
        match node:
            case s.MonitorNever(monitor=s.Identifier(text)) | s.In(item=s.Name(text)):
                used.add(text)
            case _:
                pass
    own = program.main.span.source
    return [m for name, m in program.monitors.items() if name not in used and m.span.source is own]


def _try_monitor(program: Program, monitor: s.Monitor, given: Given, collector: Collector) -> None:
    """Warn of a monitor that no property is about, and read it as if one were."""
    message = f"no property is about the monitor `{monitor.name}`"
    hint = f"property NAME : monitor {monitor.name} never bad"
    collector.warn(Code.UNUSED, message, monitor.name.span, hint=hint)
    mark: Literal["bad", "hot"] = "bad" if any(x.mark == "bad" for x in monitor.states) else "hot"
    span = monitor.name.span
    body = s.MonitorNever(monitor.name, mark, (), span=span)
    prop = s.Property(s.Identifier(SPARE, span=span), (), body, span=span)
    _try(replace(program, properties={**program.properties, SPARE: prop}), (), SPARE, given, collector)


def _try_receivers(program: Program, given: Given, collector: Collector) -> None:
    """Read the handlers for segments of roles whose endpoints no link leads to: as if one did. What such
    a handler sends may have no way either; that is no mistake here."""
    networks = {x.network.text: name for name, x in program.scenarios.items()}
    reached = {role for name in networks for role in _linked_roles(program.networks[name])}
    for name, scenario in networks.items():
        network = program.networks[name]
        for item in network.items:
            if not isinstance(item, s.EndpointDecl) or item.role.text in reached:
                continue
            reached.add(item.role.text)
            items = (*network.items, *_link_to(item))
            spare = replace(program, networks={**program.networks, name: replace(network, items=items)})
            attempt = Collector()
            elaborate(spare, Request(scenario, given), (), attempt)
            found = Collector()
            found.add(d for d in attempt.diagnostics
                      if d.severity is Severity.ERROR and d.code is not Code.NO_LINK)  # fmt: skip
            merge(found, collector)


def _linked_roles(network: s.Network) -> set[str]:
    """The roles of the endpoints that a link leads to."""
    roles = {i.name.text: i.role.text for i in network.items if isinstance(i, s.EndpointDecl)}
    links = [i for i in network.items if isinstance(i, s.Link)]
    ends = [ref.name.text for i in links for ref in ((i.left, i.right) if i.both_ways else (i.right,))]
    return {roles[name] for name in ends if name in roles}


def _link_to(item: s.EndpointDecl) -> tuple[s.EndpointDecl, s.Link]:
    """Another endpoint of the same role, and a link from it."""
    span = item.name.span
    peer = s.Identifier(SPARE, span=span)
    link = s.Link(s.EndpointRef(peer, None, span=span), s.EndpointRef(item.name, None, span=span), False, (),
                  span=span)  # fmt: skip
    return s.EndpointDecl(peer, None, item.role, span=span), link


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
    bodies = [p.body for p in program.properties.values()]
    running |= {body.network.text for body in bodies if isinstance(body, s.Refines)}
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
