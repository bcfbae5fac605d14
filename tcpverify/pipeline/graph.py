"""From a scenario to the drawing of its state graph, the way to a violation bold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tcpverify.analysis.statespace import Arc, Statespace, statespace
from tcpverify.engines import ENGINES
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, Schedule, State, System, VariableKind
from tcpverify.limits import Limits
from tcpverify.records import record
from tcpverify.render import describe
from tcpverify.render.dot import Drawing
from tcpverify.render.states import (
    MOST_GROUPS,
    WHOLE,
    Node,
    StateGraph,
    Way,
    count_lines,
    event_lines,
    states_drawing,
)
from tcpverify.trace import Trace, extended
from tcpverify.verdict import Verdict, trace_of

MOST_STATES = 2_000_000
"""States that are looked at where nobody says."""

STAYS = "stays for ever"
"""On the edge of a lasso whose run stays in its last state."""

_UNTOLD = frozenset({VariableKind.CONTROL, VariableKind.FAULTS, VariableKind.CALLS})


@record
class Graph:
    """The drawing (None: `reason` says why there is none), what was found on the way there, and the
    verdict on the property whose trace is bold."""

    drawing: Drawing | None
    space: Statespace
    reason: str | None = None
    verdict: Verdict | None = None


def graph(
    system: System,
    prop: Property | None,
    limits: Limits,
    progress: Callable[[int], None] = lambda _: None,
) -> Graph:
    """Explore a system and draw it."""
    interpreter = Interpreter(system)
    space = statespace(interpreter, limits.states(MOST_STATES), limits.deadline(), progress)
    if not space.complete:
        return Graph(None, space, f"a limit stopped the search after {len(space.states):,} states")
    verdict = None
    trace = None
    if prop is not None:
        verdict = ENGINES["explicit"].run(system, (prop,), limits, lambda _: None).verdicts[prop.name]
        trace = trace_of(verdict)
    builder = _Builder(system, interpreter, space, trace)
    built = builder.whole() if len(space.states) <= WHOLE else builder.grouped()
    if len(built.nodes) > MOST_GROUPS:
        reason = f"{len(space.states):,} states make {len(built.nodes)} groups, more than {MOST_GROUPS}"
        return Graph(None, space, reason, verdict)
    return Graph(states_drawing(built), space, None, verdict)


class _Builder:
    """Turns a state space into what there is to draw."""

    def __init__(
        self, system: System, interpreter: Interpreter, space: Statespace, trace: Trace | None
    ) -> None:
        self.system = system
        self.interpreter = interpreter
        self.space = space
        schedule = Schedule(space.states[0], ()) if trace is None else trace.schedule
        self.path = frozenset(space.path(schedule, interpreter))
        ends = {} if trace is None else {space.states.index(s): s for s in trace.states}
        self.on_path = frozenset(ends)
        stays = trace is not None and trace.loop == len(trace)
        self.stays = space.states.index(trace.states[-1]) if trace is not None and stays else None
        self.left = {arc.source for arc in space.arcs if arc.target is not None}

    def whole(self) -> StateGraph:
        """A node a state, what is new in it beside the state that it was found from."""
        nodes = tuple(self._node(i, state) for i, state in enumerate(self.space.states))
        return self._graph(nodes, range(len(nodes)), lambda arcs: event_lines(map(self._event, arcs)))

    def grouped(self) -> StateGraph:
        """A node for each combination of the endpoints' states."""
        keys = [self._controls(state) for state in self.space.states]
        groups: dict[tuple[str, ...], list[int]] = {}
        for i, key in enumerate(keys):
            groups.setdefault(key, []).append(i)
        numbers = {key: n for n, key in enumerate(groups)}
        nodes = tuple(
            Node(
                key,
                (),
                any(self.space.parents[i] is None for i in members),
                not any(i in self.left for i in members),
                len(members),
            )
            for key, members in groups.items()
        )
        return self._graph(nodes, [numbers[key] for key in keys], lambda arcs: count_lines([""] * len(arcs)))

    def _graph(
        self,
        nodes: tuple[Node, ...],
        number: Sequence[int],
        label: Callable[[Sequence[Arc]], tuple[str, ...]],
    ) -> StateGraph:
        ways: dict[tuple[int, int | None], list[Arc]] = {}
        for arc in self.space.arcs:
            target = None if arc.target is None else number[arc.target]
            ways.setdefault((number[arc.source], target), []).append(arc)
        loops = len(nodes) < len(self.space.states)
        drawn = tuple(
            Way(source, target, label(arcs), any((a.source, a.step) in self.path for a in arcs))
            for (source, target), arcs in ways.items()
            if source != target or not loops or any((a.source, a.step) in self.path for a in arcs)
        )
        bold = frozenset(number[i] for i in self.on_path)
        if self.stays is not None:
            drawn += (Way(number[self.stays], number[self.stays], (STAYS,), True),)
        title = f"State graph of scenario {self.system.name}"
        return StateGraph(title, nodes, drawn, bold)

    def _controls(self, state: State) -> tuple[str, ...]:
        return tuple(f"{e.name} {e.states[state.values[e.control]]}" for e in self.system.endpoints)

    def _node(self, number: int, state: State) -> Node:
        parent = self.space.parents[number]
        before = None if parent is None else self.space.states[parent.source]
        changed = [
            f"{v.name} = {describe.value_text(value, v.sort)}"
            for i, (v, value) in enumerate(zip(self.system.variables, state.values, strict=True))
            if v.kind not in _UNTOLD and before is not None and before.values[i] != value
        ]
        flying = [
            f"{describe.direction(channel)}: {describe.segment(self.system, message)}"
            for channel, segments in zip(self.system.channels, state.contents, strict=True)
            if not channel.memory
            for message in segments
        ]
        return Node(self._controls(state), (*flying, *changed), parent is None, number not in self.left)

    def _event(self, arc: Arc) -> str:
        start = Trace(self.system, self.space.states[arc.source], ())
        return describe.event(self.system, extended(self.interpreter, start, arc.step).steps[0])
