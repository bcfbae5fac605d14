"""Responses decided in machine code: what bounds them, and labels of every width and number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

pytest.importorskip("llvmlite")

from tcpverify.explicit import search
from tcpverify.explicit.native import opened
from tcpverify.explicit.native import search as native
from tcpverify.explicit.native.labels import Labels
from tcpverify.explicit.native.layout import layout
from tcpverify.explicit.native.space import Space
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Expr, IntSort
from tcpverify.ir.system import ActionKind, Fair, Property, PropertyKind, System
from tcpverify.limits import Limits, silent
from tcpverify.verdict import Decision, Holds, Unknown, Violated, trace_of
from tests import systems as s

FAIR = (Fair("steps"), Fair("delivery", strong=True))
ONCE = Limits(threads=1)


def response(asks: Expr | None, answers: Expr, name: str = "p") -> Property:
    found = s.prop(name, PropertyKind.RESPONSE, answers, antecedent=asks)
    return replace(found, fairness=FAIR)


def run(system: System, *properties: Property, limits: Limits = ONCE) -> Decision:
    return native.run(system, properties, limits, silent)


def sending(values: int, width: int = 0) -> tuple[System, Expr]:
    """A sends a segment with one of some values, B takes it; the network may lose it. And: the last value
    was taken last. `width`: bits of further fields, which are 0."""
    sort, wide = IntSort(0, values - 1), IntSort(0, (1 << 40) - 1)
    rest = {f"w{i}": wide for i in range(width // 40)}
    got, message = s.variable("got", IntSort(0, 1)), s.message("M", v=sort, **rest)
    value = s.choice("v", sort)
    last = b.eq(s.field(message, "v"), b.Const(values - 1, sort))
    sent = [s.picked(value), *[b.Const(0, wide)] * len(rest)]
    actions = [
        s.action("send", choices=[value], effects=[s.send(0, 0, *sent)]),
        s.action(
            "take", ActionKind.RECEIVE, channel=0, updates=[(0, b.ite(last, b.integer(1), b.integer(0)))]
        ),
        s.action("lose", ActionKind.LOSE, channel=0),
    ]
    system = s.system("sending", [got], [(0,)], actions, messages=[message], channels=[s.channel("ab", 1)])
    return system, s.is_value(got, 1)


@pytest.mark.parametrize(("width", "words"), [(0, 1), (40, 1), (80, 3), (160, 4)])
def test_labels_of_every_width(width: int, words: int) -> None:
    """What is delivered is told apart by all of the segment, however wide: the last value must come."""
    system, last = sending(3, width=width)
    assert Labels.of(system, layout(system)).words == words
    strong, weak = response(None, last), replace(response(None, last, "weak"), fairness=(Fair("delivery"),))
    plain = search.run(system, [strong, weak], Limits()).verdicts
    found = run(system, strong, weak).verdicts
    assert [type(v) for v in found.values()] == [type(v) for v in plain.values()] == [Violated, Violated]
    for name, verdict in found.items():
        trace, other = trace_of(verdict), trace_of(plain[name])
        assert trace is not None and other is not None
        assert (len(trace), trace.loop) == (len(other), other.loop)


def test_more_labels_than_the_first_table_holds() -> None:
    """Every value is a label of its own, received and lost."""
    system, last = sending(3_000)
    chosen = replace(response(b.neg(last), last), fairness=(Fair("delivery", strong=True),))
    found = run(system, chosen, response(b.neg(TRUE), last, "never")).verdicts
    assert isinstance(found["p"], Violated)
    assert found["p"].trace.loop == len(found["p"].trace) == 0


# --- What bounds it ----------------------------------------------------------------------------------


def counting(size: int = 3_000) -> tuple[System, tuple[Property, ...]]:
    """A counter goes up to the end; nothing is violated."""
    n = s.variable("n", IntSort(0, size - 1))
    up = s.action(
        "up", guard=b.lt(s.now(n), b.integer(size - 1)), updates=[(0, b.add(s.now(n), b.integer(1)))]
    )
    system, end = s.system("count", [n], [(0,)], [up]), s.is_value(n, size - 1)
    return system, (s.always("always", TRUE), response(TRUE, end, "first"), response(None, end, "second"))


def left_unknown(decision: Decision, reason: str, *names: str) -> bool:
    """Whether just these properties were left open, and for that reason; the search itself is complete."""
    assert decision.statistics is not None and decision.statistics.complete
    for name, verdict in decision.verdicts.items():
        if name in names:
            assert isinstance(verdict, Unknown) and reason in verdict.reason
        else:
            assert isinstance(verdict, Holds)
    return True


def test_all_of_it_holds() -> None:
    system, properties = counting()
    assert left_unknown(run(system, *properties), "")


def test_no_time_is_left() -> None:
    """Time runs out between one response and the next, and before the first."""
    system, properties = counting()
    ticks = count()
    run(system, *properties, limits=Limits(threads=1, seconds=1e9, clock=lambda: float(next(ticks))))
    whole, seen = next(ticks), set[str]()
    for seconds in range(1, whole):
        now = count()
        limits = Limits(threads=1, seconds=seconds, clock=lambda now=now: float(next(now)))  # type: ignore[misc]
        decision = run(system, *properties, limits=limits)
        if decision.statistics is not None and decision.statistics.complete:
            open_ = [n for n, v in decision.verdicts.items() if isinstance(v, Unknown)]
            assert left_unknown(decision, f"limit of {seconds} s", *open_)
            seen.add(" ".join(open_))
    assert {"first second", "second"} <= seen


def test_no_memory_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    system, properties = counting()
    plain = Space.allows

    def allows(self: Space, size: int) -> bool:
        return not self.complete and plain(self, size)

    monkeypatch.setattr(Space, "allows", allows)
    assert left_unknown(run(system, *properties), "too little memory is left", "first", "second")


def grid(size: int) -> System:
    """Two counters, each of which may go up."""
    both = [s.variable(name, IntSort(0, size - 1)) for name in "xy"]
    ups = [
        s.action(
            v.name,
            guard=b.lt(s.now(v), b.integer(size - 1)),
            updates=[(i, b.add(s.now(v), b.integer(1)))],
        )
        for i, v in enumerate(both)
    ]
    return s.system("grid", both, [(0,), (0,)], ups)


def test_a_budget_that_the_states_fit_into_but_not_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    system = grid(300)
    properties = s.always("always", TRUE), response(None, b.neg(TRUE), "flooded")
    found = set()
    for budget in range(2 << 20, 12 << 20, 1 << 20):
        monkeypatch.setattr(native, "_budget", lambda _, budget=budget: budget)
        decision = run(system, *properties)
        assert decision.statistics is not None
        if decision.statistics.complete:
            flooded = decision.verdicts["flooded"]
            found.add(type(flooded))
            assert isinstance(flooded, Violated) or left_unknown(decision, "too little memory", "flooded")
    assert found == {Violated, Unknown}


@pytest.mark.parametrize("where", ["_flood", "_flag", "stay", "find_components"])
def test_an_interrupt_keeps_what_is_decided(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is under way, the memory is given back and the rest of the verdicts stand."""
    system, properties = counting()
    plain: Callable[..., Any] = getattr(opened.Opened, where)
    calls = count()

    def interrupted(self: opened.Opened) -> Any:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return plain(self)

    monkeypatch.setattr(opened.Opened, where, interrupted)
    decision = run(system, *properties)
    assert decision.interrupted
    assert left_unknown(decision, "interrupted: depth 2999 complete", "second")


def test_what_a_limit_breaks_off_is_not_looked_at() -> None:
    system, properties = counting()
    found = run(system, *properties, limits=Limits(threads=1, max_states=100)).verdicts
    assert all(isinstance(v, Unknown) and "limit of 100 states" in v.reason for v in found.values())
