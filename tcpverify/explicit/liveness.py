"""What must come to pass, decided on the graph of all reachable states.

A response fails if a run with an open request is fair and goes on (or stays) for ever without an answer,
or if what must be true until the answer is not. A trap is a set of states from which none with the
formula can be reached. Both are decided exactly, and only on a whole graph: what a search has not seen
may hold an answer, or a way out.
"""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.explicit.fair import Duties, fair_components, may_stay
from tcpverify.explicit.graph import Graph
from tcpverify.explicit.lasso import Request, shortest_lasso, stems
from tcpverify.explicit.tree import Tree
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, Schedule
from tcpverify.records import record


@record
class Answer:
    """`found`: a schedule that shows that the property fails; `happened`: whether its antecedent ever does;
    `trap`: how many states there are from which no state with the formula can be reached."""

    found: Schedule | None
    happened: bool = True
    trap: int | None = None


def decide(interpreter: Interpreter, prop: Property, tree: Tree, graph: Graph) -> Answer:
    """Whether a property of these kinds holds, on the graph of all reachable states (`tree` numbers them).

    Raises:
        Stopped: `graph.look` said so.
    """
    if prop.kind is PropertyKind.TRAP_FREE:
        return _trap(interpreter, prop, tree, graph)
    return _response(interpreter, prop, tree, graph)


def _trap(interpreter: Interpreter, prop: Property, tree: Tree, graph: Graph) -> Answer:
    """The canonical shortest way into the trap, and its size."""
    free = graph.backwards(graph.where(interpreter.predicate(prop.formula)))
    trapped = [node for node, is_free in enumerate(free) if not is_free]
    return Answer(tree.nearest(trapped), trap=len(trapped)) if trapped else Answer(None)


def _response(interpreter: Interpreter, prop: Property, tree: Tree, graph: Graph) -> Answer:
    """A finite counterexample if there is one, else a fair lasso."""
    asks = None if prop.antecedent is None else graph.where(interpreter.predicate(prop.antecedent))
    request = Request(
        graph,
        asks,
        graph.where(interpreter.predicate(prop.formula)),
        tree.roots,
        [action.is_fault for action in interpreter.system.actions],
    )
    happened = asks is None or any(asks)
    unanswered = bytearray(not answer for answer in request.answers)
    opened = graph.forwards(request.begins(), unanswered)
    early = _too_early(interpreter, prop, request, opened)
    if early is not None:
        return Answer(early, happened)
    duties = Duties(interpreter, prop.fairness, graph)
    staying = may_stay(duties, opened)
    components = list(fair_components(duties, opened))
    if not staying and not components:
        return Answer(None, happened)
    return Answer(shortest_lasso(request, duties, components, staying), happened)


def _too_early(
    interpreter: Interpreter, prop: Property, request: Request, opened: Sequence[int]
) -> Schedule | None:
    """The shortest way to a state with an open request where `hold` is not true."""
    holds, graph = interpreter.predicate(prop.hold), request.graph
    broken = frozenset(node for node in opened if not holds(graph.states[node]))
    if not broken:
        return None
    ways = stems(request)
    for level in ways.levels():
        graph.look()
        end = ways.best(level, lambda place: place[1] and place[0] in broken)
        if end is not None:
            (start, _), steps = ways.way(end)
            return Schedule(graph.states[start], tuple(steps))
    return None
