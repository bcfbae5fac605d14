"""RFC 9293 section 3.10, transcribed by hand: calls (3.10.1 to 3.10.6), timeouts (3.10.8), what is queued."""

from __future__ import annotations

from rfc9293_by_hand import LATER_STATES, MOD, TEXT_STATES, Machine, Tcb, check_fin, deliver

MISSING, CLOSING_NOW = "error_connection_does_not_exist", "error_connection_closing"


# --- 3.10.1 to 3.10.6, user calls ----------------------------------------------------------------------


def call(m: Machine, name: str, octets: int = 0) -> None:
    if name == "send_text":
        _send_call(m, octets)
    else:
        calls = {"receive_text": _receive, "close": _close, "abort": _abort, "status": _status}
        calls.get(name, _open)(m, name)


def _open(m: Machine, name: str) -> None:
    """3.10.1."""
    if m.tcb.state not in ("CLOSED", "LISTEN") or (name, m.tcb.state) == ("passive_open", "LISTEN"):
        m.signal("error_connection_already_exists")
    elif name == "passive_open":
        m.tcb.state = "LISTEN"
    elif name == "active_open_unspecified":
        m.signal("error_remote_socket_unspecified")
    else:
        _open_actively(m, 0)


def _open_actively(m: Machine, octets: int) -> None:
    t, riding = m.tcb, octets if m.options.text_on_syn else 0
    t.iss = t.snd_una = m.iss
    m.send("SYN", t.iss, text=riding)
    t.snd_nxt, t.unsent = (t.iss + 1 + riding) % MOD, octets - riding
    t.state, t.passive = "SYN_SENT", False


def _send_call(m: Machine, octets: int) -> None:
    """3.10.2."""
    t, room = m.tcb, m.tcb.unsent + octets <= m.options.send_buffer
    if t.state == "CLOSED":
        m.signal(MISSING)
    elif t.state == "LISTEN" and not m.options.listen_remote:
        m.signal("error_remote_socket_unspecified")
    elif t.state in LATER_STATES or t.close_queued:  # "No further SENDs ... will be accepted" (3.6, case 1)
        m.signal(CLOSING_NOW)
    elif t.state in ("ESTABLISHED", "CLOSE_WAIT") and t.unsent == 0 and octets <= usable(t):
        _segmentize(m, octets)
    elif not room:
        m.signal("error_insufficient_resources")
    elif t.state == "LISTEN":
        _open_actively(m, octets)
    else:
        t.unsent += octets


def usable(t: Tcb) -> int:
    """SND.UNA + SND.WND - SND.NXT, "which may become negative" (3.8.6.2.1)."""
    return max(0, t.snd_wnd - (t.snd_nxt - t.snd_una) % MOD)


def _segmentize(m: Machine, octets: int) -> None:
    m.send("ACK", m.tcb.snd_nxt, m.tcb.rcv_nxt, octets)
    m.tcb.snd_nxt = (m.tcb.snd_nxt + octets) % MOD


def _receive(m: Machine, _: str) -> None:
    """3.10.3."""
    t = m.tcb
    on_hand = t.rcv_wnd < m.options.window
    if t.state == "CLOSED":
        m.signal(MISSING)
    elif on_hand and t.state in (*TEXT_STATES, "CLOSE_WAIT"):
        t.rcv_wnd = m.options.window
        m.signal("text_received")
        m.ack()
    else:
        m.signal(CLOSING_NOW if t.state in ("CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT") else "queued")


def _form_fin(m: Machine, state: str) -> None:
    m.send("FIN ACK", m.tcb.snd_nxt, m.tcb.rcv_nxt)
    m.tcb.snd_nxt = (m.tcb.snd_nxt + 1) % MOD
    m.tcb.fin_sent, m.tcb.close_queued, m.tcb.state = True, False, state


