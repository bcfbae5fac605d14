"""A system and what is looked for, as the rules module that the kernel calls.

The bytes of SEEN: one a watch, one an action that was taken, one a state that an endpoint was in.

`@expand` is a tree: first the endpoint states (a switch for each variable that actions are tied to),
then the channels with a segment to take, then the segment's kind, then what is left of each guard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tcpverify.explicit.native import queues, steps
from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.layout import Layout
from tcpverify.explicit.native.rules import Rules
from tcpverify.explicit.native.slots import ANSWERED, BROKEN, BUSY, Block, Part
from tcpverify.explicit.native.steps import Position, Scene
from tcpverify.explicit.native.terms import Model, Taken, Terms
from tcpverify.explicit.native.watching import Watch
from tcpverify.ir.build import conj
from tcpverify.ir.expr import FALSE, TRUE, Apply, Const, Expr, Op, Scope, Var
from tcpverify.ir.system import KIND, Order, Property, System
from tcpverify.ir.time import busy
from tcpverify.records import record

if TYPE_CHECKING:
    from tcpverify.explicit.native.labels import Labels


def generate(
    system: System, packing: Layout, watches: Sequence[Watch], labels: Labels | None = None
) -> Rules:
    """The rules module of a system; `labels`: how the labels of its transitions are told, if they are.

    Raises:
        TooWide: a value does not fit 64 bits, or a state has too many transitions.
    """
    model = Model.of(system, packing)
    expand, tables = _expand(model, watches, labels)
    constants = "".join(
        f"{name} = internal constant [{len(values)} x i64] [{', '.join(f'i64 {v}' for v in values)}]\n"
        for values, name in tables.items()
    )
    return Rules(
        words=packing.words,
        bits=packing.bits if packing.words == 1 else 64 * packing.words,
        text=constants + expand + _look(model, watches),
        most_successors=max(1, _most(system)),
        seen=len(watches) + len(system.actions) + sum(len(e.states) for e in system.endpoints),
        label_words=0 if labels is None else labels.words,
    )


def _most(system: System) -> int:
    """An upper bound on the transitions of one state."""
    total = 0
    at: dict[int, dict[int, int]] = {}
    for action in system.actions:
        count = steps.ways(system, action)
        if action.location is None:
            total += count
        else:
            there = at.setdefault(action.location.variable, {})
            there[action.location.value] = there.get(action.location.value, 0) + count
    return total + sum(max(there.values()) for there in at.values())


# --- The predicates of states ------------------------------------------------------------------------


def _look(model: Model, watches: Sequence[Watch]) -> str:
    code = Function("define void @look(ptr %thread, ptr noalias %states, i64 %first, i64 %last)")
    seen = code.address("%thread", Block.SEEN)
    with code.counting("%first", "%last") as number:
        words = _load(code, number, model.layout.words)
        terms = Terms(model, code, words)
        for byte, watch in enumerate(watches):
            if watch.where == "state":
                truth = terms.value(watch.formula)
                if truth != "false":
                    with code.when(truth):
                        code.store(1, seen, byte, "i8")
        _visit(terms, seen, len(watches) + len(model.system.actions))
    code.say("ret void")
    return code.text()


def _visit(terms: Terms, seen: str, first: int) -> None:
    """Set the bytes of the states that the endpoints are in; the first endpoint's begin at `first`."""
    for endpoint in terms.model.system.endpoints:
        state = terms.variable(endpoint.control, terms.words)
        terms.code.store(1, seen, terms.code.do(f"add i64 {state}, {first}"), "i8")
        first += len(endpoint.states)


def _load(code: Function, number: str, count: int) -> list[str]:
    """The words of a state."""
    first = code.do(f"mul i64 {number}, {count}") if count > 1 else number
    place = code.element("%states", first)
    return [code.load(place, i) for i in range(count)]


