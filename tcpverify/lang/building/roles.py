"""Tree building for roles, handlers, statements and variants: one function a rule of the grammar."""

from __future__ import annotations

from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.lang import syntax
from tcpverify.lang.syntax import Expression, Identifier, Statement
from tcpverify.lang.tokens import Token
from tcpverify.source import Span

Target = syntax.Name | syntax.Member | syntax.Index


def role(
    span: Span,
    name: Identifier,
    cites: tuple[str, ...],
    doc: str | None,
    *items: syntax.RoleItem | tuple[syntax.RoleItem, ...],
) -> syntax.Role:
    flat: list[syntax.RoleItem] = []
    for item in items:
        flat.extend(item if isinstance(item, tuple) else (item,))
    return syntax.Role(name, cites, doc, tuple(flat), span=span)


def var(
    span: Span,
    ghost: Token | None,
    names: tuple[Identifier, ...],
    type_: syntax.Type,
    initial: Expression | None,
) -> syntax.VarDecl:
    return syntax.VarDecl(names, type_, initial, ghost is not None, span=span)


def timer(
    span: Span,
    names: tuple[Identifier, ...],
    doc: str | None = None,
    *options: tuple[Token, Expression | str] | None,
) -> syntax.TimerDecl:
    given: dict[str, Expression | str] = {}
    for option in options:
        if option is None:
            continue
        word, value = option
        if word.text in given:
            where = Span(span.source, word.start, word.stop)
            raise ModelError([Diagnostic(Code.SYNTAX, f"`{word.text}` is given twice", where)])
        given[word.text] = value
    return syntax.TimerDecl(
        names,
        after=given.get("after"),  # type: ignore[arg-type]
        retries=given.get("retries"),  # type: ignore[arg-type]
        backoff=given.get("backoff"),  # type: ignore[arg-type]
        maximum=given.get("max"),  # type: ignore[arg-type]
        doc=doc,
        span=span,
    )


def timer_option(_: Span, word: Token, value: Expression | Token) -> tuple[Token, Expression | str]:
    return word, "unlimited" if isinstance(value, Token) else value


def calls(_: Span, *declared: syntax.CallDecl) -> tuple[syntax.CallDecl, ...]:
    return declared


def call_decl(
    span: Span, name: Identifier, parameters: tuple[syntax.Parameter, ...] | None
) -> syntax.CallDecl:
    return syntax.CallDecl(name, parameters or (), span=span)


def steps(_: Span, names: tuple[Identifier, ...]) -> tuple[syntax.StepDecl, ...]:
    return tuple(syntax.StepDecl(name, span=name.span) for name in names)


def state(
    span: Span,
    name: Identifier,
    initial: Token | None,
    cites: tuple[str, ...],
    doc: str | None,
    *handlers: syntax.Handler,
) -> syntax.StateBlock:
    return syntax.StateBlock(name, initial is not None, cites, doc, handlers, span=span)


def in_block(
    span: Span, where: syntax.StateSet, cites: tuple[str, ...], doc: str | None, *handlers: syntax.Handler
) -> syntax.InBlock:
    return syntax.InBlock(where, cites, doc, handlers, span=span)


def these_states(span: Span, *states: Identifier) -> syntax.StateSet:
    return syntax.StateSet("these", states, span=span)


def any_state(span: Span) -> syntax.StateSet:
    return syntax.StateSet("any", (), span=span)


def except_states(span: Span, *states: Identifier) -> syntax.StateSet:
    return syntax.StateSet("except", states, span=span)


def definition(
    span: Span,
    name: Identifier,
    parameters: tuple[syntax.Parameter, ...],
    result: syntax.Type,
    body: Expression,
) -> syntax.Def:
    return syntax.Def(name, parameters, result, body, span=span)


def procedure(
    span: Span, name: Identifier, parameters: tuple[syntax.Parameter, ...], body: syntax.Block
) -> syntax.Procedure:
    return syntax.Procedure(name, parameters, body.statements, body.doc, span=span)


def parameters(_: Span, *listed: syntax.Parameter | None) -> tuple[syntax.Parameter, ...]:
    return tuple(p for p in listed if p is not None)


def parameter(span: Span, name: Identifier, type_: syntax.Type) -> syntax.Parameter:
    return syntax.Parameter(name, type_, span=span)


# ------------------------------------------------------------------------------------- handlers


def handler(
    span: Span,
    event: syntax.HandlerEvent,
    guard: Expression | None,
    cites: tuple[str, ...],
    body: syntax.Block | syntax.Ignore | syntax.Defer,
) -> syntax.Handler:
    return syntax.Handler(event, guard, cites, body, span=span)


def on_receive(span: Span, pattern: syntax.Pattern, binder: Identifier | None) -> syntax.OnReceive:
    return syntax.OnReceive(pattern, binder, span=span)


def on_call(span: Span, name: Identifier, arguments: tuple[Identifier, ...] | None) -> syntax.OnCall:
    return syntax.OnCall(name, arguments or (), span=span)


def on_timeout(span: Span, timer: Identifier) -> syntax.OnTimeout:
    return syntax.OnTimeout(timer, span=span)


