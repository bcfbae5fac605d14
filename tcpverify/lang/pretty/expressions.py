"""Names, types, expressions and patterns as text, with no more parentheses than needed."""

from __future__ import annotations

from collections.abc import Iterable

from tcpverify.lang import syntax
from tcpverify.lang.syntax import Expression, MonitorVerb

LOOSEST = 1
OR, AND, NOT, COMPARISON, SUM, PRODUCT, MINUS, POWER, POSTFIX = range(3, 12)

_BINARY = {
    "<=>": (1, 1, 2),
    "=>": (2, OR, 2),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), (COMPARISON, SUM, SUM)),
    **dict.fromkeys("+-", (SUM, SUM, PRODUCT)),
    **dict.fromkeys("*/%", (PRODUCT, PRODUCT, MINUS)),
    "^": (POWER, POSTFIX, POWER),
}
"""For each operator its level, and the levels its left and right operands must have at least."""


def pretty_expression(expression: Expression) -> str:
    return at_level(expression, LOOSEST)


def at_level(expression: Expression, level: int, *, last: bool = True) -> str:
    """The text where the grammar wants this level, in parentheses if it needs them.

    `last` says whether what ends in `all`, `some` or `if ... else` may stand here bare.
    """
    match expression:
        case syntax.Conditional() | syntax.Quantified():
            return _open(expression) if last else f"({_open(expression)})"
        case syntax.Binary(operator=operator, left=left, right=right):
            own, left_level, right_level = _BINARY[operator]
            enclosed = own < level
            text = (
                f"{at_level(left, left_level, last=False)} {operator} "
                f"{at_level(right, right_level, last=last or enclosed)}"
            )
        case syntax.Connective(operator=operator, operands=operands):
            own = AND if operator == "and" else OR
            enclosed = own < level
            parts = [at_level(o, own + 1, last=False) for o in operands[:-1]]
            text = f" {operator} ".join([*parts, at_level(operands[-1], own + 1, last=last or enclosed)])
        case syntax.Unary(operator=operator, operand=operand):
            own = NOT if operator == "not" else MINUS
            enclosed = own < level
            text = ("not " if operator == "not" else "-") + at_level(operand, own, last=last or enclosed)
        case syntax.In() | syntax.Is():
            enclosed = level > COMPARISON
            text = _test(expression)
        case _:
            enclosed = False
            text = _postfix(expression)
    return f"({text})" if enclosed else text


def _open(expression: syntax.Conditional | syntax.Quantified) -> str:
    """What takes everything to its right."""
    match expression:
        case syntax.Conditional(condition=condition, yes=yes, no=no):
            choice = f"{pretty_expression(yes)} else {pretty_expression(no)}"
            return f"if {pretty_expression(condition)} then {choice}"
        case syntax.Quantified(quantifier=quantifier, variable=variable, interval=interval, body=body):
            return f"{quantifier} {variable} in {pretty_interval(interval)} : {pretty_expression(body)}"


def _test(expression: syntax.In | syntax.Is) -> str:
    item = at_level(expression.item, SUM, last=False)
    match expression:
        case syntax.In(collection=syntax.Name(text=state)):
            return f"{item} in {state}"
        case syntax.In(collection=syntax.Window() as window):
            opening, closing = "[" if window.lo_included else "(", "]" if window.hi_included else ")"
            return f"{item} in {opening}{closed(window.lo)}, {closed(window.hi)}{closing}"
        case syntax.In(collection=syntax.SetLiteral() | syntax.Interval() as values):
            return f"{item} in {pretty_values(values)}"
        case syntax.Is(pattern=pattern):
            return f"{item} is {pretty_pattern(pattern)}"
        case _:
            raise AssertionError(expression)


def _postfix(expression: Expression) -> str:
    """What stands as an operand without parentheses."""
    match expression:
        case syntax.Number(value=value):
            return str(value)
        case syntax.Boolean(value=value):
            return "true" if value else "false"
        case syntax.NoneLiteral():
            return "none"
        case syntax.Name(text=text):
            return text
        case syntax.Member(base=base, member=member):
            return f"{at_level(base, POSTFIX, last=False)}.{member}"
        case syntax.Index(base=base, index=index):
            return f"{at_level(base, POSTFIX, last=False)}[{pretty_expression(index)}]"
        case syntax.Prime(operand=operand):
            return f"{at_level(operand, POSTFIX, last=False)}'"
        case syntax.Call(function=function, arguments=arguments):
            return f"{function}({commas(map(_argument, arguments))})"
        case syntax.InFlight(source=source, target=target):
            which = _counted(expression)
            return f"in_flight({pretty_endpoint(source)} -> {pretty_endpoint(target)}{which})"
        case syntax.EventTest(event=event):
            return f"event({pretty_event(event)})"
        case _:
            raise AssertionError(expression)


