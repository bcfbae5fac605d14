"""Parametric instances: a system without time, its durations beside it, and what may not be in one."""

from __future__ import annotations

from tcpverify.diagnostics import Code
from tcpverify.ir.expr import Expr, Scope, mentions
from tcpverify.ir.parametric import Parametric, Waits
from tcpverify.ir.soup import counts, ever_growing
from tcpverify.ir.system import ActionKind, Order, System, expressions_of
from tcpverify.lang.elaborate import time
from tcpverify.lang.elaborate.scope import EndpointInfo, RoleTimer, World
from tcpverify.source import Span

NETWORK = "capacity unlimited  reorder any  loss unlimited  duplicate unlimited"
"""The only network whose channels need no more than the time of the last transmission."""


def parametric(system: System, world: World, span: Span) -> Parametric | None:
    """The parametric system of an instance that was elaborated with symbolic parameters (at `span`);
    None after reporting what is not possible in one."""
    _refuse_networks(system, world)
    _refuse_actions(system, world, span)
    _refuse_names(system, world)
    for assumed in system.assumptions:
        if counts(assumed.formula):
            message = "nothing can be assumed of what is in flight where durations have no value"
            world.collector.error(Code.NOT_SUPPORTED, message, assumed.span or span)
    if world.collector.failed:
        return None
    indices = {v.name: i for i, v in enumerate(system.variables)}
    timers = []
    for i, timer in enumerate(system.timers):
        me, own = _declared(timer.endpoint, timer.label, world)
        if own.durations:
            timers.append(Waits(i, indices[time.clock_name(me, own.label)], own.durations))
    return Parametric(ever_growing(system), world.symbolic, tuple(timers), world.lifetimes)


def _refuse_names(system: System, world: World) -> None:
    """Report parameters without a value that are called like an endpoint."""
    for name in world.symbolic:
        if any(v.name == name for v in system.variables):
            message = f"`{name}` is an endpoint too"
            world.collector.error(Code.DUPLICATE_NAME, message, world.program.params[name].name.span)


def _declared(endpoint: str, label: str, world: World) -> tuple[EndpointInfo, RoleTimer]:
    me = world.endpoints[endpoint]
    return me, me.info.timers[label]


def _refuse_networks(system: System, world: World) -> None:
    """Report links that do not lose, duplicate and reorder without limit."""
    for i, channel in enumerate(system.channels):
        free = {a.kind for a in system.actions if a.channel == i and not a.updates and a.is_fault}
        exact = {ActionKind.LOSE, ActionKind.DUPLICATE} <= free
        if channel.capacity is None and channel.order is Order.BAG and exact:
            continue
        span = channel.span
        assert span is not None
        message = f"{channel.name}: where durations have no value a network loses, duplicates and reorders"
        known = {(d.code, d.span) for d in world.collector.diagnostics}
        if (Code.NOT_SUPPORTED, span) not in known:
            world.collector.error(Code.NOT_SUPPORTED, f"{message} without limit", span, hint=NETWORK)


def _refuse_actions(system: System, world: World, span: Span) -> None:
    """Report what steps may not do: count what is in flight, be another's, or read a parameter."""
    told: set[str] = set()

    def refuse(message: str, at: Span | None) -> None:
        if message not in told:
            told.add(message)
            world.collector.error(Code.NOT_SUPPORTED, message, at or span)

    for action in system.actions:
        if action.adversary is not None:
            refuse("adversaries are not supported where durations have no value", action.span)
        if action.kind is ActionKind.CORRUPT:
            refuse("garbled segments are not supported where durations have no value", action.span)
        for e in expressions_of(action):
            if counts(e):
                refuse("steps that depend on what is in flight are not supported where durations have no "
                       "value", action.span)  # fmt: skip
            for name in world.symbolic:
                if _reads(e, name):
                    refuse(f"`{name}` has no value: it may stand in durations only", action.span)


def _reads(expr: Expr, name: str) -> bool:
    """Whether an expression reads a STATE variable."""
    return mentions(expr, Scope.STATE, name)
