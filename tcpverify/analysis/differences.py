"""What tells two open machines apart: breadth-first through both at once, fed the same inputs.

Where a machine may answer in several ways, the states it may be in are kept together (the subset
construction), and machines differ where one may answer as the other may not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from tcpverify.analysis.alphabet import Alphabet
from tcpverify.analysis.openmachine import (
    NOTHING,
    REFUSED,
    Arrival,
    Happening,
    Input,
    OpenMachine,
    Response,
    Seen,
    Sent,
)
from tcpverify.ir.expr import Value
from tcpverify.ir.system import ActionKind, State, Step
from tcpverify.limits import Deadline
from tcpverify.records import record
from tcpverify.trace import Trace

Way: TypeAlias = tuple[State | None, Step | None]
"""How a state is come to: from which state, by which step; from none where the machine starts."""


@record
class Answer:
    """What one machine does at the difference: what is seen of it, the state after (None if it ends), and
    what the handler cites."""

    seen: Seen
    state: str | None
    cites: tuple[str, ...]


@record
class Difference:
    """The shortest run to a difference of one kind.

    `before`: the states of OLD and NEW; `inputs[:length]` lead to it, the rest (of a difference in the name
    of a state only) to where it is seen from outside, if it ever is. `others`: inputs beside the one that
    makes it that make the same in the same states, one for each set of flags.
    """

    before: tuple[str, str]
    inputs: tuple[Input, ...]
    length: int
    old: Answer
    new: Answer
    runs: tuple[Trace, Trace]
    visible: bool
    others: tuple[Input, ...] = ()

    @property
    def input(self) -> Input:
        """The input that makes the difference."""
        return self.inputs[self.length - 1]


@record
class Comparison:
    """What was found, shortest runs first. `depth`: how many inputs the longest run had; `exhausted`: no run
    can lead to states that were not looked at; `stopped`: what stopped it before `depth`."""

    differences: tuple[Difference, ...]
    pairs: int
    responses: int
    depth: int
    exhausted: bool
    stopped: str | None = None


@record
class Apart:
    """What was found of two machines, and what it was found with.

    `only`: events and kinds of segments that one side alone has, OLD first; `left_out`: fields that one side
    alone has, and so are not compared; `fed`: the segments, field by field; `narrowed`: choices of which the
    first value is taken; `silent`: one side tells its user nothing, so that is not compared.
    """

    sides: tuple[OpenMachine, OpenMachine]
    comparison: Comparison
    only: tuple[tuple[str, ...], tuple[str, ...]]
    left_out: tuple[tuple[str, ...], tuple[str, ...]]
    fed: tuple[str, ...]
    narrowed: tuple[str, ...]
    silent: bool

    @property
    def same(self) -> bool:
        """Whether nothing was found that differs."""
        return not (self.comparison.differences or any(self.only))


@record
class Question:
    """What is compared. `named`: states by their names too; `ignored`: fields and signals that are not
    looked at; `depth`: the most inputs of a run; `silent`: what the user is told is not compared, and a call
    that does nothing is as good as one that is refused."""

    named: bool = False
    ignored: frozenset[str] = frozenset()
    events: frozenset[tuple[ActionKind, str]] | None = None
    """The events that are fed, beside segments; None: all."""
    depth: int = 8
    silent: bool = False


@record
class _Node:
    """States that OLD and NEW may be in after the same inputs, and how each was come to."""

    olds: Mapping[State, Way]
    news: Mapping[State, Way]
    parent: int | None
    input: Input | None
    depth: int

    @property
    def key(self) -> tuple[frozenset[State], frozenset[State]]:
        return frozenset(self.olds), frozenset(self.news)


_Grouped: TypeAlias = dict[Seen, list[tuple[State, Response]]]


def compare(
    old: OpenMachine,
    new: OpenMachine,
    given: Mapping[str, Sequence[Value]],
    question: Question,
    deadline: Deadline,
) -> Comparison:
    """Every kind of difference, each with a shortest run."""
    return _Search(Alphabet(old, new, given), question, deadline).run()


class _Search:
    """The pairs found so far, and the differences."""

    def __init__(self, alphabet: Alphabet, question: Question, deadline: Deadline) -> None:
        self.alphabet, self.question, self.deadline = alphabet, question, deadline
        self.old, self.new = alphabet.old, alphabet.new
        self.nodes: list[_Node] = []
        self.todo: deque[int] = deque()
        self.known: set[tuple[frozenset[State], frozenset[State]]] = set()
        self.found: dict[object, Difference] = {}
        self.unseen: dict[object, _Node] = {}
        self.alike: dict[object, dict[object, Input]] = {}
        self.responses = 0
        self.silent = question.silent
        self.compared = {kind: alphabet.shared(kind) - question.ignored for kind in alphabet.kinds}

    def run(self) -> Comparison:
        """Search to the end, to the greatest depth, or until time runs out."""
        olds, news = self.old.initial(), self.new.initial()
        start = dict.fromkeys(olds, (None, None)), dict.fromkeys(news, (None, None))
        self._add(_Node(*start, None, None, 0))
        depth, cut, stopped = 0, False, None
        while self.todo:
            if self.deadline.passed:
                stopped = "out of time"
                break
            number = self.todo.popleft()
            depth = max(depth, self.nodes[number].depth)
            if self.nodes[number].depth == self.question.depth:
                cut = True
                continue
            self._expand(number)
        found = tuple(self._seen_at_last(key) for key in self.found)
        exhausted = not cut and stopped is None
        return Comparison(found, len(self.nodes), self.responses, depth, exhausted, stopped)

    def _add(self, node: _Node) -> None:
        if node.olds and node.news and node.key not in self.known:
            self.known.add(node.key)
            self.nodes.append(node)
            self.todo.append(len(self.nodes) - 1)

    def _inputs(self, node: _Node) -> Iterable[Input]:
        events = self.question.events
        for given in self.alphabet.inputs(list(node.olds), list(node.news)):
            if isinstance(given, Arrival) or events is None or (given.kind, given.subject) in events:
                yield given

    def _expand(self, number: int) -> None:
        node = self.nodes[number]
        for given in self._inputs(node):
            old = self._answers(self.old, node.olds, given)
            new = self._answers(self.new, node.news, given)
            for seen in old.keys() & new.keys() if old.keys() != new.keys() else old:
                self._go_on(number, given, old[seen], new[seen])
            if old.keys() != new.keys():
                one = _pick(old, new), _pick(new, old)
                self._differ(number, given, *one)
                self._go_on_alike(number, given, old, new)

    def _answers(self, machine: OpenMachine, states: Iterable[State], given: Input) -> _Grouped:
        found: _Grouped = {}
        for state in states:
            for response in machine.respond(state, given):
                self.responses += 1
                seen = self._visible(response.seen)
                if self.silent and seen == NOTHING and response.after == state and _is_call(given):
                    seen = Seen(REFUSED, (), ())
                found.setdefault(seen, []).append((state, response))
        return found

    def _visible(self, seen: Seen) -> Seen:
        """What is compared of what is seen."""
        end = "errs" if seen.end.startswith("errs") else seen.end
        signals = () if self.silent else tuple(s for s in seen.signals if s not in self.question.ignored)
        return Seen(end, tuple(map(self._comparable, seen.sent)), signals)

    def _comparable(self, sent: Sent) -> Sent:
        compared = self.compared.get(sent.kind)
        if compared is None:
            return sent
        return Sent(sent.kind, tuple((f, v) for f, v in sent.fields if f in compared))

    def _go_on(
        self,
        number: int,
        given: Input,
        old: list[tuple[State, Response]],
        new: list[tuple[State, Response]],
    ) -> None:
        """On from answers that look alike; unless names count, and they differ."""
        olds, news = _after(old), _after(new)
        node = _Node(olds, news, number, given, self.nodes[number].depth + 1)
        if self.question.named and olds and news:
            mine, other = _names(self.old, olds), _names(self.new, news)
            if mine != other:
                one = _in_none(self.old, old, other), _in_none(self.new, new, mine)
                self._differ(number, given, *one, unseen=node)
                return
        self._add(node)

    def _go_on_alike(self, number: int, given: Input, old: _Grouped, new: _Grouped) -> None:
        """On past a difference, where both are in states of the same name."""
        olds = _after(r for rows in old.values() for r in rows)
        news = _after(r for rows in new.values() for r in rows)
        for name in dict.fromkeys(map(self.old.state, olds)):
            mine = {s: w for s, w in olds.items() if self.old.state(s) == name}
            other = {s: w for s, w in news.items() if self.new.state(s) == name}
            self._add(_Node(mine, other, number, given, self.nodes[number].depth + 1))

    def _differ(
        self,
        number: int,
        given: Input,
        old: tuple[State, Response],
        new: tuple[State, Response],
        unseen: _Node | None = None,
    ) -> None:
        """Note a difference; `unseen`: it is one in names only, and the search stops here."""
        before = self.old.state(old[0]), self.new.state(new[0])
        answers = self._answer(self.old, old[1]), self._answer(self.new, new[1])
        key = (before, _event(given), *(self._kind(a) for a in answers))
        self.alike.setdefault(key, {}).setdefault(self.alphabet.coarse(given), given)
        if key in self.found:
            return
        inputs = (*self._way(number), given)
        runs = (
            self._trace(self.old, number, old, given, lambda n: n.olds),
            self._trace(self.new, number, new, given, lambda n: n.news),
        )
        self.found[key] = Difference(before, inputs, len(inputs), *answers, runs, unseen is None)
        if unseen is not None:
            self.unseen[key] = unseen

    def _kind(self, answer: Answer) -> object:
        """What of an answer makes it another kind of difference: not the numbers in it."""
        sent = tuple(
            (s.kind, tuple(f for f, v in s.fields if v and f in self._flags(s.kind)))
            for s in answer.seen.sent
        )
        return answer.seen.end, sent, answer.seen.signals, answer.state, answer.cites

    def _flags(self, kind: str) -> set[str]:
        return {f for m in (self.old, self.new) if kind in m.kinds for f in m.flags(kind)}

    def _answer(self, machine: OpenMachine, response: Response) -> Answer:
        state = None if response.after is None else machine.state(response.after)
        return Answer(response.seen, state, machine.cites(response.step))

    def _way(self, number: int | None) -> list[Input]:
        """The inputs that lead to a node."""
        inputs: list[Input] = []
        while number is not None:
            node = self.nodes[number]
            inputs += [] if node.input is None else [node.input]
            number = node.parent
        return inputs[::-1]

    def _trace(
        self,
        machine: OpenMachine,
        number: int,
        last: tuple[State, Response],
        given: Input,
        side: Callable[[_Node], Mapping[State, Way]],
    ) -> Trace:
        """The run of one machine to a node and its last step, replayed."""
        state, response = last
        run = [(given, response.step)]
        at: int | None = number
        while at is not None and self.nodes[at].input is not None:
            node = self.nodes[at]
            before, step = side(node)[state]
            assert before is not None and node.input is not None
            run.append((node.input, step))
            state, at = before, node.parent
        return machine.trace(state, run[::-1])

    def _seen_at_last(self, key: object) -> Difference:
        """A difference; one in names only with the shortest run through it to what is seen from outside."""
        found = replace(self.found[key], others=tuple(self.alike[key].values())[1:])
        if key not in self.unseen:
            return found
        later = _Search(self.alphabet, replace(self.question, named=False), self.deadline)
        later.nodes = list(self.nodes)
        later._add(self.unseen[key])
        later._until_found()
        self.responses += later.responses
        if not later.found:
            return found
        seen = next(iter(later.found.values()))
        return replace(found, inputs=seen.inputs, runs=seen.runs)

    def _until_found(self) -> None:
        while self.todo and not self.found and not self.deadline.passed:
            number = self.todo.popleft()
            if self.nodes[number].depth < self.question.depth:
                self._expand(number)


def _names(machine: OpenMachine, states: Iterable[State]) -> set[str]:
    return {machine.state(s) for s in states}


def _in_none(
    machine: OpenMachine, rows: list[tuple[State, Response]], names: set[str]
) -> tuple[State, Response]:
    """An answer that leads to a state with none of these names; if all lead to one of them, the first."""
    found = (r for r in rows if r[1].after is not None and machine.state(r[1].after) not in names)
    return next(found, rows[0])


def _after(rows: Iterable[tuple[State, Response]]) -> dict[State, Way]:
    found: dict[State, Way] = {}
    for before, response in rows:
        if response.after is not None:
            found.setdefault(response.after, (before, response.step))
    return found


def _pick(own: _Grouped, other: _Grouped) -> tuple[State, Response]:
    """An answer that the other machine cannot give; if it can give all, any."""
    return next((rows[0] for seen, rows in own.items() if seen not in other), next(iter(own.values()))[0])


def _is_call(given: Input) -> bool:
    return isinstance(given, Happening) and given.kind is ActionKind.CALL


def _event(given: Input) -> object:
    """What of an input makes it another kind of difference."""
    match given:
        case Arrival(kind):
            return kind
        case Happening(kind, subject):
            return kind, subject
