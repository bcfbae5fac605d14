"""Seeded mistakes: systems read wrongly, and engines that go wrong on the way.

A misreading changes the system that an engine believes it was given (None: nothing there to misread).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import z3

from tcpverify.explicit import fair, lasso, liveness, recall, search
from tcpverify.explicit.graph import Graph
from tcpverify.explicit.recall import Recall
from tcpverify.explicit.tree import Tree
from tcpverify.explicit.watch import Watches
from tcpverify.ir.expr import TRUE, Apply, Expr, Op
from tcpverify.ir.interpret import Erring, Outcome, Successor
from tcpverify.ir.system import Action, ActionKind, Channel, Check, Order, State, Step, System
from tcpverify.smt import channels, encode, relation
from tests.engines.comparing import Engine

Misreading = Callable[[System], System]
Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Misread:
    """An engine that reads a system wrongly."""

    engine: Engine
    read: Misreading

    def __call__(self, system: System, properties: Sequence[search.Property]) -> search.Decision:
        return self.engine(self.read(system), properties)


# --- Misreadings -----------------------------------------------------------------------------------


def _actions(change: Callable[[Action], Action]) -> Misreading:
    return lambda system: replace(system, actions=tuple(map(change, system.actions)))


def _channels(change: Callable[[Channel], Channel]) -> Misreading:
    return lambda system: replace(system, channels=tuple(map(change, system.channels)))


def _rewrite(expr: Expr, change: Callable[[Apply], Expr]) -> Expr:
    if not isinstance(expr, Apply):
        return expr
    return change(Apply(expr.op, tuple(_rewrite(a, change) for a in expr.args), expr.sort))


def _expressions(change: Callable[[Apply], Expr]) -> Misreading:
    """Another meaning of guards and updates."""
    return _actions(
        lambda a: replace(
            a,
            guard=_rewrite(a.guard, change),
            updates=tuple(replace(u, value=_rewrite(u.value, change)) for u in a.updates),
        )
    )


def _swap_branches(e: Apply) -> Expr:
    return Apply(e.op, (e.args[0], e.args[2], e.args[1]), e.sort) if e.op is Op.ITE else e


def _no_window(c: Channel) -> Channel:
    return replace(c, order=Order.FIFO, window=0) if c.order is Order.WINDOW else c


def _drop_for_block(c: Channel) -> Channel:
    return replace(c, overflow="drop") if c.overflow == "block" else c


def _one_too_many(c: Channel) -> Channel:
    return replace(c, capacity=None if c.capacity is None else c.capacity + 1)


def _free_loss(a: Action) -> Action:
    return replace(a, updates=()) if a.kind is ActionKind.LOSE else a


def _free_choices(a: Action) -> Action:
    return replace(a, choices=tuple(replace(c, when=TRUE) for c in a.choices))


def _no_checks(a: Action) -> Action:
    return replace(a, effects=tuple(e for e in a.effects if not isinstance(e, Check)))


def _any_start(system: System) -> System:
    return replace(system, initial=replace(system.initial, where=TRUE))


MISREADINGS: dict[str, Misreading] = {
    "loss does not spend its budget": _actions(_free_loss),
    "window taken for fifo": _channels(_no_window),
    "block taken for drop": _channels(_drop_for_block),
    "room for one too many": _channels(_one_too_many),
    "branches swapped": _expressions(_swap_branches),
    "choices always matter": _actions(_free_choices),
    "checks forgotten": _actions(_no_checks),
    "initial values combined freely": _any_start,
}


# --- The explicit engine -----------------------------------------------------------------------------


def _lose_every_50th(patch: pytest.MonkeyPatch) -> None:
    plain = search._Search._finish_level
    seen = 0

    def finish(self: search._Search, reason: str | None) -> list[int]:
        nonlocal seen
        level = plain(self, reason)
        seen += len(level)
        return level[:-1] if seen % 50 < len(level) else level

    patch.setattr(search._Search, "_finish_level", finish)


class _ByValues(dict[State, int]):
    """Takes states for equal whose variables are."""

    def get(self, state: State, default: object = None) -> int | None:  # type: ignore[override]
        return super().get(State(state.values, ()), default)  # type: ignore[call-overload,no-any-return]

    def __setitem__(self, state: State, number: int) -> None:
        super().__setitem__(State(state.values, ()), number)

    def __contains__(self, state: object) -> bool:
        return isinstance(state, State) and super().__contains__(State(state.values, ()))


def _forget_channels(patch: pytest.MonkeyPatch) -> None:
    plain = Tree.__init__

    def start(self: Tree) -> None:
        plain(self)
        self.number = _ByValues()

    patch.setattr(Tree, "__init__", start)


def _follow_errors(patch: pytest.MonkeyPatch) -> None:
    plain = Recall.outcomes

    def outcomes(self: Recall, state: State) -> Iterator[Outcome]:
        for o in plain(self, state):
            yield Successor(o.step, state) if isinstance(o, Erring) else o

    patch.setattr(Recall, "outcomes", outcomes)


def _keep_the_first_way(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Tree, "improve", lambda *_: None)


def _no_dead_ends(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Watches, "see_dead_end", lambda *_, **__: None)


def _backwards(patch: pytest.MonkeyPatch) -> None:
    plain = Recall.outcomes
    patch.setattr(Recall, "outcomes", lambda self, state: reversed(list(plain(self, state))))


def _one_segment_for_another(patch: pytest.MonkeyPatch) -> None:
    plain = recall._Group.case
    patch.setattr(recall._Group, "case", lambda self, state, _: plain(self, state, None))


def _one_step_short(patch: pytest.MonkeyPatch) -> None:
    plain = Tree.schedule

    def schedule(self: Tree, number: int, last: Step | None = None) -> search.Schedule:
        found = plain(self, number, last)
        return found._replace(steps=found.steps[:-1])

    patch.setattr(Tree, "schedule", schedule)


def _stays_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(liveness, "may_stay", lambda *_: frozenset())


def _every_component_is_fair(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fair, "_possible_within", lambda *_: (0, 0))


def _strong_is_weak(patch: pytest.MonkeyPatch) -> None:
    plain = fair._possible_within
    patch.setattr(fair, "_possible_within", lambda *found: (plain(*found)[0], 0))


def _no_second_look(patch: pytest.MonkeyPatch) -> None:
    """Components that leave out something strongly fair are given up as a whole."""
    plain = fair._possible_within

    def within(*found: Any) -> tuple[int, int]:
        always, somewhere = plain(*found)
        return always | (somewhere & found[0].strong), somewhere

    patch.setattr(fair, "_possible_within", within)


def _any_loop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lasso.Round, "closes", lambda self, start: self.left and self.node == start)


def _answers_forgotten(patch: pytest.MonkeyPatch) -> None:
    plain = lasso.Request.opens
    patch.setattr(lasso.Request, "opens", lambda self, node: plain(self, node) or bool(self.asks))


def _one_way_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Graph, "backwards", lambda _, goal: goal)


EXPLICIT: dict[str, Patch] = {
    "no run stays": _stays_anywhere,
    "every component is fair": _every_component_is_fair,
    "strong fairness taken for weak": _strong_is_weak,
    "nothing fair within what is not": _no_second_look,
    "any loop is fair": _any_loop,
    "a request in every state": _answers_forgotten,
    "traps are what is no goal": _one_way_out,
    "every 50th state of the frontier lost": _lose_every_50th,
    "contents of channels not compared": _forget_channels,
    "erring step taken for a transition": _follow_errors,
    "faults not minimised": _keep_the_first_way,
    "dead ends overlooked": _no_dead_ends,
    "steps in another order": _backwards,
    "one segment recalled for another": _one_segment_for_another,
    "last step of a trace lost": _one_step_short,
}


# --- The symbolic engine -------------------------------------------------------------------------------


def _operator(op: Op, meaning: encode.Operator) -> Patch:
    return lambda patch: patch.setitem(encode.OPERATORS, op, meaning)  # type: ignore[arg-type]


def _less_at_half(e: Apply, a: Sequence[encode.Term]) -> encode.Term:
    apart = encode._difference(e, a[1], a[0])
    return z3.And(apart > 0, apart <= encode._modulus(e) // 2)


def _no_frame(patch: pytest.MonkeyPatch) -> None:
    plain = relation.first_of

    def first_of(cases: list[tuple[encode.Term, encode.Term]], otherwise: encode.Term) -> encode.Term:
        loose = z3.is_const(otherwise) and otherwise.decl().name().endswith("@now")
        return plain(cases, z3.FreshConst(otherwise.sort()) if loose else otherwise)

    patch.setattr(relation, "first_of", first_of)


def _more_room(patch: pytest.MonkeyPatch) -> None:
    plain = channels.Lane.has_room
    patch.setattr(channels.Lane, "has_room", lambda self, row, more: plain(self, row, more - 1))


def _only_the_head(patch: pytest.MonkeyPatch) -> None:
    plain = channels.Lane.can_take

    def can_take(
        self: channels.Lane, row: channels.Row, position: encode.Term, kind: ActionKind
    ) -> encode.Term:
        return z3.And(position == 0, plain(self, row, position, kind))

    patch.setattr(channels.Lane, "can_take", can_take)


def _removes_the_head(patch: pytest.MonkeyPatch) -> None:
    plain = channels.Lane.remove
    patch.setattr(channels.Lane, "remove", lambda self, row, position: plain(self, row, position * 0))


SMT: dict[str, Patch] = {
    "branches swapped": _operator(Op.ITE, lambda _, a: z3.If(a[0], a[2], a[1])),
    "less at distance N/2": _operator(Op.SEQ_LT, _less_at_half),
    "strict for not strict": _operator(Op.LE, lambda _, a: a[0] < a[1]),
    "division rounds towards zero": _operator(
        Op.DIV, lambda _, a: z3.If(a[1] == 0, encode.number(0, a[0].size()), a[0] / a[1])
    ),
    "remainder has the sign of the dividend": _operator(
        Op.MOD, lambda _, a: z3.If(a[1] == 0, encode.number(0, a[0].size()), z3.SRem(a[0], a[1]))
    ),
    "no frame condition": _no_frame,
    "room for one too many": _more_room,
    "only the head can be taken": _only_the_head,
    "the head removed for another": _removes_the_head,
}
