"""From what a search saw to verdicts: the same words whichever way the states were visited."""

from __future__ import annotations

from tcpverify import memory
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, Schedule
from tcpverify.records import record
from tcpverify.trace import confirm
from tcpverify.verdict import (
    Exhausted,
    Holds,
    Reachable,
    Unknown,
    Unreachable,
    Vacuous,
    Verdict,
    Violated,
    antecedent_text,
)

LEAST_MEMORY_LEFT = 64 << 20
"""Bytes that are left to the rest of the machine."""

SPEAKS_OF = (PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.RESPONSE)
"""The kinds of property that hold vacuously if what they speak of never happens."""


@record
class Evidence:
    """`found`: the schedule that decides a property; `happened`: whether its antecedent ever did;
    `undecided`: why the search could not tell although it is complete; `trap`: of `always reachable`, how
    many states cannot reach one with the formula."""

    prop: Property
    found: Schedule | None
    happened: bool
    undecided: str | None = None
    trap: int | None = None


def conclude(interpreter: Interpreter, evidence: Evidence, counts: Exhausted, stopped: str | None) -> Verdict:
    """Evidence as a verdict; its schedule is confirmed first (NotARun if it is wrong). `stopped`: why the
    search is not complete."""
    prop, found = evidence.prop, evidence.found
    if prop.kind is PropertyKind.UNSUPPORTED:
        return Unknown(prop.text)
    if found is not None:
        trace = confirm(interpreter, prop, found)
        return Reachable(trace) if prop.kind is PropertyKind.REACHABLE else Violated(trace, evidence.trap)
    if stopped is not None or evidence.undecided is not None:
        return Unknown(stopped or evidence.undecided or "")
    if prop.kind is PropertyKind.REACHABLE:
        return Unreachable(counts)
    if counts.states == 0:
        return Vacuous("no initial state satisfies what is assumed", counts)
    if prop.antecedent is not None and prop.kind in SPEAKS_OF and not evidence.happened:
        return Vacuous(f"{antecedent_text(prop)} never happens", counts)
    return Holds(counts)


def so_far(depth: int, states: int) -> str:
    """How far a search has come: the states within this depth are all known."""
    stored = f"{states:,} states stored"
    return stored if depth < 0 else f"depth {depth} complete, {stored}"


def too_many_states(most: int, so_far: str) -> str:
    return f"stopped at the limit of {most:,} states: {so_far}"


def graph_too_large(most: int, states: int) -> str:
    return f"the graph of all states is looked at up to {most:,} states, and there are {states:,}"


def too_much_memory(most: int, so_far: str) -> str:
    """`most` in bytes."""
    limit = f"{most >> 20:,} MiB" if most >= 1 << 20 else f"{most:,} bytes"
    return f"stopped at the limit of {limit} of memory: {so_far}"


def memory_is_short(most: int | None, so_far: str) -> str | None:
    """The reason to stop if memory runs out: of the caller's limit, or else of the machine's."""
    used, left = memory.resident(), memory.left()
    if most is not None and used is not None and used > most:
        return too_much_memory(most, so_far)
    if left is not None and left < max(LEAST_MEMORY_LEFT, (used or 0) // 8):
        return f"stopped for lack of memory ({left >> 20:,} MiB left): {so_far}"
    return None
