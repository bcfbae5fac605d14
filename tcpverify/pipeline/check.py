"""Verify: every check of a spec, instance by instance, through an engine, to results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tcpverify.analysis.coverage import Way
from tcpverify.diagnostics import Collector, Diagnostic, Severity
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.instance import merge
from tcpverify.lang.finds import Find
from tcpverify.limits import ProgressCallback, silent
from tcpverify.pipeline.decide import Done, Run
from tcpverify.pipeline.find import changes_back, find_result, least, lost_again
from tcpverify.pipeline.jobs import Jobs
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.noticed import cut_off, deadlocks, idle, refused, zeno
from tcpverify.pipeline.plan import Planned, Request
from tcpverify.pipeline.reached import coverage
from tcpverify.result import AnyResult, CountResult, FindResult, Outcome, Result

ResultCallback = Callable[[AnyResult], None]


def verify(
    spec: Spec, request: Request, progress: ProgressCallback = silent, told: ResultCallback = lambda _: None
) -> Outcome:
    """Run the checks of a spec; `told` hears of every result as it comes.

    Mistakes in the spec and faults of ours are in the outcome; nothing is raised but by a bug.
    """
    with Jobs([spec], request, progress) as jobs:
        return verify_one(jobs, 0, told)


def verify_one(jobs: Jobs, number: int, told: ResultCallback) -> Outcome:
    """Run the checks of one of several specs that are worked on together; `told` hears of every result
    as it comes. Raises Broken, and KeyboardInterrupt outside of the engines."""
    spec, request = jobs.specs[number], jobs.request
    clock = request.limits.clock
    started = clock()
    planned = jobs.planned(number)
    collector = Collector()
    collector.add(planned.problems)
    if collector.failed:
        jobs.only_read(number)
    results: list[AnyResult] = []
    gathered = _Gathered()
    failures: list[Diagnostic] = []
    sides: list[tuple[str, str]] = []

    def tell(found: Iterator[AnyResult]) -> None:
        for result in found:
            results.append(result)
            told(result)

    for p, done in jobs.decided(number):
        found = Collector()
        found.add(done.problems)
        merge(found, collector)
        if collector.failed:
            jobs.only_read(number)
            continue
        failures += done.failures
        sides += done.sides
        tell(gathered.results(p, done))
        if request.fail_fast and any(not r.met for r in results):
            break
    if collector.failed:
        warnings = [*spec.warnings, *collector.warnings]
        return Outcome((), collector_errors(collector), tuple(warnings), tuple(failures))
    runs, interrupted = gathered.runs, jobs.interrupted
    if interrupted:
        tell(gathered.rest())
    warnings = [*spec.warnings, *collector.warnings, *gathered.warnings, *refused(runs)]
    if not request.properties:
        warnings += [*deadlocks(runs), *zeno(runs), *cut_off(runs)]
    ways: tuple[Way, ...] | None = None
    if not interrupted and not failures:
        if runs and request.branches != "no":
            from tcpverify.pipeline.branches import branches

            ways = branches(spec, runs, request, jobs.progress)
        if request.whole:
            warnings += idle(spec, runs, ways if ways and request.branches == "warned of" else ())
    seconds = clock() - started
    reached = (coverage(spec, runs, ways),) if runs else ()
    return Outcome(tuple(results), (), tuple(warnings), tuple(failures), interrupted, seconds, tuple(sides),
                   reached)  # fmt: skip


def collector_errors(collector: Collector) -> tuple[Diagnostic, ...]:
    return tuple(d for d in collector.diagnostics if d.severity is Severity.ERROR)


@dataclass(slots=True)
class _Gathered:
    """What the instances of one spec came to: all runs, and of each `find least` that is not answered yet
    the results of its cells."""

    runs: list[Run] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    cells: dict[int, tuple[Find, list[Result]]] = field(default_factory=dict)
    told: set[tuple[object, ...]] = field(default_factory=set)

    def results(self, p: Planned, done: Done) -> Iterator[AnyResult]:
        """What an instance tells; of a cell what nobody asked for and is not met, and with the last one
        the answer."""
        self.runs += done.runs
        find = p.find if p.find is not None and p.find.prop in p.wanted else None
        for result in done.results:
            if find is not None and isinstance(result, Result) and result.prop.name == find.prop:
                self.cells.setdefault(id(find), (find, []))[1].append(result)
            elif find is None or (not result.met and _about(result) not in self.told):
                self.told.add(_about(result))
                yield result
        if p.condition is not None and done.answer is not None:
            yield done.answer
        if find is not None and p.instance is find.cells[-1]:
            _, table = self.cells.pop(id(find), (find, []))
            if done.answer is not None:
                yield done.answer
            elif table and isinstance(find.item, s.FindLeast):
                yield self._least(find, table)

    def rest(self) -> Iterator[FindResult]:
        """What is known of the questions that the user did not wait for."""
        for find, table in self.cells.values():
            yield self._least(find, table)

    def _least(self, find: Find, table: list[Result]) -> FindResult:
        result = find_result(find, least(find, table), sum(r.seconds for r in table))
        if result.found is not None and changes_back(result):
            self.warnings.append(lost_again(find, result))
        return result


def _about(result: Result | CountResult) -> tuple[object, ...]:
    """What a result is about: several questions may have the same instances, and each is told of once."""
    params = result.params if isinstance(result, Result) else ()
    name = result.prop.name if isinstance(result, Result) else "states"
    return result.check, result.instance, params, name
