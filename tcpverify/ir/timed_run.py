"""What a run of a parametric system is: the reference that every run found is held against."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tcpverify.ir.evaluate import Message, compile_expr
from tcpverify.ir.expr import Var
from tcpverify.ir.interpret import Interpreter, Successor, positions
from tcpverify.ir.parametric import Parametric, Waits, leaves
from tcpverify.ir.system import ActionKind, State, Step
from tcpverify.records import record


class Impossible(Exception):
    """A run that the system does not have; the argument says why."""


@record
class Timing:
    """When timers (by index) last began to wait, and segments (by channel and content) were last sent."""

    began: dict[int, Fraction]
    sent: dict[tuple[int, Message], Fraction]


class Clockwork:
    """A parametric system with values of its parameters, run step by step."""

    def __init__(self, system: Parametric, values: Sequence[Fraction]) -> None:
        if any(v <= 0 for v in values):
            raise Impossible("a duration is not positive")
        self.system, self._values = system, values
        self._interpreter = Interpreter(system.system)

    def start(self, state: State) -> Timing:
        """The times at the start, from an initial state."""
        if not self._interpreter.is_initial(state):
            raise Impossible("it does not begin in an initial state")
        sent = {(c, m): Fraction(0) for c, segments in enumerate(state.contents) for m in segments}
        return Timing({w.timer: Fraction(0) for w in self.system.timers}, sent)

    def step(self, state: State, timing: Timing, now: Fraction, step: Step) -> tuple[State, Timing]:
        """A step at a time that is not before the last one. Raises Impossible."""
        action = self.system.system.actions[step.action]
        message = self._interpreter.message_of(state, step)
        for w in self.system.timers:
            timer = self.system.system.timers[w.timer]
            fires = (action.endpoint, action.subject) == (timer.endpoint, timer.label) and action.kind in (
                ActionKind.TIMEOUT, ActionKind.EXHAUSTED)  # fmt: skip
            due = self._due(state, timing, w)
            if due is not None and now > due:
                raise Impossible(f"at {now} {timer.name} was to fire at {due}")
            if fires and now != due:
                raise Impossible(f"{timer.name} fires at {now}, not when it is due")
        if action.channel is not None and message is not None:
            lifetime = self.system.lifetimes[action.channel]
            if lifetime is not None and now >= timing.sent[action.channel, message] + lifetime.at(
                self._values
            ):
                raise Impossible(f"a segment is received at {now} that is gone by then")
        outcome = self._interpreter.take(state, step)
        if not isinstance(outcome, Successor):
            raise Impossible(f"at {now} this is not possible: {action.name}")
        return outcome.state, self._timing(state, timing, now, step, message)

    def alarms(self, state: State, timing: Timing) -> list[Fraction]:
        """When the timers that run fire."""
        dues = (self._due(state, timing, w) for w in self.system.timers)
        return [due for due in dues if due is not None]

    def _due(self, state: State, timing: Timing, waits: Waits) -> Fraction | None:
        """When a timer fires; None if it does not run."""
        phase = state.values[self.system.system.timers[waits.timer].variable]
        if not phase:
            return None
        return timing.began[waits.timer] + waits.waits[min(phase, len(waits.waits)) - 1].at(self._values)

    def _timing(
        self, state: State, timing: Timing, now: Fraction, step: Step, message: Message | None
    ) -> Timing:
        """The times after a step."""
        action = self.system.system.actions[step.action]
        table = positions(self.system.system, action.choices)
        began = dict(timing.began)
        for w in self.system.timers:
            name = self.system.system.variables[w.began].name
            for update in (u for u in action.updates if u.variable == w.began):
                for condition, leaf in leaves(update.value):
                    holds = compile_expr(condition, table)
                    kept = isinstance(leaf, Var) and leaf.name == name
                    if not kept and holds(state.values, message or (), step.choices, state.contents, ()):
                        began[w.timer] = now
        sent = dict(timing.sent)
        for send, segment in self._interpreter.sent(state, step):
            sent[send.channel, segment] = now
        return Timing(began, sent)
