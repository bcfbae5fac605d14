"""One scenario of a spec made ready for working by hand: names looked up, parameters fixed, elaborated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tcpverify.diagnostics import Code, Collector, Diagnostic, ModelError, did_you_mean
from tcpverify.ir.build import disj
from tcpverify.ir.expr import Value, show_value
from tcpverify.ir.system import System, Update
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import override_values
from tcpverify.lang.elaborate import Model, Request, elaborate
from tcpverify.lang.elaborate.constants import Constants, param_sort
from tcpverify.lang.elaborate.scope import World
from tcpverify.lang.resolve import AUTOMATIC, NO_DEADLOCK, Program
from tcpverify.pipeline.load import Spec
from tcpverify.records import record


@record
class Scene:
    """A scenario of a spec as a system. `params`: what was given, as the spec writes values;
    `warnings` are what elaboration had to say."""

    spec: Spec
    request: Request
    params: Mapping[str, str]
    model: Model
    warnings: tuple[Diagnostic, ...]


def scene(
    spec: Spec,
    scenario: str | None,
    variants: Sequence[str] = (),
    params: Mapping[str, str] | None = None,
    properties: Sequence[str] = (),
    adversaries: Sequence[str] = (),
) -> Scene:
    """Elaborate a scenario (the only one if None) with what is named.

    Raises ModelError.
    """
    collector = Collector()
    request = scene_request(spec.program, scenario, variants, params or {}, adversaries)
    known = [*spec.program.properties, *AUTOMATIC, NO_DEADLOCK]
    _look_up("property", properties, dict.fromkeys(known), collector)
    collector.finish()
    model = elaborate(spec.program, request, properties, collector)
    if model is None:
        raise ModelError(collector.diagnostics)
    world = _world(spec.program, collector)
    given = {n: show_value(v, param_sort(n, world)) for n, v in request.params.items()}
    return Scene(spec, request, given, model, collector.warnings)


def with_claims(found: Scene) -> Model:
    """The scene's model with every property of the spec that has a meaning in it: not those that checks
    decide on other networks only, nor those that name what is not there."""
    program = found.spec.program
    names = [name for name in program.properties if _may_be_about(name, found)]
    whole = elaborate(program, found.request, names, Collector())
    if whole is not None:
        return whole
    names = [n for n in names if elaborate(program, found.request, (n,), Collector()) is not None]
    return elaborate(program, found.request, names, Collector()) or found.model


def watching(model: Model) -> System:
    """The model's system with the observers of all its properties at once. It takes the same steps, and
    ticks where a stopwatch waits for them."""
    system = model.system
    variables, values = list(system.variables), list(system.initial.values)
    updates = [list(action.updates) for action in system.actions]
    guards = [action.guard for action in system.actions]
    for watched in model.watched.values():
        first, names = len(system.variables), {v.name for v in variables}
        places = {}
        for index, variable in enumerate(watched.variables[first:], first):
            if variable.name not in names:
                places[index] = len(variables)
                variables.append(variable)
                values.append(watched.initial.values[index])
        for i, (plain, action) in enumerate(zip(system.actions, watched.actions, strict=True)):
            updates[i] += [
                Update(places[u.variable], u.value) for u in action.updates if u.variable in places
            ]
            if action.guard is not plain.guard:
                guards[i] = disj((guards[i], action.guard))
    changed = zip(system.actions, updates, guards, strict=True)
    actions = [replace(a, updates=tuple(u), guard=g) for a, u, g in changed]
    initial = replace(system.initial, values=tuple(values))
    return replace(system, variables=tuple(variables), initial=initial, actions=tuple(actions))


def _may_be_about(prop: str, found: Scene) -> bool:
    """Whether a check decides a property on the scene's network, or no check does at all."""
    program = found.spec.program
    networks = set()
    for check in program.checks.values():
        if any(isinstance(i, s.Expect) and prop in map(str, i.properties) for i in check.items):
            networks |= {
                program.scenarios[i.scenario.text].network.text for i in check.items if isinstance(i, s.Run)
            }
    return not networks or program.scenarios[found.request.scenario].network.text in networks


def scene_request(
    program: Program,
    scenario: str | None,
    variants: Sequence[str],
    params: Mapping[str, str],
    adversaries: Sequence[str] = (),
) -> Request:
    """The scenario, variants, values of parameters and adversaries that were named. Raises ModelError."""
    collector = Collector()
    if scenario is None:
        scenario = _only_scenario(program)
    _look_up("scenario", [scenario], program.scenarios, collector)
    _look_up("variant", variants, program.variants, collector)
    _look_up("parameter", params, program.params, collector)
    _look_up("adversary", adversaries, program.adversaries, collector)
    collector.finish()
    world = _world(program, collector)
    values: dict[str, Value] = {}
    for name, text in params.items():
        found = override_values(name, text, param_sort(name, world), collector)
        if len(found) > 1:
            collector.error(Code.BAD_OPTION, f"`{name}={text}`: one value is needed here, not several")
        elif found:
            values[name] = found[0]
    collector.finish()
    return Request(scenario, values, tuple(variants), tuple(adversaries))


def _world(program: Program, collector: Collector) -> World:
    world = World(program, collector)
    world.constants = Constants(world, {})
    return world


def _only_scenario(program: Program) -> str:
    names = sorted(program.scenarios)
    if len(names) == 1:
        return names[0]
    hint = f"there are: {', '.join(names)}" if names else "the file declares none"
    raise ModelError([Diagnostic(Code.BAD_OPTION, "name a scenario with --scenario", hint=hint)])


def _look_up(kind: str, wanted: Iterable[str], known: Mapping[str, object], collector: Collector) -> None:
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known)
            collector.error(Code.BAD_OPTION, f"the spec has no {kind} `{name}`", hint=hint)
