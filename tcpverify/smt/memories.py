"""What an endpoint still knows was sent: guesses that some segment carries a number that it holds.

In the network of all that was ever sent they stay true once they are. Where a number has to be one that
no segment carries, they say that it differs from what endpoints hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.ir import build as b
from tcpverify.ir.expr import Const, Expr, IntSort, Scope, SeqSort, Var
from tcpverify.ir.soup import counts
from tcpverify.ir.system import KIND, UNLIMITED_MOST, Action, System
from tcpverify.records import record


@record
class Memory:
    """`formula`: while `here` is true, some segment carries the number `held`."""

    here: Expr
    held: Var
    formula: Expr


def memories(system: System) -> Iterator[Memory]:
    """Of each state of each endpoint, each number that it holds and each field that could carry it."""
    for endpoint in system.endpoints:
        control = system.variables[endpoint.control]
        held = [v for v in system.variables if v.endpoint == endpoint.name and isinstance(v.sort, SeqSort)]
        for place in range(len(endpoint.states)):
            here = b.eq(Var(Scope.STATE, control.name, control.sort), Const(place, control.sort))
            for variable in held:
                var = Var(Scope.STATE, variable.name, variable.sort)
                yield from (Memory(here, var, b.implies(here, c)) for c in _carriers(system, var))


def _carriers(system: System, var: Var) -> Iterator[Expr]:
    """That some segment of a kind in a channel carries a number in a field."""
    kinds = Var(Scope.FIELD, KIND, IntSort(0, max(0, len(system.messages) - 1)))
    for channel in range(len(system.channels)):
        for number, kind in enumerate(system.messages):
            own = b.eq(kinds, b.integer(number))
            for field in kind.fields:
                if field.sort == var.sort and not field.ghost:
                    same = b.eq(Var(Scope.FIELD, f"{kind.name}.{field.name}", field.sort), var)
                    some = b.in_flight(channel, b.conj((own, same)), UNLIMITED_MOST)
                    yield b.lt(b.integer(0), some)


def distinct(action: Action, kept: Sequence[Memory]) -> list[Expr]:
    """What an action chooses by what no segment carries differs from what endpoints hold that was sent."""
    if not counts(action.guard):
        return []
    chosen = [Var(Scope.CHOICE, c.name, c.sort) for c in action.choices]
    found = {
        (id(m.here), m.held.name, c.name): b.implies(m.here, b.neg(b.eq(c, m.held)))
        for m in kept
        for c in chosen
        if c.sort == m.held.sort
    }
    return list(found.values())
