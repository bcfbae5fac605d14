"""Certificates of `find condition`: for exactly which durations a property holds.

`condition.txt` holds the condition, the regions of durations that it excludes, and an inductive invariant
of what it leaves, in words (`smtlib/timed_words.py`). Of each region `broken-N.run.json` is a run that breaks
the property; all durations in it have one by the same rules (`region-N.smt2`), and no others are excluded
(`cover.smt2`). What is left keeps the invariant (`invariant.smt2`). All texts are made anew from the spec,
the condition and the runs, and compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from tcpverify import __version__
from tcpverify.certify.folder import CONDITION_FORMAT, MANIFEST, Refused, Theorem, digest_of
from tcpverify.certify.recheck import compare, compare_manifest, unrefuted
from tcpverify.certify.timed_runs import TimedRun, read_run, replayed, run_text, walks
from tcpverify.certify.timed_steps import step_files
from tcpverify.ir.contents import TooMany
from tcpverify.ir.expr import Expr
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.parametric import NEVER, Condition, Linear, Parametric, show_condition
from tcpverify.ir.show import digest
from tcpverify.ir.system import Property
from tcpverify.records import record
from tcpverify.smtlib import timed_proof as proof
from tcpverify.smtlib.terms import Inexpressible
from tcpverify.smtlib.text import comment
from tcpverify.smtlib.timed import Timed, timed
from tcpverify.smtlib.timed_words import Argued, Unreadable, read, written

CONDITION, EXPECTED = "condition.txt", "expected.smt2"
RUN = ".run.json"


@record
class Asked:
    """A `find condition` of a spec: `on` which parameters, in which check, for which of its instances (by
    `labels`); what it expects, if anything; its instance and property; `model`: what the spec says of it."""

    theorem: Theorem
    check: str
    on: tuple[str, ...]
    labels: Mapping[str, str]
    model: str
    system: Parametric
    prop: Property
    expected: Expr | None
    expected_text: str | None


@record
class Found:
    """What was found: the condition with all that shows it, a run for each region that it excludes, and runs
    beside."""

    argued: Argued
    broken: tuple[TimedRun, ...]
    others: tuple[TimedRun, ...]


def text_of(asked: Asked) -> Timed:
    """The instance in SMT-LIB. Raises Refused."""
    try:
        return timed(asked.system, asked.prop.formula)
    except (TooMany, Inexpressible) as problem:
        raise Refused(str(problem)) from None


def heading(asked: Asked) -> tuple[str, ...]:
    """The lines that every text begins with."""
    return (
        CONDITION_FORMAT,
        f"spec: {asked.theorem.spec}, check {asked.check}",
        f"instance: {asked.theorem.instance}",
        f"find condition on {', '.join(asked.on)} such that {asked.prop.name} holds: {asked.prop.text}",
    )


def network(system: Parametric) -> str:
    """The network that the condition speaks of, in words."""
    told = []
    for channel, lifetime in zip(system.system.channels, system.lifetimes, strict=True):
        end = (
            "" if lifetime is None else f" until {_shown(lifetime, system.parameters)} after it was last sent"
        )
        told.append(f"{channel.name}{end}")
    if not told:
        return "none: nothing is sent"
    return f"whatever was sent may arrive any number of times, in any order, or never: {', '.join(told)}"


def _shown(length: Linear, parameters: Sequence[str]) -> str:
    terms = [f"{c} * {p}" if c != 1 else p for c, p in zip(length.coefficients, parameters, strict=True) if c]
    return " + ".join([*terms, *([str(length.constant)] if length.constant or not terms else [])])


def assumptions(system: Parametric) -> tuple[str, ...]:
    """What is taken for granted, in words."""
    return (
        f"{', '.join(system.parameters)} are any positive real numbers; time is dense, and steps take none",
        "a segment is gone at the very end of its life, also for a timer of the same instant",
        "of a run that errs only what comes before the error counts",
        *(f"assume {a.text}" for a in system.system.assumptions),
    )


# --- Files -------------------------------------------------------------------------------------------


def files(asked: Asked, text: Timed, found: Found) -> dict[str, str]:
    """All files but the manifest. Raises Refused."""
    about = [*heading(asked), f"network: {network(asked.system)}"]
    about += [f"assumes: {one}" for one in assumptions(asked.system)]
    lines = "".join(f"# {' '.join(line.split())}\n" for line in about)
    runs = [(f"broken-{i}", run) for i, run in enumerate(found.broken, 1)]
    runs += [(f"run-{i}", run) for i, run in enumerate(found.others, 1)]
    return {
        CONDITION: f"{lines}\n{written(text, found.argued)}",
        **{f"{name}{RUN}": run_text(asked.system, text, run) for name, run in runs},
        **solver_files(asked, text, found),
    }


def solver_files(asked: Asked, text: Timed, found: Found) -> dict[str, str]:
    """What solvers have to refute. Raises Refused."""
    argued, head = found.argued, heading(asked)
    broken = [(region, run.rules) for region, run in zip(argued.regions, found.broken, strict=True)]
    cover, *ways = proof.conditions_obligations(text, argued.condition, broken)
    texts = {"cover.smt2": _headed(head, cover.text)}
    texts |= {f"region-{i}.smt2": _headed(head, way.text) for i, way in enumerate(ways, 1)}
    if argued.condition != NEVER:
        left = proof.condition_text(argued.condition, text.parameters)
        invariant = proof.cases_text(text, left, argued.cases)
        own = list(proof.invariant_obligations(text, left, invariant))
        texts["invariant.smt2"] = _headed(head, proof.joined(own))
    if asked.expected is not None:
        try:
            wanted = proof.formula_text(asked.expected, asked.system.parameters)
        except Inexpressible as problem:
            raise Refused(str(problem)) from None
        texts[EXPECTED] = _headed(head, proof.same_obligation(text, argued.condition, wanted).text)
    return {**texts, **step_files(head, asked.system, text, (*found.broken, *found.others))}


def _headed(head: Sequence[str], text: str) -> str:
    return "".join(f"{comment(line)}\n" for line in (*head, "expected: unsat")) + text


def manifest(asked: Asked, text: Timed, found: Found, made: Mapping[str, str]) -> dict[str, Any]:
    """What is said of a certificate with these files, all of which follows from it."""
    theorem = asked.theorem
    condition = show_condition(found.argued.condition, asked.system.parameters)
    holds = "never holds" if condition == "none" else f"holds exactly if {condition}"
    return {
        "format": CONDITION_FORMAT,
        "spec": theorem.spec,
        "check": asked.check,
        "on": list(asked.on),
        "labels": dict(asked.labels),
        **theorem.instance_record,
        "says": f"{asked.prop.name} ({asked.prop.text}) {holds}",
        "expected": asked.expected_text,
        "model": asked.model,
        "network": network(asked.system),
        "assumes": list(assumptions(asked.system)),
        "system": digest(asked.system),
        "not seen in any run": unseen(text, found),
        "files": {name: digest_of(one) for name, one in sorted(made.items())},
    }


def unseen(text: Timed, found: Found) -> list[str]:
    """The rules that no run takes."""
    taken = {rule for run in (*found.broken, *found.others) for rule in run.rules}
    return [rule.name for n, rule in enumerate(text.rules) if n not in taken]


def whole(asked: Asked, text: Timed, found: Found, solvers: Mapping[str, str]) -> dict[str, str]:
    """All the files of a certificate; `solvers`: those that have refuted what they had to, with versions."""
    made = files(asked, text, found)
    document = manifest(asked, text, found, made)
    document["made with"] = {"tcpverify": __version__, "solvers": dict(solvers)}
    return {**made, MANIFEST: json.dumps(document, indent=1) + "\n"}


# --- Checking ----------------------------------------------------------------------------------------


def problems(stored: Mapping[str, str], said: Mapping[str, Any], asked: Asked) -> list[str]:
    """What is wrong with a stored certificate, given its manifest and what the spec now asks; nothing: it is
    one."""
    try:
        if said.get("system") != digest(asked.system):
            raise Refused("it was made of another system: the spec has changed since")
        text = text_of(asked)
        found = _stored(stored, asked, text)
        expected = files(asked, text, found)
        compare(stored, expected)
        compare_manifest(said, manifest(asked, text, found, expected))
        check_runs(asked, text, found)
        again = Found(found.argued, (), tuple(walks(asked.system, text)))
        more = set(unseen(text, found)) - set(unseen(text, again))
        if more:
            raise Refused(f"no run shows `{min(more)}`, though it is not hard to find")
    except (Refused, Unreadable) as problem:
        return [str(problem)]
    return unrefuted([name for name in expected if name.endswith(".smt2")], stored)


def _stored(stored: Mapping[str, str], asked: Asked, text: Timed) -> Found:
    """The condition and the runs of a certificate. Raises Refused and Unreadable."""
    argued = read(text, stored.get(CONDITION, ""))

    def runs(what: str) -> tuple[TimedRun, ...]:
        count = sum(name.startswith(f"{what}-") and name.endswith(RUN) for name in stored)
        names = [f"{what}-{i}{RUN}" for i in range(1, count + 1)]
        return tuple(read_run(asked.system, text, stored.get(name, "")) for name in names)

    found = Found(argued, runs("broken"), runs("run"))
    if len(found.broken) != len(argued.regions):
        raise Refused("there is not one run for each region that is excluded")
    return found


def check_runs(asked: Asked, text: Timed, found: Found) -> None:
    """The runs are runs, and those of regions break the property with durations in their region, of which
    the condition leaves none. Raises Refused."""
    holds = Interpreter(asked.system.system).predicate(asked.prop.formula)
    for run in found.others:
        replayed(asked.system, text, run)
    for region, run in zip(found.argued.regions, found.broken, strict=True):
        if holds(replayed(asked.system, text, run)[-1].state):
            raise Refused("a run of a region that is excluded breaks nothing")
        if not meets(region, run.parameters) or meets(found.argued.condition, run.parameters):
            raise Refused("a run has durations of another region than it stands for")


def meets(condition: Condition, values: Sequence[Fraction]) -> bool:
    """Whether durations satisfy a condition."""
    told = [[(b.linear.at(values), b.strict) for b in clause] for clause in condition]
    return all(any(x > 0 or (x == 0 and not strict) for x, strict in clause) for clause in told)
