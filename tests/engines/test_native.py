"""Machine code, with one thread and with several, gives what the interpreter gives: states, transitions,
depth, dead ends, verdicts, and the very same traces."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite")

from tcpverify.explicit import engine, search
from tcpverify.explicit.native import search as native
from tcpverify.explicit.native.generate import generate
from tcpverify.explicit.native.layout import layout
from tcpverify.explicit.native.space import End, Space
from tcpverify.explicit.native.watching import watches
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Limits, silent
from tcpverify.verdict import Decision, Verdict, Violated, trace_of, word
from tests.engines.comparing import Engine, complaints
from tests.engines.corpus import SIZE, corpus, sample
from tests.engines.oracle import Oracle


def with_threads(threads: int) -> Engine:
    """The engine with this many threads."""

    def run(system: System, properties: Sequence[Property]) -> Decision:
        return native.run(system, properties, Limits(threads=threads), silent)

    return run


@pytest.mark.parametrize("index", range(SIZE))
def test_the_corpus(index: int) -> None:
    for threads in (1, 2):
        assert complaints(corpus(SIZE)[index], with_threads(threads), exact=True) == []


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), threads=st.integers(1, 3))
def test_any_seed(seed: int, threads: int) -> None:
    found = sample(seed, least=1, most=200)
    if found is not None:
        assert complaints(found, with_threads(threads), exact=True) == []


@pytest.mark.parametrize("index", range(0, SIZE, 3))
def test_all_that_is_seen_on_the_way(index: int) -> None:
    """The whole decision: actions taken, places visited, the way to a deadlock, cycles without a tick."""
    found = corpus(SIZE)[index]
    plain = search.run(found.system, found.properties, Limits())
    quick = with_threads(1)(found.system, found.properties)
    assert (quick.taken, quick.visited) == (plain.taken, plain.visited)
    assert quick.statistics is not None and plain.statistics is not None
    assert quick.statistics.deadlock == plain.statistics.deadlock
    assert (quick.statistics.zeno is None) == (plain.statistics.zeno is None)


@pytest.mark.parametrize("index", range(SIZE))
def test_the_same_traces_of_responses_whatever_the_threads(index: int) -> None:
    """Traces of responses are as long as the interpreter's, with a loop where those have one, and do not
    depend on how states are numbered."""
    found = corpus(SIZE)[index]
    asked = [p for p in found.properties if p.kind is PropertyKind.RESPONSE]
    plain = search.run(found.system, asked, Limits()).verdicts
    quick = [with_threads(threads)(found.system, asked).verdicts for threads in (1, 2, 3)]
    assert quick[0] == quick[1] == quick[2]
    assert {n: outline(v) for n, v in quick[0].items()} == {n: outline(v) for n, v in plain.items()}


def outline(verdict: Verdict) -> tuple[str, int | None, bool]:
    """The word of a verdict, the steps of its trace, and whether that is a lasso."""
    trace = trace_of(verdict)
    return word(verdict), None if trace is None else len(trace), trace is not None and trace.loop is not None


@pytest.mark.parametrize("index", range(0, SIZE, 4))
def test_whatever_is_asked_the_search_goes_on(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A response is decided on the whole graph, also where no more is wanted than one trace a property."""
    monkeypatch.setattr(engine, "SMALL", 10)

    def run(system: System, properties: Sequence[Property]) -> Decision:
        return engine.run(system, properties, Limits(), exhaustive=False)

    assert complaints(corpus(SIZE)[index], run, exact=True) == []


def test_the_size_of_a_trap() -> None:
    sizes = []
    for found in corpus(SIZE):
        traps = (p for p in found.properties if p.kind is PropertyKind.TRAP_FREE)
        asked = [p for p in traps if found.truth.answers[p.name][0] == "violated"]
        if not asked:
            continue
        decisions = search.run(found.system, asked, Limits()), with_threads(2)(found.system, asked)
        for prop in asked:
            plain, quick = (d.verdicts[prop.name] for d in decisions)
            assert isinstance(plain, Violated) and isinstance(quick, Violated)
            assert plain.trap == quick.trap
            sizes.append(plain.trap)
    assert len(set(sizes)) > 3


@pytest.mark.parametrize("threads", [1, 2])
def test_the_set_of_states(threads: int) -> None:
    """The very states, each once, each in its level."""
    for found in corpus(SIZE)[::4]:
        packing = layout(found.system)
        rules = generate(found.system, packing, watches(found.properties))
        oracle = Oracle(found.system)
        space = Space(rules, threads, 1 << 30)
        try:
            space.start([packing.pack(s) for s in Interpreter(found.system).initial()])
            while space.advance(lambda: True) is End.LEVEL:
                pass
            levels = [
                [packing.unpack(space.words(i)) for low, high in ranges for i in range(low, high)]
                for ranges in space.levels
            ]
        finally:
            space.close()
        assert [set(level) for level in levels] == oracle.levels
        assert [len(level) for level in levels] == [len(level) for level in oracle.levels]


def test_a_limit_on_states_is_told() -> None:
    found = max(corpus(SIZE), key=lambda s: s.truth.states)
    decision = native.run(found.system, found.properties, Limits(max_states=20), silent)
    assert decision.statistics is not None and not decision.statistics.complete
    complete = {name for name, (word, _) in found.truth.answers.items() if word == "holds"}
    told = {str(getattr(decision.verdicts[name], "reason", "")) for name in complete}
    assert all("limit of 20 states" in reason for reason in told)


def test_time_locks_and_endless_instants_occur() -> None:
    """Else agreement on them would mean little."""
    decisions = [search.run(s.system, s.properties, Limits()) for s in corpus(SIZE)]
    assert any(d.statistics is not None and d.statistics.zeno is not None for d in decisions)
