"""Where everything of a state stands in W words of 64 bits, and the way there and back.

No field straddles two words. A variable that nothing changes takes no bit. A channel is one field: its
segments from the lowest bits up, the oldest (of a bag: the least) first, each a number that is 0 only
where there is no segment, so that no length is stored. A segment is, from the highest bits down, its
kind, its fields and its life; so numbers are in the order in which the interpreter sorts a bag. A queue
of more than 64 bits has words of its own.

One state has exactly one packing: states are equal if and only if their words are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import CORRUPT_KIND, bounds
from tcpverify.ir.system import ActionKind, Send, State, System
from tcpverify.records import record

WORD = 64
MOST_WORDS = 64
"""A state of more bits is left to the interpreter."""


class TooWide(Exception):
    """The states of a system do not fit a fixed number of words; the message says why."""


@record
class Place:
    """`bits` bits from bit `offset` of word `word` on; more than 64 go on in the words that follow."""

    word: int
    offset: int
    bits: int

    @property
    def words(self) -> int:
        """How many words the field is spread over."""
        return max(1, -(-self.bits // WORD))


@record
class Column:
    """A value `lo` .. of a segment, kept as its distance from `lo` in `bits` bits from bit `offset` on."""

    lo: int
    offset: int
    bits: int


@record
class Segments:
    """How the segments of one channel are kept. `kinds`: those that can occur, ascending; kind
    `kinds[i]` is kept as i + 1 from bit `kind_offset` of the segment's `bits` bits on. `columns`: its
    fields, as many as the system's widest kind has. `life`: bits, at the lowest end."""

    place: Place
    capacity: int
    bits: int
    kinds: tuple[int, ...]
    kind_offset: int
    columns: tuple[Column, ...]
    life: Column | None

    def pack(self, message: Message) -> int:
        """A segment as a number, never 0."""
        number = (self.kinds.index(message[0]) + 1) << self.kind_offset
        for column, value in zip(self.columns, message[1:], strict=False):
            number |= (value - column.lo) << column.offset
        return number if self.life is None else number | message[-1]

    def unpack(self, number: int) -> Message:
        """The segment of a number."""
        kind = self.kinds[(number >> self.kind_offset) - 1]
        values = tuple((number >> c.offset & (1 << c.bits) - 1) + c.lo for c in self.columns)
        return (kind, *values) if self.life is None else (kind, *values, number & (1 << self.life.bits) - 1)


@record
class Layout:
    """`variables`: the place of each variable, and the value that stands for 0; `channels`: as the
    system's; `words`, `bits`: of a state in all."""

    words: int
    bits: int
    variables: tuple[tuple[Place, int], ...]
    channels: tuple[Segments, ...]
    booleans: tuple[bool, ...]
    aged: bool

    def pack(self, state: State) -> tuple[int, ...]:
        """A state as its words."""
        words = [0] * self.words
        for value, (place, lo) in zip(state.values, self.variables, strict=True):
            words[place.word] |= (value - lo) << place.offset
        for segments, contents in zip(self.channels, state.contents, strict=True):
            queue = sum(segments.pack(m) << i * segments.bits for i, m in enumerate(contents))
            _put(words, segments.place, queue)
        return tuple(words)

    def unpack(self, words: Sequence[int]) -> State:
        """The state of some words."""
        values = tuple(
            bool(v) if boolean else v
            for v, boolean in zip(
                (_get(words, place) + lo for place, lo in self.variables), self.booleans, strict=True
            )
        )
        return State(values, tuple(tuple(self._contents(s, _get(words, s.place))) for s in self.channels))

    def _contents(self, segments: Segments, queue: int) -> Iterable[Message]:
        while queue:
            yield self._message(segments, queue & (1 << segments.bits) - 1)
            queue >>= segments.bits

    def message(self, channel: int, number: int) -> Message:
        """The segment of a channel that is kept as a number."""
        return self._message(self.channels[channel], number)

    def _message(self, segments: Segments, number: int) -> Message:
        message = segments.unpack(number)
        return message if segments.life is not None or not self.aged else (*message, 0)


def _put(words: list[int], place: Place, value: int) -> None:
    for i in range(place.words):
        words[place.word + i] |= (value >> i * WORD << place.offset) & (1 << WORD) - 1


