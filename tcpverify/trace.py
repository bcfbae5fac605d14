"""Traces: a schedule replayed by the interpreter, state by state, with what there is to draw."""

from __future__ import annotations

from dataclasses import dataclass

from tcpverify.ir.evaluate import Message
from tcpverify.ir.interpret import Erring, Interpreter, Successor
from tcpverify.ir.system import (
    Action,
    Channel,
    Check,
    Property,
    PropertyKind,
    Schedule,
    Send,
    Signal,
    State,
    Step,
    System,
)


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step: `before` it, what it took, sent and signalled, and either `after` or an `error`.

    `sent` pairs each segment with its channel and whether it fitted in.
    """

    number: int
    step: Step
    action: Action
    before: State
    message: Message | None
    sent: tuple[tuple[Channel, Message, bool], ...]
    signals: tuple[Signal, ...]
    after: State | None
    error: Check | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A path of a system from an initial state; its length is its number of steps."""

    system: System
    initial: State
    steps: tuple[TraceStep, ...]

    def __len__(self) -> int:
        return len(self.steps)

    def __bool__(self) -> bool:
        """A trace of no steps is a trace."""
        return True

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.initial, tuple(s.step for s in self.steps))

    @property
    def states(self) -> tuple[State, ...]:
        """The initial state and the state after each step without error."""
        return (self.initial, *(s.after for s in self.steps if s.after is not None))

    @property
    def faults(self) -> int:
        return sum(s.action.is_fault for s in self.steps)


class NotARun(Exception):
    """A schedule that the interpreter cannot follow: an engine's fault."""


def replay(interpreter: Interpreter, schedule: Schedule) -> Trace:
    """The trace of a schedule.

    Raises NotARun if it does not start in an initial state, if a step is not enabled, or if a step
    before the last ends in an error.
    """
    system = interpreter.system
    state: State | None = schedule.initial
    if not _is_initial(system, schedule.initial):
        raise NotARun("the first state is not an initial state")
    steps: list[TraceStep] = []
    for number, step in enumerate(schedule.steps, 1):
        if state is None:
            raise NotARun(f"step {number - 1} ended in an error, yet a step follows")
        outcome = interpreter.take(state, step)
        if outcome is None:
            raise NotARun(f"step {number} ({system.actions[step.action].name}) is not enabled")
        steps.append(_trace_step(interpreter, number, state, outcome))
        state = outcome.state if isinstance(outcome, Successor) else None
    return Trace(system, schedule.initial, tuple(steps))


def _is_initial(system: System, state: State) -> bool:
    return state.contents == system.initial.contents and all(
        value in alternatives for value, alternatives in zip(state.values, system.initial.values, strict=True)
    )


def _trace_step(
    interpreter: Interpreter, number: int, before: State, outcome: Successor | Erring
) -> TraceStep:
    system, step = interpreter.system, outcome.step
    action = system.actions[step.action]
    return TraceStep(
        number=number,
        step=step,
        action=action,
        before=before,
        message=interpreter.message_of(before, step),
        sent=_fitting(system, action, before, interpreter.sent(before, step)),
        signals=tuple(interpreter.signals(before, step)),
        after=outcome.state if isinstance(outcome, Successor) else None,
        error=outcome.check if isinstance(outcome, Erring) else None,
    )


def _fitting(
    system: System, action: Action, before: State, sent: list[tuple[Send, Message]]
) -> tuple[tuple[Channel, Message, bool], ...]:
    """Each sent segment with its channel, and whether there was room for it."""
    used = [len(c) for c in before.contents]
    if action.channel is not None and not action.is_fault:
        used[action.channel] -= 1
    rows = []
    for send, message in sent:
        channel = system.channels[send.channel]
        fits = channel.capacity is None or used[send.channel] < channel.capacity
        used[send.channel] += fits
        rows.append((channel, message, fits))
    return tuple(rows)


def confirm(interpreter: Interpreter, prop: Property, schedule: Schedule) -> Trace:
    """Replay an engine's schedule and see for ourselves that it shows what the engine says.

    Raises NotARun if it does not.
    """
    trace = replay(interpreter, schedule)
    if not shows(interpreter, prop, trace):
        raise NotARun(f"the trace does not show that {prop.name} is decided")
    return trace


def shows(interpreter: Interpreter, prop: Property, trace: Trace) -> bool:
    """Whether a trace is a counterexample (for `reachable`: a witness) of a property."""
    last = trace.steps[-1] if trace.steps else None
    if prop.kind is PropertyKind.NO_ERROR:
        return last is not None and last.error is not None and last.error.error is prop.error
    if last is not None and last.error is not None:
        return False
    final = trace.states[-1]
    match prop.kind:
        case PropertyKind.INVARIANT:
            return not interpreter.predicate(prop.formula)(final)
        case PropertyKind.REACHABLE:
            return interpreter.predicate(prop.formula)(final)
        case PropertyKind.DEADLOCK_FREE:
            stuck = not any(isinstance(o, Successor) for o in interpreter.outcomes(final))
            return stuck and not interpreter.predicate(prop.formula)(final)
        case PropertyKind.STEP:
            return last is not None and not interpreter.step_predicate(prop.formula)(last.before, final)
        case _:
            return False
