"""Why a model has many states: counts of what differs, fair samples, and hints that apply."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpverify.explicit import search
from tcpverify.explicit.growth import growth, shares, spaced
from tcpverify.ir.system import State, System
from tcpverify.limits import Limits, silent
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.scene import scene
from tcpverify.verdict import Growth, Spread

SPEC = """protocol p {{
  param limit : 1..1000 = 1000
  message M {{ seq : seqno mod 8 }}
  role R {{
    var n : 0..3
    var big : 0..1000
    var isn : seqno mod 8
    call go, pick
    state S initial {{
      on call go {{ send M (seq = isn)  n := (n + 1) % 4  if big < limit {{ big := big + 1 }} }}
      on call pick {{ isn := fresh }}
      on receive any ignore
    }}
  }}
}}
network w {{ endpoint A, B : R  link A <-> B {{ {link} }} }}
scenario s on w {{ A calls go, pick at most {calls}  B calls nothing }}
"""


def system(link: str = "capacity 2  overflow drop", calls: int = 9, limit: int = 1000) -> System:
    spec = load_text(SPEC.format(link=link, calls=calls), "p.tcpv")
    return scene(spec, None, (), {"limit": str(limit)}).model.system


def found(of: System, limits: Limits) -> Growth:
    statistics = search.run(of, (), limits).statistics
    assert statistics is not None and statistics.growth is not None
    return statistics.growth


def spread(of: Growth, name: str) -> Spread:
    return next(s for s in of.spreads if s.name == name)


@given(st.lists(st.integers(0, 500), max_size=30), st.integers(0, 2000))
def test_shares_are_even(sizes: list[int], most: int) -> None:
    taken = shares(sizes, most)
    assert sum(taken) <= most
    assert all(0 <= t <= size for t, size in zip(taken, sizes, strict=True))
    if sum(sizes) <= most:
        assert taken == sizes
    cut = [t for t, size in zip(taken, sizes, strict=True) if t < size]
    assert not cut or (max(cut) - min(cut) <= 1 and max(taken) <= max(cut) and sum(taken) > most - len(sizes))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=5), st.data())
def test_spaced_indices_are_distinct_and_inside(lengths: list[tuple[int, int]], data: st.DataObject) -> None:
    ranges, at = [], 0
    for gap, size in lengths:
        ranges.append((at + gap, at + gap + size))
        at += gap + size
    inside = [i for low, high in ranges for i in range(low, high)]
    count = data.draw(st.integers(0, len(inside)))
    taken = list(spaced(ranges, count))
    assert len(taken) == len(set(taken)) == count
    assert set(taken) <= set(inside)
    places = [inside.index(i) for i in taken]
    gaps = [b - a for a, b in pairwise(places)]
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_what_is_counted_and_what_grows() -> None:
    of = system()
    same = State((0,) * len(of.variables), ((), ()))
    assert growth(of, [(0, same)], [1]).spreads == ()
    seen = found(of, Limits(max_states=3000))
    assert (seen.states, seen.whole) == (3000, True)
    assert spread(seen, "A.n").values == 4
    assert not spread(seen, "A.n").growing
    assert spread(seen, "A.big").growing
    assert spread(seen, "A.big").possible == 1001
    names = [s.name for s in seen.spreads]
    assert "B.n" not in names
    assert [s.growing for s in seen.spreads] == sorted((s.growing for s in seen.spreads), reverse=True)


def test_hints_that_apply() -> None:
    seen = found(system(), Limits(max_states=3000))
    assert "every value of its type" in spread(seen, "A.n").hints[0]
    assert spread(seen, "A.big").hints == ()
    assert "`fresh` picks one of 8 values" in spread(seen, "A.isn").hints[0]
    channel = spread(seen, "channel A -> B").hints
    assert len(channel) == 1 and "full at times, with 2 segments" in channel[0]


def test_hints_about_channels_and_budgets() -> None:
    link = "capacity 9  duplicate unlimited  loss at most 50  overflow drop"
    seen = found(system(link), Limits(max_states=3000))
    assert "duplicated without limit" in spread(seen, "channel A -> B").hints[0]
    limited = found(system("capacity 9  duplicate at most 3  overflow drop"), Limits(max_states=3000))
    assert not any("without limit" in h for h in spread(limited, "channel A -> B").hints)
    calls = next(s for s in seen.spreads if "calls" in s.name)
    assert calls.hints == ("allow fewer calls: a smaller `at most`",)
    open_ended = found(system("capacity unlimited  loss at most 2"), Limits(max_states=3000))
    assert "no capacity" in spread(open_ended, "channel A -> B").hints[0]


def test_only_where_it_is_asked_for_or_something_stopped_the_search() -> None:
    of = system("capacity 1  overflow drop", calls=1, limit=3)
    stopped = search.run(of, (), Limits(max_states=50)).statistics
    assert stopped is not None and stopped.growth is not None
    assert stopped.stopped is not None and "limit of 50 states" in stopped.stopped
    decided = search.run(of, (), Limits(), exhaustive=False).statistics
    assert decided is not None and not decided.complete and decided.growth is None
    whole, asked = (search.run(of, (), Limits(growth=asked)).statistics for asked in (False, True))
    assert whole is not None and whole.complete and whole.growth is None and whole.stopped is None
    assert asked is not None and asked.growth is not None


def test_machine_code_and_python_tell_the_same() -> None:
    native = pytest.importorskip("tcpverify.explicit.native.search")
    pytest.importorskip("llvmlite")
    of = system("capacity 1  overflow drop", calls=1, limit=3)
    limits = Limits(growth=True, threads=2)
    plain = search.run(of, (), limits).statistics
    quick = native.run(of, (), limits, silent).statistics
    assert plain is not None and plain.growth is not None and plain.growth.whole
    assert quick.growth == plain.growth
