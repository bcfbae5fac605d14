"""What is recalled is the very outcomes of the interpreter, in the same order."""

from __future__ import annotations

import pytest

from tcpverify.explicit import recall
from tcpverify.explicit.recall import Recall
from tcpverify.ir import build as b
from tcpverify.ir.expr import IntSort
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import ActionKind, System
from tests import systems as s
from tests.engines.random_systems import random_system

STATES = 250
"""How far a system is looked at."""


def compare(system: System) -> int:
    """Walk the first states of a system with both; how many there were."""
    plain, recalling = Interpreter(system), Recall(Interpreter(system))
    found = dict.fromkeys(plain.initial())
    for state in (todo := list(found)):
        outcomes = list(plain.outcomes(state))
        assert list(recalling.outcomes(state)) == outcomes
        for outcome in outcomes:
            if isinstance(outcome, Successor) and outcome.state not in found and len(found) < STATES:
                found[outcome.state] = None
                todo.append(outcome.state)
    return len(found)


@pytest.mark.parametrize("kept", [0, 30, recall.MOST_KEPT])
@pytest.mark.parametrize("first", range(0, 120, 20))
def test_random_systems(first: int, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "MOST_KEPT", kept)
    assert sum(compare(random_system(seed)[0]) for seed in range(first, first + 20)) > 1_000


def test_counts_that_depend_on_a_choice() -> None:
    """A number that no segment in flight carries is chosen, and sent: every sequence of different ones."""
    m = s.message("M", n=IntSort(0, 2))
    used = s.choice("n", IntSort(0, 2))
    unused = b.eq(b.in_flight(0, b.eq(s.field(m, "n"), s.picked(used)), 3), b.integer(0))
    actions = [
        s.action("send", guard=unused, choices=[used], effects=[s.send(0, 0, s.picked(used))]),
        s.action("receive", kind=ActionKind.RECEIVE, channel=0),
    ]
    assert compare(s.system("unused", [], [], actions, messages=[m], channels=[s.channel("A -> B", 3)])) == 16
