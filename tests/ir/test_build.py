"""The constructors of expressions: what they build has the value and the bounds it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpverify.ir import build as b
from tcpverify.ir.evaluate import compile_expr, meaning
from tcpverify.ir.expr import (
    BOOL,
    FALSE,
    TRUE,
    Apply,
    Const,
    EnumSort,
    Expr,
    IntSort,
    Op,
    Scope,
    SeqSort,
    Sort,
    Var,
    bounds,
    cardinality,
    is_false,
    is_true,
    show_value,
    values_of,
)

POSITIONS = {(scope, name): i for scope in Scope for i, name in enumerate("abcdef")}
COLOUR = EnumSort("COLOUR", ("red", "green", "blue"))


@dataclass(frozen=True)
class Operand:
    """An operand, as a constant or a variable, and the value that it has."""

    expr: Expr
    value: int


@st.composite
def operand(draw: st.DrawFn, sort: Sort, name: str) -> Operand:
    value = draw(st.sampled_from(list(values_of(sort))))
    expr = Const(value, sort) if draw(st.booleans()) else Var(Scope.STATE, name, sort)
    return Operand(expr, value)


@st.composite
def int_sorts(draw: st.DrawFn) -> IntSort:
    lo = draw(st.integers(-6, 6))
    return IntSort(lo, lo + draw(st.integers(0, 6)))


def value_of(expr: Expr, *operands: Operand) -> int:
    """The value of an expression over STATE variables a, b, c with the values of the operands."""
    found = compile_expr(expr, POSITIONS)(tuple(o.value for o in operands), (), (), (), ())
    lo, hi = bounds(expr.sort)
    assert lo <= found <= hi, f"{found} outside {expr.sort}"
    assert isinstance(found, bool) == (expr.sort == BOOL)
    return found


NAIVE_NUMBERS: dict[Op, tuple[Callable[[Expr, Expr], Expr], Callable[[int, int], int]]] = {
    Op.ADD: (b.add, lambda x, y: x + y),
    Op.SUB: (b.sub, lambda x, y: x - y),
    Op.MUL: (b.mul, lambda x, y: x * y),
    Op.DIV: (b.div, lambda x, y: floor(x / y) if y else 0),
    Op.MOD: (b.mod, lambda x, y: x - y * floor(x / y) if y else 0),
    Op.LT: (b.lt, lambda x, y: x < y),
    Op.LE: (b.le, lambda x, y: x <= y),
    Op.EQ: (b.eq, lambda x, y: x == y),
    Op.NEG: (lambda x, _: b.minus(x), lambda x, _: -x),
    Op.WRAP: (lambda x, _: b.wrap(x, 5), lambda x, _: (x + 500) % 5),
}


@pytest.mark.parametrize("op", NAIVE_NUMBERS)
@given(data=st.data())
def test_numbers(op: Op, data: st.DataObject) -> None:
    make, naive = NAIVE_NUMBERS[op]
    x, y = (data.draw(operand(data.draw(int_sorts()), name)) for name in "ab")
    assert value_of(make(x.expr, y.expr), x, y) == naive(x.value, y.value)


def circular_less(x: int, y: int, modulus: int) -> bool:
    """RFC 1982: some n with 0 < n < N/2 leads from x to y."""
    return any((x + n) % modulus == y for n in range(1, modulus) if 2 * n < modulus)


@given(data=st.data(), modulus=st.integers(1, 7))
def test_sequence_numbers(data: st.DataObject, modulus: int) -> None:
    x, y = (data.draw(operand(SeqSort(modulus), name)) for name in "ab")
    n = data.draw(operand(data.draw(int_sorts()), "c"))
    operands = (x, y, n)
    assert value_of(b.plain(x.expr), *operands) == x.value
    assert value_of(b.seq_add(x.expr, n.expr), *operands) == (x.value + n.value + 10 * modulus) % modulus
    assert value_of(b.distance(x.expr, y.expr), *operands) == (x.value - y.value + modulus) % modulus
    assert value_of(b.seq_lt(x.expr, y.expr), *operands) == circular_less(x.value, y.value, modulus)
    assert value_of(b.eq(x.expr, y.expr), *operands) == (x.value == y.value)


@given(data=st.data())
def test_truth(data: st.DataObject) -> None:
    x, y, z = (data.draw(operand(BOOL, name)) for name in "abc")
    every = (x, y, z)
    assert value_of(b.neg(x.expr), *every) == (not x.value)
    assert value_of(b.neg(b.neg(x.expr)), *every) == x.value
    assert value_of(b.conj([x.expr, y.expr, z.expr]), *every) == (x.value and y.value and z.value)
    assert value_of(b.disj([x.expr, y.expr, z.expr]), *every) == (x.value or y.value or z.value)
    assert value_of(b.conj([x.expr, b.conj([y.expr, z.expr])]), *every) == all(o.value for o in every)
    assert value_of(b.disj([x.expr, b.disj([y.expr, z.expr])]), *every) == any(o.value for o in every)
    assert value_of(b.implies(x.expr, y.expr), *every) == (not x.value or y.value)
    assert value_of(b.eq(x.expr, y.expr), *every) == (x.value == y.value)
    assert value_of(b.ite(x.expr, y.expr, z.expr), *every) == (y.value if x.value else z.value)


@given(data=st.data())
def test_conditional(data: st.DataObject) -> None:
    c = data.draw(operand(BOOL, "a"))
    sort = data.draw(st.sampled_from([COLOUR, SeqSort(4), None]))
    x, y = (data.draw(operand(sort or data.draw(int_sorts()), name)) for name in "bc")
    assert value_of(b.ite(c.expr, x.expr, y.expr), c, x, y) == (x.value if c.value else y.value)
    assert value_of(b.ite(c.expr, x.expr, x.expr), c, x, y) == x.value


@given(data=st.data(), segments=st.lists(st.integers(0, 3), max_size=4))
def test_in_flight(data: st.DataObject, segments: list[int]) -> None:
    kind = Var(Scope.FIELD, "a", IntSort(-1, 3))
    wanted = data.draw(st.integers(-1, 4))
    count = b.in_flight(1, b.eq(kind, b.integer(wanted)), 4)
    contents = ((), tuple((k, 0) for k in segments))
    found = compile_expr(count, POSITIONS)((), (), (), contents, ())
    assert found == segments.count(wanted)
    assert bounds(count.sort)[0] <= found <= bounds(count.sort)[1]


def test_every_operator_is_tested_here() -> None:
    others = {
        Op.NOT, Op.AND, Op.OR, Op.IMPLIES, Op.ITE, Op.INT, Op.SEQ_ADD, Op.DISTANCE, Op.SEQ_LT, Op.IN_FLIGHT,
    }  # fmt: skip
    assert set(NAIVE_NUMBERS) | others == set(Op)


@given(data=st.data(), op=st.sampled_from([Op.AND, Op.OR, Op.IMPLIES, Op.ITE]))
def test_lazy_operators_have_the_values_of_their_functions(data: st.DataObject, op: Op) -> None:
    count = {Op.IMPLIES: 2, Op.ITE: 3}.get(op) or data.draw(st.integers(2, 4))
    values = tuple(data.draw(st.booleans()) for _ in range(count))
    variables = tuple(Var(Scope.STATE, "abcdef"[i], BOOL) for i in range(count))
    lazy = compile_expr(Apply(op, variables, BOOL), POSITIONS)(values, (), (), (), ())
    assert lazy == meaning(op, BOOL, (BOOL,) * count)(*values)


@pytest.mark.parametrize("scope", Scope)
def test_equality_with_a_constant_in_every_scope(scope: Scope) -> None:
    sort = IntSort(0, 3)
    equal = compile_expr(Apply(Op.EQ, (Var(scope, "b", sort), Const(2, sort)), BOOL), POSITIONS)
    places = {Scope.STATE: 0, Scope.FIELD: 1, Scope.CHOICE: 2, Scope.NEXT: 4, Scope.EVENT: 4}
    for value in values_of(sort):
        tuples: list[tuple[int, ...]] = [(2, 2)] * 5
        tuples[places[scope]] = (9, value)
        v, m, c, _, n = tuples
        assert equal(v, m, c, (), n) is (value == 2)


def test_folding() -> None:
    x, flag = Var(Scope.STATE, "a", IntSort(0, 3)), Var(Scope.STATE, "b", BOOL)
    assert is_true(b.le(x, b.integer(3)))
    assert is_false(b.lt(x, b.integer(0)))
    assert is_true(b.eq(x, x))
    assert is_false(b.eq(x, b.integer(4)))
    assert b.eq(flag, TRUE) is flag
    assert b.ite(flag, TRUE, FALSE) is flag
    assert b.conj([]) is TRUE
    assert b.disj([]) is FALSE
    assert b.conj([flag, TRUE]) is flag
    assert b.implies(TRUE, flag) is flag
    assert is_false(b.in_flight(0, FALSE, 3)) is (b.in_flight(0, FALSE, 3).sort == BOOL)
    assert isinstance(b.add(b.integer(2), b.integer(3)), Const)


def test_sorts_do_not_mix() -> None:
    with pytest.raises(TypeError):
        b.eq(Var(Scope.STATE, "a", SeqSort(4)), Var(Scope.STATE, "b", SeqSort(5)))
    with pytest.raises(TypeError):
        b.ite(Var(Scope.STATE, "a", BOOL), b.integer(2), TRUE)


@pytest.mark.parametrize("sort", [BOOL, COLOUR, IntSort(-2, 3), SeqSort(4)])
def test_sorts(sort: Sort) -> None:
    values = list(values_of(sort))
    assert len(values) == cardinality(sort)
    assert (values[0], values[-1]) == bounds(sort)
    assert len({show_value(v, sort) for v in values}) == len(values)


def test_size_counts_shared_nodes_every_time() -> None:
    x: Expr = Var(Scope.STATE, "a", IntSort(0, 1))
    for _ in range(30):
        x = b.add(x, x)
    assert x.size == 2**31 - 1
