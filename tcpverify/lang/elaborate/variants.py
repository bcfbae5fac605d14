"""Variants: a role's syntax with the changes of a variant applied, handler by handler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tcpverify.diagnostics import Code, Collector, Note
from tcpverify.lang import syntax as s
from tcpverify.records import record

StatesBlock = s.StateBlock | s.InBlock
Roles = dict[str, s.Role]


@record
class _Spot:
    """A handler: its role, the index of its block among the role's items, its index there."""

    role: str
    block: int
    handler: int


def apply_variants(roles: Mapping[str, s.Role], variants: Sequence[s.Variant], collector: Collector) -> Roles:
    """The roles with the variants' changes, in the order given; a change that fits no handler, or
    several, is reported."""
    result = dict(roles)
    for variant in variants:
        for change in variant.changes:
            match change:
                case s.Replace():
                    _edit(
                        result, change, (change.replacement,), change.guard if change.by else None, collector
                    )
                case s.Remove():
                    _edit(result, change, (), change.guard, collector)
                case s.Add():
                    _add(result, change, collector)
                case s.SetParam():
                    pass
    return result


def same_event(a: s.HandlerEvent, c: s.HandlerEvent) -> bool:
    """The same event and pattern; the names that a handler gives to what it takes do not matter."""
    match a, c:
        case s.OnReceive(one), s.OnReceive(other):
            return one.kind == other.kind and set(map(_term, one.terms)) == set(map(_term, other.terms))
        case s.OnCall(one), s.OnCall(other):
            return one == other
        case _:
            return type(a) is type(c) and a == c


def _term(term: s.PatternTerm) -> tuple[str, str | None, bool]:
    return term.name.text, term.message.text if term.message else None, term.negated


def _same_place(block: object, where: s.StateSet) -> bool:
    match block:
        case s.StateBlock(name=name):
            return where.kind == "these" and [x.text for x in where.states] == [name.text]
        case s.InBlock(where=own):
            return own.kind == where.kind and {x.text for x in own.states} == {x.text for x in where.states}
        case _:
            return False


def _blocks(roles: Roles, place: s.Place) -> list[tuple[str, int, StatesBlock]]:
    chosen = roles if place.role is None else {place.role.text: roles.get(place.role.text)}
    return [
        (name, i, item)
        for name, role in chosen.items()
        if role is not None
        for i, item in enumerate(role.items)
        if isinstance(item, s.StateBlock | s.InBlock) and _same_place(item, place.where)
    ]


def _edit(
    roles: Roles, change: s.Replace | s.Remove, by: tuple[s.Handler, ...], guard: s.Expression | None,
    collector: Collector,
) -> None:  # fmt: skip
    """Put `by` in the place of the one handler that the change names."""
    blocks = _blocks(roles, change.place)
    if not blocks:
        return _no_block(roles, change.place, collector)
    named = [
        (_Spot(role, i, j), handler)
        for role, i, block in blocks
        for j, handler in enumerate(block.handlers)
        if same_event(handler.event, change.event)
    ]
    found = [(spot, h) for spot, h in named if guard is None or h.guard == guard]
    unguarded = [(spot, h) for spot, h in found if h.guard is None]
    if len(unguarded) == 1 and (isinstance(change, s.Remove) or change.by):
        found = unguarded
    event = " ".join(change.event.span.text.split())
    if len(found) == 1:
        return _put(roles, found[0][0], by)
    if not found:
        there = [Note("this block", block.span) for _, _, block in blocks[:1]]
        other = [Note("the same event, another guard", h.event.span) for _, h in named[:2]]
        message = f"no handler here has the event `{event}`" + (" and this guard" if named else "")
        return collector.error(Code.BAD_VARIANT, message, change.event.span, *(other or there))
    notes = [Note("one of them", h.event.span) for _, h in found]
    across = len({spot.role for spot, _ in found}) > 1
    hint = "write ROLE.STATE" if across else "repeat its guard: `replace S EVENT when E by HANDLER`"
    message = f"{len(found)} handlers have the event `{event}`"
    return collector.error(Code.BAD_VARIANT, message, change.event.span, *notes, hint=hint)


def _put(roles: Roles, spot: _Spot, by: tuple[s.Handler, ...]) -> None:
    role = roles[spot.role]
    block = role.items[spot.block]
    assert isinstance(block, s.StateBlock | s.InBlock)
    handlers = (*block.handlers[: spot.handler], *by, *block.handlers[spot.handler + 1 :])
    _set_block(roles, spot.role, spot.block, replace(block, handlers=handlers))


def _set_block(roles: Roles, name: str, index: int, block: StatesBlock) -> None:
    items = roles[name].items
    roles[name] = replace(roles[name], items=(*items[:index], block, *items[index + 1 :]))


def _add(roles: Roles, change: s.Add, collector: Collector) -> None:
    blocks = _blocks(roles, change.place)
    if not blocks:
        return _no_block(roles, change.place, collector)
    if len({role for role, _, _ in blocks}) > 1:
        message = "several roles have this block"
        return collector.error(Code.BAD_VARIANT, message, change.place.span, hint="write ROLE.STATE")
    name, index, block = blocks[0] if change.first else blocks[-1]
    handlers = (change.handler, *block.handlers) if change.first else (*block.handlers, change.handler)
    return _set_block(roles, name, index, replace(block, handlers=handlers))


def _no_block(roles: Roles, place: s.Place, collector: Collector) -> None:
    if place.role is not None and place.role.text not in roles:
        collector.error(Code.UNKNOWN_NAME, f"unknown role `{place.role}`", place.role.span)
        return
    text = " ".join(place.span.text.split())
    hint = "a variant names a block as the role writes it: a state, `X | Y`, `any` or `any except X`"
    collector.error(Code.BAD_VARIANT, f"no role has the block `{text}`", place.span, hint=hint)
