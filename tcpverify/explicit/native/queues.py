"""What happens to the segments of a channel, as instructions on one number that holds them all.

The number has type i64, or a multiple of 64 bits where a word is too narrow; LLVM splits those into
words. Positions count from 0, the oldest segment (of a bag the least). A position is a number or the
name of an i64.
"""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.layout import WORD, Place, Segments


def queue_type(segments: Segments) -> str:
    return _type(segments.capacity * segments.bits)


def segment_type(segments: Segments) -> str:
    """The type of one segment."""
    return _type(segments.bits)


def _type(bits: int) -> str:
    return f"i{WORD * max(1, -(-bits // WORD))}"


def load(code: Function, segments: Segments, words: Sequence[str]) -> str:
    """The queue in the words of a state."""
    place = segments.place
    if place.words == 1:
        word = words[place.word]
        low = code.do(f"lshr i64 {word}, {place.offset}") if place.offset else word
        return low if place.offset + place.bits == WORD else code.do(f"and i64 {low}, {_ones(place.bits)}")
    kind = queue_type(segments)
    queue = code.do(f"zext i64 {words[place.word]} to {kind}")
    for i in range(1, place.words):
        wide = code.do(f"zext i64 {words[place.word + i]} to {kind}")
        queue = code.do(f"or {kind} {queue}, {code.do(f'shl {kind} {wide}, {i * WORD}')}")
    return queue


def parts(code: Function, segments: Segments, queue: str) -> list[tuple[Place, str]]:
    """A queue as values to be put into the words of a state, each with its place."""
    place = segments.place
    if place.words == 1:
        return [(place, queue)]
    kind = queue_type(segments)
    found = []
    for i in range(place.words):
        shifted = code.do(f"lshr {kind} {queue}, {i * WORD}") if i else queue
        word = Place(place.word + i, 0, min(WORD, place.bits - i * WORD))
        found.append((word, code.do(f"trunc {kind} {shifted} to i64")))
    return found


def reaches(code: Function, segments: Segments, queue: str, position: int) -> str:
    """Whether there is a segment at a position."""
    if position >= segments.capacity:
        return "false"
    return code.do(f"icmp uge {queue_type(segments)} {queue}, {1 << position * segments.bits}")


def length(code: Function, segments: Segments, queue: str) -> str:
    """How many segments there are."""
    count = "0"
    for position in range(segments.capacity):
        there = reaches(code, segments, queue, position)
        count = code.do(f"add i64 {count}, {code.do(f'zext i1 {there} to i64')}")
    return count


def segment(code: Function, segments: Segments, queue: str, position: int | str) -> str:
    """The segment at a position; 0 where there is none."""
    kind, own = queue_type(segments), segment_type(segments)
    shift = _shift(code, segments, position)
    shifted = queue if shift == "0" else code.do(f"lshr {kind} {queue}, {shift}")
    narrow = shifted if kind == own else code.do(f"trunc {kind} {shifted} to {own}")
    return code.do(f"and {own} {narrow}, {_ones(segments.bits)}")


def contains(code: Function, segments: Segments, queue: str, number: str) -> str:
    """Whether an equal segment is there."""
    found = "false"
    for position in range(segments.capacity):
        own = segment(code, segments, queue, position)
        same = code.do(f"icmp eq {segment_type(segments)} {own}, {number}")
        found = code.do(f"or i1 {found}, {same}")
    return found


def rank(code: Function, segments: Segments, queue: str, number: str) -> str:
    """How many segments are less than or equal to a segment: where it belongs in a bag."""
    count = "0"
    for position in range(segments.capacity):
        own = segment(code, segments, queue, position)
        before = code.do(f"icmp ule {segment_type(segments)} {own}, {number}")
        before = code.do(f"and i1 {before}, {reaches(code, segments, queue, position)}")
        count = code.do(f"add i64 {count}, {code.do(f'zext i1 {before} to i64')}")
    return count


