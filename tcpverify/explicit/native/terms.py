"""Expressions as LLVM instructions: one table from operators to them, over the words of a packed state.

A Boolean is an i1, everything else an i64. Every instruction is defined for every operand: nothing
divides by zero and no shift is as wide as its operand, so an expression may be evaluated where its
value is not used (the operators of the IR are total for the same reason).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import assert_never

from tcpverify.explicit.native import queues
from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.layout import Layout, Segments, TooWide
from tcpverify.ir.evaluate import Positions
from tcpverify.ir.expr import Apply, BoolSort, Const, Expr, Op, Scope, SeqSort, Sort, Var, bounds
from tcpverify.ir.interpret import positions
from tcpverify.ir.system import KIND, LIFE, System
from tcpverify.records import record

LARGEST = 1 << 62
"""Values beyond this are left to the interpreter, so that no 64-bit sum or difference overflows."""


@record
class Taken:
    """A segment at hand: as a number, and how it is kept."""

    number: str
    segments: Segments


@record
class Model:
    """What every expression of a system needs: the system, its packing, where fields stand."""

    system: System
    layout: Layout
    positions: Positions
    indices: Mapping[str, int]

    @classmethod
    def of(cls, system: System, packing: Layout) -> Model:
        indices = {variable.name: i for i, variable in enumerate(system.variables)}
        return cls(system, packing, positions(system, ()), indices)


@dataclass(slots=True)
class Terms:
    """The values of expressions at one point of a function: before a step (`words`), over a step
    (`after`), with a segment at hand (`taken`), with choices and events by name.

    A value once computed is used again where it is sure to have been computed: inside the block
    (`block`) that computed it. `known`: by the operation itself, which stays alive so long, or the variable.
    """

    model: Model
    code: Function
    words: Sequence[str]
    after: Sequence[str] = ()
    taken: Taken | None = None
    choices: dict[str, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    known: list[dict[object, str]] = field(default_factory=lambda: [{}])

    @contextmanager
    def block(self) -> Iterator[None]:
        """What is computed in here is forgotten at the end."""
        self.known.append({})
        try:
            yield
        finally:
            self.known.pop()

    @contextmanager
    def taking(self, taken: Taken) -> Iterator[None]:
        """A segment is at hand in here."""
        before, self.taken = self.taken, taken
        with self.block():
            yield
        self.taken = before

    def over(self, after: Sequence[str], events: Mapping[str, str]) -> Terms:
        """The same point, and the state after the step."""
        return replace(self, after=after, events=events, known=[*self.known, {}])

    def value(self, expr: Expr) -> str:
        """The name (or literal) of an expression's value."""
        if isinstance(expr, Const):
            return _literal(expr)
        key: object = (expr.scope, expr.name) if isinstance(expr, Var) else expr
        for known in reversed(self.known):
            if key in known:
                return known[key]
        result = self._variable(expr) if isinstance(expr, Var) else self._apply(expr)
        self.known[-1][key] = result
        return result

    # --- Variables -----------------------------------------------------------------------------

    def _variable(self, var: Var) -> str:
        match var.scope:
            case Scope.STATE:
                return self.variable(self.model.indices[var.name], self.words)
            case Scope.NEXT:
                return self.variable(self.model.indices[var.name], self.after)
            case Scope.CHOICE:
                return self.choices[var.name]
            case Scope.EVENT:
                return self.events[var.name]
            case Scope.FIELD:
                return self._field(var)
            case _:
                assert_never(var.scope)

    def variable(self, index: int, words: Sequence[str]) -> str:
        """The value of a variable of the state in some words."""
        place, lo = self.model.layout.variables[index]
        boolean = isinstance(self.model.system.variables[index].sort, BoolSort)
        if place.bits == 0:
            return _word(bool(lo)) if boolean else str(lo)
        number = self._bits(words[place.word], place.offset, place.bits)
        return self._decoded(number, lo, boolean, place.bits)

    def _field(self, var: Var) -> str:
        if self.taken is None:
            return _word(False) if isinstance(var.sort, BoolSort) else "0"
        number, segments = self.taken.number, self.taken.segments
        if var.name == KIND:
            return self._kind(number, segments)
        if var.name == LIFE:
            return "0" if segments.life is None else self._part(number, segments, 0, segments.life.bits)
        column = segments.columns[self.model.positions[Scope.FIELD, var.name] - 1]
        boolean = isinstance(var.sort, BoolSort)
        if column.bits == 0:
            return _word(bool(column.lo)) if boolean else str(column.lo)
        part = self._part(number, segments, column.offset, column.bits)
        return self._decoded(part, column.lo, boolean, column.bits)

    def kind_code(self, taken: Taken) -> str:
        """The kind of a segment as it is kept: 1 + its position in `kinds`."""
        segments = taken.segments
        return self._part(taken.number, segments, segments.kind_offset, segments.bits - segments.kind_offset)

    def _kind(self, number: str, segments: Segments) -> str:
        code = self.kind_code(Taken(number, segments))
        kinds = segments.kinds
        if not kinds:
            return "0"
        if kinds == tuple(range(kinds[0], kinds[0] + len(kinds))):
            return self.code.do(f"add i64 {code}, {kinds[0] - 1}")
        result = str(kinds[0])
        for position, kind in enumerate(kinds[1:], start=2):
            same = self.code.do(f"icmp eq i64 {code}, {position}")
            result = self.code.do(f"select i1 {same}, i64 {kind}, i64 {result}")
        return result

    def _part(self, number: str, segments: Segments, offset: int, bits: int) -> str:
        kind = queues.segment_type(segments)
        shifted = self.code.do(f"lshr {kind} {number}, {offset}") if offset else number
        narrow = shifted if kind == "i64" else self.code.do(f"trunc {kind} {shifted} to i64")
        return narrow if bits == 64 else self.code.do(f"and i64 {narrow}, {(1 << bits) - 1}")

    def _bits(self, word: str, offset: int, bits: int) -> str:
        shifted = self.code.do(f"lshr i64 {word}, {offset}") if offset else word
        return shifted if offset + bits == 64 else self.code.do(f"and i64 {shifted}, {(1 << bits) - 1}")

    def _decoded(self, number: str, lo: int, boolean: bool, bits: int) -> str:
        if boolean and bits == 1 and lo == 0:
            return self.code.do(f"trunc i64 {number} to i1")
        if boolean:
            return self.code.do(f"icmp ne i64 {number}, {-lo}")
        return self.code.do(f"add i64 {number}, {lo}") if lo else number

    def nonzero(self, number: str) -> str:
        return self.code.do(f"icmp ne i64 {number}, 0")

    # --- Operators -----------------------------------------------------------------------------

    def _apply(self, expr: Apply) -> str:
        for e in (expr, *expr.args):
            _must_fit(e.sort)
        if expr.op is Op.IN_FLIGHT:
            return self._in_flight(expr)
        if expr.op is Op.EQ and (test := self._kind_test(expr)) is not None:
            return test
        return self._operator(expr, [self.value(a) for a in expr.args])

    def _operator(self, expr: Apply, values: list[str]) -> str:
        do, sorts = self.code.do, [a.sort for a in expr.args]
        match expr.op:
            case Op.NOT:
                return do(f"xor i1 {values[0]}, true")
            case Op.AND | Op.OR as op:
                return reduce(lambda a, b: do(f"{op.name.lower()} i1 {a}, {b}"), values)
            case Op.IMPLIES:
                return do(f"or i1 {do(f'xor i1 {values[0]}, true')}, {values[1]}")
            case Op.ITE:
                kind = _type(expr.sort)
                return do(f"select i1 {values[0]}, {kind} {values[1]}, {kind} {values[2]}")
            case Op.EQ:
                return do(f"icmp eq {_type(sorts[0])} {values[0]}, {values[1]}")
            case Op.LT:
                return do(f"icmp slt i64 {values[0]}, {values[1]}")
            case Op.LE:
                return do(f"icmp sle i64 {values[0]}, {values[1]}")
            case Op.NEG:
                return do(f"sub i64 0, {values[0]}")
            case Op.ADD | Op.SUB | Op.MUL as op:
                return do(f"{op.name.lower()} i64 {values[0]}, {values[1]}")
            case Op.DIV | Op.MOD:
                return self._divide(expr.op is Op.DIV, values[0], values[1])
            case Op.INT:
                return values[0]
            case Op.WRAP:
                return self._modulo(values[0], *bounds(sorts[0]), _modulus(expr.sort))
            case Op.SEQ_ADD:
                lo, hi = bounds(sorts[1])
                total = do(f"add i64 {values[0]}, {values[1]}")
                return self._modulo(total, lo, hi + bounds(sorts[0])[1], _modulus(expr.sort))
            case Op.DISTANCE:
                return self._distance(values[0], values[1], _modulus(sorts[0]))
            case Op.SEQ_LT:
                return self._sequence_less(values[0], values[1], _modulus(sorts[0]))
            case Op.IN_FLIGHT:
                raise TypeError("IN_FLIGHT reads channels, not values")
            case _:
                assert_never(expr.op)

    def _divide(self, quotient: bool, a: str, b: str) -> str:
        """Rounded down; 0 by 0 as everything by 0."""
        do = self.code.do
        zero = do(f"icmp eq i64 {b}, 0")
        divisor = do(f"select i1 {zero}, i64 1, i64 {b}")
        rest = do(f"srem i64 {a}, {divisor}")
        wrong = do(f"icmp slt i64 {do(f'xor i64 {rest}, {divisor}')}, 0")
        down = do(f"and i1 {wrong}, {self.nonzero(rest)}")
        if quotient:
            cut = do(f"sdiv i64 {a}, {divisor}")
            result = do(f"sub i64 {cut}, {do(f'zext i1 {down} to i64')}")
        else:
            result = do(f"add i64 {rest}, {do(f'select i1 {down}, i64 {divisor}, i64 0')}")
        return do(f"select i1 {zero}, i64 0, i64 {result}")

    def _modulo(self, a: str, lo: int, hi: int, n: int) -> str:
        """A value of `lo` .. `hi` modulo a constant."""
        do = self.code.do
        if lo >= 0 and hi < n:
            return a
        if n & (n - 1) == 0:
            return do(f"and i64 {a}, {n - 1}")
        if lo >= 0 and hi < 2 * n:
            return do(f"select i1 {do(f'icmp sge i64 {a}, {n}')}, i64 {do(f'sub i64 {a}, {n}')}, i64 {a}")
        if lo >= 0:
            return do(f"urem i64 {a}, {n}")
        rest = a if lo >= -n and hi < n else do(f"srem i64 {a}, {n}")
        below = do(f"icmp slt i64 {rest}, 0")
        return do(f"select i1 {below}, i64 {do(f'add i64 {rest}, {n}')}, i64 {rest}")

    def _distance(self, a: str, b: str, n: int) -> str:
        return self._modulo(self.code.do(f"sub i64 {a}, {b}"), 1 - n, n - 1, n)

    def _sequence_less(self, a: str, b: str, n: int) -> str:
        """`0 < (b - a) mod n < n/2` (RFC 1982)."""
        distance = self._distance(b, a, n)
        ahead = self.code.do(f"icmp slt i64 {distance}, {(n + 1) // 2}")
        return self.code.do(f"and i1 {self.nonzero(distance)}, {ahead}")

    def _kind_test(self, expr: Apply) -> str | None:
        """A comparison of the segment's kind with a constant, without decoding the kind."""
        a, b = expr.args
        if isinstance(a, Const):
            a, b = b, a
        if not (isinstance(a, Var) and isinstance(b, Const) and (a.scope, a.name) == (Scope.FIELD, KIND)):
            return None
        if self.taken is None:
            return None
        kinds = self.taken.segments.kinds
        if b.value not in kinds:
            return _word(False)
        return self.code.do(f"icmp eq i64 {self.kind_code(self.taken)}, {kinds.index(b.value) + 1}")

    def _in_flight(self, expr: Apply) -> str:
        """How many segments of a channel satisfy a predicate."""
        channel, predicate = expr.args
        assert isinstance(channel, Const)
        segments = self.model.layout.channels[channel.value]
        queue = queues.load(self.code, segments, self.words)
        count = "0"
        for position in range(segments.capacity):
            there = queues.reaches(self.code, segments, queue, position)
            number = queues.segment(self.code, segments, queue, position)
            inner = replace(self, taken=Taken(number, segments), known=[{}])
            wanted = self.code.do(f"and i1 {there}, {inner.value(predicate)}")
            count = self.code.do(f"add i64 {count}, {self.code.do(f'zext i1 {wanted} to i64')}")
        return count


def _literal(const: Const) -> str:
    return _word(bool(const.value)) if isinstance(const.sort, BoolSort) else str(int(const.value))


def _word(truth: bool) -> str:
    return "true" if truth else "false"


def _type(sort: Sort) -> str:
    return "i1" if isinstance(sort, BoolSort) else "i64"


def _modulus(sort: Sort) -> int:
    assert isinstance(sort, SeqSort)
    return sort.modulus


def _must_fit(sort: Sort) -> None:
    lo, hi = bounds(sort)
    if lo < -LARGEST or hi > LARGEST:
        raise TooWide(f"a value of {sort} does not fit 64 bits")
