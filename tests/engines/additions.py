"""What comes to a random system from outside it: moves of adversaries, limits on calls, observers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tcpverify.ir import build as b
from tcpverify.ir.compose import Line, Monitor, extended, remember, watch
from tcpverify.ir.events import EventPattern, happenings, step_event
from tcpverify.ir.expr import BOOL, TRUE, BoolSort, Const, Expr, IntSort, Scope, Sort, Var, values_of
from tcpverify.ir.system import (
    KIND,
    Action,
    ActionKind,
    Choice,
    Field,
    Property,
    PropertyKind,
    Send,
    StepEvent,
    System,
    Update,
    Variable,
    VariableKind,
)

STATES = ("quiet", "first", "second", "bad")
"""The states of a random monitor; the last is its bad one."""

LINES = 8


def with_additions(system: System, random: Random) -> tuple[System, tuple[Property, ...]]:
    """The system with some of them, and what there is to ask about them."""
    if random.random() < 0.25:
        system = _with_related_starts(system, random)
    if random.random() < 0.25:
        system = with_limited_calls(system, random)
    if random.random() < 0.35:
        system = _with_moves(system, random, ActionKind.INJECT)
    if random.random() < 0.35:
        system = _with_moves(system, random, ActionKind.REPLAY)
    monitor, _ = random_monitor(system, random, "observer")
    asked: tuple[Property, ...] = ()
    if random.random() < 0.35:
        system, asked = watch(system, monitor), (never_bad(monitor),)
    event = step_event(system, "event", monitor.lines[0].event)
    return system, (*asked, _never("never event", event), _never("idle choices", _idle_choices(system)))


# --- Events of steps -------------------------------------------------------------------------------


def _never(name: str, event: StepEvent) -> Property:
    """That no step does something."""
    formula = b.neg(Var(Scope.EVENT, event.name, BOOL))
    return Property(name, PropertyKind.STEP, formula, None, None, (), name, None, (), (event,))


def _idle_choices(system: System) -> StepEvent:
    """A choice that does not matter has another value than its first: no step may do it."""

    def idle(choice: Choice) -> Expr:
        first = (choice.values or values_of(choice.sort))[0]
        chosen = Var(Scope.CHOICE, choice.name, choice.sort)
        return b.conj([b.neg(choice.when), b.neg(b.eq(chosen, _constant(first, choice.sort)))])

    return StepEvent("idle", tuple(b.disj(map(idle, action.choices)) for action in system.actions))


# --- Initial states --------------------------------------------------------------------------------


def _with_related_starts(system: System, random: Random) -> System:
    """The system where two variables start with one of two values each, but not both with the second."""
    data = [i for i, v in enumerate(system.variables) if v.kind in (VariableKind.DATA, VariableKind.GHOST)]
    if len(data) < 2:
        return system
    values, firsts = list(system.initial.values), []
    for index in random.sample(data, 2):
        variable = system.variables[index]
        pair = random.sample(list(values_of(variable.sort)), 2)
        values[index] = tuple(sorted(pair))
        held = Var(Scope.STATE, variable.name, variable.sort)
        firsts.append(b.eq(held, _constant(pair[0], variable.sort)))
    initial = replace(system.initial, values=tuple(values), where=b.disj(firsts))
    return replace(system, initial=initial)


# --- Limits on calls -------------------------------------------------------------------------------


def with_limited_calls(system: System, random: Random) -> System:
    """The system where the calls of one endpoint are made a number of times in all."""
    name, most = random.choice(system.endpoints).name, random.choice((1, 2, 2))
    label = f"calls of {name}"
    left = Var(Scope.STATE, label, IntSort(0, most))
    index = len(system.variables)

    def limited(action: Action) -> Action:
        if action.kind is not ActionKind.CALL or action.endpoint != name:
            return action
        guard = b.conj([action.guard, b.lt(b.integer(0), left)])
        spent = Update(index, b.sub(left, b.integer(1)))
        return replace(action, guard=guard, updates=(*action.updates, spent))

    variable = Variable(label, label, left.sort, VariableKind.CALLS, None, None)
    counted = extended(system, [(variable, most)], ())
    return replace(counted, actions=tuple(map(limited, counted.actions)))


# --- Adversaries -----------------------------------------------------------------------------------


def _with_moves(system: System, random: Random, kind: ActionKind) -> System:
    """The system with an adversary on one channel, who has a budget or (rarely) none."""
    channel = random.choice([i for i, c in enumerate(system.channels) if not c.memory])
    guard: Expr = TRUE
    updates: tuple[Update, ...] = ()
    if random.random() < 0.8:
        label, most = f"moves of {kind}", random.choice((1, 1, 2))
        left = Var(Scope.STATE, label, IntSort(0, most))
        guard = b.lt(b.integer(0), left)
        updates = (Update(len(system.variables), b.sub(left, b.integer(1))),)
        variable = Variable(label, label, left.sort, VariableKind.FAULTS, None, None)
        system = extended(system, [(variable, most)], ())
    capacity = system.channels[channel].capacity
    if capacity is not None and random.random() < 0.8:
        guard = b.conj([guard, b.lt(b.in_flight(channel, TRUE, capacity), b.integer(capacity))])
    memory = None
    if kind is ActionKind.REPLAY:
        system, memory = remember(system, channel)
    moves = [_move(system, random, kind, n, channel, memory, guard, updates)
             for n in range(len(system.messages))]  # fmt: skip
    return extended(system, (), moves if random.random() < 0.5 else moves[:1])


def _move(
    system: System,
    random: Random,
    kind: ActionKind,
    message: int,
    channel: int,
    memory: int | None,
    guard: Expr,
    updates: tuple[Update, ...],
) -> Action:
    """A segment of one message kind goes into a channel: any, or one that the memory has."""
    declared = system.messages[message]
    choices: tuple[Choice, ...] = ()
    fields: tuple[Expr, ...]
    if memory is None:
        choices = _arbitrary(declared.fields, random)
        fields = tuple(Var(Scope.CHOICE, f.name, f.sort) for f in declared.fields)
    else:
        guard = b.conj([guard, b.eq(kind_of(system), b.integer(message))])
        fields = tuple(Var(Scope.FIELD, f"{declared.name}.{f.name}", f.sort) for f in declared.fields)
    return Action(
        name=f"{kind} {declared.name} on {system.channels[channel].name}",
        kind=kind,
        endpoint=None,
        subject="",
        channel=memory,
        location=None,
        choices=choices,
        guard=guard,
        updates=updates,
        effects=(Send(channel, message, fields, TRUE, None),),
        to_tail=False,
        span=None,
        cites=(),
        adversary="M",
    )


def _arbitrary(fields: Sequence[Field], random: Random) -> tuple[Choice, ...]:
    """A choice a field; it may matter only where the one before it has its last value."""
    found: list[Choice] = []
    for field in fields:
        every = list(values_of(field.sort))
        some = None if random.random() < 0.5 else tuple(sorted(random.sample(every, random.randint(1, 2))))
        when: Expr = TRUE
        if found and random.random() < 0.7:
            before = found[-1]
            last = list(before.values or values_of(before.sort))[-1]
            when = b.eq(Var(Scope.CHOICE, before.name, before.sort), _constant(last, before.sort))
        found.append(Choice(field.name, field.name, field.sort, some, when))
    return tuple(found)


def kind_of(system: System) -> Var:
    """The variable with the kind of the segment at hand."""
    return Var(Scope.FIELD, KIND, IntSort(-1, len(system.messages) - 1))


# --- Observers -------------------------------------------------------------------------------------


def random_monitor(system: System, random: Random, name: str = "m") -> tuple[Monitor, dict[int, int | None]]:
    """A monitor over events that the system knows; of each line the kind of segment that it wants."""
    known = sorted({(h.kind, h.endpoint or "", h.subject, h.channel is not None)
                    for a in system.actions for h in happenings(system, a)})  # fmt: skip
    lines, kinds = [], dict[int, int | None]()
    for _ in range(LINES):
        kind, endpoint, subject, about_segment = random.choice(known)
        wanted = random.randrange(len(system.messages)) if about_segment and random.random() < 0.5 else None
        condition = TRUE if wanted is None else b.eq(kind_of(system), b.integer(wanted))
        pattern = EventPattern(kind, endpoint or None, subject, (condition,) * max(1, len(system.channels)))
        kinds[len(lines)] = wanted
        lines.append(Line(random.randrange(3), pattern, random.randrange(4)))
    return Monitor(name, STATES, 0, frozenset({3}), tuple(lines), None), kinds


def never_bad(monitor: Monitor) -> Property:
    """That a monitor is never in its bad state."""
    name = f"{monitor.name} never bad"
    return Property(name, PropertyKind.INVARIANT, monitor.never_bad, None, None, (), name, None, ())


def _constant(value: int, sort: Sort) -> Const:
    return b.boolean(bool(value)) if isinstance(sort, BoolSort) else Const(value, sort)
