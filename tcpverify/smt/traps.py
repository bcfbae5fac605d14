"""Whether a goal can always still be reached, on networks without bounds.

Reached states are looked at, nearest first. From each a way to the goal is looked for (`ir/ways.py`); where
there is none, an invariant of all that can follow (`ir/onward.py`) that excludes the goal: a trap. Where all
states have ways, an invariant of the system that says that all its states have one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from tcpverify.ir.expr import FALSE, Expr
from tcpverify.ir.interpret import Interpreter, Predicate, Successor
from tcpverify.ir.onward import never, onward
from tcpverify.ir.soup import NoSoup, assumed, ever_growing
from tcpverify.ir.system import Action, ActionKind, Property, Schedule, State, Step, System
from tcpverify.ir.ways import Move, NoWay, Way, covered, leads, may_be_in_a_way, suits
from tcpverify.isolate import Failure, run_isolated
from tcpverify.limits import Deadline, Limits
from tcpverify.records import record
from tcpverify.smt.houdini import PATIENCE
from tcpverify.smt.memories import memories
from tcpverify.smt.proofs import GRACE_SECONDS, MEGABYTES, MOST_SECONDS
from tcpverify.smt.samples import narrowed, not_refuted, samples
from tcpverify.smt.unbounded import Found, Over, Sayable, at_once, own_formula, prove
from tcpverify.smtlib.goals import bad
from tcpverify.smtlib.relation import soup
from tcpverify.smtlib.terms import Inexpressible
from tcpverify.trace import replay
from tcpverify.verdict import Holds, Invariant, Trap, Unknown, Verdict, Violated, Ways

STATES = 1_500
"""So many reached states are looked at."""
ON_A_WAY = 400
"""So many states are looked at to find a way from one of them."""
UNCLEAR = 200
"""Of so many states without a way it is asked whether they lie in a trap."""
TRIES, TRY_SECONDS = 6, 10.0
"""So many states without a way are tried for a trap, each for so long at most."""


@record
class Trapped:
    """A run whose last state lies in a trap, and the conjuncts of the trap, over states and all that is sent
    from that state on or in flight there."""

    run: Schedule
    trap: tuple[Expr, ...]


@record
class Free:
    """Ways, and the conjuncts of an invariant (if what is in `assumes` is granted) in all of whose states one
    of them leads to the goal."""

    ways: tuple[Way, ...]
    invariant: tuple[Expr, ...]
    assumes: tuple[str, ...]


@record
class Open:
    """Why neither was found."""

    reason: str


def decide(
    system: System,
    prop: Property,
    lemmas: Sequence[Expr],
    deadline: Deadline,
    sayable: Sayable = lambda _: True,
) -> Trapped | Free | Open:
    """Look for a trap that excludes the goal of `always reachable`, or a proof that there is none."""
    goal = Interpreter(system).predicate(prop.formula)
    search, unclear, tried = _Ways(system, prop), 0, 0
    for state, run in _reached(system):
        if deadline.passed or unclear == UNCLEAR:
            break
        if goal(state) or search.has_one(state):
            continue
        unclear += 1
        if tried < TRIES and not search.is_reached_from(state):
            tried += 1
            found = _trap(system, prop, state, deadline, sayable)
            if found is not None:
                return Trapped(run, found)
    if unclear:
        why = (
            search.unsuited or "from some states no way without fresh numbers, or what is in flight, is known"
        )
        return Open(f"no trap was found; {why}")
    return _free(system, prop, search.ways, lemmas, deadline, sayable)


def _trap(
    system: System, prop: Property, state: State, deadline: Deadline, sayable: Sayable
) -> tuple[Expr, ...] | None:
    """A trap that a state lies in, if one is found."""
    try:
        within = _within(deadline, TRY_SECONDS)
        found = prove(onward(system, state), never(prop), (), within, sayable, Over.BIT_VECTORS)
    except NoSoup:
        return None
    return found.invariant if isinstance(found, Found) else None


def _free(
    system: System,
    prop: Property,
    ways: Sequence[Way],
    lemmas: Sequence[Expr],
    deadline: Deadline,
    sayable: Sayable,
) -> Free | Open:
    """A proof that all reachable states have one of some ways, if one is found."""
    try:
        goal = covered(system, ways, prop)
        assumes = assumed(system, goal)
        if assumes is None:
            return Open("it depends on what is in flight")
        growing = ever_growing(system)
        hoped = [*lemmas, *(m.formula for m in memories(growing) if sayable(m.formula))]
        # The invariant is long, and need not be inductive itself.
        exact, rows = soup(growing), [not_refuted(growing, hoped, samples(growing))]
        enough = at_once(exact, bad(exact, goal), rows, deadline, PATIENCE)
        found = (
            Found(enough)
            if enough is not None
            else prove(growing, goal, lemmas, deadline, sayable, Over.BIT_VECTORS)
        )
    except (NoSoup, NoWay, Inexpressible) as problem:
        return Open(str(problem))
    if not isinstance(found, Found):
        return Open(f"that one of {len(ways)} ways leads to it from each reachable state: {found.reason}")
    return Free(tuple(ways), found.invariant, assumes)


# --- Verdicts ------------------------------------------------------------------------------------------


@record
class Request:
    """Properties of a system, formulas that may be true in all its states, and how many seconds there are."""

    system: System
    asked: tuple[Property, ...]
    lemmas: tuple[Expr, ...]
    seconds: float


def about_traps(
    system: System, asked: Sequence[Property], others: Sequence[Property], deadline: Deadline
) -> dict[str, Verdict]:
    """The verdicts on properties of the kind `always reachable`; what other properties say of all states may
    help to prove them."""
    left = deadline.left()
    seconds = MOST_SECONDS if left is None else min(MOST_SECONDS, left)
    lemmas = tuple(f for p in others for f in own_formula(p))
    request = Request(system, tuple(asked), lemmas, seconds)
    found = run_isolated(answers, request, seconds + GRACE_SECONDS, MEGABYTES)
    if isinstance(found, Failure):
        return {p.name: Unknown(found.reason) for p in asked}
    return {p.name: _verdict(system, answer) for p, answer in zip(asked, found, strict=True)}


def answers(request: Request) -> list[Trapped | Free | Open]:
    """What is found out about each property, one after the other."""
    deadline, found = Limits(seconds=request.seconds).deadline(), list[Trapped | Free | Open]()
    for i, prop in enumerate(request.asked):
        left = (deadline.left() or 0.0) / (len(request.asked) - i)
        found.append(decide(request.system, prop, request.lemmas, _within(deadline, left)))
    return found


def _verdict(system: System, found: Trapped | Free | Open) -> Verdict:
    match found:
        case Trapped(run, trap):
            return Violated(replay(Interpreter(system), run), Trap(trap))
        case Free(ways, invariant, assumes):
            return Holds(Ways(ways, Invariant(invariant, assumes)))
        case Open(reason):
            return Unknown(reason)


# --- Reached states, and ways from them --------------------------------------------------------------


def _reached(system: System) -> Iterator[tuple[State, Schedule]]:
    """Reached states, nearest first, with runs to them; the network sends nothing twice, and numbers that may
    be anything are a few."""
    kept = [narrowed(a) if a.kind is not ActionKind.DUPLICATE else _off(a) for a in system.actions]
    interpreter = Interpreter(replace(system, actions=tuple(kept)))
    runs = {state: Schedule(state, ()) for state in islice(interpreter.initial(), STATES)}
    for state in (todo := list(runs)):
        yield state, runs[state]
        for outcome in interpreter.outcomes(state):
            if len(runs) >= STATES:
                break
            if isinstance(outcome, Successor) and outcome.state not in runs:
                run = runs[state]
                runs[outcome.state] = run._replace(steps=(*run.steps, outcome.step))
                todo.append(outcome.state)


def _off(action: Action) -> Action:
    """An action that is never possible."""
    return replace(action, guard=FALSE)


class _Ways:
    """The ways found so far."""

    def __init__(self, system: System, prop: Property) -> None:
        self.ways: list[Way] = []
        self._system, self._prop = system, prop
        along = [narrowed(a) if may_be_in_a_way(a) else _off(a) for a in system.actions]
        self._interpreter = Interpreter(replace(system, actions=tuple(along)))
        self._goal = self._interpreter.predicate(prop.formula)
        self._from: list[Predicate] = []
        self._everything = Interpreter(replace(system, actions=tuple(map(narrowed, system.actions))))
        self.unsuited: str | None = None
        try:
            suits(system, prop.formula)
        except NoWay as problem:
            self.unsuited = str(problem)

    def has_one(self, state: State) -> bool:
        """Whether there is a way from a state to the goal; a new one is kept."""
        if self.unsuited is not None:
            return False
        if any(holds(state) for holds in self._from):
            return True
        way = self._found(state)
        if way is None:
            return False
        self.ways.append(way)
        self._from.append(self._interpreter.predicate(leads(self._system, way, self._prop.formula)))
        return True

    def is_reached_from(self, state: State) -> bool:
        """Whether a run from a state to the goal is found, one that takes what is in flight or fresh too."""
        return self._nearest(self._everything, state, {}) is not None

    def _found(self, state: State) -> Way | None:
        """A shortest way from a state to the goal, if there is one not far."""
        before: dict[State, tuple[State, Step]] = {}
        end = self._nearest(self._interpreter, state._replace(contents=((),) * len(state.contents)), before)
        return None if end is None else self._way(before, end)

    def _nearest(
        self, interpreter: Interpreter, start: State, before: dict[State, tuple[State, Step]]
    ) -> State | None:
        """The nearest state with the goal, if there is one not far; what was done before each state."""
        todo = [start]
        for here in todo:
            if self._goal(here):
                return here
            for outcome in interpreter.outcomes(here):
                if len(todo) == ON_A_WAY:
                    break
                new = (
                    isinstance(outcome, Successor) and outcome.state not in before and outcome.state != start
                )
                if isinstance(outcome, Successor) and new:
                    before[outcome.state] = here, outcome.step
                    todo.append(outcome.state)
        return None

    def _way(self, before: dict[State, tuple[State, Step]], end: State) -> Way:
        """The steps to a state, each with where the segment that it takes was sent."""
        steps: list[tuple[State, Step]] = []
        while end in before:
            steps.append(before[end])
            end = before[end][0]
        moves: list[Move] = []
        sent: list[tuple[tuple[int, int], int, object]] = []
        for number, (state, step) in enumerate(reversed(steps)):
            action = self._system.actions[step.action]
            takes = None
            if action.channel is not None:
                wanted = action.channel, self._interpreter.message_of(state, step)
                found = next(s for s in sent if s[1:] == wanted)
                sent.remove(found)
                takes = found[0]
            moves.append(Move(step.action, takes, step.choices))
            for send, message in self._interpreter.sent(state, step):
                effect = next(i for i, e in enumerate(action.effects) if e is send)
                sent.append(((number, effect), send.channel, message))
        return tuple(moves)


def _within(deadline: Deadline, seconds: float) -> Deadline:
    left = deadline.left()
    return Limits(seconds=seconds if left is None else min(left, seconds)).deadline()
