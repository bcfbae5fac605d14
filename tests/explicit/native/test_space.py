"""Spaces explored natively: the same states, levels and counts as by plain Python, whatever the threads."""

from __future__ import annotations

import threading
from itertools import chain, repeat

import pytest

from explicit.native.toys import CODINGS, FULL, TWO, WHOLE, Coding, grid, levels_of, random_graph, rules_of

pytest.importorskip("llvmlite")

from tcpverify.explicit.native import arena, store
from tcpverify.explicit.native import space as spaces
from tcpverify.explicit.native.rules import Rules
from tcpverify.explicit.native.space import End, Space

PLENTY = 1 << 30


def always() -> bool:
    return True


def explore(space: Space) -> End:
    while (end := space.advance(always)) is End.LEVEL:
        pass
    return end


def nodes(space: Space, coding: Coding, level: int) -> list[int]:
    return [coding.decode(space.words(i)) for low, high in space.levels[level] for i in range(low, high)]


@pytest.fixture(params=["usual", "tight"])
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """As it is, and with everything so small that each limit is met all the time."""
    if request.param == "tight":
        monkeypatch.setattr(spaces, "LEAST_SLOTS", 16)
        monkeypatch.setattr(spaces, "GROWTH", ())
        monkeypatch.setattr(spaces, "WIDE", 1)
        monkeypatch.setattr(spaces, "PIECE", 30)
        monkeypatch.setattr(store, "LEAST_ROOM", 16)
        monkeypatch.setattr(store, "MOST_BATCH", 2)
        monkeypatch.setattr(store, "STRIP", 1)
    return str(request.param)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_same_as_plain_python(coding: Coding, threads: int, sizes: str) -> None:
    for seed in range(4):
        graph = random_graph(seed, 700, 5)
        initial = [3, 9, 3, 11]
        levels = levels_of(graph, initial)
        quota = 50 if sizes == "tight" else spaces.QUOTA
        space = Space(rules_of(graph, coding), threads, PLENTY, quota=quota)
        space.start([coding.encode(n) for n in initial])
        assert [coding.decode(space.words(i)) for i in range(3)] == [3, 9, 11]
        assert explore(space) is End.COMPLETE
        found = [nodes(space, coding, level) for level in range(len(space.levels))]
        assert [sorted(level) for level in found] == [sorted(level) for level in levels]
        reached = set().union(*levels)
        assert space.count == len(reached)
        assert space.transitions == sum(len(graph[n]) for n in reached)
        assert space.dead_ends == sum(not graph[n] for n in reached)
        assert space.seen() == bytes([space.dead_ends > 0, 5 in reached, space.transitions > 0])
        assert space.depth == len(levels) - 1 and space.frontier == len(levels[-1])
        for level in range(1, len(levels)):
            for low, high in space.levels[level]:
                for index in range(low, high):
                    source = coding.decode(space.words(space.parent(index)))
                    assert source in levels[level - 1]
                    assert coding.decode(space.words(index)) in {t for t, _ in graph[source]}
        space.close()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_million_states(threads: int) -> None:
    space = Space(grid(100), threads, PLENTY)
    space.start([(0,)])
    assert explore(space) is End.COMPLETE
    assert (space.count, space.transitions, space.depth) == (1_000_000, 3 * 99 * 100 * 100, 297)
    start = space.store.states.address
    stored = [w for low, high in space.regions for w in arena.words(start + 8 * low, high - low)]
    assert set(stored) == {x | y << 10 | z << 20 for x in range(100) for y in range(100) for z in range(100)}
    space.close()


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no more threads, one does all."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(spaces, "WIDE", 1)
    monkeypatch.setattr(spaces, "PIECE", 100)
    space = Space(grid(30), 3, PLENTY)
    space.start([(0,)])
    assert explore(space) is End.COMPLETE
    assert (space.count, space.transitions) == (27_000, 3 * 29 * 900)
    space.close()


