"""Networks: message kinds, endpoints, channels, and the faults that links may commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tcpverify.diagnostics import Code, Note, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, CORRUPT_KIND, Expr, IntSort, Var
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.system import (
    Action,
    ActionKind,
    Channel,
    Field,
    MessageKind,
    Order,
    Update,
    Variable,
    VariableKind,
)
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import segments, shapes
from tcpverify.lang.elaborate.scope import Abandoned, Scope, World
from tcpverify.lang.elaborate.terms import RecordShape, leaves

DEFAULT_CAPACITY = 4
MAX_CAPACITY = 10_000
MAX_FAULTS = 10**6

FAULT_KINDS = {"loss": ActionKind.LOSE, "duplicate": ActionKind.DUPLICATE, "corrupt": ActionKind.CORRUPT}


def message_kinds(world: World) -> tuple[MessageKind, ...]:
    """The kinds of segment of a program, records and flags laid out as scalar fields."""
    scope, kinds = Scope(world), []
    for index, message in enumerate(world.program.messages.values()):
        fields: list[Field] = []
        for declared in message.fields:
            try:
                shape = shapes.shape_of(declared.type, scope)
            except Abandoned:
                world.refused_fields.update(name.text for name in declared.names)
                continue
            for name in declared.names:
                if isinstance(shape, RecordShape) and shape.is_flags:
                    if any(f.flag for f in fields):
                        second = f"message `{message.name}` has a second set of flags"
                        world.collector.error(Code.BAD_TYPE, second, name.span)
                    fields += [Field(flag, BOOL, True, declared.ghost) for flag, _ in shape.fields]
                else:
                    world.field_shapes[index, name.text] = shape
                    rows = leaves(shape, name.text)
                    fields += [Field(leaf, sort, False, declared.ghost) for leaf, sort in rows]
        kinds.append(MessageKind(message.name.text, tuple(fields), message.name.span))
    return tuple(kinds)


# --- Links -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a link may commit on its channels; `limit` None: any number of times."""

    kind: ActionKind
    limit: int | None
    to_tail: bool


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """A link: the indices of its channels, which share the budgets of its faults."""

    name: str
    channels: tuple[int, ...]
    faults: tuple[Fault, ...]


def links_of(network: s.Network, world: World) -> tuple[tuple[Channel, ...], tuple[LinkInfo, ...]]:
    """The channels and links of a network."""
    channels: list[Channel] = []
    links: list[LinkInfo] = []
    for link in network.items:
        if not isinstance(link, s.Link):
            continue
        try:
            _check_ends(link, channels, world)
            options = _options(link, world)
        except Abandoned:
            world.links_refused = True
            continue
        first = len(channels)
        pairs = [(str(link.left), str(link.right))]
        pairs += [(str(link.right), str(link.left))] if link.both_ways else []
        channels += [_channel(source, target, options, link, world) for source, target in pairs]
        name = f"{link.left} {'<->' if link.both_ways else '->'} {link.right}"
        faults = tuple(_faults(link, world))
        links.append(LinkInfo(name, tuple(range(first, len(channels))), faults))
    return tuple(channels), tuple(links)


def _check_ends(link: s.Link, channels: list[Channel], world: World) -> None:
    for end in (link.left, link.right):
        if end.name.text not in world.endpoints:
            hint = did_you_mean(end.name.text, world.endpoints)
            world.fail(Code.UNKNOWN_NAME, f"unknown endpoint `{end}`", end.span, hint=hint)
    if str(link.left) == str(link.right):
        world.fail(Code.BAD_LINK, "a link joins two endpoints", link.span)
    ends = {str(link.left), str(link.right)}
    for channel in channels:
        same = (channel.source, channel.target) == (str(link.left), str(link.right))
        if same or (link.both_ways and {channel.source, channel.target} == ends):
            notes = [Note("the other link", channel.span)] if channel.span else []
            message = f"a second link leads from `{channel.source}` to `{channel.target}`"
            world.fail(Code.BAD_LINK, message, link.span, *notes)


