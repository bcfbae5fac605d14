"""The exact condition on parameters under which a parametric system keeps a formula true.

Counterexamples of growing length are looked for with the parameters left open (bounded model checking). Of
each the rules that it takes are kept and everything else forgotten: the region of parameters with which some
run takes just these rules to a bad state (quantifier elimination). It is excluded and the search goes on.
When there is none any more of a length, an inductive invariant of what is left is looked for (Spacer:
Komuravelli, Gurfinkel, Chaki 2014). Nothing here need be believed: a region has its run, and what is left
has its invariant, whose obligations are texts for any solver (`smtlib/timed_proof.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import z3

from tcpverify.limits import Deadline
from tcpverify.records import record
from tcpverify.smt.encode import Term
from tcpverify.smt.solving import is_sat
from tcpverify.smtlib.timed import NOW, Timed, rule_inputs


@record
class Terms:
    """A timed system as z3 terms: the constants of a state by name, parameters, inputs; the rest as in
    `Timed`, each rule a guard and what changes."""

    constants: Mapping[str, Term]
    parameters: tuple[Term, ...]
    inputs: Mapping[str, Term]
    allowed: Term
    initial: Term
    assumed: Term
    bad: Term
    rules: tuple[tuple[Term, Mapping[str, Term]], ...]

    def at(self, time: object) -> list[Term]:
        """The constants of a state, or the inputs of a step, with a time behind their names."""
        return [z3.Const(f"{c.decl().name()}@{time}", c.sort()) for c in self.constants.values()]

    def inputs_at(self, time: object) -> list[Term]:
        """The inputs of a step."""
        return [z3.Const(f"{c.decl().name()}@{time}", c.sort()) for c in self.inputs.values()]


def terms(system: Timed) -> Terms:
    """A timed system, read by z3."""
    inputs = rule_inputs(system.rules)
    declared = [*system.constants, *((p, "Real") for p in system.parameters), *inputs]
    lines = [*system.declarations, *(f"(declare-const {name} {sort})" for name, sort in declared)]
    texts = [system.allowed, system.initial, system.assumed, system.bad]
    texts += [f"(= {name} {name})" for name, _ in declared]
    for rule in system.rules:
        texts.append(rule.guard)
        texts += [f"(= {name} {term})" for name, term in rule.moves.items()]
    read = list(z3.parse_smt2_string("\n".join([*lines, *(f"(assert {t})" for t in texts)])))
    allowed, initial, assumed, bad = read[:4]
    known = {name: t.arg(0) for (name, _), t in zip(declared, read[4:], strict=False)}
    rest = iter(read[4 + len(declared) :])
    rules = tuple((next(rest), {name: next(rest).arg(1) for name in rule.moves}) for rule in system.rules)
    return Terms(
        {name: known[name] for name, _ in system.constants},
        tuple(known[p] for p in system.parameters),
        {name: known[name] for name, _ in inputs},
        allowed, initial, assumed, bad, rules,
    )  # fmt: skip


# --- Paths -------------------------------------------------------------------------------------------


class Search:
    """Counterexamples of growing length, outside of the regions excluded so far."""

    def __init__(self, system: Terms, rules: Iterable[int] | None, deadline: Deadline) -> None:
        """`rules`: those that can ever be taken, None: not known."""
        self._system, self._deadline = system, deadline
        self._step = _step(system, range(len(system.rules)) if rules is None else sorted(rules))
        self._solver = z3.SimpleSolver()
        self._solver.set("arith.solver", 2)  # measured: with these two it takes three fifths of the time
        self._solver.set("relevancy", 0)
        self._solver.add(system.allowed, self._now(system.initial, 0), self._now(system.assumed, 0))
        self.length = 0

    def _now(self, formula: Term, time: int) -> Term:
        """A formula over the state at a time, the step from it and the next state."""
        s = self._system
        pairs = [
            *zip(s.constants.values(), s.at(time), strict=True),
            *zip(s.at("then"), s.at(time + 1), strict=True),
            *zip(s.inputs.values(), s.inputs_at(time), strict=True),
            (_chosen("now"), _chosen(time)),
        ]
        return z3.substitute(formula, *pairs)

    def extend(self) -> None:
        """One more step."""
        self._solver.add(self._now(self._step, self.length), self._now(self._system.assumed, self.length + 1))
        self.length += 1

    def exclude(self, region: Term) -> None:
        """Look outside of a region from now on."""
        self._solver.add(z3.Not(region))

    def find(self) -> list[int] | None:
        """The rules of a counterexample of this length. Raises Undecided."""
        self._solver.push()
        try:
            self._solver.add(self._now(self._system.bad, self.length))
            if not is_sat(self._solver, self._deadline):
                return None
            model = self._solver.model()
            return [model.eval(_chosen(k), model_completion=True).as_long() for k in range(self.length)]
        finally:
            self._solver.pop()


def _chosen(step: object) -> Term:
    return z3.Int(f"rule@{step}")


def _step(system: Terms, rules: Iterable[int]) -> Term:
    """A step by one of some rules: which one, and the constants `@then` after it."""
    steps = []
    for i in rules:
        guard, moves = system.rules[i]
        after = [
            t == moves.get(name, here)
            for (name, here), t in zip(system.constants.items(), system.at("then"), strict=True)
        ]
        steps.append(z3.And(_chosen("now") == i, guard, *after))
    return z3.Or(steps)


@dataclass(slots=True)
class Path:
    """The runs that take some rules from an initial to a bad state: `condition` over the initial state, the
    inputs of the steps and the parameters; `times`, when the steps are."""

    system: Terms
    condition: list[Term] = field(default_factory=list)
    times: list[Term] = field(default_factory=list)

    @property
    def formula(self) -> Term:
        return z3.simplify(z3.And(self.condition))

    def inner(self) -> list[Term]:
        """The constants that are no parameters."""
        return [v for v in free(self.formula) if not any(v.eq(p) for p in self.system.parameters)]


def path(system: Terms, rules: Sequence[int]) -> Path:
    """The runs that take some rules: every state a term over the first one."""
    found = Path(system, [system.allowed])
    state = dict(zip(system.constants, system.at(0), strict=True))
    fixed = _fixed(
        z3.substitute(system.initial, *zip(system.constants.values(), state.values(), strict=True))
    )
    state = {n: fixed.get(t.decl().name(), t) for n, t in state.items()}

    def now(formula: Term, step: int) -> Term:
        pairs = [(c, state[n]) for n, c in system.constants.items()]
        pairs += zip(system.inputs.values(), system.inputs_at(step), strict=True)
        return z3.simplify(z3.substitute(formula, *pairs))

    found.condition += [now(system.initial, 0), now(system.assumed, 0)]
    for step, index in enumerate(rules):
        guard, moves = system.rules[index]
        found.condition.append(now(guard, step))
        after = {n: now(t, step) for n, t in moves.items()}
        state |= after
        found.times.append(state[NOW])
        found.condition.append(now(system.assumed, step))
    found.condition.append(now(system.bad, len(rules)))
    return found


def _fixed(initial: Term) -> dict[str, Term]:
    """The constants that a conjunction gives a value, by name."""
    found = {}
    for part in initial.children() if z3.is_and(initial) else [initial]:
        if z3.is_eq(part) and z3.is_const(part.arg(0)) and not free(part.arg(1)):
            found[part.arg(0).decl().name()] = part.arg(1)
        elif z3.is_not(part) and z3.is_const(part.arg(0)):
            found[part.arg(0).decl().name()] = z3.BoolVal(False)
        elif z3.is_const(part) and part.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[part.decl().name()] = z3.BoolVal(True)
    return found


def free(formula: Term) -> list[Term]:
    """The constants without a meaning of their own in a formula, each once."""
    found: dict[int, Term] = {}
    seen: set[int] = set()
    stack = [formula]
    while stack:
        e = stack.pop()
        if e.get_id() in seen:
            continue
        seen.add(e.get_id())
        if z3.is_const(e) and e.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[e.get_id()] = e
        stack.extend(e.children())
    return list(found.values())


def region(found: Path) -> Term:
    """The parameters with which a path can be taken."""
    formula = found.formula
    inner = found.inner()
    if not inner:
        return formula
    steps = z3.Then("simplify", "propagate-values", "qe2", "ctx-solver-simplify")
    return steps(z3.Exists(inner, formula)).as_expr()
