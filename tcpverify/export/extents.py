"""How large numbers get in a system, and which systems another checker cannot be given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from tcpverify.export.flatten import Rule
from tcpverify.export.segments import slots
from tcpverify.ir.expr import Apply, Const, Expr, Op, SeqSort, bounds
from tcpverify.ir.system import Property, PropertyKind, Send, System

MOST_NODES = 2_000_000
"""The operators and variables of an exported text; shared expressions are written out each time."""
MOST_INITIAL = 4_096
"""The initial states that are written out one by one."""


def greatest(system: System, rules: Sequence[Rule], properties: Sequence[Property]) -> int:
    """The greatest magnitude met anywhere while the system is computed."""
    extents = [bounds(v.sort) for v in system.variables]
    extents += [bounds(f.sort) for kind in system.messages for f in kind.fields]
    extents += [bounds(c.sort) for a in system.actions for c in a.choices]
    extents += [(0, slots(system, i) + 1) for i in range(len(system.channels))]
    extents += [(0, c.lifetime or 0) for c in system.channels]
    found = max((abs(x) for extent in extents for x in extent), default=0)
    seen: set[int] = set()
    for expr in expressions(system, rules, properties):
        stack = [expr]
        while stack:
            e = stack.pop()
            if id(e) not in seen:
                seen.add(id(e))
                found = max(found, _headroom(e))
                stack.extend(e.args if isinstance(e, Apply) else ())
    return found


def _headroom(e: Expr) -> int:
    extent = max(abs(x) for x in bounds(e.sort))
    match e:
        case Const(value):
            return max(abs(value), extent)
        case Apply(Op.WRAP | Op.SEQ_ADD | Op.DISTANCE | Op.SEQ_LT, args, sort):
            modulus = next(s.modulus for s in (sort, args[0].sort) if isinstance(s, SeqSort))
            return 2 * modulus + sum(max(abs(x) for x in bounds(a.sort)) for a in args)
        case _:
            return extent


def expressions(system: System, rules: Sequence[Rule], properties: Sequence[Property]) -> Iterator[Expr]:
    """Every expression that is exported."""
    for rule in rules:
        yield rule.enabled
        yield from (s.when for s in rule.stops)
        yield from (u.value for u in rule.action.updates)
        for effect in rule.action.effects:
            if isinstance(effect, Send):
                yield effect.when
                yield from effect.fields
    yield from (a.formula for a in system.assumptions)
    for prop in properties:
        yield prop.formula
        if prop.kind is PropertyKind.RESPONSE:
            yield from (prop.hold, *(() if prop.antecedent is None else (prop.antecedent,)))
        yield from (h for e in prop.events for h in e.happens)


def refusal(
    system: System, rules: Sequence[Rule], properties: Sequence[Property], most: int | None, name: str
) -> tuple[str, str] | None:
    """Why a system cannot be exported, with a hint; `most`: the greatest number that `name` has."""
    for i, channel in enumerate(system.channels):
        if channel.capacity is None:
            whose = "what an adversary remembers of a channel" if channel.memory else "the channel"
            hint = (
                "leave the adversary out, or give messages fewer values"
                if channel.memory
                else "give its link a capacity"
            )
            return f"{whose} {channel.name} is unlimited: an export needs a state of fixed size", hint
        if channel.memory and channel.capacity < _needed(system, i):
            return (
                f"the memory {channel.name} may overflow, which an export cannot express",
                "raise its capacity",
            )
    size = sum(e.size for e in expressions(system, rules, properties))
    if size > MOST_NODES:
        return f"the text would have {size:,} operators and variables", "set parameters to smaller values"
    initial = prod(len(alternatives) for alternatives in system.initial.values)
    if initial > MOST_INITIAL:
        return (
            f"there are {initial:,} initial states, more than {MOST_INITIAL:,}",
            "narrow them in the scenario",
        )
    large = greatest(system, rules, properties)
    if most is not None and large > most:
        return (
            f"numbers as large as {large:,} are met, and {name} ends at {most:,}",
            "set parameters to smaller values",
        )
    return None


def _needed(system: System, memory: int) -> int:
    """Room for every segment that there is and for what one step sends."""
    distinct = sum(
        prod(bounds(f.sort)[1] - bounds(f.sort)[0] + 1 for f in kind.fields) for kind in system.messages
    )
    sends = (sum(isinstance(e, Send) and e.channel == memory for e in a.effects) for a in system.actions)
    return distinct + max(sends, default=0)
