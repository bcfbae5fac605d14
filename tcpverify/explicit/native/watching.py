"""What a search looks for, as the bytes that the rules set: one watch a byte, and where it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tcpverify.ir.build import neg
from tcpverify.ir.expr import FALSE, Expr
from tcpverify.ir.system import ErrorKind, Property, PropertyKind, StepEvent
from tcpverify.records import record

DEADLOCK = 0
"""The watch for a deadlock that nobody asked about."""

Where = Literal["state", "step", "dead end", "error", "instant"]


@record
class Watch:
    """`formula` true in a state, over a step, or in a dead end; an erring step with `error`; or an
    `instant`: the formula (something is due) true in a state and after each of its steps but ticks.

    `prop`: the position of the property it is for, None: a deadlock that nobody asked about. `decides`:
    it is evidence that decides the property, not just its antecedent.
    """

    where: Where
    prop: int | None
    formula: Expr = FALSE
    error: ErrorKind | None = None
    events: tuple[StepEvent, ...] = ()
    decides: bool = True


def watches(properties: Sequence[Property]) -> list[Watch]:
    """The watches of some properties, and one more for a deadlock."""
    found = [Watch("dead end", None, neg(FALSE))]
    for position, prop in enumerate(properties):
        found += _of(position, prop)
    return found


def _of(position: int, prop: Property) -> list[Watch]:
    match prop.kind:
        case PropertyKind.INVARIANT:
            before = [Watch("state", position, prop.antecedent, decides=False)] if prop.antecedent else []
            return [Watch("state", position, neg(prop.formula)), *before]
        case PropertyKind.REACHABLE:
            return [Watch("state", position, prop.formula)]
        case PropertyKind.STEP:
            found = [Watch("step", position, neg(prop.formula), events=prop.events)]
            if prop.antecedent is not None:
                found.append(Watch("step", position, prop.antecedent, events=prop.events, decides=False))
            return found
        case PropertyKind.DEADLOCK_FREE:
            return [Watch("dead end", position, neg(prop.formula))]
        case PropertyKind.NO_ERROR:
            return [Watch("error", position, error=prop.error)]
        case PropertyKind.SETTLES:
            return [Watch("instant", position, prop.formula)]
        case PropertyKind.TRAP_FREE | PropertyKind.RESPONSE | PropertyKind.UNSUPPORTED:
            return []
