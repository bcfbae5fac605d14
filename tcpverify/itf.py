"""Traces as ITF JSON, Apalache's Informal Trace Format, and back into schedules that are replayed.

https://apalache-mc.org/docs/adr/015adr-trace.html: `vars`, `states`, numbers beyond 2^53 as `#bigint`.
Of a lasso `loop` is the number of the state that follows the last one; the last step leads there, so that
no state is written twice (a run that stays in its last state loops to that). What the format has no word
for stands in `#meta` under `tcpverify`: whose trace it is, and its schedule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, NoReturn

from tcpverify import __version__
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import CORRUPT_KIND, BoolSort, EnumSort, Sort, Value, bounds
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.show import digest
from tcpverify.ir.system import Schedule, State, Step, System
from tcpverify.records import record
from tcpverify.trace import NotARun, Trace, replay

MAX_CHARACTERS = 64 << 20
"""A trace file larger than this is not read."""

_EXACT = 1 << 53
_PAGE = "https://apalache-mc.org/docs/adr/015adr-trace.html"

Json = dict[str, Any]


@record
class Origin:
    """Whose trace it is: the spec's name and digest, the instance, and the property that it decides."""

    file: str
    file_digest: str
    scenario: str
    params: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[str, ...] = ()
    adversaries: tuple[str, ...] = ()
    prop: str | None = None


@record
class Recorded:
    """A trace file that was read, not yet replayed: `initial` are the values of the first state,
    `states` its states as JSON, `loop` the number of the one that follows the last."""

    origin: Origin
    version: str
    system_digest: str
    initial: tuple[Value, ...]
    steps: tuple[tuple[str, Step], ...]
    states: tuple[Json, ...]
    loop: int | None = None


# --- Writing -----------------------------------------------------------------------------------------


def itf_text(trace: Trace, origin: Origin, system_digest: str | None = None) -> str:
    """A trace as the text of an ITF file; `system_digest` is that of its system, if it is known."""
    document = itf_document(trace, origin, system_digest)
    return json.dumps(_encodable(document), indent=1, ensure_ascii=True) + "\n"


def itf_document(trace: Trace, origin: Origin, system_digest: str | None = None) -> Json:
    """A trace as ITF JSON; of a step that errs there is no state."""
    system = trace.system
    last = trace.steps[-1] if trace.steps else None
    error = None if last is None else last.error
    steps = [
        {
            "action": step.action.name,
            "index": step.step.action,
            "position": step.step.position,
            "choices": [_number(v) for v in step.step.choices],
        }
        for step in trace.steps
    ]
    return {
        "#meta": {
            "format": "ITF",
            "format-description": _PAGE,
            "description": f"scenario {origin.scenario} of {origin.file}",
            "tcpverify": {
                "version": __version__,
                "file": origin.file,
                "file_digest": origin.file_digest,
                "system_digest": system_digest or digest(system),
                "scenario": origin.scenario,
                "params": dict(origin.params),
                "variants": list(origin.variants),
                "adversaries": list(origin.adversaries),
                "property": origin.prop,
                "error": None if error is None else str(error.error),
                "schedule": {"initial": [_number(v) for v in trace.initial.values], "steps": steps},
            },
        },
        "vars": [*(v.name for v in system.variables), *(c.name for c in system.channels)],
        "states": [{"#meta": {"index": i}, **state} for i, state in enumerate(_states(trace))],
        **({} if trace.loop is None else {"loop": trace.loop}),
    }


def _states(trace: Trace) -> list[Json]:
    """The states of a trace; the last of a loop, which is its first, is left out."""
    repeated = trace.loop is not None and trace.loop < len(trace)
    return [state_record(trace.system, s) for s in (trace.states[:-1] if repeated else trace.states)]


def state_record(system: System, state: State) -> Json:
    """A state by the names of its variables and channels."""
    values = {v.name: _value(x, v.sort) for v, x in zip(system.variables, state.values, strict=True)}
    flying = {
        c.name: [_segment(system, m) for m in segments]
        for c, segments in zip(system.channels, state.contents, strict=True)
    }
    return {**values, **flying}


def _segment(system: System, message: Message) -> Json:
    life = {"life": _number(message[-1])} if system.segments_age else {}
    if message[0] == CORRUPT_KIND:
        return {"message": "corrupt", "fields": {}, **life}
    kind = system.messages[message[0]]
    values = {f.name: _value(x, f.sort) for f, x in zip(kind.fields, message[1:], strict=False)}
    return {"message": kind.name, "fields": values, **life}


def _value(value: Value, sort: Sort) -> Any:
    lo, hi = bounds(sort)
    match sort:
        case BoolSort():
            return bool(value)
        case EnumSort(_, enumerators) if lo <= value <= hi:
            return enumerators[value]
        case _:
            return _number(value)


def _number(value: Value) -> Any:
    return int(value) if -_EXACT <= value <= _EXACT else {"#bigint": str(value)}


