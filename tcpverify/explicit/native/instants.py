"""What a finished search knows of time: instants that nothing can settle, and cycles without a tick.

The same questions as in `explicit/instants.py`, answered by fixpoints over the states (`sweep`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tcpverify.explicit.native.evidence import Finder
from tcpverify.explicit.native.marking import nearest_unmarked, spreading, unmarked
from tcpverify.explicit.native.slots import CALL, FAULT, TICK
from tcpverify.explicit.native.sweep import MARKED, NO_PART, UNMARKED, Marks
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
    with spreading(finder, due, UNMARKED, MARKED, exists=True, leave_out=TICK) as marks:
        locked = nearest_unmarked(finder, marks)
        return None if locked is None else finder.way_to(*locked)


def _zeno(finder: Finder) -> Zeno | None:
    """A cycle without a tick, a fault or a call through states where time has work to do: one that can be
    reached from the first level with a state that leads to one."""
    works = busy(finder.interpreter.system)
    left_out = TICK | FAULT | CALL
    with spreading(finder, works, UNMARKED, NO_PART, exists=False, leave_out=left_out) as marks:
        endless = nearest_unmarked(finder, marks)
        return None if endless is None else _loop(finder, marks, min(endless[1], key=finder.space.words))


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
