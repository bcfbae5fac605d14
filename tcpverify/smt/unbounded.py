"""Invariants of the network of all that was ever sent, found without help and without bounds.

An inductive invariant of the system with one slot a channel (Spacer: Komuravelli, Gurfinkel, Chaki 2014)
is lifted clause by clause to every segment ever sent, and Houdini keeps what is inductive there, over the
numbers as they are. What is found is only a candidate for a certificate: nobody need believe this search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import TypeAlias

import z3

from tcpverify.ir import build as b
from tcpverify.ir.expr import Expr
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Deadline
from tcpverify.records import record
from tcpverify.smt.clauses import guesses
from tcpverify.smt.houdini import PATIENCE, Inductive
from tcpverify.smt.memories import Memory, distinct, memories
from tcpverify.smt.ranges import ranges
from tcpverify.smt.samples import not_refuted, samples
from tcpverify.smt.solving import Undecided, is_sat
from tcpverify.smt.whereabouts import whereabouts
from tcpverify.smtlib.goals import Bad, bad
from tcpverify.smtlib.horn import RELATION, horn_clauses, one_slot
from tcpverify.smtlib.relation import Encoding, soup
from tcpverify.smtlib.terms import Inexpressible

SEED = 1

Sayable: TypeAlias = Callable[[Expr], bool]
"""Whether a formula can be written in the language."""


class Over(Enum):
    """What numbers are while an invariant is looked for: bit-vectors, integers, or first the one and then,
    for the formulas that are given alone, the other."""

    BIT_VECTORS = auto()
    INTEGERS = auto()
    EITHER = auto()


@record
class Found:
    """An inductive invariant that implies the formula asked about; its conjuncts. `integers`: it is one over
    these, and not known to be one over bit-vectors."""

    invariant: tuple[Expr, ...]
    integers: bool = False


@record
class NotFound:
    """Why there is none; `refuted`: it is not true; `kept`: what is inductive all the same."""

    reason: str
    refuted: bool = False
    kept: tuple[Expr, ...] = ()


def prove(
    system: System,
    prop: Property,
    lemmas: Sequence[Expr],
    deadline: Deadline,
    sayable: Sayable = lambda _: True,
    over: Over = Over.EITHER,
    guessing: bool = True,
) -> Found | NotFound:
    """Look for an inductive invariant of an ever-growing system (`ir/soup.py`) that implies a property of
    its states or steps, or that it has no error; of `reachable`: that it is not. `lemmas`: formulas that
    may be true of it. No other guesses are made than those `sayable`, and none if not `guessing`: then what
    is given has to be enough."""
    try:
        exact = soup(system)
        goal = bad(exact, prop)
        if not goal:
            return Found(())
        if over is not Over.INTEGERS:
            second = over is Over.EITHER
            return _search(system, exact, prop, goal, lemmas, deadline, sayable, second, guessing)
        plain = soup(system, integers=True)
        if plain.constants() == exact.constants():
            return NotFound("over integers it is the same")
        goal = bad(plain, prop)
        found = _search(system, plain, prop, goal, lemmas, deadline, sayable, False, guessing)
        return replace(found, integers=True) if isinstance(found, Found) else found
    except (Inexpressible, Undecided, z3.Z3Exception) as problem:
        return NotFound(str(problem))


def _search(
    system: System,
    exact: Encoding,
    prop: Property,
    goal: Sequence[Bad],
    lemmas: Sequence[Expr],
    deadline: Deadline,
    sayable: Sayable,
    integers: bool,
    guessing: bool,
) -> Found | NotFound:
    """Raises Inexpressible, Undecided."""
    states = samples(system)
    own = own_formula(prop)
    if own and not not_refuted(system, own, states):
        return NotFound("it is not true", refuted=True)
    base = own or list(filter(sayable, whereabouts(system, states)))
    hoped = not_refuted(system, [*base, *(f for f in lemmas if _has_text(exact, f))], states)
    rows = (base, hoped) if len(hoped) > len(base) else (base,)
    enough = at_once(exact, goal, rows, deadline)
    if enough is not None:
        return Found(enough)
    plain = soup(system, integers=True) if integers else exact
    if plain.constants() != exact.constants():
        enough = at_once(plain, bad(plain, prop), rows, deadline)
        if enough is not None:
            return Found(enough, integers=True)
    if not guessing:
        return NotFound("what is known is not inductive, or does not imply it")
    sent = {id(m.formula): m for m in memories(system) if sayable(m.formula)}
    search = Inductive(exact, deadline)
    inside = filter(sayable, ranges(system))
    likely = not_refuted(system, [*inside, *(m.formula for m in sent.values())], states)
    known = search.kept([*hoped, *likely])
    if search.excludes(known, goal):
        return Found(tuple(search.needed(known, goal)))
    try:
        guessed = _guessed(system, prop, [sent[id(f)] for f in known if id(f) in sent], deadline)
    except Undecided as problem:
        guessed = NotFound(f"Horn clauses: {problem}")
    if isinstance(guessed, NotFound):
        return replace(guessed, kept=tuple(known))
    others = [f for f in known if not any(f is g for g in hoped)]
    kept = search.kept([*hoped, *others, *not_refuted(system, [*filter(sayable, guessed)], states)])
    if not search.excludes(kept, goal):
        reason = f"{len(guessed)} guesses, of which {len(kept)} are inductive, do not imply it"
        return NotFound(reason, kept=tuple(kept))
    return Found(tuple(search.needed(kept, goal)))


def at_once(
    encoding: Encoding,
    goal: Sequence[Bad],
    rows: Sequence[Sequence[Expr]],
    deadline: Deadline,
    patience: Sequence[tuple[int, int]] = PATIENCE[:1],
) -> tuple[Expr, ...] | None:
    """Of the first of some rows of formulas whose inductive ones are enough as they are, those that it
    takes."""
    search = Inductive(encoding, deadline, patience)
    for few in rows:
        known = search.kept(few)
        if search.excludes(known, goal):
            return tuple(search.needed(known, goal))
    return None


def _has_text(encoding: Encoding, formula: Expr) -> bool:
    """Whether a formula can be written: it counts segments only to tell none from some."""
    try:
        encoding.formula(formula)
    except Inexpressible:
        return False
    return True


def own_formula(prop: Property) -> list[Expr]:
    """What a property says of every state."""
    match prop.kind:
        case PropertyKind.INVARIANT:
            return [prop.formula]
        case PropertyKind.REACHABLE:
            return [b.neg(prop.formula)]
        case _:
            return []


def _guessed(
    system: System, prop: Property, kept: Sequence[Memory], deadline: Deadline
) -> list[Expr] | NotFound:
    """The guesses that an invariant of the system with one slot a channel gives rise to."""
    encoding = one_slot(system)
    among = {i: distinct(a, kept) for i, a in enumerate(system.actions)}
    solver = z3.SolverFor("HORN")
    solver.set("random_seed", SEED)
    solver.from_string(horn_clauses(encoding, bad(encoding, prop), among))
    if not is_sat(solver, deadline):
        return NotFound("it is not true with one slot a channel", refuted=True)
    model = solver.model()
    reached = next(d for d in model.decls() if d.name() == RELATION)
    return guesses(model[reached].else_value(), system)
