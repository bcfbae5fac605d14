"""What is looked for: a state, an edge or an erring step that decides a property."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Protocol

from tcpverify.ir.expr import Expr, Scope
from tcpverify.ir.system import Property, PropertyKind, StepEvent
from tcpverify.records import record
from tcpverify.smt.encode import Scene, Term
from tcpverify.smt.logic import FALSE, both, negation
from tcpverify.smt.relation import Relation, can_step, happens
from tcpverify.smt.slots import Unsupported


class Place(Enum):
    """What a goal's formula is about, and so which steps it needs."""

    STATE = auto()
    EDGE = auto()
    """A step without error, from its state to the next."""
    ERROR = auto()
    """A step with error: its state and inputs."""


class Times(Protocol):
    """What puts a formula over the constants of the relation at a state."""

    def at(self, formula: Term, i: int) -> Term: ...


@record
class Goal:
    """`formula` is over the constants of the relation; a path shows it if its last state, edge or
    step satisfies it."""

    name: str
    place: Place
    formula: Term

    def at(self, unroller: Times, length: int) -> Term:
        """Whether a path of so many steps shows the goal."""
        if self.place is Place.STATE:
            return unroller.at(self.formula, length)
        return unroller.at(self.formula, length - 1) if length else FALSE


def goal_of(rel: Relation, prop: Property) -> Goal:
    """What decides a property when found: a violation, of `reachable` a witness.

    Raises Unsupported.
    """
    match prop.kind:
        case PropertyKind.INVARIANT:
            return state_goal(rel, prop.name, prop.formula)
        case PropertyKind.REACHABLE:
            return Goal(prop.name, Place.STATE, _formula(rel, prop.formula))
        case PropertyKind.STEP:
            return Goal(prop.name, Place.EDGE, negation(_formula(rel, prop.formula, prop.events)))
        case PropertyKind.DEADLOCK_FREE:
            stuck = negation(can_step(rel))
            return Goal(prop.name, Place.STATE, both(stuck, negation(_formula(rel, prop.formula))))
        case PropertyKind.NO_ERROR:
            found = FALSE if prop.error is None else rel.errors.get(prop.error, FALSE)
            return Goal(prop.name, Place.ERROR, found)
        case PropertyKind.SETTLES:
            raise Unsupported("whether every instant can be settled is for the explicit engine to decide")
        case PropertyKind.TRAP_FREE | PropertyKind.RESPONSE:
            raise Unsupported("what must come to pass is for the explicit engine to decide")
        case PropertyKind.UNSUPPORTED:
            raise Unsupported(prop.text)


def state_goal(rel: Relation, name: str, formula: Expr) -> Goal:
    """A state in which a formula is false."""
    return Goal(name, Place.STATE, negation(_formula(rel, formula)))


def antecedent_goal(rel: Relation, prop: Property) -> Goal | None:
    """That what a property speaks of happens; None if it speaks of everything."""
    if prop.antecedent is None or prop.kind not in (PropertyKind.INVARIANT, PropertyKind.STEP):
        return None
    place = Place.STATE if prop.kind is PropertyKind.INVARIANT else Place.EDGE
    return Goal(f"antecedent of {prop.name}", place, _formula(rel, prop.antecedent, prop.events))


def misfit_goal(rel: Relation) -> Goal:
    """That a step stores a value outside its sort, which no checked system does."""
    return Goal("a value outside its sort", Place.ERROR, rel.misfit)


def _formula(rel: Relation, formula: Expr, events: Sequence[StepEvent] = ()) -> Term:
    scene = rel.seen.scene
    terms = {**scene.terms, **rel.slots.variables(rel.after, Scope.NEXT)}
    terms |= {(Scope.EVENT, e.name): happens(rel, e) for e in events}
    return Scene(scene.bits, terms, scene.slots).term(formula)
