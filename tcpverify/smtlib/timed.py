"""Parametric systems in SMT-LIB: dense time, and for each content of a segment when it was last sent.

A state has beside the variables of the system (but those that say which wait a timer began) the time `now`;
of every timer with a duration when it last began to wait; and of every content that a channel's segments may
have whether it was ever sent, and when last. Parameters are constants of their own. A rule is an action with
the segment that it takes known, and `delay`, the time that passes before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tcpverify.ir.contents import about, contents, taken_by
from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import BoolSort, Expr, Scope, Sort, Var, is_false, show_value
from tcpverify.ir.parametric import Linear, Parametric, Waits, leaves
from tcpverify.ir.system import Action, ActionKind, Check, Choice, Send, VariableKind
from tcpverify.records import record
from tcpverify.smtlib.numbers import Numbers
from tcpverify.smtlib.relation import choice_name, enumerations
from tcpverify.smtlib.terms import Context, Inexpressible, term
from tcpverify.smtlib.text import call, conjunction, disjunction, let, negation, symbol

NOW = symbol("time now")
DELAY = symbol("time passed")
THEN = call("+", NOW, DELAY)
"""When the step is."""

FIRINGS = frozenset({ActionKind.TIMEOUT, ActionKind.EXHAUSTED})


@record
class Rule:
    """An action (by index) that takes this segment (or none): its `inputs` beside the delay
    (constants with their sorts), the condition under which it is possible, and the terms that the constants
    of the state have afterwards, those that change."""

    name: str
    action: int
    message: Message | None
    inputs: tuple[tuple[str, str], ...]
    guard: str
    moves: Mapping[str, str]


@record
class Timed:
    """A parametric system as text. `constants` of a state, with their sorts: variables, times (of sort Real)
    and of each of the `contents` (channel, segment) two; `plain`, those that are no times, with the sorts of
    their values, which `numbers` writes; `fixed`: those with one value only at the start; `parameters`, of
    sort Real; `allowed`: what is taken for granted of them; `assumed`: of every state."""

    declarations: tuple[str, ...]
    parameters: tuple[str, ...]
    constants: tuple[tuple[str, str], ...]
    contents: tuple[tuple[int, Message], ...]
    plain: tuple[tuple[str, Sort], ...]
    numbers: Numbers
    fixed: Mapping[str, str]
    allowed: str
    initial: str
    assumed: str
    rules: tuple[Rule, ...]
    bad: str

    @property
    def times(self) -> tuple[str, ...]:
        """The constants of a state that are times."""
        return tuple(name for name, sort in self.constants if sort == "Real")

    def step(self, rule: Rule, after: str) -> str:
        """That a step by a rule is possible, to a state of which a formula is true."""
        return conjunction([rule.guard, let(rule.moves, conjunction([self.assumed, after]))])


def with_suffix(name: str, suffix: str) -> str:
    """A symbol with more behind its name."""
    return symbol(name[1:-1] + suffix)


def timed(system: Parametric, formula: Expr) -> Timed:
    """A parametric system, and the states where a formula is not true.

    Raises:
        TooMany: its segments cannot be told apart one by one.
        Inexpressible: an expression cannot be said so.
    """
    return _Writer(system).write(formula)


class _Writer:
    """Writes one system: `contents`, of every channel the segments that may be in it."""

    def __init__(self, system: Parametric) -> None:
        self.timed, self.system = system, system.system
        self.contents = contents(self.system)
        self.numbers = Numbers(True, enumerations(self.system))
        self.kept = [v for v in self.system.variables if v.kind is not VariableKind.CLOCK]

    def write(self, formula: Expr) -> Timed:
        return Timed(
            declarations=tuple(self.numbers.declarations()),
            parameters=tuple(parameter(p) for p in self.timed.parameters),
            constants=tuple(self._constants()),
            contents=tuple((c, m) for c, messages in enumerate(self.contents) for m in messages),
            plain=tuple(self._plain()),
            numbers=self.numbers,
            fixed=self._fixed(),
            allowed=conjunction(call("<", "0.0", parameter(p)) for p in self.timed.parameters),
            initial=self._initial(),
            assumed=conjunction(self._formula(a.formula) for a in self.system.assumptions),
            rules=tuple(r for r in self._rules() if r.guard != "false"),
            bad=negation(self._formula(formula)),
        )

    # --- States ---

    def _constants(self) -> Iterator[tuple[str, str]]:
        yield from ((symbol(v.name), self.numbers.sort(v.sort)) for v in self.kept)
        yield NOW, "Real"
        yield from ((self._began(w), "Real") for w in self.timed.timers)
        for channel, messages in enumerate(self.contents):
            for m in messages:
                yield self._ever(channel, m), "Bool"
                yield self._last(channel, m), "Real"

    def _plain(self) -> Iterator[tuple[str, Sort]]:
        yield from ((symbol(v.name), v.sort) for v in self.kept)
        for channel, messages in enumerate(self.contents):
            yield from ((self._ever(channel, m), BoolSort()) for m in messages)

    def _fixed(self) -> dict[str, str]:
        initial = self.system.initial
        fixed = {name: "0.0" for name, sort in self._constants() if sort == "Real"}
        for v, alternatives in zip(self.system.variables, initial.values, strict=True):
            if v in self.kept and len(alternatives) == 1:
                fixed[symbol(v.name)] = self.numbers.value(alternatives[0], v.sort)
        for channel, messages in enumerate(self.contents):
            for m in messages:
                fixed[self._ever(channel, m)] = "true" if m in initial.contents[channel] else "false"
        return fixed

    def _began(self, waits: Waits) -> str:
        return symbol(f"began {self.system.timers[waits.timer].name}")

    def _ever(self, channel: int, message: Message) -> str:
        return symbol(f"sent {self._content(channel, message)}")

    def _last(self, channel: int, message: Message) -> str:
        return symbol(f"last {self._content(channel, message)}")

    def _content(self, channel: int, message: Message) -> str:
        """A segment in words: flags that are set by their names."""
        kind = self.system.messages[message[0]]
        told = []
        for field, value in zip(kind.fields, message[1:], strict=False):
            if not isinstance(field.sort, BoolSort):
                told.append(f"{field.name}={show_value(value, field.sort)}")
            elif value:
                told.append(field.name)
        return f"{self.system.channels[channel].name} {kind.name} {' '.join(told)}".strip()

    def _initial(self) -> str:
        initial = self.system.initial
        parts = []
        for v, alternatives in zip(self.system.variables, initial.values, strict=True):
            if v in self.kept:
                among = [call("=", symbol(v.name), self.numbers.value(x, v.sort)) for x in alternatives]
                parts.append(disjunction(among))
        for name, sort in self._constants():
            if sort == "Real":
                parts.append(call("=", name, "0.0"))
        for channel, messages in enumerate(self.contents):
            for m in messages:
                there = self._ever(channel, m)
                parts.append(there if m in initial.contents[channel] else negation(there))
        return conjunction([*parts, self._formula(initial.where)])

    # --- Terms ---

    def _formula(self, expr: Expr) -> str:
        """A formula over the state and choices."""

        def variable(var: Var) -> str:
            return symbol(var.name) if var.scope is Scope.STATE else choice_name(var.name)

        return term(expr, Context(self.numbers, variable, _no_segment, _no_count))

    def _alive(self, channel: int, message: Message) -> str:
        """A copy of a segment may be received after the delay."""
        lifetime = self.timed.lifetimes[channel]
        if lifetime is None:
            return self._ever(channel, message)
        end = call("+", self._last(channel, message), self._length(lifetime))
        return conjunction([self._ever(channel, message), call("<", THEN, end)])

    def _length(self, length: Linear) -> str:
        return linear_text(length, [parameter(p) for p in self.timed.parameters])

    def _due(self, waits: Waits) -> str:
        """When a running timer fires."""
        phase = symbol(self.system.timers[waits.timer].name)
        wait = self._length(waits.waits[-1])
        for earlier in range(len(waits.waits) - 1, 0, -1):
            wait = call("ite", call("<=", phase, str(earlier)), self._length(waits.waits[earlier - 1]), wait)
        return call("+", self._began(waits), wait)

    # --- Steps ---

    def _in_time(self) -> str:
        """No timer that is due is passed over."""
        parts = [call("<=", "0.0", DELAY)]
        for w in self.timed.timers:
            stopped = call("=", symbol(self.system.timers[w.timer].name), "0")
            parts.append(disjunction([stopped, call("<=", THEN, self._due(w))]))
        return conjunction(parts)

    def _rules(self) -> Iterator[Rule]:
        known = [set(messages) for messages in self.contents]
        for index, action in enumerate(self.system.actions):
            for message in taken_by(action, known):
                if not is_false(about(self.system, message, action.guard)):
                    yield self._rule(index, action, message)

    def _rule(self, index: int, action: Action, message: Message | None) -> Rule:
        def told(expr: Expr) -> str:
            return self._formula(about(self.system, message, expr))

        inputs, parts = [], [self._in_time()]
        if action.location is not None:
            where = self.system.variables[action.location.variable]
            parts.append(call("=", symbol(where.name), self.numbers.value(action.location.value, where.sort)))
        if action.channel is not None and message is not None:
            parts.append(self._alive(action.channel, message))
        if action.kind in FIRINGS:
            parts += [call("=", THEN, self._due(w)) for w in self.timed.timers if self._is(w, action)]
        for choice in action.choices:
            inputs.append((choice_name(choice.name), self.numbers.sort(choice.sort)))
            parts.append(self._domain(choice, told(choice.when)))
        parts.append(told(action.guard))
        parts += [told(e.condition) for e in action.effects if isinstance(e, Check)]
        name = action.name if message is None or action.channel is None else (
            f"{action.name}: {self._content(action.channel, message)}")  # fmt: skip
        return Rule(
            name, index, message, tuple(inputs), conjunction(parts), self._moves(action, message, told)
        )

    def _is(self, waits: Waits, action: Action) -> bool:
        """Whether a firing is that of a timer."""
        timer = self.system.timers[waits.timer]
        return timer.endpoint == action.endpoint and timer.label == action.subject

    def _domain(self, choice: Choice, matters: str) -> str:
        name = choice_name(choice.name)
        if choice.values is None:
            return self.numbers.fits(name, choice.sort)
        among = [call("=", name, self.numbers.value(v, choice.sort)) for v in choice.values]
        return conjunction([disjunction(among), disjunction([matters, among[0]])])

    def _moves(self, action: Action, message: Message | None, told: Callable[[Expr], str]) -> dict[str, str]:
        """What a step changes."""
        moves = {NOW: THEN}
        began = {w.began: w for w in self.timed.timers}
        for u in action.updates:
            variable = self.system.variables[u.variable]
            if u.variable in began:
                moves[self._began(began[u.variable])] = self._begins(
                    u.value, began[u.variable], message, told
                )
            elif variable in self.kept:
                moves[symbol(variable.name)] = told(u.value)
        for effect in action.effects:
            if isinstance(effect, Send):
                self._send(effect, message, told, moves)
        return moves

    def _begins(
        self, update: Expr, waits: Waits, message: Message | None, told: Callable[[Expr], str]
    ) -> str:
        """When a timer last began to wait, after a step: now, but where the step leaves it alone."""
        keeps = []
        for condition, leaf in leaves(about(self.system, message, update)):
            if isinstance(leaf, Var) and leaf.name == self.system.variables[waits.began].name:
                keeps.append(told(condition))
        kept = disjunction(keeps)
        own = self._began(waits)
        return THEN if kept == "false" else own if kept == "true" else call("ite", kept, own, THEN)

    def _send(
        self, send: Send, message: Message | None, told: Callable[[Expr], str], moves: dict[str, str]
    ) -> None:
        """Note the contents that a step may send as sent now."""
        fields = [about(self.system, message, f) for f in send.fields]
        kind = self.system.messages[send.kind]
        for m in self.contents[send.channel]:
            if m[0] != send.kind:
                continue
            same = [
                _equal(told(f), self.numbers.value(v, field.sort))
                for f, field, v in zip(fields, kind.fields, m[1:], strict=False)
            ]
            when = conjunction([told(send.when), *same])
            if when == "false":
                continue
            ever, last = self._ever(send.channel, m), self._last(send.channel, m)
            moves[ever] = disjunction([moves.get(ever, ever), when])
            moves[last] = THEN if when == "true" else call("ite", when, THEN, moves.get(last, last))


def parameter(name: str) -> str:
    """The constant of a parameter."""
    return symbol(f"param {name}")


def real(value: int) -> str:
    """A whole number of sort Real."""
    return f"{value}.0" if value >= 0 else f"(- {-value}.0)"


def linear_text(length: Linear, constants: Sequence[str]) -> str:
    """A linear expression over constants of sort Real, one for each of its coefficients."""
    parts = [real(length.constant)] if length.constant else []
    for name, factor in zip(constants, length.coefficients, strict=True):
        if factor:
            parts.append(name if factor == 1 else call("*", real(factor), name))
    return "0.0" if not parts else parts[0] if len(parts) == 1 else call("+", *parts)


def _equal(a: str, b: str) -> str:
    """An equation; of the same text, or of two literals, what it comes to."""
    if a == b:
        return "true"
    literal = all(t.lstrip("(- ").rstrip(")").isdigit() or t in ("true", "false") for t in (a, b))
    return "false" if literal else call("=", a, b)


def _no_segment(_: int) -> str:
    raise Inexpressible("it reads a segment where there is none")


def _no_count(_: int, __: Expr) -> str:
    raise Inexpressible("it says what is in flight")


def rule_inputs(rules: Sequence[Rule]) -> list[tuple[str, str]]:
    """The inputs of some rules, each once, the delay first."""
    return list(dict.fromkeys([(DELAY, "Real"), *(i for r in rules for i in r.inputs)]))
