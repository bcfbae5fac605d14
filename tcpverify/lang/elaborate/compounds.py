"""Terms made of several scalars: records, arrays and options, read, compared and chosen part by part."""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, FALSE, TRUE, Const, Expr, IntSort, Sort, bounds
from tcpverify.lang.elaborate.terms import (
    PRESENT,
    VALUE,
    ArrayShape,
    Compound,
    OptionShape,
    Scalar,
    Shape,
    Term,
    parts,
)


def first_value(shape: Shape) -> Term:
    """The first value of a type; of an option it is `none`."""
    if not isinstance(shape, Sort):
        return Compound(shape, {key: first_value(inner) for key, inner in parts(shape)})
    value = bounds(shape)[0]
    if isinstance(shape, IntSort):
        return Scalar(b.integer(value))
    return Scalar(b.boolean(False) if shape == BOOL else Const(value, shape))


def defined(term: Term) -> Expr:
    """The condition under which a term, all its parts included, is defined."""
    if isinstance(term, Compound):
        return b.conj(defined(part) for part in term.fields.values())
    return term.defined


def requiring(term: Term, condition: Expr) -> Term:
    """The term, defined only where the condition holds."""
    if isinstance(term, Compound):
        return Compound(term.shape, {key: requiring(part, condition) for key, part in term.fields.items()})
    return Scalar(term.value, b.conj((condition, term.defined)))


def choose(condition: Scalar, yes: Term, no: Term) -> Term:
    """One term or the other, of one shape; only the chosen one need be defined."""
    if isinstance(yes, Compound) and isinstance(no, Compound):
        return Compound(yes.shape, {k: choose(condition, yes.fields[k], no.fields[k]) for k in yes.fields})
    assert isinstance(yes, Scalar) and isinstance(no, Scalar)
    certain = b.conj((condition.defined, b.ite(condition.value, yes.defined, no.defined)))
    return Scalar(b.ite(condition.value, yes.value, no.value), certain)


def select(cases: Sequence[tuple[Expr, Term]]) -> Term:
    """The term of the first case that holds; the last one where none does."""
    result = cases[-1][1]
    for condition, term in cases[-2::-1]:
        result = choose(Scalar(condition), term, result)
    return result


def equal(left: Term, right: Term) -> Scalar:
    """Whether two terms of one shape (options: of comparable ones) are equal, part by part."""
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return Scalar(b.eq(left.value, right.value), b.conj((left.defined, right.defined)))
    assert isinstance(left, Compound) and isinstance(right, Compound)
    if isinstance(left.shape, OptionShape):
        return _equal_options(left, right)
    found = [equal(left.fields[key], right.fields[key]) for key, _ in parts(left.shape)]
    return Scalar(b.conj(p.value for p in found), b.conj(p.defined for p in found))


def _equal_options(left: Compound, right: Compound) -> Scalar:
    """Both absent, or both present with equal values."""
    one, other = present(left), present(right)
    value = equal(left.fields[VALUE], right.fields[VALUE])
    same = b.conj((b.eq(one.value, other.value), b.implies(one.value, value.value)))
    return Scalar(same, b.conj((one.defined, other.defined, value.defined)))


# --- Options -----------------------------------------------------------------------------------------


def present(option: Compound) -> Scalar:
    """Whether an option has a value."""
    part = option.fields[PRESENT]
    assert isinstance(part, Scalar)
    return part


def option(shape: OptionShape, has: Scalar, value: Term) -> Compound:
    """An option that has a value where `has` says so; elsewhere the first value stands for it."""
    kept = choose(Scalar(has.value), value, first_value(shape.element))
    return Compound(shape, {PRESENT: has, VALUE: kept})


def with_value(option: Compound, value: Term) -> Compound:
    """An option with another value in place of its own."""
    return Compound(OptionShape(value.shape), {PRESENT: present(option), VALUE: value})


def some(term: Term) -> Compound:
    """A term as an option that has it as its value."""
    if isinstance(term, Compound) and isinstance(term.shape, OptionShape):
        return term
    return Compound(OptionShape(term.shape), {PRESENT: Scalar(TRUE), VALUE: term})


def nothing(shape: OptionShape) -> Compound:
    """`none` as an option of a type."""
    return Compound(shape, {PRESENT: Scalar(FALSE), VALUE: first_value(shape.element)})


def plain(term: Term) -> Term:
    """An option read as a value, undefined where it is `none`; anything else as it is."""
    if not isinstance(term, Compound) or not isinstance(term.shape, OptionShape):
        return term
    has = present(term)
    return requiring(term.fields[VALUE], b.conj((has.defined, has.value)))


# --- Arrays ------------------------------------------------------------------------------------------


def within(index: Scalar, lo: int, hi: int) -> Expr:
    """Whether an index is defined and lies within its bounds."""
    return b.conj((index.defined, b.le(b.integer(lo), index.value), b.le(index.value, b.integer(hi))))


def hits(index: Expr, lo: int, hi: int) -> list[tuple[int, Expr]]:
    """The positions lo..hi that an index can have, each with the condition that it has it; not empty."""
    least, most = bounds(index.sort)
    possible = [k for k in range(lo, hi + 1) if least <= k <= most] or [lo]
    return [(k, b.eq(index, b.integer(k))) for k in possible]


def element(array: Compound, index: Scalar) -> Term:
    """`a[i]`, undefined where the index is out of bounds."""
    shape = array.shape
    assert isinstance(shape, ArrayShape)
    cases = [(hit, array.fields[f"[{k}]"]) for k, hit in hits(index.value, shape.lo, shape.hi)]
    return requiring(select(cases), within(index, shape.lo, shape.hi))
