"""That integers stay in their ranges: where they are as large as can be, that has to be proved too."""

from __future__ import annotations

from collections.abc import Iterator

from tcpverify.ir import build as b
from tcpverify.ir.expr import Expr, IntSort, Scope, Var
from tcpverify.ir.system import KIND, System

LISTED = 16
"""Ranges of so many values are written value by value."""


def ranges(system: System) -> Iterator[Expr]:
    """Of every integer variable, and of every integer field of a segment in a channel, that it holds a
    value of its sort."""
    for v in system.variables:
        if isinstance(v.sort, IntSort):
            yield _within(Var(Scope.STATE, v.name, v.sort), v.sort)
    kinds = Var(Scope.FIELD, KIND, IntSort(0, max(0, len(system.messages) - 1)))
    for index, channel in enumerate(system.channels):
        for number, kind in enumerate(system.messages):
            for field in kind.fields:
                if isinstance(field.sort, IntSort):
                    var = Var(Scope.FIELD, f"{kind.name}.{field.name}", field.sort)
                    wrong = b.conj((b.eq(kinds, b.integer(number)), b.neg(_within(var, field.sort))))
                    yield b.eq(b.in_flight(index, wrong, channel.most), b.integer(0))


def _within(var: Var, sort: IntSort) -> Expr:
    """Not folded, although the sort says that it is true, nor when it is read again from text: the sort of
    `x + x - x` is larger."""
    if sort.hi - sort.lo < LISTED:
        return b.disj(b.eq(var, b.integer(n)) for n in range(sort.lo, sort.hi + 1))
    same = b.sub(b.add(var, var), var)
    return b.conj((b.le(b.integer(sort.lo), same), b.le(same, b.integer(sort.hi))))
