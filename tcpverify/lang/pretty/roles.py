"""Roles, handlers, statements and variants as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from tcpverify.lang import syntax
from tcpverify.lang.pretty.expressions import (
    POSTFIX,
    at_level,
    commas,
    pretty_expression,
    pretty_fields,
    pretty_interval,
    pretty_pattern,
    pretty_type,
    pretty_values,
)
from tcpverify.lang.tokens import quote

WIDTH = 100
"""A block is written on one line if it is simple and the line is no longer than this."""


def indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" if line else "" for line in lines]


def braced(head: str, lines: Sequence[str]) -> list[str]:
    """`head {`, the lines, `}`; on one line if there are none."""
    return [f"{head} {{", *indented(lines), "}"] if lines else [f"{head} {{ }}"]


def inline_or_braced(head: str, lines: Sequence[str], limit: int) -> list[str]:
    """Like `braced`, but on one line if there are at most `limit` short lines without blocks."""
    one = f"{head} {{ {'  '.join(lines)} }}"
    simple = 0 < len(lines) <= limit and not any("{" in line or '"' in line for line in lines)
    return [one] if simple and len(one) <= WIDTH else braced(head, lines)


def doc_lines(doc: str | None) -> list[str]:
    return [] if doc is None else [f"doc {quote(doc)}"]


def cited(cites: Iterable[str]) -> str:
    return "".join(f" cite {quote(cite)}" for cite in cites)


def spaced(blocks: Iterable[Sequence[str]]) -> list[str]:
    """The lines of all blocks, with an empty line on both sides of those that take several lines."""
    lines: list[str] = []
    previous: Sequence[str] = ()
    for block in blocks:
        if lines and (len(block) > 1 or len(previous) > 1):
            lines.append("")
        lines.extend(block)
        previous = block
    return lines


# ------------------------------------------------------------------------------------- roles


def role_lines(role: syntax.Role) -> list[str]:
    items = [b for kind, group in groupby(role.items, type) for b in _together(kind, list(group))]
    return braced(f"role {role.name}{cited(role.cites)}", [*doc_lines(role.doc), *spaced(items)])


def _together(kind: type, items: Sequence[syntax.RoleItem]) -> list[list[str]]:
    """The blocks of neighbours of one kind: calls, and steps, share a line."""
    blocks = [_role_item(item) for item in items]
    if kind in (syntax.CallDecl, syntax.StepDecl):
        word = "call" if kind is syntax.CallDecl else "step"
        return [[f"{word} {commas(line.removeprefix(f'{word} ') for (line,) in blocks)}"]]
    return blocks


def _role_item(item: syntax.RoleItem) -> list[str]:
    match item:
        case syntax.VarDecl():
            return [_var(item)]
        case syntax.TimerDecl():
            return _timer(item)
        case syntax.CallDecl(name=name, parameters=parameters):
            return [f"call {name}{pretty_parameters(parameters) if parameters else ''}"]
        case syntax.StepDecl(name=name):
            return [f"step {name}"]
        case syntax.StateBlock(name=name, initial=initial, cites=cites, doc=doc, handlers=handlers):
            head = f"state {name}{' initial' if initial else ''}{cited(cites)}"
            return braced(head, [*doc_lines(doc), *_handlers(handlers)])
        case syntax.InBlock(where=where, cites=cites, doc=doc, handlers=handlers):
            return braced(f"in {_states(where)}{cited(cites)}", [*doc_lines(doc), *_handlers(handlers)])
        case syntax.Def():
            return def_lines(item)
        case syntax.Procedure(name=name, parameters=parameters, body=body, doc=doc):
            lines = [*doc_lines(doc), *_statements(body)]
            return braced(f"procedure {name}{pretty_parameters(parameters)}", lines)


def _var(var: syntax.VarDecl) -> str:
    initial = "" if var.initial is None else f" = {pretty_expression(var.initial)}"
    ghost = "ghost " if var.ghost else ""
    return f"{ghost}var {commas(map(str, var.names))} : {pretty_type(var.type)}{initial}"


def _timer(timer: syntax.TimerDecl) -> list[str]:
    options = [
        f"{word} {value if isinstance(value, str) else pretty_expression(value)}"
        for word, value in (
            ("after", timer.after),
            ("retries", timer.retries),
            ("backoff", timer.backoff),
            ("max", timer.maximum),
        )
        if value is not None
    ]
    head = f"timer {commas(map(str, timer.names))}"
    lines = [*doc_lines(timer.doc), *options]
    return inline_or_braced(head, lines, 4) if lines else [head]


def def_lines(definition: syntax.Def) -> list[str]:
    head = (
        f"def {definition.name}{pretty_parameters(definition.parameters)} : {pretty_type(definition.result)}"
    )
    return [f"{head} = {pretty_expression(definition.body)}"]


def pretty_parameters(parameters: Iterable[syntax.Parameter]) -> str:
    return f"({commas(f'{p.name} : {pretty_type(p.type)}' for p in parameters)})"


def _states(where: syntax.StateSet) -> str:
    names = " | ".join(map(str, where.states))
    return names if where.kind == "these" else f"any except {names}" if where.kind == "except" else "any"


# ------------------------------------------------------------------------------------- handlers


def _handlers(handlers: Iterable[syntax.Handler]) -> list[str]:
    return [line for handler in handlers for line in _handler("", handler)]


def _handler(prefix: str, handler: syntax.Handler) -> list[str]:
    head = f"{prefix}on {_event(handler.event)}{_guard(handler.guard)}{cited(handler.cites)}"
    match handler.body:
        case syntax.Ignore():
            return [f"{head} ignore"]
        case syntax.Defer():
            return [f"{head} defer"]
        case syntax.Block(arrow=True, statements=(syntax.Goto(state=state),)):
            return [f"{head} -> {state}"]
        case syntax.Block(statements=statements, doc=doc):
            return inline_or_braced(head, [*doc_lines(doc), *_statements(statements)], 2)


def _event(event: syntax.HandlerEvent) -> str:
    match event:
        case syntax.OnReceive(pattern=pattern, binder=binder):
            return f"receive {pretty_pattern(pattern)}" + ("" if binder is None else f" as {binder}")
        case syntax.OnCall(name=name, arguments=arguments):
            return f"call {name}" + (f"({commas(map(str, arguments))})" if arguments else "")
        case syntax.OnTimeout(timer=timer):
            return f"timeout {timer}"
        case syntax.OnExhausted(timer=timer):
            return f"exhausted {timer}"
        case syntax.OnStep(name=name):
            return f"step {name}"


def _guard(guard: syntax.Expression | None) -> str:
    return "" if guard is None else f" when {pretty_expression(guard)}"


# ------------------------------------------------------------------------------------- variants


def variant_lines(variant: syntax.Variant) -> list[str]:
    lines = [line for change in variant.changes for line in _change(change)]
    return braced(f"variant {variant.name}{cited(variant.cites)}", [*doc_lines(variant.doc), *lines])


def _change(change: syntax.Replace | syntax.Remove | syntax.Add | syntax.SetParam) -> list[str]:
    match change:
        case syntax.Replace(place=place, event=event, guard=guard, by=True, replacement=replacement):
            head = f"replace {_place(place)} on {_event(event)}{_guard(guard)} by "
            return _handler(head, replacement)
        case syntax.Replace(place=place, replacement=replacement):
            return _handler(f"replace {_place(place)} ", replacement)
        case syntax.Remove(place=place, event=event, guard=guard):
            return [f"remove {_place(place)} on {_event(event)}{_guard(guard)}"]
        case syntax.Add(place=place, first=first, handler=handler):
            return _handler(f"add {'first ' if first else ''}{_place(place)} ", handler)
        case syntax.SetParam(name=name, value=value):
            return [f"set {name} = {pretty_expression(value)}"]


def _place(place: syntax.Place) -> str:
    return ("" if place.role is None else f"{place.role}.") + _states(place.where)


# ------------------------------------------------------------------------------------- statements


def _statements(statements: Iterable[syntax.Statement]) -> list[str]:
    return [line for statement in statements for line in _statement(statement)]


def _statement(statement: syntax.Statement) -> list[str]:
    match statement:
        case syntax.If() | syntax.Choose() | syntax.For():
            return _compound(statement)
        case syntax.Assign(target=target, value=value, ghost=ghost):
            text = _fresh(value) if isinstance(value, syntax.Fresh) else pretty_expression(value)
            return [f"{'ghost ' if ghost else ''}{pretty_expression(target)} := {text}"]
        case syntax.Send():
            return [_send(statement)]
        case syntax.Start(timer=timer):
            return [f"start {timer}"]
        case syntax.Stop(timer=timer):
            return [f"stop {timer}"]
        case syntax.Goto(state=state):
            return [f"goto {state}"]
        case syntax.Let(name=name, value=value):
            return [f"let {name} = {pretty_expression(value)}"]
        case syntax.CallProcedure(name=name, arguments=arguments):
            return [f"{name}({commas(map(pretty_expression, arguments))})"]
        case syntax.Done(discards=discards):
            return ["drop" if discards else "done"]
        case syntax.Notify(event=event):
            return [f"notify {event}"]
        case syntax.Assert(condition=condition):
            return [f"assert {pretty_expression(condition)}"]


def _compound(statement: syntax.If | syntax.Choose | syntax.For) -> list[str]:
    match statement:
        case syntax.If(branches=branches, otherwise=otherwise):
            parts = [(f"if {pretty_expression(b.condition)}", b.body) for b in branches]
            parts += [] if otherwise is None else [("else", otherwise)]
            return _chain(
                [
                    (head if i == 0 or head == "else" else f"el{head}", body)
                    for i, (head, body) in enumerate(parts)
                ]
            )
        case syntax.Choose(alternatives=alternatives):
            return _chain([("or" if i else "choose", body) for i, body in enumerate(alternatives)])
        case syntax.For(variable=variable, interval=interval, body=body):
            return inline_or_braced(f"for {variable} in {pretty_interval(interval)}", _statements(body), 1)


def _chain(parts: Sequence[tuple[str, tuple[syntax.Statement, ...]]]) -> list[str]:
    """Blocks that belong together: one a line if all are short, else `} else {` and the like."""
    blocks = [inline_or_braced(head, _statements(body), 1) for head, body in parts]
    if all(len(block) == 1 for block in blocks):
        return [block[0] for block in blocks]
    lines: list[str] = []
    for head, body in parts:
        opening = f"{lines.pop()} {head} {{" if lines else f"{head} {{"
        lines += [opening, *indented(_statements(body)), "}"]
    return lines


def _fresh(fresh: syntax.Fresh) -> str:
    return "fresh" if fresh.within is None else f"fresh in {pretty_values(fresh.within)}"


def _send(send: syntax.Send) -> str:
    target = send.target
    to = (
        "" if target is None else f" to {'all' if target == 'all' else at_level(target, POSTFIX, last=False)}"
    )
    return f"send {pretty_pattern(send.pattern)}{pretty_fields(send.fields)}{to}"
