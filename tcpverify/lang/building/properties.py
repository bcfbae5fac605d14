"""Tree building for monitors, properties and checks: one function a rule of the grammar."""

from __future__ import annotations

from tcpverify.lang import syntax
from tcpverify.lang.syntax import EndpointRef, Expression, Identifier, MonitorVerb
from tcpverify.lang.tokens import Token
from tcpverify.source import Span

Target = syntax.Name | syntax.Member | syntax.Index
Values = syntax.SetLiteral | syntax.Interval
Fairness = tuple[syntax.FairnessTerm, ...]


def monitor(
    span: Span, name: Identifier, cites: tuple[str, ...], doc: str | None, *states: syntax.MonitorState
) -> syntax.Monitor:
    return syntax.Monitor(name, cites, doc, states, span=span)


def monitor_state(
    span: Span,
    name: Identifier,
    initial: Token | None,
    mark: Token | None,
    doc: str | None,
    *transitions: syntax.MonitorTransition,
) -> syntax.MonitorState:
    word = None if mark is None else mark.text
    return syntax.MonitorState(name, initial is not None, word, transitions, doc, span=span)  # type: ignore[arg-type]


def monitor_transition(
    span: Span, event: syntax.MonitorEvent, guard: Expression | None, target: Identifier
) -> syntax.MonitorTransition:
    return syntax.MonitorTransition(event, guard, target, span=span)


def segment_event(
    span: Span, endpoint: EndpointRef, verb: Token, pattern: syntax.Pattern, binder: Identifier | None
) -> syntax.MonitorEvent:
    return syntax.MonitorEvent(MonitorVerb(verb.text), endpoint, pattern, None, binder, span=span)


def named_event(span: Span, endpoint: EndpointRef, verb: Token, name: Identifier) -> syntax.MonitorEvent:
    return syntax.MonitorEvent(MonitorVerb(verb.text), endpoint, None, name, None, span=span)


def channel_event(
    span: Span, verb: Token, pattern: syntax.Pattern, binder: Identifier | None
) -> syntax.MonitorEvent:
    return syntax.MonitorEvent(MonitorVerb(verb.text), None, pattern, None, binder, span=span)


def tick_event(span: Span) -> syntax.MonitorEvent:
    return syntax.MonitorEvent(MonitorVerb.TICK, None, None, None, None, span=span)


# ------------------------------------------------------------------------------------- properties


def property_line(
    span: Span, name: Identifier, cites: tuple[str, ...], body: syntax.PropertyBody
) -> syntax.Property:
    return syntax.Property(name, cites, body, span=span)


def always(span: Span, formula: Expression) -> syntax.StateProperty:
    return syntax.StateProperty("always", formula, span=span)


def never(span: Span, formula: Expression) -> syntax.StateProperty:
    return syntax.StateProperty("never", formula, span=span)


def always_step(span: Span, formula: Expression) -> syntax.StateProperty:
    return syntax.StateProperty("always step", formula, span=span)


def reachable(span: Span, formula: Expression) -> syntax.StateProperty:
    return syntax.StateProperty("reachable", formula, span=span)


def always_reachable(span: Span, formula: Expression) -> syntax.StateProperty:
    return syntax.StateProperty("always reachable", formula, span=span)


def lemma(span: Span, formula: Expression) -> syntax.StateProperty:
    return syntax.StateProperty("lemma", formula, span=span)


def deadlock_free(span: Span, unless: Expression | None) -> syntax.DeadlockFree:
    return syntax.DeadlockFree(unless, span=span)


def leads_to(
    span: Span, trigger: Expression, response: Expression, fairness: Fairness | None
) -> syntax.LeadsTo:
    return syntax.LeadsTo(trigger, response, fairness or (), None, span=span)


def leads_to_within(
    span: Span, trigger: Expression, response: Expression, within: Expression
) -> syntax.LeadsTo:
    return syntax.LeadsTo(trigger, response, (), within, span=span)


def eventually(span: Span, goal: Expression, fairness: Fairness | None) -> syntax.Eventually:
    return syntax.Eventually(goal, fairness or (), span=span)


def until(span: Span, hold: Expression, goal: Expression, fairness: Fairness | None) -> syntax.Until:
    return syntax.Until(hold, goal, fairness or (), span=span)


def never_bad(span: Span, observer: Identifier) -> syntax.MonitorNever:
    return syntax.MonitorNever(observer, "bad", (), span=span)


def never_stuck(span: Span, observer: Identifier, fairness: Fairness | None) -> syntax.MonitorNever:
    return syntax.MonitorNever(observer, "hot", fairness or (), span=span)