def classifier(system: System, packing: Layout, formula: Expr, then: int, otherwise: int) -> str:
    """A module with `void @classify(ptr %states, i64 %first, i64 %last, ptr %marks)`: the byte of every
    state of these indices becomes `then` where the formula is true, else `otherwise`."""
    code = Function("define void @classify(ptr %states, i64 %first, i64 %last, ptr %marks)")
    with code.counting("%first", "%last") as number:
        truth = Terms(Model.of(system, packing), code, _load(code, number, packing.words)).value(formula)
        code.store(code.do(f"select i1 {truth}, i8 {then}, i8 {otherwise}"), "%marks", number, "i8")
    code.say("ret void")
    return code.text()


def opener(system: System, packing: Layout, prop: Property) -> str:
    """What the flood of a response needs to know of states, as a module.

    `void @seed(ptr %states, i64 %first, i64 %last, ptr %part, i64 %all)`: of these indices, numbers those
    where a request may open (`all`: wherever there is no answer) as the next nodes, and marks the answers.
    `void @flag(ptr %states, i64 %first, i64 %last, ptr %part)`: sets the flags of these nodes.
    """
    return _seed(Model.of(system, packing), prop) + _flag(Model.of(system, packing), prop)


def _seed(model: Model, prop: Property) -> str:
    code = Function("define void @seed(ptr %states, i64 %first, i64 %last, ptr %part, i64 %all)")
    numbers, nodes = code.address("%part", Part.NUMBERS), code.address("%part", Part.NODES)
    count, happened = code.variable(code.load("%part", Part.COUNT)), code.variable(0)
    everywhere = code.compare("ne", "%all", 0)
    with code.counting("%first", "%last") as index:
        terms = Terms(model, code, _load(code, index, model.layout.words))
        answers, asks = terms.value(prop.formula), terms.value(prop.antecedent or FALSE)
        asked = code.do(f"zext i1 {asks} to i64")
        code.store(code.do(f"or i64 {code.load(happened)}, {asked}"), happened)
        mark = code.do(f"select i1 {answers}, i32 {ANSWERED - (1 << 32)}, i32 0")
        code.store(mark, numbers, index, "i32")
        unanswered = code.do(f"xor i1 {answers}, true")
        with code.when(code.do(f"and i1 {unanswered}, {code.do(f'or i1 {asks}, {everywhere}')}")):
            node = code.load(count)
            code.store(code.do(f"trunc i64 {index} to i32"), nodes, node, "i32")
            code.store(code.do(f"add i64 {node}, 1"), count)
            number = code.do(f"trunc i64 {code.load(count)} to i32")
            code.store(number, numbers, index, "i32")
    code.store(code.load(count), "%part", Part.COUNT)
    before = code.load("%part", Part.HAPPENED)
    code.store(code.do(f"or i64 {before}, {code.load(happened)}"), "%part", Part.HAPPENED)
    code.say("ret void")
    return code.text()


def _flag(model: Model, prop: Property) -> str:
    code = Function("define void @flag(ptr %states, i64 %first, i64 %last, ptr %part)")
    nodes, flags = code.address("%part", Part.NODES), code.address("%part", Part.FLAGS)
    with code.counting("%first", "%last") as node:
        index = code.do(f"zext i32 {code.load(nodes, node, 'i32')} to i64")
        terms = Terms(model, code, _load(code, index, model.layout.words))
        broken = code.do(f"select i1 {terms.value(prop.hold)}, i8 0, i8 {BROKEN}")
        works = terms.value(busy(model.system)) if model.system.timed else "false"
        found = code.do(f"or i8 {broken}, {code.do(f'select i1 {works}, i8 {BUSY}, i8 0')}")
        code.store(found, flags, node, "i8")
    code.say("ret void")
    return code.text()


# --- The transitions ---------------------------------------------------------------------------------


