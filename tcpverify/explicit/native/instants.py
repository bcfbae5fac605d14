"""What a finished search knows of time: instants that nothing can settle, and cycles without a tick.

The same questions as in `explicit/instants.py`, answered by fixpoints over the states (`sweep`).
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tcpverify.explicit.native import jit
from tcpverify.explicit.native.evidence import Finder
from tcpverify.explicit.native.generate import classifier
from tcpverify.explicit.native.slots import CALL, FAULT, TICK
from tcpverify.explicit.native.sweep import MARKED, NO_PART, UNMARKED, Marks, spread
from tcpverify.explicit.native.watching import Watch
from tcpverify.ir.expr import Expr
from tcpverify.ir.interpret import Successor
from tcpverify.ir.system import ActionKind, Schedule, State
from tcpverify.ir.time import busy
from tcpverify.verdict import Zeno

OUT_OF_MEMORY = "too little memory is left to look for it in all states"


@dataclass(slots=True)
class Instants:
    """`locks`: a schedule into a time lock, by the position of its property; `undecided`: why it could
    not be looked for."""

    locks: dict[int, Schedule] = field(default_factory=dict)
    undecided: dict[int, str] = field(default_factory=dict)
    zeno: Zeno | None = None


def look_at_instants(finder: Finder, plan: Sequence[Watch], seen: Mapping[int, int]) -> Instants:
    """Find the time locks, where the search saw a state that no single step settles, and a cycle without
    a tick. The search must be complete."""
    found = Instants()
    for byte in seen:
        watch = plan[byte]
        if watch.where == "instant" and watch.prop is not None:
            try:
                schedule = _lock(finder, watch.formula)
            except MemoryError:
                found.undecided[watch.prop] = OUT_OF_MEMORY
                continue
            if schedule is not None:
                found.locks[watch.prop] = schedule
    try:
        found.zeno = _zeno(finder)
    except MemoryError:
        found.zeno = None
    return found


def _lock(finder: Finder, due: Expr) -> Schedule | None:
    """The canonical shortest way to a state where something is due and stays so whatever is done before
    the next tick."""
    marks = Marks(finder.space)
    try:
        classify(finder, marks, due, UNMARKED, MARKED)
        spread(finder.space, marks, exists=True, leave_out=TICK)
        for level in range(len(finder.space.levels)):
            locked = unmarked(finder, marks, level)
            if locked:
                return finder.way_to(level, locked)
        return None
    finally:
        marks.close()


def _zeno(finder: Finder) -> Zeno | None:
    """A cycle without a tick, a fault or a call through states where time has work to do: one that can be
    reached from the first level with a state that leads to one."""
    marks = Marks(finder.space)
    try:
        classify(finder, marks, busy(finder.interpreter.system), UNMARKED, NO_PART)
        spread(finder.space, marks, exists=False, leave_out=TICK | FAULT | CALL)
        for level in range(len(finder.space.levels)):
            endless = unmarked(finder, marks, level)
            if endless:
                return _loop(finder, marks, min(endless, key=finder.space.words))
        return None
    finally:
        marks.close()


def _loop(finder: Finder, marks: Marks, start: int) -> Zeno:
    """A cycle that the first steps from a state to unmarked ones lead into."""
    space, actions = finder.space, finder.interpreter.system.actions
    endless = {
        finder.state(index): level
        for level in range(len(space.levels))
        for index in unmarked(finder, marks, level)
    }
    state, way, names = finder.state(start), list[State](), list[str]()
    while state not in way:
        way.append(state)
        step, state = next(
            (o.step, o.state)
            for o in finder.interpreter.outcomes(state)
            if isinstance(o, Successor) and o.state in endless and _goes_on(finder, o.step.action)
        )
        names.append(actions[step.action].name)
    first = way.index(state)
    return Zeno(endless[state], tuple(names[first:]))


def _goes_on(finder: Finder, action: int) -> bool:
    kind = finder.interpreter.system.actions[action]
    return not kind.is_fault and kind.kind not in (ActionKind.CALL, ActionKind.TICK)


def unmarked(finder: Finder, marks: Marks, level: int) -> list[int]:
    """The unmarked states of a level."""
    found: list[int] = []
    for low, high in finder.space.levels[level]:
        bytes_ = ctypes.string_at(marks.address + low, high - low)
        at = bytes_.find(UNMARKED)
        while at >= 0:
            found.append(low + at)
            at = bytes_.find(UNMARKED, at + 1)
    return found


def classify(finder: Finder, marks: Marks, formula: Expr, then: int, otherwise: int) -> None:
    """Give every state one of two marks."""
    text = classifier(finder.interpreter.system, finder.packing, formula, then, otherwise)
    machine = jit.assemble(text, jit.FAST)
    function = machine.function("classify", 4)
    for low, high in finder.space.regions:
        function(finder.space.store.states.address, low, high, marks.address)
