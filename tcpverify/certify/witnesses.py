"""Runs of the interpreter beside a proof: that its files speak of the system, and not of nothing.

Each action should be seen in a step that satisfies its relation in the files; the same step with another
next value should not. Each state of an endpoint or a monitor should be seen, and what the property speaks of.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from tcpverify.certify.obligations import Claim, Obligation
from tcpverify.ir.expr import EnumSort, SeqSort, Sort, Value, cardinality, values_of
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import Choice, Property, Schedule, State, Step, System, VariableKind
from tcpverify.records import record
from tcpverify.smtlib.networks import NEXT, Soup
from tcpverify.smtlib.numbers import Numbers
from tcpverify.smtlib.relation import Encoding, enumerations
from tcpverify.smtlib.text import call, comment, conjunction, disjunction, negation
from tcpverify.trace import Trace, replay

MOST_STEPS = 20_000
"""So many steps are looked at, nearest to the start first, before walks go on from there."""
WALKS, LONGEST_WALK = 400, 30
INITIAL_STATES = 4
FEW = 4
"""A choice among no more values is left as it is."""


@record
class Goal:
    """What should be seen: an action (by index), a variable with a value, or else what is asked about."""

    name: str
    action: int | None = None
    here: tuple[int, Value] | None = None


def goals(system: System, prop: Property) -> list[Goal]:
    """All that should be seen, in a fixed order."""
    found = [Goal(f"action {i + 1}: {a.name}", action=i) for i, a in enumerate(system.actions)]
    for index, variable in enumerate(system.variables):
        if variable.kind in (VariableKind.CONTROL, VariableKind.MONITOR):
            assert isinstance(variable.sort, EnumSort)
            found += [
                Goal(f"{variable.name} in {state}", here=(index, value))
                for value, state in enumerate(variable.sort.enumerators)
            ]
    return [*found, Goal("what stands before `=>`")] if prop.antecedent is not None else found


class Watch:
    """Which goals a step or a state meets."""

    def __init__(self, interpreter: Interpreter, prop: Property) -> None:
        self._goals = goals(interpreter.system, prop)
        self._actions = {g.action: g for g in self._goals if g.action is not None}
        self._states = {g.here: g for g in self._goals if g.here is not None}
        self._asked = [g for g in self._goals if g.action is None and g.here is None]
        asks = prop.antecedent
        self._antecedent = None if asks is None else interpreter.step_predicate(asks, prop.events)

    @property
    def all(self) -> list[Goal]:
        return self._goals

    def met(self, state: State, step: Step | None, after: State | None) -> Iterator[Goal]:
        """What a state, and a step from it if there is one, shows."""
        for index, value in enumerate(state.values):
            if (index, value) in self._states:
                yield self._states[index, value]
        if step is not None:
            yield self._actions[step.action]
        if self._antecedent is not None and self._antecedent(state, after or state, step):
            yield from self._asked


def seen(interpreter: Interpreter, prop: Property, traces: Sequence[Trace]) -> set[str]:
    """The names of the goals that some runs meet."""
    watch, found = Watch(interpreter, prop), set[str]()
    for trace in traces:
        for step in trace.steps:
            found |= {g.name for g in watch.met(step.before, step.step, step.after)}
        found |= {g.name for g in watch.met(trace.states[-1], None, None)}
    return found


# --- Looking for runs --------------------------------------------------------------------------------


def runs(system: System, prop: Property) -> list[Trace]:
    """Few short runs that meet all goals that were found: the nearest states first, then by walking at
    random from a fixed seed; numbers that may be anything are one of three."""
    narrow = Interpreter(replace(system, actions=tuple(
        replace(a, choices=tuple(map(_narrowed, a.choices))) for a in system.actions)))  # fmt: skip
    watch = Watch(narrow, prop)
    found: dict[str, Schedule] = {}
    for schedule, names in (*_nearest(narrow, watch), *_walks(narrow, watch)):
        found.update({name: schedule for name in names if name not in found})
    interpreter = Interpreter(system)
    chosen: list[Trace] = []
    covered = set[str]()
    for name, schedule in sorted(found.items(), key=lambda item: -len(item[1].steps)):
        if name not in covered:
            trace = replay(interpreter, schedule)
            covered |= seen(interpreter, prop, [trace])
            chosen.append(trace)
    return chosen


def _narrowed(choice: Choice) -> Choice:
    if choice.values is None and cardinality(choice.sort) > FEW:
        return replace(choice, values=_few(choice.sort))
    return choice if choice.values is None else replace(choice, values=choice.values[:FEW])


def _few(sort: Sort) -> tuple[Value, ...]:
    """Three values, apart from each other where they are numbers of a circle."""
    if isinstance(sort, SeqSort):
        apart = 100 if sort.modulus > 1000 else max(1, sort.modulus // 4)
        return apart, 3 * apart % sort.modulus, 0
    return tuple(values_of(sort)[:3])


Found = tuple[Schedule, list[str]]
"""A run, and the names of the goals that it is the first to meet."""


def _nearest(interpreter: Interpreter, watch: Watch) -> Iterator[Found]:
    """The shortest ways to goals, as far as MOST_STEPS reach."""
    ways: dict[State, tuple[State, Step] | None] = dict.fromkeys(
        islice(interpreter.initial(), INITIAL_STATES)
    )
    met, todo, looked_at = set[str](), list(ways), 0
    for state in todo:
        for outcome in interpreter.outcomes(state):
            looked_at += 1
            if not isinstance(outcome, Successor):
                continue
            new = {g.name for g in watch.met(state, outcome.step, outcome.state)} - met
            new |= {g.name for g in watch.met(outcome.state, None, None)} - met
            if new:
                met |= new
                yield _way(ways, state, outcome.step), sorted(new)
            if outcome.state not in ways:
                ways[outcome.state] = state, outcome.step
                todo.append(outcome.state)
        if len(met) == len(watch.all) or looked_at > MOST_STEPS:
            return


def _way(ways: Mapping[State, tuple[State, Step] | None], state: State, last: Step) -> Schedule:
    steps = [last]
    while (before := ways[state]) is not None:
        state, step = before
        steps.append(step)
    return Schedule(state, tuple(reversed(steps)))


def _walks(interpreter: Interpreter, watch: Watch) -> Iterator[Found]:
    """Random walks, as far as they show anything that no walk before has shown."""
    rng, met = random.Random(1), set[str]()
    starts = list(islice(interpreter.initial(), INITIAL_STATES))
    for _ in range(WALKS if starts else 0):
        state = start = rng.choice(starts)
        steps: list[Step] = []
        for _ in range(LONGEST_WALK):
            ways = [o for o in interpreter.outcomes(state) if isinstance(o, Successor)]
            if not ways or len(met) == len(watch.all):
                break
            chosen = rng.choice(ways)
            steps.append(chosen.step)
            new = {g.name for g in watch.met(state, chosen.step, chosen.state)} - met
            if new:
                met |= new
                yield Schedule(start, tuple(steps)), sorted(new)
            state = chosen.state


# --- Steps as SMT-LIB --------------------------------------------------------------------------------

Taken = tuple[State, Step, State]
"""A step with the states before and after it."""


def step_files(claim: Claim, traces: Sequence[Trace]) -> list[Obligation]:
    """Two texts to be refuted: that some start or step of the runs, one for every action, is none of the
    files; and that a step of them with another next value is one."""
    writer = _Writer(claim)
    taken = [(s.before, s.step, s.after) for t in traces for s in t.steps if s.after is not None]
    steps = list({step.action: (before, step, after) for before, step, after in taken}.values())
    starts = [call("start", *writer.values(t.initial)) for t in traces]
    known = [writer.step(*one) for one in steps]
    wrong = [writer.step(before, step, other) for before, step, after in steps
             for other in _changed(claim.system, after, step.action)]  # fmt: skip
    return [
        writer.text("steps.smt2", "what the interpreter does is what the relations say", steps,
                    negation(conjunction([*starts, *known]))),
        writer.text("other-steps.smt2", "what it does not do is not", steps, disjunction(wrong)),
    ]  # fmt: skip


def _changed(system: System, after: State, number: int) -> Iterator[State]:
    """A state with one variable changed, and one with one segment more; which, the number says."""
    index = number % len(system.variables)
    others = (v for v in values_of(system.variables[index].sort) if v != after.values[index])
    for value in islice(others, 1):
        yield after._replace(values=(*after.values[:index], value, *after.values[index + 1 :]))
    if system.channels and system.messages:
        channel = number % len(system.channels)
        kind = number % len(system.messages)
        fields = system.messages[kind].fields
        sent = after.contents[channel]
        padding = (0,) * (system.width - 1 - len(fields))
        message = (kind, *(values_of(f.sort)[-1] for f in fields), *padding)
        if message not in sent:
            contents = (*after.contents[:channel], (*sent, message), *after.contents[channel + 1 :])
            yield after._replace(contents=contents)


class _Writer:
    """Writes states as the arguments of the relations."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        numbers = Numbers(True, enumerations(claim.system), claim.integers)
        self._network = Soup(claim.system, numbers)
        self._encoding = Encoding(claim.system, numbers, self._network)

    def values(self, state: State) -> list[str]:
        """The values of the constants of a state."""
        system, numbers = self._claim.system, self._encoding.numbers
        values = [numbers.value(x, v.sort) for x, v in zip(state.values, system.variables, strict=True)]
        return [*values, *map(self._network.holding, state.contents)]

    def step(self, before: State, step: Step, after: State) -> str:
        """That the relation of an action holds for two states and what the step picks."""
        action = self._claim.system.actions[step.action]
        inputs: list[str] = []
        if action.channel is not None and step.position is not None:
            inputs.append(self._network.segment(before.contents[action.channel][step.position]))
        picked = zip(step.choices, action.choices, strict=True)
        inputs += [self._encoding.numbers.value(x, c.sort) for x, c in picked]
        return call(_relation(step.action), *self.values(before), *self.values(after), *inputs)

    def text(self, name: str, says: str, steps: Sequence[Taken], wrong: str) -> Obligation:
        """A file that defines the relations of the actions at hand and asserts what is wrong."""
        now, then = self._encoding.constants(), self._encoding.constants(NEXT)
        lines = [_define("start", now, self._encoding.initial())]
        for number in dict.fromkeys(step.action for _, step, _ in steps):
            transition = self._encoding.transitions()[number]
            lines.append(comment(f"action: {transition.action.name}"))
            lines.append(_define(_relation(number), [*now, *then, *transition.inputs], transition.relation))
        about = [comment(line) for line in (*self._claim.about, says, "expected: unsat")]
        whole = [*about, "(set-logic ALL)", *self._encoding.declarations(), *lines]
        return Obligation(name, "\n".join([*whole, f"(assert {wrong})", "(check-sat)"]) + "\n")


def _relation(action: int) -> str:
    return f"action{action + 1}"


def _define(name: str, parameters: Sequence[tuple[str, str]], body: str) -> str:
    return f"(define-fun {name} ({' '.join(f'({n} {sort})' for n, sort in parameters)}) Bool\n  {body})"
