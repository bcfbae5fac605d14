"""Deciding one instance: elaborated, put to an engine, its verdicts made results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from tcpverify.diagnostics import Broken, Code, Collector, Diagnostic
from tcpverify.ir.system import Property
from tcpverify.lang import syntax as s
from tcpverify.lang.budgets import fault_budgets, with_budgets
from tcpverify.lang.checks import Instance
from tcpverify.lang.elaborate import Model, elaborate
from tcpverify.lang.finds import Find
from tcpverify.limits import Limits, ProgressCallback
from tcpverify.pipeline.ask import Answer, Disagreed, ask
from tcpverify.pipeline.condition import condition_result, not_found
from tcpverify.pipeline.disagreement import both_sides, in_words
from tcpverify.pipeline.find import Answered, find_result, labels, weakest
from tcpverify.pipeline.lemmas import lemmas
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import UNASKED, Planned, Request, counts_states, model_of
from tcpverify.pipeline.remembered import Rows, fetch, final, keep
from tcpverify.pipeline.stored import known
from tcpverify.records import record
from tcpverify.result import CountResult, FindResult, Result
from tcpverify.trace import NotARun
from tcpverify.verdict import Decision, Expectation, Statistics, Unknown

NOTHING: Rows = {}


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


@record
class Done:
    """What came of an instance: the engine's runs, their results, and of a `find weakest network`
    or a `find condition` the answer; `problems`: what is wrong with the spec there, or odd; `failures`:
    faults of ours; `sides`: names and texts of files with what two engines say that disagree."""

    runs: tuple[Run, ...] = ()
    results: tuple[Result | CountResult, ...] = ()
    answer: FindResult | None = None
    problems: tuple[Diagnostic, ...] = ()
    failures: tuple[Diagnostic, ...] = ()
    sides: tuple[tuple[str, str], ...] = ()

    @property
    def interrupted(self) -> bool:
        return any(run.decision.interrupted for run in self.runs)


def decide(spec: Spec, request: Request, p: Planned, progress: ProgressCallback) -> Done:
    """Decide an instance, and keep what came of it if the request wants that. Raises Broken."""
    try:
        done = _decided(spec, request, p, progress)
        if request.cache is not None and p.key and _is_final(p, done, request):
            rows = {run.instance.labels: (run.model, run.answer) for run in done.runs}
            keep(request.cache, p.key, spec, rows)
        return done
    except Exception as fault:
        what = " ".join(f"{type(fault).__name__}: {fault}".split())
        raise Broken(f"{place(p.instance)}: {what}") from fault


def recalled(spec: Spec, request: Request, p: Planned, progress: ProgressCallback) -> Done | None:
    """What came of an instance in an earlier run, compared with what is expected now; None if it is not
    there, or cannot be used."""
    rows = None if request.cache is None or not p.kept else fetch(request.cache, p.key, spec)
    if not rows or p.instance.labels not in rows:
        return None
    try:
        return _decided(
            spec, request, replace(p, early=True, model=rows[p.instance.labels][0]), progress, rows
        )
    except Exception:  # then it is decided anew, and a fault of ours shows there
        return None


def _is_final(p: Planned, done: Done, request: Request) -> bool:
    """Whether what came of an instance may be told again."""
    spotless = done.runs and not (p.odd or done.problems or done.failures or done.interrupted)
    return bool(spotless) and all(final(r.instance, request.limits, r.decision) for r in done.runs)


def read(spec: Spec, p: Planned) -> Done:
    """Only elaborate an instance, for what is wrong there; of what is kept, nothing is."""
    collector = Collector()
    if not (p.early or p.kept):
        model_of(spec, p, collector)
    return Done(problems=tuple(collector.diagnostics))


def lost(spec: Spec, request: Request, p: Planned, reason: str) -> Done:
    """An instance that nothing could be found out about."""
    collector = Collector()
    model = model_of(spec, p, collector)
    if model is None:
        return Done(problems=tuple(collector.diagnostics))
    if p.condition is not None:
        told = not_found(spec, p.condition, model, reason)
        return Done(answer=told, problems=tuple(collector.diagnostics))
    unknown = {prop.name: Unknown(reason) for prop in model.properties}
    answer = Answer(Decision(dict(unknown)), dict.fromkeys(unknown, request.engine or p.instance.engine))
    work = _Work(spec, request, lambda _: None)
    results = tuple(work.results(p.instance, model, answer, 0.0))
    find = weakest_asked(p)
    done = Done(tuple(work.runs), results, None, tuple(collector.diagnostics))
    if find is None:
        return done
    return replace(done, answer=find_result(find, Answered(None, reason, (_sought(find, results),)), 0.0))


def place(instance: Instance) -> str:
    """Which instance, for messages."""
    shown = ", ".join(f"{n}={v}" for n, v in instance.labels)
    return f"check {instance.check.name}" + (f" ({shown})" if shown else "")


def weakest_asked(p: Planned) -> Find | None:
    """The `find weakest network` that an instance is the only cell of, if it is one."""
    asked = p.find is not None and p.find.prop in p.wanted and isinstance(p.find.item, s.FindWeakest)
    return p.find if asked else None


def _decided(
    spec: Spec, request: Request, p: Planned, progress: ProgressCallback, rows: Rows = NOTHING
) -> Done:
    collector = Collector()
    model = model_of(spec, p, collector)
    problems = tuple(collector.diagnostics)
    if model is None:
        return Done(problems=problems)
    work, answer = _Work(spec, request, progress, rows), None
    results: tuple[Result | CountResult, ...] = ()
    try:
        if p.condition is not None:
            limits = limits_of(request, p.instance)
            told = condition_result(spec, p.condition, model, limits, request.proofs)
            return Done(answer=told, problems=problems)
        results = work.decide(p.instance, model)
        find = weakest_asked(p)
        answer = None if find is None else work.weakest(find, _sought(find, results))
    except NotARun as problem:
        failure = _failure(Code.REPLAY_FAILED, p, str(problem))
        return Done(tuple(work.runs), results, None, problems, (failure,))
    except Disagreed as problem:
        failure = _failure(Code.ENGINES_DISAGREE, p, in_words(problem.found))
        sides = both_sides(spec, p.instance, problem.system, problem.found)
        return Done(tuple(work.runs), results, None, problems, (failure,), tuple(sides.items()))
    return Done(tuple(work.runs), results, answer, problems)


def _failure(code: Code, p: Planned, what: str) -> Diagnostic:
    name = p.instance.check.name
    hint = "with --output DIR both sides are kept in DIR" if code is Code.ENGINES_DISAGREE else None
    return Diagnostic(code, f"check {name}: {what}", name.span, hint=hint)


def _sought(find: Find, results: tuple[Result | CountResult, ...]) -> Result:
    return next(r for r in results if isinstance(r, Result) and r.prop.name == find.prop)


@dataclass(slots=True)
class _Work:
    """The work on one instance, and what was run for it."""

    spec: Spec
    request: Request
    progress: ProgressCallback
    rows: Rows = field(default_factory=dict)
    """What is known of an earlier run."""
    runs: list[Run] = field(default_factory=list)

    def decide(self, instance: Instance, model: Model) -> tuple[Result | CountResult, ...]:
        """Ask an engine. Raises NotARun and Disagreed."""
        limits = limits_of(self.request, instance)
        started = limits.clock()
        if instance.labels in self.rows:
            kept = self.rows[instance.labels][1]
            return tuple(self.results(instance, model, kept, limits.clock() - started, cached=True))
        tried = partial(lemmas, self.spec.program, instance.request)
        recall = partial(known, self.request.proofs, self.spec, instance.request)
        engine = self.request.engine or instance.engine
        answer = ask(engine, instance, model, limits, self.progress, tried, recall)
        return tuple(self.results(instance, model, answer, limits.clock() - started))

    def weakest(self, find: Find, full: Result) -> FindResult:
        """The answer to a `find weakest network`, the network as it is being decided."""
        started = self.request.limits.clock()
        if self.runs[-1].decision.interrupted:
            return find_result(find, Answered(None, "interrupted", (full,)), full.seconds)
        program, cell = self.spec.program, find.cells[0]
        budgets = fault_budgets(program, cell.request)

        def decide(limits: tuple[int, ...]) -> Result:
            row = replace(cell, labels=(*cell.labels, *labels(budgets, limits)))
            kept = self.rows.get(row.labels)
            changed = with_budgets(program, cell.request, budgets, limits)
            model = kept[0] if kept else elaborate(changed, cell.request, (find.prop,), Collector())
            assert model is not None
            return _sought(find, self.decide(row, model))

        answer = weakest(full, budgets, decide)
        return find_result(find, answer, full.seconds + self.request.limits.clock() - started)

    def results(
        self, instance: Instance, model: Model, answer: Answer, seconds: float, cached: bool = False
    ) -> Iterator[Result | CountResult]:
        """An answer as results."""
        spec, decision = self.spec, answer.decision
        cell = instance.check is not spec.program.checks[instance.check.name.text]
        self.runs.append(Run(instance, model, answer, cell))
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
                place=instance.places.get(prop.name, instance.check.name.span),
                cached=cached,
            )
        if instance.states is not None and counts_states(instance, self.request):
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
                place=instance.states_at,
                cached=cached,
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


def limits_of(request: Request, instance: Instance) -> Limits:
    """The request's limits with the check's own budget, whichever is less; whether states are counted."""
    seconds = [x for x in (request.limits.seconds, instance.seconds) if x is not None]
    counts = counts_states(instance, request)
    return replace(request.limits, seconds=min(seconds, default=None), counts=counts)
