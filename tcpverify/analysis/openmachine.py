"""One endpoint of a system alone, as an open machine: what it answers to segments, calls and timers.

The steps are those of the reference interpreter; nothing else moves, and what is sent leaves at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import TRUE, Const, Sort, Value, bounds, cardinality, values_of
from tcpverify.ir.interpret import Erring, Interpreter, Outcome, Successor
from tcpverify.ir.system import (
    Action,
    ActionKind,
    Choice,
    Order,
    Schedule,
    Send,
    Signal,
    State,
    Step,
    System,
    VariableKind,
)
from tcpverify.records import record
from tcpverify.trace import Trace, replay

FEW = 4
"""Of a type with more values not every one is tried unless that is asked for."""

Fields: TypeAlias = tuple[tuple[str, Value], ...]


@record
class Arrival:
    """A segment comes: its kind and fields (no ghost data), by name."""

    kind: str
    fields: Fields


@record
class Happening:
    """A call, a timer that fires, an internal step, or a tick."""

    kind: ActionKind
    subject: str
    arguments: Fields = ()


Input: TypeAlias = Arrival | Happening


@record
class Sent:
    """A segment that goes out."""

    kind: str
    fields: Fields


TAKEN, REFUSED = "", "refuses the call"
"""How an input ends, beside the errors: it is taken (perhaps nothing is done), or the call is not offered."""


@record
class Seen:
    """What an input leads to, seen from outside: how it ends, what is sent, what the user is told."""

    end: str
    sent: tuple[Sent, ...]
    signals: tuple[str, ...]


NOTHING = Seen(TAKEN, (), ())


@record
class Response:
    """One way to answer an input. `step` None: nothing happens; `after` None: the machine ends in an error,
    or does not take part."""

    seen: Seen
    after: State | None
    step: Step | None


class NotOpen(Exception):
    """An endpoint that cannot stand alone; the text says why."""


class OpenMachine:
    """An endpoint that is given inputs. `names` maps names of the spec to those used outside, which are
    those of inputs and answers; `parameters` has those of each call."""

    def __init__(
        self, system: System, endpoint: str, parameters: Mapping[str, Iterable[str]], names: Mapping[str, str]
    ) -> None:
        self.endpoint = system.endpoint(endpoint)
        arriving = [i for i, c in enumerate(system.channels) if c.target == endpoint]
        leaving = [i for i, c in enumerate(system.channels) if c.source == endpoint]
        if len(arriving) > 1 or len(leaving) > 1:
            raise NotOpen(f"`{endpoint}` has more than one link")
        self.arriving = arriving[0] if arriving else None
        self.leaving = leaving[0] if leaving else None
        self.names = names
        self.parameters = {name: frozenset(given) for name, given in parameters.items()}
        self.system, self.narrowed = _opened(system, endpoint)
        receives = [i for i, a in enumerate(self.system.actions) if a.kind is ActionKind.RECEIVE]
        others = [i for i, a in enumerate(self.system.actions) if a.kind is not ActionKind.RECEIVE]
        self._places = {True: receives, False: others}
        self._interpreters = {
            arrival: Interpreter(replace(self.system, actions=tuple(self.system.actions[i] for i in own)))
            for arrival, own in self._places.items()
        }
        self.kinds = {self.named(kind.name): number for number, kind in enumerate(system.messages)}
        self._messages: dict[Arrival, Message] = {}
        self._known: dict[tuple[State, Message], tuple[Response, ...]] = {}
        self._happening: dict[State, dict[Happening, list[Response]]] = {}

    def named(self, name: str) -> str:
        """What a name of the spec is called outside."""
        return self.names.get(name, name)

    def initial(self) -> list[State]:
        """Where it starts."""
        return list(self._interpreters[True].initial())

    def state(self, state: State) -> str:
        """The state that the endpoint is in, by its outside name."""
        return self.named(self.endpoint.states[state.values[self.endpoint.control]])

    def fields(self, kind: str) -> dict[str, Sort]:
        """The fields of a kind of segments, ghost data left out."""
        own = self.system.messages[self.kinds[kind]].fields
        return {self.named(f.name): f.sort for f in own if not f.ghost}

    def flags(self, kind: str) -> list[str]:
        """The fields of a kind that are flags."""
        own = self.system.messages[self.kinds[kind]].fields
        return [self.named(f.name) for f in own if f.flag]

    def events(self) -> set[tuple[ActionKind, str]]:
        """The calls, firings and steps that the endpoint has."""
        own = (a for a in self.system.actions if a.kind not in (ActionKind.RECEIVE, ActionKind.TICK))
        return {(a.kind, self.named(a.subject)) for a in own}

    def signals(self) -> set[str]:
        """What it may tell its user."""
        effects = (e for a in self.system.actions for e in a.effects)
        return {self.named(e.name) for e in effects if isinstance(e, Signal) and e.word == "notify"}

    def numbers(self, state: State, sort: Sort) -> set[Value]:
        """The numbers of a type that the endpoint holds."""
        return {
            value
            for variable, value in zip(self.system.variables, state.values, strict=True)
            if variable.kind is VariableKind.DATA
            and variable.endpoint == self.endpoint.name
            and variable.sort == sort
        }

    def message(self, arrival: Arrival) -> Message:
        """A segment as the system has it; fields that are not given have their first value."""
        if arrival not in self._messages:
            self._messages[arrival] = self._message(arrival)
        return self._messages[arrival]

    def _message(self, arrival: Arrival) -> Message:
        number = self.kinds[arrival.kind]
        given = dict(arrival.fields)
        kind = self.system.messages[number]
        values = tuple(
            bounds(f.sort)[0] if f.ghost else given.get(self.named(f.name), bounds(f.sort)[0])
            for f in kind.fields
        )
        age = self.system.segments_age
        padding = (0,) * (self.system.width - age - 1 - len(values))
        lifetime = self.system.channels[self.arriving or 0].lifetime or 0
        return (number, *values, *padding, *((lifetime,) if age else ()))

    def happenings(self, state: State) -> Iterable[Happening]:
        """What can happen in a state beside arrivals, in canonical order."""
        return self._steps(state)

    def respond(self, state: State, given: Input) -> tuple[Response, ...]:
        """Every way to answer an input. What does not happen here by itself leaves all as it is."""
        match given:
            case Arrival():
                return self._arrive(state, self.message(given))
            case Happening(kind):
                found = self._steps(state).get(given)
                if found is not None:
                    return tuple(found)
                if kind is ActionKind.CALL:
                    return (Response(Seen(REFUSED, (), ()), state, None),)
                if kind is ActionKind.TICK and self._due(state):
                    return (Response(Seen("has a timer that is due", (), ()), None, None),)
                return (Response(NOTHING, state, None),)

    def _due(self, state: State) -> bool:
        timed = {self.named(t.label) for t in self.system.timers if t.clock is not None}
        firing = (ActionKind.TIMEOUT, ActionKind.EXHAUSTED)
        return any(h.kind in firing and h.subject in timed for h in self._steps(state))

    def _arrive(self, state: State, message: Message) -> tuple[Response, ...]:
        if (state, message) not in self._known:
            assert self.arriving is not None
            contents = tuple((message,) if i == self.arriving else () for i in range(len(state.contents)))
            there = State(state.values, contents)
            found = [self._response(there, o, True) for o in self._interpreters[True].outcomes(there)]
            self._known[state, message] = tuple(found) or (Response(NOTHING, state, None),)
        return self._known[state, message]

    def _steps(self, state: State) -> dict[Happening, list[Response]]:
        if state not in self._happening:
            found: dict[Happening, list[Response]] = {}
            for outcome in self._interpreters[False].outcomes(state):
                response = self._response(state, outcome, False)
                assert response.step is not None
                found.setdefault(self._label(response.step), []).append(response)
            self._happening[state] = found
        return self._happening[state]

    def _label(self, step: Step) -> Happening:
        action = self.system.actions[step.action]
        own = self.parameters.get(action.subject, frozenset()) if action.kind is ActionKind.CALL else ()
        chosen = zip(action.choices, step.choices, strict=True)
        arguments = tuple((c.label, v) for c, v in chosen if _is_argument(c, own))
        return Happening(action.kind, self.named(action.subject), arguments)

    def _response(self, state: State, outcome: Outcome, arrival: bool) -> Response:
        step = outcome.step._replace(action=self._places[arrival][outcome.step.action])
        if isinstance(outcome, Erring):
            return Response(Seen(f"errs: {outcome.check.message}", (), ()), None, step)
        interpreter = self._interpreters[arrival]
        sent = tuple(self._sent(m) for _, m in interpreter.sent(state, outcome.step))
        told = interpreter.signals(state, outcome.step)
        signals = tuple(self.named(s.name) for s in told if s.word == "notify")
        empty = State(outcome.state.values, ((),) * len(state.contents))
        return Response(Seen(TAKEN, sent, signals), empty, step)

    def _sent(self, message: Message) -> Sent:
        kind = self.system.messages[message[0]]
        values = zip(kind.fields, message[1:], strict=False)
        return Sent(self.named(kind.name), tuple((self.named(f.name), v) for f, v in values if not f.ghost))

    def cites(self, step: Step | None) -> tuple[str, ...]:
        """The citations of the handler that takes a step."""
        return () if step is None else self.system.actions[step.action].cites

    def reached(self) -> set[str]:
        """What is cited by the handlers that have answered an input so far."""
        answers = [*self._known.values(), *(r for steps in self._happening.values() for r in steps.values())]
        return {cite for responses in answers for r in responses for cite in self.cites(r.step)}

    def trace(self, initial: State, run: Iterable[tuple[Input, Step | None]]) -> Trace:
        """A run as a trace: its peer sends what arrives, and takes what is sent. Raises NotARun if the
        interpreter cannot follow it."""
        return _Stage(self).play(initial, run)


def _is_argument(choice: Choice, parameters: Iterable[str]) -> bool:
    return choice.label.split(".")[0] in parameters


def _opened(system: System, endpoint: str) -> tuple[System, tuple[str, ...]]:
    """The system with the endpoint's own steps and ticks only, channels with room for anything, and nothing
    in flight; and the choices that were narrowed: of many values the first is taken."""
    narrowed: dict[str, None] = {}

    def few(choice: Choice) -> Choice:
        values = values_of(choice.sort) if choice.values is None else choice.values
        if len(values) <= FEW:
            return choice
        narrowed[choice.label] = None
        return replace(choice, values=tuple(values[:1]))

    own = [a for a in system.actions if a.endpoint == endpoint and a.adversary is None and not a.is_fault]
    ticks = [a for a in system.actions if a.kind is ActionKind.TICK]
    actions = tuple(replace(a, choices=tuple(map(few, a.choices))) for a in [*own, *ticks])
    channels = tuple(replace(c, capacity=None, order=Order.BAG, memory=False) for c in system.channels)
    initial = replace(system.initial, contents=((),) * len(channels))
    opened = replace(system, channels=channels, actions=actions, initial=initial)
    return opened, tuple(narrowed)


class _Stage:
    """A run of an open machine played in the interpreter, with a peer that sends and receives."""

    def __init__(self, machine: OpenMachine) -> None:
        self.machine = machine
        self.actions = list(machine.system.actions)
        self.sends: dict[Message, int] = {}

    def play(self, initial: State, run: Iterable[tuple[Input, Step | None]]) -> Trace:
        """The trace of a run."""
        plan = list(run)
        for given, _ in plan:
            if isinstance(given, Arrival):
                message = self.machine.message(given)
                if message not in self.sends:
                    self.sends[message] = len(self.actions)
                    self.actions.append(self._sending(message))
        taking = len(self.actions)
        if self.machine.leaving is not None:
            self.actions.append(self._taking(self.machine.leaving))
        interpreter = Interpreter(replace(self.machine.system, actions=tuple(self.actions)))
        steps = list(self._steps(interpreter, initial, plan, taking))
        return replay(interpreter, Schedule(initial, tuple(steps)))

    def _steps(
        self, interpreter: Interpreter, state: State, plan: list[tuple[Input, Step | None]], taking: int
    ) -> Iterator[Step]:
        for given, step in plan:
            message = self.machine.message(given) if isinstance(given, Arrival) else None
            if message is not None:
                yield (sending := Step(self.sends[message], None, ()))
                state = _after(interpreter, state, sending)
            if step is None:
                continue
            if message is not None:
                step = step._replace(position=state.contents[self.machine.arriving or 0].index(message))
            yield step
            outcome = interpreter.take(state, step)
            if not isinstance(outcome, Successor):
                return
            state = outcome.state
            while self.machine.leaving is not None and state.contents[self.machine.leaving]:
                yield (take := Step(taking, 0, ()))
                state = _after(interpreter, state, take)

    def _sending(self, message: Message) -> Action:
        system, channel = self.machine.system, self.machine.arriving or 0
        kind = system.messages[message[0]]
        fields = tuple(Const(v, f.sort) for f, v in zip(kind.fields, message[1:], strict=False))
        send = Send(channel, message[0], fields, TRUE, None)
        return self._peer(ActionKind.STEP, system.channels[channel].source, None, (send,))

    def _taking(self, channel: int) -> Action:
        return self._peer(ActionKind.RECEIVE, self.machine.system.channels[channel].target, channel, ())

    def _peer(self, kind: ActionKind, peer: str, channel: int | None, effects: tuple[Send, ...]) -> Action:
        return Action(
            name=f"{peer}: {kind.value}", kind=kind, endpoint=peer, subject="send", channel=channel,
            location=None, choices=(), guard=TRUE, updates=(), effects=effects, to_tail=False, span=None,
            cites=(),
        )  # fmt: skip


def _after(interpreter: Interpreter, state: State, step: Step) -> State:
    outcome = interpreter.take(state, step)
    assert isinstance(outcome, Successor)
    return outcome.state


def few_values(sort: Sort, near: Iterable[Value]) -> tuple[Value, ...]:
    """All values of a small type; else some numbers of it and those beside them."""
    if cardinality(sort) <= FEW:
        return tuple(values_of(sort))
    lo, hi = bounds(sort)
    size = hi - lo + 1
    around = {lo + (v + d - lo) % size for v in near for d in (-1, 0, 1)}
    return tuple(sorted(around or {lo}))
