"""Adversaries as actions of the system: they inject, drop and replay, or take an endpoint's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tcpverify.diagnostics import Code, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.compose import extended, remember, silenced
from tcpverify.ir.expr import TRUE, Const, Expr, IntSort, Value, Var, bounds, is_false
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.rewrite import with_fields
from tcpverify.ir.system import (
    KIND,
    Action,
    ActionKind,
    Choice,
    Effect,
    Field,
    Send,
    System,
    Update,
    Variable,
    VariableKind,
)
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import families, segments, shapes
from tcpverify.lang.elaborate.fresh import fixed_values
from tcpverify.lang.elaborate.scope import Abandoned, Scope, World
from tcpverify.lang.elaborate.terms import Pattern
from tcpverify.records import record

MAX_MOVES = 10**6

Narrowed = Mapping[str, tuple[Value, ...]]


@record
class _Clause:
    """One `can` line: whose it is, what it is about, and the budget that it spends (None: unlimited)."""

    adversary: str
    can: s.Can
    channels: tuple[int, ...]
    patterns: tuple[Pattern, ...]
    narrowed: Narrowed
    budget: tuple[int, Var] | None


@dataclass(slots=True)
class _Attack:
    """The system so far (budgets and memories are in it), and the actions that come to it at last."""

    world: World
    system: System
    actions: list[Action] = field(default_factory=list)


def with_adversaries(system: System, names: Sequence[str], world: World) -> System:
    """The system with adversaries at work; first those who take an endpoint's place."""
    attack = _Attack(world, system)
    clauses = [(world.program.adversaries[name], can) for name in names
               for can in world.program.adversaries[name].clauses]  # fmt: skip
    for declared, can in clauses:
        if can.power == "evil_peer":
            _try(attack, declared, can)
    attack.system = extended(attack.system, (), attack.actions)
    attack.actions = []
    for declared, can in clauses:
        if can.power != "evil_peer":
            _try(attack, declared, can)
    return extended(attack.system, (), attack.actions)


def _try(attack: _Attack, declared: s.Adversary, can: s.Can) -> None:
    try:
        if can.power == "evil_peer":
            _evil_peer(attack, declared, can)
            return
        clause = _clause(attack, declared, can)
    except Abandoned:
        return
    for channel in clause.channels:
        if can.power in ("inject", "off_path", "on_path"):
            attack.actions += _injections(attack.world, clause, channel, None)
        if can.power in ("drop", "on_path"):
            attack.actions.append(_drop(attack.world, clause, channel))
        if can.power in ("replay", "on_path"):
            attack.system, memory = remember(attack.system, channel)
            attack.actions += _replays(attack.world, clause, channel, memory)


# --- Clauses ---------------------------------------------------------------------------------------


def _clause(attack: _Attack, declared: s.Adversary, can: s.Can) -> _Clause:
    world, scope = attack.world, Scope(attack.world)
    channels = _channels(can, scope)
    everything = Pattern(tuple(range(len(world.messages))), frozenset(), frozenset())
    patterns = tuple(segments.resolve_pattern(p, world) for p in can.patterns) or (everything,)
    for pattern, resolved in zip(can.patterns, patterns, strict=False):
        if resolved.corrupt:
            message = "an adversary's segments are not garbled"
            world.fail(Code.WRONG_KIND, message, pattern.span)
    narrowed = {n.field.text: _narrowed(n, patterns, scope) for n in can.narrowings}
    return _Clause(declared.name.text, can, channels, patterns, narrowed, _budget(attack, declared, can))


def _channels(can: s.Can, scope: Scope) -> tuple[int, ...]:
    """The channels that a clause names, or all of them."""
    if can.channel is None:
        return tuple(range(len(scope.world.channels)))
    found = segments.channel_indices(can.channel, scope)
    if can.channel.both_ways:
        back = s.ChannelRef(can.channel.target, can.channel.source, False, span=can.channel.span)
        found += segments.channel_indices(back, scope)
    return tuple(found)


