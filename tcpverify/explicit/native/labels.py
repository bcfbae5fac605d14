"""What a transition does, in words: its action and the segment that it takes.

That is all that fairness asks of a step (`ir/fairness.py`); two transitions with one label do the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.explicit.native import queues
from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.layout import WORD, Layout
from tcpverify.explicit.native.terms import Taken
from tcpverify.ir.evaluate import Message
from tcpverify.ir.system import System
from tcpverify.records import record


@record
class Labels:
    """`words` of a label: the number of the action above the `bits` of the segment, or where that is too
    wide for one word, the action and then the words of the segment. No segment is 0."""

    bits: int
    words: int

    @classmethod
    def of(cls, system: System, packing: Layout) -> Labels:
        """The labels of a system."""
        bits = max((s.bits for s in packing.channels), default=0)
        narrow = bits + len(system.actions).bit_length() < WORD
        return cls(bits, 1 if narrow else 1 + -(-bits // WORD))

    def emit(self, code: Function, action: int, taken: Taken | None) -> list[str]:
        """The words of a label, as values."""
        if self.words == 1:
            own = str(action << self.bits)
            return [own if taken is None else code.do(f"or i64 {taken.number}, {own}")]
        found = [str(action)]
        for word in range(self.words - 1):
            found.append("0" if taken is None else _word(code, taken, word))
        return found

    def read(self, words: Sequence[int]) -> tuple[int, int]:
        """The action of a label, and the segment as a number."""
        if self.words == 1:
            return words[0] >> self.bits, words[0] & (1 << self.bits) - 1
        return words[0], sum(word << i * WORD for i, word in enumerate(words[1:]))


def _word(code: Function, taken: Taken, word: int) -> str:
    """A word of a segment."""
    kind = queues.segment_type(taken.segments)
    if word * WORD >= taken.segments.bits:
        return "0"
    shifted = code.do(f"lshr {kind} {taken.number}, {word * WORD}") if word else taken.number
    return shifted if kind == "i64" else code.do(f"trunc {kind} {shifted} to i64")


def message(system: System, packing: Layout, action: int, number: int) -> Message:
    """The segment that a transition takes; empty if it takes none."""
    channel = system.actions[action].channel
    return () if channel is None or number == 0 else packing.message(channel, number)
