"""Networks: message kinds, endpoints, channels, and the faults that links may commit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tcpverify.diagnostics import Code, Note
from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, CORRUPT_KIND, Expr, IntSort, Var
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.parametric import Linear
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
from tcpverify.lang.elaborate import families, segments, shapes, time
from tcpverify.lang.elaborate.scope import Abandoned, Scope, World
from tcpverify.lang.elaborate.terms import RecordShape, leaves
from tcpverify.records import record

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


@record
class Fault:
    """A fault that a link may commit on its channels; `limit` None: any number of times."""

    kind: ActionKind
    limit: int | None
    to_tail: bool


@record
class LinkInfo:
    """A link: the indices of its channels, which share the budgets of its faults."""

    name: str
    channels: tuple[int, ...]
    faults: tuple[Fault, ...]


def links_of(network: s.Network, world: World) -> tuple[tuple[Channel, ...], tuple[LinkInfo, ...]]:
    """The channels and links of a network."""
    channels: list[Channel] = []
    links: list[LinkInfo] = []
    lifetimes: list[Linear | None] = []
    for link in network.items:
        if not isinstance(link, s.Link):
            continue
        try:
            pairs = _pairs(link, channels, world)
            options = _options(link, world)
        except Abandoned:
            world.links_refused = True
            continue
        first = len(channels)
        channels += [_channel(source, target, options, link, world) for source, target in pairs]
        if world.symbolic:
            lifetimes += [_lifetime(options, world)] * len(pairs)
        name = f"{_end(link.left, world)} {'<->' if link.both_ways else '->'} {_end(link.right, world)}"
        faults = tuple(_faults(link, world))
        links.append(LinkInfo(name, tuple(range(first, len(channels))), faults))
    world.lifetimes = tuple(lifetimes)
    return tuple(channels), tuple(links)


def _end(ref: s.EndpointRef, world: World) -> str:
    """An end of a link as it was written, its index as a number."""
    return str(ref) if ref.index is None else families.single(ref, Scope(world)).name


def _pairs(link: s.Link, channels: list[Channel], world: World) -> list[tuple[str, str]]:
    """Source and target of each channel of a link; a family stands for each of its elements."""
    lefts, rights = (families.referred(end, Scope(world)) for end in (link.left, link.right))
    joined = [(a.name, c.name) for a in lefts for c in rights if a is not c]
    if not joined:
        world.fail(Code.BAD_LINK, "a link joins two endpoints", link.span)
    pairs: dict[tuple[str, str], None] = {}
    for a, c in joined:
        pairs.update(dict.fromkeys([(a, c), (c, a)] if link.both_ways else [(a, c)]))
    for channel in channels:
        if (channel.source, channel.target) in pairs:
            notes = [Note("the other link", channel.span)] if channel.span else []
            message = f"a second link leads from `{channel.source}` to `{channel.target}`"
            world.fail(Code.BAD_LINK, message, link.span, *notes)
    return list(pairs)


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
    lifetime: int | None = None
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
            case s.Lifetime(ticks) if not world.symbolic:
                lifetime = _bounded(ticks, 0, shapes.MAX_TICKS, "a lifetime", scope)
            case s.Overflow(policy):
                overflow = policy
            case _:
                pass
    return Channel(
        f"{source} -> {target}", source, target, capacity, order, window, overflow, link.span, lifetime
    )


def _lifetime(options: dict[str, s.LinkOption], world: World) -> Linear | None:
    """How long a segment of a parametric instance lives."""
    option = options.get("lifetime")
    return time.duration(option.ticks, Scope(world)) if isinstance(option, s.Lifetime) else None


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
                yield _fault_action(link, fault, fault.kind, channel, indices, world)
        for fault in link.faults:
            for channel in link.channels if fault.kind is ActionKind.LOSE else ():
                if world.channels[channel].lifetime is not None:
                    yield _fault_action(link, fault, ActionKind.EXPIRE, channel, indices, world)


def _fault_action(
    link: LinkInfo, fault: Fault, kind: ActionKind, channel: int, indices: dict[str, int], world: World
) -> Action:
    """One fault of one channel; the loss of a segment at the end of its life is an expiry."""
    parts: list[Expr] = []
    spent: tuple[Update, ...] = ()
    if fault.limit is not None:
        left = Var(Where.STATE, _budget(link, fault), IntSort(0, fault.limit))
        parts.append(b.lt(b.integer(0), left))
        spent = (Update(indices[left.name], b.sub(left, b.integer(1))),)
    place = world.channels[channel]
    if place.lifetime is not None and fault.kind is ActionKind.LOSE:
        gone = time.at_its_end(place)
        parts.append(gone if kind is ActionKind.EXPIRE else b.neg(gone))
    if kind is ActionKind.CORRUPT:
        parts.append(b.neg(b.eq(segments.kind_variable(world, True), b.integer(CORRUPT_KIND))))
    return Action(
        name=f"{kind.value} on {place.name}",
        kind=kind,
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
