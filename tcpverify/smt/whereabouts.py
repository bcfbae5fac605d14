"""In which states of its endpoint a timer runs: what most proofs need that none fires where nobody waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.ir import build as b
from tcpverify.ir.expr import Const, Expr, Scope, Var
from tcpverify.ir.system import State, System, VariableKind


def whereabouts(system: System, states: Sequence[State]) -> Iterator[Expr]:
    """Of every timer that while it runs its endpoint is in a state in which it was seen to run, among some
    states of the system; of one that may run anywhere nothing."""
    controls = {e.name: e.control for e in system.endpoints}
    for index, timer in enumerate(system.variables):
        if timer.kind is not VariableKind.TIMER or timer.endpoint not in controls:
            continue
        control = controls[timer.endpoint]
        seen = sorted({s.values[control] for s in states if s.values[index]})
        place = system.variables[control]
        at = Var(Scope.STATE, place.name, place.sort)
        stopped = b.eq(Var(Scope.STATE, timer.name, timer.sort), b.integer(0))
        if len(seen) < len(next(e.states for e in system.endpoints if e.control == control)):
            yield b.disj((stopped, *(b.eq(at, Const(value, place.sort)) for value in seen)))
