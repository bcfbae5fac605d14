"""Constructors of expressions: sorts and bounds computed, constants folded, trivial cases removed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from tcpverify.ir.evaluate import meaning
from tcpverify.ir.expr import (
    BOOL,
    FALSE,
    TRUE,
    Apply,
    BoolSort,
    Const,
    Expr,
    IntSort,
    Op,
    SeqSort,
    Sort,
    bounds,
    is_false,
    is_true,
)

MOST_KEPT = 10_000
"""So many constants and sorts are made once for all expressions."""


@lru_cache(maxsize=MOST_KEPT, typed=True)
def integer(value: int) -> Const:
    return Const(value, IntSort(value, value))


@lru_cache(maxsize=MOST_KEPT, typed=True)
def _between(lo: int, hi: int) -> IntSort:
    """The sort of the integers in some bounds; many expressions share it."""
    return IntSort(lo, hi)


def boolean(value: bool) -> Const:
    return TRUE if value else FALSE


def _make(op: Op, args: tuple[Expr, ...], sort: Sort) -> Expr:
    """Apply `op`, at once if every argument is a constant."""
    constants = [a.value for a in args if isinstance(a, Const)]
    if len(constants) == len(args):
        value = meaning(op, sort, tuple(a.sort for a in args))(*constants)
        if isinstance(sort, BoolSort):
            return boolean(bool(value))
        return integer(value) if isinstance(sort, IntSort) else Const(value, sort)
    return Apply(op, args, sort)


def conj(parts: Iterable[Expr]) -> Expr:
    """The conjunction, nested ones flattened."""
    flat: list[Expr] = []
    for part in parts:
        if part is TRUE or is_true(part):
            continue
        if isinstance(part, Apply) and part.op is Op.AND:
            flat.extend(part.args)
        elif is_false(part):
            return FALSE
        else:
            flat.append(part)
    return TRUE if not flat else flat[0] if len(flat) == 1 else Apply(Op.AND, tuple(flat), BOOL)


def disj(parts: Iterable[Expr]) -> Expr:
    """The disjunction, nested ones flattened."""
    flat: list[Expr] = []
    for part in parts:
        if is_true(part):
            return TRUE
        if isinstance(part, Apply) and part.op is Op.OR:
            flat.extend(part.args)
        elif not is_false(part):
            flat.append(part)
    return FALSE if not flat else flat[0] if len(flat) == 1 else Apply(Op.OR, tuple(flat), BOOL)


def neg(e: Expr) -> Expr:
    if isinstance(e, Const):
        return boolean(not e.value)
    if isinstance(e, Apply) and e.op is Op.NOT:
        return e.args[0]
    return Apply(Op.NOT, (e,), BOOL)


def implies(a: Expr, b: Expr) -> Expr:
    if is_true(a):
        return b
    if is_false(a) or is_true(b):
        return TRUE
    return _make(Op.IMPLIES, (a, b), BOOL)


def join(a: Sort, b: Sort) -> Sort:
    """The least sort that holds the values of both: bounds are widened, other sorts must be equal."""
    if isinstance(a, IntSort) and isinstance(b, IntSort):
        return _between(min(a.lo, b.lo), max(a.hi, b.hi))
    if a != b:
        raise TypeError(f"no common sort of {a} and {b}")
    return a


def ite(condition: Expr, yes: Expr, no: Expr) -> Expr:
    """One value or the other, of sorts that join."""
    sort = join(yes.sort, no.sort)
    if is_true(condition) or yes is no:
        return yes
    if is_false(condition):
        return no
    if isinstance(yes, Const) and isinstance(no, Const) and yes.value == no.value:
        return yes
    if is_true(yes) and is_false(no):
        return condition
    if is_false(yes) and is_true(no):
        return neg(condition)
    return Apply(Op.ITE, (condition, yes, no), sort)


def eq(a: Expr, b: Expr) -> Expr:
    """Equality of two values whose sorts join."""
    join(a.sort, b.sort)
    if a is b:
        return TRUE
    if isinstance(a.sort, BoolSort):
        for one, other in ((a, b), (b, a)):
            if is_true(one):
                return other
            if is_false(one):
                return neg(other)
    (lo_a, hi_a), (lo_b, hi_b) = bounds(a.sort), bounds(b.sort)
    if hi_a < lo_b or hi_b < lo_a:
        return FALSE
    return _make(Op.EQ, (a, b), BOOL)


def lt(a: Expr, b: Expr) -> Expr:
    """`a < b` on integers."""
    (lo_a, hi_a), (lo_b, hi_b) = bounds(a.sort), bounds(b.sort)
    if hi_a < lo_b:
        return TRUE
    return FALSE if lo_a >= hi_b else _make(Op.LT, (a, b), BOOL)


def le(a: Expr, b: Expr) -> Expr:
    """`a <= b` on integers."""
    (lo_a, hi_a), (lo_b, hi_b) = bounds(a.sort), bounds(b.sort)
    if hi_a <= lo_b:
        return TRUE
    return FALSE if lo_a > hi_b else _make(Op.LE, (a, b), BOOL)


def minus(e: Expr) -> Expr:
    lo, hi = bounds(e.sort)
    return _make(Op.NEG, (e,), _between(-hi, -lo))


def add(a: Expr, b: Expr) -> Expr:
    (lo_a, hi_a), (lo_b, hi_b) = bounds(a.sort), bounds(b.sort)
    return _make(Op.ADD, (a, b), _between(lo_a + lo_b, hi_a + hi_b))


def sub(a: Expr, b: Expr) -> Expr:
    (lo_a, hi_a), (lo_b, hi_b) = bounds(a.sort), bounds(b.sort)
    return _make(Op.SUB, (a, b), _between(lo_a - hi_b, hi_a - lo_b))


def mul(a: Expr, b: Expr) -> Expr:
    corners = [x * y for x in bounds(a.sort) for y in bounds(b.sort)]
    return _make(Op.MUL, (a, b), _between(min(corners), max(corners)))


def div(a: Expr, b: Expr) -> Expr:
    """`floor(a / b)`, 0 when b is 0; `b != 0` is the caller's to state."""
    largest = max(abs(x) for x in bounds(a.sort))
    (lo_a, hi_a), (lo_b, hi_b) = bounds(a.sort), bounds(b.sort)
    if lo_b > 0:
        corners = [x // y for x in (lo_a, hi_a) for y in (lo_b, hi_b)]
        return _make(Op.DIV, (a, b), _between(min(corners), max(corners)))
    return _make(Op.DIV, (a, b), _between(-largest, largest))


def mod(a: Expr, b: Expr) -> Expr:
    """`a - b * floor(a / b)`, 0 when b is 0; `b != 0` is the caller's to state."""
    lo, hi = bounds(b.sort)
    return _make(Op.MOD, (a, b), _between(min(lo + 1, 0), max(hi - 1, 0)))


def wrap(e: Expr, modulus: int) -> Expr:
    """An integer as a sequence number."""
    return _make(Op.WRAP, (e,), SeqSort(modulus))


def plain(e: Expr) -> Expr:
    """A sequence number as an integer."""
    lo, hi = bounds(e.sort)
    return _make(Op.INT, (e,), _between(lo, hi))


def seq_add(s: Expr, n: Expr) -> Expr:
    return _make(Op.SEQ_ADD, (s, n), s.sort)


def distance(a: Expr, b: Expr) -> Expr:
    """`(a - b) mod N`."""
    lo, hi = bounds(a.sort)
    return _make(Op.DISTANCE, (a, b), _between(lo, hi))


def seq_lt(a: Expr, b: Expr) -> Expr:
    return _make(Op.SEQ_LT, (a, b), BOOL)


def in_flight(channel: int, predicate: Expr, most: int) -> Expr:
    """How many segments of a channel satisfy a predicate over FIELD variables; at most `most`."""
    if is_false(predicate):
        return integer(0)
    return Apply(Op.IN_FLIGHT, (integer(channel), predicate), _between(0, most))


def rebuild(op: Op, args: tuple[Expr, ...], sort: Sort) -> Expr:
    """An application with other operands of the same sorts, folded as far as they allow."""
    match op, args:
        case Op.AND, _:
            return conj(args)
        case Op.OR, _:
            return disj(args)
        case Op.NOT, (a,):
            return neg(a)
        case Op.IMPLIES, (a, b):
            return implies(a, b)
        case Op.ITE, (a, b, c):
            return ite(a, b, c)
        case Op.EQ, (a, b):
            return eq(a, b)
        case _:
            return _make(op, args, sort)
