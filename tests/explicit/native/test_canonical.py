"""Canonical order and ways: the least of all shortest ways, whatever the threads."""

from __future__ import annotations

import pytest

from explicit.native.toys import CODINGS, WHOLE, Coding, grid, random_graph, rules_of, ways_of

pytest.importorskip("llvmlite")

from tcpverify.explicit.native import canonical
from tcpverify.explicit.native import space as spaces
from tcpverify.explicit.native.canonical import bytes_needed, path, rankings
from tcpverify.explicit.native.space import Space

PLENTY = 1 << 30


def explored(space: Space, initial: list[tuple[int, ...]]) -> Space:
    space.start(initial)
    while not space.complete:
        space.advance(lambda: True)
    return space


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_same_as_plain_python(coding: Coding, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "WIDE", 1)
    for seed in range(6):
        graph, initial = random_graph(seed, 400, 6), [7, 3, 7, 20]
        ways = ways_of(graph, initial)
        space = explored(Space(rules_of(graph, coding), threads, PLENTY), [coding.encode(n) for n in initial])
        before = (space.transitions, space.dead_ends, space.seen())
        rank_of: dict[int, int] = {}
        for level, ranking in enumerate(rankings(space, space.depth)):
            assert ranking.level == level and ranking.count == len(ways[level])
            found = [coding.decode(space.words(i)) for i in ranking.states]
            assert found == sorted(ways[level], key=lambda n: ways[level][n][1])
            assert list(ranking.faults) == [ways[level][n][0] for n in found]
            for node, index in zip(found, ranking.states, strict=True):
                steps = [coding.decode(space.words(i)) for i in path(space, index, level)]
                assert steps[-1] == node and steps[0] == list(dict.fromkeys(initial))[ways[level][node][1][0]]
                rank_of[index] = level
        assert len(rank_of) == space.count
        assert (space.transitions, space.dead_ends, space.seen()) == before
        space.close()


def test_same_parents_with_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "WIDE", 1)
    ways = []
    for threads in (1, 3):
        space = explored(Space(grid(24), threads, PLENTY), [(0,)])
        last = 30
        *_, ranking = rankings(space, last)
        ways.append([[space.words(i) for i in path(space, s, last)] for s in ranking.states])
        space.close()
    assert ways[0] == ways[1]


def test_it_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "SLICE", 10)
    space = explored(Space(grid(24), 1, PLENTY), [(0,)])
    answers = iter([True] * 12 + [False])
    assert len(list(rankings(space, space.depth, lambda: next(answers)))) < space.depth
    space.close()


def test_it_keeps_to_the_budget() -> None:
    """First the table is given up for it, then it is refused; the space can go on all the same."""
    side = 100
    widest = 7_500
    assert bytes_needed(widest, widest) > widest * 36
    space = explored(Space(grid(side), 1, PLENTY), [(0,)])
    states = space.bytes_used - space._slots * 8
    space._budget = states + bytes_needed(widest, widest)
    assert sum(r.count for r in rankings(space, space.depth)) == side**3
    assert space.bytes_used == states
    space._budget = states + 100_000
    with pytest.raises(MemoryError):
        list(rankings(space, space.depth))
    space.close()


def test_no_level() -> None:
    space = explored(Space(rules_of({0: []}, WHOLE), 1, PLENTY), [(0,)])
    assert [list(r.states) for r in rankings(space, 0)] == [[0]]
    assert list(rankings(space, -1)) == []
    space.close()