def _budget(attack: _Attack, declared: s.Adversary, can: s.Can) -> tuple[int, Var] | None:
    """A variable that counts what is left of a clause's moves, and its index."""
    if can.limit is None:
        return None
    world = attack.world
    most = shapes.constant(can.limit, Scope(world))
    if not 0 <= most <= MAX_MOVES:
        message = f"a budget lies in 0..{MAX_MOVES}, not {most}"
        world.fail(Code.OUT_OF_TYPE, message, can.limit.span)
    number = 1 + next(i for i, c in enumerate(declared.clauses) if c is can)
    which = f" ({can.power}, clause {number})" if len(declared.clauses) > 1 else ""
    name = f"moves of {declared.name}{which}"
    left = Var(Where.STATE, name, IntSort(0, most))
    index = len(attack.system.variables)
    variable = Variable(name, name, left.sort, VariableKind.FAULTS, None, can.span)
    attack.system = extended(attack.system, [(variable, most)], ())
    return index, left


def _narrowed(narrowing: s.Narrowing, patterns: Sequence[Pattern], scope: Scope) -> tuple[Value, ...]:
    """The values of a field that a clause is about."""
    world, label = scope.world, narrowing.field
    kinds = sorted({k for p in patterns for k in p.kinds})
    fields = [f for k in kinds for f in world.messages[k].fields if not f.flag]
    found = [f for f in fields if f.name == label.text]
    if not found:
        hint = did_you_mean(label.text, [f.name for f in fields])
        message = f"no segment that this is about has the field `{label}`"
        world.fail(Code.UNKNOWN_NAME, message, label.span, hint=hint)
    if any(f.ghost for f in found):
        world.fail(Code.GHOST_READ, f"an adversary does not see the ghost `{label}`", label.span)
    values = fixed_values(narrowing.values, found[0].sort, scope)
    if values is None:
        message = "values fixed before the run are needed here"
        world.fail(Code.NOT_CONSTANT, message, narrowing.values.span)
    return values


# --- Moves -----------------------------------------------------------------------------------------


def _room(world: World, channel: int) -> Expr:
    """Whether one more segment fits into a channel."""
    capacity = world.channels[channel].capacity
    if capacity is None:
        return TRUE
    return b.lt(b.in_flight(channel, TRUE, capacity), b.integer(capacity))


def _action(
    clause: _Clause,
    kind: ActionKind,
    name: str,
    channel: int | None,
    guard: Sequence[Expr],
    effects: tuple[Effect, ...] = (),
    choices: tuple[Choice, ...] = (),
    endpoint: str | None = None,
) -> Action:
    """A move: it is possible while the budget lasts, and spends it."""
    left = clause.budget
    possible = TRUE if left is None else b.lt(b.integer(0), left[1])
    spent = () if left is None else (Update(left[0], b.sub(left[1], b.integer(1))),)
    return Action(
        name=f"{clause.adversary} {name}",
        kind=kind,
        endpoint=endpoint,
        subject="",
        channel=channel,
        location=None,
        choices=choices,
        guard=b.conj((possible, *guard)),
        updates=spent,
        effects=effects,
        to_tail=False,
        span=None,
        cites=(),
        adversary=clause.adversary,
    )


def _injections(world: World, clause: _Clause, channel: int, endpoint: str | None) -> Iterator[Action]:
    """Every segment that a pattern matches may be sent; one that several match, by the first."""
    for n, pattern in enumerate(clause.patterns):
        for k in pattern.kinds:
            kind = world.messages[k]
            choices, values = _segment(kind.fields, pattern, clause.narrowed)
            fields = {f"{kind.name}.{f.name}": v for f, v in zip(kind.fields, values, strict=True)}
            fields[KIND] = b.integer(k)
            earlier = [segments.condition(p, world, False) for p in clause.patterns[:n]]
            guard = b.conj((_room(world, channel), *(b.neg(with_fields(e, fields)) for e in earlier)))
            if not is_false(guard):
                send = Send(channel, k, values, TRUE, clause.can.span)
                name = f"injects {kind.name} on {world.channels[channel].name}"
                yield _action(clause, ActionKind.INJECT, name, None, (guard,), (send,), choices, endpoint)


