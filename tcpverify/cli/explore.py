"""`tcpverify explore`: the reachable states of one scenario, counted."""

from __future__ import annotations

from pathlib import Path

import click

from tcpverify.cli.console import complain, write
from tcpverify.cli.options import FILE, budget, max_states, output_format, params, parse_params
from tcpverify.diagnostics import Code, Collector, Diagnostic, ModelError, did_you_mean
from tcpverify.explicit.refusal import refusal
from tcpverify.explicit.search import run
from tcpverify.ir.expr import Value
from tcpverify.lang.checks import override_values
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.lang.elaborate.constants import Constants, param_sort
from tcpverify.lang.elaborate.scope import World
from tcpverify.limits import Limits
from tcpverify.pipeline import Spec, load
from tcpverify.result import Exit
from tcpverify.verdict import Statistics


@click.command("explore")
@click.argument("file", type=FILE)
@click.option("--scenario", help="Which scenario (needed if there are several).")
@click.option("--variant", "variants", multiple=True, help="Apply a variant; several in this order.")
@params
@max_states
@budget
@output_format
def command(
    file: Path,
    scenario: str | None,
    variants: tuple[str, ...],
    params: tuple[str, ...],
    max_states: int,
    budget: float | None,
    output_format: str,
) -> int:
    """Count the reachable states, transitions, depth and deadlocks of a scenario of FILE."""
    spec = load(file)
    request = _request(spec, scenario, variants, parse_params(params))
    collector = Collector()
    model = elaborate(spec.program, request, (), collector)
    if model is None:
        raise ModelError(collector.diagnostics)
    complain(collector.warnings)
    refused = refusal(model.system)
    if refused is not None:
        complain([Diagnostic(Code.TOO_MANY_CHOICES, refused)])
        return Exit.INCONCLUSIVE
    limits = Limits(max_states=max_states, seconds=budget)
    started = limits.clock()
    decision = run(model.system, (), limits)
    seconds = limits.clock() - started
    assert decision.statistics is not None
    write(_shown(decision.statistics, seconds, output_format))
    if decision.interrupted:
        return Exit.INTERRUPTED
    return Exit.OK if decision.statistics.complete else Exit.INCONCLUSIVE


def _request(spec: Spec, scenario: str | None, variants: tuple[str, ...], given: dict[str, str]) -> Request:
    """Look up the names of the command line. Raises ModelError."""
    program, collector = spec.program, Collector()
    if scenario is None:
        names = list(program.scenarios)
        if len(names) != 1:
            hint = f"there are: {', '.join(names)}" if names else "the file declares none"
            collector.error(Code.BAD_OPTION, "name a scenario with --scenario", hint=hint)
        scenario = names[0] if names else ""
    rows = [("scenario", (scenario,), program.scenarios), ("variant", variants, program.variants)]
    for kind, wanted, table in [*rows, ("parameter", tuple(given), program.params)]:
        for name in wanted:
            if name and name not in table:
                message = f"the spec has no {kind} `{name}`"
                collector.error(Code.BAD_OPTION, message, hint=did_you_mean(name, table))
    collector.finish()
    world = World(program, collector)
    world.constants = Constants(world, {})
    values: dict[str, Value] = {}
    for name, text in given.items():
        found = override_values(name, text, param_sort(name, world), collector)
        if len(found) > 1:
            collector.error(Code.BAD_OPTION, f"`-p {name}={text}`: explore takes one value")
        if found:
            values[name] = found[0]
    collector.finish()
    return Request(scenario, values, variants)


def _shown(statistics: Statistics, seconds: float, output_format: str) -> str:
    if output_format == "json":
        from tcpverify.report.json import dumps, explore_document

        return dumps(explore_document(statistics, seconds))
    rows = [
        ("states", f"{statistics.states:,}"),
        ("transitions", f"{statistics.transitions:,}"),
        ("depth", str(statistics.depth)),
        ("complete", "yes" if statistics.complete else "no: stopped at a limit"),
        ("deadlocks", f"{statistics.deadlocks:,}"),
        ("seconds", f"{seconds:.2f}"),
    ]
    return "".join(f"{name:<12} {value}\n" for name, value in rows)
