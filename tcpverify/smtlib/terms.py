"""Expressions as SMT-LIB terms: one table from operators to functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from tcpverify.ir.expr import Apply, Const, Expr, Op, Scope, SeqSort, Var, bounds
from tcpverify.ir.system import KIND
from tcpverify.records import record
from tcpverify.smtlib.numbers import Numbers
from tcpverify.smtlib.text import call, conjunction, negation

SHARED = 6
"""Nodes from which on an expression that occurs again is named."""

WRITTEN_OUT = frozenset({Op.IN_FLIGHT, Op.DISTANCE, Op.INT})
"""What is not named: a count is part of a test, and of numbers as bits the bits are compared."""


class Inexpressible(Exception):
    """What these terms cannot say; the argument says what."""


@record
class Context:
    """What an expression is written over: the terms of its variables; whether the segment at hand is of
    a kind; and for a channel (by index) and a predicate over FIELD variables the term that says that no
    segment in it satisfies the predicate."""

    numbers: Numbers
    variable: Callable[[Var], str]
    is_kind: Callable[[int], str]
    none_in_flight: Callable[[int, Expr], str]


def term(expr: Expr, context: Context) -> str:
    """The term of an expression; what it shares is bound by `let`.

    Raises:
        Inexpressible: it counts segments other than to tell none from some.
    """
    return _Writer(context).write(expr)


class _Writer:
    """Writes one expression: `names` of the nodes bound so far, by identity."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._names: dict[int, str] = {}
        self._bound: list[tuple[str, str]] = []

    def write(self, root: Expr) -> str:
        for node in _shared(root):
            text = self._term(node)
            self._names[id(node)] = f"?{len(self._bound)}"
            self._bound.append((f"?{len(self._bound)}", text))
        text = self._term(root)
        for name, value in reversed(self._bound):
            text = f"(let (({name} {value})) {text})"
        return text

    def _term(self, e: Expr) -> str:
        name = self._names.get(id(e))
        if name is not None:
            return name
        match e:
            case Const(value, sort):
                return self._context.numbers.value(value, sort)
            case Var():
                return self._context.variable(e)
            case Apply(Op.EQ, (Var(Scope.FIELD, name=n), Const(kind))) if n == KIND:
                return self._context.is_kind(kind)
            case Apply(op, args):
                empty = emptiness(e)
                if empty is not None:
                    return self._in_flight(*empty)
                if op is Op.IN_FLIGHT:
                    raise Inexpressible(
                        "it counts segments in flight, of which a set says only whether there are some"
                    )
                return OPERATORS[op](self._context.numbers, e, [self._term(a) for a in args])

    def _in_flight(self, channel: int, predicate: Expr, some: bool) -> str:
        none = self._context.none_in_flight(channel, predicate)
        return negation(none) if some else none


def _shared(root: Expr) -> list[Expr]:
    """The nodes worth a name that occur more than once, each after those in it; predicates over segments
    in flight are not looked into."""
    seen: dict[int, int] = {}
    order: list[Apply] = []
    todo: list[tuple[Expr, bool]] = [(root, False)]
    while todo:
        e, done = todo.pop()
        if done and isinstance(e, Apply):
            order.append(e)
            continue
        seen[id(e)] = seen.get(id(e), 0) + 1
        if isinstance(e, Apply) and seen[id(e)] == 1:
            todo.append((e, True))
            if e.op is not Op.IN_FLIGHT and emptiness(e) is None:
                todo.extend((a, False) for a in e.args)
    return [e for e in order if seen[id(e)] > 1 and e.size >= SHARED and e.op not in WRITTEN_OUT]


def emptiness(e: Apply) -> tuple[int, Expr, bool] | None:
    """Channel, predicate, and whether some segment is (or none) in flight, of a test that says so."""
    match e:
        case Apply(Op.EQ, (Apply(Op.IN_FLIGHT, (Const(channel), p)), Const(0))):
            return channel, p, False
        case Apply(Op.EQ, (Const(0), Apply(Op.IN_FLIGHT, (Const(channel), p)))):
            return channel, p, False
        case Apply(Op.LE, (Apply(Op.IN_FLIGHT, (Const(channel), p)), Const(0))):
            return channel, p, False
        case Apply(Op.LT, (Const(0), Apply(Op.IN_FLIGHT, (Const(channel), p)))):
            return channel, p, True
        case Apply(Op.LE, (Const(1), Apply(Op.IN_FLIGHT, (Const(channel), p)))):
            return channel, p, True
        case _:
            return None


# --- Operators -------------------------------------------------------------------------------------

Operator: TypeAlias = Callable[[Numbers, Apply, Sequence[str]], str]


def _plain(name: str) -> Operator:
    return lambda _, __, a: call(name, *a)


def _modulus(e: Apply) -> SeqSort:
    return next(s for s in (e.sort, e.args[0].sort) if isinstance(s, SeqSort))


