"""The ladder of a trace in a terminal, like RFC 9293's figures 6 to 14; a list of steps where it is
too narrow."""

from __future__ import annotations

from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import ActionKind, Property
from tcpverify.records import record
from tcpverify.render.arrows import Arrow, Shape, draw, label_room
from tcpverify.render.canvas import PLAIN, Line
from tcpverify.render.conclusion import Conclusion, conclusion
from tcpverify.render.ladder import ORIGIN_WORDS, Fate, Flight, Ladder, Origin, Row, lay_out, origin_text
from tcpverify.render.text import ASCII, UNICODE, Charset, clean, fit, width, wrap
from tcpverify.trace import Trace

STYLES = {
    "number": "2", "lane": "2", "name": "1", "state": "1", "event": "1", "note": "",
    "arrow": "36", "lost": "31", "old": "35", "loop": "33", "bad": "1;31", "good": "1;32",
}  # fmt: skip
"""ANSI codes; each style is also told by a glyph or a word."""

NARROW = 60
_LEAST_GAP = 18
_LEAST_NOTES = 22
_MOST_NOTES = 60
_BRACKET = 2
"""Cells between the step numbers and the lanes for the bracket of a loop."""
AGAIN = "again and again:"


def ladder(
    trace: Trace,
    prop: Property | None,
    interpreter: Interpreter,
    width: int = 100,
    unicode: bool = True,
    colour: bool = False,
) -> str:
    """The ladder of a trace and what it shows of a property, in lines of at most `width` cells."""
    chars = UNICODE if unicode else ASCII
    plan = lay_out(trace)
    place = _geometry(plan, width, chars)
    lines = _list(plan, width, chars) if place is None else _Painter(plan, place, chars).lines()
    if prop is not None:
        shown = conclusion(interpreter, prop, trace)
        lines += [Line(width), *_conclusion(shown, width, chars)]
    return "\n".join(line.text(STYLES if colour else None) for line in lines) + "\n"


# --- Where things stand ----------------------------------------------------------------------------


@record
class _Geometry:
    """Cells: of the whole line, of the lanes, of half a state box, where the notes begin and end."""

    width: int
    lanes: tuple[int, ...]
    half: int
    notes: int
    notes_width: int


