"""Handlers and states that no check reaches."""

from __future__ import annotations

from dataclasses import replace

from tcpverify.analysis.coverage import never_reached
from tcpverify.explicit.search import run
from tcpverify.ir import build as b
from tcpverify.ir.expr import FALSE
from tcpverify.ir.system import Action, ActionKind, System
from tcpverify.limits import Limits
from tcpverify.source import Source, Span
from tests import systems as s

SOURCE = Source("x.tcpv", "0123456789")


def at(action: Action, place: int) -> Action:
    return replace(action, span=Span(SOURCE, place, place + 1))


def system(guard: bool) -> System:
    """A and B are of one role; A leaves IN by the handler at 1, B by the one at 2 if its guard holds;
    the handler at 3 is both A's and B's, and A's is taken; a fault at 4 never happens."""
    a, z = s.control("A", "IN", "OUT", "GONE"), s.control("B", "IN", "OUT", "GONE")
    out = b.Const(1, a.sort)
    actions = [
        at(s.action("A leaves", at=(0, 0), updates=[(0, out)]), 1),
        at(s.action("B leaves", at=(1, 0), updates=[(1, out)], guard=b.boolean(guard)), 2),
        at(s.action("A stays", at=(0, 0)), 3),
        at(s.action("B stays", guard=FALSE), 3),
        at(s.action("lose", ActionKind.LOSE, guard=FALSE), 4),
        s.action("from nowhere", guard=FALSE),
    ]
    made = s.system("s", [a, z], [(0,), (0,)], actions)
    return replace(made, endpoints=tuple(replace(e, role="Role") for e in made.endpoints))


def places(*systems: System) -> tuple[list[int], tuple[tuple[str, str], ...]]:
    spans, states = never_reached((x, run(x, [], Limits())) for x in systems)
    return [span.start for span in spans], states


def test_never_reached() -> None:
    assert places(system(False)) == ([2], (("Role", "GONE"),))
    assert places(system(True)) == ([], (("Role", "GONE"),))


def test_all_checks_of_a_file_count_together() -> None:
    assert places(system(False), system(True)) == ([], (("Role", "GONE"),))
    assert places() == ([], ())


def test_nothing_is_said_unless_every_run_is_complete() -> None:
    whole, part = system(False), system(True)
    runs = [(whole, run(whole, [], Limits())), (part, run(part, [], Limits(max_states=1)))]
    assert never_reached(runs) == ((), ())
    without = [(whole, replace(runs[0][1], statistics=None))]
    assert never_reached(without) == ((), ())
