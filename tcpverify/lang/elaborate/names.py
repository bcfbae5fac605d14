"""What names, members and calls in an expression mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

from tcpverify.diagnostics import Code, Note, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Const, EnumSort, Expr, IntSort, SeqSort
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import compounds, expressions, families, monitors, segments, shapes
from tcpverify.lang.elaborate.compounds import defined, first_value, requiring
from tcpverify.lang.elaborate.scope import Abandoned, Chosen, EndpointInfo, RoleTimer, Scope
from tcpverify.lang.elaborate.terms import (
    ArrayShape,
    Compound,
    Meaning,
    Poison,
    RecordShape,
    Scalar,
    Segment,
    Shape,
    Term,
)

MAX_HINTS = 50
"""After this many mistakes no name is looked for that may have been meant."""


def not_yet() -> NoReturn:
    """A construct that `lang.support` has already reported."""
    raise Abandoned


def name(e: s.Name, scope: Scope, expected: Shape | None) -> Term:
    """A plain name: local, variable, parameter or constant, enumerator, endpoint, in this order."""
    meaning = _meaning(e, scope, expected)
    match meaning:
        case Scalar() | Compound():
            return meaning
        case Poison():
            raise Abandoned
        case Segment():
            hint = f"read one of its fields: `{e.text}.FIELD`"
            scope.world.fail(Code.WRONG_KIND, f"the segment `{e.text}` is not a value", e.span, hint=hint)


def _meaning(e: s.Name, scope: Scope, expected: Shape | None) -> Meaning:
    world, text = scope.world, e.text
    if text in scope.names:
        return scope.names[text]
    if text == "self" and scope.me is not None:
        return _endpoint(scope.me.name, scope)
    if scope.me is not None and text in scope.me.info.variables:
        return _variable(scope.me, s.Identifier(text, span=e.span), scope)
    if scope.me is not None and text in scope.me.info.timers:
        world.fail(Code.WRONG_KIND, f"`{text}` is a timer", e.span, hint=f"`running({text})` is a condition")
    if scope.me is not None and text in scope.me.info.refused:
        raise Abandoned
    if text in world.constants:
        return world.constants[text]
    if text in world.program.enumerators:
        return _enumerator(e, scope, expected)
    if text in world.endpoint_names:
        return _endpoint(text, scope)
    if text in world.families:
        hint = f"name one: `{families.element(text, world.families[text][0])}`"
        world.fail(Code.WRONG_KIND, f"`{text}` is a family of endpoints", e.span, hint=hint)
    _unknown(e, scope)


def is_ambiguous(e: s.Name, scope: Scope) -> bool:
    """Whether a name is an enumerator of several types, and nothing nearer."""
    text, me = e.text, scope.me
    nearer = (
        text in scope.names or text in scope.world.constants or (me is not None and text in me.info.variables)
    )
    return not nearer and len(scope.world.program.enumerators.get(text, ())) > 1


def _enumerator(e: s.Name, scope: Scope, expected: Shape | None) -> Scalar:
    sorts = scope.world.program.enumerators[e.text]
    if len(sorts) > 1:
        named = [sort.name for sort in sorts if sort.name]
        if expected in sorts and len(named) < len(sorts):
            assert isinstance(expected, EnumSort)
            sorts = (expected,)
        else:
            hint = f"write `{named[0]}.{e.text}`" if named else "give the types names"
            owners = " and ".join(f"`{sort}`" for sort in sorts)
            scope.world.fail(Code.AMBIGUOUS_NAME, f"`{e.text}` belongs to {owners}", e.span, hint=hint)
    return Scalar(Const(sorts[0].enumerators.index(e.text), sorts[0]))


def _endpoint(text: str, scope: Scope) -> Scalar:
    sort = scope.world.endpoint_sort
    return Scalar(Const(sort.enumerators.index(text), sort))


def index(e: s.Index, scope: Scope) -> Term:
    """`a[i]` of an array; `P[i]` of a family, as a value."""
    if families.is_family(e.base, scope):
        chosen = families.indexed(e, scope)
        cases = [(condition, _endpoint(owner.name, scope)) for condition, owner in chosen.cases]
        return compounds.requiring(compounds.select(cases), chosen.defined)
    array = compounds.plain(expressions.elaborate(e.base, scope))
    if not isinstance(array, Compound) or not isinstance(array.shape, ArrayShape):
        scope.world.fail(Code.TYPE_MISMATCH, f"{array.shape} is no array", e.base.span)
    return compounds.element(array, expressions.number(e.index, scope))


def _unknown(e: s.Name, scope: Scope) -> NoReturn:
    world = scope.world
    mine = [*scope.me.info.variables, "self"] if scope.me else []
    known = [*scope.names, *mine, *world.constants, *world.program.enumerators, *world.endpoint_names]
    hint = did_you_mean(e.text, known) if len(world.collector.diagnostics) < MAX_HINTS else None
    if hint is None and scope.me is not None and e.text in scope.me.info.states:
        hint = f"to ask for a state, write `self in {e.text}`"
    world.fail(Code.UNKNOWN_NAME, f"unknown name `{e.text}`", e.span, hint=hint)


# --- Endpoints and their variables -------------------------------------------------------------------


def endpoints_of(e: s.Expression, scope: Scope) -> Chosen | None:
    """The endpoints that an expression names, by its index; None if it is something else."""
    if isinstance(e, s.Index) and families.is_family(e.base, scope):
        return families.indexed(e, scope)
    owner = endpoint_of(e, scope)
    return None if owner is None else families.one(owner)


def endpoint_of(e: s.Expression, scope: Scope) -> EndpointInfo | None:
    """The endpoint that an expression names whatever the state, or None if it is something else."""
    match e:
        case s.Name(text) if text in scope.names:
            return None
        case s.Name("self"):
            return scope.me
        case s.Name(text) if scope.me is not None and scope.me.info.has_variable(text):
            return None
        case s.Name(text) if text in scope.world.constants or text in scope.world.program.enumerators:
            return None
        case s.Name(text):
            return scope.world.endpoints.get(text)
        case s.Index(base) if families.is_family(base, scope):
            return families.indexed(e, scope).only
        case s.Member(s.Name(text), member) if member.text == "sender":
            segment = scope.names.get(text)
            return scope.world.endpoints[segment.sender] if isinstance(segment, Segment) else None
        case _:
            return None


def _visible(owner: EndpointInfo, scope: Scope) -> bool:
    """Whether what an endpoint holds may be read here: its own handlers, properties and ghosts may."""
    return scope.in_property or scope.ghost or owner is scope.me


def _variable(owner: EndpointInfo, label: s.Identifier, scope: Scope) -> Term:
    """The value of a variable of an endpoint, if this place may read it."""
    world, variable = scope.world, owner.info.variables.get(label.text)
    if variable is None:
        if label.text in owner.info.refused:
            raise Abandoned
        known = [*owner.info.variables, *owner.info.timers]
        message = f"`{owner.name}` (role {owner.info.name}) has no variable `{label.text}`"
        if label.text in owner.info.timers:
            world.fail(Code.WRONG_KIND, f"`{label.text}` is a timer", label.span,
                       hint=f"`running({owner.name}.{label.text})` is a condition")  # fmt: skip
        world.fail(Code.UNKNOWN_NAME, message, label.span, hint=did_you_mean(label.text, known))
    note = Note("declared here", variable.span)
    if variable.ghost and not scope.ghost:
        hint = "ghost data is for ghost assignments, ghost fields, `assert`, properties and monitors"
        world.fail(
            Code.GHOST_READ, f"a handler cannot read the ghost `{label.text}`", label.span, note, hint=hint
        )
    if not _visible(owner, scope):
        hint = "endpoints share nothing but segments"
        world.fail(
            Code.WRONG_KIND, f"a handler cannot read `{owner.name}.{label.text}`", label.span, note, hint=hint
        )
    return scope.read_shape(f"{owner.name}.{label.text}", variable.shape)


def member(e: s.Member, scope: Scope) -> Term:
    """`A.x`, `s.field`, `record.field`, `TYPE.enumerator`."""
    world, base, label = scope.world, e.base, e.member
    if isinstance(base, s.Name):
        meaning = scope.names.get(base.text)
        if isinstance(meaning, Segment):
            return segments.read(meaning, label, scope)
        if isinstance(meaning, Poison):
            raise Abandoned
        owner = endpoint_of(base, scope)
        if owner is not None:
            return _variable(owner, label, scope)
        own = scope.me is not None and base.text in scope.me.info.variables
        if not own and meaning is None and base.text in world.program.types:
            return _qualified(base, label, scope)
    elif (chosen := endpoints_of(base, scope)) is not None:
        found = [(condition, _variable(owner, label, scope)) for condition, owner in chosen.cases]
        return compounds.requiring(compounds.select(found), chosen.defined)
    term = compounds.plain(expressions.elaborate(base, scope))
    if isinstance(term, Compound):
        if label.text not in term.fields:
            hint = did_you_mean(label.text, term.fields)
            world.fail(Code.UNKNOWN_NAME, f"{term.shape} has no field `{label.text}`", label.span, hint=hint)
        return term.fields[label.text]
    world.fail(Code.TYPE_MISMATCH, f"{term.shape} has no fields", base.span)


def _qualified(base: s.Name, label: s.Identifier, scope: Scope) -> Scalar:
    world = scope.world
    sort = shapes.shape_of(s.NamedType(s.Identifier(base.text, span=base.span), span=base.span), scope)
    if not isinstance(sort, EnumSort):
        world.fail(Code.WRONG_KIND, f"`{base.text}` is not an enumeration", base.span)
    if label.text not in sort.enumerators:
        hint = did_you_mean(label.text, sort.enumerators)
        world.fail(Code.UNKNOWN_NAME, f"`{base.text}` has no `{label.text}`", label.span, hint=hint)
    return Scalar(Const(sort.enumerators.index(label.text), sort))


# --- States ------------------------------------------------------------------------------------------


def is_endpoint(item: s.Expression, scope: Scope, candidates: Sequence[s.Identifier]) -> bool:
    """Whether `item in { names }` asks for states of an endpoint or a monitor, not for values."""
    chosen = endpoints_of(item, scope)
    if chosen is None:
        return monitors.named(item, scope) is not None
    owner = chosen.cases[0][1]
    return isinstance(item, s.Name) or all(c.text in owner.info.states for c in candidates)


def in_states(item: s.Expression, states: Sequence[s.Identifier], scope: Scope) -> Scalar:
    """`A in STATE` and `A in { S1, S2 }`."""
    chosen = endpoints_of(item, scope)
    if chosen is None and (watched := monitors.named(item, scope)) is not None:
        return Scalar(monitors.in_states(watched, states, scope))
    if chosen is None:
        expressions.elaborate(item, scope)
        hint = "sets of values are written `{ ... }` or `lo..hi`"
        scope.world.fail(Code.WRONG_KIND, "only an endpoint is in a state", item.span, hint=hint)
    cases = [(condition, _in_states(owner, item, states, scope)) for condition, owner in chosen.cases]
    term = compounds.requiring(compounds.select(cases), chosen.defined)
    assert isinstance(term, Scalar)
    return term


def _in_states(
    owner: EndpointInfo, item: s.Expression, states: Sequence[s.Identifier], scope: Scope
) -> Scalar:
    world = scope.world
    if not _visible(owner, scope):
        world.fail(Code.WRONG_KIND, f"a handler cannot see the state of `{owner.name}`", item.span,
                   hint="endpoints share nothing but segments")  # fmt: skip
    control = scope.read(control_name(owner), control_sort(owner))
    parts = []
    for state in states:
        if state.text not in owner.info.states:
            message = f"role `{owner.info.name}` has no state `{state.text}`"
            closest = did_you_mean(state.text, owner.info.states)
            world.fail(Code.UNKNOWN_NAME, message, state.span, hint=closest)
        parts.append(b.eq(control, Const(owner.info.states.index(state.text), control_sort(owner))))
    return Scalar(b.disj(parts))


def control_name(owner: EndpointInfo) -> str:
    """The full name of the variable that holds an endpoint's state."""
    return owner.name


