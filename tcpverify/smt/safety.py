"""An inductive invariant of a timed system under a condition on its parameters.

Spacer (Komuravelli, Gurfinkel, Chaki 2014) on Horn clauses: over the locations of the unfolded system, one
relation each, or over the states of the system as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import z3

from tcpverify.limits import Deadline
from tcpverify.smt.encode import Term
from tcpverify.smt.locations import Unfolded
from tcpverify.smt.logic import both
from tcpverify.smt.region import Terms
from tcpverify.smt.solving import Undecided

SEED = 1


Parts = list[tuple[Mapping[str, Term], Term]]
"""Values of constants of a state, and what is true of the others and the parameters there."""


def invariant(system: Terms, unfolded: Unfolded | None, condition: Term, deadline: Deadline) -> Parts | None:
    """Parts of which, where the condition holds, one is true at the start and after every rule if one was
    before it, and none of a bad state. None if some run is bad there after all.

    Raises:
        Undecided: no answer in time.
    """
    allowed = both(system.allowed, condition)
    if unfolded is None:
        return _whole(system, allowed, deadline)
    return _by_location(system, unfolded, allowed, deadline)


class _Horn:
    """Horn clauses over relations whose first arguments are the parameters."""

    def __init__(self, system: Terms, variables: Sequence[Term], deadline: Deadline) -> None:
        self._parameters = list(system.parameters)
        self._engine = z3.Fixedpoint()
        left = deadline.left()
        if left is not None:
            self._engine.set("timeout", max(1, int(left * 1000)))
        self._engine.set(engine="spacer")
        self._engine.set("spacer.random_seed", SEED)
        self._wrong = z3.Function("Wrong", z3.BoolSort())
        self._engine.register_relation(self._wrong)
        for v in [*self._parameters, *system.inputs.values(), *variables]:
            self._engine.declare_var(v)

    def relation(self, name: str, arguments: Sequence[Term]) -> Callable[..., Term]:
        """A new relation over the parameters and arguments of the sorts of some terms."""
        made = z3.Function(name, *(t.sort() for t in [*self._parameters, *arguments]), z3.BoolSort())
        self._engine.register_relation(made)
        return lambda *terms: made(*self._parameters, *terms)

    def rule(self, head: Term, body: Sequence[Term]) -> None:
        """The body implies the head."""
        self._engine.rule(head, both(*body))

    def never(self, body: Sequence[Term]) -> None:
        """The body is never true."""
        self._engine.rule(self._wrong(), both(*body))

    def answer(self, read: Sequence[Term]) -> list[Term] | None:
        """What the relations (applied to the terms that stand for their arguments) are, if the clauses can be
        satisfied. Raises Undecided."""
        try:
            answer = self._engine.query(self._wrong())
        except z3.Z3Exception as problem:
            raise Undecided("no proof in time") from problem
        if answer == z3.sat:
            return None
        if answer != z3.unsat:
            raise Undecided(f"no proof: {self._engine.reason_unknown()}")
        found = _interpretations(self._engine.get_answer())
        return [_applied(found, r) for r in read]


def _interpretations(answer: Term) -> dict[str, tuple[Term, Term, int]]:
    """Spacer's answer, a conjunction of `forall x. relation(x) = body`: head, body and number of variables of
    each relation, by its name."""
    found = {}
    todo = [answer]
    while todo:
        e = todo.pop()
        if z3.is_and(e):
            todo += e.children()
        elif z3.is_quantifier(e) and e.body().num_args() == 2:
            head, body = e.body().arg(0), e.body().arg(1)
            found[head.decl().name()] = (head, body, e.num_vars())
    return found


def _applied(found: dict[str, tuple[Term, Term, int]], relation: Term) -> Term:
    name = relation.decl().name()
    if name not in found:
        return z3.BoolVal(False)
    head, body, count = found[name]
    places: list[Term] = [z3.BoolVal(True)] * count
    for argument, v in zip(relation.children(), head.children(), strict=True):
        places[count - 1 - z3.get_var_index(v)] = argument
    return _without_quantifiers(z3.substitute_vars(body, *reversed(places)))


def _without_quantifiers(formula: Term) -> Term:
    """Spacer leaves some in its answers; over linear arithmetic they can be eliminated."""
    if "(exists" not in formula.sexpr() and "(forall" not in formula.sexpr():
        return formula
    return z3.Then("simplify", "qe2", "ctx-solver-simplify")(formula).as_expr()


def _by_location(system: Terms, unfolded: Unfolded, allowed: Term, deadline: Deadline) -> Parts | None:
    """One relation a location, over the times that matter there."""
    times = {n: c for n, c in system.constants.items() if c.sort() == z3.RealSort()}
    horn = _Horn(system, list(times.values()), deadline)
    live = [[times[n] for n in names] for names in unfolded.live]
    reached = [horn.relation(f"at{i}", terms) for i, terms in enumerate(live)]
    for i in unfolded.initial:
        horn.rule(reached[i](*(z3.RealVal(0) for _ in live[i])), [allowed])
    for e in unfolded.edges:
        after = [e.moves.get(n, times[n]) for n in unfolded.live[e.target]]
        horn.rule(reached[e.target](*after), [reached[e.source](*live[e.source]), e.guard])
    for i, bad in enumerate(unfolded.bad):
        if not z3.is_false(bad):
            horn.never([reached[i](*live[i]), bad])
    found = horn.answer([r(*terms) for r, terms in zip(reached, live, strict=True)])
    if found is None:
        return None
    parts = zip(unfolded.locations, found, strict=True)
    return [(values, holds) for values, holds in parts if not z3.is_false(holds)]


def _whole(system: Terms, allowed: Term, deadline: Deadline) -> Parts | None:
    """One relation over all constants of a state."""
    now, then = system.at("now"), system.at("then")
    horn = _Horn(system, [*now, *then], deadline)
    reached = horn.relation("reached", now)

    def at(formula: Term, state: list[Term]) -> Term:
        return z3.substitute(formula, *zip(system.constants.values(), state, strict=True))

    horn.rule(reached(*now), [allowed, at(system.initial, now), at(system.assumed, now)])
    for guard, moves in system.rules:
        after = [
            t == (at(moves[name], now) if name in moves else h)
            for name, h, t in zip(system.constants, now, then, strict=True)
        ]
        horn.rule(reached(*then), [reached(*now), at(guard, now), *after, at(system.assumed, then)])
    horn.never([reached(*now), at(system.bad, now)])
    found = horn.answer([reached(*system.constants.values())])
    return None if found is None else [({}, found[0])]
