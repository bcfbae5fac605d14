"""What one action does, as terms over a state and the inputs of a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import z3

from tcpverify.ir.expr import BoolSort, Scope, bounds
from tcpverify.ir.system import Action, ActionKind, Channel, Check, ErrorKind, Send
from tcpverify.records import record
from tcpverify.smt.channels import Row
from tcpverify.smt.encode import Key, Scene, Term
from tcpverify.smt.logic import FALSE, TRUE, both, either, negation
from tcpverify.smt.slots import Inputs, Slots, StateTerms, choice_count


@record
class Push:
    """A segment that goes into a channel if `does`."""

    does: Term
    segment: Term


@record
class Rule:
    """An action over a state and inputs.

    `domain`: the inputs are its own (choices within their values, those that do not matter first,
    unused ones 0). `ok`: it is enabled and does not err; `errors`: it is enabled and errs first with
    that kind. `misfit`: a step without error stores something outside its sort. `pushes` holds, of a
    channel, those that may be the step's first, second, ... segment into it.
    """

    action: Action
    selected: Term
    domain: Term
    whens: tuple[Term, ...]
    ok: Term
    errors: Mapping[ErrorKind, Term]
    misfit: Term
    updates: Mapping[int, Term]
    pushes: Mapping[int, Sequence[Sequence[Push]]]


class Room(Protocol):
    """What an action asks of a channel: of so many segments, whether one can be taken, whether more fit."""

    @property
    def channel(self) -> Channel: ...

    @property
    def count(self) -> int: ...

    def has_room(self, row: Row, more: int) -> Term: ...

    def can_take(self, row: Row, position: Term, kind: ActionKind) -> Term: ...


@record
class View:
    """What all actions read: a state, the inputs, and what they share of it."""

    slots: Slots
    state: StateTerms
    inputs: Inputs
    scene: Scene
    rooms: tuple[tuple[Room, Row], ...]
    """Each channel, and what is in it."""
    taken: tuple[tuple[Term, Mapping[Key, Term]], ...]
    """Of each channel the slot at the position, and its FIELD variables."""


def view(slots: Slots, state: StateTerms, inputs: Inputs) -> View:
    """What all actions share of a state and inputs."""
    scene = Scene(slots.bits, slots.variables(state, Scope.STATE), slots.segments(state))
    picked = [lane.at(row, inputs.position) for lane, row in zip(slots.lanes, state.rows, strict=True)]
    taken = tuple((slot, slots.packing.read(slot, slots.bits)) for slot in picked)
    return View(slots, state, inputs, scene, tuple(zip(slots.lanes, state.rows, strict=True)), taken)


def rule(seen: View, index: int, action: Action) -> Rule:
    """One action of the system as terms."""
    slots, inputs = seen.slots, seen.inputs
    scene = action_scene(seen, action)
    whens = tuple(scene.term(c.when) for c in action.choices)
    run = _run(seen, action, scene)
    updates = {u.variable: u.value for u in action.updates}
    stored = {i: slots.cells[i].write(scene.term(e)) for i, e in updates.items()}
    misfits = [
        negation(slots.cells[i].fits(scene.term(e)))
        for i, e in updates.items()
        if not isinstance(e.sort, BoolSort) and not _within(bounds(e.sort), bounds(slots.cells[i].sort))
    ]
    return Rule(
        action=action,
        selected=inputs.action == index,
        domain=_domain(inputs, action, whens),
        whens=whens,
        ok=run.alive,
        errors={kind: either(*terms) for kind, terms in run.errors.items()},
        misfit=both(run.alive, either(*misfits, *run.misfits)),
        updates=stored,
        pushes={channel: ranks for channel, ranks in run.pushes.items() if any(ranks)},
    )


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def action_scene(seen: View, action: Action) -> Scene:
    """What an action's expressions read."""
    terms = dict(seen.scene.terms)
    if action.channel is not None:
        terms.update(seen.taken[action.channel][1])
    for choice, index in zip(action.choices, seen.inputs.choices, strict=False):
        terms[Scope.CHOICE, choice.name] = seen.slots.chosen(choice, index)
    return Scene(seen.slots.bits, terms, seen.scene.slots)


def _domain(inputs: Inputs, action: Action, whens: Sequence[Term]) -> Term:
    parts = [] if action.channel is not None else [inputs.position == 0]
    for i, index in enumerate(inputs.choices):
        if i >= len(action.choices):
            parts.append(index == 0)
            continue
        count = choice_count(action.choices[i])
        if count == 0:
            return FALSE
        if count < 1 << index.size():
            parts.append(z3.ULE(index, count - 1))
        parts.append(either(whens[i], index == 0))
    return both(*parts)


