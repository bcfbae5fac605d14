"""Mutation testing: every mutant of a spec put to its checks, until one notices.

Only exhaustive searches are made: what is expected to hold by proof is searched for counterexamples, what is
bounded, sought by `find`, counted, or too large is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from random import Random

from tcpverify.analysis.coverage import handler_place
from tcpverify.analysis.suite import Aside, Fate, Killer, Suite, Told
from tcpverify.diagnostics import Broken, Code, Collector, Diagnostic, ModelError
from tcpverify.lang.mutation import Mutant, Operator, mutants
from tcpverify.limits import Limits, silent
from tcpverify.pipeline.decide import Done, Run, decide, place
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import UNASKED, Planned, Request, plan
from tcpverify.records import record
from tcpverify.result import Result
from tcpverify.source import Span
from tcpverify.verdict import Expectation, evidence, word

SECONDS = 20.0
"""What a mutant may take."""

MAX_STATES = 100_000
"""An instance with more states is left out."""

MARGIN = 4
"""A mutant may have so many times the states."""

_Place = tuple[str, int, int]


@record
class Wish:
    """Which checks (empty: all) with which parameters; how many mutants at most (None: all), drawn with
    `seed`; how many processes."""

    checks: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    seed: int = 0
    jobs: int = 1
    limits: Limits = field(default_factory=lambda: Limits(max_states=MAX_STATES, seconds=SECONDS))


@record
class Ground:
    """An instance of the spec as it is: what was seen of it."""

    planned: Planned
    network: str
    roles: frozenset[str]
    taken: frozenset[_Place]
    states: int
    transitions: int


@record
class Work:
    """What every process is told: `request` is that of the mutants."""

    spec: Spec
    request: Request
    grounds: tuple[Ground, ...]
    mutants: tuple[Mutant, ...]


def mutate(spec: Spec, wish: Wish, heard: Callable[[int, int], None] = lambda _n, _of: None) -> Suite:
    """What becomes of the mutants of a spec; `heard` hears how many are done, of how many. Raises ModelError
    on mistakes in the spec, and if there is nothing to put the mutants to."""
    limits = replace(wish.limits, proofs=False, counts=False)
    request = Request(wish.checks, (), "explicit", wish.params, limits)
    grounds, aside = _grounds(spec, request)
    if not grounds:
        why = f"{aside[0].instance}: {aside[0].why}" if aside else "no check decides anything by search"
        raise ModelError([Diagnostic(Code.NOTHING_TO_CHECK, f"nothing to put mutants to: {why}")])
    found = tuple(mutants(spec.program))
    chosen = _chosen(found, grounds, wish)
    most = None if limits.max_states is None else limits.max_states * MARGIN
    request = replace(request, limits=replace(limits, max_states=most))
    work = Work(spec, request, tuple(grounds), found)
    told, complete = _all(work, chosen, wish.jobs, heard)
    idle = [_told(i, m, "unreached") for i, m in enumerate(found, 1) if not _relevant(m, grounds)]
    reached = len(found) - len(idle)
    rows = sorted([*told, *idle], key=lambda t: t.number)
    return Suite(spec.name, tuple(rows), len(grounds), tuple(aside), reached - len(told), complete)


# --- The spec as it is -------------------------------------------------------------------------------


def _grounds(spec: Spec, request: Request) -> tuple[list[Ground], list[Aside]]:
    """The instances that mutants are put to, the cheapest first, and those left out. Raises ModelError."""
    collector = Collector()
    rows = plan(spec, request, collector)
    collector.finish()
    grounds, aside = [], []
    for row in rows:
        name = place(row.instance)
        if row.find is not None:
            aside.append(Aside(name, "it asks `find`"))
            continue
        searched = _searched(row)
        done = decide(spec, request, searched, silent)
        why = _unfit(done)
        if why is None:
            grounds.append(_ground(spec, searched, done.runs[0]))
        else:
            aside.append(Aside(name, why))
    return sorted(grounds, key=lambda g: g.states), aside


def _searched(p: Planned) -> Planned:
    """An instance with the expectations that a search can meet, the automatic ones among them."""
    met = {
        name: Expectation("holds") if e.word == "holds by proof" else e
        for name, e in p.instance.expectations.items()
        if e.word not in ("bounded", "unknown")
    }
    instance = replace(p.instance, expectations=met, states=None)
    wanted = tuple(n for n in p.wanted if n in met or n in UNASKED)
    return replace(p, instance=instance, wanted=wanted, early=False, model=None)


def _unfit(done: Done) -> str | None:
    """Why mutants cannot be put to an instance; None if they can."""
    if done.failures or not done.runs:
        return "it was not decided"
    results = [r for r in done.results if isinstance(r, Result)]
    for r in results:
        if r.inconclusive:
            return f"{r.prop.name} {evidence(r.verdict)}"
        if not r.met:
            return f"{r.prop.name} is {word(r.verdict)} without any mutation, not {r.expected}"
    seen = done.runs[0].decision.statistics
    if seen is None or not seen.complete:
        return "not all of its states were visited"
    return None


def _ground(spec: Spec, p: Planned, run: Run) -> Ground:
    system, seen = run.model.system, run.decision.statistics
    assert seen is not None
    network = spec.program.scenarios[p.instance.request.scenario].network.text
    roles = frozenset(e.role for e in system.endpoints)
    return Ground(p, network, roles, _taken(run), seen.states, seen.transitions)


def _taken(run: Run) -> frozenset[_Place]:
    """The handlers that were taken."""
    actions = run.model.system.actions
    places = (handler_place(actions[i]) for i in run.decision.taken)
    return frozenset(p for p in places if p is not None)


# --- Mutants -----------------------------------------------------------------------------------------


def _chosen(found: Sequence[Mutant], grounds: Sequence[Ground], wish: Wish) -> list[int]:
    """The numbers of the mutants to try."""
    reached = [i for i, m in enumerate(found) if _relevant(m, grounds)]
    if wish.limit is None or wish.limit >= len(reached):
        return reached
    return sorted(Random(wish.seed).sample(reached, wish.limit))


def _relevant(mutant: Mutant, grounds: Sequence[Ground]) -> list[Ground]:
    """The instances that a mutant may change: those where a handler is taken that it changes; if it may
    change when one is taken, all with its role."""
    if mutant.role is None:
        return [g for g in grounds if g.network == mutant.network]
    if mutant.anew:
        return [g for g in grounds if mutant.role in g.roles]
    return [g for g in grounds if _reaches(g, mutant)]


def _reaches(ground: Ground, mutant: Mutant) -> bool:
    return mutant.role is None or any(_place(h) in ground.taken for h in mutant.handlers)


def _place(span: Span) -> _Place:
    return span.source.name, span.start, span.stop


def _all(
    work: Work, chosen: Sequence[int], jobs: int, heard: Callable[[int, int], None]
) -> tuple[list[Told], bool]:
    """What became of the chosen ones, in order; whether nobody interrupted."""
    from tcpverify.pipeline.crowd import each

    told: list[Told] = []
    try:
        for one in each(work, tried, chosen, jobs):
            told.append(one)
            heard(len(told), len(chosen))
    except KeyboardInterrupt:
        return told, False
    return told, True


def tried(work: Work, index: int) -> Told:
    """What becomes of one mutant."""
    mutant = work.mutants[index]
    spec = replace(work.spec, program=mutant.program)
    relevant = _relevant(mutant, work.grounds)
    deadline = work.request.limits.deadline()
    watching = _watching([g for g in relevant if _reaches(g, mutant)])
    born, reached, differs, open_ = False, bool(watching), "", ""
    for ground in relevant:
        left = deadline.left()
        if left is not None and left <= 0:
            open_ = "its time was over"
            break
        request = replace(work.request, limits=replace(work.request.limits, seconds=left))
        try:
            done = decide(spec, request, ground.planned, silent)
        except Broken as fault:
            open_ = f"a fault of tcpverify: {fault}"
            continue
        if done.failures:
            open_ = f"a fault of tcpverify: {done.failures[0].message}"
            continue
        for run in done.runs[:1]:
            born = True
            reached = reached or any(_place(h) in _taken(run) for h in mutant.handlers)
            differs = differs or _difference(ground, run)
        for r in _unmet(done):
            if not r.inconclusive:
                return _told(index + 1, mutant, "killed", _killer(r), watching)
            open_ = f"{r.prop.name} {evidence(r.verdict)}"
    fate: Fate = "undecided" if open_ else "survived" if born else "stillborn"
    removed = mutant.edit.operator is Operator.HANDLER_REMOVED
    if fate == "survived" and not reached and not removed:
        return _told(index + 1, mutant, "unreached")
    return _told(index + 1, mutant, fate, None, watching, open_ or (differs or SAME if born else ""))


SAME = "no check visits another number of states or transitions: perhaps it means the same"


def _unmet(done: Done) -> Iterator[Result]:
    return (r for r in done.results if isinstance(r, Result) and not r.met)


def _watching(grounds: Sequence[Ground]) -> tuple[tuple[str, str], ...]:
    """The checks and what they expect, each once; the automatic properties are expected everywhere."""
    found: dict[tuple[str, str], None] = {}
    for g in grounds:
        for name in g.planned.instance.properties:
            found[g.planned.instance.check.name.text, name] = None
    return tuple(found)


def _difference(ground: Ground, run: Run) -> str:
    """How the states of a mutant differ from those of the spec, if their numbers tell."""
    seen = run.decision.statistics
    counts = (ground.states, ground.transitions)
    if seen is None or not seen.complete or (seen.states, seen.transitions) == counts:
        return ""
    now = f"{seen.states:,} states and {seen.transitions:,} transitions"
    before = f"{ground.states:,} and {ground.transitions:,}"
    return f"{place(ground.planned.instance)} visits {now} instead of {before}"


def _killer(r: Result) -> Killer:
    shown = ", ".join(f"{n}={v}" for n, v in r.instance)
    return Killer(r.check, shown, r.prop.name, str(r.expected), f"{word(r.verdict)} ({evidence(r.verdict)})")


def _told(
    number: int,
    mutant: Mutant,
    fate: Fate,
    killer: Killer | None = None,
    watching: tuple[tuple[str, str], ...] = (),
    why: str = "",
) -> Told:
    edit = mutant.edit
    where = f"role {mutant.role}" if mutant.role is not None else f"network {mutant.network}"
    return Told(number, edit.operator, str(edit.span), where, edit.what, fate, killer, watching, why)
