"""`Spec.react` on specs/rfc9293.tcpv, held against what RFC 9293 says and draws, transcribed here by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

import tcpverify
from tcpverify import ModelError, Reaction, Spec

PATH = Path(__file__).parents[1] / "specs/rfc9293.tcpv"
WINDOW = 1000
SMALL = {"window": WINDOW}


@pytest.fixture(scope="module")
def tcp() -> Spec:
    return tcpverify.load(PATH)


class Peer:
    """An endpoint that is led from event to event; each must have one outcome."""

    def __init__(self, spec: Spec, iss: int, state: str = "CLOSED") -> None:
        self.spec, self.iss, self.state = spec, iss, state
        self.variables: dict[str, object] = {}
        self.running: tuple[str, ...] = ()

    def __call__(self, **event: str) -> list[str]:
        """What it sends, as the RFC writes segments (without the window)."""
        [found] = self.spec.react(
            "internet", "A", self.state, self.variables, running=self.running,
            fresh={"iss": self.iss}, params=SMALL, **event  # type: ignore[arg-type]
        )  # fmt: skip
        assert found.error is None
        self.state, self.variables, self.running = found.state, dict(found.variables), found.running
        self.signals = found.signals
        return [written(found, i) for i in range(len(found.sent))]


def written(found: Reaction, number: int) -> str:
    """`<SEQ=300><ACK=101><CTL=SYN,ACK>`, as in the figures; the text last."""
    sent = found.sent[number]
    ack = f"<ACK={sent.fields['ack']}>" if "ACK" in sent.flags else ""
    text = f"<DATA={sent.fields['text']}>" if sent.fields["text"] else ""
    return f"<SEQ={sent.fields['seq']}>{ack}<CTL={','.join(sent.flags)}>{text}"


def synchronized(spec: Spec, state: str, snd: int, rcv: int, **more: object) -> Peer:
    """An endpoint with nothing outstanding: it sends `snd` and receives `rcv` next."""
    known = {"iss": snd - 1, "snd_una": snd, "snd_nxt": snd, "irs": rcv - 1, "rcv_nxt": rcv,
             "snd_wnd": WINDOW, "max_snd_wnd": WINDOW, "snd_wl1": rcv, "snd_wl2": snd}  # fmt: skip
    peer = Peer(spec, 0, state)
    peer.variables = {**known, **more}
    return peer


def test_figure_6_basic_handshake(tcp: Spec) -> None:
    a, b = Peer(tcp, 100), Peer(tcp, 300, "LISTEN")
    assert a(call="active_open") == ["<SEQ=100><CTL=SYN>"]
    assert b(receive="SYN (seq = 100, wnd = 1000)") == ["<SEQ=300><ACK=101><CTL=SYN,ACK>"]
    assert b.state == "SYN_RECEIVED"
    assert a(receive="SYN + ACK (seq = 300, ack = 101, wnd = 1000)") == ["<SEQ=101><ACK=301><CTL=ACK>"]
    assert b(receive="ACK (seq = 101, ack = 301, wnd = 1000)") == []
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")
    assert a(call="send_text(10)") == ["<SEQ=101><ACK=301><CTL=ACK><DATA=10>"]
    assert b(receive="ACK (seq = 101, ack = 301, wnd = 1000, text = 10)") == ["<SEQ=301><ACK=111><CTL=ACK>"]
    assert b.signals == ("text_delivered",) and "rtx" in a.running
    assert a(receive="ACK (seq = 301, ack = 111, wnd = 1000)") == []
    assert a.variables["snd_una"] == 111 and a.running == ()


def test_figure_7_simultaneous_open_takes_one_segment_more(tcp: Spec) -> None:
    """Line 6 as drawn is not what 3.10.7.4 does: SEQ=300 is not in the window that begins at 301."""
    a = Peer(tcp, 100)
    a(call="active_open")
    assert a(receive="SYN (seq = 300, wnd = 1000)") == ["<SEQ=100><ACK=301><CTL=SYN,ACK>"]
    assert a.state == "SYN_RECEIVED" and a.variables["passive"] is False
    assert a(receive="SYN + ACK (seq = 300, ack = 101, wnd = 1000)") == ["<SEQ=101><ACK=301><CTL=ACK>"]
    assert a.state == "SYN_RECEIVED"
    assert a(receive="ACK (seq = 301, ack = 101, wnd = 1000)") == []
    assert a.state == "ESTABLISHED"


def test_figure_8_old_duplicate_syn(tcp: Spec) -> None:
    a, b = Peer(tcp, 100), Peer(tcp, 300, "LISTEN")
    a(call="active_open")
    assert b(receive="SYN (seq = 90)") == ["<SEQ=300><ACK=91><CTL=SYN,ACK>"]
    assert a(receive="SYN + ACK (seq = 300, ack = 91)") == ["<SEQ=91><CTL=RST>"]
    assert a.state == "SYN_SENT"
    assert b(receive="RST (seq = 91)") == []
    assert b.state == "LISTEN" and b.signals == ()
    b.iss = 400
    assert b(receive="SYN (seq = 100)") == ["<SEQ=400><ACK=101><CTL=SYN,ACK>"]


def test_figures_9_to_11_half_open(tcp: Spec) -> None:
    a, b = Peer(tcp, 400), synchronized(tcp, "ESTABLISHED", 300, 100)
    a(call="active_open")
    assert b(receive="SYN (seq = 400)") == ["<SEQ=300><ACK=100><CTL=ACK>"]
    assert a(receive="ACK (seq = 300, ack = 100)") == ["<SEQ=100><CTL=RST>"]
    assert a.state == "SYN_SENT"
    assert b(receive="RST (seq = 100)") == []
    assert b.state == "CLOSED" and b.signals == ("connection_reset",)
    gone = Peer(tcp, 0)
    assert gone(receive="ACK (seq = 300, ack = 100, text = 10)") == ["<SEQ=100><CTL=RST>"]
    assert gone(receive="SYN (seq = 300, text = 10)") == ["<SEQ=0><ACK=311><CTL=ACK,RST>"]
    listening = Peer(tcp, 0, "LISTEN")
    assert listening(receive="SYN + ACK (seq = 7, ack = 43)") == ["<SEQ=43><CTL=RST>"]
    assert listening.state == "LISTEN"


def test_figure_12_normal_close(tcp: Spec) -> None:
    a, b = synchronized(tcp, "ESTABLISHED", 100, 300), synchronized(tcp, "ESTABLISHED", 300, 100)
    assert a(call="close") == ["<SEQ=100><ACK=300><CTL=ACK,FIN>"]
    assert a.state == "FIN_WAIT_1"
    assert b(receive="FIN + ACK (seq = 100, ack = 300, wnd = 1000)") == ["<SEQ=300><ACK=101><CTL=ACK>"]
    assert b.state == "CLOSE_WAIT" and b.signals == ("connection_closing",)
    assert a(receive="ACK (seq = 300, ack = 101, wnd = 1000)") == []
    assert a.state == "FIN_WAIT_2" and a.signals == ("close_ok",)
    assert b(call="send_text(5)") == ["<SEQ=300><ACK=101><CTL=ACK><DATA=5>"]
    assert a(receive="ACK (seq = 300, ack = 101, wnd = 1000, text = 5)") == ["<SEQ=101><ACK=305><CTL=ACK>"]
    assert b(receive="ACK (seq = 101, ack = 305, wnd = 1000)") == []
    assert b(call="close") == ["<SEQ=305><ACK=101><CTL=ACK,FIN>"]
    assert a(receive="FIN + ACK (seq = 305, ack = 101, wnd = 1000)") == ["<SEQ=101><ACK=306><CTL=ACK>"]
    assert a.state == "TIME_WAIT" and a.running == ("time_wait",)
    assert b(receive="ACK (seq = 101, ack = 306, wnd = 1000)") == []
    assert b.state == "CLOSED"
    assert a(timeout="time_wait") == [] and a.state == "CLOSED"


def test_figure_13_simultaneous_close(tcp: Spec) -> None:
    a = synchronized(tcp, "ESTABLISHED", 100, 300)
    a(call="close")
    assert a(receive="FIN + ACK (seq = 300, ack = 100, wnd = 1000)") == ["<SEQ=101><ACK=301><CTL=ACK>"]
    assert a.state == "CLOSING"
    assert a(receive="ACK (seq = 301, ack = 101, wnd = 1000)") == []
    assert a.state == "TIME_WAIT" and a.running == ("time_wait",)


def test_three_segment_close(tcp: Spec) -> None:
    """FIN and the ACK of the other FIN in one segment."""
    a = synchronized(tcp, "ESTABLISHED", 100, 300)
    a(call="close")
    assert a(receive="FIN + ACK (seq = 300, ack = 101, wnd = 1000)") == ["<SEQ=101><ACK=301><CTL=ACK>"]
    assert a.state == "TIME_WAIT" and a.signals == ("close_ok", "connection_closing")


def test_a_retransmitted_fin_in_time_wait_is_answered_and_restarts_nothing(tcp: Spec) -> None:
    """3.10.7.4: its SEQ is RCV.NXT-1, so the first check answers; an ACK in the window reaches the fifth."""
    for text, rule in (
        ("FIN + ACK (seq = 299, ack = 100)", "first"),
        ("ACK (seq = 300, ack = 100)", "fifth"),
    ):
        variables = {"snd_una": 100, "snd_nxt": 100, "irs": 5, "rcv_nxt": 300}
        [found] = tcp.react("internet", "A", "TIME_WAIT", variables, receive=text, running="time_wait")
        assert written(found, 0) == "<SEQ=100><ACK=300><CTL=ACK>"
        assert found.cites[0].startswith(f"RFC 9293 3.10.7.4, {rule}")


@pytest.mark.parametrize(
    ("window", "text", "seq", "accepted"),
    [
        (0, 0, 300, True), (0, 0, 301, False), (0, 1, 300, False),
        (10, 0, 300, True), (10, 0, 309, True), (10, 0, 310, False), (10, 0, 299, False),
        (10, 5, 309, True), (10, 5, 296, True), (10, 5, 295, False), (10, 5, 310, False),
    ],
)  # fmt: skip
def test_table_6(tcp: Spec, window: int, text: int, seq: int, accepted: bool) -> None:
    """The four cases of the acceptability test."""
    b = synchronized(tcp, "ESTABLISHED", 100, 300, rcv_wnd=window)
    [found] = tcp.react("internet", "A", b.state, b.variables, params=SMALL,
                        receive=f"ACK (seq = {seq}, ack = 100, text = {text})")  # fmt: skip
    assert (not found.cites[0].startswith("RFC 9293 3.10.7.4, first")) is accepted
    assert [written(found, 0)] == ["<SEQ=100><ACK=300><CTL=ACK>"] if not accepted else True


def test_what_straddles_the_window_is_trimmed(tcp: Spec) -> None:
    b = synchronized(tcp, "ESTABLISHED", 100, 300)
    assert b(receive="ACK (seq = 297, ack = 100, wnd = 1000, text = 5)") == ["<SEQ=100><ACK=302><CTL=ACK>"]
    b = synchronized(tcp, "ESTABLISHED", 100, 300, rcv_wnd=2)
    assert b(receive="FIN + ACK (seq = 300, ack = 100, wnd = 1000, text = 5)") == [
        "<SEQ=100><ACK=302><CTL=ACK>"
    ]
    assert b.state == "ESTABLISHED"


def test_sequence_numbers_wrap_at_2_to_32(tcp: Spec) -> None:
    b = synchronized(tcp, "ESTABLISHED", 100, 2**32 - 2)
    assert b(receive=f"FIN + ACK (seq = {2**32 - 2}, ack = 100, wnd = 1, text = 3)") == [
        "<SEQ=100><ACK=2><CTL=ACK>"
    ]
    assert b.state == "CLOSE_WAIT"


def test_resets(tcp: Spec) -> None:
    """3.10.7.4, second: exact, in the window, outside; 3.10.7.3, second; 3.5.3."""
    for seq, state, sent in ((300, "CLOSED", []), (301, "ESTABLISHED", ["<SEQ=100><ACK=300><CTL=ACK>"]),
                             (299, "ESTABLISHED", [])):  # fmt: skip
        b = synchronized(tcp, "ESTABLISHED", 100, 300)
        assert (b(receive=f"RST (seq = {seq})"), b.state) == (sent, state)
    a = Peer(tcp, 100)
    a(call="active_open")
    assert a(receive="RST") == [] and a.state == "SYN_SENT"
    assert a(receive="RST + ACK (ack = 101)") == [] and a.state == "CLOSED"
    assert a.signals == ("error_connection_reset",)
    for passive, state in ((True, "LISTEN"), (False, "CLOSED")):
        b = synchronized(tcp, "SYN_RECEIVED", 100, 300, passive=passive, snd_nxt=101)
        assert b(receive="RST (seq = 300)") == [] and b.state == state
        assert b.signals == (() if passive else ("connection_refused",))


def test_syn_received(tcp: Spec) -> None:
    """3.10.7.4, fourth and fifth; 3.10.4: a CLOSE waits for what was SENT."""
    b = synchronized(tcp, "SYN_RECEIVED", 100, 300, iss=100, snd_nxt=101, passive=True)
    assert b(receive="ACK (seq = 300, ack = 100)") == ["<SEQ=100><CTL=RST>"] and b.state == "SYN_RECEIVED"
    assert b(receive="ACK (seq = 300, ack = 102)") == ["<SEQ=101><ACK=300><CTL=ACK>"]
    assert b(timeout="rtx") == ["<SEQ=100><ACK=300><CTL=SYN,ACK>"]
    assert b(call="send_text(3)") == [] and b(call="close") == [] and b.state == "SYN_RECEIVED"
    assert b(receive="ACK (seq = 300, ack = 101, wnd = 1000)") == [] and b.state == "ESTABLISHED"
    assert b(step="segmentize") == ["<SEQ=101><ACK=300><CTL=ACK><DATA=3>"]
    assert b(step="form_fin") == ["<SEQ=104><ACK=300><CTL=ACK,FIN>"] and b.state == "FIN_WAIT_1"
    b = synchronized(tcp, "SYN_RECEIVED", 100, 300, iss=100, snd_nxt=101, passive=True)
    assert b(receive="SYN (seq = 300)") == [] and b.state == "LISTEN"


def test_calls_that_are_refused(tcp: Spec) -> None:
    a = Peer(tcp, 100)
    for call in ("close", "abort", "send_text(1)", "receive_text", "status"):
        assert a(call=call) == [] and a.signals == ("error_connection_does_not_exist",)
    b = synchronized(tcp, "FIN_WAIT_2", 100, 300)
    for call, says in (
        ("close", "error_connection_closing"),
        ("send_text(1)", "error_connection_closing"),
        ("active_open", "error_connection_already_exists"),
        ("status", "state_FIN_WAIT_2"),
    ):
        assert b(call=call) == [] and b.signals == (says,)
    assert b(call="abort") == ["<SEQ=100><CTL=RST>"] and b.state == "CLOSED"


def test_user_timeout(tcp: Spec) -> None:
    a = Peer(tcp, 100)
    a(call="active_open")
    assert a(timeout="user_timeout") == [] and a.state == "CLOSED"
    assert a.signals == ("error_connection_aborted_due_to_user_timeout",)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"receive": "ACK } scenario two on internet {"}, "not one line"),
        ({"receive": "ACK  A calls nothing"}, "not one line"),
        ({"receive": "AKC"}, "AKC"),
        ({"call": "open('x')"}, "expected"),
        ({"call": "1 + 1"}, "is not a call"),
        ({"call": "opne"}, "no handler of `A` takes call `opne`"),
        ({"call": "close(1)"}, "has fewer than 1 arguments"),
        ({"call": "send_text(0)"}, "is no value"),
        ({"timeout": "rto"}, "no timer `rto`"),
        ({}, "0 are given"),
        ({"call": "close", "timeout": "rtx"}, "2 are given"),
        ({"call": "close", "running": "rto"}, "no timer `rto`"),
    ],
)
def test_what_cannot_be_asked(tcp: Spec, event: dict[str, str], message: str) -> None:
    with pytest.raises(ModelError) as caught:
        tcp.react("internet", "A", "ESTABLISHED", **event)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_what_is_not_there(tcp: Spec) -> None:
    for network, endpoint, state, variables in (
        ("internt", "A", "LISTEN", {}), ("internet", "C", "LISTEN", {}), ("internet", "A", "LISTN", {}),
        ("internet", "A", "LISTEN", {"isss": 1}), ("internet", "A", "LISTEN", {"iss": "1, irs = 2"}),
    ):  # fmt: skip
        with pytest.raises(ModelError):
            tcp.react(network, endpoint, state, variables, call="close")
    with pytest.raises(ModelError, match="outcomes"):
        tcp.react("internet", "A", "CLOSED", call="active_open")


def test_timers_with_durations_and_errors() -> None:
    """A timer that fires has waited; an event that no handler takes is told as the error it is."""
    text = """
    message Segment { flags : flags { SYN, ACK }  sack : 0..3? }
    role Endpoint {
      timer rtx { after 3  retries 1 }
      state OPEN initial {
        on timeout rtx { send SYN (sack = 2) to B }
        on exhausted rtx { send SYN to B  goto SHUT }
        on receive ACK { choose { drop } or { goto SHUT } }
      }
      state SHUT { on call again { start rtx  goto OPEN } }
      call again
    }
    role Silent { state DEAF initial { } }
    network star { endpoint C : Endpoint  endpoint A, B : Silent  link A <-> B  link A -> C  link B <-> C }
    scenario idle on star { }
    """
    spec = tcpverify.loads(text)
    with pytest.raises(ModelError, match="from whom"):
        spec.react("star", "C", "OPEN", receive="ACK")
    both = spec.react("star", "C", "OPEN", receive="ACK", sender="B")
    assert [(r.state, r.dropped) for r in both] == [("OPEN", True), ("SHUT", False)]
    [unhandled] = spec.react("star", "C", "OPEN", receive="SYN", sender="A")
    assert unhandled.error == "no_unhandled" and unhandled.handler is None
    assert spec.react("star", "C", "OPEN", call="again") == ()
    [fired] = spec.react("star", "C", "OPEN", timeout="rtx")
    assert fired.running == ("rtx",) and str(fired.sent[0]) == "SYN (sack = 2)"
    [ended] = spec.react("star", "C", "OPEN", exhausted="rtx")
    assert ended.state == "SHUT" and ended.running == () and str(ended.sent[0]) == "SYN (sack = none)"
