"""What a system shows of itself: its observable behaviour as a deterministic automaton.

Of every state only the values of some expressions are seen, its *observation*. A run is seen as its
observations one after the other, equal neighbours as one: steps that change nothing seen are hidden.
The automaton accepts exactly what can be seen of finite runs. It is made of the reachable states by the
subset construction (Rabin, Scott 1959), hidden steps taken for silent ones, and then made as small as
possible by refining a partition of its states (Moore 1956).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TypeAlias

from tcpverify.ir.evaluate import Evaluator, compile_expr
from tcpverify.ir.expr import Expr, Value, cardinality
from tcpverify.ir.interpret import NO_MESSAGE, Interpreter, Successor, positions
from tcpverify.ir.system import Action, State, System
from tcpverify.records import record

MAX_STATES = 20_000
MAX_TRANSITIONS = 200_000
MAX_SEGMENTS = 1_000_000
"""How many segments may be in flight in all states together."""

MAX_CHOICES = 65_536
"""How many combinations of choices an action may have."""

MAX_WORK = 1_000_000
"""How many states all subsets may have in all."""

MAX_MOVES = 5_000
"""How many states and moves the automaton may have: they become one expression."""

Observation: TypeAlias = tuple[Value, ...]
"""The values of what is seen, in order."""


class TooLarge(Exception):
    """The behaviour of a system is too large to be looked at; the text says why."""


@record
class Automaton:
    """`shown`: what is seen in each state. `initial`: the states it may start in, no two of which show
    the same. `moves`: where it goes from each state, to no two that show the same, and to none that
    shows what the state itself shows (staying is always possible). All in the order of what is shown."""

    shown: tuple[Observation, ...]
    initial: tuple[int, ...]
    moves: tuple[tuple[int, ...], ...]


def behaviour(system: System, seen: Sequence[Expr]) -> Automaton:
    """What can be seen of a system's runs; raises TooLarge."""
    automaton = _minimal(_determined(_explored(system, seen)))
    if len(automaton.shown) + sum(map(len, automaton.moves)) > MAX_MOVES:
        raise TooLarge(f"{system.name} shows more than {MAX_MOVES:,} different moves")
    return automaton


# --- The state graph -------------------------------------------------------------------------------


@record
class _Graph:
    """Reachable states by number: what each shows, and its successors by hidden and by other steps."""

    shown: list[Observation]
    initial: list[int]
    hidden: list[list[int]]
    visible: list[list[int]]


def _explored(system: System, seen: Sequence[Expr]) -> _Graph:
    _check_size(system)
    interpreter, looks = Interpreter(system), _looks(system, seen)
    numbers: dict[State, int] = {}
    states: list[State] = []
    graph = _Graph([], [], [], [])
    segments = transitions = 0

    def number(state: State) -> int:
        nonlocal segments
        found = numbers.setdefault(state, len(states))
        if found == len(states):
            segments += sum(map(len, state.contents))
            _check(system, MAX_STATES, found + 1, "states")
            _check(system, MAX_SEGMENTS, segments, "segments in flight in all")
            states.append(state)
            graph.shown.append(
                tuple(look(state.values, NO_MESSAGE, (), state.contents, ()) for look in looks)
            )
        return found

    graph.initial.extend(number(state) for state in interpreter.initial())
    for at, state in enumerate(states):  # grows while it is read
        after: set[int] = set()
        for outcome in interpreter.outcomes(state):
            transitions += 1
            _check(system, MAX_TRANSITIONS, transitions, "transitions")
            if isinstance(outcome, Successor):
                after.add(number(outcome.state))
        graph.hidden.append([t for t in after if graph.shown[t] == graph.shown[at] and t != at])
        graph.visible.append([t for t in after if graph.shown[t] != graph.shown[at]])
    return graph


def _check(system: System, most: int, count: int, what: str) -> None:
    if count > most:
        raise TooLarge(f"{system.name} has more than {most:,} {what}")


def _looks(system: System, seen: Sequence[Expr]) -> list[Evaluator]:
    table = positions(system, ())
    return [compile_expr(e, table) for e in seen]


def _check_size(system: System) -> None:
    for action in system.actions:
        combinations = prod(_values(action))
        if combinations > MAX_CHOICES:
            widest = max(zip(_values(action), action.choices, strict=True), key=lambda pair: pair[0])[1]
            raise TooLarge(f"{widest.label} of {action.endpoint or action.name} has too many values "
                           f"({combinations:,} combinations in one step of {system.name})")  # fmt: skip
    _check(system, MAX_STATES, prod(len(values) for values in system.initial.values), "initial states")


def _values(action: Action) -> list[int]:
    """How many values each choice has."""
    return [cardinality(c.sort) if c.values is None else len(c.values) for c in action.choices]


# --- Determinism -----------------------------------------------------------------------------------


Subset: TypeAlias = frozenset[int]


def _determined(graph: _Graph) -> Automaton:
    """The subset construction, subsets numbered as they are found, breadth first."""
    numbers: dict[Subset, int] = {}
    found: list[Subset] = []
    work = 0

    def numbered(states: Sequence[int]) -> tuple[int, ...]:
        nonlocal work
        result = []
        for subset in _subsets(graph, states):
            if subset not in numbers:
                work += len(subset)
                if work > MAX_WORK:
                    raise TooLarge("what is hidden leaves too many states possible at once")
                numbers[subset] = len(found)
                found.append(subset)
            result.append(numbers[subset])
        return tuple(result)

    initial = numbered(graph.initial)
    moves = []
    for subset in found:  # grows while it is read
        moves.append(numbered([t for s in subset for t in graph.visible[s]]))
    return Automaton(tuple(graph.shown[min(subset)] for subset in found), initial, tuple(moves))


def _subsets(graph: _Graph, states: Sequence[int]) -> Iterator[Subset]:
    """States grouped by what they show, each group with all that hidden steps reach from it."""
    groups: dict[Observation, set[int]] = {}
    for state in states:
        groups.setdefault(graph.shown[state], set()).add(state)
    for observation in sorted(groups):
        closed = groups[observation]
        todo = list(closed)
        while todo:
            more = [t for t in graph.hidden[todo.pop()] if t not in closed]
            closed.update(more)
            todo += more
        yield frozenset(closed)


# --- Minimality ------------------------------------------------------------------------------------


def _minimal(automaton: Automaton) -> Automaton:
    """States from which the same can be seen made one; classes numbered by their first states."""
    kinds = _numbered(automaton.shown)
    while True:
        moves = [frozenset(kinds[t] for t in found) for found in automaton.moves]
        finer = _numbered(list(zip(kinds, moves, strict=True)))
        if max(finer, default=0) == max(kinds, default=0):
            break
        kinds = finer
    first = [kinds.index(kind) for kind in range(max(kinds, default=-1) + 1)]
    return Automaton(
        tuple(automaton.shown[s] for s in first),
        tuple(kinds[s] for s in automaton.initial),
        tuple(tuple(kinds[t] for t in automaton.moves[s]) for s in first),
    )


def _numbered(values: Sequence[object]) -> list[int]:
    """Equal values by one number, numbers in the order of their first occurrence."""
    numbers: dict[object, int] = {}
    return [numbers.setdefault(value, len(numbers)) for value in values]