def _expand(
    model: Model, watches: Sequence[Watch], labels: Labels | None
) -> tuple[str, Mapping[tuple[int, ...], str]]:
    code = Function("define i64 @expand(ptr %thread, ptr noalias %states, i64 %first, i64 %last)")
    buffer, links, seen = (code.address("%thread", s) for s in (Block.BUFFER, Block.LINKS, Block.SEEN))
    filled = code.variable(code.load("%thread", Block.FILLED))
    room = code.do(f"sub i64 {code.load('%thread', Block.ROOM)}, {max(1, _most(model.system))}")
    number = code.variable("%first")
    head, test, body, done = (code.label() for _ in range(4))
    code.goto(head)
    code.at(head)
    now = code.load(number)
    code.branch(code.compare("ult", now, "%last"), test, done)
    code.at(test)
    before = code.load(filled)
    code.branch(code.compare("sle", before, room), body, done)
    code.at(body)
    terms = Terms(model, code, _load(code, now, model.layout.words))
    instants = [byte for byte, watch in enumerate(watches) if watch.where == "instant"]
    due = {byte: terms.value(watches[byte].formula) for byte in instants}
    settled = {byte: code.variable("false", "i1") for byte in instants}
    scene = Scene(
        model, code, terms, watches, steps.bases(model.system), now, buffer, links, seen, filled, due,
        settled, {}, None if labels is None else (labels, code.address("%thread", Block.LABELS)),
        {byte: f"@watch{byte}" for byte, watch in enumerate(watches) if steps.is_called(watch)},
    )  # fmt: skip
    _actions(scene)
    _look_back(scene, before)
    code.store(code.do(f"add i64 {now}, 1"), number)
    code.goto(head)
    code.at(done)
    code.store(code.load(filled), "%thread", Block.FILLED)
    code.say(f"ret i64 {code.load(number)}")
    watchers = [steps.watcher(model, watches[byte], name) for byte, name in scene.watchers.items()]
    return "".join(watchers) + code.text(), scene.tables


def _look_back(scene: Scene, before: str) -> None:
    """What is known of a state when all its transitions are: whether it is a dead end, or locks time."""
    code = scene.code
    for byte, due in scene.due.items():
        stuck = code.do(f"xor i1 {code.load(scene.settled[byte], type='i1')}, true")
        with scene.when(code.do(f"and i1 {due}, {stuck}")):
            scene.mark(byte)
    with scene.when(code.compare("eq", code.load(scene.filled), before)):
        dead_ends = code.load("%thread", Block.DEAD_ENDS)
        code.store(code.do(f"add i64 {dead_ends}, 1"), "%thread", Block.DEAD_ENDS)
        for byte, watch in enumerate(scene.watches):
            if watch.where == "dead end":
                truth = scene.terms.value(watch.formula)
                if truth != "false":
                    with scene.when(truth):
                        scene.mark(byte)


@record
class _Candidate:
    """An action, and the conjuncts of its guard that no switch has tested."""

    index: int
    tests: tuple[Expr, ...]


def _actions(scene: Scene) -> None:
    """All actions, sorted by the endpoint state that they are tied to."""
    anywhere: list[_Candidate] = []
    at: dict[int, dict[int, list[_Candidate]]] = {}
    for index, action in enumerate(scene.model.system.actions):
        candidate = _Candidate(index, _conjuncts(action.guard))
        if action.location is None:
            anywhere.append(candidate)
        else:
            there = at.setdefault(action.location.variable, {})
            there.setdefault(action.location.value, []).append(candidate)
    for variable, cases in at.items():
        lo = scene.model.layout.variables[variable][1]
        control = scene.terms.variable(variable, scene.terms.words)
        if control.lstrip("-").isdigit() or control in ("true", "false"):
            _at_place(scene, cases.get(lo, []))
        else:
            _switch(scene, control, cases)
    _at_place(scene, anywhere)


def _switch(scene: Scene, value: str, cases: Mapping[int, Sequence[_Candidate]]) -> None:
    """A switch over an endpoint's state."""
    code, done = scene.code, scene.code.label()
    labels = {case: code.label() for case in cases}
    rows = " ".join(f"i64 {case}, label %{label}" for case, label in labels.items())
    code.say(f"switch i64 {value}, label %{done} [ {rows} ]")
    for case, label in labels.items():
        code.at(label)
        with scene.terms.block():
            _at_place(scene, cases[case])
        code.goto(done)
    code.at(done)


