"""Channels in SMT-LIB: the set of all that was ever sent, or one slot that the newest segment takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import CORRUPT_KIND, Expr, IntSort, Scope, Sort, Var
from tcpverify.ir.system import KIND, ActionKind, MessageKind, System
from tcpverify.records import record
from tcpverify.smtlib.numbers import Numbers, number
from tcpverify.smtlib.terms import Context, term
from tcpverify.smtlib.text import call, conjunction, disjunction, negation, symbol

NEXT = ".next"
"""The suffix of the constants of the state after a step."""

Variables = Callable[[Var], str]
"""The terms of the variables that are no fields."""


@record
class Segment:
    """A segment as terms: whether it is of a kind (by index; `CORRUPT_KIND`: garbled), and the fields."""

    is_kind: Callable[[int], str]
    field: Callable[[str], str]


@record
class Sent:
    """A segment that a step sends if a condition holds: its kind (`CORRUPT_KIND`: garbled) and fields."""

    when: str
    kind: int
    fields: Sequence[str]


class Network(Protocol):
    """The channels of a system, each as some constants; `suffix` names the state they belong to."""

    def declarations(self) -> list[str]:
        """The sorts that it needs."""
        ...

    def constants(self, suffix: str) -> list[tuple[str, str]]:
        """The constants of a state, with their sorts."""
        ...

    def initial(self, channel: int, contents: Sequence[Message], suffix: str) -> str:
        """A channel holds just these segments."""
        ...

    def taken(self, channel: int) -> tuple[list[tuple[str, str]], str, Segment]:
        """A segment that is in a channel of the state without a suffix: inputs, condition, the segment."""
        ...

    def next(self, channel: int, sent: Sequence[Sent]) -> str:
        """A channel after a step in which these segments were sent into it, in this order."""
        ...

    def none(self, channel: int, suffix: str, predicate: Callable[[Segment], str]) -> str:
        """No segment in a channel satisfies a predicate."""
        ...


def field_variable(segment: Segment, kinds: int, var: Var) -> str:
    """The term of a FIELD variable."""
    if var.name != KIND:
        return segment.field(var.name)
    found = number(CORRUPT_KIND)
    for kind in range(kinds):
        found = call("ite", segment.is_kind(kind), str(kind), found)
    return found


def context(
    numbers: Numbers, network: Network, kinds: int, variables: Variables, suffix: str, at: Segment | None
) -> Context:
    """What expressions are written over: variables, the segment at hand, and the channels of a state."""

    def variable(var: Var) -> str:
        if var.scope is Scope.FIELD and at is not None:
            return field_variable(at, kinds, var)
        return variables(var)

    def none(channel: int, predicate: Expr) -> str:
        def satisfied(segment: Segment) -> str:
            return term(predicate, context(numbers, network, kinds, variables, suffix, segment))

        return network.none(channel, suffix, satisfied)

    return Context(numbers, variable, (lambda _: "false") if at is None else at.is_kind, none)


# --- The set of all that was ever sent ---------------------------------------------------------------

MESSAGE, GARBLED = "Message", symbol("garbled")


@record
class Soup:
    """Each channel an array from messages to whether they were ever sent. A message is a datatype with one
    constructor a kind."""

    system: System
    numbers: Numbers

    def declarations(self) -> list[str]:
        """The messages."""
        kinds = [f"({' '.join([symbol(k.name), *self._fields_of(k)])})" for k in self.system.messages]
        if self._garbles or not kinds:
            kinds.append(f"({GARBLED})")
        return [f"(declare-datatypes (({MESSAGE} 0)) (({' '.join(kinds)})))"]

    @property
    def _garbles(self) -> bool:
        """Whether there can be garbled segments."""
        initial = (m for segments in self.system.initial.contents for m in segments)
        faults = any(a.kind is ActionKind.CORRUPT for a in self.system.actions)
        return faults or any(m[0] == CORRUPT_KIND for m in initial)

    def _fields_of(self, kind: MessageKind) -> list[str]:
        return [f"({symbol(f'{kind.name}.{f.name}')} {self.numbers.sort(f.sort)})" for f in kind.fields]

    def constants(self, suffix: str) -> list[tuple[str, str]]:
        """One array a channel."""
        return [(self._name(i, suffix), f"(Array {MESSAGE} Bool)") for i in range(len(self.system.channels))]

    def initial(self, channel: int, contents: Sequence[Message], suffix: str) -> str:
        """What was sent is just these segments."""
        sent = disjunction(call("=", "?m", self.segment(m)) for m in dict.fromkeys(contents))
        here = call("select", self._name(channel, suffix), "?m")
        return f"(forall ((?m {MESSAGE})) {call('=', here, sent)})"

    def taken(self, channel: int) -> tuple[list[tuple[str, str]], str, Segment]:
        """A segment that was ever sent."""
        there = call("select", self._name(channel, ""), symbol("segment"))
        return [(symbol("segment"), MESSAGE)], there, self._fields(symbol("segment"))

    def next(self, channel: int, sent: Sequence[Sent]) -> str:
        """What was sent is added; nothing is taken away."""
        after = self._name(channel, "")
        for one in sent:
            more = call("store", after, self._message(one.kind, one.fields), "true")
            after = more if one.when == "true" else call("ite", one.when, more, after)
        return call("=", self._name(channel, NEXT), after)

    def none(self, channel: int, suffix: str, predicate: Callable[[Segment], str]) -> str:
        """No segment that was ever sent satisfies the predicate."""
        sent = call("select", self._name(channel, suffix), "?m")
        return f"(forall ((?m {MESSAGE})) {negation(conjunction([sent, predicate(self._fields('?m'))]))})"

    def _fields(self, message: str) -> Segment:
        def is_kind(kind: int) -> str:
            if kind == CORRUPT_KIND and not self._garbles:
                return "false"
            name = GARBLED if kind == CORRUPT_KIND else symbol(self.system.messages[kind].name)
            return f"((_ is {name}) {message})"

        return Segment(is_kind, lambda name: call(symbol(name), message))

    def holding(self, contents: Sequence[Message]) -> str:
        """A channel into which just these segments were ever sent, as a term."""
        found = f"((as const (Array {MESSAGE} Bool)) false)"
        for message in contents:
            found = call("store", found, self.segment(message), "true")
        return found

    def segment(self, message: Message) -> str:
        """A segment as a term."""
        kind = message[0]
        if kind == CORRUPT_KIND:
            return GARBLED
        fields = self.system.messages[kind].fields
        values = (self.numbers.value(v, f.sort) for v, f in zip(message[1:], fields, strict=False))
        return self._message(kind, list(values))

    def _message(self, kind: int, fields: Sequence[str]) -> str:
        return GARBLED if kind == CORRUPT_KIND else call(symbol(self.system.messages[kind].name), *fields)

    def _name(self, channel: int, suffix: str) -> str:
        return symbol(self.system.channels[channel].name + suffix)


# --- One slot ----------------------------------------------------------------------------------------


@record
class Slots:
    """Each channel one slot: what is sent takes the place of what was there. A part of the behaviours of the
    ever-growing network, to guess invariants from."""

    system: System
    numbers: Numbers

    def declarations(self) -> list[str]:
        """None."""
        return []

    def constants(self, suffix: str) -> list[tuple[str, str]]:
        """The parts of each slot."""
        return [
            (self.name(i, part, suffix), self.numbers.sort(sort))
            for i in range(len(self.system.channels))
            for part, sort in self.parts()
        ]

    def parts(self) -> list[tuple[str, Sort]]:
        """The kind (the number of kinds: empty), then every field of every kind."""
        kinds = len(self.system.messages)
        fields = [(f"{k.name}.{f.name}", f.sort) for k in self.system.messages for f in k.fields]
        return [(KIND, IntSort(CORRUPT_KIND, kinds)), *fields]

    def name(self, channel: int, part: str, suffix: str) -> str:
        """The constant of one part of a slot."""
        return symbol(f"{self.system.channels[channel].name}.{part}{suffix}")

    def initial(self, channel: int, contents: Sequence[Message], suffix: str) -> str:
        """The slot holds the last of them."""
        empty = call("=", self.name(channel, KIND, suffix), str(len(self.system.messages)))
        if not contents:
            return empty
        last = contents[-1]
        parts = [call("=", self.name(channel, KIND, suffix), number(last[0]))]
        if last[0] != CORRUPT_KIND:
            kind = self.system.messages[last[0]]
            for value, field in zip(last[1:], kind.fields, strict=False):
                here = self.name(channel, f"{kind.name}.{field.name}", suffix)
                parts.append(call("=", here, self.numbers.value(value, field.sort)))
        return conjunction(parts)

    def taken(self, channel: int) -> tuple[list[tuple[str, str]], str, Segment]:
        """What is in the slot."""
        there = negation(call("=", self.name(channel, KIND, ""), str(len(self.system.messages))))
        return [], there, self.fields(channel, "")

    def next(self, channel: int, sent: Sequence[Sent]) -> str:
        """The last segment sent takes the slot; it stays in it when it is received."""
        after = {part: self.name(channel, part, "") for part, _ in self.parts()}
        for one in sent:
            values = {KIND: number(one.kind)}
            if one.kind != CORRUPT_KIND:
                kind = self.system.messages[one.kind]
                values |= {f"{kind.name}.{f.name}": v for f, v in zip(kind.fields, one.fields, strict=True)}
            for part, value in values.items():
                after[part] = value if one.when == "true" else call("ite", one.when, value, after[part])
        return conjunction(call("=", self.name(channel, part, NEXT), v) for part, v in after.items())

    def fields(self, channel: int, suffix: str) -> Segment:
        """What is in a slot."""
        return Segment(
            lambda kind: call("=", self.name(channel, KIND, suffix), number(kind)),
            lambda name: self.name(channel, name, suffix),
        )

    def none(self, channel: int, suffix: str, predicate: Callable[[Segment], str]) -> str:
        """The slot is empty, or what is in it does not satisfy the predicate."""
        empty = call("=", self.name(channel, KIND, suffix), str(len(self.system.messages)))
        return disjunction([empty, negation(predicate(self.fields(channel, suffix)))])
