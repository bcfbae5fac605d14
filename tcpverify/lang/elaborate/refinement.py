"""Refinement: `refines NETWORK via { S.x = E  S in OPEN when E }`, as what an engine can watch.

The network that is named runs alone: all its endpoints and links, calls unlimited, nothing in flight,
the instance's parameters, no variants and no adversary. Each line of the map says what of it is seen,
and what stands for that in the instance; what no line is about is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from tcpverify.diagnostics import Code, Note
from tcpverify.ir import build as b
from tcpverify.ir.expr import Expr, Value, Var, is_true, show_value
from tcpverify.ir.observe import Observation, TooLarge, behaviour
from tcpverify.ir.refine import Refinement, past_of
from tcpverify.ir.system import System
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import names
from tcpverify.lang.elaborate.paths import scalars
from tcpverify.lang.elaborate.scope import Abandoned, EndpointInfo, Scope, World
from tcpverify.lang.elaborate.terms import PRESENT
from tcpverify.records import record
from tcpverify.source import Span

Alone = Callable[[s.Identifier], tuple[World, System]]
"""A network by itself, as a world and a system; raises Abandoned after reporting mistakes in it."""

MOST_STATES_NAMED = 3


@record
class _Seen:
    """One thing seen: `there` over the abstract system, `here` over the instance, `defined` where that
    has a value; a variable by its name, or whether `owner` is in `state`."""

    name: str
    there: Expr
    here: Expr
    defined: Expr
    span: Span
    owner: EndpointInfo | None = None
    state: str = ""


def elaborate_refinement(declared: s.Refines, world: World, alone: Alone) -> Refinement | str:
    """What to watch for, or why that cannot be said; raises Abandoned after reporting all mistakes."""
    abstract, system = alone(declared.network)
    seen: list[_Seen] = []
    refused = False
    for line in declared.maps:
        try:
            seen += _line(line, Scope(world, ghost=True, in_property=True), abstract)
        except Abandoned:
            refused = True
    if _repeated(seen, world) or refused:
        raise Abandoned
    try:
        automaton = behaviour(system, [a.there for a in seen])
    except TooLarge as reason:
        return f"{reason}: too large to compare with"
    words = tuple(_words(seen, shown) for shown in automaton.shown)
    return Refinement(
        abstract=declared.network.text,
        automaton=automaton,
        mapped=tuple(a.here for a in seen),
        defined=b.conj(a.defined for a in seen),
        words=words,
        past=past_of(declared.network.text, words),
        span=declared.span,
    )


# --- The map -----------------------------------------------------------------------------------------


def _line(line: s.RefinementMap, scope: Scope, abstract: World) -> list[_Seen]:
    """What a line says is seen: a state, or a variable (or part of one) with all that it is made of."""
    there = Scope(abstract, ghost=True, in_property=True)
    match line.target:
        case s.In(item, s.Name(state) as name):
            return [_state(line, item, s.Identifier(state, span=name.span), scope, there)]
        case _:
            return _variable(line, scope, there)


def _state(
    line: s.RefinementMap, item: s.Expression, state: s.Identifier, scope: Scope, there: Scope
) -> _Seen:
    inside = names.in_states(item, (state,), there)
    owner = names.endpoint_of(item, there)
    if owner is None:
        there.world.fail(Code.WRONG_KIND, f"{_quoted(item)} is no endpoint of the network", item.span)
    condition = ex.elaborate_bool(line.value, scope)
    name = f"{owner.name} in {state}"
    return _Seen(name, inside.value, condition.value, condition.defined, line.span, owner, state.text)


def _variable(line: s.RefinementMap, scope: Scope, there: Scope) -> list[_Seen]:
    target = ex.elaborate(line.target, there)
    leaves = [
        (t.value, t.value.name) for t in scalars(target) if isinstance(t.value, Var) and is_true(t.defined)
    ]
    if len(leaves) < len(scalars(target)):
        message = f"{_quoted(line.target)} is no variable of the network"
        there.world.fail(Code.WRONG_KIND, message, line.target.span, hint="write `ENDPOINT.VARIABLE = ...`")
    value = ex.store(ex.elaborate(line.value, scope, target.shape), target.shape, line.value, scope)
    return [
        _Seen(name, leaf, term.value, term.defined, line.span)
        for (leaf, name), term in zip(leaves, scalars(value), strict=True)
    ]


def _quoted(e: s.Expression) -> str:
    return f"`{' '.join(e.span.text.split())}`"


def _repeated(seen: Sequence[_Seen], world: World) -> bool:
    """Whether something is mapped twice, which is reported once a line."""
    first: dict[str, _Seen] = {}
    told: set[Span] = set()
    for aspect in seen:
        earlier = first.setdefault(aspect.name, aspect)
        if earlier is not aspect and aspect.span not in told:
            told.add(aspect.span)
            note = Note("the first line", earlier.span)
            with suppress(Abandoned):
                world.fail(Code.DUPLICATE_NAME, f"`{aspect.name}` is mapped twice", aspect.span, note,
                           hint="join the conditions with `or`" if aspect.owner else None)  # fmt: skip
    return bool(told)


# --- Words -------------------------------------------------------------------------------------------


def _words(seen: Sequence[_Seen], shown: Observation) -> tuple[str, ...]:
    """What is seen, in the words of a spec: each endpoint's state once, each variable."""
    values = list(zip(seen, shown, strict=True))
    words: dict[str, str] = {}
    for aspect, value in values:
        if aspect.owner is None:
            words[aspect.name] = _variable_text(aspect, value)
        elif aspect.owner.name not in words:
            mine = [
                (a.state, v) for a, v in values if a.owner is not None and a.owner.name == aspect.owner.name
            ]
            words[aspect.owner.name] = _state_text(aspect.owner, dict(mine))
    return tuple(words.values())


def _variable_text(aspect: _Seen, value: Value) -> str:
    if aspect.name.endswith(PRESENT):
        return f"{aspect.name.removesuffix(PRESENT)} {'has a value' if value else 'is none'}"
    return f"{aspect.name} == {show_value(value, aspect.there.sort)}"


def _state_text(owner: EndpointInfo, told: dict[str, Value]) -> str:
    """`S in OPEN`; where only that it is in none of some states is seen, the ones that are left."""
    left = [x for x in owner.info.states if told.get(x, False)] or [
        x for x in owner.info.states if x not in told
    ]
    if len(left) == 1:
        return f"{owner.name} in {left[0]}"
    if len(left) <= MOST_STATES_NAMED:
        return f"{owner.name} in {{ {', '.join(left)} }}"
    return f"not {owner.name} in {{ {', '.join(told)} }}"
