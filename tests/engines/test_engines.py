"""The table of engines: which is chosen, and how two answers are compared."""

from __future__ import annotations

import pytest

from tcpverify import engines
from tcpverify.engines import ENGINES, Disagreement, agree, choose, combine, run_both, stronger
from tcpverify.ir.expr import FALSE, TRUE, SeqSort
from tcpverify.ir.system import System
from tcpverify.limits import Limits
from tcpverify.trace import Trace
from tcpverify.verdict import (
    Bounded,
    Decision,
    Exhausted,
    Holds,
    Induction,
    Invariant,
    Reachable,
    Statistics,
    Unknown,
    Unreachable,
    Vacuous,
    Verdict,
    Violated,
    word,
)
from tests import systems as s

SEEN, PROVED = Exhausted(1, 0, 0), Induction(1)


def trace(length: int) -> Trace:
    system, _ = s.token()
    return Trace(system, next(iter([])) if length < 0 else None, (None,) * length)  # type: ignore[arg-type]


def violated(length: int) -> Verdict:
    return Violated(trace(length))


def wide() -> System:
    iss = s.choice("iss", SeqSort(1 << 32))
    return s.system("wide", [], [], [s.action("open", choices=[iss])])


def test_choose() -> None:
    small, _ = s.token()
    assert choose("auto", small) is ENGINES["explicit"]
    assert choose("auto", wide()) is ENGINES["smt"]
    assert choose("smt", small) is ENGINES["smt"]
    assert choose("explicit", wide()) is ENGINES["explicit"]
    assert [e.name for e in ENGINES.values()] == list(ENGINES)


AGREE: list[tuple[Verdict, Verdict]] = [
    (Holds(SEEN), Holds(PROVED)),
    (Holds(SEEN), Bounded(9)),
    (Holds(SEEN), Unknown("time")),
    (Vacuous("x", SEEN), Holds(PROVED)),
    (Unreachable(SEEN), Unreachable(PROVED)),
    (violated(3), violated(3)),
    (violated(3), Bounded(2)),
    (violated(3), Unknown("time")),
    (Reachable(trace(0)), Reachable(trace(0))),
    (Bounded(3), Bounded(5)),
    (Unknown("a"), Bounded(5)),
    (violated(3), Holds(Invariant((), ("a fresh number is new",)))),
    (Reachable(trace(2)), Unreachable(Invariant((), ("a fresh number is new",)))),
]
DISAGREE: list[tuple[Verdict, Verdict]] = [
    (violated(3), Holds(PROVED)),
    (violated(3), Holds(Invariant(()))),
    (violated(3), Vacuous("x", PROVED)),
    (Reachable(trace(2)), Unreachable(SEEN)),
    (violated(3), violated(4)),
    (violated(3), Bounded(3)),
    (Reachable(trace(0)), Bounded(0)),
    (Reachable(trace(2)), violated(2)),
    (Holds(SEEN), Unreachable(SEEN)),
]


@pytest.mark.parametrize(("a", "b"), AGREE)
def test_agree(a: Verdict, b: Verdict) -> None:
    assert agree(a, b)
    assert agree(b, a)


@pytest.mark.parametrize(("a", "b"), DISAGREE)
def test_disagree(a: Verdict, b: Verdict) -> None:
    assert not agree(a, b)
    assert not agree(b, a)


def test_the_stronger_verdict() -> None:
    rising = [Unknown("x"), Bounded(1), Bounded(2), Holds(SEEN), Vacuous("x", SEEN), violated(3)]
    for i, weak in enumerate(rising):
        for strong in rising[i + 1 :]:
            assert stronger(weak, strong) is stronger(strong, weak) is strong
    first, second = Holds(SEEN), Holds(PROVED)
    assert stronger(first, second) is first


def test_combine() -> None:
    counts = Statistics(1, 0, 0, True, 1, None)
    explicit = Decision({"p": Holds(SEEN), "q": Unknown("time")}, counts)
    smt = Decision({"p": Bounded(3), "q": Holds(PROVED)})
    both = combine(explicit, smt)
    assert both == Decision({"p": Holds(SEEN), "q": Holds(PROVED)}, counts)


def test_combine_tells_both_decisions_where_they_contradict_each_other() -> None:
    explicit = Decision({"p": violated(3), "q": Holds(SEEN)})
    smt = Decision({"p": Holds(PROVED), "q": Holds(PROVED)})
    found = combine(explicit, smt)
    assert isinstance(found, Disagreement)
    assert (found.explicit, found.smt) == (explicit, smt)
    assert [d.prop for d in found.differences] == ["p"]


def test_run_both_on_a_known_system() -> None:
    system, expectations = s.token(5)
    found = run_both(system, [e.prop for e in expectations], Limits(max_bound=8))
    assert isinstance(found, Decision)
    assert {n: word(v) for n, v in found.verdicts.items()} == {e.prop.name: e.word for e in expectations}
    assert found.statistics is not None
    assert found.statistics.complete


def test_run_both_where_the_explicit_engine_refuses() -> None:
    found = run_both(wide(), [s.always("p", TRUE), s.reachable("q", FALSE)], Limits(max_bound=2))
    assert isinstance(found, Decision)
    assert {word(v) for v in found.verdicts.values()} <= {"holds", "unreachable", "bounded 2"}


def test_an_interrupt_is_not_followed_by_another_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = Decision({"p": Unknown("interrupted")}, interrupted=True)
    monkeypatch.setattr("tcpverify.explicit.engine.run", lambda *_: stopped)
    monkeypatch.setattr("tcpverify.smt.engine.run", lambda *_: pytest.fail("asked"))
    system, _ = s.token()
    assert engines.run_both(system, [s.always("p", TRUE)], Limits()) is stopped
