"""The typed transition system: endpoints, variables, channels, timers, actions, properties.

One transition is one (action, segment, choices): every distinct segment of a bag or position of a
FIFO counts, and every value of every choice that matters on the path taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal, NamedTuple, TypeAlias

from tcpverify.ir.evaluate import Contents, Message
from tcpverify.ir.expr import TRUE, Expr, Sort, Value
from tcpverify.records import record
from tcpverify.source import Span

KIND = "kind"
"""The FIELD variable that holds a segment's kind."""

LIFE = "life"
"""The FIELD variable that holds a segment's remaining lifetime: last, and only in timed networks."""


# --- What a state is made of -----------------------------------------------------------------------


class VariableKind(StrEnum):
    """What a variable of the state stands for."""

    CONTROL = "state"
    """The state an endpoint is in."""
    DATA = "data"
    GHOST = "ghost"
    TIMER = "timer"
    """0: stopped; 1 + k: running after k firings."""
    CLOCK = "clock"
    """The ticks that a timer with a duration has still to wait; 0 while it is stopped."""
    FAULTS = "faults"
    """What is left of a fault budget of a link."""
    CALLS = "calls"
    """What is left of a limit on calls, or the position in an order of calls."""
    MONITOR = "monitor"
    """The state of an observer automaton."""
    HISTORY = "history"
    """What a refinement has seen up to the state before; readers of traces are not told its changes."""


@record
class Variable:
    """One scalar of the state. `name` is unique (`A.iss`); `label` is what its endpoint calls it."""

    name: str
    label: str
    sort: Sort
    kind: VariableKind
    endpoint: str | None
    span: Span | None


@record
class Endpoint:
    """`control` is the index of the variable that holds its state, one of `states`."""

    name: str
    role: str
    control: int
    states: tuple[str, ...]


@record
class Field:
    """A field of a message kind; a flag is a Boolean field. As a FIELD variable it is `KIND.name`."""

    name: str
    sort: Sort
    flag: bool
    ghost: bool


@record
class MessageKind:
    name: str
    fields: tuple[Field, ...]
    span: Span | None


UNLIMITED_MOST = 2**16
"""The bound of a count over a channel without a capacity; only the width of numbers needs it."""


class Order(StrEnum):
    FIFO = "fifo"
    WINDOW = "window"
    """One of the first `window + 1` segments is received."""
    BAG = "bag"


@record
class Channel:
    """One direction of a link. `capacity` None: unlimited; `lifetime` None: its segments never age."""

    name: str
    source: str
    target: str
    capacity: int | None
    order: Order
    window: int
    overflow: Literal["error", "drop", "block"]
    span: Span | None
    lifetime: int | None = None
    memory: bool = False
    """It keeps for ever what was sent into it: a second equal segment adds nothing, and what is received
    or lost stays."""

    @property
    def most(self) -> int:
        """The bound of a count of its segments."""
        return UNLIMITED_MOST if self.capacity is None else self.capacity


@record
class Timer:
    """`variable` is the index of the variable that holds it; `retries` None: it fires once; `clock`:
    the index of the variable with what it has still to wait, of a timer with a duration."""

    name: str
    label: str
    endpoint: str
    variable: int
    retries: int | Literal["unlimited"] | None
    span: Span | None
    clock: int | None = None


class State(NamedTuple):
    """`values` in the order of the system's variables, `contents` in that of its channels."""

    values: tuple[Value, ...]
    contents: Contents


# --- Actions ---------------------------------------------------------------------------------------


class ErrorKind(StrEnum):
    """What a step can do wrong; the values are the names of the automatic properties."""

    UNHANDLED = "no_unhandled"
    OVERFLOW = "no_overflow"
    RANGE = "no_range_error"
    ASSERT = "no_failed_assert"


class ActionKind(StrEnum):
    """What kind of step an action is; the order is the canonical one of actions."""

    CALL = "call"
    RECEIVE = "receive"
    STEP = "step"
    TIMEOUT = "timeout"
    EXHAUSTED = "exhausted"
    LOSE = "lose"
    DUPLICATE = "duplicate"
    CORRUPT = "corrupt"
    EXPIRE = "expire"
    """A segment at the end of its life is gone."""
    TICK = "tick"
    """Time goes on: every segment in a channel with a lifetime has one tick less to live."""
    INJECT = "inject"
    """An adversary sends a segment of its own."""
    REPLAY = "replay"
    """An adversary sends a copy of a segment of `channel`, a memory."""


