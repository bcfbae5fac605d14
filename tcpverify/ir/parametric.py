"""Systems whose durations are expressions over parameters without a value, in dense time.

What a parametric system means. `system` says what may be done and in which order, and nothing of time: its
timers may fire whenever they run, its channels keep for ever what was sent into them (`Channel.memory`),
so that anything sent arrives any number of times, in any order, or never. Each of its variables of
`VariableKind.CLOCK` holds which wait its timer began last. Time is a real number, 0 at the start, that
passes between steps (any amount of it) and not in them. Of the runs of `system` those are possible for
which, the parameters being any positive numbers,

- a segment is received only while it lives: if its content was last sent at `s` over a channel with lifetime
  `L`, before `s + L`. The newest copy outlives all others of its content, so this is exact for a network that
  loses, duplicates and reorders without limit;
- a timer with a wait `W` that (last) began to wait at `s` fires at `s + W`, and time does not pass that
  instant before it has fired, or been stopped or started again. Other steps come at any time, and steps of
  one instant in any order.

Beside the discrete time of the language (docs/language.md, "Time") two things differ. What happens between
two ticks is possible here. And a segment is gone at the very end of its life, where a discrete one may still
arrive before the timers of that instant fire; here it may as well have arrived just before, and all that
follows from it a little earlier. So with whole numbers for the parameters the verdicts are the same, but
where the order of two timers that fire at one instant matters and one of them was started by a segment that
came at the very end of its life: dense time has not both orders.

Timed automata with parameters: Alur, Henzinger, Vardi, Parametric real-time reasoning (1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Apply, Const, Expr, Op, Scope, Var
from tcpverify.ir.system import System
from tcpverify.records import record


@record
class Linear:
    """`constant` plus the sum of `coefficients` times parameters, one for each parameter in order."""

    constant: int
    coefficients: tuple[int, ...]

    @property
    def is_constant(self) -> bool:
        return not any(self.coefficients)

    def at(self, values: Sequence[Fraction]) -> Fraction:
        """Its value with these values of the parameters."""
        terms = (c * v for c, v in zip(self.coefficients, values, strict=True))
        return sum(terms, Fraction(self.constant))


@record
class Waits:
    """What a timer (by index) waits after 0, 1, 2, ... firings, the last for all that follow. `began`: the
    index of the variable whose updates say that it begins to wait: all but those that leave it as it is."""

    timer: int
    began: int
    waits: tuple[Linear, ...]


@record
class Parametric:
    """A system with durations: `timers`, those that have one; `lifetimes`, one a channel (None: for ever)."""

    system: System
    parameters: tuple[str, ...]
    timers: tuple[Waits, ...]
    lifetimes: tuple[Linear | None, ...]


def linear(expr: Expr, parameters: Sequence[str]) -> Linear | None:
    """An expression over numbers and parameters (STATE variables of their names) as a linear one; None if
    it is none."""
    match expr:
        case Const(value):
            return Linear(int(value), (0,) * len(parameters))
        case Var(Scope.STATE, name) if name in parameters:
            return Linear(0, tuple(int(p == name) for p in parameters))
        case Apply(op, args) if op in (Op.ADD, Op.SUB, Op.NEG, Op.MUL):
            found = [linear(a, parameters) for a in args]
            return _combined(op, [f for f in found if f is not None]) if None not in found else None
        case _:
            return None


def _combined(op: Op, parts: list[Linear]) -> Linear | None:
    match op, parts:
        case Op.ADD, [x, y]:
            return Linear(
                x.constant + y.constant,
                tuple(a + c for a, c in zip(x.coefficients, y.coefficients, strict=True)),
            )
        case Op.SUB, [x, y]:
            return _combined(Op.ADD, [x, scaled(y, -1)])
        case Op.NEG, [x]:
            return scaled(x, -1)
        case Op.MUL, [x, y] if x.is_constant:
            return scaled(y, x.constant)
        case Op.MUL, [x, y] if y.is_constant:
            return scaled(x, y.constant)
        case _:
            return None


def scaled(x: Linear, factor: int) -> Linear:
    """A multiple of a linear expression."""
    return Linear(x.constant * factor, tuple(c * factor for c in x.coefficients))


# --- Conditions on parameters ------------------------------------------------------------------------


@record
class Bound:
    """`0 <= linear`, or `0 < linear` if it is `strict`."""

    linear: Linear
    strict: bool

    @property
    def negated(self) -> Bound:
        return Bound(scaled(self.linear, -1), not self.strict)


Condition: TypeAlias = tuple[tuple[Bound, ...], ...]
"""Of each clause one bound at least is kept. `()`: always; with an empty clause: never."""

NEVER: Condition = ((),)


def show_condition(condition: Condition, parameters: Sequence[str]) -> str:
    """A condition as a spec writes it; `true` if it is always met, `none` if never."""
    if any(not clause for clause in condition):
        return "none"
    clauses = [" or ".join(show_bound(bound, parameters) for bound in clause) for clause in condition]
    if len(clauses) > 1:
        clauses = [f"({c})" if " or " in c else c for c in clauses]
    return " and ".join(clauses) or "true"


def show_bound(bound: Bound, parameters: Sequence[str]) -> str:
    """A bound with one of its parameters, the first that stands alone, at the left."""
    terms = [(c, p) for c, p in zip(bound.linear.coefficients, parameters, strict=True) if c]
    head = next((t for t in terms if abs(t[0]) == 1), terms[0])
    sign = 1 if head[0] > 0 else -1
    others = [(c * sign, p) for c, p in terms if p != head[1]]
    constant = bound.linear.constant * sign
    left = [_product(abs(head[0]), head[1]), *(_product(c, p) for c, p in others if c > 0)]
    right = [_product(-c, p) for c, p in others if c < 0]
    if constant:
        (left if constant > 0 else right).append(str(abs(constant)))
    relation = (">" if sign > 0 else "<") + ("" if bound.strict else "=")
    return f"{' + '.join(left)} {relation} {' + '.join(right) or '0'}"


def _product(factor: int, name: str) -> str:
    return name if factor == 1 else f"{factor} * {name}"


def leaves(update: Expr) -> list[tuple[Expr, Expr]]:
    """What an update gives a variable, case by case: conditions that exclude each other and cover
    everything, each with the value there, which is no conditional."""
    if isinstance(update, Apply) and update.op is Op.ITE:
        condition, yes, no = update.args
        first = [(b.conj((condition, c)), v) for c, v in leaves(yes)]
        return first + [(b.conj((b.neg(condition), c)), v) for c, v in leaves(no)]
    return [(TRUE, update)]
