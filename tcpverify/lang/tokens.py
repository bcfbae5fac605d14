"""From text to tokens: words, numbers, strings and signs; layout and comments are dropped."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from tcpverify.diagnostics import Code, Diagnostic
from tcpverify.lang import tables
from tcpverify.source import Source, Span

MAX_DIGITS = 40
"""A number with more digits than this is not meant."""

FOREIGN = {"&&": "and", "||": "or"}
"""Operators of other languages, and ours."""


class Token(NamedTuple):
    """A piece of text; `kind` is its terminal in the grammar (NAME for a word that is not reserved)."""

    kind: str
    text: str
    start: int
    stop: int


@cache
def _lexer() -> re.Pattern[str]:
    signs = sorted(tables.load().signs, key=len, reverse=True)
    return re.compile(
        r"""(?P<layout>[ \t\r\n]+|\#[^\n]*)
        | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
        | (?P<number>[0-9]+)
        | (?P<string>"(?:[^"\\\n]|\\[^\n])*")
        | (?P<unclosed>"(?:[^"\\\n]|\\[^\n])*\\?)
        | (?P<foreign>"""
        + "|".join(map(re.escape, FOREIGN))
        + ")|(?P<sign>"
        + "|".join(map(re.escape, signs))
        + r") | (?P<wrong>.)",
        re.VERBOSE | re.DOTALL,
    )


def tokenize(source: Source) -> tuple[list[Token], list[Diagnostic]]:
    """All tokens up to the end-of-text token, and what is wrong with single characters or tokens.

    A faulty token is repaired as far as it can be; wrong characters are left out.
    """
    known = tables.load()
    tokens: list[Token] = []
    wrong: list[tuple[int, int]] = []
    diagnostics: list[Diagnostic] = []
    for match in _lexer().finditer(source.text):
        group, text, (start, stop) = match.lastgroup, match.group(), match.span()
        if group == "layout":
            continue
        if group == "word":
            tokens.append(Token(known.reserved.get(text, "NAME"), text, start, stop))
        elif group == "sign":
            tokens.append(Token(known.signs[text], text, start, stop))
        elif group == "wrong":
            if wrong and wrong[-1][1] == start:
                start = wrong.pop()[0]
            wrong.append((start, stop))
        else:
            token, complaint = _checked(group or "", Span(source, start, stop))
            tokens.append(token)
            diagnostics.extend(complaint)
    tokens.append(Token(tables.END, "", len(source.text), len(source.text)))
    diagnostics.extend(_bad_characters(Span(source, start, stop)) for start, stop in wrong)
    return tokens, diagnostics


def _checked(group: str, span: Span) -> tuple[Token, list[Diagnostic]]:
    """A number, a string or a foreign sign, with what is wrong with it."""
    text = span.text
    complaints: list[Diagnostic] = []
    if group == "number":
        kind = "NUMBER"
        if len(text) > MAX_DIGITS:
            message = f"this number has {len(text)} digits, more than {MAX_DIGITS}"
            complaints.append(Diagnostic(Code.NUMBER_TOO_LARGE, message, span))
            text = "0"
    elif group == "foreign":
        ours = FOREIGN[text]
        kind = tables.load().reserved[ours]
        complaints.append(
            Diagnostic(Code.SYNTAX, f"`{text}` is not an operator", span, hint=f"write `{ours}`")
        )
        text = ours
    else:
        kind = "STRING"
        complaints.extend(_check_string(span, closed=group == "string"))
        if group == "unclosed":
            text = text.rstrip("\\") + '"'
    return Token(kind, text, span.start, span.stop), complaints


def _check_string(span: Span, *, closed: bool) -> list[Diagnostic]:
    if not closed:
        start = Span(span.source, span.start, span.start + 1)
        hint = 'close it with `"`; a string does not go over the end of a line'
        return [Diagnostic(Code.SYNTAX, "this string is not closed on its line", start, hint=hint)]
    complaints = []
    for match in re.finditer(r"\\(.)|([^\\])", span.text):
        escaped, plain = match.groups()
        where = Span(span.source, span.start + match.start(), span.start + match.end())
        if escaped is not None and escaped not in '"\\':
            hint = 'only `\\"` and `\\\\` are written with a backslash'
            complaints.append(
                Diagnostic(Code.SYNTAX, f"`\\{shown(escaped)}` has no meaning in a string", where, hint=hint)
            )
        elif plain is not None and not printable(plain):
            complaints.append(_bad_characters(where))
    return complaints


def _bad_characters(span: Span) -> Diagnostic:
    text = span.text
    hint = None
    if set(text) == {";"}:
        hint = "leave it out: nothing stands between statements or declarations"
    elif text[0] in "“”„«»‘’`":
        hint = 'strings are written in plain double quotes `"`'
    message = f"`{shown(text[:20])}{'...' if len(text) > 20 else ''}` has no meaning here"
    return Diagnostic(Code.BAD_CHARACTER, message, span, hint=hint)


def printable(char: str) -> bool:
    """Whether a character may stand in a string: no control characters, but any kind of space."""
    return (
        char.isprintable()
        or char == "\t"
        or (char.isspace() and char not in "\r\n\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029")
    )


def shown(text: str) -> str:
    """The text with its unprintable characters escaped."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii", "replace") for c in text
    )


def unquote(string: Token) -> str:
    """The value of a string token."""
    return re.sub(r"\\(.)", r"\1", string.text[1:-1])


def quote(text: str) -> str:
    """The string token that has this value."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