def inserted(code: Function, segments: Segments, queue: str, number: str, position: int | str) -> str:
    """The queue with one more segment at a position; of no use where there is no room."""
    if segments.capacity == 1:
        return widened(code, segments, number)
    kind, shift = queue_type(segments), _shift(code, segments, position)
    wide = widened(code, segments, number)
    low = _below(code, kind, queue, shift)
    high = code.do(f"shl {kind} {code.do(f'xor {kind} {queue}, {low}')}, {segments.bits}")
    own = code.do(f"shl {kind} {wide}, {shift}")
    return code.do(f"or {kind} {code.do(f'or {kind} {low}, {own}')}, {high}")


def appended(code: Function, segments: Segments, queue: str, number: str) -> str:
    """The queue with one more segment at the end; of no use where there is no room."""
    if segments.capacity == 1:
        return widened(code, segments, number)
    kind = queue_type(segments)
    shift = _shift(code, segments, length(code, segments, queue))
    own = code.do(f"shl {kind} {widened(code, segments, number)}, {shift}")
    return code.do(f"or {kind} {queue}, {own}")


def removed(code: Function, segments: Segments, queue: str, position: int | str) -> str:
    """The queue without the segment at a position."""
    if segments.capacity == 1:
        return "0"
    kind, shift = queue_type(segments), _shift(code, segments, position)
    if shift == "0":
        return code.do(f"lshr {kind} {queue}, {segments.bits}")
    low = _below(code, kind, queue, shift)
    rest = code.do(f"lshr {kind} {code.do(f'xor {kind} {queue}, {low}')}, {segments.bits}")
    gone = code.do(f"shl {kind} {_ones(segments.bits)}, {shift}")
    keep = code.do(f"lshr {kind} {gone}, {segments.bits}")
    rest = code.do(f"and {kind} {rest}, {code.do(f'xor {kind} {keep}, -1')}")
    return code.do(f"or {kind} {low}, {rest}")


def without(code: Function, segments: Segments, queue: str, position: int | str) -> str:
    """The queue with nothing but zeros at a position."""
    kind = queue_type(segments)
    mask = code.do(f"shl {kind} {_ones(segments.bits)}, {_shift(code, segments, position)}")
    return code.do(f"and {kind} {queue}, {code.do(f'xor {kind} {mask}, -1')}")


def replaced(code: Function, segments: Segments, queue: str, number: str, position: int | str) -> str:
    """The queue with another segment at a position."""
    kind = queue_type(segments)
    wide = widened(code, segments, number)
    own = code.do(f"shl {kind} {wide}, {_shift(code, segments, position)}")
    return code.do(f"or {kind} {without(code, segments, queue, position)}, {own}")


def aged(code: Function, segments: Segments, queue: str) -> str:
    """The queue a tick later: every life one less, but not below 0."""
    if segments.life is None or segments.life.bits == 0:
        return queue
    kind, result = queue_type(segments), queue
    for position in range(segments.capacity):
        life = code.do(f"and {kind} {queue}, {_ones(segments.life.bits) << position * segments.bits}")
        lives = code.do(f"icmp ne {kind} {life}, 0")
        less = code.do(f"select i1 {lives}, {kind} {1 << position * segments.bits}, {kind} 0")
        result = code.do(f"sub {kind} {result}, {less}")
    return result


def widened(code: Function, segments: Segments, number: str) -> str:
    """A segment as a number of the queue's type."""
    kind, own = queue_type(segments), segment_type(segments)
    return number if kind == own else code.do(f"zext {own} {number} to {kind}")


def _below(code: Function, kind: str, queue: str, shift: str) -> str:
    """The bits of a queue below a shift."""
    if shift == "0":
        return "0"
    bit = code.do(f"shl {kind} 1, {shift}")
    return code.do(f"and {kind} {queue}, {code.do(f'sub {kind} {bit}, 1')}")


def _shift(code: Function, segments: Segments, position: int | str) -> str:
    if isinstance(position, int) or position.isdigit():
        return str(int(position) * segments.bits)
    wide = queue_type(segments)
    amount = code.do(f"mul i64 {position}, {segments.bits}")
    return amount if wide == "i64" else code.do(f"zext i64 {amount} to {wide}")


def _ones(bits: int) -> int:
    return (1 << bits) - 1