def control_sort(owner: EndpointInfo) -> EnumSort:
    return EnumSort(f"state of {owner.info.name}", owner.info.states)


# --- Calls -------------------------------------------------------------------------------------------


def call(e: s.Call, scope: Scope) -> Term:
    """`int(s)`, `running(t)`, a def, or a record with named fields."""
    text, program = e.function.text, scope.world.program
    if scope.me is not None and text in scope.me.info.defs:
        return _apply(scope.me.info.defs[text], e, scope, scope.me)
    if text in program.defs:
        return _apply(program.defs[text], e, scope, None)
    if text in program.records:
        return _record(e, scope)
    if text == "int":
        return _int(_one(e, scope), scope)
    if text == "running":
        return _running(_one(e, scope), scope)
    own = list(scope.me.info.defs) if scope.me else []
    hint = did_you_mean(text, [*own, *program.defs, *program.records, "int", "running"])
    scope.world.fail(Code.UNKNOWN_NAME, f"unknown function `{text}`", e.function.span, hint=hint)


def _one(e: s.Call, scope: Scope) -> s.Expression:
    if len(e.arguments) != 1 or e.arguments[0].name is not None:
        scope.world.fail(Code.WRONG_ARGUMENTS, f"`{e.function}` takes one argument", e.span)
    return e.arguments[0].value


