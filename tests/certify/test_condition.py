"""A certificate of a `find condition` that anything was done to is refused; a shipped one is not."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from certify.certificates import PROOFS, SPECS, Tampered
from tcpverify.certify.condition import Found, meets, network, text_of, whole
from tcpverify.certify.timed_runs import read_run
from tcpverify.pipeline.condition_proofs import found_again
from tcpverify.pipeline.load import load
from tcpverify.smtlib.timed_words import read, read_condition
from tests.parametric import parametric

SPEC = "timewait_condition.tcpv"
CERTIFICATE = Path("timewait_condition", "separate-condition-two_msl-T-MSL")
OTHER = Path("timewait_condition", "separate-condition-assassination_averted-T-MSL")
NEVER = Path("timewait_condition", "separate-condition-for_ever-T-MSL")
CONDITION, RUN, REGION, PROOF = "condition.txt", "broken-1.run.json", "region-1.smt2", "invariant.smt2"


@pytest.fixture
def tampered(tmp_path: Path) -> Tampered:
    return Tampered(tmp_path, CERTIFICATE, SPEC)


def test_all_rows_of_the_table_are_shipped() -> None:
    asked = re.findall(r"find condition on", (SPECS / SPEC).read_text())
    assert len(list((PROOFS / "timewait_condition").iterdir())) == len(asked) == 8


def test_an_untouched_copy_is_sound(tampered: Tampered) -> None:
    assert tampered.problems() == []


def test_that_no_duration_is_enough(tmp_path: Path) -> None:
    never = Tampered(tmp_path, NEVER, SPEC)
    assert never.problems() == []
    never.change(CONDITION, "condition none", "condition T >= 100 * MSL")
    assert never.problems() != []


def _condition(old: str, new: str) -> Callable[[Tampered], object]:
    return lambda t: t.change(CONDITION, old, new)


def _drop_line(t: Tampered) -> None:
    """Drop the first bound of the invariant."""
    lines = (t.at / CONDITION).read_text().splitlines(keepends=True)
    first = next(i for i, x in enumerate(lines) if x.startswith("  "))
    (t.at / CONDITION).write_text("".join(lines[:first] + lines[first + 1 :]))


def _drop_case(t: Tampered) -> None:
    text = (t.at / CONDITION).read_text()
    last = text.rindex("\ncase ")
    (t.at / CONDITION).write_text(text[:last])


def _drop_first_case(t: Tampered) -> None:
    before, first, *others = (t.at / CONDITION).read_text().split("\ncase ")
    assert first.startswith("A = ESTABLISHED")
    (t.at / CONDITION).write_text("\ncase ".join([before, *others]))


def _drop_region(t: Tampered) -> None:
    """One region less, with all that belongs to it."""
    text = (t.at / CONDITION).read_text()
    (t.at / CONDITION).write_text(re.sub(r"excluded .*\n(?=\n)", "", text, count=1))
    for name in ("broken-2.run.json", "region-2.smt2"):
        (t.at / name).unlink()


def _other_files(t: Tampered) -> None:
    """The files of another condition under this one's name."""
    manifest = (t.at / "manifest.json").read_text()
    shutil.rmtree(t.at)
    shutil.copytree(PROOFS / OTHER, t.at)
    (t.at / "manifest.json").write_text(manifest)


def _spec(old: str, new: str) -> Callable[[Tampered], object]:
    def change(t: Tampered) -> None:
        text = (t.specs / SPEC).read_text()
        assert old in text
        (t.specs / SPEC).write_text(text.replace(old, new))

    return change


def _manifest(edit: Callable[[dict[str, Any]], object]) -> Callable[[Tampered], object]:
    return lambda t: t.manifest(edit)


def _run(edit: Callable[[dict[str, Any]], object]) -> Callable[[Tampered], object]:
    def change(t: Tampered) -> None:
        document = json.loads((t.at / RUN).read_text())
        edit(document)
        (t.at / RUN).write_text(json.dumps(document, indent=1) + "\n")

    return change


