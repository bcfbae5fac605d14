"""Syntax errors in the words of the user: what was expected, what was found, what may have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from tcpverify.diagnostics import Code, Diagnostic, Note
from tcpverify.lang.machine import MAX_DEPTH, Machine
from tcpverify.lang.tables import END, Tables
from tcpverify.lang.tokens import Token, shown
from tcpverify.lang.words import readings
from tcpverify.source import Source, Span

KINDS = {
    "declaration": "a declaration",
    "protocol_item": "a declaration",
    "_role_item": "a part of a role",
    "_property_body": "a property",
    "statement": "a statement",
    "type": "a type",
    "collection": "a set, a range, a window or a state",
    "expression": "an expression",
    "sum": "an expression",
    "pattern": "a pattern",
    "terms": "a pattern",
    "_scenario_item": "a line of a scenario",
    "_check_item": "a line of a check",
}
"""What we call the rules that can begin in many ways; the first that fits is named."""

OPERATORS = frozenset((
    "PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "CARET", "EQUAL", "UNEQUAL", "LESS", "AT_MOST", "GREATER",
    "AT_LEAST", "IN", "IS", "AND", "OR", "IMPLIES", "EQUIVALENT", "DOT", "PRIME", "LEFT_BRACKET",
    "LEFT_PAREN",
))  # fmt: skip
"""What can follow an operand and goes on with the expression."""

PLAIN = {
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a string",
    "_IN_BLOCK": "`in`",
    END: "the end of the text",
}

CONFUSED = {
    "=": ((":=", "an assignment is written `x := e`"), ("==", "a comparison is written `a == b`")),
    ":=": (("=", "`:=` is for assignments only; here it is `=`"), ("==", "a comparison is written `a == b`")),
    "==": ((":=", "an assignment is written `x := e`"), ("=", "`==` compares; here it is `=`")),
    "!": (("not", "write `not`"),),
    "->": (("=>", "an implication is written `a => b`"),),
    "=>": (("->", "write `->`"),),
    ",": (("", "leave it out"),),
}
"""Signs that are taken for others: what may have been meant, and what we say."""

COMPARING = frozenset(("EQUAL", "UNEQUAL", "LESS", "AT_MOST", "GREATER", "AT_LEAST", "IN", "IS"))

CLOSING_OF = {"(": ")", "[": "]", "{": "}"}
CLOSING = frozenset(CLOSING_OF.values())

SIMILAR = 0.7
"""How like each other a misspelt word and the word that was meant must be (difflib's ratio)."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What was probably meant: tokens to take instead of those from `position` on, and the complaint."""

    position: int
    token: Token | None
    diagnostic: Diagnostic


def span_of(source: Source, token: Token) -> Span:
    return Span(source, token.start, max(token.stop, min(token.start + 1, len(source.text))))


def repair(
    machine: Machine, tables: Tables, source: Source, tokens: Sequence[Token], position: int
) -> Repair | None:
    """The likely meaning of a token that cannot stand where it does, if the text makes sense with it."""
    token = tokens[position]
    for text, hint in CONFUSED.get(token.text, ()):
        kind = tables.signs.get(text) or tables.reserved.get(text)
        if _fits(machine, tables, kind, tokens[position + 1]):
            complaint = unexpected(machine, tables, source, tokens, position, hint=hint)
            meant = None if kind is None else token._replace(kind=kind, text=text)
            return Repair(position, meant, complaint)
    return _misspelt(machine, tables, source, tokens, position)


def _misspelt(
    machine: Machine, tables: Tables, source: Source, tokens: Sequence[Token], position: int
) -> Repair | None:
    """A keyword that was meant: by this word, or by the one before if nothing but a name was made of it."""
    token = tokens[position]
    if token.kind == "NAME":
        word = _closest(machine, tables, token, tokens[position + 1])
        if word is not None:
            return _respelt(machine, tables, source, tokens, position, word)
    before = tokens[position - 1] if position else None
    if before is None or not machine.undo_name(before):
        return None
    word = _closest(machine, tables, before, token)
    if word is not None:
        return _respelt(machine, tables, source, tokens, position - 1, word)
    machine.feed(before)
    return None


def _respelt(
    machine: Machine, tables: Tables, source: Source, tokens: Sequence[Token], position: int, word: str
) -> Repair:
    complaint = unexpected(machine, tables, source, tokens, position, hint=f"did you mean `{word}`?")
    kind = tables.reserved.get(word) or tables.soft[word]
    return Repair(position, tokens[position]._replace(kind=kind, text=word), complaint)


def _closest(machine: Machine, tables: Tables, token: Token, following: Token) -> str | None:
    """The word most like the token's that could stand in its place and before the following token."""
    words = {**tables.reserved, **tables.soft}
    known = [word for word, kind in words.items() if machine.accepts(kind)]
    for word in get_close_matches(token.text.lower(), known, n=3, cutoff=SIMILAR):
        if word != token.text and _fits(machine, tables, words[word], following):
            return word
    return None


def _fits(machine: Machine, tables: Tables, kind: str | None, following: Token) -> bool:
    """Whether a token of this kind (None: no token) could stand here, and the following one after it."""
    path = machine.here() if kind is None else machine.after(machine.here(), kind)
    return path is not None and any(machine.after(path, k) is not None for k in readings(following, tables))


def unexpected(
    machine: Machine,
    tables: Tables,
    source: Source,
    tokens: Sequence[Token],
    position: int,
    hint: str | None = None,
) -> Diagnostic:
    """The complaint about a token that cannot stand where it does."""
    token = tokens[position]
    wanted = machine.expected()
    if token.text == "}" and END in wanted:
        return Diagnostic(Code.SYNTAX, "this `}` closes nothing", span_of(source, token))
    found = "the end of the text" if token.kind == END else f"`{shown(_shortened(token.text))}`"
    names = _named(wanted, tables)
    message = f"expected {_listed(names)}{_after(tokens, position, tables)}, found {found}"
    where = span_of(source, token)
    notes = _unclosed(machine, tables, source, token)
    return Diagnostic(Code.SYNTAX, message, where, notes, hint or _hint(names, tables, tokens, position))


def _hint(names: Sequence[str], tables: Tables, tokens: Sequence[Token], position: int) -> str | None:
    """What to do about a token that cannot be repaired."""
    token = tokens[position]
    if token.text in CLOSING and position and tokens[position - 1].text == ",":
        return "leave out the comma before it"
    if token.kind in COMPARING and "an operator" in names:
        return "comparisons do not chain: write `a < b and b < c`, or use parentheses"
    named = "a name" in names or ("an expression" in names and "a statement" not in names)
    if named and token.text in tables.reserved:
        return f"`{token.text}` is a reserved word and cannot be a name"
    return None


def too_deep(source: Source, token: Token) -> Diagnostic:
    message = f"this is nested more than {MAX_DEPTH} levels deep"
    return Diagnostic(
        Code.TOO_DEEP, message, span_of(source, token), hint="split it with `def` or `procedure`"
    )


def _unclosed(machine: Machine, tables: Tables, source: Source, token: Token) -> tuple[Note, ...]:
    """A note on the opening bracket, where the text looks as if its closing one were missing."""
    opening = machine.innermost
    if opening is None or not machine.accepts(tables.signs[CLOSING_OF[opening.text]]):
        return ()
    if token.kind not in tables.first["declaration"] | tables.first["_role_item"] | {"ON", END}:
        return ()
    return (Note(f"this `{opening.text}` is not closed", span_of(source, opening)),)


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def _named(wanted: Iterable[str], tables: Tables) -> list[str]:
    """What we call a set of terminals, kinds of things before single words and signs."""
    rest = set(wanted)
    names = []
    for rule, phrase in KINDS.items():
        begins = tables.first[rule]
        if begins <= rest | {"DOC"} and phrase not in names:
            names.append(phrase)
            rest -= begins
    if "a declaration" in names:
        rest.discard(END)
    operator = "STAR" in rest
    if operator:
        rest -= OPERATORS
    names.extend(sorted(PLAIN[t] if t in PLAIN else f"`{tables.shown[t]}`" for t in rest))
    return [*dict.fromkeys(names), *(["an operator"] if operator else [])]


def _listed(names: Sequence[str]) -> str:
    if len(names) > 7:
        return ", ".join(names[:6]) + " or the like"
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _after(tokens: Sequence[Token], position: int, tables: Tables) -> str:
    """Where we are, told by what stands before."""
    if not position:
        return ""
    before = tokens[position - 1]
    if position > 1 and before.kind == "NAME" and tokens[position - 2].kind in _NAMING & set(tables.shown):
        return f" after the {tokens[position - 2].text}'s name"
    return f" after `{shown(_shortened(before.text))}`"


_NAMING = frozenset((
    "PROTOCOL", "PARAM", "CONST", "TYPE", "ENUM", "RECORD", "DEF", "MESSAGE", "ROLE", "VARIANT", "NETWORK",
    "ADVERSARY", "MONITOR", "PROPERTY", "SCENARIO", "CHECK", "TIMER", "CALL", "STEP", "STATE", "PROCEDURE",
))  # fmt: skip
"""The words whose name is called `the state's name`, `the timer's name` ..."""