def _int(e: s.Expression, scope: Scope) -> Scalar:
    term = expressions.elaborate_scalar(e, scope)
    if not isinstance(term.value.sort, SeqSort | IntSort):
        scope.world.fail(Code.TYPE_MISMATCH, f"`int` takes a sequence number, not {term.value.sort}", e.span)
    return Scalar(b.plain(term.value), term.defined) if isinstance(term.value.sort, SeqSort) else term


def _running(e: s.Expression, scope: Scope) -> Scalar:
    match e:
        case s.Name(text):
            chosen = None if scope.me is None else families.one(scope.me)
            label = s.Identifier(text, span=e.span)
        case s.Member(base, label):
            chosen = endpoints_of(base, scope)
        case _:
            chosen, label = None, s.Identifier("", span=e.span)
    cases: Sequence[tuple[Expr, EndpointInfo | None]] = ((TRUE, None),) if chosen is None else chosen.cases
    running = [(condition, _is_running(owner, label, e, scope)) for condition, owner in cases]
    term = requiring(compounds.select(running), TRUE if chosen is None else chosen.defined)
    assert isinstance(term, Scalar)
    return term


def _is_running(owner: EndpointInfo | None, label: s.Identifier, e: s.Expression, scope: Scope) -> Scalar:
    """Whether a timer of one endpoint runs."""
    if owner is not None and label.text in owner.info.refused:
        raise Abandoned
    if owner is None or label.text not in owner.info.timers:
        known = owner.info.timers if owner else ()
        scope.world.fail(
            Code.WRONG_KIND, "`running` takes a timer", e.span, hint=did_you_mean(label.text, known)
        )
    if not _visible(owner, scope):
        scope.world.fail(Code.WRONG_KIND, f"a handler cannot see the timers of `{owner.name}`", e.span)
    value = scope.read(f"{owner.name}.{label.text}", timer_sort(owner.info.timers[label.text]))
    return Scalar(b.neg(b.eq(value, b.integer(0))))


