"""Expressions as text of another language: one table from operators to text for each.

Every application is parenthesised, so that no rule of precedence matters. Numbers are mathematical
integers; `extents` says how large they get.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from tcpverify.ir.expr import Apply, BoolSort, Const, EnumSort, Expr, Op, Scope, SeqSort, Var, bounds, is_true
from tcpverify.ir.system import KIND
from tcpverify.records import record

Operator: TypeAlias = Callable[[Apply, Sequence[str]], str]
Reads: TypeAlias = Callable[[Var], str]
"""The text of a variable."""
Counted: TypeAlias = Callable[[Reads], str] | None
"""The text of a predicate, given how the FIELD variables of the segment are read; None: always true."""


@record
class Dialect:
    """How a language writes operators and Booleans. `as_number`: 1 or 0 of a Boolean; `as_boolean`: of
    a number that is 0 or 1, whether it is 1."""

    operators: Mapping[Op, Operator]
    true: str
    false: str
    as_number: Callable[[str], str]
    as_boolean: Callable[[str], str]

    def apply(self, op: Op, *operands: str) -> str:
        """A connective of texts; only for operators that look at no sort."""
        return self.operators[op](_BARE, operands)


@record
class Writer:
    """Writes expressions. `reads`: how variables are read; `constants`: names of enumerators and kinds
    (`kinds`); `count`: how many segments of a channel satisfy a predicate."""

    dialect: Dialect
    reads: Reads
    count: Callable[[int, Counted], str]
    enumerators: Mapping[EnumSort, Sequence[str]]
    kinds: Mapping[int, str]

    def write(self, expr: Expr) -> str:
        """The text of an expression."""
        match expr:
            case Const(value, BoolSort()):
                return self.dialect.true if value else self.dialect.false
            case Const(value, EnumSort() as sort) if sort in self.enumerators:
                return self.enumerators[sort][value]
            case Const(value):
                return integer(value)
            case Var():
                return self.reads(expr)
            case Apply(Op.IN_FLIGHT as op, (Const(channel), predicate)):
                counted = None if is_true(predicate) else self._counted(predicate)
                return self.dialect.operators[op](expr, [self.count(channel, counted)])
            case Apply(Op.EQ as op, (Var(Scope.FIELD, name) as kind, Const(value))) if name == KIND:
                return self.dialect.operators[op](expr, [self.reads(kind), self.kinds[value]])
            case Apply(op, args):
                return self.dialect.operators[op](expr, [self.write(a) for a in args])

    def over(self, fields: Reads) -> Writer:
        """The same with another segment to look at."""
        reads = self.reads
        return replace(self, reads=lambda v: fields(v) if v.scope is Scope.FIELD else reads(v))

    def _counted(self, predicate: Expr) -> Counted:
        return lambda fields: self.over(fields).write(predicate)


def integer(value: int) -> str:
    """A number as every one of the languages writes it."""
    return str(int(value)) if value >= 0 else f"({int(value)})"


# --- Operators -------------------------------------------------------------------------------------


def _infix(sign: str) -> Operator:
    return lambda _, a: "(" + f" {sign} ".join(a) + ")"


def _modulus(e: Apply) -> int:
    return next(s.modulus for s in (e.sort, e.args[0].sort) if isinstance(s, SeqSort))


def _reduce(value: str, modulus: int, lo: int, hi: int, floors: bool) -> str:
    """`value mod modulus` of a value in `lo..hi`; `floors`: the language's `%` rounds down."""
    if lo >= 0 and hi < modulus:
        return value
    if lo >= 0 or floors:
        return f"({value} % {modulus})"
    if lo >= -modulus:
        return f"(({value} + {modulus}) % {modulus})"
    return f"((({value} % {modulus}) + {modulus}) % {modulus})"


