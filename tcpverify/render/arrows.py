"""Arrows of the terminal's ladder: what of a segment's way is drawn in one line, and how."""

from __future__ import annotations

from enum import Enum, auto

from tcpverify.records import record
from tcpverify.render.text import Charset, fit, width


class Shape(Enum):
    """What a line shows of the way of a segment."""

    WHOLE = auto()
    """Sent, and received by the next step."""
    SENT = auto()
    """Sent; what comes of it is told later."""
    UNDER_WAY = auto()
    """In flight, not sent in this row."""
    ARRIVED = auto()
    """Received, sent in an earlier row."""
    LOST = auto()
    DOUBLED = auto()
    GARBLED = auto()
    NO_ROOM = auto()


@record
class Arrow:
    """The cells between two lanes, from left to right, and the label on them."""

    cells: str
    label: str
    label_at: int


_MARGIN = 6
"""Cells of an arrow that its label leaves free."""


def label_room(cells: int) -> int:
    """The longest label of an arrow of that many cells that is not cut."""
    return cells - _MARGIN - 2


def draw(shape: Shape, label: str, cells: int, rightward: bool, chars: Charset) -> Arrow:
    """An arrow over some cells (at least 10)."""
    label = f" {fit(label, label_room(cells), chars.ellipsis)} "
    long = max(width(label) + _MARGIN, cells * 2 // 3)
    drawn = cells if shape is Shape.WHOLE else min(long, cells - 2)
    text = _from_source(shape, drawn, cells - drawn, chars)
    late = shape is Shape.ARRIVED
    start = (cells - drawn if late else 0) + (drawn - width(label)) // 2
    if rightward:
        return Arrow(text, label, start)
    swapped = text[::-1].translate({ord(chars.right): chars.left, ord(chars.right_open): chars.left_open})
    return Arrow(swapped, label, cells - start - width(label))


def _from_source(shape: Shape, drawn: int, rest: int, c: Charset) -> str:
    """The cells of an arrow as they follow each other from the source on."""
    lead = min(4, drawn // 3)
    match shape:
        case Shape.WHOLE:
            return c.line * (drawn - 1) + c.right
        case Shape.SENT:
            return c.line * (drawn - 1) + c.right_open + c.transit * rest
        case Shape.ARRIVED:
            return c.transit * rest + c.line * (drawn - 1) + c.right
        case Shape.UNDER_WAY:
            return c.transit * lead + c.line * (drawn - lead - 1) + c.right_open + c.transit * rest
        case Shape.LOST:
            return c.transit * lead + c.line * (drawn - lead - 1) + c.lost + " " * rest
        case Shape.DOUBLED:
            return c.transit * lead + c.line * (drawn - lead - 2) + c.right_open * 2 + c.transit * rest
        case Shape.GARBLED:
            return (
                c.transit * lead + c.line * (drawn - lead - 2) + c.garbled + c.right_open + c.transit * rest
            )
        case Shape.NO_ROOM:
            return c.line * (drawn - 1) + c.lost + " " * rest