def timer_sort(timer: RoleTimer) -> IntSort:
    """0: stopped; 1 + k: running after k firings (or as many as make a difference)."""
    return IntSort(0, timer.phases)


def _apply(d: s.Def, e: s.Call, scope: Scope, me: EndpointInfo | None) -> Term:
    """A def's body with its arguments in place; what it needs must be defined and in its types.

    The body is read where it stands: `me` is the endpoint for a role's def, None for a file's.
    """
    world = scope.world
    world.spend(e.span)
    if any(a.name is not None for a in e.arguments):
        world.fail(Code.WRONG_ARGUMENTS, f"arguments of `{d.name}` are given by position", e.span)
    if len(e.arguments) != len(d.parameters):
        message = f"`{d.name}` takes {counted(len(d.parameters), 'argument')}, not {len(e.arguments)}"
        world.fail(Code.WRONG_ARGUMENTS, message, e.span, Note("declared here", d.name.span))
    names: dict[str, Meaning] = {}
    conditions = []
    for parameter, argument in zip(d.parameters, e.arguments, strict=True):
        shape = shapes.shape_of(parameter.type, scope)
        term = expressions.elaborate(argument.value, scope, shape)
        term = expressions.store(term, shape, argument.value, scope)
        conditions.append(defined(term))
        names[parameter.name.text] = term
    inner = replace(scope, names=names, me=me)
    shape = shapes.shape_of(d.result, inner)
    result = expressions.store(expressions.elaborate(d.body, inner, shape), shape, d.body, inner)
    return requiring(result, b.conj(conditions))


def counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _record(e: s.Call, scope: Scope) -> Compound:
    """`R(f = e, ...)`; fields not given are their type's first value."""
    world, name_ = scope.world, s.NamedType(e.function, span=e.function.span)
    shape = shapes.shape_of(name_, scope)
    assert isinstance(shape, RecordShape)
    wanted = dict(shape.fields)
    given: dict[str, Term] = {}
    for argument in e.arguments:
        if argument.name is None:
            world.fail(Code.WRONG_ARGUMENTS, f"fields of `{shape}` are given by name", argument.span,
                       hint=f"write `{shape}({next(iter(wanted), 'field')} = ...)`")  # fmt: skip
        field = argument.name.text
        if field not in wanted:
            hint = did_you_mean(field, wanted)
            world.fail(Code.UNKNOWN_NAME, f"`{shape}` has no field `{field}`", argument.name.span, hint=hint)
        if field in given:
            world.fail(Code.DUPLICATE_NAME, f"field `{field}` is given twice", argument.name.span)
        term = expressions.elaborate(argument.value, scope, wanted[field])
        given[field] = expressions.store(term, wanted[field], argument.value, scope)
    return Compound(shape, {f: given.get(f, first_value(inner)) for f, inner in shape.fields})


__all__ = [
    "call",
    "control_name",
    "control_sort",
    "counted",
    "defined",
    "endpoint_of",
    "endpoints_of",
    "first_value",
    "in_states",
    "index",
    "is_ambiguous",
    "is_endpoint",
    "member",
    "name",
    "not_yet",
    "timer_sort",
]
