"""RFC 9293 section 3.10, transcribed by hand from its text, a second time: variables and SEGMENT ARRIVES.

specs/rfc9293.tcpv is held against it. Its first version was written before the spec was read, in plain Python
and in the order of the text. `segment` changes a `Tcb` and writes down what is sent and signalled; calls and
timeouts are in rfc9293_calls_by_hand.py. Sequence numbers are integers mod 2^32. Security, the urgent pointer
and PUSH are left out, as in the spec. Where the text leaves a choice, `Options` or test_readings.py has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

MOD, HALF = 1 << 32, 1 << 31
TEXT_STATES = ("ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2")  # in which the seventh check takes text
LATER_STATES = ("FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "LAST_ACK", "TIME_WAIT")  # the user has closed
SYNCHRONIZED = (*LATER_STATES, "ESTABLISHED", "CLOSE_WAIT")


@dataclass(frozen=True)
class Options:
    """What an implementation may do or not; the names and first values of the spec's parameters."""

    exact_reset: bool = True  # RFC 5961 section 3
    challenge_syn: bool = True  # RFC 5961 section 4
    ack_range: bool = True  # RFC 5961 section 5, MAY-12
    acks_ahead: bool = True  # else a segment before its turn waits as a whole (SHLD-31)
    buffering: bool = False  # else a RECEIVE is always outstanding
    listen_remote: bool = False  # "if the remote socket is specified"
    text_on_syn: bool = False  # "may be sent with SYN segment or queued"
    window: int = 65535
    max_text: int = 1460
    send_buffer: int = 65535


@dataclass(frozen=True)
class Segment:
    """A segment; `text` is how many octets."""

    flags: frozenset[str]
    seq: int
    ack: int
    wnd: int
    text: int

    @property
    def len(self) -> int:
        """SEG.LEN, "counting SYN and FIN" (3.4)."""
        return self.text + ("SYN" in self.flags) + ("FIN" in self.flags)


@dataclass
class Tcb:
    """The variables of 3.3.1, and what is queued."""

    state: str = "CLOSED"
    iss: int = 0
    snd_una: int = 0
    snd_nxt: int = 0
    snd_wnd: int = 0
    snd_wl1: int = 0
    snd_wl2: int = 0
    max_snd_wnd: int = 0
    irs: int = 0
    rcv_nxt: int = 0
    rcv_wnd: int = 65535
    passive: bool = False  # initiated with a passive OPEN (3.10.7.4, second)
    unsent: int = 0  # octets of SENDs that are not segmentized
    close_queued: bool = False
    fin_sent: bool = False  # our FIN is the octet before SND.NXT
    syn_text: int = 0  # came with a SYN, "queued for processing later"
    syn_fin: bool = False


Sent = tuple[frozenset[str], int, int, int, int]
"""Flags, SEQ, ACK, WND, octets of text."""


@dataclass
class Machine:
    """A TCB, and what became of one event."""

    tcb: Tcb
    options: Options
    iss: int = 0  # what is selected as an ISS
    sent: list[Sent] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)

    def send(self, flags: str, seq: int, ack: int = 0, text: int = 0) -> None:
        window = 0 if "RST" in flags else self.tcb.rcv_wnd
        self.sent.append((frozenset(flags.split()), seq % MOD, ack % MOD, window, text))

    def ack(self) -> None:
        """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>"""
        self.send("ACK", self.tcb.snd_nxt, self.tcb.rcv_nxt)

    def reset_for(self, s: Segment) -> None:
        """3.5.2, group 1: with the number that the offending segment acknowledges, or with none."""
        if "ACK" in s.flags:
            self.send("RST", s.ack)
        else:
            self.send("RST ACK", 0, s.seq + s.len)

    def signal(self, *names: str) -> None:
        self.signals += names

    def delete(self, state: str = "CLOSED") -> None:
        """Delete the TCB."""
        self.tcb = Tcb(state=state, rcv_wnd=self.options.window)


def lt(a: int, b: int) -> bool:
    """a < b (mod 2^32)."""
    return 0 < (b - a) % MOD < HALF


def le(a: int, b: int) -> bool:
    """a =< b (mod 2^32)."""
    return a == b or lt(a, b)


