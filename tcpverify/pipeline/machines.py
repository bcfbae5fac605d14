"""The state machine of a role, read off its handlers, for drawing: labels as in RFC 9293's figure 5.

An edge tells the event, the conditions in brackets, and what is sent; assignments and timers are left
to the spec. Cases of one handler that end in the same state and send the same are one edge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.roles import handlers_of
from tcpverify.pipeline.load import Spec
from tcpverify.records import record
from tcpverify.render.machine import Machine, MachineEdge, MachineState
from tcpverify.render.text import fit
from tcpverify.source import Span

MAX_PATHS = 16
"""How many paths through one handler are told apart."""

MAX_CONDITIONS = 48
"""Characters of conditions on one edge; the action after them must stay in sight."""

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

Procedures = Mapping[str, s.Procedure]


def own_roles(spec: Spec) -> list[s.Role]:
    """The roles that a file itself declares."""
    own = spec.program.main.span.source
    return [role for role in spec.program.roles.values() if role.span.source is own]


def machine(role: s.Role) -> Machine:
    """The states of a role, and an edge for every way that a handler may go."""
    blocks = [i for i in role.items if isinstance(i, s.StateBlock)]
    procedures = {i.name.text: i for i in role.items if isinstance(i, s.Procedure)}
    edges = [
        edge
        for block in blocks
        for placed in handlers_of(role, block.name.text)
        for edge in _edges(block.name.text, placed.handler, procedures)
    ]
    leaving = {e.source for e in edges if e.source != e.target}
    states = tuple(MachineState(b.name.text, b.initial, b.name.text not in leaving) for b in blocks)
    return Machine(role.name.text, states, tuple(dict.fromkeys(edges)))


# --- Labels ------------------------------------------------------------------------------------------


def _edges(state: str, handler: s.Handler, procedures: Procedures) -> Iterator[MachineEdge]:
    """An edge for each target and each row of segments that a handler may end with."""
    if not isinstance(handler.body, s.Block):
        return
    guard = () if handler.guard is None else (_text(handler.guard, True),)
    ways: dict[tuple[str, tuple[str, ...]], list[_Path]] = {}
    for path in _walk(handler.body.statements, _Path(), procedures, ()):
        ways.setdefault((path.target or state, path.sends), []).append(path)
    for (target, sends), paths in ways.items():
        branches = _common(paths) if len(ways) > 1 else ()
        conditions = ", ".join(dict.fromkeys((*guard, *branches)))
        shown = _segment(conditions, handler.event)
        label = _event(handler.event) + (f" [{fit(shown, MAX_CONDITIONS)}]" if shown else "")
        yield MachineEdge(state, target, label, sends)


def _common(paths: Sequence[_Path]) -> tuple[str, ...]:
    """The conditions that hold on every one of some paths."""
    first, *others = paths
    return tuple(c for c in first.conditions if all(c in p.conditions for p in others))


def _event(event: s.HandlerEvent) -> str:
    """The event without the name that it gives the segment."""
    if isinstance(event, s.OnReceive):
        return f"receive {_pattern(event.pattern.span)}"
    return _flat(event.span)


def _segment(conditions: str, event: s.HandlerEvent) -> str:
    """Conditions in which the segment is called `seg`, like the RFC's SEG.SEQ."""
    if isinstance(event, s.OnReceive) and event.binder is not None:
        return re.sub(rf"\b{re.escape(event.binder.text)}\.", "seg.", conditions)
    return conditions


def _pattern(span: Span) -> str:
    """A pattern such as SYN+ACK, without the spaces."""
    return re.sub(r" ?([+|]) ?", r"\1", _flat(span))


def _flat(span: Span) -> str:
    return " ".join(span.text.split())


# --- Conditions --------------------------------------------------------------------------------------


def _text(condition: s.Expression, holds: bool) -> str:
    """A condition, or its opposite, in few words."""
    match condition:
        case s.Unary("not", operand):
            return _text(operand, not holds)
        case s.Binary(operator, left, right) if operator in _OPPOSITE and not holds:
            return f"{_flat(left.span)} {_OPPOSITE[operator]} {_flat(right.span)}"
    text = _flat(condition.span)
    if holds:
        return text
    return f"not {text}" if isinstance(condition, s.Name | s.Member | s.Call) else f"not ({text})"


def _assume(path: _Path, condition: s.Expression, holds: bool) -> _Path | None:
    """The path on which a condition holds, or does not; None if the path has decided otherwise."""
    if _text(condition, not holds) in path.conditions:
        return None
    text = _text(condition, holds)
    return path if text in path.conditions else replace(path, conditions=(*path.conditions, text))


# --- Paths -------------------------------------------------------------------------------------------


@record
class _Path:
    """What one path through a handler does; `target` None: it stays where it is."""

    conditions: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    target: str | None = None
    ended: bool = False


def _walk(
    statements: Sequence[s.Statement], path: _Path, procedures: Procedures, calling: tuple[str, ...]
) -> list[_Path]:
    """The paths that go on from one, at most MAX_PATHS of them."""
    paths = [path]
    for statement in statements:
        extended = (q for p in paths for q in ([p] if p.ended else _step(statement, p, procedures, calling)))
        paths = list(islice(extended, MAX_PATHS))
    return paths


def _step(
    statement: s.Statement, path: _Path, procedures: Procedures, calling: tuple[str, ...]
) -> Iterable[_Path]:
    match statement:
        case s.Send(pattern):
            return [replace(path, sends=(*path.sends, f"send {_pattern(pattern.span)}"))]
        case s.Goto(state):
            return [replace(path, target=state.text, ended=True)]
        case s.Done():
            return [replace(path, ended=True)]
        case s.If(branches, otherwise):
            return _branches(branches, otherwise or (), path, procedures, calling)
        case s.Choose(alternatives):
            return [q for a in alternatives for q in _walk(a, path, procedures, calling)]
        case s.For(body=body):
            return _walk(body, path, procedures, calling)
        case s.CallProcedure(name) if name.text in procedures and name.text not in calling:
            return _walk(procedures[name.text].body, path, procedures, (*calling, name.text))
        case _:
            return [path]


def _branches(
    branches: Sequence[s.Branch],
    otherwise: Sequence[s.Statement],
    path: _Path,
    procedures: Procedures,
    calling: tuple[str, ...],
) -> Iterator[_Path]:
    rest: _Path | None = path
    for branch in branches:
        if rest is None:
            return
        taken = _assume(rest, branch.condition, True)
        if taken is not None:
            yield from _walk(branch.body, taken, procedures, calling)
        rest = _assume(rest, branch.condition, False)
    if rest is not None:
        yield from _walk(otherwise, rest, procedures, calling)