def refines(span: Span, network: Identifier, *maps: syntax.RefinementMap) -> syntax.Refines:
    return syntax.Refines(network, maps, span=span)


def refinement_map(span: Span, target: Target, value: Expression) -> syntax.RefinementMap:
    return syntax.RefinementMap(target, value, span=span)


def refinement_state(
    span: Span, endpoint: Target, state: syntax.Name, condition: Expression
) -> syntax.RefinementMap:
    where = syntax.In(endpoint, state, span=endpoint.span.to(state.span))
    return syntax.RefinementMap(where, condition, span=span)


def fairness(_: Span, *listed: syntax.FairnessTerm) -> Fairness:
    return listed


def fair_kind(span: Span, strong: Token | None, word: Token) -> syntax.FairnessTerm:
    return syntax.FairnessTerm(word.text, None, None, None, strong is not None, span=span)  # type: ignore[arg-type]


def fair_delivery(span: Span, strong: Token | None, channel: syntax.ChannelRef | None) -> syntax.FairnessTerm:
    return syntax.FairnessTerm("delivery", channel, None, None, strong is not None, span=span)


def fair_named(
    span: Span, strong: Token | None, endpoint: EndpointRef, name: Identifier
) -> syntax.FairnessTerm:
    return syntax.FairnessTerm("named", None, endpoint, name, strong is not None, span=span)


# ------------------------------------------------------------------------------------- checks


def check(
    span: Span, name: Identifier, cites: tuple[str, ...], doc: str | None, *items: syntax.CheckItem
) -> syntax.Check:
    return syntax.Check(name, cites, doc, items, span=span)


def sweep(span: Span, param: Identifier, values: Values) -> syntax.Sweep:
    return syntax.Sweep(param, values, span=span)


def run(span: Span, scenario: Identifier, *withs: syntax.With | None) -> syntax.Run:
    return syntax.Run(scenario, tuple(w for w in withs if w is not None), span=span)


def set_value(span: Span, param: Identifier, value: Expression) -> syntax.With:
    return syntax.With("param", param, value, span=span)


def switch_on(span: Span, kind: Token, name: Identifier) -> syntax.With:
    return syntax.With("variant" if kind.kind == "VARIANT" else "adversary", name, None, span=span)


def expect(
    span: Span, names: tuple[Identifier, ...], verdict: syntax.ExpectedVerdict, guard: Expression | None
) -> syntax.Expect:
    return syntax.Expect(names, verdict, guard, span=span)


def expect_states(span: Span, count: Expression, guard: Expression | None) -> syntax.ExpectStates:
    return syntax.ExpectStates(count, guard, span=span)


def engine(span: Span, word: Token) -> syntax.EngineChoice:
    return syntax.EngineChoice(word.text, span=span)  # type: ignore[arg-type]


def budget(span: Span, count: Token, unit: Token) -> syntax.Budget:
    return syntax.Budget(int(count.text), unit.text, span=span)  # type: ignore[arg-type]


def find_least(
    span: Span,
    param: Identifier,
    interval: syntax.Interval,
    name: Identifier,
    verdict: syntax.ExpectedVerdict,
    result: Expression | None,
    guard: Expression | None,
) -> syntax.FindLeast:
    return syntax.FindLeast(param, interval, name, verdict, result, guard, span=span)


def find_condition(
    span: Span,
    params: tuple[Identifier, ...],
    name: Identifier,
    verdict: syntax.ExpectedVerdict,
    result: Expression | None,
    guard: Expression | None,
) -> syntax.FindCondition:
    return syntax.FindCondition(params, name, verdict, result, guard, span=span)


def find_weakest(
    span: Span,
    name: Identifier,
    verdict: syntax.ExpectedVerdict,
    result: Expression | None,
    guard: Expression | None,
) -> syntax.FindWeakest:
    return syntax.FindWeakest(name, verdict, result, guard, span=span)


def verdict(span: Span, word: Token, exactly: Expression | None = None) -> syntax.ExpectedVerdict:
    return syntax.ExpectedVerdict(word.text, exactly, None, span=span)  # type: ignore[arg-type]


def verdict_within(span: Span, word: Token, steps: Expression) -> syntax.ExpectedVerdict:
    return syntax.ExpectedVerdict(word.text, None, steps, span=span)  # type: ignore[arg-type]


def holds_by_proof(span: Span) -> syntax.ExpectedVerdict:
    return syntax.ExpectedVerdict("holds by proof", None, None, span=span)


def bounded_verdict(span: Span, steps: Expression) -> syntax.ExpectedVerdict:
    return syntax.ExpectedVerdict("bounded", steps, None, span=span)
