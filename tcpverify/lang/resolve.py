"""Names of a whole program: what every file declares, and whether what is named exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from tcpverify.diagnostics import Code, Collector, Note, did_you_mean
from tcpverify.ir.expr import EnumSort
from tcpverify.lang import syntax as s
from tcpverify.lang.cycles import report_cycles
from tcpverify.lang.support import report_unsupported
from tcpverify.lang.walk import walk
from tcpverify.records import record
from tcpverify.source import Source

AUTOMATIC = ("no_unhandled", "no_overflow", "no_range_error", "no_failed_assert", "no_timelock")
"""The properties that are checked without being asked for."""

NO_DEADLOCK = "no_deadlock"

MAX_HINTS = 100
"""After this many mistakes no name is looked for that may have been meant."""

T = TypeVar("T")


@record
class Program:
    """The declarations of a file and of all it imports, by kind and name; `checks` are the
    file's own. `enumerators` gives the enumerations that have an enumerator of a name."""

    main: s.File
    params: Mapping[str, s.Param]
    consts: Mapping[str, s.Const]
    defs: Mapping[str, s.Def]
    types: Mapping[str, s.TypeDecl]
    records: Mapping[str, s.Record]
    messages: Mapping[str, s.Message]
    roles: Mapping[str, s.Role]
    variants: Mapping[str, s.Variant]
    networks: Mapping[str, s.Network]
    properties: Mapping[str, s.Property]
    scenarios: Mapping[str, s.Scenario]
    monitors: Mapping[str, s.Monitor]
    adversaries: Mapping[str, s.Adversary]
    checks: Mapping[str, s.Check]
    enumerators: Mapping[str, tuple[EnumSort, ...]]
    tick: s.Tick | None = None

    def declarations(self) -> Iterator[s.Declaration]:
        """All declarations but the checks, in an order that depends on nothing else."""
        tables: tuple[Mapping[str, s.Declaration], ...] = (
            self.params, self.consts, self.defs, self.types, self.records, self.messages, self.roles,
            self.variants, self.networks, self.properties, self.scenarios, self.monitors, self.adversaries,
        )  # fmt: skip
        for table in tables:
            yield from table.values()
        if self.tick is not None:
            yield self.tick

    def sources(self) -> Iterator[Source]:
        """The text of the file, then of each declaration but the checks; mostly the same ones again."""
        yield self.main.span.source
        yield from (declared.span.source for declared in self.declarations())


def resolve(files: Sequence[s.File]) -> tuple[Program, Collector]:
    """The program of a file (the first) and its imports, and the warnings so far.

    Raises ModelError with every name declared twice and every name of a scenario, network,
    variant, property or parameter that does not exist.
    """
    collector = Collector()
    for file in files:
        report_unsupported(file, collector)
    everything = [d for file in files for d in _flat(file.declarations)]
    values = [d for d in everything if isinstance(d, s.Param | s.Const | s.Def)]
    _distinct("parameter, constant or def", values, collector)
    kinds = [d for d in everything if isinstance(d, s.TypeDecl | s.Record)]
    _distinct("type", kinds, collector)
    program = Program(
        main=files[0],
        params={d.name.text: d for d in values if isinstance(d, s.Param)},
        consts={d.name.text: d for d in values if isinstance(d, s.Const)},
        defs={d.name.text: d for d in values if isinstance(d, s.Def)},
        types={d.name.text: d for d in kinds if isinstance(d, s.TypeDecl)},
        records={d.name.text: d for d in kinds if isinstance(d, s.Record)},
        messages=_named("message", s.Message, everything, collector),
        roles=_named("role", s.Role, everything, collector),
        variants=_named("variant", s.Variant, everything, collector),
        networks=_named("network", s.Network, everything, collector),
        properties=_named("property", s.Property, everything, collector),
        scenarios=_named("scenario", s.Scenario, everything, collector),
        monitors=_named("monitor", s.Monitor, everything, collector),
        adversaries=_named("adversary", s.Adversary, everything, collector),
        checks=_named("check", s.Check, _flat(files[0].declarations), collector),
        enumerators=_enumerators(everything, collector),
        tick=_tick(everything, collector),
    )
    _check_roles(program, collector)
    _check_parameters(everything, collector)
    _check_references(program, collector)
    _check_later(program, collector)
    definitions = [d for d in everything if isinstance(d, s.TypeDecl | s.Record | s.Def)]
    report_cycles(definitions, program.roles.values(), collector)
    collector.finish()
    return program, collector


