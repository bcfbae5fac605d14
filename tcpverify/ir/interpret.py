"""The reference interpreter: what a system means. Plain on purpose; every engine is judged by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Protocol

from tcpverify.ir.evaluate import Contents, Evaluator, Message, compile_expr
from tcpverify.ir.expr import CORRUPT_KIND, Expr, Scope, Value, mentions, values_of
from tcpverify.ir.system import (
    KIND,
    LIFE,
    Action,
    ActionKind,
    Channel,
    Check,
    Choice,
    Effect,
    ErrorKind,
    Order,
    Send,
    Signal,
    State,
    Step,
    StepEvent,
    System,
)
from tcpverify.records import record

Predicate = Callable[[State], bool]
NO_MESSAGE: Message = ()
_NO_CHOICES: tuple[tuple[Value, ...], ...] = ((),)


@record
class Successor:
    """A transition that happens: the step and the state after it."""

    step: Step
    state: State


@record
class Erring:
    """A step that ends in an error, and so in no state."""

    step: Step
    error: ErrorKind
    check: Check


Outcome = Successor | Erring


class StepPredicate(Protocol):
    """A predicate of a transition: the states before and after it, and the step where events matter."""

    def __call__(self, state: State, after: State, step: Step | None = None) -> bool: ...


class Interpreter:
    """The initial states and the steps of one system, in canonical order.

    The canonical order of the steps of a state is that of (action, position, choices); engines
    use it to choose among equally short traces.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        table = positions(system, ())
        self._rules = [_Rule(system, index, action, table) for index, action in enumerate(system.actions)]
        self._everywhere = [r for r in self._rules if r.location is None]
        self._at: dict[tuple[int, int], list[_Rule]] = {}
        for rule in self._rules:
            if rule.location is not None:
                self._at.setdefault(rule.location, []).append(rule)
        self._controls = sorted({variable for variable, _ in self._at})
        self._possible_at: dict[tuple[Value, ...], list[_Rule]] = {}
        self._assumed = [self.predicate(a.formula) for a in system.assumptions]
        self._starts = self.predicate(system.initial.where)

    def assumed(self, state: State) -> bool:
        """Whether all that the system assumes holds in a state."""
        return all(holds(state) for holds in self._assumed)

    def initial(self) -> Iterator[State]:
        """The initial states, least values first."""
        initial = self.system.initial
        for values in product(*initial.values):
            state = State(values, initial.contents)
            if self._starts(state) and self.assumed(state):
                yield state

    def is_initial(self, state: State) -> bool:
        """Whether a state is one of `initial`; not looked for among all of them."""
        initial = self.system.initial
        fits = state.contents == initial.contents and all(
            value in alternatives for value, alternatives in zip(state.values, initial.values, strict=True)
        )
        return fits and self._starts(state) and self.assumed(state)

    def outcomes(self, state: State) -> Iterator[Outcome]:
        """What every enabled step of a state leads to, in canonical order."""
        for rule in self._possible(state):
            channel = rule.action.channel
            if channel is not None and not state.contents[channel]:
                continue
            if not self._assumed:
                yield from rule.outcomes(state)
            else:
                yield from (o for o in rule.outcomes(state) if isinstance(o, Erring) or self.assumed(o.state))

    def take(self, state: State, step: Step) -> Outcome | None:
        """What one step leads to; None if it is not enabled."""
        rule = self._rules[step.action]
        if rule.location is not None and state.values[rule.location[0]] != rule.location[1]:
            return None
        outcome = rule.outcome(state, step)
        return None if isinstance(outcome, Successor) and not self.assumed(outcome.state) else outcome

    def message_of(self, state: State, step: Step) -> Message | None:
        """The segment that a step takes."""
        channel = self.system.actions[step.action].channel
        return None if channel is None or step.position is None else state.contents[channel][step.position]

    def sent(self, state: State, step: Step) -> list[tuple[Send, Message]]:
        """The segments that a step sends, in order, those that do not fit included."""
        return self._rules[step.action].sent(state, step)

    def signals(self, state: State, step: Step) -> list[Signal]:
        """What a step tells the reader."""
        return self._rules[step.action].signals(state, step)

    def predicate(self, formula: Expr) -> Predicate:
        """A state formula as a function of states."""
        value = compile_expr(formula, positions(self.system, ()))
        return lambda state: bool(value(state.values, NO_MESSAGE, (), state.contents, ()))

    def step_predicate(self, formula: Expr, events: tuple[StepEvent, ...] = ()) -> StepPredicate:
        """A formula over STATE, NEXT and (if `events` say what they mean) EVENT variables."""
        table = dict(positions(self.system, ()))
        table.update({(Scope.EVENT, e.name): len(self.system.variables) + i for i, e in enumerate(events)})
        value = compile_expr(formula, table)
        happens = [
            [compile_expr(h, rule.table) for h, rule in zip(e.happens, self._rules, strict=True)]
            for e in events
        ]

        def holds(state: State, after: State, step: Step | None = None) -> bool:
            then: tuple[Value, ...] = after.values
            if step is not None and happens:
                taken = self.message_of(state, step) or NO_MESSAGE
                then += tuple(
                    bool(h[step.action](state.values, taken, step.choices, state.contents, ()))
                    for h in happens
                )
            return bool(value(state.values, NO_MESSAGE, (), state.contents, then))

        return holds

    def _possible(self, state: State) -> list[_Rule]:
        """The rules whose location is met, in order; computed once for each combination of locations."""
        where = tuple(state.values[c] for c in self._controls)
        rules = self._possible_at.get(where)
        if rules is None:
            local = [
                r
                for c, value in zip(self._controls, where, strict=True)
                for r in self._at.get((c, value), ())
            ]
            rules = sorted(local + self._everywhere, key=lambda rule: rule.index)
            self._possible_at[where] = rules
        return rules


