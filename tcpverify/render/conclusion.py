"""What a trace shows of a property: a line that says it, and the conjuncts that decide, with their values.

The texts are as the spec has them; whoever shows them cleans them (`text.clean`).
"""

from __future__ import annotations

from tcpverify.ir.expr import Apply, Const, Expr, Op, Scope, Var
from tcpverify.ir.interpret import Interpreter, Successor
from tcpverify.ir.system import Part, Property, PropertyKind, State, System, VariableKind
from tcpverify.records import record
from tcpverify.render.describe import direction, place, segment, steps_of, value_text
from tcpverify.render.fairness import why_fair
from tcpverify.trace import Trace, open_since

REASONS = 12
"""So many reasons why a run is fair are told; JSON has them all."""

TRAP = 2000
"""Of a larger trap it is only said that it is."""


@record
class Finding:
    """A conjunct of a property and the values, at the end of the trace, of what it mentions. `word`: what
    stands before it, if not that of the conclusion."""

    text: str
    values: tuple[str, ...]
    word: str = ""


@record
class Conclusion:
    """What a trace shows: a line that says it, and the conjuncts that decide; `word` is what they
    do: they `holds` or `fails`, or are an `error`. `fair`: why the run of a lasso is fair."""

    heading: str
    word: str
    findings: tuple[Finding, ...]
    fair: tuple[str, ...] = ()

    def lines(self) -> list[tuple[int, str]]:
        """What stands below the heading, each line with how deep it is indented (0, 1)."""
        found: list[tuple[int, str]] = []
        for finding in self.findings:
            found.append((0, f"{finding.word or self.word}: {finding.text}"))
            if finding.values and finding.values != (finding.text,):
                found.append((1, "where " + ", ".join(finding.values)))
        told, more = self.fair[:REASONS], len(self.fair) - REASONS
        found += [(0, "this run is fair:")] if told else []
        found += [(1, why) for why in told]
        return [*found, (1, f"and {more} more reasons")] if more > 0 else found


def conclusion(interpreter: Interpreter, prop: Property, trace: Trace) -> Conclusion:
    """What a counterexample (or witness) shows of its property."""
    at = place(len(trace))
    match prop.kind:
        case PropertyKind.RESPONSE:
            return _unanswered(interpreter, prop, trace)
        case PropertyKind.TRAP_FREE:
            return _trapped(interpreter, prop, trace)
        case PropertyKind.REACHABLE:
            heading = f"{prop.name} is reached {at}: {prop.text}"
        case PropertyKind.NO_ERROR:
            heading = f"{prop.name} is violated by step {len(trace)}: {prop.text}"
        case PropertyKind.DEADLOCK_FREE:
            heading = f"{prop.name} is violated {at}, where no step is possible: {prop.text}"
        case PropertyKind.SETTLES:
            heading = f"{prop.name} is violated {at}, where something is due that nothing can settle"
        case PropertyKind.STEP:
            heading = f"{prop.name} is violated by step {len(trace)}: {prop.text}"
        case _:
            heading = f"{prop.name} is violated {at}: {prop.text}"
    words = {PropertyKind.REACHABLE: "holds", PropertyKind.NO_ERROR: "error"}
    return Conclusion(heading, words.get(prop.kind, "fails"), failing_parts(interpreter, prop, trace))


# --- What never comes -------------------------------------------------------------------------------


def _unanswered(interpreter: Interpreter, prop: Property, trace: Trace) -> Conclusion:
    """What was asked for, where, and that it does not come; of a lasso also why it is fair."""
    asks, answers, holds = _sides(prop)
    since = open_since(interpreter, prop, trace)
    findings: list[Finding] = []
    if prop.antecedent is not None and since is not None:
        values = values_in(prop.antecedent, _until(trace, since))
        findings.append(Finding(asks, values, place(since)))
    if trace.loop is None:
        heading = f"{prop.name} is violated {place(len(trace))}: {prop.text}"
        findings.append(Finding(holds, values_in(prop.hold, trace), "fails before it comes"))
        return Conclusion(heading, "fails", tuple(findings))
    stays = trace.loop == len(trace)
    how = f"stays {place(len(trace))}" if stays else f"repeats {steps_of(trace.loop + 1, len(trace))}"
    never = "never after that" if findings else "never"
    findings.append(Finding(answers, values_in(prop.formula, trace) if stays else (), never))
    heading = f"{prop.name} is violated by a run that {how} for ever: {prop.text}"
    return Conclusion(heading, "fails", tuple(findings), why_fair(interpreter, prop, trace))


def _sides(prop: Property) -> tuple[str, str, str]:
    """What a response asks after, what it asks for, and what is true until then, as they are written."""
    body = prop.text.partition(" under ")[0]
    before, leads_to, after = body.partition(" leads_to ")
    if leads_to:
        return before, after, "what holds until then"
    before, until, after = body.partition(" until ")
    if until:
        return "", after, before
    if body.startswith("monitor "):
        name = body.split()[1]
        return f"{name} is in a hot state", f"{name} is in a state that is not hot", "what holds until then"
    return "what it asks after", body.removeprefix("eventually "), "what holds until then"


