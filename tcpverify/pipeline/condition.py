"""The answers to `find condition`: what was found, held against the reference and judged by two solvers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from tcpverify.diagnostics import Code, Collector
from tcpverify.ir.evaluate import Message
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.parametric import Parametric, show_condition
from tcpverify.ir.soup import counts
from tcpverify.ir.system import Property, PropertyKind, Schedule, State, Step
from tcpverify.ir.timed_run import Clockwork, Impossible
from tcpverify.isolate import Failure
from tcpverify.lang.conditions import ConditionFind, conditions
from tcpverify.lang.elaborate import Model, elaborate
from tcpverify.limits import Limits
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import Planned
from tcpverify.records import record
from tcpverify.result import FindResult
from tcpverify.trace import NotARun, confirm
from tcpverify.verdict import Region, TimedTrace

if TYPE_CHECKING:
    from tcpverify.smt.synthesis import Synthesis
    from tcpverify.smtlib.timed import Timed

ENGINE = "smt"


def sought(
    spec: Spec,
    checks: Sequence[str],
    properties: Sequence[str],
    overrides: Mapping[str, str],
    collector: Collector,
) -> list[Planned]:
    """The `find condition`s of a spec (of some checks, about some properties; none: all), elaborated."""
    found: list[Planned] = []
    for name, check in spec.program.checks.items():
        if checks and name not in checks:
            continue
        for find in conditions(spec.program, check, overrides, collector):
            prop = find.item.property
            if properties and prop.text not in properties:
                continue
            model = elaborate(spec.program, find.instance.request, (prop.text,), collector)
            if model is None:
                continue
            if model.watched or not _decidable(model.properties[0]):
                message = "`find condition` is about `always` and `never` of what endpoints hold only"
                collector.error(Code.NOT_SUPPORTED, message, prop.span)
                continue
            found.append(Planned(find.instance, (prop.text,), True, model, condition=find))
    return found


def _decidable(prop: Property) -> bool:
    return prop.kind is PropertyKind.INVARIANT and not counts(prop.formula)


def condition_result(
    spec: Spec, find: ConditionFind, model: Model, limits: Limits, proofs: Path | None = None
) -> FindResult:
    """The answer to a `find condition`, given its instance; what is stored under `proofs` is tried first.
    Raises NotARun if what was found is not so."""
    started = limits.clock()
    answer = _known(spec, find, model, limits, proofs) or _answer(find, model, limits.symbolic())
    return _result(spec, find, model, answer, limits.clock() - started)


def not_found(spec: Spec, find: ConditionFind, model: Model, reason: str) -> FindResult:
    """That there is no answer, and why."""
    return _result(spec, find, model, _Answer(None, reason), 0.0)


def _result(spec: Spec, find: ConditionFind, model: Model, answer: _Answer, seconds: float) -> FindResult:
    prop, request = model.properties[0], find.instance.request
    names = ", ".join(find.parameters)
    return FindResult(
        file=spec.name,
        check=find.check.name.text,
        instance=find.instance.labels,
        variants=request.variants,
        name=f"condition on {names}",
        question=f"condition on {names} such that {prop.name} holds",
        prop=prop,
        found=answer.found,
        why=answer.why,
        expected=find.text,
        table=(),
        engine=ENGINE,
        seconds=seconds,
        cites=(*prop.cites, *find.check.cites),
        adversaries=request.adversaries,
        assumptions=tuple(a.text for a in model.system.assumptions),
        region=answer.region,
        place=find.item.span,
    )


@record
class _Answer:
    found: str | None
    why: str
    region: Region | None = None


def search(model: Model, limits: Limits) -> Synthesis | Failure:
    """The condition under which the one property of a parametric instance holds, or why it was not found."""
    from tcpverify.smt.synthesis import Question, synthesise

    assert model.timed is not None
    return synthesise(Question(model.timed, model.properties[0].formula, limits.seconds or 0.0))


def _answer(find: ConditionFind, model: Model, limits: Limits) -> _Answer:
    """The condition; as the spec writes it where that is the same."""
    deadline = limits.deadline()
    found = search(model, limits)
    if isinstance(found, Failure):
        return _Answer(None, found.reason)
    return _judged(find, model, found, max(1.0, deadline.left() or 0.0))


def _known(
    spec: Spec, find: ConditionFind, model: Model, limits: Limits, proofs: Path | None
) -> _Answer | None:
    """The answer that is stored, if it is one."""
    from tcpverify.pipeline.stored import within
    from tcpverify.pipeline.stored_conditions import candidate

    found = candidate(proofs, spec, find, model)
    if found is None:
        return None
    try:
        answer = _judged(find, model, found, within(limits).seconds or 0.0)
    except Exception:  # whatever it holds, it is no answer
        return None
    return answer if answer.found is not None else None


def _judged(find: ConditionFind, model: Model, found: Synthesis, seconds: float) -> _Answer:
    """What was found, if its runs are some and the solvers refute what they have to. Raises NotARun."""
    from tcpverify.certify.recheck import not_refuted
    from tcpverify.certify.solvers import ask, versions
    from tcpverify.smtlib import timed_proof as proof
    from tcpverify.smtlib.terms import Inexpressible
    from tcpverify.smtlib.timed import timed

    [prop] = model.properties
    system = model.timed
    assert system is not None
    runs = tuple(_confirmed(system, prop, b.run.parameters, b.run.steps) for b in found.broken)
    text = timed(system, prop.formula)
    broken = [(b.region, b.rules) for b in found.broken]
    obligations = proof.obligations(text, found.condition, broken, found.invariant)
    compared = []
    if find.expected is not None:
        try:
            wanted = proof.formula_text(find.expected, system.parameters)
        except Inexpressible as problem:
            return _Answer(None, str(problem))
        compared = [proof.same_obligation(text, found.condition, wanted)]
    asked = proof.together(obligations)
    answers = ask([*asked, *(o.text for o in compared)], tuple(versions()), seconds)
    if any(set(a.words[: len(asked)]) != {"unsat"} for a in answers):
        answers = ask([o.text for o in (*obligations, *compared)], tuple(versions()), seconds)
        wrong = not_refuted([o.name for o in obligations], answers)
    else:
        wrong = not_refuted([], answers)
    if wrong:
        return _Answer(None, f"the proof was not confirmed: {wrong[0]}")
    same = bool(compared) and all(a.words[-1] == "unsat" for a in answers)
    shown = find.text if same and find.text else show_condition(found.condition, system.parameters)
    judges = tuple(a.solver for a in answers)
    region = Region(shown, runs, _invariant(text, found), tuple(o.name for o in obligations), judges)
    return _Answer(shown, _why(region, found.errs), region)


def _invariant(text: Timed, found: Synthesis) -> str | None:
    """An invariant in words where it has any."""
    from tcpverify.smtlib.timed_words import cases_in_words

    cases = found.invariant
    return cases_in_words(text, cases) if isinstance(cases, tuple) else cases


def _why(region: Region, errs: str | None) -> str:
    """How the answer is known, in words; `errs`: an action that may end in an error."""
    proved = "no run breaks it there" if region.invariant is not None else "every value is broken by a run"
    alone = "" if len(region.judges) > 1 else " alone (cvc5 is not installed)"
    told = (
        f"{proved}: {len(region.obligations)} obligations confirmed by {' and '.join(region.judges)}{alone}"
    )
    if errs is not None:
        told += f"; steps that err are left out ({errs})"
    if not region.counterexamples:
        return told
    shown = [", ".join(f"{n} = {v}" for n, v in t.parameters) for t in region.counterexamples]
    return f"{told}; broken e.g. with {'; '.join(dict.fromkeys(shown))}"


# --- Counterexamples -----------------------------------------------------------------------------------


TimedStep = tuple[Fraction, int, Message | None, tuple[int, ...]]


def _confirmed(
    system: Parametric, prop: Property, values: Sequence[Fraction], steps: Sequence[TimedStep]
) -> TimedTrace:
    """A run as a trace with its times, replayed by the reference.

    Raises:
        NotARun: the system has no such run.
    """
    problem: Exception = NotARun("no initial state")
    for initial in Interpreter(system.system).initial():
        try:
            taken = _replayed(system, values, initial, steps)
        except Impossible as found:
            problem = found
            continue
        trace = confirm(Interpreter(system.system), prop, Schedule(initial, tuple(s for _, s in taken)))
        parameters = tuple(zip(system.parameters, values, strict=True))
        return TimedTrace(trace, parameters, tuple(at for at, _ in taken))
    raise NotARun(f"a timed run cannot be followed: {problem}")


def _replayed(
    system: Parametric, values: Sequence[Fraction], state: State, steps: Sequence[TimedStep]
) -> list[tuple[Fraction, Step]]:
    """The steps of a run, each with its time. Raises Impossible."""
    clockwork = Clockwork(system, values)
    timing, now, taken = clockwork.start(state), Fraction(0), list[tuple[Fraction, Step]]()
    for at, action, message, choices in steps:
        if at < now:
            raise Impossible("time goes back")
        now = at
        step = Step(action, _position(system, state, action, message), choices)
        state, timing = clockwork.step(state, timing, at, step)
        taken.append((at, step))
    return taken


def _position(system: Parametric, state: State, action: int, message: Message | None) -> int | None:
    """Where the segment that an action takes stands in its channel."""
    channel = system.system.actions[action].channel
    if channel is None or message is None:
        return None
    if message not in state.contents[channel]:
        raise Impossible("a segment is received that was never sent")
    return state.contents[channel].index(message)