def on_exhausted(span: Span, timer: Identifier) -> syntax.OnExhausted:
    return syntax.OnExhausted(timer, span=span)


def on_step(span: Span, name: Identifier) -> syntax.OnStep:
    return syntax.OnStep(name, span=span)


def block(span: Span, doc: str | None, *statements: Statement) -> syntax.Block:
    return syntax.Block(statements, False, doc, span=span)


def arrow(span: Span, target: Identifier) -> syntax.Block:
    return syntax.Block((syntax.Goto(target, span=target.span),), True, None, span=span)


def ignore(span: Span) -> syntax.Ignore:
    return syntax.Ignore(span=span)


def defer(span: Span) -> syntax.Defer:
    return syntax.Defer(span=span)


# ------------------------------------------------------------------------------------- variants


def variant(
    span: Span,
    name: Identifier,
    cites: tuple[str, ...],
    doc: str | None,
    *changes: syntax.Replace | syntax.Remove | syntax.Add | syntax.SetParam,
) -> syntax.Variant:
    return syntax.Variant(name, cites, doc, changes, span=span)


def place(span: Span, role: Identifier | None, where: syntax.StateSet) -> syntax.Place:
    return syntax.Place(role, where, span=span)


def replace(
    span: Span,
    place: syntax.Place,
    event: syntax.HandlerEvent,
    guard: Expression | None,
    cites: tuple[str, ...],
    body: syntax.Block | syntax.Ignore | syntax.Defer,
) -> syntax.Replace:
    whole = syntax.Handler(event, guard, cites, body, span=event.span.to(span))
    return syntax.Replace(place, event, guard, False, whole, span=span)


def replace_by(
    span: Span,
    place: syntax.Place,
    event: syntax.HandlerEvent,
    guard: Expression | None,
    replacement: syntax.Handler,
) -> syntax.Replace:
    return syntax.Replace(place, event, guard, True, replacement, span=span)


def remove(
    span: Span, place: syntax.Place, event: syntax.HandlerEvent, guard: Expression | None
) -> syntax.Remove:
    return syntax.Remove(place, event, guard, span=span)


def add(span: Span, first: Token | None, place: syntax.Place, added: syntax.Handler) -> syntax.Add:
    return syntax.Add(place, first is not None, added, span=span)


def set_param(span: Span, name: Identifier, value: Expression) -> syntax.SetParam:
    return syntax.SetParam(name, value, span=span)


# ------------------------------------------------------------------------------------- statements


def assign(
    span: Span, ghost: Token | None, target: Target, value: Expression | syntax.Fresh
) -> syntax.Assign:
    return syntax.Assign(target, value, ghost is not None, span=span)


def fresh(span: Span, within: syntax.SetLiteral | syntax.Interval | None) -> syntax.Fresh:
    return syntax.Fresh(within, span=span)


def send(
    span: Span,
    pattern: syntax.Pattern,
    fields: tuple[syntax.FieldValue, ...] | None,
    target: Expression | Token | None,
) -> syntax.Send:
    return syntax.Send(pattern, fields or (), "all" if isinstance(target, Token) else target, span=span)


def start(span: Span, timer: Identifier) -> syntax.Start:
    return syntax.Start(timer, span=span)


def stop(span: Span, timer: Identifier) -> syntax.Stop:
    return syntax.Stop(timer, span=span)


def goto(span: Span, target: Identifier) -> syntax.Goto:
    return syntax.Goto(target, span=span)


def if_statement(span: Span, *parts: syntax.Branch | tuple[Statement, ...] | None) -> syntax.If:
    branches = tuple(part for part in parts if isinstance(part, syntax.Branch))
    last = parts[-1]
    return syntax.If(branches, last if isinstance(last, tuple) else None, span=span)


def branch(span: Span, condition: Expression, body: tuple[Statement, ...]) -> syntax.Branch:
    return syntax.Branch(condition, body, span=span)


def statements(_: Span, *listed: Statement) -> tuple[Statement, ...]:
    return listed


def choose(span: Span, *alternatives: tuple[Statement, ...]) -> syntax.Choose:
    return syntax.Choose(alternatives, span=span)


def for_statement(
    span: Span, variable: Identifier, interval: syntax.Interval, body: tuple[Statement, ...]
) -> syntax.For:
    return syntax.For(variable, interval, body, span=span)


def let(span: Span, name: Identifier, value: Expression) -> syntax.Let:
    return syntax.Let(name, value, span=span)


def call_procedure(span: Span, name: Identifier, *arguments: Expression | None) -> syntax.CallProcedure:
    return syntax.CallProcedure(name, tuple(a for a in arguments if a is not None), span=span)


def done(span: Span) -> syntax.Done:
    return syntax.Done(False, span=span)


def drop(span: Span) -> syntax.Done:
    return syntax.Done(True, span=span)


def notify(span: Span, event: Identifier) -> syntax.Notify:
    return syntax.Notify(event, span=span)


def assert_statement(span: Span, condition: Expression) -> syntax.Assert:
    return syntax.Assert(condition, span=span)
