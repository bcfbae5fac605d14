"""Traces: a schedule replayed by the interpreter, state by state, with what there is to draw."""

from __future__ import annotations

from dataclasses import replace

from tcpverify.ir.evaluate import Message
from tcpverify.ir.interpret import Erring, Interpreter, Successor
from tcpverify.ir.system import (
    Action,
    ActionKind,
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
from tcpverify.records import record


@record
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


@record
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
    if not interpreter.is_initial(schedule.initial):
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


def extended(interpreter: Interpreter, trace: Trace, step: Step) -> Trace:
    """A trace with one more step. Raises NotARun if the step is not enabled at its end."""
    state = trace.states[-1]
    ended = bool(trace.steps) and trace.steps[-1].error is not None
    outcome = None if ended else interpreter.take(state, step)
    if outcome is None:
        raise NotARun("the step is not enabled here")
    return replace(trace, steps=(*trace.steps, _trace_step(interpreter, len(trace) + 1, state, outcome)))


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
        if channel.memory:
            continue
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
        case PropertyKind.SETTLES:
            return _stays_due(interpreter, prop, final)
        case PropertyKind.STEP:
            holds = interpreter.step_predicate(prop.formula, prop.events)
            return last is not None and not holds(last.before, final, last.step)
        case _:
            return False


def _stays_due(interpreter: Interpreter, prop: Property, state: State) -> bool:
    """Whether `formula` stays true whatever is done before the next tick."""
    due, actions = interpreter.predicate(prop.formula), interpreter.system.actions
    seen, todo = {state}, [state]
    while todo:
        here = todo.pop()
        if not due(here):
            return False
        for outcome in interpreter.outcomes(here):
            ticks = actions[outcome.step.action].kind is ActionKind.TICK
            if isinstance(outcome, Successor) and not ticks and outcome.state not in seen:
                seen.add(outcome.state)
                todo.append(outcome.state)
    return True
