"""The surface tree of networks, adversaries and scenarios."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tcpverify.lang.syntax.base import Identifier, at
from tcpverify.lang.syntax.expressions import (
    Expression,
    FieldValue,
    Index,
    Interval,
    Member,
    Name,
    Pattern,
    SetLiteral,
)
from tcpverify.records import record
from tcpverify.source import Span


@record
class EndpointRef:
    """`A` or `P[1]`."""

    name: Identifier
    index: Expression | None
    span: Span = at()

    def __str__(self) -> str:
        return self.name.text


@record
class EndpointDecl:
    """One endpoint, or a family `P[lo..hi]`, of a role."""

    name: Identifier
    family: Interval | None
    role: Identifier
    span: Span = at()


Limit: TypeAlias = "Expression | Literal['none', 'unlimited']"
"""A budget: `at most E` gives E."""


@record
class Capacity:
    limit: Expression | Literal["unlimited"]
    span: Span = at()


@record
class Fault:
    kind: Literal["loss", "duplicate", "corrupt"]
    limit: Limit
    to_tail: bool
    span: Span = at()


@record
class Reorder:
    mode: Literal["none", "any", "window"]
    window: Expression | None
    span: Span = at()


@record
class Lifetime:
    ticks: Expression
    span: Span = at()


@record
class Overflow:
    policy: Literal["error", "drop", "block"]
    span: Span = at()


LinkOption: TypeAlias = Capacity | Fault | Reorder | Lifetime | Overflow


@record
class Link:
    left: EndpointRef
    right: EndpointRef
    both_ways: bool
    options: tuple[LinkOption, ...]
    doc: str | None = None
    span: Span = at()


@record
class Network:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    items: tuple[EndpointDecl | Link, ...]
    span: Span = at()


@record
class Narrowing:
    """`(field in { ... })` of an injection."""

    field: Identifier
    values: SetLiteral | Interval
    span: Span = at()


@record
class ChannelRef:
    source: EndpointRef
    target: EndpointRef
    both_ways: bool
    span: Span = at()


@record
class Can:
    """One `can` line of an adversary; `limit` None: no bound."""

    power: Literal["inject", "drop", "replay", "evil_peer", "off_path", "on_path"]
    patterns: tuple[Pattern, ...]
    narrowings: tuple[Narrowing, ...]
    limit: Expression | None
    channel: ChannelRef | None
    endpoint: EndpointRef | None
    span: Span = at()


@record
class Adversary:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    clauses: tuple[Can, ...]
    span: Span = at()


@record
class Preload:
    channel: ChannelRef
    pattern: Pattern
    fields: tuple[FieldValue, ...]
    span: Span = at()


@record
class StartValue:
    """`x = 3` (a set of one) or `y in { 0, 2 }` / `y in lo..hi` of a `starts` line."""

    variable: Name | Member | Index
    values: Expression | SetLiteral | Interval
    span: Span = at()


@record
class Starts:
    endpoint: EndpointRef
    state: Identifier | None
    values: tuple[StartValue, ...]
    span: Span = at()


@record
class FreshLimit:
    """`fresh A.iss in { ... }` or `fresh A.iss unused`, which may go on `within N` (`room`)."""

    endpoint: EndpointRef
    variable: Name | Member | Index
    values: SetLiteral | Interval | Literal["unused"]
    room: Expression | None = None
    span: Span = at()


@record
class CallLimit:
    """`open at most 1`, `close` (limit None), or `open then close` (several calls)."""

    calls: tuple[Identifier, ...]
    limit: Expression | None
    span: Span = at()


@record
class Calls:
    """`A calls ...`; no limits: `A calls nothing`."""

    endpoint: EndpointRef
    limits: tuple[CallLimit, ...]
    span: Span = at()


@record
class Assume:
    condition: Expression
    span: Span = at()


@record
class Scenario:
    name: Identifier
    network: Identifier
    cites: tuple[str, ...]
    doc: str | None
    items: tuple[Preload | Starts | FreshLimit | Calls | Assume, ...]
    span: Span = at()
