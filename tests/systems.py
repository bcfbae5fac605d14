"""Small hand-built systems with known answers, for the tests of every engine.

Each builder gives (system, expectations); an expectation is a property with the word of its verdict
and the length of its shortest trace (None where the verdict has no trace).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tcpverify.ir import build as b
from tcpverify.ir.expr import (
    BOOL,
    CORRUPT_KIND,
    FALSE,
    TRUE,
    EnumSort,
    Expr,
    IntSort,
    Scope,
    SeqSort,
    Sort,
    Var,
)
from tcpverify.ir.observe import behaviour
from tcpverify.ir.refine import Refinement, past_of
from tcpverify.ir.system import (
    KIND,
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
    Property,
    PropertyKind,
    Send,
    System,
    Update,
    Variable,
    VariableKind,
)

Overflow = Literal["error", "drop", "block"]


@dataclass(frozen=True)
class Expectation:
    """`word` as `tcpverify.verdict.word` gives it from an engine that decides the property."""

    prop: Property
    word: str
    length: int | None = None


Case = tuple[System, tuple[Expectation, ...]]


# --- Constructors with defaults --------------------------------------------------------------------


def variable(
    name: str, sort: Sort, kind: VariableKind = VariableKind.DATA, endpoint: str | None = None
) -> Variable:
    return Variable(name, name, sort, kind, endpoint, None)


def control(endpoint: str, *states: str) -> Variable:
    return variable(f"{endpoint}.state", EnumSort("", states), VariableKind.CONTROL, endpoint)


def channel(
    name: str,
    capacity: int | None,
    order: Order = Order.FIFO,
    overflow: Overflow = "block",
    window: int = 0,
    source: str = "A",
    target: str = "B",
) -> Channel:
    return Channel(name, source, target, capacity, order, window, overflow, None)


def message(name: str, **fields: Sort) -> MessageKind:
    return MessageKind(name, tuple(Field(n, s, s == BOOL, False) for n, s in fields.items()), None)


def action(
    name: str,
    kind: ActionKind = ActionKind.STEP,
    *,
    at: tuple[int, int] | None = None,
    guard: Expr = TRUE,
    choices: Sequence[Choice] = (),
    updates: Sequence[tuple[int, Expr]] = (),
    effects: Sequence[Effect] = (),
    channel: int | None = None,
    to_tail: bool = False,
) -> Action:
    return Action(
        name=name,
        kind=kind,
        endpoint=None,
        subject=name,
        channel=channel,
        location=Location(*at) if at else None,
        choices=tuple(choices),
        guard=guard,
        updates=tuple(Update(i, e) for i, e in updates),
        effects=tuple(effects),
        to_tail=to_tail,
        span=None,
        cites=(),
    )


def choice(name: str, sort: Sort, values: tuple[int, ...] | None = None, when: Expr = TRUE) -> Choice:
    return Choice(name, name, sort, values, when)


def check(condition: Expr, error: ErrorKind = ErrorKind.ASSERT) -> Check:
    return Check(condition, error, error.value, None)


def send(channel: int, kind: int, *fields: Expr, when: Expr = TRUE) -> Send:
    return Send(channel, kind, fields, when, None)


def prop(
    name: str,
    kind: PropertyKind,
    formula: Expr = TRUE,
    *,
    antecedent: Expr | None = None,
    error: ErrorKind | None = None,
) -> Property:
    return Property(name, kind, formula, antecedent, error, (), name, None, ())


def always(name: str, formula: Expr, antecedent: Expr | None = None) -> Property:
    return prop(name, PropertyKind.INVARIANT, formula, antecedent=antecedent)


def always_step(name: str, formula: Expr, antecedent: Expr | None = None) -> Property:
    return prop(name, PropertyKind.STEP, formula, antecedent=antecedent)


def reachable(name: str, formula: Expr) -> Property:
    return prop(name, PropertyKind.REACHABLE, formula)


def deadlock_free(formula: Expr = FALSE, name: str = "deadlock_free") -> Property:
    return prop(name, PropertyKind.DEADLOCK_FREE, formula)


def no_error(error: ErrorKind) -> Property:
    return prop(error.value, PropertyKind.NO_ERROR, error=error)


def system(
    name: str,
    variables: Sequence[Variable],
    initial: Sequence[Sequence[int]],
    actions: Sequence[Action],
    *,
    messages: Sequence[MessageKind] = (),
    channels: Sequence[Channel] = (),
    contents: Sequence[Sequence[tuple[int, ...]]] | None = None,
) -> System:
    """Endpoints are read off the control variables; channels start empty unless `contents` says more."""
    start = tuple(tuple(c) for c in contents) if contents is not None else ((),) * len(channels)
    return System(
        name=name,
        endpoints=tuple(
            Endpoint(v.endpoint or "", v.endpoint or "", i, v.sort.enumerators)
            for i, v in enumerate(variables)
            if v.kind is VariableKind.CONTROL and isinstance(v.sort, EnumSort)
        ),
        variables=tuple(variables),
        messages=tuple(messages),
        channels=tuple(channels),
        timers=(),
        initial=Initial(tuple(tuple(values) for values in initial), start),
        actions=tuple(actions),
    )


def now(v: Variable) -> Var:
    return Var(Scope.STATE, v.name, v.sort)


def then(v: Variable) -> Var:
    return Var(Scope.NEXT, v.name, v.sort)


def picked(c: Choice) -> Var:
    return Var(Scope.CHOICE, c.name, c.sort)


def field(kind: MessageKind, name: str) -> Var:
    sort = next(f.sort for f in kind.fields if f.name == name)
    return Var(Scope.FIELD, f"{kind.name}.{name}", sort)


def is_kind(position: int, kinds: int) -> Expr:
    return b.eq(Var(Scope.FIELD, KIND, IntSort(CORRUPT_KIND, kinds - 1)), b.integer(position))


def is_value(v: Variable, value: int) -> Expr:
    return b.eq(now(v), b.Const(value, v.sort))


def seq(value: int, modulus: int) -> Expr:
    return b.wrap(b.integer(value), modulus)


def refinement(abstract: System, seen: Sequence[Expr], mapped: Sequence[Expr]) -> Refinement:
    """What an abstract system shows in some expressions, against others over the system to be watched."""
    automaton = behaviour(abstract, seen)
    words = tuple(tuple(f"{i} is {v}" for i, v in enumerate(shown)) for shown in automaton.shown)
    past = past_of(abstract.name, words)
    return Refinement(abstract.name, automaton, tuple(mapped), TRUE, words, past)


def refines(r: Refinement, name: str = "refines") -> Property:
    return replace(prop(name, PropertyKind.INVARIANT, r.possible, antecedent=r.moves), parts=r.parts)


# --- Systems ---------------------------------------------------------------------------------------


def token(modulus: int = 4) -> Case:
    """A token with a sequence number goes to and fro between A and B over two FIFOs of capacity 1."""
    a, z = control("A", "IDLE", "HOLD"), control("B", "IDLE", "HOLD")
    n, m = variable("A.n", SeqSort(modulus)), variable("B.n", SeqSort(modulus))
    tok = message("TOK", n=SeqSort(modulus))
    idle, hold = b.Const(0, a.sort), b.Const(1, a.sort)
    more = b.seq_add(field(tok, "n"), b.integer(1))
    actions = [
        action("A passes", at=(0, 1), updates=[(0, idle)], effects=[send(0, 0, now(n))]),
        action("B takes", ActionKind.RECEIVE, at=(1, 0), channel=0, updates=[(1, hold), (3, more)]),
        action("B passes", at=(1, 1), updates=[(1, idle)], effects=[send(1, 0, now(m))]),
        action("A takes", ActionKind.RECEIVE, at=(0, 0), channel=1, updates=[(0, hold), (2, more)]),
    ]
    s = system(
        "token", [a, z, n, m], [(1,), (0,), (0,), (0,)], actions, messages=[tok],
        channels=[channel("ab", 1), channel("ba", 1, source="B", target="A")],
    )  # fmt: skip
    both = b.conj([is_value(a, 1), is_value(z, 1)])
    one = b.disj([is_value(a, 1), is_value(z, 1)])
    total = b.add(b.in_flight(0, TRUE, 1), b.in_flight(1, TRUE, 1))
    return s, (
        Expectation(always("one holder", b.neg(both)), "holds"),
        Expectation(always("always a holder", one), "violated", 1),
        Expectation(always("at most one token", b.le(total, b.integer(1))), "holds"),
        Expectation(reachable("B has 3", b.eq(now(m), seq(3, modulus))), "reachable", 6),
        Expectation(reachable("A has 4 mod N", b.eq(now(n), seq(0, modulus))), "reachable", 0),
        Expectation(reachable("both hold", both), "unreachable"),
        Expectation(
            always_step("n never goes back", b.disj([b.eq(now(n), then(n)), b.seq_lt(now(n), then(n))])),
            "holds" if modulus > 4 else "violated",
            None if modulus > 4 else 4,
        ),
        Expectation(deadlock_free(), "holds"),
        Expectation(no_error(ErrorKind.OVERFLOW), "holds"),
    )


def counter(limit: int = 5) -> Case:
    """A counter 0..limit that is increased without a guard, or set back from any value but the last."""
    n = variable("n", IntSort(0, limit))
    up = b.add(now(n), b.integer(1))
    actions = [
        action("reset", guard=b.conj([b.lt(b.integer(0), now(n)), b.lt(now(n), b.integer(limit))]),
               updates=[(0, b.integer(0))]),
        action("up", updates=[(0, up)], effects=[check(b.le(up, b.integer(limit)), ErrorKind.RANGE)]),
    ]  # fmt: skip
    s = system("counter", [n], [(0,)], actions)
    below = always("below the limit", b.lt(now(n), b.integer(limit)))
    return s, (
        Expectation(below, "violated", limit),
        Expectation(always("at most the limit", b.le(now(n), b.integer(limit))), "holds"),
        Expectation(reachable("the limit", b.eq(now(n), b.integer(limit))), "reachable", limit),
        Expectation(
            always_step("small steps", b.le(b.sub(now(n), then(n)), b.integer(limit - 2))),
            "violated",
            limit,
        ),
        Expectation(no_error(ErrorKind.RANGE), "violated", limit + 1),
        Expectation(no_error(ErrorKind.ASSERT), "holds"),
        Expectation(deadlock_free(), "violated", limit),
        Expectation(deadlock_free(b.eq(now(n), b.integer(limit)), "stuck only at the limit"), "holds"),
    )


def echo(capacity: int = 3, modulus: int = 3, budget: int = 2) -> Case:
    """A sends SYN(seq), copies of it may be made and lost in a bag; B counts what it takes.

    A may send twice; at most `budget` copies.
    """
    sent, got = variable("A.sent", IntSort(0, 2)), variable("B.got", IntSort(0, 7))
    left = variable("ab.copies", IntSort(0, budget), VariableKind.FAULTS)
    syn = message("SYN", seq=SeqSort(modulus), fin=BOOL)
    more, less = b.add(now(sent), b.integer(1)), b.sub(now(left), b.integer(1))
    up = b.add(now(got), b.integer(1))
    actions = [
        action("send", guard=b.lt(now(sent), b.integer(2)), updates=[(0, more)],
               effects=[send(0, 0, b.wrap(now(sent), modulus), b.eq(now(sent), b.integer(1)))]),
        action("take", ActionKind.RECEIVE, channel=0, updates=[(1, up)],
               effects=[check(b.le(up, b.integer(7)), ErrorKind.RANGE)]),
        action("lose", ActionKind.LOSE, channel=0),
        action("copy", ActionKind.DUPLICATE, channel=0, guard=b.lt(b.integer(0), now(left)),
               updates=[(2, less)]),
    ]  # fmt: skip
    s = system(
        "echo", [sent, got, left], [(0,), (0,), (budget,)], actions, messages=[syn],
        channels=[channel("ab", capacity, Order.BAG, "error")],
    )  # fmt: skip
    everything = b.eq(now(got), b.integer(2 + budget))
    fins = b.in_flight(0, b.conj([is_kind(0, 1), field(syn, "fin")]), capacity)
    return s, (
        Expectation(always("takes no more than sent", b.le(now(got), now(sent))), "violated", 4),
        Expectation(always("takes few", b.le(now(got), b.integer(2 + budget))), "holds"),
        Expectation(reachable("two FINs", b.eq(fins, b.integer(2))), "reachable", 3),
        Expectation(reachable("all taken", everything), "reachable", 4 + 2 * budget),
        Expectation(no_error(ErrorKind.RANGE), "holds"),
        Expectation(
            no_error(ErrorKind.OVERFLOW),
            "violated" if capacity < 2 + budget else "holds",
            capacity + 1 if capacity < 2 + budget else None,
        ),
    )  # fmt: skip


def picking() -> Case:
    """Two choices; the second matters only when the first is 2; several initial states."""
    x, y = variable("x", IntSort(-1, 3)), variable("y", IntSort(0, 9))
    which = choice("which", IntSort(0, 3), (0, 2, 3))
    deep = choice("deep", IntSort(0, 4), when=b.eq(picked(which), b.integer(2)))
    turned = b.ite(b.eq(picked(which), b.integer(2)), b.add(picked(deep), b.integer(5)), now(y))
    actions = [
        action("pick", guard=b.lt(now(x), picked(which)), choices=[which, deep],
               updates=[(0, picked(which)), (1, turned)]),
        action("back", guard=b.lt(b.integer(0), now(x)), updates=[(0, b.sub(now(x), b.integer(3)))],
               effects=[check(b.le(b.integer(2), now(x)), ErrorKind.RANGE)]),
    ]  # fmt: skip
    s = system("picking", [x, y], [(-1, 1), (0, 1)], actions)
    return s, (
        Expectation(always("y is not 9", b.neg(b.eq(now(y), b.integer(9)))), "violated", 1),
        Expectation(reachable("y is 4", b.eq(now(y), b.integer(4))), "unreachable"),
        Expectation(
            reachable("x is 0 and y is 8", b.conj([b.eq(now(x), b.integer(0)), b.eq(now(y), b.integer(8))])),
            "reachable",
            3,
        ),
        Expectation(no_error(ErrorKind.RANGE), "violated", 1),
        Expectation(deadlock_free(), "holds"),
    )


def deadlocking(safe: bool = False) -> Case:
    """Both sides may wait for the other at once: then nothing happens any more, unless `safe`."""
    a, z = control("A", "RUN", "WAIT", "DONE"), control("B", "RUN", "WAIT", "DONE")

    def to(state: int) -> Expr:
        return b.Const(state, a.sort)

    actions = [
        action("A waits", at=(0, 0), updates=[(0, to(1))]),
        action("B waits", at=(1, 0), updates=[(1, to(1))]),
        action("A is released", at=(0, 1), guard=is_value(z, 0), updates=[(0, to(2))]),
        action("B is released", at=(1, 1), guard=is_value(a, 0), updates=[(1, to(2))]),
        action("A again", at=(0, 2), updates=[(0, to(0))]),
        action("B again", at=(1, 2), updates=[(1, to(0))]),
    ]
    if safe:
        actions[1] = replace(actions[1], guard=b.neg(is_value(a, 1)))
        actions[0] = replace(actions[0], guard=b.neg(is_value(z, 1)))
    s = system("deadlocking", [a, z], [(0,), (0,)], actions)
    waiting = b.conj([is_value(a, 1), is_value(z, 1)])
    return s, (
        Expectation(deadlock_free(), "holds" if safe else "violated", None if safe else 2),
        Expectation(deadlock_free(waiting, "stuck only when both wait"), "holds"),
        Expectation(reachable("A done", is_value(a, 2)), "reachable", 2),
        Expectation(
            always("never both wait", b.neg(waiting)), "holds" if safe else "violated", None if safe else 2
        ),
    )


def window(reach: int = 1, overflow: Overflow = "drop", order: Order = Order.WINDOW) -> Case:
    """A sends 0, 1, 2 over a channel with faults; B takes them, possibly out of order, garbled or twice."""
    n, last = variable("A.n", IntSort(0, 3)), variable("B.last", IntSort(-1, 2))
    bad = variable("B.garbled", BOOL)
    dat = message("DAT", n=IntSort(0, 2))
    intact = is_kind(0, 1)
    actions = [
        action("send", guard=b.lt(now(n), b.integer(3)), updates=[(0, b.add(now(n), b.integer(1)))],
               effects=[send(0, 0, now(n))]),
        action("take", ActionKind.RECEIVE, channel=0, guard=intact, updates=[(1, field(dat, "n"))]),
        action("take garbled", ActionKind.RECEIVE, channel=0, guard=b.neg(intact), updates=[(2, TRUE)]),
        action("copy", ActionKind.DUPLICATE, channel=0, guard=b.lt(now(last), b.integer(1))),
        action("copy to tail", ActionKind.DUPLICATE, channel=0, guard=b.eq(now(last), b.integer(1)),
               to_tail=True),
        action("garble", ActionKind.CORRUPT, channel=0, guard=intact),
    ]  # fmt: skip
    s = system(
        "window", [n, last, bad], [(0,), (-1,), (False,)], actions, messages=[dat],
        channels=[channel("ab", 2, order, overflow, reach)],
    )  # fmt: skip
    ordered = b.conj([b.eq(now(last), b.integer(1)), b.eq(now(n), b.integer(2))])
    zeros = b.in_flight(0, b.conj([intact, b.eq(field(dat, "n"), b.integer(0))]), 2)
    swapped = b.conj([ordered, b.eq(zeros, b.integer(1))])
    free = reach > 0 or order is Order.BAG
    return s, (
        Expectation(
            reachable("1 before 0", swapped), "reachable" if free else "unreachable", 3 if free else None
        ),
        Expectation(reachable("garbled", now(bad)), "reachable", 3),
        Expectation(always("never all", b.neg(b.eq(now(last), b.integer(2)))), "violated", 5 if free else 6),
        Expectation(
            no_error(ErrorKind.OVERFLOW),
            "violated" if overflow == "error" else "holds",
            3 if overflow == "error" else None,
        ),
    )


def late(depth: int = 5) -> Case:
    """Properties that hold for a while only; and one that no small k-induction proves without help."""
    n, flag = variable("n", IntSort(0, 100)), variable("flag", BOOL)
    step = b.ite(b.lt(now(n), b.integer(50)), b.add(now(n), b.integer(1)), b.integer(0))
    actions = [
        action("count", updates=[(0, step), (1, b.disj([now(flag), b.eq(now(n), b.integer(depth - 1))]))]),
    ]
    s = system("late", [n, flag], [(0,), (False,)], actions)
    high = b.le(b.integer(90), now(n))
    return s, (
        Expectation(always("flag stays down", b.neg(now(flag))), "violated", depth),
        Expectation(always("n is small", b.le(now(n), b.integer(50))), "holds"),
        Expectation(always("n is smaller", b.le(now(n), b.integer(depth - 1))), "violated", depth),
        Expectation(always("nothing said", b.implies(high, now(flag)), antecedent=high), "vacuous"),
        Expectation(reachable("n is 60", b.eq(now(n), b.integer(60))), "unreachable"),
    )


BUILDERS: dict[str, Callable[[], Case]] = {
    "token": token,
    "token mod 5": lambda: token(5),
    "counter": counter,
    "counter 8": lambda: counter(8),
    "echo": echo,
    "echo with room": lambda: echo(capacity=4),
    "picking": picking,
    "deadlocking": deadlocking,
    "deadlock-free": lambda: deadlocking(safe=True),
    "window": window,
    "window of the whole": lambda: window(2, "error"),
    "fifo with faults": lambda: window(0, "block", Order.FIFO),
    "bag with faults": lambda: window(0, "drop", Order.BAG),
    "late": late,
}
"""Every system, for tests that run over all of them."""
