"""Traps, found by a fixpoint over the states of a finished search: what cannot reach the formula."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tcpverify.explicit.native.evidence import Finder
from tcpverify.explicit.native.instants import OUT_OF_MEMORY, classify, unmarked
from tcpverify.explicit.native.sweep import MARKED, UNMARKED, Marks, spread
from tcpverify.ir.expr import Expr
from tcpverify.ir.system import Property, PropertyKind, Schedule

OUT_OF_TIME = "there was no time to look for it in all states"


@dataclass(slots=True)
class Traps:
    """By the position of its property: the canonical way into a trap, how many states are in it, and why it
    could not be looked for."""

    ways: dict[int, Schedule] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    undecided: dict[int, str] = field(default_factory=dict)


def look_at_traps(finder: Finder, properties: Sequence[Property], keep_going: Callable[[], bool]) -> Traps:
    """Find the trap of every property that says there is none. The search must be complete."""
    found = Traps()
    for position, prop in enumerate(properties):
        if prop.kind is not PropertyKind.TRAP_FREE:
            continue
        try:
            if not _trap(finder, position, prop.formula, found, keep_going):
                found.undecided[position] = OUT_OF_TIME
        except MemoryError:
            found.undecided[position] = OUT_OF_MEMORY
    return found


def _trap(finder: Finder, position: int, goal: Expr, found: Traps, keep_going: Callable[[], bool]) -> bool:
    """Look for one trap; whether there was time."""
    marks = Marks(finder.space)
    try:
        classify(finder, marks, goal, MARKED, UNMARKED)
        if not spread(finder.space, marks, exists=True, keep_going=keep_going):
            return False
        for level in range(len(finder.space.levels)):
            trapped = unmarked(finder, marks, level)
            if trapped:
                found.sizes[position] = _size(finder, marks)
                found.ways[position] = finder.way_to(level, trapped)
                break
        return True
    finally:
        marks.close()


def _size(finder: Finder, marks: Marks) -> int:
    """How many states are unmarked."""
    regions = finder.space.regions
    mark = bytes((UNMARKED,))
    return sum(ctypes.string_at(marks.address + low, high - low).count(mark) for low, high in regions)
