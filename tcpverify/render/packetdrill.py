"""Traces as packetdrill scripts (Cardwell et al. 2013, "packetdrill: scriptable network stack testing").

One endpoint is the stack under test: what it receives is injected (`<`), what it sends is expected (`>`). Of
what it sends `seq` is relative to the first SYN that it sends, and so is `ack` of what it receives after
that, as packetdrill has it; other numbers are as in the trace. What the script cannot do stands in it as
comments: calls of the user, timers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tcpverify.ir.evaluate import Message
from tcpverify.ir.system import ActionKind, System
from tcpverify.render import describe
from tcpverify.render.packets import FLAGS, mapped, put, unmapped
from tcpverify.render.text import clean
from tcpverify.trace import Trace, TraceStep

_LETTERS = (("SYN", "S"), ("FIN", "F"), ("RST", "R"), ("PSH", "P"), ("URG", "U"), ("ACK", "."))
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}


def packetdrill(trace: Trace, endpoint: int, title: str) -> str:
    """The script of a trace as an endpoint (by its number) sees it. Raises ModelError if a segment that it
    sends or receives is none of TCP."""
    writer = _Writer(trace.system, endpoint)
    lines = [_comment(title), *writer.head()]
    for step in trace.steps:
        lines += writer.step(step)
    if trace.loop is not None:
        lines.append(_comment(describe.for_ever(trace)))
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return f"// {clean(text, True)}"


@dataclass(slots=True)
class _Writer:
    """`first`: the number of the first SYN that the endpoint sent; `waited`: ticks since the last line;
    `timer`: whether one fired in this step of an untimed system, so that nobody knows when."""

    system: System
    endpoint: int
    first: int | None = None
    waited: int = 0
    timer: bool = False

    @property
    def name(self) -> str:
        return self.system.endpoints[self.endpoint].name

    def head(self) -> Iterator[str]:
        yield _comment(f"the stack under test is {self.name}; numbers are relative where packetdrill says so")
        left = unmapped(self.system)
        if left:
            yield _comment(f"fields without a place in a TCP header: {', '.join(left)}")

    def step(self, step: TraceStep) -> Iterator[str]:
        action = step.action
        if action.kind is ActionKind.TICK:
            self.waited += 1
        own = action.endpoint == self.name and not action.is_fault
        if not own:
            return
        self.timer = action.kind is ActionKind.TIMEOUT and not self.system.timed
        yield _comment(f"step {step.number}: {describe.event(self.system, step)}")
        if action.kind is ActionKind.RECEIVE and step.message is not None:
            yield f"{self._delay()} < {self._segment(step.message, inbound=True)}"
        for _, message in put(self.system, step):
            yield f"{self._delay()} > {self._segment(message, inbound=False)}"
        if step.error is not None:
            yield _comment(f"here the model errs: {step.error.message}")

    def _delay(self) -> str:
        """When a line happens, after the one before; `*` is whenever."""
        ticks, self.waited = self.waited, 0
        if self.timer:
            self.timer = False
            return "*"
        count, unit = self.system.tick or (1, "s")
        return f"+{ticks * count * _SECONDS[unit]:g}"

    def _segment(self, message: Message, *, inbound: bool) -> str:
        m = mapped(self.system, message)
        letters = "".join(letter for flag, letter in _LETTERS if m["flags"] & FLAGS[flag])
        if not inbound and self.first is None and m["flags"] & FLAGS["SYN"]:
            self.first = m["seq"]
        seq = m["seq"] if inbound else self._relative(m["seq"], m)
        words = [f"{letters or '-'} {seq}:{seq + m['length']}({m['length']})"]
        if m["flags"] & FLAGS["ACK"]:
            words.append(f"ack {self._relative(m['ack'], m) if inbound else m['ack']}")
        words.append(f"win {m['window']}")
        return " ".join(words + ["<...>"] * (not inbound))

    def _relative(self, number: int, m: Mapping[str, int]) -> int:
        return number if self.first is None else (number - self.first) % m["modulus"]
