"""Proofs that hold whatever the network does, looked for in a process that can be ended.

A solver's own time limit is not always honoured; a process is always killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.ir.expr import Expr
from tcpverify.ir.soup import NoSoup, assumed, ever_growing
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.isolate import Failure, run_isolated
from tcpverify.limits import Deadline, Limits
from tcpverify.records import record
from tcpverify.smt.search import Proofs, Prover
from tcpverify.smt.unbounded import Found, NotFound, own_formula, prove
from tcpverify.verdict import Invariant

MOST_SECONDS = 60.0
MEGABYTES = 4096
GRACE_SECONDS = 2.0
"""So much longer than it was told may a process take."""


@record
class Request:
    """Properties of ever-growing systems, each with its system; to be answered within some seconds.
    `hints`: formulas that may be true in every state."""

    asked: tuple[tuple[System, Property], ...]
    seconds: float
    hints: tuple[Expr, ...] = ()


def prover(system: System, hints: Sequence[Property] = ()) -> Prover:
    """Looks for proofs about a system on the ever-growing network; `hints`: invariants that it may have."""

    def look(properties: Sequence[Property], deadline: Deadline) -> Proofs:
        asked = {p.name: (grown, p, assumes) for p in properties for grown, assumes in _carried(system, p)}
        left = deadline.left()
        seconds = MOST_SECONDS if left is None else min(MOST_SECONDS, left / 2)
        if not asked or seconds <= 0:
            return Proofs({})
        tried = tuple(f for p in hints for f in own_formula(p))
        request = Request(tuple((grown, p) for grown, p, _ in asked.values()), seconds, tried)
        found = run_isolated(answer, request, seconds + GRACE_SECONDS, MEGABYTES)
        if isinstance(found, Failure):
            return Proofs({})
        proved = {
            name: Invariant(result.invariant, assumes, result.integers)
            for (name, (_, _, assumes)), result in zip(asked.items(), found, strict=True)
            if isinstance(result, Found)
        }
        kept = {id(f): f for r in found for f in (r.invariant if isinstance(r, Found) else r.kept)}
        return Proofs(proved, tuple(kept.values()))

    return look


def _carried(system: System, prop: Property) -> Iterator[tuple[System, tuple[str, ...]]]:
    """The ever-growing system on which a property may be proved, and what is assumed to carry it over;
    nothing if it would not carry over."""
    assumes = assumed(system, prop)
    if assumes is None:
        return
    try:
        yield ever_growing(system, faults=prop.kind is PropertyKind.STEP), assumes
    except NoSoup:
        return


def answer(request: Request) -> list[Found | NotFound]:
    """Look for one proof after the other; whatever is asked of every state and every hint may help, and
    so does what was proved."""
    lemmas: list[Expr] = [*(f for _, p in request.asked for f in own_formula(p)), *request.hints]
    found: list[Found | NotFound] = []
    deadline = Limits(seconds=request.seconds).deadline()
    for i, (system, prop) in enumerate(request.asked):
        left = (deadline.left() or 0.0) / (len(request.asked) - i)
        others = [f for f in lemmas if not any(f is own for own in own_formula(prop))]
        result = prove(system, prop, others, Limits(seconds=left).deadline())
        found.append(result)
        if isinstance(result, Found):
            known = set(map(id, lemmas))
            lemmas += [f for f in result.invariant if id(f) not in known]
    return found
