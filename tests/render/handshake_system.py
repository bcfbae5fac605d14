"""A two-way and a three-way handshake built by hand, and the shortest trace to a state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, TRUE, Const, EnumSort, Expr, IntSort, Scope, SeqSort, Var
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import (
    Action,
    ActionKind,
    Channel,
    Check,
    Choice,
    Effect,
    Endpoint,
    ErrorKind,
    Field,
    Initial,
    Location,
    MessageKind,
    Order,
    Part,
    Property,
    PropertyKind,
    Schedule,
    Send,
    Signal,
    State,
    Step,
    System,
    Timer,
    Update,
    Variable,
    VariableKind,
)
from tcpverify.trace import Trace, TraceStep, replay

SPACE = 8
SEQ = SeqSort(SPACE)
STATES = ("CLOSED", "LISTEN", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED")
CONTROL = EnumSort("State", STATES)
CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, ESTABLISHED = range(5)
SYN, ACK, RST, SEQN, ACKN = "SYN", "ACK", "RST", "seq", "ack"
OLD_SYN = (0, 1, 0, 0, 5, 0, 0)


@dataclass(frozen=True)
class Options:
    """What varies between the systems of the tests."""

    names: tuple[str, str] = ("A", "B")
    three_way: bool = False
    order: Order = Order.BAG
    capacity: int | None = 4
    overflow: str = "error"
    preloaded: tuple[tuple[int, ...], ...] = (OLD_SYN,)
    loss: int = 0
    duplicates: int = 0
    corruptions: int = 0
    to_tail: bool = False
    message: str = "Segment"


def variables(o: Options) -> list[Variable]:
    rows = []
    for name in o.names:
        data = VariableKind.DATA
        rows += [
            Variable(f"{name}.state", "state", CONTROL, VariableKind.CONTROL, name, None),
            Variable(f"{name}.iss", "iss", SEQ, data, name, None),
            Variable(f"{name}.irs", "irs", SEQ, data, name, None),
            Variable(f"{name}.rtx", "rtx", IntSort(0, 2), VariableKind.TIMER, name, None),
        ]
    budget = VariableKind.FAULTS
    rows.append(Variable("loss", "loss", IntSort(0, o.loss), budget, None, None))
    rows.append(Variable("duplicate", "duplicate", IntSort(0, o.duplicates), budget, None, None))
    rows.append(Variable("corrupt", "corrupt", IntSort(0, o.corruptions), budget, None, None))
    return rows


class Builder:
    """Collects the actions of one system."""

    def __init__(self, o: Options) -> None:
        self.o = o
        self.rows = variables(o)
        self.index = {v.name: i for i, v in enumerate(self.rows)}
        self.actions: list[Action] = []

    def var(self, name: str) -> Var:
        return Var(Scope.STATE, name, self.rows[self.index[name]].sort)

    def field(self, name: str) -> Var:
        return Var(Scope.FIELD, f"{self.o.message}.{name}", BOOL if name in (SYN, ACK, RST) else SEQ)

    def update(self, name: str, value: Expr) -> Update:
        return Update(self.index[name], value)

    def send(self, channel: int, flags: set[str], seq: Expr, ack: Expr | None = None) -> Send:
        bits = tuple(b.boolean(f in flags) for f in (SYN, ACK, RST))
        return Send(channel, 0, (*bits, seq, ack or Const(0, SEQ), Const(3, IntSort(0, 9))), TRUE, None)

    def add(
        self,
        me: str,
        kind: ActionKind,
        subject: str,
        at: int,
        guard: Expr = TRUE,
        updates: tuple[Update, ...] = (),
        effects: tuple[Effect, ...] = (),
        choices: tuple[Choice, ...] = (),
        channel: int | None = None,
    ) -> None:
        location = Location(self.index[f"{me}.state"], at)
        name = f"{me} {kind} {subject}"
        self.actions.append(
            Action(
                name, kind, me, subject, channel, location, choices, guard, updates, effects, False, None, ()
            )
        )

    def goto(self, me: str, state: int) -> Update:
        return self.update(f"{me}.state", Const(state, CONTROL))

    def timer(self, me: str, value: int) -> Update:
        return self.update(f"{me}.rtx", b.integer(value))


def fresh(value: int) -> Choice:
    return Choice("fresh0", "iss", SEQ, (value,), TRUE)


def _role(s: Builder, me: str, out: int, into: int, iss: int) -> None:
    """The handlers of one endpoint, which sends on channel `out` and receives on `into`."""
    new = Var(Scope.CHOICE, "fresh0", SEQ)
    seq, ack = s.field(SEQN), s.field(ACKN)
    syn, acks = s.field(SYN), s.field(ACK)
    one = b.integer(1)
    to_us = b.eq(ack, b.seq_add(s.var(f"{me}.iss"), one))
    receive = ActionKind.RECEIVE
    s.add(me, ActionKind.CALL, "active_open", CLOSED, choices=(fresh(iss),),
          updates=(s.goto(me, SYN_SENT), s.update(f"{me}.iss", new), s.timer(me, 1)),
          effects=(s.send(out, {SYN}, new),))  # fmt: skip
    s.add(me, ActionKind.CALL, "passive_open", CLOSED, updates=(s.goto(me, LISTEN),))
    after = SYN_RECEIVED if s.o.three_way else ESTABLISHED
    s.add(me, receive, "SYN + !ACK", LISTEN, b.conj([syn, b.neg(acks)]), choices=(fresh(iss),), channel=into,
          updates=(s.goto(me, after), s.update(f"{me}.iss", new), s.update(f"{me}.irs", seq)),
          effects=(s.send(out, {SYN, ACK}, new, b.seq_add(seq, one)),))  # fmt: skip
    s.add(me, receive, "SYN + ACK", SYN_SENT, b.conj([syn, acks, to_us]), channel=into,
          updates=(s.goto(me, ESTABLISHED), s.update(f"{me}.irs", seq), s.timer(me, 0)),
          effects=(s.send(out, {ACK}, b.seq_add(s.var(f"{me}.iss"), one), b.seq_add(seq, one)),))  # fmt: skip
    s.add(me, receive, "ACK", SYN_SENT, b.conj([acks, b.neg(to_us)]), channel=into,
          effects=(s.send(out, {RST}, ack), Signal("drop", "", TRUE)))  # fmt: skip
    s.add(me, receive, "ACK", SYN_RECEIVED, b.conj([acks, b.neg(syn), to_us]), channel=into,
          updates=(s.goto(me, ESTABLISHED),))  # fmt: skip
    s.add(me, receive, "RST", SYN_RECEIVED, s.field(RST), channel=into, updates=(s.goto(me, LISTEN),))
    wrong = Check(
        b.boolean(False), ErrorKind.UNHANDLED, f"{me} has no handler for this segment in CLOSED", None
    )
    s.add(me, receive, "any", CLOSED, channel=into, effects=(wrong,))
    running = b.lt(b.integer(0), s.var(f"{me}.rtx"))
    s.add(me, ActionKind.TIMEOUT, "rtx", SYN_SENT, b.conj([running, b.lt(s.var(f"{me}.rtx"), b.integer(2))]),
          updates=(s.timer(me, 2),), effects=(s.send(out, {SYN}, s.var(f"{me}.iss")),))  # fmt: skip
    s.add(me, ActionKind.EXHAUSTED, "rtx", SYN_SENT, b.eq(s.var(f"{me}.rtx"), b.integer(2)),
          updates=(s.timer(me, 0), s.goto(me, CLOSED)))  # fmt: skip


def _faults(s: Builder, channel: int, name: str) -> None:
    for kind, budget in (
        (ActionKind.LOSE, "loss"),
        (ActionKind.DUPLICATE, "duplicate"),
        (ActionKind.CORRUPT, "corrupt"),
    ):
        left = s.var(budget)
        update = s.update(budget, b.sub(left, b.integer(1)))
        s.actions.append(
            Action(
                f"{kind} {name}",
                kind,
                None,
                name,
                channel,
                None,
                (),
                b.lt(b.integer(0), left),
                (update,),
                (),
                s.o.to_tail,
                None,
                (),
            )
        )


def build(o: Options = Options()) -> System:
    """The handshake; A picks iss 0, B picks iss 4."""
    s = Builder(o)
    one, two = o.names
    _role(s, one, 0, 1, 0)
    _role(s, two, 1, 0, 4)
    _faults(s, 0, f"{one}->{two}")
    _faults(s, 1, f"{two}->{one}")
    channels = tuple(
        Channel(f"{x}->{y}", x, y, o.capacity, o.order, 0, o.overflow, None)  # type: ignore[arg-type]
        for x, y in ((one, two), (two, one))
    )
    fields = tuple(Field(f, BOOL, True, False) for f in (SYN, ACK, RST))
    fields += (Field(SEQN, SEQ, False, False), Field(ACKN, SEQ, False, False))
    fields += (Field("origin", IntSort(0, 9), False, True),)
    limits = {"loss": o.loss, "duplicate": o.duplicates, "corrupt": o.corruptions}
    values = tuple((limits.get(v.name, 0),) for v in s.rows)
    timers = tuple(Timer(f"{e}.rtx", "rtx", e, s.index[f"{e}.rtx"], 1, None) for e in o.names)
    return System(
        name="handshake",
        endpoints=tuple(Endpoint(e, "Peer", s.index[f"{e}.state"], STATES) for e in o.names),
        variables=tuple(s.rows),
        messages=(MessageKind(o.message, fields, None),),
        channels=channels,
        timers=timers,
        initial=Initial(values, (tuple(sorted(o.preloaded)) if o.order is Order.BAG else o.preloaded, ())),
        actions=tuple(s.actions),
    )


def no_phantom(o: Options = Options()) -> Property:
    """B is never ESTABLISHED with an initial sequence number that A does not have."""
    s = Builder(o)
    one, two = o.names
    inside = b.eq(s.var(f"{two}.state"), Const(ESTABLISHED, CONTROL))
    agree = b.eq(s.var(f"{two}.irs"), s.var(f"{one}.iss"))
    formula = b.neg(b.conj([inside, b.neg(agree)]))
    text = f"never {two} in ESTABLISHED and {two}.irs != {one}.iss"
    return Property("no_phantom", PropertyKind.INVARIANT, formula, None, None,
                    (Part(formula, f"not ({two} in ESTABLISHED and {two}.irs != {one}.iss)"),), text, None,
                    ("RFC 9293 figure 8",))  # fmt: skip


def can_connect(o: Options = Options()) -> Property:
    s = Builder(o)
    parts = [b.eq(s.var(f"{e}.state"), Const(ESTABLISHED, CONTROL)) for e in o.names]
    texts = [f"{e} in ESTABLISHED" for e in o.names]
    return Property("can_connect", PropertyKind.REACHABLE, b.conj(parts), None, None,
                    tuple(Part(f, t) for f, t in zip(parts, texts, strict=True)),
                    "reachable " + " and ".join(texts), None, ())  # fmt: skip


def no_unhandled() -> Property:
    return Property("no_unhandled", PropertyKind.NO_ERROR, TRUE, None, ErrorKind.UNHANDLED, (),
                    "every segment has a handler", None, ())  # fmt: skip


def search(system: System, goal: Callable[[TraceStep], bool], depth: int = 12) -> Trace:
    """A shortest trace whose last step satisfies `goal`, first in canonical order."""
    interpreter = Interpreter(system)
    frontier = [Schedule(state, ()) for state in interpreter.initial()]
    states: dict[Schedule, State] = {s: s.initial for s in frontier}
    seen = set(states.values())
    for _ in range(depth):
        reached: list[Schedule] = []
        for path in frontier:
            for outcome in interpreter.outcomes(states[path]):
                longer = Schedule(path.initial, (*path.steps, outcome.step))
                trace = replay(interpreter, longer)
                if goal(trace.steps[-1]):
                    return trace
                if isinstance(outcome, Successor) and outcome.state not in seen:
                    seen.add(outcome.state)
                    states[longer] = outcome.state
                    reached.append(longer)
        frontier = reached
    raise AssertionError("the goal was not reached")


def walk(system: System, choose: Callable[[int], int], steps: int) -> Trace:
    """A trace in which `choose(n)` picks among the n possible steps of every state."""
    interpreter = Interpreter(system)
    first = next(interpreter.initial())
    state, taken = first, list[Step]()
    for _ in range(steps):
        outcomes = list(interpreter.outcomes(state))
        if not outcomes:
            break
        outcome = outcomes[choose(len(outcomes))]
        taken.append(outcome.step)
        if not isinstance(outcome, Successor):
            break
        state = outcome.state
    return replay(interpreter, Schedule(first, tuple(taken)))


def follow(system: System, *words: str) -> Trace:
    """A trace that takes, one after the other, the first enabled step whose action's name has the
    word in it (`word @ n`: the segment at position n)."""
    interpreter = Interpreter(system)
    first = next(interpreter.initial())
    state, taken = first, list[Step]()
    for word in words:
        name, _, position = word.partition(" @ ")
        outcome = next(
            o
            for o in interpreter.outcomes(state)
            if name in system.actions[o.step.action].name
            and (not position or o.step.position == int(position))
        )
        taken.append(outcome.step)
        if isinstance(outcome, Successor):
            state = outcome.state
    return replay(interpreter, Schedule(first, tuple(taken)))


def phantom(o: Options = Options()) -> Trace:
    """The trace in which B takes an old SYN for a new one."""
    system = build(o)
    holds = Interpreter(system).predicate(no_phantom(o).formula)
    return search(system, lambda s: s.after is not None and not holds(s.after))
