"""What must come to pass: responses, fairness, and what must come within so many ticks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from tcpverify.diagnostics import Code, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.expr import Expr
from tcpverify.ir.stopwatch import Stopwatch
from tcpverify.ir.system import ActionKind, Fair, Part, Property, PropertyKind, System
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import families, segments, time
from tcpverify.lang.elaborate.paths import flat
from tcpverify.lang.elaborate.scope import Abandoned, EndpointInfo, Scope, World

Kind: TypeAlias = Literal["delivery", "timers", "calls", "steps"]

UNDOING = {ActionKind.LOSE: "lost", ActionKind.CORRUPT: "garbled"}
"""What a channel may do to a segment before it is delivered."""


def elaborate_response(base: Property, body: s.PropertyBody, scope: Scope) -> Property:
    """A property about what comes to pass in every fair run; of a monitor or a stopwatch only what is known
    without it. Raises Abandoned after reporting a mistake."""
    match body:
        case s.LeadsTo(trigger, goal, fairness, within):
            asks, answer = _asks(trigger, scope), _part(goal, scope)
            if within is not None:
                return _timed(base, body, (asks, answer), scope)
            return replace(base, kind=PropertyKind.RESPONSE, formula=answer.formula, antecedent=asks,
                           parts=(answer,), fairness=_fair(fairness, scope))  # fmt: skip
        case s.Eventually(goal, fairness):
            answer = _part(goal, scope)
            return replace(base, kind=PropertyKind.RESPONSE, formula=answer.formula, parts=(answer,),
                           fairness=_fair(fairness, scope))  # fmt: skip
        case s.Until(hold, goal, fairness):
            before, answer = _part(hold, scope), _part(goal, scope)
            return replace(base, kind=PropertyKind.RESPONSE, formula=answer.formula, hold=before.formula,
                           parts=(before, answer), fairness=_fair(fairness, scope))  # fmt: skip
        case s.MonitorNever(mark="hot", fairness=fairness):
            return replace(base, kind=PropertyKind.RESPONSE, fairness=_fair(fairness, scope))
        case _:
            raise AssertionError(body)


def _asks(trigger: s.Expression, scope: Scope) -> Expr:
    """Where an answer is due: also where the trigger has no value."""
    term = ex.elaborate_bool(trigger, scope)
    return b.implies(term.defined, term.value)


def _part(formula: s.Expression, scope: Scope) -> Part:
    return Part(ex.holds(formula, scope), flat(formula.span))


# --- Within so many ticks ----------------------------------------------------------------------------


def _timed(base: Property, body: s.LeadsTo, formulas: tuple[Expr, Part], scope: Scope) -> Property:
    """`E leads_to F within N`: an invariant of the system with a stopwatch (see `stopwatch`). In an
    instance without time nothing can be said of ticks."""
    asks, answer = formulas
    assert body.within is not None
    most = time.amount(body.within, 0, "a number of ticks", scope)
    if not time.is_timed(scope.world):
        what = "`within` counts ticks, and nothing in this instance takes time"
        hint = "give a timer a duration (`after`) or a link a `lifetime`, or say `under` what is fair"
        scope.world.collector.warn(Code.BAD_TIMER, what, body.within.span, hint=hint)
        return replace(base, text=what)
    text = f"{answer.text} at most {most} {'tick' if most == 1 else 'ticks'} after {flat(body.trigger.span)}"
    return replace(base, kind=PropertyKind.INVARIANT, formula=answer.formula, antecedent=asks,
                   parts=(Part(answer.formula, text),))  # fmt: skip


def stopwatch(prop: Property, body: s.LeadsTo, scope: Scope) -> Stopwatch:
    """What watches an elaborated `within` property, whose antecedent asks and whose formula answers."""
    assert prop.antecedent is not None and body.within is not None
    most = time.amount(body.within, 0, "a number of ticks", scope)
    settled = b.neg(time.due(scope.world))
    return Stopwatch(f"stopwatch of {prop.name}", prop.antecedent, prop.formula, most, settled, prop.span)


# --- Fairness ----------------------------------------------------------------------------------------


def _fair(terms: Sequence[s.FairnessTerm], scope: Scope) -> tuple[Fair, ...]:
    return tuple(fair for term in terms for fair in _meant(term, scope))


def _meant(term: s.FairnessTerm, scope: Scope) -> Iterator[Fair]:
    """What a term is about: the channel, or the endpoint and its timer, call or step, must exist."""
    if term.channel is not None:
        for channel in segments.channel_indices(term.channel, scope):
            yield Fair("delivery", term.strong, channel)
    elif term.endpoint is not None and term.name is not None:
        for me in families.referred(term.endpoint, scope):
            for kind in _kinds(me, term.name, scope):
                yield Fair(kind, term.strong, None, me.name, term.name.text)
    else:
        assert term.kind != "named"
        yield Fair(term.kind, term.strong)


def _kinds(me: EndpointInfo, name: s.Identifier, scope: Scope) -> list[Kind]:
    """Whether an endpoint has a timer, a call or a step of a name."""
    info = me.info
    rows: tuple[tuple[Kind, Sequence[str]], ...] = (
        ("timers", list(info.timers)),
        ("calls", list(info.calls)),
        ("steps", list(info.steps)),
    )
    found: list[Kind] = [kind for kind, known in rows if name.text in known]
    if not found:
        if name.text in info.refused:
            raise Abandoned
        hint = did_you_mean(name.text, [n for _, known in rows for n in known])
        message = f"role `{info.name}` has no timer, call or step `{name}`"
        scope.world.fail(Code.UNKNOWN_NAME, message, name.span, hint=hint)
    return found


# --- Fairness that forces nothing --------------------------------------------------------------------


def warn_of_fairness(prop: Property, system: System, world: World) -> None:
    """Warn of a response whose fairness forces nothing, or no segment through; not where a check of the
    file expects that it is violated, for then its author knows."""
    if prop.kind is not PropertyKind.RESPONSE or _known_to_fail(prop.name, world):
        return
    if not prop.fairness and not system.timed:
        message = f"`{prop.name}` asks for no fairness: nothing need ever happen"
        hint = "say what may not wait for ever: `under delivery, timers`, `calls`, `steps`"
        world.collector.warn(Code.FAIRNESS, message, prop.span, hint=hint)
    for channel, place in enumerate(system.channels):
        terms = [f for f in prop.fairness if f.kind == "delivery" and f.channel in (None, channel)]
        how = [UNDOING[a.kind] for a in system.actions
               if a.kind in UNDOING and a.channel == channel and not a.updates]  # fmt: skip
        if terms and how and not any(f.strong for f in terms):
            message = (f"weak fairness of `delivery` forces no segment through {place.name}: "
                       f"each may be {how[0]} first, without limit")  # fmt: skip
            hint = "limit the faults, or write `strong delivery`: what is sent again and again is delivered"
            world.collector.warn(Code.FAIRNESS, message, prop.span, hint=hint)
            return


def _known_to_fail(name: str, world: World) -> bool:
    return any(
        isinstance(item, s.Expect) and item.verdict.word == "violated" and name in map(str, item.properties)
        for check in world.program.checks.values()
        for item in check.items
    )
