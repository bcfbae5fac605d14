"""Verify: every check of a spec, instance by instance, through an engine, to results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tcpverify.analysis.coverage import never_reached
from tcpverify.diagnostics import Code, Collector, Diagnostic, Severity, did_you_mean
from tcpverify.ir.system import Property, PropertyKind
from tcpverify.lang import syntax as s
from tcpverify.lang.budgets import fault_budgets, with_budgets
from tcpverify.lang.checks import Instance, instances, unchecked_properties
from tcpverify.lang.elaborate import Model, elaborate
from tcpverify.lang.elaborate.roles import all_handlers
from tcpverify.lang.finds import Find, finds, only_finds
from tcpverify.lang.resolve import AUTOMATIC, NO_DEADLOCK
from tcpverify.limits import Limits, ProgressCallback, silent
from tcpverify.pipeline.ask import FALLBACK_SECONDS, Answer, Disagreed, EngineChoice, ask
from tcpverify.pipeline.condition import decided, sought
from tcpverify.pipeline.find import Answered, changes_back, find_result, labels, least, lost_again, weakest
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.survey import survey
from tcpverify.records import record
from tcpverify.result import AnyResult, CountResult, FindResult, Outcome, Result
from tcpverify.source import Span
from tcpverify.trace import NotARun
from tcpverify.verdict import Decision, Expectation, Statistics, Unknown

UNASKED = AUTOMATIC
"""The properties that are decided without being asked for; `no_timelock` of timed instances only."""


@record
class Request:
    """What to verify: names of checks and properties (empty: all), an engine (None: as the check
    says), parameters by name as `VALUE` or `lo..hi`, and what it may cost. `unasked`: the properties
    named are decided of every instance, whether something is expected of them or not, and nothing else."""

    checks: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    engine: EngineChoice | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    fail_fast: bool = False
    unasked: bool = False

    @property
    def whole(self) -> bool:
        """Everything that the file asks for is run, so that what was never reached can be told."""
        return not (self.checks or self.properties or self.params or self.fail_fast)


@record
class Run:
    """One decided instance; `cell`: of a `find`."""

    instance: Instance
    model: Model
    answer: Answer
    cell: bool

    @property
    def decision(self) -> Decision:
        return self.answer.decision


ResultCallback = Callable[[AnyResult], None]


def verify(
    spec: Spec, request: Request, progress: ProgressCallback = silent, told: ResultCallback = lambda _: None
) -> Outcome:
    """Run the checks of a spec; `told` hears of every result as it comes.

    Mistakes in the spec and faults of ours are in the outcome; nothing is raised but by a bug.
    """
    collector = Collector()
    planned = plan(spec, request, collector)
    names = (request.checks, request.properties)
    asked = [] if request.unasked else sought(spec, *names, request.params, collector)
    clock = request.limits.clock
    started = clock()
    results: list[AnyResult] = []
    work = _Work(spec, request, progress)
    runs = work.runs
    failures: list[Diagnostic] = []
    for p, model in elaborated(spec, planned, collector):
        if collector.failed:
            continue
        try:
            for result in work.results(p, model):
                results.append(result)
                told(result)
        except (NotARun, Disagreed) as problem:
            code = Code.REPLAY_FAILED if isinstance(problem, NotARun) else Code.ENGINES_DISAGREE
            message = f"check {p.instance.check.name}: {problem}"
            failures.append(Diagnostic(code, message, p.instance.check.name.span))
            continue
        if runs and runs[-1].decision.interrupted:
            break
        if request.fail_fast and any(not r.met for r in results):
            break
    for condition in asked if not (collector.failed or work.stopped) else ():
        for found in decided(spec, condition, _limits(request, condition.find.instance), failures):
            results.append(found)
            told(found)
    if collector.failed:
        warnings = [*spec.warnings, *collector.warnings]
        return Outcome((), collector_errors(collector), tuple(warnings), tuple(failures))
    interrupted = work.stopped
    warnings = [*spec.warnings, *collector.warnings, *work.warnings, *_refused(runs)]
    if not request.properties:
        warnings += [*_deadlocks(runs), *_zeno(runs), *_cut_off(runs)]
    if request.whole and not interrupted and not failures:
        warnings += _idle(spec, runs)
    return Outcome(tuple(results), (), tuple(warnings), tuple(failures), interrupted, clock() - started)


def collector_errors(collector: Collector) -> tuple[Diagnostic, ...]:
    return tuple(d for d in collector.diagnostics if d.severity is Severity.ERROR)


# --- Planning ----------------------------------------------------------------------------------------


@record
class Planned:
    """An instance to run and the properties to decide; `model`, if it is elaborated already (`early`):
    None if there were mistakes in it. `find`: what it is a cell of, if it is one."""

    instance: Instance
    wanted: tuple[str, ...]
    early: bool
    model: Model | None
    find: Find | None = None


def plan(spec: Spec, request: Request, collector: Collector) -> list[Planned]:
    """Every instance to run. The first one of each check and of each `find` is elaborated and what no check
    uses is read, so that mistakes are known before anything is decided: few depend on the parameters."""
    found: list[Planned] = []
    for name, check in spec.program.checks.items():
        if request.checks and name not in request.checks:
            continue
        found += _planned(spec, _rows(spec, check, request, collector), collector)
    if not request.checks and not request.properties:
        report_unused(spec, collector)
    return found


_Row = tuple[Instance, tuple[str, ...], Find | None]


def _rows(spec: Spec, check: s.Check, request: Request, collector: Collector) -> Iterator[_Row]:
    """The instances of a check, after each what is asked `find` of it."""
    asks = not request.unasked
    skip = asks and only_finds(check)
    plain = [] if skip else instances(spec.program, check, request.params, collector)
    rows: dict[tuple[tuple[str, str], ...], list[_Row]] = {}
    for instance in plain:
        row = (instance, tuple(wanted_properties(instance, request)), None)
        rows.setdefault(instance.labels, []).append(row)
    for find in finds(spec.program, check, request.params, collector) if asks else ():
        wanted = tuple(_wanted_cells(find, request))
        rows.setdefault(find.labels, []).extend((cell, wanted, find) for cell in find.cells)
    for group in rows.values():
        yield from (row for row in group if row[1] or not request.properties)


def _planned(spec: Spec, rows: Iterable[_Row], collector: Collector) -> Iterator[Planned]:
    """The rows, the first of each question elaborated."""
    begun: set[int] = set()
    for instance, wanted, find in rows:
        question = 0 if find is None else id(find.item)
        early = question not in begun
        begun.add(question)
        model = elaborate(spec.program, instance.request, wanted, collector) if early else None
        yield Planned(instance, wanted, early, model, find)


def _wanted_cells(find: Find, request: Request) -> list[str]:
    """The properties to decide in the cells of a `find`: the one it asks about, and the automatic ones that
    its check does not speak of; without the former nothing, unless there is nothing else to run."""
    spoken = {name.text for i in find.check.items if isinstance(i, s.Expect) for name in i.properties}
    names = list(dict.fromkeys((find.prop, *(n for n in UNASKED if n not in spoken))))
    if request.properties:
        names = [n for n in names if n in request.properties]
    return names if find.prop in names or only_finds(find.check) else []


def elaborated(
    spec: Spec, planned: Iterable[Planned], collector: Collector
) -> Iterator[tuple[Planned, Model]]:
    """The instances with their models, each elaborated when it is asked for. Those with mistakes are
    left out; all mistakes of all of them are collected by going through to the end."""
    for p in planned:
        model = p.model
        if not p.early:
            model = elaborate(spec.program, p.instance.request, p.wanted, collector)
        if model is not None:
            yield p, _without_time(model, p.instance)


def _without_time(model: Model, instance: Instance) -> Model:
    """Of an untimed instance, time locks are no question unless it is asked."""
    if model.system.timed or "no_timelock" in instance.expectations:
        return model
    return replace(model, properties=tuple(p for p in model.properties if p.kind is not PropertyKind.SETTLES))


def wanted_properties(instance: Instance, request: Request) -> list[str]:
    """The properties to decide: those expected and the automatic ones, narrowed by the request."""
    names = [*instance.properties, *(n for n in UNASKED if n not in instance.expectations)]
    if request.unasked:
        return list(request.properties)
    if request.properties:
        return [n for n in names if n in request.properties]
    return names


def unknown_names(specs: Sequence[Spec], request: Request) -> list[Diagnostic]:
    """Names of the command line that no spec has."""
    known_checks = {n for spec in specs for n in spec.program.checks}
    known_properties = {n for spec in specs for n in spec.program.properties} | {*AUTOMATIC, NO_DEADLOCK}
    known_params = {n for spec in specs for n in spec.program.params}
    rows = [
        ("check", request.checks, known_checks),
        ("property", request.properties, known_properties),
        ("parameter", tuple(request.params), known_params),
    ]
    return [
        Diagnostic(Code.BAD_OPTION, f"no spec has a {kind} `{name}`", hint=did_you_mean(name, known))
        for kind, names, known in rows
        for name in names
        if name not in known
    ]


def report_unused(spec: Spec, collector: Collector) -> None:
    """Warn of properties that no check names; what no check uses is still read for its mistakes."""
    if spec.program.checks:
        for prop in unchecked_properties(spec.program):
            hint = "name it in an `expect` line"
            message = f"no check names the property `{prop.name}`"
            collector.warn(Code.UNUSED, message, prop.name.span, hint=hint)
    survey(spec.program, collector)


# --- Deciding ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Work:
    """The work on one spec: what was run, and the cells of each `find` that is not answered yet."""

    spec: Spec
    request: Request
    progress: ProgressCallback
    runs: list[Run] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    cells: dict[int, list[Result]] = field(default_factory=dict)
    told: set[tuple[object, ...]] = field(default_factory=set)

    @property
    def stopped(self) -> bool:
        """The user stopped it."""
        return any(run.decision.interrupted for run in self.runs)

    def results(self, p: Planned, model: Model) -> Iterator[AnyResult]:
        """What an instance tells; of a cell what nobody asked for and is not met, and with the last one
        the answer."""
        found = _decide(self.spec, self.request, p.instance, model, self.runs, self.progress)
        if p.find is None or p.find.prop not in p.wanted:
            for result in found:
                self.told.add(_about(result))
                yield result
            return
        for result in found:
            if isinstance(result, Result) and result.prop.name == p.find.prop:
                self.cells.setdefault(id(p.find), []).append(result)
            elif not result.met and _about(result) not in self.told:
                self.told.add(_about(result))
                yield result
        if p.instance is p.find.cells[-1] or self.runs[-1].decision.interrupted:
            yield self.answer(p.find, self.cells.pop(id(p.find)))

    def answer(self, find: Find, table: list[Result]) -> FindResult:
        """The answer to a `find`, its cells decided."""
        started = self.request.limits.clock()
        spent = sum(r.seconds for r in table)
        if isinstance(find.item, s.FindLeast):
            return self._told(find, find_result(find, least(find, table), spent))
        if self.runs[-1].decision.interrupted:
            return find_result(find, Answered(None, "interrupted", tuple(table)), spent)
        program, cell = self.spec.program, find.cells[0]
        budgets = fault_budgets(program, cell.request)

        def decide(limits: tuple[int, ...]) -> Result:
            changed = with_budgets(program, cell.request, budgets, limits)
            model = elaborate(changed, cell.request, (find.prop,), Collector())
            assert model is not None
            row = replace(cell, labels=(*cell.labels, *labels(budgets, limits)))
            decided = _decide(self.spec, self.request, row, model, self.runs, self.progress)
            return next(r for r in decided if isinstance(r, Result))

        answer = weakest(table[0], budgets, decide)
        return find_result(find, answer, spent + self.request.limits.clock() - started)

    def _told(self, find: Find, result: FindResult) -> FindResult:
        if result.found is not None and changes_back(result):
            self.warnings.append(lost_again(find, result))
        return result


def _about(result: Result | CountResult) -> tuple[object, ...]:
    """What a result is about: several questions may have the same instances, and each is told of once."""
    params = result.params if isinstance(result, Result) else ()
    name = result.prop.name if isinstance(result, Result) else "states"
    return result.check, result.instance, params, name


def _decide(
    spec: Spec,
    request: Request,
    instance: Instance,
    model: Model,
    runs: list[Run],
    progress: ProgressCallback,
) -> Iterator[Result | CountResult]:
    limits = _limits(request, instance)
    started = limits.clock()
    answer = ask(request.engine or instance.engine, instance, model, limits, progress)
    decision, seconds = answer.decision, limits.clock() - started
    cell = instance.check is not spec.program.checks[instance.check.name.text]
    runs.append(Run(instance, model, answer, cell))
    for prop in model.properties:
        expected = instance.expectations.get(prop.name)
        yield Result(
            file=spec.name,
            check=instance.check.name.text,
            instance=instance.labels,
            variants=instance.request.variants,
            prop=prop,
            system=model.system_of(prop),
            engine=answer.engines[prop.name],
            verdict=decision.verdicts.get(prop.name, Unknown("interrupted")),
            expected=expected or (Expectation("holds") if prop.name in UNASKED else None),
            automatic=expected is None,
            cites=_cites(spec, instance, prop),
            statistics=decision.statistics,
            seconds=seconds,
            params=tuple(instance.request.params.items()),
            adversaries=instance.request.adversaries,
            assumptions=tuple(a.text for a in model.system.assumptions),
        )
    if instance.states is not None and not request.properties:
        yield CountResult(
            file=spec.name,
            check=instance.check.name.text,
            instance=instance.labels,
            variants=instance.request.variants,
            states=_count(decision.statistics),
            expected=instance.states,
            engine="explicit",
            statistics=decision.statistics,
            seconds=seconds,
            adversaries=instance.request.adversaries,
            assumptions=tuple(a.text for a in model.system.assumptions),
        )


def _cites(spec: Spec, instance: Instance, prop: Property) -> tuple[str, ...]:
    """What a result rests on: the citations of its property, of the monitor that this is about, of its
    check and of the adversaries at work."""
    program = spec.program
    declared = program.properties.get(prop.name)
    body = None if declared is None else declared.body
    monitor = program.monitors[body.monitor.text].cites if isinstance(body, s.MonitorNever) else ()
    adversaries = [c for name in instance.request.adversaries for c in program.adversaries[name].cites]
    return (*prop.cites, *monitor, *instance.check.cites, *adversaries)


def _count(statistics: Statistics | None) -> int | None:
    return statistics.states if statistics is not None and statistics.complete else None


def _limits(request: Request, instance: Instance) -> Limits:
    """The request's limits with the check's own budget, whichever is less."""
    seconds = [x for x in (request.limits.seconds, instance.seconds) if x is not None]
    return replace(request.limits, seconds=min(seconds, default=None))


# --- Warnings ----------------------------------------------------------------------------------------


def _refused(runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """One warning a check where the explicit engine would have to give up."""
    reasons = {r.instance.check.name.text: (r.answer.refused, r.instance) for r in runs if r.answer.refused}
    for check, (reason, instance) in reasons.items():
        yield Diagnostic(
            Code.TOO_MANY_CHOICES,
            f"check `{check}`: {reason}",
            instance.check.name.span,
            hint=f"the symbolic engine was asked instead (for {FALLBACK_SECONDS:.0f} s unless --budget says)",
            severity=Severity.WARNING,
        )


def _deadlocks(runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """One warning a check for states without a successor that no property speaks of. Of the instances of
    a `find` only where there are no others."""
    silent_runs: dict[str, list[Run]] = {}
    others = {run.instance.check.name.text for run in runs if not run.cell}
    for run in runs:
        if run.cell and run.instance.check.name.text in others:
            continue
        told = any(p.kind is PropertyKind.DEADLOCK_FREE for p in run.model.properties)
        if not told:
            silent_runs.setdefault(run.instance.check.name.text, []).append(run)
    for check, group in silent_runs.items():
        seen = [r.decision.statistics for r in group]
        lengths = [s.deadlock for s in seen if s is not None and s.deadlock is not None]
        if lengths:
            where = f"in {len(lengths)} of {len(group)} instances" if len(group) > 1 else "here"
            yield Diagnostic(
                Code.DEADLOCK,
                f"check `{check}`: a state without a successor is reached after {min(lengths)} steps {where}",
                group[0].instance.check.name.span,
                hint="say whether it may: `expect no_deadlock : ...`, or `deadlock_free except ...`",
                severity=Severity.WARNING,
            )


def _cut_off(runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """One warning a check for assumptions that leave nothing to look at."""
    told: set[str] = set()
    for run in runs:
        check, seen, assumed = run.instance.check.name, run.decision.statistics, run.model.system.assumptions
        if not assumed or seen is None or not seen.complete or seen.transitions or check.text in told:
            continue
        told.add(check.text)
        left = "no step" if seen.states else "no initial state: its verdicts say nothing"
        texts = ", ".join(a.text for a in assumed)
        message = f"check `{check}`: what is assumed ({texts}) leaves {left}"
        yield Diagnostic(Code.BAD_SCENARIO, message, assumed[0].span, severity=Severity.WARNING)


def _zeno(runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """One warning a check for a cycle without `tick` while time has work to do."""
    told: set[str] = set()
    for run in runs:
        check, seen = run.instance.check.name, run.decision.statistics
        if seen is None or seen.zeno is None or check.text in told:
            continue
        told.add(check.text)
        around = "; ".join(seen.zeno.actions[:4]) + ("; ..." if len(seen.zeno.actions) > 4 else "")
        message = f"check `{check}`: after {seen.zeno.after} steps a run can go round without `tick`"
        yield Diagnostic(Code.ZENO, f"{message}: {around}", check.span,
                         hint="let something in the cycle take time", severity=Severity.WARNING)  # fmt: skip


def _idle(spec: Spec, runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """Warnings for handlers and states that no check of the file reaches."""
    own = spec.program.main.span.source
    if any(not (r.decision.statistics and r.decision.statistics.complete) for r in runs):
        return
    handlers, states = never_reached((run.model.system, run.decision) for run in runs)
    possible = {a.span for run in runs for a in run.model.system.actions if a.span is not None}
    used = {e.role for run in runs for e in run.model.system.endpoints}
    never = [h.span for name in used for h in all_handlers(spec.program.roles[name])
             if not isinstance(h.body, s.Defer) and h.span not in possible]  # fmt: skip
    for span in (*handlers, *never):
        if span.source is own:
            yield _warning(f"no check reaches the handler `{_short(span)}`", span)
    blocks = {(role, b.name.text): b.name.span for role in used for b in spec.program.roles[role].items
              if isinstance(b, s.StateBlock)}  # fmt: skip
    for role, state in states:
        at = blocks.get((role, state))
        if at is not None and at.source is own:
            yield _warning(f"no check reaches the state {state} of role {role}", at)


def _warning(message: str, span: Span) -> Diagnostic:
    return Diagnostic(Code.NEVER_REACHED, message, span, severity=Severity.WARNING)


def _short(span: Span) -> str:
    text = " ".join(span.text.split())
    return text if len(text) <= 60 else text[:57] + "..."
