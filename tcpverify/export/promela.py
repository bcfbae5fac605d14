"""A system as Promela, for SPIN.

Holzmann: The Model Checker SPIN, IEEE Transactions on Software Engineering 23(5), 1997.

Every transition is one `d_step`, so that no state in between is stored. Its segment and its choices are
written out, but for choices that no condition reads: an `atomic` picks these. Properties are options
that are never taken where they hold:
`d_step { <violated> -> assert(holds.<name>) }`, which is 0, adds no state and no transition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from itertools import product
from math import prod

from tcpverify.export import promela_runs as runs
from tcpverify.export import promela_segments as segments
from tcpverify.export.after import after
from tcpverify.export.comments import comment, origin, plain
from tcpverify.export.expressions import PROMELA, Writer, integer
from tcpverify.export.flatten import REMOVING, Rule, choice_values, names_read, possible, rules
from tcpverify.export.heading import About, heading, told
from tcpverify.export.names import PROMELA_WORDS
from tcpverify.export.promela_segments import Array, number_type
from tcpverify.export.reading import field_reads, order, slot_count, state_reads, step_reads
from tcpverify.export.segments import Layout, layout, slots
from tcpverify.export.vocabulary import Vocabulary, vocabulary
from tcpverify.ir.expr import CORRUPT_KIND, Const, Expr, Op, Scope, Sort, bounds, is_true, mentions
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import ActionKind, Choice, Order, Property, PropertyKind, Send, State, System
from tcpverify.records import record

LARGEST = 2**31 - 1
"""The greatest number of Promela."""

OWN_WORDS = (
    "slot",
    "position",
    "FLOOR_DIV",
    "FLOOR_MOD",
    "FLOOR_INEXACT",
    "holds",
    "Properties",
    "CHECK_DEADLOCK",
    *(f"{word}_{n}" for word in ("now", "pick") for n in range(1, 65)),
)

_ROOM = 1024
"""The bytes of a state that SPIN's verifiers have room for unless told otherwise."""


def text(about: About, system: System, properties: Sequence[Property]) -> str:
    """The Promela text of a system with properties of it; without any, for counting. A response that is the
    only property becomes a never claim."""
    flat, columns = rules(system), layout(system, ())
    initial = tuple(Interpreter(system).initial())
    response = response_alone(properties)
    claim = None if response is None else runs.claim(system, flat, response, len(initial) > 1)
    scratch = [f"{which}_{c.name}" for c in columns.columns for which in ("taken", "sent")]
    own = (*OWN_WORDS, *scratch, *(() if claim is None else runs.words(claim, columns)))
    words = vocabulary(system, flat, properties, (*PROMELA_WORDS, *own))
    arrays = tuple(_array(system, i, columns, words) for i in range(len(system.channels)))
    module = _Module(system, flat, tuple(properties), words, columns, arrays, claim)
    process = [*_initial_choice(module, initial), *_process(module)]
    declared = list(_declarations(module, initial))
    for array, used in zip(arrays, module.used, strict=True):
        declared += segments.inlines(array, columns, used)
    body = [*declared, *_macros(module), "", "active proctype model() {", *process, "}"]
    if claim is not None:
        body += ["", "#ifndef CLAIM_APART", *runs.never(claim), "#endif"]
    floors = _FLOORS if any("FLOOR_" in line for line in body) else ()
    constants = [f"#define {name} {integer(value)}" for name, value in words.constants(body)]
    return "\n".join([*_head(module, about, initial), "", *constants, *floors, *body]) + "\n"


