"""Types of the surface syntax as sorts and record shapes."""

from __future__ import annotations

from typing import assert_never

from tcpverify.diagnostics import Code, did_you_mean
from tcpverify.ir.expr import BOOL, Const, EnumSort, IntSort, SeqSort, Sort
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions
from tcpverify.lang.elaborate.scope import Abandoned, Scope
from tcpverify.lang.elaborate.terms import (
    ArrayShape,
    OptionShape,
    RecordShape,
    Scalar,
    Shape,
    count,
)

MAX_MODULUS = 2**32
MAX_BOUND = 2**64
MAX_TICKS = 10**6
"""The longest time."""
MAX_FIELDS = 500
MAX_SCALARS = 1000
"""How many scalars an array may be made of."""


def shape_of(type_: s.Type, scope: Scope, inside: tuple[str, ...] = ()) -> Shape:
    """The shape that a type denotes; `inside` guards against a type that contains itself."""
    world = scope.world
    match type_:
        case s.BoolType():
            return BOOL
        case s.RangeType(lo, hi):
            return _range(constant(lo, scope), constant(hi, scope), type_, scope)
        case s.EnumType(enumerators):
            return EnumSort("", tuple(e.text for e in enumerators))
        case s.SeqnoType(modulus):
            n = constant(modulus, scope)
            if not 2 <= n <= MAX_MODULUS:
                world.fail(Code.BAD_TYPE, f"a modulus lies in 2..{MAX_MODULUS}, not {n}", type_.span)
            return SeqSort(n)
        case s.FlagsType(flags):
            return RecordShape("flags", tuple((f.text, BOOL) for f in flags), is_flags=True)
        case s.EndpointType():
            if not world.endpoint_names:
                world.fail(Code.BAD_TYPE, "an endpoint is no fixed value", type_.span)
            return world.endpoint_sort
        case s.NamedType(name):
            return _named(name, scope, inside)
        case s.ArrayType():
            return _array(type_, scope, inside)
        case s.OptionType(element):
            shape = shape_of(element, scope, inside)
            if isinstance(shape, OptionShape):
                world.fail(Code.BAD_TYPE, "an option of an option has no use", type_.span)
            return OptionShape(shape)
        case s.TimeType() | s.SymbolicType(None) | s.SymbolicType(s.TimeType()):
            return IntSort(0, MAX_TICKS)
        case s.SymbolicType():
            raise Abandoned  # reported by lang.support
        case _:
            assert_never(type_)


def scalar_shape(type_: s.Type, scope: Scope) -> Sort:
    """The sort that a type denotes where records are not allowed."""
    shape = shape_of(type_, scope)
    if not isinstance(shape, Sort):
        what = {ArrayShape: "an array", OptionShape: "an option"}.get(
            type(shape), "a record or a set of flags"
        )
        scope.world.fail(Code.BAD_TYPE, f"{what} cannot stand here", type_.span)
    return shape


def constant(e: s.Expression, scope: Scope) -> int:
    """The value of an expression of numbers that is fixed for the instance."""
    term = expressions.elaborate_scalar(e, scope)
    if not isinstance(term.value.sort, IntSort):
        scope.world.fail(Code.TYPE_MISMATCH, f"a number is needed here, not {term.value.sort}", e.span)
    return fixed(term, e, scope)


def fixed(term: Scalar, e: s.Expression, scope: Scope) -> int:
    """The value of a term that must be fixed for the instance."""
    if not isinstance(term.value, Const) or not isinstance(term.defined, Const):
        scope.world.fail(Code.NOT_CONSTANT, "a value fixed before the run is needed here", e.span)
    if not term.defined.value:
        scope.world.fail(Code.OUT_OF_TYPE, "division by zero", e.span)
    return term.value.value


def _array(type_: s.ArrayType, scope: Scope, inside: tuple[str, ...]) -> ArrayShape:
    lo, hi = constant(type_.lo, scope), constant(type_.hi, scope)
    if lo > hi:
        scope.world.fail(Code.BAD_TYPE, f"an array over {lo}..{hi} has no elements", type_.span)
    shape = ArrayShape(lo, hi, shape_of(type_.element, scope, inside))
    if count(shape) > MAX_SCALARS:
        message = f"an array is made of at most {MAX_SCALARS:,} scalars, not {count(shape):,}"
        scope.world.fail(Code.BAD_TYPE, message, type_.span)
    return shape


def _range(lo: int, hi: int, type_: s.RangeType, scope: Scope) -> Sort:
    if lo > hi:
        scope.world.fail(Code.BAD_TYPE, f"the range {lo}..{hi} is empty", type_.span)
    if max(abs(lo), abs(hi)) > MAX_BOUND:
        scope.world.fail(Code.BAD_TYPE, "the bounds of a range lie within 2^64", type_.span)
    return IntSort(lo, hi)


def _named(name: s.Identifier, scope: Scope, inside: tuple[str, ...]) -> Shape:
    program, world = scope.world.program, scope.world
    if name.text in inside:
        world.fail(Code.CYCLIC_DEFINITION, f"type `{name.text}` contains itself", name.span)
    inside = (*inside, name.text)
    declaration = program.types.get(name.text)
    if declaration is not None:
        if isinstance(declaration.type, s.EnumType):
            return EnumSort(name.text, tuple(e.text for e in declaration.type.enumerators))
        return shape_of(declaration.type, scope, inside)
    record = program.records.get(name.text)
    if record is None:
        known = [*program.types, *program.records, "bool"]
        hint = did_you_mean(name.text, known)
        world.fail(Code.UNKNOWN_NAME, f"unknown type `{name.text}`", name.span, hint=hint)
    fields: list[tuple[str, Shape]] = []
    for f in record.fields:
        shape = shape_of(f.type, scope, inside)
        fields.extend((n.text, shape) for n in f.names)
        if sum(count(shape) for _, shape in fields) > MAX_FIELDS:
            world.give_up(f"record `{name.text}` has more than {MAX_FIELDS} fields", record.name.span)
    return RecordShape(name.text, tuple(fields))
