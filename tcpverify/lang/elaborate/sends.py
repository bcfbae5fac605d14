"""`send`: which segment, with which fields, over which channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tcpverify.diagnostics import Code, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.expr import Expr, is_false
from tcpverify.ir.system import Send
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import names, segments
from tcpverify.lang.elaborate.paths import Body, Path, flat, require_storable, scalars, scope_at
from tcpverify.lang.elaborate.scope import Abandoned, Scope
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
        for channel in channels:
            body.effects.append(Send(channel, pattern.kinds[0], fields, path.live, statement.span))


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
        declared = next((f for f in kind.fields if f.name == label or f.name.startswith(f"{label}.")), None)
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


def _channels(body: Body, statement: s.Send, path: Path) -> list[int]:
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
        return out
    target = names.endpoint_of(statement.target, scope_at(body, path))
    if target is None:
        message = "a segment is sent to an endpoint of the network"
        hint = did_you_mean(flat(statement.target.span), world.endpoints)
        world.fail(Code.WRONG_KIND, message, statement.target.span, hint=hint)
    found = [i for i in out if world.channels[i].target == target.name]
    if not found:
        world.fail(Code.NO_LINK, f"no link leads from `{me}` to `{target.name}`", statement.target.span)
    return found
