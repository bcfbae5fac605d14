"""A system over slots: its states, and the inputs of a step, as z3 constants; one transition each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import z3

from tcpverify.ir.expr import BoolSort, Expr, Scope, Sort, Value, bounds, cardinality, is_true, values_of
from tcpverify.ir.system import Choice, State, Step, System
from tcpverify.records import record
from tcpverify.smt.channels import Lane, Row
from tcpverify.smt.encode import Key, Scene, Term, number
from tcpverify.smt.layout import Cell, Packing, packing
from tcpverify.smt.logic import TRUE, both, either, first_of


class Unsupported(Exception):
    """What this engine cannot say; the message is the reason of an Unknown."""


@record
class StateTerms:
    """A state as constants: one a variable, and a row of slots a channel."""

    values: tuple[Term, ...]
    rows: tuple[Row, ...]

    @property
    def constants(self) -> tuple[Term, ...]:
        """All of them, in a fixed order."""
        return (*self.values, *(slot for row in self.rows for slot in row))


@record
class Inputs:
    """What picks one transition of a state: the action's index, the position of its segment, and of
    each choice the position of its value among its values. What an action does not use is 0."""

    action: Term
    position: Term
    choices: tuple[Term, ...]

    @property
    def constants(self) -> tuple[Term, ...]:
        """All of them, in a fixed order."""
        return (self.action, self.position, *self.choices)


def choice_values(choice: Choice) -> Sequence[Value]:
    """The values of a choice, in their order; never listed if they are a range."""
    return values_of(choice.sort) if choice.values is None else choice.values


def choice_count(choice: Choice) -> int:
    """How many values a choice has."""
    return cardinality(choice.sort) if choice.values is None else len(choice.values)


def _as_range(values: Sequence[Value]) -> range | None:
    if isinstance(values, range):
        return values
    whole = range(values[0], values[0] + len(values))
    return whole if tuple(values) == tuple(whole) else None


@record
class Slots:
    """How one system's states and inputs are stored."""

    system: System
    bits: int
    cells: tuple[Cell, ...]
    packing: Packing
    lanes: tuple[Lane, ...]

    # --- Constants ---

    def state(self, time: str) -> StateTerms:
        """The constants of a state."""
        values = tuple(
            c.constant(f"{v.name}@{time}") for c, v in zip(self.cells, self.system.variables, strict=True)
        )
        rows = tuple(lane.constants(f"{lane.channel.name}#{i}@{time}") for i, lane in enumerate(self.lanes))
        return StateTerms(values, rows)

    def inputs(self, time: str) -> Inputs:
        """The constants of the inputs of the step from a state."""
        sizes = [1] * max((len(a.choices) for a in self.system.actions), default=0)
        for action in self.system.actions:
            for i, choice in enumerate(action.choices):
                sizes[i] = max(sizes[i], (choice_count(choice) - 1).bit_length())
        longest = max((lane.count for lane in self.lanes), default=0)
        return Inputs(
            z3.BitVec(f"?action@{time}", max(1, len(self.system.actions).bit_length())),
            z3.BitVec(f"?position@{time}", max(1, longest.bit_length())),
            tuple(z3.BitVec(f"?choice{i}@{time}", size) for i, size in enumerate(sizes)),
        )

    # --- Reading ---

    def variables(self, state: StateTerms, scope: Scope) -> dict[Key, Term]:
        """The terms of the STATE or NEXT variables."""
        return {
            (scope, v.name): cell.read(term, self.bits)
            for v, cell, term in zip(self.system.variables, self.cells, state.values, strict=True)
        }

    def segments(self, state: StateTerms) -> tuple[tuple[tuple[Term, Mapping[Key, Term]], ...], ...]:
        """Of every slot whether it is used, and its FIELD variables."""
        return tuple(
            tuple((self.packing.is_used(s), self.packing.read(s, self.bits)) for s in row)
            for row in state.rows
        )

    def chosen(self, choice: Choice, index: Term) -> Term:
        """The value of a choice from its position among the choice's values."""
        values = choice_values(choice)
        if not values:
            return self.value(0, choice.sort)
        whole = None if isinstance(choice.sort, BoolSort) else _as_range(values)
        if whole is not None:
            missing = self.bits - index.size()
            wide = z3.ZeroExt(missing, index) if missing > 0 else z3.Extract(self.bits - 1, 0, index)
            return wide + number(whole[0], self.bits)
        terms = [self.value(v, choice.sort) for v in values]
        return first_of([(index == i, t) for i, t in enumerate(terms[:-1])], terms[-1])

    def value(self, value: Value, sort: Sort) -> Term:
        """A known value of a sort."""
        return z3.BoolVal(bool(value)) if isinstance(sort, BoolSort) else number(value, self.bits)

    # --- Formulas over states ---

    def well_formed(self, state: StateTerms) -> Term:
        """Variables within their sorts, slots in order."""
        return both(
            *(c.valid(t) for c, t in zip(self.cells, state.values, strict=True)),
            *(lane.well_formed(row) for lane, row in zip(self.lanes, state.rows, strict=True)),
        )

    def initial(self, state: StateTerms) -> Term:
        """Whether a state is initial."""
        initial = self.system.initial
        values = [
            _one_of(cell, term, alternatives)
            for cell, term, alternatives in zip(self.cells, state.values, initial.values, strict=True)
        ]
        return both(
            *values,
            self._term(state, initial.where),
            self._holds(state, initial.contents),
            self.assumed(state),
        )

    def assumed(self, state: StateTerms) -> Term:
        """Whether all that the system assumes holds in a state (or in terms for one)."""
        return both(*(self._term(state, a.formula) for a in self.system.assumptions))

    def _term(self, state: StateTerms, formula: Expr) -> Term:
        """A formula over a state."""
        if is_true(formula):
            return TRUE
        return Scene(self.bits, self.variables(state, Scope.STATE), self.segments(state)).term(formula)

    def equals(self, terms: StateTerms, state: State) -> Term:
        """Whether a state is a given one."""
        same = [t == c.pattern(v) for c, t, v in zip(self.cells, terms.values, state.values, strict=True)]
        return both(*same, self._holds(terms, state.contents))

    def _holds(self, terms: StateTerms, contents: Sequence[Sequence[tuple[int, ...]]]) -> Term:
        return both(
            *(
                slot == wanted
                for lane, row, segments in zip(self.lanes, terms.rows, contents, strict=True)
                for slot, wanted in zip(row, lane.contents(segments), strict=True)
            )
        )

    # --- Models ---

    def read_values(self, state: StateTerms, model: Term) -> tuple[Value, ...]:
        """The values of the variables in a model."""
        return tuple(
            c.value(model.eval(t, model_completion=True))
            for c, t in zip(self.cells, state.values, strict=True)
        )

    def read_step(self, inputs: Sequence[int]) -> Step:
        """The step that numbers for (action, position, choices) pick."""
        index, position, *choices = inputs
        action = self.system.actions[index]
        picked = tuple(choice_values(c)[i] for c, i in zip(action.choices, choices, strict=False))
        return Step(index, None if action.channel is None else position, picked)


