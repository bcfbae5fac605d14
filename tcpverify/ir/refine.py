"""A system watched for being a refinement of another: all that is seen of it through a map is seen of
the other too.

The other system, the *abstract* one, is given by its observable behaviour (`ir.observe`), the map by an
expression over the watched system for each value seen. The watched system gets one variable more: in
which state the automaton is after what was seen *up to the state before*. Its update reads the state
before the step only, so it is the same expression in every action; and whether the present observation
is a move of the automaton, or none at all, is a formula over the present state. That formula is the
property, and a shortest trace that violates it ends with the first step that the abstract system cannot
take. This decides inclusion of finite runs up to stuttering (Abadi, Lamport 1991), without a refinement
mapping for what is hidden: the automaton keeps all states that the hidden part may be in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tcpverify.ir import build as b
from tcpverify.ir.expr import (
    FALSE,
    BoolSort,
    Const,
    EnumSort,
    Expr,
    IntSort,
    Scope,
    SeqSort,
    Sort,
    Value,
    Var,
)
from tcpverify.ir.observe import Automaton, Observation
from tcpverify.ir.system import Part, System, Update, Variable, VariableKind
from tcpverify.records import record
from tcpverify.source import Span

NOTHING = "nothing"
"""What was seen before the start."""

MOST_NAMED = 4
"""How many moves a text names."""


@record
class Refinement:
    """`abstract`: the other system's name; `mapped`: over the watched system, the value of each thing
    seen; `defined`: where they all have a value that the abstract system has for it; `words`: of each
    state of the automaton, what it shows, thing by thing; `past`: the variable that holds what was seen
    up to the state before: 0 for nothing, 1 + i for the state i of the automaton."""

    abstract: str
    automaton: Automaton
    mapped: tuple[Expr, ...]
    defined: Expr
    words: tuple[tuple[str, ...], ...]
    past: Var
    span: Span | None = None

    @property
    def possible(self) -> Expr:
        """That the abstract system can show what is seen now after what was seen before."""
        table = {seen: _among(self.past, list(row)) for seen, row in self._table().items()}
        return b.conj((self.defined, _decide(self.mapped, list(table.items()), FALSE)))

    @property
    def moves(self) -> Expr:
        """That what is seen now is not what was seen before, and something was: a step to be matched."""
        groups: dict[Observation, list[int]] = {}
        for state, shown in enumerate(self.automaton.shown):
            groups.setdefault(shown, []).append(state + 1)
        table = [(shown, _among(self.past, states)) for shown, states in groups.items()]
        same = b.conj((self.defined, _decide(self.mapped, table, FALSE)))
        return b.conj((b.neg(self._past_is(0)), b.neg(same)))

    @property
    def parts(self) -> tuple[Part, ...]:
        """For each past that `possible` holds after it, with what the abstract system can do there."""
        everywhere = self.possible
        return tuple(
            Part(b.implies(self._past_is(past), everywhere), text)
            for past, text in enumerate((self._start_text(), *map(self._text, range(len(self.words)))))
        )

    def after(self) -> Expr:
        """What will have been seen when the present state is the state before. Where that is not
        possible any value will do: the property is violated there."""
        table = {
            seen: _pick(self.past, _by_target(row, self.past.sort)) for seen, row in self._table().items()
        }
        return _decide(self.mapped, list(table.items()), None) if table else Const(0, self.past.sort)

    def _past_is(self, value: int) -> Expr:
        return b.eq(self.past, Const(value, self.past.sort))

    def _table(self) -> dict[Observation, dict[int, int]]:
        """Of every observation, after which past it may follow, and what is the past then."""
        shown = self.automaton.shown
        table: dict[Observation, dict[int, int]] = {seen: {} for seen in sorted(set(shown))}
        for state in self.automaton.initial:
            table[shown[state]][0] = state + 1
        for state, found in enumerate(self.automaton.moves):
            for target in (state, *found):
                table[shown[target]][state + 1] = target + 1
        return table

    def _start_text(self) -> str:
        starts = (", ".join(self.words[i]) for i in self.automaton.initial)
        return f"{self.abstract} starts with {_either(starts)}"

    def _text(self, state: int) -> str:
        """What the abstract system can do where it shows a state of the automaton."""
        here, found = self.words[state], self.automaton.moves[state]
        if not found:
            return f"{self.abstract} shows {', '.join(here)} for ever"
        changes = (
            ", ".join(new for old, new in zip(here, self.words[t], strict=True) if old != new) for t in found
        )
        return f"{self.abstract} goes from {', '.join(here)} only to {_either(changes)}"


def past_of(abstract: str, words: Iterable[tuple[str, ...]]) -> Var:
    """The variable of a refinement whose abstract system shows, in each state, what the words say."""
    sort = EnumSort(f"what {abstract} shows", (NOTHING, *_distinct(map(", ".join, words))))
    return Var(Scope.STATE, f"{abstract} so far", sort)


def watch(system: System, refinement: Refinement) -> System:
    """The system with one variable more, which every step sets to what was seen before it."""
    past, index = refinement.past, len(system.variables)
    variable = Variable(past.name, past.name, past.sort, VariableKind.HISTORY, None, refinement.span)
    update = Update(index, refinement.after())
    return replace(
        system,
        variables=(*system.variables, variable),
        initial=replace(system.initial, values=(*system.initial.values, (0,))),
        actions=tuple(replace(a, updates=(*a.updates, update)) for a in system.actions),
    )


# --- Tables as expressions -------------------------------------------------------------------------


def _decide(keys: Sequence[Expr], rows: Sequence[tuple[Observation, Expr]], default: Expr | None) -> Expr:
    """The row whose values are those of the keys, as nested halvings; `default` where none is (None:
    any row will do there)."""
    if not keys:
        return rows[0][1]
    groups: dict[Value, list[tuple[Observation, Expr]]] = {}
    for values, result in rows:
        groups.setdefault(values[0], []).append((values[1:], result))
    cases = [(value, _decide(keys[1:], groups[value], default)) for value in sorted(groups)]
    return _halved(keys[0], cases, default)


def _halved(key: Expr, cases: Sequence[tuple[Value, Expr]], default: Expr | None) -> Expr:
    if len(cases) == 1:
        value, result = cases[0]
        return result if default is None else b.ite(b.eq(key, _const(value, key.sort)), result, default)
    low, high = cases[: len(cases) // 2], cases[len(cases) // 2 :]
    below = _below(key, [value for value, _ in low], high[0][0])
    return b.ite(below, _halved(key, low, default), _halved(key, high, default))


def _below(key: Expr, low: Sequence[Value], bound: Value) -> Expr:
    """That a key, which is one of `low` or at least `bound`, is one of `low`."""
    match key.sort:
        case IntSort():
            return b.lt(key, b.integer(bound))
        case SeqSort():
            return b.lt(b.plain(key), b.integer(bound))
        case BoolSort() | EnumSort():
            return _among(key, low)


def _pick(key: Expr, cases: Sequence[tuple[Sequence[int], Expr]]) -> Expr:
    """The result of the case that has the key; there is one wherever it matters."""
    if len(cases) == 1:
        return cases[0][1]
    low, high = cases[: len(cases) // 2], cases[len(cases) // 2 :]
    return b.ite(_among(key, [k for keys, _ in low for k in keys]), _pick(key, low), _pick(key, high))


def _by_target(row: Mapping[int, int], sort: Sort) -> list[tuple[list[int], Expr]]:
    """The keys of a row that have each value, and the value."""
    groups: dict[int, list[int]] = {}
    for key, value in row.items():
        groups.setdefault(value, []).append(key)
    return [(keys, Const(value, sort)) for value, keys in groups.items()]


def _among(key: Expr, values: Iterable[Value]) -> Expr:
    return b.disj(b.eq(key, _const(value, key.sort)) for value in values)


def _const(value: Value, sort: Sort) -> Const:
    match sort:
        case BoolSort():
            return b.boolean(bool(value))
        case IntSort():
            return b.integer(value)
        case _:
            return Const(value, sort)


# --- Words -----------------------------------------------------------------------------------------


def _either(texts: Iterable[str]) -> str:
    """`a`, `a or b`, `a, or b, or one of 7 more`."""
    found = list(texts)
    named = found[:MOST_NAMED]
    more = [f"one of {len(found) - MOST_NAMED} more"] if len(found) > MOST_NAMED else []
    return ", or ".join([*named, *more])


def _distinct(texts: Iterable[str]) -> list[str]:
    """Texts told apart: the second of two equal ones gets a number."""
    seen: dict[str, int] = {}
    result = []
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
        result.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return result
