"""The question whether a system keeps a formula true, as constrained Horn clauses.

Over one slot a channel and numbers that do not wrap (`Slots`, `Numbers(exact=False)`): its answer is a
guess of what is true of the system, not a proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tcpverify.ir.expr import Expr
from tcpverify.ir.system import System
from tcpverify.smtlib.goals import Bad
from tcpverify.smtlib.networks import NEXT, Slots
from tcpverify.smtlib.numbers import Numbers
from tcpverify.smtlib.relation import Encoding, enumerations
from tcpverify.smtlib.text import call, conjunction

RELATION = "Reached"


def one_slot(system: System) -> Encoding:
    """A system with one slot a channel, over numbers that do not wrap."""
    numbers = Numbers(False, enumerations(system))
    return Encoding(system, numbers, Slots(system, numbers))


def horn_clauses(encoding: Encoding, goal: Sequence[Bad], distinct: Mapping[int, Sequence[Expr]]) -> str:
    """Satisfiable if and only if nothing bad is in all that the encoding can reach; the interpretation of
    `RELATION`, over `encoding.constants()`, is then an inductive invariant. `distinct`: of an action (by
    index) what else is true, over STATE and CHOICE variables, of what it chooses."""
    now, then = encoding.constants(), encoding.constants(NEXT)
    here, there = _applied(now), _applied(then)
    chosen = {i: [encoding.formula(e) for e in formulas] for i, formulas in distinct.items()}
    lines = [
        *encoding.declarations(),
        f"(declare-fun {RELATION} ({' '.join(sort for _, sort in now)}) Bool)",
        _rule(now, encoding.initial(), here),
    ]
    for i, t in enumerate(encoding.transitions()):
        lines.append(
            _rule([*now, *then, *t.inputs], conjunction([here, t.relation, *chosen.get(i, ())]), there)
        )
    for b in goal:
        known = chosen.get(b.action, ()) if b.action is not None else ()
        constants = [*now, *(then if b.whole else ()), *b.inputs]
        lines.append(_rule(constants, conjunction([here, b.text, *known]), "false"))
    return "\n".join(lines)


def _applied(constants: Sequence[tuple[str, str]]) -> str:
    return call(RELATION, *(name for name, _ in constants))


def _rule(constants: Sequence[tuple[str, str]], body: str, head: str) -> str:
    bound = " ".join(f"({name} {sort})" for name, sort in constants)
    return f"(assert (forall ({bound}) (=> {body} {head})))"