# --- Effects in order ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """How far an action has got. `counts[c][n]`: exactly n segments went into channel c so far."""

    alive: Term
    errors: dict[ErrorKind, list[Term]] = field(default_factory=dict)
    misfits: list[Term] = field(default_factory=list)
    pushes: dict[int, list[list[Push]]] = field(default_factory=dict)
    counts: dict[int, list[Term]] = field(default_factory=dict)


def _run(seen: View, action: Action, scene: Scene) -> _Run:
    run = _Run(_enabled(seen, action, scene))
    if action.kind is ActionKind.DUPLICATE and action.to_tail and action.channel is not None:
        _push(run, seen, action.channel, Push(TRUE, seen.taken[action.channel][0]))
    for effect in action.effects:
        match effect:
            case Check(condition, error):
                holds = scene.term(condition)
                run.errors.setdefault(error, []).append(both(run.alive, negation(holds)))
                run.alive = both(run.alive, holds)
            case Send():
                _send(run, seen, action, scene, effect)
            case _:
                pass
    return run


def _enabled(seen: View, action: Action, scene: Scene) -> Term:
    """Enabled as far as is known before the effects."""
    parts = []
    if action.location is not None:
        cell = seen.slots.cells[action.location.variable]
        parts.append(seen.state.values[action.location.variable] == cell.pattern(action.location.value))
    if action.channel is not None:
        room, row = seen.rooms[action.channel]
        parts.append(room.can_take(row, seen.inputs.position, action.kind))
        if action.kind is ActionKind.DUPLICATE:
            parts.append(room.has_room(row, 1))
    return both(*parts, scene.term(action.guard))


def _used_by_taking(action: Action, channel: int) -> int:
    """By how much taking its segment lengthens a channel (a copy to the tail counts as a push)."""
    if action.channel != channel:
        return 0
    match action.kind:
        case ActionKind.RECEIVE | ActionKind.LOSE | ActionKind.EXPIRE:
            return -1
        case ActionKind.DUPLICATE:
            return 0 if action.to_tail else 1
        case _:
            return 0


def _send(run: _Run, seen: View, action: Action, scene: Scene, send: Send) -> None:
    room, row = seen.rooms[send.channel]
    applies = scene.term(send.when)
    full = _full(run, room, row, send.channel, _used_by_taking(action, send.channel))
    fields = [scene.term(f) for f in send.fields]
    segment = seen.slots.packing.message(send.kind, fields, room.channel.lifetime)
    if room.channel.memory:
        full = both(full, *(s != segment for s in row))
    if room.channel.overflow == "drop":
        applies = both(applies, negation(full))
    else:
        stops = both(applies, full)
        if room.channel.overflow == "error":
            run.errors.setdefault(ErrorKind.OVERFLOW, []).append(both(run.alive, stops))
        run.alive = both(run.alive, negation(stops))
    kind = seen.slots.packing.kinds[send.kind]
    if not all(
        _within(bounds(e.sort), bounds(f.sort)) for e, f in zip(send.fields, kind.fields, strict=True)
    ):
        run.misfits.append(both(applies, negation(seen.slots.packing.fits(send.kind, fields))))
    _push(run, seen, send.channel, Push(applies, segment))


def _full(run: _Run, room: Room, row: Row, channel: int, taken: int) -> Term:
    """Whether no further segment fits into a channel."""
    counts = run.counts.get(channel, [TRUE])
    return either(*(both(c, negation(room.has_room(row, taken + n + 1))) for n, c in enumerate(counts)))


def _push(run: _Run, seen: View, channel: int, push: Push) -> None:
    """Note a push by how many went before it."""
    counts = run.counts.get(channel, [TRUE])
    ranks = run.pushes.setdefault(channel, [])
    most = seen.rooms[channel][0].count
    for n, c in enumerate(counts[:most]):
        does = both(c, push.does)
        if not z3.is_false(does):
            while len(ranks) <= n:
                ranks.append([])
            ranks[n].append(Push(does, push.segment))
    more = [FALSE, *(both(c, push.does) for c in counts)]
    same = [*(both(c, negation(push.does)) for c in counts), FALSE]
    run.counts[channel] = [either(a, b) for a, b in zip(more, same, strict=True)]
