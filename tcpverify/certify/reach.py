"""Certificates about `always reachable`: that the goal cannot be reached any more, or always can.

Refuted by a *trap*: a run of the system as it is declared (`trap.itf.json`), and an invariant of all that
can follow it (`ir/onward.py`) that excludes the goal. Proved by *ways* (`ways.json`): steps that receive
nothing but what was sent along them (`ir/ways.py`), of which one leads to the goal from every state with the
invariant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from tcpverify.certify.folder import TRAP, WAYS, Refused, Theorem
from tcpverify.certify.network import Uncertifiable, unbounded
from tcpverify.certify.obligations import Claim
from tcpverify.ir.expr import Expr
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.onward import never, onward
from tcpverify.ir.show import digest
from tcpverify.ir.soup import NoSoup
from tcpverify.ir.system import Property, State, Step, System
from tcpverify.ir.ways import Move, NoWay, Way, covered, leads
from tcpverify.itf import Origin, itf_text, read_itf, restored
from tcpverify.trace import Trace

Reach: TypeAlias = Trace | tuple[Way, ...]
"""What the verdict on `always reachable` rests on besides an invariant: a run into a trap, or ways."""


def reach_claim(
    about: Sequence[str], system: System, prop: Property, reach: Reach, invariant: Sequence[Expr]
) -> Claim:
    """The claim that formulas are an invariant which, with a run or with ways, decides `always reachable`.

    Raises:
        Uncertifiable: what is in flight is counted, or time passes; or these are no ways of the system.
    """
    try:
        if isinstance(reach, Trace):
            says = "it is violated: nothing that can follow the run into the trap reaches its goal"
            growing, claimed = onward(system, reach.states[-1]), never(prop)
        else:
            says = "it holds: from each state with the invariant one of the ways leads to its goal"
            claimed = covered(system, reach, prop)
            growing = unbounded(system, claimed)
    except (NoSoup, NoWay) as problem:
        raise Uncertifiable(str(problem)) from None
    return Claim((*about, says), growing, claimed, tuple(invariant))


# --- Files -------------------------------------------------------------------------------------------


def reach_files(theorem: Theorem, system: System, reach: Reach) -> dict[str, str]:
    """The file that a run or ways are stored in."""
    if isinstance(reach, Trace):
        return {TRAP: itf_text(reach, _origin(theorem, system))}
    ways = [[_told(system, move) for move in way] for way in reach]
    return {WAYS: json.dumps(ways, indent=1) + "\n"}


def stored_reach(stored: Mapping[str, str], theorem: Theorem, system: System) -> Reach:
    """The run, replayed by the interpreter, or the ways of a certificate. Raises Refused, ModelError."""
    if (TRAP in stored) == (WAYS in stored):
        raise Refused(f"one of `{TRAP}` and `{WAYS}` is what it rests on")
    if WAYS in stored:
        return _read_ways(stored[WAYS])
    recorded = read_itf(stored[TRAP], TRAP)
    if recorded.origin != _origin(theorem, system):
        raise Refused(f"`{TRAP}` is a run of something else")
    return restored(recorded, Interpreter(system), TRAP)


def _origin(theorem: Theorem, system: System) -> Origin:
    return Origin(theorem.spec, digest(system), theorem.scenario, theorem.params, theorem.variants,
                  theorem.adversaries, theorem.prop)  # fmt: skip


def _told(system: System, move: Move) -> dict[str, Any]:
    takes = None if move.takes is None else list(move.takes)
    action, choices = system.actions[move.action].name, [int(c) for c in move.choices]
    return {"action": action, "index": move.action, "takes": takes, "choices": choices}


def _read_ways(text: str) -> tuple[Way, ...]:
    try:
        return tuple(tuple(map(_move, way)) for way in json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Refused(f"`{WAYS}` holds no ways") from None


def _move(node: Any) -> Move:
    numbers = [node["index"], *(node["takes"] or ()), *node["choices"]]
    if any(type(n) is not int for n in numbers):
        raise ValueError
    takes = node["takes"]
    return Move(node["index"], None if takes is None else (takes[0], takes[1]), tuple(node["choices"]))


# --- Held against the interpreter --------------------------------------------------------------------


def followed(system: System, prop: Property, ways: Sequence[Way], states: Sequence[State]) -> Iterator[str]:
    """What is wrong with ways, tried from states with nothing in flight: where a way is said to lead to the
    goal the interpreter comes there."""
    interpreter = Interpreter(system)
    goal = interpreter.predicate(prop.formula)
    conditions = [(way, interpreter.predicate(leads(system, way, prop.formula))) for way in ways]
    for state in states:
        for number, (way, holds) in enumerate(conditions, 1):
            if holds(state):
                end = _end(interpreter, way, state._replace(contents=((),) * len(state.contents)))
                if end is None or not goal(end):
                    yield f"way {number} does not lead to the goal from where it is said to"


def _end(interpreter: Interpreter, way: Way, state: State) -> State | None:
    """Where a way ends; None if a step is not possible."""
    sent: dict[tuple[int, int], tuple[int, ...]] = {}
    for number, move in enumerate(way):
        action, position = interpreter.system.actions[move.action], None
        if action.channel is not None:
            wanted = None if move.takes is None else sent.get(move.takes)
            if wanted is None or wanted not in state.contents[action.channel]:
                return None
            position = state.contents[action.channel].index(wanted)
        step = Step(move.action, position, move.choices)
        for send, message in interpreter.sent(state, step):
            sent[number, next(i for i, e in enumerate(action.effects) if e is send)] = message
        outcome = interpreter.take(state, step)
        if not isinstance(outcome, Successor):
            return None
        state = outcome.state
    return state
