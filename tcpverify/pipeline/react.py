"""What an endpoint may do with one event in one state: a step of the reference interpreter, and nothing else.

What is given as text is spec text: a line of a scenario, parsed as one and nothing more. Handlers are
elaborated once for each setting; the state and the segment of a question are a scenario of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Literal, NoReturn, cast

from tcpverify.diagnostics import Code, Collector, Diagnostic, ModelError, did_you_mean
from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import BoolSort, EnumSort, IntSort, Sort, Value
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Action, Channel, Choice, State, System, VariableKind
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import override_values
from tcpverify.lang.parse import parse
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.scene import Scene, scene
from tcpverify.records import record
from tcpverify.render import options
from tcpverify.source import Source
from tcpverify.trace import Trace, TraceStep, extended

MOST_OUTCOMES = 10_000
"""Of more outcomes none is told: a `fresh` value is to be narrowed."""

MOST_KEPT = 100
"""So many kinds of events are kept ready to be asked again."""

NAME = "react()"
"""The name of the scenario that is made: no spec can declare it."""

Plain = bool | int | str
Event = tuple[Literal["receive", "call", "timeout", "exhausted", "step"], str]
_DATA = (VariableKind.DATA, VariableKind.GHOST)


@record
class Setting:
    """Where questions are asked: a network with its parameters and variants, and what `fresh` may pick."""

    network: str
    endpoint: str
    fresh: tuple[tuple[str, str], ...]
    params: tuple[tuple[str, str], ...]
    variants: tuple[str, ...]


@record
class Asked:
    """Where the endpoint is: its state, variables (the others have their first values) and running timers.
    `sender`: whose segment it is, where there are several who may send one."""

    state: str
    variables: Mapping[str, str]
    running: Sequence[str]
    sender: str | None


@record
class Sent:
    """A segment that was sent: to whom, the flags that are set, and its fields (ghosts left out)."""

    to: str
    flags: tuple[str, ...]
    fields: dict[str, Plain]

    def __str__(self) -> str:
        """As a spec writes it."""
        values = ", ".join(
            f"{n} = {str(v).lower() if isinstance(v, bool) else v}" for n, v in self.fields.items()
        )
        return f"{' + '.join(self.flags)} ({values})"


@record
class Reaction:
    """One outcome. `variables`: their values after it, of which `changed` are new; `running`: the timers that
    run then; `signals`: what was notified, in order; `dropped`: the handler said so; `handler`, `cites` and
    `line`: which handler. An `error` (`no_unhandled`, ...) leads to no state; all is then as before."""

    state: str
    variables: dict[str, Plain]
    changed: tuple[str, ...]
    sent: tuple[Sent, ...]
    signals: tuple[str, ...]
    running: tuple[str, ...]
    dropped: bool
    error: str | None
    handler: str | None
    cites: tuple[str, ...]
    line: int | None


class Reactor:
    """A setting with its handlers elaborated, to be asked many questions. Raises ModelError."""

    def __init__(self, spec: Spec, setting: Setting) -> None:
        self._spec, self._setting = spec, setting
        network = spec.program.networks.get(setting.network)
        if network is None:
            _refuse(f"the spec has no network `{setting.network}`", spec.program.networks, setting.network)
        self._network = network
        lines = [f"fresh {setting.endpoint}.{name} in {{ {value} }}" for name, value in setting.fresh]
        self._system = self._scene(spec, [_item(line, s.FreshLimit) for line in lines]).model.system
        endpoints = [e.name for e in self._system.endpoints]
        if setting.endpoint not in endpoints:
            _refuse(f"the network has no endpoint `{setting.endpoint}`", endpoints, setting.endpoint)
        self._bare = _without_handlers(spec)
        self._asked_before: dict[Event, Interpreter] = {}

    def react(self, asked: Asked, event: Event) -> tuple[Reaction, ...]:
        """All that may happen; empty if the event is not possible (a call that is not offered).

        Raises ModelError.
        """
        start = self._start(asked, event)
        kind = event[0]
        same = event if kind != "receive" else (kind, "")
        interpreter = self._asked_before.get(same)
        if interpreter is None:
            if len(self._asked_before) == MOST_KEPT:
                self._asked_before.clear()
            interpreter = self._asked_before[same] = Interpreter(self._only(event))
        system = interpreter.system
        outcomes = list(islice(interpreter.outcomes(start), MOST_OUTCOMES + 1))
        if len(outcomes) > MOST_OUTCOMES:
            hint = 'name the values that `fresh` may pick, as in fresh={"iss": 100}'
            message = f"more than {MOST_OUTCOMES:,} outcomes"
            raise ModelError([Diagnostic(Code.BAD_OPTION, message, hint=hint)])
        here = Trace(system, start, ())
        steps = (extended(interpreter, here, o.step).steps[-1] for o in outcomes)
        return tuple(_reaction(self._setting.endpoint, step, system) for step in steps)

    def _only(self, event: Event) -> System:
        """The system in which nothing happens but this event; a segment is any. Raises ModelError."""
        kind, text = event
        name, arguments = _call(text) if kind == "call" else (text, ())
        actions = [a for a in self._system.actions if a.endpoint == self._setting.endpoint and a.kind == kind]
        if kind != "receive":
            known = {a.subject for a in actions}
            if name not in known:
                _refuse(f"no handler of `{self._setting.endpoint}` takes {kind} `{name}`", known, name)
            actions = [_with_arguments(a, arguments) for a in actions if a.subject == name]
        return replace(self._system, actions=tuple(actions))

    def _scene(self, spec: Spec, items: list[object]) -> Scene:
        """A scenario with these lines, elaborated."""
        network = self._network
        name = s.Identifier(NAME, span=network.name.span)
        lines = cast("tuple[s.Preload | s.Starts | s.FreshLimit | s.Calls | s.Assume, ...]", tuple(items))
        made = s.Scenario(name, network.name, (), None, lines, span=network.span)
        program = replace(spec.program, scenarios={**spec.program.scenarios, NAME: made})
        setting = self._setting
        return scene(replace(spec, program=program), NAME, setting.variants, dict(setting.params))

    def _start(self, asked: Asked, event: Event) -> State:
        """The state that is asked about; nothing is in flight but the segment that is received."""
        me = self._setting.endpoint
        items = [_item(f"{me} starts in {asked.state}", s.Starts)]
        items += [_item(f"{me} starts with {n} = {v}", s.Starts) for n, v in asked.variables.items()]
        if event[0] == "receive":
            sender = asked.sender or _peer(self._network, me)
            items.append(_item(f"preload {sender} -> {me} : {event[1]}", s.Preload))
        system = self._scene(self._bare, items).model.system
        start = next(Interpreter(system).initial())
        return State(_with_timers(self._system, me, start.values, asked.running, event), start.contents)


def _without_handlers(spec: Spec) -> Spec:
    """The spec with the same states and variables, in which nobody does anything: quickly elaborated."""

    def bare(role: s.Role) -> s.Role:
        kept = (i for i in role.items if not isinstance(i, s.InBlock))
        items = (replace(i, handlers=()) if isinstance(i, s.StateBlock) else i for i in kept)
        return replace(role, items=tuple(items))

    program = spec.program
    variants = {
        name: replace(v, changes=tuple(c for c in v.changes if isinstance(c, s.SetParam)))
        for name, v in program.variants.items()
    }
    roles = {name: bare(role) for name, role in program.roles.items()}
    return replace(spec, program=replace(program, roles=roles, variants=variants))


def _item(line: str, kind: type) -> object:
    """One line of a scenario and nothing else. Raises ModelError."""
    head = "scenario one on network_of_it {\n"
    file = parse(Source("react", f"{head}{line}\n}}\n"))
    match file.declarations:
        case (s.Scenario(items=(one,)),) if isinstance(one, kind) and _single(one):
            return one
        case _:
            raise ModelError([Diagnostic(Code.BAD_OPTION, f"`{line}` is not one line of a scenario")])


def _single(item: object) -> bool:
    """Whether a `starts` line says one thing."""
    return not isinstance(item, s.Starts) or (item.state is not None) + len(item.values) == 1


def _peer(network: s.Network, me: str) -> str:
    """The one endpoint with a link to this one. Raises ModelError if there are several."""
    found = []
    for link in network.items:
        if isinstance(link, s.Link):
            left, right = str(link.left), str(link.right)
            found += [left] if right == me else [right] if left == me and link.both_ways else []
    if len(found) != 1:
        message = f"from whom? {len(found)} links of network `{network.name}` lead to `{me}`"
        raise ModelError([Diagnostic(Code.BAD_OPTION, message, hint="name the `sender`")])
    return found[0]


def _call(text: str) -> tuple[str, tuple[str, ...]]:
    """A call's name and its arguments. Raises ModelError."""
    file = parse(Source("react", f"property one : always\n{text}"))
    match file.declarations:
        case (s.Property(body=s.StateProperty("always", s.Name(name))),):
            return name, ()
        case (s.Property(body=s.StateProperty("always", s.Call(function, arguments))),):
            return function.text, tuple(" ".join(a.value.span.text.split()) for a in arguments)
        case _:
            raise ModelError([Diagnostic(Code.BAD_OPTION, f"`{text}` is not a call")])


