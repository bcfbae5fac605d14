"""The layout of a ladder as data: lanes, rows in time order, segments from row to row.

Nothing here knows how it is drawn; texts are as the spec has them.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from itertools import groupby

from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import CORRUPT_KIND
from tcpverify.ir.interpret import aged
from tcpverify.ir.system import ActionKind, ErrorKind, Order, State, System
from tcpverify.records import record
from tcpverify.render import describe
from tcpverify.trace import Trace, TraceStep


class Origin(StrEnum):
    """Where a segment comes from."""

    SENT = "sent"
    OLD = "old"
    """In flight from the start."""
    COPY = "copy"
    """Made by a duplication."""
    INJECTED = "injected"
    """Made up by an adversary."""
    REPLAYED = "replayed"
    """A copy of an earlier one, sent by an adversary."""


ORIGIN_WORDS = {
    Origin.SENT: "",
    Origin.OLD: "old ",
    Origin.COPY: "copy of ",
    Origin.INJECTED: "injected ",
    Origin.REPLAYED: "replayed ",
}
"""What stands before a segment that no endpoint sent just so."""


class Fate(StrEnum):
    """What becomes of a segment."""

    RECEIVED = "received"
    LOST = "lost"
    EXPIRED = "expired"
    """Lost at the end of its life."""
    IN_FLIGHT = "in flight"
    STAYS = "stays in flight"
    """In flight for ever: the run stays where it is."""
    NO_ROOM = "no room"
    """Its channel was full when it was sent."""


@record
class Lane:
    """An endpoint: a vertical line."""

    name: str
    role: str


@record
class Flight:
    """One segment, from the row where it appears (0: from the start) to the row where it is received,
    lost or found to have no room; `end` None: it is in flight to the last. `garbled`: the row where
    it was corrupted. `original`: of a copy, the flight it is a copy of."""

    number: int
    channel: str
    source: int
    target: int
    text: str
    origin: Origin
    start: int
    fate: Fate = Fate.IN_FLIGHT
    end: int | None = None
    garbled: int | None = None
    original: int | None = None


@record
class Row:
    """One step (row 0: the start). `lane`: the endpoint that acts. `states`: the state boxes drawn in
    it, as (lane, state). `taken`: the flight that is received, lost, duplicated or corrupted. `notes`:
    what changed, in words. `error`: the step ends in this error."""

    number: int
    lane: int | None
    kind: ActionKind | None
    taken: int | None
    event: str
    notes: tuple[str, ...]
    states: tuple[tuple[int, str], ...]
    error: str | None = None


@record
class Ladder:
    """Rows are numbered as they stand; so are flights. Of a lasso, `ending` says in words how it goes on,
    and the rows with a number above `loop` are done again and again."""

    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]
    flights: tuple[Flight, ...]
    loop: int | None = None
    ending: str = ""

    @property
    def stays(self) -> bool:
        """Whether no step is done again and again, but the last state stays for ever."""
        return self.loop is not None and self.loop == self.rows[-1].number

    @property
    def opens(self) -> int | None:
        """The number of the first row of the loop, if it has one."""
        if self.loop is None:
            return None
        return next((row.number for row in self.rows if row.number > (self.loop or 0)), None)

    def repeats(self, row: Row) -> bool:
        """Whether a row is done again and again."""
        return self.loop is not None and row.number > self.loop

    def starting(self, row: int) -> tuple[Flight, ...]:
        """The flights that appear in a row, in order."""
        return tuple(f for f in self.flights if f.start == row)

    def left(self) -> tuple[Flight, ...]:
        """The flights still in flight at the end."""
        return tuple(f for f in self.flights if f.end is None)


def lay_out(trace: Trace) -> Ladder:
    """The ladder of a trace."""
    system = trace.system
    lanes = tuple(Lane(e.name, e.role) for e in system.endpoints)
    tracker = _Tracker(system, trace.initial)
    for step in trace.steps:
        tracker.follow(step)
    stays = trace.loop is not None and trace.loop == len(trace)
    flights = tuple(replace(f, fate=Fate.STAYS) if stays and f.end is None else f for f in tracker.flights)
    steps = zip(trace.steps, tracker.taken, strict=True)
    rows = [_row(system, step, flights, t) for step, t in steps]
    first, later = _first_row(system, trace.initial), _merge_ticks(system, rows, trace.loop)
    return Ladder(lanes, (first, *later), flights, trace.loop, describe.for_ever(trace))


# --- Rows ------------------------------------------------------------------------------------------


def _first_row(system: System, state: State) -> Row:
    states = tuple((i, e.states[state.values[e.control]]) for i, e in enumerate(system.endpoints))
    return Row(0, None, None, None, "start", describe.initial_notes(system, state), states)


def _merge_ticks(system: System, rows: list[Row], loop: int | None) -> list[Row]:
    """Ticks in a row as one row, with the number of the last: how many they are, and how late it is (when
    they are done first); those before a loop and those in it are two rows."""
    found: list[Row] = []
    now = 0

    def sort(row: Row) -> tuple[bool, bool]:
        return row.kind is ActionKind.TICK, loop is not None and row.number > loop

    for (is_tick, _), group in groupby(rows, key=sort):
        together = list(group)
        if not is_tick:
            found += together
            continue
        now += len(together)
        event = describe.ticks(len(together))
        found.append(replace(together[-1], event=f"{event}, {describe.moment(system, now)}"))
    return found


def _row(system: System, step: TraceStep, flights: tuple[Flight, ...], taken: int | None) -> Row:
    lanes = {e.name: i for i, e in enumerate(system.endpoints)}
    changed = describe.changes(system, step)
    notes = [str(change) for change in changed]
    notes += [_signal(step, s.word, s.name) for s in step.signals]
    origin = "" if taken is None else f", {origin_text(flights[taken])}"
    return Row(
        number=step.number,
        lane=None if step.action.endpoint is None else lanes.get(step.action.endpoint),
        kind=step.action.kind,
        taken=taken,
        event=describe.event(system, step) + origin,
        notes=tuple(notes),
        states=tuple((lanes[c.endpoint], c.state) for c in changed if c.endpoint and c.state is not None),
        error=None if step.error is None else step.error.message,
    )


def _signal(step: TraceStep, word: str, name: str) -> str:
    return "discarded" if word == "drop" else f"{step.action.endpoint} notifies {name}"


def origin_text(flight: Flight) -> str:
    """Where a segment that is taken came from."""
    match flight.origin:
        case Origin.OLD:
            return "old"
        case Origin.COPY:
            return f"copied in step {flight.start}"
        case Origin.SENT | Origin.INJECTED | Origin.REPLAYED:
            return f"{flight.origin.value} in step {flight.start}"


def fate_text(flight: Flight) -> str:
    """What becomes of a segment that is not received, and whether it is garbled."""
    garbled = "" if flight.garbled is None else f"corrupted in step {flight.garbled}"
    match flight.fate:
        case Fate.RECEIVED:
            fate = ""
        case Fate.LOST:
            fate = f"lost in step {flight.end}"
        case Fate.EXPIRED:
            fate = f"expired in step {flight.end}"
        case Fate.IN_FLIGHT:
            fate = "in flight at the end"
        case Fate.STAYS:
            fate = "in flight for ever"
        case Fate.NO_ROOM:
            fate = "no room, the channel is full"
    return ", ".join(t for t in (garbled, fate) if t)


# --- Segments through the channels -----------------------------------------------------------------

_ORIGINS = {ActionKind.INJECT: Origin.INJECTED, ActionKind.REPLAY: Origin.REPLAYED}


class _Tracker:
    """Follows every segment through its channel: by position in a FIFO; in a bag the oldest of
    equal ones is the one that is taken."""

    def __init__(self, system: System, initial: State) -> None:
        self.system = system
        self.flights: list[Flight] = []
        self.taken: list[int | None] = []
        self.flying: list[list[tuple[Message, int]]] = [[] for _ in system.channels]
        for channel, contents in enumerate(initial.contents):
            for message in () if system.channels[channel].memory else contents:
                self.flying[channel].append((message, self._new(channel, message, Origin.OLD, 0)))

    def _new(self, channel: int, message: Message, origin: Origin, row: int) -> int:
        ends = {e.name: i for i, e in enumerate(self.system.endpoints)}
        place = self.system.channels[channel]
        number = len(self.flights)
        text = describe.segment(self.system, message)
        source, target = ends[place.source], ends[place.target]
        self.flights.append(Flight(number, place.name, source, target, text, origin, row))
        return number

    def follow(self, step: TraceStep) -> None:
        """What a step does to the segments. What an erring step sends is not sent, but for the one
        that finds its channel full and those before it."""
        channel, position = step.action.channel, step.step.position
        self.taken.append(None)
        if step.action.kind is ActionKind.TICK:
            self._age()
        remembered = channel is not None and self.system.channels[channel].memory
        if channel is not None and position is not None and step.message is not None and not remembered:
            self._take(step, channel, self._place(channel, position, step.message))
        if step.after is None and (step.error is None or step.error.error is not ErrorKind.OVERFLOW):
            return
        for place, message, fits in step.sent:
            index = next(i for i, c in enumerate(self.system.channels) if c is place)
            origin = _ORIGINS.get(step.action.kind, Origin.SENT)
            number = self._new(index, message, origin, step.number)
            if fits:
                self.flying[index].append((message, number))
                continue
            self._end(number, Fate.NO_ROOM, step.number)
            if step.after is None:
                return

    def _age(self) -> None:
        for channel, flying in zip(self.system.channels, self.flying, strict=True):
            older = aged(channel, tuple(message for message, _ in flying))
            flying[:] = [(message, number) for message, (_, number) in zip(older, flying, strict=True)]

    def _place(self, channel: int, position: int, message: Message) -> int:
        """Where the segment stands in `flying`, which is kept in order of age for a bag."""
        if self.system.channels[channel].order is not Order.BAG:
            return position
        return next(i for i, (m, _) in enumerate(self.flying[channel]) if m == message)

    def _take(self, step: TraceStep, channel: int, place: int) -> None:
        flying = self.flying[channel]
        message, number = flying[place]
        self.taken[-1] = number
        match step.action.kind:
            case ActionKind.RECEIVE:
                del flying[place]
                self._end(number, Fate.RECEIVED, step.number)
            case ActionKind.LOSE:
                del flying[place]
                self._end(number, Fate.LOST, step.number)
            case ActionKind.EXPIRE:
                del flying[place]
                self._end(number, Fate.EXPIRED, step.number)
            case ActionKind.DUPLICATE:
                copy = self._new(channel, message, Origin.COPY, step.number)
                original = self.flights[number]
                self.flights[copy] = replace(
                    self.flights[copy], original=number, text=original.text, garbled=original.garbled
                )
                tail = step.action.to_tail or self.system.channels[channel].order is Order.BAG
                flying.insert(len(flying) if tail else place + 1, (message, copy))
            case ActionKind.CORRUPT:
                age = message[-1:] if self.system.segments_age else ()
                padding = (0,) * (self.system.width - 1 - len(age))
                flying[place] = ((CORRUPT_KIND, *padding, *age), number)
                self.flights[number] = replace(self.flights[number], garbled=step.number)
            case _:
                pass

    def _end(self, number: int, fate: Fate, row: int) -> None:
        self.flights[number] = replace(self.flights[number], fate=fate, end=row)
