"""All that can still happen once a state is reached, and more: the ever-growing network that begins there.

What is false in every state of it is never reached from that state in the system as it is declared: so a
state, and an invariant of what follows it that excludes a goal, show that the goal cannot be reached any
more (a *trap*). For that it must do at least what the system does. The ever-growing network (`ir/soup.py`)
has more in flight; a guard that asks that something is not in flight is therefore taken to be met.
"""

from __future__ import annotations

from dataclasses import replace

from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE, TRUE, Apply, Expr, Op
from tcpverify.ir.soup import NoSoup, counts, ever_growing, reads_beside_guards, with_less
from tcpverify.ir.system import Action, ActionKind, Initial, Property, PropertyKind, State, System


def onward(system: System, state: State) -> System:
    """A system that does at least what another does from one of its states.

    Raises:
        NoSoup: segments age, or something other than a guard reads what is in flight.
    """
    if any(map(counts, reads_beside_guards(system))):
        raise NoSoup("what happens depends on what is in flight")
    actions = tuple(replace(a, guard=_met(a.guard, True)) for a in system.actions)
    initial = Initial(tuple((v,) for v in state.values), state.contents)
    growing = ever_growing(replace(system, actions=actions, initial=initial), faults=True)
    return replace(growing, actions=tuple(a for a in growing.actions if _does_something(a)))


def _does_something(action: Action) -> bool:
    """Whether a step changes what was ever sent from this state on, or a variable: a loss does not."""
    return action.kind not in (ActionKind.LOSE, ActionKind.DUPLICATE) or bool(action.updates)


def never(prop: Property) -> Property:
    """That the goal of `always reachable` is not reached, as an invariant of what follows.

    Raises:
        NoSoup: with more in flight the goal may be missed where it is reached.
    """
    formula = b.neg(prop.formula)
    if not with_less(formula, True):
        raise NoSoup("the goal depends on what is in flight")
    return replace(prop, kind=PropertyKind.INVARIANT, formula=formula)


def _met(guard: Expr, wanted: bool) -> Expr:
    """A formula that is `wanted` of a network with more in flight wherever the guard is of one with less."""
    match guard:
        case Apply(Op.NOT, (a,)):
            return b.neg(_met(a, not wanted))
        case Apply(Op.AND, args):
            return b.conj(_met(a, wanted) for a in args)
        case Apply(Op.OR, args):
            return b.disj(_met(a, wanted) for a in args)
        case Apply(Op.IMPLIES, (a, then)):
            return b.implies(_met(a, not wanted), _met(then, wanted))
        case _ if not counts(guard) or with_less(guard, not wanted):
            return guard
        case _:
            return TRUE if wanted else FALSE