FAULTS = frozenset({ActionKind.LOSE, ActionKind.DUPLICATE, ActionKind.CORRUPT, ActionKind.EXPIRE,
                    ActionKind.INJECT, ActionKind.REPLAY})  # fmt: skip


@record
class Choice:
    """A value that the action picks: a fresh value, a branch of `choose`, an argument of a call.

    `values` None: every value of the sort. Where `when` (over STATE, FIELD and earlier CHOICE
    variables) is false the choice does not matter and is fixed to its first value.
    """

    name: str
    label: str
    sort: Sort
    values: tuple[Value, ...] | None
    when: Expr


@record
class Update:
    """After the step the variable with index `variable` has `value`, read before the step."""

    variable: int
    value: Expr


@record
class Check:
    """The step errs unless `condition` holds."""

    condition: Expr
    error: ErrorKind
    message: str
    span: Span | None


@record
class Send:
    """If `when` holds, a segment goes into a channel; `fields` are as many as the kind has."""

    channel: int
    kind: int
    fields: tuple[Expr, ...]
    when: Expr
    span: Span | None


@record
class Signal:
    """If `when` holds, something a reader of the trace is told: a `notify`, or a `drop`."""

    word: Literal["notify", "drop"]
    name: str
    when: Expr


Effect: TypeAlias = Check | Send | Signal


@record
class Location:
    """The action is possible only where the variable with index `variable` has `value`."""

    variable: int
    value: int


@record
class Action:
    """One handler of one endpoint in one state for one channel, or one kind of fault of a channel.

    It is enabled where `location` (if any) and `guard` hold; RECEIVE, LOSE, EXPIRE, DUPLICATE and
    CORRUPT take a segment of `channel`: RECEIVE, LOSE and EXPIRE remove it before anything is sent,
    DUPLICATE adds a copy (at the end if `to_tail`, else right behind it) where it fits, CORRUPT
    garbles it in its place. TICK lowers the life of the segments in channels with a lifetime (not
    below 0), before anything is sent. What is sent into a channel has its lifetime to live; a copy
    and a garbled segment are as old as they were. `effects` happen in order and the first that errs
    (a failed check, or a send into a full channel whose overflow is an error) makes the whole step an
    erring step. A send into a full channel whose overflow is `block` disables the step. `subject` is
    the call, timer or step.
    All expressions read the state before the step.
    """

    name: str
    kind: ActionKind
    endpoint: str | None
    subject: str
    channel: int | None
    location: Location | None
    choices: tuple[Choice, ...]
    guard: Expr
    updates: tuple[Update, ...]
    effects: tuple[Effect, ...]
    to_tail: bool
    span: Span | None
    cites: tuple[str, ...]
    adversary: str | None = None
    """Whose move it is, if it is an adversary's."""

    @property
    def is_fault(self) -> bool:
        return self.kind in FAULTS


# --- Properties ------------------------------------------------------------------------------------


class PropertyKind(StrEnum):
    """What a property claims of a system."""

    INVARIANT = "always"
    """`formula` holds in every reachable state."""
    STEP = "always step"
    """`formula` (with NEXT variables) holds over every transition without error."""
    REACHABLE = "reachable"
    """`formula` holds in some reachable state."""
    DEADLOCK_FREE = "deadlock_free"
    """Every reachable state has a transition without error, or satisfies `formula`."""
    NO_ERROR = "no error"
    """No reachable erring step has `error`."""
    SETTLES = "settles"
    """From every reachable state with `formula` (something is due), steps other than TICK can lead
    to one without it."""
    TRAP_FREE = "always reachable"
    """From every reachable state one with `formula` can be reached (AG EF)."""
    RESPONSE = "leads_to"
    """In every fair run each state with `antecedent` (None: each initial state) is followed by, or is,
    one with `formula`; until then `hold` is true."""
    UNSUPPORTED = "unsupported"
    """Known to the grammar, not yet to an engine: `text` says what."""


@record
class Part:
    """A conjunct of a property as it was written, to be named when it is the one that fails."""

    formula: Expr
    text: str


@record
class StepEvent:
    """What the EVENT variable `name` means: of every action of the system the condition (over STATE,
    FIELD and CHOICE variables) under which a step by it does what `event(...)` asks for."""

    name: str
    happens: tuple[Expr, ...]


