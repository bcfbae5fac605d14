"""Expressions as z3 terms: one table from operators to functions.

Booleans are `Bool`; every number is a signed bit-vector of one width, wide enough that nothing ever
wraps: the value of a term is that of the expression over the unbounded integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeAlias

import z3

from tcpverify.ir.expr import Apply, BoolSort, Const, Expr, Op, Scope, SeqSort, Sort, Var, bounds
from tcpverify.ir.system import Check, Property, Send, System
from tcpverify.records import record

Term: TypeAlias = Any
"""A z3 expression; z3 has no types of its own."""

Key: TypeAlias = tuple[Scope, str]

MAX_WIDTH = 160


class TooWide(Exception):
    """The numbers of a system need more bits than this engine takes."""


# --- Width -----------------------------------------------------------------------------------------


def nodes(expr: Expr) -> Iterator[Expr]:
    """Every node of an expression, shared ones once."""
    seen: set[int] = set()
    stack = [expr]
    while stack:
        e = stack.pop()
        if id(e) not in seen:
            seen.add(id(e))
            yield e
            if isinstance(e, Apply):
                stack.extend(e.args)


def _extent(sort: Sort) -> int:
    return max(abs(b) for b in bounds(sort))


def _headroom(e: Expr) -> int:
    """The greatest magnitude met while a node is computed."""
    match e:
        case Const(value, sort):
            return max(abs(value), _extent(sort))
        case Apply(Op.WRAP | Op.SEQ_ADD | Op.DISTANCE | Op.SEQ_LT, args, sort):
            modulus = next(s.modulus for s in (sort, args[0].sort) if isinstance(s, SeqSort))
            return 2 * modulus + sum(_extent(a.sort) for a in args)
        case _:
            return _extent(e.sort)


def width(extents: Iterable[int], exprs: Iterable[Expr]) -> int:
    """Bits of a signed bit-vector for numbers of these magnitudes, and for these expressions.

    Raises TooWide beyond MAX_WIDTH.
    """
    greatest = max([1, *extents, *(_headroom(n) for e in exprs for n in nodes(e))])
    bits = greatest.bit_length() + 2
    if bits > MAX_WIDTH:
        raise TooWide(f"numbers too wide for the symbolic engine ({bits} bits, at most {MAX_WIDTH})")
    return bits


def width_of(system: System, properties: Sequence[Property]) -> int:
    """The width for a system and properties of it."""
    sorts = [v.sort for v in system.variables]
    sorts += [f.sort for kind in system.messages for f in kind.fields]
    sorts += [c.sort for a in system.actions for c in a.choices]
    extents = [_extent(s) for s in sorts]
    extents += [abs(v) for a in system.actions for c in a.choices for v in c.values or ()]
    extents += [max(map(abs, values), default=0) for values in system.initial.values]
    extents += [abs(v) for segments in system.initial.contents for m in segments for v in m]
    extents += [max(c.capacity or 0, len(system.initial.contents[i])) for i, c in enumerate(system.channels)]
    extents += [c.lifetime or 0 for c in system.channels]
    return width([*extents, len(system.messages)], expressions(system, properties))


def expressions(system: System, properties: Sequence[Property]) -> Iterator[Expr]:
    """Every expression of a system and of properties."""
    for action in system.actions:
        yield action.guard
        yield from (c.when for c in action.choices)
        yield from (u.value for u in action.updates)
        for effect in action.effects:
            match effect:
                case Check(condition):
                    yield condition
                case Send(_, _, fields, when):
                    yield when
                    yield from fields
                case _:
                    pass
    yield from (a.formula for a in system.assumptions)
    for prop in properties:
        yield prop.formula
        yield from (h for e in prop.events for h in e.happens)
        if prop.antecedent is not None:
            yield prop.antecedent


# --- Operators -------------------------------------------------------------------------------------


def number(value: int, bits: int) -> Term:
    """A known number."""
    return z3.BitVecVal(value, bits)


def as_bool(flag: bool) -> Term:
    """A known Boolean."""
    return z3.BoolVal(flag)


def reduce_mod(value: Term, modulus: int, lo: int, hi: int) -> Term:
    """`value mod modulus` of a value known to be in `lo..hi`."""
    bits = value.size()
    if lo >= 0 and hi < modulus:
        return value
    if modulus & (modulus - 1) == 0:
        return value & number(modulus - 1, bits)
    n = number(modulus, bits)
    if lo >= -modulus and hi < 2 * modulus:
        low = z3.If(value < 0, value + n, value) if lo < 0 else value
        return z3.If(low >= n, low - n, low) if hi >= modulus else low
    return value % n


def _modulus(e: Apply) -> int:
    return next(s.modulus for s in (e.sort, e.args[0].sort) if isinstance(s, SeqSort))


def _wrap(e: Apply, a: Sequence[Term]) -> Term:
    return reduce_mod(a[0], _modulus(e), *bounds(e.args[0].sort))


def _seq_add(e: Apply, a: Sequence[Term]) -> Term:
    lo, hi = bounds(e.args[1].sort)
    return reduce_mod(a[0] + a[1], _modulus(e), lo, _modulus(e) - 1 + hi)


def _difference(e: Apply, a: Term, b: Term) -> Term:
    """`(a - b) mod N` of two sequence numbers."""
    n = _modulus(e)
    return reduce_mod(a - b, n, 1 - n, n - 1)


def _seq_lt(e: Apply, a: Sequence[Term]) -> Term:
    apart = _difference(e, a[1], a[0])
    return z3.And(apart > 0, apart <= (_modulus(e) - 1) // 2)


def _div(_: Apply, a: Sequence[Term]) -> Term:
    """Rounding down, from z3's division that rounds towards zero."""
    x, y = a
    zero = number(0, x.size())
    inexact = z3.And(z3.SRem(x, y) != zero, (x < zero) != (y < zero))
    return z3.If(y == zero, zero, z3.If(inexact, x / y - 1, x / y))


