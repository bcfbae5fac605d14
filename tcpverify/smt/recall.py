"""The constants of a history step by step: where each segment was sent, and until when it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import z3

from tcpverify.ir.evaluate import Message
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import Order, Schedule, State, Step
from tcpverify.smt.encode import Term, number
from tcpverify.smt.history import POSITION_BITS, History, Lane, Test, inputs_at
from tcpverify.smt.logic import FALSE, both, either, first_of, negation
from tcpverify.smt.relation import Relation
from tcpverify.smt.slots import Inputs, StateTerms, Unsupported


@dataclass(slots=True)
class Sent:
    """A segment that was sent: its number, its channel, what it is, and of each state since it was sent
    (`since` the first) whether it is still there."""

    index: int
    channel: int
    slot: Term
    since: int
    here: list[Term] = field(default_factory=list)

    def at(self, i: int) -> Term:
        """Whether it is there at the state i."""
        return self.here[i - self.since] if i >= self.since else FALSE


class Recall:
    """The one place that knows the names of the constants of a history at a time (see `Unroller`)."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._interpreter = Interpreter(history.system)
        self._sent: list[Sent] = []
        packing = history.rel.slots.packing
        for channel, segments in enumerate(history.system.initial.contents):
            for segment in segments:
                self._sent.append(
                    Sent(len(self._sent), channel, packing.constant(segment), 0, [z3.BoolVal(True)])
                )

    @property
    def rel(self) -> Relation:
        """The relation of one step."""
        return self._history.rel

    def state(self, i: int) -> StateTerms:
        """The constants of the state i."""
        return self.rel.slots.state(str(i))

    def inputs(self, i: int) -> Inputs:
        """The constants of the step from the state i."""
        return inputs_at(self.rel.slots, str(i))

    def at(self, formula: Term, i: int) -> Term:
        """A formula over the constants of the history at the state i, and the step from there."""
        return z3.substitute(formula, *self._pairs(i))

    def different(self, _: int, __: int) -> Term:
        """Whether two states differ: in what was sent they nearly always do."""
        return z3.BoolVal(True)

    def _pairs(self, i: int) -> list[tuple[Term, Term]]:
        h, rel = self._history, self.rel
        known = [h.taken, h.there, *(t.constant for t in h.tests)]
        return [
            *zip(rel.before.constants, self.state(i).constants, strict=True),
            *zip(rel.inputs.constants, self.inputs(i).constants, strict=True),
            *zip(rel.after.constants, self.state(i + 1).constants, strict=True),
            *((c, _at(c, i)) for c in known),
        ]

    # --- What is true of a path ---

    def start(self) -> list[Term]:
        """That the state 0 is initial."""
        rel = self.rel
        return [rel.slots.initial(self.state(0)), self.at(self._history.starts, 0), *self._known(0)]

    def step(self, i: int) -> list[Term]:
        """That the step from the state i leads to the next, without error, and what is in flight there."""
        h, pairs = self._history, self._pairs(i)
        terms = [z3.substitute(self.rel.step, *pairs)]
        if i and not z3.is_false(h.copies):
            same = self.inputs(i).position == self.inputs(i - 1).position
            takes = either(FALSE, *(z3.substitute(lane.takes, *pairs) for lane in h.lanes))
            terms.append(z3.Implies(self.at(h.copies, i - 1), both(same, takes)))
        terms += self._still_here(i, pairs)
        terms += self._newly_sent(i, pairs)
        return [*terms, self.at(h.assumed, i + 1), *self._known(i + 1)]

    def _still_here(self, i: int, pairs: list[tuple[Term, Term]]) -> list[Term]:
        """What of the segments there before is there after the step."""
        consumed = [z3.substitute(lane.consumes, *pairs) for lane in self._history.lanes]
        terms = []
        for s in self._sent:
            gone = both(consumed[s.channel], self.inputs(i).position == s.index)
            if z3.is_false(gone):
                s.here.append(s.at(i))
                continue
            s.here.append(z3.Bool(f"?here {s.index}@{i + 1}"))
            terms.append(s.here[-1] == both(s.at(i), negation(gone)))
        return terms

    def _newly_sent(self, i: int, pairs: list[tuple[Term, Term]]) -> list[Term]:
        """What the step sent, and that it is there after it."""
        terms = []
        for channel, lane in enumerate(self._history.lanes):
            for does, segment in lane.sent:
                index = len(self._sent)
                if index >= 1 << POSITION_BITS:
                    raise Unsupported("too many segments are sent")
                slot = z3.BitVec(f"?sent {index}", segment.size())
                here = z3.Bool(f"?here {index}@{i + 1}")
                self._sent.append(Sent(index, channel, slot, i + 1, [here]))
                terms += [slot == z3.substitute(segment, *pairs), here == z3.substitute(does, *pairs)]
        return terms

    # --- What is known at a state ---

    def _known(self, i: int) -> list[Term]:
        """What is in flight at the state i: which segments can be taken, and what each test gives."""
        h, pairs = self._history, self._pairs(i)
        position = self.inputs(i).position
        cases = [(position == s.index, s.slot) for s in self._sent]
        unused = self.rel.slots.packing.unused
        can = [both(self._can_take(h.lanes[s.channel], s, i, pairs), position == s.index) for s in self._sent]
        return [
            _at(h.taken, i) == first_of(cases, unused),
            _at(h.there, i) == either(FALSE, *can),
            *(_at(t.constant, i) == self._result(t, i, pairs) for t in h.tests),
        ]

    def _can_take(self, lane: Lane, segment: Sent, i: int, pairs: list[tuple[Term, Term]]) -> Term:
        """Whether a segment is there and the action takes one of its channel; received in order."""
        takes = both(segment.at(i), z3.substitute(lane.takes, *pairs))
        if lane.channel.order is Order.BAG:
            return takes
        before = [s.at(i) for s in self._earlier(segment)]
        in_order = z3.AtMost(*before, lane.channel.window) if before else z3.BoolVal(True)
        return both(takes, z3.Implies(z3.substitute(lane.receives, *pairs), in_order))

    def _earlier(self, segment: Sent) -> list[Sent]:
        return [s for s in self._sent[: segment.index] if s.channel == segment.channel]

    def _result(self, test: Test, i: int, pairs: list[tuple[Term, Term]]) -> Term:
        """What a test of what is in flight gives at the state i."""
        segment = self._history.segment
        found = [
            both(
                s.here[0] if test.ever else s.at(i), z3.substitute(test.predicate, *pairs, (segment, s.slot))
            )
            for s in self._sent
            if s.channel == test.watch.channel
        ]
        if not test.watch.counts:
            return negation(either(FALSE, *found))
        bits = test.constant.size()
        return sum((z3.If(f, number(1, bits), number(0, bits)) for f in found), number(0, bits))

    # --- Models ---

    def schedule(self, value: Callable[[Term], int], model: Term, length: int) -> Schedule:
        """The schedule of so many steps that a model describes; `value` reads a constant of it."""
        slots = self.rel.slots
        initial = State(slots.read_values(self.state(0), model), self._history.system.initial.contents)
        steps: list[Step] = []
        state = initial
        for i in range(length):
            step = slots.read_step([value(t) for t in self.inputs(i).constants])
            if step.position is not None:
                step = step._replace(position=self._position(step, i, state, value))
            steps.append(step)
            outcome = self._interpreter.take(state, step)
            state = outcome.state if isinstance(outcome, Successor) else state
        return Schedule(initial, tuple(steps))

    def _position(self, step: Step, i: int, state: State, value: Callable[[Term], int]) -> int:
        """Where the segment with a step's number is in its channel; of equal ones in a bag the first."""
        segment = self._sent[step.position or 0]
        channel = self._history.system.channels[segment.channel]
        if channel.order is not Order.BAG:
            return sum(value(s.at(i)) for s in self._earlier(segment))
        message: Message = self.rel.slots.packing.segment(value(_at(self._history.taken, i)))
        return state.contents[segment.channel].index(message)


def _at(constant: Term, i: int) -> Term:
    """A constant of a step at the state i."""
    name = constant.decl().name().removesuffix("@now")
    return z3.Const(f"{name}@{i}", constant.sort())
