"""The ways through a handler's body: each branch of an `if`, its `else` (written or not), and each
alternative of a `choose`.

A handler is one action, whatever its way. To see which ways are taken, each can be made an action besides:
the handler's, where it goes that way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tcpverify.ir import build as b
from tcpverify.ir.system import Action, Check
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.paths import Body, Path, flat
from tcpverify.lang.elaborate.scope import Branch
from tcpverify.lang.elaborate.terms import too_nested
from tcpverify.source import Span


def note_if(body: Body, statement: s.If, number: int, yes: Path, no: Path) -> None:
    """The way into the branch with a number, and behind the last one the way around them all."""
    if body.scope.world.branches is None:
        return
    branch = statement.branches[number]
    condition, stop = branch.condition.span, branch.span.stop
    inside = Span(condition.source, condition.stop, stop)
    _note(body, yes, inside, condition, f"{'elif' if number else 'if'} {flat(condition)}")
    if number + 1 == len(statement.branches):
        rest = Span(condition.source, stop, statement.span.stop)
        written = statement.otherwise is not None
        at = Span(rest.source, rest.stop - len(rest.text.lstrip()), rest.stop) if written else condition
        text = f"else of if {flat(statement.branches[0].condition.span)}"
        _note(body, no, rest, at, text if written else f"{text} (not written)")


def note_alternative(body: Body, statement: s.Choose, number: int, path: Path) -> None:
    """The way into an alternative of a `choose`, by its number from 0."""
    if body.scope.world.branches is None:
        return
    alternative, end = statement.alternatives[number], statement.span.stop
    source = statement.span.source
    inside = alternative[0].span.to(alternative[-1].span) if alternative else Span(source, end, end)
    _note(
        body, path, inside, inside if alternative else statement.span, f"alternative {number + 1} of choose"
    )


def _note(body: Body, path: Path, inside: Span, at: Span, text: str) -> None:
    known = body.scope.world.branches
    assert known is not None
    known[inside] = Branch(body.me.info.name, text, at)
    before = (e.condition for e in body.effects if isinstance(e, Check))
    body.ways.append((inside, b.conj((*before, path.live))))


def ways(body: Body, action: Action) -> Iterator[Action]:
    """Of each way through the body of an action the steps that go it, as an action whose place is its text,
    its guard FALSE if there are none. What errs before is not among them (but for a send into a channel that
    is full); what errs behind is."""
    for inside, taken in body.ways:
        guard = b.conj((action.guard, taken))
        if too_nested([guard]):
            body.scope.world.give_up("this branch is too long a chain of decisions", inside)
        yield replace(action, guard=guard, span=inside)
