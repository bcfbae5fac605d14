"""What the explicit engine refuses at once."""

from __future__ import annotations

from tcpverify.explicit.engine import run
from tcpverify.explicit.refusal import refusal
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, IntSort, SeqSort
from tcpverify.ir.system import Action, ActionKind, Order, System, VariableKind
from tcpverify.limits import Limits
from tcpverify.verdict import Unknown
from tests import systems as s


def with_actions(*actions: Action, capacity: int | None = 2) -> System:
    left = s.variable("left", IntSort(0, 1), VariableKind.FAULTS)
    channels = [s.channel("A -> B", capacity, Order.BAG)]
    return s.system("s", [left], [(1,)], actions, messages=[s.message("SYN")], channels=channels)


def refused(system: System) -> str:
    """The reason, which every property is given without a search."""
    decision = run(system, [s.always("p", TRUE), s.deadlock_free()], Limits())
    reason = refusal(system)
    assert reason is not None
    assert set(decision.verdicts.values()) == {Unknown(reason)}
    assert decision.statistics is None
    return reason


def test_too_many_choices() -> None:
    iss = s.choice("A.iss", SeqSort(1 << 32))
    reason = refused(with_actions(s.action("A open", choices=[iss])))
    assert "`A open` has 4,294,967,296 combinations" in reason
    assert reason.endswith("narrow it in the scenario: fresh A.iss in { ... }")


def test_the_combinations_count_not_the_choices() -> None:
    pair = [s.choice("x", IntSort(0, 255)), s.choice("y", IntSort(0, 255))]
    assert refusal(with_actions(s.action("a", choices=pair))) is None
    assert "131,072" in refused(with_actions(s.action("a", choices=[*pair, s.choice("z", IntSort(0, 1))])))


def test_narrowed_choices() -> None:
    few = s.choice("iss", SeqSort(1 << 32), (0, 5))
    assert refusal(with_actions(s.action("a", choices=[few]))) is None


def test_too_many_initial_states() -> None:
    x, y = s.variable("x", IntSort(0, 1000)), s.variable("y", IntSort(0, 1000))
    system = s.system("s", [x, y], [range(1001), range(1000)], [])
    assert "1,001,000 initial states" in refused(system)
    assert "narrow x (1,001 alternatives)" in refused(system)


def test_growth_without_end() -> None:
    less = [(0, b.integer(0))]
    copies = s.action("dup", ActionKind.DUPLICATE, channel=0)
    limited = s.action("dup", ActionKind.DUPLICATE, channel=0, updates=less)
    assert "infinitely many states" in refused(with_actions(copies, capacity=None))
    assert refusal(with_actions(limited, capacity=None)) is None
    assert refusal(with_actions(copies, capacity=3)) is None
