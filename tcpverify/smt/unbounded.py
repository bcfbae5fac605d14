"""Invariants of the network of all that was ever sent, found without help and without bounds.

An inductive invariant of the system with one slot a channel (Spacer: Komuravelli, Gurfinkel, Chaki 2014)
is lifted clause by clause to every segment ever sent, and Houdini keeps what is inductive there, over the
numbers as they are. What is found is only a candidate for a certificate: nobody need believe this search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import z3

from tcpverify.ir.expr import Expr
from tcpverify.ir.system import System
from tcpverify.limits import Deadline
from tcpverify.records import record
from tcpverify.smt.clauses import guesses
from tcpverify.smt.houdini import Inductive
from tcpverify.smt.memories import Memory, distinct, memories
from tcpverify.smt.solving import Undecided, is_sat
from tcpverify.smtlib.horn import RELATION, horn_clauses, one_slot
from tcpverify.smtlib.relation import soup
from tcpverify.smtlib.terms import Inexpressible

SEED = 1


@record
class Found:
    """An inductive invariant that implies the formula asked about; its conjuncts."""

    invariant: tuple[Expr, ...]


@record
class NotFound:
    """Why there is none; `refuted`: the formula fails already with one slot a channel."""

    reason: str
    refuted: bool = False


def prove(
    system: System,
    formula: Expr,
    lemmas: Sequence[Expr],
    deadline: Deadline,
    sayable: Callable[[Expr], bool] = lambda _: True,
) -> Found | NotFound:
    """Look for an inductive invariant of an ever-growing system (`ir/soup.py`) that implies a formula over
    its states; `lemmas`: formulas that may be true of it. No other guesses are made than those `sayable`."""
    try:
        exact, sent = soup(system), [m for m in memories(system) if sayable(m.formula)]
        first = Inductive(exact, [formula, *lemmas, *(m.formula for m in sent)], deadline)
        known = first.kept()
        if first.implies(known, formula):
            return Found(tuple(first.needed(known, formula)))
        identities = {id(f) for f in known}
        guessed = _guessed(system, formula, [m for m in sent if id(m.formula) in identities], deadline)
        if isinstance(guessed, NotFound):
            return guessed
        guessed = [g for g in guessed if sayable(g)]
        search = Inductive(exact, [formula, *known, *guessed], deadline)
        kept = search.kept()
    except (Inexpressible, Undecided) as problem:
        return NotFound(str(problem))
    if not search.implies(kept, formula):
        return NotFound(f"{len(guessed)} guesses, of which {len(kept)} are inductive, do not imply it")
    return Found(tuple(search.needed(kept, formula)))


def _guessed(
    system: System, formula: Expr, kept: Sequence[Memory], deadline: Deadline
) -> list[Expr] | NotFound:
    """The guesses that an invariant of the system with one slot a channel gives rise to."""
    encoding = one_slot(system)
    among = {i: distinct(a, kept) for i, a in enumerate(system.actions)}
    solver = z3.SolverFor("HORN")
    solver.set("random_seed", SEED)
    solver.from_string(horn_clauses(encoding, formula, among))
    if not is_sat(solver, deadline):
        return NotFound("it is not true with one slot a channel", refuted=True)
    model = solver.model()
    reached = next(d for d in model.decls() if d.name() == RELATION)
    return guesses(model[reached].else_value(), system)
