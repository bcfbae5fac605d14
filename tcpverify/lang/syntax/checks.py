"""The surface tree of checks: what to run and which verdict is expected."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tcpverify.lang.syntax.base import Identifier, at
from tcpverify.lang.syntax.expressions import Expression, Interval, SetLiteral
from tcpverify.records import record
from tcpverify.source import Span


@record
class Sweep:
    """`for PARAM in { ... }` or `for PARAM in lo..hi`."""

    param: Identifier
    values: SetLiteral | Interval
    span: Span = at()


@record
class With:
    """`PARAM = VALUE` ("param"), `variant NAME` or `adversary NAME` of a `run` line."""

    kind: Literal["param", "variant", "adversary"]
    name: Identifier
    value: Expression | None
    span: Span = at()


@record
class Run:
    scenario: Identifier
    withs: tuple[With, ...]
    span: Span = at()


VerdictWord: TypeAlias = Literal[
    "holds", "holds by proof", "violated", "reachable", "unreachable", "bounded", "vacuous", "unknown"
]


@record
class ExpectedVerdict:
    """`violated in N` (exact), `violated within N`, `bounded N` (as exact), or a bare word."""

    word: VerdictWord
    exact: Expression | None
    within: Expression | None
    span: Span = at()


@record
class Expect:
    properties: tuple[Identifier, ...]
    verdict: ExpectedVerdict
    condition: Expression | None
    span: Span = at()


@record
class ExpectStates:
    count: Expression
    condition: Expression | None
    span: Span = at()


@record
class EngineChoice:
    engine: Literal["auto", "explicit", "smt", "both"]
    span: Span = at()


@record
class Budget:
    count: int
    unit: Literal["us", "ms", "s", "min", "h"]
    span: Span = at()


@record
class FindLeast:
    param: Identifier
    interval: Interval
    property: Identifier
    verdict: ExpectedVerdict
    result: Expression | None
    condition: Expression | None
    span: Span = at()


@record
class FindCondition:
    params: tuple[Identifier, ...]
    property: Identifier
    verdict: ExpectedVerdict
    result: Expression | None
    condition: Expression | None
    span: Span = at()


@record
class FindWeakest:
    property: Identifier
    verdict: ExpectedVerdict
    result: Expression | None
    condition: Expression | None
    span: Span = at()


CheckItem: TypeAlias = (
    Sweep | Run | Expect | ExpectStates | EngineChoice | Budget | FindLeast | FindCondition
    | FindWeakest
)  # fmt: skip


@record
class Check:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    items: tuple[CheckItem, ...]
    span: Span = at()
