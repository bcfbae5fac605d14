"""A channel as a row of slots, oldest first (of a bag: least first), unused ones at the end.

Every function gives the next row; sorted rows stay sorted by one compare-exchange a slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import z3

from tcpverify.ir.evaluate import Message
from tcpverify.ir.system import ActionKind, Channel, Order
from tcpverify.records import record
from tcpverify.smt.encode import Term
from tcpverify.smt.layout import Packing

Row = tuple[Term, ...]


@record
class Lane:
    """A channel and how its slots are packed; `count` slots."""

    channel: Channel
    packing: Packing
    count: int

    @property
    def is_bag(self) -> bool:
        """Whether the slots are sorted."""
        return self.channel.order is Order.BAG

    def constants(self, name: str) -> Row:
        """A row of constants."""
        return tuple(z3.BitVec(f"{name}[{i}]", self.packing.size) for i in range(self.count))

    def contents(self, segments: Sequence[Message]) -> Row:
        """The row of known contents."""
        used = [self.packing.constant(m) for m in segments]
        return tuple(used + [self.packing.unused] * (self.count - len(used)))

    def well_formed(self, row: Row) -> Term:
        """Used slots first, each with a segment that can be; those of a bag ascending, of a memory no two
        the same."""
        valid = [self.packing.valid(s, self.channel.lifetime) for s in row]
        if self.channel.memory:
            valid += [z3.Implies(self.packing.is_used(a), a != b) for a, b in combinations(row, 2)]
        if self.is_bag:
            return z3.And(*valid, *(z3.ULE(a, b) for a, b in pairwise(row)))
        used = [self.packing.is_used(s) for s in row]
        return z3.And(*valid, *(z3.Implies(b, a) for a, b in pairwise(used)))

    def has_room(self, row: Row, more: int) -> Term:
        """Whether `more` further segments fit (a negative number: after so many are taken out)."""
        capacity = self.channel.capacity
        assert capacity is not None
        last = capacity - more
        if last < 0:
            return z3.BoolVal(False)
        return z3.BoolVal(True) if last >= self.count else z3.Not(self.packing.is_used(row[last]))

    def can_take(self, row: Row, position: Term, kind: ActionKind) -> Term:
        """Whether an action can take the segment at a position (positions are bit-vectors)."""
        reach = self.channel.window + 1 if kind is ActionKind.RECEIVE and not self.is_bag else self.count
        cases = []
        for i, slot in enumerate(row[:reach]):
            first = [slot != row[i - 1]] if self.is_bag and i else []
            cases.append(z3.And(position == i, self.packing.is_used(slot), *first))
        return z3.Or(*cases)

    def at(self, row: Row, position: Term) -> Term:
        """The slot at a position."""
        found = row[-1] if row else self.packing.unused
        for i in range(len(row) - 2, -1, -1):
            found = z3.If(position == i, row[i], found)
        return found

    def remove(self, row: Row, position: Term) -> Row:
        """The row without the segment at a position; a memory keeps it."""
        if self.channel.memory:
            return row
        behind = (*row[1:], self.packing.unused)
        return tuple(
            z3.If(z3.ULE(position, i), b, s) for i, (s, b) in enumerate(zip(row, behind, strict=True))
        )

    def duplicate(self, row: Row, position: Term) -> Row:
        """A copy right behind the segment: in a bag too, where equal segments are neighbours."""
        return tuple(z3.If(z3.ULT(position, i), row[i - 1], s) if i else s for i, s in enumerate(row))

    def corrupt(self, row: Row, position: Term) -> Row:
        """The segment garbled in its place; in a bag, where garbled segments belong: first, by age. A memory
        keeps it as it was too."""
        if self.channel.memory:
            return self.put(row, z3.BoolVal(True), self.packing.garbled(self.at(row, position)))
        if not self.is_bag:
            return tuple(z3.If(position == i, self.packing.garbled(s), s) for i, s in enumerate(row))
        garbled = self.packing.garbled(self.at(row, position))
        if self.packing.life is None:
            moved = [row[i - 1] if i else garbled for i in range(self.count)]
            return tuple(
                z3.If(z3.ULE(i, position), m, s) for i, (m, s) in enumerate(zip(moved, row, strict=True))
            )
        return self.put(self.remove(row, position), z3.BoolVal(True), garbled)

    def older(self, row: Row) -> Row:
        """All segments a tick later; sorted rows stay sorted, as all age alike."""
        return row if self.channel.lifetime is None else tuple(self.packing.older(s) for s in row)

    def put(self, row: Row, does: Term, segment: Term) -> Row:
        """One more segment, if `does`; there must be room. A memory takes only what it does not have."""
        if self.channel.memory:
            does = z3.And(does, *(s != segment for s in row))
        if self.is_bag:
            entering = z3.If(does, segment, self.packing.unused)
            below = [z3.ULT(entering, s) for s in row]
            return tuple(
                z3.If(below[i - 1], row[i - 1], z3.If(b, entering, s)) if i else z3.If(b, entering, s)
                for i, (s, b) in enumerate(zip(row, below, strict=True))
            )
        used = [z3.BoolVal(True), *(self.packing.is_used(s) for s in row)]
        return tuple(z3.If(z3.And(does, used[i], z3.Not(used[i + 1])), segment, s) for i, s in enumerate(row))


def select(cases: Sequence[tuple[Term, Row]], otherwise: Row) -> Row:
    """The row of the first case that holds."""
    row = otherwise
    for condition, chosen in reversed(cases):
        row = tuple(z3.If(condition, a, b) for a, b in zip(chosen, row, strict=True))
    return row
