"""Formulas over states in our own language: what `elaborate` makes of the text is the formula again.

For invariants that were found and not written. Patterns stand where flags are tested, and what a clause
says of the state stands before its arrow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tcpverify.ir import build as b
from tcpverify.ir.evaluate import compile_expr
from tcpverify.ir.expr import (
    Apply,
    BoolSort,
    Const,
    EnumSort,
    Expr,
    IntSort,
    Op,
    Scope,
    SeqSort,
    Var,
    mentions,
    values_of,
)
from tcpverify.ir.system import KIND, System, Variable, VariableKind
from tcpverify.lang import syntax as s
from tcpverify.lang.pretty import pretty_expression
from tcpverify.source import Source, Span

BINDER = "s"
"""What a segment in flight is called."""

_NOWHERE = Span(Source("", ""), 0, 0)
_BINARY = {Op.ADD: "+", Op.SUB: "-", Op.MUL: "*", Op.LT: "<", Op.LE: "<=", Op.SEQ_LT: "<", Op.DISTANCE: "-"}
_SAYABLE = frozenset({VariableKind.DATA, VariableKind.GHOST})


class Unsayable(Exception):
    """A formula that the language has no words for; the argument says why."""


def say(expr: Expr, system: System) -> str:
    """A formula over STATE variables and what is in flight, as text.

    Raises:
        Unsayable: it reads what cannot be named (budgets, clocks, parts of options), or counts segments of
            several kinds by their fields.
    """
    return pretty_expression(_Speaker(system).formula(expr))


def sayable(expr: Expr, system: System) -> bool:
    """Whether there is text for a formula."""
    try:
        say(expr, system)
    except Unsayable:
        return False
    return True


class _Speaker:
    """Writes formulas as syntax trees."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._variables: Mapping[str, Variable] = {v.name: v for v in system.variables}

    # --- Formulas ---

    def formula(self, e: Expr) -> s.Expression:
        """A formula, what it says of an empty set and of a disjunction turned into implications."""
        timer = self._about_a_timer(e)
        if timer is not None:
            return timer
        match e:
            case Apply(Op.EQ, (Apply(Op.IN_FLIGHT, (Const(channel), p)), Const(0))):
                return self._none_in_flight(channel, p)
            case Apply(Op.NOT, (inner,)):
                return _not(self.formula(inner))
            case Apply(Op.AND, args):
                return s.Connective("and", tuple(map(self.formula, args)), span=_NOWHERE)
            case Apply(Op.OR, args):
                return self._clause(args)
            case Apply(Op.IMPLIES, (a, c)):
                return _binary("=>", self.formula(a), self.formula(c))
            case Apply(Op.EQ, (a, c)) if isinstance(a.sort, EnumSort):
                return self._is_enumerator(a, c, a.sort)
            case Apply(Op.EQ, (a, c)):
                operator = "<=>" if isinstance(a.sort, BoolSort) else "=="
                return _binary(operator, *self._pair(a, c))
            case Apply(Op.LT, (Const(0), Apply(Op.IN_FLIGHT) as count)):
                return _binary(">", self.value(count), s.Number(0, span=_NOWHERE))
            case _:
                return self.value(e)

    def _clause(self, args: Sequence[Expr]) -> s.Expression:
        """A disjunction: what is denied in it stands before an arrow."""
        before = [a.args[0] for a in args if isinstance(a, Apply) and a.op is Op.NOT]
        after = [a for a in args if not (isinstance(a, Apply) and a.op is Op.NOT)]
        if not before:
            return s.Connective("or", tuple(map(self.formula, after)), span=_NOWHERE)
        condition = self.formula(b.conj(before))
        return _binary("=>", condition, self.formula(b.disj(after))) if after else _not(condition)

    def _none_in_flight(self, channel: int, predicate: Expr) -> s.Expression:
        """No segment satisfies a predicate; what this says of the state is a condition."""
        parts = _conjuncts(predicate)
        of_state = [p for p in parts if not mentions(p, Scope.FIELD)]
        counted = b.in_flight(channel, b.conj(p for p in parts if mentions(p, Scope.FIELD)), 1)
        none = _binary("==", self.value(counted), s.Number(0, span=_NOWHERE))
        return none if not of_state else _binary("=>", self.formula(b.conj(of_state)), none)

    # --- Values ---

    def value(self, e: Expr) -> s.Expression:
        """A value of any sort; a formula where it is Boolean."""
        match e:
            case Const(value, BoolSort()):
                return s.Boolean(bool(value), span=_NOWHERE)
            case Const(value, IntSort() | SeqSort()):
                return _number(value)
            case Var(Scope.STATE, name):
                return self._variable(name)
            case Var(Scope.FIELD, name) if name != KIND:
                return _path(f"{BINDER}.{name.partition('.')[2]}")
            case Apply(Op.IN_FLIGHT, (Const(channel), predicate)):
                return self._in_flight(channel, predicate)
            case Apply(Op.SEQ_ADD, (a, n)) if isinstance(a, Const):
                raise Unsayable(f"a number ({a.value}) added to {n.sort}")
            case Apply(Op.SEQ_ADD | Op.ADD, (a, Const(n))) if n:
                return self._moved(a, n)
            case Apply(Op.ADD, (Const(0), a)) | Apply(Op.ADD, (a, Const(0))):
                return self.value(a)
            case Apply(Op.SEQ_ADD, (a, n)):
                return _binary("+", self.value(a), self.value(n))
            case Apply(Op.SEQ_LT | Op.LT | Op.LE | Op.DISTANCE as op, (a, c)):
                return _binary(_BINARY[op], *self._pair(a, c))
            case Apply(Op.ADD | Op.SUB | Op.MUL as op, (a, c)):
                return _binary(_BINARY[op], self.value(a), self.value(c))
            case Apply(Op.NEG, (a,)):
                return s.Unary("-", self.value(a), span=_NOWHERE)
            case Apply(Op.INT, (a,)):
                argument = s.Argument(None, self.value(a), span=_NOWHERE)
                return s.Call(_identifier("int"), (argument,), span=_NOWHERE)
            case Apply(Op.ITE, (c, yes, no)):
                return s.Conditional(self.formula(c), *self._pair(yes, no), span=_NOWHERE)
            case Apply(Op.NOT | Op.AND | Op.OR | Op.IMPLIES | Op.EQ):
                return self.formula(e)
            case _:
                raise Unsayable(f"there are no words for {_what(e)}")

    def _pair(self, a: Expr, c: Expr) -> tuple[s.Expression, s.Expression]:
        """Two operands; a number is taken for a sequence number beside one."""
        for one, other in ((a, c), (c, a)):
            alone = isinstance(one, Const) or (isinstance(one, Apply) and one.op is Op.WRAP)
            if isinstance(one.sort, SeqSort) and alone and isinstance(other, Const):
                raise Unsayable("two fixed sequence numbers")
        sides = [x.args[0] if isinstance(x, Apply) and x.op is Op.WRAP else x for x in (a, c)]
        if sides[0] is not a and sides[1] is not c:
            raise Unsayable("two numbers taken for sequence numbers")
        return self.value(sides[0]), self.value(sides[1])

    def _moved(self, a: Expr, n: int) -> s.Expression:
        """A value some steps on, or back: of a sequence number whichever is nearer."""
        if isinstance(a.sort, SeqSort):
            n = (n + a.sort.modulus // 2) % a.sort.modulus - a.sort.modulus // 2
        return _binary("+" if n >= 0 else "-", self.value(a), _number(abs(n)))

    def _is_enumerator(self, a: Expr, c: Expr, sort: EnumSort) -> s.Expression:
        """A test of a state or of an enumerator."""
        for one, other in ((a, c), (c, a)):
            if isinstance(one, Var) and isinstance(other, Const):
                where = self._variables.get(one.name)
                state = s.Name(sort.enumerators[other.value], span=_NOWHERE)
                if one.scope is Scope.STATE and where is not None and where.kind is VariableKind.CONTROL:
                    return s.In(_path(one.name), state, span=_NOWHERE)
                if one.scope is Scope.STATE and where is not None and where.kind is VariableKind.MONITOR:
                    monitor = s.Name(one.name.removeprefix("monitor "), span=_NOWHERE)
                    return s.In(monitor, state, span=_NOWHERE)
                name = sort.enumerators[other.value]
                own = not sort.name or sort.name == "endpoint"
                return _binary("==", self.value(one), _path(name if own else f"{sort.name}.{name}"))
        if isinstance(a, Const) or isinstance(c, Const):
            raise Unsayable(f"there are no words for {_what(a)} compared with {_what(c)}")
        return _binary("==", self.value(a), self.value(c))

    def _variable(self, name: str) -> s.Expression:
        """A variable of an endpoint. Raises Unsayable for what no endpoint declares as a variable."""
        found = self._variables.get(name)
        if found is None or found.kind not in _SAYABLE or name.endswith("?") or f"{name}?" in self._variables:
            raise Unsayable(f"`{name}` has no name in the language")
        return _path(name)

    def _about_a_timer(self, e: Expr) -> s.Expression | None:
        """A comparison that reads one timer alone and tells only whether it runs."""
        if not isinstance(e, Apply) or e.op not in (Op.EQ, Op.LT, Op.LE):
            return None
        read = _variables(e)
        found = self._variables.get(read[0].name) if len({v.name for v in read}) == 1 else None
        if found is None or read[0].scope is not Scope.STATE or found.kind is not VariableKind.TIMER:
            return None
        test = compile_expr(e, {(Scope.STATE, found.name): 0})
        stopped, *phases = (bool(test((v,), (), (), (), ())) for v in values_of(found.sort))
        if len(set(phases)) != 1 or stopped == phases[0]:
            raise Unsayable(f"how often `{found.name}` has fired has no name in the language")
        argument = s.Argument(None, _path(found.name), span=_NOWHERE)
        running = s.Call(_identifier("running"), (argument,), span=_NOWHERE)
        return running if phases[0] else _not(running)

    # --- Segments ---

    def _in_flight(self, channel: int, predicate: Expr) -> s.Expression:
        """A count of segments: flags as a pattern, all else as a guard."""
        place = self._system.channels[channel]
        if place.memory and place.name.startswith("seen on "):
            raise Unsayable(f"`{place.name}` has no name in the language")
        parts = _conjuncts(predicate)
        kinds = [kind for p in parts if (kind := _kind_asked(p)) is not None]
        rest = [p for p in parts if _kind_asked(p) is None]
        if not parts:
            pattern, guard = None, None
        elif len(kinds) == 1 and kinds[0] >= 0:
            pattern, guard = self._pattern(kinds[0], rest)
        elif not kinds and len(self._system.messages) == 1:
            pattern, guard = self._pattern(0, rest)
        else:
            raise Unsayable("a segment whose kind is not told")
        binder = _identifier(BINDER) if guard is not None else None
        source, target = map(_endpoint, (place.source, place.target))
        return s.InFlight(source, target, pattern, binder, guard, span=_NOWHERE)

    def _pattern(self, kind: int, parts: Sequence[Expr]) -> tuple[s.Pattern, s.Expression | None]:
        """The pattern and the guard of a segment of a kind of which something is asked."""
        message = self._system.messages[kind]
        flags = {f"{message.name}.{f.name}" for f in message.fields if f.flag}
        literals: dict[str, bool] = {}
        asked = []
        for part in parts:
            clear = isinstance(part, Apply) and part.op is Op.NOT
            if _flag(part) not in flags or literals.setdefault(_flag(part), clear) != clear:
                asked.append(part)
        terms = [
            s.PatternTerm(_identifier(name.partition(".")[2]), None, clear, span=_NOWHERE)
            for name, clear in literals.items()
        ]
        if not terms or len(self._system.messages) > 1:
            own = s.PatternTerm(_identifier(message.name), None, False, span=_NOWHERE)
            terms.insert(0, own)
        if any(v.scope is Scope.FIELD and not v.name.startswith(f"{message.name}.")
               for part in asked for v in _variables(part)):  # fmt: skip
            raise Unsayable("fields of a segment of another kind")
        guard = self.formula(b.conj(asked)) if asked else None
        return s.Pattern(tuple(terms), "terms", span=_NOWHERE), guard


# --- Pieces ------------------------------------------------------------------------------------------


def _conjuncts(e: Expr) -> list[Expr]:
    """What is said by a formula, part by part, denied disjunctions taken apart."""
    match e:
        case Const(True):
            return []
        case Apply(Op.AND, args):
            return [p for a in args for p in _conjuncts(a)]
        case Apply(Op.NOT, (Apply(Op.OR, args),)):
            return [p for a in args for p in _conjuncts(b.neg(a))]
        case Apply(Op.NOT, (Apply(Op.IMPLIES, (a, c)),)):
            return [*_conjuncts(a), *_conjuncts(b.neg(c))]
        case _:
            return [e]


def _kind_asked(e: Expr) -> int | None:
    """The kind that a formula says a segment is of, if it says so."""
    match e:
        case Apply(Op.EQ, (Var(Scope.FIELD, name), Const(kind))) if name == KIND:
            return kind
        case _:
            return None


def _flag(e: Expr) -> str:
    """The FIELD variable that a literal tests, if it is one."""
    match e:
        case Var(Scope.FIELD, name) | Apply(Op.NOT, (Var(Scope.FIELD, name),)):
            return name
        case _:
            return ""


def _variables(e: Expr) -> list[Var]:
    found, stack, seen = [], [e], set[int]()
    while stack:
        one = stack.pop()
        if isinstance(one, Var):
            found.append(one)
        elif isinstance(one, Apply) and id(one) not in seen:
            seen.add(id(one))
            stack.extend(one.args)
    return found


def _what(e: Expr) -> str:
    return f"`{e.name}`" if isinstance(e, Var) else e.op.name if isinstance(e, Apply) else str(e.value)


def _identifier(text: str) -> s.Identifier:
    return s.Identifier(text, span=_NOWHERE)


def _path(name: str) -> s.Expression:
    """`A.x`, `P[1].list[2].field`."""
    base, *rest = re.findall(r"\w+|\[-?\d+\]", name)
    found: s.Expression = s.Name(base, span=_NOWHERE)
    for part in rest:
        if part.startswith("["):
            found = s.Index(found, _number(int(part[1:-1])), span=_NOWHERE)
        else:
            found = s.Member(found, _identifier(part), span=_NOWHERE)
    return found


def _endpoint(name: str) -> s.EndpointRef:
    base, _, index = name.partition("[")
    at = _number(int(index.rstrip("]"))) if index else None
    return s.EndpointRef(_identifier(base), at, span=_NOWHERE)


def _number(value: int) -> s.Expression:
    number = s.Number(abs(value), span=_NOWHERE)
    return number if value >= 0 else s.Unary("-", number, span=_NOWHERE)


def _binary(operator: str, left: s.Expression, right: s.Expression) -> s.Binary:
    return s.Binary(operator, left, right, span=_NOWHERE)


def _not(e: s.Expression) -> s.Expression:
    match e:
        case s.Unary("not", operand):
            return operand
        case _:
            return s.Unary("not", e, span=_NOWHERE)
