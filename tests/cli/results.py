"""Results without a run, of any names and lengths."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from hypothesis import strategies as st

from tcpverify.result import CountResult, FindResult, Result
from tcpverify.verdict import Bounded, Exhausted, Expectation, Holds, Induction, Statistics, Unknown, Vacuous

texts = st.text(
    st.one_of(st.characters(), st.sampled_from("服務👍é\u0301 \x1b\u202e")), min_size=1, max_size=90
)
words = st.one_of(texts, st.from_regex(r"[a-z_]{1,40}", fullmatch=True))
counts = st.builds(Exhausted, st.integers(1, 10**12), st.integers(0, 10**12), st.integers(0, 10**6))
verdicts = st.one_of(
    st.builds(Holds, counts),
    st.builds(Holds, st.builds(Induction, st.integers(1, 9), st.tuples(words))),
    st.builds(Vacuous, texts, counts),
    st.builds(Bounded, st.integers(0, 10**6)),
    st.builds(Unknown, texts),
)
expectations = st.one_of(
    st.none(),
    st.builds(Expectation, st.sampled_from(["holds", "holds by proof", "violated", "unknown"])),
    st.builds(Expectation, st.just("violated"), st.integers(0, 10**9), st.integers(0, 10**9)),
)
statistics = st.one_of(
    st.none(),
    st.builds(
        Statistics, st.integers(0, 10**12), st.just(3), st.just(4), st.booleans(), st.just(0), st.none()
    ),
)
instances = st.lists(st.tuples(words, words), max_size=3).map(tuple)


def _result(name: str, **values: Any) -> Result:
    prop = cast(Any, SimpleNamespace(name=name, text=f"always {name}", cites=()))
    return Result(prop=prop, system=cast(Any, None), cites=(name,), seconds=0.25, **values)


results = st.builds(
    _result,
    words,
    file=words,
    check=words,
    instance=instances,
    variants=st.lists(words, max_size=2).map(tuple),
    engine=st.sampled_from(["explicit", "smt", "both"]),
    verdict=verdicts,
    expected=expectations,
    automatic=st.booleans(),
    statistics=statistics,
)
count_results = st.builds(
    CountResult,
    file=words,
    check=words,
    instance=instances,
    states=st.one_of(st.none(), st.integers(0, 10**12)),
    expected=st.integers(0, 10**12),
    engine=st.just("explicit"),
    statistics=statistics,
    seconds=st.just(1.5),
)
answers = st.one_of(st.none(), st.just("none"), st.integers(-(10**6), 10**6))
find_results = st.builds(
    FindResult,
    file=words,
    check=words,
    instance=instances,
    variants=st.lists(words, max_size=2).map(tuple),
    name=words.map("least {}".format),
    question=words,
    prop=words.map(lambda name: cast(Any, SimpleNamespace(name=name))),
    found=answers,
    why=texts,
    expected=answers,
    table=st.just(()),
    engine=st.just("explicit"),
    seconds=st.just(0.5),
)
rows = st.lists(st.one_of(results, count_results, find_results), min_size=1, max_size=6)
