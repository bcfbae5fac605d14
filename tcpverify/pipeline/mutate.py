"""Mutation testing: every mutant of a spec put to its checks, until one notices.

Only exhaustive searches are made: what is expected to hold by proof is searched for counterexamples, what is
bounded, sought by `find`, counted, or too large is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from random import Random
from typing import TypeAlias

from tcpverify.analysis.suite import Aside, Fate, Killer, Suite, Told
from tcpverify.diagnostics import Broken, Code, Collector, Diagnostic, ModelError
from tcpverify.lang import syntax as s
from tcpverify.lang.mutation import Mutant, Operator, mutants
from tcpverify.lang.needs import Needed, needed
from tcpverify.limits import Deadline, Limits, silent
from tcpverify.pipeline.decide import decide, place
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import UNASKED, Planned, Request, looked_at, plan
from tcpverify.pipeline.seen import Names, Place, Seen, Unmet, numbers, recall, remember, seen
from tcpverify.records import record
from tcpverify.source import Span
from tcpverify.verdict import Expectation

SECONDS = 20.0
"""What a mutant may take."""

MAX_STATES = 100_000
"""An instance with more states is left out."""

MARGIN = 4
"""A mutant may have so many times the states."""

Answers: TypeAlias = dict[str, Seen]
"""What was seen of instances, by the names it is kept under."""


@record
class Wish:
    """Which checks (empty: all) with which parameters; how many mutants at most (None: all), drawn with
    `seed`; how many processes; a folder with what earlier runs saw (None: nothing is taken from there, nor
    kept)."""

    checks: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    seed: int = 0
    jobs: int = 1
    limits: Limits = field(default_factory=lambda: Limits(max_states=MAX_STATES, seconds=SECONDS))
    cache: Path | None = None


@record
class Ground:
    """An instance of the spec as it is: what it may depend on, and what was seen of it."""

    planned: Planned
    needed: Needed
    network: str
    roles: frozenset[str]
    taken: frozenset[Place]
    states: int
    transitions: int


@record
class Work:
    """What every process is told: `request` is that of the mutants; `names`: under which that is
    kept what is seen of a mutant (by its number) in those grounds that it may change; what is `known`."""

    spec: Spec
    request: Request
    grounds: tuple[Ground, ...]
    mutants: tuple[Mutant, ...]
    names: Mapping[int, tuple[str, ...]]
    known: Mapping[str, Seen]


def mutate(spec: Spec, wish: Wish, heard: Callable[[int, int], None] = lambda _n, _of: None) -> Suite:
    """What becomes of the mutants of a spec; `heard` hears how many are done, of how many. Raises ModelError
    on mistakes in the spec, and if there is nothing to put the mutants to."""
    limits = replace(wish.limits, proofs=False, counts=False)
    request = Request(wish.checks, (), "explicit", wish.params, limits)
    known = {} if wish.cache is None else recall(wish.cache, spec.name)
    used: Answers = {}
    grounds, aside = _grounds(spec, request, known, used)
    if not grounds:
        why = f"{aside[0].instance}: {aside[0].why}" if aside else "no check decides anything by search"
        raise ModelError([Diagnostic(Code.NOTHING_TO_CHECK, f"nothing to put mutants to: {why}")])
    found = tuple(mutants(spec.program))
    chosen = _chosen(found, grounds, wish)
    most = None if limits.max_states is None else limits.max_states * MARGIN
    request = replace(request, limits=replace(limits, max_states=most))
    names = Names(request.limits)
    called = {i: _names(names, found[i], grounds) for i in chosen}
    work = Work(spec, request, tuple(grounds), found, called, known)
    told, before, complete = _all(work, chosen, wish.jobs, heard, used)
    if wish.cache is not None:
        remember(wish.cache, spec.name, {**known, **used}, used)
    idle = [_told(i, m, "unreached") for i, m in enumerate(found, 1) if not _relevant(m, grounds)]
    reached = len(found) - len(idle)
    rows = sorted([*told, *idle], key=lambda t: t.number)
    left, tried = reached - len(told), len(told)
    return Suite(spec.name, tuple(rows), len(grounds), tuple(aside), left, complete, tried, before)


def _names(names: Names, mutant: Mutant, grounds: Sequence[Ground]) -> tuple[str, ...]:
    return tuple(names.of(mutant.program, g.planned, g.needed) for g in _relevant(mutant, grounds))


# --- The spec as it is -------------------------------------------------------------------------------


def _grounds(
    spec: Spec, request: Request, known: Mapping[str, Seen], used: Answers
) -> tuple[list[Ground], list[Aside]]:
    """The instances that mutants are put to, the cheapest first, and those left out; what was seen of them
    is added to `used`. Raises ModelError."""
    collector, names = Collector(), Names(request.limits)

    def is_known(row: Planned) -> bool:
        """Whether an instance, with all its properties, was elaborated before: nothing is wrong with it."""
        p = _searched(row)
        return p.wanted == row.wanted and names.of(spec.program, p, _needed(spec, p)) in known

    def look(rows: Sequence[Planned], found: Collector) -> list[Planned]:
        return [looked_at(spec, p, found) if p.early and not is_known(p) else p for p in rows]

    rows = plan(spec, request, collector, look)
    collector.finish()
    grounds, aside = [], []
    for row in rows:
        if row.find is not None:
            aside.append(Aside(place(row.instance), "it asks `find`"))
            continue
        p = _searched(row)
        wanted = _needed(spec, p)
        name = names.of(spec.program, p, wanted)
        one = used[name] = known.get(name) or _seen(spec, request, p, wanted)
        why = _unfit(one)
        if why is None:
            grounds.append(_ground(spec, p, wanted, one))
        else:
            aside.append(Aside(place(row.instance), why))
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


def _needed(spec: Spec, p: Planned) -> Needed:
    return needed(spec.program, p.instance.request, p.wanted)


def _seen(spec: Spec, request: Request, p: Planned, wanted: Needed) -> Seen:
    """What comes of an instance when it is decided. Raises Broken."""
    done = decide(spec, request, p, silent)
    return seen(done, p, request.limits, numbers(spec.program, wanted))


def _unfit(one: Seen) -> str | None:
    """Why mutants cannot be put to an instance; None if they can."""
    if not one.born:
        return "it was not decided"
    if one.open:
        return one.open
    if one.unmet is not None:
        return f"{one.unmet.prop} is {one.unmet.word} without any mutation, not {one.unmet.expected}"
    return None if one.states else "not all of its states were visited"


def _ground(spec: Spec, p: Planned, wanted: Needed, one: Seen) -> Ground:
    network = spec.program.networks[spec.program.scenarios[p.instance.request.scenario].network.text]
    roles = frozenset(i.role.text for i in network.items if isinstance(i, s.EndpointDecl))
    taken = frozenset(at for at, n in numbers(spec.program, wanted).items() if n in one.taken)
    return Ground(p, wanted, network.name.text, roles, taken, one.states, one.transitions)


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


def _place(span: Span) -> Place:
    return span.source.name, span.start, span.stop


def _all(
    work: Work, chosen: Sequence[int], jobs: int, heard: Callable[[int, int], None], used: Answers
) -> tuple[list[Told], int, bool]:
    """What became of the chosen ones; of how many that was known; whether nobody interrupted. What was seen
    of them is added to `used`."""
    from tcpverify.pipeline.crowd import each

    recalled = {index: _recalled(work, index, used) for index in chosen}
    told = [one for one in recalled.values() if one is not None]
    before = len(told)
    heard(before, len(chosen))
    try:
        for one, answers in each(work, decided, [i for i, one in recalled.items() if one is None], jobs):
            told.append(one)
            used |= answers
            heard(len(told), len(chosen))
    except KeyboardInterrupt:
        return told, before, False
    return told, before, True


def _recalled(work: Work, index: int, used: Answers) -> Told | None:
    """What becomes of one mutant, from what is known alone; None if that does not tell. Of what is known,
    that which tells of the mutant is added to `used`."""

    def look(name: str, _: Ground) -> Seen | None:
        one = work.known.get(name)
        if one is not None:
            used[name] = one
        return one

    return _fate(work, index, look)


def decided(work: Work, index: int) -> tuple[Told, Answers]:
    """What becomes of one mutant, and what was seen of it that was not known."""
    spec = replace(work.spec, program=work.mutants[index].program)
    deadline = work.request.limits.deadline()
    answers: Answers = {}

    def look(name: str, ground: Ground) -> Seen:
        one = work.known.get(name)
        if one is None:
            one = answers[name] = _seen_within(spec, work.request, ground, deadline)
        return one

    told = _fate(work, index, look)
    assert told is not None
    return told, answers


def _seen_within(spec: Spec, request: Request, ground: Ground, deadline: Deadline) -> Seen:
    left = deadline.left()
    if left is not None and left <= 0:
        return Seen(False, open="its time was over")
    try:
        request = replace(request, limits=replace(request.limits, seconds=left))
        return _seen(spec, request, ground.planned, ground.needed)
    except Broken as fault:
        return Seen(False, open=f"a fault of tcpverify: {fault}")


def _fate(work: Work, index: int, look: Callable[[str, Ground], Seen | None]) -> Told | None:
    """What becomes of one mutant by what is seen of it; None if it is not seen."""
    mutant = work.mutants[index]
    relevant = _relevant(mutant, work.grounds)
    watching = _watching([g for g in relevant if _reaches(g, mutant)])
    born, reached, differs, open_ = False, bool(watching), "", ""
    for name, ground in zip(work.names[index], relevant, strict=True):
        one = look(name, ground)
        if one is None:
            return None
        if one.unmet is not None:
            return _told(index + 1, mutant, "killed", _killer(ground, one.unmet), watching)
        at = numbers(mutant.program, ground.needed)
        born = born or one.born
        reached = reached or any(at.get(_place(h)) in one.taken for h in mutant.handlers)
        differs = differs or _difference(ground, one)
        open_ = one.open or open_
    fate: Fate = "undecided" if open_ else "survived" if born else "stillborn"
    removed = mutant.edit.operator is Operator.HANDLER_REMOVED
    if fate == "survived" and not reached and not removed:
        return _told(index + 1, mutant, "unreached")
    return _told(index + 1, mutant, fate, None, watching, open_ or (differs or SAME if born else ""))


SAME = "no check visits another number of states or transitions: perhaps it means the same"


def _watching(grounds: Sequence[Ground]) -> tuple[tuple[str, str], ...]:
    """The checks and what they expect, each once; the automatic properties are expected everywhere."""
    found: dict[tuple[str, str], None] = {}
    for g in grounds:
        for name in g.planned.instance.properties:
            found[g.planned.instance.check.name.text, name] = None
    return tuple(found)


def _difference(ground: Ground, one: Seen) -> str:
    """How the states of a mutant differ from those of the spec, if their numbers tell."""
    if not one.states or (one.states, one.transitions) == (ground.states, ground.transitions):
        return ""
    now = f"{one.states:,} states and {one.transitions:,} transitions"
    before = f"{ground.states:,} and {ground.transitions:,}"
    return f"{place(ground.planned.instance)} visits {now} instead of {before}"


def _killer(ground: Ground, unmet: Unmet) -> Killer:
    instance = ground.planned.instance
    shown = ", ".join(f"{n}={v}" for n, v in instance.labels)
    verdict = f"{unmet.word} ({unmet.evidence})"
    return Killer(instance.check.name.text, shown, unmet.prop, unmet.expected, verdict)


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
