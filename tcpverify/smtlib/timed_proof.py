"""What shows that a condition on parameters is right, as texts for any solver: each must be unsatisfiable.

An invariant of a timed system is true at the start, kept by every rule, and false of bad states; a region of
parameters that is excluded has a run for each of its points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.ir.expr import Apply, BoolSort, Const, Expr, Op, Var
from tcpverify.ir.parametric import Bound, Condition
from tcpverify.records import record
from tcpverify.smtlib.networks import NEXT
from tcpverify.smtlib.terms import Inexpressible
from tcpverify.smtlib.text import call, comment, conjunction, disjunction, negation
from tcpverify.smtlib.timed import Timed, linear_text, parameter, real, rule_inputs, with_suffix

LOGIC = "(set-logic ALL)"
INVARIANT, LEFT = "invariant", "left"


@record
class Obligation:
    """A text that ends in `(check-sat)`; `name` says in words what it shows if that is `unsat`."""

    name: str
    text: str


def invariant_obligations(system: Timed, left: str, invariant: str) -> Iterator[Obligation]:
    """That no state is bad where the parameters satisfy `left`."""
    parameters = [(p, "Real") for p in system.parameters]
    state = [*parameters, *system.constants]
    bound = " ".join(f"({name} {sort})" for name, sort in state)
    following = [(with_suffix(n, NEXT), sort) for n, sort in system.constants]
    declared = [*state, *following, *rule_inputs(system.rules)]
    common = [
        *system.declarations,
        *(f"(declare-const {name} {sort})" for name, sort in declared),
        f"(define-fun {INVARIANT} ({bound}) Bool {invariant})",
    ]
    here = call(INVARIANT, *(n for n, _ in state))
    there = call(INVARIANT, *(n for n, _ in parameters), *(n for n, _ in following))
    start = [system.allowed, left, system.initial, system.assumed, negation(here)]
    yield _obligation("the invariant holds at the start", common, start)
    for rule in system.rules:
        parts = [here, system.relation(rule), negation(there)]
        yield _obligation(f"it is kept by: {rule.name}", common, parts)
    yield _obligation("it excludes what is wrong", common, [here, system.bad])


def region_obligation(system: Timed, region: str, path: str, inner: Sequence[tuple[str, str]]) -> Obligation:
    """That for all parameters in a region some run takes a path."""
    declared = [f"(declare-const {p} Real)" for p in system.parameters]
    bound = " ".join(f"({name} {sort})" for name, sort in inner)
    none = f"(forall ({bound}) {negation(path)})" if inner else negation(path)
    common = [*system.declarations, *declared]
    return _obligation("every point of a region has a run", common, [system.allowed, region, none])


def cover_obligation(system: Timed, condition: str, regions: Sequence[str]) -> Obligation:
    """That every point outside a condition is in a region."""
    declared = [f"(declare-const {p} Real)" for p in system.parameters]
    outside = [negation(condition), *(negation(r) for r in regions)]
    return _obligation(
        "the regions are all that the condition excludes", declared, [system.allowed, *outside]
    )


def same_obligation(system: Timed, condition: str, other: str) -> Obligation:
    """That two conditions are the same for all parameters that are allowed."""
    declared = [f"(declare-const {p} Real)" for p in system.parameters]
    different = negation(call("=", condition, other))
    return _obligation("it is the condition that is expected", declared, [system.allowed, different])


def condition_text(condition: Condition, parameters: Sequence[str]) -> str:
    """A condition in SMT-LIB."""
    return conjunction(disjunction(_bound(b, parameters) for b in clause) for clause in condition)


def _bound(bound: Bound, parameters: Sequence[str]) -> str:
    return call("<" if bound.strict else "<=", "0.0", linear_text(bound.linear, parameters))


def formula_text(expr: Expr, parameters: Sequence[str]) -> str:
    """A formula over parameters in SMT-LIB, its numbers real. Raises Inexpressible."""
    match expr:
        case Const(value, BoolSort()):
            return "true" if value else "false"
        case Const(value):
            return real(value)
        case Var(_, name) if name in parameters:
            return parameter(name)
        case Apply(op, args) if op in OPERATORS:
            return call(OPERATORS[op], *(formula_text(a, parameters) for a in args))
        case _:
            raise Inexpressible("a condition compares sums of parameters")


OPERATORS = {Op.NOT: "not", Op.AND: "and", Op.OR: "or", Op.IMPLIES: "=>", Op.ITE: "ite", Op.EQ: "=",
             Op.LT: "<", Op.LE: "<=", Op.NEG: "-", Op.ADD: "+", Op.SUB: "-", Op.MUL: "*"}  # fmt: skip


def _obligation(name: str, common: Sequence[str], parts: Sequence[str]) -> Obligation:
    lines = [comment(name), LOGIC, *common, f"(assert {conjunction(parts)})", "(check-sat)"]
    return Obligation(name, "\n".join(lines) + "\n")
