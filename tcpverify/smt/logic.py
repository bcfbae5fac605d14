"""Connectives that drop constants, and questions about terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import z3

from tcpverify.smt.encode import Term

TRUE: Term = z3.BoolVal(True)
FALSE: Term = z3.BoolVal(False)


def both(*parts: Term) -> Term:
    """The conjunction."""
    kept = [p for p in parts if not z3.is_true(p)]
    if any(z3.is_false(p) for p in kept):
        return FALSE
    return TRUE if not kept else kept[0] if len(kept) == 1 else z3.And(*kept)


def either(*parts: Term) -> Term:
    """The disjunction."""
    kept = [p for p in parts if not z3.is_false(p)]
    if any(z3.is_true(p) for p in kept):
        return TRUE
    return FALSE if not kept else kept[0] if len(kept) == 1 else z3.Or(*kept)


def negation(part: Term) -> Term:
    """The negation."""
    if z3.is_true(part):
        return FALSE
    return TRUE if z3.is_false(part) else z3.Not(part)


def first_of(cases: Iterable[tuple[Term, Term]], otherwise: Term) -> Term:
    """The value of the first case whose condition holds."""
    value = otherwise
    for condition, chosen in reversed(list(cases)):
        value = chosen if z3.is_true(condition) else z3.If(condition, chosen, value)
    return value


def subterms(term: Term) -> Iterator[Term]:
    """Every subterm, once."""
    seen: set[int] = set()
    stack = [term]
    while stack:
        t = stack.pop()
        if t.get_id() not in seen:
            seen.add(t.get_id())
            yield t
            stack.extend(t.children())


def constants_in(*terms: Term) -> set[str]:
    """The names of the constants (z3's word for free variables) of some terms."""
    return {
        t.decl().name()
        for term in terms
        for t in subterms(term)
        if z3.is_const(t) and t.decl().kind() == z3.Z3_OP_UNINTERPRETED
    }
