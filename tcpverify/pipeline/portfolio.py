"""The ways to look for a proof of a property, or for a run that breaks it, raced against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tcpverify.ir.expr import Expr
from tcpverify.ir.system import Property, System
from tcpverify.isolate import Failure
from tcpverify.lang.saying import sayable
from tcpverify.limits import Limits
from tcpverify.race import race
from tcpverify.records import record
from tcpverify.verdict import trace_of

if TYPE_CHECKING:
    from tcpverify.smt.unbounded import Found, NotFound, Over

Outcome = TypeVar("Outcome")

SECONDS = 60.0
"""What the search for an invariant may take, if nobody says."""
GRACE_SECONDS = 5.0
"""So much longer than it was told may the usual search take."""
MEGABYTES = 4096
RUN_SECONDS = 5.0
"""So long is a run looked for that breaks the property: it is found soon, or not at all."""


@record
class Question:
    """A property of a system; `growing`: what the system is on the ever-growing network; `hints`: formulas
    that may be true there in every state."""

    system: System
    growing: System
    prop: Property
    hints: tuple[Expr, ...]
    seconds: float


def proof_or_run(
    question: Question, judge: Callable[[Found | NotFound], tuple[Outcome, bool]], at_once: int
) -> Outcome | Failure:
    """What becomes of a question. `judge`: what an answer comes to, and whether that is enough; where none
    is, that of the usual search counts."""
    runners = [(way, question) for way in WAYS]
    return race(runners, _is_found, judge, question.seconds, at_once, MEGABYTES, GRACE_SECONDS)


def _is_found(answer: Found | NotFound) -> bool:
    """Whether it is a proof: one that cannot be certified is rare."""
    from tcpverify.smt.unbounded import Found

    return isinstance(answer, Found)


def usual(question: Question) -> Found | NotFound:
    """All that there is, one after the other, over bit-vectors first."""
    from tcpverify.smt.unbounded import Over

    return _proof(question, Over.EITHER)


def given_over_integers(question: Question) -> Found | NotFound:
    """Only what is given, over integers."""
    from tcpverify.smt.unbounded import Over

    return _proof(question, Over.INTEGERS, guessing=False)


def guessed_over_integers(question: Question) -> Found | NotFound:
    """With guesses, over integers."""
    from tcpverify.smt.unbounded import Over

    return _proof(question, Over.INTEGERS)


def a_run(question: Question) -> Found | NotFound:
    """A run of the system itself that breaks the property."""
    from tcpverify.smt.engine import run
    from tcpverify.smt.unbounded import NotFound

    limits = Limits(seconds=min(RUN_SECONDS, question.seconds), proofs=False)
    found = trace_of(run(question.system, [question.prop], limits).verdicts[question.prop.name])
    if found is None:
        return NotFound("no run was found that breaks it")
    return NotFound(f"a run of {len(found.steps)} steps breaks it", refuted=True)


WAYS: Sequence[Callable[[Question], Found | NotFound]] = (
    usual,
    given_over_integers,
    a_run,
    guessed_over_integers,
)


def _proof(question: Question, over: Over, guessing: bool = True) -> Found | NotFound:
    from tcpverify.smt.unbounded import prove

    growing, deadline = question.growing, Limits(seconds=question.seconds).deadline()
    may_be_said = partial(sayable, system=growing)
    return prove(growing, question.prop, question.hints, deadline, may_be_said, over, guessing)