def _segment(
    fields: Sequence[Field], pattern: Pattern, narrowed: Narrowed
) -> tuple[tuple[Choice, ...], tuple[Expr, ...]]:
    """The choices that make a segment of a kind, and the values of its fields."""
    choices: list[Choice] = []
    values: dict[str, Expr] = {}
    for f in fields:
        first = Const(bounds(f.sort)[0], f.sort)
        given = narrowed.get(f.name)
        if f.flag and f.name in pattern.set | pattern.clear:
            values[f.name] = b.boolean(f.name in pattern.set)
        elif f.ghost:
            values[f.name] = b.boolean(False) if f.flag else first
        elif given is not None and len(given) == 1:
            values[f.name] = Const(given[0], f.sort)
        else:
            present = b.conj(v for name, v in values.items() if _is_part(f.name, name))
            name = f"{f.name}#{len(choices) + 1}"
            choices.append(Choice(name, f.name, f.sort, given, present))
            values[f.name] = b.ite(present, Var(Where.CHOICE, name, f.sort), first)
    return tuple(choices), tuple(values[f.name] for f in fields)


def _is_part(name: str, present: str) -> bool:
    """Whether a field is (in) the value of the option that `present` (`x?`) tells of."""
    owner = present.removesuffix("?")
    return owner != present and name.startswith(owner) and name[len(owner) :][:1] in ("", ".", "[")


def _meant(world: World, clause: _Clause, garbled: bool) -> Expr:
    """The condition on the segment at hand that a clause's patterns and fields state."""
    patterns = b.disj(segments.condition(p, world, garbled) for p in clause.patterns)
    narrowed = []
    for k, kind in enumerate(world.messages):
        own = b.eq(segments.kind_variable(world, garbled), b.integer(k))
        for f in kind.fields:
            if f.name in clause.narrowed:
                var = Var(Where.FIELD, f"{kind.name}.{f.name}", f.sort)
                one = b.disj(b.eq(var, Const(v, f.sort)) for v in clause.narrowed[f.name])
                narrowed.append(b.implies(own, one))
    return b.conj((patterns, *narrowed))


def _drop(world: World, clause: _Clause, channel: int) -> Action:
    name = f"drops on {world.channels[channel].name}"
    meant = _meant(world, clause, channel in world.corrupting)
    return _action(clause, ActionKind.LOSE, name, channel, (meant,))


def _replays(world: World, clause: _Clause, channel: int, memory: int) -> Iterator[Action]:
    """A copy of anything remembered goes into the channel."""
    for k in sorted({k for p in clause.patterns for k in p.kinds}):
        kind = world.messages[k]
        fields = tuple(Var(Where.FIELD, f"{kind.name}.{f.name}", f.sort) for f in kind.fields)
        own = b.eq(segments.kind_variable(world, False), b.integer(k))
        guard = b.conj((own, _meant(world, clause, False), _room(world, channel)))
        name = f"replays {kind.name} on {world.channels[channel].name}"
        send = Send(channel, k, fields, TRUE, clause.can.span)
        yield _action(clause, ActionKind.REPLAY, name, memory, (guard,), (send,))


def _evil_peer(attack: _Attack, declared: s.Adversary, can: s.Can) -> None:
    """Nothing of an endpoint's own is left: it takes every segment and may send any."""
    world = attack.world
    assert can.endpoint is not None
    me = families.single(can.endpoint, Scope(world)).name
    attack.system = silenced(attack.system, me)
    everything = Pattern(tuple(range(len(world.messages))), frozenset(), frozenset())
    clause = _Clause(declared.name.text, can, (), (everything,), {}, None)
    for channel, place in enumerate(world.channels):
        if place.target == me:
            name = f"as {me} takes a segment from {place.source}"
            attack.actions.append(_action(clause, ActionKind.RECEIVE, name, channel, (), endpoint=me))
        if place.source == me:
            attack.actions += _injections(world, clause, channel, me)
