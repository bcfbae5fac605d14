"""The places of everything in a ladder's picture, in pixels; `svg` writes it down.

Texts are measured generously (monospaced, wide characters double) and every label has a strip of
its own, so that no two texts overlap whatever they say.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from tcpverify.records import record
from tcpverify.render.conclusion import Conclusion
from tcpverify.render.ladder import ORIGIN_WORDS, Fate, Flight, Ladder, Origin, Row, fate_text, lay_out
from tcpverify.render.text import clean, width, wrap
from tcpverify.trace import Trace

CELL = 7.8
"""The width of a character, 0.6 of the font size, which `svg` holds every text to."""
LINE = 17.0
PAD = 20.0
_LABEL_CELLS = 42
_NAME_CELLS = 24
_NOTE_CELLS = 48
_LEAST_GAP = 200.0
_BRACKET = 30.0
"""The room of a loop's bracket, between the step numbers and the lanes."""
AGAIN = "again and again:"


class Role(StrEnum):
    """What a text is, for its looks."""

    TITLE = "title"
    NAME = "name"
    STATE = "state"
    ERROR = "error"
    NUMBER = "number"
    EVENT = "event"
    NOTE = "note"
    LABEL = "label"
    LOOP = "loop"
    VERDICT = "verdict"


@record
class Text:
    """Lines of clean text; `x` and `y` are the left upper corner, `width` is that of the longest.
    `flush`: the lines end, not begin, below each other."""

    role: Role
    x: float
    y: float
    lines: tuple[str, ...]
    flush: bool = False

    @property
    def width(self) -> float:
        return max((cells(line) for line in self.lines), default=0.0)

    @property
    def height(self) -> float:
        return LINE * len(self.lines)


@record
class Box:
    """A frame around a text: a state, an endpoint's name, an error."""

    text: Text
    x: float
    y: float
    width: float
    height: float


@record
class Arrow:
    """The way of a segment, and the points where it was corrupted on it."""

    flight: Flight
    x1: float
    y1: float
    x2: float
    y2: float
    garbled: tuple[float, float] | None = None


@record
class Bracket:
    """What is done again and again: the left side of the bracket, and where its ends point to.
    `stays`: no step is, but the run stays where it is."""

    x: float
    tip: float
    top: float
    bottom: float
    stays: bool


@record
class Picture:
    """A laid-out ladder: everything that is drawn, with its place."""

    width: float
    height: float
    lanes: tuple[float, ...]
    top: float
    bottom: float
    """Where lifelines begin and end."""
    rules: tuple[float, ...]
    """Where the steps are divided."""
    boxes: tuple[Box, ...]
    texts: tuple[Text, ...]
    arrows: tuple[Arrow, ...]
    verdict: tuple[float, float] | None
    """From where to where the bar beside the conclusion reaches."""
    loop: Bracket | None = None
    rows: tuple[tuple[int, float, float], ...] = ()
    """Of each row its number, and from where to where it reaches."""


def cells(text: str) -> float:
    """The width of a clean line of text."""
    return width(text) * CELL


def label(flight: Flight) -> tuple[str, ...]:
    """The lines of the label at the start of a segment's arrow."""
    word = ORIGIN_WORDS[flight.origin]
    fate = fate_text(flight)
    lines = _lines(f"{word}{flight.text}", _LABEL_CELLS)
    if not fate:
        return lines
    joined = f"{lines[-1]} ({fate})"
    return (
        (*lines[:-1], joined)
        if width(joined) <= _LABEL_CELLS - 8
        else (*lines, *_lines(f"({fate})", _LABEL_CELLS))
    )


def _lines(text: str, most: int, later: int = 0) -> tuple[str, ...]:
    return tuple(wrap(clean(text), most, later))


# --- Columns ---------------------------------------------------------------------------------------


@record
class _Columns:
    lanes: tuple[float, ...]
    notes: float
    width: float


def _columns(plan: Ladder) -> _Columns:
    """Lanes far enough apart for the boxes on them and the labels between them."""
    half = [_half_box(plan, lane) for lane in range(len(plan.lanes))]
    need = [0.0] * len(plan.lanes)
    for flight in plan.flights:
        gap = flight.source if flight.source <= flight.target else flight.source - 1
        need[gap] = max(need[gap], max(cells(line) for line in label(flight)) + 32)
    x = PAD + cells(str(plan.rows[-1].number)) + 16 + (half[0] if half else 0)
    x += 0 if plan.loop is None else _BRACKET
    lanes = []
    for i in range(len(plan.lanes)):
        lanes.append(x)
        last = i == len(plan.lanes) - 1
        x += max(need[i], half[i] + 28) if last else max(need[i], half[i] + half[i + 1] + 24, _LEAST_GAP)
    return _Columns(tuple(lanes), x, x + _NOTE_CELLS * CELL + PAD)


