"""Patterns on segments, and the fields of segments."""

from __future__ import annotations

from dataclasses import replace

from tcpverify.diagnostics import Code, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, CORRUPT_KIND, Const, Expr, IntSort, Sort, Var, mentions
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.soup import counts
from tcpverify.ir.system import KIND, Field
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions, families
from tcpverify.lang.elaborate.scope import Abandoned, EndpointInfo, Scope, World
from tcpverify.lang.elaborate.terms import (
    PRESENT,
    Compound,
    Meaning,
    Pattern,
    Scalar,
    Segment,
    Shape,
    Term,
    join,
    parts,
)


def resolve_pattern(pattern: s.Pattern, world: World) -> Pattern:
    """Look up a pattern's messages and flags; each pattern of the tree once an instance."""
    found = world.patterns.get(id(pattern))
    if found is None:
        found = world.patterns[id(pattern)] = _resolve_pattern(pattern, world)
    return found


def _resolve_pattern(pattern: s.Pattern, world: World) -> Pattern:
    everything = tuple(range(len(world.messages)))
    if pattern.kind == "corrupt":
        return Pattern((), frozenset(), frozenset(), corrupt=True)
    kinds = everything
    for term in pattern.terms:
        kinds = tuple(k for k in kinds if k in _kinds_of(term, world))
    if pattern.terms and not kinds:
        world.fail(Code.UNKNOWN_NAME, "no message has all of this", pattern.span)
    flags = [t for t in pattern.terms if not _is_message(t, world)]
    if pattern.terms and len(kinds) > 1:
        names = " and ".join(world.messages[k].name for k in kinds)
        flag = flags[0].name.text
        hint = f"write `{world.messages[kinds[0]].name}.{flag}`"
        world.fail(Code.AMBIGUOUS_NAME, f"{names} both have the flag `{flag}`", flags[0].span, hint=hint)
    on = frozenset(t.name.text for t in flags if not t.negated)
    off = frozenset(t.name.text for t in flags if t.negated)
    if on & off:
        message = f"flag `{min(on & off)}` cannot be both set and clear"
        world.fail(Code.DUPLICATE_NAME, message, pattern.span)
    if pattern.kind == "only":
        off |= {f.name for k in kinds for f in world.messages[k].fields if f.flag} - on
    return Pattern(kinds, on, off)


def _is_message(term: s.PatternTerm, world: World) -> bool:
    return term.message is None and any(kind.name == term.name.text for kind in world.messages)


def _kinds_of(term: s.PatternTerm, world: World) -> tuple[int, ...]:
    """The message kinds that a term speaks of."""
    text = term.name.text
    if _is_message(term, world):
        if term.negated:
            world.fail(Code.WRONG_KIND, f"`{text}` is a message, only flags can be negated", term.span)
        return (world.kind_index(text),)
    candidates = range(len(world.messages))
    if term.message is not None:
        owner = term.message.text
        if all(kind.name != owner for kind in world.messages):
            hint = did_you_mean(owner, [k.name for k in world.messages])
            world.fail(Code.UNKNOWN_NAME, f"unknown message `{owner}`", term.message.span, hint=hint)
        candidates = range(world.kind_index(owner), world.kind_index(owner) + 1)
    found = tuple(k for k in candidates if any(f.flag and f.name == text for f in world.messages[k].fields))
    if not found:
        flags = [f.name for k in candidates for f in world.messages[k].fields if f.flag]
        known = flags if term.message else [*flags, *(k.name for k in world.messages)]
        what = f"flag of `{term.message}`" if term.message else "flag or message"
        hint = did_you_mean(text, known)
        world.fail(Code.UNKNOWN_NAME, f"unknown {what}: `{text}`", term.name.span, hint=hint)
    return found


def kind_variable(world: World, corrupt: bool) -> Var:
    """The kind of the segment at hand; `corrupt` tells whether it may be garbled."""
    return Var(Where.FIELD, KIND, IntSort(CORRUPT_KIND if corrupt else 0, len(world.messages) - 1))


