"""Tree building for names, types, expressions and patterns: one function a rule of the grammar."""

from __future__ import annotations

from tcpverify.lang import syntax
from tcpverify.lang.syntax import Expression, Identifier
from tcpverify.lang.tokens import Token, unquote
from tcpverify.source import Span


def name(span: Span, token: Token) -> Identifier:
    return Identifier(token.text, span=span)


def names(_: Span, *identifiers: Identifier) -> tuple[Identifier, ...]:
    return identifiers


def cites(_: Span, *strings: Token) -> tuple[str, ...]:
    return tuple(unquote(string) for string in strings)


def doc(_: Span, string: Token | None) -> str | None:
    return None if string is None else unquote(string)


def endpoint(span: Span, base: Identifier, position: Expression | None) -> syntax.EndpointRef:
    return syntax.EndpointRef(base, position, span=span)


def channel(
    span: Span, source: syntax.EndpointRef, arrow: Token, target: syntax.EndpointRef
) -> syntax.ChannelRef:
    return syntax.ChannelRef(source, target, arrow.kind == "BOTH_WAYS", span=span)


def interval(span: Span, lo: Expression, hi: Expression) -> syntax.Interval:
    return syntax.Interval(lo, hi, span=span)


def set_literal(span: Span, *elements: Expression | syntax.Interval) -> syntax.SetLiteral:
    return syntax.SetLiteral(elements, span=span)


# ------------------------------------------------------------------------------------- types


def symbolic_type(span: Span, element: syntax.Type | None) -> syntax.SymbolicType:
    return syntax.SymbolicType(element, span=span)


def array_type(span: Span, lo: Expression, hi: Expression, element: syntax.Type) -> syntax.ArrayType:
    return syntax.ArrayType(lo, hi, element, span=span)


def option_type(span: Span, element: syntax.Type) -> syntax.OptionType:
    return syntax.OptionType(element, span=span)


def bool_type(span: Span) -> syntax.BoolType:
    return syntax.BoolType(span=span)


def endpoint_type(span: Span) -> syntax.EndpointType:
    return syntax.EndpointType(span=span)


def time_type(span: Span) -> syntax.TimeType:
    return syntax.TimeType(span=span)


def range_type(span: Span, lo: Expression, hi: Expression) -> syntax.RangeType:
    return syntax.RangeType(lo, hi, span=span)


def enum_type(span: Span, enumerators: tuple[Identifier, ...]) -> syntax.EnumType:
    return syntax.EnumType(enumerators, span=span)


def seqno_type(span: Span, modulus: Expression) -> syntax.SeqnoType:
    return syntax.SeqnoType(modulus, span=span)


def flags_type(span: Span, flags: tuple[Identifier, ...]) -> syntax.FlagsType:
    return syntax.FlagsType(flags, span=span)


def named_type(span: Span, type_name: Identifier) -> syntax.NamedType:
    return syntax.NamedType(type_name, span=span)


# ------------------------------------------------------------------------------------- expressions


def binary(span: Span, left: Expression, operator: Token, right: Expression) -> syntax.Binary:
    return syntax.Binary(operator.text, left, right, span=span)


def disjunction(span: Span, *operands: Expression) -> syntax.Connective:
    return syntax.Connective("or", operands, span=span)


def conjunction(span: Span, *operands: Expression) -> syntax.Connective:
    return syntax.Connective("and", operands, span=span)


def negation(span: Span, operand: Expression) -> syntax.Unary:
    return syntax.Unary("not", operand, span=span)


def minus(span: Span, operand: Expression) -> syntax.Unary:
    return syntax.Unary("-", operand, span=span)


def membership(
    span: Span,
    item: Expression,
    collection: syntax.SetLiteral | syntax.Interval | syntax.Window | syntax.Name,
) -> syntax.In:
    return syntax.In(item, collection, span=span)


def window(span: Span, opening: Token, lo: Expression, hi: Expression, closing: Token) -> syntax.Window:
    return syntax.Window(lo, hi, opening.text == "[", closing.text == "]", span=span)


def is_pattern(span: Span, item: Expression, pattern: syntax.Pattern) -> syntax.Is:
    return syntax.Is(item, pattern, span=span)


def conditional(span: Span, condition: Expression, yes: Expression, no: Expression) -> syntax.Conditional:
    return syntax.Conditional(condition, yes, no, span=span)


def quantified(
    span: Span, quantifier: Token, bound: Identifier, values: syntax.Interval, body: Expression
) -> syntax.Quantified:
    return syntax.Quantified("all" if quantifier.kind == "ALL" else "some", bound, values, body, span=span)


def member(span: Span, base: Expression, selected: Identifier) -> syntax.Member:
    return syntax.Member(base, selected, span=span)


def index(span: Span, base: Expression, position: Expression) -> syntax.Index:
    return syntax.Index(base, position, span=span)


def prime(span: Span, operand: Expression) -> syntax.Prime:
    return syntax.Prime(operand, span=span)


def number(span: Span, token: Token) -> syntax.Number:
    return syntax.Number(int(token.text), span=span)


def truth(span: Span, token: Token) -> syntax.Boolean:
    return syntax.Boolean(token.kind == "TRUE", span=span)


def none(span: Span) -> syntax.NoneLiteral:
    return syntax.NoneLiteral(span=span)


def variable(span: Span, identifier: Identifier) -> syntax.Name:
    return syntax.Name(identifier.text, span=span)


def call(span: Span, function: Identifier, *arguments: syntax.Argument | None) -> syntax.Call:
    return syntax.Call(function, tuple(a for a in arguments if a is not None), span=span)


def argument(span: Span, parameter: Identifier | None, value: Expression) -> syntax.Argument:
    return syntax.Argument(parameter, value, span=span)


def in_flight(
    span: Span,
    source: syntax.EndpointRef,
    target: syntax.EndpointRef,
    pattern: syntax.Pattern | None,
    binder: Identifier | None,
    guard: Expression | None,
) -> syntax.InFlight:
    return syntax.InFlight(source, target, pattern, binder, guard, span=span)


def event_test(span: Span, event: syntax.MonitorEvent) -> syntax.EventTest:
    return syntax.EventTest(event, span=span)


# ------------------------------------------------------------------------------------- patterns


def any_pattern(span: Span) -> syntax.Pattern:
    return syntax.Pattern((), "any", span=span)


def corrupt_pattern(span: Span) -> syntax.Pattern:
    return syntax.Pattern((), "corrupt", span=span)


def only_pattern(span: Span, *parts: syntax.PatternTerm) -> syntax.Pattern:
    return syntax.Pattern(parts, "only", span=span)


def terms(span: Span, *parts: syntax.PatternTerm) -> syntax.Pattern:
    return syntax.Pattern(parts, "terms", span=span)


def term(span: Span, bang: Token | None, first: Identifier, second: Identifier | None) -> syntax.PatternTerm:
    if second is None:
        return syntax.PatternTerm(first, None, bang is not None, span=span)
    return syntax.PatternTerm(second, first, bang is not None, span=span)


def patterns(_: Span, *listed: syntax.Pattern) -> tuple[syntax.Pattern, ...]:
    return listed


def field_values(_: Span, *values: syntax.FieldValue) -> tuple[syntax.FieldValue, ...]:
    return values


def field_value(span: Span, field: Identifier, value: Expression) -> syntax.FieldValue:
    return syntax.FieldValue(field, value, span=span)
