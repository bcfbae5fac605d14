"""Properties as formulas over a network's states and steps."""

from __future__ import annotations

from dataclasses import replace

from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, TRUE, Expr
from tcpverify.ir.system import ErrorKind, Part, Property, PropertyKind
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import time
from tcpverify.lang.elaborate.liveness import elaborate_response
from tcpverify.lang.elaborate.paths import flat
from tcpverify.lang.elaborate.scope import Scope, World
from tcpverify.lang.resolve import NO_DEADLOCK

NO_TIMELOCK = "no_timelock"

GOALS = {"reachable": PropertyKind.REACHABLE, "always reachable": PropertyKind.TRAP_FREE}
"""The forms that ask for a way to a state."""

LONGEST_MAP = 80
"""A `refines` with a longer text is told without its map."""


def automatic(name: str, world: World) -> Property:
    """A property that is checked without being asked for, or `no_deadlock`."""
    if name == NO_DEADLOCK:
        return _property(name, PropertyKind.DEADLOCK_FREE, FALSE, "deadlock_free")
    if name == NO_TIMELOCK:
        return _property(name, PropertyKind.SETTLES, time.due(world), "every instant can be settled")
    texts = {
        ErrorKind.UNHANDLED: "every segment and every firing timer meets a handler",
        ErrorKind.OVERFLOW: "no channel overflows",
        ErrorKind.RANGE: "no value leaves its range",
        ErrorKind.ASSERT: "no assert fails",
    }
    error = ErrorKind(name)
    return replace(_property(name, PropertyKind.NO_ERROR, TRUE, texts[error]), error=error)


def _property(name: str, kind: PropertyKind, formula: Expr, text: str) -> Property:
    return Property(name, kind, formula, None, None, (), text, None, ())


def elaborate_property(declared: s.Property, world: World) -> Property:
    """A declared property; raises Abandoned after reporting a mistake in it."""
    watching = isinstance(declared.body, s.StateProperty)
    scope = Scope(world, ghost=True, in_property=True, monitors=watching)
    name, span = declared.name.text, declared.name.span
    base = replace(
        _property(name, PropertyKind.UNSUPPORTED, TRUE, flat(declared.body.span)),
        span=span,
        cites=declared.cites,
    )
    match declared.body:
        case s.StateProperty("always" | "lemma", formula):
            parts, antecedent = _conjuncts(formula, scope)
            whole = b.conj(p.formula for p in parts)
            return replace(
                base, kind=PropertyKind.INVARIANT, formula=whole, antecedent=antecedent, parts=parts
            )
        case s.StateProperty("never", formula):
            term = ex.elaborate_bool(formula, scope)
            whole = b.conj((term.defined, b.neg(term.value)))
            part = Part(whole, f"not ({flat(formula.span)})")
            return replace(base, kind=PropertyKind.INVARIANT, formula=whole, parts=(part,))
        case s.StateProperty("always step", formula):
            parts, antecedent = _conjuncts(formula, replace(scope, primes=True))
            whole = b.conj(p.formula for p in parts)
            return replace(base, kind=PropertyKind.STEP, formula=whole, antecedent=antecedent, parts=parts)
        case s.StateProperty(form, formula):
            assert form in GOALS
            whole = ex.holds(formula, scope)
            return replace(base, kind=GOALS[form], formula=whole, parts=(Part(whole, flat(formula.span)),))
        case s.DeadlockFree(except_):
            whole = FALSE if except_ is None else ex.holds(except_, scope)
            return replace(base, kind=PropertyKind.DEADLOCK_FREE, formula=whole)
        case s.MonitorNever(mark="bad"):
            return replace(base, kind=PropertyKind.INVARIANT)
        case s.Refines(network):
            short = base.text if len(base.text) <= LONGEST_MAP else f"refines {network} via {{ ... }}"
            return replace(base, kind=PropertyKind.INVARIANT, text=short)
        case other:
            return elaborate_response(base, other, scope)


def _conjuncts(formula: s.Expression, scope: Scope) -> tuple[tuple[Part, ...], Expr | None]:
    """The conjuncts of a formula as it was written, and the antecedent if it is an implication."""
    match formula:
        case s.Connective("and", operands):
            return tuple(p for o in operands for p in _conjuncts(o, scope)[0]), None
        case s.Binary("=>", left, right):
            condition = ex.elaborate_bool(left, scope)
            inner, _ = _conjuncts(right, scope)
            parts = [
                Part(b.conj((condition.defined, b.implies(condition.value, p.formula))), p.text)
                for p in inner
            ]
            return tuple(parts), b.conj((condition.defined, condition.value))
        case _:
            return (Part(ex.holds(formula, scope), flat(formula.span)),), None
