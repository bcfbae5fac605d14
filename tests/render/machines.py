"""State machines to draw: TCP's, a small one, and one whose names are hostile."""

from itertools import pairwise

from tcpverify.render.machine import Machine, MachineEdge, MachineState

STATES = (
    "CLOSED", "LISTEN", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",
    "CLOSING", "LAST_ACK", "TIME_WAIT",
)  # fmt: skip
OURS = "receive ACK when s.ack == snd_nxt"
FIN_ACK = "send FIN+ACK"
EDGES = (
    ("CLOSED", "LISTEN", "call passive_open"), ("CLOSED", "SYN_SENT", "call active_open", "send SYN"),
    ("CLOSED", "CLOSED", "receive any", "send RST"), ("LISTEN", "CLOSED", "call close"),
    ("LISTEN", "SYN_RECEIVED", "receive SYN + !ACK", "send SYN+ACK"),
    ("LISTEN", "SYN_SENT", "call send", "send SYN"), ("LISTEN", "LISTEN", "receive RST", "ignore"),
    ("SYN_SENT", "SYN_RECEIVED", "receive SYN + !ACK", "send SYN+ACK"),
    ("SYN_SENT", "ESTABLISHED", "receive SYN + ACK when s.ack == snd_nxt", "send ACK"),
    ("SYN_SENT", "CLOSED", "call close"), ("SYN_SENT", "CLOSED", "exhausted rtx"),
    ("SYN_SENT", "CLOSED", "receive RST + ACK when s.ack == snd_nxt"),
    ("SYN_SENT", "SYN_SENT", "timeout rtx", "send SYN"), ("SYN_RECEIVED", "ESTABLISHED", OURS),
    ("SYN_RECEIVED", "LISTEN", "receive RST when s.seq == rcv_nxt"),
    ("SYN_RECEIVED", "FIN_WAIT_1", "call close", FIN_ACK), ("SYN_RECEIVED", "CLOSED", "exhausted rtx"),
    ("SYN_RECEIVED", "SYN_RECEIVED", "timeout rtx", "send SYN+ACK"),
    ("ESTABLISHED", "FIN_WAIT_1", "call close", FIN_ACK),
    ("ESTABLISHED", "CLOSE_WAIT", "receive FIN", "send ACK"),
    ("ESTABLISHED", "CLOSED", "receive RST when s.seq == rcv_nxt"), ("FIN_WAIT_1", "FIN_WAIT_2", OURS),
    ("FIN_WAIT_1", "CLOSING", "receive FIN", "send ACK"),
    ("FIN_WAIT_1", "TIME_WAIT", "receive FIN + ACK when s.ack == snd_nxt", "send ACK", "start time_wait"),
    ("FIN_WAIT_2", "TIME_WAIT", "receive FIN", "send ACK", "start time_wait"),
    ("CLOSING", "TIME_WAIT", OURS, "start time_wait"), ("CLOSE_WAIT", "LAST_ACK", "call close", FIN_ACK),
    ("LAST_ACK", "CLOSED", OURS), ("TIME_WAIT", "CLOSED", "timeout time_wait"),
)  # fmt: skip


def machine(name: str, initial: str, edges: tuple[tuple[str, ...], ...], states: tuple[str, ...]) -> Machine:
    return Machine(
        name,
        tuple(MachineState(s, s == initial, all(e[0] != s for e in edges)) for s in states),
        tuple(MachineEdge(e[0], e[1], e[2], e[3:]) for e in edges),
    )


TCP = machine("Endpoint", "CLOSED", EDGES, STATES)
SMALL = machine(
    "Client",
    "IDLE",
    (
        ("IDLE", "BUSY", "call start", "send REQ"),
        ("BUSY", "IDLE", "timeout t"),
        ("BUSY", "BUSY", "timeout rtx", "send REQ"),
        ("BUSY", "DONE", "receive RSP"),
    ),
    ("IDLE", "BUSY", "DONE"),
)
HOSTILE_NAMES = ("<b>x</b>", 'q"uo\\te\\', "&amp; \n\x1b[31m 服务器", "<>", "\\N\\l", "{a|b}")
HOSTILE = machine(
    "<i>\x1b",
    HOSTILE_NAMES[0],
    tuple((a, b, f"{a} & {b}", b) for a, b in pairwise(HOSTILE_NAMES)),
    HOSTILE_NAMES,
)
