"""State machines read off roles: labels like the RFC's."""

from __future__ import annotations

from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.machines import machine, own_roles

HEAD = (
    "protocol p { param kind : { two, three } = two  message M { flags : flags { SYN, ACK }  seq : 0..3 }\n"
)


def edges(body: str) -> list[str]:
    spec = load_text(HEAD + "role R { var n : 0..9  timer t { retries 1 }  call go\n" + body + "} }")
    (role,) = own_roles(spec)
    return [f"{e.source} > {e.target}: {e}" for e in machine(role).edges]


def test_event_and_action() -> None:
    assert edges("""
        state A initial { on call go { n := 1  start t  send SYN + ACK (seq = 1)  goto B }
          on receive any ignore }
        state B { on timeout t { send SYN (seq = 1) }  on exhausted t -> A
          on receive SYN + !ACK as s when s.seq == n -> A }
    """) == [
        "A > B: call go / send SYN+ACK",
        "B > B: timeout t / send SYN",
        "B > A: exhausted t",
        "B > A: receive SYN+!ACK [seg.seq == n]",
    ]  # fmt: skip


def test_branches_that_differ_are_told_apart() -> None:
    assert edges("""
        state A initial { on call go { send SYN (seq = 1)  if kind == two { goto B }  n := 1  goto C } }
        state B { on call go { if n == 1 and kind == two { goto A } elif not kind == two { goto C } } }
        state C { }
    """) == [
        "A > B: call go [kind == two] / send SYN",
        "A > C: call go [kind != two] / send SYN",
        "B > A: call go [n == 1 and kind == two]",
        "B > C: call go [not (n == 1 and kind == two), kind != two]",
        "B > B: call go [not (n == 1 and kind == two), kind == two]",
    ]  # fmt: skip


def test_cases_that_do_the_same_are_one_edge() -> None:
    assert edges("""
        state A initial { on call go { if n < 3 { n := n + 1 } else { n := 0 }
          if n < 3 { send SYN (seq = 1) }  goto B } }
        state B { on call go { if n == 1 { n := 2 }  goto A } }
    """) == [
        "A > B: call go [n < 3] / send SYN",
        "A > B: call go [n >= 3]",
        "B > A: call go",
    ]  # fmt: skip


def test_long_conditions_leave_the_action_in_sight() -> None:
    long = " and ".join(f"n != {i}" for i in range(9))
    (edge, _) = edges(
        f"state A initial {{ on call go {{ if {long} {{ send SYN (seq = 1)  goto B }} }} }}\nstate B {{ }}"
    )
    assert edge.endswith("…] / send SYN")
    assert len(edge) < 100
