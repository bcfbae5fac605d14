"""The value of an expression: one table from operators to functions, and closures over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, assert_never

from tcpverify.ir.expr import Apply, Const, Expr, Op, Scope, SeqSort, Sort, Value, Var

Message: TypeAlias = tuple[int, ...]
"""The position of its kind in the system's messages (CORRUPT_KIND if garbled), then the values of
its fields, padded with zeros to the width of the widest kind; in a timed network, what it has left
to live."""

Contents: TypeAlias = tuple[tuple[Message, ...], ...]
"""What is in flight, channel by channel: oldest first in a FIFO, sorted in a bag."""

Evaluator: TypeAlias = Callable[
    [tuple[Value, ...], Message, tuple[Value, ...], Contents, tuple[Value, ...]], Value
]
"""A function of (state values, segment, choice values, channel contents, next state values followed
by the values of EVENT variables)."""


Positions: TypeAlias = Mapping[tuple[Scope, str], int]
"""Where the value of every variable stands in the tuples that evaluators read."""


def _wrap(modulus: int) -> Callable[[int], int]:
    return lambda a: a % modulus


def _seq_less(a: int, b: int, modulus: int) -> bool:
    return 0 < 2 * ((b - a) % modulus) < modulus


def meaning(op: Op, sort: Sort, operand_sorts: tuple[Sort, ...]) -> Callable[..., Value]:
    """The function on values that an operator stands for (IN_FLIGHT, which reads channels, has none).

    The operators that short-circuit have here the same values as when they do not.
    """
    match op:
        case Op.NOT:
            return lambda a: not a
        case Op.AND:
            return lambda *a: all(a)
        case Op.OR:
            return lambda *a: any(a)
        case Op.IMPLIES:
            return lambda a, b: bool(not a or b)
        case Op.ITE:
            return lambda c, a, b: a if c else b
        case Op.EQ:
            return lambda a, b: a == b
        case Op.LT:
            return lambda a, b: a < b
        case Op.LE:
            return lambda a, b: a <= b
        case Op.NEG:
            return lambda a: -a
        case Op.ADD:
            return lambda a, b: a + b
        case Op.SUB:
            return lambda a, b: a - b
        case Op.MUL:
            return lambda a, b: a * b
        case Op.DIV:
            return lambda a, b: a // b if b else 0
        case Op.MOD:
            return lambda a, b: a % b if b else 0
        case Op.WRAP:
            assert isinstance(sort, SeqSort)
            return _wrap(sort.modulus)
        case Op.INT:
            return lambda a: a
        case Op.SEQ_ADD:
            assert isinstance(sort, SeqSort)
            modulus = sort.modulus
            return lambda a, n: (a + n) % modulus
        case Op.DISTANCE:
            assert isinstance(operand_sorts[0], SeqSort)
            modulus = operand_sorts[0].modulus
            return lambda a, b: (a - b) % modulus
        case Op.SEQ_LT:
            assert isinstance(operand_sorts[0], SeqSort)
            modulus = operand_sorts[0].modulus
            return lambda a, b: _seq_less(a, b, modulus)
        case Op.IN_FLIGHT:
            raise TypeError("IN_FLIGHT is a function of the channels, not of values")
        case _:
            assert_never(op)


def compile_expr(expr: Expr, positions: Positions) -> Evaluator:
    """A function that evaluates `expr`; `positions` says where each variable's value stands."""
    return Compiler(positions).evaluator(expr)


