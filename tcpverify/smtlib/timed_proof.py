"""What shows that a condition on parameters is right, as texts for any solver: each must be unsatisfiable.

An invariant of a timed system is true at the start, kept by every rule, and false of bad states; a region of
parameters that is excluded has a run for each of its points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.ir.expr import Apply, BoolSort, Const, Expr, Op, Var
from tcpverify.ir.parametric import Bound, Condition
from tcpverify.records import record
from tcpverify.smtlib.terms import Inexpressible
from tcpverify.smtlib.text import call, comment, conjunction, disjunction, let, negation
from tcpverify.smtlib.timed import Timed, linear_text, parameter, real, rule_inputs, with_suffix

LOGIC = "(set-logic ALL)"
INVARIANT = "invariant"


@record
class Obligation:
    """What must be unsatisfiable under some declarations; `name` says in words what that shows."""

    name: str
    declarations: tuple[str, ...]
    claim: str

    @property
    def text(self) -> str:
        """A text that ends in `(check-sat)`."""
        lines = [comment(self.name), LOGIC, *self.declarations, f"(assert {self.claim})", "(check-sat)"]
        return "\n".join(lines) + "\n"


def together(obligations: Sequence[Obligation]) -> list[str]:
    """Obligations as texts, those about an invariant as one."""
    about = f"(define-fun {INVARIANT} "
    own = [o for o in obligations if any(d.startswith(about) for d in o.declarations)]
    others = [o.text for o in obligations if o not in own]
    return [*others, joined(own)] if own else others


def joined(obligations: Sequence[Obligation]) -> str:
    """Obligations with the same declarations as one text, with a `(check-sat)` for each."""
    lines = [LOGIC, *obligations[0].declarations]
    for o in obligations:
        lines += ["", comment(o.name), "(push 1)", f"(assert {o.claim})", "(check-sat)", "(pop 1)"]
    return "\n".join(lines) + "\n"


@record
class Case:
    """States with certain `values` of what is no time (one a constant, in the order of `Timed.plain`), and
    with `bounds` on the parameters and the times, in this order."""

    values: tuple[int, ...]
    bounds: Condition


def obligations(
    system: Timed,
    condition: Condition,
    broken: Sequence[tuple[Condition, Sequence[int]]],
    invariant: Sequence[Case] | str | None,
) -> list[Obligation]:
    """What shows that a condition is exact: the regions that it excludes, each with the rules of its runs,
    and the invariant of what it leaves (None: nothing)."""
    own = conditions_obligations(system, condition, broken)
    if invariant is None:
        return own
    left = condition_text(condition, system.parameters)
    told = invariant if isinstance(invariant, str) else cases_text(system, left, invariant)
    return [*own, *invariant_obligations(system, left, told)]


def conditions_obligations(
    system: Timed, condition: Condition, broken: Sequence[tuple[Condition, Sequence[int]]]
) -> list[Obligation]:
    """That some regions are all that a condition excludes, and of each that it has runs."""
    regions = [condition_text(region, system.parameters) for region, _ in broken]
    cover = cover_obligation(system, condition_text(condition, system.parameters), regions)
    ways = [region_obligation(system, r, rules) for r, (_, rules) in zip(regions, broken, strict=True)]
    return [cover, *ways]


def invariant_obligations(system: Timed, left: str, invariant: str) -> Iterator[Obligation]:
    """That no state is bad where the parameters satisfy `left`."""
    parameters = [(p, "Real") for p in system.parameters]
    state = [*parameters, *system.constants]
    bound = " ".join(f"({name} {sort})" for name, sort in state)
    common = [
        *system.declarations,
        *(f"(declare-const {name} {sort})" for name, sort in [*state, *rule_inputs(system.rules)]),
        f"(define-fun {INVARIANT} ({bound}) Bool {invariant})",
    ]
    here = call(INVARIANT, *(n for n, _ in state))
    start = [system.allowed, left, system.initial, system.assumed, negation(here)]
    yield _obligation("the invariant holds at the start", common, start)
    for rule in system.rules:
        parts = [here, system.step(rule, negation(here))]
        yield _obligation(f"it is kept by: {rule.name}", common, parts)
    yield _obligation("it excludes what is wrong", common, [here, system.bad])


def region_obligation(system: Timed, region: str, rules: Sequence[int]) -> Obligation:
    """That for all parameters in a region some run takes some rules, one after the other, to a bad state."""
    declared = [f"(declare-const {p} Real)" for p in system.parameters]
    inner = [(name, sort) for name, sort in system.constants if name not in system.fixed]
    run = system.bad
    for number, index in reversed(list(enumerate(rules, 1))):
        rule = system.rules[index]
        inputs = {name: (with_suffix(name, f" {number}"), sort) for name, sort in rule_inputs([rule])}
        inner += inputs.values()
        run = let({name: own for name, (own, _) in inputs.items()}, system.step(rule, run))
    path = let(system.fixed, conjunction([system.initial, system.assumed, run]))
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


def same_obligation(system: Timed, condition: Condition, other: str) -> Obligation:
    """That two conditions are the same for all parameters that are allowed."""
    declared = [f"(declare-const {p} Real)" for p in system.parameters]
    different = negation(call("=", condition_text(condition, system.parameters), other))
    return _obligation("it is the condition that is expected", declared, [system.allowed, different])


def condition_text(condition: Condition, constants: Sequence[str]) -> str:
    """A condition on constants of sort Real in SMT-LIB."""
    return conjunction(disjunction(_bound(b, constants) for b in clause) for clause in condition)


def _bound(bound: Bound, constants: Sequence[str]) -> str:
    return call("<" if bound.strict else "<=", "0.0", linear_text(bound.linear, constants))


def cases_text(system: Timed, left: str, cases: Sequence[Case]) -> str:
    """An invariant in SMT-LIB: what is allowed of the parameters, and one of some cases."""
    durations = [*system.parameters, *system.times]
    told = []
    for case in cases:
        values = zip(system.plain, case.values, strict=True)
        here = [call("=", name, system.numbers.value(value, sort)) for (name, sort), value in values]
        told.append(conjunction([*here, condition_text(case.bounds, durations)]))
    return conjunction([system.allowed, left, disjunction(told)])


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
    return Obligation(name, tuple(common), conjunction(parts))
