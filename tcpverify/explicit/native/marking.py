"""Which states a fixpoint over the transitions leaves unmarked, from a formula that marks the first."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tcpverify.explicit.native import jit
from tcpverify.explicit.native.evidence import Finder
from tcpverify.explicit.native.generate import classifier
from tcpverify.explicit.native.sweep import UNMARKED, Marks, spread
from tcpverify.ir.expr import Expr


class OutOfTime(Exception):
    """`keep_going` said no before the fixpoint was there."""


@contextmanager
def spreading(
    finder: Finder,
    formula: Expr,
    then: int,
    otherwise: int,
    *,
    exists: bool,
    leave_out: int = 0,
    keep_going: Callable[[], bool] = lambda: True,
) -> Iterator[Marks]:
    """Marks that begin with `then` where a formula is true and with `otherwise` elsewhere, spread as
    `sweep.spread` does; their memory is given back at the end.

    Raises:
        MemoryError: there is too little memory for it.
        OutOfTime: see there.
    """
    marks = Marks(finder.space)
    try:
        _classify(finder, marks, formula, then, otherwise)
        if not spread(finder.space, marks, exists=exists, leave_out=leave_out, keep_going=keep_going):
            raise OutOfTime
        yield marks
    finally:
        marks.close()


def nearest_unmarked(finder: Finder, marks: Marks) -> tuple[int, list[int]] | None:
    """The first level with unmarked states, and these; None if there are none."""
    for level in range(len(finder.space.levels)):
        found = unmarked(finder, marks, level)
        if found:
            return level, found
    return None


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


def how_many_unmarked(finder: Finder, marks: Marks) -> int:
    """How many states are unmarked in all."""
    mark = bytes((UNMARKED,))
    regions = finder.space.regions
    return sum(ctypes.string_at(marks.address + low, high - low).count(mark) for low, high in regions)


def _classify(finder: Finder, marks: Marks, formula: Expr, then: int, otherwise: int) -> None:
    """Give every state one of two marks."""
    text = classifier(finder.interpreter.system, finder.packing, formula, then, otherwise)
    function = jit.assemble(text, jit.FAST).function("classify", 4)
    for low, high in finder.space.regions:
        function(finder.space.store.states.address, low, high, marks.address)
