"""Which way the explicit engine goes, and what it says of it."""

from __future__ import annotations

import pytest

from tcpverify.explicit import engine, search
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, IntSort
from tcpverify.limits import Limits
from tcpverify.verdict import Unknown
from tests import systems as s


def test_without_machine_code_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain Python has a limit of its own on states; who meets it is told what would go further."""
    monkeypatch.setattr(engine, "machine_code", lambda: False)
    monkeypatch.setattr(search, "MOST_STATES", 5)
    n = s.variable("n", IntSort(0, 9))
    up = s.action("up", guard=b.lt(s.now(n), b.integer(9)), updates=[(0, b.add(s.now(n), b.integer(1)))])
    system = s.system("count", [n], [(0,)], [up])
    found = engine.run(system, [s.always("p", TRUE)], Limits()).verdicts["p"]
    assert isinstance(found, Unknown)
    assert found.reason.endswith("5 states stored (plain Python: llvmlite is not installed)")
    own = engine.run(system, [s.always("p", TRUE)], Limits(max_states=4)).verdicts["p"]
    assert isinstance(own, Unknown)
    assert "llvmlite" not in own.reason
