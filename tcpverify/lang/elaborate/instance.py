"""One instance: a scenario with its parameters fixed and its variants applied, as a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from tcpverify.diagnostics import Code, Collector
from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, TRUE, Const, Sort, Value
from tcpverify.ir.parametric import Parametric
from tcpverify.ir.system import (
    Action,
    ActionKind,
    Endpoint,
    Initial,
    Property,
    System,
    Timer,
    Variable,
    VariableKind,
)
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import families, handlers, names, network, time
from tcpverify.lang.elaborate.adversaries import with_adversaries
from tcpverify.lang.elaborate.asked import asked, watched
from tcpverify.lang.elaborate.constants import Constants, fixed_value, param_sort
from tcpverify.lang.elaborate.liveness import warn_of_fairness
from tcpverify.lang.elaborate.parametric import parametric
from tcpverify.lang.elaborate.paths import FreshLimits, scalars
from tcpverify.lang.elaborate.roles import report_shadowed, role_info
from tcpverify.lang.elaborate.scenario import (
    CallPlan,
    assumptions,
    call_plan,
    fresh_limits,
    preloaded,
    starts,
)
from tcpverify.lang.elaborate.scope import Abandoned, Branch, EndpointInfo, GivenUp, Scope, World
from tcpverify.lang.elaborate.terms import leaves
from tcpverify.lang.elaborate.variants import apply_variants
from tcpverify.lang.resolve import Program
from tcpverify.records import record
from tcpverify.source import Span


@record
class Request:
    """Which instance: a scenario, values of parameters, variants in order, adversaries at work;
    `symbolic`: the parameters that have no value, of a parametric instance."""

    scenario: str
    params: Mapping[str, Value]
    variants: tuple[str, ...] = ()
    adversaries: tuple[str, ...] = ()
    symbolic: tuple[str, ...] = ()


@record
class Model:
    """An elaborated instance, and the properties asked for; `watched`: the system with a monitor, of
    each property (by name) that is about one; `timed`: of a parametric instance, whose `system` has no time,
    the system with its durations."""

    system: System
    properties: tuple[Property, ...]
    watched: Mapping[str, System] = field(default_factory=dict)
    timed: Parametric | None = None

    def system_of(self, prop: Property) -> System:
        """The system that a property is decided on."""
        return self.watched.get(prop.name, self.system)


def elaborate(
    program: Program,
    request: Request,
    properties: Sequence[str],
    collector: Collector,
    branches: dict[Span, Branch] | None = None,
) -> Model | None:
    """The system of an instance and the named properties over it.

    Diagnostics go to `collector`; None if there was an error. With `branches` every way through a handler
    that the instance has is put there, and is an action of the system besides the handler's, right behind
    it, whose span is the key: no other states are reached, and what is done on that way is done by it too.
    """
    own = Collector()
    try:
        return _model(program, request, properties, own, branches)
    except GivenUp:
        return None
    except RecursionError:
        span = program.scenarios[request.scenario].name.span
        own.error(Code.TOO_DEEP, "definitions of this scenario are nested too deeply", span)
        return None
    finally:
        merge(own, collector)


def merge(found: Collector, collector: Collector) -> None:
    """Add diagnostics, but no second one of a code and place: a role is read for every endpoint,
    state and instance, and a mistake in it is one mistake."""
    known = {(d.code, d.span) for d in collector.diagnostics}
    for d in found.diagnostics:
        if (d.code, d.span) not in known:
            known.add((d.code, d.span))
            collector.add((d,))


def _model(
    program: Program,
    request: Request,
    properties: Sequence[str],
    collector: Collector,
    branches: dict[Span, Branch] | None,
) -> Model | None:
    world = World(program, collector, symbolic=request.symbolic, branches=branches)
    world.constants = Constants(world, given_params(program, request, world))
    for name in world.constants:
        _quietly(world, name)
    if collector.failed:
        return None
    system = _system(world, program.scenarios[request.scenario], request.variants)
    if system is not None:
        system = with_adversaries(system, request.adversaries, world)
    found = asked(properties, world, lambda name: _alone(name, program, request, collector))
    if collector.failed or system is None:
        return None
    timed = (
        parametric(system, world, program.scenarios[request.scenario].name.span) if world.symbolic else None
    )
    if collector.failed:
        return None
    asked_of = tuple(a.over(system) for a in found)
    for prop in asked_of:
        warn_of_fairness(prop, system, world)
    return Model(system, asked_of, watched(found, system), timed)


def _alone(
    name: s.Identifier, program: Program, request: Request, collector: Collector
) -> tuple[World, System]:
    """A network without the instance's scenario, variants and adversaries, but with its parameters.
    Raises Abandoned after reporting mistakes in it."""
    own = Collector()
    world = World(program, own)
    world.constants = Constants(world, given_params(program, request, world))
    scenario = s.Scenario(name, name, (), None, (), span=name.span)
    try:
        system = _system(world, scenario, ())
    finally:
        merge(own, collector)
    if own.failed or system is None:
        raise Abandoned
    world.collector = collector
    return world, system


def _quietly(world: World, name: str) -> None:
    try:
        world.constants[name]
    except Abandoned:
        return


def given_params(program: Program, request: Request, world: World) -> dict[str, Value]:
    """The parameters that variants set, then those of the request, which win; what a variant sets may
    depend on both."""
    given: dict[str, Value] = {}
    for name in request.variants:
        for change in program.variants[name].changes:
            if isinstance(change, s.SetParam):
                world.constants = Constants(world, {**given, **request.params})
                value = set_param(change.name, change.value, world)
                if value is not None:
                    given[change.name.text] = value
    return {**given, **request.params}


def set_param(name: s.Identifier, value: s.Expression, world: World) -> Value | None:
    """The value that `PARAM = VALUE` gives; None if it was refused."""
    constants = world.constants
    try:
        world.constants = constants or Constants(world, {})
        term = fixed_value(value, param_sort(name.text, world), Scope(world))
    except Abandoned:
        return None
    finally:
        world.constants = constants
    assert isinstance(term.value, Const)
    return term.value.value


def _system(world: World, scenario: s.Scenario, variants: Sequence[str]) -> System | None:
    program = world.program
    net = program.networks[scenario.network.text]
    if not _name_endpoints(net, world):
        return None
    world.messages = network.message_kinds(world)
    roles = apply_variants(program.roles, [program.variants[v] for v in variants], world.collector)
    _endpoints(net, roles, world)
    world.channels, links = network.links_of(net, world)
    world.delivered = time.delivered(world.channels)
    world.corrupting = frozenset(
        c for link in links for f in link.faults if f.kind == ActionKind.CORRUPT for c in link.channels
    )
    plan, fresh = call_plan(scenario, world), fresh_limits(scenario, world)
    start = starts(scenario, world)
    variables, initial = _variables(world, plan, links, start.values)
    indices = {v.name: i for i, v in enumerate(variables)}
    actions = list(_actions(world, plan, fresh, indices))
    width = 1 + max((len(kind.fields) for kind in world.messages), default=0)
    contents = preloaded(scenario, world, width)
    if world.collector.failed:
        return None
    return System(
        name=scenario.name.text,
        endpoints=tuple(
            Endpoint(e.name, e.info.name, indices[names.control_name(e)], e.info.states)
            for e in world.endpoints.values()
        ),
        variables=tuple(variables),
        messages=world.messages,
        channels=world.channels,
        timers=tuple(_timers(world, indices)),
        initial=Initial(tuple(initial), contents, b.conj(start.where)),
        actions=(*actions, *network.fault_actions(links, indices, world), *time.tick_actions(indices, world)),
        assumptions=assumptions(scenario, world),
        tick=None if program.tick is None else (program.tick.count, program.tick.unit),
    )


def _name_endpoints(net: s.Network, world: World) -> bool:
    """Give the endpoints their names; a family that was refused leaves nothing to go on with."""
    try:
        declared = [families.declared(i, world) for i in net.items if isinstance(i, s.EndpointDecl)]
    except Abandoned:
        return False
    world.endpoint_names = tuple(name for names_ in declared for name in names_)
    return True


def _endpoints(net: s.Network, roles: Mapping[str, s.Role], world: World) -> None:
    """The endpoints of a network."""
    infos = {}
    declared = [i for i in net.items if isinstance(i, s.EndpointDecl)]
    for item in declared:
        infos[item.role.text] = role_info(roles[item.role.text], world)
    world.endpoints = {
        name: EndpointInfo(name, infos[i.role.text], i.name.span)
        for i in declared
        for name in families.elements(i.name.text, world)
    }
    for info in infos.values():
        try:
            report_shadowed(info, world)
        except Abandoned:
            continue


def _variables(
    world: World, plan: CallPlan, links: tuple[network.LinkInfo, ...], start: Mapping[str, tuple[Value, ...]]
) -> tuple[list[Variable], list[tuple[Value, ...]]]:
    """The variables in the order of the state, and the initial values of each."""
    rows: list[tuple[Variable, int]] = []
    for me in world.endpoints.values():
        rows += _endpoint_variables(me)
    rows += network.budget_variables(links)
    rows += plan.variables
    return [v for v, _ in rows], [start.get(v.name, (value,)) for v, value in rows]


def _endpoint_variables(me: EndpointInfo) -> list[tuple[Variable, int]]:
    def row(label: str, sort: Sort, kind: VariableKind, span: Span, value: int) -> tuple[Variable, int]:
        full = f"{me.name}.{label}" if label else names.control_name(me)
        return Variable(full, label or me.name, sort, kind, me.name, span), value

    states = me.info.states
    start = states.index(me.info.initial) if me.info.initial in states else 0
    rows = [row("", names.control_sort(me), VariableKind.CONTROL, me.span, start)]
    for v in me.info.variables.values():
        kind = VariableKind.GHOST if v.ghost else VariableKind.DATA
        for (leaf, sort), scalar in zip(leaves(v.shape, v.label), scalars(v.initial), strict=True):
            assert isinstance(scalar.value, Const)
            rows.append(row(leaf, sort, kind, v.span, scalar.value.value))
    for t in me.info.timers.values():
        rows.append(row(t.label, names.timer_sort(t), VariableKind.TIMER, t.span, 0))
        if t.waits:
            rows.append(row(f"{t.label}.left", time.clock_sort(t), VariableKind.CLOCK, t.span, 0))
    return rows


def _timers(world: World, indices: Mapping[str, int]) -> list[Timer]:
    return [
        Timer(
            f"{me.name}.{t.label}",
            t.label,
            me.name,
            indices[f"{me.name}.{t.label}"],
            t.retries,
            t.span,
            indices[time.clock_name(me, t.label)] if t.waits and not world.symbolic else None,
        )
        for me in world.endpoints.values()
        for t in me.info.timers.values()
    ]


# --- Actions -----------------------------------------------------------------------------------------


def _actions(world: World, plan: CallPlan, fresh: FreshLimits, indices: dict[str, int]) -> list[Action]:
    """The actions of all endpoints: calls, receptions, steps, then timers, so that among equally
    short traces the one that reads most naturally comes first."""
    actions: list[Action] = []
    for me in world.endpoints.values():
        actions += handlers.actions_of(world, me, _events(world, me, plan), indices, fresh)
    order = list(ActionKind)
    actions.sort(key=lambda a: order.index(a.kind))
    return actions


def _events(world: World, me: EndpointInfo, plan: CallPlan) -> list[handlers.Event]:
    events: list[handlers.Event] = []
    for name, call in me.info.calls.items():
        try:
            arguments = handlers.call_arguments(call, me, world)
        except Abandoned:
            continue
        if me.name not in plan.rules:
            events.append(handlers.call_event(name, TRUE, (), arguments))
        rules = [rule for rule in plan.rules.get(me.name, ()) if rule.call == name]
        for rule in rules:
            events.append(handlers.call_event(name, rule.possible, rule.before, arguments))
        if me.name in plan.rules and not rules:  # never made; its handlers are read for their mistakes
            events.append(handlers.call_event(name, FALSE, (), arguments))
    events += [handlers.receive_event(i, world) for i, c in enumerate(world.channels) if c.target == me.name]
    events += [handlers.step_event(name) for name in me.info.steps]
    for timer in me.info.timers.values():
        events += handlers.timer_events(timer, me, world)
    return events
