"""What the search looks for: one watch a property, told of every state, step and dead end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tcpverify.explicit.tree import Tree
from tcpverify.ir.build import neg
from tcpverify.ir.expr import FALSE
from tcpverify.ir.interpret import Interpreter, Predicate, StepPredicate
from tcpverify.ir.system import ErrorKind, Property, PropertyKind, Schedule, State, Step

_NO_DEAD_END = Property(
    "no_deadlock", PropertyKind.DEADLOCK_FREE, FALSE, None, None, (), "no_deadlock", None, ()
)


@dataclass(slots=True)
class Best:
    """The best evidence of the current level: the fewest faults, among those the first found.

    `step`: what is done in the state, if the evidence is a step.
    """

    faults: int
    state: int
    step: Step | None


@dataclass(slots=True)
class Watch:
    """One property: `found` once it is decided by a schedule, `happened` once its antecedent was true.

    `hits` are the states of the level being found that decide it; which is best is known only when
    the level is finished, because a later way to a state may have fewer faults. `undecided`: why a
    complete search cannot tell; `trap`: how many states are in the trap that was found.
    """

    prop: Property
    best: Best | None = None
    hits: list[int] = field(default_factory=list)
    found: Schedule | None = None
    happened: bool = False
    undecided: str | None = None
    trap: int | None = None

    def offer(self, faults: int, state: int, step: Step | None) -> None:
        """Evidence, offered in order of discovery."""
        if self.best is None or faults < self.best.faults:
            self.best = Best(faults, state, step)


class Watches:
    """All the watches, sorted by what they look at; a decided one is looked at no more."""

    def __init__(self, interpreter: Interpreter, properties: Sequence[Property]) -> None:
        self.asked = [Watch(p) for p in properties]
        self.deadlock = Watch(_NO_DEAD_END)
        self.deadlocks = 0
        self._interpreter = interpreter
        self.on_state: list[tuple[Watch, Predicate]] = []
        self.on_step: list[tuple[Watch, StepPredicate]] = []
        self.on_dead_end: list[tuple[Watch, Predicate]] = []
        self.on_error: list[tuple[Watch, ErrorKind | None]] = []
        self.before: list[tuple[Watch, Predicate]] = []
        self.before_step: list[tuple[Watch, StepPredicate]] = []
        for watch in (*self.asked, self.deadlock):
            self._place(watch)

    def _place(self, watch: Watch) -> None:
        prop, state, step = watch.prop, self._interpreter.predicate, self._interpreter.step_predicate
        match prop.kind:
            case PropertyKind.INVARIANT:
                self.on_state.append((watch, state(neg(prop.formula))))
                if prop.antecedent is not None:
                    self.before.append((watch, state(prop.antecedent)))
            case PropertyKind.REACHABLE:
                self.on_state.append((watch, state(prop.formula)))
            case PropertyKind.STEP:
                self.on_step.append((watch, step(neg(prop.formula), prop.events)))
                if prop.antecedent is not None:
                    self.before_step.append((watch, step(prop.antecedent, prop.events)))
            case PropertyKind.DEADLOCK_FREE:
                self.on_dead_end.append((watch, state(neg(prop.formula))))
            case PropertyKind.NO_ERROR:
                self.on_error.append((watch, prop.error))
            case _:
                pass

    def see_state(self, number: int, state: State) -> None:
        """A state found for the first time."""
        for watch, wanted in self.on_state:
            if wanted(state):
                watch.hits.append(number)
        happened = [watch for watch, antecedent in self.before if antecedent(state)]
        if happened:
            for watch in happened:
                watch.happened = True
            self.before = [(w, a) for w, a in self.before if not w.happened]

    def see_step(self, number: int, state: State, step: Step, after: State, faults: int) -> None:
        """A transition; `faults` counts those on the way, its own included."""
        for watch, wanted in self.on_step:
            if wanted(state, after, step):
                watch.offer(faults, number, step)
        if self.before_step:
            for watch, antecedent in self.before_step:
                watch.happened = watch.happened or antecedent(state, after, step)
            self.before_step = [(w, a) for w, a in self.before_step if not w.happened]

    def see_error(self, number: int, step: Step, error: ErrorKind, faults: int) -> None:
        """An erring step."""
        for watch, wanted in self.on_error:
            if wanted is error:
                watch.offer(faults, number, step)

    def see_dead_end(self, number: int, state: State, faults: int) -> None:
        """A state without a transition."""
        self.deadlocks += 1
        for watch, wanted in self.on_dead_end:
            if wanted(state):
                watch.offer(faults, number, None)

    def settle(self, tree: Tree, first: int) -> None:
        """Turn the evidence of a level into schedules; `first` is the number of its first new state."""
        for watch in (*self.asked, self.deadlock):
            for number in sorted(watch.hits, key=lambda n: tree.discovered[n - first]):
                watch.offer(tree.faults[number], number, None)
            watch.hits = []
            if watch.found is None and watch.best is not None:
                watch.found = tree.schedule(watch.best.state, watch.best.step)
        self.on_state = [(w, p) for w, p in self.on_state if w.found is None]
        self.on_step = [(w, p) for w, p in self.on_step if w.found is None]
        self.on_dead_end = [(w, p) for w, p in self.on_dead_end if w.found is None]
        self.on_error = [(w, e) for w, e in self.on_error if w.found is None]

    @property
    def settled(self) -> bool:
        """Whether no property that was asked needs another state."""
        return all(w.found is not None or w.prop.kind is PropertyKind.UNSUPPORTED for w in self.asked)
