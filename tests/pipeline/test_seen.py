"""Incremental mutation testing: the same suite, decided anew only where what it depends on changed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.test_mutate import SPEC
from tcpverify.analysis.suite import Suite
from tcpverify.limits import Limits
from tcpverify.pipeline import mutate as module
from tcpverify.pipeline import remembered, seen
from tcpverify.pipeline.load import Spec, load_text
from tcpverify.pipeline.mutate import Wish, mutate
from tcpverify.pipeline.plan import Planned, Request

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no owners to check")

LATER = "check later { run once  expect opens : reachable  expect no_deadlock : violated }\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the checks that are decided, one for each time."""
    told: list[str] = []

    def decide(spec: Spec, request: Request, p: Planned, *more: object) -> object:
        told.append(p.instance.check.name.text)
        return deciding(spec, request, p, *more)  # type: ignore[arg-type]

    deciding = module.decide
    monkeypatch.setattr(module, "decide", decide)
    return told


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def suite(where: Path | None, text: str = SPEC, **wish: object) -> Suite:
    return mutate(load_text(text), Wish(cache=where, **wish))  # type: ignore[arg-type]


def plain(found: Suite) -> Suite:
    """A suite without how much of it was known."""
    return replace(found, known=0)


# --- The same ----------------------------------------------------------------------------------------


def test_again_nothing_is_decided_and_everything_is_told(where: Path, asked: list[str]) -> None:
    first = suite(where, SPEC + LATER)
    assert asked and first.known == 0 < first.tried
    asked.clear()
    again = suite(where, SPEC + LATER)
    assert not asked
    assert again.known == again.tried
    assert plain(again) == first == suite(None, SPEC + LATER)


def test_several_processes_keep_the_same(where: Path, asked: list[str]) -> None:
    first = suite(where, jobs=2)
    asked.clear()
    assert plain(suite(where)) == first
    assert not asked


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("message Segment", "# moved\n\n\nmessage Segment"),
        ("on receive SYN -> OPEN", 'on receive SYN cite "RFC 9293 3.5"\n -> OPEN'),
        ("property opens :", 'property opens cite "RFC 9293" :'),
        ("check open {", 'check open { doc "what it is for"'),
        (LATER, LATER + "def late() : bool = B in OPEN\nproperty more : always late() => A in DONE\n"),
        (LATER, LATER + "scenario twice on path { A calls go at most 2 }\n"),
    ],
)
def test_what_changes_nothing_is_not_decided_again(where: Path, asked: list[str], old: str, new: str) -> None:
    text = SPEC + LATER
    assert old in text
    suite(where, text)
    asked.clear()
    found = suite(where, text.replace(old, new))
    assert not asked
    assert plain(found) == suite(None, text.replace(old, new))


def test_how_many_mutants_are_asked_for_changes_no_answer(where: Path, asked: list[str]) -> None:
    whole = suite(where)
    asked.clear()
    drawn = suite(where, limit=4, seed=2)
    assert not asked
    assert drawn.tried == 4
    assert {m for m in drawn.mutants if m.fate != "unreached"} < set(whole.mutants)


# --- What is decided anew ----------------------------------------------------------------------------


def test_a_changed_check_alone_is_decided_again(where: Path, asked: list[str]) -> None:
    """What the others say of a mutant is known, and what they kill is not put to it."""
    text = SPEC + LATER
    suite(where, text)
    asked.clear()
    changed = text.replace("check later { run once  expect opens : reachable", "check later { run once")
    found = suite(where, changed)
    assert set(asked) == {"later"}
    assert 0 < found.known < found.tried
    assert plain(found) == suite(None, changed)


def test_a_check_that_is_added_is_put_to_what_survived(where: Path, asked: list[str]) -> None:
    first = suite(where)
    asked.clear()
    notices = "property tried : always A in DONE => A.tries == 1\n"
    notices += "check tries { run once  expect tried : holds  expect no_deadlock : violated }\n"
    found = suite(where, SPEC + notices)
    assert len(found.of("killed")) == len(first.of("killed")) + 1
    assert set(asked) == {"tries"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tries := 1  send SYN", "tries := 2  send SYN"),
        ("capacity 1", "capacity 2"),
        ("A calls go at most 1", "A calls go at most 2"),
        ("always B in OPEN => A in DONE", "always B in OPEN => A in DONE and A.tries == 1"),
        ("expect first : holds", "expect first : violated"),
        ("flags { SYN, RST }", "flags { SYN, RST, FIN }"),
    ],
)
def test_what_changes_something_is_decided_again(where: Path, asked: list[str], old: str, new: str) -> None:
    changed = SPEC.replace(old, new)
    try:
        fresh = suite(None, changed)
    except module.ModelError:  # what is expected is wrong now
        fresh = None
    suite(where)
    asked.clear()
    try:
        assert plain(suite(where, changed)) == fresh
    except module.ModelError:
        assert fresh is None
    assert "open" in asked


def test_other_limits_and_tools_are_other_answers(where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite(where)
    assert suite(where, limits=Limits(max_states=500, seconds=20)).known == 0
    assert suite(where, limits=Limits(max_states=100_000, seconds=10)).known == 0
    monkeypatch.setattr(seen, "tools", lambda: "another python")
    assert suite(where).known == 0


# --- What is not kept --------------------------------------------------------------------------------


def test_what_a_limit_broke_off_is_not_kept(where: Path) -> None:
    """Without its guard a client counts on: too many states for a mutant, undecided each time."""
    text = SPEC.replace("0..3", "0..999").replace("call go\n", "call go, more\n")
    text = text.replace("DONE { on", "DONE { on call more when tries < 2 { tries := tries + 1 }  on")
    text = text.replace("at most 1 }", "at most 1  A calls more }")
    limits = Limits(max_states=20, seconds=20)
    first = suite(where, text, limits=limits)
    open_ = {m.number for m in first.of("undecided")}
    assert open_
    again = suite(where, text, limits=limits)
    assert plain(again) == first
    assert again.known == again.tried - len(open_)


def test_what_was_interrupted_is_kept_as_far_as_it_came(where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0

    def decide(*more: object) -> object:
        nonlocal count
        count += 1
        if count > 5:
            raise KeyboardInterrupt
        return deciding(*more)  # type: ignore[arg-type]

    deciding = module.decide
    with monkeypatch.context() as patch:
        patch.setattr(module, "decide", decide)
        broken_off = suite(where)
    assert not broken_off.complete
    whole = suite(where)
    assert whole.complete
    assert whole.known == len([m for m in broken_off.mutants if m in whole.mutants and m.fate != "unreached"])


def test_what_is_damaged_is_not_used(where: Path) -> None:
    first = suite(where)
    (kept,) = where.iterdir()
    for damage in (b"", b"{}", b"[1]", b'{"x": [1]}', b'{"x": 1}', b'{"x": [true, 1, 0, 0, null]}'):
        assert remembered.files.keep(where, kept.name, remembered.zlib.compress(damage))
        assert suite(where) == first
    kept.write_bytes(b"nothing")
    assert suite(where) == first
    kept.chmod(0o666)
    assert suite(where).known == 0


def test_the_oldest_answers_go_first(where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite(where)
    suite(where, SPEC.replace("tries := 1", "tries := 2"))
    rows = seen.recall(where, "<text>")
    monkeypatch.setattr(seen, "MOST", 3)
    suite(where)
    kept = seen.recall(where, "<text>")
    assert len(kept) == 3 < len(rows)
    assert kept.keys() < rows.keys()
