"""Counterexamples to induction: steps from where all that is known holds to where something of it does not.

Looked for with few segments in each channel: where any number may have been sent, what fails is quantified,
and solvers give no model of it. Numbers are made small, so that a state reads well; it need not be reachable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import z3

from tcpverify.ir.soup import is_ever_growing
from tcpverify.ir.system import Channel, Property, PropertyKind, Send, State, Step, System
from tcpverify.limits import Deadline, Limits
from tcpverify.records import record
from tcpverify.smt.encode import Term, TooWide, width_of
from tcpverify.smt.goals import Goal, Place, goal_of
from tcpverify.smt.least import Least
from tcpverify.smt.logic import both, negation
from tcpverify.smt.relation import Relation, Unroller, relation
from tcpverify.smt.samples import not_refuted, samples
from tcpverify.smt.slots import Unsupported, slots_of
from tcpverify.smt.solving import Undecided, finite_domain_solver, is_sat

MOST_SEGMENTS = 2
"""So many segments may be in a channel before the step."""


@record
class Question:
    """Which of the properties `asked` of a system does some step break, if all of them and those `known` are
    true before it? To be answered within some seconds."""

    system: System
    asked: tuple[Property, ...]
    known: tuple[Property, ...]
    seconds: float


@record
class Answer:
    """The first property that a step breaks, the state before it and the step (None: none is known);
    `untrue`: the names of those that are false in a state that the system reaches."""

    broken: tuple[str, State, Step] | None
    untrue: tuple[str, ...]


def answer(question: Question) -> Answer:
    """Answer a question; what is false in a reached state is not assumed of others."""
    formulas = {p.name: p.formula for p in question.asked if p.kind is PropertyKind.INVARIANT}
    true = not_refuted(question.system, list(formulas.values()), samples(question.system))
    untrue = tuple(n for n, f in formulas.items() if not any(f is t for t in true))
    asked = [p for p in question.asked if p.name not in untrue]
    deadline = Limits(seconds=question.seconds).deadline()
    try:
        return Answer(_broken(question.system, asked, question.known, deadline), untrue)
    except (TooWide, Undecided, Unsupported):
        return Answer(None, untrue)


def _broken(
    system: System, asked: Sequence[Property], known: Sequence[Property], deadline: Deadline
) -> tuple[str, State, Step] | None:
    """Raises TooWide, Undecided, Unsupported."""
    small = _with_room(system)
    rel = relation(slots_of(small, width_of(small, [*asked, *known])))
    goals = [goal_of(rel, p) for p in asked]
    given = [*goals, *(goal_of(rel, p) for p in known)]
    for goal in goals:
        for most in range(MOST_SEGMENTS + 1):
            found = _shown(rel, goal, given, most, deadline)
            if found is not None:
                return goal.name, *found
    return None


def _with_room(system: System) -> System:
    """An ever-growing system with as many slots as a step can need; another as it is."""
    channels = tuple(_roomy(system, i, c) for i, c in enumerate(system.channels))
    return replace(system, channels=channels)


def _roomy(system: System, index: int, channel: Channel) -> Channel:
    if not is_ever_growing(channel):
        return channel
    sends = [sum(isinstance(e, Send) and e.channel == index for e in a.effects) for a in system.actions]
    kept = len(system.initial.contents[index])
    return replace(channel, capacity=max(kept, MOST_SEGMENTS) + max(sends, default=0) + 1)


def _shown(
    rel: Relation, goal: Goal, given: Sequence[Goal], most: int, deadline: Deadline
) -> tuple[State, Step] | None:
    """The state and the step that show a goal, from where nothing given is shown and each channel has at
    most so many segments. Raises Undecided."""
    unroller = Unroller(rel)
    solver = finite_domain_solver()
    solver.add(unroller.at(both(rel.slots.well_formed(rel.before), rel.slots.assumed(rel.before)), 0))
    solver.add(*(negation(g.at(unroller, 0)) for g in given if g.place is Place.STATE))
    solver.add(
        *(negation(rel.slots.packing.is_used(s)) for row in unroller.state(0).rows for s in row[most:])
    )
    if goal.place is not Place.ERROR:
        solver.add(unroller.at(rel.step, 0))
    solver.add(goal.at(unroller, 1))
    if not is_sat(solver, deadline):
        return None
    least = Least(solver, solver.model(), deadline)
    with suppress(Undecided):
        _fewest(least, [rel.slots.packing.is_used(s) for row in unroller.state(0).rows for s in row])
        for term in _to_settle(unroller):
            least.settle(term)
    step = rel.slots.read_step([least.number(t) for t in unroller.inputs(0).constants])
    return _state(rel, unroller, least), step


def _fewest(least: Least, used: Sequence[Term]) -> None:
    """As few segments as may be. Raises Undecided."""
    for most in range(sum(map(least.number, used))):
        if least.better(z3.AtMost(*used, most)):
            least.solver.add(z3.AtMost(*used, most))
            return


def _to_settle(unroller: Unroller) -> Iterator[Term]:
    """What a reader sees first comes first."""
    state = unroller.state(0)
    yield from state.values
    yield from (s for row in state.rows for s in row)
    yield from unroller.inputs(0).constants


def _state(rel: Relation, unroller: Unroller, least: Least) -> State:
    """The state before the step."""
    here, packing = unroller.state(0), rel.slots.packing
    contents = tuple(
        tuple(packing.segment(least.number(s)) for s in row if least.number(packing.is_used(s)))
        for row in here.rows
    )
    return State(rel.slots.read_values(here, least.model), contents)
