"""Certificates of an earlier run are tried first, checked like all else, and never trusted."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from certify.certificates import PROOFS, SPECS, Tampered
from certify.test_traps import PROVED, REFUTED, Copied

from tcpverify.certify.folder import INVARIANT, TRAP, WAYS
from tcpverify.diagnostics import Collector
from tcpverify.ir.system import Property, System
from tcpverify.limits import Limits
from tcpverify.pipeline import ask as asking
from tcpverify.pipeline import condition, stored
from tcpverify.pipeline.check import verify
from tcpverify.pipeline.load import load
from tcpverify.pipeline.plan import Planned, Request, plan
from tcpverify.pipeline.stored import NOTHING, Known
from tcpverify.result import FindResult, Result
from tcpverify.smt import engine
from tcpverify.verdict import Decision, Holds, Invariant, Trap, Unknown, Verdict, Violated, Ways, word

HANDSHAKE, TRAPS, TIMEWAIT = "handshake_unbounded.tcpv", "handshake_traps.tcpv", "timewait_condition.tcpv"
TIMER, PHANTOM = "timer_of_syn", "no_phantom"


def known(t: Tampered, spec: str, check: str, prop: str) -> Verdict | None:
    """What the certificates of a copy show of a property of a check of its spec."""
    one = load(t.specs / spec)
    [row] = plan(one, Request((check,), (prop,)), Collector())
    assert row.model is not None
    [asked] = row.model.properties
    system = row.model.system_of(asked)
    return stored.known(t.proofs, one, row.instance.request, system, [asked], Limits()).verdicts.get(prop)


def verdicts(path: Path, proofs: Path | None, check: str, *props: str) -> dict[str, Verdict]:
    outcome = verify(load(path), Request((check,), props, proofs=proofs))
    assert not outcome.errors and not outcome.failures
    return {r.prop.name: r.verdict for r in outcome.results if isinstance(r, Result)}


@pytest.fixture
def timer(tmp_path: Path) -> Tampered:
    return Tampered(tmp_path, Path("handshake_unbounded", TIMER))


# --- What is stored is used --------------------------------------------------------------------------


def test_nothing_is_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_walked", None)
    found = verdicts(SPECS / HANDSHAKE, PROOFS, "three_way", PHANTOM)[PHANTOM]
    assert isinstance(found, Holds) and isinstance(found.evidence, Invariant) and found.evidence.assumes


def test_that_it_says_anything_is_still_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def search(*rest: Any) -> Decision:
        looked.append(list(rest[-1]))
        return Decision({TIMER: Unknown("whether its timer ever runs")})

    monkeypatch.setattr(engine, "_walked", search)
    found = verdicts(SPECS / HANDSHAKE, PROOFS, "three_way", TIMER)
    assert looked == [[TIMER]] and isinstance(found[TIMER], Unknown)


def test_a_trap_and_ways(tmp_path: Path) -> None:
    trapped = known(Copied(tmp_path / "1", REFUTED), TRAPS, "two_way", "recovers")
    assert isinstance(trapped, Violated) and isinstance(trapped.trap, Trap) and len(trapped.trace) == 3
    free = known(Copied(tmp_path / "2", PROVED), TRAPS, "three_way_hears", "recovers")
    assert isinstance(free, Holds) and isinstance(free.evidence, Ways) and free.evidence.invariant.assumes


def test_only_of_the_same_instance(tmp_path: Path) -> None:
    copy = Copied(tmp_path, PROVED)
    assert known(copy, TRAPS, "three_way", "recovers") is None
    assert known(copy, TRAPS, "two_way", "recovers") is None


def test_of_an_older_spec_as_far_as_it_is_still_a_proof(timer: Tampered) -> None:
    path = timer.specs / HANDSHAKE
    path.write_text(
        path.read_text().replace(
            "    state CLOSED initial {", "    var more : bool\n    state CLOSED initial {"
        )
    )
    assert timer.problems() != []
    assert isinstance(known(timer, HANDSHAKE, "three_way", TIMER), Holds)


# --- And never trusted -------------------------------------------------------------------------------


def _invariant(text: str) -> Callable[[Tampered], object]:
    return lambda t: (t.at / INVARIANT).write_text(text)


def _linked(name: str) -> Callable[[Tampered], object]:
    """A file that is somewhere else."""

    def change(t: Tampered) -> None:
        (t.at / name).rename(t.specs / name)
        (t.at / name).symlink_to(t.specs / name)

    return change


def _linked_folder(t: Tampered) -> None:
    t.at.rename(t.specs / "elsewhere")
    t.at.symlink_to(t.specs / "elsewhere")


def _linked_folders(t: Tampered) -> None:
    t.at.parent.rename(t.specs / "elsewhere")
    t.at.parent.symlink_to(t.specs / "elsewhere")


def _pipe(t: Tampered) -> None:
    (t.at / INVARIANT).unlink()
    os.mkfifo(t.at / INVARIANT)


WRONG: dict[str, Callable[[Tampered], object]] = {
    "not implied": _invariant("property x : lemma true\n"),
    "not at the start": _invariant("property x : lemma false\n"),
    "not inductive": _invariant("property x : lemma A in CLOSED\n"),
    "the property itself": _invariant(f"property {TIMER} : lemma A in CLOSED\n"),
    "no lemma": _invariant("variant x { }\n"),
    "no language": _invariant("property"),
    "no such name": _invariant("property x : lemma C in CLOSED\n"),
    "of another system": _invariant("property x : lemma confirmed in YES\n"),
    "empty": _invariant(""),
    "deeply nested": _invariant("property x : lemma " + "(" * 100_000 + "true" + ")" * 100_000),
    "huge": _invariant("#" * (stored.MOST_BYTES + 1)),
    "no text": lambda t: (t.at / INVARIANT).write_bytes(b"\xff\xfe"),
    "no file": lambda t: (t.at / INVARIANT).unlink(),
    "a pipe": _pipe,
    "a link": _linked(INVARIANT),
    "a link to the manifest": _linked("manifest.json"),
    "a link to the folder": _linked_folder,
    "a link to all folders": _linked_folders,
    "no manifest": lambda t: (t.at / "manifest.json").write_text("{"),
    "a manifest deeply nested": lambda t: (t.at / "manifest.json").write_text("[" * 100_000),
    "another format": lambda t: t.manifest(lambda m: m.update(format="tcpverify condition certificate 1")),
    "another spec": lambda t: t.manifest(lambda m: m.update(spec="other.tcpv")),
    "another scenario": lambda t: t.manifest(lambda m: m.update(scenario="any_number")),
    "a variant": lambda t: t.manifest(lambda m: m.update(variants=["deaf"])),
    "other parameters": lambda t: t.manifest(lambda m: m.update(params={"kind": "two_way"})),
    "another property": lambda t: t.manifest(lambda m: m.update(property=PHANTOM)),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_what_is_no_proof_shows_nothing(timer: Tampered, change: Callable[[Tampered], object]) -> None:
    change(timer)
    assert known(timer, HANDSHAKE, "three_way", TIMER) is None


def test_the_untouched_copy(timer: Tampered) -> None:
    assert isinstance(known(timer, HANDSHAKE, "three_way", TIMER), Holds)


def test_a_proof_of_another_instance_changes_no_verdict(tmp_path: Path) -> None:
    forged = Tampered(tmp_path)
    forged.manifest(lambda m: m.update(params={"kind": "two_way"}))
    found = verdicts(forged.specs / HANDSHAKE, forged.proofs, "two_way", PHANTOM)[PHANTOM]
    assert isinstance(found, Violated) and len(found.trace) == 2


def test_a_wrong_proof_costs_time_alone(timer: Tampered) -> None:
    WRONG["not inductive"](timer)
    assert word(verdicts(timer.specs / HANDSHAKE, timer.proofs, "three_way", TIMER)[TIMER]) == "holds"


def test_no_trap_by_a_run_that_is_none(tmp_path: Path) -> None:
    copy = Copied(tmp_path, REFUTED)
    copy.change(TRAP, "SYN_SENT", "GONE")
    assert known(copy, TRAPS, "two_way", "recovers") is None


@pytest.mark.parametrize(
    "text", ["[]", "{}", "[[{}]]", "[[1]]", '[[{"index": 99, "takes": null, "choices": []}]]']
)
def test_no_proof_by_ways_that_are_none(tmp_path: Path, text: str) -> None:
    copy = Copied(tmp_path, PROVED)
    (copy.at / WAYS).write_text(text)
    assert known(copy, TRAPS, "three_way_hears", "recovers") is None


def test_no_ways_and_a_trap_at_once(tmp_path: Path) -> None:
    copy = Copied(tmp_path, PROVED)
    (copy.at / TRAP).write_text("{}")
    assert known(copy, TRAPS, "three_way_hears", "recovers") is None


def test_the_search_has_all_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, given = [0.0], []

    def recall(_system: System, _properties: Sequence[Property], _limits: Limits) -> Known:
        now[0] += 7.0
        return NOTHING

    def search(*rest: Any) -> Decision:
        given.append(rest[2].seconds)
        return Decision({})

    monkeypatch.setitem(asking.ENGINES, "smt", replace(asking.ENGINES["smt"], run=search))
    row: Planned = plan(load(SPECS / HANDSHAKE), Request(("three_way",)), Collector())[0]
    assert row.model is not None and len(row.model.watched) == 1
    limits = Limits(seconds=10.0, clock=lambda: now[0])
    asking.ask("smt", row.instance, row.model, limits, lambda _: None, recall=recall)
    assert given == [10.0, 10.0]
    assert stored.within(limits).seconds == 5.0


# --- Conditions on durations -------------------------------------------------------------------------

CONDITION = "separate-condition-two_msl-T-MSL"


def answer(t: Tampered) -> FindResult:
    outcome = verify(load(t.specs / TIMEWAIT), Request(("two_msl",), proofs=t.proofs))
    [found] = outcome.results
    assert isinstance(found, FindResult) and not outcome.failures
    return found


@pytest.fixture
def two_msl(tmp_path: Path) -> Tampered:
    return Tampered(tmp_path, Path("timewait_condition", CONDITION), TIMEWAIT)


def test_a_condition_is_not_searched_for(two_msl: Tampered, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = answer(without_proofs(two_msl))
    monkeypatch.setattr(condition, "search", None)
    found = answer(two_msl)
    assert found.met and found.answer == "T >= 2 * MSL"
    assert _told(found) == _told(searched)


def _told(found: FindResult) -> object:
    region = found.region
    assert region is not None
    runs = [(c.parameters, c.times, len(c.trace)) for c in region.counterexamples]
    return found.why, region.condition, region.invariant, region.obligations, region.judges, runs


def without_proofs(t: Tampered) -> Tampered:
    """The same without what is stored."""
    other = object.__new__(Tampered)
    other.proofs, other.specs, other.at = t.proofs / "nothing", t.specs, t.at
    return other


NO_CONDITION: dict[str, Callable[[Tampered], object]] = {
    "weakened": lambda t: t.change("condition.txt", "condition T >= 2 * MSL", "condition T >= MSL"),
    "strengthened": lambda t: t.change("condition.txt", "condition T >= 2 * MSL", "condition T >= 3 * MSL"),
    "none": lambda t: t.change("condition.txt", "condition T >= 2 * MSL", "condition none"),
    "a state changed": lambda t: t.change("condition.txt", "case A = TIME_WAIT", "case A = CLOSED"),
    "a run changed": lambda t: t.change("broken-1.run.json", '"T": "', '"T": "100'),
    "no run": lambda t: (t.at / "broken-1.run.json").unlink(),
    "no condition": lambda t: (t.at / "condition.txt").unlink(),
    "a link": _linked("condition.txt"),
    "huge": lambda t: (t.at / "condition.txt").write_text("#" * (stored.MOST_BYTES + 1)),
    "of another system": lambda t: t.manifest(lambda m: m.update(system="0")),
}


@pytest.mark.parametrize("change", NO_CONDITION.values(), ids=NO_CONDITION)
def test_a_wrong_condition_is_no_answer(
    two_msl: Tampered, change: Callable[[Tampered], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(two_msl)
    searches = []

    def search(*_: Any) -> condition.Failure:
        searches.append(1)
        return condition.Failure("searched for")

    monkeypatch.setattr(condition, "search", search)
    assert answer(two_msl).why == "searched for" and searches == [1]


def test_another_question_is_not_answered_by_it(two_msl: Tampered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condition, "search", lambda *_: condition.Failure("searched for"))
    outcome = verify(load(two_msl.specs / TIMEWAIT), Request(("sooner",), proofs=two_msl.proofs))
    assert [r.why for r in outcome.results if isinstance(r, FindResult)] == ["searched for"]