def _half_box(plan: Ladder, lane: int) -> float:
    names = [s for row in plan.rows for at, s in row.states if at == lane] + [plan.lanes[lane].name, "ERROR"]
    return max(cells(line) for name in names for line in _lines(name, _NAME_CELLS)) / 2 + 10


# --- Rows ------------------------------------------------------------------------------------------


class _Composer:
    """Goes down the rows and notes where everything stands."""

    def __init__(self, plan: Ladder, title: str) -> None:
        self.plan = plan
        self.columns = _columns(plan)
        self.boxes: list[Box] = []
        self.texts: list[Text] = []
        self.rules: list[float] = []
        self.touched: dict[tuple[int, int], float] = {}
        """Where a row takes a flight: (row, flight) -> y."""
        self.begun: dict[int, float] = {}
        self.again: float | None = None
        """Where the loop begins."""
        self.rows: list[tuple[int, float, float]] = []
        self.y = PAD
        most = int((self.columns.width - 2 * PAD) / CELL)
        self.y += self._text(Role.TITLE, PAD, self.y, _lines(title, most)) + 12
        self.top = self.y

    def compose(self, shown: Conclusion | None) -> Picture:
        """The whole picture."""
        self._boxes_at([(i, lane.name) for i, lane in enumerate(self.plan.lanes)], Role.NAME)
        for row in self.plan.rows:
            if row.number == self.plan.opens:
                self._loop_text(AGAIN)
                self.again = self.y
            top = self.y
            self._row(row)
            self.rows.append((row.number, top, self.y))
        loop = self._ending()
        left = self.plan.left()
        ends = {f.number: self.y + 16 + 14 * i for i, f in enumerate(left)}
        self.y += 14 * len(left) + 22
        bottom = self.y
        verdict = None if shown is None else self._conclusion(shown)
        columns = self.columns
        return Picture(
            columns.width, self.y + PAD, columns.lanes, self.top, bottom, tuple(self.rules),
            tuple(self.boxes), (*self.texts, *self._labels(ends)), tuple(self._arrows(ends)), verdict, loop,
            tuple(self.rows),
        )  # fmt: skip

    def _loop_text(self, text: str) -> None:
        """A line of its own in the right column about the loop."""
        self.rules.append(self.y)
        self.y += self._text(Role.LOOP, self.columns.notes, self.y + 6, _lines(text, _NOTE_CELLS, 2)) + 10

    def _ending(self) -> Bracket | None:
        """How a lasso goes on, and the bracket around what is done again and again."""
        if not self.plan.ending:
            return None
        top, bottom = self.again, self.y
        self._loop_text(self.plan.ending)
        x = PAD + cells(str(self.plan.rows[-1].number)) + 10
        if top is None:
            return Bracket(x, x + 18, bottom + 9, self.y - 1, True)
        return Bracket(x, x + 18, top + 6, bottom - 2, False)

    def _text(self, role: Role, x: float, y: float, lines: tuple[str, ...]) -> float:
        """Note a text; its height."""
        text = Text(role, x, y, lines)
        self.texts.append(text)
        return text.height

    def _boxes_at(self, states: list[tuple[int, str]], role: Role) -> None:
        """Boxes on lanes, side by side."""
        heights = [0.0]
        for lane, name in states:
            lines = _lines(name, _NAME_CELLS)
            wide = max(cells(line) for line in lines) + 14
            x = self.columns.lanes[lane] - wide / 2
            text = Text(role, x + 7, self.y + 4, lines)
            self.boxes.append(Box(text, x, self.y, wide, text.height + 8))
            heights.append(text.height + 14)
        self.y += max(heights)

    def _row(self, row: Row) -> None:
        top = self.y
        if row.number:
            self.rules.append(top)
            self._text(Role.NUMBER, PAD, top + 6, (str(row.number),))
            beside = self._notes(row, top + 6)
        else:
            beside = self._notes(row, top) if row.notes else top
        self.y += 8
        if row.taken is not None:
            self.touched[row.number, row.taken] = self.y + 8
            self.y += 18
        self._boxes_at(list(row.states), Role.STATE)
        if row.error and row.lane is not None:
            self._boxes_at([(row.lane, "ERROR")], Role.ERROR)
        for flight in self.plan.starting(row.number):
            self.y += LINE * len(label(flight)) + 6
            self.begun[flight.number] = self.y
            self.y += 5
        self.y = max(self.y, beside) + 10

    def _notes(self, row: Row, y: float) -> float:
        """The description of a row in the right column; where it ends."""
        x = self.columns.notes
        if row.number:
            y += self._text(Role.EVENT, x, y, _lines(row.event, _NOTE_CELLS, 2))
        for note in row.notes:
            y += self._text(Role.NOTE, x, y, _lines(note, _NOTE_CELLS, 2))
        if row.error:
            y += self._text(Role.ERROR, x, y, _lines(f"error: {row.error}", _NOTE_CELLS, 2))
        return y

    def _conclusion(self, shown: Conclusion) -> tuple[float, float]:
        self.y += 14
        top, x = self.y, PAD + 14
        most = int((self.columns.width - x - PAD) / CELL)
        self.y += self._text(Role.VERDICT, x, self.y, _lines(shown.heading, most, 2))
        for depth, text in shown.lines():
            at = x + 2 * CELL * depth
            self.y += self._text(Role.NOTE, at, self.y, _lines(text, most - 2 * depth, 2))
        return top, self.y

    # Segments

    def _arrows(self, ends: dict[int, float]) -> list[Arrow]:
        found: list[Arrow] = []
        for flight in self.plan.flights:
            y1, x1 = self.begun[flight.number], self._x(flight, 0.0)
            if flight.origin is Origin.OLD:
                x1 = self._near(flight, flight.source, 0.12)
            if flight.original is not None:
                x1 = _x_at(found[flight.original], y1)
            x2, y2 = self._end(flight, ends, x1)
            arrow = Arrow(flight, x1, y1, x2, y2)
            if flight.garbled is not None and (y := self.touched.get((flight.garbled, flight.number))):
                arrow = replace(arrow, garbled=(_x_at(arrow, y), y))
            found.append(arrow)
        return found

    def _x(self, flight: Flight, part: float) -> float:
        """A point of the way from lane to lane (of a segment to its sender: to the right of it)."""
        x1, x2 = self.columns.lanes[flight.source], self.columns.lanes[flight.target]
        return x1 + part * (x2 - x1 if x1 != x2 else 48.0)

    def _end(self, flight: Flight, ends: dict[int, float], x1: float) -> tuple[float, float]:
        match flight.fate, flight.end:
            case Fate.NO_ROOM, _:
                return self._near(flight, flight.source, 0.5), self.begun[flight.number] + 4
            case _, None:
                part = 0.78 - 0.1 * (flight.number % 3)
                return self._beyond(flight, x1, part), ends[flight.number]
            case ((Fate.LOST | Fate.EXPIRED), int(row)):
                return self._beyond(flight, x1, 0.5), self.touched[row, flight.number]
            case _, int(row):
                return self._x(flight, 1.0), self.touched[row, flight.number]

    def _near(self, flight: Flight, lane: int, part: float) -> float:
        """A point of the way in the gap next to one of its lanes, so that it lies on no other lane."""
        if flight.source == flight.target:
            return self._x(flight, part if lane == flight.source else 1 - part)
        other = flight.target if lane == flight.source else flight.source
        lanes = self.columns.lanes
        return lanes[lane] + part * (lanes[lane + (1 if other > lane else -1)] - lanes[lane])

    def _beyond(self, flight: Flight, x1: float, part: float) -> float:
        """Where a way that began at `x1` and is not walked to its end stops: at a part of the last
        gap, or nearer to its end if it began late."""
        usual, start = self._near(flight, flight.target, 1 - part), self._x(flight, 0.0)
        late = abs(usual - start) <= abs(x1 - start) + 12
        return self._near(flight, flight.target, 0.08) if late else usual

    def _labels(self, ends: dict[int, float]) -> list[Text]:
        """Each above the start of its arrow, inside the way."""
        found = []
        for arrow in self._arrows(ends):
            lines = label(arrow.flight)
            wide = max(cells(line) for line in lines)
            start, stop = self._x(arrow.flight, 0.0), self._x(arrow.flight, 1.0)
            if stop >= start:
                x = max(start + 8, min(arrow.x1 + 8, stop - wide - 8))
            else:
                x = min(start - 8 - wide, max(arrow.x1 - 8 - wide, stop + 8))
            found.append(Text(Role.LABEL, x, arrow.y1 - 6 - LINE * len(lines), lines, stop < start))
        return found


def _x_at(arrow: Arrow, y: float) -> float:
    part = 1.0 if arrow.y2 == arrow.y1 else (y - arrow.y1) / (arrow.y2 - arrow.y1)
    return arrow.x1 + min(max(part, 0.0), 1.0) * (arrow.x2 - arrow.x1)


def compose(trace: Trace, shown: Conclusion | None, title: str) -> Picture:
    """The picture of a trace's ladder, with what it shows below it."""
    return _Composer(lay_out(trace), title).compose(shown)
