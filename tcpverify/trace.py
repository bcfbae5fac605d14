"""Traces: a schedule replayed by the interpreter, state by state, with what there is to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tcpverify.ir.evaluate import Message
from tcpverify.ir.fairness import Fairness, Thing
from tcpverify.ir.interpret import Erring, Interpreter, Predicate, Successor
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
    loop: int | None = None
    """Of a lasso: how many steps lead to its loop, which is done for ever after; if no step is left, the
    run stays in the last state for ever."""

    def __len__(self) -> int:
        return len(self.steps)

    def __bool__(self) -> bool:
        """A trace of no steps is a trace."""
        return True

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.initial, tuple(s.step for s in self.steps), self.loop)

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
    trace = Trace(system, schedule.initial, tuple(steps), schedule.loop)
    if trace.loop is not None and not _closes(trace):
        raise NotARun("the loop does not come back to where it begins")
    return trace


def _closes(trace: Trace) -> bool:
    """Whether the last state of a lasso is the one in which its loop begins."""
    states = trace.states
    return trace.loop is not None and len(states) > len(trace) and states[trace.loop] == states[-1]


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
    if prop.kind is PropertyKind.RESPONSE:
        return _never_answered(interpreter, prop, trace)
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
        case PropertyKind.TRAP_FREE:
            return _cannot_reach(interpreter, prop, final)
        case PropertyKind.STEP:
            holds = interpreter.step_predicate(prop.formula, prop.events)
            return last is not None and not holds(last.before, final, last.step)
        case _:
            return False


def _never_answered(interpreter: Interpreter, prop: Property, trace: Trace) -> bool:
    """Whether a trace asks and is not answered: by a fair lasso, or because `hold` ends before."""
    if len(trace.states) <= len(trace) or open_since(interpreter, prop, trace) is None:
        return False
    if trace.loop is None:
        return not interpreter.predicate(prop.hold)(trace.states[-1])
    return is_fair(interpreter, prop, trace)


def open_since(interpreter: Interpreter, prop: Property, trace: Trace) -> int | None:
    """After how many steps a trace first asks for what a response promises and it does not come any more;
    None if it comes each time."""
    asks = None if prop.antecedent is None else interpreter.predicate(prop.antecedent)
    return _open_since(trace.states, trace.loop, asks, interpreter.predicate(prop.formula))


def _open_since(
    states: Sequence[State], loop: int | None, asks: Predicate | None, answers: Predicate
) -> int | None:
    """The first state that asks and is not answered by any state after it; the states of a loop come after
    each of its states. None if there is none."""
    last = max((i for i, state in enumerate(states) if answers(state)), default=-1)
    if loop is not None and last >= loop:
        return None
    if asks is None:
        return 0 if last < 0 else None
    return next((i for i in range(last + 1, len(states)) if asks(states[i])), None)


def is_fair(interpreter: Interpreter, prop: Property, trace: Trace) -> bool:
    """Whether the run of a lasso is fair in the sense of a property."""
    return not left_out(interpreter, prop, trace)


def left_out(interpreter: Interpreter, prop: Property, trace: Trace) -> list[Thing]:
    """What a lasso leaves out although fairness asks for it: possible in every state of the loop (strongly:
    in one) and never done."""
    if trace.loop is None:
        return []
    fairness = Fairness(interpreter, prop.fairness)
    round_trip = trace.steps[trace.loop :]
    states = [s.before for s in round_trip] or [trace.states[-1]]
    done = {thing for s in round_trip for thing in fairness.done(s.before, s.step)}
    possible = [fairness.possible(state, interpreter.outcomes(state)) for state in states]
    strong = {thing for here in possible for thing, strongly in here.items() if strongly}
    always = set(possible[0]).intersection(*possible[1:])
    return sorted((always | strong) - done)


def _cannot_reach(interpreter: Interpreter, prop: Property, state: State) -> bool:
    """Whether no state with `formula` can be reached from a state, itself included."""
    goal = interpreter.predicate(prop.formula)
    seen, todo = {state}, [state]
    while todo:
        here = todo.pop()
        if goal(here):
            return False
        for outcome in interpreter.outcomes(here):
            if isinstance(outcome, Successor) and outcome.state not in seen:
                seen.add(outcome.state)
                todo.append(outcome.state)
    return True


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
