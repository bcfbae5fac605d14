"""Where the words of RFC 9293 leave a choice or contradict each other: how specs/rfc9293.tcpv reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

import tcpverify
from tcpverify import Spec

PATH = Path(__file__).parents[1] / "specs/rfc9293.tcpv"
KNOWN = {
    "iss": 90,
    "snd_una": 100,
    "snd_nxt": 100,
    "irs": 290,
    "rcv_nxt": 300,
    "snd_wl1": 300,
    "snd_wl2": 100,
}
OPENING = {"iss": 99, "snd_una": 99}
ACK = "ACK (seq = 100, ack = 300, wnd = 65535, text = 0)"


@dataclass(frozen=True)
class Reading:
    """The RFC's words and what is made of them: in a state, what one event changes and what is sent."""

    section: str
    words: str
    reading: str
    state: str
    event: tuple[str, str]
    sent: str | None
    after: str = ""
    given: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)


def received(
    section: str, words: str, reading: str, state: str, segment: str, sent: str | None, /, **more: object
) -> Reading:
    return Reading(section, words, reading, state, ("receive", segment), sent, **more)  # type: ignore[arg-type]


READINGS = (
    received(
        "3.10.7.3, fourth",
        "SND.WND <- SEG.WND [under SYN-RECEIVED only]",
        "on the way to ESTABLISHED as well (RFC 1122 4.2.2.20)",
        "SYN_SENT",
        "SYN + ACK (seq = 300, ack = 100, wnd = 7)",
        ACK.replace("300", "301"),
        after="ESTABLISHED",
        given=OPENING,
        changed={"snd_wnd": 7, "snd_wl1": 300, "snd_wl2": 100},
    ),
    received(
        "3.10.7.4, first",
        "Segments with higher beginning sequence numbers SHOULD be held for later processing (SHLD-31).",
        "they are answered (MAY-13) and not held, but their ACK counts",
        "ESTABLISHED",
        "ACK (seq = 302, ack = 105, wnd = 1000, text = 3)",
        ACK.replace("100", "105"),
        given={"snd_nxt": 105},
        changed={"rcv_nxt": 300, "snd_una": 105},
    ),
    received(
        "3.10.7.4, first",
        "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to "
        "accept valid ACKs, URGs, and RSTs.",
        "of a segment with text the ACK counts, and it is answered",
        "ESTABLISHED",
        "ACK (seq = 300, ack = 105, wnd = 1000, text = 3)",
        "ACK (seq = 105, ack = 300, wnd = 0, text = 0)",
        given={"snd_nxt": 105, "rcv_wnd": 0},
        changed={"rcv_nxt": 300, "snd_una": 105},
    ),
    received(
        "3.4",
        "A TCP receiver MUST process the RST and URG fields of all incoming segments, even when the receive "
        "window is zero (MUST-66).",
        "a reset with text as well",
        "ESTABLISHED",
        "RST (seq = 300, text = 3)",
        None,
        after="CLOSED",
        given={"rcv_wnd": 0},
    ),
    received(
        "3.5.3",
        "A reset is valid if its sequence number is in the window.",
        "not if only its text is",
        "ESTABLISHED",
        "RST (seq = 299, text = 3)",
        None,
    ),
    received(
        "3.10.7.4, fourth",
        "If the SYN is not in the window, this step would not be reached and an ACK would have been sent in "
        "the first step (sequence number check).",
        "so too if text of its segment is in the window: SYN-RECEIVED does not return to LISTEN",
        "SYN_RECEIVED",
        "SYN (seq = 299, text = 3)",
        ACK,
        given={**OPENING, "passive": 1},
    ),
    received(
        "3.10.7.4, fifth",
        "All incoming segments whose ACK value doesn't satisfy the above condition MUST be discarded and an "
        "ACK sent back. [3.5.2, group 2, and the text for SYN-RECEIVED have a reset]",
        "in SYN-RECEIVED too, as the check stands before those of the states",
        "SYN_RECEIVED",
        "ACK (seq = 300, ack = 101)",
        ACK,
        given=OPENING,
    ),
    received(
        "3.10.7.4, fifth",
        "If the segment acknowledgment is not acceptable, form a reset segment [...] and send it.",
        "and drop the segment: its FIN is not looked at",
        "SYN_RECEIVED",
        "FIN + ACK (seq = 300, ack = 99)",
        "RST (seq = 99, ack = 0, wnd = 0, text = 0)",
        given=OPENING,
        changed={"rcv_nxt": 300},
    ),
    received(
        "3.10.7.4, fifth",
        "If (SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK)), set SND.WND <- SEG.WND",
        "SEG.SEQ as it came, not as it is after trimming",
        "ESTABLISHED",
        "ACK (seq = 298, ack = 100, wnd = 7, text = 3)",
        ACK.replace("300", "301"),
        given={"snd_wnd": 1000},
        changed={"snd_wnd": 1000},
    ),
    received(
        "3.10.7.4, fifth",
        "The only thing that can arrive in this state is an acknowledgment of our FIN.",
        "LAST-ACK: SND.UNA, the oldest unacknowledged number (3.4), moves with an ACK of text as well",
        "LAST_ACK",
        "ACK (seq = 300, ack = 105, wnd = 1000)",
        None,
        given={"snd_nxt": 106, "fin_sent": 1},
        changed={"snd_una": 105},
    ),
    received(
        "3.10.7.4, fifth",
        "The only thing that can arrive in this state is a retransmission of the remote FIN. Acknowledge it, "
        "and restart the 2 MSL timeout.",
        "TIME-WAIT: whatever has passed the checks before, a bare ACK too",
        "TIME_WAIT",
        "ACK (seq = 300, ack = 100)",
        ACK,
    ),
    received(
        "3.10.7.4, eighth",
        "advance RCV.NXT over the FIN",
        "after the peer's FIN, over the ignored text before another as well",
        "CLOSE_WAIT",
        "FIN + ACK (seq = 300, ack = 100, text = 2)",
        ACK.replace("300", "303"),
        changed={"rcv_nxt": 303},
    ),
    Reading(
        "3.10.5",
        "Delete the TCB, enter CLOSED state, and return. [3.5.2: who issues a reset should enter TIME-WAIT]",
        "CLOSED",
        "ESTABLISHED",
        ("call", "abort"),
        "RST (seq = 100, ack = 0, wnd = 0, text = 0)",
        after="CLOSED",
    ),
)


@pytest.mark.parametrize("reading", READINGS, ids=lambda r: f"{r.section}: {r.reading}")
def test_readings(tcp: Spec, reading: Reading) -> None:
    kind, text = reading.event
    known = {n: bool(v) if n in ("passive", "fin_sent") else v for n, v in {**KNOWN, **reading.given}.items()}
    [found] = tcp.react("internet", "A", reading.state, known, **{kind: text})  # type: ignore[arg-type]
    assert found.state == (reading.after or reading.state)
    assert [str(s) for s in found.sent] == ([reading.sent] if reading.sent else [])
    assert {name: found.variables[name] for name in reading.changed} == reading.changed


@pytest.fixture(scope="module")
def tcp() -> Spec:
    return tcpverify.load(PATH)
