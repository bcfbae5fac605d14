"""Words for what happens in a trace: segments, events, changes, and how a lasso goes on.

The texts are as the spec has them; whoever shows them cleans them (`text.clean`).
"""

from __future__ import annotations

from tcpverify.ir.evaluate import Message, compile_expr
from tcpverify.ir.expr import (
    CORRUPT_KIND,
    Sort,
    Value,
    bounds,
    show_value,
)
from tcpverify.ir.interpret import NO_MESSAGE, positions
from tcpverify.ir.system import (
    ActionKind,
    Channel,
    Field,
    State,
    System,
    Timer,
    Variable,
    VariableKind,
)
from tcpverify.records import record
from tcpverify.render import options
from tcpverify.trace import Trace, TraceStep

# --- Segments --------------------------------------------------------------------------------------


def value_text(value: Value, sort: Sort) -> str:
    """A value as a spec writes it; one outside its sort (in an erring step) as a number."""
    lo, hi = bounds(sort)
    return show_value(value, sort) if lo <= value <= hi else str(value)


def segment(system: System, message: Message) -> str:
    """A segment in words: `SYN+ACK seq=300 ack=101`; ghost fields in brackets.

    Its kind is named where its flags do not tell it, as in a spec: it has none set, or one that
    another kind has too. A field that bears the name of a flag (`ack`, `ACK`) is left out where the
    flag is clear and the field was not set.
    """
    if message[0] == CORRUPT_KIND:
        return "corrupt"
    kind = system.messages[message[0]]
    values = list(zip(kind.fields, message[1:], strict=False))
    flags = [f.name for f, value in values if f.flag and value]
    clear = {f.name.lower() for f, value in values if f.flag and not value}
    others = {f.name for other in system.messages if other is not kind for f in other.fields if f.flag}
    words = [] if flags and others.isdisjoint(flags) else [kind.name]
    words += ["+".join(flags)] if flags else []
    shown = dict(options.fields({f.name: v for f, v in values}))
    for f, v in values:
        name = f.name.removesuffix(options.PRESENT)
        told = name in shown and (name == f.name) == (shown[name] is None)
        if told and not f.flag and not (f.name.lower() in clear and _unset(f, v)):
            words.append(_field(f, shown[name] or value_text(v, f.sort)))
    return " ".join(words)


def _field(field: Field, value: str) -> str:
    text = f"{field.name.removesuffix(options.PRESENT)}={value}"
    return f"[{text}]" if field.ghost else text


def _unset(field: Field, value: Value) -> bool:
    return value == bounds(field.sort)[0]


def direction(channel: Channel) -> str:
    return f"{channel.source} -> {channel.target}"


# --- Steps -----------------------------------------------------------------------------------------

_FAULT_WORDS = {
    ActionKind.LOSE: "lost",
    ActionKind.DUPLICATE: "duplicated",
    ActionKind.CORRUPT: "corrupted",
    ActionKind.EXPIRE: "expired",
}
_ACTING_WORDS = {
    ActionKind.CALL: "calls",
    ActionKind.STEP: "does",
    ActionKind.TIMEOUT: "timeout",
    ActionKind.EXHAUSTED: "exhausted",
}


def event(system: System, step: TraceStep) -> str:
    """What a step does: `A calls active_open`, `B receives SYN seq=5`, `lost: SYN seq=5 (A -> B)`; of an
    adversary `mallory injects SYN seq=5 (A -> B)`, `dropped by mallory: SYN seq=5 (A -> B)`."""
    action = step.action
    taken = "" if step.message is None else segment(system, step.message)
    match action.kind:
        case ActionKind.RECEIVE:
            return f"{action.endpoint} receives {taken}"
        case ActionKind.TICK:
            return "tick"
        case ActionKind.INJECT | ActionKind.REPLAY:
            texts = [f"{segment(system, m)} ({direction(channel)})" for channel, m, _ in step.sent]
            posing = "" if action.endpoint is None else f" as {action.endpoint}"
            return f"{action.adversary}{posing} {action.kind.value}s {', '.join(texts)}"
        case ActionKind.LOSE | ActionKind.DUPLICATE | ActionKind.CORRUPT | ActionKind.EXPIRE:
            where = "" if action.channel is None else f" ({direction(system.channels[action.channel])})"
            word = f"dropped by {action.adversary}" if action.adversary else _FAULT_WORDS[action.kind]
            return f"{word}: {taken}{where}"
        case _:
            return f"{action.endpoint} {_ACTING_WORDS[action.kind]} {action.subject}"


