"""The surface tree of expressions, types and patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from tcpverify.lang.syntax.base import Identifier, at
from tcpverify.records import record
from tcpverify.source import Span

if TYPE_CHECKING:
    from tcpverify.lang.syntax.monitors import MonitorEvent
    from tcpverify.lang.syntax.networks import EndpointRef


@record
class Number:
    value: int
    span: Span = at()


@record
class Boolean:
    value: bool
    span: Span = at()


@record
class NoneLiteral:
    """`none`, the missing value of an option."""

    span: Span = at()


@record
class Name:
    """A plain name, `self` included."""

    text: str
    span: Span = at()


@record
class Member:
    """`base.member`: a variable of an endpoint, a field of a message or record, `TYPE.name`."""

    base: Expression
    member: Identifier
    span: Span = at()


@record
class Index:
    """`base[index]`."""

    base: Expression
    index: Expression
    span: Span = at()


@record
class Argument:
    """`value` or `name = value`."""

    name: Identifier | None
    value: Expression
    span: Span = at()


@record
class Call:
    """`function(arguments)`: a def, `int(s)`, `running(t)`, or a record with named fields."""

    function: Identifier
    arguments: tuple[Argument, ...]
    span: Span = at()


@record
class Unary:
    operator: Literal["not", "-"]
    operand: Expression
    span: Span = at()


@record
class Binary:
    """Arithmetic (`+ - * / % ^`), comparison (`== != < <= > >=`), `=>` and `<=>`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = at()


@record
class Connective:
    """A chain of `and`, or of `or`, with two operands or more."""

    operator: Literal["and", "or"]
    operands: tuple[Expression, ...]
    span: Span = at()


@record
class Interval:
    """`lo..hi`, both included."""

    lo: Expression
    hi: Expression
    span: Span = at()


@record
class SetLiteral:
    """`{ a, b, 2..4 }`, never empty."""

    elements: tuple[Expression | Interval, ...]
    span: Span = at()


@record
class Window:
    """`[lo, hi)` and its three siblings: a circular window of sequence numbers."""

    lo: Expression
    hi: Expression
    lo_included: bool
    hi_included: bool
    span: Span = at()


@record
class In:
    """`item in collection`; a `Name` as the collection is a state of the endpoint `item`."""

    item: Expression
    collection: SetLiteral | Interval | Window | Name
    span: Span = at()


@record
class Is:
    """`segment is SYN + ACK`."""

    item: Expression
    pattern: Pattern
    span: Span = at()


@record
class Conditional:
    """`if condition then yes else no`."""

    condition: Expression
    yes: Expression
    no: Expression
    span: Span = at()


@record
class Quantified:
    """`all i in lo..hi : body` or `some i in lo..hi : body`."""

    quantifier: Literal["all", "some"]
    variable: Identifier
    interval: Interval
    body: Expression
    span: Span = at()


@record
class Prime:
    """`e'`: the value after the step."""

    operand: Expression
    span: Span = at()


@record
class InFlight:
    """`in_flight(A -> B)` or `in_flight(A -> B : SYN as s when s.seq == 5)`; binder and guard only with a
    pattern."""

    source: EndpointRef
    target: EndpointRef
    pattern: Pattern | None
    binder: Identifier | None = None
    guard: Expression | None = None
    span: Span = at()


@record
class EventTest:
    """`event(A sends SYN)`: whether the step did it."""

    event: MonitorEvent
    span: Span = at()


Expression: TypeAlias = (
    Number | Boolean | NoneLiteral | Name | Member | Index | Call | Unary | Binary | Connective
    | In | Is | Conditional | Quantified | Prime | InFlight | EventTest
)  # fmt: skip


@record
class BoolType:
    span: Span = at()


@record
class RangeType:
    lo: Expression
    hi: Expression
    span: Span = at()


@record
class EnumType:
    """`{ a, b }`; as the body of an `enum` declaration too."""

    enumerators: tuple[Identifier, ...]
    span: Span = at()


@record
class SeqnoType:
    modulus: Expression
    span: Span = at()


@record
class FlagsType:
    flags: tuple[Identifier, ...]
    span: Span = at()


@record
class ArrayType:
    lo: Expression
    hi: Expression
    element: Type
    span: Span = at()


@record
class OptionType:
    element: Type
    span: Span = at()


@record
class EndpointType:
    span: Span = at()


@record
class TimeType:
    """`time`: a parameter that may be left symbolic."""

    span: Span = at()


@record
class SymbolicType:
    """`symbolic` or `symbolic TYPE`: a parameter without a value."""

    element: Type | None
    span: Span = at()


@record
class NamedType:
    name: Identifier
    span: Span = at()


Type: TypeAlias = (
    BoolType | RangeType | EnumType | SeqnoType | FlagsType | ArrayType | OptionType
    | EndpointType | TimeType | SymbolicType | NamedType
)  # fmt: skip


@record
class PatternTerm:
    """`SYN`, `!ACK`, `Segment.SYN`, or a message's name (`message` None, never negated)."""

    name: Identifier
    message: Identifier | None
    negated: bool
    span: Span = at()


@record
class Pattern:
    """A list of terms, `any` (no terms, kind "any") or `corrupt`; `only` makes it exact."""

    terms: tuple[PatternTerm, ...]
    kind: Literal["terms", "only", "any", "corrupt"]
    span: Span = at()


@record
class FieldValue:
    """`field = value` of a sent or preloaded segment."""

    name: Identifier
    value: Expression
    span: Span = at()
