"""One action as instructions: from its guard, for every choice, to the state after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from tcpverify.explicit.native import queues
from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.layout import Place, TooWide
from tcpverify.explicit.native.slots import CALL, CODE_BITS, CODE_SHIFT, FAULT, SOURCE_SHIFT, TICK
from tcpverify.explicit.native.terms import Model, Terms
from tcpverify.explicit.native.watching import Watch
from tcpverify.ir.expr import CORRUPT_KIND, BoolSort, Expr, Scope, bounds, is_true, mentions
from tcpverify.ir.system import Action, ActionKind, Check, Choice, ErrorKind, Order, Send, System

if TYPE_CHECKING:
    from tcpverify.explicit.native.labels import Labels

Position = int | str


@dataclass(slots=True)
class Scene:
    """What the instructions of all actions share. `filled`, `settled`: local variables; `due`: of each
    `instant` watch whether something is due in the state at hand; `tables`: constants that they read;
    `labels`: how labels are told, and where to; `watchers`: the functions of watches that have one."""

    model: Model
    code: Function
    terms: Terms
    watches: Sequence[Watch]
    bases: Sequence[int]
    source: str
    buffer: str
    links: str
    seen: str
    filled: str
    due: Mapping[int, str]
    settled: Mapping[int, str]
    tables: dict[tuple[int, ...], str]
    labels: tuple[Labels, str] | None = None
    watchers: Mapping[int, str] = field(default_factory=dict)

    def mark(self, byte: int) -> None:
        """Set a byte of SEEN."""
        self.code.store(1, self.seen, byte, "i8")

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """What happens only if an i1 is true; the terms computed in it are forgotten after it."""
        if condition == "true":
            yield
            return
        with self.code.when(condition), self.terms.block():
            yield


def ways(system: System, action: Action) -> int:
    """An upper bound on the transitions of one action in one state."""
    return positions(system, action) * prod(_size(c) for c in action.choices)


def positions(system: System, action: Action) -> int:
    """How many segments of its channel an action can take at most."""
    if action.channel is None:
        return 1
    channel = system.channels[action.channel]
    if channel.capacity is None:
        raise TooWide(f"channel {channel.name} is unlimited")
    if channel.order is not Order.BAG and action.kind is ActionKind.RECEIVE:
        return min(channel.capacity, channel.window + 1)
    return channel.capacity


def bases(system: System) -> list[int]:
    """The code of the first transition of each action; codes are in the canonical order.

    Raises:
        TooWide: there are too many ways to go on from one state.
    """
    found, total = [], 0
    for action in system.actions:
        found.append(total)
        total += ways(system, action)
    if total >= 1 << CODE_BITS:
        raise TooWide(f"a state may have {total:,} transitions")
    return found


def _size(choice: Choice) -> int:
    lo, hi = bounds(choice.sort)
    return hi - lo + 1 if choice.values is None else len(choice.values)


def emit(scene: Scene, index: int, guard: Expr, position: Position) -> None:
    """All transitions of the action with a number, for one segment; `guard`: what is left of its guard
    to be tested."""
    action = scene.model.system.actions[index]
    if action.choices and mentions(guard, Scope.CHOICE):
        with scene.terms.block():
            _choose(scene, index, action.choices, guard, position, str(position))
        return
    condition = scene.terms.value(guard)
    if condition != "false":
        with scene.when(condition), scene.terms.block():
            _choose(scene, index, action.choices, None, position, str(position))


def _choose(
    scene: Scene,
    index: int,
    choices: Sequence[Choice],
    guard: Expr | None,
    position: Position,
    way: str,
) -> None:
    """Every value of the choices to come; `way` numbers the choices made, the position included."""
    if not choices:
        if guard is None:
            _take(scene, index, position, way)
            return
        with scene.when(scene.terms.value(guard)):
            _take(scene, index, position, way)
        return
    choice, code = choices[0], scene.code
    size = _size(choice)
    count = str(size)
    if not is_true(choice.when) and size > 1:
        count = code.do(f"select i1 {scene.terms.value(choice.when)}, i64 {size}, i64 1")
    with _each(scene, count) as number, scene.terms.block():
        scene.terms.choices[choice.name] = _picked(scene, choice, number)
        so_far = code.do(f"mul i64 {way}, {size}")
        _choose(scene, index, choices[1:], guard, position, code.do(f"add i64 {so_far}, {number}"))


@contextmanager
def _each(scene: Scene, count: str) -> Iterator[str]:
    """The numbers below a count; no loop if there is only one."""
    if count == "1":
        yield "0"
        return
    with scene.code.counting(0, count) as number:
        yield number


def _picked(scene: Scene, choice: Choice, number: str) -> str:
    """The value of a choice with a number."""
    code, lo = scene.code, bounds(choice.sort)[0]
    values = choice.values
    if values is None or tuple(values) == tuple(range(int(values[0]), int(values[0]) + len(values))):
        value = code.do(f"add i64 {number}, {lo if values is None else int(values[0])}")
    else:
        name = scene.tables.setdefault(tuple(int(v) for v in values), f"@values{len(scene.tables)}")
        value = code.load(name, number)
    return code.do(f"trunc i64 {value} to i1") if isinstance(choice.sort, BoolSort) else value


# --- One transition --------------------------------------------------------------------------------


class _Step:
    """The instructions of one transition: the queues as they become, and where it ends early."""

    def __init__(self, scene: Scene, index: int, position: Position) -> None:
        self.scene, self.index, self.position = scene, index, position
        self.action = scene.model.system.actions[index]
        self.queues: dict[int, str] = {}
        self.end = scene.code.label()

    def queue(self, channel: int) -> str:
        if channel not in self.queues:
            segments = self.scene.model.layout.channels[channel]
            self.queues[channel] = queues.load(self.scene.code, segments, self.scene.terms.words)
        return self.queues[channel]

    def stop_if(self, condition: str, error: ErrorKind | None = None) -> None:
        """End here if an i1 is true: without a transition, or erring."""
        if condition == "false":
            return
        code, stop, go_on = self.scene.code, self.scene.code.label(), self.scene.code.label()
        code.branch(condition, stop, go_on)
        code.at(stop)
        if error is not None:
            for byte, watch in enumerate(self.scene.watches):
                if watch.where == "error" and watch.error is error:
                    self.scene.mark(byte)
            self.scene.mark(len(self.scene.watches) + self.index)
        code.goto(self.end)
        code.at(go_on)


def _take(scene: Scene, index: int, position: Position, way: str) -> None:
    step = _Step(scene, index, position)
    with scene.terms.block():
        _take_segment(step)
        for effect in step.action.effects:
            match effect:
                case Check(condition, error):
                    if not is_true(condition):
                        holds = scene.terms.value(condition)
                        step.stop_if(scene.code.do(f"xor i1 {holds}, true"), error)
                case Send():
                    _send(step, effect)
                case _:
                    pass
        after = _after(step)
        for assumption in scene.model.system.assumptions:
            holds = Terms(scene.model, scene.code, after).value(assumption.formula)
            step.stop_if(scene.code.do(f"xor i1 {holds}, true"))
        _append(step, after, way)
        _watch(step, after)
    scene.code.goto(step.end)
    scene.code.at(step.end)


def _take_segment(step: _Step) -> None:
    """What the action does to the channels before anything is sent."""
    scene, action, code = step.scene, step.action, step.scene.code
    layout = scene.model.layout
    if action.kind is ActionKind.TICK:
        for number, ageing in enumerate(layout.channels):
            if ageing.life is not None:
                step.queues[number] = queues.aged(code, ageing, step.queue(number))
        return
    if action.channel is None:
        return
    segments, queue, position = layout.channels[action.channel], step.queue(action.channel), step.position
    channel = scene.model.system.channels[action.channel]
    assert scene.terms.taken is not None
    taken = scene.terms.taken.number
    match action.kind:
        case ActionKind.RECEIVE | ActionKind.LOSE | ActionKind.EXPIRE:
            queue = queues.removed(code, segments, queue, position)
        case ActionKind.DUPLICATE if not channel.memory:
            step.stop_if(queues.reaches(code, segments, queue, segments.capacity - 1))
            if action.to_tail and channel.order is not Order.BAG:
                queue = queues.appended(code, segments, queue, taken)
            else:
                queue = queues.inserted(code, segments, queue, taken, _next(code, position))
        case ActionKind.CORRUPT:
            garbled = _garbled(step, taken)
            if channel.order is Order.BAG:
                rest = queues.removed(code, segments, queue, position)
                place = queues.rank(code, segments, rest, garbled)
                queue = queues.inserted(code, segments, rest, garbled, place)
            else:
                queue = queues.replaced(code, segments, queue, garbled, position)
        case _:
            pass
    step.queues[action.channel] = queue


def _next(code: Function, position: Position) -> Position:
    return position + 1 if isinstance(position, int) else code.do(f"add i64 {position}, 1")


def _garbled(step: _Step, number: str) -> str:
    """A garbled segment as old as another."""
    assert step.action.channel is not None
    segments = step.scene.model.layout.channels[step.action.channel]
    width = step.scene.model.system.width
    plain = segments.pack((CORRUPT_KIND,) + (0,) * (width - 1))
    if segments.life is None or segments.life.bits == 0:
        return str(plain)
    kind = queues.segment_type(segments)
    age = step.scene.code.do(f"and {kind} {number}, {(1 << segments.life.bits) - 1}")
    return step.scene.code.do(f"or {kind} {age}, {plain}")


def _send(step: _Step, send: Send) -> None:
    scene, code = step.scene, step.scene.code
    wanted = scene.terms.value(send.when)
    if wanted == "false":
        return
    channel, segments = scene.model.system.channels[send.channel], scene.model.layout.channels[send.channel]
    kind, queue, number = queues.queue_type(segments), step.queue(send.channel), _number(step, send)
    full = queues.reaches(code, segments, queue, segments.capacity - 1)
    if channel.memory:
        known = queues.contains(code, segments, queue, number)
        wanted = code.do(f"and i1 {wanted}, {code.do(f'xor i1 {known}, true')}")
    if channel.overflow == "drop":
        wanted = code.do(f"and i1 {wanted}, {code.do(f'xor i1 {full}, true')}")
    else:
        error = ErrorKind.OVERFLOW if channel.overflow == "error" else None
        step.stop_if(full if wanted == "true" else code.do(f"and i1 {wanted}, {full}"), error)
    if channel.order is Order.BAG:
        place = queues.rank(code, segments, queue, number)
        more = queues.inserted(code, segments, queue, number, place)
    else:
        more = queues.appended(code, segments, queue, number)
    if wanted != "true":
        more = code.do(f"select i1 {wanted}, {kind} {more}, {kind} {queue}")
    step.queues[send.channel] = more


def _number(step: _Step, send: Send) -> str:
    """The segment that is sent, as a number."""
    scene, code = step.scene, step.scene.code
    segments = scene.model.layout.channels[send.channel]
    kind = queues.segment_type(segments)
    life = scene.model.system.channels[send.channel].lifetime or 0
    constant = (segments.kinds.index(send.kind) + 1) << segments.kind_offset
    constant |= 0 if segments.life is None else life
    result = ""
    for position, column in enumerate(segments.columns):
        if column.bits == 0:
            continue
        if position >= len(send.fields):
            constant |= -column.lo << column.offset
            continue
        value = _encoded(scene, send.fields[position], column.lo, column.bits)
        if value.isdigit():
            constant |= int(value) << column.offset
            continue
        wide = value if kind == "i64" else code.do(f"zext i64 {value} to {kind}")
        own = code.do(f"shl {kind} {wide}, {column.offset}") if column.offset else wide
        result = own if not result else code.do(f"or {kind} {result}, {own}")
    return str(constant) if not result else code.do(f"or {kind} {result}, {constant}")


def _encoded(scene: Scene, expr: Expr, lo: int, bits: int) -> str:
    """A value as its distance from `lo`, in so many bits."""
    value, code = scene.terms.value(expr), scene.code
    if isinstance(expr.sort, BoolSort):
        value = {"true": "1", "false": "0"}.get(value) or code.do(f"zext i1 {value} to i64")
    if value.lstrip("-").isdigit():
        return str(int(value) - lo & (1 << bits) - 1)
    if lo:
        value = code.do(f"sub i64 {value}, {lo}")
    return code.do(f"and i64 {value}, {(1 << bits) - 1}")


def _after(step: _Step) -> list[str]:
    """The words of the state after the step."""
    scene, code = step.scene, step.scene.code
    changed: list[tuple[Place, str]] = []
    for update in step.action.updates:
        place, lo = scene.model.layout.variables[update.variable]
        if place.bits:
            changed.append((place, _encoded(scene, update.value, lo, place.bits)))
    for channel, queue in step.queues.items():
        changed += queues.parts(code, scene.model.layout.channels[channel], queue)
    words = list(scene.terms.words)
    for number in range(len(words)):
        here = [(place, value) for place, value in changed if place.word == number]
        if here:
            words[number] = _merged(code, words[number], here)
    return words


def _merged(code: Function, word: str, changed: Sequence[tuple[Place, str]]) -> str:
    """A word with some of its fields set anew."""
    mask = sum((1 << place.bits) - 1 << place.offset for place, _ in changed)
    rest = "0" if mask == (1 << 64) - 1 else code.do(f"and i64 {word}, {~mask}")
    for place, value in changed:
        if value.isdigit():
            own = str(int(value) << place.offset)
        else:
            own = code.do(f"shl i64 {value}, {place.offset}") if place.offset else value
        if own != "0":
            rest = own if rest == "0" else code.do(f"or i64 {rest}, {own}")
    return rest


def _append(step: _Step, after: Sequence[str], way: str) -> None:
    """Add a transition to the buffer, with its link, and note that the action was taken."""
    scene, code = step.scene, step.scene.code
    kinds = (step.action.is_fault, FAULT), (step.action.kind is ActionKind.TICK, TICK), (
        step.action.kind is ActionKind.CALL, CALL)  # fmt: skip
    classes = sum(bit for applies, bit in kinds if applies)
    meta = (scene.bases[step.index] << CODE_SHIFT) + classes
    here = code.load(scene.filled)
    first = code.do(f"mul i64 {here}, {len(after)}") if len(after) > 1 else here
    place = code.element(scene.buffer, first)
    for number, word in enumerate(after):
        code.store(word, place, number)
    link = code.do(f"add i64 {code.do(f'shl i64 {scene.source}, {SOURCE_SHIFT}')}, {meta}")
    if way != "0":
        link = code.do(f"add i64 {link}, {code.do(f'shl i64 {way}, {CODE_SHIFT}')}")
    code.store(link, scene.links, here)
    if scene.labels is not None:
        labels, address = scene.labels
        taken = None if step.action.channel is None else scene.terms.taken
        place = code.element(address, code.do(f"mul i64 {here}, {labels.words}"))
        for number, word in enumerate(labels.emit(code, step.index, taken)):
            code.store(word, place, number)
    code.store(code.do(f"add i64 {here}, 1"), scene.filled)
    scene.mark(len(scene.watches) + step.index)


def _watch(step: _Step, after: Sequence[str]) -> None:
    """Look at what the transition does."""
    scene = step.scene
    for byte, watch in enumerate(scene.watches):
        if watch.where == "step":
            seen = _seen(step, byte, watch, after)
            if seen != "false":
                with scene.when(seen):
                    scene.mark(byte)
        elif watch.where == "instant" and step.action.kind is not ActionKind.TICK:
            with scene.when(scene.due[byte]):
                due = _due(step, byte, watch, after)
                with scene.when(scene.code.do(f"xor i1 {due}, true")):
                    scene.code.store("true", scene.settled[byte], type="i1")


def _seen(step: _Step, byte: int, watch: Watch, after: Sequence[str]) -> str:
    """Whether a watch sees what it looks for in a transition."""
    scene, terms = step.scene, step.scene.terms
    events = {e.name: terms.value(e.happens[step.index]) for e in watch.events}
    if byte not in scene.watchers:
        return terms.over(after, events).value(watch.formula)
    return _call(step, scene.watchers[byte], [*terms.words, *after], list(events.values()))


def _due(step: _Step, byte: int, watch: Watch, after: Sequence[str]) -> str:
    """Whether something is due in the state after a step."""
    if byte not in step.scene.watchers:
        return Terms(step.scene.model, step.scene.code, after).value(watch.formula)
    return _call(step, step.scene.watchers[byte], after, ())


def _call(step: _Step, function: str, words: Sequence[str], truths: Sequence[str]) -> str:
    arguments = [*(f"i64 {word}" for word in words), *(f"i1 {truth}" for truth in truths)]
    return step.scene.code.do(f"call i1 {function}({', '.join(arguments)})")


LARGE = 12
"""A formula with more operations is a function that the steps of every action call."""


def is_called(watch: Watch) -> bool:
    """Whether what a watch looks for after every step is a function of its own."""
    return watch.where in ("step", "instant") and watch.formula.size > LARGE


def watcher(model: Model, watch: Watch, name: str) -> str:
    """The formula of a watch as a function: of a step, of the words before and after it and of what happens
    in it; of an instant, of the words of a state."""
    count, over = model.layout.words, watch.where == "step"
    words, after = ([f"%{when}{i}" for i in range(count)] for when in ("words", "after"))
    events = {e.name: f"%event{i}" for i, e in enumerate(watch.events)} if over else {}
    numbers = [*words, *after] if over else words
    parameters = [*(f"i64 {n}" for n in numbers), *(f"i1 {event}" for event in events.values())]
    code = Function(f"define internal i1 {name}({', '.join(parameters)})")
    code.say(f"ret i1 {Terms(model, code, words, after, events=events).value(watch.formula)}")
    return code.text()
