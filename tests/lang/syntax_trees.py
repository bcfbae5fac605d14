"""Random syntax trees for Hypothesis, grown from the annotations of the dataclasses.

Only what the annotations do not say (a list that is never empty, parts that go together) is
written here, one function a class. `fuel` bounds how deep a tree can still grow.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import fields
from dataclasses import replace as replaced
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from tcpverify.lang import syntax
from tcpverify.lang.syntax import MonitorVerb
from tcpverify.lang.tokens import printable
from tcpverify.source import Source, Span

NOWHERE = Span(Source("generated", ""), 0, 0)
NAMES = ("a", "B", "x1", "SYN", "time", "window", "loss", "at", "holds", "error", "s", "first", "doc", "by")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]).filter(printable), max_size=6)
COUNTS = st.integers(0, 1000)
LEAVES = (syntax.Number, syntax.Boolean, syntax.NoneLiteral, syntax.Name)
SIMPLE_TYPES = (syntax.BoolType, syntax.EnumType, syntax.RangeType, syntax.NamedType, syntax.TimeType,
                syntax.SeqnoType, syntax.FlagsType, syntax.EndpointType)  # fmt: skip
COMPOUND = (syntax.If, syntax.Choose, syntax.For)

T = TypeVar("T")


@cache
def annotations(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind, globalns={**vars(syntax), "Span": Span, "Literal": Literal})
    return {f.name: hints[f.name] for f in fields(kind) if f.name != "span"}


class Grower:
    """Draws nodes; each method for a class in SPECIAL knows what its annotations do not say."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def pick(self, options: Sequence[T]) -> T:
        return options[self.draw(st.integers(0, len(options) - 1))]

    def chance(self) -> bool:
        return self.draw(st.booleans())

    def some(self, hint: Any, fuel: int, least: int = 0, most: int = 2) -> tuple[Any, ...]:
        count = least if fuel <= 0 else self.draw(st.integers(least, most))
        return tuple(self.grow(hint, fuel) for _ in range(count))

    def names(self) -> tuple[syntax.Identifier, ...]:
        return self.some(syntax.Identifier, 1, 1)

    def grow(self, hint: Any, fuel: int) -> Any:
        """A value of an annotation."""
        if hint == syntax.Expression:
            return self.node(self.pick(get_args(hint) if fuel > 0 else LEAVES), fuel - 1)
        if hint == syntax.Statement:
            options = [k for k in get_args(hint) if fuel > 0 or k not in COMPOUND]
            return self.node(self.pick(options), fuel - 1)
        if hint == syntax.Type:
            wide = (*SIMPLE_TYPES, syntax.OptionType, syntax.ArrayType)
            return self.node(self.pick(wide if fuel > 0 else SIMPLE_TYPES), fuel - 1)
        if hint in (str, int, bool):
            return self.draw({str: TEXTS, int: COUNTS, bool: st.booleans()}[hint])
        if hint is type(None):
            return None
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Literal:
            return self.pick(arguments)
        if origin is tuple:
            return self.some(arguments[0], fuel)
        if origin in (Union, types.UnionType):
            return self.grow(self.pick(_alternatives(arguments)), fuel)
        return self.node(hint, fuel)

    def node(self, kind: type, fuel: int) -> Any:
        special = SPECIAL.get(kind)
        return special(self, fuel) if special else self.made(kind, fuel)

    def made(self, kind: type, fuel: int, /, **given: Any) -> Any:
        """A node of a class, the fields that are not given drawn from their annotations."""
        parts = {
            name: given[name] if name in given else self.grow(hint, fuel)
            for name, hint in annotations(kind).items()
        }
        return kind(**parts, span=NOWHERE)


def _alternatives(arguments: Sequence[Any]) -> Sequence[Any]:
    """The members of a union, with `Expression` and `Type` as single ones."""
    for union in (syntax.Expression, syntax.Type):
        members = set(get_args(union))
        if members < set(arguments):
            return [union, *(a for a in arguments if a not in members)]
    return arguments


def target(g: Grower, fuel: int) -> Any:
    kind = g.pick((syntax.Name, syntax.Member, syntax.Index)) if fuel > 0 else syntax.Name
    if kind is syntax.Name:
        return g.node(kind, fuel)
    return g.made(kind, fuel, base=target(g, fuel - 1))


def pattern(g: Grower, _: int, *, sent: bool = False) -> syntax.Pattern:
    kind = "terms" if sent else g.pick(("terms", "only", "any", "corrupt"))
    terms = g.some(syntax.PatternTerm, 1, 1) if kind in ("terms", "only") else ()
    return syntax.Pattern(terms, kind, span=NOWHERE)  # type: ignore[arg-type]


