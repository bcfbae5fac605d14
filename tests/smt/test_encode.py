"""The value of an expression in z3 is its value in the interpreter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcpverify.ir import build as b
from tcpverify.ir.evaluate import compile_expr
from tcpverify.ir.expr import BOOL, Apply, BoolSort, Const, Expr, IntSort, Op, Scope, SeqSort, Sort, Var
from tcpverify.smt.encode import MAX_WIDTH, OPERATORS, Scene, TooWide, nodes, number, width

MODULI = (2, 3, 5, 8, 11, 2**32, 2**32 - 5)
INTS: tuple[tuple[str, Sort], ...] = (
    ("i", IntSort(-5, 9)), ("j", IntSort(0, 7)), ("k", IntSort(-3, -1)), ("one", IntSort(1, 1)),
    ("big", IntSort(-(2**31), 2**31)),
)  # fmt: skip
FLAGS: tuple[tuple[str, Sort], ...] = (("p", BOOL), ("q", BOOL))
SEQS: tuple[tuple[str, Sort], ...] = tuple((f"s{n}{m}", SeqSort(m)) for m in MODULI for n in ("a", "b"))
VARIABLES = (*INTS, *FLAGS, *SEQS)
POSITIONS = {(Scope.STATE, name): i for i, (name, _) in enumerate(VARIABLES)}


def _var(pair: tuple[str, Sort]) -> Var:
    return Var(Scope.STATE, *pair)


def expressions(depth: int, want: str, modulus: int) -> st.SearchStrategy[Expr]:
    """Random expressions that are Booleans, integers or sequence numbers of one modulus."""
    if want == "bool":
        leaves = st.sampled_from([_var(v) for v in FLAGS])
    elif want == "int":
        leaves = st.one_of(st.sampled_from([_var(v) for v in INTS]), st.integers(-9, 9).map(b.integer))
    else:
        leaves = st.sampled_from([_var(v) for v in SEQS if v[1] == SeqSort(modulus)])
    if depth == 0:
        return leaves
    flag, num = expressions(depth - 1, "bool", modulus), expressions(depth - 1, "int", modulus)
    seqs = expressions(depth - 1, "seq", modulus)
    same = expressions(depth - 1, want, modulus)
    either = st.builds(b.ite, flag, same, same)
    if want == "bool":
        several = st.lists(flag, min_size=2, max_size=3)
        pairs: list[Callable[[Expr, Expr], Expr]] = [b.lt, b.le, b.eq]
        return st.one_of(
            *(st.builds(f, num, num) for f in pairs), st.builds(b.seq_lt, seqs, seqs),
            st.builds(b.eq, seqs, seqs), st.builds(b.eq, flag, flag), st.builds(b.neg, flag), either,
            st.builds(b.implies, flag, flag), several.map(b.conj), several.map(b.disj),
        )  # fmt: skip
    if want == "int":
        pairs = [b.add, b.sub, b.mul, b.div, b.mod]
        return st.one_of(
            *(st.builds(f, num, num) for f in pairs), st.builds(b.minus, num), st.builds(b.plain, seqs),
            st.builds(b.distance, seqs, seqs), either,
        )  # fmt: skip
    wrapped = num.map(lambda e: b.wrap(e, modulus))
    return st.one_of(wrapped, st.builds(b.seq_add, seqs, num), either)


def agree(expr: Expr, values: dict[str, int]) -> None:
    """Compare the interpreter's value with z3's, computed from constants."""
    expected = compile_expr(expr, POSITIONS)(tuple(values[n] for n, _ in VARIABLES), (), (), (), ())
    bits = width((), [expr])
    names = {(v.scope, v.name): v.sort for v in nodes(expr) if isinstance(v, Var)}
    bits = max(bits, 4)
    terms = {
        key: z3.BoolVal(bool(values[key[1]])) if isinstance(sort, BoolSort) else number(values[key[1]], bits)
        for key, sort in names.items()
    }
    found = z3.simplify(Scene(bits, terms).term(expr))
    value = z3.is_true(found) if z3.is_bool(found) else found.as_signed_long()
    assert value == expected, (expr, values)


def valuations() -> st.SearchStrategy[dict[str, int]]:
    def values(sort: Sort) -> st.SearchStrategy[int]:
        match sort:
            case IntSort(lo, hi):
                return st.integers(lo, hi)
            case SeqSort(modulus):
                edge = [0, 1, modulus // 2, modulus - 1]
                return st.one_of(st.integers(0, modulus - 1), st.sampled_from(edge))
            case _:
                return st.booleans()

    return st.fixed_dictionaries({name: values(sort) for name, sort in VARIABLES})


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(MODULI), st.sampled_from(["bool", "int", "seq"]), valuations())
def test_values_agree(data: st.DataObject, modulus: int, want: str, values: dict[str, int]) -> None:
    expr = data.draw(expressions(3, want, modulus))
    try:
        width((), [expr])
    except TooWide:
        return
    agree(expr, values)


@pytest.mark.parametrize("op", list(Op))
def test_every_operator_has_a_term(op: Op) -> None:
    assert op in OPERATORS


@pytest.mark.parametrize("x", range(-7, 8))
@pytest.mark.parametrize("y", range(-3, 4))
def test_division_rounds_down_and_is_zero_by_zero(x: int, y: int) -> None:
    values = dict.fromkeys((n for n, _ in VARIABLES), 0) | {"i": x, "big": y}
    i, j = _var(("i", IntSort(-7, 7))), _var(("big", IntSort(-3, 3)))
    agree(b.div(i, j), values)
    agree(b.mod(i, j), values)


@pytest.mark.parametrize("modulus", [1, 2, 3, 4, 7, 8])
def test_sequence_arithmetic_on_all_values(modulus: int) -> None:
    sort = SeqSort(modulus)
    x, y, n = _var(("s", sort)), _var(("t", sort)), _var(("i", IntSort(-20, 20)))
    table = {(Scope.STATE, "s"): 0, (Scope.STATE, "t"): 1, (Scope.STATE, "i"): 2}
    cases = [b.seq_lt(x, y), b.distance(x, y), b.seq_add(x, n), b.wrap(n, modulus)]
    for expr in cases:
        bits = width((), [expr])
        meant = compile_expr(expr, table)
        for u in range(modulus):
            for v in range(modulus) if expr is not cases[3] else (0,):
                for k in (-20, -modulus, -1, 0, 1, modulus - v, 20):
                    if not -20 <= k <= 20:
                        continue
                    terms = {key: number((u, v, k)[i], bits) for key, i in table.items()}
                    found = z3.simplify(Scene(bits, terms).term(expr))
                    value = z3.is_true(found) if z3.is_bool(found) else found.as_signed_long()
                    assert value == meant((u, v, k), (), (), (), ()), (u, v, k)


def test_counting_segments() -> None:
    flag = Var(Scope.FIELD, "M.f", BOOL)
    expr = b.in_flight(0, b.neg(flag), 5)
    slots = [[(z3.BoolVal(used), {(Scope.FIELD, "M.f"): z3.BoolVal(f)}) for used, f in row] for row in
             [[(True, True), (True, False), (False, False), (True, False)]]]  # fmt: skip
    assert z3.simplify(Scene(8, {}, slots).term(expr)).as_long() == 2


def test_shared_nodes_are_encoded_once() -> None:
    expr: Expr = _var(("i", IntSort(-5, 9)))
    for _ in range(60):
        expr = Apply(Op.SUB, (expr, Apply(Op.NEG, (expr,), IntSort(0, 9))), IntSort(0, 9))
    scene = Scene(8, {(Scope.STATE, "i"): z3.BitVec("i", 8)})
    assert scene.term(expr).size() == 8


def test_numbers_too_wide() -> None:
    with pytest.raises(TooWide, match="numbers too wide"):
        width((), [Const(2**MAX_WIDTH, IntSort(0, 2**MAX_WIDTH))])
