"""A ladder as a Mermaid sequence diagram; text from specs can end no statement and open no tag."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tcpverify.render.ladder import ORIGIN_WORDS, Fate, Flight, Ladder, Row
from tcpverify.render.text import clean

_PLAIN = re.compile(r"[^A-Za-z0-9 _=+.,>()/-]")
_REWRITTEN = re.compile("(?i)s(?=tyle)|c(?=lassdef)")
"""Words with which Mermaid takes the last semicolon off a line, wherever they stand in it."""


def sequence(ladder: Ladder) -> str:
    """The diagram: a participant for each endpoint, a note for each step, an arrow where a segment is sent
    (crossed out if it finds no room). When it arrives, is lost or copied is told by the notes."""
    return "\n".join(["sequenceDiagram", *(f"  {line}" for line in _lines(ladder))]) + "\n"


def escaped(text: str) -> str:
    """The text with Mermaid's entities for all that means something to it."""
    text = _REWRITTEN.sub(_entity, clean(text).replace(";", "\0").replace("#", "\1"))
    return _PLAIN.sub(lambda m: m[0] if m[0] in "#;" else _entity(m), text)


def _entity(match: re.Match[str]) -> str:
    code = {"\0": ord(";"), "\1": ord("#")}.get(match[0], ord(match[0]))
    return f"#{code};"


def _lines(ladder: Ladder) -> Iterator[str]:
    for number, lane in enumerate(ladder.lanes):
        yield f"participant p{number} as {escaped(lane.name)}"
    for row in ladder.rows:
        if row.number == ladder.opens:
            yield "loop again and again"
        yield _note(ladder, row)
        for flight in ladder.starting(row.number):
            yield _arrow(flight)
    if ladder.opens is not None:
        yield "end"
    elif ladder.ending:
        yield f"Note over {_all(ladder)}: {escaped(ladder.ending)}"


def _note(ladder: Ladder, row: Row) -> str:
    """What a step does; of the start the states of all."""
    if not row.number:
        states = ", ".join(f"{ladder.lanes[lane].name} in {state}" for lane, state in row.states)
        return f"Note over {_all(ladder)}: {escaped('; '.join([states, *row.notes]))}"
    texts = [f"{row.number}. {row.event}", *row.notes, *([f"error: {row.error}"] if row.error else [])]
    who = _all(ladder) if row.lane is None else f"p{row.lane}"
    return f"Note over {who}: {'<br/>'.join(map(escaped, texts))}"


def _arrow(flight: Flight) -> str:
    arrow = "-x" if flight.fate is Fate.NO_ROOM else "-)"
    return f"p{flight.source}{arrow}p{flight.target}: {escaped(ORIGIN_WORDS[flight.origin] + flight.text)}"


def _all(ladder: Ladder) -> str:
    last = len(ladder.lanes) - 1
    return f"p0,p{last}" if last > 0 else "p0"