def monitor_event(g: Grower, fuel: int) -> syntax.MonitorEvent:
    verb = g.pick(tuple(MonitorVerb))
    own = verb in ("sends", "receives")
    named = verb in ("calls", "fires", "notifies", "enters", "leaves")
    segment = own or verb in ("lost", "duplicated", "expired")
    return syntax.MonitorEvent(
        verb,
        g.grow(syntax.EndpointRef, fuel) if own or named else None,
        g.grow(syntax.Pattern, fuel) if segment else None,
        g.grow(syntax.Identifier, fuel) if named else None,
        g.grow(syntax.Identifier | None, fuel) if segment else None,
        span=NOWHERE,
    )


def in_flight(g: Grower, fuel: int) -> syntax.InFlight:
    if g.chance():
        return g.made(syntax.InFlight, fuel, pattern=None, binder=None, guard=None)
    return g.made(syntax.InFlight, fuel, pattern=pattern(g, fuel))


def fresh_limit(g: Grower, fuel: int) -> syntax.FreshLimit:
    made = g.made(syntax.FreshLimit, fuel, variable=target(g, fuel))
    return made if made.values == "unused" else replaced(made, room=None)


def block(g: Grower, fuel: int) -> syntax.Block:
    if g.chance():
        return syntax.Block((g.node(syntax.Goto, fuel),), True, None, span=NOWHERE)
    return g.made(syntax.Block, fuel, arrow=False)


def fairness_term(g: Grower, fuel: int) -> syntax.FairnessTerm:
    kind = g.pick(("delivery", "timers", "calls", "steps", "named"))
    channel = g.grow(syntax.ChannelRef | None, fuel) if kind == "delivery" else None
    named = kind == "named"
    return g.made(
        syntax.FairnessTerm,
        fuel,
        kind=kind,
        channel=channel,
        endpoint=g.grow(syntax.EndpointRef, fuel) if named else None,
        name=g.grow(syntax.Identifier, fuel) if named else None,
    )


def can(g: Grower, fuel: int) -> syntax.Can:
    power = g.pick(("inject", "drop", "replay", "evil_peer", "off_path", "on_path"))
    segments = power in ("inject", "drop", "replay")
    peer = power == "evil_peer"
    return syntax.Can(
        power,
        g.some(syntax.Pattern, fuel, int(power == "inject")) if segments else (),
        g.some(syntax.Narrowing, fuel) if segments else (),
        None if peer else g.grow(syntax.Expression | None, fuel),
        None if peer else g.grow(syntax.ChannelRef | None, fuel),
        g.grow(syntax.EndpointRef, fuel) if peer else None,
        span=NOWHERE,
    )


def expected_verdict(g: Grower, fuel: int) -> syntax.ExpectedVerdict:
    word = g.pick(get_args(syntax.VerdictWord))
    exact = within = None
    if word == "bounded" or (word in ("violated", "reachable") and g.chance()):
        exact = g.grow(syntax.Expression, fuel)
    elif word in ("violated", "reachable") and g.chance():
        within = g.grow(syntax.Expression, fuel)
    return syntax.ExpectedVerdict(word, exact, within, span=NOWHERE)


def replace(g: Grower, fuel: int) -> syntax.Replace:
    handler = g.node(syntax.Handler, fuel)
    place = g.node(syntax.Place, fuel)
    if g.chance():
        return syntax.Replace(place, handler.event, handler.guard, False, handler, span=NOWHERE)
    return g.made(syntax.Replace, fuel, place=place, by=True, replacement=handler)


def state_set(g: Grower, _: int) -> syntax.StateSet:
    kind = g.pick(("these", "any", "except"))
    return syntax.StateSet(kind, () if kind == "any" else g.names(), span=NOWHERE)  # type: ignore[arg-type]


def call_limit(g: Grower, fuel: int) -> syntax.CallLimit:
    calls = g.names()
    limit = g.grow(syntax.Expression | None, fuel) if len(calls) == 1 else None
    return syntax.CallLimit(calls, limit, span=NOWHERE)


def leads_to(g: Grower, fuel: int) -> syntax.LeadsTo:
    return g.made(syntax.LeadsTo, fuel, **({"fairness": ()} if g.chance() else {"within": None}))


def starts(g: Grower, fuel: int) -> syntax.Starts:
    if g.chance():
        return g.made(syntax.Starts, fuel, state=g.node(syntax.Identifier, fuel))
    return g.made(syntax.Starts, fuel, state=None, values=g.some(syntax.StartValue, fuel, 1))


def refinement(g: Grower, fuel: int) -> syntax.RefinementMap:
    left = target(g, fuel)
    if g.chance():
        left = syntax.In(left, g.node(syntax.Name, fuel), span=NOWHERE)
    return g.made(syntax.RefinementMap, fuel, target=left)


def with_(g: Grower, fuel: int) -> syntax.With:
    kind = g.pick(("param", "variant", "adversary"))
    return g.made(
        syntax.With, fuel, kind=kind, value=g.grow(syntax.Expression, fuel) if kind == "param" else None
    )


def if_(g: Grower, fuel: int) -> syntax.If:
    return g.made(syntax.If, fuel, branches=g.some(syntax.Branch, fuel, 1))