def _options(link: s.Link, world: World) -> dict[str, s.LinkOption]:
    found: dict[str, s.LinkOption] = {}
    for option in link.options:
        name = option.kind if isinstance(option, s.Fault) else type(option).__name__.lower()
        if name in found:
            note = Note("the first one", found[name].span)
            message = f"option `{name}` is given twice"
            world.collector.error(Code.DUPLICATE_NAME, message, option.span, note)
        found.setdefault(name, option)
    return found


def _channel(
    source: str, target: str, options: dict[str, s.LinkOption], link: s.Link, world: World
) -> Channel:
    scope = Scope(world)
    capacity: int | None = DEFAULT_CAPACITY
    order, window = Order.FIFO, 0
    overflow: Literal["error", "drop", "block"] = "error"
    for option in options.values():
        match option:
            case s.Capacity("unlimited"):
                capacity = None
            case s.Capacity(limit):
                assert limit != "unlimited"
                capacity = _bounded(limit, 1, MAX_CAPACITY, "a capacity", scope)
            case s.Reorder("any"):
                order = Order.BAG
            case s.Reorder("window", size) if size is not None:
                window = _bounded(size, 0, MAX_CAPACITY, "a window", scope)
                order = Order.WINDOW if window else Order.FIFO
            case s.Overflow(policy):
                overflow = policy
            case _:
                pass
    return Channel(f"{source} -> {target}", source, target, capacity, order, window, overflow, link.span)


def _bounded(e: s.Expression, lo: int, hi: int, what: str, scope: Scope) -> int:
    try:
        value = shapes.constant(e, scope)
    except Abandoned:
        return lo
    if not lo <= value <= hi:
        scope.world.collector.error(Code.OUT_OF_TYPE, f"{what} lies in {lo}..{hi}, not {value}", e.span)
        return lo
    return value


def _faults(link: s.Link, world: World) -> Iterator[Fault]:
    for option in link.options:
        if isinstance(option, s.Fault) and option.limit != "none":
            kind = FAULT_KINDS[option.kind]
            if option.limit == "unlimited":
                yield Fault(kind, None, option.to_tail)
            else:
                limit = _bounded(option.limit, 0, MAX_FAULTS, "a fault budget", Scope(world))
                if limit > 0:
                    yield Fault(kind, limit, option.to_tail)


# --- Faults as actions -------------------------------------------------------------------------------


def budget_variables(links: tuple[LinkInfo, ...]) -> list[tuple[Variable, int]]:
    """What is left of each limited fault of each link, with its initial value."""
    return [
        (
            Variable(
                _budget(link, f), _budget(link, f), IntSort(0, f.limit), VariableKind.FAULTS, None, None
            ),
            f.limit,
        )
        for link in links
        for f in link.faults
        if f.limit is not None
    ]


def _budget(link: LinkInfo, fault: Fault) -> str:
    return f"{fault.kind.value} budget of {link.name}"


def fault_actions(links: tuple[LinkInfo, ...], indices: dict[str, int], world: World) -> Iterator[Action]:
    """One action for each fault of each channel; it spends the link's budget."""
    for link in links:
        for fault in link.faults:
            for channel in link.channels:
                yield _fault_action(link, fault, channel, indices, world)


def _fault_action(
    link: LinkInfo, fault: Fault, channel: int, indices: dict[str, int], world: World
) -> Action:
    parts: list[Expr] = []
    spent: tuple[Update, ...] = ()
    if fault.limit is not None:
        left = Var(Where.STATE, _budget(link, fault), IntSort(0, fault.limit))
        parts.append(b.lt(b.integer(0), left))
        spent = (Update(indices[left.name], b.sub(left, b.integer(1))),)
    if fault.kind is ActionKind.CORRUPT:
        parts.append(b.neg(b.eq(segments.kind_variable(world, True), b.integer(CORRUPT_KIND))))
    return Action(
        name=f"{fault.kind.value} on {world.channels[channel].name}",
        kind=fault.kind,
        endpoint=None,
        subject="",
        channel=channel,
        location=None,
        choices=(),
        guard=b.conj(parts),
        updates=spent,
        effects=(),
        to_tail=fault.to_tail,
        span=None,
        cites=(),
    )
