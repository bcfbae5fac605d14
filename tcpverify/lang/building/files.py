"""Tree building for files, protocols, networks and scenarios: one function a rule of the grammar."""

from __future__ import annotations

from typing import cast

from tcpverify.lang import syntax
from tcpverify.lang.syntax import EndpointRef, Expression, Identifier
from tcpverify.lang.tokens import Token, unquote
from tcpverify.source import Span

Target = syntax.Name | syntax.Member | syntax.Index
Values = syntax.SetLiteral | syntax.Interval


def file(span: Span, *declarations: syntax.Declaration) -> syntax.File:
    return syntax.File(declarations, span=span)


def import_file(span: Span, path: Token) -> syntax.Import:
    return syntax.Import(unquote(path), span=span)


def tick(span: Span, count: Token, unit: Token) -> syntax.Tick:
    return syntax.Tick(int(count.text), unit.text, span=span)  # type: ignore[arg-type]


def unit(_: Span, word: Token) -> Token:
    return word


def protocol(
    span: Span, name: Identifier, cites: tuple[str, ...], doc: str | None, *items: syntax.ProtocolItem
) -> syntax.Protocol:
    return syntax.Protocol(name, cites, doc, items, span=span)


def param(span: Span, name: Identifier, type_: syntax.Type, default: Expression | None) -> syntax.Param:
    return syntax.Param(name, type_, default, span=span)


def const(span: Span, name: Identifier, type_: syntax.Type | None, value: Expression) -> syntax.Const:
    return syntax.Const(name, type_, value, span=span)


def type_alias(span: Span, name: Identifier, type_: syntax.Type) -> syntax.TypeDecl:
    return syntax.TypeDecl(name, type_, span=span)


def enum(span: Span, name: Identifier, enumerators: tuple[Identifier, ...]) -> syntax.TypeDecl:
    where = enumerators[0].span.to(enumerators[-1].span)
    return syntax.TypeDecl(name, syntax.EnumType(enumerators, span=where), span=span)


def record(span: Span, name: Identifier, doc: str | None, *fields: syntax.FieldDecl) -> syntax.Record:
    return syntax.Record(name, fields, doc, span=span)


def message(
    span: Span, name: Identifier, cites: tuple[str, ...], doc: str | None, *fields: syntax.FieldDecl
) -> syntax.Message:
    return syntax.Message(name, cites, doc, fields, span=span)


def field(
    span: Span, ghost: Token | None, names: tuple[Identifier, ...], type_: syntax.Type
) -> syntax.FieldDecl:
    return syntax.FieldDecl(names, type_, ghost is not None, span=span)


# ------------------------------------------------------------------------------------- networks


def network(
    span: Span,
    name: Identifier,
    cites: tuple[str, ...],
    doc: str | None,
    *items: syntax.Link | tuple[syntax.EndpointDecl, ...],
) -> syntax.Network:
    flat: list[syntax.EndpointDecl | syntax.Link] = []
    for item in items:
        flat.extend(item if isinstance(item, tuple) else (item,))
    return syntax.Network(name, cites, doc, tuple(flat), span=span)


def endpoints(
    _: Span, *parts: tuple[Identifier, syntax.Interval | None, Span] | Identifier
) -> tuple[syntax.EndpointDecl, ...]:
    role = cast(Identifier, parts[-1])
    declared = cast("tuple[tuple[Identifier, syntax.Interval | None, Span], ...]", parts[:-1])
    return tuple(syntax.EndpointDecl(name, family, role, span=span) for name, family, span in declared)


def endpoint_decl(
    span: Span, name: Identifier, family: syntax.Interval | None
) -> tuple[Identifier, syntax.Interval | None, Span]:
    return name, family, span


def link(
    span: Span,
    left: EndpointRef,
    arrow: Token,
    right: EndpointRef,
    doc: str | None = None,
    *options: syntax.LinkOption | None,
) -> syntax.Link:
    given = tuple(option for option in options if option is not None)
    return syntax.Link(left, right, arrow.kind == "BOTH_WAYS", given, doc, span=span)


def capacity(span: Span, limit: Expression | Token) -> syntax.Capacity:
    return syntax.Capacity("unlimited" if isinstance(limit, Token) else limit, span=span)


def fault(span: Span, kind: Token, limit: syntax.Limit, tail: Token | None = None) -> syntax.Fault:
    return syntax.Fault(kind.text, limit, tail is not None, span=span)  # type: ignore[arg-type]


