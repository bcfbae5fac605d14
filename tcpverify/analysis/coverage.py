"""What the checks of a file never reached: handlers and branches no step took, states no endpoint was in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tcpverify.ir.system import Action, System
from tcpverify.lang.elaborate.scope import Branch
from tcpverify.records import record
from tcpverify.source import Span
from tcpverify.verdict import Decision

RoleState = tuple[str, str]
"""A role and one of its states."""


def never_reached(
    runs: Iterable[tuple[System, Decision]],
) -> tuple[tuple[Span, ...], tuple[RoleState, ...]]:
    """The handlers and the (role, state) pairs that no run reached, in textual order.

    One handler becomes an action for every endpoint and state it is for: it is reached if one of them
    is taken once. If a run was not complete, what it did not see means nothing, and nothing is said.
    """
    handlers: dict[tuple[str, int, int], Span] = {}
    states: dict[RoleState, None] = {}
    taken: set[tuple[str, int, int]] = set()
    visited: set[RoleState] = set()
    for system, decision in runs:
        if decision.statistics is None or not decision.statistics.complete:
            return (), ()
        for index, action in enumerate(system.actions):
            if action.span is None or action.is_fault:
                continue
            handlers.setdefault(_place(action.span), action.span)
            if index in decision.taken:
                taken.add(_place(action.span))
        roles = {endpoint.name: endpoint.role for endpoint in system.endpoints}
        states.update(((e.role, state), None) for e in system.endpoints for state in e.states)
        visited.update((roles[endpoint], state) for endpoint, state in decision.visited)
    return (
        tuple(handlers[place] for place in sorted(handlers) if place not in taken),
        tuple(pair for pair in states if pair not in visited),
    )


def reached(system: System, decision: Decision) -> dict[tuple[str, int, int], dict[str, bool]]:
    """Of every handler of a system, by its place: the states it is for, and whether a run took it there."""
    states = {endpoint.control: endpoint.states for endpoint in system.endpoints}
    found: dict[tuple[str, int, int], dict[str, bool]] = {}
    for index, action in enumerate(system.actions):
        if action.span is None or action.is_fault or action.location is None:
            continue
        there = found.setdefault(_place(action.span), {})
        state = states[action.location.variable][action.location.value]
        there[state] = there.get(state, False) or index in decision.taken
    return found


@record
class Way:
    """A branch; `inside`: its text. `taken` None: no instance was seen to take it, but not all were seen to
    the end. `handled`: whether a handler that it belongs to was taken."""

    branch: Branch
    inside: Span
    taken: bool | None
    handled: bool


def never_taken(ways: Sequence[Way]) -> Iterator[Branch]:
    """The branches that no instance takes though it takes the handler, without those inside of another."""
    never = [way for way in ways if way.taken is False and way.handled]
    for way in never:
        if not any(_within(way.inside, other.inside) for other in never):
            yield way.branch


def _within(inner: Span, outer: Span) -> bool:
    smaller = inner.stop - inner.start < outer.stop - outer.start
    return smaller and inner.source is outer.source and outer.start <= inner.start <= inner.stop <= outer.stop


def handler_place(action: Action) -> tuple[str, int, int] | None:
    """Where the handler of an action stands; None of a fault, and of what no handler is the cause of."""
    return None if action.span is None or action.is_fault else _place(action.span)


def _place(span: Span) -> tuple[str, int, int]:
    return span.source.name, span.start, span.stop
