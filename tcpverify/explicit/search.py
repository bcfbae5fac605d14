"""Breadth-first search over the reference interpreter: every property decided in one exploration.

**Exact.** States are compared as values, so no state is ever missed or merged with another.

**Canonical traces.** The trace reported is, among all shortest ones, the one with the fewest faults,
and among those the lexicographically least in (initial state, first step, second step, ...), in the
interpreter's order of initial states and of the steps of a state. Why one search finds it:

1. Let best(s) be the least (faults, schedule) of the shortest paths to s. A shortest path to t ends in
   a step e from some s one level up, and its first part is a shortest path to s; replacing that part by
   best(s) never adds faults and, at equal faults, gives a schedule that is not greater. So best(t) is
   the least of best(s) + e over the pairs (s, e) that lead to t.
2. If the states of a level are expanded in the order of the schedules of best(s), each in the order of
   its steps, then the pairs (s, e) come in the order of the schedules best(s) + e, all of one length.
   So among the pairs that lead to t with the fewest faults the first to come is the least: a state
   found on this level is kept with its faults and the time of its discovery, and only a later pair
   with strictly fewer faults replaces it.
3. Sorted by the time of that discovery, the new level is again in the order of the schedules of best(t).
   On level 0 the order is that of the initial states.
4. A trace that ends in a state is best(t) of the violating t with the least (faults, discovery), chosen
   when the level is finished; one that ends in a step (a violated `always step`, an error) is best(s) + e
   for the least (faults, order in which the pairs come).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tcpverify.explicit.conclusions import (
    Evidence,
    conclude,
    graph_too_large,
    memory_is_short,
    so_far,
    too_many_states,
)
from tcpverify.explicit.graph import MOST_NODES, ON_GRAPH, Graph, Stopped
from tcpverify.explicit.instants import Steps, timelock, zeno
from tcpverify.explicit.recall import Recall
from tcpverify.explicit.tree import Tree
from tcpverify.explicit.watch import Watch, Watches
from tcpverify.ir.interpret import Erring, Interpreter
from tcpverify.ir.system import ActionKind, Property, PropertyKind, State, Step, System
from tcpverify.ir.time import busy
from tcpverify.limits import Deadline, Limits, Progress, ProgressCallback, silent
from tcpverify.verdict import (
    Decision,
    Exhausted,
    Growth,
    Statistics,
    Zeno,
)

MOST_STATES = 2_000_000
"""States that this search stores where nobody says."""

PROGRESS_SECONDS = 0.2
MEMORY_CHECK_SECONDS = 0.2
STATES_PER_MEMORY_CHECK = 10_000


GROWING = 1.3
"""A search that grows by this factor a level, a third of its patience used up, will need more."""


class Outgrown(Exception):
    """A search takes more transitions than its caller has patience for."""


def run(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback = silent,
    *,
    exhaustive: bool = True,
    patience: int | None = None,
    deadline: Deadline | None = None,
    plain: str | None = None,
) -> Decision:
    """Visit every reachable state and decide every property.

    With `exhaustive=False` it may stop as soon as every property has its trace. Where a limit (or the
    user) stops it, what has a trace keeps its verdict and the rest is unknown. `deadline`: when to stop, if
    the time of the limits has begun before; `plain`: why it is this search and not machine code, told
    where its own limit on states ends it.

    Raises:
        Outgrown: there are, or will be, more transitions than `patience`.
    """
    interpreter = Interpreter(system)
    search = _Search(interpreter, Watches(interpreter, properties), limits, progress, patience)
    search.deadline = deadline or limits.deadline()
    search.plain = plain
    search.steps = Steps() if system.timed else None
    if any(p.kind in ON_GRAPH for p in properties):
        search.graph = Graph(search.tree.states)
    interrupted = False
    try:
        stopped = search.explore(exhaustive)
    except KeyboardInterrupt:
        search.settle()
        stopped, interrupted = f"interrupted: {search.so_far()}", True
    if stopped is None:
        interrupted = search.look_at_graph()
    return _decision(search, stopped, interrupted)


@dataclass(slots=True)
class _Search:
    """The search under way.

    `depth`: within it every state is known (-1 before the initial states are); `first`: the number of
    the first state of the newest level, `firsts` those of all levels; `frontier`: how many states are
    being expanded; `decided`: it ended because there was nothing left to decide.
    """

    interpreter: Interpreter
    watches: Watches
    limits: Limits
    progress: ProgressCallback
    patience: int | None
    tree: Tree = field(default_factory=Tree)
    transitions: int = 0
    taken: set[int] = field(default_factory=set)
    steps: Steps | None = None
    graph: Graph | None = None
    deadline: Deadline = field(default_factory=lambda: Limits().deadline())
    depth: int = -1
    first: int = 0
    firsts: list[int] = field(default_factory=lambda: [0])
    decided: bool = False
    frontier: int = 0
    most: int = MOST_STATES
    plain: str | None = None
    next_progress: float = 0.0
    next_memory_check: int = field(default_factory=lambda: STATES_PER_MEMORY_CHECK)
    next_memory_look: float = 0.0
    recall: Recall = field(init=False)
    is_fault: list[bool] = field(init=False)
    ticks: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.recall = Recall(self.interpreter)
        actions = self.interpreter.system.actions
        self.is_fault = [action.is_fault for action in actions]
        self.ticks = frozenset(i for i, action in enumerate(actions) if action.kind is ActionKind.TICK)

    def explore(self, exhaustive: bool) -> str | None:
        """Level by level to the end; the reason if a limit stopped it before."""
        self.most = self.limits.states(MOST_STATES)
        deadline = self.deadline
        self.next_progress = self.limits.clock() + PROGRESS_SECONDS
        level, reason = self._start(deadline)
        while level and reason is None:
            if not exhaustive and self.watches.settled:
                self.decided = True
                return f"every property is decided: {self.so_far()}"
            self._begin_level()
            reason = self._expand(level, deadline)
            level = self._finish_level(reason)
        return reason

    def _start(self, deadline: Deadline) -> tuple[list[int], str | None]:
        """The level of the initial states."""
        reason = None
        for state in self.interpreter.initial():
            reason = self._reason_to_stop(deadline)
            if reason is None and len(self.tree.states) >= self.most:
                reason = self._too_many_states()
            if reason is not None:
                break
            if state not in self.tree.number:
                self._keep(state, None, 0)
        self.settle()
        self.depth += reason is None
        self.frontier = len(self.tree.states)
        return list(range(self.frontier)), reason

    def _begin_level(self) -> None:
        del self.tree.discovered[:]
        self.first = len(self.tree.states)
        self.firsts.append(self.first)

    def _finish_level(self, reason: str | None) -> list[int]:
        """Choose the traces of the level; the next level in the order of its best schedules."""
        self.settle()
        first, found = self.first, self.tree.discovered
        level = sorted(range(first, len(self.tree.states)), key=lambda n: found[n - first])
        if self._will_outgrow(len(level)):
            raise Outgrown
        self.depth += bool(level) and reason is None
        self.frontier = len(level)
        self._tell()
        return level

    def _will_outgrow(self, frontier: int) -> bool:
        """Whether a level that follows the last one with this many states means a long search."""
        if self.patience is None or 3 * self.transitions < self.patience:
            return False
        return frontier > GROWING * self.frontier

    def settle(self) -> None:
        """Turn the evidence found so far into schedules."""
        self.watches.settle(self.tree, self.first)

    def _expand(self, level: Sequence[int], deadline: Deadline) -> str | None:
        """Take every step of every state of a level, in order; the reason if a limit stopped it."""
        tree, watches, outcomes = self.tree, self.watches, self.recall.outcomes
        is_fault = self.is_fault
        most, first, taken = self.most, self.first, self.taken
        noted, ticks, graph = self.steps, self.ticks, self._graph_within_limit()
        for number in level:
            state, on_the_way, alive = tree.states[number], tree.faults[number], False
            if graph is not None:
                graph.begin(number)
            for outcome in outcomes(state):
                step = outcome.step
                faults = on_the_way + is_fault[step.action]
                taken.add(step.action)
                if isinstance(outcome, Erring):
                    watches.see_error(number, step, outcome.error, faults)
                    continue
                alive = True
                after = outcome.state
                known = tree.number.get(after)
                if known is None:
                    if len(tree.states) >= most:
                        return self._too_many_states()
                    known = self._keep(after, (number, step), faults)
                elif known >= first and faults < tree.faults[known]:
                    tree.improve(known, first, (number, step), faults, self.transitions)
                self.transitions += 1
                if graph is not None:
                    graph.add(step, known)
                if noted is not None and step.action not in ticks:
                    noted.add(number, known, step.action)
                if watches.on_step or watches.before_step:
                    watches.see_step(number, state, step, after, faults)
            if not alive:
                watches.see_dead_end(number, state, faults=on_the_way)
            reason = self._reason_to_stop(deadline)
            if reason is not None:
                return reason
        return None

    def _keep(self, state: State, how: tuple[int, Step] | None, faults: int) -> int:
        number = self.tree.add(state, how, faults, self.transitions)
        self.watches.see_state(number, state)
        return number

    def look_at_instants(self) -> Zeno | None:
        """Once every step is known: find the time locks, and a cycle without a tick."""
        if self.steps is None:
            return None
        for watch in self.watches.asked:
            if watch.prop.kind is PropertyKind.SETTLES:
                watch.found = timelock(self.tree, self.steps, self.interpreter.predicate(watch.prop.formula))
        system = self.interpreter.system
        return zeno(self.tree, self.steps, system, self.interpreter.predicate(busy(system)))

    def _graph_within_limit(self) -> Graph | None:
        """The graph, unless there are too many states by now: then it is forgotten."""
        if self.graph is not None and len(self.tree.states) > self.limits.states(MOST_NODES):
            self.graph = None
        return self.graph

    def look_at_graph(self) -> bool:
        """Once every step is known: decide what must come to pass; whether the user interrupted it."""
        waiting = [w for w in self.watches.asked if w.prop.kind in ON_GRAPH]
        graph, interrupted, reason = self._graph_within_limit(), False, self._too_large_a_graph()
        if graph is not None:
            graph.finish(self._look)
            try:
                while waiting:
                    self._decide(waiting[0], graph)
                    del waiting[0]
            except Stopped as e:
                reason = str(e)
            except KeyboardInterrupt:
                reason, interrupted = f"interrupted: {self.so_far()}", True
        for watch in waiting:
            watch.undecided = reason
        return interrupted

    def _decide(self, watch: Watch, graph: Graph) -> None:
        from tcpverify.explicit.liveness import decide

        answer = decide(self.interpreter, watch.prop, self.tree, graph)
        watch.found, watch.happened, watch.trap = answer.found, answer.happened, answer.trap

    def _look(self) -> None:
        """What long work on the graph calls now and then."""
        reason, now = self._reason_to_stop(self.deadline), self.limits.clock()
        if reason is None and now >= self.next_memory_look:
            self.next_memory_look = now + MEMORY_CHECK_SECONDS
            reason = memory_is_short(self.limits.max_memory, self.so_far())
        if reason is not None:
            raise Stopped(reason)

    def _too_large_a_graph(self) -> str:
        return graph_too_large(self.limits.states(MOST_NODES), len(self.tree.states))

    def _reason_to_stop(self, deadline: Deadline) -> str | None:
        """Look at the clock, and now and then at the memory; tell the progress when it is time."""
        now = self.limits.clock()
        if self.patience is not None and self.transitions > self.patience:
            raise Outgrown
        if now >= self.next_progress:
            self.next_progress = now + PROGRESS_SECONDS
            self._tell()
        if deadline.at is not None and now >= deadline.at:
            return f"stopped at the limit of {self.limits.seconds:g} s: {self.so_far()}"
        if len(self.tree.states) >= self.next_memory_check:
            self.next_memory_check = len(self.tree.states) + STATES_PER_MEMORY_CHECK
            return memory_is_short(self.limits.max_memory, self.so_far())
        return None

    def _tell(self) -> None:
        done = Progress(len(self.tree.states), self.transitions, max(0, self.depth), self.frontier)
        self.progress(done)

    def _too_many_states(self) -> str:
        reason = too_many_states(self.most, self.so_far())
        own_limit = self.plain is not None and self.limits.max_states is None
        return f"{reason} ({self.plain})" if own_limit else reason

    def so_far(self) -> str:
        """How far the search has come: the states within this depth are all known."""
        return so_far(self.depth, len(self.tree.states))


def _decision(search: _Search, stopped: str | None, interrupted: bool) -> Decision:
    """The verdicts and what was seen; `stopped`: why the search is not complete."""
    watches, tree, system = search.watches, search.tree, search.interpreter.system
    found = search.look_at_instants() if stopped is None else None
    counts = Exhausted(len(tree.states), search.transitions, max(0, search.depth))
    dead_end, asked = watches.deadlock.found, search.limits.growth
    return Decision(
        verdicts={
            w.prop.name: conclude(
                search.interpreter,
                Evidence(w.prop, w.found, w.happened, w.undecided, w.trap),
                counts,
                stopped,
            )
            for w in watches.asked
        },
        statistics=Statistics(
            states=counts.states,
            transitions=counts.transitions,
            depth=counts.depth,
            complete=stopped is None,
            deadlocks=watches.deadlocks,
            deadlock=None if dead_end is None else len(dead_end.steps),
            zeno=found,
            stopped=stopped,
            growth=_growth(search) if asked or (stopped is not None and not search.decided) else None,
        ),
        taken=frozenset(search.taken),
        visited=_visited(system, tree.states),
        interrupted=interrupted,
    )


def _growth(search: _Search) -> Growth:
    """What differs among states taken evenly from every level."""
    from tcpverify.explicit.growth import sampled

    states = search.tree.states
    levels = [[r] for r in pairwise([*search.firsts, len(states)]) if r[0] < r[1]]
    return sampled(search.interpreter.system, levels, states.__getitem__)


def _visited(system: System, states: Sequence[State]) -> frozenset[tuple[str, str]]:
    """The endpoint states among some states."""
    return frozenset(
        (endpoint.name, endpoint.states[value])
        for endpoint in system.endpoints
        for value in {state.values[endpoint.control] for state in states}
    )
