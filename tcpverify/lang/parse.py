"""From the text of a spec to its syntax tree, or to all the syntax errors in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from tcpverify.diagnostics import Diagnostic, ModelError
from tcpverify.lang import syntax, tables
from tcpverify.lang.building import BUILDERS
from tcpverify.lang.explain import Spot, too_deep, unexpected
from tcpverify.lang.machine import Machine, TooDeepError
from tcpverify.lang.repair import repaired
from tcpverify.lang.tables import Tables
from tcpverify.lang.tokens import Token, tokenize
from tcpverify.lang.words import read
from tcpverify.source import Source

MAX_ERRORS = 50
"""After this many syntax errors the rest of a file is not looked at."""


def parse(source: Source) -> syntax.File:
    """The tree of a spec file; raises ModelError with every mistake that was found (TV101 to TV104)."""
    tokens, complaints = tokenize(source)
    known = tables.load()
    errors: list[Diagnostic] = []
    starts: list[int] | None = None
    start = 0
    while True:
        file, found, position = _parse_from(source, known, tokens, start)
        errors.extend(error for error in found if not _follows(error, complaints, 1))
        if file is not None or len(errors) >= MAX_ERRORS:
            break
        starts = _declaration_starts(source, known, tokens) if starts is None else starts
        following = bisect_left(starts, max(position, start + 1))
        if following == len(starts):
            break
        start = starts[following]
    if errors or complaints:
        raise ModelError([*complaints, *errors])
    assert file is not None
    return file


def _parse_from(
    source: Source, known: Tables, tokens: Sequence[Token], start: int
) -> tuple[syntax.File | None, list[Diagnostic], int]:
    """Parse from a token on, as if the text began there, over mistakes whose meaning is plain.

    Gives the tree, the mistakes, and the position of the one that could not be passed over.
    """
    machine = Machine(known, BUILDERS, source)
    errors: list[Diagnostic] = []
    position = start
    file: syntax.File | None = None
    while position < len(tokens):
        spot = Spot(machine, known, source, tokens, position)
        token: Token | None = read(machine, known, tokens, position)
        if token is not None and not machine.accepts(token.kind):
            repair = repaired(spot)
            if repair is None:
                error = unexpected(spot)
                return None, [*errors, *(() if _follows(error, errors[-1:], 0) else (error,))], position
            errors.append(repair.diagnostic)
            if not repair.sure or len(errors) >= MAX_ERRORS:
                return None, errors, position
            token, position = repair.token, repair.position
        try:
            file = None if token is None else machine.feed(token)
        except TooDeepError:
            return None, [*errors, too_deep(spot)], position
        except ModelError as refusal:
            return None, [*errors, *refusal.diagnostics], position
        position += 1
    return file, errors, position


def _follows(error: Diagnostic, earlier: Sequence[Diagnostic], lines: int) -> bool:
    """Whether a syntax error may only come from an earlier mistake at most so many lines before."""
    assert error.span is not None
    line = error.span.line
    return any(e.span is not None and line - lines <= e.span.line <= line for e in earlier)


def _declaration_starts(source: Source, known: Tables, tokens: Sequence[Token]) -> list[int]:
    """The tokens that begin a line and a declaration outside of all braces.

    If the braces do not match, those that begin a declaration in the first column.
    """
    depths, matched = _brace_depths(tokens)
    starts = []
    for i, token in enumerate(tokens):
        if token.kind in known.first["declaration"]:
            line_start = source.text.rfind("\n", 0, token.start) + 1
            before = source.text[line_start : token.start]
            if not before.strip() and (depths[i] == 0 if matched else not before):
                starts.append(i)
    return starts


def _brace_depths(tokens: Sequence[Token]) -> tuple[list[int], bool]:
    """How many braces are open before each token, and whether all of them match."""
    depths = []
    depth = lowest = 0
    for token in tokens:
        depths.append(depth)
        depth += (token.text == "{") - (token.text == "}")
        lowest = min(lowest, depth)
    return depths, depth == 0 and lowest == 0
