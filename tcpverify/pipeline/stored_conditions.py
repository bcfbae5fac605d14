"""The answer to a `find condition` that an earlier run stored, as a candidate: judged like one that was
searched for, and never trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tcpverify.certify.condition import CONDITION, RUN
from tcpverify.certify.folder import CONDITION_FORMAT, Refused
from tcpverify.certify.timed_runs import TimedRun, read_run
from tcpverify.ir.parametric import NEVER
from tcpverify.ir.show import digest
from tcpverify.lang.conditions import ConditionFind
from tcpverify.lang.elaborate import Model
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.stored import Stored, certificates
from tcpverify.smtlib.timed import Timed, timed
from tcpverify.smtlib.timed_words import read

if TYPE_CHECKING:
    from tcpverify.smt.synthesis import Run, Synthesis

MOST_RUNS = 64
"""A condition that more regions are excluded from is not read."""


def candidate(proofs: Path | None, spec: Spec, find: ConditionFind, model: Model) -> Synthesis | None:
    """What a certificate under a folder says of a `find condition`, made of its words and of the spec."""
    for one in certificates(proofs, spec):
        if _is_of(one, find, model):
            try:
                return _read(one, model)
            except Exception:  # whatever it holds, it is no answer
                continue
    return None


def _is_of(one: Stored, find: ConditionFind, model: Model) -> bool:
    """Whether a certificate is about a question, and the system is still the one it was made of: the cases
    and the rules of a run go by its constants and rules."""
    said, assumed = one.said, model.timed
    asked = (CONDITION_FORMAT, find.check.name.text, list(find.parameters), dict(find.instance.labels))
    same = asked == tuple(said.get(key) for key in ("format", "check", "on", "labels"))
    same = same and one.theorem.prop == model.properties[0].name
    return same and assumed is not None and said.get("system") == digest(assumed)


def _read(one: Stored, model: Model) -> Synthesis:
    """What a search would have found. Raises whatever is wrong with it."""
    from tcpverify.smt.locations import may_err
    from tcpverify.smt.synthesis import Broken, Synthesis

    system, formula = model.timed, model.properties[0].formula
    assert system is not None
    text = timed(system, formula)
    argued = read(text, one.file(CONDITION))
    if len(argued.regions) > MOST_RUNS:
        raise Refused(f"more than {MOST_RUNS} regions are excluded")
    runs = [read_run(system, text, one.file(f"broken-{i}{RUN}")) for i in range(1, len(argued.regions) + 1)]
    broken = tuple(
        Broken(region, run.rules, _steps(text, run)) for region, run in zip(argued.regions, runs, strict=True)
    )
    cases = None if argued.condition == NEVER else tuple(argued.cases)
    return Synthesis(argued.condition, broken, cases, may_err(system, formula))


def _steps(text: Timed, run: TimedRun) -> Run:
    """A run with its rules as actions and what they take."""
    from tcpverify.smt.synthesis import Run

    rules = [(at, text.rules[rule], choices) for at, rule, choices in run.steps]
    return Run(run.parameters, tuple((at, rule.action, rule.message, choices) for at, rule, choices in rules))
