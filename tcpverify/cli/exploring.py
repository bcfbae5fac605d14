"""From a file and the names of the command line to the counts of one scenario."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tcpverify.cli.console import Console
from tcpverify.cli.growing import table
from tcpverify.cli.status import Mode, Status
from tcpverify.diagnostics import Code, Diagnostic
from tcpverify.explicit.engine import run
from tcpverify.explicit.refusal import refusal
from tcpverify.limits import Limits
from tcpverify.pipeline import load
from tcpverify.pipeline.scene import scene
from tcpverify.records import record
from tcpverify.verdict import Statistics


@record
class Exploration:
    """What was counted; without `statistics` the diagnostics say why. `refused`: the spec is right,
    but the engine does not begin."""

    statistics: Statistics | None
    seconds: float
    interrupted: bool
    diagnostics: tuple[Diagnostic, ...]
    refused: bool = False


def explore(
    file: Path,
    scenario: str | None,
    variants: tuple[str, ...],
    given: Mapping[str, str],
    limits: Limits,
    adversaries: tuple[str, ...] = (),
    mode: Mode = "auto",
) -> Exploration:
    """Visit the reachable states of a scenario. Raises ModelError."""
    found = scene(load(file), scenario, variants, given, adversaries=adversaries)
    refused = refusal(found.model.system)
    if refused is not None:
        problem = Diagnostic(Code.TOO_MANY_CHOICES, refused)
        return Exploration(None, 0.0, False, (problem, *found.warnings), refused=True)
    started = limits.clock()
    with Status(limits, mode) as status:
        decision = run(found.model.system, (), limits, status.progress)
        status.counted(decision.statistics)
    seconds = limits.clock() - started
    return Exploration(decision.statistics, seconds, decision.interrupted, found.warnings)


def shown(statistics: Statistics, seconds: float, here: Console) -> str:
    """The counts, one a line, and why there are so many if that is known."""
    stopped = here.safe(statistics.stopped or "stopped before the end")
    rows = [
        ("states", f"{statistics.states:,}"),
        ("transitions", f"{statistics.transitions:,}"),
        ("depth", str(statistics.depth)),
        ("complete", "yes" if statistics.complete else f"no: {stopped}"),
        ("deadlocks", f"{statistics.deadlocks:,}"),
        ("seconds", f"{seconds:.2f}"),
    ]
    lines = [f"{name:<12} {value}" for name, value in rows]
    if statistics.growth is not None:
        lines += ["", *table(statistics.growth, statistics.complete, here)]
    return "".join(f"{line}\n" for line in lines)