# --- 3.10.7 SEGMENT ARRIVES ----------------------------------------------------------------------------


def segment(m: Machine, s: Segment) -> None:
    match m.tcb.state:
        case "CLOSED":  # 3.10.7.1
            if "RST" not in s.flags:
                m.reset_for(s)
        case "LISTEN":
            _listen(m, s)
        case "SYN_SENT":
            _syn_sent(m, s)
        case _:
            _others(m, s)


def _queue(m: Machine, s: Segment) -> None:
    """Other control or text of a SYN is queued: what is in the window, which begins after the SYN."""
    m.tcb.syn_text = min(s.text, m.tcb.rcv_wnd)
    m.tcb.syn_fin = "FIN" in s.flags and s.text < m.tcb.rcv_wnd


def _listen(m: Machine, s: Segment) -> None:
    """3.10.7.2."""
    t = m.tcb
    if "RST" in s.flags:
        return
    if "ACK" in s.flags:
        m.send("RST", s.ack)
    elif "SYN" in s.flags:
        t.rcv_nxt, t.irs, t.iss = (s.seq + 1) % MOD, s.seq, m.iss
        _queue(m, s)
        m.send("SYN ACK", t.iss, t.rcv_nxt)
        t.snd_nxt, t.snd_una, t.max_snd_wnd = (t.iss + 1) % MOD, t.iss, s.wnd
        t.state, t.passive = "SYN_RECEIVED", True


def _syn_sent(m: Machine, s: Segment) -> None:
    """3.10.7.3."""
    t, acked = m.tcb, "ACK" in s.flags
    if acked and (le(s.ack, t.iss) or lt(t.snd_nxt, s.ack)):
        if "RST" not in s.flags:
            m.send("RST", s.ack)
        return
    if "RST" in s.flags:
        if acked:
            m.delete()
            m.signal("error_connection_reset")
        return
    if "SYN" not in s.flags:
        return
    t.rcv_nxt, t.irs = (s.seq + 1) % MOD, s.seq
    if acked:
        t.snd_una = s.ack
    _update_window(t, s)
    if lt(t.iss, t.snd_una):
        t.state = "ESTABLISHED"
        before = t.rcv_nxt
        _text_and_fin(m, replace(s, flags=s.flags - {"SYN"}, seq=t.rcv_nxt))
        if t.rcv_nxt == before and not m.sent:
            m.ack()
    else:
        t.state = "SYN_RECEIVED"
        m.send("SYN ACK", t.iss, t.rcv_nxt)
        _queue(m, s)


def in_window(t: Tcb, seq: int) -> bool:
    """RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND."""
    return (seq - t.rcv_nxt) % MOD < t.rcv_wnd


def acceptable(t: Tcb, s: Segment) -> bool:
    """Table 6."""
    if s.len == 0:
        return s.seq == t.rcv_nxt if t.rcv_wnd == 0 else in_window(t, s.seq)
    return in_window(t, s.seq) or in_window(t, s.seq + s.len - 1)


def _others(m: Machine, s: Segment) -> None:
    """3.10.7.4, first to fourth."""
    t, reset, syn = m.tcb, "RST" in s.flags, "SYN" in s.flags
    # Special allowance is made to accept valid ACKs and RSTs when the window is zero (MUST-66).
    allowed = t.rcv_wnd == 0 and s.seq == t.rcv_nxt and (reset or ("ACK" in s.flags and not syn))
    if not (acceptable(t, s) or allowed):
        if not reset:
            m.ack()
        return
    if reset:
        if not (in_window(t, s.seq) or allowed):
            return  # 3.5.3: "A reset is valid if its sequence number is in the window."
        if m.options.exact_reset and s.seq != t.rcv_nxt:
            m.ack()
            return
        _reset(m)
        return
    if syn:
        if not in_window(t, s.seq):
            m.ack()  # "an ACK would have been sent in the first step"
        elif t.state == "SYN_RECEIVED" and t.passive:
            m.delete("LISTEN")
        elif m.options.challenge_syn:
            m.ack()
        else:
            m.reset_for(s)
            m.delete()
            m.signal("connection_reset")
        return
    if "ACK" in s.flags:
        _fifth(m, s, allowed)