def _counted(expression: syntax.InFlight) -> str:
    """Which segments are counted, if not all."""
    if expression.pattern is None:
        return ""
    binder = "" if expression.binder is None else f" as {expression.binder}"
    guard = "" if expression.guard is None else f" when {pretty_expression(expression.guard)}"
    return f" : {pretty_pattern(expression.pattern)}{binder}{guard}"


def _argument(argument: syntax.Argument) -> str:
    value = pretty_expression(argument.value)
    return value if argument.name is None else f"{argument.name} = {value}"


def closed(expression: Expression) -> str:
    """An end of a range or window, or a modulus: a sum that nothing can swallow."""
    return at_level(expression, SUM, last=False)


def pretty_interval(interval: syntax.Interval) -> str:
    return f"{closed(interval.lo)}..{closed(interval.hi)}"


def pretty_values(values: syntax.SetLiteral | syntax.Interval) -> str:
    """A set or an interval of values."""
    if isinstance(values, syntax.Interval):
        return pretty_interval(values)
    elements = (
        pretty_interval(e) if isinstance(e, syntax.Interval) else pretty_expression(e)
        for e in values.elements
    )
    return f"{{ {commas(elements)} }}"


def pretty_type(type_: syntax.Type) -> str:
    """A type as a spec writes it."""
    match type_:
        case syntax.BoolType():
            return "bool"
        case syntax.EndpointType():
            return "endpoint"
        case syntax.TimeType():
            return "time"
        case syntax.NamedType(name=name):
            return name.text
        case syntax.RangeType(lo=lo, hi=hi):
            return f"{closed(lo)}..{closed(hi)}"
        case syntax.EnumType(enumerators=names):
            return f"{{ {commas(map(str, names))} }}"
        case syntax.FlagsType(flags=names):
            return f"flags {{ {commas(map(str, names))} }}"
        case syntax.SeqnoType(modulus=modulus):
            return f"seqno mod {closed(modulus)}"
        case syntax.ArrayType(lo=lo, hi=hi, element=element):
            return f"[{closed(lo)}..{closed(hi)}] of {pretty_type(element)}"
        case syntax.OptionType(element=element):
            return f"{pretty_type(element)}?"
        case syntax.SymbolicType(element=inner):
            return "symbolic" if inner is None else f"symbolic {pretty_type(inner)}"


def pretty_pattern(pattern: syntax.Pattern) -> str:
    if pattern.kind in ("any", "corrupt"):
        return pattern.kind
    return ("only " if pattern.kind == "only" else "") + " + ".join(map(_term, pattern.terms))


def _term(term: syntax.PatternTerm) -> str:
    message = "" if term.message is None else f"{term.message}."
    return f"{'!' if term.negated else ''}{message}{term.name}"


def pretty_fields(values: Iterable[syntax.FieldValue]) -> str:
    """The ` (field = value, ...)` of a segment, or nothing."""
    text = commas(f"{v.name} = {pretty_expression(v.value)}" for v in values)
    return f" ({text})" if text else ""


def pretty_endpoint(endpoint: syntax.EndpointRef) -> str:
    index = "" if endpoint.index is None else f"[{pretty_expression(endpoint.index)}]"
    return f"{endpoint.name}{index}"


def pretty_channel(channel: syntax.ChannelRef) -> str:
    arrow = "<->" if channel.both_ways else "->"
    return f"{pretty_endpoint(channel.source)} {arrow} {pretty_endpoint(channel.target)}"


def pretty_event(event: syntax.MonitorEvent) -> str:
    """An event of a monitor or of `event(...)`."""
    if event.verb is MonitorVerb.TICK:
        return "tick"
    endpoint = "" if event.endpoint is None else f"{pretty_endpoint(event.endpoint)} "
    what = "" if event.pattern is None else f" {pretty_pattern(event.pattern)}"
    name = "" if event.name is None else f" {event.name}"
    binder = "" if event.binder is None else f" as {event.binder}"
    return f"{endpoint}{event.verb}{what}{name}{binder}"


def commas(parts: Iterable[str]) -> str:
    return ", ".join(parts)
