"""What a Horn solver found over one slot a channel, as guesses about the network of all that was sent.

Its answer is a conjunction of clauses over the constants of `Slots`. A clause that speaks of what is in
one slot becomes one about every segment that was ever sent into that channel. The solver's numbers do not
wrap, sequence numbers do, and its answers often say in two halves that two are equal, or that they are
not: so where it says `at least k`, both `k` and `not k - 1` are guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import z3

from tcpverify.ir import build as b
from tcpverify.ir.expr import CORRUPT_KIND, Const, EnumSort, Expr, IntSort, Scope, SeqSort, Sort, Var
from tcpverify.ir.system import KIND, UNLIMITED_MOST, System
from tcpverify.records import record
from tcpverify.smt.encode import Term

MOST_LITERALS = 40
"""Clauses with more literals are not read: they say little."""
MOST_HALVES = 4
"""Of so many `at least` in one clause both guesses are made."""


class _Unread(Exception):
    """A clause that cannot be said in the language."""


@record
class Place:
    """What a constant of the answer stands for: a variable of the state, or (`channel`) the kind of the
    segment in a slot, or a field of it if it is of a `kind`."""

    var: Var
    channel: int | None = None
    kind: int | None = None


def places(system: System) -> list[Place]:
    """The constants of a state over `Slots`, in their order."""
    found = [Place(Var(Scope.STATE, v.name, v.sort)) for v in system.variables]
    kind = Var(Scope.FIELD, KIND, IntSort(CORRUPT_KIND, len(system.messages)))
    for channel in range(len(system.channels)):
        found.append(Place(kind, channel))
        for k, message in enumerate(system.messages):
            names = ((f"{message.name}.{f.name}", f.sort) for f in message.fields)
            found += [Place(Var(Scope.FIELD, name, sort), channel, k) for name, sort in names]
    return found


def guesses(answer: Term, system: System) -> list[Expr]:
    """The clauses of an answer over de Bruijn variables, each as formulas about the state and all that was
    ever sent; what cannot be said so is left out."""
    reader = _Reader(places(system), len(system.messages))
    found: dict[str, Expr] = {}
    for literals in _clauses(answer):
        try:
            read = [reader.literal(one) for one in literals]
        except _Unread:
            continue
        if sum(len(r) > 1 for r in read) > MOST_HALVES:
            continue
        for parts in product(*read):
            clause = _about_all(parts)
            if clause is not None:
                found.setdefault(str(clause), clause)
    return list(found.values())


def _clauses(answer: Term) -> Iterator[Sequence[Term]]:
    """The literals of each conjunct, in negation normal form."""
    goal = z3.Goal()
    goal.add(answer)
    for conjunct in z3.Then("simplify", "nnf")(goal)[0]:
        literals = conjunct.children() if z3.is_or(conjunct) else [conjunct]
        if len(literals) <= MOST_LITERALS:
            yield literals


@record
class _Part:
    """A literal: a formula, the channels whose segments it speaks of, and of which kinds these are."""

    formula: Expr
    channels: frozenset[int]
    kinds: frozenset[int]


def _about_all(parts: Sequence[_Part]) -> Expr | None:
    """A clause about one state and every segment in a channel; None if it is about two segments."""
    channels = frozenset[int]().union(*(p.channels for p in parts))
    whole = b.disj(p.formula for p in parts)
    if not channels:
        return whole
    if len(channels) > 1:
        return None
    kinds = frozenset[int]().union(*(p.kinds for p in parts))
    variable = Var(Scope.FIELD, KIND, IntSort(CORRUPT_KIND, max(kinds, default=0)))
    against = b.conj((*(b.eq(variable, b.integer(k)) for k in kinds), b.neg(whole)))
    return b.eq(b.in_flight(min(channels), against, UNLIMITED_MOST), b.integer(0))


@record
class _Comparison:
    """`sum of coefficients times constants` compared to a number: `op` is one of `==`, `<=`, `>=`."""

    coefficients: Mapping[int, int]
    op: str
    bound: int

    def holds(self, total: int) -> bool:
        """Whether it is true of a number."""
        return {"==": total == self.bound, "<=": total <= self.bound, ">=": total >= self.bound}[self.op]


class _Reader:
    """Reads literals, given what the constants stand for and how many kinds of segment there are."""

    def __init__(self, table: Sequence[Place], kinds: int) -> None:
        self._table = table
        self._kinds = kinds

    def literal(self, term: Term) -> list[_Part]:
        """The ways to read a literal. Raises _Unread."""
        negated = bool(z3.is_not(term))
        atom = term.arg(0) if negated else term
        if _is_arithmetic(atom):
            return self._comparison(_normal(atom), negated)
        used: set[int] = set()
        formula = self._formula(atom, used)
        return [self._part(b.neg(formula) if negated else formula, used)]

    def _part(self, formula: Expr, used: set[int]) -> _Part:
        found = [self._table[i] for i in used]
        channels = frozenset(p.channel for p in found if p.channel is not None)
        return _Part(formula, channels, frozenset(p.kind for p in found if p.kind is not None))

    def _formula(self, term: Term, used: set[int]) -> Expr:
        """A Boolean, a test of an enumerator, an equation of Booleans or enumerators."""
        if z3.is_var(term):
            return self._var(z3.get_var_index(term), used)
        if z3.is_true(term) or z3.is_false(term):
            return b.boolean(bool(z3.is_true(term)))
        if z3.is_app(term) and term.decl().kind() == z3.Z3_OP_DT_IS:
            var = self._formula(term.arg(0), used)
            return b.eq(var, _enumerator(term.decl().params()[0].name(), var.sort))
        if z3.is_eq(term):
            sides = [self._formula_or_name(t, used) for t in term.children()]
            sort = next((s.sort for s in sides if not isinstance(s, str)), None)
            if sort is None:
                raise _Unread
            one, other = (_enumerator(s, sort) if isinstance(s, str) else s for s in sides)
            return b.eq(one, other)
        raise _Unread

    def _formula_or_name(self, term: Term, used: set[int]) -> Expr | str:
        is_constructor = z3.is_app(term) and term.decl().kind() == z3.Z3_OP_DT_CONSTRUCTOR
        return str(term.decl().name()) if is_constructor else self._formula(term, used)

    def _var(self, index: int, used: set[int]) -> Var:
        used.add(index)
        return self._table[index].var

    def _comparison(self, found: _Comparison, negated: bool) -> list[_Part]:
        used = set(found.coefficients)
        variables = [self._table[i].var for i in found.coefficients]
        if [v.name for v in variables] == [KIND]:
            coefficient = next(iter(found.coefficients.values()))
            kinds = [k for k in range(-1, self._kinds) if found.holds(coefficient * k) != negated]
            return [self._part(b.disj(b.eq(variables[0], b.integer(k)) for k in kinds), used)]
        if all(isinstance(v.sort, IntSort) for v in variables):
            formula = self._of_integers(found)
            return [self._part(b.neg(formula) if negated else formula, used)]
        if not all(isinstance(v.sort, SeqSort) for v in variables):
            raise _Unread
        if found.op == "==":
            equation = self._equation(found.coefficients, found.bound)
            return [self._part(b.neg(equation) if negated else equation, used)]
        # d <= k, negated d >= k + 1; d >= k, negated d <= k - 1
        up = 1 if found.op == "<=" else -1
        edge, past = (found.bound + up, found.bound) if negated else (found.bound, found.bound + up)
        equal, unequal = (self._equation(found.coefficients, n) for n in (edge, past))
        return [self._part(equal, used), self._part(b.neg(unequal), used)]

    def _equation(self, coefficients: Mapping[int, int], bound: int) -> Expr:
        """A sequence number, or how far one is from another."""
        terms = sorted(coefficients.items(), key=lambda item: -item[1])
        variables = [self._table[i].var for i, _ in terms]
        weights = [c for _, c in terms]
        modulus = _modulus(variables[0].sort)
        if weights in ([1], [-1]):
            return b.eq(variables[0], Const(bound * weights[0] % modulus, variables[0].sort))
        if weights == [1, -1] and _modulus(variables[1].sort) == modulus:
            more = b.seq_add(variables[1], b.integer(bound)) if bound else variables[1]
            return b.eq(variables[0], more)
        raise _Unread

    def _of_integers(self, found: _Comparison) -> Expr:
        total: Expr = b.integer(0)
        for i, c in found.coefficients.items():
            var = self._table[i].var
            total = b.add(total, var if c == 1 else b.mul(b.integer(c), var))
        bound = b.integer(found.bound)
        match found.op:
            case "==":
                return b.eq(total, bound)
            case "<=":
                return b.le(total, bound)
            case _:
                return b.le(bound, total)


def _modulus(sort: Sort) -> int:
    if not isinstance(sort, SeqSort):
        raise _Unread
    return sort.modulus


def _enumerator(name: str, sort: Sort) -> Const:
    """The enumerator of a constructor: its name ends in that of the enumerator."""
    if not isinstance(sort, EnumSort):
        raise _Unread
    return Const(sort.enumerators.index(name.strip("|").rpartition(".")[2]), sort)


# --- Arithmetic --------------------------------------------------------------------------------------


def _is_arithmetic(atom: Term) -> bool:
    compares = z3.is_eq(atom) or z3.is_le(atom) or z3.is_ge(atom) or z3.is_lt(atom) or z3.is_gt(atom)
    return bool(compares and z3.is_int(atom.arg(0)))


def _normal(atom: Term) -> _Comparison:
    """A comparison of linear terms with what varies on one side."""
    coefficients: dict[int, int] = {}
    number = _add(atom.arg(0), 1, coefficients) + _add(atom.arg(1), -1, coefficients)
    kept = {i: c for i, c in coefficients.items() if c}
    if not kept:
        raise _Unread
    bound = -number
    if z3.is_eq(atom):
        return _Comparison(kept, "==", bound)
    if z3.is_le(atom) or z3.is_lt(atom):
        return _Comparison(kept, "<=", bound - bool(z3.is_lt(atom)))
    return _Comparison(kept, ">=", bound + bool(z3.is_gt(atom)))


def _add(term: Term, factor: int, coefficients: dict[int, int]) -> int:
    """Add a linear term to coefficients; what is left is a number."""
    if z3.is_int_value(term):
        return factor * int(term.as_long())
    if z3.is_var(term):
        index = z3.get_var_index(term)
        coefficients[index] = coefficients.get(index, 0) + factor
        return 0
    if z3.is_add(term):
        return sum(_add(t, factor, coefficients) for t in term.children())
    if z3.is_sub(term):
        first, *rest = term.children()
        return _add(first, factor, coefficients) + sum(_add(t, -factor, coefficients) for t in rest)
    if z3.is_app(term) and term.decl().kind() == z3.Z3_OP_UMINUS:
        return _add(term.arg(0), -factor, coefficients)
    if z3.is_mul(term) and term.num_args() == 2 and z3.is_int_value(term.arg(0)):
        return _add(term.arg(1), factor * int(term.arg(0).as_long()), coefficients)
    raise _Unread