def _sequence(floors: bool) -> Mapping[Op, Operator]:
    """Circular arithmetic, from `+`, `-`, `<` and `%`."""

    def wrap(e: Apply, a: Sequence[str]) -> str:
        return _reduce(a[0], _modulus(e), *bounds(e.args[0].sort), floors)

    def add(e: Apply, a: Sequence[str]) -> str:
        (lo, hi), n = bounds(e.args[1].sort), _modulus(e)
        return _reduce(f"({a[0]} + {a[1]})", n, lo, n - 1 + hi, floors)

    def distance(e: Apply, a: Sequence[str]) -> str:
        n = _modulus(e)
        return _reduce(f"({a[0]} - {a[1]})", n, 1 - n, n - 1, floors)

    def less(e: Apply, a: Sequence[str]) -> str:
        """`b - a` is one of 1 .. (n-1)/2 exactly if `b - a - 1` is less than that: each written once."""
        n = _modulus(e)
        return f"({_reduce(f'({a[1]} - {a[0]} - 1)', n, -n, n - 2, floors)} < {(n - 1) // 2})"

    return {Op.WRAP: wrap, Op.SEQ_ADD: add, Op.DISTANCE: distance, Op.SEQ_LT: less}


def _division(sign: str, function: str) -> Operator:
    """A division that rounds towards zero where that is rounding down, else a function of our own."""

    def divide(e: Apply, a: Sequence[str]) -> str:
        simple = bounds(e.args[0].sort)[0] >= 0 and bounds(e.args[1].sort)[0] > 0
        return f"({a[0]} {sign} {a[1]})" if simple else f"{function}({a[0]}, {a[1]})"

    return divide


_SHARED: Mapping[Op, Operator] = {
    Op.LT: _infix("<"),
    Op.LE: _infix("<="),
    Op.NEG: lambda _, a: f"(0 - {a[0]})",
    Op.ADD: _infix("+"),
    Op.SUB: _infix("-"),
    Op.MUL: _infix("*"),
    Op.INT: lambda _, a: a[0],
    Op.IN_FLIGHT: lambda _, a: a[0],
}
"""What all three languages write alike; of IN_FLIGHT the operand is the count."""

_BARE = Apply(Op.AND, (), BoolSort())
"""Stands for the node where an operator does not look at it."""

PROMELA = Dialect(
    {
        **_SHARED,
        **_sequence(floors=False),
        Op.NOT: lambda _, a: f"(!{a[0]})",
        Op.AND: _infix("&&"),
        Op.OR: _infix("||"),
        Op.IMPLIES: lambda _, a: f"(!{a[0]} || {a[1]})",
        Op.ITE: lambda _, a: f"({a[0]} -> {a[1]} : {a[2]})",
        Op.EQ: _infix("=="),
        Op.DIV: _division("/", "FLOOR_DIV"),
        Op.MOD: _division("%", "FLOOR_MOD"),
    },
    "true", "false", lambda t: t, lambda t: f"({t} != 0)",
)  # fmt: skip

MURPHI = Dialect(
    {
        **_SHARED,
        **_sequence(floors=False),
        Op.NOT: lambda _, a: f"(!{a[0]})",
        Op.AND: _infix("&"),
        Op.OR: _infix("|"),
        Op.IMPLIES: _infix("->"),
        Op.ITE: lambda _, a: f"({a[0]} ? {a[1]} : {a[2]})",
        Op.EQ: _infix("="),
        Op.DIV: _division("/", "floor_div"),
        Op.MOD: _division("%", "floor_mod"),
    },
    "true", "false", lambda t: f"({t} ? 1 : 0)", lambda t: f"({t} != 0)",
)  # fmt: skip

TLA = Dialect(
    {
        **_SHARED,
        **_sequence(floors=True),
        Op.NOT: lambda _, a: f"(~{a[0]})",
        Op.AND: _infix("/\\"),
        Op.OR: _infix("\\/"),
        Op.IMPLIES: _infix("=>"),
        Op.ITE: lambda _, a: f"(IF {a[0]} THEN {a[1]} ELSE {a[2]})",
        Op.EQ: _infix("="),
        Op.DIV: _division("\\div", "FloorDiv"),
        Op.MOD: _division("%", "FloorMod"),
    },
    "TRUE", "FALSE", lambda t: f"(IF {t} THEN 1 ELSE 0)", lambda t: f"({t} # 0)",
)  # fmt: skip
