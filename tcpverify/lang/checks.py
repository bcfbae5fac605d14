"""Checks: the instances of a matrix, and what is expected of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import field
from itertools import product
from math import prod
from typing import Literal

from tcpverify.diagnostics import Code, Collector, Note
from tcpverify.ir.expr import Const, Sort, Value, bounds, is_true, show_value
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.constants import Constants, param_sort, value_from_text
from tcpverify.lang.elaborate.expressions import elaborate_bool
from tcpverify.lang.elaborate.fresh import fixed_values
from tcpverify.lang.elaborate.instance import Request, given_params, merge, set_param
from tcpverify.lang.elaborate.scope import Abandoned, GivenUp, Scope, World
from tcpverify.lang.elaborate.shapes import constant
from tcpverify.lang.resolve import AUTOMATIC, NO_DEADLOCK, Program
from tcpverify.records import record
from tcpverify.source import Span
from tcpverify.verdict import Expectation

MAX_INSTANCES = 10_000

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}

REACHABLE_WORDS = {"reachable", "unreachable", "bounded", "unknown"}


@record
class Instance:
    """One row of a check's matrix.

    `labels` shows the swept parameters, `properties` are those with an expectation here, in textual
    order, `states` is the expected number of reachable states. `places`: of each property the line that
    expects something of it; of the number of states it is `states_at`.
    """

    check: s.Check
    labels: tuple[tuple[str, str], ...]
    request: Request
    expectations: Mapping[str, Expectation]
    states: int | None
    engine: Literal["auto", "explicit", "smt", "both"]
    seconds: float | None
    places: Mapping[str, Span] = field(default_factory=dict)
    states_at: Span | None = None

    @property
    def properties(self) -> tuple[str, ...]:
        return tuple(self.expectations)


def instances(
    program: Program, check: s.Check, overrides: Mapping[str, str], collector: Collector
) -> list[Instance]:
    """The instances of a check in the order of the matrix, the last `for` varying fastest.

    `overrides` are parameters of the command line, `VALUE` or `lo..hi`; they win over the check.
    """
    own = Collector()
    try:
        return _instances(program, check, overrides, own)
    except GivenUp:
        return []
    except RecursionError:
        message = f"definitions of check `{check.name}` are nested too deeply"
        own.error(Code.TOO_DEEP, message, check.name.span)
        return []
    finally:
        merge(own, collector)


def _instances(
    program: Program, check: s.Check, overrides: Mapping[str, str], collector: Collector
) -> list[Instance]:
    world = World(program, collector)
    run = _run(check, collector)
    if run is None:
        return []
    variants = tuple(w.name.text for w in run.withs if w.kind == "variant")
    adversaries = tuple(w.name.text for w in run.withs if w.kind == "adversary")
    given = given_params(program, Request("", {}, variants), world)
    sweeps = _sweeps(check, overrides, {**given, **_fixed(program, run, check, overrides, given)}, world)
    total = prod(_size(values) for _, values, _ in sweeps)
    if total > MAX_INSTANCES:
        message = f"{total:,} instances are more than can be run ({MAX_INSTANCES:,})"
        collector.error(Code.TOO_MANY_INSTANCES, message, check.name.span)
    if collector.failed:
        return []
    result = []
    for values in product(*(values for _, values, _ in sweeps)):
        row = {name: value for (name, _, _), value in zip(sweeps, values, strict=True)}
        labels = tuple((name, show_value(v, sort)) for (name, _, sort), v in zip(sweeps, values, strict=True))
        known = given_params(program, Request("", row, variants), world)
        request = Request(run.scenario.text, {**_withs(run, known, world), **row}, variants, adversaries)
        found = _instance(program, check, labels, request, collector)
        if found is not None:
            result.append(found)
    if collector.failed:
        return []
    _report_idle(check, program, result, collector)
    return result


def _size(values: Sequence[Value]) -> int:
    """How many values there are; a range may have more than `len` can say."""
    return max(0, values.stop - values.start) if isinstance(values, range) else len(values)


def _run(check: s.Check, collector: Collector) -> s.Run | None:
    runs = [i for i in check.items if isinstance(i, s.Run)]
    if not runs:
        message = f"check `{check.name}` does not say what to run"
        collector.error(Code.BAD_CHECK, message, check.name.span, hint="add `run SCENARIO`")
        return None
    for extra in runs[1:]:
        message = f"check `{check.name}` runs two scenarios"
        collector.error(Code.BAD_CHECK, message, extra.span, Note("the first one", runs[0].span),
                        hint="write two checks")  # fmt: skip
    return runs[0]


def _fixed(
    program: Program, run: s.Run, check: s.Check, overrides: Mapping[str, str], given: Mapping[str, Value]
) -> dict[str, Value]:
    """What `with` sets to the same value in every instance; mistakes are reported by those that use it."""
    varied = {i.param.text for i in check.items if isinstance(i, s.Sweep)} | overrides.keys()
    return _withs(run, given, World(program, Collector()), varied)


def _withs(
    run: s.Run, known: Mapping[str, Value], world: World, varied: Set[str] = frozenset()
) -> dict[str, Value]:
    """What `with` sets, from what is known and what stands before it; nothing where that is `varied`."""
    values: dict[str, Value] = {}
    for w in run.withs:
        if w.kind == "param" and w.value is not None:
            world.constants = Constants(world, {**known, **values}, varied - values.keys())
            value = set_param(w.name, w.value, world)
            if value is not None:
                values[w.name.text] = value
    return values


Sweep = tuple[str, Sequence[Value], Sort]


def _sweeps(
    check: s.Check, overrides: Mapping[str, str], given: Mapping[str, Value], world: World
) -> list[Sweep]:
    """What varies, in the order of the matrix. What a `for` ranges over may depend on parameters that are
    `given` or have one value on the command line, not on those that vary too: the matrix has no holes."""
    told: dict[str, Sweep] = {}
    for name, text in overrides.items():
        if name in world.program.params:
            try:
                sort = param_sort(name, world)
            except Abandoned:
                continue
            told[name] = (name, override_values(name, text, sort, world.collector), sort)
    items = [i for i in check.items if isinstance(i, s.Sweep)]
    single = {name: values[0] for name, values, _ in told.values() if _size(values) == 1}
    varied = ({i.param.text for i in items} | told.keys()) - single.keys()
    sweeps: dict[str, Sweep] = {}
    named: set[str] = set()
    for item in items:
        name = item.param.text
        if name in named:
            world.collector.error(Code.DUPLICATE_NAME, f"`{name}` is swept twice", item.param.span)
        named.add(name)
        try:
            sort = param_sort(name, world)
            world.constants = Constants(world, {**given, **single}, varied, item.values.span)
            values = _whole(item, sort, world) or fixed_values(item.values, sort, Scope(world))
            if values is None:
                world.fail(Code.NOT_CONSTANT, "values fixed before the run are needed here", item.values.span)
            sweeps[name] = (name, values, sort)
        except Abandoned:
            continue
    return list({**sweeps, **told}.values())


def _whole(item: s.Sweep, sort: Sort, world: World) -> range | None:
    """An interval as a range, so that a huge one is counted and not enumerated."""
    if not isinstance(item.values, s.Interval):
        return None
    lo, hi = (constant(e, Scope(world)) for e in (item.values.lo, item.values.hi))
    if lo < bounds(sort)[0] or hi > bounds(sort)[1] or lo > hi:
        world.fail(Code.OUT_OF_TYPE, f"{lo}..{hi} lies outside {sort}", item.values.span)
    return range(lo, hi + 1)


def override_values(name: str, text: str, sort: Sort, collector: Collector) -> Sequence[Value]:
    """The values of a parameter given on the command line: `VALUE` or `lo..hi`."""
    lo_text, dots, hi_text = text.partition("..")
    lo = value_from_text(lo_text, sort)
    hi = value_from_text(hi_text, sort) if dots else lo
    if lo is None or hi is None or lo > hi:
        collector.error(
            Code.BAD_OPTION, f"`{text}` is no value of parameter `{name}`", hint=f"its type is {sort}"
        )
        return ()
    return range(lo, hi + 1) if dots else (lo,)


# --- Expectations ------------------------------------------------------------------------------------


def _instance(
    program: Program,
    check: s.Check,
    labels: tuple[tuple[str, str], ...],
    request: Request,
    collector: Collector,
) -> Instance | None:
    world = World(program, collector)
    world.constants = Constants(world, given_params(program, request, world))
    scope = Scope(world)
    expectations: dict[str, tuple[Expectation, s.Expect]] = {}
    states: tuple[int, s.ExpectStates] | None = None
    for item in check.items:
        try:
            if isinstance(item, s.Expect) and applies(item.condition, scope):
                _expect(item, expectations, program, scope)
            elif isinstance(item, s.ExpectStates) and applies(item.condition, scope):
                count = constant(item.count, scope)
                if states is not None and states[0] != count:
                    _contradiction("states", item, states[1], collector)
                states = (count, item)
        except Abandoned:
            continue
    if collector.failed:
        return None
    engines = [i.engine for i in check.items if isinstance(i, s.EngineChoice)]
    budgets = [i.count * SECONDS[i.unit] for i in check.items if isinstance(i, s.Budget)]
    return Instance(
        check=check,
        labels=labels,
        request=request,
        expectations={name: e for name, (e, _) in expectations.items()},
        states=states[0] if states else None,
        engine=engines[-1] if engines else "auto",
        seconds=budgets[-1] if budgets else None,
        places={name: item.span for name, (_, item) in expectations.items()},
        states_at=states[1].span if states else None,
    )


def applies(condition: s.Expression | None, scope: Scope) -> bool:
    """Whether `when E` is true of an instance (None: always). Raises Abandoned after reporting a mistake."""
    if condition is None:
        return True
    term = elaborate_bool(condition, scope)
    if not isinstance(term.value, Const):
        scope.world.fail(Code.NOT_CONSTANT, "a condition on parameters is needed here", condition.span)
    return is_true(term.value) and is_true(term.defined)


def _expect(
    item: s.Expect, expectations: dict[str, tuple[Expectation, s.Expect]], program: Program, scope: Scope
) -> None:
    verdict = item.verdict
    exact = None if verdict.exact is None else constant(verdict.exact, scope)
    within = None if verdict.within is None else constant(verdict.within, scope)
    expected = Expectation(verdict.word, exact, within)
    for name in item.properties:
        _check_word(name, verdict, program, scope.world.collector)
        earlier = expectations.get(name.text)
        if earlier is not None and earlier[0] != expected:
            _contradiction(name.text, item, earlier[1], scope.world.collector)
        expectations[name.text] = (expected, item)


def _contradiction(
    name: str, item: s.Expect | s.ExpectStates, earlier: s.Expect | s.ExpectStates, collector: Collector
) -> None:
    message = f"two expectations of `{name}` disagree for one instance"
    collector.error(Code.CONTRADICTORY_EXPECTATION, message, item.span, Note("the other one", earlier.span))


def _check_word(
    name: s.Identifier, verdict: s.ExpectedVerdict, program: Program, collector: Collector
) -> None:
    """`reachable` properties are reachable or not; the others hold or not."""
    declared = program.properties.get(name.text)
    body = declared.body if declared else None
    is_reachable = isinstance(body, s.StateProperty) and body.form == "reachable"
    allowed = (
        verdict.word in REACHABLE_WORDS if is_reachable else verdict.word not in {"reachable", "unreachable"}
    )
    if not allowed:
        hint = "`reachable` or `unreachable`" if is_reachable else "`holds` or `violated`"
        collector.error(
            Code.BAD_CHECK,
            f"property `{name}` is never `{verdict.word}`",
            verdict.span,
            hint=f"expect {hint}",
        )


def _report_idle(check: s.Check, program: Program, found: Sequence[Instance], collector: Collector) -> None:
    """Warn of an expectation that applies to no instance."""
    known = {name for instance in found for name in instance.expectations}
    for item in check.items:
        if isinstance(item, s.Expect) and item.condition is not None:
            for name in item.properties:
                if name.text not in known and (name.text in program.properties or name.text in AUTOMATIC):
                    collector.warn(Code.UNUSED, f"no instance is expected to decide `{name}`", item.span)


def unchecked_properties(program: Program) -> list[s.Property]:
    """The properties of the main file that no check names; lemmas are tried in proofs anyhow."""
    named = {
        name.text for check in program.checks.values() for item in check.items for name in _named_by(item)
    }
    own = [d for d in program.main.declarations if isinstance(d, s.Property)]
    return [
        p for p in own if p.name.text not in named and p.name.text != NO_DEADLOCK and not is_lemma(p.body)
    ]


def is_lemma(body: s.PropertyBody) -> bool:
    """Whether a property is a lemma, there to help proofs of others."""
    return isinstance(body, s.StateProperty) and body.form == "lemma"


def _named_by(item: s.CheckItem) -> tuple[s.Identifier, ...]:
    """The properties that a line of a check is about."""
    match item:
        case s.Expect(properties=names):
            return names
        case s.FindLeast(property=name) | s.FindCondition(property=name) | s.FindWeakest(property=name):
            return (name,)
        case _:
            return ()
