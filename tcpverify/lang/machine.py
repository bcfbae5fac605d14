"""The LR automaton that builds the tree: tokens in, nodes out, and what could come next.

Deep nesting only makes its stack longer: nothing here calls itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from tcpverify.lang import syntax
from tcpverify.lang.tables import END, NOTHING, Production, Tables
from tcpverify.lang.tokens import Token
from tcpverify.records import record
from tcpverify.source import Source, Span

MAX_DEPTH = 100
"""Levels of nesting: brackets around each other, or nodes of the tree below each other."""

MAX_STACK = 2000
"""More than any text needs that keeps to MAX_DEPTH."""

_NESTING = frozenset(
    node for union in (syntax.Expression, syntax.Statement, syntax.Type) for node in get_args(union)
)


class TooDeepError(Exception):
    """The text is nested more than MAX_DEPTH levels deep."""


@record
class Path:
    """Where the automaton would be after some tokens: the lowest `kept` of its states and those above."""

    kept: int
    above: tuple[int, ...] = ()


class Machine:
    """The stack of the automaton: a state, a value, its place and its depth for each symbol."""

    def __init__(self, tables: Tables, builders: Mapping[str, Callable[..., Any]], source: Source) -> None:
        self._tables = tables
        self._builders = builders
        self._source = source
        self._states = [tables.start]
        self._values: list[Any] = []
        self._places: list[tuple[int, int, int]] = []
        self._brackets: list[Token] = []

    def here(self) -> Path:
        return Path(len(self._states))

    def after(self, path: Path, kind: str) -> Path | None:
        """Where a token of this kind would lead from `path`, or None if it cannot stand there."""
        tables, states = self._tables, self._states
        kept, above = path.kept, list(path.above)
        while True:
            state = above[-1] if above else states[kept - 1]
            action = tables.rows[state].get(kind)
            if action is None:
                return None
            if action >= 0:
                return Path(kept, (*above, action))
            production = tables.productions[~action]
            if production.size:
                kept -= max(0, production.size - len(above))
                del above[-production.size :]
            state = above[-1] if above else states[kept - 1]
            above.append(tables.rows[state][production.rule])
            if kind == END and above[-1] == tables.end:
                return Path(kept, tuple(above))

    def accepts(self, kind: str) -> bool:
        action = self._tables.rows[self._states[-1]].get(kind)
        return action is not None and (action >= 0 or self.after(self.here(), kind) is not None)

    def expected(self) -> set[str]:
        """The terminals of all tokens that could come next."""
        candidates = self._tables.rows[self._states[-1]]
        return {
            symbol for symbol in candidates if (symbol.isupper() or symbol == END) and self.accepts(symbol)
        }

    @property
    def innermost(self) -> Token | None:
        """The innermost bracket that is open."""
        return self._brackets[-1] if self._brackets else None

    def undo_name(self, token: Token) -> bool:
        """Take back the last token if it is this one, a name that nothing was made of yet."""
        if token.kind != "NAME" or not self._values or self._values[-1] != token:
            return False
        del self._states[-1], self._values[-1], self._places[-1]
        return True

    def feed(self, token: Token) -> Any:
        """Go over a token that is accepted; the end of the text gives the tree."""
        tables = self._tables
        while True:
            action = tables.rows[self._states[-1]][token.kind]
            if action >= 0:
                self._shift(token, action)
                return None
            self._reduce(tables.productions[~action], token)
            if token.kind == END and self._states[-1] == tables.end:
                return self._values[-1]

    def _shift(self, token: Token, state: int) -> None:
        if token.text in ("(", "[", "{"):
            self._brackets.append(token)
        elif token.text in (")", "]", "}"):
            self._brackets.pop()
        if len(self._brackets) > MAX_DEPTH or len(self._states) > MAX_STACK:
            raise TooDeepError
        self._states.append(state)
        self._values.append(token)
        self._places.append((token.start, token.stop, 0))

    def _reduce(self, production: Production, next_token: Token) -> None:
        if production.renames:
            self._states[-1] = self._tables.rows[self._states[-2]][production.rule]
            return
        size = production.size
        if size:
            values, places = self._values[-size:], self._places[-size:]
            del self._states[-size:], self._values[-size:], self._places[-size:]
            start, stop, depth = places[0][0], places[-1][1], max(place[2] for place in places)
        else:
            values, start, stop, depth = [], next_token.start, next_token.start, 0
        value: Any = _children(production.recipe, values)
        if production.builder is not None:
            span = Span(self._source, start, stop)
            value = self._builders[production.builder](span, *value)
            depth += type(value) in _NESTING
            if depth > MAX_DEPTH:
                raise TooDeepError
        elif not production.rule.startswith("_"):
            (value,) = value
        self._states.append(self._tables.rows[self._states[-1]][production.rule])
        self._values.append(value)
        self._places.append((start, stop, depth))


def _children(recipe: Sequence[int], values: list[Any]) -> list[Any]:
    """The children that a production's recipe picks from the values of its symbols.

    A list in front is not needed elsewhere: it grows in place, or long lists would take forever.
    """
    grows = bool(recipe) and recipe[0] == 1
    children: list[Any] = values[0] if grows else []
    for pick in recipe[1:] if grows else recipe:
        if pick == NOTHING:
            children.append(None)
        elif pick % 2:
            children.extend(values[pick // 2])
        else:
            children.append(values[pick // 2])
    return children
