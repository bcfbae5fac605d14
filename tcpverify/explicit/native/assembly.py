"""A builder for one LLVM function as text: fresh names, labels, loads, stores, branches and loops.

The text is LLVM's own assembly language (LLVM Language Reference Manual, opaque pointers); every name
that the builder makes up is unused before. Integers in it are signed: write constants by `constant`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

Value = str | int
"""An operand: the name of a value (`%t3`) or a constant."""

_SIGN = 1 << 63


def constant(bits: int) -> int:
    """The 64 bits of an unsigned word as the signed number that stands for them in the text."""
    return bits - (1 << 64) if bits & _SIGN else bits


class Function:
    """One function under construction, from its head (`define i64 @f(ptr %x)`) to its closing brace."""

    def __init__(self, head: str) -> None:
        self._head = head
        self._variables: list[str] = []
        self._lines: list[str] = []
        self._names = 0

    def do(self, text: str) -> str:
        """Emit an instruction that has a result; the name of the result."""
        name = self._fresh("%t")
        self._lines.append(f"  {name} = {text}")
        return name

    def say(self, text: str) -> None:
        """Emit an instruction without a result."""
        self._lines.append(f"  {text}")

    def label(self) -> str:
        """A fresh label; it begins a block where `at` puts it."""
        return self._fresh("L")

    def at(self, label: str) -> None:
        """Begin the block of a label here."""
        self._lines.append(f"{label}:")

    def goto(self, label: str) -> None:
        """End the block by a jump."""
        self.say(f"br label %{label}")

    def branch(self, condition: str, yes: str, no: str) -> None:
        """End the block by a jump that depends on an `i1`."""
        self.say(f"br i1 {condition}, label %{yes}, label %{no}")

    def element(self, pointer: str, index: Value, type: str = "i64") -> str:
        """The address of the element of a given index in an array of a type."""
        if index == 0:
            return pointer
        return self.do(f"getelementptr {type}, ptr {pointer}, i64 {index}")

    def load(self, pointer: str, index: Value = 0, type: str = "i64") -> str:
        """The element of a given index in an array of a type."""
        return self.do(f"load {type}, ptr {self.element(pointer, index, type)}")

    def store(self, value: Value, pointer: str, index: Value = 0, type: str = "i64") -> None:
        """Set the element of a given index in an array of a type."""
        self.say(f"store {type} {value}, ptr {self.element(pointer, index, type)}")

    def address(self, pointer: str, index: Value = 0) -> str:
        """The element of a given index in an array of words, as a pointer."""
        return self.load(pointer, index, "ptr")

    def variable(self, value: Value = 0, type: str = "i64") -> str:
        """The address of a new local variable, set to a value here.

        All are declared on entry, so that they become registers and a loop does not eat the stack.
        """
        name = self._fresh("%v")
        self._variables.append(f"  {name} = alloca {type}")
        self.store(value, name, type=type)
        return name

    def compare(self, relation: str, left: Value, right: Value, type: str = "i64") -> str:
        """An `i1`: `relation` is `eq ne ult ule ugt uge slt sle sgt sge`."""
        return self.do(f"icmp {relation} {type} {left}, {right}")

    @contextmanager
    def counting(self, first: Value, end: Value, step: Value = 1) -> Iterator[str]:
        """A loop over first, first + step, ... below end (unsigned); gives the name of the counter."""
        counter = self.variable(first)
        head, body, done = self.label(), self.label(), self.label()
        self.goto(head)
        self.at(head)
        now = self.load(counter)
        self.branch(self.compare("ult", now, end), body, done)
        self.at(body)
        yield now
        self.store(self.do(f"add i64 {now}, {step}"), counter)
        self.goto(head)
        self.at(done)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """What happens only if an `i1` is true; the body must not end its last block itself."""
        body, done = self.label(), self.label()
        self.branch(condition, body, done)
        self.at(body)
        yield
        self.goto(done)
        self.at(done)

    def text(self) -> str:
        """The whole function."""
        return "\n".join([f"{self._head} {{", "entry:", *self._variables, *self._lines, "}", ""])

    def _fresh(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}{self._names}"
