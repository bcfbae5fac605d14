"""Sorts and expressions: the one language in which guards, updates and properties are stated.

Operators are total: what is undefined in the model (a division by zero, a value outside its range)
is stated beside an expression as a condition of its own, so every engine agrees on every value.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum, auto
from typing import TypeAlias

from tcpverify.records import record

# --- Sorts ---------------------------------------------------------------------------------------


@record
class BoolSort:
    def __str__(self) -> str:
        return "bool"


@record
class IntSort:
    """The integers `lo` to `hi`, both included; of an expression: bounds that it cannot leave."""

    lo: int
    hi: int

    def __str__(self) -> str:
        return f"{self.lo}..{self.hi}"


@record
class EnumSort:
    """An enumeration; its values are the positions 0, 1, ... of its enumerators."""

    name: str
    enumerators: tuple[str, ...]

    def __str__(self) -> str:
        return self.name or "{ " + ", ".join(self.enumerators) + " }"


@record
class SeqSort:
    """Circular sequence numbers 0 .. modulus - 1 (RFC 9293 section 3.4, RFC 1982)."""

    modulus: int

    def __str__(self) -> str:
        return f"seqno mod {self.modulus}"


Sort: TypeAlias = BoolSort | IntSort | EnumSort | SeqSort
BOOL = BoolSort()


def bounds(sort: Sort) -> tuple[int, int]:
    """The least and the greatest value of a sort, Booleans counted as 0 and 1."""
    match sort:
        case BoolSort():
            return 0, 1
        case IntSort(lo, hi):
            return lo, hi
        case EnumSort(_, enumerators):
            return 0, len(enumerators) - 1
        case SeqSort(modulus):
            return 0, modulus - 1


def cardinality(sort: Sort) -> int:
    """How many values a sort has."""
    lo, hi = bounds(sort)
    return hi - lo + 1


def values_of(sort: Sort) -> range | tuple[bool, bool]:
    """All values of a sort, least first."""
    if isinstance(sort, BoolSort):
        return (False, True)
    lo, hi = bounds(sort)
    return range(lo, hi + 1)


def show_value(value: int, sort: Sort) -> str:
    """A value as a spec writes it."""
    match sort:
        case BoolSort():
            return "true" if value else "false"
        case EnumSort(_, enumerators):
            return enumerators[value]
        case _:
            return str(value)


# --- Expressions -----------------------------------------------------------------------------------


class Op(Enum):
    """Every operator; each back end is one table from these to functions."""

    NOT = auto()
    AND = auto()
    """Two operands or more."""
    OR = auto()
    """Two operands or more."""
    IMPLIES = auto()
    ITE = auto()
    """condition, value if true, value if false (of one sort)"""
    EQ = auto()
    """Two operands of one sort, or two integers; on Booleans it is `<=>`."""
    LT = auto()
    """Integers."""
    LE = auto()
    """Integers."""
    NEG = auto()
    ADD = auto()
    SUB = auto()
    MUL = auto()
    DIV = auto()
    """Rounds down; 0 when the divisor is 0 (the model errs there by a condition of its own)."""
    MOD = auto()
    """`a - b * floor(a / b)`; 0 when the divisor is 0."""
    WRAP = auto()
    """An integer taken mod N, N the modulus of the result's sort."""
    INT = auto()
    """A sequence number as a plain integer."""
    SEQ_ADD = auto()
    """A sequence number and an integer: the sum mod N."""
    DISTANCE = auto()
    """`(a - b) mod N` of two sequence numbers, an integer 0 .. N-1."""
    SEQ_LT = auto()
    """`0 < (b - a) mod N < N/2` (RFC 1982: at distance N/2 neither is less)."""
    IN_FLIGHT = auto()
    """A constant channel index and a predicate over FIELD variables: how many segments satisfy it."""


class Scope(Enum):
    """Where a variable's value comes from."""

    STATE = auto()
    NEXT = auto()
    """The state after the step; only in `always step`."""
    CHOICE = auto()
    FIELD = auto()
    """A field of the segment that the action takes or a count looks at; `KIND` is its kind."""
    EVENT = auto()
    """Whether the step did what an `event(...)` asks for; only in `always step`."""


Value: TypeAlias = int
"""A Boolean, an integer, the position of an enumerator, or a sequence number."""


@record(eq=False)
class Const:
    """A value of a sort."""

    value: Value
    sort: Sort

    @property
    def size(self) -> int:
        return 1


@record(eq=False)
class Var:
    """A variable of a scope, by name."""

    scope: Scope
    name: str
    sort: Sort

    @property
    def size(self) -> int:
        return 1


@record(eq=False)
class Apply:
    """An operator on arguments; compared by identity, because structural hashing of shared
    trees is exponential. `size` counts nodes as a tree, shared ones every time."""

    op: Op
    args: tuple[Expr, ...]
    sort: Sort
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", 1 + sum([a.size for a in self.args]))


Expr: TypeAlias = Const | Var | Apply

TRUE = Const(True, BOOL)
FALSE = Const(False, BOOL)

CORRUPT_KIND = -1
"""The kind of a garbled segment."""


def is_true(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value is True


def is_false(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value is False


def mentions(expr: Expr, scope: Scope, name: str | None = None) -> bool:
    """Whether an expression reads a variable of a scope (with that name); shared parts are looked at once."""
    seen: set[int] = set()
    stack: list[Expr] = [expr]
    while stack:
        e = stack.pop()
        if isinstance(e, Var) and e.scope is scope and name in (None, e.name):
            return True
        if isinstance(e, Apply) and id(e) not in seen:
            seen.add(id(e))
            stack.extend(e.args)
    return False


def variables(expr: Expr) -> list[Var]:
    """The variables that an expression reads, in no order, one perhaps several times."""
    found: list[Var] = []
    seen: set[int] = set()
    stack: list[Expr] = [expr]
    while stack:
        e = stack.pop()
        if id(e) in seen:
            continue
        seen.add(id(e))
        if isinstance(e, Var):
            found.append(e)
        elif isinstance(e, Apply):
            stack.extend(e.args)
    return found