def ticks(count: int) -> str:
    """An amount of time: `1 tick`, `3 ticks`."""
    return "1 tick" if count == 1 else f"{count} ticks"


def moment(system: System, now: int) -> str:
    """How late it is after so many ticks: `time 3`, `time 3 (300 ms)`."""
    if system.tick is None:
        return f"time {now}"
    count, unit = system.tick
    return f"time {now} ({now * count} {unit})"


@record
class Change:
    """What one step changes of one endpoint: the state it goes to (if that changes) and the rest."""

    endpoint: str | None
    state: str | None
    texts: tuple[str, ...]

    def __str__(self) -> str:
        texts = ", ".join(self.texts)
        return f"{self.endpoint}: {texts}" if self.endpoint else texts


def changes(system: System, step: TraceStep) -> tuple[Change, ...]:
    """The changed variables of a step and the choices that it made, endpoint by endpoint.

    Budgets of faults and calls are left out.
    """
    found: dict[str | None, list[str]] = {}
    states: dict[str | None, str] = {}
    chosen = () if step.action.kind is ActionKind.INJECT else choices(system, step)
    for picked, _, _ in chosen:
        found.setdefault(step.action.endpoint, []).append(picked)
    told = {(step.action.endpoint, label, value) for _, label, value in chosen}
    labels = [v.name for v in system.variables]
    was = dict(zip(labels, step.before.values, strict=True))
    now = was if step.after is None else dict(zip(labels, step.after.values, strict=True))
    for index, variable in enumerate(system.variables):
        after = None if step.after is None else step.after.values[index]
        if after is None or (variable.endpoint, variable.label, after) in told:
            continue
        text = _change(system, step, index, variable, was, now)
        if text is None:
            continue
        texts = found.setdefault(variable.endpoint, [])
        if variable.kind is VariableKind.CONTROL:
            states[variable.endpoint] = value_text(after, variable.sort)
            texts.insert(0, text)
        else:
            texts.append(text)
    return tuple(Change(e, states.get(e), tuple(texts)) for e, texts in found.items())


def choices(system: System, step: TraceStep) -> tuple[tuple[str, str, Value], ...]:
    """The choices that mattered in a step: text, label and value; `iss := 4 (fresh)` if the label
    is that of a variable of the endpoint, `size = 2` for arguments and branches."""
    table = positions(system, step.action.choices)
    labels = {v.label for v in system.variables if v.endpoint == step.action.endpoint}
    message = NO_MESSAGE if step.message is None else step.message
    found = []
    for choice, value in zip(step.action.choices, step.step.choices, strict=True):
        matters = compile_expr(choice.when, table)
        if matters(step.before.values, message, step.step.choices, step.before.contents, ()):
            shown = value_text(value, choice.sort)
            fresh = choice.label in labels and step.action.kind is not ActionKind.CALL
            fresh = fresh or _is_stored(system, step, choice.label, value)
            text = f"{choice.label} := {shown} (fresh)" if fresh else f"{choice.label} = {shown}"
            found.append((text, choice.label, value))
    return tuple(found)


def _is_stored(system: System, step: TraceStep, label: str, value: Value) -> bool:
    """Whether the acting endpoint's variable of that label has the value after the step."""
    return step.after is not None and any(
        v.label == label and v.endpoint == step.action.endpoint and step.after.values[i] == value
        for i, v in enumerate(system.variables)
    )


