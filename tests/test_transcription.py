"""specs/rfc9293.tcpv, asked through `Spec.react`, against rfc9293_by_hand.py: random and boundary cases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from itertools import product
from pathlib import Path

import pytest
from rfc9293_by_hand import MOD, SYNCHRONIZED, TEXT_STATES, Machine, Options, Segment, Tcb, segment
from rfc9293_calls_by_hand import call, queued, timeout

import tcpverify
from tcpverify import Reaction, Spec

PATH = Path(__file__).parents[1] / "specs/rfc9293.tcpv"
ISS = 7_000
STATES = ("CLOSED", "LISTEN", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "CLOSE_WAIT", *SYNCHRONIZED[:5])
FLAGS = ("SYN", "ACK", "FIN", "RST")
SETS = [
    frozenset(f for f, on in zip(FLAGS, chosen, strict=True) if on)
    for chosen in product((False, True), repeat=4)
]
CALLS = ("passive_open", "active_open", "active_open_unspecified", "receive_text", "close", "abort", "status")
NAMES = tuple(f.name for f in fields(Tcb) if f.name != "state")
SENT = ("seq", "ack", "wnd", "text")
SMALL = Options(window=1000, max_text=100, send_buffer=300)
SETTINGS = (
    SMALL,
    replace(SMALL, exact_reset=False, challenge_syn=False, ack_range=False),
    replace(SMALL, acks_ahead=False, buffering=True, listen_remote=True, text_on_syn=True),
)


@pytest.fixture(scope="module")
def tcp() -> Spec:
    return tcpverify.load(PATH)


def tcb(pick: random.Random, state: str, options: Options) -> Tcb:
    """A TCB as it may be in a state, with numbers near the end of their space."""
    t = Tcb(state=state, rcv_wnd=options.window)
    if state in ("CLOSED", "LISTEN"):
        return t
    t.iss = pick.choice((100, MOD - 3, MOD // 2 - 5))
    t.snd_una = t.snd_nxt = t.iss
    if state in ("SYN_SENT", "SYN_RECEIVED"):
        t.snd_nxt += 1 + (state == "SYN_SENT" and options.text_on_syn and pick.choice((0, 5)))
    else:
        t.snd_una += pick.choice((1, 1, 40))
        t.snd_nxt = t.snd_una + pick.choice((0, 1, 30))
        t.snd_wnd = pick.choice((0, 20, 500))
    if state != "SYN_SENT":
        t.irs = pick.choice((300, MOD - 4, MOD // 2 - 9))
        t.rcv_nxt = t.irs + 1 + (0 if state == "SYN_RECEIVED" else pick.choice((0, 0, 2, 50)))
        t.rcv_wnd = pick.choice((0 if state in TEXT_STATES else 1, 1, 10, options.window, options.window))
        t.passive = pick.random() < 0.5
        t.max_snd_wnd = max(t.snd_wnd, pick.choice((0, 500, 1000)))
        t.snd_wl1 = (t.rcv_nxt - pick.choice((0, 1, 3))) % MOD
        t.snd_wl2 = (t.snd_una - pick.choice((0, 1))) % MOD
        if state in ("SYN_RECEIVED", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2") and pick.random() < 0.3:
            t.syn_text, t.syn_fin = pick.choice((0, 3)), pick.random() < 0.5
    if state in ("SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "CLOSE_WAIT"):
        t.unsent = pick.choice((0, 0, 7, 250))
        t.close_queued = state != "SYN_SENT" and t.unsent > 0 and pick.random() < 0.4
    if state in ("FIN_WAIT_1", "CLOSING") and pick.random() < 0.3:
        t.unsent, t.close_queued = pick.choice((0, 7)), True
    elif state in ("FIN_WAIT_1", "CLOSING", "LAST_ACK"):
        t.snd_nxt, t.fin_sent = max(t.snd_nxt, t.snd_una + 1), True
        if state == "FIN_WAIT_1" and pick.random() < 0.15:  # from SYN-RECEIVED
            t.snd_una, t.snd_nxt, t.rcv_nxt = t.iss, t.iss + 2, t.irs + 1
    elif state in ("FIN_WAIT_2", "TIME_WAIT"):
        t.snd_una, t.fin_sent = t.snd_nxt, True
    for name in ("snd_una", "snd_nxt", "rcv_nxt"):
        setattr(t, name, getattr(t, name) % MOD)
    return t


def arriving(pick: random.Random, t: Tcb, options: Options) -> Segment:
    """A segment with numbers at the edges of the windows."""
    text = pick.choice((0, 0, 1, 3, options.max_text))
    left, right = t.rcv_nxt, t.rcv_nxt + t.rcv_wnd
    around = (left, left, left, left - 1, left - 2, left + 1, right - 1, right, right + 1, left + MOD // 2)
    ends = (left - text, left - text + 1, right - text, right - text - 1, t.irs, pick.randrange(MOD))
    low, una, nxt = t.snd_una - t.max_snd_wnd, t.snd_una, t.snd_nxt
    acks = (una, nxt, nxt, nxt, nxt - 1, nxt + 1, una - 1, una + 1, una + MOD // 2 - 1, t.iss, t.iss + 1)
    seq, ack = pick.choice((*around, *ends)), pick.choice((*acks, low, low - 1, pick.randrange(MOD)))
    return Segment(pick.choice(SETS), seq % MOD, ack % MOD, pick.choice((0, 1, 500, 1000)), text)


def spec_text(s: Segment) -> str:
    kind = " + ".join(sorted(s.flags)) or "Segment"
    return f"{kind} (seq = {s.seq}, ack = {s.ack}, wnd = {s.wnd}, text = {s.text})"


def running(t: Tcb) -> tuple[str, ...]:
    """The timers that run."""
    if t.state == "TIME_WAIT":
        return ("time_wait",)
    return ("rtx", "user_timeout") if t.snd_una != t.snd_nxt else ()


def by_spec(tcp: Spec, t: Tcb, options: Options, event: dict[str, str]) -> list[Reaction]:
    """What the spec says; variables with their first values need not be named."""
    first = Tcb(rcv_wnd=options.window)
    variables = {n: getattr(t, n) for n in NAMES if getattr(t, n) != getattr(first, n)}
    where = ("internet", "A", t.state, variables)
    own = asdict(options)
    return list(tcp.react(*where, running=running(t), fresh={"iss": ISS}, params=own, **event))  # type: ignore[arg-type]


def told(reaction: Reaction) -> dict[str, object]:
    """What both know of an outcome."""
    assert reaction.error is None, reaction
    sent = [(frozenset(s.flags), *(s.fields[n] for n in SENT)) for s in reaction.sent]
    own = {name: reaction.variables[name] for name in NAMES}
    timers = set(reaction.running)
    return {
        "state": reaction.state,
        "sent": sent,
        "signals": list(reaction.signals),
        "running": timers,
        **own,
    }


def by_hand(m: Machine) -> dict[str, object]:
    return {**asdict(m.tcb), "sent": m.sent, "signals": m.signals, "running": set(running(m.tcb))}


def differences(
    tcp: Spec, t: Tcb, options: Options, event: dict[str, str], m: Machine | None
) -> Iterator[str]:
    """What differs, or nothing; `m` has been through the event, or is None if it is not possible."""
    found = by_spec(tcp, t, options, event)
    expected = [] if m is None else [by_hand(m)]
    got = [told(r) for r in found]
    if got != expected:
        yield f"{t}\n  {event}\n  {options}\n"
        if len(got) != len(expected):
            yield f"  {len(got)} outcomes, by hand {len(expected)}\n"
        for mine, other in zip(got, expected, strict=False):
            yield "".join(f"  {n}: {mine[n]}, by hand {other[n]}\n" for n in mine if mine[n] != other[n])
            yield f"  line {found[0].line}, {found[0].cites}\n"


def case(tcp: Spec, pick: random.Random, t: Tcb, options: Options) -> str:
    """One segment."""
    s = arriving(pick, t, options)
    m = Machine(replace(t), options, ISS)
    segment(m, s)
    return "".join(differences(tcp, t, options, {"receive": spec_text(s)}, m))


@pytest.mark.parametrize("options", SETTINGS, ids=("default", "rfc793", "queues"))
def test_segments(tcp: Spec, options: Options) -> None:
    pick = random.Random(9293)
    wrong = [
        w for _ in range(40) for state in STATES if (w := case(tcp, pick, tcb(pick, state, options), options))
    ]
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:5])


@pytest.mark.parametrize("options", SETTINGS, ids=("default", "rfc793", "queues"))
def test_calls_timeouts_and_what_is_queued(tcp: Spec, options: Options) -> None:
    pick = random.Random(3104)
    wrong = []
    for state, _ in product(STATES, range(2)):
        t = tcb(pick, state, options)
        for name, octets in (
            *((c, 0) for c in CALLS),
            ("send_text", 1),
            ("send_text", 60),
            ("send_text", 100),
        ):
            m = Machine(replace(t), options, ISS)
            call(m, name, octets)
            wrong += differences(tcp, t, options, {"call": f"{name}({octets})" if octets else name}, m)
        for name in {*running(t), "user_timeout"} if state != "CLOSED" else ():
            m = Machine(replace(t), options, ISS)
            timeout(m, name)
            wrong += differences(tcp, t, options, {"timeout": name}, m)
        for name in ("segmentize", "form_fin", "process_queued"):
            m = Machine(replace(t), options, ISS)
            wrong += differences(tcp, t, options, {"step": name}, m if queued(m, name) else None)
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:5])