def _reset(m: Machine) -> None:
    """3.10.7.4, second."""
    match m.tcb.state:
        case "SYN_RECEIVED" if m.tcb.passive:
            m.delete("LISTEN")
        case "SYN_RECEIVED":
            m.delete()
            m.signal("connection_refused")
        case "CLOSING" | "LAST_ACK" | "TIME_WAIT":
            m.delete()
        case _:
            m.delete()
            m.signal("connection_reset")


def _update_window(t: Tcb, s: Segment) -> None:
    t.snd_wnd, t.snd_wl1, t.snd_wl2 = s.wnd, s.seq, s.ack
    t.max_snd_wnd = max(t.max_snd_wnd, s.wnd)


def _fifth(m: Machine, s: Segment, allowed: bool) -> None:
    """3.10.7.4, fifth; `allowed`: the ACK counts, though what occupies sequence space finds no window."""
    t, o = m.tcb, m.options
    if not o.acks_ahead and s.seq != t.rcv_nxt and in_window(t, s.seq):
        m.ack()
        return
    if (
        o.ack_range
        and (s.ack - t.snd_una + t.max_snd_wnd) % MOD > (t.snd_nxt - t.snd_una) % MOD + t.max_snd_wnd
    ):
        m.ack()
        return
    if t.state == "SYN_RECEIVED":
        if not (lt(t.snd_una, s.ack) and le(s.ack, t.snd_nxt)):
            m.send("RST", s.ack)
            return
        t.state = "ESTABLISHED"
        _update_window(t, s)
    if t.state != "TIME_WAIT":
        if lt(t.snd_nxt, s.ack):
            m.ack()  # 3.5.2, group 3
            return
        if lt(t.snd_una, s.ack) and le(s.ack, t.snd_nxt):
            t.snd_una = s.ack
        if t.snd_una == s.ack and (lt(t.snd_wl1, s.seq) or (t.snd_wl1 == s.seq and le(t.snd_wl2, s.ack))):
            _update_window(t, s)
    waits = t.state == "TIME_WAIT"  # "Acknowledge it"
    ours = t.fin_sent and t.snd_una == t.snd_nxt  # our FIN is acknowledged
    match t.state:
        case "FIN_WAIT_1" if ours:
            t.state = "FIN_WAIT_2"
            m.signal("close_ok")
        case "CLOSING" if ours:
            t.state = "TIME_WAIT"
        case "CLOSING":
            return
        case "LAST_ACK" if ours:
            m.delete()
            return
    if not allowed:
        _text_and_fin(m, s)
    if ((allowed and s.len) or waits) and not m.sent:  # one ACK for all checks (MUST-58)
        m.ack()


def _text_and_fin(m: Machine, s: Segment) -> None:
    """3.10.7.4, seventh and eighth, of the part of the segment that is in the window."""
    t, takes, fin = m.tcb, m.tcb.state in TEXT_STATES, "FIN" in s.flags
    if s.seq != t.rcv_nxt and in_window(t, s.seq):
        if takes and (s.text or fin):
            m.ack()  # MAY-13
        return
    fin = fin and in_window(t, s.seq + s.text)
    old = min((t.rcv_nxt - s.seq) % MOD, s.text)
    text = min(s.text - old, t.rcv_wnd)
    owed = ((s.text > 0 or "FIN" in s.flags) and takes) or fin
    if takes:
        t.rcv_nxt = (t.rcv_nxt + text) % MOD
        deliver(m, text)
    if fin:
        t.rcv_nxt = (s.seq + s.text + 1) % MOD
        check_fin(m)
    if owed and not m.sent:
        m.ack()


def deliver(m: Machine, text: int) -> None:
    if text:
        m.signal("text_delivered")
        m.tcb.rcv_wnd -= text if m.options.buffering else 0


def check_fin(m: Machine) -> None:
    """3.10.7.4, eighth, of a FIN at RCV.NXT."""
    m.signal("connection_closing")
    after = {"ESTABLISHED": "CLOSE_WAIT", "FIN_WAIT_1": "CLOSING", "FIN_WAIT_2": "TIME_WAIT"}
    m.tcb.state = after.get(m.tcb.state, m.tcb.state)
