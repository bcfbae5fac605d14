"""From a system, a property and an invariant to SMT-LIB texts: each must be unsatisfiable.

`init`: the invariant is true at the start. `step`, one for every action: a step by it keeps the invariant.
`property`: the invariant implies what is claimed of states; what is claimed of steps, or of errors, is one
text for every action. Together they say that the property holds (Floyd 1967), of the ever-growing network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tcpverify.ir.expr import Expr
from tcpverify.ir.system import Action, Property, PropertyKind, System
from tcpverify.records import record
from tcpverify.smtlib.networks import NEXT
from tcpverify.smtlib.relation import Encoding, Transition, soup
from tcpverify.smtlib.terms import Inexpressible
from tcpverify.smtlib.text import call, comment, conjunction, negation

LONGEST_NAME = 60


@record
class Obligation:
    """A text for solvers, and the name of its file; `unsat` is what it has to be."""

    name: str
    text: str


@record
class Claim:
    """What a certificate is about: `about` heads every file; `invariant` are the conjuncts, `integers`: with
    them that all is within its sort, sequence numbers being integers."""

    about: tuple[str, ...]
    system: System
    prop: Property
    invariant: tuple[Expr, ...]
    integers: bool = False


def obligations(claim: Claim) -> list[Obligation]:
    """Every obligation of a claim about an ever-growing system, in a fixed order.

    Raises:
        Inexpressible: something counts segments otherwise than to tell none from some.
    """
    writer = _Writer(claim)
    return [writer.init(), *writer.steps(), *writer.property()]


class _Writer:
    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._encoding: Encoding = soup(claim.system, claim.integers)

    def init(self) -> Obligation:
        """The invariant is true in every initial state."""
        lines = [*self._states(""), _assert(self._encoding.initial()), _assert(negation(self._invariant("")))]
        return self._obligation("init.smt2", ["every initial state satisfies the invariant"], lines)

    def steps(self) -> Iterator[Obligation]:
        """Every action keeps the invariant."""
        for i, t in enumerate(self._encoding.transitions()):
            says = ["a step by this action keeps the invariant", *_source(t.action)]
            lines = [*self._step(t), _assert(negation(self._invariant(NEXT)))]
            yield self._obligation(file_name("step", i, t.action), says, lines)

    def property(self) -> Iterator[Obligation]:
        """The property is true in every state, or of every step, that satisfies the invariant."""
        prop = self._claim.prop
        if prop.kind is PropertyKind.INVARIANT:
            wrong = negation(self._encoding.formula(prop.formula))
            lines = [*self._states(""), _assert(self._invariant("")), _assert(wrong)]
            says = ["a state that satisfies the invariant satisfies the property"]
            yield self._obligation("property.smt2", says, lines)
            return
        for i, t in enumerate(self._encoding.transitions()):
            if prop.error is None:
                about = "a step by this action from a state with the invariant satisfies the property"
                lines = [*self._step(t), _assert(negation(self._encoding.step_formula(i, prop)))]
            else:
                about = "no step by this action from a state with the invariant errs"
                errs = self._encoding.errs(t.action, prop.error)
                lines = [*self._states(""), *_declared(t.inputs)]
                lines += [_assert(self._invariant("")), _assert(errs)]
            yield self._obligation(file_name("property", i, t.action), [about, *_source(t.action)], lines)

    def _step(self, transition: Transition) -> list[str]:
        """A step by an action from a state that satisfies the invariant."""
        constants = [*self._states(""), *self._states(NEXT), *_declared(transition.inputs)]
        return [*constants, _assert(self._invariant("")), _assert(transition.relation)]

    def _states(self, suffix: str) -> list[str]:
        return _declared(self._encoding.constants(suffix))

    def _invariant(self, suffix: str) -> str:
        return call("inv", *(name for name, _ in self._encoding.constants(suffix)))

    def _obligation(self, name: str, says: Sequence[str], lines: Sequence[str]) -> Obligation:
        """A file: what it is about, the sorts, the invariant as a predicate, and what is to be refuted."""
        parameters = " ".join(f"({name} {sort})" for name, sort in self._encoding.constants())
        within = self._encoding.within_sorts()
        conjuncts = [self._encoding.formula(e) for e in self._claim.invariant]
        conjuncts += [] if within == "true" else [within]
        inv = f"(define-fun inv ({parameters}) Bool\n  {_conjunction(conjuncts)})"
        about = [comment(line) for line in (*self._claim.about, *says, "expected: unsat")]
        whole = [*about, "(set-logic ALL)", *self._encoding.declarations(), inv, *lines, "(check-sat)"]
        return Obligation(name, "\n".join(whole) + "\n")


def _conjunction(conjuncts: Sequence[str]) -> str:
    """A conjunction with each part on its own line."""
    return conjunction(conjuncts) if len(conjuncts) < 2 else "(and\n    " + "\n    ".join(conjuncts) + ")"


def _declared(constants: Sequence[tuple[str, str]]) -> list[str]:
    return [f"(declare-const {name} {sort})" for name, sort in constants]


def _assert(term: str) -> str:
    return f"(assert {term})"


def _source(action: Action) -> list[str]:
    """The action, and the beginning of the handler that it comes from."""
    said = [f"action: {action.name}"]
    if action.span is not None:
        said.append(f"handler: {' '.join(action.span.text.split())[:100]}")
    return said


def file_name(what: str, number: int, action: Action) -> str:
    """A file's name: what it is, the number of an action from 1, and the action's name."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", action.name).strip("-")[:LONGEST_NAME].strip("-")
    return f"{what}-{number + 1:02}-{plain}.smt2"


__all__ = ["Claim", "Inexpressible", "Obligation", "file_name", "obligations"]