def _with_arguments(action: Action, arguments: Sequence[str]) -> Action:
    """The action with its first choices, the arguments of the call, fixed. Raises ModelError."""
    if not arguments:
        return action
    collector = Collector()
    choices: list[Choice] = list(action.choices)
    if len(arguments) > len(choices):
        collector.error(Code.BAD_OPTION, f"call `{action.subject}` has fewer than {len(arguments)} arguments")
    for i, text in enumerate(arguments[: len(choices)]):
        values = override_values(choices[i].label, text, choices[i].sort, collector)
        choices[i] = replace(choices[i], values=tuple(values))
    collector.finish()
    return replace(action, choices=tuple(choices))


def _with_timers(
    system: System, me: str, values: Sequence[Value], running: Sequence[str], event: Event
) -> tuple[Value, ...]:
    """The values of a state with timers running: all retries of a timer are left, unless it is to be
    exhausted; the one that fires has waited to the end, the others have as long to wait as they may."""
    after = list(values)
    timers = {t.label: t for t in system.timers if t.endpoint == me}
    fired = event[1] if event[0] in ("timeout", "exhausted") else None
    for name in dict.fromkeys([*running, *([fired] if fired else [])]):
        timer = timers.get(name)
        if timer is None:
            _refuse(f"`{me}` has no timer `{name}`", timers, name)
        last = 1 + (timer.retries if isinstance(timer.retries, int) else 0)
        after[timer.variable] = last if event == ("exhausted", name) else 1
        if timer.clock is not None and name != fired:
            sort = system.variables[timer.clock].sort
            after[timer.clock] = sort.hi if isinstance(sort, IntSort) else 0
    return tuple(after)