def _compare(name: str, of_bits: str) -> Operator:
    """A comparison of integers; of two distances, or a distance and a number, as bit-vectors."""

    def compare(numbers: Numbers, e: Apply, a: Sequence[str]) -> str:
        sides = [_distance_bits(numbers, x) for x in e.args]
        bits = next((b for b in sides if b is not None), None)
        if bits is None or not all(
            b == bits or _is_small(x, bits) for b, x in zip(sides, e.args, strict=True)
        ):
            return call(name, *a)
        return call(of_bits, *(_as_bits(numbers, x, t, bits) for x, t in zip(e.args, a, strict=True)))

    return compare


def _distance_bits(numbers: Numbers, e: Expr) -> int | None:
    return numbers.bits(_modulus(e)) if isinstance(e, Apply) and e.op in (Op.DISTANCE, Op.INT) else None


def _is_small(e: Expr, bits: int) -> bool:
    return isinstance(e, Const) and 0 <= e.value < 1 << bits


def _as_bits(numbers: Numbers, e: Expr, text: str, bits: int) -> str:
    """A distance or number as a bit-vector: what stands in `(bv2nat ...)`."""
    if isinstance(e, Const):
        return numbers.value(e.value, SeqSort(1 << bits))
    return text.removeprefix("(bv2nat ").removesuffix(")")


def _wrap(numbers: Numbers, e: Apply, a: Sequence[str]) -> str:
    sort, bits = _modulus(e), numbers.bits(_modulus(e))
    if isinstance(e.args[0], Const):
        value = e.args[0].value
        return numbers.value(value % sort.modulus if numbers.exact else value, sort)
    if bits is not None:
        return call(f"(_ int2bv {bits})", a[0])
    lo, hi = bounds(e.args[0].sort)
    inside = lo >= 0 and hi < sort.modulus
    return a[0] if inside or not numbers.exact else call("mod", a[0], str(sort.modulus))


def _seq_add(numbers: Numbers, e: Apply, a: Sequence[str]) -> str:
    sort, bits = _modulus(e), numbers.bits(_modulus(e))
    if bits is None:
        total = call("+", *a)
        return call("mod", total, str(sort.modulus)) if numbers.exact else total
    n = e.args[1]
    more = numbers.value(n.value, sort) if isinstance(n, Const) else call(f"(_ int2bv {bits})", a[1])
    return call("bvadd", a[0], more)


def _distance(numbers: Numbers, e: Apply, a: Sequence[str]) -> str:
    if numbers.bits(_modulus(e)) is not None:
        return call("bv2nat", call("bvsub", *a))
    apart = call("-", *a)
    return call("mod", apart, str(_modulus(e).modulus)) if numbers.exact else apart


def _seq_lt(numbers: Numbers, e: Apply, a: Sequence[str]) -> str:
    """At a distance from 1 to less than half the modulus."""
    sort, bits = _modulus(e), numbers.bits(_modulus(e))
    if not numbers.exact:
        return call("<", *a)
    most = (sort.modulus - 1) // 2
    if bits is None:
        apart = call("mod", call("-", a[1], a[0]), str(sort.modulus))
        return conjunction([call("<", "0", apart), call("<=", apart, str(most))])
    near = call("bvule", call("bvsub", a[1], a[0]), numbers.value(most, sort))
    return conjunction([negation(call("=", *a)), near])


def _int(numbers: Numbers, e: Apply, a: Sequence[str]) -> str:
    return a[0] if numbers.bits(_modulus(e)) is None else call("bv2nat", a[0])


def _floor(_: Numbers, e: Apply, a: Sequence[str]) -> str:
    """Rounding down; SMT-LIB's `div` does so for divisors above 0."""
    x, y = a
    if bounds(e.args[1].sort)[0] > 0:
        return call("div", x, y)
    below = call("div", call("-", x), call("-", y))
    return call("ite", call("=", y, "0"), "0", call("ite", call("<", "0", y), call("div", x, y), below))


def _mod(numbers: Numbers, e: Apply, a: Sequence[str]) -> str:
    if bounds(e.args[1].sort)[0] > 0:
        return call("mod", *a)
    rest = call("-", a[0], call("*", a[1], _floor(numbers, e, a)))
    return call("ite", call("=", a[1], "0"), "0", rest)


def _no_count(_: Numbers, __: Apply, ___: Sequence[str]) -> str:
    raise Inexpressible("it counts segments in flight")


OPERATORS: Mapping[Op, Operator] = {
    Op.NOT: lambda _, __, a: negation(a[0]),
    Op.AND: lambda _, __, a: conjunction(a),
    Op.OR: _plain("or"),
    Op.IMPLIES: _plain("=>"),
    Op.ITE: _plain("ite"),
    Op.EQ: _compare("=", "="),
    Op.LT: _compare("<", "bvult"),
    Op.LE: _compare("<=", "bvule"),
    Op.NEG: _plain("-"),
    Op.ADD: _plain("+"),
    Op.SUB: _plain("-"),
    Op.MUL: _plain("*"),
    Op.DIV: _floor,
    Op.MOD: _mod,
    Op.WRAP: _wrap,
    Op.INT: _int,
    Op.SEQ_ADD: _seq_add,
    Op.DISTANCE: _distance,
    Op.SEQ_LT: _seq_lt,
    Op.IN_FLIGHT: _no_count,
}
"""What each operator is, given how numbers are written and the terms of its operands."""
