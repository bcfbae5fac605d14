"""A system as TLA+, for TLC and Apalache.

Lamport: Specifying Systems, 2002. A channel is a sequence of segments, oldest first; a bag is kept
sorted, so that equal bags are equal sequences. Positions count from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field

from tcpverify.export import tla_segments as segments
from tcpverify.export.comments import comment, origin, plain
from tcpverify.export.expressions import TLA, Counted, Reads, Writer, integer
from tcpverify.export.flatten import REMOVING, Rule, choice_values, possible, rules
from tcpverify.export.heading import About, heading, told
from tcpverify.export.names import TLA_WORDS
from tcpverify.export.reading import field_reads
from tcpverify.export.segments import Layout, layout
from tcpverify.export.vocabulary import Vocabulary, vocabulary
from tcpverify.ir.expr import CORRUPT_KIND, BoolSort, Const, Expr, Op, Scope, Sort, Var, bounds, is_true
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import ActionKind, Channel, Choice, Order, Property, PropertyKind, Send, System
from tcpverify.records import record

OWN_WORDS = ("position", "taken", "each", *segments.OPERATORS)


def text(about: About, system: System, properties: Sequence[Property]) -> str:
    """The TLA+ module of a system with properties of it."""
    flat = rules(system)
    reserved = (*TLA_WORDS, *OWN_WORDS)
    words = vocabulary(system, flat, properties, reserved)
    names = {id(r): words.names.free("Step", r.action.name) for r in flat}
    module = _Module(system, flat, tuple(properties), words, layout(system, reserved), names)
    title = words.names.free(plain(about.scenario))
    lines = [f"---- MODULE {title} ----", *_head(module, about, title)]
    body = [*_initial(module), *_steps(module), *_next(module), *_properties(module), "===="]
    lines += ["EXTENDS Integers, Sequences, FiniteSets", *_declarations(module, body), *body]
    return "\n".join(lines) + "\n"


@record
class _Module:
    """What is written. `steps`: the operator of each rule, by the rule's identity; `chosen`: the names
    of choices."""

    system: System
    rules: tuple[Rule, ...]
    properties: tuple[Property, ...]
    words: Vocabulary
    layout: Layout
    steps: dict[int, str]
    chosen: dict[str, str] = field(default_factory=dict)

    def choice(self, choice: Choice) -> str:
        """The name of a choice."""
        if choice.name not in self.chosen:
            self.chosen[choice.name] = self.words.names.free("pick", choice.name)
        return self.chosen[choice.name]

    def writer(self, mark: str = "", segment: str = "") -> Writer:
        """Writes formulas over the state (`mark` "'": over the state after the step), the segment of a
        step being called `segment`."""

        def reads(variable: Var) -> str:
            match variable.scope:
                case Scope.STATE:
                    return self.words.variables[variable.name] + mark
                case Scope.NEXT:
                    return self.words.variables[variable.name] + "'"
                case _:
                    return self.chosen[variable.name]

        def count(channel: int, counted: Counted) -> str:
            name = self.words.channels[channel] + mark
            if counted is None:
                return f"Len({name})"
            return f"Cardinality({{each \\in 1..Len({name}) : {counted(self.fields(f'{name}[each]'))}}})"

        writer = Writer(TLA, reads, count, self.words.enumerators, self.words.kinds)
        return writer.over(self.fields(segment)) if segment else writer

    def fields(self, segment: str) -> Reads:
        """How the fields of a segment are read."""
        return field_reads(self.layout, TLA, lambda column: f"{segment}.{column.name}")


# --- Head and declarations ---------------------------------------------------------------------------


def _head(module: _Module, about: About, title: str) -> list[str]:
    lines = heading(about, module.system, module.properties, "TLA+")
    lines += [
        "Where a property speaks of such a step, it is that none is possible.",
        "",
        f"To run it with TLC: {title}.cfg has a line `SPECIFICATION Spec`, and one `INVARIANT ...` for each",
        "of the invariants at the end (`PROPERTY ...` for properties of steps); then",
        f"  tlc -deadlock {title}.tla",
    ]
    return comment(lines, "\\*")


def _declarations(module: _Module, body: Sequence[str]) -> Iterator[str]:
    words, system = module.words, module.system
    yield ""
    for name, value in words.constants(body):
        yield f"{name} == {value}"
    names = [*(words.variables[v.name] for v in system.variables), *words.channels]
    yield from ("", "VARIABLES", f"  {', '.join(names)}", "", f"vars == <<{', '.join(names)}>>")
    yield from segments.operators(module.layout)


def _domain(sort: Sort) -> str:
    lo, hi = bounds(sort)
    return "BOOLEAN" if isinstance(sort, BoolSort) else f"({lo})..{hi}"


def _initial(module: _Module) -> Iterator[str]:
    """The initial states, one by one."""
    system, words = module.system, module.words
    states = list(Interpreter(system).initial())
    yield from ("", "Init ==")
    write = module.writer().write
    for variable in system.variables:
        yield f"  /\\ {words.variables[variable.name]} \\in {_domain(variable.sort)}"
    for state in states[:1]:
        for name, contents in zip(words.channels, state.contents, strict=True):
            yield f"  /\\ {name} = <<{', '.join(_segment(module, list(map(int, s))) for s in contents)}>>"
    yield "  /\\ \\/ FALSE"
    for state in states:
        pairs = zip(system.variables, state.values, strict=True)
        equal = (f"{words.variables[v.name]} = {write(Const(value, v.sort))}" for v, value in pairs)
        alike = " /\\ ".join(equal) or "TRUE"
        yield f"     \\/ {alike}"


def _segment(module: _Module, values: Sequence[int | str]) -> str:
    """A segment with these columns."""
    shown = []
    for column, value in zip(module.layout.columns, values, strict=True):
        told = value if isinstance(value, str) else str(bool(value)).upper() if column.boolean else str(value)
        shown.append(f"{column.name} |-> {told}")
    return f"[{', '.join(shown)}]"


# --- Steps -------------------------------------------------------------------------------------------


def _steps(module: _Module) -> Iterator[str]:
    for rule in possible(module.rules):
        yield from ("", *comment([origin(rule.action)], "\\*"))
        yield f"{module.steps[id(rule)]} =="
        yield from _quantified(module, rule, _taken(module, rule))


def _quantified(module: _Module, rule: Rule, body: Callable[[Writer], list[str]]) -> Iterator[str]:
    """A conjunction over a position, its segment, and values of the choices."""
    action, indent = rule.action, "  "
    for choice in action.choices:
        values = ", ".join(_value(choice.sort, v) for v in choice_values(choice))
        domain = _domain(choice.sort) if choice.values is None else f"{{{values}}}"
        yield f"{indent}\\E {module.choice(choice)} \\in {domain} :"
        indent += "  "
    segment = ""
    if action.channel is not None:
        name, segment = module.words.channels[action.channel], "taken"
        most = f"{{i \\in 1..Len({name}) : i <= {rule.positions}}}"
        yield f"{indent}\\E position \\in {most} : LET taken == {name}[position] IN"
        indent += "  "
        if module.system.channels[action.channel].order is Order.BAG:
            yield f"{indent}/\\ position = 1 \\/ {name}[position - 1] # taken"
    for line in body(module.writer(segment=segment)):
        yield f"{indent}/\\ {line}"


def _value(sort: Sort, value: int) -> str:
    return str(bool(value)).upper() if isinstance(sort, BoolSort) else integer(value)


def _taken(module: _Module, rule: Rule) -> Callable[[Writer], list[str]]:
    """The conditions of a rule and the state after it."""
    system, words, action = module.system, module.words, rule.action

    def body(writer: Writer) -> list[str]:
        lines = [writer.write(rule.taken)]
        updates = {u.variable: writer.write(u.value) for u in action.updates}
        lines += [f"{words.variables[system.variables[i].name]}' = {e}" for i, e in updates.items()]
        same = [words.variables[v.name] for i, v in enumerate(system.variables) if i not in updates]
        for i, name in enumerate(words.channels):
            after = _channel_after(module, rule, i, writer)
            if after == name:
                same.append(name)
            else:
                lines.append(f"{name}' = {after}")
        lines += [f"UNCHANGED <<{', '.join(same)}>>"] if same else []
        return lines + [module.writer("'").write(a.formula) for a in system.assumptions]

    return body


def _channel_after(module: _Module, rule: Rule, index: int, writer: Writer) -> str:
    """What a channel holds after a step."""
    channel, action = module.system.channels[index], rule.action
    contents = module.words.channels[index]
    if action.kind is ActionKind.TICK and channel.lifetime is not None:
        contents = f"Aged({contents})"
    if action.channel == index:
        contents = _taking(module, rule, channel, contents)
    for send in rule.sends:
        if send.channel == index:
            contents = _sending(module, send, channel, contents, writer)
    return contents


def _taking(module: _Module, rule: Rule, channel: Channel, contents: str) -> str:
    bag = channel.order is Order.BAG
    match rule.action.kind:
        case kind if kind in REMOVING:
            return f"Removed({contents}, position)"
        case ActionKind.DUPLICATE if bag:
            return f"Inserted({contents}, taken)"
        case ActionKind.DUPLICATE:
            at = f"Len({contents})" if rule.action.to_tail else "position"
            return f"Added({contents}, {at}, taken)"
        case ActionKind.CORRUPT:
            values: list[int | str] = [0 for _ in module.layout.columns]
            values[0] = module.words.kinds[CORRUPT_KIND]
            if module.system.segments_age:
                values[-1] = "taken.life"
            garbled = _segment(module, values)
            if bag:
                return f"Inserted(Removed({contents}, position), {garbled})"
            return f"[{contents} EXCEPT ![position] = {garbled}]"
        case _:
            return contents


def _sending(module: _Module, send: Send, channel: Channel, contents: str, writer: Writer) -> str:
    values: list[int | str] = [0 for _ in module.layout.columns]
    values[0] = module.words.kinds[send.kind]
    for i, value in enumerate(send.fields, 1):
        written, flag = writer.write(value), isinstance(value.sort, BoolSort)
        values[i] = TLA.as_number(written) if flag and not module.layout.columns[i].boolean else written
    if module.system.segments_age:
        values[-1] = channel.lifetime or 0
    segment = _segment(module, values)
    put = f"Inserted({contents}, {segment})"
    if channel.memory:
        put = f"Remembered({contents}, {segment})"
    elif channel.order is not Order.BAG:
        put = f"Append({contents}, {segment})"
    conditions = [] if is_true(send.when) else [writer.write(send.when)]
    if channel.overflow == "drop" and not channel.memory:
        conditions.append(f"(Len({contents}) < {channel.capacity})")
    if not conditions:
        return put
    return TLA.apply(Op.ITE, TLA.apply(Op.AND, *conditions), put, contents)


def _next(module: _Module) -> Iterator[str]:
    yield from ("", "Next ==")
    names = [module.steps[id(rule)] for rule in possible(module.rules)]
    yield from (f"  \\/ {name}" for name in names or ["FALSE"])
    yield from ("", "Spec == Init /\\ [][Next]_vars")


# --- Properties --------------------------------------------------------------------------------------


def _properties(module: _Module) -> Iterator[str]:
    write = module.writer().write
    for prop in module.properties:
        name = module.words.properties[prop.name]
        match prop.kind:
            case PropertyKind.INVARIANT:
                body = [f"{name} == {write(prop.formula)}"]
            case PropertyKind.REACHABLE:
                body = [f"{name} == {TLA.apply(Op.NOT, write(prop.formula))}"]
            case PropertyKind.DEADLOCK_FREE:
                body = [f"{name} == {TLA.apply(Op.OR, write(prop.formula), 'ENABLED Next')}"]
            case PropertyKind.STEP if not prop.events:
                body = [f"{name} == [][{write(prop.formula)}]_vars"]
            case PropertyKind.NO_ERROR:
                body = [f"{name} ==", *_no_error(module, prop)]
            case _:
                continue
        yield from ("", *comment([told(prop)], "\\*"), *body)


def _no_error(module: _Module, prop: Property) -> Iterator[str]:
    """No step errs in this way: a conjunction over the rules that might."""
    found = False
    for rule in module.rules:
        for _, when in rule.errors(frozenset({prop.error} if prop.error else ())):
            found = True
            yield from comment([origin(rule.action)], "  \\*")
            yield "  /\\ ~("
            yield from (f"     {line}" for line in _quantified(module, rule, _errs(when)))
            yield "     )"
    if not found:
        yield "  TRUE"


def _errs(when: Expr) -> Callable[[Writer], list[str]]:
    return lambda writer: [writer.write(when)]
