"""Monitors, properties and checks as lines of text."""

from __future__ import annotations

from collections.abc import Iterable

from tcpverify.lang import syntax
from tcpverify.lang.pretty.expressions import (
    commas,
    pretty_channel,
    pretty_endpoint,
    pretty_event,
    pretty_expression,
    pretty_interval,
    pretty_values,
)
from tcpverify.lang.pretty.roles import WIDTH, braced, cited, doc_lines


def monitor_lines(monitor: syntax.Monitor) -> list[str]:
    lines = [line for state in monitor.states for line in _monitor_state(state)]
    return braced(f"monitor {monitor.name}{cited(monitor.cites)}", [*doc_lines(monitor.doc), *lines])


def _monitor_state(state: syntax.MonitorState) -> list[str]:
    mark = "" if state.mark is None else f" {state.mark}"
    head = f"state {state.name}{' initial' if state.initial else ''}{mark}"
    transitions = [f"on {pretty_event(t.event)}{_guard(t.guard)} -> {t.target}" for t in state.transitions]
    return braced(head, [*doc_lines(state.doc), *transitions])


def _guard(guard: syntax.Expression | None) -> str:
    return "" if guard is None else f" when {pretty_expression(guard)}"


# ------------------------------------------------------------------------------------- properties


def property_lines(declared: syntax.Property) -> list[str]:
    """A property declaration."""
    head = f"property {declared.name}{cited(declared.cites)} :"
    if isinstance(declared.body, syntax.Refines):
        maps = [_refinement(m) for m in declared.body.maps]
        return braced(f"{head} refines {declared.body.network} via", maps)
    line = f"{head} {_property_body(declared.body)}"
    return [line] if len(line) <= WIDTH else [head, f"  {_property_body(declared.body)}"]


def _property_body(body: syntax.PropertyBody) -> str:
    match body:
        case syntax.StateProperty(form=form, formula=formula):
            return f"{form} {pretty_expression(formula)}"
        case syntax.DeadlockFree(except_=unless):
            return "deadlock_free" + ("" if unless is None else f" except {pretty_expression(unless)}")
        case syntax.LeadsTo(trigger=trigger, response=response, fairness=fairness, within=within):
            bound = "" if within is None else f" within {pretty_expression(within)}"
            pair = f"{pretty_expression(trigger)} leads_to {pretty_expression(response)}"
            return f"{pair}{_fairness(fairness)}{bound}"
        case syntax.Eventually(goal=goal, fairness=fairness):
            return f"eventually {pretty_expression(goal)}{_fairness(fairness)}"
        case syntax.Until(hold=hold, goal=goal, fairness=fairness):
            return f"{pretty_expression(hold)} until {pretty_expression(goal)}{_fairness(fairness)}"
        case syntax.MonitorNever(monitor=monitor, mark=mark, fairness=fairness):
            return f"monitor {monitor} never {'bad' if mark == 'bad' else 'stuck hot'}{_fairness(fairness)}"
        case syntax.Refines():
            raise AssertionError(body)


def _refinement(refinement: syntax.RefinementMap) -> str:
    target, value = pretty_expression(refinement.target), pretty_expression(refinement.value)
    return f"{target} {'when' if isinstance(refinement.target, syntax.In) else '='} {value}"


def _fairness(terms: Iterable[syntax.FairnessTerm]) -> str:
    text = commas(map(_fairness_term, terms))
    return f" under {text}" if text else ""


def _fairness_term(term: syntax.FairnessTerm) -> str:
    strong = "strong " if term.strong else ""
    if term.endpoint is not None:
        return f"{strong}{pretty_endpoint(term.endpoint)}.{term.name}"
    return strong + term.kind + ("" if term.channel is None else f" on {pretty_channel(term.channel)}")


# ------------------------------------------------------------------------------------- checks


def check_lines(check: syntax.Check) -> list[str]:
    widths = [len(commas(map(str, e.properties))) for e in check.items if isinstance(e, syntax.Expect)]
    lines = [_check_item(item, max(widths, default=0)) for item in check.items]
    return braced(f"check {check.name}{cited(check.cites)}", [*doc_lines(check.doc), *lines])


def _check_item(item: syntax.CheckItem, width: int) -> str:
    match item:
        case syntax.Sweep(param=param, values=values):
            return f"for {param} in {pretty_values(values)}"
        case syntax.Run(scenario=scenario, withs=withs):
            return f"run {scenario}" + (f" with {commas(map(_with, withs))}" if withs else "")
        case syntax.Expect(properties=properties, verdict=verdict, condition=condition):
            names = commas(map(str, properties))
            return f"expect {names:{width}} : {_verdict(verdict)}{_guard(condition)}"
        case syntax.ExpectStates(count=count, condition=condition):
            return f"expect states {pretty_expression(count)}{_guard(condition)}"
        case syntax.EngineChoice(engine=engine):
            return f"engine {engine}"
        case syntax.Budget(count=count, unit=unit):
            return f"budget {count} {unit}"
        case _:
            return _find(item)


def _find(item: syntax.FindLeast | syntax.FindCondition | syntax.FindWeakest) -> str:
    match item:
        case syntax.FindLeast(param=param, interval=interval):
            what = f"least {param} in {pretty_interval(interval)}"
        case syntax.FindCondition(params=params):
            what = f"condition on {commas(map(str, params))}"
        case syntax.FindWeakest():
            what = "weakest network"
    result = "" if item.result is None else f" : {pretty_expression(item.result)}"
    return f"find {what} such that {item.property} {_verdict(item.verdict)}{result}{_guard(item.condition)}"


def _with(given: syntax.With) -> str:
    if given.value is None:
        return f"{given.kind} {given.name}"
    return f"{given.name} = {pretty_expression(given.value)}"


def _verdict(verdict: syntax.ExpectedVerdict) -> str:
    if verdict.within is not None:
        return f"{verdict.word} within {pretty_expression(verdict.within)}"
    if verdict.exact is None:
        return verdict.word
    return f"{verdict.word} {'' if verdict.word == 'bounded' else 'in '}{pretty_expression(verdict.exact)}"
