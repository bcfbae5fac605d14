"""Random properties of what must come to pass: responses under all kinds of fairness, and traps."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Protocol

from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Expr, Scope, Var
from tcpverify.ir.fairness import KINDS
from tcpverify.ir.system import Fair, Property, PropertyKind, System, VariableKind


class Formulas(Protocol):
    """Where random formulas over states come from."""

    def atom(self) -> Expr: ...

    def boolean(self, depth: int) -> Expr: ...


def responses(system: System, formulas: Formulas, random: Random) -> tuple[Property, ...]:
    """Traps, and responses of every form."""
    asks, ends, likely = formulas.atom(), _places(system, random), formulas.boolean(1)
    first = _property("leads to", _likely(formulas, random), asks)
    second = _property("leads to an end", b.disj([ends, formulas.atom()]), TRUE)
    never = _property("never asked", formulas.atom(), b.conj([asks, likely, b.neg(asks)]))
    until = replace(_property("until", _likely(formulas, random), None), hold=formulas.boolean(1))
    found = [first, second, _property("eventually", b.disj([ends, likely]), None), never, until]
    return (
        *(replace(p, fairness=_fairness(system, random, weakest)) for weakest, p in enumerate(found)),
        _trap("trap", formulas.boolean(1)),
        _trap("trap at the ends", b.disj([ends, formulas.atom()])),
        _trap("no trap", b.disj([ends, _likely(formulas, random)])),
    )


def _likely(formulas: Formulas, random: Random) -> Expr:
    return b.disj([formulas.atom() for _ in range(random.randint(1, 3))])


def _places(system: System, random: Random) -> Expr:
    """That an endpoint is not in its first state."""
    controls = [v for v in system.variables if v.kind is VariableKind.CONTROL]
    v = random.choice(controls)
    return b.neg(b.eq(Var(Scope.STATE, v.name, v.sort), b.Const(0, v.sort)))


def _fairness(system: System, random: Random, weakest: int) -> tuple[Fair, ...]:
    """What may not wait: mostly all kinds of steps, weakly or strongly; sometimes just some of them."""
    if weakest and random.random() < 0.65:
        kinds = ("delivery", "timers", "calls", "steps")
        return tuple(Fair(kind, random.random() < 0.4) for kind in kinds)  # type: ignore[arg-type]
    found = []
    for action in random.sample(system.actions, min(4, len(system.actions))):
        kind, strong = KINDS.get(action.kind), random.random() < 0.4
        if kind == "delivery":
            found.append(Fair("delivery", strong, random.choice((None, action.channel))))
        elif kind is not None:
            subject = random.choice((None, action.subject))
            found.append(Fair(kind, strong, None, action.endpoint, subject))  # type: ignore[arg-type]
    return tuple(found)


def _trap(name: str, formula: Expr) -> Property:
    return replace(_property(name, formula, None), kind=PropertyKind.TRAP_FREE)


def _property(name: str, formula: Expr, antecedent: Expr | None) -> Property:
    return Property(name, PropertyKind.RESPONSE, formula, antecedent, None, (), "E leads_to F", None, ())
