"""From paths and a request to one outcome: specs loaded, checks decided, the report written."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tcpverify.background import Background
from tcpverify.cli.faults import internal
from tcpverify.cli.status import Mode, Status
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.pipeline.changed import changed_since
from tcpverify.pipeline.check import verify_one
from tcpverify.pipeline.disagreement import FOLDER
from tcpverify.pipeline.jobs import Jobs
from tcpverify.pipeline.load import Spec, find, load
from tcpverify.pipeline.plan import Request, shard, unknown_names
from tcpverify.pipeline.remembered import folder, tidy
from tcpverify.pipeline.save import write_all
from tcpverify.result import AnyResult, Outcome, merged

if TYPE_CHECKING:
    from tcpverify.pipeline.report import Machines


def decide(
    paths: Sequence[Path],
    request: Request,
    loaded: Callable[[Sequence[Spec]], None] = lambda _: None,
    mode: Mode = "auto",
    part: tuple[int, int] | None = None,
    since: str | None = None,
    found: Callable[[Sequence[AnyResult]], None] = lambda _: None,
) -> tuple[list[Spec], Outcome]:
    """The specs that can be read, and one outcome for all of them; `loaded` hears of the specs first,
    `found` of the results of each while others are decided. `part`: only the checks of a shard, its number
    and how many there are. `since`: only specs that changed since this revision; then it is no mistake if
    nothing is left."""
    specs: list[Spec] = []
    started = request.limits.clock()
    try:
        errors = _load(paths, specs)
        wrong = [] if errors else unknown_names(specs, request)
        if since is not None:
            specs = changed_since(since, specs)
        loaded(specs)
        if part is not None:
            request = replace(request, only=shard(specs, request, *part))
        outcome = merged([]) if wrong else _run(specs, request, mode, found)
        outcome = replace(outcome, seconds=request.limits.clock() - started)
    except ModelError as error:
        return [], Outcome((), errors=(*errors, *error.diagnostics))
    except Exception as fault:
        return specs, Outcome((), failures=(internal(fault),))
    errors += wrong
    if since is None and not (
        outcome.results or outcome.errors or outcome.failures or outcome.interrupted or errors
    ):
        errors.append(_nothing(specs, request))
    return specs, replace(outcome, errors=(*errors, *outcome.errors))


def cache(paths: Sequence[Path], unwanted: bool) -> Path | None:
    """Where verdicts on the specs at some paths are kept; None if that is unwanted, or must not be."""
    return None if unwanted else folder(os.environ, paths)


def _load(paths: Sequence[Path], specs: list[Spec]) -> list[Diagnostic]:
    """Add all specs that can be read; the diagnostics of the others."""
    errors: list[Diagnostic] = []
    for path in paths:
        try:
            files = find(path)
        except ModelError as error:
            errors += error.diagnostics
            continue
        for file, root in files:
            try:
                specs.append(load(file, root))
            except ModelError as error:
                errors += error.diagnostics
    return errors


def _run(
    specs: Sequence[Spec], request: Request, mode: Mode, found: Callable[[Sequence[AnyResult]], None]
) -> Outcome:
    outcomes: list[Outcome] = []
    with Status(request.limits, mode) as status, Jobs(specs, request, status.progress) as jobs:
        for number in range(len(specs)):
            if any(o.interrupted for o in outcomes) and not jobs.ready(number):
                continue
            outcomes.append(_verify(jobs, number, status))
            last = outcomes[-1]
            try:
                found(last.results)
            except KeyboardInterrupt:
                outcomes[-1] = replace(last, interrupted=True)
            if request.fail_fast and (last.errors or any(not r.met for r in last.results)):
                break
    if request.cache is not None:
        tidy(request.cache)
    return merged(outcomes)


def _verify(jobs: Jobs, number: int, status: Status) -> Outcome:
    """The outcome of a spec; what was found is kept when the user or a fault of ours breaks it off."""
    found: list[AnyResult] = []
    clock = jobs.request.limits.clock
    started = clock()

    def told(result: AnyResult) -> None:
        found.append(result)
        status.told()

    try:
        return verify_one(jobs, number, told)
    except KeyboardInterrupt:
        return Outcome(tuple(found), interrupted=True, seconds=clock() - started)
    except Exception as fault:
        return Outcome(tuple(found), failures=(internal(fault),), seconds=clock() - started)


def _nothing(specs: Sequence[Spec], request: Request) -> Diagnostic:
    """Why there was nothing to check, though all could be read."""
    hint: str | None
    if request.only is not None and not request.only:
        message, hint = "there are more shards than checks, and this one is empty", "take fewer shards"
    elif any(spec.program.checks for spec in specs):
        message = "no check decides what the options leave"
        hint = "drop --property, or name a check that expects something of it" if request.properties else None
    else:
        names = ", ".join(f"`{spec.name}`" for spec in specs[:3]) + (", ..." if len(specs) > 3 else "")
        message, hint = f"nothing to check: no check in {names}", "a check says `run SCENARIO`"
    return Diagnostic(Code.NOTHING_TO_CHECK, message, hint=hint)


class Report:
    """A report in the making: its state machines are laid out while the checks are decided."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._machines: Background[Machines] | None = None

    def begin(self, specs: Sequence[Spec]) -> None:
        """Start laying out the state machines."""
        from tcpverify.pipeline.report import draw_machines

        self._machines = Background(lambda: draw_machines(specs))

    def write(self, specs: Sequence[Spec], outcome: Outcome) -> list[Path]:
        """Write everything or nothing. Raises ModelError."""
        from tcpverify.pipeline.report import write_report

        return write_report(self.folder, specs, outcome, self._machines.result() if self._machines else [])


def saved(
    report: Report | None, itf: Path | None, specs: Sequence[Spec], outcome: Outcome
) -> tuple[Outcome, list[str]]:
    """The outcome with what went wrong in writing the report and the traces, and a line for what was
    written."""
    told: list[str] = []
    try:
        if report is not None and outcome.results:
            written = report.write(specs, outcome)
            told.append(f"{len(written)} files in {report.folder}, to begin with summary.md")
        if report is not None and outcome.sides:
            kept = write_all(report.folder / FOLDER, dict(outcome.sides))
            told.append(f"both sides of the disagreement in {report.folder / FOLDER}: {len(kept)} files")
        if itf is not None:
            from tcpverify.pipeline.traces import write_traces

            traces = write_traces(itf, specs, outcome)
            told.append(f"{len(traces)} traces in {itf}")
        return outcome, told
    except ModelError as error:
        return replace(outcome, errors=(*error.diagnostics, *outcome.errors)), told
    except Exception as fault:
        return replace(outcome, failures=(internal(fault), *outcome.failures)), told
