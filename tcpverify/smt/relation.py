"""The transition relation: one action with its inputs, the next state as a function of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import z3

from tcpverify.ir.system import Action, ActionKind, ErrorKind, Schedule, State, StepEvent
from tcpverify.records import record
from tcpverify.smt.actions import Push, Rule, View, action_scene, rule, view
from tcpverify.smt.channels import Lane, Row, select
from tcpverify.smt.encode import Term, number
from tcpverify.smt.logic import FALSE, both, constants_in, either, first_of
from tcpverify.smt.slots import Inputs, Slots, StateTerms, Unsupported, choice_count

MAX_EXPANSION = 4096
"""At most so many combinations of inputs of one action are written out."""


@record
class Relation:
    """`ok`: the inputs pick a step without error, and then `after` is the state after it by `step`.

    `errors`: they pick a step that errs with that kind; `misfit`: a step without error that stores
    what its variable or field cannot hold; `fault`: the action is a fault of a channel; `permitted`: what
    the system assumes holds after the step. `seen`: what the actions read.
    """

    seen: View
    slots: Slots
    before: StateTerms
    inputs: Inputs
    after: StateTerms
    rules: tuple[Rule, ...]
    ok: Term
    step: Term
    errors: dict[ErrorKind, Term]
    misfit: Term
    fault: Term
    permitted: Term


def relation(slots: Slots) -> Relation:
    """The transition relation of a system."""
    return relation_seen(view(slots, slots.state("now"), slots.inputs("now")))


def relation_seen(seen: View) -> Relation:
    """The transition relation over what the actions read."""
    slots, before, inputs = seen.slots, seen.state, seen.inputs
    after = slots.state("next")
    rules = tuple(rule(seen, i, a) for i, a in enumerate(slots.system.actions))
    ok = either(*(both(r.selected, r.domain, r.ok) for r in rules))
    then = StateTerms(
        tuple(
            first_of([(r.selected, r.updates[i]) for r in rules if i in r.updates], old)
            for i, old in enumerate(before.values)
        ),
        tuple(
            _network(rules, c, lane, before.rows[c], inputs.position) for c, lane in enumerate(slots.lanes)
        ),
    )
    moves = [new == value for new, value in zip(after.constants, then.constants, strict=True)]
    permitted = z3.simplify(slots.assumed(then))
    ok = both(ok, permitted)
    kinds = {kind for r in rules for kind in r.errors}
    return Relation(
        seen=seen,
        slots=slots,
        before=before,
        inputs=inputs,
        after=after,
        rules=rules,
        ok=z3.simplify(ok),
        step=z3.simplify(both(ok, *moves)),
        errors={
            kind: z3.simplify(
                either(*(both(r.selected, r.domain, r.errors[kind]) for r in rules if kind in r.errors))
            )
            for kind in sorted(kinds)
        },
        misfit=z3.simplify(either(*(both(r.selected, r.domain, r.misfit) for r in rules))),
        fault=z3.simplify(either(*(r.selected for r in rules if r.action.is_fault))),
        permitted=permitted,
    )


# --- Channels --------------------------------------------------------------------------------------


def _network(rules: Sequence[Rule], channel: int, lane: Lane, row: Row, position: Term) -> Row:
    """A channel after the step: first its segment is taken, then come the pushes, in their order.

    All actions share one unit for each kind of change and one for each push of a step, because an
    action of its own hardware for each would cost many times more.
    """
    if not row:
        return row

    def chosen(*kinds: ActionKind) -> Term:
        return either(*(r.selected for r in rules if _changes(r.action, channel, kinds)))

    cases = [
        (chosen(ActionKind.RECEIVE, ActionKind.LOSE, ActionKind.EXPIRE), lane.remove(row, position)),
        (chosen(ActionKind.DUPLICATE), lane.duplicate(row, position)),
        (chosen(ActionKind.CORRUPT), lane.corrupt(row, position)),
        (_ticks(rules, lane), lane.older(row)),
    ]
    after = select([(c, r) for c, r in cases if not z3.is_false(c)], row)
    for pushes in pushes_by_rank(rules, channel):
        does = either(*(both(selected, p.does) for selected, p in pushes))
        if pushes and is_possible(does):
            segment = first_of(
                [(both(selected, p.does), p.segment) for selected, p in pushes[:-1]], pushes[-1][1].segment
            )
            after = lane.put(after, does, segment)
    return after


def _ticks(rules: Sequence[Rule], lane: Lane) -> Term:
    """Whether the segments of a channel age."""
    if lane.channel.lifetime is None:
        return FALSE
    return either(*(r.selected for r in rules if r.action.kind is ActionKind.TICK))


def _changes(action: Action, channel: int, kinds: Sequence[ActionKind]) -> bool:
    pushed = action.kind is ActionKind.DUPLICATE and action.to_tail
    return action.channel == channel and action.kind in kinds and not pushed


def pushes_by_rank(rules: Sequence[Rule], channel: int) -> Iterator[list[tuple[Term, Push]]]:
    """The pushes that may be a step's first into a channel, then its second, and so on."""
    most = max((len(r.pushes.get(channel, ())) for r in rules), default=0)
    for n in range(most):
        yield [
            (r.selected, p) for r in rules if n < len(r.pushes.get(channel, ())) for p in r.pushes[channel][n]
        ]