def reorder(g: Grower, fuel: int) -> syntax.Reorder:
    mode = g.pick(("none", "any", "window"))
    return g.made(
        syntax.Reorder, fuel, mode=mode, window=g.grow(syntax.Expression, fuel) if mode == "window" else None
    )


def param(g: Grower, fuel: int) -> syntax.Param:
    type_ = g.node(syntax.SymbolicType, fuel) if g.chance() else g.grow(syntax.Type, fuel)
    return g.made(syntax.Param, fuel, type=type_)


def fault(g: Grower, fuel: int) -> syntax.Fault:
    kind = g.pick(("loss", "corrupt", "duplicate"))
    return g.made(syntax.Fault, fuel, kind=kind, to_tail=kind == "duplicate" and g.chance())


def monitor_never(g: Grower, fuel: int) -> syntax.MonitorNever:
    return g.made(
        syntax.MonitorNever, fuel, **({"mark": "hot"} if g.chance() else {"mark": "bad", "fairness": ()})
    )


def binary(g: Grower, fuel: int) -> syntax.Binary:
    operator = g.pick(["+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "=>", "<=>"])
    return g.made(syntax.Binary, fuel, operator=operator)


def option_type(g: Grower, fuel: int) -> syntax.OptionType:
    return g.made(syntax.OptionType, fuel, element=g.node(g.pick(SIMPLE_TYPES), fuel))


def with_names(kind: type, part: str) -> Callable[[Grower, int], Any]:
    return lambda g, fuel: g.made(kind, fuel, **{part: g.names()})


def with_target(kind: type, part: str) -> Callable[[Grower, int], Any]:
    return lambda g, fuel: g.made(kind, fuel, **{part: target(g, fuel)})


SPECIAL: dict[type, Callable[[Grower, int], Any]] = {
    syntax.Identifier: lambda g, _: syntax.Identifier(g.pick(NAMES), span=NOWHERE),
    syntax.Name: lambda g, _: syntax.Name(g.pick(NAMES), span=NOWHERE),
    syntax.Binary: binary,
    syntax.Connective: lambda g, fuel: g.made(
        syntax.Connective, fuel, operands=g.some(syntax.Expression, max(fuel, 1), 2, 3)
    ),
    syntax.SetLiteral: lambda g, fuel: g.made(
        syntax.SetLiteral, fuel, elements=g.some(syntax.Expression | syntax.Interval, fuel, 1)
    ),
    syntax.Choose: lambda g, fuel: syntax.Choose(
        g.some(tuple[syntax.Statement, ...], max(fuel, 1), 2, 3), span=NOWHERE
    ),
    syntax.NamedType: lambda _, __: syntax.NamedType(syntax.Identifier("T", span=NOWHERE), span=NOWHERE),
    syntax.OptionType: option_type,
    syntax.EnumType: with_names(syntax.EnumType, "enumerators"),
    syntax.FlagsType: with_names(syntax.FlagsType, "flags"),
    syntax.VarDecl: with_names(syntax.VarDecl, "names"),
    syntax.FieldDecl: with_names(syntax.FieldDecl, "names"),
    syntax.TimerDecl: with_names(syntax.TimerDecl, "names"),
    syntax.Expect: with_names(syntax.Expect, "properties"),
    syntax.FindCondition: with_names(syntax.FindCondition, "params"),
    syntax.Assign: with_target(syntax.Assign, "target"),
    syntax.StartValue: with_target(syntax.StartValue, "variable"),
    syntax.FreshLimit: fresh_limit,
    syntax.RefinementMap: refinement,
    syntax.Pattern: pattern,
    syntax.InFlight: in_flight,
    syntax.MonitorEvent: monitor_event,
    syntax.Send: lambda g, fuel: g.made(syntax.Send, fuel, pattern=pattern(g, fuel, sent=True)),
    syntax.Preload: lambda g, fuel: g.made(syntax.Preload, fuel, pattern=pattern(g, fuel, sent=True)),
    syntax.Block: block,
    syntax.If: if_,
    syntax.StateSet: state_set,
    syntax.Replace: replace,
    syntax.Param: param,
    syntax.Fault: fault,
    syntax.Reorder: reorder,
    syntax.Can: can,
    syntax.Starts: starts,
    syntax.CallLimit: call_limit,
    syntax.FairnessTerm: fairness_term,
    syntax.LeadsTo: leads_to,
    syntax.MonitorNever: monitor_never,
    syntax.With: with_,
    syntax.ExpectedVerdict: expected_verdict,
}


@st.composite
def declarations(draw: st.DrawFn, kind: type, fuel: int = 3) -> Any:
    """One declaration of a class."""
    return Grower(draw).node(kind, fuel)


@st.composite
def expressions(draw: st.DrawFn, fuel: int = 5) -> Any:
    return Grower(draw).grow(syntax.Expression, fuel)


@st.composite
def files(draw: st.DrawFn, fuel: int = 3) -> syntax.File:
    return Grower(draw).made(syntax.File, fuel)  # type: ignore[no-any-return]
