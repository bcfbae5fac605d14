"""From a spec and what was decided of it to the page of a proof report about it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tcpverify.certify.folder import digest_of
from tcpverify.ir.interpret import Interpreter
from tcpverify.lang import syntax as s
from tcpverify.pipeline.evidence import Stored, about, formulas, others
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.suites import Mutants
from tcpverify.pipeline.unclaimed import limits
from tcpverify.records import record
from tcpverify.render.conclusion import conclusion
from tcpverify.render.grid import Table as Grids
from tcpverify.render.grid import grids, told
from tcpverify.render.inline import inline_ladder
from tcpverify.render.layout import NoLayout
from tcpverify.render.slim import slim
from tcpverify.render.timed import timed_run
from tcpverify.report.claims import Case, Checked, Claim, Declared, Drawn, Ladder, Page, Reached, Table
from tcpverify.report.stepping import stepping
from tcpverify.result import (
    AnyResult,
    CountResult,
    Coverage,
    FindResult,
    Outcome,
    Place,
    Result,
    instance_text,
    is_quiet,
)
from tcpverify.trace import Trace
from tcpverify.verdict import evidence, trace_of, word

TEXT_WIDTH = 110
"""Cells of a ladder as text."""

Command = Callable[[Result], Sequence[str]]
"""The words of the command that decides just one result again."""


@record
class Surroundings:
    """What a page says besides what was decided: the `machines` (role, and the SVG or why there is none),
    the `certificates` at hand, what is kept of its `mutants`, the `versions` of what decided, and how a
    result is reproduced."""

    machines: tuple[tuple[str, str | NoLayout], ...]
    certificates: tuple[Stored, ...]
    mutants: Mutants
    versions: tuple[tuple[str, str], ...]
    command: Command
    again: str


def page(slug: str, spec: Spec, outcome: Outcome, around: Surroundings) -> Page:
    """The page about one spec; `outcome` is that of this spec alone."""
    ladders: list[Ladder] = []
    checks = tuple(_checked(spec, check, outcome, around, ladders)
                   for name, check in spec.program.checks.items()
                   if any(r.check == name for r in outcome.results))  # fmt: skip
    coverage = next(iter(outcome.coverage), None)
    told = [r for r in outcome.results if not _is_quiet(spec, r, around.certificates)]
    named = {
        c.folder for one in checks for claim in one.claims for case in claim.cases for c in case.certificates
    }
    covered = () if coverage is None or not coverage.enumerated else tuple(_coverage(coverage))
    killed = around.mutants.killed
    return Page(
        slug=slug,
        file=spec.name,
        docs=tuple(_protocols(spec)),
        params=tuple(_flat(p.span.text) for p in spec.program.params.values()),
        checks=checks,
        ladders=tuple(ladders),
        machines=tuple(_machine(role, svg) for role, svg in around.machines),
        others=others(spec.name, around.certificates, named),
        coverage=covered if killed is None else (*covered, killed),
        coverage_note=_note(coverage),
        mutants_note=around.mutants.note,
        limits=tuple(limits(spec, outcome, told)),
        warnings=tuple(f"{d.code} {d.span or ''} {d.message}" for d in outcome.warnings),
        digests=digests(spec),
        versions=around.versions,
        command=around.again,
    )


# --- Checks ------------------------------------------------------------------------------------------


def _checked(
    spec: Spec, check: s.Check, outcome: Outcome, around: Surroundings, ladders: list[Ladder]
) -> Checked:
    results = [r for r in outcome.results if r.check == check.name.text]
    told = [r for r in results if not _is_quiet(spec, r, around.certificates)]
    groups: dict[tuple[str, str], list[AnyResult]] = {}
    for r in told:
        groups.setdefault((type(r).__name__, _name(r)), []).append(r)
    run = next((i for i in check.items if isinstance(i, s.Run)), None)
    scenario = None if run is None else spec.program.scenarios.get(run.scenario.text)
    network = None if scenario is None else spec.program.networks.get(scenario.network.text)
    return Checked(
        declared=_declared(check),
        scenario=None if scenario is None else _declared(scenario),
        network=None if network is None else _declared(network),
        claims=tuple(_claim(spec, group, around, ladders) for group in groups.values()),
        quiet=len(results) - len(told),
    )


def _claim(spec: Spec, group: list[AnyResult], around: Surroundings, ladders: list[Ladder]) -> Claim:
    """The claim of results about one property of one check; there is at least one."""
    first = group[0]
    text = "" if isinstance(first, CountResult) else first.prop.text
    cites = [c for r in group if not isinstance(r, CountResult) for c in r.cites]
    tables: list[Table] = []
    obligations: list[str] = []
    runs: list[str] = []
    for r in group:
        if isinstance(r, FindResult):
            text = f"{r.question}. {r.prop.name}: {r.prop.text}"
            tables += _tables(r)
            if r.region is not None:
                obligations += r.region.obligations
                runs += ["\n".join(timed_run(t, TEXT_WIDTH)) for t in r.region.counterexamples]
    cases = tuple(_case(spec, r, around, ladders) for r in group)
    return Claim(_name(first), text, tuple(dict.fromkeys(cites)), cases, _again(group, around), tuple(tables),
                 tuple(dict.fromkeys(obligations)), tuple(runs))  # fmt: skip


def _case(spec: Spec, r: AnyResult, around: Surroundings, ladders: list[Ladder]) -> Case:
    place, drawn = None, False
    shows: tuple[str, ...] = ()
    stored = () if isinstance(r, CountResult) else about(spec, r, around.certificates)
    match r:
        case Result():
            verdict, found = word(r.verdict).split()[0], evidence(r.verdict)
            expected, known = str(r.expected or ""), True
            trace = trace_of(r.verdict)
            if trace is not None:
                place, drawn = _place(ladders, _ladder(r, trace))
                shows = _shown(r, trace)
        case FindResult():
            verdict, found = ("unknown" if r.found is None else "found"), f"{r.answer}: {r.why}"
            expected, known = ("" if r.expected is None else str(r.expected)), r.found is not None
        case CountResult():
            verdict, known = ("unknown" if r.states is None else "counted"), r.states is not None
            found = "not counted" if r.states is None else f"{r.states:,} states"
            expected = f"{r.expected:,} states"
    judged = "" if not expected else "as expected" if r.met else "not as expected"
    undecided = r.inconclusive or not known
    return Case(
        instance=instance_text(r),
        verdict=verdict,
        judged="not decided" if undecided else judged,
        expected=expected,
        evidence=found,
        engine=r.engine,
        ladder=place,
        drawn=drawn,
        shows=shows,
        certificates=stored,
        formulas=formulas(r) if isinstance(r, Result) else (),
    )


def _again(group: list[AnyResult], around: Surroundings) -> str:
    """The command that decides all instances of a claim again."""
    first = group[0]
    if not isinstance(first, Result):
        return around.again
    return shlex.join(around.command(first if len(group) == 1 else replace(first, instance=())))


def _ladder(r: Result, trace: Trace) -> Ladder:
    instance = instance_text(r)
    title = f"{r.check}: {r.prop.name}" + (f" ({instance})" if instance else "")
    svg, picture = inline_ladder(trace)
    marks = tuple((number, round(top), round(bottom)) for number, top, bottom in picture.rows)
    return Ladder(title, svg, marks, stepping(trace))


def _place(ladders: list[Ladder], one: Ladder) -> tuple[int, bool]:
    """The place of a run among those of the page, and whether it is a new one: a claim often has the run of
    another, of another property or in another instance."""
    for i, known in enumerate(ladders):
        if (known.svg, known.steps) == (one.svg, one.steps):
            return i, False
    ladders.append(one)
    return len(ladders) - 1, True


def _shown(r: Result, trace: Trace) -> tuple[str, ...]:
    """What a run shows of a property."""
    found = conclusion(Interpreter(r.system), r.prop, trace)
    return (found.heading, *(f"{'    ' * (deep + 1)}{line}" for deep, line in found.lines()))


def _tables(r: FindResult) -> Iterable[Table]:
    """The instances that were decided to answer a question."""
    if not r.table:
        return
    table = Grids(r.file, r.check, r.question, False, tuple(grids(r.table)))
    for grid in table.grids:
        across = tuple(f"{grid.across} = {c}" if grid.across else "verdict" for c in grid.columns)
        rows = tuple(
            (row, *(told(grid.cells.get((row, column)), False) for column in grid.columns))
            for row in grid.rows
        )
        yield Table(grid.heading, (grid.down, *across), rows)


def _is_quiet(spec: Spec, r: AnyResult, known: tuple[Stored, ...]) -> bool:
    """Whether a result is only counted: nobody asked for it, it holds, and no certificate is about it."""
    return isinstance(r, Result) and is_quiet(r) and not about(spec, r, known)


def _name(r: AnyResult) -> str:
    match r:
        case Result():
            return r.prop.name
        case FindResult():
            return r.question
        case CountResult():
            return "number of reachable states"


# --- The spec ----------------------------------------------------------------------------------------


def _declared(item: s.Check | s.Scenario | s.Network) -> Declared:
    return Declared(item.name.text, item.doc or "", item.span.text, item.cites)


def _protocols(spec: Spec) -> Iterable[Declared]:
    for item in spec.program.main.declarations:
        if isinstance(item, s.Protocol):
            yield Declared(item.name.text, item.doc or "", "", item.cites)


def digests(spec: Spec) -> tuple[tuple[str, str], ...]:
    """The files that a spec is read from, its own first, each with the SHA-256 of its text."""
    sources = spec.program.sources()
    return tuple(dict.fromkeys((source.name, digest_of(source.text)) for source in sources))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _machine(role: str, svg: str | NoLayout) -> Drawn:
    return Drawn(role, "", svg.reason) if isinstance(svg, NoLayout) else Drawn(role, slim(svg))


# --- Coverage ----------------------------------------------------------------------------------------


def _coverage(found: Coverage) -> Iterable[Reached]:
    for what, places in (("states of roles", found.states), ("handlers", found.handlers)):
        yield Reached(what, sum(p.reached for p in places), len(places), _missed(places))
    if found.branches:
        taken, missed = sum(p.reached for p in found.branches), _missed(found.branches)
        unknown = _missed(found.branches, known=False)
        yield Reached("branches of handlers", taken, len(found.branches), missed, "taken", unknown)
    cited = found.clauses
    if cited:
        missed = tuple((cite, "") for cite, reached in cited.items() if not reached)
        yield Reached("clauses that handlers cite", sum(cited.values()), len(cited), missed)


def _missed(places: Sequence[Place], known: bool = True) -> tuple[tuple[str, str], ...]:
    return tuple((f"{p.role}: {p.text}", p.place) for p in places if not p.reached and p.known is known)


def _note(found: Coverage | None) -> str:
    """How much the numbers say."""
    if found is None:
        return "Nothing was run."
    if not found.enumerated:
        return f"In none of {found.instances} instances were states enumerated: what is reached is not known."
    others = found.instances - found.enumerated
    if not others:
        return f"All states of all {found.instances} instances were visited."
    return (
        f"Of {found.instances} instances {found.enumerated} had all their states visited. What the other "
        f"{others} reach, decided by proof or not to the end, is not counted in full."
    )
