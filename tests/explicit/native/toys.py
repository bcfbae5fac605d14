"""Rules modules for the kernel made of plain graphs, and what they should give, by plain Python."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tcpverify.explicit.native.assembly import Function, constant
from tcpverify.explicit.native.rules import Rules
from tcpverify.explicit.native.slots import CODE_SHIFT, SOURCE_SHIFT, Block

ODD = 0x9E3779B97F4A7C15
INVERSE = pow(ODD, -1, 1 << 64)

Edge = tuple[int, int]
"""Target and meta."""

Graph = dict[int, list[Edge]]


@dataclass(frozen=True, slots=True)
class Coding:
    """How a node becomes words: the last is the node (times an odd number for full words), the others
    say little, so that states that share them must be told apart by the last."""

    words: int
    full: bool

    def encode(self, node: int) -> tuple[int, ...]:
        last = node * ODD % (1 << 64) if self.full else node
        return (*(node % (k + 2) for k in range(self.words - 1)), last)

    def decode(self, words: tuple[int, ...]) -> int:
        return words[-1] * INVERSE % (1 << 64) if self.full else words[-1]

    @property
    def bits(self) -> int:
        return 64 * self.words if self.full else 64 * self.words - 1


WHOLE, FULL, TWO, THREE = Coding(1, False), Coding(1, True), Coding(2, False), Coding(3, True)
CODINGS = (WHOLE, FULL, TWO, THREE)


def meta(code: int, classes: int = 0) -> int:
    return code << CODE_SHIFT | classes


def random_graph(seed: int, nodes: int, most: int, faults: float = 0.3) -> Graph:
    """Codes of a node are distinct but in no order; some nodes are dead ends."""
    rng = random.Random(seed)
    graph: Graph = {}
    for node in range(nodes):
        degree = rng.choice([0, 1, most, rng.randint(0, most)])
        codes = rng.sample(range(3 * most + 1), degree)
        graph[node] = [
            (rng.randrange(nodes), meta(code, (rng.random() < faults) | rng.choice([0, 2, 4])))
            for code in codes
        ]
    return graph


def rules_of(graph: Graph, coding: Coding) -> Rules:
    """The graph as a table in a rules module. Watch 0: a dead end; watch 1: the state of node 5."""
    starts, edges = [0], list[Edge]()
    for node in range(len(graph)):
        edges += graph[node]
        starts.append(len(edges))
    most = max((len(e) for e in graph.values()), default=0)
    text = "\n".join(
        [
            _array("starts", starts),
            _array("targets", [t for t, _ in edges] or [0]),
            _array("metas", [m for _, m in edges] or [0]),
            _expand(coding),
            _look(coding),
        ]
    )
    return Rules(coding.words, coding.bits, text, most, seen=3)


def _array(name: str, values: list[int]) -> str:
    body = ", ".join(f"i64 {v}" for v in values)
    return f"@{name} = internal constant [{len(values)} x i64] [{body}]"


def _node(f: Function, coding: Coding, index: str) -> str:
    place = f.do(f"add i64 {f.do(f'mul i64 {index}, {coding.words}')}, {coding.words - 1}")
    last = f.load("%states", place)
    return f.do(f"mul i64 {last}, {constant(INVERSE)}") if coding.full else last


def _expand(coding: Coding) -> str:
    f = Function("define i64 @expand(ptr %thread, ptr %states, i64 %first, i64 %last)")
    buffer, links = f.address("%thread", Block.BUFFER), f.address("%thread", Block.LINKS)
    seen = f.address("%thread", Block.SEEN)
    filled = f.variable(f.load("%thread", Block.FILLED))
    with f.counting("%first", "%last") as index:
        node = _node(f, coding, index)
        start, end = f.load("@starts", node), f.load("@starts", f.do(f"add i64 {node}, 1"))
        with f.when(f.compare("eq", start, end)):
            f.store(1, seen, 0, "i8")
            f.store(f.do(f"add i64 {f.load('%thread', Block.DEAD_ENDS)}, 1"), "%thread", Block.DEAD_ENDS)
        with f.counting(start, end) as edge:
            at = f.load(filled)
            append(f, coding, f.load("@targets", edge), buffer, at)
            link = f.do(f"or i64 {f.do(f'shl i64 {index}, {SOURCE_SHIFT}')}, {f.load('@metas', edge)}")
            f.store(link, links, at)
            f.store(1, seen, 2, "i8")
            f.store(f.do(f"add i64 {at}, 1"), filled)
    f.store(f.load(filled), "%thread", Block.FILLED)
    f.say("ret i64 %last")
    return f.text()


def append(f: Function, coding: Coding, node: str, buffer: str, at: str) -> None:
    """Write the words of a node to a place of the buffer."""
    start = f.element(buffer, f.do(f"mul i64 {at}, {coding.words}"))
    for k in range(coding.words - 1):
        f.store(f.do(f"urem i64 {node}, {k + 2}"), start, k)
    last = f.do(f"mul i64 {node}, {constant(ODD)}") if coding.full else node
    f.store(last, start, coding.words - 1)


def _look(coding: Coding) -> str:
    f = Function("define void @look(ptr %thread, ptr %states, i64 %first, i64 %last)")
    seen = f.address("%thread", Block.SEEN)
    with f.counting("%first", "%last") as index, f.when(f.compare("eq", _node(f, coding, index), 5)):
        f.store(1, seen, 1, "i8")
    f.say("ret void")
    return f.text()


def grid(side: int) -> Rules:
    """Three counters below `side`, each of which a step may raise by one: side**3 states, made by
    arithmetic; the code of a step is the number of its counter, and raising the last is a fault."""
    f = Function("define i64 @expand(ptr %thread, ptr %states, i64 %first, i64 %last)")
    buffer, links = f.address("%thread", Block.BUFFER), f.address("%thread", Block.LINKS)
    filled = f.variable(f.load("%thread", Block.FILLED))
    with f.counting("%first", "%last") as index:
        word = f.load("%states", index)
        for k in range(3):
            counter = f.do(f"and i64 {f.do(f'lshr i64 {word}, {10 * k}')}, 1023")
            with f.when(f.compare("ult", counter, side - 1)):
                at = f.load(filled)
                f.store(f.do(f"add i64 {word}, {1 << 10 * k}"), buffer, at)
                source = f.do(f"shl i64 {index}, {SOURCE_SHIFT}")
                f.store(f.do(f"or i64 {source}, {meta(k, k == 2)}"), links, at)
                f.store(f.do(f"add i64 {at}, 1"), filled)
    f.store(f.load(filled), "%thread", Block.FILLED)
    f.say("ret i64 %last")
    look = Function("define void @look(ptr %thread, ptr %states, i64 %first, i64 %last)")
    look.say("ret void")
    return Rules(1, 30, f.text() + look.text(), 3, seen=0)


# --- By plain Python ---------------------------------------------------------------------------------


def levels_of(graph: Graph, initial: list[int]) -> list[set[int]]:
    """The nodes at each distance."""
    known, levels = set(initial), [set(initial)]
    while levels[-1]:
        after = {t for node in levels[-1] for t, _ in graph[node]} - known
        known |= after
        levels.append(after)
    return levels[:-1]


Way = tuple[int, tuple[int, ...]]


def ways_of(graph: Graph, initial: list[int]) -> list[dict[int, Way]]:
    """For each node of each level the least (faults, (initial number, code, code, ...)), by trying all
    shortest ways with the fewest faults."""
    numbers = list(dict.fromkeys(initial))
    best: list[dict[int, Way]] = [{node: (0, (k,)) for k, node in enumerate(numbers)}]
    for level in levels_of(graph, initial)[1:]:
        found: dict[int, Way] = {}
        for node, (faults, way) in best[-1].items():
            for target, m in graph[node]:
                if target in level:
                    new = (faults + (m & 1), (*way, m >> CODE_SHIFT))
                    found[target] = min(found.get(target, new), new)
        best.append(found)
    return best


def spread(graph: Graph, marks: dict[int, int], exists: bool, leave_out: int) -> dict[int, int]:
    """The fixpoint of a sweep."""
    marks = dict(marks)
    changed = True
    while changed:
        changed = False
        for node, mark in marks.items():
            after = [marks[t] for t, m in graph[node] if not m & leave_out]
            good = 1 in after if exists else all(a in (1, 2) for a in after)
            if mark == 0 and good:
                marks[node], changed = 1, True
    return marks
