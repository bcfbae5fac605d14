"""Files, protocols, networks, adversaries and scenarios as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from tcpverify.lang import syntax
from tcpverify.lang.pretty.checks import check_lines, monitor_lines, property_lines
from tcpverify.lang.pretty.expressions import (
    commas,
    pretty_channel,
    pretty_endpoint,
    pretty_expression,
    pretty_fields,
    pretty_interval,
    pretty_pattern,
    pretty_type,
    pretty_values,
)
from tcpverify.lang.pretty.roles import (
    braced,
    cited,
    def_lines,
    doc_lines,
    inline_or_braced,
    role_lines,
    spaced,
    variant_lines,
)
from tcpverify.lang.tokens import quote


def pretty(file: syntax.File) -> str:
    """The text of a file in the canonical layout; `parse` gives the same tree for it."""
    lines = spaced(_declaration(d) for d in file.declarations)
    return "\n".join([*lines, ""]) if lines else ""


def _declaration(declaration: syntax.Declaration) -> list[str]:
    match declaration:
        case syntax.Import(path=path):
            return [f"import {quote(path)}"]
        case syntax.Tick(count=count, unit=unit):
            return [f"tick {count} {unit}"]
        case syntax.Protocol(name=name, cites=cites, doc=doc, items=items):
            lines = spaced([*([[d] for d in doc_lines(doc)]), *map(_declaration, items)])
            return braced(f"protocol {name}{cited(cites)}", lines)
        case syntax.Network():
            return _network(declaration)
        case syntax.Adversary(name=name, cites=cites, doc=doc, clauses=clauses):
            return braced(f"adversary {name}{cited(cites)}", [*doc_lines(doc), *map(_can, clauses)])
        case syntax.Scenario(name=name, network=network, cites=cites, doc=doc, items=items):
            head = f"scenario {name} on {network}{cited(cites)}"
            return braced(head, [*doc_lines(doc), *map(_scenario_item, items)])
        case syntax.Monitor():
            return monitor_lines(declaration)
        case syntax.Property():
            return property_lines(declaration)
        case syntax.Check():
            return check_lines(declaration)
        case _:
            return _protocol_item(declaration)


def _protocol_item(item: syntax.ProtocolItem) -> list[str]:
    match item:
        case syntax.Param(name=name, type=type_, default=default):
            value = "" if default is None else f" = {pretty_expression(default)}"
            return [f"param {name} : {pretty_type(type_)}{value}"]
        case syntax.Const(name=name, type=type_, value=value):
            of = "" if type_ is None else f" : {pretty_type(type_)}"
            return [f"const {name}{of} = {pretty_expression(value)}"]
        case syntax.TypeDecl(name=name, type=syntax.EnumType() as type_):
            return [f"enum {name} {pretty_type(type_)}"]
        case syntax.TypeDecl(name=name, type=type_):
            return [f"type {name} = {pretty_type(type_)}"]
        case syntax.Record(name=name, fields=fields, doc=doc):
            return braced(f"record {name}", [*doc_lines(doc), *_fields(fields)])
        case syntax.Message(name=name, cites=cites, doc=doc, fields=fields):
            return braced(f"message {name}{cited(cites)}", [*doc_lines(doc), *_fields(fields)])
        case syntax.Def():
            return def_lines(item)
        case syntax.Role():
            return role_lines(item)
        case syntax.Variant():
            return variant_lines(item)


def _fields(fields: Sequence[syntax.FieldDecl]) -> list[str]:
    """One field a line, their types below each other."""
    heads = [f"{'ghost ' if f.ghost else ''}{commas(map(str, f.names))}" for f in fields]
    width = max(map(len, heads), default=0)
    return [f"{head:{width}} : {pretty_type(f.type)}" for head, f in zip(heads, fields, strict=True)]


# ------------------------------------------------------------------------------------- networks


def _network(network: syntax.Network) -> list[str]:
    lines = doc_lines(network.doc)
    for role, items in groupby(network.items, lambda item: getattr(item, "role", None)):
        group = list(items)
        if role is None:
            lines.extend(line for item in group if isinstance(item, syntax.Link) for line in _link(item))
        else:
            names = commas(_endpoint(item) for item in group if isinstance(item, syntax.EndpointDecl))
            lines.append(f"endpoint {names} : {role}")
    return braced(f"network {network.name}{cited(network.cites)}", lines)


def _endpoint(declared: syntax.EndpointDecl) -> str:
    family = "" if declared.family is None else f"[{pretty_interval(declared.family)}]"
    return f"{declared.name}{family}"


def _link(link: syntax.Link) -> list[str]:
    arrow = "<->" if link.both_ways else "->"
    head = f"link {pretty_endpoint(link.left)} {arrow} {pretty_endpoint(link.right)}"
    lines = [*doc_lines(link.doc), *map(_link_option, link.options)]
    return inline_or_braced(head, lines, 6) if lines else [head]


def _link_option(option: syntax.LinkOption) -> str:
    match option:
        case syntax.Capacity(limit=limit):
            return f"capacity {limit if isinstance(limit, str) else pretty_expression(limit)}"
        case syntax.Fault(kind=kind, limit=limit, to_tail=to_tail):
            bound = limit if isinstance(limit, str) else f"at most {pretty_expression(limit)}"
            return f"{kind} {bound}{' to tail' if to_tail else ''}"
        case syntax.Reorder(mode=mode, window=window):
            return f"reorder {mode}" + ("" if window is None else f" {pretty_expression(window)}")
        case syntax.Lifetime(ticks=ticks):
            return f"lifetime {pretty_expression(ticks)}"
        case syntax.Overflow(policy=policy):
            return f"overflow {policy}"


def _can(can: syntax.Can) -> str:
    parts = [f"can {can.power}"]
    if can.patterns:
        parts.append(commas(map(pretty_pattern, can.patterns)))
    if can.narrowings:
        parts.append(f"({commas(f'{n.field} in {pretty_values(n.values)}' for n in can.narrowings)})")
    if can.limit is not None:
        parts.append(f"at most {pretty_expression(can.limit)}")
    if can.channel is not None:
        parts.append(f"on {pretty_channel(can.channel)}")
    if can.endpoint is not None:
        parts.append(f"as {pretty_endpoint(can.endpoint)}")
    return " ".join(parts)


# ------------------------------------------------------------------------------------- scenarios


def _scenario_item(
    item: syntax.Preload | syntax.Starts | syntax.FreshLimit | syntax.Calls | syntax.Assume,
) -> str:
    match item:
        case syntax.Preload(channel=channel, pattern=pattern, fields=fields):
            return f"preload {pretty_channel(channel)} : {pretty_pattern(pattern)}{pretty_fields(fields)}"
        case syntax.Starts(endpoint=endpoint, state=state, values=values):
            where = "" if state is None else f" in {state}"
            given = f" with {commas(map(_start_value, values))}" if values else ""
            return f"{pretty_endpoint(endpoint)} starts{where}{given}"
        case syntax.FreshLimit(endpoint=endpoint, variable=variable, values=values, room=room):
            within = values if isinstance(values, str) else f"in {pretty_values(values)}"
            more = "" if room is None else f" within {pretty_expression(room)}"
            return f"fresh {pretty_endpoint(endpoint)}.{pretty_expression(variable)} {within}{more}"
        case syntax.Calls(endpoint=endpoint, limits=limits):
            return f"{pretty_endpoint(endpoint)} calls {commas(map(_call_limit, limits)) or 'nothing'}"
        case syntax.Assume(condition=condition):
            return f"assume {pretty_expression(condition)}"


def _start_value(value: syntax.StartValue) -> str:
    target = pretty_expression(value.variable)
    if isinstance(value.values, syntax.SetLiteral | syntax.Interval):
        return f"{target} in {pretty_values(value.values)}"
    return f"{target} = {pretty_expression(value.values)}"


def _call_limit(limit: syntax.CallLimit) -> str:
    bound = "" if limit.limit is None else f" at most {pretty_expression(limit.limit)}"
    return " then ".join(map(str, limit.calls)) + bound
