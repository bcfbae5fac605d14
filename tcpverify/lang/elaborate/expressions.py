"""Expressions of the surface syntax as typed terms. Each mistake is reported once, where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from tcpverify.diagnostics import Code
from tcpverify.ir import build as b
from tcpverify.ir.expr import (
    BOOL,
    TRUE,
    BoolSort,
    Const,
    EnumSort,
    Expr,
    IntSort,
    SeqSort,
    Sort,
    bounds,
    is_true,
)
from tcpverify.ir.expr import (
    Scope as Where,
)
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import compounds, events, names, segments
from tcpverify.lang.elaborate.scope import MAX_SIZE, Scope
from tcpverify.lang.elaborate.terms import (
    VALUE,
    ArrayShape,
    Compound,
    OptionShape,
    Scalar,
    Segment,
    Shape,
    Term,
)

MAX_EXPONENT = 256
MAX_UNROLLED = 1000
MAX_NUMBER = 2**1024


def elaborate(e: s.Expression, scope: Scope, expected: Shape | None = None) -> Term:
    """The term that an expression denotes; `expected` chooses among enumerators of one name.

    Raises Abandoned after reporting a mistake.
    """
    term = _elaborate(e, scope, expected)
    if isinstance(term, Scalar) and term.value.size + term.defined.size > MAX_SIZE:
        scope.world.give_up(f"this expands to more than {MAX_SIZE:,} operations", e.span,
                            hint="name the parts as variables, or make the defs simpler")  # fmt: skip
    return term


def elaborate_scalar(e: s.Expression, scope: Scope, expected: Shape | None = None) -> Scalar:
    """An expression of one value; an option is read as its value."""
    term = compounds.plain(elaborate(e, scope, expected))
    if isinstance(term, Compound):
        what = "an array" if isinstance(term.shape, ArrayShape) else "a record"
        scope.world.fail(Code.TYPE_MISMATCH, f"{what} ({term.shape}) cannot stand here", e.span)
    return term


def elaborate_bool(e: s.Expression, scope: Scope) -> Scalar:
    """An expression that must be true or false."""
    term = elaborate_scalar(e, scope)
    if not isinstance(term.value.sort, BoolSort):
        scope.world.fail(Code.TYPE_MISMATCH, f"a condition is needed here, not {term.value.sort}", e.span)
    return term


def holds(e: s.Expression, scope: Scope) -> Expr:
    """An expression as a formula that is true where it is defined and true."""
    term = elaborate_bool(e, scope)
    return b.conj((term.defined, term.value))


def _elaborate(e: s.Expression, scope: Scope, expected: Shape | None) -> Term:
    match e:
        case s.Number(value):
            return Scalar(b.integer(value))
        case s.Boolean(value):
            return Scalar(b.boolean(value))
        case s.Name():
            wanted = expected.element if isinstance(expected, OptionShape) else expected
            return names.name(e, scope, wanted)
        case s.NoneLiteral():
            return _none(e, scope, expected)
        case s.Index():
            return names.index(e, scope)
        case s.Member():
            return names.member(e, scope)
        case s.Call():
            return names.call(e, scope)
        case s.Unary(operator, operand):
            return _unary(operator, operand, scope)
        case s.Binary():
            return _binary(e, scope)
        case s.Connective(operator, operands):
            return _connective(operator, operands, scope)
        case s.In():
            return _in(e, scope)
        case s.Is(item, pattern):
            return Scalar(segments.matches(pattern, _segment(item, scope), scope))
        case s.Conditional():
            return _conditional(e, scope, expected)
        case s.Quantified():
            return _quantified(e, scope)
        case s.Prime(operand):
            if not scope.primes or scope.where is Where.NEXT:
                scope.world.fail(
                    Code.PRIMED_HERE, "values after the step exist only in `always step`", e.span
                )
            return elaborate(operand, replace(scope, where=Where.NEXT), expected)
        case s.InFlight():
            return Scalar(segments.in_flight(e, scope))
        case s.EventTest():
            return Scalar(events.event_test(e, scope))
        case _:
            assert_never(e)


# --- Conversions -----------------------------------------------------------------------------------


def convert(term: Term, shape: Shape, e: s.Expression, scope: Scope) -> Term:
    """A term as a value of a shape: a number becomes a sequence number mod N; a number keeps its
    own bounds (whether it lies in the range is for the store to check); a value becomes an option
    that has it, an option its value (which it must have)."""
    if isinstance(shape, OptionShape):
        if term.shape == shape:
            return term
        given = compounds.some(term)
        value = convert(given.fields[VALUE], shape.element, e, scope)
        return compounds.option(shape, compounds.present(given), value)
    term = compounds.plain(term)
    if isinstance(term, Compound) or not isinstance(shape, Sort):
        if isinstance(term, Compound) and term.shape == shape:
            return term
        scope.world.fail(Code.TYPE_MISMATCH, f"{term.shape} does not fit {shape}", e.span)
    match term.value.sort, shape:
        case IntSort(), SeqSort(modulus):
            return Scalar(b.wrap(term.value, modulus), term.defined)
        case IntSort(), IntSort():
            return term
        case have, want if have == want:
            return term
        case have, want:
            hint = "`int(s)` is the plain number" if isinstance(have, SeqSort) else None
            scope.world.fail(Code.TYPE_MISMATCH, f"{have} does not fit {want}", e.span, hint=hint)


def in_range(value: Expr, sort: Sort) -> Expr:
    """The condition under which a converted value may be stored in a variable of a sort."""
    if not isinstance(sort, IntSort):
        return TRUE
    lo, hi = bounds(value.sort)
    if sort.lo <= lo and hi <= sort.hi:
        return TRUE
    return b.conj((b.le(b.integer(sort.lo), value), b.le(value, b.integer(sort.hi))))


def store(term: Term, shape: Shape, e: s.Expression, scope: Scope) -> Term:
    """A term converted for storing, defined only where it lies in range."""
    term = convert(term, shape, e, scope)
    if isinstance(term, Scalar) and isinstance(shape, IntSort):
        return Scalar(term.value, b.conj((term.defined, in_range(term.value, shape))))
    if isinstance(term, Compound) and isinstance(shape, OptionShape):
        return Compound(shape, {**term.fields, VALUE: store(term.fields[VALUE], shape.element, e, scope)})
    return term


def _none(e: s.NoneLiteral, scope: Scope, expected: Shape | None) -> Term:
    if isinstance(expected, OptionShape):
        return compounds.nothing(expected)
    if expected is None:
        message = "nothing says here of which type `none` is"
        scope.world.fail(Code.TYPE_MISMATCH, message, e.span, hint="store it in a variable of a type `T?`")
    scope.world.fail(Code.TYPE_MISMATCH, f"`none` is no value of {expected}", e.span,
                     hint=f"an option has the type `{expected}?`")  # fmt: skip


def _pair(
    left: s.Expression, right: s.Expression, scope: Scope, what: str, e: s.Expression
) -> tuple[Term, Term]:
    """Two operands brought to one sort: numbers beside sequence numbers are taken mod N."""
    if isinstance(left, s.NoneLiteral) or (isinstance(left, s.Name) and names.is_ambiguous(left, scope)):
        second = elaborate(right, scope)
        first = elaborate(left, scope, second.shape)
    else:
        first = elaborate(left, scope)
        second = elaborate(right, scope, first.shape)
    return _unify(first, second, left, right, scope, what, e)


def _unify(
    first: Term,
    second: Term,
    left: s.Expression,
    right: s.Expression,
    scope: Scope,
    what: str,
    e: s.Expression,
) -> tuple[Term, Term]:
    """Two terms brought to one sort; an option beside a value makes options of both."""
    if isinstance(first.shape, OptionShape) or isinstance(second.shape, OptionShape):
        x, y = compounds.some(first), compounds.some(second)
        inner = _unify(x.fields[VALUE], y.fields[VALUE], left, right, scope, what, e)
        return compounds.with_value(x, inner[0]), compounds.with_value(y, inner[1])
    match first.shape, second.shape:
        case SeqSort(), IntSort():
            return first, convert(second, first.shape, right, scope)
        case IntSort(), SeqSort():
            return convert(first, second.shape, left, scope), second
        case IntSort(), IntSort():
            return first, second
        case have, other if have == other:
            return first, second
        case have, other:
            hint = (
                "`int(s)` is the plain number"
                if isinstance(have, SeqSort) or isinstance(other, SeqSort)
                else None
            )
            joint = "and" if what == "choose between" else "with"
            scope.world.fail(Code.TYPE_MISMATCH, f"cannot {what} {have} {joint} {other}", e.span, hint=hint)


# --- Operators -------------------------------------------------------------------------------------


def _unary(operator: str, operand: s.Expression, scope: Scope) -> Term:
    if operator == "not":
        condition = elaborate_bool(operand, scope)
        return Scalar(b.neg(condition.value), condition.defined)
    term = number(operand, scope)
    return Scalar(b.minus(term.value), term.defined)


def number(e: s.Expression, scope: Scope) -> Scalar:
    """An expression that must be a plain number."""
    term = elaborate_scalar(e, scope)
    if not isinstance(term.value.sort, IntSort):
        hint = "`int(s)` is the plain number" if isinstance(term.value.sort, SeqSort) else None
        scope.world.fail(
            Code.TYPE_MISMATCH, f"a number is needed here, not {term.value.sort}", e.span, hint=hint
        )
    return term


def _connective(operator: str, operands: Sequence[s.Expression], scope: Scope) -> Term:
    """`and` and `or`: an operand that the ones before it make irrelevant need not be defined."""
    terms = [elaborate_bool(operand, scope) for operand in operands]
    join = b.conj if operator == "and" else b.disj
    values = [term.value for term in terms]
    defined = [terms[0].defined]
    for i, term in enumerate(terms[1:], 1):
        if not is_true(term.defined):
            before = join(values[:i])
            defined.append(b.implies(before if operator == "and" else b.neg(before), term.defined))
    return Scalar(join(values), b.conj(defined))


def _binary(e: s.Binary, scope: Scope) -> Term:
    match e.operator:
        case "=>":
            left, right = elaborate_bool(e.left, scope), elaborate_bool(e.right, scope)
            defined = b.conj((left.defined, b.implies(left.value, right.defined)))
            return Scalar(b.implies(left.value, right.value), defined)
        case "<=>":
            left, right = elaborate_bool(e.left, scope), elaborate_bool(e.right, scope)
            return Scalar(b.eq(left.value, right.value), b.conj((left.defined, right.defined)))
        case "==" | "!=":
            equal = compounds.equal(*_pair(e.left, e.right, scope, "compare", e))
            return equal if e.operator == "==" else Scalar(b.neg(equal.value), equal.defined)
        case "<" | "<=" | ">" | ">=":
            return _order(e, scope)
        case "+" | "-":
            return _sum(e, scope)
        case "*" | "/" | "%":
            return _product(e, scope)
        case _:
            return _power(e, scope)


def _order(e: s.Binary, scope: Scope) -> Term:
    left, right = map(compounds.plain, _pair(e.left, e.right, scope, "compare", e))
    if (
        not isinstance(left, Scalar)
        or not isinstance(right, Scalar)
        or isinstance(left.shape, BoolSort | EnumSort)
    ):
        scope.world.fail(Code.TYPE_MISMATCH, f"{left.shape} has no order", e.span)
    defined = b.conj((left.defined, right.defined))
    x, y = (left.value, right.value) if e.operator in ("<", "<=") else (right.value, left.value)
    if isinstance(left.shape, SeqSort):
        less = b.seq_lt(x, y)
        return Scalar(less if len(e.operator) == 1 else b.disj((less, b.eq(x, y))), defined)
    return Scalar(b.lt(x, y) if len(e.operator) == 1 else b.le(x, y), defined)


def _sum(e: s.Binary, scope: Scope) -> Term:
    left, right = elaborate_scalar(e.left, scope), elaborate_scalar(e.right, scope)
    defined = b.conj((left.defined, right.defined))
    x, y = left.value, right.value
    match x.sort, e.operator, y.sort:
        case IntSort(), "+", IntSort():
            return Scalar(b.add(x, y), defined)
        case IntSort(), "-", IntSort():
            return Scalar(b.sub(x, y), defined)
        case SeqSort(), "+", IntSort():
            return Scalar(b.seq_add(x, y), defined)
        case IntSort(), "+", SeqSort():
            return Scalar(b.seq_add(y, x), defined)
        case SeqSort(), "-", IntSort():
            return Scalar(b.seq_add(x, b.minus(y)), defined)
        case SeqSort() as one, "-", SeqSort() as other if one == other:
            return Scalar(b.distance(x, y), defined)
        case one, operator, other:
            what = "add" if operator == "+" else "subtract"
            scope.world.fail(Code.TYPE_MISMATCH, f"cannot {what} {one} and {other}", e.span)


def _product(e: s.Binary, scope: Scope) -> Term:
    left, right = number(e.left, scope), number(e.right, scope)
    defined = b.conj((left.defined, right.defined))
    if e.operator == "*":
        return Scalar(_bounded(b.mul(left.value, right.value), e, scope), defined)
    nonzero = b.neg(b.eq(right.value, b.integer(0)))
    make = b.div if e.operator == "/" else b.mod
    return Scalar(make(left.value, right.value), b.conj((defined, nonzero)))


def _power(e: s.Binary, scope: Scope) -> Term:
    """`x ^ n` as products; the exponent has bounds 0..256, so the result stays finite."""
    base, exponent = number(e.left, scope), number(e.right, scope)
    lo, hi = bounds(exponent.value.sort)
    if lo < 0 or hi > MAX_EXPONENT:
        message = f"an exponent lies in 0..{MAX_EXPONENT}, here in {lo}..{hi}"
        scope.world.fail(Code.NUMBER_TOO_LARGE, message, e.right.span)
    power: Expr = b.integer(1)
    for _ in range(lo):
        power = b.mul(power, base.value)
    result = power
    for n in range(lo + 1, hi + 1):
        power = b.mul(power, base.value)
        result = b.ite(b.le(b.integer(n), exponent.value), power, result)
    return Scalar(_bounded(result, e, scope), b.conj((base.defined, exponent.defined)))


def _bounded(value: Expr, e: s.Expression, scope: Scope) -> Expr:
    """A product or power, refused where its numbers could grow without end."""
    if max(map(abs, bounds(value.sort))) > MAX_NUMBER:
        scope.world.fail(Code.NUMBER_TOO_LARGE, "the numbers here can grow beyond 2^1024", e.span)
    return value


def _conditional(e: s.Conditional, scope: Scope, expected: Shape | None) -> Term:
    condition = elaborate_bool(e.condition, scope)
    yes, no = _pair(e.yes, e.no, scope, "choose between", e) if expected is None else (
        convert(elaborate(e.yes, scope, expected), expected, e.yes, scope),
        convert(elaborate(e.no, scope, expected), expected, e.no, scope))  # fmt: skip
    return compounds.choose(condition, yes, no)


def _quantified(e: s.Quantified, scope: Scope) -> Term:
    lo, hi = number(e.interval.lo, scope), number(e.interval.hi, scope)
    if not isinstance(lo.value, Const) or not isinstance(hi.value, Const):
        scope.world.fail(
            Code.NOT_CONSTANT, "the bounds of `all` and `some` are fixed values", e.interval.span
        )
    if hi.value.value - lo.value.value >= MAX_UNROLLED:
        scope.world.fail(
            Code.TOO_LARGE, f"at most {MAX_UNROLLED} values are tried one by one", e.interval.span
        )
    terms = []
    for i in range(lo.value.value, hi.value.value + 1):
        scope.world.spend(e.span)
        inner = replace(scope, names={**scope.names, e.variable.text: Scalar(b.integer(i))})
        terms.append(elaborate_bool(e.body, inner))
    join = b.conj if e.quantifier == "all" else b.disj
    return Scalar(join(t.value for t in terms), b.conj(t.defined for t in terms))


# --- Membership ------------------------------------------------------------------------------------


def _in(e: s.In, scope: Scope) -> Term:
    match e.collection:
        case s.Name(text):
            return names.in_states(e.item, [s.Identifier(text, span=e.collection.span)], scope)
        case s.SetLiteral(elements):
            plain = [s.Identifier(x.text, span=x.span) for x in elements if isinstance(x, s.Name)]
            if len(plain) == len(elements) and names.is_endpoint(e.item, scope, plain):
                return names.in_states(e.item, plain, scope)
            return _in_set(e.item, elements, scope)
        case s.Interval():
            return _in_set(e.item, [e.collection], scope)
        case s.Window():
            return _in_window(e.item, e.collection, scope)
        case _:
            assert_never(e.collection)


def _in_set(item: s.Expression, elements: Sequence[s.Expression | s.Interval], scope: Scope) -> Scalar:
    parts: list[Scalar] = []
    for element in elements:
        if isinstance(element, s.Interval):
            value = elaborate_scalar(item, scope)
            n = (
                Scalar(b.plain(value.value), value.defined)
                if isinstance(value.shape, SeqSort)
                else number(item, scope)
            )
            lo, hi = number(element.lo, scope), number(element.hi, scope)
            within = b.conj((b.le(lo.value, n.value), b.le(n.value, hi.value)))
            parts.append(Scalar(within, b.conj((n.defined, lo.defined, hi.defined))))
        else:
            parts.append(compounds.equal(*_pair(item, element, scope, "compare", element)))
    return Scalar(b.disj(p.value for p in parts), b.conj(p.defined for p in parts))


def _in_window(item: s.Expression, window: s.Window, scope: Scope) -> Scalar:
    """A circular window (RFC 9293 section 3.4): `[a, b)` is `(x - a) mod N < (b - a) mod N`.

    `(a, b]` and the others follow by moving a bound by one; `[a, b]` and `(a, b)` hold at least
    what lies between a and b going up: `[a, a]` is {a}, `(a, a)` and `[a, a)` are empty.
    """
    x = elaborate_scalar(item, scope)
    if not isinstance(x.shape, SeqSort):
        hint = "`x in lo..hi` is the test for numbers"
        scope.world.fail(
            Code.TYPE_MISMATCH, f"a window holds sequence numbers, not {x.shape}", item.span, hint=hint
        )
    lo = convert(elaborate_scalar(window.lo, scope), x.shape, window.lo, scope)
    hi = convert(elaborate_scalar(window.hi, scope), x.shape, window.hi, scope)
    assert isinstance(lo, Scalar) and isinstance(hi, Scalar)
    offset, length = b.distance(x.value, lo.value), b.distance(hi.value, lo.value)
    upper = b.le(offset, length) if window.hi_included else b.lt(offset, length)
    lower = TRUE if window.lo_included else b.lt(b.integer(0), offset)
    return Scalar(b.conj((lower, upper)), b.conj((x.defined, lo.defined, hi.defined)))


def _segment(e: s.Expression, scope: Scope) -> Segment:
    meaning = scope.names.get(e.text) if isinstance(e, s.Name) else None
    if not isinstance(meaning, Segment):
        hint = "`is` tests a segment named by `as` in the handler"
        scope.world.fail(Code.WRONG_KIND, "only a received segment has a pattern", e.span, hint=hint)
    return meaning


__all__ = [
    "BOOL",
    "convert",
    "elaborate",
    "elaborate_bool",
    "elaborate_scalar",
    "holds",
    "in_range",
    "number",
    "store",
]