TAMPERED: dict[str, Callable[[Tampered], object]] = {
    "condition weakened": _condition("condition T >= 2 * MSL", "condition T >= MSL"),
    "condition strengthened": _condition("condition T >= 2 * MSL", "condition T >= 3 * MSL"),
    "condition twice": _condition("condition T >= 2 * MSL\n", "condition T >= 2 * MSL\ncondition true\n"),
    "region enlarged": _condition("excluded ", "excluded true  "),
    "region dropped": _drop_region,
    "clause dropped": _drop_line,
    "case dropped": _drop_case,
    "case added": _condition("\ncase A = EST", "\ncase A = CLOSED, B = LISTEN\n\ncase A = EST"),
    "constant changed": _condition(">= 2 * MSL + `began", ">= 1 * MSL + `began"),
    "another state": _condition("case A = TIME_WAIT", "case A = CLOSED"),
    "an unknown state": _condition("case A = TIME_WAIT", "case A = NOWHERE"),
    "an unknown name": _condition("A.one_msl = 1", "A.nothing = 1"),
    "SMT-LIB slipped in": _condition("T >= 2 * MSL", "T >= 2 * MSL) (assert false"),
    "false slipped into the proof": lambda t: t.change(PROOF, "(push 1)", "(assert false)\n(push 1)"),
    "false slipped into a region": lambda t: t.change(REGION, "(check-sat)", "(assert false)\n(check-sat)"),
    "a question dropped": lambda t: t.change(PROOF, "(check-sat)\n", ""),
    "all questions but one dropped": lambda t: (t.at / PROOF).write_text(
        "(set-logic ALL)\n(assert false)\n(check-sat)\n"
    ),
    "another condition's files": _other_files,
    "a run of other durations": _run(lambda d: d["parameters"].update(T="100")),
    "a run that is shorter": _run(lambda d: d["steps"].pop()),
    "a run that takes too long": _run(lambda d: d["steps"][-1].update(time="1000")),
    "a run that is no run": _run(lambda d: d.update(steps=[{}])),
    "a run by rules that are not there": _run(lambda d: d["steps"][0].update(rule=-1)),
    "no run": lambda t: (t.at / RUN).unlink(),
    "no other runs": lambda t: [p.unlink() for p in t.at.glob("run-*.json")],
    "expected dropped": lambda t: (t.at / "expected.smt2").unlink(),
    "another file": lambda t: (t.at / "more.smt2").write_text("(check-sat)\n"),
    "another spec": _spec("timer time_wait { after T }", "timer time_wait { after T + 1 }"),
    "a lifetime changed": _spec("lifetime MSL", "lifetime 2 * MSL"),
    "another expectation": _spec("T >= 2 * MSL", "T > MSL"),
    "no such check": _spec("check two_msl ", "check of_two_msl "),
    "another theorem": _manifest(lambda m: m.update(says="it holds")),
    "another network": _manifest(lambda m: m.update(network="any")),
    "no assumptions": _manifest(lambda m: m.update(assumes=[])),
    "nothing unseen": _manifest(lambda m: m.update({"not seen in any run": []})),
    "on other parameters": _manifest(lambda m: m.update(on=["MSL", "T"])),
    "the other kind": _manifest(lambda m: m.update(format="tcpverify certificate 1")),
}  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_tampered(tampered: Tampered, tamper: Callable[[Tampered], object]) -> None:
    tamper(tampered)
    tampered.sign()
    found = tampered.problems()
    assert found and all(found)


def _weakened(t: Tampered) -> None:
    _drop_region(t)
    t.change(CONDITION, "condition T >= 2 * MSL", "condition T >= MSL")


FORGED: dict[str, tuple[Callable[[Tampered], object], str]] = {
    "a weaker condition": (_weakened, "`invariant.smt2` with sat"),
    "a stronger condition": (_condition("n T >= 2 * MSL", "n T >= 3 * MSL"), "`cover.smt2` with sat"),
    "a larger region": (_condition("excluded T < MSL", "excluded T < 3 * MSL"), "`region-1.smt2` with sat"),
    "a weaker invariant": (_condition(">= 2 * MSL + `began", ">= MSL + `began"), "`invariant.smt2` with sat"),
    "an invariant without a case": (_drop_first_case, "`invariant.smt2` with sat"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "refused"), FORGED.values(), ids=FORGED)
def test_solvers_refuse_what_is_made_anew(
    tampered: Tampered, tamper: Callable[[Tampered], object], refused: str
) -> None:
    """A forger who writes every file as the spec and a wrong condition give it."""
    tamper(tampered)
    asked = found_again(load(SPECS / SPEC, SPECS), json.loads((tampered.at / "manifest.json").read_text()))
    text = text_of(asked)

    def runs(what: str) -> tuple[Any, ...]:
        names = sorted(tampered.at.glob(f"{what}-*.json"))
        return tuple(read_run(asked.system, text, name.read_text()) for name in names)

    found = Found(read(text, (tampered.at / CONDITION).read_text()), runs("broken"), runs("run"))
    for name, content in whole(asked, text, found, {}).items():
        (tampered.at / name).write_text(content)
    assert [refused in problem for problem in tampered.problems()] == [True, True]


def test_the_network_in_words() -> None:
    timed = parametric(("T", "L"), "apart").timed
    assert network(timed).endswith("or never: A -> B until L after it was last sent")
    alone = replace(timed, system=replace(timed.system, channels=()), lifetimes=())
    assert network(alone) == "none: nothing is sent"


def test_meeting_a_condition() -> None:
    condition = read_condition("T > D and (T >= MSL + D or T >= 2 * MSL)", ["T", "MSL", "D"])
    told = {(3, 2, 1): True, (2, 2, 1): False, (4, 2, 3): True, (3, 1, 3): False}
    for values, expected in told.items():
        assert meets(condition, [Fraction(v) for v in values]) is expected