def _field_variable(kind: int, field: Field, world: World) -> Expr:
    return Var(Where.FIELD, f"{world.messages[kind].name}.{field.name}", field.sort)


def condition(pattern: Pattern, world: World, corrupt: bool) -> Expr:
    """The condition on the segment at hand (FIELD variables) that a pattern states."""
    kind = kind_variable(world, corrupt)
    if pattern.corrupt:
        return b.eq(kind, b.integer(CORRUPT_KIND))
    if len(pattern.kinds) == len(world.messages) and not pattern.set and not pattern.clear:
        return b.neg(b.eq(kind, b.integer(CORRUPT_KIND)))
    alternatives = []
    for k in pattern.kinds:
        flags = {f.name: _field_variable(k, f, world) for f in world.messages[k].fields if f.flag}
        on = [flags[name] for name in sorted(pattern.set)]
        off = [b.neg(flags[name]) for name in sorted(pattern.clear)]
        alternatives.append(b.conj((b.eq(kind, b.integer(k)), *on, *off)))
    return b.disj(alternatives)


def matches(pattern: s.Pattern, segment: Segment, scope: Scope) -> Expr:
    """`s is PATTERN`."""
    return condition(resolve_pattern(pattern, scope.world), scope.world, segment.corrupt)


# --- Fields ----------------------------------------------------------------------------------------


def field_shape(kind: int, label: str, world: World) -> Shape | None:
    """The shape of a field as it was declared, or of a flag; None if there is none of this name."""
    flag = any(f.flag and f.name == label for f in world.messages[kind].fields)
    return BOOL if flag else world.field_shapes.get((kind, label))


def fields_of(kind: int, label: str, world: World) -> list[Field]:
    """The scalars that a declared field is made of."""
    found = [f for f in world.messages[kind].fields if f.name.startswith(label)]
    return [f for f in found if f.name[len(label) :][:1] in ("", ".", "[", PRESENT)]


def read(segment: Segment, label: s.Identifier, scope: Scope) -> Term:
    """`s.field`, `s.FLAG` or `s.sender`; with several kinds, a field that all of them have."""
    world, text = scope.world, label.text
    if text == "sender":
        sort = world.endpoint_sort
        return Scalar(Const(sort.enumerators.index(segment.sender), sort))
    if not segment.kinds:
        what = "a garbled segment has no fields" if world.messages else "no message is declared"
        world.fail(Code.WRONG_KIND, what, label.span)
    found = [field_shape(k, text, world) for k in segment.kinds]
    if any(shape is None or shape != found[0] for shape in found):
        _no_field(segment, label, world)
    _ghost_allowed(segment, label, scope)
    assert found[0] is not None
    return _read_shape(segment.kinds, text, found[0], segment.corrupt, world)


def _read_shape(kinds: tuple[int, ...], path: str, shape: Shape, corrupt: bool, world: World) -> Term:
    if not isinstance(shape, Sort):
        rows = [(key, join(path, key), inner) for key, inner in parts(shape)]
        return Compound(
            shape, {k: _read_shape(kinds, name, inner, corrupt, world) for k, name, inner in rows}
        )
    value: Expr = Var(Where.FIELD, f"{world.messages[kinds[-1]].name}.{path}", shape)
    for k in reversed(kinds[:-1]):
        own = Var(Where.FIELD, f"{world.messages[k].name}.{path}", shape)
        value = b.ite(b.eq(kind_variable(world, corrupt), b.integer(k)), own, value)
    return Scalar(value)


def _no_field(segment: Segment, label: s.Identifier, world: World) -> None:
    if label.text in world.refused_fields:
        raise Abandoned
    kinds = [world.messages[k] for k in segment.kinds]
    known = [f.name for f in kinds[0].fields] if kinds else []
    if len(kinds) == 1:
        hint = did_you_mean(label.text, [*known, "sender"])
        world.fail(Code.UNKNOWN_NAME, f"`{kinds[0].name}` has no field `{label.text}`", label.span, hint=hint)
    names = ", ".join(k.name for k in kinds)
    message = f"not every segment that can stand here has the field `{label.text}`"
    world.fail(Code.UNKNOWN_NAME, message, label.span, hint=f"name the message in the pattern: {names}")