class Compiler:
    """Makes functions that evaluate expressions over the same variables; of what they share, one."""

    def __init__(self, positions: Positions) -> None:
        self.positions = positions
        self._made: dict[Apply, Evaluator] = {}

    def evaluator(self, expr: Expr) -> Evaluator:
        """A function that evaluates an expression."""
        match expr:
            case Const(value):
                return lambda v, m, c, q, n: value
            case Var(scope, name):
                return _read(scope, self.positions[scope, name])
            case Apply():
                made = self._made.get(expr)
                if made is None:
                    made = self._made[expr] = self._apply(expr)
                return made
            case _:
                assert_never(expr)

    def _apply(self, expr: Apply) -> Evaluator:
        op, args = expr.op, expr.args
        if op is Op.EQ and isinstance(args[1], Const):
            return self._equals(args[0], args[1].value)
        if op is Op.IN_FLIGHT:
            return self._in_flight(args)
        if op in _LAZY:
            return _apply(op, (self.evaluator(args[0]), *map(self._part, args[1:])), expr.sort, args)
        return _apply(op, tuple(map(self.evaluator, args)), expr.sort, args)

    def _part(self, expr: Expr) -> Evaluator:
        """A function that evaluates an operand. Of hundreds of handlers few are ever looked at whole."""
        if expr.size <= LARGE:
            return self.evaluator(expr)
        made: list[Evaluator] = []

        def evaluator(
            v: tuple[Value, ...], m: Message, c: tuple[Value, ...], q: Contents, n: tuple[Value, ...]
        ) -> Value:
            if not made:
                made.append(self.evaluator(expr))
            return made[0](v, m, c, q, n)

        return evaluator

    def _equals(self, expr: Expr, value: Value) -> Evaluator:
        """Whether an expression has a value."""
        if isinstance(expr, Var):
            position = self.positions[expr.scope, expr.name]
            if expr.scope is Scope.STATE:
                return lambda v, m, c, q, n: v[position] == value
            if expr.scope is Scope.FIELD:
                return lambda v, m, c, q, n: m[position] == value
        part = self.evaluator(expr)
        return lambda v, m, c, q, n: part(v, m, c, q, n) == value

    def _in_flight(self, args: tuple[Expr, ...]) -> Evaluator:
        """How many segments of a channel satisfy a predicate."""
        assert isinstance(args[0], Const)
        channel, counted = args[0].value, self.evaluator(args[1])
        return lambda v, m, c, q, n: sum(1 for s in q[channel] if counted(v, s, c, q, n))


_LAZY = (Op.AND, Op.OR, Op.ITE)
"""Operators that do not always need all of their operands."""

LARGE = 12
"""An operand that may not be needed and has more operations is made a function when it is."""


def _read(scope: Scope, position: int) -> Evaluator:
    match scope:
        case Scope.STATE:
            return lambda v, m, c, q, n: v[position]
        case Scope.NEXT | Scope.EVENT:
            return lambda v, m, c, q, n: n[position]
        case Scope.CHOICE:
            return lambda v, m, c, q, n: c[position]
        case Scope.FIELD:
            return lambda v, m, c, q, n: m[position]
        case _:
            assert_never(scope)


def _apply(op: Op, parts: tuple[Evaluator, ...], sort: Sort, args: tuple[Expr, ...]) -> Evaluator:
    """Lazy where laziness saves time; the values are those of `meaning` all the same."""
    if op is Op.AND:
        return _all(parts)
    if op is Op.OR:
        return _any(parts)
    if op is Op.NOT:
        (a,) = parts
        return lambda v, m, c, q, n: not a(v, m, c, q, n)
    if op is Op.ITE:
        condition, yes, no = parts
        return lambda v, m, c, q, n: (yes if condition(v, m, c, q, n) else no)(v, m, c, q, n)
    if op in _PLAIN:
        return _PLAIN[op](*parts)
    function = meaning(op, sort, tuple([a.sort for a in args]))
    match parts:
        case (a,):
            return lambda v, m, c, q, n: function(a(v, m, c, q, n))
        case (a, b):
            return lambda v, m, c, q, n: function(a(v, m, c, q, n), b(v, m, c, q, n))
        case _:
            raise TypeError(f"{op} with {len(parts)} operands")


_PLAIN: Mapping[Op, Callable[[Evaluator, Evaluator], Evaluator]] = {
    Op.EQ: lambda a, b: lambda v, m, c, q, n: a(v, m, c, q, n) == b(v, m, c, q, n),
    Op.LT: lambda a, b: lambda v, m, c, q, n: a(v, m, c, q, n) < b(v, m, c, q, n),
    Op.LE: lambda a, b: lambda v, m, c, q, n: a(v, m, c, q, n) <= b(v, m, c, q, n),
    Op.ADD: lambda a, b: lambda v, m, c, q, n: a(v, m, c, q, n) + b(v, m, c, q, n),
    Op.SUB: lambda a, b: lambda v, m, c, q, n: a(v, m, c, q, n) - b(v, m, c, q, n),
}
"""The most frequent operators with one call less."""


def _all(parts: tuple[Evaluator, ...]) -> Evaluator:
    def evaluator(
        v: tuple[Value, ...], m: Message, c: tuple[Value, ...], q: Contents, n: tuple[Value, ...]
    ) -> bool:
        for part in parts:  # noqa: SIM110 (a generator costs more than the parts)
            if not part(v, m, c, q, n):
                return False
        return True

    return evaluator


def _any(parts: tuple[Evaluator, ...]) -> Evaluator:
    def evaluator(
        v: tuple[Value, ...], m: Message, c: tuple[Value, ...], q: Contents, n: tuple[Value, ...]
    ) -> bool:
        for part in parts:  # noqa: SIM110 (a generator costs more than the parts)
            if part(v, m, c, q, n):
                return True
        return False

    return evaluator