def _geometry(plan: Ladder, cells: int, chars: Charset) -> _Geometry | None:
    """Where lanes and notes stand; None if there is too little room for a ladder."""
    count = len(plan.lanes)
    if cells < NARROW or count == 0:
        return None
    names = [lane.name for lane in plan.lanes] + [s for row in plan.rows for _, s in row.states]
    box = max(width(clean(n, chars.ascii)) for n in names) + 2
    labels = max((width(_label(f, None, chars)) for f in plan.flights), default=0)
    numbers = _digits(plan) + 2 + (0 if plan.loop is None else _BRACKET)
    notes = min(_MOST_NOTES, max(_LEAST_NOTES, cells * 2 // 5))
    room = cells - numbers - notes - 2
    half = min((box + 1) // 2, 9)
    wanted = max(labels + 12, box + 4, 24)
    gap = min(wanted, (room - 2 * half) // (count - 1)) if count > 1 else 0
    if count > 1 and gap < _LEAST_GAP:
        return None
    lanes = tuple(numbers + half + i * gap for i in range(count))
    start = lanes[-1] + half + 2
    return _Geometry(cells, lanes, half, start, cells - start)


def _digits(plan: Ladder) -> int:
    """The cells of the largest step number."""
    return len(str(plan.rows[-1].number))


def _label(flight: Flight, row: int | None, chars: Charset) -> str:
    """What an arrow says of its segment in a row (None: the longest that it may say)."""
    if flight.garbled is not None and row is not None and row > flight.garbled:
        return "corrupt"
    word = ORIGIN_WORDS[flight.origin]
    return clean(word + flight.text, chars.ascii)


# --- The ladder ------------------------------------------------------------------------------------


class _Painter:
    """Draws the rows of a ladder, each as a block of lines beside its notes."""

    def __init__(self, plan: Ladder, place: _Geometry, chars: Charset) -> None:
        self.plan = plan
        self.place = place
        self.chars = chars

    def lines(self) -> list[Line]:
        """All lines: the endpoints' names, a block for every row, what is left in flight."""
        names = Line(self.place.width)
        for at, lane in zip(self.place.lanes, self.plan.lanes, strict=True):
            self._centre(names, at, clean(lane.name, self.chars.ascii), "name")
        found = [names]
        for row in self.plan.rows:
            if row.number == self.plan.opens:
                found += _margin(self._beside([], [(AGAIN, "loop")], ""), self.plan, self.chars.opens)
            block = [*self._block(row), self._lifelines()]
            found += _margin(block, self.plan, self.chars.again) if self.plan.repeats(row) else block
        if self.plan.ending:
            found += _closed(self._beside([], [(self.plan.ending, "loop")], ""), self.plan, self.chars)
            found.append(self._lifelines())
        left = self.plan.left()
        if not left:
            return found
        when = "for ever" if self.plan.stays else "at the end"
        notes = [(f"in flight {when}: {len(left)} segment{'s' if len(left) > 1 else ''}", "event")]
        return found + self._beside([self._arrow(f, Shape.UNDER_WAY, None) for f in left], notes, "")

    def _block(self, row: Row) -> list[Line]:
        drawn, cut = [], list[str]()
        if row.taken is not None and not self._is_whole(flight := self.plan.flights[row.taken]):
            drawn.append(self._arrow(flight, _TAKEN[row.kind], row.number))
        if row.states or row.error:
            drawn.append(self._states(row))
        for flight in self.plan.starting(row.number):
            if flight.origin is Origin.COPY:
                continue
            drawn.append(self._arrow(flight, self._shape(flight), row.number))
            if not self._fits(flight) or flight.fate is Fate.NO_ROOM:
                cut.append(_sends(flight))
        notes = [(row.event, "event" if row.number else "note")] if row.number else []
        notes += [(text, "note") for text in (*row.notes, *cut)]
        notes += [(f"error: {row.error}", "bad")] if row.error else []
        if row.number == 0 and self.plan.starting(0):
            notes.append(("old segments are in flight from the start", "old"))
        return self._beside(drawn, notes, str(row.number) if row.number else "")

    def _beside(self, drawn: list[Line], notes: list[tuple[str, str]], number: str) -> list[Line]:
        """Drawn lines with a step number before them and notes beside them."""
        texts = [
            (line, style)
            for text, style in notes
            for line in wrap(clean(text, self.chars.ascii), self.place.notes_width, 2)
        ]
        while len(drawn) < max(1, len(texts)):
            drawn.append(self._lifelines())
        for line, (text, style) in zip(drawn, texts, strict=False):
            line.put(self.place.notes, text, style)
        drawn[0].put(0, number, "number")
        return drawn

    def _lifelines(self) -> Line:
        line = Line(self.place.width)
        for at in self.place.lanes:
            line.put(at, self.chars.lane, "lane")
        return line

    def _states(self, row: Row) -> Line:
        line = self._lifelines()
        for lane, state in row.states:
            self._centre(line, self.place.lanes[lane], f"[{clean(state, self.chars.ascii)}]", "state")
        if row.error and row.lane is not None:
            self._centre(line, self.place.lanes[row.lane], "[ERROR]", "bad")
        return line

    def _centre(self, line: Line, at: int, text: str, style: str) -> None:
        """A text centred on a lane, cut to the room that a state box has."""
        most = 2 * self.place.half
        if width(text) > most:
            text = (
                fit(text[:-1], most - 1, self.chars.ellipsis) + text[-1]
                if text[-1] == "]"
                else fit(text, most, self.chars.ellipsis)
            )
        line.put(at - width(text) // 2, text, style)

    def _arrow(self, flight: Flight, shape: Shape, row: int | None) -> Line:
        line = self._lifelines()
        lanes = self.place.lanes
        source, target = lanes[flight.source], lanes[flight.target]
        if source == target:
            return line
        low, cells = min(source, target), abs(source - target) - 1
        label = _label(flight, self.plan.rows[-1].number + 1 if row is None else row, self.chars)
        arrow = draw(shape, label, cells, source < target, self.chars)
        self._put(line, low + 1, arrow, _style(flight, shape))
        return line

    def _put(self, line: Line, at: int, arrow: Arrow, style: str) -> None:
        """Draw an arrow; lanes that it passes stay visible."""
        for i, cell in enumerate(arrow.cells):
            if at + i in self.place.lanes:
                cell = self.chars.lane if cell == " " else self.chars.crossing
            line.put(at + i, cell, style)
        line.put(at + arrow.label_at, arrow.label, style)

    def _fits(self, flight: Flight) -> bool:
        cells = abs(self.place.lanes[flight.source] - self.place.lanes[flight.target]) - 1
        return width(_label(flight, flight.start, self.chars)) <= label_room(cells)

    def _is_whole(self, flight: Flight) -> bool:
        """Whether a segment is received by the step after the one that sent it: one arrow tells both."""
        return (
            flight.origin is Origin.SENT and flight.fate is Fate.RECEIVED and flight.end == flight.start + 1
        )

    def _shape(self, flight: Flight) -> Shape:
        if flight.fate is Fate.NO_ROOM:
            return Shape.NO_ROOM
        if flight.origin is Origin.OLD:
            return Shape.UNDER_WAY
        return Shape.WHOLE if self._is_whole(flight) else Shape.SENT


_TAKEN: dict[ActionKind | None, Shape] = {
    ActionKind.RECEIVE: Shape.ARRIVED,
    ActionKind.LOSE: Shape.LOST,
    ActionKind.EXPIRE: Shape.LOST,
    ActionKind.DUPLICATE: Shape.DOUBLED,
    ActionKind.CORRUPT: Shape.GARBLED,
}


def _style(flight: Flight, shape: Shape) -> str:
    if shape in (Shape.LOST, Shape.NO_ROOM, Shape.GARBLED):
        return "lost"
    return "arrow" if flight.origin is Origin.SENT else "old"


def _sends(flight: Flight) -> str:
    """A segment that appears, in full."""
    match flight.origin, flight.fate:
        case Origin.OLD, _:
            return f"old: {flight.text}"
        case Origin.COPY, _:
            return f"copy: {flight.text}"
        case ((Origin.INJECTED | Origin.REPLAYED), Fate.NO_ROOM):
            return f"{flight.origin.value}: {flight.text}: no room, {flight.channel} is full"
        case ((Origin.INJECTED | Origin.REPLAYED), _):
            return f"{flight.origin.value}: {flight.text}"
        case _, Fate.NO_ROOM:
            return f"sends {flight.text}: no room, {flight.channel} is full"
        case _:
            return f"sends {flight.text}"


# --- The list, and the conclusion -------------------------------------------------------------------


def _list(plan: Ladder, cells: int, chars: Charset) -> list[Line]:
    """The steps one below the other, for narrow terminals and many endpoints."""
    found: list[Line] = []
    for row in plan.rows:
        told = _told_row(plan, row, cells, chars)
        if row.number == plan.opens:
            found += _margin(_paragraph(AGAIN, "loop", cells, chars, _indent(plan), 0), plan, chars.opens)
        found += _margin(told, plan, chars.again) if plan.repeats(row) else told
    if plan.ending:
        ending = _paragraph(plan.ending, "loop", cells, chars, _indent(plan), _indent(plan))
        found += _closed(ending, plan, chars)
    when = "for ever" if plan.stays else "at the end"
    for flight in plan.left():
        way = f"{flight.text}{_way(plan, flight)}, {origin_text(flight)}"
        found += _paragraph(f"in flight {when}: {way}", "note", cells, chars, 0, 2)
    return found


def _indent(plan: Ladder) -> int:
    """Where the text of a step begins in a list."""
    return _digits(plan) + 1 + (0 if plan.loop is None else _BRACKET)


def _margin(lines: list[Line], plan: Ladder, mark: str) -> list[Line]:
    """Lines with a mark behind the step numbers."""
    for line in lines:
        line.put(_digits(plan) + 1, mark, "loop")
    return lines


def _closed(lines: list[Line], plan: Ladder, chars: Charset) -> list[Line]:
    """The lines about how a lasso goes on, with the end of the bracket (or what stands for none)."""
    if plan.stays:
        return [*_margin(lines[:1], plan, chars.stays), *lines[1:]]
    return [*_margin(lines[:-1], plan, chars.again), *_margin(lines[-1:], plan, chars.closes)]


def _told_row(plan: Ladder, row: Row, cells: int, chars: Charset) -> list[Line]:
    """A step, and below it what it changes and sends."""
    digits, indent = _digits(plan), _indent(plan)
    names = [f"{plan.lanes[lane].name} in {state}" for lane, state in row.states]
    number, head = (f"{row.number:>{digits}}", row.event) if row.number else ("", ", ".join(names))
    found = _paragraph(head, "event", cells, chars, indent, indent + 2)
    found[0].put(0, number, "event")
    for text in (*row.notes, *(_told(plan, f) for f in plan.starting(row.number))):
        found += _paragraph(text, "note", cells, chars, indent + 2, indent + 4)
    if row.error:
        found += _paragraph(f"error: {row.error}", "bad", cells, chars, indent + 2, indent + 4)
    return found


def _told(plan: Ladder, flight: Flight) -> str:
    return _sends(flight) + _way(plan, flight)


def _way(plan: Ladder, flight: Flight) -> str:
    return f" ({plan.lanes[flight.source].name} -> {plan.lanes[flight.target].name})"


def _conclusion(shown: Conclusion, cells: int, chars: Charset) -> list[Line]:
    found = _paragraph(shown.heading, "good" if shown.word == "holds" else "bad", cells, chars, 0, 2)
    for depth, text in shown.lines():
        found += _paragraph(text, PLAIN, cells, chars, 2 + 2 * depth, 4 + 2 * depth)
    return found


def _paragraph(text: str, style: str, cells: int, chars: Charset, first: int, later: int) -> list[Line]:
    found = []
    for text_line in wrap(clean(text, chars.ascii).rstrip(), cells, later, first):
        line = Line(cells)
        line.put(0, text_line, style)
        found.append(line)
    return found
