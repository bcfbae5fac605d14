"""What may not wait in fair runs of a system, written out one by one for another checker.

The definition is that of `ir.fairness`, there told of a state and a step, here of a whole system: which
actions do a thing, and with which segment. Delivery is counted by segment values, so all that can ever be
in a channel are listed: those sent into it, where fields that are no constants take every value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from tcpverify.export.flatten import Rule, possible
from tcpverify.ir import build as b
from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import (
    CORRUPT_KIND,
    FALSE,
    BoolSort,
    Const,
    Expr,
    Sort,
    is_false,
    show_value,
    values_of,
)
from tcpverify.ir.fairness import KINDS, TIME, Thing, speaks_of
from tcpverify.ir.rewrite import with_fields
from tcpverify.ir.system import KIND, LIFE, Action, ActionKind, Fair, Property, Send, System
from tcpverify.ir.time import busy
from tcpverify.records import record

MOST_DUTIES = 1_000
"""The things that a text may count one by one."""
MOST_STRONG = 12
"""Those of them that are strongly fair: of each it is guessed whether it ever is possible again."""


@record
class Duty:
    """One thing that may not wait, `text` in words. `rules`: the indices of the actions that do it, with a
    segment that is `thing`'s if it has one; `also`: where it is possible too, whatever they are."""

    thing: Thing
    text: str
    strong: bool
    rules: tuple[int, ...]
    also: Expr


def duties(system: System, flat: Sequence[Rule], prop: Property) -> tuple[Duty, ...]:
    """What may not wait in the runs that a response speaks of; segments last."""
    found: dict[Thing, tuple[bool, list[int]]] = {}
    taken = {id(rule) for rule in possible(flat)}
    for index, rule in enumerate(flat):
        if id(rule) in taken:
            for thing, strong in _things(system, rule, prop.fairness):
                found.setdefault(thing, (strong, []))[1].append(index)
    work = busy(system)
    if system.timed and TIME not in found and not is_false(work):
        found[TIME] = (False, [])
    listed = [
        Duty(thing, _told(system, thing, strong), strong, tuple(rules), work if thing == TIME else FALSE)
        for thing, (strong, rules) in found.items()
    ]
    return tuple(sorted(listed, key=lambda duty: bool(duty.thing[3])))


def _told(system: System, thing: Thing, strong: bool) -> str:
    word, where, what, message = thing
    told = ["strong" if strong else "", word, where, what]
    if message and message[0] == CORRUPT_KIND:
        told.append("garbled")
    elif message:
        kind = system.messages[message[0]]
        told.append(kind.name)
        for f, v in zip(kind.fields, message[1:], strict=False):
            told.append((f.name if v else "") if f.flag else f"{f.name}={show_value(v, f.sort)}")
    told.append(f"life={message[-1]}" if message and system.segments_age else "")
    return " ".join(filter(None, told))


def too_many(system: System, flat: Sequence[Rule], prop: Property) -> tuple[str, str] | None:
    """Why fairness cannot be counted one by one, with a hint."""
    counted = {
        a.channel for a in system.actions
        if a.channel is not None and (_ages(system, a) or any(speaks_of(t, a) for t in prop.fairness))
    }  # fmt: skip
    values = sum(_values(system, channel) for channel in counted)
    if values > MOST_DUTIES:
        hint = "give messages fewer values, or name fairness of single timers, calls and steps only"
        return f"fairness counts {values:,} segment values, more than {MOST_DUTIES:,}", hint
    strong = sum(duty.strong for duty in duties(system, flat, prop))
    if strong > MOST_STRONG:
        hint = "ask for less strong fairness: of one channel, one timer, one step"
        return f"{strong} things are strongly fair, more than {MOST_STRONG}", hint
    return None


def _things(system: System, rule: Rule, terms: Sequence[Fair]) -> Iterator[tuple[Thing, bool]]:
    """What an action does of what may not wait, with every segment it can take."""
    action = rule.action
    speaking = [t.strong for t in terms if speaks_of(t, action)]
    word = KINDS.get(action.kind)
    if action.channel is not None:
        channel, ages = system.channels[action.channel], _ages(system, action)
        for message in messages(system, action.channel) if speaking or ages else ():
            if is_false(with_fields(rule.taken, _fields(system, message))):
                continue
            if speaking and word is not None:
                yield (word, channel.name, "", message), any(speaking)
            if ages and message[-1] == 0:
                yield ("due", channel.name, "", message), False
        return
    if speaking and word is not None:
        yield (word, action.endpoint or "", action.subject, ()), any(speaking)
    if system.timed and word == "timers" and _clocked(system, action):
        yield ("due", action.endpoint or "", action.subject, ()), False
    if system.timed and action.kind is ActionKind.TICK:
        yield TIME, False


def _ages(system: System, action: Action) -> bool:
    """Whether an action settles what is due where its segment is at the end of its life."""
    ends = action.kind in (ActionKind.RECEIVE, ActionKind.EXPIRE)
    return ends and action.channel is not None and system.channels[action.channel].lifetime is not None


def _clocked(system: System, action: Action) -> bool:
    return any(
        t.clock is not None and (t.endpoint, t.label) == (action.endpoint, action.subject)
        for t in system.timers
    )


def messages(system: System, channel: int) -> list[Message]:
    """The segments that may ever be in a channel."""
    found: dict[Message, None] = {}
    lives = range((system.channels[channel].lifetime or 0) + 1)
    for kind, alternatives in _sent(system, channel):
        padding = (0,) * (system.width - system.segments_age - 1 - len(alternatives))
        for values in product(*alternatives):
            for life in lives if system.segments_age else (None,):
                found[kind, *map(int, values), *padding, *(() if life is None else (life,))] = None
    return list(found)


def _values(system: System, channel: int) -> int:
    lives = (system.channels[channel].lifetime or 0) + 1
    return sum(
        lives * prod(len(values) for values in alternatives) for _, alternatives in _sent(system, channel)
    )


def _sent(system: System, channel: int) -> Iterator[tuple[int, tuple[Sequence[int], ...]]]:
    """By what is sent into a channel or is there at first, the kind and the values of each field."""
    for message in system.initial.contents[channel]:
        yield message[0], tuple((int(v),) for v in message[1 : system.width - system.segments_age])
    for action in system.actions:
        if action.kind is ActionKind.CORRUPT and action.channel == channel:
            yield CORRUPT_KIND, ()
        for effect in action.effects:
            if isinstance(effect, Send) and effect.channel == channel and not is_false(effect.when):
                sorts = [f.sort for f in system.messages[effect.kind].fields]
                pairs = zip(effect.fields, sorts, strict=True)
                yield effect.kind, tuple(_alternatives(field, sort) for field, sort in pairs)


def _alternatives(field: Expr, sort: Sort) -> Sequence[int]:
    return (field.value,) if isinstance(field, Const) else values_of(sort)


def _fields(system: System, message: Message) -> dict[str, Expr]:
    """The FIELD variables of a segment as constants."""
    kind = int(message[0])
    found: dict[str, Expr] = {KIND: b.integer(kind), LIFE: b.integer(int(message[-1]))}
    if kind != CORRUPT_KIND:
        told = system.messages[kind]
        found |= {
            f"{told.name}.{f.name}": _constant(v, f.sort)
            for f, v in zip(told.fields, message[1:], strict=False)
        }
    return found


def _constant(value: int, sort: Sort) -> Const:
    return Const(bool(value) if isinstance(sort, BoolSort) else value, sort)
