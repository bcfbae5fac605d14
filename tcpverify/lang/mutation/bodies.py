"""Edits of the statements of handlers and procedures: something not done, done twice, or done wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from tcpverify.lang import syntax as s
from tcpverify.lang.mutation.conditions import became, changed, negated, one_more
from tcpverify.lang.mutation.edits import Edit, Operator, quoted
from tcpverify.records import record

Statements = tuple[s.Statement, ...]
T = TypeVar("T")


@record
class Around:
    """What a body stands in: the states of its role in textual order, the flags of each message."""

    states: Sequence[str]
    flags: Mapping[str, tuple[str, ...]]


def bodies(body: Statements, around: Around) -> Iterator[tuple[Edit, Statements]]:
    """Every edit of one statement of a body, each with the whole body."""
    for i, statement in enumerate(body):
        for edit, new in _statement(statement, around):
            yield edit, (*body[:i], *new, *body[i + 1 :])


def _statement(st: s.Statement, around: Around) -> Iterator[tuple[Edit, Statements]]:
    def dropped(operator: Operator) -> tuple[Edit, Statements]:
        return Edit(operator, st.span, f"{quoted(st.span)} left out"), ()

    match st:
        case s.Assign(ghost=False):
            yield dropped(Operator.ASSIGNMENT_DROPPED)
        case s.Send():
            yield dropped(Operator.SEND_DROPPED)
            yield Edit(Operator.SEND_TWICE, st.span, f"{quoted(st.span)} twice"), (st, st)
            yield from _sent(st, around)
        case s.Start():
            yield dropped(Operator.TIMER_NOT_STARTED)
        case s.Stop():
            yield dropped(Operator.TIMER_NOT_STOPPED)
        case s.Goto(state):
            yield Edit(Operator.GOTO_DROPPED, st.span, f"`goto {state}` left out"), ()
            other = _another(state.text, around.states)
            if other is not None:
                new = replace(st, state=replace(state, text=other))
                edit = Edit(Operator.GOTO_ELSEWHERE, st.span, f"`goto {state}` became `goto {other}`")
                yield edit, (new,)
        case s.CallProcedure():
            yield dropped(Operator.CALL_DROPPED)
        case s.If() | s.Choose() | s.For():
            yield from _compound(st, around)
        case _:
            pass


def _another(state: str, states: Sequence[str]) -> str | None:
    """The state that is declared after one; after the last the first. None if there is no other."""
    if state not in states or len(states) < 2:
        return None
    return states[(states.index(state) + 1) % len(states)]


def _compound(st: s.If | s.Choose | s.For, around: Around) -> Iterator[tuple[Edit, Statements]]:
    match st:
        case s.For(body=body):
            for edit, new in bodies(body, around):
                yield edit, (replace(st, body=new),)
        case s.Choose(alternatives):
            for i, one in enumerate(alternatives):
                for edit, new in bodies(one, around):
                    yield edit, (replace(st, alternatives=_put(alternatives, i, new)),)
        case s.If(branches, otherwise):
            for i, branch in enumerate(branches):
                for edit, other in _branch(branch, around):
                    yield edit, (replace(st, branches=_put(branches, i, other)),)
            for edit, new in bodies(otherwise or (), around):
                yield edit, (replace(st, otherwise=new),)


def _branch(branch: s.Branch, around: Around) -> Iterator[tuple[Edit, s.Branch]]:
    condition = branch.condition
    for opposite in negated(condition):
        edit = Edit(Operator.BRANCH_CHANGED, condition.span, became(condition, opposite))
        yield edit, replace(branch, condition=opposite)
    for old, new, whole in changed(condition):
        yield (
            Edit(Operator.BRANCH_CHANGED, old.span, became(old, new)),
            replace(branch, condition=whole),
        )
    for edit, body in bodies(branch.body, around):
        yield edit, replace(branch, body=body)


def _put(row: tuple[T, ...], index: int, new: T) -> tuple[T, ...]:
    return (*row[:index], new, *row[index + 1 :])


# --- Segments ----------------------------------------------------------------------------------------


def _sent(st: s.Send, around: Around) -> Iterator[tuple[Edit, Statements]]:
    """A send with a field that is one more, or a flag that is set or clear when it should not be."""
    for i, field in enumerate(st.fields):
        new = replace(field, value=one_more(field.value))
        edit = Edit(Operator.FIELD_CHANGED, field.span, f"{quoted(field.span)}, and one more")
        yield edit, (replace(st, fields=_put(st.fields, i, new)),)
    message = _message(st.pattern, around)
    if message is None:
        return
    terms = st.pattern.terms
    for flag in around.flags[message]:
        kept = tuple(t for t in terms if t.name.text != flag)
        if len(kept) < len(terms):
            told, new_terms = f"{flag} clear", kept or (_term(message, st.pattern),)
        else:
            flags = tuple(t for t in terms if t.name.text != message)
            told, new_terms = f"{flag} set", (*flags, _term(flag, st.pattern))
        pattern = replace(st.pattern, terms=new_terms)
        edit = Edit(Operator.FLAG_TOGGLED, st.pattern.span, f"{quoted(st.pattern.span)} with {told}")
        yield edit, (replace(st, pattern=pattern),)


def _message(pattern: s.Pattern, around: Around) -> str | None:
    """The message with flags that a sent pattern is of; None if there is none, or none in particular."""
    if pattern.kind not in ("terms", "only"):
        return None
    names = {t.name.text for t in pattern.terms} | {t.message.text for t in pattern.terms if t.message}
    fits = [m for m, flags in around.flags.items() if flags and names <= {m, *flags}]
    return fits[0] if len(fits) == 1 else None


def _term(name: str, pattern: s.Pattern) -> s.PatternTerm:
    return s.PatternTerm(s.Identifier(name, span=pattern.span), None, False, span=pattern.span)
