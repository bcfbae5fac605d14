"""Mistakes whose meaning is plain: a misspelt keyword, a sign that was taken for another."""

from __future__ import annotations

from dataclasses import replace

from tcpverify.diagnostics import Diagnostic
from tcpverify.lang.explain import Spot, unexpected
from tcpverify.lang.tokens import Token
from tcpverify.lang.words import onward
from tcpverify.records import record

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

SIMILAR = 0.7
"""How like each other a misspelt word and the word that was meant must be (difflib's ratio)."""

SURE = 6
"""So many tokens must make sense after a repair before we go on as if it had been written so."""


@record
class Repair:
    """What was probably meant: this token (None: nothing) at this position, and the complaint.

    If it is not `sure`, the complaint's hint is still good, but what follows makes no sense.
    """

    position: int
    token: Token | None
    diagnostic: Diagnostic
    sure: bool


def repaired(spot: Spot) -> Repair | None:
    """The likely meaning of a token that cannot stand where it does, if the text makes sense with it."""
    for text, hint in CONFUSED.get(spot.token.text, ()):
        kind = spot.tables.signs.get(text) or spot.tables.reserved.get(text)
        fitting = _fitting(spot, kind)
        if fitting:
            meant = None if kind is None else spot.token._replace(kind=kind, text=text)
            return Repair(spot.position, meant, unexpected(spot, hint), fitting >= SURE)
    respelt = _respelt(spot) if spot.token.kind == "NAME" else None
    if respelt is None and spot.before is not None and spot.machine.undo_name(spot.before):
        respelt = _respelt(replace(spot, position=spot.position - 1))
        if respelt is None:
            spot.machine.feed(spot.before)
    return respelt


def _respelt(spot: Spot) -> Repair | None:
    """A keyword like the word that is there, if it could stand there."""
    from difflib import get_close_matches

    words = {**spot.tables.reserved, **spot.tables.soft}
    known = [word for word, kind in words.items() if spot.machine.accepts(kind)]
    for word in get_close_matches(spot.token.text.lower(), known, n=3, cutoff=SIMILAR):
        fitting = _fitting(spot, words[word])
        if word != spot.token.text and fitting:
            meant = spot.token._replace(kind=words[word], text=word)
            complaint = unexpected(spot, f"did you mean `{word}`?")
            return Repair(spot.position, meant, complaint, fitting >= SURE)
    return None


def _fitting(spot: Spot, kind: str | None) -> int:
    """How many of the following tokens make sense after one of this kind (None: after nothing).

    The end of the text fits as well as any number of tokens.
    """
    path = spot.machine.here() if kind is None else spot.machine.after(spot.machine.here(), kind)
    paths = [] if path is None else [path]
    following = spot.tokens[spot.position + 1 : spot.position + 1 + SURE]
    for count, token in enumerate(following):
        paths = onward(spot.machine, spot.tables, paths, token)
        if not paths:
            return count
    return SURE