@record
class _Module:
    """What is written. `used`: the operations that steps use, channel by channel."""

    system: System
    rules: tuple[Rule, ...]
    properties: tuple[Property, ...]
    words: Vocabulary
    layout: Layout
    arrays: tuple[Array, ...]
    claim: runs.Claim | None = None
    used: list[set[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.used.extend(set() for _ in self.arrays)

    def call(self, name: str, channel: int, argument: str = "") -> str:
        """An operation on a channel."""
        self.used[channel].add(name)
        return f"{self.arrays[channel].operations[name]}({argument});"

    @property
    def plain(self) -> Writer:
        """Writes state formulas."""
        count = slot_count(
            PROMELA, self.layout, [a.size for a in self.arrays],
            lambda c: self.arrays[c].length,
            lambda c, i, column: f"{self.arrays[c].columns[self.layout.columns.index(column)]}[{i}]",
        )  # fmt: skip
        reads = state_reads(self.words, {})
        return Writer(PROMELA, reads, count, self.words.enumerators, self.words.kinds)


def response_alone(properties: Sequence[Property]) -> Property | None:
    """The response that a text is about; such a text is about nothing else."""
    alone = len(properties) == 1 and properties[0].kind is PropertyKind.RESPONSE
    return properties[0] if alone else None


def _array(system: System, channel: int, columns: Layout, words: Vocabulary) -> Array:
    name, free = words.channels[channel], words.names.free
    names = tuple(free(name, c.name) for c in columns.columns)
    operations = {operation: free(name, operation) for operation in segments.OPERATIONS}
    return Array(free(name, "length"), names, slots(system, channel), operations)


@record
class _Way:
    """A rule with its position fixed, and those of its choices that its conditions read.

    `choices`: the text of each choice; `free`: the others, which are picked when the step is under way.
    """

    rule: Rule
    position: int
    choices: dict[str, str]
    free: tuple[Choice, ...]


def _ways(module: _Module, rule: Rule, read: set[str]) -> Iterator[_Way]:
    """The ways of a rule, where its conditions read these choices."""
    write, choices = module.plain.write, rule.action.choices
    fixed = [c for c in choices if c.name in read]
    free = tuple(c for c in choices if c.name not in read)
    picked = {c.name: f"pick_{n}" for n, c in enumerate(free, 1)}
    values = [[write(Const(v, c.sort)) for v in choice_values(c)] for c in fixed]
    for position in range(max(1, rule.positions)):
        for chosen in product(*values):
            told = dict(zip((c.name for c in fixed), chosen, strict=True))
            yield _Way(rule, position, {**told, **picked}, free)


def _read_choices(system: System, rule: Rule, every: bool) -> set[str]:
    """The choices that decide whether a step is possible; where states are assumed, all of them."""
    if system.assumptions or every:
        return {c.name for c in rule.action.choices}
    return names_read(rule.taken, Scope.CHOICE)


def options(system: System, flat: Sequence[Rule], properties: Sequence[Property]) -> int:
    """How many options are written out; all choices where there is a claim, which would see into an
    `atomic`."""
    every = response_alone(properties) is not None
    found = 0
    for rule in possible(flat):
        read = _read_choices(system, rule, every)
        sizes = {c.name: len(choice_values(c)) for c in rule.action.choices}
        positions = max(1, rule.positions) * prod(n for name, n in sizes.items() if name in read)
        found += positions * (1 + sum(n for name, n in sizes.items() if name not in read))
    return found


def _conditions(module: _Module, way: _Way) -> Writer:
    """Writes the conditions of a way, its segment being in its channel."""
    writer, channel = module.plain, way.rule.action.channel
    writer = replace(writer, reads=state_reads(module.words, way.choices))
    if channel is None:
        return writer
    array, columns = module.arrays[channel], module.layout.columns
    return writer.over(
        field_reads(module.layout, PROMELA, lambda c: f"{array.columns[columns.index(c)]}[{way.position}]")
    )


# --- Head and declarations ---------------------------------------------------------------------------


def _head(module: _Module, about: About, initial: Sequence[State]) -> list[str]:
    lines = heading(about, module.system, module.properties, "Promela", module.claim is not None)
    name, size = plain(about.scenario), _bytes(module)
    room = f" -DVECTORSZ={2 * size}" if size > _ROOM // 2 else ""
    if module.claim is not None:
        return comment([*lines, *runs.head(module.claim, name, room)], "/*", " */")
    if module.properties:
        lines.append("Where a property speaks of it, an assertion fails instead; its name is told.")
    if len(initial) > 1:
        lines.append(
            f"SPIN counts one state more: the one before an initial state is chosen; and {len(initial) + 1} "
            "transitions more."
        )
    else:
        lines.append("SPIN counts the initial state as one more transition.")
    deadlock = any(p.kind is PropertyKind.DEADLOCK_FREE for p in module.properties)
    lines += [
        "",
        "To run it:" if not deadlock else "To run it (for freedom from deadlocks, with -DCHECK_DEADLOCK):",
        f"  spin -o2 {'[-DCHECK_DEADLOCK] ' if deadlock else ''}-a {name}.pml",
        f"  cc -O2 -DSAFETY -DNOREDUCE -DNOFAIR{room} -o pan pan.c && ./pan -E -m1000000",
        "-o2 is needed: without it SPIN leaves variables out of the state that are written but not read.",
    ]
    return comment(lines, "/*", " */")


def _bytes(module: _Module) -> int:
    """About how many bytes a state takes, at most."""
    columns = sum(4 for _ in module.layout.columns)
    return 64 + 4 * len(module.system.variables) + sum(a.size * columns + 4 for a in module.arrays)


def _type(sort: Sort) -> str:
    return number_type(*bounds(sort))


def _declarations(module: _Module, initial: Sequence[State]) -> Iterator[str]:
    words, system = module.words, module.system
    yield ""
    if module.arrays:
        yield from segments.scratch(module.layout)
    early = max((len(order(system, r.action).early) for r in module.rules), default=0)
    if early:
        yield f"hidden int {', '.join(f'now_{n}' for n in range(1, early + 1))};"
    picks = max((len(r.action.choices) for r in module.rules), default=0)
    if picks:
        yield f"hidden int {', '.join(f'pick_{n}' for n in range(1, picks + 1))};"
    if module.claim is not None:
        yield from runs.declarations(module.claim, module.layout)
    elif module.properties:
        members = (f"byte {words.properties[p.name]}" for p in module.properties)
        yield f"typedef Properties {{ {'; '.join(members)} }}"
        yield "hidden Properties holds;"
    yield ""
    first = initial[0]
    for variable, value in zip(system.variables, first.values, strict=True):
        start = module.plain.write(Const(value, variable.sort)) if len(initial) == 1 else "0"
        yield f"{_type(variable.sort)} {words.variables[variable.name]} = {start};"
    for array, contents in zip(module.arrays, first.contents, strict=True):
        yield from segments.declaration(array, module.layout, contents)


_FLOORS = (
    "/* division that rounds down; 0 by 0 */",
    "#define FLOOR_INEXACT(a, b) ((a) % (b) != 0 && ((a) < 0) != ((b) < 0))",
    "#define FLOOR_DIV(a, b) ((b) == 0 -> 0 : (FLOOR_INEXACT(a, b) -> (a) / (b) - 1 : (a) / (b)))",
    "#define FLOOR_MOD(a, b) ((b) == 0 -> 0 : (((a) % (b)) + (b)) % (b))",
)


def _initial_choice(module: _Module, initial: Sequence[State]) -> Iterator[str]:
    """The choice of an initial state, if there are several; they differ in variables only."""
    if len(initial) == 1:
        return
    write = module.plain.write
    yield "\tif"
    for state in initial:
        pairs = zip(module.system.variables, state.values, strict=True)
        assigned = (f"{module.words.variables[v.name]} = {write(Const(value, v.sort))}" for v, value in pairs)
        noted = runs.begins(module.claim) if module.claim is not None else []
        yield f"\t:: d_step {{ {'; '.join([*assigned, *noted])} }}"
    yield "\tfi;"


# --- The process -------------------------------------------------------------------------------------


def _process(module: _Module) -> Iterator[str]:
    yield "\tdo"
    taken = possible(module.rules)
    for rule in taken:
        yield from comment([origin(rule.action)], "\t/*", " */")
        for way in _ways(module, rule, _read_choices(module.system, rule, module.claim is not None)):
            body = [*_noted(module, way), *_body(module, way)] or ["skip;"]
            if way.free:
                body = [*_picks(module, way), "d_step {", *(f"\t{line}" for line in body), "}"]
            yield f"\t:: {'atomic' if way.free else 'd_step'} {{ {_guard(module, way)} ->"
            yield from (f"\t\t{line}" for line in body)
            yield "\t}"
    if module.claim is not None:
        yield from runs.idling(module.claim, module.layout)
    elif not taken:
        yield "\t:: false -> skip"
    yield from _checks(module)
    yield "\tod"


def _taken(module: _Module, way: _Way) -> list[str]:
    """The columns of the segment that a way takes."""
    channel = way.rule.action.channel
    return [] if channel is None else [f"{name}[{way.position}]" for name in module.arrays[channel].columns]


def _noted(module: _Module, way: _Way) -> list[str]:
    """What the claim is told of a step."""
    if module.claim is None:
        return []
    index = next(i for i, rule in enumerate(module.rules) if rule is way.rule)
    return list(runs.noted(module.claim, module.layout, index, _taken(module, way)))


def _macros(module: _Module) -> list[str]:
    """What the claim speaks of."""
    if module.claim is None:
        return []

    def ways(rule: Rule) -> Iterator[tuple[str, Sequence[str]]]:
        for way in _ways(module, rule, {c.name for c in rule.action.choices}):
            yield _guard(module, way), _taken(module, way)

    return ["", *runs.macros(module.claim, module.plain, module.layout, module.rules, ways)]


def _picks(module: _Module, way: _Way) -> Iterator[str]:
    """Values for the free choices. They are in hidden variables, and no state in between is stored."""
    for n, choice in enumerate(way.free, 1):
        values = (module.plain.write(Const(v, choice.sort)) for v in choice_values(choice))
        yield "if"
        yield from (f":: pick_{n} = {value}" for value in values)
        yield "fi;"


def _place(module: _Module, way: _Way) -> list[str]:
    """That there is a segment at the position, of a bag the first of its like."""
    channel, p = way.rule.action.channel, way.position
    if channel is None:
        return []
    array = module.arrays[channel]
    found = [f"{array.length} > {p}"]
    if module.system.channels[channel].order is Order.BAG and p > 0:
        found.append(f"!({segments.equal(array, str(p), str(p - 1))})")
    return found


def _guard(module: _Module, way: _Way) -> str:
    """When a way leads to a state."""
    writer = _conditions(module, way)
    then = after(writer, module.system, module.layout, way.rule)
    assumed = [then.write(a.formula) for a in module.system.assumptions]
    own = [] if is_true(way.rule.taken) else [writer.write(way.rule.taken)]
    return " && ".join([*_place(module, way), *own, *assumed]) or "true"


def _body(module: _Module, way: _Way) -> list[str]:
    """The statements of a way."""
    system, rule = module.system, way.rule
    action = rule.action
    writer = replace(module.plain, reads=state_reads(module.words, way.choices))
    writer = writer.over(field_reads(module.layout, PROMELA, lambda c: f"taken_{c.name}"))
    plan = order(system, action)
    lines = []
    if action.channel is not None and _reads_segment(rule):
        lines.append(module.call("take", action.channel, str(way.position)))
    early: dict[int, str] = {}
    for n, expr in enumerate(plan.early, 1):
        early[id(expr)] = f"now_{n}"
        lines.append(f"now_{n} = {writer.write(expr)};")
    lines += _taking(module, way)
    for send in rule.sends:
        lines += _sending(module, send, writer, early)
    for update in plan.updates:
        name = module.words.variables[system.variables[update.variable].name]
        lines.append(f"{name} = {early.get(id(update.value)) or writer.write(update.value)};")
    return lines


def _reads_segment(rule: Rule) -> bool:
    """Whether a step reads its segment after its guard."""
    exprs: list[Expr] = [u.value for u in rule.action.updates]
    exprs += [e for s in rule.sends for e in (s.when, *s.fields)]
    copied = rule.action.kind in (ActionKind.DUPLICATE, ActionKind.CORRUPT)
    return copied or any(mentions(e, Scope.FIELD) for e in exprs)


def _taking(module: _Module, way: _Way) -> list[str]:
    """What becomes of the segment that a step takes, and of all of them when time goes on."""
    action, system, p = way.rule.action, module.system, str(way.position)
    if action.kind is ActionKind.TICK:
        return [module.call("age", i) for i, c in enumerate(system.channels) if c.lifetime is not None]
    if action.channel is None:
        return []
    channel, columns = action.channel, module.layout.columns
    bag = system.channels[channel].order is Order.BAG
    put = "insert" if bag else "add"
    match action.kind:
        case kind if kind in REMOVING:
            return [module.call("remove", channel, p)]
        case ActionKind.DUPLICATE if bag or action.to_tail:
            return [*(f"sent_{c.name} = taken_{c.name};" for c in columns), module.call(put, channel)]
        case ActionKind.DUPLICATE:
            return [module.call("copy", channel, p)]
        case ActionKind.CORRUPT:
            garbled = [module.words.kinds[CORRUPT_KIND]]
            garbled += [f"taken_{c.name}" if c.name == "life" else "0" for c in columns[1:]]
            if bag:
                sent = [f"sent_{c.name} = {v};" for c, v in zip(columns, garbled, strict=True)]
                return [module.call("remove", channel, p), *sent, module.call(put, channel)]
            names = module.arrays[channel].columns
            return [f"{name}[{p}] = {v};" for name, v in zip(names, garbled, strict=True)]
        case _:
            return []


def _sending(module: _Module, send: Send, writer: Writer, early: dict[int, str]) -> list[str]:
    channel, array = module.system.channels[send.channel], module.arrays[send.channel]
    values = [module.words.kinds[send.kind], *(early.get(id(f)) or writer.write(f) for f in send.fields)]
    lines = []
    for i, column in enumerate(module.layout.columns):
        value = values[i] if i < len(values) else "0"
        lines.append(
            f"sent_{column.name} = {integer(channel.lifetime or 0) if column.name == 'life' else value};"
        )
    put = "remember" if channel.memory else "insert" if channel.order is Order.BAG else "add"
    lines.append(module.call(put, send.channel))
    conditions = [] if is_true(send.when) else [early.get(id(send.when)) or writer.write(send.when)]
    if channel.overflow == "drop" and not channel.memory:
        conditions.append(f"{array.length} < {channel.capacity}")
    if not conditions:
        return lines
    return [
        "if",
        f":: {' && '.join(conditions)} ->",
        *(f"\t{line}" for line in lines),
        ":: else -> skip",
        "fi;",
    ]


# --- Properties --------------------------------------------------------------------------------------


def _checks(module: _Module) -> Iterator[str]:
    """Options that are possible only where a property is violated."""
    stuck = [p for p in module.properties if p.kind is PropertyKind.DEADLOCK_FREE]
    others = [*_error_checks(module), *_state_checks(module)]
    if stuck:
        yield "#ifdef CHECK_DEADLOCK"
        for prop in stuck:
            yield from comment([told(prop)], "\t/*", " */")
        yield "\t:: d_step { else ->"
        for prop in stuck:
            wrong = PROMELA.apply(Op.NOT, module.plain.write(prop.formula))
            name = module.words.properties[prop.name]
            yield f"\t\tif :: {wrong} -> assert(holds.{name}) :: else -> skip fi;"
        yield "\t}"
        yield "#else"
    yield from others
    if stuck:
        yield "#endif"


def _error_checks(module: _Module) -> Iterator[str]:
    named = {p.error: p for p in module.properties if p.kind is PropertyKind.NO_ERROR and p.error}
    for index, rule in enumerate(module.rules):
        for stop, when in rule.errors(frozenset(named)):
            assert stop.error is not None
            prop = named[stop.error]
            yield from comment([f"{prop.name}: {stop.message}: {origin(rule.action)}"], "\t/*", " */")
            ways = _ways(module, rule, names_read(when, Scope.CHOICE))
            wrong = [" && ".join([*_place(module, w), _conditions(module, w).write(when)]) for w in ways]
            yield _check(module, prop, wrong)
        for prop in module.properties:
            if prop.kind is PropertyKind.STEP:
                yield from comment([f"{told(prop)}: {origin(rule.action)}"], "\t/*", " */")
                ways = _ways(module, rule, {c.name for c in rule.action.choices})
                yield _check(module, prop, [_step_violated(module, way, index, prop) for way in ways])


def _step_violated(module: _Module, way: _Way, action: int, prop: Property) -> str:
    writer = _conditions(module, way)
    happens = {e.name: e.happens[action] for e in prop.events}
    over = replace(writer, reads=step_reads(writer, module.system, action, happens))
    return f"{_guard(module, way)} && {PROMELA.apply(Op.NOT, over.write(prop.formula))}"


def _state_checks(module: _Module) -> Iterator[str]:
    for prop in module.properties:
        match prop.kind:
            case PropertyKind.INVARIANT:
                wrong = PROMELA.apply(Op.NOT, module.plain.write(prop.formula))
            case PropertyKind.REACHABLE:
                wrong = module.plain.write(prop.formula)
            case _:
                continue
        yield from comment([told(prop)], "\t/*", " */")
        yield _check(module, prop, [wrong])


def _check(module: _Module, prop: Property, wrong: Sequence[str]) -> str:
    condition = " || ".join(f"({w})" for w in wrong) if len(wrong) > 1 else wrong[0]
    return f"\t:: d_step {{ {condition} -> assert(holds.{module.words.properties[prop.name]}) }}"
