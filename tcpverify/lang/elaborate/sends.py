"""`send`: which segment, with which fields, over which channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tcpverify.diagnostics import Code, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Const, Expr, is_false
from tcpverify.ir.system import Send
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import families, names, segments
from tcpverify.lang.elaborate.paths import (
    NO_VALUE,
    Body,
    Path,
    flat,
    require,
    require_storable,
    scalars,
    scope_at,
)
from tcpverify.lang.elaborate.scope import Abandoned, Chosen, Scope
from tcpverify.lang.elaborate.terms import Pattern, Shape, Term, leaves
from tcpverify.source import Span


def send(body: Body, statement: s.Send, path: Path) -> None:
    """A `send` statement: one effect for each channel that it goes over."""
    world = body.scope.world
    pattern = segments.resolve_pattern(statement.pattern, world)
    if pattern.corrupt or len(pattern.kinds) != 1 or statement.pattern.kind != "terms":
        hint = "name the message or its flags: `send SYN + ACK (...)`"
        world.fail(
            Code.WRONG_KIND, "this does not say which message to send", statement.pattern.span, hint=hint
        )
    if pattern.clear:
        hint = "flags not listed are clear"
        world.fail(Code.WRONG_KIND, "a send lists the flags that are set", statement.pattern.span, hint=hint)
    channels = _channels(body, statement, path)
    fields = segment_fields(
        pattern, statement.fields, lambda ghost: scope_at(body, path, ghost=ghost),
        lambda term, shape, label, span: require_storable(body, path, term, shape, label, span),
    )  # fmt: skip
    if not is_false(path.live):
        for channel, condition in channels:
            when = b.conj((path.live, condition))
            body.effects.append(Send(channel, pattern.kinds[0], fields, when, statement.span))


ScopeFor = Callable[[bool], Scope]
Stored = Callable[[Term, Shape, str, Span], None]


def segment_fields(
    pattern: Pattern, given: Sequence[s.FieldValue], scope_for: ScopeFor, stored: Stored
) -> tuple[Expr, ...]:
    """The values of all fields of a segment: flags of the pattern, fields given, first values.

    `scope_for(ghost)` is where a value is read, `stored(term, shape, label, span)` checks it.
    """
    scope = scope_for(False)
    world, k = scope.world, pattern.kinds[0]
    kind = world.messages[k]
    values: dict[str, Expr] = {}
    for field_ in given:
        label = field_.name.text
        shape = segments.field_shape(k, label, world)
        declared = next(iter(segments.fields_of(k, label, world)), None)
        if shape is None or declared is None:
            if label in world.refused_fields:
                raise Abandoned
            hint = did_you_mean(label, [f.name for f in kind.fields])
            world.fail(
                Code.UNKNOWN_NAME, f"`{kind.name}` has no field `{label}`", field_.name.span, hint=hint
            )
        if declared.flag:
            hint = f"write it in the pattern: `{label}`"
            world.fail(Code.WRONG_KIND, f"`{label}` is a flag", field_.name.span, hint=hint)
        inner = scope_for(declared.ghost)
        term = ex.convert(ex.elaborate(field_.value, inner, shape), shape, field_.value, inner)
        stored(term, shape, label, field_.value.span)
        for (leaf, _), scalar in zip(leaves(shape, label), scalars(term), strict=True):
            if leaf in values:
                world.fail(Code.DUPLICATE_NAME, f"field `{label}` is given twice", field_.name.span)
            values[leaf] = scalar.value
    flags = {f.name: b.boolean(f.name in pattern.set) for f in kind.fields if f.flag}
    rest = {f.name: scalars(names.first_value(f.sort))[0].value for f in kind.fields}
    return tuple({**rest, **flags, **values}[f.name] for f in kind.fields)


# --- Where to ----------------------------------------------------------------------------------------

Way = tuple[int, Expr]
"""A channel, and the condition under which the segment goes over it."""


def _channels(body: Body, statement: s.Send, path: Path) -> list[Way]:
    """The channels that a send goes over."""
    world, me = body.scope.world, body.me.name
    out = [i for i, c in enumerate(world.channels) if c.source == me]
    if world.links_refused:
        raise Abandoned
    if statement.target is None or statement.target == "all":
        if not out:
            world.fail(Code.NO_LINK, f"no link leaves `{me}`", statement.span)
        if len(out) > 1 and statement.target is None:
            targets = ", ".join(world.channels[i].target for i in out)
            message = f"several links leave `{me}` (to {targets})"
            world.fail(Code.NO_LINK, message, statement.span, hint="add `to ENDPOINT` or `to all`")
        return [(i, TRUE) for i in out]
    scope = scope_at(body, path)
    if is_false(path.live):  # never sent by this endpoint: what is written for another one of its role
        return []
    chosen = names.endpoints_of(statement.target, scope) or _by_value(statement.target, scope)
    only = chosen.only
    ways = [(i, condition) for condition, owner in chosen.cases for i in out
            if world.channels[i].target == owner.name]  # fmt: skip
    if only is not None and not ways:
        world.fail(Code.NO_LINK, f"no link leads from `{me}` to `{only.name}`", statement.target.span)
    require(body, path, chosen.defined, NO_VALUE, statement.target.span)
    message = f"no link leads from `{me}` to `{flat(statement.target.span)}`"
    require(body, path, b.disj(condition for _, condition in ways), message, statement.target.span)
    return ways


def _by_value(e: s.Expression, scope: Scope) -> Chosen:
    """The endpoints that a value of type `endpoint` can be."""
    world = scope.world
    held = isinstance(e, s.Name) and (
        e.text in scope.names or (scope.me is not None and scope.me.info.has_variable(e.text))
    )
    if isinstance(e, s.Name) and not held and not families.is_family(e, scope):
        message = "a segment is sent to an endpoint of the network"
        hint = did_you_mean(flat(e.span), world.endpoints)
        world.fail(Code.WRONG_KIND, message, e.span, hint=hint)
    term = ex.elaborate_scalar(e, scope)
    if term.shape != world.endpoint_sort:
        message = f"a segment is sent to an endpoint of the network, not to {term.shape}"
        world.fail(Code.WRONG_KIND, message, e.span)
    sort = world.endpoint_sort
    cases = [(b.eq(term.value, Const(k, sort)), world.endpoints[n]) for k, n in enumerate(sort.enumerators)]
    return Chosen([case for case in cases if not is_false(case[0])], term.defined)
