"""Edits of conditions: negated, a conjunct dropped, the edge of a comparison or an interval moved.

The operators are those of relational and conditional mutation (Offutt et al. 1996, "An experimental
determination of sufficient mutant operators": ROR and LCR), with off-by-one edges besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tcpverify.lang import syntax as s
from tcpverify.lang.pretty import pretty_expression

Changed = tuple[s.Expression, s.Expression, s.Expression]
"""The part that is changed, what it becomes, and the whole condition with it."""

_EDGES = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_SHIFTS = {"<": "-", "<=": "+", ">": "+", ">=": "-"}
"""What is done to the right side so that the edge moves the other way than by `_EDGES`."""


def negated(condition: s.Expression) -> Iterator[s.Expression]:
    """The opposite of a condition, unless it is among the edits of its parts."""
    match condition:
        case s.Binary("==" | "!="):
            return
        case s.Unary("not", operand):
            yield operand
        case _:
            yield s.Unary("not", condition, span=condition.span)


def changed(condition: s.Expression) -> Iterator[Changed]:
    """Every edit of a part of a condition, in textual order."""
    for new in _edges(condition):
        yield condition, new, new
    match condition:
        case s.Connective(operands=operands):
            for i, operand in enumerate(operands):
                rest = (*operands[:i], *operands[i + 1 :])
                left = rest[0] if len(rest) == 1 else replace(condition, operands=rest)
                yield condition, left, left
                for old, new, whole in changed(operand):
                    parts = (*operands[:i], whole, *operands[i + 1 :])
                    yield old, new, replace(condition, operands=parts)
        case s.Unary("not", operand):
            for old, new, whole in changed(operand):
                yield old, new, replace(condition, operand=whole)
        case _:
            pass


def _edges(e: s.Expression) -> Iterator[s.Expression]:
    """A comparison or membership with its edge moved."""
    match e:
        case s.Binary(operator, _, right) if operator in _EDGES:
            yield replace(e, operator=_EDGES[operator])
            if operator in _SHIFTS:
                yield replace(e, right=one_more(right, _SHIFTS[operator]))
        case s.In(collection=s.Window() as window):
            yield replace(e, collection=replace(window, lo_included=not window.lo_included))
            yield replace(e, collection=replace(window, hi_included=not window.hi_included))
        case s.In(collection=s.Interval() as interval):
            yield replace(e, collection=replace(interval, lo=one_more(interval.lo, "+")))
            yield replace(e, collection=replace(interval, hi=one_more(interval.hi, "-")))
        case _:
            pass


def one_more(e: s.Expression, sign: str = "+") -> s.Expression:
    """An expression plus (or minus) one."""
    return s.Binary(sign, e, s.Number(1, span=e.span), span=e.span)


def became(old: s.Expression, new: s.Expression) -> str:
    """An edit in words."""
    return f"`{pretty_expression(old)}` became `{pretty_expression(new)}`"
