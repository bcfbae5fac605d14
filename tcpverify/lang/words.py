"""Which words are keywords where: a word that is not reserved is a name unless the grammar can use it.

The parser's table alone cannot tell, for it merges what may follow; so the automaton is asked
what it would do with the word, and, if it could be both, what it would do with the next tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.lang.machine import Machine, Path
from tcpverify.lang.tables import END, Tables
from tcpverify.lang.tokens import Token

LOOKAHEAD = 8
"""Tokens that are looked at to tell a keyword from a name; if they fit both, it is the keyword."""


def readings(token: Token, tables: Tables) -> tuple[str, ...]:
    """The terminals that a token may stand for, the preferred one first."""
    if token.kind == "NAME" and token.text in tables.soft:
        return tables.soft[token.text], "NAME"
    if token.kind == "IN":
        return "IN", "_IN_BLOCK"
    return (token.kind,)


def read(machine: Machine, tables: Tables, tokens: Sequence[Token], position: int) -> Token:
    """The token at a position as the grammar can use it there."""
    token = tokens[position]
    options = readings(token, tables)
    if len(options) == 1:
        return token
    paths: dict[str, list[Path]] = {}
    for kind in options:
        path = machine.after(machine.here(), kind)
        if path is not None:
            paths[kind] = [path]
    for following in tokens[position + 1 : position + 1 + LOOKAHEAD]:
        if len(paths) < 2 or (following.kind == END and not paths):
            break
        onward = {
            kind: [
                onto
                for path in reached
                for reading in readings(following, tables)
                if (onto := machine.after(path, reading)) is not None
            ]
            for kind, reached in paths.items()
        }
        alive = {kind: reached for kind, reached in onward.items() if reached}
        if not alive:
            break
        paths = alive
    kind = next(iter(paths), token.kind)
    return token if kind == token.kind else token._replace(kind=kind)
