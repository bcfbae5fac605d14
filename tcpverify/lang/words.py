"""Which words are keywords where: a word that is not reserved is a name unless the grammar can use it.

The parser's table alone cannot tell, for it merges what may follow; so the automaton is asked
what it would do with the word, and, if it could be both, what it would do with the next tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tcpverify.lang.machine import Machine, Path
from tcpverify.lang.tables import Tables
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


def onward(machine: Machine, tables: Tables, paths: Iterable[Path], token: Token) -> list[Path]:
    """Where a token can lead from any of the paths, whatever it is read as."""
    reached = (machine.after(path, kind) for path in paths for kind in readings(token, tables))
    return [path for path in reached if path is not None]


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
        if len(paths) < 2:
            break
        ahead = {kind: onward(machine, tables, reached, following) for kind, reached in paths.items()}
        paths = {kind: reached for kind, reached in ahead.items() if reached} or paths
        if not any(ahead.values()):
            break
    kind = next(iter(paths), token.kind)
    return token if kind == token.kind else token._replace(kind=kind)
