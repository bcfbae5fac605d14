"""From a file and the names of the command line to the counts of one scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tcpverify.cli.status import Status
from tcpverify.diagnostics import Code, Diagnostic
from tcpverify.explicit.refusal import refusal
from tcpverify.explicit.search import run
from tcpverify.limits import Limits
from tcpverify.pipeline import load
from tcpverify.pipeline.scene import scene
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
    file: Path,
    scenario: str | None,
    variants: tuple[str, ...],
    given: Mapping[str, str],
    limits: Limits,
    adversaries: tuple[str, ...] = (),
) -> Exploration:
    """Visit the reachable states of a scenario. Raises ModelError."""
    found = scene(load(file), scenario, variants, given, adversaries=adversaries)
    refused = refusal(found.model.system)
    if refused is not None:
        problem = Diagnostic(Code.TOO_MANY_CHOICES, refused)
        return Exploration(None, 0.0, False, (problem, *found.warnings), refused=True)
    started = limits.clock()
    with Status(limits) as status:
        decision = run(found.model.system, (), limits, status.progress)
    seconds = limits.clock() - started
    return Exploration(decision.statistics, seconds, decision.interrupted, found.warnings)


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