@record
class Fair:
    """Steps that do not wait for ever: where they are possible at all times from some point on (`strong`:
    again and again), they are done again and again. Counted one by one: `delivery` for each segment value
    of each channel (or of `channel`), the others for each timer, call (with any arguments) and step of each
    endpoint (or of `endpoint`, or just `subject` of it)."""

    kind: Literal["delivery", "timers", "calls", "steps"]
    strong: bool = False
    channel: int | None = None
    endpoint: str | None = None
    subject: str | None = None


@record
class Property:
    """`antecedent`: of `always A => B` the A (for `always step` too), to tell a vacuous pass.
    `events`: the EVENT variables of a formula over steps."""

    name: str
    kind: PropertyKind
    formula: Expr
    antecedent: Expr | None
    error: ErrorKind | None
    parts: tuple[Part, ...]
    text: str
    span: Span | None
    cites: tuple[str, ...]
    events: tuple[StepEvent, ...] = ()
    hold: Expr = TRUE
    """Of a response: what is true until it comes."""
    fairness: tuple[Fair, ...] = ()
    """Of a response: which runs it is about."""


@record
class Assumption:
    """Only states in which `formula` holds are looked at: initial ones and those a step leads to."""

    formula: Expr
    text: str
    span: Span | None


# --- The system ------------------------------------------------------------------------------------


@record
class Initial:
    """The initial states: every combination of `values` (one tuple of alternatives a variable,
    in ascending order) in which `where` holds, each with the preloaded `contents`."""

    values: tuple[tuple[Value, ...], ...]
    contents: Contents
    where: Expr = TRUE


@record
class System:
    """One instance of a scenario: parameters fixed, variants applied."""

    name: str
    endpoints: tuple[Endpoint, ...]
    variables: tuple[Variable, ...]
    messages: tuple[MessageKind, ...]
    channels: tuple[Channel, ...]
    timers: tuple[Timer, ...]
    initial: Initial
    actions: tuple[Action, ...]
    assumptions: tuple[Assumption, ...] = ()
    tick: tuple[int, str] | None = None
    """How long a tick is, for readers: a number and a unit."""

    @property
    def width(self) -> int:
        """The number of values of a segment, its kind (and in a timed network its life) included."""
        return 1 + max((len(kind.fields) for kind in self.messages), default=0) + self.segments_age

    @property
    def segments_age(self) -> bool:
        """Whether some channel has a lifetime, so that segments carry their life."""
        return any(c.lifetime is not None for c in self.channels)

    @property
    def timed(self) -> bool:
        """Whether time is discrete: some timer has a duration, or some channel a lifetime."""
        return self.segments_age or any(t.clock is not None for t in self.timers)

    def endpoint(self, name: str) -> Endpoint:
        return next(e for e in self.endpoints if e.name == name)


class Step(NamedTuple):
    """Which transition: an action, the position of its segment (of a bag: the first position of
    an equal one), and the values of its choices."""

    action: int
    position: int | None
    choices: tuple[Value, ...]


class Schedule(NamedTuple):
    """A path: where it starts and what is done; the states in between are the interpreter's.

    A lasso has a `loop`: how many steps lead to it; the rest is done over and over, and if nothing is
    left the run stays where it is.
    """

    initial: State
    steps: tuple[Step, ...]
    loop: int | None = None


def expressions_of(action: Action) -> Iterator[Expr]:
    """Every expression of an action."""
    yield action.guard
    yield from (u.value for u in action.updates)
    yield from (c.when for c in action.choices)
    for effect in action.effects:
        match effect:
            case Check(condition):
                yield condition
            case Send(fields=fields, when=when):
                yield from (*fields, when)
            case Signal(when=when):
                yield when


__all__ = [
    "FAULTS", "KIND", "LIFE", "Action", "ActionKind", "Assumption", "Channel", "Check", "Choice",
    "Contents", "Effect",
    "Endpoint", "ErrorKind", "Fair", "Field", "Initial", "Location", "Message", "MessageKind", "Order",
    "Part",
    "Property", "PropertyKind", "Schedule", "Send", "Signal", "State", "Step", "StepEvent", "System",
    "Timer",
    "Update", "Variable", "VariableKind", "expressions_of",
]  # fmt: skip