def _tick(everything: Iterable[object], collector: Collector) -> s.Tick | None:
    """How long a tick is; it is said once."""
    found = [d for d in everything if isinstance(d, s.Tick)]
    for second in found[1:]:
        note = Note("said here first", found[0].span)
        collector.error(Code.DUPLICATE_NAME, "the length of a tick is said twice", second.span, note)
    return found[0] if found else None


def unknown(kind: str, name: s.Identifier, known: Iterable[str], collector: Collector) -> None:
    """Report a name that does not exist, with the closest one that does."""
    known = list(known)
    hint = did_you_mean(name.text, known) if len(collector.diagnostics) < MAX_HINTS else None
    if hint is None:
        hint = f"known: {', '.join(sorted(known)[:8])}" if known else f"no {kind} is declared"
    collector.error(Code.UNKNOWN_NAME, f"unknown {kind} `{name.text}`", name.span, hint=hint)


def distinct(kind: str, names: Iterable[s.Identifier], collector: Collector) -> None:
    """Report every name that occurs a second time."""
    first: dict[str, s.Identifier] = {}
    for name in names:
        earlier = first.setdefault(name.text, name)
        if earlier is not name:
            note = Note("declared here first", earlier.span)
            collector.error(Code.DUPLICATE_NAME, f"{kind} `{name.text}` is declared twice", name.span, note)


def _flat(declarations: Iterable[object]) -> list[object]:
    """Declarations with those inside protocols; a protocol is a heading, not a scope."""
    result: list[object] = []
    for d in declarations:
        result.extend(d.items if isinstance(d, s.Protocol) else (d,))
    return result


def _distinct(kind: str, declarations: Sequence[s.Param | s.Const | s.Def | s.TypeDecl | s.Record],
              collector: Collector) -> None:  # fmt: skip
    distinct(kind, (d.name for d in declarations), collector)


def _named(kind: str, of: type[T], everything: Iterable[object], collector: Collector) -> dict[str, T]:
    found: list[tuple[s.Identifier, T]] = []
    for d in everything:
        if isinstance(d, of):
            name = getattr(d, "name")  # noqa: B009  (every declaration has one; T does not say so)
            found.append((name, d))
    distinct(kind, (name for name, _ in found), collector)
    table: dict[str, T] = {}
    for name, d in found:
        table.setdefault(name.text, d)
    return table


def _enumerators(everything: Iterable[object], collector: Collector) -> dict[str, tuple[EnumSort, ...]]:
    table: dict[str, dict[EnumSort, None]] = {}
    for declaration in everything:
        named = {id(declaration.type): declaration.name.text} if isinstance(declaration, s.TypeDecl) else {}
        for node in walk(declaration):
            if isinstance(node, s.EnumType):
                distinct("enumerator", node.enumerators, collector)
                sort = EnumSort(named.get(id(node), ""), tuple(e.text for e in node.enumerators))
                for e in node.enumerators:
                    table.setdefault(e.text, {})[sort] = None
    return {name: tuple(sorts) for name, sorts in table.items()}


def _check_roles(program: Program, collector: Collector) -> None:
    for role in program.roles.values():
        items = role.items
        variables = [n for i in items if isinstance(i, s.VarDecl | s.TimerDecl) for n in i.names]
        variables += [i.name for i in items if isinstance(i, s.Def)]
        distinct("variable, timer or def", variables, collector)
        distinct("call or step", (i.name for i in items if isinstance(i, s.CallDecl | s.StepDecl)), collector)
        distinct("procedure", (i.name for i in items if isinstance(i, s.Procedure)), collector)
        blocks = [i for i in items if isinstance(i, s.StateBlock)]
        distinct("state", (b.name for b in blocks), collector)
        _check_initial(role, blocks, collector)
    for message in program.messages.values():
        distinct("field", message_field_names(message), collector)
    for shape in program.records.values():
        distinct("field", (n for f in shape.fields for n in f.names), collector)
    for network in program.networks.values():
        names = [i.name for i in network.items if isinstance(i, s.EndpointDecl)]
        distinct("endpoint", names, collector)