def test_regions_share_a_scarce_address_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each could hold every state."""
    plenty = store.sizes(grid(9), 2, PLENTY).region
    monkeypatch.setattr(store.arena, "addresses_are_scarce", lambda: True)
    assert store.sizes(grid(9), 2, PLENTY).region < 0.6 * plenty


def test_no_initial_state() -> None:
    space = Space(grid(3), 1, PLENTY)
    space.start([])
    assert space.advance(always) is End.COMPLETE
    assert (space.count, space.depth, space.frontier) == (0, -1, 0)
    space.close()


def test_the_caller_stops_it_and_it_goes_on() -> None:
    for threads in (1, 2):
        space = Space(grid(40), threads, PLENTY, quota=100)
        space.start([(0,)])
        ends = []
        while True:
            ends.append(space.advance(chain([True, True, False], repeat(True)).__next__))
            if ends[-1] is End.COMPLETE:
                break
        assert End.STOPPED in ends
        assert (space.count, space.transitions) == (64_000, 3 * 39 * 40 * 40)
        space.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_limit_of_states(threads: int) -> None:
    """The limit is met within a batch a thread; a model of just so many states is complete."""
    space = Space(grid(20), threads, PLENTY, max_states=5_000)
    space.start([(0,)])
    assert explore(space) is End.STATES
    assert 5_000 < space.count <= 5_000 + 3 * 64 * threads
    space.close()
    space = Space(grid(20), threads, PLENTY, max_states=8_000)
    space.start([(0,)])
    assert explore(space) is End.COMPLETE
    space.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_limit_of_memory(threads: int) -> None:
    space = Space(grid(100), threads, 6 << 20)
    space.start([(0,)])
    assert explore(space) is End.MEMORY
    assert space.bytes_used <= (6 << 20) + spaces.QUOTA * 12
    assert 50_000 < space.count < 1_000_000
    assert space.words(space.regions[0][0]) == (0,)
    space.close()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_regions_full(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread whose region is full leaves its work to the others, until all are full."""
    monkeypatch.setattr(spaces, "WIDE", 1)
    monkeypatch.setattr(store, "MOST_STATES", threads * 20_000)
    space = Space(grid(100), threads, PLENTY, quota=1000)
    space.start([(0,)])
    assert explore(space) is End.INDICES
    room = space.store.sizes.room
    assert all(20_000 - room < high - low <= 20_000 for low, high in space.regions)
    assert space.advance(always) is End.INDICES
    space.close()


@pytest.mark.parametrize("threads", [1, 3])
def test_interrupt_leaves_it_consistent(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "WIDE", 1)
    space = Space(grid(50), threads, PLENTY, quota=500)
    space.start([(0,)])
    interrupts = 0

    def now_and_then() -> bool:
        nonlocal interrupts
        if space.count > 2_000 * (interrupts + 1):
            interrupts += 1
            raise KeyboardInterrupt
        return True

    while not space.complete:
        try:
            space.advance(now_and_then)
            now_and_then()
        except KeyboardInterrupt:
            assert sum(high - low for low, high in space.regions) == space.count
            assert space.levels[-1] and space.words(space.regions[0][1] - 1)
    assert interrupts > 10
    assert (space.count, space.transitions, space.depth) == (125_000, 3 * 49 * 2500, 147)
    space.close()


def test_interrupt_while_the_table_is_rebuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table half rebuilt is not used: it is begun anew."""
    space = Space(grid(50), 1, PLENTY)
    space.start([(0,)])
    rebuild, calls = space._rebuild, 0

    def interrupted(here: int, low: int, high: int) -> int:
        nonlocal calls
        calls += 1
        if calls % 2:
            rebuild(here, low, low + (high - low) // 2)
            raise KeyboardInterrupt
        return int(rebuild(here, low, high))

    monkeypatch.setattr(space, "_rebuild", interrupted)
    seen = 0
    while not space.complete:
        try:
            space.advance(always)
        except KeyboardInterrupt:
            seen += 1
    assert seen > 2 and space.count == 125_000
    space.close()


def test_too_many_successors_are_our_fault() -> None:
    """Rules that stop although a batch must fit are noticed, not taken for the end."""
    good = grid(5)
    wrong = Rules(1, 30, good.text.replace("ret i64 %last", "ret i64 %first"), 3, 0, 0)
    space = Space(wrong, 1, PLENTY)
    space.start([(0,)])
    with pytest.raises(RuntimeError, match="successors"):
        space.advance(always)
    space.close()


def test_better_code_is_swapped_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "LONG_RUN", 1000)
    space = Space(grid(60), 2, PLENTY, quota=500)
    space.start([(0,)])
    first = space.store.context[spaces.Context.EXPAND]

    def patient() -> bool:
        if space._better is not None:
            space._better.result()
        return True

    while not space.complete:
        space.advance(patient)
    assert space.store.context[spaces.Context.EXPAND] != first
    assert space.count == 216_000
    space.close()


def test_little_virtual_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system refuses a large reservation, a smaller one is taken; where any, it is said."""
    real = store.arena.reserve
    asked: list[int] = []

    def stingy(size: int, *, huge: bool = False) -> object:
        asked.append(size)
        return real(size, huge=huge) if size < 1 << 22 else None

    monkeypatch.setattr(store.arena, "reserve", stingy)
    space = Space(grid(20), 1, PLENTY)
    space.start([(0,)])
    assert explore(space) is End.COMPLETE and space.count == 8_000
    assert max(asked) > 1 << 26 and space.store.sizes.region * 8 < 1 << 22
    space.close()
    monkeypatch.setattr(store.arena, "reserve", lambda *_, **__: None)
    with pytest.raises(MemoryError):
        Space(grid(20), 1, PLENTY)


def test_kinds_of_tables() -> None:
    graph = random_graph(1, 20, 3)
    assert Space(rules_of(graph, WHOLE), 1, PLENTY).kind.whole
    assert not Space(rules_of(graph, FULL), 1, PLENTY).kind.whole
    assert not Space(rules_of(graph, TWO), 2, PLENTY).kind.whole
