"""What the kernel is handed of a model: its rules as LLVM text, and the few numbers that go with it."""

from __future__ import annotations

from tcpverify.records import record


@record
class Rules:
    """The rules module of a model.

    `text` defines, in LLVM's assembly language:

    - `i64 @expand(ptr %thread, ptr %states, i64 %first, i64 %last)`: expands the states of index first
      to last - 1 in order. A successor is appended to the thread's buffer at FILLED: its words to BUFFER,
      its link to LINKS, its label (if they have words) to LABELS. It stops before a state when fewer than
      `most_successors` places are left, stores FILLED and returns the index of the next state not
      expanded. It sets the bytes of SEEN of the watches it evaluates and of the actions taken, and adds
      to DEAD_ENDS.
    - `void @look(ptr %thread, ptr %states, i64 %first, i64 %last)`: evaluates the state predicates on
      those states and sets bytes of SEEN.

    `words`: 64-bit words a state; `bits`: how many bits of the words may be set at all, from bit 0 of
    word 0 on; `most_successors`: of any state; `seen`: bytes of SEEN;
    `label_words`: words a label, 0 if the rules tell none.
    """

    words: int
    bits: int
    text: str
    most_successors: int
    seen: int
    label_words: int = 0
