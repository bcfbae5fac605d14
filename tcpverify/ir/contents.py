"""What segments a system can send at all: the contents of each channel's segments, told from its text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from tcpverify.ir import build as b
from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import Const, Expr, Scope, Var, cardinality, is_false, values_of, variables
from tcpverify.ir.rewrite import substitute, with_fields
from tcpverify.ir.system import KIND, Action, ActionKind, Send, System

MOST = 256
"""At most so many different segments a channel, and values of the variables that one is made from."""


class TooMany(Exception):
    """More different segments than can be told apart one by one; the argument says where."""


def contents(system: System) -> tuple[tuple[Message, ...], ...]:
    """For each channel every segment that may ever be in it, sorted; none that can is left out.

    Raises:
        TooMany: there are more than MOST of them.
    """
    found: list[set[Message]] = [set(segments) for segments in system.initial.contents]
    grown = True
    while grown:
        before = sum(map(len, found))
        for action in system.actions:
            for taken in taken_by(action, found):
                for channel, message in _sent(system, action, taken):
                    found[channel].add(message)
                    if len(found[channel]) > MOST:
                        raise TooMany(
                            f"more than {MOST} different segments over {system.channels[channel].name}"
                        )
        grown = sum(map(len, found)) > before
    return tuple(tuple(sorted(segments)) for segments in found)


def taken_by(action: Action, found: list[set[Message]]) -> list[Message | None]:
    """The segments that an action may take; [None] if it takes none."""
    if action.channel is None:
        return [None]
    return [*sorted(found[action.channel])] if action.kind is ActionKind.RECEIVE else []


def about(system: System, message: Message | None, expr: Expr) -> Expr:
    """An expression of an action, its segment known."""
    if message is None:
        return expr
    kind = system.messages[message[0]]
    fields: dict[str, Expr] = {KIND: b.integer(message[0])}
    for field, value in zip(kind.fields, message[1:], strict=False):
        fields[f"{kind.name}.{field.name}"] = Const(value, field.sort)
    return with_fields(expr, fields)


def _sent(system: System, action: Action, taken: Message | None) -> Iterator[tuple[int, Message]]:
    """What a step by an action may send, its segment known."""
    if is_false(about(system, taken, action.guard)):
        return
    for effect in action.effects:
        if isinstance(effect, Send) and not is_false(about(system, taken, effect.when)):
            fields = [about(system, taken, f) for f in effect.fields]
            padding = (0,) * (system.width - 1 - len(fields))
            for values in _values(fields, system.channels[effect.channel].name):
                yield effect.channel, (effect.kind, *values, *padding)


def _values(fields: list[Expr], where: str) -> Iterator[tuple[int, ...]]:
    """The values that expressions have together, for all values of their variables."""
    read: dict[tuple[Scope, str], Var] = {}
    for field in fields:
        read.update({(v.scope, v.name): v for v in variables(field)})
    if prod(cardinality(v.sort) for v in read.values()) > MOST:
        raise TooMany(f"more than {MOST} different segments over {where}")
    for values in product(*(values_of(v.sort) for v in read.values())):
        known = {key: Const(x, v.sort) for (key, v), x in zip(read.items(), values, strict=True)}
        yield tuple(_value(f, known) for f in fields)


def _value(expr: Expr, known: dict[tuple[Scope, str], Const]) -> int:
    """The value of an expression all of whose variables are known."""
    fixed = substitute(expr, lambda v: known[v.scope, v.name])
    assert isinstance(fixed, Const)
    return int(fixed.value)
