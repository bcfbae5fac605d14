"""Captures and packetdrill scripts: the bytes as RFC 791 and RFC 9293 have them, and dpkt as a second
opinion."""

from __future__ import annotations

import socket
from io import BytesIO

import dpkt
import handshake_system as h
import lassos
import pytest

from tcpverify.diagnostics import ModelError
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Schedule
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.scene import scene
from tcpverify.render.packetdrill import packetdrill
from tcpverify.render.packets import packets, unmapped
from tcpverify.render.pcap import checksum, pcap
from tcpverify.trace import Trace, replay

SPEC = """
tick 100 ms
message Segment {{ {fields} }}
role R {{
  call go
  timer rtx {{ after 3 }}
  state IDLE initial {{ on call go {{ send {send}  start rtx  goto WAIT }}  on receive any ignore }}
  state WAIT {{ on timeout rtx {{ send {send} }}  on receive any ignore }}
}}
network path {{ endpoint A, B : R  link A <-> B {{ capacity 3 }} }}
scenario s on path {{ }}
"""
FIELDS = "flags : flags { SYN, ACK, fin }  seq, ack : seqno mod 4294967296  wnd : 0..100000  len : 0..9"


def run(
    fields: str = FIELDS, send: str = "SYN (seq = 4294967295, wnd = 70000, len = 3)", ticks: int = 3
) -> Trace:
    """A sends, waits, and sends again."""
    found = scene(load_text(SPEC.format(fields=fields, send=send)), "s", (), {}, [], ())
    interpreter = Interpreter(found.model.system)
    state = next(iter(interpreter.initial()))
    start, steps = state, []
    for word in ["call", *["tick"] * ticks, *["timeout"] * (ticks == 3)]:
        outcome = next(
            o for o in interpreter.outcomes(state)
            if found.model.system.actions[o.step.action].kind.value == word
            and found.model.system.actions[o.step.action].endpoint in ("A", None)
        )  # fmt: skip
        steps.append(outcome.step)
        state = outcome.state  # type: ignore[union-attr]
    return replay(interpreter, Schedule(start, tuple(steps)))


def read(data: bytes) -> list[tuple[float, dpkt.ip.IP]]:
    reader = dpkt.pcap.Reader(BytesIO(data))
    assert reader.datalink() == dpkt.pcap.DLT_RAW == 101 or reader.datalink() == 101
    return [(time, dpkt.ip.IP(frame)) for time, frame in reader]


def test_the_fields_of_a_segment() -> None:
    (_, first), (_, again) = read(pcap(run()))
    tcp = first.data
    assert (socket.inet_ntoa(first.src), socket.inet_ntoa(first.dst)) == ("192.0.2.1", "192.0.2.2")
    assert (tcp.sport, tcp.dport) == (49152, 49153)
    assert (tcp.seq, tcp.ack, tcp.flags, tcp.win, bytes(tcp.data)) == (4294967295, 0, 2, 65535, bytes(3))
    assert again.data.seq == tcp.seq


def test_checksums_are_right() -> None:
    """dpkt computes its own when the fields are zero."""
    for _, packet in read(pcap(run())):
        given, inner = packet.sum, packet.data.sum
        packet.sum = packet.data.sum = 0
        again = dpkt.ip.IP(bytes(packet))
        assert (again.sum, again.data.sum) == (given, inner)


def test_the_example_of_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def test_time_is_that_of_the_ticks() -> None:
    (first, _), (again, _) = read(pcap(run()))
    assert (round(first * 1e6), round(again * 1e6)) == (1, 300_005)


def test_a_lost_segment_and_an_old_one_are_captured() -> None:
    old = h.follow(h.build(h.Options()), "A call active")
    assert next((p.step, p.how, p.seq) for p in packets(old)) == (0, "old", 5)
    lossy = h.follow(h.build(lassos.LOSSY), "A call active", "lose A->B")
    assert [(p.step, p.how) for p in packets(lossy)] == [(1, "sent")]


def test_what_is_no_segment_of_tcp_is_refused() -> None:
    with pytest.raises(ModelError, match="`Segment` has no field `seq`"):
        pcap(run("flags : flags { SYN }  number : 0..3", "SYN (number = 1)"))
    with pytest.raises(ModelError, match="none of the flags"):
        pcap(run("seq : 0..3", "Segment (seq = 1)"))
    with pytest.raises(ModelError, match="no room in 32 bits"):
        pcap(run("flags : flags { SYN }  seq : 0..9999999999", "SYN (seq = 9999999999)"))


def test_fields_without_a_place_are_named() -> None:
    assert unmapped(run("flags : flags { SYN, ECE }  seq : 0..3  mss : 0..3", "SYN (seq = 1)").system) == (
        "Segment.ECE", "Segment.mss",
    )  # fmt: skip


def test_packetdrill_is_relative_to_the_first_syn() -> None:
    lines = packetdrill(run(), 0, "t").splitlines()
    assert [line for line in lines if not line.startswith("//")] == [
        "+0 > S 0:3(3) win 65535 <...>",
        "+0.3 > S 0:3(3) win 65535 <...>",
    ]
    assert "// step 5: A timeout rtx" in lines


def test_packetdrill_of_the_other_end_sees_nothing_of_it() -> None:
    assert all(line.startswith("//") for line in packetdrill(run(), 1, "t").splitlines())


def test_packetdrill_injects_what_is_received() -> None:
    trace = h.follow(h.build(h.Options(three_way=True, preloaded=())),
                     "B call passive", "A call active", "B receive", "A receive")  # fmt: skip
    lines = [line for line in packetdrill(trace, 0, "t").splitlines() if not line.startswith("//")]
    sent, answer, last = lines
    assert sent.startswith("+0 > S 0:0(0)")
    assert answer.startswith("+0 < S. ") and " ack 1 " in answer
    assert last.startswith("+0 > . 1:1(0) ack ")


def test_a_retransmission_of_an_untimed_system_comes_whenever() -> None:
    trace = h.follow(h.build(lassos.LOSSY), "A call active", "lose A->B", "A timeout")
    lines = [line for line in packetdrill(trace, 0, "t").splitlines() if not line.startswith("//")]
    assert [line.split()[0] for line in lines] == ["+0", "*"]


def test_a_hostile_title_is_a_comment() -> None:
    text = packetdrill(run(), 0, "a\n`rm -rf /`\r+0 > S 0:0(0)\x1b")
    assert text.splitlines()[0] == "// a\\n`rm -rf /`\\r+0 > S 0:0(0)\\x1b"
