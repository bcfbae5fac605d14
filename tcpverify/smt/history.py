"""Systems whose channels are not stored: what each step sent are constants of that step.

A segment is in its channel from the step that sent it until a step takes it, so nothing is ever copied
and no channel needs a bound. Tests of what is in flight become constants of their own, each defined at
every step by all that was sent before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import z3

from tcpverify.ir.expr import FALSE as NEVER
from tcpverify.ir.expr import TRUE as ALWAYS
from tcpverify.ir.expr import Scope, is_false
from tcpverify.ir.system import (
    Action,
    ActionKind,
    Channel,
    Order,
    Property,
    PropertyKind,
    System,
    VariableKind,
)
from tcpverify.records import record
from tcpverify.smt.actions import View
from tcpverify.smt.channels import Row
from tcpverify.smt.encode import Key, Scene, Term, number
from tcpverify.smt.layout import Cell, packing
from tcpverify.smt.logic import FALSE, TRUE, both, either, first_of
from tcpverify.smt.relation import Relation, is_possible, pushes_by_rank, relation_seen
from tcpverify.smt.slots import Inputs, Slots, Unsupported
from tcpverify.smt.watches import Watch, Watching

Unused: TypeAlias = Literal["in flight", "ever"]

POSITION_BITS = 12
"""Segments are numbered, so many bits long."""
TAKING = frozenset(
    {ActionKind.RECEIVE, ActionKind.LOSE, ActionKind.DUPLICATE, ActionKind.CORRUPT, ActionKind.REPLAY}
)
CONSUMING = frozenset({ActionKind.RECEIVE, ActionKind.LOSE, ActionKind.CORRUPT})


@record
class Endless:
    """A channel as actions see it: `there`, whether the number in the inputs is that of a segment that the
    action can take; `size`, how many it holds, if it has a capacity."""

    channel: Channel
    there: Term
    size: Term | None

    @property
    def count(self) -> int:
        """More than any step sends."""
        return 1 << POSITION_BITS

    def has_room(self, _: Row, more: int) -> Term:
        """Whether so many more segments fit."""
        if self.size is None or self.channel.capacity is None:
            return TRUE
        return self.size <= number(self.channel.capacity - more, self.size.size())

    def can_take(self, _: Row, __: Term, ___: ActionKind) -> Term:
        """Whether the segment can be taken."""
        return self.there


@record
class Lane:
    """What steps do to one channel, over the constants of a step: of their first, second, ... segment
    whether it is `sent` and what it is; whether they take a segment at all, receive it, use it up."""

    channel: Channel
    sent: tuple[tuple[Term, Term], ...]
    takes: Term
    receives: Term
    consumes: Term


@record
class Test:
    """A watch: the constant that stands for it, and its predicate over the constants of a step and the
    `segment` of the history. `ever`: it looks at all that was ever sent."""

    watch: Watch
    constant: Term
    predicate: Term
    ever: bool


@record
class History:
    """A system over what its steps sent: `rel` is the relation of a step over the segment `taken` (`there`:
    it can be) and the `tests`; `assumed` what is true of every state, `starts` of initial ones.

    `properties`: those asked about, over the tests. `copies`: a step that is of use only if the next one
    takes the segment that it copied.
    """

    system: System
    rel: Relation
    properties: Mapping[str, Property]
    starts: Term
    assumed: Term
    taken: Term
    there: Term
    segment: Term
    tests: tuple[Test, ...]
    lanes: tuple[Lane, ...]
    copies: Term


def history_of(
    system: System, properties: Sequence[Property], bits: int, unused: Unused = "in flight"
) -> History:
    """A system as one over what its steps sent, with properties of it. `unused`: what no segment carries
    that a step chooses by that, one in flight, or one ever sent: such paths are paths of the system too.

    Raises Unsupported.
    """
    _refuse(system)
    watching = Watching()
    where = watching.expr(system.initial.where)
    assumptions = [watching.expr(a.formula) for a in system.assumptions]
    actions = [watching.action(a) for a in system.actions]
    asked = {p.name: watching.property(p, system.actions) for p in properties}
    if any(w.counts and system.channels[w.channel].memory for w in watching.found):
        raise Unsupported("it counts what was ever sent, where each segment counts once")
    ever = unused == "ever"
    asking = [w for w in watching.found if not (ever and w.is_fresh)]
    idle = {i for i, a in enumerate(system.actions) if _is_idle(system, i, a, asking, properties)}
    lost = {i for i in idle if system.actions[i].kind is ActionKind.LOSE}
    sizes = {i: watching.size(i, c.capacity) for i, c in enumerate(system.channels) if c.capacity is not None}
    slots = Slots(
        _bare(system, actions, lost),
        bits,
        tuple(Cell(v.sort) for v in system.variables),
        packing(system),
        (),
    )
    constants = {w.var.name: _constant(w, bits) for w in watching.found}
    taken, there = z3.BitVec("?taken@now", slots.packing.size), z3.Bool("?there@now")
    rooms = [
        Endless(c, there, constants[sizes[i].name] if i in sizes else None)
        for i, c in enumerate(system.channels)
    ]
    seen = _seen(slots, rooms, constants, taken)
    rel = relation_seen(seen)
    segment = z3.BitVec("?segment", slots.packing.size)
    assumed = both(*map(seen.scene.term, assumptions))
    return History(
        system=system,
        rel=rel,
        properties=asked,
        starts=both(seen.scene.term(where), assumed),
        assumed=assumed,
        taken=taken,
        there=there,
        segment=segment,
        tests=tuple(
            Test(w, constants[w.var.name], _predicate(seen, w, segment), ever and w.is_fresh)
            for w in watching.found
        ),
        lanes=tuple(_lane(rel, i, c, taken) for i, c in enumerate(system.channels)),
        copies=_selected(rel, lambda i, _: i in idle - lost),
    )


def _bare(system: System, actions: Sequence[Action], lost: set[int]) -> System:
    """The system without its channels; of its actions those that are of no use are not possible."""
    return replace(
        system,
        channels=(),
        assumptions=(),
        initial=replace(system.initial, contents=(), where=ALWAYS),
        actions=tuple(
            replace(a, to_tail=True, guard=NEVER if i in lost else a.guard) for i, a in enumerate(actions)
        ),
    )


def _seen(slots: Slots, rooms: Sequence[Endless], constants: Mapping[str, Term], taken: Term) -> View:
    """What actions read: variables and tests of what is in flight, and the segment taken."""
    before = slots.state("now")
    terms = slots.variables(before, Scope.STATE) | {(Scope.STATE, n): c for n, c in constants.items()}
    fields = slots.packing.read(taken, slots.bits)
    return View(
        slots,
        before,
        inputs_at(slots, "now"),
        Scene(slots.bits, terms),
        tuple((r, ()) for r in rooms),
        tuple((taken, fields) for _ in rooms),
    )


def inputs_at(slots: Slots, time: str) -> Inputs:
    """The constants of the inputs of a step: its position is the number of a segment."""
    return replace(slots.inputs(time), position=z3.BitVec(f"?position@{time}", POSITION_BITS))


def _refuse(system: System) -> None:
    """Raises Unsupported if segments age, or a fault has to keep the order of a channel."""
    if system.segments_age:
        raise Unsupported(
            "channels have unlimited capacity and their segments age: this engine needs `capacity n`"
        )
    for c in system.channels:
        if c.memory and c.capacity is not None:
            raise Unsupported(f"what {c.name} holds is bounded, among channels that are not")
    for action in system.actions:
        channel = system.channels[action.channel] if action.channel is not None else None
        in_place = action.kind is ActionKind.CORRUPT or (
            action.kind is ActionKind.DUPLICATE and not action.to_tail
        )
        if channel is not None and channel.order is not Order.BAG and in_place:
            raise Unsupported(
                f"channel {channel.name} has unlimited capacity and keeps the order of what is in it: "
                f"`{action.name}` is not for this engine without `capacity n`"
            )


def _constant(watch: Watch, bits: int) -> Term:
    name = f"?{watch.var.name}@now"
    return z3.BitVec(name, bits) if watch.counts else z3.Bool(name)


def _predicate(seen: View, watch: Watch, segment: Term) -> Term:
    terms: dict[Key, Term] = {**seen.scene.terms, **seen.slots.packing.read(segment, seen.slots.bits)}
    for choice, index in zip(watch.choices, seen.inputs.choices, strict=False):
        terms[Scope.CHOICE, choice.name] = seen.slots.chosen(choice, index)
    return Scene(seen.slots.bits, terms).term(watch.predicate)


# --- What steps do to channels -----------------------------------------------------------------------


def _lane(rel: Relation, index: int, channel: Channel, taken: Term) -> Lane:
    def does(kinds: frozenset[ActionKind]) -> Term:
        return _selected(rel, lambda _, a: a.channel == index and a.kind in kinds)

    consumes = FALSE if channel.memory else does(CONSUMING)
    return Lane(
        channel,
        tuple(_sent(rel, index, taken)),
        does(TAKING),
        does(frozenset({ActionKind.RECEIVE})),
        consumes,
    )


def _sent(rel: Relation, channel: int, taken: Term) -> list[tuple[Term, Term]]:
    """What steps send into a channel, first, second, ..., a garbled segment for one that was taken."""
    ranks = [
        [(both(selected, p.does), p.segment) for selected, p in pushes]
        for pushes in pushes_by_rank(rel.rules, channel)
    ]
    garbles = _selected(rel, lambda _, a: a.channel == channel and a.kind is ActionKind.CORRUPT)
    if not z3.is_false(garbles):
        ranks = ranks or [[]]
        ranks[0].append((garbles, rel.slots.packing.garbled(taken)))
    found = []
    for cases in ranks:
        does = either(FALSE, *(condition for condition, _ in cases))
        if cases and is_possible(does):
            found.append((does, first_of(cases[:-1], cases[-1][1])))
    return found


def _selected(rel: Relation, wanted: Callable[[int, Action], bool]) -> Term:
    return either(FALSE, *(r.selected for i, r in enumerate(rel.rules) if wanted(i, r.action)))


def _is_idle(
    system: System, index: int, action: Action, watches: Sequence[Watch], properties: Sequence[Property]
) -> bool:
    """Whether an action loses or copies a segment of an unlimited bag, and that is all: nothing else
    changes but a budget, nobody watches, no count tells how many there are.

    What a shortest path shows, one without such losses shows too, and one in which the step after such a
    copy takes the segment: the copy can wait until then.
    """
    if action.channel is None or action.kind not in (ActionKind.LOSE, ActionKind.DUPLICATE):
        return False
    channel = system.channels[action.channel]
    if channel.order is not Order.BAG or channel.capacity is not None or action.effects:
        return False
    here = [w for w in watches if w.channel == action.channel]
    steps = any(p.kind is PropertyKind.STEP for p in properties)
    if any(w.counts for w in here) or (action.kind is ActionKind.LOSE and (here or steps)):
        return False
    budgets = all(system.variables[u.variable].kind is VariableKind.FAULTS for u in action.updates)
    seen = any(not is_false(e.happens[index]) for p in properties for e in p.events)
    return budgets and not seen
