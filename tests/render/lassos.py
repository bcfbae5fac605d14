"""Lassos of the handshake, made by hand: runs in which A tries for ever, or waits for ever."""

from __future__ import annotations

from dataclasses import replace

import handshake_system as h

from tcpverify.ir import build as b
from tcpverify.ir.expr import Const, Expr
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Fair, Property, PropertyKind, System
from tcpverify.trace import Trace, replay

NARROW = h.Options(capacity=1, overflow="drop", preloaded=())
"""One segment in flight, B closed: what A sends again finds no room."""
LOSSY = h.Options(three_way=True, loss=1, preloaded=())


def lasso(system: System, loop: int, *words: str) -> Trace:
    """The lasso of these steps (as for `follow`), of which `loop` lead to its loop."""
    return replay(Interpreter(system), h.follow(system, *words).schedule._replace(loop=loop))


def trying() -> Trace:
    """A tries, gives up and tries again, for ever; its SYN waits for B, who never opens."""
    return lasso(h.build(NARROW), 1, "A call active", "A timeout", "A exhausted", "A call active")


def waiting() -> Trace:
    """A gives up after its SYN was lost, and nobody opens again: the run stays there."""
    return lasso(h.build(LOSSY), 4, "A call active", "lose A->B", "A timeout", "A exhausted")


def inside(endpoint: str, *states: int) -> Expr:
    """That an endpoint is in one of some states."""
    control = h.Builder(h.Options()).var(f"{endpoint}.state")
    return b.disj([b.eq(control, Const(state, h.CONTROL)) for state in states])


def opens(*fairness: Fair) -> Property:
    """That A, once it has tried, is connected at some time."""
    under = f" under {', '.join(f.kind for f in fairness)}" if fairness else ""
    text = f"A in SYN_SENT leads_to A in ESTABLISHED{under}"
    return Property("opens", PropertyKind.RESPONSE, inside("A", h.ESTABLISHED), inside("A", h.SYN_SENT),
                    None, (), text, None, (), fairness=fairness)  # fmt: skip


def eventually(*fairness: Fair) -> Property:
    """That A is connected at some time."""
    return replace(opens(*fairness), name="eventually", antecedent=None, text="eventually A in ESTABLISHED")


def can_open() -> Property:
    """That A can always still be connected."""
    return Property("can_open", PropertyKind.TRAP_FREE, inside("A", h.ESTABLISHED), None, None, (),
                    "always reachable A in ESTABLISHED", None, ())  # fmt: skip
