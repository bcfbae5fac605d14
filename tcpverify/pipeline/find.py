"""The answers to `find`: the least value of a parameter, and the fewest faults that break a property."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from tcpverify.diagnostics import Code, Diagnostic, Severity
from tcpverify.ir.system import PropertyKind
from tcpverify.lang import syntax as s
from tcpverify.lang.budgets import Budget
from tcpverify.lang.finds import Find
from tcpverify.records import record
from tcpverify.result import FindResult, Result, Sought
from tcpverify.verdict import evidence, trace_of, word

MOST_FAULTS = 8
"""How many faults in all are tried where a network sets no limit and nothing else bounds the search."""

MOST_TRIED = 2_000
"""How many networks are tried at most."""

MONOTONE = frozenset({PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.REACHABLE,
                      PropertyKind.NO_ERROR, PropertyKind.RESPONSE})  # fmt: skip
"""What is broken (or reached) with some faults is so with more: every run, and every fair run, of the network
with fewer is one of the network with more. Not so a deadlock, which another fault may resolve, nor a trap."""


@record
class Answered:
    """What was found, how that is known, and the instances that were decided."""

    found: Sought | None
    why: str
    table: tuple[Result, ...]


def find_result(find: Find, answer: Answered, seconds: float) -> FindResult:
    """The answer as a result; its table is not empty."""
    first, item = answer.table[0], find.item
    return FindResult(
        file=first.file,
        check=first.check,
        instance=find.labels,
        variants=first.variants,
        name=find.name,
        question=f"{find.name} such that {find.prop} {' '.join(item.verdict.span.text.split())}",
        prop=first.prop,
        found=answer.found,
        why=answer.why,
        expected=find.expected,
        table=answer.table,
        engine=" and ".join(sorted({r.engine for r in answer.table})),
        seconds=seconds,
        cites=first.cites,
        adversaries=first.adversaries,
        assumptions=first.assumptions,
        place=item.span,
        cached=all(r.cached for r in answer.table),
    )


# --- The least value of a parameter ------------------------------------------------------------------


def least(find: Find, table: Sequence[Result]) -> Answered:
    """The least value from which on, up to the end of the interval, every instance has the verdict that is
    sought; unknown unless all of them are decided. `table` is in ascending order of the parameter."""
    name = find.prop
    if len(table) < len(find.cells):
        return Answered(None, f"{name}: not every value was decided", tuple(table))
    values = [_value(find, r) for r in table]
    told = [f"{what} at {_span(values, rows)}" for what, rows in _runs(table)]
    why = f"{name} {', '.join(told)}"
    if any(r.inconclusive for r in table):
        return Answered(None, why, tuple(table))
    unmet = [i for i, r in enumerate(table) if not r.met]
    first = unmet[-1] + 1 if unmet else 0
    found: Sought = values[first] if first < len(table) else "none"
    return Answered(found, why, tuple(table))


def _value(find: Find, result: Result) -> int:
    """The value of the parameter that is sought, in an instance."""
    assert isinstance(find.item, s.FindLeast)
    return int(dict(result.params)[find.item.param.text])


def _span(values: Sequence[int], rows: Sequence[int]) -> str:
    lo, hi = values[rows[0]], values[rows[-1]]
    return str(lo) if lo == hi else f"{lo}..{hi}"


def _runs(table: Sequence[Result]) -> Iterator[tuple[str, list[int]]]:
    """The verdicts in words, each with the positions in a row that have it."""
    for what, rows in groupby(range(len(table)), key=lambda i: _word(table[i])):
        yield what, list(rows)


def _word(result: Result) -> str:
    """The verdict; with the length of its trace where that is sought too."""
    expected = result.expected
    if expected is not None and (expected.exact, expected.within) != (None, None):
        return f"{word(result.verdict)} ({evidence(result.verdict)})"
    return word(result.verdict)


def changes_back(result: FindResult) -> bool:
    """Whether the verdict that is sought is lost again at a greater value."""
    met = [r.met for r in result.table]
    return any(a and not b for a, b in pairwise(met))


def lost_again(find: Find, result: FindResult) -> Diagnostic:
    """The warning that there is more than one boundary."""
    met = [r.met for r in result.table]
    at = next(i for i, (a, b) in enumerate(pairwise(met)) if a and not b)
    values = [_value(find, r) for r in result.table]
    sought = result.table[at].expected
    place = ", ".join(f"{n}={v}" for n, v in find.labels)
    message = (
        f"check `{result.check}`{f' ({place})' if place else ''}: {find.prop} is `{sought}` at {values[at]} "
        f"and no longer at {values[at + 1]}"
    )
    hint = f"the answer is the least value from which on it stays so: {result.answer}"
    return Diagnostic(Code.NOT_MONOTONE, message, find.item.span, hint=hint, severity=Severity.WARNING)


# --- The fewest faults -------------------------------------------------------------------------------

Decide = Callable[[tuple[int, ...]], Result]
"""Decides the instance with these limits in the place of its fault budgets."""


def weakest(full: Result, budgets: Sequence[Budget], decide: Decide) -> Answered:
    """The fewest faults in all that break a property, with every way of sharing them out among the
    budgets that does. `full`: the network as it is. Fewer faults are decided completely before more.
    """
    if not budgets:
        return _alone(full)
    monotone = _is_monotone(full)
    if monotone and not full.met and not full.inconclusive:
        why = f"{full.prop.name} {word(full.verdict)} with all faults that the network allows"
        return Answered("none", why, (full,))
    most, complete = _bound(full, budgets, monotone)
    tried: list[Result] = []
    for total in range(most + 1):
        level = []
        for limits in shares(total, [b.limit for b in budgets]):
            if len(tried) == MOST_TRIED:
                return Answered(None, f"{full.prop.name}: not all of {MOST_TRIED:,} networks", tuple(tried))
            tried.append(decide(limits))
            level.append(limits)
            if tried[-1].inconclusive:
                why = f"{full.prop.name} {evidence(tried[-1].verdict)} with {_faults(limits, budgets)}"
                return Answered(None, why, tuple(tried))
        broken = [limits for limits, r in zip(level, tried[-len(level) :], strict=True) if r.met]
        if level and broken:
            return Answered(total, _ways(full, broken, budgets), tuple(tried))
    if complete:
        return Answered("none", f"{full.prop.name} is not {full.expected} with up to {most} faults, all that "
                      "the network allows", tuple(tried))  # fmt: skip
    return Answered(None, f"{full.prop.name}: up to {most} faults were tried, and no more", tuple(tried))


def _alone(full: Result) -> Answered:
    """Of a network without faults there is nothing weaker."""
    told = f"{full.prop.name} {word(full.verdict)} without any fault; the network allows none"
    found: Sought | None = None if full.inconclusive else 0 if full.met else "none"
    return Answered(found, told, (full,))


def _is_monotone(full: Result) -> bool:
    """Whether more faults can only break more: see MONOTONE. A shortest trace of an exact length may
    become shorter; a response in time may be kept by an expiry."""
    timed = full.prop.kind is PropertyKind.RESPONSE and full.system.timed
    return full.prop.kind in MONOTONE and not timed and (full.expected is None or full.expected.exact is None)


def _bound(full: Result, budgets: Sequence[Budget], monotone: bool) -> tuple[int, bool]:
    """How many faults are enough to look at, and whether an answer `none` would be complete then."""
    used = _used(full)
    if monotone and full.met and used is not None:
        return used, False
    limits = [b.limit for b in budgets if b.limit is not None]
    if len(limits) == len(budgets):
        return sum(limits), True
    return MOST_FAULTS, False


def _used(full: Result) -> int | None:
    """The faults in a trace; None if there is none, or if they are committed for ever."""
    trace = trace_of(full.verdict)
    if trace is None:
        return None
    faults = [step.number for step in trace.steps if step.action.is_fault]
    forever = trace.loop is not None and any(n > trace.loop for n in faults)
    return None if forever else len(faults)


def shares(total: int, limits: Sequence[int | None]) -> Iterator[tuple[int, ...]]:
    """Every way to share out `total` among budgets, in lexicographic order; None: no limit."""
    if not limits:
        if total == 0:
            yield ()
        return
    first, *rest = limits
    for n in range(total + 1 if first is None else min(total, first) + 1):
        yield from ((n, *others) for others in shares(total - n, rest))


def labels(budgets: Sequence[Budget], limits: Sequence[int]) -> tuple[tuple[str, str], ...]:
    """Fault budgets as the labels of an instance."""
    return tuple((b.name, str(n)) for b, n in zip(budgets, limits, strict=True))


def _ways(full: Result, broken: Sequence[tuple[int, ...]], budgets: Sequence[Budget]) -> str:
    told = "; or with ".join(_faults(limits, budgets) for limits in broken)
    return f"{full.prop.name} {full.expected} with {told}"


def _faults(limits: Sequence[int], budgets: Sequence[Budget]) -> str:
    told = [f"{b.kind} at most {n} on {b.place}" for n, b in zip(limits, budgets, strict=True) if n]
    return " and ".join(told) or "no faults"