def _mod(_: Apply, a: Sequence[Term]) -> Term:
    """z3's `%` on bit-vectors takes the divisor's sign, which is rounding down."""
    x, y = a
    zero = number(0, x.size())
    return z3.If(y == zero, zero, x % y)


def _count(flags: Sequence[Term], bits: int) -> Term:
    total = number(0, bits)
    for flag in flags:
        total = total + z3.If(flag, number(1, bits), number(0, bits))
    return total


Operator: TypeAlias = Callable[[Apply, Sequence[Term]], Term]

OPERATORS: Mapping[Op, Operator] = {
    Op.NOT: lambda _, a: z3.Not(a[0]),
    Op.AND: lambda _, a: z3.And(*a),
    Op.OR: lambda _, a: z3.Or(*a),
    Op.IMPLIES: lambda _, a: z3.Implies(a[0], a[1]),
    Op.ITE: lambda _, a: z3.If(a[0], a[1], a[2]),
    Op.EQ: lambda _, a: a[0] == a[1],
    Op.LT: lambda _, a: a[0] < a[1],
    Op.LE: lambda _, a: a[0] <= a[1],
    Op.NEG: lambda _, a: -a[0],
    Op.ADD: lambda _, a: a[0] + a[1],
    Op.SUB: lambda _, a: a[0] - a[1],
    Op.MUL: lambda _, a: a[0] * a[1],
    Op.DIV: _div,
    Op.MOD: _mod,
    Op.WRAP: _wrap,
    Op.INT: lambda _, a: a[0],
    Op.SEQ_ADD: _seq_add,
    Op.DISTANCE: lambda e, a: _difference(e, a[0], a[1]),
    Op.SEQ_LT: _seq_lt,
    # The width, as a term to take it from, then for each slot whether its segment is counted.
    Op.IN_FLIGHT: lambda _, a: _count(a[1:], a[0].size()),
}
"""What each operator is in z3, given the node and its operands' terms."""


# --- Expressions -----------------------------------------------------------------------------------


@record
class Scene:
    """What an expression is evaluated over: the terms of the variables, and what is in flight.

    `slots` has, channel by channel and slot by slot, whether it is used and the FIELD variables of
    its segment.
    """

    bits: int
    terms: Mapping[Key, Term]
    slots: Sequence[Sequence[tuple[Term, Mapping[Key, Term]]]] = ()
    known: dict[int, tuple[Expr, Term]] = field(default_factory=dict)
    """Terms by the identity of their node: shared nodes are encoded once."""

    def term(self, expr: Expr) -> Term:
        """The term of an expression."""
        found = self.known.get(id(expr))
        if found is None:
            found = (expr, self._encode(expr))
            self.known[id(expr)] = found
        return found[1]

    def over(self, fields: Mapping[Key, Term]) -> Scene:
        """The same with another segment to look at."""
        return Scene(self.bits, {**self.terms, **fields}, self.slots)

    def _encode(self, expr: Expr) -> Term:
        match expr:
            case Const(value, sort):
                return as_bool(bool(value)) if isinstance(sort, BoolSort) else number(value, self.bits)
            case Var(scope, name):
                return self.terms[scope, name]
            case Apply(Op.IN_FLIGHT as op, (Const(channel), predicate)):
                counted = [
                    z3.And(used, self.over(fields).term(predicate)) for used, fields in self.slots[channel]
                ]
                return OPERATORS[op](expr, [number(0, self.bits), *counted])
            case Apply(op, args):
                return OPERATORS[op](expr, [self.term(a) for a in args])