def _at_place(scene: Scene, candidates: Sequence[_Candidate]) -> None:
    """Some actions, sorted by the channel whose segments they take."""
    takers: dict[tuple[int, int], list[_Candidate]] = {}
    for candidate in candidates:
        action = scene.model.system.actions[candidate.index]
        if action.channel is None:
            steps.emit(scene, candidate.index, conj(candidate.tests), 0)
        else:
            reach = steps.positions(scene.model.system, action)
            takers.setdefault((action.channel, reach), []).append(candidate)
    for (channel, reach), some in takers.items():
        _channel(scene, channel, reach, some)


def _channel(scene: Scene, channel: int, reach: int, candidates: Sequence[_Candidate]) -> None:
    """The actions that take one of the first `reach` segments of a channel."""
    segments, code = scene.model.layout.channels[channel], scene.code
    if not segments.kinds:
        return
    queue = queues.load(code, segments, scene.terms.words)
    if reach == 1:
        with scene.when(queues.reaches(code, segments, queue, 0)):
            _segment(scene, queue, channel, 0, candidates)
        return
    count = queues.length(code, segments, queue)
    if reach < segments.capacity:
        less = code.compare("ult", count, reach)
        count = code.do(f"select i1 {less}, i64 {count}, i64 {reach}")
    with code.counting(0, count) as position, scene.terms.block():
        if scene.model.system.channels[channel].order is not Order.BAG:
            _segment(scene, queue, channel, position, candidates)
        else:
            with scene.when(_first_of_its_like(scene, queue, channel, position)):
                _segment(scene, queue, channel, position, candidates)


def _first_of_its_like(scene: Scene, queue: str, channel: int, position: str) -> str:
    """Whether the segment of a bag before a position is another one, or there is none."""
    segments, code = scene.model.layout.channels[channel], scene.code
    least = code.compare("eq", position, 0)
    earlier = code.do(f"select i1 {least}, i64 0, i64 {code.do(f'sub i64 {position}, 1')}")
    one = queues.segment(code, segments, queue, position)
    other = queues.segment(code, segments, queue, earlier)
    differs = code.compare("ne", one, other, queues.segment_type(segments))
    return code.do(f"or i1 {least}, {differs}")


def _segment(
    scene: Scene, queue: str, channel: int, position: Position, candidates: Sequence[_Candidate]
) -> None:
    """Some actions on one segment, sorted by the kind of segment that they take."""
    segments, code = scene.model.layout.channels[channel], scene.code
    taken = Taken(queues.segment(code, segments, queue, position), segments)
    kinds: dict[int, list[_Candidate]] = {}
    rest: list[_Candidate] = []
    for candidate in candidates:
        kind = next((k for test in candidate.tests if (k := _kind(test)) is not None), None)
        if kind is None:
            rest.append(candidate)
        elif kind in segments.kinds:
            tests = tuple(test for test in candidate.tests if _kind(test) is None)
            kinds.setdefault(kind, []).append(_Candidate(candidate.index, tests))
    with scene.terms.taking(taken):
        if kinds:
            done = code.label()
            labels = {kind: code.label() for kind in kinds}
            rows = " ".join(
                f"i64 {segments.kinds.index(kind) + 1}, label %{label}" for kind, label in labels.items()
            )
            code.say(f"switch i64 {scene.terms.kind_code(taken)}, label %{done} [ {rows} ]")
            for kind, label in labels.items():
                code.at(label)
                with scene.terms.block():
                    for candidate in kinds[kind]:
                        steps.emit(scene, candidate.index, conj(candidate.tests), position)
                code.goto(done)
            code.at(done)
        for candidate in rest:
            steps.emit(scene, candidate.index, conj(candidate.tests), position)


def _conjuncts(guard: Expr) -> tuple[Expr, ...]:
    match guard:
        case Apply(Op.AND, args):
            return tuple(part for a in args for part in _conjuncts(a))
        case _:
            return () if guard is TRUE else (guard,)


def _kind(test: Expr) -> int | None:
    """The kind of segment that a conjunct asks for."""
    match test:
        case Apply(Op.EQ, (Var(Scope.FIELD, name), Const(value))) if name == KIND:
            return value
        case Apply(Op.EQ, (Const(value), Var(Scope.FIELD, name))) if name == KIND:
            return value
        case _:
            return None