def _change(
    system: System, step: TraceStep, index: int, variable: Variable, was: options.Values, now: options.Values
) -> str | None:
    before, after = was[variable.name], now[variable.name]
    match variable.kind:
        case VariableKind.FAULTS | VariableKind.CALLS | VariableKind.CLOCK | VariableKind.HISTORY:
            return None
        case VariableKind.TIMER:
            timer = next((t for t in system.timers if t.variable == index), None)
            if timer is None or step.action.kind is ActionKind.TICK:
                return None
            return _timer_change(timer, step, before, after)
        case VariableKind.CONTROL:
            texts = f"{value_text(before, variable.sort)} -> {value_text(after, variable.sort)}"
            return None if before == after else texts
        case kind:
            both = value_text(before, variable.sort), value_text(after, variable.sort)
            changed = options.change(variable.name, both, was, now)
            if changed is None:
                return None
            text = f"{variable.label.removesuffix(options.PRESENT)} {changed}"
            return f"[{text}]" if kind is VariableKind.GHOST else text


def _timer_change(timer: Timer, step: TraceStep, before: Value, after: Value) -> str | None:
    """`rtx started`, `rtx fired 1 of 2`, `rtx stopped`; None if nothing happened to the timer."""
    action = step.action
    wait, wound_up = _wait(timer, step)
    if (action.endpoint, action.subject, action.kind) == (timer.endpoint, timer.label, ActionKind.TIMEOUT):
        return f"{timer.label} fired{_after_firing(timer, before, after)}{wait if after else ''}"
    if before == after and not wound_up:
        return None
    if after == 0:
        return f"{timer.label} stopped"
    return f"{timer.label} {'started' if before == 0 else 'restarted'}{wait}"


def _wait(timer: Timer, step: TraceStep) -> tuple[str, bool]:
    """What a timer with a duration has to wait after a step, and whether the step made that more."""
    if timer.clock is None or step.after is None:
        return "", False
    left = step.after.values[timer.clock]
    return f" ({ticks(left)})", left > step.before.values[timer.clock]


def _after_firing(timer: Timer, before: Value, after: Value) -> str:
    if after == before + 1:
        return f" {before} of {timer.retries}" if isinstance(timer.retries, int) else f" {before} times"
    if after == 0:
        return "" if timer.retries is None else ", stopped"
    return "" if timer.retries == "unlimited" else ", restarted"


def initial_notes(system: System, state: State) -> tuple[str, ...]:
    """The initial values that could have been others, endpoint by endpoint."""
    found: dict[str | None, list[str]] = {}
    rows = list(zip(system.variables, state.values, system.initial.values, strict=True))
    now = {variable.name: value for variable, value, _ in rows}
    chosen = {variable.name for variable, _, alternatives in rows if len(alternatives) > 1}
    for variable, value, _ in rows:
        data = variable.kind in (VariableKind.DATA, VariableKind.GHOST)
        if data and chosen & {variable.name, variable.name + options.PRESENT}:
            shown = options.value(variable.name, value_text(value, variable.sort), now)
            if shown is not None:
                label = variable.label.removesuffix(options.PRESENT)
                found.setdefault(variable.endpoint, []).append(f"{label} = {shown}")
    return tuple(str(Change(endpoint, None, tuple(texts))) for endpoint, texts in found.items())


def place(steps: int) -> str:
    """Where a trace is after so many steps: `after step 3`, `in the initial state`."""
    return f"after step {steps}" if steps else "in the initial state"


def steps_of(first: int, last: int) -> str:
    """`step 4`, `steps 4 and 5`, `steps 4 to 6`."""
    if first == last:
        return f"step {first}"
    return f"steps {first} {'and' if last == first + 1 else 'to'} {last}"


def for_ever(trace: Trace) -> str:
    """How a lasso goes on: `then steps 4 to 6 again, for ever`; of other traces nothing."""
    if trace.loop is None:
        return ""
    if trace.loop == len(trace):
        return "the run stays here for ever"
    return f"then {steps_of(trace.loop + 1, len(trace))} again, for ever"
