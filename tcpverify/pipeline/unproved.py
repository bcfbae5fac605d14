"""Why a proof failed, as far as a reader can use it: a step that keeps an invariant from being inductive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tcpverify.ir.expr import Expr
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, State, Step, System
from tcpverify.isolate import Failure, run_isolated
from tcpverify.lang.saying import Unsayable, say
from tcpverify.records import record
from tcpverify.trace import NotARun, Trace, extended, shows

SECONDS = 10.0
MEGABYTES = 4096


@record
class Unkept:
    """A step that breaks `broken`, though before it that and all that is `known` is true: a trace of one
    step from a state that need not be reachable."""

    trace: Trace
    broken: Property
    known: tuple[Property, ...]


@record
class Unproved:
    """Why there is no proof; the step that it fails at, if one was found; the lemmas that are not true."""

    reason: str
    step: Unkept | None = None
    untrue: tuple[str, ...] = ()


def explained(
    reason: str, system: System, prop: Property, lemmas: Sequence[Property], kept: Sequence[Expr] = ()
) -> Unproved:
    """Why a property of a system was not proved with the help of some lemmas; `kept`: formulas that are
    known to be true. Raises NotARun if the interpreter does not agree."""
    from tcpverify.smt.ctis import Question, answer

    known = [_named(f, i, prop, system) for i, f in enumerate(kept, 1)]
    asked = (prop, *lemmas)
    found = run_isolated(answer, Question(system, asked, tuple(known), SECONDS), SECONDS + 5, MEGABYTES)
    if isinstance(found, Failure):
        return Unproved(reason)
    if prop.name in found.untrue:
        return Unproved(f"{reason}, and it is not true")
    if found.broken is None:
        return Unproved(reason, None, found.untrue)
    name, state, step = found.broken
    broken = next(p for p in asked if p.name == name)
    true = tuple(p for p in (*asked, *known) if p.name not in found.untrue and _is_of_states(p))
    return Unproved(reason, _confirmed(system, broken, true, state, step), found.untrue)


def _is_of_states(prop: Property) -> bool:
    return prop.kind is PropertyKind.INVARIANT


def _named(formula: Expr, number: int, like: Property, system: System) -> Property:
    """A formula that was found, as a property."""
    try:
        text = f"lemma {say(formula, system)}"
    except Unsayable:
        text = "a formula that the language has no words for"
    return replace(
        like, name=f"found {number}", kind=PropertyKind.INVARIANT, formula=formula, antecedent=None,
        error=None, parts=(), text=text, span=None, cites=(), events=(),
    )  # fmt: skip


def _confirmed(
    system: System, broken: Property, known: Sequence[Property], state: State, step: Step
) -> Unkept:
    """The step as the interpreter takes it. Raises NotARun if it is not what it should be."""
    interpreter = Interpreter(system)
    if not all(interpreter.predicate(p.formula)(state) for p in known):
        raise NotARun("a counterexample to induction starts where something known is false")
    trace = extended(interpreter, Trace(system, state, ()), step)
    if not shows(interpreter, broken, trace):
        raise NotARun(f"a counterexample to induction does not break {broken.name}")
    return Unkept(trace, broken, tuple(p for p in known if p is not broken))
