"""Sweeps: the same marks as a fixpoint by plain Python."""

from __future__ import annotations

import random

import pytest

from explicit.native import toys
from explicit.native.toys import CODINGS, Coding, random_graph, rules_of

pytest.importorskip("llvmlite")

from tcpverify.explicit.native import space as spaces
from tcpverify.explicit.native import sweep
from tcpverify.explicit.native.space import Space
from tcpverify.explicit.native.sweep import Marks, spread


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_same_as_plain_python(coding: Coding, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "WIDE", 1)
    monkeypatch.setattr(sweep, "SLICE", 37)
    outcomes = set()
    for seed in range(8):
        rng, graph = random.Random(seed), random_graph(seed, 300, 3)
        space = Space(rules_of(graph, coding), threads, 1 << 30)
        space.start([coding.encode(n) for n in range(0, 300, 7)])
        while not space.complete:
            space.advance(lambda: True)
        index = {coding.decode(space.words(i)): i for low, high in space.regions for i in range(low, high)}
        for exists in (True, False):
            for leave_out in (0, 1, 6):
                given = {n: rng.choice([0] * 9 + [1, 2]) for n in index}
                marks = Marks(space)
                for n, i in index.items():
                    marks[i] = given[n]
                assert spread(space, marks, exists=exists, leave_out=leave_out)
                want = toys.spread(graph, given, exists, leave_out)
                assert {n: marks[i] for n, i in index.items()} == want
                outcomes.add((exists, want != given, 0 in want.values()))
                marks.close()
        space.close()
    assert {(True, True, True), (False, True, True)} <= outcomes


def test_it_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "SLICE", 10)
    space = Space(toys.grid(20), 1, 1 << 30)
    space.start([(0,)])
    while not space.complete:
        space.advance(lambda: True)
    marks = Marks(space)
    marks[space.regions[0][1] - 1] = 1
    answers = iter([True, True, False])
    assert not spread(space, marks, exists=True, keep_going=lambda: next(answers))
    assert 0 < sum(marks[i] for i in range(8000)) < 8000
    assert spread(space, marks, exists=True)
    assert sum(marks[i] for i in range(8000)) == 8000
    assert space.advance(lambda: True) is spaces.End.COMPLETE
    space.close()