def message_field_names(message: s.Message) -> list[s.Identifier]:
    """The names of a message's fields; flags count as fields, their `flags` field does not."""
    names: list[s.Identifier] = []
    for f in message.fields:
        names.extend(f.type.flags if isinstance(f.type, s.FlagsType) else f.names)
    return names


def _check_parameters(everything: Iterable[object], collector: Collector) -> None:
    """Two parameters of one name, and a record whose values would be written like calls of a def."""
    for declaration in everything:
        for node in walk(declaration):
            match node:
                case s.Def(parameters=parameters) | s.Procedure(parameters=parameters):
                    distinct("parameter", (p.name for p in parameters), collector)
                case s.CallDecl(parameters=parameters):
                    distinct("parameter", (p.name for p in parameters), collector)
                case s.OnCall(arguments=arguments):
                    distinct("parameter", arguments, collector)
                case _:
                    pass
    distinct("def or record", (d.name for d in everything if isinstance(d, s.Def | s.Record)), collector)


def _check_later(program: Program, collector: Collector) -> None:
    """Names of adversaries and monitors, and those in constructs that have no meaning yet."""
    adversaries, monitors = program.adversaries, program.monitors
    for monitor in monitors.values():
        distinct("state", (state.name for state in monitor.states), collector)
    rows: list[tuple[str, s.Identifier, Iterable[str]]] = []
    for check in program.checks.values():
        for item in check.items:
            match item:
                case s.Run(withs=withs):
                    rows += [("adversary", w.name, adversaries) for w in withs if w.kind == "adversary"]
                case s.FindLeast() | s.FindCondition() | s.FindWeakest():
                    rows.append(("property", item.property, {*program.properties, *AUTOMATIC, NO_DEADLOCK}))
                case _:
                    pass
    for prop in program.properties.values():
        match prop.body:
            case s.MonitorNever(monitor=name):
                rows.append(("monitor", name, monitors))
            case s.Refines(network=name):
                rows.append(("network", name, program.networks))
            case _:
                pass
    for kind, name, known in rows:
        if name.text not in known:
            unknown(kind, name, known, collector)


def _check_initial(role: s.Role, blocks: list[s.StateBlock], collector: Collector) -> None:
    marked = [b for b in blocks if b.initial]
    if not marked:
        hint = (
            f"write `state {blocks[0].name.text} initial`" if blocks else "declare one: `state S initial { }`"
        )
        message = f"role `{role.name.text}` has no initial state"
        collector.error(Code.NO_INITIAL_STATE, message, role.name.span, hint=hint)
    for extra in marked[1:]:
        note = Note("the first one", marked[0].name.span)
        message = f"role `{role.name.text}` has a second initial state, `{extra.name.text}`"
        collector.error(Code.NO_INITIAL_STATE, message, extra.name.span, note)


def _check_references(program: Program, collector: Collector) -> None:
    def known(kind: str, name: s.Identifier, table: Mapping[str, object]) -> None:
        if name.text not in table:
            unknown(kind, name, table, collector)

    for network in program.networks.values():
        for item in network.items:
            if isinstance(item, s.EndpointDecl):
                known("role", item.role, program.roles)
    for scenario in program.scenarios.values():
        known("network", scenario.network, program.networks)
    for variant in program.variants.values():
        for change in variant.changes:
            if isinstance(change, s.SetParam):
                known("parameter", change.name, program.params)
    properties = {**program.properties, **dict.fromkeys((*AUTOMATIC, NO_DEADLOCK))}
    for check in program.checks.values():
        for node in check.items:
            match node:
                case s.Sweep(param=param) | s.FindLeast(param=param):
                    known("parameter", param, program.params)
                case s.Run(scenario=name, withs=withs):
                    known("scenario", name, program.scenarios)
                    for w in withs:
                        if w.kind == "param":
                            known("parameter", w.name, program.params)
                        elif w.kind == "variant":
                            known("variant", w.name, program.variants)
                case s.Expect(properties=names):
                    for name in names:
                        known("property", name, properties)
                case _:
                    pass
