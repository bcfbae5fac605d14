"""Runs of a system with durations: values for these and a time for each step, replayed by `ir/timed_run`."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import islice
from typing import Any

from tcpverify.certify.folder import Refused
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.parametric import Parametric
from tcpverify.ir.system import State, Step
from tcpverify.ir.timed_run import Clockwork, Impossible, Timing
from tcpverify.records import record
from tcpverify.smtlib.timed import Rule, Timed

WALKS, LONGEST_WALK, STARTS = 60, 24, 4
DURATIONS = (1, 2, 3, 5, 8)
"""What a duration may be in a walk."""

LATER = (Fraction(0), Fraction(1, 2), Fraction(1))
"""How long a walk may wait, unless for a timer."""

TimedStep = tuple[Fraction, int, tuple[int, ...]]
"""The time, the rule (by number), and what it chooses."""


@record
class TimedRun:
    """Values of the parameters, the initial state (by its number), and the steps."""

    parameters: tuple[Fraction, ...]
    start: int
    steps: tuple[TimedStep, ...]

    @property
    def rules(self) -> tuple[int, ...]:
        return tuple(rule for _, rule, _ in self.steps)


@record
class Moment:
    """A state of a run: the values, the times that matter, and when it is."""

    state: State
    timing: Timing
    now: Fraction


# --- As files ----------------------------------------------------------------------------------------


def run_text(system: Parametric, text: Timed, run: TimedRun) -> str:
    """A run as JSON; rules are told by number and name."""
    steps = [
        {"time": str(at), "rule": rule, "name": text.rules[rule].name, "choices": list(choices)}
        for at, rule, choices in run.steps
    ]
    values = {name: str(value) for name, value in zip(system.parameters, run.parameters, strict=True)}
    return json.dumps({"parameters": values, "start": run.start, "steps": steps}, indent=1) + "\n"


def read_run(system: Parametric, text: Timed, stored: str) -> TimedRun:
    """A run from its file. Raises Refused."""
    try:
        document: Any = json.loads(stored)
        values = tuple(Fraction(document["parameters"][name]) for name in system.parameters)
        steps = tuple(
            (Fraction(s["time"]), int(s["rule"]), tuple(int(c) for c in s["choices"]))
            for s in document["steps"]
        )
        run = TimedRun(values, int(document["start"]), steps)
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        raise Refused("a run cannot be read") from None
    if run.start < 0 or any(not 0 <= rule < len(text.rules) for rule in run.rules):
        raise Refused("a run takes rules that are not there")
    return run


# --- Replayed ----------------------------------------------------------------------------------------


def replayed(system: Parametric, text: Timed, run: TimedRun) -> list[Moment]:
    """The moments of a run, one more than it has steps. Raises Refused if the system has no such run."""
    try:
        clockwork = Clockwork(system, run.parameters)
        state = next(islice(Interpreter(system.system).initial(), run.start, None), None)
        if state is None:
            raise Refused("a run begins in no initial state")
        moments = [Moment(state, clockwork.start(state), Fraction(0))]
        for at, rule, choices in run.steps:
            moments.append(stepped(clockwork, text.rules[rule], moments[-1], at, choices))
    except Impossible as problem:
        raise Refused(f"a run cannot be followed: {problem}") from None
    return moments


def stepped(
    clockwork: Clockwork, rule: Rule, moment: Moment, at: Fraction, choices: tuple[int, ...]
) -> Moment:
    """What follows by a rule at a time. Raises Impossible."""
    if at < moment.now:
        raise Impossible("time goes back")
    channel = clockwork.system.system.actions[rule.action].channel
    position = None
    if channel is not None and rule.message is not None:
        if rule.message not in moment.state.contents[channel]:
            raise Impossible("a segment is received that was never sent")
        position = moment.state.contents[channel].index(rule.message)
    state, timing = clockwork.step(moment.state, moment.timing, at, Step(rule.action, position, choices))
    return Moment(state, timing, at)


# --- Looking for runs --------------------------------------------------------------------------------


def walks(system: Parametric, text: Timed) -> list[TimedRun]:
    """Runs at random from a fixed seed that together take all rules that were found possible."""
    walker = _Walker(system, text)
    found = []
    for _ in range(WALKS):
        run = walker.walk()
        if run is not None:
            found.append(run)
        if len(walker.seen) == len(text.rules):
            break
    return found


class _Walker:
    def __init__(self, system: Parametric, text: Timed) -> None:
        self._system, self._text = system, text
        self._interpreter, self._rng = Interpreter(system.system), random.Random(1)
        self._numbers = {(r.action, r.message): n for n, r in enumerate(text.rules)}
        self._starts = list(islice(self._interpreter.initial(), STARTS))
        self.seen = set[int]()

    def walk(self) -> TimedRun | None:
        """A run up to the last rule in it that no run before took; None if there is none."""
        values = tuple(Fraction(self._rng.choice(DURATIONS)) for _ in self._system.parameters)
        clockwork, start = Clockwork(self._system, values), self._rng.randrange(len(self._starts))
        first = self._starts[start]
        moment = Moment(first, clockwork.start(first), Fraction(0))
        steps: list[TimedStep] = []
        new = 0
        while len(steps) < LONGEST_WALK and (taken := self._step(clockwork, moment)) is not None:
            step, moment = taken
            steps.append(step)
            if step[1] not in self.seen:
                self.seen.add(step[1])
                new = len(steps)
        return TimedRun(values, start, tuple(steps[:new])) if new else None

    def _step(self, clockwork: Clockwork, moment: Moment) -> tuple[TimedStep, Moment] | None:
        """A step that is possible, by a rule that was not taken yet if there is one."""
        options = []
        for o in self._interpreter.outcomes(moment.state):
            message = self._interpreter.message_of(moment.state, o.step)
            number = self._numbers.get((o.step.action, message))
            if isinstance(o, Successor) and number is not None:
                options.append((number in self.seen, self._rng.random(), number, o.step.choices))
        alarms = clockwork.alarms(moment.state, moment.timing)
        times = [moment.now + more for more in LATER] + [at for at in alarms if at >= moment.now]
        for _, _, number, choices in sorted(options):
            self._rng.shuffle(times)
            for at in times:
                try:
                    after = stepped(clockwork, self._text.rules[number], moment, at, choices)
                except Impossible:
                    continue
                return (at, number, choices), after
        return None
