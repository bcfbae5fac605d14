"""Certificates of `find condition`: made of what the search found, and what they are about read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import islice
from typing import Any

from tcpverify.certify.condition import EXPECTED, Asked, Found, check_runs, solver_files, text_of, whole
from tcpverify.certify.folder import Refused, Theorem
from tcpverify.certify.recheck import unrefuted
from tcpverify.certify.solvers import versions
from tcpverify.certify.timed_runs import TimedRun, replayed, walks
from tcpverify.diagnostics import Collector, ModelError
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.parametric import show_condition
from tcpverify.isolate import Failure
from tcpverify.lang import syntax as s
from tcpverify.limits import Limits
from tcpverify.pipeline.condition import search, sought
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import Planned
from tcpverify.pipeline.traces import shown_params
from tcpverify.records import record
from tcpverify.smtlib.timed import Timed
from tcpverify.smtlib.timed_words import Argued

MOST_STARTS = 1000
"""So many initial states a run may begin in."""


@record
class ProvedCondition:
    """A certificate that both solvers agree to, not yet written."""

    asked: Asked
    text: Timed
    found: Found
    files: dict[str, str]

    @property
    def theorem(self) -> Theorem:
        return self.asked.theorem


def certified(spec: Spec, name: str, p: Planned, limits: Limits) -> ProvedCondition | str:
    """A certificate of the answer to a `find condition`, or why there is none. `name`: of the spec, in the
    folder of specs."""
    asked = asked_of(spec, name, p)
    assert p.model is not None
    found = search(p.model, limits.symbolic())
    if isinstance(found, Failure):
        return found.reason
    if isinstance(found.invariant, str):
        return "its invariant has no words: there are too many cases"
    try:
        text = text_of(asked)
        steps = [(b.run.parameters, tuple(zip(b.run.steps, b.rules, strict=True))) for b in found.broken]
        broken = tuple(
            _started(asked, text, values, tuple((at, rule, choices) for (at, _, _, choices), rule in run))
            for values, run in steps
        )
        argued = Argued(found.condition, tuple(b.region for b in found.broken), found.invariant or ())
        proof = Found(argued, broken, tuple(walks(asked.system, text)))
        check_runs(asked, text, proof)
        texts = solver_files(asked, text, proof)
        wrong = unrefuted(list(texts), texts)
        if wrong and EXPECTED in wrong[0]:
            return f"the spec expects another than {show_condition(found.condition, asked.system.parameters)}"
        if wrong:
            return f"its proof was not certified: {wrong[0]}"
        return ProvedCondition(asked, text, proof, whole(asked, text, proof, versions()))
    except Refused as problem:
        return str(problem)


def _started(
    asked: Asked,
    text: Timed,
    values: tuple[Fraction, ...],
    steps: tuple[tuple[Fraction, int, tuple[int, ...]], ...],
) -> TimedRun:
    """A run from the first initial state that it can begin in. Raises Refused."""
    problem = Refused("there is no initial state")
    for start, _ in enumerate(islice(Interpreter(asked.system.system).initial(), MOST_STARTS)):
        run = TimedRun(values, start, steps)
        try:
            replayed(asked.system, text, run)
        except Refused as found:
            problem = found
            continue
        return run
    raise problem


def asked_of(spec: Spec, name: str, p: Planned) -> Asked:
    """What a `find condition` asks; `name` as above."""
    find, request, model = p.condition, p.instance.request, p.model
    assert find is not None and model is not None and model.timed is not None
    given = {n: v for n, v in request.params.items() if n not in find.parameters}
    prop = model.properties[0]
    theorem = Theorem(
        name, request.scenario, shown_params(spec, given), request.variants, request.adversaries, prop.name
    )
    return Asked(
        theorem, find.check.name.text, find.parameters, dict(find.instance.labels), _doc(spec, find.check),
        model.timed, prop, find.expected, find.text,
    )  # fmt: skip


def _doc(spec: Spec, check: s.Check) -> str:
    """What a spec says of its protocol, and of a check."""
    protocols = [d.doc for d in spec.program.main.declarations if isinstance(d, s.Protocol)]
    return " ".join(doc for doc in (*protocols, check.doc) if doc)


def found_again(spec: Spec, said: Mapping[str, Any]) -> Asked:
    """The `find condition` that a manifest names. Raises ModelError, Refused."""
    collector = Collector()
    check, prop = str(said.get("check")), str(said.get("property"))
    if check not in spec.program.checks:
        raise Refused(f"its spec has no check `{check}`")
    rows = sought(spec, (check,), (prop,), {}, collector)
    if collector.failed:
        raise ModelError(collector.diagnostics)
    for p in rows:
        asked = asked_of(spec, str(said.get("spec")), p)
        same = (list(asked.on), dict(asked.labels), asked.expected_text)
        if same == (said.get("on"), said.get("labels"), said.get("expected")):
            return asked
    raise Refused(f"check `{check}` has no such `find condition`")


def rows_of(spec: Spec, checks: tuple[str, ...], properties: tuple[str, ...]) -> Iterator[Planned]:
    """The `find condition`s of a spec. Raises ModelError."""
    collector = Collector()
    rows = sought(spec, checks, properties, {}, collector)
    if collector.failed:
        raise ModelError(collector.diagnostics)
    yield from rows