def _refuse(message: str, known: Iterable[str], name: str) -> NoReturn:
    raise ModelError([Diagnostic(Code.BAD_OPTION, message, hint=did_you_mean(name, known))])


# --- What happens --------------------------------------------------------------------------------------


def _reaction(endpoint: str, step: TraceStep, system: System) -> Reaction:
    """One step, as its endpoint sees it."""
    after = step.after or step.before
    now = {v.name: x for v, x in zip(system.variables, after.values, strict=True)}
    values: dict[str, Plain] = {}
    changed: list[str] = []
    running = []
    for v, before, value in zip(system.variables, step.before.values, after.values, strict=True):
        if v.endpoint != endpoint:
            continue
        if v.kind is VariableKind.TIMER and value:
            running.append(v.label)
        elif v.kind in _DATA:
            name = v.label.removesuffix(options.PRESENT)
            if (shown := options.value(v.name, "", now)) is not None:
                values[name] = shown or plain(value, v.sort)
            if before != value:
                changed.append(name)
    control = system.variables[system.endpoint(endpoint).control]
    return Reaction(
        state=str(plain(now[control.name], control.sort)),
        variables=values,
        changed=tuple(dict.fromkeys(changed)),
        sent=tuple(_sent(system, c, m) for c, m, _ in step.sent),
        signals=tuple(x.name for x in step.signals if x.word == "notify"),
        running=tuple(running),
        dropped=any(x.word == "drop" for x in step.signals),
        error=None if step.error is None else step.error.error.value,
        handler=None if step.action.span is None else step.action.name,
        cites=step.action.cites,
        line=None if step.action.span is None else step.action.span.line,
    )


def _sent(system: System, channel: Channel, message: Message) -> Sent:
    kind = system.messages[message[0]]
    values = list(zip(kind.fields, message[1:], strict=False))
    shown = dict(options.fields({f.name: v for f, v in values if not f.ghost and not f.flag}))
    flags = tuple(f.name for f, v in values if f.flag and v)
    fields = {f.name: plain(v, f.sort) for f, v in values if shown.get(f.name, "") is None}
    fields.update((name, text) for name, text in shown.items() if text is not None)
    return Sent(channel.target, flags or (kind.name,), fields)


def plain(value: int, sort: Sort) -> Plain:
    """A value of a spec as one of Python."""
    match sort:
        case BoolSort():
            return bool(value)
        case EnumSort(_, enumerators):
            return enumerators[value]
        case _:
            return value
