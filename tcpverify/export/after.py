"""State formulas after a step, in terms of the state before it.

Assumptions forbid steps that lead to certain states, and a guard cannot look ahead. So the formula is
written with what every variable will be, and with what every count will be: the segments counted now,
one less or more for what the step takes, copies, garbles or sends, each as old as it will be.
"""

from __future__ import annotations

from dataclasses import replace

from tcpverify.export.expressions import Counted, Reads, Writer, integer
from tcpverify.export.flatten import REMOVING, Rule
from tcpverify.export.segments import Layout
from tcpverify.ir.expr import CORRUPT_KIND, BoolSort, Op, Scope, Var
from tcpverify.ir.system import LIFE, ActionKind, Send, System


def after(before: Writer, system: System, layout: Layout, rule: Rule) -> Writer:
    """The writer of state formulas as they are after a step by a rule, given that of its conditions."""
    action = rule.action
    values = {system.variables[u.variable].name: before.write(u.value) for u in action.updates}

    def reads(variable: Var) -> str:
        if variable.scope is Scope.STATE and variable.name in values:
            return values[variable.name]
        return before.reads(variable)

    def count(channel: int, counted: Counted) -> str:
        ages = action.kind is ActionKind.TICK and system.channels[channel].lifetime is not None
        terms = [before.count(channel, _aged(before, counted) if ages else counted)]
        here = action.channel == channel
        if here and action.kind in REMOVING:
            terms.append(f"- {_one(before, counted, before.reads)}")
        if here and action.kind is ActionKind.DUPLICATE:
            terms.append(f"+ {_one(before, counted, before.reads)}")
        if here and action.kind is ActionKind.CORRUPT:
            terms.append(f"- {_one(before, counted, before.reads)}")
            terms.append(f"+ {_one(before, counted, _garbled(before, layout))}")
        for send, accepted in zip(rule.sends, rule.accepted, strict=True):
            if send.channel == channel:
                one = _one(before, counted, _sent(before, system, layout, send))
                ite = before.dialect.apply(Op.ITE, before.write(accepted), one, "0")
                terms.append(f"+ {ite}")
        return terms[0] if len(terms) == 1 else f"({' '.join(terms)})"

    return replace(before, reads=reads, count=count)


def _one(before: Writer, counted: Counted, fields: Reads) -> str:
    """1 if a segment is counted, else 0."""
    return "1" if counted is None else before.dialect.as_number(counted(fields))


def _aged(before: Writer, counted: Counted) -> Counted:
    """A predicate of a segment that is a tick older."""
    if counted is None:
        return None

    def older(fields: Reads) -> str:
        def reads(variable: Var) -> str:
            text = fields(variable)
            if variable.name != LIFE:
                return text
            lives = f"({text} > 0)"
            return before.dialect.apply(Op.ITE, lives, f"({text} - 1)", "0")

        return counted(reads)

    return older


def _garbled(before: Writer, layout: Layout) -> Reads:
    """The fields of the segment that is taken when it is garbled."""

    def reads(variable: Var) -> str:
        if variable.name == LIFE:
            return before.reads(variable)
        zero = integer(CORRUPT_KIND) if layout.place[variable.name] == 0 else "0"
        return before.dialect.false if isinstance(variable.sort, BoolSort) else zero

    return reads


def _sent(before: Writer, system: System, layout: Layout, send: Send) -> Reads:
    """The fields of a segment that is sent."""
    dialect = before.dialect

    def reads(variable: Var) -> str:
        place = layout.place[variable.name]
        if variable.name == LIFE:
            return integer(system.channels[send.channel].lifetime or 0)
        if place == 0:
            return integer(send.kind)
        wanted = isinstance(variable.sort, BoolSort)
        if place > len(send.fields):
            return dialect.false if wanted else "0"
        field = send.fields[place - 1]
        text, given = before.write(field), isinstance(field.sort, BoolSort)
        if wanted == given:
            return text
        return dialect.as_boolean(text) if wanted else dialect.as_number(text)

    return reads
