"""Two versions of a role held against each other: read, made open machines, fed the same inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from tcpverify.analysis.alphabet import Alphabet
from tcpverify.analysis.differences import Apart, Question, compare
from tcpverify.analysis.openmachine import FEW, NotOpen, OpenMachine
from tcpverify.diagnostics import Code, Collector, Diagnostic, ModelError, did_you_mean
from tcpverify.ir.expr import Sort, Value, cardinality, show_value
from tcpverify.ir.system import ActionKind
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.constants import value_from_text
from tcpverify.lang.resolve import Program
from tcpverify.limits import Limits
from tcpverify.pipeline.load import load, load_with
from tcpverify.pipeline.scene import Scene, scene
from tcpverify.records import record

MOST_VALUES = 1000
"""The most values of a field that can be asked for as a range."""

ALONE = """
role Peer_ {{ state PEER initial {{ on receive any ignore }} }}
network alone_ {{ endpoint A : {role}  endpoint peer : Peer_  link A <-> peer {{ capacity 100 }} }}
scenario alone_ on alone_ {{ }}
"""
"""Where a role stands that is taken without a scenario: beside a peer that says nothing of itself."""


@record
class Side:
    """One version: a role of a file, or an endpoint of a scenario of it; which variants and parameters."""

    path: Path
    role: str | None
    scenario: str | None
    endpoint: str | None
    variants: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)


@record
class Wish:
    """How two versions are compared. `alias` maps names of OLD to those of NEW; `values` gives fields as
    texts (`0..3`, or values with commas); `ignored`: fields and signals that are not compared; `named`:
    states by their names too; `depth`: the most inputs of a run."""

    alias: Mapping[str, str]
    values: Mapping[str, str]
    ignored: tuple[str, ...]
    named: bool
    depth: int
    limits: Limits


def apart(old: Side, new: Side, wish: Wish) -> Apart:
    """Compare two versions of a role. Raises ModelError."""
    back = {n: o for o, n in wish.alias.items()}
    role, scenario, endpoint = (
        name and back.get(name, name) for name in (old.role, old.scenario, old.endpoint)
    )
    before = Side(old.path, role, scenario, endpoint, old.variants, old.params)
    scenes = _scene(before), _scene(new)
    one = _machine(scenes[0], endpoint, wish.alias)
    other = _machine(scenes[1], new.endpoint, {})
    own = _names(_machine(scenes[0], endpoint, {})) | {*filter(None, (role, scenario, endpoint))}
    _known(wish.alias, "OLD has no name", own)
    known = _names(one) | _names(other)
    _known(wish.ignored, "there is no field or signal", known)
    values = _values(one, other, wish.values)
    alphabet = Alphabet(one, other, values)
    events = one.events() & other.events()
    ticks = {(ActionKind.TICK, "")}
    silent = bool(one.signals()) != bool(other.signals())
    question = Question(wish.named, frozenset(wish.ignored), frozenset(events | ticks), wish.depth, silent)
    found = compare(one, other, values, question, wish.limits.deadline())
    return Apart(
        (one, other),
        found,
        (_only(one, other), _only(other, one)),
        (_left_out(one, alphabet), _left_out(other, alphabet)),
        tuple(_fed(alphabet, values)),
        tuple(dict.fromkeys((*one.narrowed, *other.narrowed))),
        silent,
    )


# --- Machines ----------------------------------------------------------------------------------------


def _scene(side: Side) -> Scene:
    if side.scenario is not None:
        spec = load(side.path)
        return scene(spec, side.scenario, side.variants, _own(spec.program, side.params))
    spec = load(side.path)
    if side.role not in spec.program.roles:
        hint = did_you_mean(side.role or "", spec.program.roles)
        message = f"`{side.path}` has no role `{side.role}`"
        raise ModelError([Diagnostic(Code.BAD_OPTION, message, hint=hint)])
    spec = load_with(side.path, ALONE.format(role=side.role), "<the role alone>")
    return scene(spec, "alone_", side.variants, _own(spec.program, side.params))


def _own(program: Program, params: Mapping[str, str]) -> dict[str, str]:
    """The parameters that a spec has: what is given is for either side."""
    return {name: value for name, value in params.items() if name in program.params}


def _machine(found: Scene, endpoint: str | None, names: Mapping[str, str]) -> OpenMachine:
    system = found.model.system
    endpoint = "A" if found.request.scenario == "alone_" else endpoint
    known = [e.name for e in system.endpoints]
    if endpoint not in known:
        what = "no endpoint is named" if endpoint is None else f"there is no endpoint `{endpoint}`"
        message = f"{what} of scenario `{found.request.scenario}`"
        hint = did_you_mean(endpoint or "", known) or f"name one of {', '.join(known)} with --endpoint"
        raise ModelError([Diagnostic(Code.BAD_OPTION, message, hint=hint)])
    role = found.spec.program.roles[system.endpoint(endpoint).role]
    calls = [i for i in role.items if isinstance(i, s.CallDecl)]
    parameters = {c.name.text: [p.name.text for p in c.parameters] for c in calls}
    try:
        return OpenMachine(system, endpoint, parameters, names)
    except NotOpen as problem:
        raise ModelError(
            [Diagnostic(Code.BAD_OPTION, str(problem), hint="compare roles with --role")]
        ) from None


def _names(machine: OpenMachine) -> set[str]:
    """Every name that an alias may map: of states, events, kinds, fields and signals."""
    found = {subject for _, subject in machine.events()} | machine.signals() | set(machine.kinds)
    found |= {f for kind in machine.kinds for f in machine.fields(kind)}
    return found | {machine.named(state) for state in machine.endpoint.states}


def _known(wanted: Iterable[str], what: str, known: set[str]) -> None:
    problems = [
        Diagnostic(Code.BAD_OPTION, f"{what} `{name}`", hint=did_you_mean(name, sorted(known)))
        for name in wanted
        if name not in known
    ]
    if problems:
        raise ModelError(problems)


# --- What is fed -------------------------------------------------------------------------------------


def _values(old: OpenMachine, new: OpenMachine, given: Mapping[str, str]) -> dict[str, tuple[Value, ...]]:
    """The values that were given of fields. Raises ModelError."""
    sorts: dict[str, list[Sort]] = {}
    for machine in (new, old):
        for kind in machine.kinds:
            for name, sort in machine.fields(kind).items():
                sorts.setdefault(name, []).append(sort)
    _known(given, "there is no field", set(sorts))
    collector, found = Collector(), dict[str, tuple[Value, ...]]()
    for name, text in given.items():
        for sort in sorts[name]:
            values = [_value_range(part.strip(), sort) for part in text.split(",")]
            if not all(values):
                message = f"`{text}` are no values of field `{name}`"
                collector.error(Code.BAD_OPTION, message, hint=f"its type is {sort}")
            found[name] = tuple(sorted({v for part in values for v in part}))
    collector.finish()
    return found


def _value_range(text: str, sort: Sort) -> range:
    """The values of `VALUE` or `LO..HI`; none if the text is neither."""
    low, dots, high = text.partition("..")
    lo = value_from_text(low, sort)
    hi = value_from_text(high, sort) if dots else lo
    fits = lo is not None and hi is not None and hi - lo < MOST_VALUES
    return range(lo, hi + 1) if fits and lo is not None and hi is not None else range(0)


def _fed(alphabet: Alphabet, values: Mapping[str, Sequence[Value]]) -> Iterable[str]:
    """What segments are fed, in words: a line a kind."""
    for kind in alphabet.kinds:
        told = []
        for name in alphabet.fields(kind):
            machine = alphabet.new if name in alphabet.new.fields(kind) else alphabet.old
            sort = machine.fields(kind)[name]
            flag = any(name in m.flags(kind) for m in (alphabet.old, alphabet.new) if name in m.fields(kind))
            if name in values:
                told.append(f"{name} in {', '.join(show_value(v, sort) for v in values[name])}")
            elif cardinality(sort) > FEW:
                told.append(f"{name} a number that either side holds, or one beside it")
            elif not flag:
                told.append(f"any {name}")
        yield f"{kind} with any flags" + "".join(f"; {text}" for text in told)


def _left_out(machine: OpenMachine, alphabet: Alphabet) -> tuple[str, ...]:
    """Fields of kinds that both machines have, which this one alone has."""
    alone = (set(machine.fields(k)) - alphabet.shared(k) for k in alphabet.kinds)
    return tuple(sorted(set().union(*alone)))


def _only(own: OpenMachine, other: OpenMachine) -> tuple[str, ...]:
    """Events and kinds that one machine has and the other has not."""
    events = sorted(f"{kind.value} {name}" for kind, name in own.events() - other.events())
    return (*(f"segment {kind}" for kind in own.kinds if kind not in other.kinds), *events)


__all__ = ["Apart", "Side", "Wish", "apart"]
