"""Random small systems with properties: what the elaborator could have made, and stranger."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal

from tcpverify.ir import build as b
from tcpverify.ir.expr import (
    BOOL,
    CORRUPT_KIND,
    FALSE,
    TRUE,
    BoolSort,
    Const,
    EnumSort,
    Expr,
    IntSort,
    Op,
    Scope,
    SeqSort,
    Sort,
    Var,
    bounds,
    cardinality,
    values_of,
)
from tcpverify.ir.system import (
    KIND,
    LIFE,
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
    Signal,
    System,
    Timer,
    Update,
    Variable,
    VariableKind,
)
from tests.engines.additions import with_additions
from tests.engines.responses import responses

COLOUR = EnumSort("COLOUR", ("red", "green", "blue"))


def random_system(seed: int, longest: int = 2) -> tuple[System, tuple[Property, ...]]:
    """The system and the properties of a seed; `longest`: what timers with a duration wait at most."""
    maker = _Maker(Random(seed), Random(f"ageing {seed}").random() < 0.35, longest)
    system, asked = with_additions(maker.system(f"random{seed}"), Random(f"extras {seed}"))
    found = maker.properties(system)
    live = Random(f"responses {seed}")
    scope = [Var(Scope.STATE, v.name, v.sort) for v in system.variables]
    return system, (*found, *asked, *responses(system, _Expressions(live, scope), live))


@dataclass
class _Expressions:
    """Random expressions over the variables in reach; `scope` holds them."""

    rng: Random
    scope: list[Var]
    channels: list[tuple[int, Expr, int]] = field(default_factory=list)
    """What IN_FLIGHT may count: a channel, a predicate, the capacity."""

    def of_sort(self, kind: type) -> list[Var]:
        return [v for v in self.scope if isinstance(v.sort, kind)]

    def constant(self, sort: Sort) -> Const:
        return Const(self.rng.choice(list(values_of(sort))), sort)

    def value(self, sort: Sort, depth: int) -> Expr:
        """An expression that may be stored as `sort`; an integer may lie outside its bounds."""
        same = [v for v in self.scope if v.sort == sort]
        match sort:
            case BoolSort():
                return self.boolean(depth)
            case IntSort():
                return self.number(depth)
            case SeqSort(modulus):
                return self.sequence(depth, modulus)
            case EnumSort():
                if same and depth and self.rng.random() < 0.4:
                    return b.ite(self.boolean(depth - 1), self.rng.choice(same), self.constant(sort))
                return self.rng.choice([*same, self.constant(sort)])

    def atom(self) -> Expr:
        if self.channels and self.rng.random() < 0.3:
            channel, predicate, most = self.rng.choice(self.channels)
            return b.le(b.in_flight(channel, predicate, most), b.integer(self.rng.randrange(most)))
        if not self.scope:
            return b.boolean(self.rng.random() < 0.8)
        v = self.rng.choice(self.scope)
        if isinstance(v.sort, BoolSort):
            return v
        return b.eq(v, self.constant(v.sort))

    def boolean(self, depth: int) -> Expr:
        if depth == 0:
            return self.atom()
        sub = lambda: self.boolean(depth - 1)  # noqa: E731
        match self.rng.randrange(11):
            case 0:
                return b.neg(sub())
            case 1:
                return b.conj([sub(), sub()])
            case 2:
                return b.disj([sub(), sub(), self.atom()])
            case 3:
                return b.implies(sub(), sub())
            case 4:
                return b.ite(sub(), sub(), sub())
            case 5:
                return b.eq(sub(), sub())
            case 6:
                return b.eq(self.number(depth - 1), self.number(depth - 1))
            case 7:
                return b.lt(self.number(depth - 1), self.number(depth - 1))
            case 8:
                return b.le(self.number(depth - 1), self.number(depth - 1))
            case 9 if self.of_sort(SeqSort):
                modulus = self._modulus()
                return b.seq_lt(self.sequence(depth - 1, modulus), self.sequence(depth - 1, modulus))
            case _:
                return self.atom()

    def _modulus(self) -> int:
        sort = self.rng.choice(self.of_sort(SeqSort)).sort
        assert isinstance(sort, SeqSort)
        return sort.modulus

    def number(self, depth: int) -> Expr:
        variables = self.of_sort(IntSort)
        if depth == 0:
            if variables and self.rng.random() < 0.7:
                return self.rng.choice(variables)
            return b.integer(self.rng.randint(-2, 3))
        one = self.number(depth - 1)
        other = self.number(0)
        match self.rng.randrange(10):
            case 0:
                return b.minus(one)
            case 1 | 2:
                return b.add(one, other)
            case 3:
                return b.sub(one, other)
            case 4:
                return b.mul(one, other)
            case 5:
                return b.div(one, other)
            case 6:
                return b.mod(one, other)
            case 7 if self.of_sort(SeqSort):
                return b.plain(self.sequence(depth - 1, self._modulus()))
            case 8 if self.of_sort(SeqSort):
                modulus = self._modulus()
                return b.distance(self.sequence(depth - 1, modulus), self.sequence(0, modulus))
            case _:
                return b.ite(self.boolean(depth - 1), one, other)

    def sequence(self, depth: int, modulus: int) -> Expr:
        sort = SeqSort(modulus)
        same = [v for v in self.scope if v.sort == sort]
        if depth == 0:
            return self.rng.choice([*same, *same, self.constant(sort)])
        match self.rng.randrange(4):
            case 0:
                return b.wrap(self.number(depth - 1), modulus)
            case 1:
                return b.ite(self.boolean(depth - 1), self.sequence(depth - 1, modulus), self.constant(sort))
            case _:
                return b.seq_add(self.sequence(depth - 1, modulus), self.number(depth - 1))


def kind_is(messages: tuple[MessageKind, ...], kind: int) -> Expr:
    variable = Var(Scope.FIELD, KIND, IntSort(CORRUPT_KIND, len(messages) - 1))
    return b.eq(variable, Const(kind, variable.sort))


def life(channel: Channel) -> Var:
    return Var(Scope.FIELD, LIFE, IntSort(0, channel.lifetime or 0))


class _Maker:
    def __init__(self, rng: Random, timed: bool = False, longest: int = 2) -> None:
        self.rng = rng
        self.timed = timed
        self.longest = longest
        self.clocks: dict[int, int] = {}
        """Of each timer with a duration, by the index of its variable: what it waits."""
        self.variables: list[Variable] = []
        self.alternatives: list[tuple[int, ...]] = []
        self.endpoints: list[Endpoint] = []
        self.timers: list[Timer] = []
        self.messages: tuple[MessageKind, ...] = ()
        self.channels: list[Channel] = []
        self.actions: list[Action] = []

    def flip(self, probability: float) -> bool:
        return self.rng.random() < probability

    # --- declarations

    def variable(
        self, endpoint: str | None, label: str, sort: Sort, kind: VariableKind, *initial: int
    ) -> int:
        name = f"{endpoint}.{label}" if endpoint else label
        self.variables.append(Variable(name, label, sort, kind, endpoint, None))
        self.alternatives.append(tuple(initial))
        return len(self.variables) - 1

    def sort(self) -> Sort:
        return self.rng.choice(
            [
                BOOL,
                IntSort(0, self.rng.randint(1, 3)),
                IntSort(-1, 1),
                COLOUR,
                SeqSort(self.rng.randint(2, 5)),
            ]
        )

    def declare(self) -> None:
        for name in ("A", "B", "C")[: self.rng.choice((2, 2, 2, 3))]:
            states = tuple(f"S{i}" for i in range(self.rng.randint(2, 4)))
            control = self.variable(name, "state", EnumSort(f"{name}_STATE", states), VariableKind.CONTROL, 0)
            self.endpoints.append(Endpoint(name, f"Role{name}", control, states))
            if self.flip(0.4):
                self.timer(name)
        for i in range(self.rng.randint(0, 3)):
            sort = self.sort()
            first = self.rng.choice(list(values_of(sort)))
            some = sorted({first, self.rng.choice(list(values_of(sort)))}) if self.flip(0.2) else [first]
            ghost = self.flip(0.25)
            owner = self.rng.choice(self.endpoints).name
            self.variable(owner, f"x{i}", sort, VariableKind.GHOST if ghost else VariableKind.DATA, *some)

    def timer(self, endpoint: str) -> None:
        retries: int | Literal["unlimited"] | None = self.rng.choice((None, 1, "unlimited"))
        top = 1 + retries if isinstance(retries, int) else 1
        variable = self.variable(endpoint, "rtx", IntSort(0, top), VariableKind.TIMER, int(self.flip(0.5)))
        clock = None
        if self.timed and self.flip(0.7):
            wait = self.clocks[variable] = self.rng.randint(1, self.longest)
            first = wait if self.alternatives[variable] == (1,) else 0
            clock = self.variable(endpoint, "rtx.left", IntSort(0, wait), VariableKind.CLOCK, first)
        self.timers.append(Timer(f"{endpoint}.rtx", "rtx", endpoint, variable, retries, None, clock))

    def network(self) -> None:
        def fields(kind: int) -> tuple[Field, ...]:
            sorts = (BOOL, IntSort(0, 1), SeqSort(self.rng.randint(2, 3)))
            return tuple(
                Field(f"f{kind}{i}", sort := self.rng.choice(sorts), sort == BOOL, self.flip(0.1))
                for i in range(self.rng.choice((0, 1, 1, 2)))
            )

        self.messages = tuple(MessageKind(f"M{k}", fields(k), None) for k in range(self.rng.randint(1, 2)))
        names = [e.name for e in self.endpoints]
        for i, name in enumerate(names):
            target = names[(i + 1) % len(names)]
            order = self.rng.choice(tuple(Order))
            self.channels.append(
                Channel(
                    name=f"{name} -> {target}",
                    source=name,
                    target=target,
                    capacity=self.rng.choice((1, 2, 2, 3)),
                    order=order,
                    window=1 if order is Order.WINDOW else 0,
                    overflow=self.rng.choice(("error", "drop", "block", "block")),
                    span=None,
                    lifetime=self.rng.randint(0, 2) if self.timed and self.flip(0.6) else None,
                )
            )

    # --- actions

    def reach(self, kind: int | None = None, choices: tuple[Choice, ...] = ()) -> _Expressions:
        """What the expressions of an action may read."""
        scope = [Var(Scope.STATE, v.name, v.sort) for v in self.variables]
        if kind is not None and kind != CORRUPT_KIND:
            message = self.messages[kind]
            scope += [Var(Scope.FIELD, f"{message.name}.{f.name}", f.sort) for f in message.fields] * 2
        scope += [Var(Scope.CHOICE, c.name, c.sort) for c in choices] * 3
        return _Expressions(self.rng, scope)

    def pick_choices(self, kind: int | None, matches: Expr) -> tuple[Choice, ...]:
        found: list[Choice] = []
        for i in range(self.rng.choice((0, 0, 0, 1, 1, 2))):
            reach = self.reach(kind, tuple(found))
            when = b.conj([matches, reach.boolean(1)]) if self.flip(0.4) else TRUE
            sort = self.rng.choice([self.sort(), IntSort(0, 1)])
            values = None
            if cardinality(sort) > 2 or self.flip(0.5):
                values = tuple(sorted(self.rng.sample(list(values_of(sort)), 2)))
            found.append(Choice(f"c{i}", f"c{i}", sort, values, when))
        return tuple(found)

    def stored(self, reach: _Expressions, sort: Sort, when: Expr) -> tuple[Expr, list[Effect]]:
        """A value to store in `sort`, with the check that it fits."""
        value = reach.value(sort, self.rng.choice((0, 0, 1, 2)))
        if not isinstance(sort, IntSort):
            return value, []
        lo, hi = bounds(sort)
        fits = b.conj([b.le(b.integer(lo), value), b.le(value, b.integer(hi))])
        if self.flip(0.8):
            return b.ite(fits, value, b.integer(lo)), []
        return value, [Check(b.implies(when, fits), ErrorKind.RANGE, "outside its range", None)]

    def send(self, reach: _Expressions, channel: int) -> list[Effect]:
        kind = self.rng.randrange(len(self.messages))
        when = reach.boolean(1) if self.flip(0.3) else TRUE
        effects: list[Effect] = []
        fields: list[Expr] = []
        for f in self.messages[kind].fields:
            value, checks = self.stored(reach, f.sort, when)
            fields.append(value)
            effects += checks
        return [*effects, Send(channel, kind, tuple(fields), when, None)]

    def body(
        self, endpoint: Endpoint, reach: _Expressions, sends: float, fixed: dict[int, Expr]
    ) -> tuple[tuple[Update, ...], tuple[Effect, ...]]:
        """What a handler does; `fixed` updates are not its to choose."""
        updates = dict(fixed)
        effects: list[Effect] = []
        if self.flip(0.7):
            states = self.variables[endpoint.control].sort
            updates[endpoint.control] = reach.value(states, 0) if self.flip(0.1) else reach.constant(states)
        for index, variable in enumerate(self.variables):
            mine = variable.endpoint == endpoint.name and index not in updates
            if mine and variable.kind in (VariableKind.DATA, VariableKind.GHOST) and self.flip(0.6):
                updates[index], checks = self.stored(reach, variable.sort, TRUE)
                effects += checks
            if mine and variable.kind is VariableKind.TIMER and self.flip(0.4):
                updates |= self.set_timer(index, int(self.flip(0.7)))
        out = [i for i, c in enumerate(self.channels) if c.source == endpoint.name]
        while self.flip(sends):
            effects += self.send(reach, self.rng.choice(out))
            sends /= 3
        if self.flip(0.12):
            effects.append(Check(reach.boolean(2), ErrorKind.ASSERT, "assert", None))
        if self.flip(0.1):
            effects.append(Signal("notify", "here", reach.boolean(1)))
        return tuple(Update(i, updates[i]) for i in sorted(updates)), tuple(effects)

    # --- time

    def set_timer(self, variable: int, phase: int) -> dict[int, Expr]:
        """A timer started (1) or stopped (0), with what it has to wait."""
        found: dict[int, Expr] = {variable: b.integer(phase)}
        if variable in self.clocks:
            found[variable + 1] = b.integer(self.clocks[variable] if phase else 0)
        return found

    def read(self, variable: int) -> Var:
        declared = self.variables[variable]
        return Var(Scope.STATE, declared.name, declared.sort)

    def ending(self) -> Expr:
        """Some segment is at the end of its life."""
        return b.disj(
            b.lt(b.integer(0), b.in_flight(i, b.eq(life(c), b.integer(0)), c.capacity or 0))
            for i, c in enumerate(self.channels)
            if c.lifetime is not None
        )

    def due(self) -> Expr:
        """Something must happen before time goes on."""
        fires = [
            b.conj([b.lt(b.integer(0), self.read(v)), b.eq(self.read(v + 1), b.integer(0))])
            for v in self.clocks
        ]
        return b.disj([self.ending(), *fires])

    def tick(self) -> None:
        flying = [
            b.lt(b.integer(0), b.in_flight(i, TRUE, c.capacity or 0))
            for i, c in enumerate(self.channels)
            if c.lifetime
        ]
        clocks = [self.read(v + 1) for v in self.clocks]
        busy = b.disj([*flying, *(b.lt(b.integer(0), c) for c in clocks)])
        updates = tuple(
            Update(v + 1, b.ite(b.lt(b.integer(0), c), b.sub(c, b.integer(1)), c))
            for v, c in zip(self.clocks, clocks, strict=True)
        )
        guard = b.conj([b.neg(self.due()), busy])
        self.actions.append(_action(ActionKind.TICK, "", None, None, None, guard, (), updates, ()))

    # --- handlers

    def act(
        self,
        kind: ActionKind,
        endpoint: Endpoint,
        subject: str,
        state: int,
        *,
        guard: Expr = TRUE,
        channel: int | None = None,
        message: int | None = None,
        fixed: dict[int, Expr] | None = None,
        sends: float = 0.5,
    ) -> None:
        """One handler of an endpoint in a state."""
        choices = self.pick_choices(message, guard)
        reach = self.reach(message, choices)
        updates, effects = self.body(endpoint, reach, sends, fixed or {})
        if self.flip(0.2):
            guard = b.conj([guard, b.disj([reach.boolean(1), reach.boolean(2)])])
        location: Location | None = Location(endpoint.control, state)
        if self.flip(0.1):
            states = self.variables[endpoint.control]
            here = b.eq(Var(Scope.STATE, states.name, states.sort), Const(state, states.sort))
            location, guard = None, b.conj([here, guard])
        self.actions.append(
            _action(kind, subject, endpoint.name, channel, location, guard, choices, updates, effects)
        )

    def handlers(self, endpoint: Endpoint, state: int) -> None:
        for word in ("open", "close")[: self.rng.choice((1, 1, 2))]:
            kind = self.rng.choice((ActionKind.CALL, ActionKind.STEP))
            self.act(kind, endpoint, word, state, sends=0.8)
        for channel, into in enumerate(self.channels):
            if into.target == endpoint.name:
                for kind in range(CORRUPT_KIND, len(self.messages)):
                    self.receive(endpoint, state, channel, kind)
        for timer in self.timers:
            if timer.endpoint == endpoint.name and self.flip(0.8):
                self.expire(endpoint, state, timer)

    def receive(self, endpoint: Endpoint, state: int, channel: int, kind: int) -> None:
        matches = kind_is(self.messages, kind)
        if self.flip(0.04):
            wrong = Check(FALSE, ErrorKind.UNHANDLED, "no handler", None)
            location = Location(endpoint.control, state)
            self.actions.append(
                _action(ActionKind.RECEIVE, "", endpoint.name, channel, location, matches, (), (), (wrong,))
            )
        elif self.flip(0.9):
            sends = 0.4 if kind != CORRUPT_KIND else 0.1
            self.act(
                ActionKind.RECEIVE, endpoint, "", state,
                guard=matches, channel=channel, message=kind, sends=sends,
            )  # fmt: skip

    def expire(self, endpoint: Endpoint, state: int, timer: Timer) -> None:
        variable = self.variables[timer.variable]
        value = Var(Scope.STATE, variable.name, variable.sort)
        anew = self.set_timer(timer.variable, 1)
        ready = TRUE
        if timer.clock is not None:
            ready = b.conj([b.eq(self.read(timer.clock), b.integer(0)), b.neg(self.ending())])
        if isinstance(timer.retries, int):
            again = b.conj([ready, b.le(b.integer(1), value), b.le(value, b.integer(timer.retries))])
            update = {**anew, timer.variable: b.add(value, b.integer(1))}
            self.act(ActionKind.TIMEOUT, endpoint, "rtx", state, guard=again, fixed=update)
            last = b.conj([ready, b.eq(value, b.integer(timer.retries + 1))])
            self.act(
                ActionKind.EXHAUSTED, endpoint, "rtx", state, guard=last, fixed={timer.variable: b.integer(0)}
            )
        else:
            update = anew if timer.retries == "unlimited" else self.set_timer(timer.variable, 0)
            running = b.conj([ready, b.eq(value, b.integer(1))])
            self.act(ActionKind.TIMEOUT, endpoint, "rtx", state, guard=running, fixed=update)

    def faults(self) -> None:
        for kind in (ActionKind.LOSE, ActionKind.DUPLICATE, ActionKind.CORRUPT):
            likely = 0.9 if self.timed and kind is ActionKind.LOSE else 0.55
            if not self.flip(likely):
                continue
            budget = self.rng.choice((None, 1, 1, 2)) if kind is ActionKind.LOSE else 1
            guard: Expr = TRUE
            updates: tuple[Update, ...] = ()
            if budget is not None:
                index = self.variable(None, f"{kind} left", IntSort(0, budget), VariableKind.FAULTS, budget)
                variable = self.variables[index]
                left = Var(Scope.STATE, variable.name, variable.sort)
                guard = b.lt(b.integer(0), left)
                updates = (Update(index, b.sub(left, b.integer(1))),)
            if kind is ActionKind.CORRUPT:
                guard = b.conj([guard, b.neg(kind_is(self.messages, CORRUPT_KIND))])
            to_tail = self.flip(0.4)
            for channel in range(len(self.channels)):
                self.actions.append(_action(kind, "", None, channel, None, guard, (), updates, (), to_tail))
                if kind is ActionKind.LOSE and (place := self.channels[channel]).lifetime is not None:
                    ends = b.conj([guard, b.eq(life(place), b.integer(0))])
                    self.actions.append(
                        _action(ActionKind.EXPIRE, "", None, channel, None, ends, (), updates, ())
                    )

    def system(self, name: str) -> System:
        self.declare()
        self.network()
        if self.flip(0.9 if self.timed else 0.5):
            self.faults()
        for endpoint in self.endpoints:
            for state in range(len(endpoint.states)):
                self.handlers(endpoint, state)
        if self.timed:
            self.tick()
        return System(
            name=name,
            endpoints=tuple(self.endpoints),
            variables=tuple(self.variables),
            messages=self.messages,
            channels=tuple(self.channels),
            timers=tuple(self.timers),
            initial=Initial(tuple(self.alternatives), tuple(() for _ in self.channels)),
            actions=tuple(self.actions),
        )

    # --- properties

    def properties(self, system: System) -> tuple[Property, ...]:
        reach = _Expressions(self.rng, [Var(Scope.STATE, v.name, v.sort) for v in system.variables])
        for i, channel in enumerate(system.channels):
            kind = self.rng.randrange(len(self.messages))
            inside = self.reach(kind).scope[len(self.variables) :]
            predicate = b.conj([kind_is(self.messages, kind), _Expressions(self.rng, inside).boolean(1)])
            assert channel.capacity is not None
            reach.channels.append((i, self.rng.choice((TRUE, predicate)), channel.capacity))
        after = [Var(Scope.NEXT, v.name, v.sort) for v in system.variables]
        steps = _Expressions(self.rng, reach.scope + after, reach.channels)
        rare = lambda e: b.conj([e.atom(), e.atom(), e.boolean(1), e.boolean(2)])  # noqa: E731
        found = [_property(f"invariant{i}", PropertyKind.INVARIANT, b.neg(rare(reach))) for i in range(2)]
        for kind, e in ((PropertyKind.INVARIANT, reach), (PropertyKind.STEP, steps)):
            before = b.conj([e.atom(), e.boolean(1)])
            found.append(_property(f"{kind} =>", kind, b.implies(before, e.boolean(2)), antecedent=before))
        found += [
            _property("step", PropertyKind.STEP, b.neg(rare(steps))),
            _property("reachable", PropertyKind.REACHABLE, rare(reach)),
            _property("deadlock", PropertyKind.DEADLOCK_FREE, reach.atom() if self.flip(0.3) else FALSE),
            _property("unsupported", PropertyKind.UNSUPPORTED, FALSE),
            _property("settles", PropertyKind.SETTLES, self.due()),
        ]
        return (*found, *(_property(e, PropertyKind.NO_ERROR, TRUE, error=e) for e in ErrorKind))


def _action(
    kind: ActionKind,
    subject: str,
    endpoint: str | None,
    channel: int | None,
    location: Location | None,
    guard: Expr,
    choices: tuple[Choice, ...],
    updates: tuple[Update, ...],
    effects: tuple[Effect, ...],
    to_tail: bool = False,
) -> Action:
    return Action(
        name=f"{endpoint or channel} {kind} {subject}",
        kind=kind,
        endpoint=endpoint,
        subject=subject,
        channel=channel,
        location=location,
        choices=choices,
        guard=guard,
        updates=updates,
        effects=effects,
        to_tail=to_tail,
        span=None,
        cites=(),
    )


def _property(
    name: str,
    kind: PropertyKind,
    formula: Expr,
    *,
    antecedent: Expr | None = None,
    error: ErrorKind | None = None,
) -> Property:
    return Property(name, kind, formula, antecedent, error, (), f"{kind} E => F", None, ())


def operators(system: System, properties: tuple[Property, ...]) -> set[Op]:
    """The operators that occur in a system or its properties."""
    roots: list[Expr] = [p.formula for p in properties]
    for action in system.actions:
        roots += [action.guard, *(c.when for c in action.choices), *(u.value for u in action.updates)]
        for effect in action.effects:
            match effect:
                case Check(condition):
                    roots.append(condition)
                case Send(_, _, fields, when):
                    roots += [when, *fields]
                case Signal(_, _, when):
                    roots.append(when)
    found: set[Op] = set()
    while roots:
        expr = roots.pop()
        if not isinstance(expr, Const | Var):
            found.add(expr.op)
            roots += expr.args
    return found