def _get(words: Sequence[int], place: Place) -> int:
    value = sum(words[place.word + i] << i * WORD for i in range(place.words))
    return value >> place.offset & (1 << place.bits) - 1


def layout(system: System) -> Layout:
    """The packing of a system's states.

    Raises:
        TooWide: a channel is unlimited, or a state takes more than 64 words.
    """
    ranges = [_range(system, i) for i in range(len(system.variables))]
    shapes = [_shape(system, i) for i in range(len(system.channels))]
    sizes = [_bits(hi - lo) for lo, hi in ranges] + [s.bits * s.capacity for s in shapes]
    places, words = _places(sizes)
    if words > MOST_WORDS:
        raise TooWide(f"a state takes {sum(sizes):,} bits")
    count = len(ranges)
    channels = tuple(
        Segments(place, s.capacity, s.bits, s.kinds, s.kind_offset, s.columns, s.life)
        for place, s in zip(places[count:], shapes, strict=True)
    )
    return Layout(
        words,
        sum(sizes),
        tuple((place, lo) for place, (lo, _) in zip(places[:count], ranges, strict=True)),
        channels,
        tuple(isinstance(first, bool) for (first, *_) in system.initial.values),
        system.segments_age,
    )


def _bits(largest: int) -> int:
    return largest.bit_length()


def _range(system: System, index: int) -> tuple[int, int]:
    """The least and the greatest value that a variable can have."""
    values = system.initial.values[index]
    if not any(u.variable == index for action in system.actions for u in action.updates):
        return int(min(values)), int(max(values))
    lo, hi = bounds(system.variables[index].sort)
    return lo, hi


def _shape(system: System, index: int) -> Segments:
    """How the segments of a channel are kept; where is decided later."""
    channel = system.channels[index]
    if channel.capacity is None:
        raise TooWide(f"channel {channel.name} is unlimited")
    kinds = tuple(sorted(_kinds(system, index)))
    life = None if channel.lifetime is None else Column(0, 0, _bits(channel.lifetime))
    offset, columns = 0 if life is None else life.bits, []
    for position in reversed(range(system.width - 1 - system.segments_age)):
        lo, hi = _column_range(system, kinds, position)
        columns.append(Column(lo, offset, _bits(hi - lo)))
        offset += columns[-1].bits
    bits = offset + _bits(max(1, len(kinds)))
    columns.reverse()
    return Segments(Place(0, 0, 0), channel.capacity, bits, kinds, offset, tuple(columns), life)


def _kinds(system: System, index: int) -> set[int]:
    """The kinds of segment that a channel can hold."""
    kinds = {message[0] for message in system.initial.contents[index]}
    for action in system.actions:
        kinds |= {e.kind for e in action.effects if isinstance(e, Send) and e.channel == index}
        if action.kind is ActionKind.CORRUPT and action.channel == index:
            kinds.add(CORRUPT_KIND)
    return kinds


def _column_range(system: System, kinds: Iterable[int], position: int) -> tuple[int, int]:
    """The least and the greatest value at a position of segments of some kinds; 0 is padding."""
    lo, hi = 0, 0
    first = True
    for kind in kinds:
        fields = () if kind == CORRUPT_KIND else system.messages[kind].fields
        low, high = bounds(fields[position].sort) if position < len(fields) else (0, 0)
        lo, hi = (low, high) if first else (min(lo, low), max(hi, high))
        first = False
    return lo, hi


def _places(sizes: Sequence[int]) -> tuple[list[Place], int]:
    """A place for fields of these sizes, the widest first, each in the first word with room."""
    used: list[int] = []
    places: list[Place] = [Place(0, 0, 0)] * len(sizes)
    for index in sorted(range(len(sizes)), key=lambda i: -sizes[i]):
        size = sizes[index]
        if size > WORD:
            places[index] = Place(len(used), 0, size)
            used += [WORD] * places[index].words
            continue
        word = next((w for w, bits in enumerate(used) if bits + size <= WORD), len(used))
        if word == len(used):
            used.append(0)
        places[index] = Place(word, used[word], size)
        used[word] += size
    return places, max(1, len(used))
