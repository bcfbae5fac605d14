"""What a fair run is: which things may not wait for ever, where each is possible, which step does it.

A run goes on for ever or stays in a state for ever. It is fair if nothing that fairness speaks of is left
out: weakly, what is possible at all times from some point on is done again and again; strongly, what is
possible again and again is. Faults are never forced.

In a timed system time does not stop: where a timer with a duration runs or a segment ages, ticks come
again and again, and what is due at zero happens. So a cycle without a tick while time has work to do, which
no clock can follow, is no fair run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from tcpverify.ir.evaluate import Message
from tcpverify.ir.interpret import Interpreter, Outcome, Successor
from tcpverify.ir.system import Action, ActionKind, Fair, State, Step
from tcpverify.ir.time import busy

Thing: TypeAlias = tuple[str, str, str, Message]
"""What may not wait: the word for it (`delivery`, `timers`, `calls`, `steps`, `due`, `time`), the channel or
endpoint, the timer, call or step, the segment."""

TIME: Thing = ("time", "", "", ())

KINDS = {
    ActionKind.RECEIVE: "delivery",
    ActionKind.TIMEOUT: "timers",
    ActionKind.EXHAUSTED: "timers",
    ActionKind.CALL: "calls",
    ActionKind.STEP: "steps",
}


class Fairness:
    """The fairness that a property asks for, in one system."""

    def __init__(self, interpreter: Interpreter, terms: Sequence[Fair]) -> None:
        self._interpreter = interpreter
        self.system = interpreter.system
        self._timed = self.system.timed
        self._busy = interpreter.predicate(busy(self.system))
        self._terms = [self._term(action, terms) for action in self.system.actions]
        self._clocked = {(t.endpoint, t.label) for t in self.system.timers if t.clock is not None}

    def _term(self, action: Action, terms: Sequence[Fair]) -> bool | None:
        """Whether an action is weakly (False) or strongly (True) fair; None: it is not."""
        strengths = [t.strong for t in terms if speaks_of(t, action)]
        return any(strengths) if strengths else None

    def done(self, state: State, step: Step) -> dict[Thing, bool]:
        """What a step does of what may not wait, each with whether strongly."""
        return self.does(step.action, self._interpreter.message_of(state, step) or ())

    def does(self, number: int, message: Message) -> dict[Thing, bool]:
        """The same of the action with a number, when it takes a segment (empty: none)."""
        action = self.system.actions[number]
        found: dict[Thing, bool] = {}
        strength = self._terms[number]
        if strength is not None:
            found[self._thing(KINDS[action.kind], action, message)] = strength
        if self._timed and self._due(action, message):
            found[self._thing("due", action, message)] = False
        if self._timed and action.kind is ActionKind.TICK:
            found[TIME] = False
        return found

    def possible(self, state: State, outcomes: Iterable[Outcome]) -> dict[Thing, bool]:
        """All that may not wait in a state, given what its steps lead to, each with whether strongly."""
        found: dict[Thing, bool] = {}
        for outcome in outcomes:
            if isinstance(outcome, Successor):
                found.update(self.done(state, outcome.step))
        if self._timed and self._busy(state):
            found[TIME] = False
        return found

    def _due(self, action: Action, message: Message) -> bool:
        """Whether an action settles an instant: a segment at the end of its life, a timer at zero."""
        if action.kind in (ActionKind.RECEIVE, ActionKind.EXPIRE) and action.channel is not None:
            ages = self.system.channels[action.channel].lifetime is not None
            return ages and message[-1] == 0
        return (action.endpoint, action.subject) in self._clocked and KINDS.get(action.kind) == "timers"

    def _thing(self, word: str, action: Action, message: Message) -> Thing:
        if action.channel is not None:
            return word, self.system.channels[action.channel].name, "", message
        return word, action.endpoint or "", action.subject, ()


def speaks_of(term: Fair, action: Action) -> bool:
    """Whether a term of fairness is about an action."""
    if KINDS.get(action.kind) != term.kind:
        return False
    if term.kind == "delivery":
        return term.channel is None or term.channel == action.channel
    return term.endpoint in (None, action.endpoint) and term.subject in (None, action.subject)
