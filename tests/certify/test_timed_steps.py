"""What the timed reference does beside the rules of the files: a rule that says another thing is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from tcpverify.certify.folder import Refused
from tcpverify.certify.solvers import WORKERS
from tcpverify.certify.timed_runs import TimedRun, read_run, replayed, run_text, walks
from tcpverify.certify.timed_steps import step_files
from tcpverify.smtlib.timed import NOW, Rule, Timed, timed
from tests.parametric import parametric

ASKED = parametric(("T", "L"), "apart")
TEXT = timed(ASKED.timed, ASKED.formula)
RUNS = walks(ASKED.timed, TEXT)


def _answers(text: Timed) -> dict[str, str]:
    files = step_files(["test"], ASKED.timed, text, RUNS)
    return {name: word for name, one in files.items() for word in WORKERS["z3"]((one,))}


def _with(change: Callable[[Rule], Rule], name: str) -> Timed:
    assert any(name in rule.name for rule in TEXT.rules)
    return replace(TEXT, rules=tuple(change(r) if name in r.name else r for r in TEXT.rules))


def test_walks_take_what_is_possible() -> None:
    taken = {rule for run in RUNS for rule in run.rules}
    assert [r.name for n, r in enumerate(TEXT.rules) if n not in taken] == ["A in WAITING: exhausted rtx"]
    assert walks(ASKED.timed, TEXT) == RUNS


def test_the_files_are_refuted() -> None:
    assert _answers(TEXT) == {"steps.smt2": "unsat", "other-steps.smt2": "unsat"}


WRONG: dict[str, tuple[Callable[[Rule], Rule], str, str]] = {
    "always possible": (lambda r: replace(r, guard="true"), "receive Old", "other-steps.smt2"),
    "never possible": (lambda r: replace(r, guard="false"), "receive Old", "steps.smt2"),
    "time stands still": (lambda r: replace(r, moves={**r.moves, NOW: NOW}), "timeout quiet", "steps.smt2"),
    "nothing is sent": (
        lambda r: replace(r, moves={n: t for n, t in r.moves.items() if "sent" not in n}),
        "timeout quiet", "steps.smt2",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "name", "refused"), WRONG.values(), ids=WRONG)
def test_another_relation_is_noticed(change: Callable[[Rule], Rule], name: str, refused: str) -> None:
    assert _answers(_with(change, name))[refused] == "sat"


def test_another_start_is_noticed() -> None:
    assert _answers(replace(TEXT, initial="false"))["steps.smt2"] == "sat"


def test_runs_as_text() -> None:
    for run in RUNS:
        assert read_run(ASKED.timed, TEXT, run_text(ASKED.timed, TEXT, run)) == run


def test_runs_that_are_none() -> None:
    run = next(r for r in RUNS if len(r.steps) > 1)
    early = (Fraction(-1), *run.steps[0][1:])
    wrong = [
        replace(run, start=99),
        replace(run, parameters=(Fraction(0), Fraction(1))),
        replace(run, steps=(early, *run.steps[1:])),
        replace(run, steps=run.steps[1:]),
        TimedRun(run.parameters, 0, tuple(reversed(run.steps))),
    ]
    for one in wrong:
        with pytest.raises(Refused):
            replayed(ASKED.timed, TEXT, one)
    for text in ("", "[]", "{}", run_text(ASKED.timed, TEXT, run).replace('"rule": ', '"rule": 9')):
        with pytest.raises(Refused):
            read_run(ASKED.timed, TEXT, text)