def _until(trace: Trace, steps: int) -> Trace:
    """The beginning of a trace, of so many steps."""
    return Trace(trace.system, trace.initial, trace.steps[:steps])


def _trapped(interpreter: Interpreter, prop: Property, trace: Trace) -> Conclusion:
    """That nothing leads to what should always be reachable, and how large the trap is."""
    goal = prop.text.removeprefix("always reachable ")
    heading = f"{prop.name} is violated {place(len(trace))}, from where it cannot be reached: {prop.text}"
    findings = (
        Finding(goal, values_in(prop.formula, trace), "out of reach"),
        Finding(_trap_text(interpreter, trace.states[-1]), (), "the trap"),
    )
    return Conclusion(heading, "fails", findings)


def _trap_text(interpreter: Interpreter, entrance: State) -> str:
    """How many states are reachable from a state, and in how many of them the run stands still."""
    seen, todo, still = {entrance}, [entrance], 0
    while todo and len(seen) <= TRAP:
        here = todo.pop()
        stays = True
        for outcome in interpreter.outcomes(here):
            if len(seen) > TRAP:
                break
            stays &= not isinstance(outcome, Successor)
            if isinstance(outcome, Successor) and outcome.state not in seen:
                seen.add(outcome.state)
                todo.append(outcome.state)
        still += stays
    if todo:
        return f"more than {TRAP:,} states"
    if len(seen) == 1:
        return "this state, where no step is possible" if still else "this state, whatever is done"
    if not still:
        return f"{len(seen):,} states, and in each of them some step is possible (a livelock)"
    return f"{len(seen):,} states, in {still:,} of them no step is possible"


# --- The conjuncts that decide ----------------------------------------------------------------------


def failing_parts(interpreter: Interpreter, prop: Property, trace: Trace) -> tuple[Finding, ...]:
    """The conjuncts that decide: those that are false at the end; if none is (a witness, or parts
    stated the other way round), those that are true. An error: its message and place."""
    if prop.kind is PropertyKind.NO_ERROR:
        error = trace.steps[-1].error if trace.steps else None
        place = () if error is None or error.span is None else (f"at {error.span}",)
        return () if error is None else (Finding(error.message, place),)
    parts = prop.parts or (Part(prop.formula, prop.text),)
    holds = [_holds(interpreter, prop, part.formula, trace) for part in parts]
    wanted = prop.kind is PropertyKind.REACHABLE or all(holds)
    return tuple(
        Finding(part.text, values_in(part.formula, trace))
        for part, true in zip(parts, holds, strict=True)
        if true is wanted
    )


def _holds(interpreter: Interpreter, prop: Property, formula: Expr, trace: Trace) -> bool:
    final = trace.states[-1]
    if prop.kind is not PropertyKind.STEP:
        return interpreter.predicate(formula)(final)
    before = trace.steps[-1].before if trace.steps else final
    step = trace.steps[-1].step if trace.steps else None
    return interpreter.step_predicate(formula, prop.events)(before, final, step)


def values_in(formula: Expr, trace: Trace) -> tuple[str, ...]:
    """The values of the variables of a formula at the end of a trace: `B.irs == 5`."""
    system, final = trace.system, trace.states[-1]
    mentioned = _mentioned(formula)
    primed = any(isinstance(e, Var) and e.scope is Scope.NEXT for e in mentioned)
    before = trace.steps[-1].before if primed and trace.steps else final
    index = {v.name: i for i, v in enumerate(system.variables)}
    texts: dict[str, None] = {}
    for part in mentioned:
        match part:
            case Var(Scope.STATE, name) if system.variables[index[name]].kind is not VariableKind.HISTORY:
                texts[_value_of(system, index[name], before, "")] = None
            case Var(Scope.NEXT, name):
                texts[_value_of(system, index[name], final, "'")] = None
            case Apply(Op.IN_FLIGHT, (Const(channel), _)):
                flying = ", ".join(segment(system, m) for m in before.contents[channel]) or "nothing"
                texts[f"in flight {direction(system.channels[channel])}: {flying}"] = None
    return tuple(texts)


def _value_of(system: System, index: int, state: State, prime: str) -> str:
    variable, value = system.variables[index], state.values[index]
    match variable.kind:
        case VariableKind.CONTROL:
            return f"{variable.endpoint}{prime} in {value_text(value, variable.sort)}"
        case VariableKind.TIMER:
            return f"{variable.name}{prime} {'running' if value else 'stopped'}"
        case _:
            return f"{variable.name}{prime} == {value_text(value, variable.sort)}"


def _mentioned(formula: Expr) -> list[Expr]:
    """Every subexpression once (trees share parts), in reading order."""
    found: dict[int, Expr] = {}
    todo = [formula]
    while todo:
        expr = todo.pop()
        if id(expr) in found:
            continue
        found[id(expr)] = expr
        if isinstance(expr, Apply):
            todo.extend(reversed(expr.args))
    return list(found.values())
