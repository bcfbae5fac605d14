"""What a system says of time, beside its ticks."""

from __future__ import annotations

from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Const, Expr, Scope, Var
from tcpverify.ir.system import System


def busy(system: System) -> Expr:
    """Whether time has work to do in a state: a timer with a duration runs, or a segment ages."""
    running = [
        b.neg(b.eq(Var(Scope.STATE, v.name, v.sort), Const(0, v.sort)))
        for v in (system.variables[t.variable] for t in system.timers if t.clock is not None)
    ]
    ageing = [
        b.lt(b.integer(0), b.in_flight(i, TRUE, c.most))
        for i, c in enumerate(system.channels)
        if c.lifetime is not None
    ]
    return b.disj([*running, *ageing])
