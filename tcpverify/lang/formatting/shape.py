"""What the tree says of a text's layout: where items begin, which braces are blocks, what is tight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from tcpverify.lang import syntax as s
from tcpverify.lang.formatting.pieces import Piece
from tcpverify.lang.walk import walk
from tcpverify.records import record
from tcpverify.source import Span

_KEYWORDS = frozenset({"call", "step", "endpoint"})
_TIMER_WORDS = frozenset({"after", "retries", "backoff", "max"})


class Placed(Protocol):
    """A node: anything with a place."""

    @property
    def span(self) -> Span:
        """Where it stands."""


@record
class Shape:
    """`items`: offsets at which declarations, handlers, statements and the like begin; `tight`: the
    ends of names whose parenthesis follows at once; `unary`: the offsets of minus signs of one operand."""

    items: frozenset[int]
    tight: frozenset[int]
    unary: frozenset[int]


def shape(file: s.File, pieces: Sequence[Piece]) -> Shape:
    """Read off a tree and its pieces."""
    items: set[int] = set()
    tight: set[int] = set()
    unary: set[int] = set()
    timers: list[tuple[int, int]] = []
    named: set[int] = set()
    for node in walk(file):
        for item in _items(node):
            keyword_apart = isinstance(item, s.CallDecl | s.StepDecl | s.EndpointDecl)
            (named if keyword_apart else items).add(item.span.start)
        match node:
            case s.Call(function=name) | s.CallProcedure(name=name) | s.Procedure(name=name):
                tight.add(name.span.stop)
            case s.Def(name=name) | s.CallDecl(name=name) | s.OnCall(name=name):
                tight.add(name.span.stop)
            case s.Unary(operator="-", span=span):
                unary.add(span.start)
            case s.TimerDecl(span=span):
                timers.append((span.start, span.stop))
            case _:
                pass
    items |= _words(pieces, timers, named)
    return Shape(frozenset(items), frozenset(tight), frozenset(unary))


def _items(node: object) -> Iterator[Placed]:
    """The parts of a node that stand in a row, each on a line of its own where its block has several."""
    match node:
        case s.File(declarations=found):
            yield from found
        case s.Protocol(items=found) | s.Role(items=found) | s.Network(items=found):
            yield from found
        case s.Scenario(items=found) | s.Check(items=found):
            yield from found
        case s.StateBlock(handlers=found) | s.InBlock(handlers=found):
            yield from found
        case s.Block(statements=found, arrow=False):
            yield from found
        case s.Procedure(body=found) | s.Branch(body=found) | s.For(body=found):
            yield from found
        case s.If(otherwise=found) if found is not None:
            yield from found
        case s.Choose(alternatives=rows):
            yield from (item for row in rows for item in row)
        case s.Variant(changes=found) | s.Link(options=found) | s.Adversary(clauses=found):
            yield from found
        case s.Monitor(states=found) | s.MonitorState(transitions=found) | s.Refines(maps=found):
            yield from found
        case s.Record(fields=found) | s.Message(fields=found):
            yield from found
        case _:
            return


def _words(pieces: Sequence[Piece], timers: Sequence[tuple[int, int]], named: set[int]) -> set[int]:
    """The offsets of items that are no nodes: `doc` texts, the options of timers, and the keywords of
    declarations whose nodes begin at their names (`named`)."""
    found: set[int] = set()
    tokens = [p for p in pieces if not p.is_comment]
    for before, piece, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        if piece.text == "doc" and after is not None and after.kind == "STRING":
            found.add(piece.start)
        if before is not None and piece.start in named and before.text in _KEYWORDS:
            found.add(before.start)
        option = piece.text in _TIMER_WORDS and any(start < piece.start < stop for start, stop in timers)
        if option and before is not None and _ends(before) and before.start not in found:
            found.add(piece.start)
    return found


def _ends(piece: Piece) -> bool:
    """Whether an operand or the brace of a block may end here, so that an option may follow."""
    return piece.text in ("{", ")", "]", "'") or piece.text[0].isalnum() or piece.text[0] in '_"'


def enclosing(pieces: Sequence[Piece]) -> tuple[list[int | None], dict[int, int]]:
    """For each piece the brace it stands in (a closing one stands outside), and every pair of braces."""
    inside: list[int | None] = []
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for i, piece in enumerate(pieces):
        if piece.text == "}" and stack and not piece.is_comment:
            pairs[stack.pop()] = i
        inside.append(stack[-1] if stack else None)
        if piece.text == "{" and not piece.is_comment:
            stack.append(i)
    return inside, pairs
