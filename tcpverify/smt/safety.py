"""An inductive invariant of a timed system under a condition on its parameters (Spacer)."""

from __future__ import annotations

import z3

from tcpverify.limits import Deadline
from tcpverify.smt.encode import Term
from tcpverify.smt.region import Terms
from tcpverify.smt.solving import Undecided

SEED = 1


def invariant(system: Terms, condition: Term, deadline: Deadline) -> Term | None:
    """A formula over the constants of a state and the parameters: true at the start, kept by every rule, never
    true of a bad state, all of it where the condition holds. None if some run is bad there after all.

    Raises:
        Undecided: no answer in time.
    """
    fixed = list(system.parameters)
    now, then, inputs = system.at("now"), system.at("then"), list(system.inputs.values())
    reached = z3.Function("Reached", *(t.sort() for t in [*fixed, *now]), z3.BoolSort())
    wrong = z3.Function("Wrong", z3.BoolSort())
    engine = z3.Fixedpoint()
    left = deadline.left()
    if left is not None:
        engine.set("timeout", max(1, int(left * 1000)))
    engine.set(engine="spacer")
    engine.set("spacer.random_seed", SEED)
    engine.register_relation(reached, wrong)
    for v in [*fixed, *now, *then, *inputs]:
        engine.declare_var(v)
    here, there = reached(*fixed, *now), reached(*fixed, *then)

    def at(formula: Term, state: list[Term]) -> Term:
        return z3.substitute(formula, *zip(system.constants.values(), state, strict=True))

    allowed = z3.And(system.allowed, condition)
    engine.rule(here, z3.And(allowed, at(system.initial, now), at(system.assumed, now)))
    for guard, moves in system.rules:
        after = [
            t == (at(moves[name], now) if name in moves else h)
            for name, h, t in zip(system.constants, now, then, strict=True)
        ]
        engine.rule(there, z3.And(here, at(guard, now), *after, at(system.assumed, then)))
    engine.rule(wrong(), z3.And(here, at(system.bad, now)))
    try:
        answer = engine.query(wrong())
    except z3.Z3Exception as problem:
        raise Undecided(str(problem)) from problem
    if answer == z3.sat:
        return None
    if answer != z3.unsat:
        raise Undecided(engine.reason_unknown())
    found = _interpretation(engine.get_answer(), reached, [*fixed, *system.constants.values()])
    return z3.simplify(z3.And(allowed, found))


def _interpretation(answer: Term, relation: Term, arguments: list[Term]) -> Term:
    """What Spacer's answer, a conjunction of `forall x. relation(x) = body`, says of a relation."""
    todo = [answer]
    while todo:
        e = todo.pop()
        if z3.is_and(e):
            todo += e.children()
        elif z3.is_quantifier(e) and e.body().num_args() == 2:
            head, body = e.body().arg(0), e.body().arg(1)
            if not (z3.is_app(head) and head.decl().eq(relation)):
                head, body = body, head
            if z3.is_app(head) and head.decl().eq(relation):
                places: list[Term] = [z3.BoolVal(True)] * e.num_vars()
                for argument, v in zip(arguments, head.children(), strict=True):
                    places[z3.get_var_index(v)] = argument
                return z3.substitute_vars(body, *places)
    raise Undecided("the answer cannot be read")
