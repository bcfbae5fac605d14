"""Traps, found by a fixpoint over the states of a finished search: what cannot reach the formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tcpverify.explicit.native.evidence import Finder
from tcpverify.explicit.native.instants import OUT_OF_MEMORY
from tcpverify.explicit.native.marking import OutOfTime, how_many_unmarked, nearest_unmarked, spreading
from tcpverify.explicit.native.sweep import MARKED, UNMARKED
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
            _trap(finder, position, prop.formula, found, keep_going)
        except OutOfTime:
            found.undecided[position] = OUT_OF_TIME
        except MemoryError:
            found.undecided[position] = OUT_OF_MEMORY
    return found


def _trap(finder: Finder, position: int, goal: Expr, found: Traps, keep_going: Callable[[], bool]) -> None:
    """Look for one trap."""
    with spreading(finder, goal, MARKED, UNMARKED, exists=True, keep_going=keep_going) as marks:
        trapped = nearest_unmarked(finder, marks)
        if trapped is not None:
            found.sizes[position] = how_many_unmarked(finder, marks)
            found.ways[position] = finder.way_to(*trapped)
