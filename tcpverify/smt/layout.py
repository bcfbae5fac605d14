"""How values and segments are stored: in as few bits as their sorts need, least value as 0.

A slot is one bit-vector, the kind in its highest bits, so that the unsigned order of slots is the
order of segments as tuples, and an unused slot comes after every segment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import z3

from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import CORRUPT_KIND, BoolSort, IntSort, Scope, Sort, Value, bounds
from tcpverify.ir.interpret import positions
from tcpverify.ir.system import KIND, LIFE, MessageKind, System
from tcpverify.records import record
from tcpverify.smt.encode import Key, Term, number


@record
class Store:
    """How a number `lo..hi` is stored, in a bit-vector of `size` bits that holds the distance from `lo`."""

    lo: int
    hi: int

    @property
    def size(self) -> int:
        """Its bits."""
        return max(1, (self.hi - self.lo).bit_length())

    @property
    def full(self) -> bool:
        """Whether every bit pattern stores a value."""
        return self.hi - self.lo == (1 << self.size) - 1

    def read(self, stored: Term, bits: int) -> Term:
        """The number of a stored pattern."""
        wide = z3.ZeroExt(bits - self.size, stored)
        return wide + number(self.lo, bits) if self.lo else wide

    def write(self, value: Term) -> Term:
        """The pattern of a number."""
        return z3.Extract(self.size - 1, 0, value - number(self.lo, value.size()) if self.lo else value)

    def fits(self, value: Term) -> Term:
        """Whether a number can be stored."""
        bits = value.size()
        return z3.And(number(self.lo, bits) <= value, value <= number(self.hi, bits))

    def pattern(self, value: int) -> Term:
        """The pattern of a known number."""
        return number(value - self.lo, self.size)

    def valid(self, stored: Term) -> Term:
        """Whether a pattern stores a value."""
        return z3.BoolVal(True) if self.full else z3.ULE(stored, number(self.hi - self.lo, self.size))


def store_of(sort: Sort) -> Store:
    """The store of the numbers of a sort."""
    return Store(*bounds(sort))


@record
class Cell:
    """One variable's constant: Booleans as they are, numbers by their store."""

    sort: Sort

    def constant(self, name: str) -> Term:
        """A constant of this cell."""
        return z3.Bool(name) if self.is_bool else z3.BitVec(name, store_of(self.sort).size)

    @property
    def is_bool(self) -> bool:
        """Whether the cell is a Bool."""
        return isinstance(self.sort, BoolSort)

    def read(self, stored: Term, bits: int) -> Term:
        """The term that expressions read."""
        return stored if self.is_bool else store_of(self.sort).read(stored, bits)

    def write(self, value: Term) -> Term:
        """What is stored of a value."""
        return value if self.is_bool else store_of(self.sort).write(value)

    def pattern(self, value: Value) -> Term:
        """What is stored of a known value."""
        return z3.BoolVal(bool(value)) if self.is_bool else store_of(self.sort).pattern(value)

    def valid(self, stored: Term) -> Term:
        """Whether what is stored is a value."""
        return z3.BoolVal(True) if self.is_bool else store_of(self.sort).valid(stored)

    def fits(self, value: Term) -> Term:
        """Whether a value can be stored."""
        return z3.BoolVal(True) if self.is_bool else store_of(self.sort).fits(value)

    def value(self, pattern: Term) -> Value:
        """The value of a pattern that is a constant."""
        return bool(z3.is_true(pattern)) if self.is_bool else int(pattern.as_long()) + bounds(self.sort)[0]


