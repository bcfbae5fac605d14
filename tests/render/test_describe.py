"""The words for segments and steps."""

from __future__ import annotations

import handshake_system as h
import pytest

from tcpverify.ir.expr import BOOL
from tcpverify.ir.system import Field, MessageKind, Timer
from tcpverify.render import describe

SYSTEM = h.build()


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ((0, 1, 1, 0, 3, 1, 0), "SYN+ACK seq=3 ack=1 [origin=0]"),
        ((0, 1, 0, 0, 3, 0, 2), "SYN seq=3 [origin=2]"),
        ((0, 0, 0, 1, 3, 5, 0), "RST seq=3 ack=5 [origin=0]"),
        ((0, 0, 0, 0, 0, 0, 0), "Segment seq=0 [origin=0]"),
        ((-1, 0, 0, 0, 0, 0, 0), "corrupt"),
    ],
)
def test_segments(message: tuple[int, ...], words: str) -> None:
    assert describe.segment(SYSTEM, message) == words


def test_kinds_are_named_where_flags_do_not_tell_them() -> None:
    from dataclasses import replace

    def shown(flag: str, message: tuple[int, ...]) -> str:
        fields = (Field(flag, BOOL, True, False), Field("echo", BOOL, False, False))
        system = replace(SYSTEM, messages=(*SYSTEM.messages, MessageKind("Cookie", fields, None)))
        return describe.segment(system, message)

    syn = (0, 1, 0, 0, 3, 0, 2)
    assert shown("SYN", syn).startswith("Segment SYN seq=3")
    assert shown("ECHO", syn).startswith("SYN seq=3")
    assert shown("SYN", (1, 1, 1, 0, 0, 0, 0)) == "Cookie SYN echo=true"
    assert shown("ECHO", (1, 0, 1, 0, 0, 0, 0)) == "Cookie echo=true"


def test_events_and_changes() -> None:
    options = h.Options(loss=1)
    trace = h.follow(h.build(options), "A call active", "lose", "A timeout", "A exhausted", "B call passive")
    assert [describe.event(trace.system, s) for s in trace.steps] == [
        "A calls active_open", "lost: SYN seq=0 [origin=3] (A -> B)", "A timeout rtx", "A exhausted rtx",
        "B calls passive_open",
    ]  # fmt: skip
    assert [[str(c) for c in describe.changes(trace.system, s)] for s in trace.steps] == [
        ["A: CLOSED -> SYN_SENT, iss := 0 (fresh), rtx started"], [], ["A: rtx fired 1 of 1"],
        ["A: SYN_SENT -> CLOSED, rtx stopped"], ["B: CLOSED -> LISTEN"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("retries", "before", "after", "words"),
    [
        (2, 1, 2, "rtx fired 1 of 2"), (2, 2, 1, "rtx fired, restarted"), (2, 2, 0, "rtx fired, stopped"),
        (None, 1, 0, "rtx fired"), ("unlimited", 1, 1, "rtx fired"), (2, 1, 1, "rtx fired, restarted"),
    ],
)  # fmt: skip
def test_timers(retries: object, before: int, after: int, words: str) -> None:
    step = h.follow(SYSTEM, "A call active", "A timeout").steps[1]
    timer = Timer("A.rtx", "rtx", "A", 3, retries, None)  # type: ignore[arg-type]
    assert describe._timer_change(timer, step, before, after) == words
