"""Properties about single states, which a small mistake in a step or an operator gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tcpverify.ir import build as b
from tcpverify.ir.evaluate import compile_expr
from tcpverify.ir.expr import TRUE, BoolSort, Const, Expr, IntSort, Scope, SeqSort, Var
from tcpverify.ir.interpret import positions
from tcpverify.ir.system import Order, Property, PropertyKind, State, System
from tests.engines.oracle import Oracle
from tests.engines.random_systems import kind_is

DEEPEST = 4


def landmarks(oracle: Oracle, rng: Random) -> tuple[Property, ...]:
    """That some states can be reached, told with every variable, every segment and a few expressions
    over them; and that some very like them can (mostly they cannot)."""
    near = [s for level in oracle.levels[: DEEPEST + 1] for s in sorted(level)]
    system = oracle.interpreter.system
    found = [
        _reachable(f"landmark {i}", [_is(system, s), *(_probe(system, s, rng) for _ in range(5))])
        for i, s in enumerate(rng.sample(near, min(3, len(near))))
    ]
    like = _reachable("like one", [_is(system, _shift(system, rng.choice(near), rng))])
    return (*found, like, *_overtaken(system, near))


def _overtaken(system: System, near: Sequence[State]) -> tuple[Property, ...]:
    """That the first state can be reached which no run has in which no segment overtakes another."""
    if all(c.order is not Order.WINDOW for c in system.channels):
        return ()
    fifo = tuple(
        replace(c, order=Order.FIFO, window=0) if c.order is Order.WINDOW else c for c in system.channels
    )
    reached = Oracle(replace(system, channels=fifo)).distance
    only = [s for s in near if s not in reached]
    return tuple(_reachable("overtaken", [_is(system, s)]) for s in only[:1])


def _reachable(name: str, parts: list[Expr]) -> Property:
    return Property(name, PropertyKind.REACHABLE, b.conj(parts), None, None, (), name, None, ())


def _shift(system: System, state: State, rng: Random) -> State:
    """The same but for one variable."""
    i = rng.randrange(len(system.variables))
    lo, hi = b.bounds(system.variables[i].sort)
    return state._replace(values=(*state.values[:i], rng.randint(lo, hi), *state.values[i + 1 :]))


def _is(system: System, state: State) -> Expr:
    """The formula of a state: every variable, and how many of each segment are in each channel."""
    parts = []
    for variable, value in zip(system.variables, state.values, strict=True):
        held = Var(Scope.STATE, variable.name, variable.sort)
        wanted = (
            b.boolean(bool(value)) if isinstance(variable.sort, BoolSort) else Const(value, variable.sort)
        )
        parts.append(b.eq(held, wanted))
    for i, (channel, contents) in enumerate(zip(system.channels, state.contents, strict=True)):
        assert channel.capacity is not None
        parts.append(b.eq(b.in_flight(i, TRUE, channel.capacity), b.integer(len(contents))))
        for message in set(contents):
            same = b.in_flight(i, _same(system, message), channel.capacity)
            parts.append(b.eq(same, b.integer(contents.count(message))))
    return b.conj(parts)


def _same(system: System, message: tuple[int, ...]) -> Expr:
    kind, *values = message
    parts = [kind_is(system.messages, kind)]
    if kind >= 0:
        for f, value in zip(system.messages[kind].fields, values, strict=False):
            read = Var(Scope.FIELD, f"{system.messages[kind].name}.{f.name}", f.sort)
            wanted = b.boolean(bool(value)) if f.sort == b.BOOL else Const(value, f.sort)
            parts.append(b.eq(read, wanted))
    return b.conj(parts)


def _probe(system: System, state: State, rng: Random) -> Expr:
    """An expression over the variables, and that it has the value that it has in a state."""
    numbers: list[Expr] = [b.ite(_truth(system, rng), b.integer(rng.randint(-3, 3)), b.integer(1))]
    for variable in system.variables:
        held = Var(Scope.STATE, variable.name, variable.sort)
        if isinstance(variable.sort, IntSort):
            numbers.append(held)
        elif isinstance(variable.sort, SeqSort):
            numbers.append(b.plain(held))
    x = b.sub(rng.choice(numbers), b.integer(rng.randint(-1, 4)))
    y = b.add(rng.choice(numbers), b.integer(rng.choice((-3, -2, -1, 1, 2, 3))))
    modulus = rng.choice((2, 3, 4, 5, 6))
    one, other = b.wrap(x, modulus), b.wrap(y, modulus)
    expr = rng.choice((
        lambda: b.div(x, y), lambda: b.mod(x, y), lambda: b.mul(x, b.minus(y)), lambda: b.le(x, y),
        lambda: b.lt(x, y), lambda: b.seq_lt(one, other), lambda: b.seq_lt(other, one),
        lambda: b.distance(one, other), lambda: b.plain(b.seq_add(one, y)),
        lambda: b.ite(b.lt(x, y), x, y), lambda: b.implies(b.lt(x, y), b.eq(x, b.minus(y))),
    ))()  # fmt: skip
    value = compile_expr(expr, positions(system, ()))(state.values, (), (), state.contents, ())
    return b.eq(expr, b.boolean(bool(value)) if expr.sort == b.BOOL else b.integer(value))


def _truth(system: System, rng: Random) -> Expr:
    variable = rng.choice(system.variables)
    held = Var(Scope.STATE, variable.name, variable.sort)
    return held if variable.sort == b.BOOL else b.eq(held, Const(b.bounds(variable.sort)[0], variable.sort))
