"""The surface tree of monitors and properties: what must hold."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

from tcpverify.lang.syntax.base import Identifier, at
from tcpverify.lang.syntax.expressions import Expression, Pattern
from tcpverify.lang.syntax.networks import ChannelRef, EndpointRef
from tcpverify.records import record
from tcpverify.source import Span


class MonitorVerb(StrEnum):
    SENDS = "sends"
    RECEIVES = "receives"
    CALLS = "calls"
    FIRES = "fires"
    NOTIFIES = "notifies"
    ENTERS = "enters"
    LEAVES = "leaves"
    LOST = "lost"
    DUPLICATED = "duplicated"
    EXPIRED = "expired"
    TICK = "tick"


@record
class MonitorEvent:
    """What an observer sees: `A sends P`, `lost P`, `tick`; only the fitting parts are set."""

    verb: MonitorVerb
    endpoint: EndpointRef | None
    pattern: Pattern | None
    name: Identifier | None
    binder: Identifier | None
    span: Span = at()


@record
class MonitorTransition:
    event: MonitorEvent
    guard: Expression | None
    target: Identifier
    span: Span = at()


@record
class MonitorState:
    name: Identifier
    initial: bool
    mark: Literal["hot", "bad"] | None
    transitions: tuple[MonitorTransition, ...]
    doc: str | None = None
    span: Span = at()


@record
class Monitor:
    name: Identifier
    cites: tuple[str, ...]
    doc: str | None
    states: tuple[MonitorState, ...]
    span: Span = at()


@record
class FairnessTerm:
    """`delivery`, `timers`, `calls`, `steps`, `A.rtx`, `delivery on A -> B`; `strong` before it."""

    kind: Literal["delivery", "timers", "calls", "steps", "named"]
    channel: ChannelRef | None
    endpoint: EndpointRef | None
    name: Identifier | None
    strong: bool
    span: Span = at()


@record
class StateProperty:
    """`always E`, `never E`, `always step E`, `reachable E`, `always reachable E`, `lemma E`."""

    form: Literal["always", "never", "always step", "reachable", "always reachable", "lemma"]
    formula: Expression
    span: Span = at()


@record
class DeadlockFree:
    except_: Expression | None
    span: Span = at()


@record
class LeadsTo:
    """`E leads_to F under ...` or `... within N`."""

    trigger: Expression
    response: Expression
    fairness: tuple[FairnessTerm, ...]
    within: Expression | None
    span: Span = at()


@record
class Eventually:
    goal: Expression
    fairness: tuple[FairnessTerm, ...]
    span: Span = at()


@record
class Until:
    hold: Expression
    goal: Expression
    fairness: tuple[FairnessTerm, ...]
    span: Span = at()


@record
class MonitorNever:
    """`monitor NAME never bad` or `monitor NAME never stuck hot under ...`."""

    monitor: Identifier
    mark: Literal["bad", "hot"]
    fairness: tuple[FairnessTerm, ...]
    span: Span = at()


@record
class RefinementMap:
    """`S.x = E` or `S in OPEN when E` of a `refines` property."""

    target: Expression
    value: Expression
    span: Span = at()


@record
class Refines:
    """`refines NETWORK via { ... }`; a state mapping is an `In` as the target."""

    network: Identifier
    maps: tuple[RefinementMap, ...]
    span: Span = at()


PropertyBody: TypeAlias = StateProperty | DeadlockFree | LeadsTo | Eventually | Until | MonitorNever | Refines


@record
class Property:
    name: Identifier
    cites: tuple[str, ...]
    body: PropertyBody
    span: Span = at()
