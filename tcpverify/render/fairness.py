"""Why a lasso is a fair run: of each thing that may not wait, where it is done or not possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tcpverify.ir.fairness import Fairness, Thing
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import ActionKind, Fair, Property, PropertyKind, State, System
from tcpverify.render import describe
from tcpverify.trace import Trace

_VERBS = {ActionKind.TIMEOUT: "timeout", ActionKind.CALL: "call", ActionKind.STEP: "step"}
_IDLE = {
    "delivery": "none of the segments in flight can be received",
    "timers": "no timeout is possible",
    "calls": "no call is possible",
    "steps": "no step is possible",
}


def why_fair(interpreter: Interpreter, prop: Property, trace: Trace) -> tuple[str, ...]:
    """Why the run of a lasso is fair in the sense of a response; nothing for other traces.

    A line for each thing that is possible somewhere in the loop, and one for each term of the property's
    fairness that asks for nothing there.
    """
    if trace.loop is None or prop.kind is not PropertyKind.RESPONSE:
        return ()
    fairness = Fairness(interpreter, prop.fairness)
    round_trip = trace.steps[trace.loop :]
    states = [s.before for s in round_trip] or [trace.states[-1]]
    done: dict[Thing, list[int]] = {}
    for step in round_trip:
        for thing in fairness.done(step.before, step.step):
            done.setdefault(thing, []).append(step.number)
    possible = [fairness.possible(state, interpreter.outcomes(state)) for state in states]
    if not round_trip and not any(isinstance(o, Successor) for o in interpreter.outcomes(states[0])):
        return ("no step is possible there",)
    things = sorted({thing for here in possible for thing in here} | set(done))
    lines = [_line(interpreter.system, thing, done.get(thing, []), possible, trace.loop) for thing in things]
    idle = [_idle(interpreter.system, t, states) for t in prop.fairness if not _concerned(t, things, trace)]
    found = dict.fromkeys((*idle, *lines))
    if not prop.fairness:
        spared = "all but time" if interpreter.system.timed else "what is possible"
        found = dict.fromkeys((f"it asks for no fairness: {spared} may wait for ever", *found))
    return tuple(found)


def _line(
    system: System, thing: Thing, done: Sequence[int], possible: Sequence[Mapping[Thing, bool]], stem: int
) -> str:
    """Where a thing is done, or else a state where it is not possible."""
    name = thing_text(system, thing)
    if done:
        return f"{name} is done in {_numbers(done)}"
    gap = next((i for i, here in enumerate(possible) if thing not in here), None)
    if gap is None:
        return f"{name} is possible at all times and never done"
    return f"{name} is not possible {describe.place(stem + gap)}"


def thing_text(system: System, thing: Thing) -> str:
    """What may not wait, in words: `delivery of SYN seq=0 on A -> B`, `timeout A.rtx`."""
    word, place, subject, message = thing
    channel = next((c for c in system.channels if c.name == place), None) if message else None
    if channel is not None:
        what = "the end of life" if word == "due" else "delivery"
        return f"{what} of {describe.segment(system, message)} on {describe.direction(channel)}"
    if word == "time":
        return "a tick"
    kind = {"calls": ActionKind.CALL, "steps": ActionKind.STEP}.get(word, ActionKind.TIMEOUT)
    return f"{_VERBS[kind]} {place}.{subject}"


def _numbers(steps: Sequence[int]) -> str:
    """`step 4`, `steps 4, 6 and 7`, `steps 4, 6 and 3 more`."""
    if len(steps) == 1:
        return f"step {steps[0]}"
    last = str(steps[-1]) if len(steps) <= 3 else f"{len(steps) - 2} more"
    return f"steps {', '.join(map(str, steps[: min(len(steps) - 1, 2)]))} and {last}"


def _concerned(term: Fair, things: Sequence[Thing], trace: Trace) -> bool:
    """Whether a term of fairness is about one of the things of a loop."""
    channel = None if term.channel is None else trace.system.channels[term.channel].name
    return any(
        word == term.kind
        and channel in (None, place)
        and (term.kind == "delivery" or term.endpoint in (None, place))
        and term.subject in (None, subject)
        for word, place, subject, _ in things
    )


def _idle(system: System, term: Fair, states: Sequence[State]) -> str:
    """That nothing a term of fairness speaks of is possible anywhere in a loop."""
    if term.kind == "delivery":
        channels = [i for i, c in enumerate(system.channels) if term.channel in (None, i) and not c.memory]
        where = "" if term.channel is None else f" on {describe.direction(system.channels[term.channel])}"
        if not any(state.contents[i] for state in states for i in channels):
            return f"nothing is in flight{where}"
        return _IDLE["delivery"] if not where else f"no segment in flight{where} can be received"
    if term.subject is None:
        return _IDLE[term.kind] + ("" if term.endpoint is None else f" for {term.endpoint}")
    timer = next((t for t in system.timers if (t.endpoint, t.label) == (term.endpoint, term.subject)), None)
    running = timer is not None and any(state.values[timer.variable] for state in states)
    if term.kind == "timers" and timer is not None and not running:
        return f"{timer.endpoint}.{timer.label} is not running"
    name = thing_text(system, (term.kind, term.endpoint or "any", term.subject, ()))
    return f"{name} is never possible"
