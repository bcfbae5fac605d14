"""What two open machines are fed: segments of a small alphabet, and all that can happen by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from tcpverify.analysis.openmachine import Arrival, Happening, Input, OpenMachine, few_values
from tcpverify.ir.expr import Value, values_of
from tcpverify.ir.system import State


class Alphabet:
    """The inputs of a pair of machines. `given` fixes the values of fields by name; of the others a small
    type gives all its values, a large one the numbers that the machines hold at the time, one less and one
    more."""

    def __init__(self, old: OpenMachine, new: OpenMachine, given: Mapping[str, Sequence[Value]]) -> None:
        self.old, self.new = old, new
        self.given = given
        both = old.arriving is not None and new.arriving is not None
        self.kinds = [kind for kind in new.kinds if kind in old.kinds] if both else []
        self._flags = {k: {*new.flags(k), *old.flags(k)} for k in self.kinds}
        self._made: dict[tuple[str, tuple[tuple[Value, ...], ...]], list[Arrival]] = {}

    def fields(self, kind: str) -> list[str]:
        """The fields of a kind that either machine has, those of the new one first."""
        return list({**self.new.fields(kind), **self.old.fields(kind)})

    def shared(self, kind: str) -> frozenset[str]:
        """The fields of a kind that both machines have: those in which what they send is compared."""
        return frozenset(self.new.fields(kind)) & frozenset(self.old.fields(kind))

    def coarse(self, given: Input) -> object:
        """An input without its numbers: what happens, or the kind and the flags of a segment."""
        if isinstance(given, Happening):
            return given.kind, given.subject
        flags = self._flags[given.kind]
        return given.kind, tuple(f for f, v in given.fields if v and f in flags)

    def inputs(self, olds: Sequence[State], news: Sequence[State]) -> Iterator[Input]:
        """What can be fed in these states, simplest first: what happens by itself, then segments with few
        flags before those with many."""
        seen: dict[Happening, None] = {}
        for machine, states in ((self.new, news), (self.old, olds)):
            for state in states:
                seen.update(dict.fromkeys(machine.happenings(state)))
        yield from seen
        for kind in self.kinds:
            values = tuple(self._values(kind, field, olds, news) for field in self.fields(kind))
            if (kind, values) not in self._made:
                self._made[kind, values] = self._segments(kind, values)
            yield from self._made[kind, values]

    def _segments(self, kind: str, values: tuple[tuple[Value, ...], ...]) -> list[Arrival]:
        names = self.fields(kind)
        flags = self._flags[kind]
        all_ = [Arrival(kind, tuple(zip(names, chosen, strict=True))) for chosen in product(*values)]
        return sorted(all_, key=lambda a: sum(bool(v) for f, v in a.fields if f in flags))

    def _values(
        self, kind: str, field: str, olds: Sequence[State], news: Sequence[State]
    ) -> tuple[Value, ...]:
        """The values of a field that are tried, those that both machines can take."""
        sorts = []
        near: set[Value] = set()
        for machine, states in ((self.new, news), (self.old, olds)):
            if field in machine.fields(kind):
                sort = machine.fields(kind)[field]
                sorts.append(sort)
                near.update(v for state in states for v in machine.numbers(state, sort))
        if field in self.given:
            return tuple(self.given[field])
        return tuple(v for v in few_values(sorts[0], near) if all(v in values_of(s) for s in sorts))
