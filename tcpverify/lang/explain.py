"""Syntax errors in the words of the user: what was expected, where, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tcpverify.diagnostics import Code, Diagnostic, Note
from tcpverify.lang.machine import MAX_DEPTH, Machine
from tcpverify.lang.tables import END, Tables
from tcpverify.lang.tokens import Token, shown
from tcpverify.records import record
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

COMPARING = frozenset(("EQUAL", "UNEQUAL", "LESS", "AT_MOST", "GREATER", "AT_LEAST", "IN", "IS"))

CLOSING_OF = {"(": ")", "[": "]", "{": "}"}
CLOSING = frozenset(CLOSING_OF.values())

NAMING = frozenset((
    "PROTOCOL", "PARAM", "CONST", "TYPE", "ENUM", "RECORD", "DEF", "MESSAGE", "ROLE", "VARIANT", "NETWORK",
    "ADVERSARY", "MONITOR", "PROPERTY", "SCENARIO", "CHECK", "TIMER", "CALL", "STEP", "STATE", "PROCEDURE",
))  # fmt: skip
"""The words whose name is called `the state's name`, `the timer's name` ..."""


@record
class Spot:
    """A token that the automaton was to take, and everything around it."""

    machine: Machine
    tables: Tables
    source: Source
    tokens: Sequence[Token]
    position: int

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    @property
    def before(self) -> Token | None:
        return self.tokens[self.position - 1] if self.position else None

    @property
    def span(self) -> Span:
        return span_of(self.source, self.token)


def span_of(source: Source, token: Token) -> Span:
    """The place of a token; the end of the text is shown as a place, too."""
    return Span(source, token.start, max(token.stop, min(token.start + 1, len(source.text))))


def unexpected(spot: Spot, hint: str | None = None) -> Diagnostic:
    """The complaint about a token that cannot stand where it does."""
    token = spot.token
    wanted = spot.machine.expected()
    if token.text == "}" and END in wanted:
        return Diagnostic(Code.SYNTAX, "this `}` closes nothing", spot.span)
    found = "the end of the text" if token.kind == END else f"`{_shortened(token.text)}`"
    names = _named(wanted, spot.tables)
    message = f"expected {_listed(names)}{_after(spot)}, found {found}"
    return Diagnostic(Code.SYNTAX, message, spot.span, _unclosed(spot), hint or _hint(spot, names))


def too_deep(spot: Spot) -> Diagnostic:
    message = f"this is nested more than {MAX_DEPTH} levels deep"
    return Diagnostic(Code.TOO_DEEP, message, spot.span, hint="split it with `def` or `procedure`")


def _hint(spot: Spot, names: Sequence[str]) -> str | None:
    """What to do about a token whose meaning is not plain."""
    token = spot.token
    if token.text in CLOSING and spot.before is not None and spot.before.text == ",":
        return "leave out the comma before it"
    if token.kind in COMPARING and "an operator" in names:
        return "comparisons do not chain: write `a < b and b < c`, or use parentheses"
    named = "a name" in names or ("an expression" in names and "a statement" not in names)
    if named and token.text in spot.tables.reserved:
        return f"`{token.text}` is a reserved word and cannot be a name"
    return None


def _unclosed(spot: Spot) -> tuple[Note, ...]:
    """A note on the opening bracket, where the text looks as if its closing one were missing."""
    opening, first = spot.machine.innermost, spot.tables.first
    if opening is None or not spot.machine.accepts(spot.tables.signs[CLOSING_OF[opening.text]]):
        return ()
    if spot.token.kind not in first["declaration"] | first["_role_item"] | {"ON", END}:
        return ()
    return (Note(f"this `{opening.text}` is not closed", span_of(spot.source, opening)),)


def _shortened(text: str) -> str:
    return shown(text if len(text) <= 40 else text[:37] + "...")


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


def _after(spot: Spot) -> str:
    """Where we are, told by what stands before."""
    if spot.before is None:
        return ""
    if spot.position > 1 and spot.before.kind == "NAME":
        word = spot.tokens[spot.position - 2]
        if word.kind in NAMING:
            return f" after the {word.text}'s name"
    return f" after `{_shortened(spot.before.text)}`"
