"""Traces as sequence diagrams: Mermaid (mermaid.js.org/syntax/sequenceDiagram.html) and PlantUML.

A segment is drawn in the step that ends its way (there are no slanting arrows in Mermaid), and says in which
step it was sent. Names and values are text and nothing else: of what stands in them only letters, digits and
a few marks are written as they are, everything else as a character reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tcpverify.records import record
from tcpverify.render.ladder import ORIGIN_WORDS, Fate, Flight, Ladder, Row, fate_text, origin_text
from tcpverify.render.text import clean

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.,=+()")


@record
class Dialect:
    """How a language writes what all sequence diagrams have. `arrows`: of a segment that arrives, that is
    lost, and that is still under way; texts that come in are escaped already."""

    head: tuple[str, ...]
    participant: Callable[[str, str], str]
    note: Callable[[str, str], str]
    arrows: tuple[str, str, str]
    message: Callable[[str, str, str, str], str]
    loop: Callable[[str], str]
    tail: tuple[str, ...]
    escape: Callable[[str], str]


def mermaid(ladder: Ladder, title: str) -> str:
    """A trace in Mermaid's language."""
    return _text(ladder, title, _MERMAID)


def plantuml(ladder: Ladder, title: str) -> str:
    """A trace in PlantUML's language."""
    return _text(ladder, title, _PLANTUML)


def _text(ladder: Ladder, title: str, how: Dialect) -> str:
    return "\n".join(_lines(ladder, title, how)) + "\n"


def _lines(ladder: Ladder, title: str, how: Dialect) -> Iterator[str]:
    yield from (line.replace("TITLE", how.escape(title)) for line in how.head)
    for i, lane in enumerate(ladder.lanes):
        yield how.participant(f"p{i}", how.escape(f"{lane.name} ({lane.role})"))
    for row in ladder.rows:
        if row.number == ladder.opens:
            yield how.loop(how.escape(ladder.ending))
        yield from _row(ladder, row, how)
    for flight in ladder.left():
        yield _arrow(flight, how.arrows[2], how)
    if ladder.opens is not None:
        yield "end"
    elif ladder.ending:
        yield how.note(_all(ladder), how.escape(ladder.ending))
    yield from how.tail


def _row(ladder: Ladder, row: Row, how: Dialect) -> Iterator[str]:
    if row.number == 0:
        for lane, state in row.states:
            yield how.note(f"p{lane}", how.escape(state))
        if row.notes:
            yield how.note(_all(ladder), how.escape("; ".join(row.notes)))
        return
    for flight in ladder.flights:
        if flight.end == row.number:
            lost = flight.fate is not Fate.RECEIVED
            yield _arrow(flight, how.arrows[1 if lost else 0], how)
    over = _all(ladder) if row.lane is None else f"p{row.lane}"
    words = [f"{row.number}. {row.event}", *row.notes, *([f"error: {row.error}"] if row.error else [])]
    yield how.note(over, how.escape("; ".join(words)))


def _arrow(flight: Flight, arrow: str, how: Dialect) -> str:
    words = [f"{ORIGIN_WORDS[flight.origin]}{flight.text}"]
    words += [origin_text(flight)] if flight.start else []
    words += [told] if (told := fate_text(flight)) else []
    return how.message(f"p{flight.source}", arrow, f"p{flight.target}", how.escape(", ".join(words)))


def _all(ladder: Ladder) -> str:
    last = len(ladder.lanes) - 1
    return f"p0,p{last}" if last else "p0"


# --- The two languages -------------------------------------------------------------------------------


def _encoded(text: str, reference: Callable[[int], str]) -> str:
    """A text with everything but plain characters as references; marks that stand twice may be markup."""
    shown = clean(text)
    around = zip(" " + shown, shown, shown[1:] + " ", strict=False)
    return "".join(
        c if c in _PLAIN and (c.isalnum() or c == " " or c not in (before, after)) else reference(ord(c))
        for before, c, after in around
    )


_MEANING = re.compile(r"(?i)\be(?=nd\b)|s(?=tyle)|c(?=lassdef)")
"""Where the word `end` begins, which would end a block, and words with which Mermaid takes the last semicolon
off a line, wherever they stand in it."""


def mermaid_text(text: str) -> str:
    """A text as Mermaid shows it; references are `#NN;`."""
    shown = _encoded(text, lambda code: f"#{code};")
    return _MEANING.sub(lambda m: f"#{ord(m[0])};", shown)


_MERMAID = Dialect(
    head=("sequenceDiagram", "  accTitle: TITLE"),
    participant=lambda name, text: f"  participant {name} as {text}",
    note=lambda over, text: f"  Note over {over}: {text}",
    arrows=("->>", "-x", "-)"),
    message=lambda source, arrow, target, text: f"  {source}{arrow}{target}: {text}",
    loop=lambda text: f"  loop {text}",
    tail=(),
    escape=mermaid_text,
)
_PLANTUML = Dialect(
    head=("@startuml", "title TITLE"),
    participant=lambda name, text: f'participant "{text}" as {name}',
    note=lambda over, text: f"note over {over} : {text}",
    arrows=("->", "->x", "->o"),
    message=lambda source, arrow, target, text: f"{source} {arrow} {target} : {text}",
    loop=lambda text: f"loop {text}",
    tail=("@enduml",),
    escape=lambda text: _encoded(text, lambda code: f"<U+{code:04X}>"),
)
