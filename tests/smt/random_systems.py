"""Random small systems: every store is guarded by a check, everything else is left to chance."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from systems import (
    action,
    always,
    always_step,
    channel,
    check,
    choice,
    deadlock_free,
    field,
    message,
    no_error,
    now,
    picked,
    reachable,
    send,
    system,
    then,
    variable,
)

from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, CORRUPT_KIND, TRUE, Expr, IntSort, Scope, SeqSort, Sort, Var, bounds
from tcpverify.ir.system import (
    KIND,
    LIFE,
    Action,
    ActionKind,
    Channel,
    Choice,
    Effect,
    ErrorKind,
    MessageKind,
    Order,
    Property,
    System,
)

Reads = list[Var]


class Maker:
    """One random system and properties of it, from a seed."""

    def __init__(self, seed: int, timed: bool = False) -> None:
        self.random = Random(seed)
        self.timed = timed
        self.modulus = self.random.choice([2, 3, 4, 5])
        self.sorts: list[Sort] = [BOOL, IntSort(-1, 2), SeqSort(self.modulus), IntSort(0, 3)]
        self.variables = [variable(f"v{i}", self.random.choice(self.sorts)) for i in range(3)]
        self.kinds = [
            message("X", a=IntSort(-2, 1), b=self.random.choice(self.sorts)),
            message("Y", f=self.random.choice(self.sorts)),
        ]
        self.channels = [self._channel("ab"), self._channel("ba")]
        self.state = [now(v) for v in self.variables]

    def make(self) -> tuple[System, list[Property]]:
        actions = [self._action(f"a{i}") for i in range(self.random.randint(3, 6))]
        if self.random.random() < 0.5:
            self.random.shuffle(actions)
        initial = [sorted({self._value(v.sort) for _ in range(2)}) for v in self.variables]
        first = self._value(IntSort(-2, 1)), int(self._value(self.kinds[0].fields[1].sort))
        if any(c.lifetime is not None for c in self.channels):
            first = (*first, self.channels[0].lifetime or 0)
        contents = [[(0, *first)] if self.random.random() < 0.5 else [], []]
        s = system("random", self.variables, initial, actions, messages=self.kinds,
                   channels=self.channels, contents=contents)  # fmt: skip
        return s, self._properties()

    def _properties(self) -> list[Property]:
        after = [then(v) for v in self.variables]
        rare = b.conj([self._bool(self.state, 1) for _ in range(3)])
        return [
            reachable("rare", rare),
            always("often", b.disj([self._bool(self.state, 2), b.neg(rare)])),
            reachable("in flight", b.lt(b.integer(1), self._count())),
            always_step("steps", b.disj([self._bool([*self.state, *after], 1) for _ in range(3)])),
            deadlock_free(self._bool(self.state, 1)),
            *(no_error(kind) for kind in ErrorKind),
        ]

    def _channel(self, name: str) -> Channel:
        order = self.random.choice(list(Order))
        window = self.random.randint(0, 2) if order is Order.WINDOW else 0
        overflow = self.random.choice(["error", "drop", "block"])
        made = channel(name, self.random.randint(1, 3), order, overflow, window)  # type: ignore[arg-type]
        return replace(made, lifetime=self.random.choice([None, 0, 1, 2, 3])) if self.timed else made

    def _value(self, sort: Sort) -> int:
        lo, hi = bounds(sort)
        value = self.random.randint(lo, hi)
        return bool(value) if sort == BOOL else value

    def _count(self) -> Expr:
        kind = Var(Scope.FIELD, KIND, IntSort(CORRUPT_KIND, 1))
        seen = b.conj([b.eq(kind, b.integer(0)), self._bool([*self._fields(self.kinds[0]), *self.state], 1)])
        if self.timed and any(c.lifetime is not None for c in self.channels):
            seen = b.conj([seen, b.le(Var(Scope.FIELD, LIFE, IntSort(0, 3)), b.integer(1))])
        return b.in_flight(self.random.randint(0, 1), seen, 3)

    def _fields(self, kind: MessageKind) -> Reads:
        return [field(kind, f.name) for f in kind.fields]

    # --- Expressions ---

    def _bool(self, reads: Reads, depth: int) -> Expr:
        r = self.random.random()
        flags = [v for v in reads if v.sort == BOOL]
        if flags and r < 0.25:
            return self.random.choice(flags)
        if depth and r < 0.5:
            parts = [self._bool(reads, depth - 1), self._bool(reads, depth - 1)]
            return self.random.choice([b.conj, b.disj])(parts)
        if depth and r < 0.6:
            return b.neg(self._bool(reads, depth - 1))
        if r < 0.75:
            pair = self._seq(reads), self._seq(reads)
            return self.random.choice([b.seq_lt, b.eq])(*pair)
        pair = self._int(reads, depth), self._int(reads, depth)
        return self.random.choice([b.lt, b.le, b.eq])(*pair)

    def _seq(self, reads: Reads) -> Expr:
        seqs = [v for v in reads if isinstance(v.sort, SeqSort)]
        base = self.random.choice(seqs) if seqs else b.wrap(self._int(reads, 0), self.modulus)
        return b.seq_add(base, b.integer(self.random.randint(-1, 1)))

    def _int(self, reads: Reads, depth: int) -> Expr:
        ints = [v for v in reads if isinstance(v.sort, IntSort)]
        r = self.random.random()
        if depth and r < 0.6:
            pair = self._int(reads, depth - 1), self._int(reads, depth - 1)
            return self.random.choice([b.add, b.sub, b.mul, b.div, b.mod])(*pair)
        if r < 0.7 and any(isinstance(v.sort, SeqSort) for v in reads):
            return b.distance(self._seq(reads), self._seq(reads))
        return self.random.choice(ints) if ints and r < 0.9 else b.integer(self.random.randint(-2, 3))

    def _of(self, sort: Sort, reads: Reads, effects: list[Effect]) -> Expr:
        """An expression of a sort; that it is in range is checked first."""
        if sort == BOOL:
            return self._bool(reads, 1)
        if isinstance(sort, SeqSort):
            return self._seq(reads)
        lo, hi = bounds(sort)
        value = self._int(reads, 1)
        inside = b.conj([b.le(b.integer(lo), value), b.le(value, b.integer(hi))])
        effects.append(check(inside, ErrorKind.RANGE))
        return value

    # --- Actions ---

    def _choices(self, reads: Reads) -> list[Choice]:
        choices: list[Choice] = []
        for name in "cd"[: self.random.randint(0, 2)]:
            sort = self.random.choice(self.sorts)
            values = None
            if isinstance(sort, IntSort) and self.random.random() < 0.5:
                values = tuple(self.random.sample(range(sort.lo, sort.hi + 1), 2))
            when = self._bool([*reads, *map(picked, choices)], 1) if self.random.random() < 0.6 else TRUE
            choices.append(choice(name, sort, values, when))
        return choices

    def _action(self, name: str) -> Action:
        kind = self.random.choice(
            [ActionKind.STEP, ActionKind.STEP, ActionKind.RECEIVE, ActionKind.RECEIVE, ActionKind.LOSE,
             ActionKind.DUPLICATE, ActionKind.CORRUPT]
        )  # fmt: skip
        if self.timed and self.random.random() < 0.4:
            kind = self.random.choice([ActionKind.TICK, ActionKind.EXPIRE])
        reads, guard = list(self.state), [self._bool(self.state, 1)]
        if kind is ActionKind.EXPIRE and any(c.lifetime is not None for c in self.channels):
            guard.append(b.eq(Var(Scope.FIELD, LIFE, IntSort(0, 3)), b.integer(0)))
        if kind is ActionKind.RECEIVE:
            k = self.random.randint(0, 1)
            guard.append(b.eq(Var(Scope.FIELD, KIND, IntSort(CORRUPT_KIND, 1)), b.integer(k)))
            reads += self._fields(self.kinds[k])
        choices = self._choices(self.state)
        reads += map(picked, choices)
        effects: list[Effect] = []
        updates = [
            (i, self._of(self.variables[i].sort, reads, effects))
            for i in self.random.sample(range(3), self.random.randint(0, 2))
        ]
        for _ in range(self.random.randint(0, 2)):
            self._send(reads, effects)
        if self.random.random() < 0.2:
            effects.append(check(self._bool(reads, 1)))
        return action(
            name, kind, guard=b.conj(guard), choices=choices, updates=updates, effects=effects,
            channel=None if kind in (ActionKind.STEP, ActionKind.TICK) else self.random.randint(0, 1),
            to_tail=self.random.random() < 0.5,
        )  # fmt: skip

    def _send(self, reads: Reads, effects: list[Effect]) -> None:
        k = self.random.randint(0, 1)
        values = [self._of(f.sort, reads, effects) for f in self.kinds[k].fields]
        when = self._bool(reads, 1) if self.random.random() < 0.5 else TRUE
        effects.append(send(self.random.randint(0, 1), k, *values, when=when))


def random_system(seed: int, timed: bool = False) -> tuple[System, list[Property]]:
    """A system of a seed; a timed one may let segments age and expire, at any moment."""
    return Maker(seed, timed).make()
