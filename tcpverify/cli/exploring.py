"""From a file and the names of the command line to the counts of one scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tcpverify.cli.status import Status
from tcpverify.diagnostics import Code, Collector, Diagnostic, ModelError, did_you_mean
from tcpverify.explicit.refusal import refusal
from tcpverify.explicit.search import run
from tcpverify.ir.expr import Value
from tcpverify.lang.checks import override_values
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.lang.elaborate.constants import Constants, param_sort
from tcpverify.lang.elaborate.scope import World
from tcpverify.lang.resolve import Program
from tcpverify.limits import Limits
from tcpverify.pipeline import load
from tcpverify.verdict import Statistics


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was counted; without `statistics` the diagnostics say why. `refused`: the spec is right,
    but the engine does not begin."""

    statistics: Statistics | None
    seconds: float
    interrupted: bool
    diagnostics: tuple[Diagnostic, ...]
    refused: bool = False


def explore(
    file: Path, scenario: str | None, variants: tuple[str, ...], given: Mapping[str, str], limits: Limits
) -> Exploration:
    """Visit the reachable states of a scenario. Raises ModelError."""
    program = load(file).program
    collector = Collector()
    model = elaborate(program, _request(program, scenario, variants, given), (), collector)
    if model is None:
        raise ModelError(collector.diagnostics)
    refused = refusal(model.system)
    if refused is not None:
        problem = Diagnostic(Code.TOO_MANY_CHOICES, refused)
        return Exploration(None, 0.0, False, (problem, *collector.warnings), refused=True)
    started = limits.clock()
    with Status(limits) as status:
        decision = run(model.system, (), limits, status.progress)
    seconds = limits.clock() - started
    return Exploration(decision.statistics, seconds, decision.interrupted, collector.warnings)


def _request(
    program: Program, scenario: str | None, variants: tuple[str, ...], given: Mapping[str, str]
) -> Request:
    """The scenario, variants and values named. Raises ModelError."""
    collector = Collector()
    if scenario is None:
        scenario = _only_scenario(program)
    _look_up("scenario", [scenario], program.scenarios, collector)
    _look_up("variant", variants, program.variants, collector)
    _look_up("parameter", given, program.params, collector)
    collector.finish()
    world = World(program, collector)
    world.constants = Constants(world, {})
    values: dict[str, Value] = {}
    for name, text in given.items():
        found = override_values(name, text, param_sort(name, world), collector)
        if len(found) > 1:
            collector.error(Code.BAD_OPTION, f"`-p {name}={text}`: explore takes one value")
        elif found:
            values[name] = found[0]
    collector.finish()
    return Request(scenario, values, variants)


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


def shown(statistics: Statistics, seconds: float) -> str:
    """The counts, one a line."""
    rows = [
        ("states", f"{statistics.states:,}"),
        ("transitions", f"{statistics.transitions:,}"),
        ("depth", str(statistics.depth)),
        ("complete", "yes" if statistics.complete else "no: stopped before the end"),
        ("deadlocks", f"{statistics.deadlocks:,}"),
        ("seconds", f"{seconds:.2f}"),
    ]
    return "".join(f"{name:<12} {value}\n" for name, value in rows)
