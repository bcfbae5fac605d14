"""A system as Murphi, for Rumur and CMurphi.

Dill: The Murphi Verification System, CAV 1996. https://github.com/Smattr/rumur
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace

from tcpverify.export import murphi_segments
from tcpverify.export.after import after
from tcpverify.export.comments import comment, origin, plain
from tcpverify.export.expressions import MURPHI, Writer, integer
from tcpverify.export.extents import greatest
from tcpverify.export.flatten import REMOVING, Rule, choice_values, possible, rules
from tcpverify.export.heading import About, heading, told
from tcpverify.export.names import MURPHI_WORDS
from tcpverify.export.reading import field_reads, order, picked, slot_count, state_reads, step_reads
from tcpverify.export.segments import Layout, layout, slots
from tcpverify.export.vocabulary import Vocabulary, vocabulary
from tcpverify.ir.expr import CORRUPT_KIND, BoolSort, Const, Expr, Op, Sort, bounds, is_true
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import ActionKind, Choice, ErrorKind, Order, Property, PropertyKind, Send, System
from tcpverify.records import record

LARGEST = 2**62
"""The greatest number of a verifier made by Rumur, which chooses its type by the range `number`."""

OWN_WORDS = (
    "number", "segment", "taken", "sent", "position", "wipe", "equal", "precedes", "floor_div", "floor_mod",
    "some_rule_is_possible", "channel", "length", "at", "add", "insert", "copy", "remove", "age", "contains",
    "c", "s", "p", "i", "a", "b", *(f"now_{n}" for n in range(1, 65)),
)  # fmt: skip


def text(about: About, system: System, properties: Sequence[Property]) -> str:
    """The Murphi text of a system with properties of it; without any, for counting."""
    flat = rules(system)
    reserved = (*MURPHI_WORDS, *OWN_WORDS)
    words = vocabulary(system, flat, properties, reserved)
    sizes = tuple(slots(system, i) for i in range(len(system.channels)))
    module = _Module(system, flat, tuple(properties), words, layout(system, reserved), sizes)
    rest = [*_rules(module), *_error_rules(module), *_properties(module), *_start(module)]
    rest = [*_functions(module), *rest]
    floors = _FLOORS if any("floor_" in line for line in rest) else ()
    head = [*_head(module, about), *_declarations(module, greatest(system, flat, properties), rest)]
    return "\n".join([*head, *floors, *rest]) + "\n"


@record
class _Module:
    """What is written. `used`: the procedures that rules call, with the size of their channel;
    `chosen`: the names of choices."""

    system: System
    rules: tuple[Rule, ...]
    properties: tuple[Property, ...]
    words: Vocabulary
    layout: Layout
    sizes: tuple[int, ...]
    used: set[tuple[str, int]] = field(default_factory=set)
    chosen: dict[str, str] = field(default_factory=dict)

    def call(self, name: str, channel: int) -> str:
        """The name of a procedure for a channel."""
        self.used.add((name, self.sizes[channel]))
        return f"{name}_{self.sizes[channel]}"

    def choice(self, choice: Choice) -> str:
        """The name of a choice."""
        if choice.name not in self.chosen:
            self.chosen[choice.name] = self.words.names.free("pick", choice.name)
        return self.chosen[choice.name]

    def writer(self, rule: Rule | None = None, segment: str = "") -> Writer:
        """Writes the conditions of a rule, its segment being read from `segment`."""
        choices = {c.name: _chosen(c, self.choice(c)) for c in rule.action.choices} if rule else {}
        count = slot_count(
            MURPHI, self.layout, self.sizes,
            lambda c: f"{self.words.channels[c]}.length",
            lambda c, i, column: f"{self.words.channels[c]}.at[{i}].{column.name}",
        )  # fmt: skip
        base = Writer(
            MURPHI, state_reads(self.words, choices), count, self.words.enumerators, self.words.kinds
        )
        if not segment:
            return base
        return base.over(field_reads(self.layout, MURPHI, lambda column: f"{segment}.{column.name}"))


# --- Head and declarations ---------------------------------------------------------------------------


def _head(module: _Module, about: About) -> list[str]:
    name = plain(about.scenario)
    lines = heading(about, module.system, module.properties, "Murphi")
    if module.properties:
        lines.append("It leads to an error rule here, where a property speaks of it.")
    lines += [
        "",
        "To run it with Rumur:",
        f"  rumur --deadlock-detection off --output {name}.c {name}.m",
        f"  cc -std=c11 -O2 {name}.c -mcx16 -lpthread -o {name} && ./{name}",
    ]
    return comment(lines, "--")


def _type(sort: Sort) -> str:
    lo, hi = bounds(sort)
    return "boolean" if isinstance(sort, BoolSort) else f"{lo}..{hi}"


def _declarations(module: _Module, most: int, rest: Sequence[str]) -> list[str]:
    words, system = module.words, module.system
    lines = ["", "const"]
    lines += [f"  {name}: {value};" for name, value in words.constants(rest)]
    lines += ["", "type", f"  number: -{most}..{most};"]
    if module.sizes:
        lines += murphi_segments.types(module.layout, module.sizes)
    lines += ["", "var"]
    lines += [f"  {words.variables[v.name]}: {_type(v.sort)};" for v in system.variables]
    return lines + [f"  {n}: channel_{s};" for n, s in zip(words.channels, module.sizes, strict=True)]


def _functions(module: _Module) -> list[str]:
    lines: list[str] = []
    if module.sizes:
        lines += murphi_segments.procedures(module.layout, module.used)
    if any(p.kind is PropertyKind.DEADLOCK_FREE for p in module.properties):
        lines += ["", "function some_rule_is_possible(): boolean;", "begin"]
        for rule in possible(module.rules):
            over = [f"exists {variable} do" for variable in _variables(module, rule)]
            ends = " endexists" * len(over)
            lines.append(f"  if {' '.join((*over, _guard(module, rule)))}{ends} then return true; endif;")
        lines += ["  return false;", "endfunction;"]
    return lines


_FLOORS = (
    "",
    "-- division that rounds down; 0 by 0",
    "function floor_div(a: number; b: number): number;",
    "begin",
    "  if b = 0 then return 0; endif;",
    "  if a % b != 0 & (a < 0) != (b < 0) then return a / b - 1; endif;",
    "  return a / b;",
    "endfunction;",
    "",
    "function floor_mod(a: number; b: number): number;",
    "begin",
    "  if b = 0 then return 0; endif;",
    "  return ((a % b) + b) % b;",
    "endfunction;",
)


# --- Rules -------------------------------------------------------------------------------------------


def _chosen(choice: Choice, name: str) -> str:
    """The value of a choice, whose variable is a value itself or an index of one."""
    if _is_range(choice):
        return name
    flag = isinstance(choice.sort, BoolSort)
    values = [str(bool(v)).lower() if flag else integer(v) for v in choice_values(choice)]
    return picked(MURPHI, name, values)


def _is_range(choice: Choice) -> bool:
    values = choice_values(choice)
    return choice.values is None or (
        not isinstance(choice.sort, BoolSort)
        and list(values) == list(range(values[0], values[0] + len(values)))
    )


def _variables(module: _Module, rule: Rule) -> list[str]:
    """What a rule is there for: every position and every value of every choice."""
    found = [f"position: 0..{rule.positions - 1}"] if rule.positions else []
    for choice in rule.action.choices:
        values = choice_values(choice)
        if not _is_range(choice):
            span = f"0..{len(values) - 1}"
        else:
            span = _type(choice.sort) if choice.values is None else f"{values[0]}..{values[-1]}"
        found.append(f"{module.choice(choice)}: {span}")
    return found


def _segment(module: _Module, rule: Rule, position: str = "position") -> str:
    """The segment that a rule takes."""
    channel = rule.action.channel
    return "" if channel is None else f"{module.words.channels[channel]}.at[{position}]"


def _place(module: _Module, rule: Rule) -> list[str]:
    """That there is a segment at the position, of a bag the first of its like."""
    channel = rule.action.channel
    if channel is None:
        return []
    found = [f"{module.words.channels[channel]}.length > position"]
    if module.system.channels[channel].order is Order.BAG and module.sizes[channel] > 1:
        module.used.add(("equal", 0))
        before = _segment(module, rule, "position - 1")
        found.append(f"(position = 0 | !equal({before}, {_segment(module, rule)}))")
    return found


def _guard(module: _Module, rule: Rule) -> str:
    """When a rule leads to a state."""
    writer = module.writer(rule, _segment(module, rule))
    then = after(writer, module.system, module.layout, rule)
    assumed = [then.write(a.formula) for a in module.system.assumptions]
    return " & ".join([*_place(module, rule), writer.write(rule.taken), *assumed])


def _rules(module: _Module) -> Iterator[str]:
    for rule in possible(module.rules):
        yield ""
        yield from comment([origin(rule.action)], "--")
        yield from _ruleset(module, rule, rule.action.name, _guard(module, rule), _body(module, rule))


def _ruleset(module: _Module, rule: Rule, name: str, guard: str, body: Sequence[str]) -> Iterator[str]:
    over = _variables(module, rule)
    if over:
        yield f"ruleset {'; '.join(over)} do"
    yield f'rule "{plain(name)}"'
    yield f"  {guard}"
    yield "==>"
    yield from body
    yield "endrule;"
    if over:
        yield "endruleset;"


def _body(module: _Module, rule: Rule) -> list[str]:
    """The local variables and the statements of a rule."""
    system, action = module.system, rule.action
    taken = "taken" if action.channel is not None else ""
    writer = module.writer(rule, taken)
    local, lines = [], []
    if taken:
        local.append("taken: segment;")
        lines.append(f"taken := {_segment(module, rule)};")
    early: dict[int, str] = {}
    plan = order(system, action)
    for n, expr in enumerate(plan.early, 1):
        name = early[id(expr)] = f"now_{n}"
        local.append(f"{name}: {'boolean' if isinstance(expr.sort, BoolSort) else 'number'};")
        lines.append(f"{name} := {writer.write(expr)};")
    lines += _taking(module, rule)
    if rule.sends:
        local.append("sent: segment;")
    for send in rule.sends:
        lines += _sending(module, send, writer, early)
    for update in plan.updates:
        name = module.words.variables[system.variables[update.variable].name]
        lines.append(f"{name} := {early.get(id(update.value)) or writer.write(update.value)};")
    declared = [f"var {' '.join(local)}"] if local else []
    return [*declared, "begin", *(f"  {line}" for line in lines)]


def _taking(module: _Module, rule: Rule) -> list[str]:
    """What becomes of the segment that a step takes, and of all of them when time goes on."""
    action, system = rule.action, module.system
    if action.kind is ActionKind.TICK:
        aging = [i for i, c in enumerate(system.channels) if c.lifetime is not None]
        return [f"{module.call('age', i)}({module.words.channels[i]});" for i in aging]
    if action.channel is None:
        return []
    channel, name = system.channels[action.channel], module.words.channels[action.channel]
    bag = channel.order is Order.BAG
    remove = f"{module.call('remove', action.channel)}({name}, position);"
    match action.kind:
        case kind if kind in REMOVING:
            return [remove]
        case ActionKind.DUPLICATE if bag or action.to_tail:
            return [f"{module.call('insert' if bag else 'add', action.channel)}({name}, taken);"]
        case ActionKind.DUPLICATE:
            return [f"{module.call('copy', action.channel)}({name}, position);"]
        case ActionKind.CORRUPT:
            return [
                *(
                    f"taken.{c.name} := {'false' if c.boolean else 0};"
                    for c in module.layout.columns[1:]
                    if c.name != "life"
                ),
                f"taken.kind := {module.words.kinds[CORRUPT_KIND]};",
                *(
                    [remove, f"{module.call('insert', action.channel)}({name}, taken);"]
                    if bag
                    else [f"{_segment(module, rule)} := taken;"]
                ),
            ]
        case _:
            return []


def _sending(module: _Module, send: Send, writer: Writer, early: dict[int, str]) -> list[str]:
    channel, name = module.system.channels[send.channel], module.words.channels[send.channel]
    values = [
        module.words.kinds[send.kind],
        *(_stored(module, i, e, writer, early) for i, e in enumerate(send.fields, 1)),
    ]
    lines = []
    for i, column in enumerate(module.layout.columns):
        value = values[i] if i < len(values) else "false" if column.boolean else "0"
        if column.name == "life":
            value = integer(channel.lifetime or 0)
        lines.append(f"sent.{column.name} := {value};")
    put = "insert" if channel.order is Order.BAG else "add"
    lines.append(f"{module.call(put, send.channel)}({name}, sent);")
    if channel.memory:
        lines[-1] = f"if !{module.call('contains', send.channel)}({name}, sent) then {lines[-1]} endif;"
    conditions = []
    if not (is_true(send.when)):
        conditions.append(early.get(id(send.when)) or writer.write(send.when))
    if channel.overflow == "drop" and not channel.memory:
        conditions.append(f"{name}.length < {channel.capacity}")
    if not conditions:
        return lines
    return [f"if {' & '.join(conditions)} then", *(f"  {line}" for line in lines), "endif;"]


def _stored(module: _Module, place: int, value: Expr, writer: Writer, early: dict[int, str]) -> str:
    """A value as its column stores it."""
    written = early.get(id(value)) or writer.write(value)
    flag = isinstance(value.sort, BoolSort) and not module.layout.columns[place].boolean
    return MURPHI.as_number(written) if flag else written


# --- Properties --------------------------------------------------------------------------------------


def _error_rules(module: _Module) -> Iterator[str]:
    """A rule for every way in which a step may err or violate a property of steps."""
    named = {p.error: p.name for p in module.properties if p.kind is PropertyKind.NO_ERROR and p.error}
    kinds: frozenset[ErrorKind] = frozenset(named)
    for index, rule in enumerate(module.rules):
        writer = module.writer(rule, _segment(module, rule))
        place = _place(module, rule)
        for stop, when in rule.errors(kinds):
            assert stop.error is not None
            told_as = f"{named[stop.error]}: {plain(stop.message)}"
            yield from ("", *comment([origin(rule.action)], "--"))
            body = ["begin", f'  error "{told_as}";']
            yield from _ruleset(module, rule, f"{told_as} in {rule.action.name}",
                                " & ".join([*place, writer.write(when)]), body)  # fmt: skip
        for prop in module.properties:
            if prop.kind is PropertyKind.STEP:
                happens = {e.name: e.happens[index] for e in prop.events}
                over = replace(writer, reads=step_reads(writer, module.system, index, happens))
                wrong = MURPHI.apply(Op.NOT, over.write(prop.formula))
                yield from ("", *comment([origin(rule.action)], "--"))
                yield from _ruleset(module, rule, f"{prop.name} in {rule.action.name}",
                                    f"{_guard(module, rule)} & {wrong}",
                                    ["begin", f'  error "{plain(prop.name)}";'])  # fmt: skip


def _properties(module: _Module) -> Iterator[str]:
    writer = module.writer()
    for prop in module.properties:
        match prop.kind:
            case PropertyKind.INVARIANT:
                formula = writer.write(prop.formula)
            case PropertyKind.REACHABLE:
                formula = MURPHI.apply(Op.NOT, writer.write(prop.formula))
            case PropertyKind.DEADLOCK_FREE:
                formula = MURPHI.apply(Op.OR, writer.write(prop.formula), "some_rule_is_possible()")
            case _:
                continue
        yield from ("", *comment([told(prop)], "--"))
        yield f'invariant "{plain(prop.name)}" {formula};'


# --- Initial states ----------------------------------------------------------------------------------


def _start(module: _Module) -> Iterator[str]:
    """The initial states, one by one."""
    system, words = module.system, module.words
    for number, state in enumerate(Interpreter(system).initial(), 1):
        yield ""
        yield f'startstate "initial {number}"'
        yield "begin"
        writer = module.writer()
        for variable, value in zip(system.variables, state.values, strict=True):
            yield f"  {words.variables[variable.name]} := {writer.write(Const(value, variable.sort))};"
        for name, size, segments in zip(words.channels, module.sizes, state.contents, strict=True):
            yield f"  for i: 0..{size - 1} do wipe({name}.at[i]); endfor;"
            yield f"  {name}.length := {len(segments)};"
            for i, segment in enumerate(segments):
                for column, value in zip(module.layout.columns, segment, strict=True):
                    shown = ("true" if value else "false") if column.boolean else value
                    yield f"  {name}.at[{i}].{column.name} := {shown};"
        yield "endstartstate;"
