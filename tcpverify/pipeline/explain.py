"""Why a property is violated, from when on that could not be avoided, and which smallest change makes it
otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from tcpverify.analysis.avoidable import MOST_STATES, avoidable
from tcpverify.analysis.explanation import FARTHEST, Change, Explanation, Flips
from tcpverify.diagnostics import Broken, Code, Collector, Diagnostic, ModelError
from tcpverify.ir.expr import BoolSort, Const, EnumSort, IntSort, Sort, Value, bounds, show_value
from tcpverify.ir.interpret import Interpreter
from tcpverify.lang.budgets import fault_budgets, with_budgets
from tcpverify.lang.checks import Instance, instances
from tcpverify.lang.elaborate.constants import Constants, param_sort
from tcpverify.lang.elaborate.instance import given_params
from tcpverify.lang.elaborate.scope import Abandoned, World
from tcpverify.limits import Limits, silent
from tcpverify.pipeline.decide import decide
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import Planned, Request, unknown_names
from tcpverify.records import record
from tcpverify.result import Result
from tcpverify.verdict import Bounded, Unknown, Violated, trace_of, word

TRIES = 60
"""So many changed instances are decided at most."""


@record
class Wish:
    """Which check, property and parameters; how many changed instances to decide, and how many states to look
    at for what could not be avoided."""

    check: str
    prop: str
    params: Mapping[str, str] = field(default_factory=dict)
    tries: int = TRIES
    most_states: int = MOST_STATES
    limits: Limits = field(default_factory=Limits)


def explain(spec: Spec, wish: Wish) -> Explanation:
    """Explain the verdict on a property: of the first instance of the check that has a trace, or else of the
    first instance. Raises ModelError."""
    rows = _rows(spec, wish)
    results = [_decided(spec, wish, row) for row in rows]
    at = next((i for i, r in enumerate(results) if trace_of(r.verdict) is not None), 0)
    result, row = results[at], rows[at]
    others = sum(word(r.verdict) == word(result.verdict) for r in results) - 1
    found = None
    if isinstance(result.verdict, Violated):
        found = avoidable(Interpreter(result.system), result.prop, result.verdict.trace, wish.most_states)
    return Explanation(result, others, len(rows), found, _flips(spec, wish, row, result))


def _rows(spec: Spec, wish: Wish) -> list[Instance]:
    """The instances of the check. Raises ModelError."""
    wrong = unknown_names([spec], Request((wish.check,), (wish.prop,), params=wish.params))
    if wrong:
        raise ModelError(wrong)
    collector = Collector()
    check = spec.program.checks[wish.check]
    rows = instances(spec.program, check, wish.params, collector)
    collector.finish()
    if not rows:
        raise ModelError([Diagnostic(Code.NOTHING_TO_CHECK, f"check `{wish.check}` has no instance")])
    return rows


def _decided(spec: Spec, wish: Wish, row: Instance) -> Result:
    """The verdict on the property in an instance. Raises ModelError on mistakes in the spec, and Broken."""
    request = Request((wish.check,), (wish.prop,), None, wish.params, wish.limits)
    done = decide(spec, request, Planned(row, (wish.prop,), early=False, model=None), silent)
    if done.failures:
        raise Broken(done.failures[0].message)
    collector = Collector()
    collector.add(done.problems)
    collector.finish()
    return next(r for r in done.results if isinstance(r, Result) and r.prop.name == wish.prop)


# --- What would change the verdict -------------------------------------------------------------------


def _flips(spec: Spec, wish: Wish, row: Instance, base: Result) -> Flips:
    """The changes nearest to the instance that give another verdict."""
    if isinstance(base.verdict, Unknown | Bounded):
        return Flips((), 0, 0, False)
    tried = undecided = 0
    changed: list[_Param | _Budget] = [*_params(spec, row), *_budgets(spec, row)]
    for distance in range(1, FARTHEST + 1):
        found: list[Change] = []
        for name, old, new, other, instance in (c for change in changed for c in change.at(distance)):
            if tried >= wish.tries:
                return Flips(tuple(found), tried, undecided, False)
            try:
                verdict = _decided(other, wish, instance).verdict
            except ModelError:
                continue  # with that value it is no spec any more
            tried += 1
            if isinstance(verdict, Unknown | Bounded):
                undecided += 1
            elif word(verdict) != word(base.verdict):
                found.append(Change(name, old, new, distance, word(verdict)))
        if found:
            return Flips(tuple(found), tried, undecided, True)
    return Flips((), tried, undecided, True)


_Changed = tuple[str, str, str, Spec, Instance]


@record
class _Param:
    """A parameter of an instance, its value there."""

    spec: Spec
    row: Instance
    name: str
    value: Value
    sort: Sort

    def at(self, distance: int) -> Iterator[_Changed]:
        """The instances with a value so far away."""
        for value in _values(self.value, self.sort, distance):
            request = replace(self.row.request, params={**self.row.request.params, self.name: value})
            shown = show_value(self.value, self.sort), show_value(value, self.sort)
            yield self.name, *shown, self.spec, replace(self.row, request=request)


def _values(value: Value, sort: Sort, distance: int) -> list[Value]:
    match sort:
        case IntSort():
            lo, hi = bounds(sort)
            return [v for v in (value - distance, value + distance) if lo <= v <= hi]
        case BoolSort():
            return [not value] if distance == 1 else []
        case EnumSort(_, enumerators):
            return [v for v in range(len(enumerators)) if v != value] if distance == 1 else []
        case _:
            return []


@record
class _Budget:
    """One fault budget of an instance (by its number among all): `limit` None is any number of times."""

    spec: Spec
    row: Instance
    number: int

    def at(self, distance: int) -> Iterator[_Changed]:
        """The instances with so many faults more or fewer; of what has no limit with none."""
        budgets = fault_budgets(self.spec.program, self.row.request)
        limit = budgets[self.number].limit
        wanted = [limit - distance, limit + distance] if limit is not None else [0] if distance == 1 else []
        for new in (n for n in wanted if n >= 0):
            program = with_budgets(self.spec.program, self.row.request, [budgets[self.number]], [new])
            old = "unlimited" if limit is None else str(limit)
            yield budgets[self.number].name, old, str(new), replace(self.spec, program=program), self.row


def _params(spec: Spec, row: Instance) -> Sequence[_Param]:
    """The parameters of an instance that have a value, with those that nobody sets."""
    world = World(spec.program, Collector())
    world.constants = Constants(world, given_params(spec.program, row.request, world))
    found = []
    for name in spec.program.params:
        if name in row.request.symbolic:
            continue
        try:
            value = world.constants[name].value
            sort = param_sort(name, world)
        except Abandoned:
            continue
        if isinstance(value, Const):
            found.append(_Param(spec, row, name, value.value, sort))
    return found


def _budgets(spec: Spec, row: Instance) -> Sequence[_Budget]:
    count = len(fault_budgets(spec.program, row.request))
    return [_Budget(spec, row, i) for i in range(count)]