def _close(m: Machine, _: str) -> None:
    """3.10.4."""
    t = m.tcb
    match t.state:
        case "CLOSED":
            m.signal(MISSING)
        case "LISTEN" | "SYN_SENT":
            m.delete()
            m.signal("error_closing")
        case "SYN_RECEIVED" | "ESTABLISHED" | "CLOSE_WAIT":
            if t.state == "CLOSE_WAIT" and t.close_queued:
                m.signal(CLOSING_NOW)
            elif t.unsent == 0:
                _form_fin(m, "LAST_ACK" if t.state == "CLOSE_WAIT" else "FIN_WAIT_1")
            else:
                t.close_queued = True
                t.state = "FIN_WAIT_1" if t.state == "ESTABLISHED" else t.state
        case _:
            m.signal(CLOSING_NOW)


def _abort(m: Machine, _: str) -> None:
    """3.10.5."""
    match m.tcb.state:
        case "CLOSED":
            m.signal(MISSING)
            return
        case "LISTEN":
            m.signal("error_connection_reset")
        case "SYN_SENT":
            m.signal("connection_reset")
        case "CLOSING" | "LAST_ACK" | "TIME_WAIT":
            m.signal("ok")
        case _:
            m.send("RST", m.tcb.snd_nxt)
            m.signal("connection_reset")
    m.delete()


def _status(m: Machine, _: str) -> None:
    """3.10.6."""
    m.signal(MISSING if m.tcb.state == "CLOSED" else f"state_{m.tcb.state}")


# --- 3.10.8 Timeouts, and what is queued -----------------------------------------------------------------


def timeout(m: Machine, name: str) -> None:
    """3.10.8."""
    t = m.tcb
    if name == "user_timeout":
        m.delete()
        m.signal("error_connection_aborted_due_to_user_timeout")
    elif name == "time_wait":
        m.delete()
    elif t.state == "SYN_SENT":
        m.send("SYN", t.iss)
    elif t.snd_una == t.iss:
        m.send("SYN ACK", t.iss, t.rcv_nxt)
    elif (t.snd_nxt - t.snd_una) % MOD == 1 and t.fin_sent:
        m.send("FIN ACK", t.snd_una, t.rcv_nxt)
    elif text := (t.snd_nxt - t.snd_una) % MOD - t.fin_sent:
        m.send("ACK", t.snd_una, t.rcv_nxt, min(m.options.max_text, text))


def queued(m: Machine, name: str) -> bool:
    """What waits is done when it can be done: false if it cannot."""
    t = m.tcb
    match name:
        case "segmentize" if t.state in ("ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_1", "CLOSING"):
            if octets := min(t.unsent, usable(t), m.options.max_text):
                t.unsent -= octets
                _segmentize(m, octets)
                return True
        case "form_fin" if (
            t.close_queued and t.state == "ESTABLISHED"
        ):  # "queue for processing after entering ESTABLISHED"
            if t.unsent == 0:
                _form_fin(m, "FIN_WAIT_1")
            t.state = "FIN_WAIT_1"
            return True
        case "form_fin" if (
            t.close_queued and t.unsent == 0 and t.state in ("FIN_WAIT_1", "CLOSING", "CLOSE_WAIT")
        ):
            _form_fin(m, "LAST_ACK" if t.state == "CLOSE_WAIT" else t.state)
            return True
        case "process_queued" if t.state in TEXT_STATES and t.snd_una != t.iss and (t.syn_text or t.syn_fin):
            return _process_queued(m)
    return False


def _process_queued(m: Machine) -> bool:
    """Text and FIN of the SYN; "it is clear the data is valid" (3.5) when our SYN is acknowledged."""
    t = m.tcb
    text, fin, t.syn_text, t.syn_fin = t.syn_text, t.syn_fin, 0, False
    if t.rcv_nxt == (t.irs + 1) % MOD:  # else it has come again
        deliver(m, text)
        t.rcv_nxt = (t.rcv_nxt + text + fin) % MOD
        if fin:
            check_fin(m)
        m.ack()
    return True
