"""Planning: what a request makes of a spec, the instances to run and the properties to decide of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from tcpverify.diagnostics import Code, Collector, Diagnostic, did_you_mean
from tcpverify.ir.expr import Value
from tcpverify.ir.system import PropertyKind
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import Instance, instances, unchecked_properties
from tcpverify.lang.conditions import ConditionFind
from tcpverify.lang.elaborate import Model, elaborate
from tcpverify.lang.elaborate.instance import merge
from tcpverify.lang.finds import Find, finds, only_finds
from tcpverify.lang.resolve import AUTOMATIC, NO_DEADLOCK, Program
from tcpverify.limits import Limits
from tcpverify.pipeline.ask import EngineChoice
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.remembered import Keys, there
from tcpverify.pipeline.survey import survey
from tcpverify.records import record

UNASKED = AUTOMATIC
"""The properties that are decided without being asked for; `no_timelock` of timed instances only."""


@record
class Request:
    """What to verify: names of checks and properties (empty: all), an engine (None: as the check
    says), parameters by name as `VALUE` or `lo..hi`, and what it may cost. `unasked`: the properties
    named are decided of every instance, whether something is expected of them or not, and nothing else.
    `only`: of all checks those, by file and name, that this run is to decide (None: all), the others being
    left to other runs. `jobs`: how many processes may work at once. `proofs`: a folder with certificates to
    try first. `cache`: a folder with verdicts of earlier runs (`pipeline/remembered.py`; None: no verdict is
    taken from there, nor kept). `branches`: whether it is looked which branches of handlers are taken, and
    whether those that never are give a warning."""

    checks: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    engine: EngineChoice | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    fail_fast: bool = False
    unasked: bool = False
    only: frozenset[tuple[str, str]] | None = None
    jobs: int = 1
    proofs: Path | None = None
    cache: Path | None = None
    branches: Literal["no", "counted", "warned of"] = "no"

    @property
    def whole(self) -> bool:
        """Everything that the file asks for is run, so that what was never reached can be told."""
        narrowed = self.checks or self.properties or self.params or self.only is not None
        return not (narrowed or self.fail_fast)

    def decides(self, spec: Spec, check: str) -> bool:
        """Whether a check is one that this run decides."""
        named = not self.checks or check in self.checks
        return named and (self.only is None or (spec.name, check) in self.only)


@record
class Planned:
    """An instance to run and the properties to decide; `model`, if it is elaborated already (`early`):
    None if there were mistakes in it. `find`: what it is a cell of, if it is one. `condition`: the
    `find condition` that it is the instance of, if it is that. `key`: under which name its verdicts are kept,
    empty if they are not; `kept`: they are there, from an earlier run, and then it is not elaborated early.
    `odd`: there is something to warn of."""

    instance: Instance
    wanted: tuple[str, ...]
    early: bool
    model: Model | None
    find: Find | None = None
    condition: ConditionFind | None = None
    key: str = ""
    kept: bool = False
    odd: bool = False


Look: TypeAlias = Callable[[Sequence[Planned], Collector], Sequence[Planned]]
"""Elaborates the instances that are to be looked at early; mistakes in them go to the collector, in order."""


def plan(spec: Spec, request: Request, collector: Collector, look: Look | None = None) -> list[Planned]:
    """Every instance to run. The first one of each check and of each `find` is elaborated (by `look`, if it
    is given) and what no check uses is read, so that mistakes are known before anything is decided: few
    depend on the parameters."""
    found: list[Planned] = []
    others: list[Planned] = []
    keys = Keys(spec, request.limits, request.proofs) if request.cache else None
    for name, check in spec.program.checks.items():
        if request.checks and name not in request.checks:
            continue
        rows = _rows(spec, check, request, collector)
        if request.decides(spec, name):
            found += _planned(rows, request, keys)
        else:
            others += (Planned(instance, wanted, False, None, find) for instance, wanted, find in rows)
    if look is None:
        found = [looked_at(spec, p, collector) if p.early else p for p in found]
    else:
        found = list(look(found, collector))
    if not request.checks and not request.properties:
        report_unused(spec, [*found, *others], collector)
    return found


def shard(specs: Sequence[Spec], request: Request, number: int, count: int) -> frozenset[tuple[str, str]]:
    """Every check of the request belongs to one of `count` shards: those of one, by number from 1. They are
    dealt out in turn, in the order of the files and of the text: each shard gets some of each file."""
    checks = [(spec.name, name) for spec in specs for name in spec.program.checks
              if not request.checks or name in request.checks]  # fmt: skip
    return frozenset(checks[number - 1 :: count])


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


def _planned(rows: Iterable[_Row], request: Request, keys: Keys | None) -> Iterator[Planned]:
    """The rows, the first of each question to be looked at early unless what came of it is kept: then there
    was no mistake in it, and nothing to warn of."""
    begun: set[int] = set()
    for instance, wanted, find in rows:
        question = 0 if find is None else id(find.item)
        first = question not in begun
        begun.add(question)
        key = "" if keys is None else _key(keys, instance, wanted, find, request)
        kept = request.cache is not None and there(request.cache, key)
        yield Planned(instance, wanted, first and not kept, None, find, None, key, kept)


def looked_at(spec: Spec, p: Planned, collector: Collector) -> Planned:
    """An instance with its model, mistakes in it told."""
    own = Collector()
    model = elaborate(spec.program, p.instance.request, p.wanted, own)
    merge(own, collector)
    return replace(p, model=model, odd=bool(own.diagnostics))


def _key(keys: Keys, instance: Instance, wanted: Sequence[str], find: Find | None, request: Request) -> str:
    """Under which name the verdicts of an instance are kept."""
    engine = request.engine or instance.engine
    weakest = find is not None and isinstance(find.item, s.FindWeakest)
    return keys.of(instance, wanted, engine, counts_states(instance, request), weakest)


def counts_states(instance: Instance, request: Request) -> bool:
    """Whether the number of states is asked for."""
    return instance.states is not None and not request.properties


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
        model = model_of(spec, p, collector)
        if model is not None:
            yield p, model


def model_of(spec: Spec, p: Planned, collector: Collector) -> Model | None:
    """The model of an instance, elaborated unless it is already; None if there are mistakes in it."""
    model = p.model if p.early else elaborate(spec.program, p.instance.request, p.wanted, collector)
    return None if model is None else _without_time(model, p.instance)


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


def report_unused(spec: Spec, planned: Sequence[Planned], collector: Collector) -> None:
    """Warn of properties that no check names; what no check uses is still read for its mistakes."""
    if spec.program.checks:
        for prop in unchecked_properties(spec.program):
            hint = "name it in an `expect` line"
            message = f"no check names the property `{prop.name}`"
            collector.warn(Code.UNUSED, message, prop.name.span, hint=hint)
    survey(spec.program, _usual_values(spec.program, planned), collector)


def _usual_values(program: Program, planned: Sequence[Planned]) -> dict[str, Value]:
    """Of each parameter without a default the first value that a check gives it."""
    values: dict[str, Value] = {}
    for p in planned:
        for name, value in p.instance.request.params.items():
            if program.params[name].default is None:
                values.setdefault(name, value)
    return values