def _one_of(cell: Cell, term: Term, alternatives: tuple[Value, ...]) -> Term:
    """Whether a variable has one of some ascending values."""
    first, last = alternatives[0], alternatives[-1]
    if cell.is_bool or last - first + 1 != len(alternatives):
        return either(*(term == cell.pattern(v) for v in alternatives))
    if first == last:
        found: Term = term == cell.pattern(first)
        return found
    return both(z3.UGE(term, cell.pattern(first)), z3.ULE(term, cell.pattern(last)))


def slots_of(system: System, bits: int) -> Slots:
    """The slots encoding of a system.

    Raises Unsupported if a channel is unlimited, or an initial value is outside its sort.
    """
    pack = packing(system)
    for variable, values in zip(system.variables, system.initial.values, strict=True):
        lo, hi = bounds(variable.sort)
        if not all(lo <= v <= hi for v in values):
            raise Unsupported(f"{variable.name} has an initial value outside {variable.sort}")
    lanes = []
    for channel, segments in zip(system.channels, system.initial.contents, strict=True):
        if channel.memory and channel.capacity is None:
            raise Unsupported(f"too many segments could be {channel.name} for the symbolic engine")
        if channel.capacity is None:
            raise Unsupported(
                f"channel {channel.name} has unlimited capacity: the symbolic engine needs `capacity n`"
            )
        lanes.append(Lane(channel, pack, max(channel.capacity, len(segments))))
    return Slots(system, bits, tuple(Cell(v.sort) for v in system.variables), pack, tuple(lanes))
