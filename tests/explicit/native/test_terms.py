"""Terms: a value is used again for the same expression only."""

from __future__ import annotations

from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.layout import layout
from tcpverify.explicit.native.terms import Model, Terms
from tcpverify.ir import build as b
from tcpverify.ir.expr import IntSort
from tests import systems as s


def test_an_expression_that_is_gone_is_not_taken_for_another() -> None:
    """Python gives the address of one to the next."""
    x = s.variable("x", IntSort(0, 200))
    system = s.system("s", [x], [(0,)], [s.action("a")])
    packing = layout(system)
    terms = Terms(Model.of(system, packing), Function("define void @f(i64 %w)"), ["%w"])
    names = {terms.value(b.neg(b.lt(s.now(x), b.integer(i)))) for i in range(1, 200)}
    assert len(names) == 199
