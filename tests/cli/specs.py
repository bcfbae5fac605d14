"""Small specs for the command line: one endpoint that moves once, so that every verdict is at hand."""

from __future__ import annotations

MODEL = """protocol tiny {
  param limit : 1..1000 = 3
  message Segment { flags : flags { SYN }  seq : 0..3 }
  role Endpoint {
    var n : 0..1000
    call go, work
    state IDLE initial { on call go { send SYN (seq = 1)  goto DONE } }
    state DONE { on call work when n < limit { n := n + 1 } }
    in any { on receive any ignore }
  }
}
network pair {
  endpoint A, B : Endpoint
  link A <-> B { capacity 1 }
}
scenario once on pair {
  A calls go at most 1
  A calls work at most 0
  B calls go at most 0
  B calls work at most 0
}
scenario long on pair {
  A calls go at most 1
  A calls work
  B calls go at most 1
  B calls work
}
"""


PROPERTIES = {
    "stays": "never A in DONE",
    "gets": "reachable A in DONE",
    "both": "reachable A in DONE and B in DONE",
    "idle": "always A in DONE => B in IDLE",
    "far": "never A.n == 3 and B.n == 3",
    "empty": "always B in DONE => A in DONE",
}


def spec(*expectations: str, head: str = "", run: str = "once") -> str:
    """The model with one check `c` and the properties that it names; `head` stands before its `run`."""
    lines = "".join(f"  expect {e}\n" for e in expectations)
    named = "".join(f"property {n} : {p}\n" for n, p in PROPERTIES.items() if f" {n} :" in lines)
    return f"{MODEL}{named}check c {{\n  {head}\n  run {run}\n{lines}}}\n"


MET = spec("stays : violated in 1", "gets : reachable", "idle : holds", "both : unreachable",
           "no_deadlock : violated")  # fmt: skip
UNMET = spec("stays : holds", "no_deadlock : violated")
UNEXPECTED_PASS = spec("idle : violated", "no_deadlock : violated")
VACUOUS = spec("empty : holds", "no_deadlock : violated")
SLOW = spec("gets : reachable", "idle : holds", "no_deadlock : violated",
            head="for limit in { 1, 9999 }", run="long").replace("..1000", "..9999")  # fmt: skip
"""Its first instance is decided at once, its second goes on for a minute: 400 million states."""