def _encodable(value: Any) -> Any:
    """The value with bytes of file names that are no Unicode written out."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {_encodable(k): _encodable(v) for k, v in value.items()}
        case list():
            return [_encodable(v) for v in value]
        case _:
            return value


# --- Reading -----------------------------------------------------------------------------------------


def read_itf(text: str, name: str) -> Recorded:
    """What an ITF file of ours says, of whatever text. Raises ModelError (TV604) if it says nothing."""
    if len(text) > MAX_CHARACTERS:
        _bad(name, f"it is larger than {MAX_CHARACTERS >> 20} MiB")
    try:
        document = json.loads(text)
    except RecursionError:
        _bad(name, "it is nested too deeply")
    except ValueError as problem:
        _bad(name, f"it is not JSON: {problem}")
    reader = _Reader(name)
    meta = reader.member(reader.member(document, "#meta", dict), "tcpverify", dict)
    schedule = reader.member(meta, "schedule", dict)
    states = reader.member(document, "states", list)
    origin = Origin(
        file=reader.member(meta, "file", str),
        file_digest=reader.member(meta, "file_digest", str),
        scenario=reader.member(meta, "scenario", str),
        params={k: reader.of(v, str, k) for k, v in reader.member(meta, "params", dict).items()},
        variants=reader.names(meta, "variants"),
        adversaries=reader.names(meta, "adversaries"),
        prop=reader.of(meta.get("property"), str | None, "property"),
    )
    return Recorded(
        origin=origin,
        version=reader.member(meta, "version", str),
        system_digest=reader.member(meta, "system_digest", str),
        initial=reader.numbers(schedule, "initial"),
        steps=tuple(reader.step(s) for s in reader.member(schedule, "steps", list)),
        states=tuple(reader.of(s, dict, "states") for s in states),
        loop=None if document.get("loop") is None else reader.member(document, "loop", int),
    )


@record
class _Reader:
    """Takes JSON apart; anything of another type than expected is refused."""

    name: str

    def of(self, value: Any, kind: Any, what: str) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            _bad(self.name, f"`{what[:40]}` is not what it should be")
        return value

    def member(self, node: Any, key: str, kind: Any) -> Any:
        if not isinstance(node, dict) or key not in node:
            _bad(self.name, f"there is no `{key}` where it should be")
        return self.of(node[key], kind, key)

    def names(self, node: Any, key: str) -> tuple[str, ...]:
        return tuple(self.of(v, str, key) for v in self.member(node, key, list))

    def numbers(self, node: Any, key: str) -> tuple[Value, ...]:
        return tuple(self.number(v, key) for v in self.member(node, key, list))

    def number(self, value: Any, what: str) -> Value:
        if isinstance(value, dict) and set(value) == {"#bigint"}:
            text = self.of(value["#bigint"], str, what)
            digits = text.removeprefix("-")
            if not (digits.isascii() and digits.isdigit() and len(digits) <= 100):
                _bad(self.name, f"`{what}` holds a `#bigint` that is no number")
            return int(text)
        return int(self.of(value, int, what))

    def step(self, node: Any) -> tuple[str, Step]:
        position = self.of(self.of(node, dict, "steps").get("position"), int | None, "position")
        index = self.member(node, "index", int)
        return self.member(node, "action", str), Step(index, position, self.numbers(node, "choices"))


def _bad(name: str, why: str) -> NoReturn:
    raise ModelError([Diagnostic(Code.BAD_TRACE, f"`{name}` is no trace of tcpverify: {why}")])


# --- Replaying ---------------------------------------------------------------------------------------


def restored(recorded: Recorded, interpreter: Interpreter, name: str) -> Trace:
    """The trace of a file, replayed by the interpreter and compared state by state.

    Raises ModelError (TV605) if the file is about another system or its states are not those replayed.
    """
    system = interpreter.system
    if recorded.system_digest != digest(system):
        hint = "the spec has changed since; verify it again with --itf"
        _refused(name, "it was made of another system", hint)
    try:
        trace = replay(interpreter, _schedule(recorded, system, name))
    except NotARun as problem:
        _refused(name, str(problem))
    shown = _states(trace)
    told = [{k: v for k, v in state.items() if k != "#meta"} for state in recorded.states]
    if len(shown) != len(told):
        _refused(name, f"it has {len(told)} states, the replay {len(shown)}")
    for i, (ours, theirs) in enumerate(zip(shown, told, strict=True)):
        if not _same(ours, theirs):
            _refused(name, f"its state {i} is not the one that the replay comes to")
    return trace


def _same(ours: Any, theirs: Any) -> bool:
    """Equality of JSON, in which `true` is not 1."""
    if type(ours) is not type(theirs):
        return False
    match ours:
        case dict():
            return ours.keys() == theirs.keys() and all(_same(v, theirs[k]) for k, v in ours.items())
        case list():
            return len(ours) == len(theirs) and all(map(_same, ours, theirs))
        case _:
            return bool(ours == theirs)


def _schedule(recorded: Recorded, system: System, name: str) -> Schedule:
    if len(recorded.initial) != len(system.variables):
        _refused(name, "its first state has other variables")
    steps: list[Step] = []
    for number, (action, step) in enumerate(recorded.steps, 1):
        fits = 0 <= step.action < len(system.actions) and system.actions[step.action].name == action
        if not fits:
            _refused(name, f"step {number} is an action that the spec does not have")
        choices = system.actions[step.action].choices
        steps.append(step._replace(choices=_typed(step.choices, [c.sort for c in choices])))
    if recorded.loop is not None and not 0 <= recorded.loop <= len(steps):
        _refused(name, f"its loop begins at state {recorded.loop}, which it does not have")
    values = _typed(recorded.initial, [v.sort for v in system.variables])
    return Schedule(State(values, system.initial.contents), tuple(steps), recorded.loop)


def _typed(values: Sequence[Value], sorts: Sequence[Sort]) -> tuple[Value, ...]:
    """Values as the interpreter has them: Booleans as Booleans."""
    typed = [bool(v) if isinstance(s, BoolSort) else v for v, s in zip(values, sorts, strict=False)]
    return (*typed, *values[len(typed) :])


def _refused(name: str, why: str, hint: str | None = None) -> NoReturn:
    problem = Diagnostic(Code.TRACE_REFUSED, f"`{name}` does not fit the spec: {why}", hint=hint)
    raise ModelError([problem])
