"""The segments of a trace as TCP segments (RFC 9293 section 3.1), by the names of their fields.

| field of the spec | of the TCP header |
|---|---|
| `seq`, `ack` | sequence and acknowledgment number |
| `wnd` or `window` | window; 65535 if there is none, or it is more |
| flags `FIN`, `SYN`, `RST`, `PSH`, `ACK`, `URG` | control bits, whatever their case |
| `text`, `len` or `length` | so many octets of data, all zero |

Everything else of a segment is left out, and said. A segment needs `seq` and one of the flags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn

from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import CORRUPT_KIND, IntSort, SeqSort
from tcpverify.ir.system import ActionKind, Field, MessageKind, System
from tcpverify.records import record
from tcpverify.trace import Trace, TraceStep

FLAGS = {"FIN": 0x01, "SYN": 0x02, "RST": 0x04, "PSH": 0x08, "ACK": 0x10, "URG": 0x20}
"""The control bits, by name."""

NUMBERS = {"seq": "seq", "ack": "ack", "wnd": "window", "window": "window", "text": "length",
           "len": "length", "length": "length"}  # fmt: skip
MOST_DATA = 1460
MOST_WINDOW = 65_535


@record
class Packet:
    """A TCP segment. `step`: the one that sends it (0: it is in flight from the start). `source`, `target`:
    numbers of endpoints; `how`: `sent`, `old`, `copy`, `injected` or `replayed`. `modulus` of its sequence
    numbers."""

    step: int
    source: int
    target: int
    how: str
    seq: int
    ack: int
    flags: int
    window: int
    length: int
    modulus: int


def mapped(system: System, message: Message) -> Mapping[str, int]:
    """`seq`, `ack`, `window`, `length`, `flags` and `modulus` of a segment. Raises ModelError if it is none
    of TCP."""
    if message[0] == CORRUPT_KIND:
        _refuse("a corrupt segment has no fields left")
    kind = system.messages[message[0]]
    found = {"ack": 0, "window": MOST_WINDOW, "length": 0, "flags": 0, "modulus": 1 << 32}
    told = 0
    for f, value in zip(kind.fields, message[1:], strict=False):
        if f.flag and f.name.upper() in FLAGS:
            told += 1
            found["flags"] |= FLAGS[f.name.upper()] if value else 0
        elif not f.flag and not f.ghost and f.name in NUMBERS and isinstance(f.sort, IntSort | SeqSort):
            found[NUMBERS[f.name]] = _number(kind, f, value)
            if f.name == "seq" and isinstance(f.sort, SeqSort):
                found["modulus"] = f.sort.modulus
    if "seq" not in found or not told:
        _refuse(f"message `{kind.name}` has no field `seq`, or none of the flags {', '.join(FLAGS)}")
    found["window"] = min(found["window"], MOST_WINDOW)
    return found


def _number(kind: MessageKind, f: Field, value: int) -> int:
    if not 0 <= value < 1 << 32:
        _refuse(f"`{f.name}` of message `{kind.name}` is {value}, which has no room in 32 bits")
    if NUMBERS[f.name] == "length" and value > MOST_DATA:
        _refuse(f"`{f.name}` of message `{kind.name}` is {value}, more than a segment of {MOST_DATA} octets")
    return int(value)


def unmapped(system: System) -> tuple[str, ...]:
    """The fields that have no place in a TCP header, each as `MESSAGE.FIELD`."""
    return tuple(
        f"{kind.name}.{f.name}"
        for kind in system.messages
        for f in kind.fields
        if not (f.name.upper() in FLAGS if f.flag else f.name in NUMBERS and not f.ghost)
    )


def _refuse(why: str) -> NoReturn:
    hint = "a segment of TCP has `seq` and flags among SYN, ACK, FIN and RST; draw it with --format mermaid"
    raise ModelError([Diagnostic(Code.BAD_OPTION, f"no TCP segment: {why}", hint=hint)])


_HOW = {ActionKind.INJECT: "injected", ActionKind.REPLAY: "replayed", ActionKind.DUPLICATE: "copy"}


def packets(trace: Trace) -> tuple[Packet, ...]:
    """Every segment as it is put into the network, in order: those lost later, too. Raises ModelError."""
    system = trace.system
    ends = {e.name: i for i, e in enumerate(system.endpoints)}

    def packet(step: int, channel: int, message: Message, how: str) -> Packet:
        place = system.channels[channel]
        return Packet(step, ends[place.source], ends[place.target], how, **mapped(system, message))

    found = [
        packet(0, i, message, "old")
        for i, contents in enumerate(trace.initial.contents)
        if not system.channels[i].memory
        for message in contents
    ]
    for step in trace.steps:
        for channel, message in put(system, step):
            found.append(packet(step.number, channel, message, _HOW.get(step.action.kind, "sent")))
    return tuple(found)


def put(system: System, step: TraceStep) -> Iterator[tuple[int, Message]]:
    """What a step puts into which channels. A step that errs sends nothing; the copy of a corrupt segment is
    left out."""
    if step.after is None:
        return
    if step.action.kind is ActionKind.DUPLICATE and step.action.channel is not None:
        if step.message is not None and step.message[0] != CORRUPT_KIND:
            yield step.action.channel, step.message
        return
    for channel, message, fits in step.sent:
        if fits:
            yield next(i for i, c in enumerate(system.channels) if c is channel), message
