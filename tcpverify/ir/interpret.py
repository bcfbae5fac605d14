"""The reference interpreter: what a system means. Plain on purpose; every engine is judged by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import product
from typing import Protocol

from tcpverify.ir.evaluate import Compiler, Contents, Evaluator, Message, Positions, compile_expr
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
_NO_SEGMENT = (None,)


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


@record
class Intent:
    """What an action is to do: of what is in flight only the segment that it takes matters for that
    (unless the action counts segments). An error comes last, after the sends before it.
    """

    choices: tuple[Value, ...]
    effects: tuple[tuple[Check | Send, Message], ...]
    updates: tuple[tuple[int, Value], ...]


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
        compiler = Compiler(positions(system, ()))
        self._rules = [Rule(system, index, action, compiler) for index, action in enumerate(system.actions)]
        self._everywhere = [r for r in self._rules if r.location is None]
        self._at: dict[tuple[int, int], list[Rule]] = {}
        for rule in self._rules:
            if rule.location is not None:
                self._at.setdefault(rule.location, []).append(rule)
        self._controls = sorted({variable for variable, _ in self._at})
        self._possible_at: dict[tuple[Value, ...], list[Rule]] = {}
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
        for rule in self.possible(state):
            for position in rule.segments(state):
                for intent in rule.intents(state, position):
                    outcome = self.carry_out(rule, state, position, intent)
                    if outcome is not None:
                        yield outcome

    def carry_out(self, rule: Rule, state: State, position: int | None, intent: Intent) -> Outcome | None:
        """What an intent leads to; None if a full channel blocks it, or it is assumed not to happen."""
        outcome = rule.carry_out(state, position, intent)
        if self._assumed and isinstance(outcome, Successor) and not self.assumed(outcome.state):
            return None
        return outcome

    def take(self, state: State, step: Step) -> Outcome | None:
        """What one step leads to; None if it is not enabled."""
        rule = self._rules[step.action]
        if rule.location is not None and state.values[rule.location[0]] != rule.location[1]:
            return None
        intent = rule.intent(state, step)
        return None if intent is None else self.carry_out(rule, state, step.position, intent)

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
            [rule.evaluator(h) for h, rule in zip(e.happens, self._rules, strict=True)] for e in events
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

    def possible(self, state: State) -> list[Rule]:
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


class Rule:
    """An action with its expressions turned into functions, each when it is first needed."""

    def __init__(self, system: System, index: int, action: Action, compiler: Compiler) -> None:
        table = compiler.positions
        own = Compiler(_with_choices(table, action.choices)) if action.choices else compiler
        self.evaluator = own.evaluator
        self.index = index
        self.action = action
        self.channels = system.channels
        self.padding = system.width - system.segments_age
        self.segments_age = system.segments_age
        self.location = (action.location.variable, action.location.value) if action.location else None

    @cached_property
    def guard(self) -> Evaluator:
        return self.evaluator(self.action.guard)

    @cached_property
    def guard_chooses(self) -> bool:
        return bool(self.action.choices) and mentions(self.action.guard, Scope.CHOICE)

    @cached_property
    def choices(self) -> list[tuple[Evaluator, Sequence[Value]]]:
        return [
            (self.evaluator(c.when), values_of(c.sort) if c.values is None else c.values)
            for c in self.action.choices
        ]

    @cached_property
    def updates(self) -> list[tuple[int, Evaluator]]:
        return [(u.variable, self.evaluator(u.value)) for u in self.action.updates]

    @cached_property
    def effects(self) -> list[tuple[Effect, Evaluator, tuple[Evaluator, ...]]]:
        return [self._effect(e) for e in self.action.effects]

    def _effect(self, effect: Effect) -> tuple[Effect, Evaluator, tuple[Evaluator, ...]]:
        match effect:
            case Check(condition):
                return effect, self.evaluator(condition), ()
            case Send(_, _, fields, when):
                return effect, self.evaluator(when), tuple(map(self.evaluator, fields))
            case Signal(_, _, when):
                return effect, self.evaluator(when), ()

    def intents(self, state: State, position: int | None) -> Iterator[Intent]:
        """What the action is to do with a segment, for every choice, in canonical order."""
        message = self._message(state, position)
        early = not self.guard_chooses
        if early and not self.guard(state.values, message, (), state.contents, ()):
            return
        for choices in self._choose(state, message, ()) if self.choices else _NO_CHOICES:
            if early or self.guard(state.values, message, choices, state.contents, ()):
                yield self._intent(state, message, choices)

    def intent(self, state: State, step: Step) -> Intent | None:
        """What it is to do in this step, if it can be taken; not looked for among all values of a choice."""
        if step.position not in self.segments(state):
            return None
        message = self._message(state, step.position)
        if not self._may_choose(state, message, step.choices):
            return None
        if not self.guard(state.values, message, step.choices, state.contents, ()):
            return None
        return self._intent(state, message, step.choices)

    def segments(self, state: State) -> Sequence[int | None]:
        """The positions of the segments that the action can take; [None] if it takes none."""
        if self.action.channel is None:
            return _NO_SEGMENT
        channel = self.channels[self.action.channel]
        contents = state.contents[self.action.channel]
        if channel.order is Order.BAG:
            return [i for i, m in enumerate(contents) if i == 0 or contents[i - 1] != m]
        if self.action.kind is ActionKind.RECEIVE:
            return range(min(len(contents), channel.window + 1))
        return range(len(contents))

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

    def _intent(self, state: State, message: Message, choices: tuple[Value, ...]) -> Intent:
        done: list[tuple[Check | Send, Message]] = []
        for effect, when, fields in self.effects:
            applies = when(state.values, message, choices, state.contents, ())
            if isinstance(effect, Send) and applies:
                done.append((effect, self._segment(effect, fields, state, choices, message)))
            if isinstance(effect, Check) and not applies:
                return Intent(choices, (*done, (effect, NO_MESSAGE)), ())
        updates = [
            (n, value(state.values, message, choices, state.contents, ())) for n, value in self.updates
        ]
        return Intent(choices, tuple(done), tuple(updates))

    def carry_out(self, state: State, position: int | None, intent: Intent) -> Outcome | None:
        """What an intent leads to; None if a full channel blocks it."""
        contents = self._take_segment(state.contents, position)
        if contents is None:
            return None
        step = Step(self.index, position, intent.choices)
        for effect, segment in intent.effects:
            if isinstance(effect, Check):
                return Erring(step, effect.error, effect)
            channel = effect.channel
            after = put(self.channels[channel], contents[channel], segment)
            if after is not None:
                contents = replace(contents, channel, after)
                continue
            match self.channels[channel].overflow:
                case "error":
                    return Erring(step, ErrorKind.OVERFLOW, self._overflow(channel, effect))
                case "block":
                    return None
                case "drop":
                    pass
        values = list(state.values)
        for variable, value in intent.updates:
            values[variable] = value
        return Successor(step, State(tuple(values), contents))

    def _overflow(self, channel: int, send: Send) -> Check:
        c = self.channels[channel]
        return Check(
            send.when, ErrorKind.OVERFLOW, f"channel {c.name} is full ({c.capacity} segments)", send.span
        )

    def _segment(
        self,
        send: Send,
        fields: tuple[Evaluator, ...],
        state: State,
        choices: tuple[Value, ...],
        message: Message,
    ) -> Message:
        values = tuple([f(state.values, message, choices, state.contents, ()) for f in fields])
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
            (effect, self._segment(effect, fields, state, step.choices, message))
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