def _ghost_allowed(segment: Segment, label: s.Identifier, scope: Scope) -> None:
    fields = [f for k in segment.kinds for f in fields_of(k, label.text, scope.world)]
    if any(f.ghost for f in fields) and not scope.ghost:
        hint = "ghost data is for ghost assignments, ghost fields, `assert`, properties and monitors"
        scope.world.fail(
            Code.GHOST_READ, f"a handler cannot read the ghost `{label.text}`", label.span, hint=hint
        )


# --- Counting --------------------------------------------------------------------------------------


def channel_index(ref: s.ChannelRef | s.InFlight, scope: Scope) -> int:
    """The channel that `A -> B` names."""
    return channel_between(families.single(ref.source, scope), families.single(ref.target, scope), ref, scope)


def channel_between(
    source: EndpointInfo, target: EndpointInfo, ref: s.ChannelRef | s.InFlight, scope: Scope
) -> int:
    """The channel from one endpoint to another."""
    world, ends = scope.world, (source.name, target.name)
    found = [i for i, c in enumerate(world.channels) if (c.source, c.target) == ends]
    if not found and world.links_refused:
        raise Abandoned
    if not found:
        message = f"no link leads from `{source.name}` to `{target.name}`"
        world.fail(Code.NO_LINK, message, ref.span)
    return found[0]


def channel_indices(ref: s.ChannelRef, scope: Scope) -> list[int]:
    """The channels that `A -> P` names: of a family, those of each element."""
    sources, targets = families.referred(ref.source, scope), families.referred(ref.target, scope)
    pairs = [(a, c) for a in sources for c in targets if a is not c or len(sources) == len(targets) == 1]
    return [channel_between(a, c, ref, scope) for a, c in pairs]


def in_flight(e: s.InFlight, scope: Scope) -> Expr:
    """`in_flight(A -> B : PATTERN as s when E)`, in properties only."""
    world = scope.world
    if not scope.in_property:
        world.fail(Code.WRONG_KIND, "`in_flight` is for properties only", e.span)
    if scope.where is Where.NEXT:
        world.fail(Code.NOT_SUPPORTED, "`in_flight` after the step is not supported yet", e.span)
    index = channel_index(e, scope)
    channel, corrupt = world.channels[index], index in world.corrupting
    predicate: Expr = b.boolean(True)
    if e.pattern is not None:
        pattern = resolve_pattern(e.pattern, world)
        predicate = condition(pattern, world, corrupt)
        if e.guard is not None:
            segment = Segment(pattern.kinds, channel.source, corrupt)
            predicate = b.conj((predicate, _counted(e.guard, e.binder, segment, scope)))
    return b.in_flight(index, predicate, channel.most)


def _counted(guard: s.Expression, binder: s.Identifier | None, segment: Segment, scope: Scope) -> Expr:
    """What is asked besides the pattern of a segment that is counted."""
    names = {name: meaning for name, meaning in scope.names.items() if not _of_a_segment(meaning)}
    bound = {} if binder is None else {binder.text: segment}
    asked = expressions.holds(guard, replace(scope, names={**names, **bound}))
    if counts(asked):
        scope.world.fail(Code.WRONG_KIND, "a count of segments cannot stand inside another", guard.span)
    return asked


def _of_a_segment(meaning: Meaning) -> bool:
    """Whether a name stands for a segment or for what is read from one: not to be mixed with another."""
    match meaning:
        case Scalar(value):
            return mentions(value, Where.FIELD)
        case Compound(_, fields):
            return any(map(_of_a_segment, fields.values()))
        case _:
            return isinstance(meaning, Segment)
