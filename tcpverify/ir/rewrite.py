"""Expressions with some of their variables replaced by other expressions."""

from __future__ import annotations

from collections.abc import Callable

from tcpverify.ir import build as b
from tcpverify.ir.expr import Apply, Const, Expr, IntSort, Op, Scope, Var, bounds

Replacement = Callable[[Var], Expr]


def substitute(expr: Expr, replacement: Replacement) -> Expr:
    """The expression with every variable replaced; parts that are shared stay shared.

    Of what IN_FLIGHT counts the FIELD variables are left alone: they are those of the segments it looks at.
    """
    done: dict[int, Expr] = {}

    def outside(var: Var) -> Expr:
        return var if var.scope is Scope.FIELD else replacement(var)

    def visit(e: Expr) -> Expr:
        found = done.get(id(e))
        if found is None:
            found = done[id(e)] = _replaced(e)
        return found

    def _replaced(e: Expr) -> Expr:
        match e:
            case Const():
                return e
            case Var():
                return replacement(e)
            case Apply(Op.IN_FLIGHT, (Const(channel), predicate), IntSort(_, most)):
                counted = substitute(predicate, outside)
                return e if counted is predicate else b.in_flight(channel, counted, most)
            case Apply(op, args, sort):
                new = tuple(visit(a) for a in args)
                return e if all(x is y for x, y in zip(new, args, strict=True)) else b.rebuild(op, new, sort)

    return visit(expr)


def with_counts(expr: Expr, replacement: Callable[[Apply], Expr | None]) -> Expr:
    """The expression with some of its nodes replaced: those for which there is a replacement."""
    done: dict[int, Expr] = {}

    def visit(e: Expr) -> Expr:
        found = done.get(id(e))
        if found is None:
            found = done[id(e)] = _replaced(e)
        return found

    def _replaced(e: Expr) -> Expr:
        if not isinstance(e, Apply):
            return e
        instead = replacement(e)
        if instead is not None or e.op is Op.IN_FLIGHT:
            return e if instead is None else instead
        new = tuple(visit(a) for a in e.args)
        return e if all(x is y for x, y in zip(new, e.args, strict=True)) else b.rebuild(e.op, new, e.sort)

    return visit(expr)


def with_fields(expr: Expr, fields: dict[str, Expr]) -> Expr:
    """The expression about a segment with these FIELD variables; those of other kinds have their
    least value, because no condition on a kind that is not the segment's depends on them."""

    def field(var: Var) -> Expr:
        if var.scope is not Scope.FIELD:
            return var
        known = fields.get(var.name)
        return Const(bounds(var.sort)[0], var.sort) if known is None else known

    return substitute(expr, field)
