"""The ladder of a trace as SVG inside a page: what looks alike is one path, styled by the page.

A report has hundreds of ladders; drawn so, one takes a quarter of what `svg` needs to be a file of its own.
What the trace shows of a property is told beside it, by the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import atan2, cos, pi, sin
from xml.sax.saxutils import escape

from tcpverify.render.ladder import Fate, Origin
from tcpverify.render.picture import CELL, LINE, PAD, Arrow, Bracket, Picture, Role, Text, cells, compose
from tcpverify.trace import Trace

Paths = dict[str, list[str]]
"""What is drawn of each look, piece by piece."""

_TEXTS = {
    Role.TITLE: "tb", Role.NAME: "tb", Role.EVENT: "tb", Role.VERDICT: "tb", Role.ERROR: "te",
    Role.LOOP: "tl", Role.NUMBER: "tq", Role.STATE: "tn", Role.NOTE: "tn", Role.LABEL: "tn",
}  # fmt: skip
_BOXES = {Role.NAME: "bn", Role.STATE: "bs", Role.ERROR: "be"}
_BROKEN = frozenset({Fate.LOST, Fate.EXPIRED, Fate.NO_ROOM})
_OPEN = frozenset({Fate.IN_FLIGHT, Fate.STAYS})


def inline_ladder(trace: Trace) -> tuple[str, Picture]:
    """The ladder of a trace as an SVG element for a page, and the places of all that is drawn."""
    picture = compose(trace, None, "")
    width, height = round(picture.width), round(picture.height)
    parts = [
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" aria-hidden="true">',
        '<rect width="100%" height="100%"/>',
        *_paths(_drawn(picture)),
        *_texts(picture),
        "</svg>",
    ]
    return "".join(parts), picture


def _paths(drawn: Paths) -> Iterator[str]:
    return (f'<path class="{look}" d="{"".join(pieces)}"/>' for look, pieces in drawn.items())


def _drawn(picture: Picture) -> Paths:
    """Everything but the texts, in the order in which it is painted."""
    found: Paths = {}

    def add(look: str, piece: str) -> None:
        found.setdefault(look, []).append(piece)

    right = picture.width - PAD
    for y in picture.rules:
        add("ru", f"M{_at(PAD, y)}H{_n(right)}")
    for x in picture.lanes:
        add("la", f"M{_at(x, picture.top)}V{_n(picture.bottom)}")
    for arrow in picture.arrows:
        add(_colour(arrow) + _dash(arrow), f"M{_at(arrow.x1, arrow.y1)}L{_at(arrow.x2, arrow.y2)}")
    for arrow in picture.arrows:
        for look, piece in _marks(arrow):
            add(_colour(arrow) + look, piece)
    for box in picture.boxes:
        add(_BOXES[box.text.role], _rectangle(box.x, box.y, box.width, box.height))
    for text in picture.texts:
        if text.role is Role.LABEL:
            add("lb", _rectangle(text.x - 2, text.y, text.width + 4, text.height))
    for look, piece in _bracket(picture.loop):
        add(look, piece)
    return found


def _n(value: float) -> str:
    return str(round(value))


def _at(x: float, y: float) -> str:
    return f"{round(x)} {round(y)}"


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    return f"M{_at(x, y)}h{_n(width)}v{_n(height)}h-{_n(width)}z"


# --- Segments --------------------------------------------------------------------------------------


def _colour(arrow: Arrow) -> str:
    """`x`: it never arrives. `o`: no endpoint sent it just so. `s`: sent."""
    if arrow.flight.fate in _BROKEN:
        return "x"
    return "s" if arrow.flight.origin is Origin.SENT else "o"


def _dash(arrow: Arrow) -> str:
    """Solid if received, dashed if lost, dotted if still in flight."""
    return "d" if arrow.flight.fate in _BROKEN else "p" if arrow.flight.fate in _OPEN else "l"


def _marks(arrow: Arrow) -> Iterator[tuple[str, str]]:
    """The marks of a segment: of where it comes from, what befell it and where it ended. `h`: filled, `w`:
    hollow, `m`: strokes."""
    x, y, flight = arrow.x1, arrow.y1, arrow.flight
    if flight.origin is Origin.OLD:
        yield "w", _rectangle(x - 4, y - 4, 8, 8)
    elif flight.origin is Origin.COPY:
        yield "w", f"M{_at(x, y - 6)}l6 6-6 6-6-6z"
    if arrow.garbled is not None:
        gx, gy = arrow.garbled
        yield "m", f"M{_at(gx - 12, gy)}l4-6 5 12 5-12 5 12 4-6"
    x, y = arrow.x2, arrow.y2
    if flight.fate in _OPEN:
        yield "w", f"M{_at(x - 4, y)}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"
    elif flight.fate in _BROKEN:
        yield "m", f"M{_at(x - 6, y - 6)}l12 12m0-12l-12 12"
    else:
        angle = atan2(y - arrow.y1, x - arrow.x1)
        wings = [_at(x - 11 * cos(angle + t), y - 11 * sin(angle + t)) for t in (-pi / 8, pi / 8)]
        yield "h", f"M{_at(x, y)}L{wings[0]}L{wings[1]}z"


def _bracket(loop: Bracket | None) -> Iterator[tuple[str, str]]:
    """From the end of the loop back to its beginning; where the run stays, a small round trip."""
    if loop is None:
        return
    x, tip, top, bottom = loop.x, loop.tip, loop.top, loop.bottom
    if loop.stays:
        middle, height = (x + tip) / 2, (top + bottom) / 2
        yield "br", f"M{_at(middle + 8, height)}A8 8 0 1 1 {_at(middle, height - 8)}"
        tip, top = middle + 8, height - 8
    else:
        yield "br", f"M{_at(tip, bottom)}H{_n(x)}V{_n(top)}H{_n(tip - 9)}"
    yield "bh", f"M{_at(tip, top)}l-9-4v9z"


# --- Texts -----------------------------------------------------------------------------------------


def _texts(picture: Picture) -> Iterator[str]:
    """All texts, those of one look in one group."""
    groups: dict[str, list[str]] = {}
    for text in (*(box.text for box in picture.boxes), *picture.texts):
        groups.setdefault(_TEXTS[text.role], []).extend(_text(text))
    return (f'<g class="{look}">{"".join(lines)}</g>' for look, lines in groups.items() if lines)


def _text(text: Text) -> Iterator[str]:
    """A text line by line. What is not ASCII is held to the width that it was measured to have."""
    for i, line in enumerate(text.lines):
        shown = line.strip(" ")
        if not shown:
            continue
        x = text.x + (text.width - cells(line) if text.flush else 0.0)
        x += CELL * (len(line) - len(line.lstrip(" ")))
        held = "" if shown.isascii() else f' textLength="{cells(shown):.0f}" lengthAdjust="spacingAndGlyphs"'
        yield f'<text x="{_n(x)}" y="{_n(text.y + LINE * i + 12.5)}"{held}>{escape(shown)}</text>'