def no_limit(_: Span, word: Token) -> str:
    return word.text


def reorder(span: Span, mode: Token, window: Expression | None = None) -> syntax.Reorder:
    return syntax.Reorder(mode.text, window, span=span)  # type: ignore[arg-type]


def lifetime(span: Span, ticks: Expression) -> syntax.Lifetime:
    return syntax.Lifetime(ticks, span=span)


def overflow(span: Span, policy: Token) -> syntax.Overflow:
    return syntax.Overflow(policy.text, span=span)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------- adversaries


def adversary(
    span: Span, name: Identifier, cites: tuple[str, ...], doc: str | None, *clauses: syntax.Can
) -> syntax.Adversary:
    return syntax.Adversary(name, cites, doc, clauses, span=span)


def can_act(
    span: Span,
    power: Token,
    patterns: tuple[syntax.Pattern, ...] | None,
    narrowings: tuple[syntax.Narrowing, ...] | None,
    bound: Expression | None,
    channel: syntax.ChannelRef | None,
) -> syntax.Can:
    return syntax.Can(
        power.text,  # type: ignore[arg-type]
        patterns or (),
        narrowings or (),
        bound,
        channel,
        None,
        span=span,
    )


def can_preset(
    span: Span, power: Token, bound: Expression | None, channel: syntax.ChannelRef | None
) -> syntax.Can:
    return syntax.Can(power.text, (), (), bound, channel, None, span=span)  # type: ignore[arg-type]


def can_be_peer(span: Span, power: Token, endpoint: EndpointRef) -> syntax.Can:
    return syntax.Can(power.text, (), (), None, None, endpoint, span=span)  # type: ignore[arg-type]


def narrowings(_: Span, *listed: syntax.Narrowing) -> tuple[syntax.Narrowing, ...]:
    return listed


def narrowing(span: Span, field: Identifier, values: Values) -> syntax.Narrowing:
    return syntax.Narrowing(field, values, span=span)


# ------------------------------------------------------------------------------------- scenarios


def scenario(
    span: Span,
    name: Identifier,
    network: Identifier,
    cites: tuple[str, ...],
    doc: str | None,
    *items: syntax.Preload | syntax.Starts | syntax.FreshLimit | syntax.Calls | syntax.Assume,
) -> syntax.Scenario:
    return syntax.Scenario(name, network, cites, doc, items, span=span)


def preload(
    span: Span,
    channel: syntax.ChannelRef,
    pattern: syntax.Pattern,
    fields: tuple[syntax.FieldValue, ...] | None,
) -> syntax.Preload:
    return syntax.Preload(channel, pattern, fields or (), span=span)


def starts(
    span: Span, endpoint: EndpointRef, state: Identifier, values: tuple[syntax.StartValue, ...] | None
) -> syntax.Starts:
    return syntax.Starts(endpoint, state, values or (), span=span)


def starts_anywhere(
    span: Span, endpoint: EndpointRef, values: tuple[syntax.StartValue, ...]
) -> syntax.Starts:
    return syntax.Starts(endpoint, None, values, span=span)


def start_values(_: Span, *listed: syntax.StartValue) -> tuple[syntax.StartValue, ...]:
    return listed


def start_value(span: Span, variable: Target, values: Expression | Values) -> syntax.StartValue:
    return syntax.StartValue(variable, values, span=span)


def fresh_limit(
    span: Span,
    endpoint: EndpointRef,
    variable: Target,
    values: Values | Token,
    room: Expression | None = None,
) -> syntax.FreshLimit:
    if isinstance(values, Token):
        return syntax.FreshLimit(endpoint, variable, "unused", room, span=span)
    return syntax.FreshLimit(endpoint, variable, values, span=span)


def call_limits(span: Span, endpoint: EndpointRef, *limits: syntax.CallLimit) -> syntax.Calls:
    return syntax.Calls(endpoint, limits, span=span)


def call_limit(span: Span, call: Identifier, limit: Expression | None) -> syntax.CallLimit:
    return syntax.CallLimit((call,), limit, span=span)


def call_sequence(span: Span, *calls: Identifier) -> syntax.CallLimit:
    return syntax.CallLimit(calls, None, span=span)


def assume(span: Span, condition: Expression) -> syntax.Assume:
    return syntax.Assume(condition, span=span)