Positions = Mapping[tuple[Scope, str], int]


def positions(system: System, choices: tuple[Choice, ...]) -> Positions:
    """Where the value of every variable stands in the tuples that evaluators read."""
    table = {(Scope.FIELD, KIND): 0}
    for i, variable in enumerate(system.variables):
        table[Scope.STATE, variable.name] = table[Scope.NEXT, variable.name] = i
    for kind in system.messages:
        for i, field in enumerate(kind.fields):
            table[Scope.FIELD, f"{kind.name}.{field.name}"] = i + 1
    if system.segments_age:
        table[Scope.FIELD, LIFE] = system.width - 1
    return _with_choices(table, choices)


def _with_choices(table: Positions, choices: tuple[Choice, ...]) -> Positions:
    return {**table, **{(Scope.CHOICE, choice.name): i for i, choice in enumerate(choices)}}


class _Rule:
    """An action with its expressions turned into functions, each when it is first needed."""

    def __init__(self, system: System, index: int, action: Action, table: Positions) -> None:
        self.table = _with_choices(table, action.choices) if action.choices else table
        self.index = index
        self.action = action
        self.channels = system.channels
        self.padding = system.width - system.segments_age
        self.segments_age = system.segments_age
        self.location = (action.location.variable, action.location.value) if action.location else None

    @cached_property
    def guard(self) -> Evaluator:
        return compile_expr(self.action.guard, self.table)

    @cached_property
    def guard_chooses(self) -> bool:
        return mentions(self.action.guard, Scope.CHOICE)

    @cached_property
    def choices(self) -> list[tuple[Evaluator, Sequence[Value]]]:
        return [
            (compile_expr(c.when, self.table), values_of(c.sort) if c.values is None else c.values)
            for c in self.action.choices
        ]

    @cached_property
    def updates(self) -> list[tuple[int, Evaluator]]:
        return [(u.variable, compile_expr(u.value, self.table)) for u in self.action.updates]

    @cached_property
    def effects(self) -> list[tuple[Effect, Evaluator, tuple[Evaluator, ...]]]:
        return [self._effect(e, self.table) for e in self.action.effects]

    def _effect(
        self, effect: Check | Send | Signal, table: Mapping[tuple[Scope, str], int]
    ) -> tuple[Check | Send | Signal, Evaluator, tuple[Evaluator, ...]]:
        match effect:
            case Check(condition):
                return effect, compile_expr(condition, table), ()
            case Send(_, _, fields, when):
                return effect, compile_expr(when, table), tuple(compile_expr(f, table) for f in fields)
            case Signal(_, _, when):
                return effect, compile_expr(when, table), ()

    def outcomes(self, state: State) -> Iterator[Outcome]:
        """What every way of taking the action leads to, in canonical order."""
        for position in self._segments(state):
            message = self._message(state, position)
            early = not self.guard_chooses
            if early and not self.guard(state.values, message, (), state.contents, ()):
                continue
            for choices in self._choose(state, message, ()) if self.choices else _NO_CHOICES:
                if early or self.guard(state.values, message, choices, state.contents, ()):
                    outcome = self._take(state, Step(self.index, position, choices), message)
                    if outcome is not None:
                        yield outcome

    def outcome(self, state: State, step: Step) -> Outcome | None:
        """The outcome with this step, if there is one; not looked for among all values of a choice."""
        if step.position not in self._segments(state):
            return None
        message = self._message(state, step.position)
        if not self._may_choose(state, message, step.choices):
            return None
        if not self.guard(state.values, message, step.choices, state.contents, ()):
            return None
        return self._take(state, step, message)

    def _segments(self, state: State) -> list[int] | list[None]:
        """The positions of the segments that the action can take; [None] if it takes none."""
        if self.action.channel is None:
            return [None]
        channel = self.channels[self.action.channel]
        contents = state.contents[self.action.channel]
        if channel.order is Order.BAG:
            return [i for i, m in enumerate(contents) if i == 0 or contents[i - 1] != m]
        if self.action.kind is ActionKind.RECEIVE:
            return list(range(min(len(contents), channel.window + 1)))
        return list(range(len(contents)))

    def _message(self, state: State, position: int | None) -> Message:
        if position is None or self.action.channel is None:
            return NO_MESSAGE
        return state.contents[self.action.channel][position]

    def _choose(
        self, state: State, message: Message, chosen: tuple[Value, ...]
    ) -> Iterator[tuple[Value, ...]]:
        if len(chosen) == len(self.choices):
            yield chosen
            return
        when, values = self.choices[len(chosen)]
        matters = when(state.values, message, chosen, state.contents, ())
        for value in values if matters else values[:1]:
            yield from self._choose(state, message, (*chosen, value))

    def _may_choose(self, state: State, message: Message, choices: tuple[Value, ...]) -> bool:
        """Whether `_choose` gives these choices."""
        if len(choices) != len(self.choices):
            return False
        for i, (when, values) in enumerate(self.choices):
            matters = when(state.values, message, choices[:i], state.contents, ())
            if choices[i] not in (values if matters else values[:1]):
                return False
        return True

    def _take(self, state: State, step: Step, message: Message) -> Outcome | None:
        contents = self._take_segment(state.contents, step.position)
        if contents is None:
            return None
        for effect, when, fields in self.effects:
            applies = when(state.values, message, step.choices, state.contents, ())
            match effect:
                case Check(_, error):
                    if not applies:
                        return Erring(step, error, effect)
                case Send(channel) if applies:
                    segment = self._segment(effect, fields, state, step, message)
                    after = put(self.channels[channel], contents[channel], segment)
                    if after is None:
                        match self.channels[channel].overflow:
                            case "error":
                                return Erring(step, ErrorKind.OVERFLOW, self._overflow(channel, effect))
                            case "block":
                                return None
                            case "drop":
                                continue
                    contents = replace(contents, channel, after)
                case _:
                    pass
        values = list(state.values)
        for variable, value in self.updates:
            values[variable] = value(state.values, message, step.choices, state.contents, ())
        return Successor(step, State(tuple(values), contents))

    def _overflow(self, channel: int, send: Send) -> Check:
        c = self.channels[channel]
        return Check(
            send.when, ErrorKind.OVERFLOW, f"channel {c.name} is full ({c.capacity} segments)", send.span
        )

    def _segment(
        self, send: Send, fields: tuple[Evaluator, ...], state: State, step: Step, message: Message
    ) -> Message:
        values = tuple(f(state.values, message, step.choices, state.contents, ()) for f in fields)
        padded = (send.kind, *values) + (0,) * (self.padding - 1 - len(values))
        return (*padded, self.channels[send.channel].lifetime or 0) if self.segments_age else padded

    def _take_segment(self, contents: Contents, position: int | None) -> Contents | None:
        """The channels after the action took its segment; None if a duplicate does not fit."""
        channel = self.action.channel
        if self.action.kind is ActionKind.TICK:
            return tuple(aged(c, segments) for c, segments in zip(self.channels, contents, strict=True))
        if channel is None or position is None:
            return contents
        segments, message = contents[channel], contents[channel][position]
        own = self.channels[channel]
        rest = segments if own.memory else segments[:position] + segments[position + 1 :]
        match self.action.kind:
            case ActionKind.RECEIVE | ActionKind.LOSE | ActionKind.EXPIRE:
                return replace(contents, channel, rest)
            case ActionKind.DUPLICATE:
                at = len(segments) if self.action.to_tail else position + 1
                after = put(own, segments, message, at)
                return None if after is None else replace(contents, channel, after)
            case ActionKind.CORRUPT:
                garbled = (CORRUPT_KIND,) + (0,) * (self.padding - 1) + message[self.padding :]
                where = None if own.order is Order.BAG else position
                return replace(contents, channel, put(own, rest, garbled, where) or ())
            case _:
                return contents

    def sent(self, state: State, step: Step) -> list[tuple[Send, Message]]:
        """The segments that a step sends, in order."""
        message = self._message(state, step.position)
        return [
            (effect, self._segment(effect, fields, state, step, message))
            for effect, when, fields in self.effects
            if isinstance(effect, Send) and when(state.values, message, step.choices, state.contents, ())
        ]

    def signals(self, state: State, step: Step) -> list[Signal]:
        """What a step tells the reader of a trace."""
        message = self._message(state, step.position)
        return [
            effect
            for effect, when, _ in self.effects
            if isinstance(effect, Signal) and when(state.values, message, step.choices, state.contents, ())
        ]


def put(
    channel: Channel, segments: tuple[Message, ...], message: Message, at: int | None = None
) -> tuple[Message, ...] | None:
    """A channel's contents with one more segment (at a position, else at the end); None if full."""
    if channel.memory and message in segments:
        return segments
    if channel.capacity is not None and len(segments) >= channel.capacity:
        return None
    if channel.order is Order.BAG:
        return tuple(sorted((*segments, message)))
    at = len(segments) if at is None else at
    return (*segments[:at], message, *segments[at:])


def aged(channel: Channel, segments: tuple[Message, ...]) -> tuple[Message, ...]:
    """A channel's contents a tick later; a bag stays sorted, as all its segments age alike."""
    if channel.lifetime is None:
        return segments
    return tuple((*s[:-1], max(0, s[-1] - 1)) for s in segments)


def replace(contents: Contents, channel: int, segments: tuple[Message, ...]) -> Contents:
    return (*contents[:channel], segments, *contents[channel + 1 :])