@record
class Packing:
    """The slots of one system: the stores of the kind, of each field's position and (if segments age)
    of the life, and where fields stand."""

    parts: tuple[Store, ...]
    kinds: tuple[MessageKind, ...]
    fields: Mapping[Key, tuple[int, Sort]]
    life: Store | None = None

    @property
    def size(self) -> int:
        """Its bits."""
        return sum(p.size for p in self.parts)

    @property
    def unused(self) -> Term:
        """The pattern of an unused slot: greater than that of every segment."""
        return self._join([self.parts[0].pattern(len(self.kinds)), *self._zeros(1)])

    def garbled(self, slot: Term) -> Term:
        """The pattern of a segment when it is garbled: as old as it was."""
        kind = self.parts[0].pattern(CORRUPT_KIND)
        return self._join([kind, *self._zeros(1)[: self._padding - 1], *self._life(slot)])

    def older(self, slot: Term) -> Term:
        """The pattern of a segment a tick later; an unused slot stays as it is."""
        if self.life is None:
            return slot
        (left,) = self._life(slot)
        rest = z3.Extract(self.size - 1, self.life.size, slot)
        lower = z3.If(left == self.life.pattern(0), left, left - 1)
        return z3.Concat(rest, lower)

    @property
    def _padding(self) -> int:
        """How many positions come before the life."""
        return len(self.parts) - (self.life is not None)

    def _life(self, slot: Term) -> list[Term]:
        """What is stored of the life, if segments age."""
        return [] if self.life is None else [self._part(slot, len(self.parts) - 1)]

    def constant(self, message: Message) -> Term:
        """The pattern of a known segment."""
        return self._join([p.pattern(v) for p, v in zip(self.parts, message, strict=True)])

    def segment(self, pattern: int) -> Message:
        """The segment of the pattern of a used slot."""
        values: list[int] = []
        for part in reversed(self.parts):
            values.append((pattern & ((1 << part.size) - 1)) + part.lo)
            pattern >>= part.size
        return tuple(reversed(values))

    def message(self, kind: int, fields: Sequence[Term], lifetime: int | None = None) -> Term:
        """The pattern of a new segment with these numbers or Booleans as fields."""
        stored = [
            p.write(_as_number(f, p)) for p, f in zip(self.parts[1 : 1 + len(fields)], fields, strict=True)
        ]
        padding = self._zeros(1 + len(fields))[: self._padding - 1 - len(fields)]
        life = [] if self.life is None else [self.life.pattern(lifetime or 0)]
        return self._join([self.parts[0].pattern(kind), *stored, *padding, *life])

    def fits(self, kind: int, fields: Sequence[Term]) -> Term:
        """Whether every field can be stored as what it is declared to be."""
        return z3.And(
            *(
                store_of(f.sort).fits(t)
                for f, t in zip(self.kinds[kind].fields, fields, strict=True)
                if not z3.is_bool(t)
            )
        )

    def is_used(self, slot: Term) -> Term:
        """Whether a slot holds a segment."""
        return self._part(slot, 0) != self.parts[0].pattern(len(self.kinds))

    def read(self, slot: Term, bits: int) -> dict[Key, Term]:
        """The FIELD variables of a segment."""
        terms: dict[Key, Term] = {}
        for key, (position, sort) in self.fields.items():
            value = self.parts[position].read(self._part(slot, position), bits)
            terms[key] = value != 0 if isinstance(sort, BoolSort) else value
        return terms

    def valid(self, slot: Term, lifetime: int | None = None) -> Term:
        """Whether a pattern is a segment that some send or fault makes in a channel, or unused."""
        kind = self._part(slot, 0)
        young = [z3.ULE(left, self.life.pattern(lifetime or 0)) for left in self._life(slot) if self.life]
        cases = [slot == self.unused, z3.And(slot == self.garbled(slot), *young)]
        for index, message in enumerate(self.kinds):
            inside = [
                self._inside(self._part(slot, i), self.parts[i], f.sort)
                for i, f in enumerate(message.fields, 1)
            ]
            first = 1 + len(message.fields)
            zeros = self._zeros(first)[: self._padding - first]
            rest = [self._part(slot, i) == z for i, z in enumerate(zeros, first)]
            cases.append(z3.And(kind == self.parts[0].pattern(index), *inside, *rest, *young))
        return z3.Or(*cases)

    def _inside(self, stored: Term, part: Store, sort: Sort) -> Term:
        lo, hi = bounds(sort)
        return z3.And(z3.UGE(stored, part.pattern(lo)), z3.ULE(stored, part.pattern(hi)))

    def _zeros(self, first: int) -> list[Term]:
        return [p.pattern(0) for p in self.parts[first:]]

    def _join(self, patterns: Sequence[Term]) -> Term:
        return patterns[0] if len(patterns) == 1 else z3.Concat(*patterns)

    def _part(self, slot: Term, index: int) -> Term:
        low = sum(p.size for p in self.parts[index + 1 :])
        return z3.Extract(low + self.parts[index].size - 1, low, slot)


def packing(system: System) -> Packing:
    """How the segments of a system are stored."""
    extents = [(0, 0)] * (system.width - 1)
    life: Store | None = None
    sorts: dict[Key, Sort] = {(Scope.FIELD, KIND): IntSort(CORRUPT_KIND, len(system.messages) - 1)}
    for kind in system.messages:
        for i, f in enumerate(kind.fields):
            lo, hi = bounds(f.sort)
            extents[i] = min(extents[i][0], lo), max(extents[i][1], hi)
            sorts[Scope.FIELD, f"{kind.name}.{f.name}"] = f.sort
    if system.segments_age:
        longest = max(c.lifetime or 0 for c in system.channels)
        extents[-1], life = (0, longest), Store(0, longest)
        sorts[Scope.FIELD, LIFE] = IntSort(0, longest)
    parts = [Store(CORRUPT_KIND, len(system.messages)), *(Store(lo, hi) for lo, hi in extents)]
    table = positions(system, ())
    fields = {key: (table[key], sort) for key, sort in sorts.items()}
    return Packing(tuple(parts), system.messages, fields, life)


def _as_number(term: Term, part: Store) -> Term:
    """A field's term as a number, wide enough for its store."""
    if not z3.is_bool(term):
        return term
    bits = part.size + 2
    return z3.If(term, number(1, bits), number(0, bits))
