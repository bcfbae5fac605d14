"""A system's digest is of what it says."""

from __future__ import annotations

from tcpverify.ir import build as b
from tcpverify.ir.expr import Expr, IntSort
from tcpverify.ir.show import digest, show
from tcpverify.ir.system import System
from tests import systems as s

X = s.variable("x", IntSort(0, 3))


def less(than: int = 2) -> Expr:
    return b.lt(s.now(X), b.integer(than))


def asking(*guards: Expr) -> System:
    return s.system("s", [X], [(0,)], [s.action("a", guard=b.disj([b.neg(g) for g in guards]))])


def test_what_is_shared_makes_no_difference() -> None:
    once = less()
    assert show(asking(once, once)) == show(asking(less(), less()))
    assert show(asking(once, once)).count("'LT'") == 1


def test_what_is_written_does() -> None:
    assert len({digest(asking(*guards)) for guards in [(less(), less()), (less(), less(3)), (less(),)]}) == 3