def is_possible(does: Term) -> bool:
    """False only if a push never happens: alternatives of one action seldom send twice."""
    if z3.is_true(does):
        return True
    solver = z3.SolverFor("QF_FD")
    solver.set("timeout", 1000)
    solver.add(does)
    return bool(solver.check() != z3.unsat)


def happens(rel: Relation, event: StepEvent) -> Term:
    """Whether the step that the inputs pick does what an EVENT variable stands for."""
    pairs = zip(rel.rules, event.happens, strict=True)
    return z3.simplify(
        either(FALSE, *(both(r.selected, action_scene(rel.seen, r.action).term(e)) for r, e in pairs))
    )


# --- Some inputs -----------------------------------------------------------------------------------


def can_step(rel: Relation) -> Term:
    """Whether some step without error is possible, as a formula over the state alone.

    Raises Unsupported if the inputs are too many to write out.
    """
    if len(rel.slots.lanes) < len(rel.seen.rooms):
        raise Unsupported("where channels are unlimited, this engine cannot say that no step is possible")
    cases = []
    for i, r in enumerate(rel.rules):
        mine = (rel.inputs.action, number(i, rel.inputs.action.size()))
        cases.append(_some(rel, r, both(r.ok, z3.substitute(rel.permitted, mine))))
    return z3.simplify(either(*cases))


def can_err(rel: Relation, kind: ErrorKind) -> Term:
    """Whether some step errs with a kind, as a formula over the state alone.

    Raises Unsupported if the inputs are too many to write out.
    """
    return z3.simplify(either(FALSE, *(_some(rel, r, r.errors[kind]) for r in rel.rules if kind in r.errors)))


def _some(rel: Relation, r: Rule, formula: Term) -> Term:
    """Whether some inputs of an action satisfy a formula; inputs that do not occur need no value."""
    if not all(choice_count(c) for c in r.action.choices):
        return FALSE
    relevant = _relevant(rel, r, formula)
    count = rel.slots.lanes[r.action.channel].count if r.action.channel is not None else 1
    counts = [choice_count(r.action.choices[i]) for i in relevant]
    total = count
    for n in counts:
        total *= n
    if total > MAX_EXPANSION:
        raise Unsupported(
            f"{r.action.name} has {total:,} combinations of choices: too many to say that none is possible"
        )
    matters = both(formula, *(either(r.whens[i], rel.inputs.choices[i] == 0) for i in relevant))
    cases = []
    for position, *picked in product(range(count), *(range(n) for n in counts)):
        pairs = [(rel.inputs.position, number(position, rel.inputs.position.size()))]
        for i, n in zip(relevant, picked, strict=True):
            pairs.append((rel.inputs.choices[i], number(n, rel.inputs.choices[i].size())))
        cases.append(z3.simplify(z3.substitute(matters, *pairs)))
    return either(*cases)


def _relevant(rel: Relation, r: Rule, formula: Term) -> list[int]:
    """The choices that a formula depends on, and those on which it depends whether they matter."""
    names = constants_in(formula)
    found: list[int] = []
    for i in range(len(r.action.choices) - 1, -1, -1):
        if rel.inputs.choices[i].decl().name() in names:
            found.insert(0, i)
            names |= constants_in(r.whens[i])
    return found


# --- Time ------------------------------------------------------------------------------------------


@record
class Unroller:
    """The one place that knows the names of constants at a time: formulas over `now` and `next`
    become formulas over the states i and i + 1."""

    rel: Relation

    def state(self, i: int) -> StateTerms:
        """The constants of the state i."""
        return self.rel.slots.state(str(i))

    def inputs(self, i: int) -> Inputs:
        """The constants of the step from the state i."""
        return self.rel.slots.inputs(str(i))

    def at(self, formula: Term, i: int) -> Term:
        """A formula over the relation's constants at the state i, and the step from there."""
        return self.at_all([formula], i)[0]

    def at_all(self, formulas: Sequence[Term], i: int) -> list[Term]:
        """The same for several formulas."""
        rel = self.rel
        pairs = [
            *zip(rel.before.constants, self.state(i).constants, strict=True),
            *zip(rel.inputs.constants, self.inputs(i).constants, strict=True),
            *zip(rel.after.constants, self.state(i + 1).constants, strict=True),
        ]
        return [z3.substitute(f, *pairs) for f in formulas]

    def start(self) -> list[Term]:
        """That the state 0 is initial."""
        return [self.rel.slots.initial(self.state(0))]

    def step(self, i: int) -> list[Term]:
        """That the step from the state i leads to the next, without error."""
        return [self.at(self.rel.step, i)]

    def schedule(self, number: Callable[[Term], int], model: Term, length: int) -> Schedule:
        """The schedule of so many steps that a model describes; `number` reads a constant of it."""
        slots, initial = self.rel.slots, self.rel.slots.system.initial
        steps = (slots.read_step([number(t) for t in self.inputs(i).constants]) for i in range(length))
        start = State(slots.read_values(self.state(0), model), initial.contents)
        return Schedule(start, tuple(steps))

    def different(self, i: int, j: int) -> Term:
        """Whether two states differ."""
        pairs = zip(self.state(i).constants, self.state(j).constants, strict=True)
        return either(*(a != b for a, b in pairs))
