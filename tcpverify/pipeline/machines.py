"""The state machine of a role, read off its handlers, for drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.roles import handlers_of
from tcpverify.render.machine import Machine, MachineEdge, MachineState
from tcpverify.source import Span

MAX_PATHS = 16
"""How many paths through one handler are told apart."""


@dataclass(frozen=True, slots=True)
class _Path:
    """What one path through a handler does; `target` None: it stays where it is."""

    conditions: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    target: str | None = None
    ended: bool = False


def machine(role: s.Role) -> Machine:
    """The states of a role, and an edge for every path of every handler that a state has."""
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


def _edges(state: str, handler: s.Handler, procedures: Mapping[str, s.Procedure]) -> Iterator[MachineEdge]:
    if not isinstance(handler.body, s.Block):
        return
    event = _flat(handler.event.span)
    guard = f" when {_flat(handler.guard.span)}" if handler.guard is not None else ""
    for path in _walk(handler.body.statements, _Path(), procedures, ()):
        conditions = f" if {' and '.join(path.conditions)}" if path.conditions else ""
        yield MachineEdge(state, path.target or state, f"{event}{guard}{conditions}", path.sends)


def _flat(span: Span) -> str:
    return " ".join(span.text.split())


def _walk(
    statements: Sequence[s.Statement],
    path: _Path,
    procedures: Mapping[str, s.Procedure],
    calling: tuple[str, ...],
) -> list[_Path]:
    """The paths that go on from one, at most MAX_PATHS of them."""
    paths = [path]
    for statement in statements:
        extended = (q for p in paths for q in ([p] if p.ended else _step(statement, p, procedures, calling)))
        paths = list(islice(extended, MAX_PATHS))
    return paths


def _step(
    statement: s.Statement, path: _Path, procedures: Mapping[str, s.Procedure], calling: tuple[str, ...]
) -> list[_Path]:
    match statement:
        case s.Send(pattern):
            sent = f"send {_flat(pattern.span)}"
            return [_Path(path.conditions, (*path.sends, sent), path.target, path.ended)]
        case s.Goto(state):
            return [_Path(path.conditions, path.sends, state.text, True)]
        case s.Done():
            return [_Path(path.conditions, path.sends, path.target, True)]
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
    procedures: Mapping[str, s.Procedure],
    calling: tuple[str, ...],
) -> list[_Path]:
    found, so_far = [], path.conditions
    for branch in branches:
        text = _flat(branch.condition.span)
        yes = _Path((*so_far, text), path.sends, path.target, path.ended)
        found += _walk(branch.body, yes, procedures, calling)
        so_far = (*so_far, f"not {text}" if text.replace("_", "").isalnum() else f"not ({text})")
    found += _walk(otherwise, _Path(so_far, path.sends, path.target, path.ended), procedures, calling)
    return found
