"""Ways within a part of the state graph, as LLVM text: `@begin`, `@reach`, `@gather`, `@sources`."""

from __future__ import annotations

from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.slots import OUTSIDE, Part
from tcpverify.explicit.native.strong import edges_of, set_u32, target_of, u32


def reach() -> str:
    """The whole module."""
    return _begin() + _reach() + _gather() + _sources()


def _begin() -> str:
    """`i64 @begin(ptr %part, i64 %first, i64 %end, i64 %low)`: puts those of these nodes to which nothing has
    led on the STACK, and LOW as their mark; how long the STACK is then."""
    f = Function("define i64 @begin(ptr %part, i64 %first, i64 %end, i64 %low)")
    length = f.variable(f.load("%part", Part.STACK_LENGTH))
    with f.counting("%first", "%end") as node:
        _meet(f, node, length)
    f.store(f.load(length), "%part", Part.STACK_LENGTH)
    f.say(f"ret i64 {f.load(length)}")
    return f.text()


def _meet(f: Function, node: str, length: str) -> None:
    """Put a node on the STACK, if it has no mark."""
    stack, low = f.address("%part", Part.STACK), f.address("%part", Part.LOW)
    with f.when(f.compare("eq", u32(f, low, node), 0)):
        set_u32(f, "%low", low, node)
        set_u32(f, node, stack, f.load(length))
        f.store(f.do(f"add i64 {f.load(length)}, 1"), length)


def _reach() -> str:
    """`i64 @reach(ptr %part, i64 %first, i64 %end, i64 %low)`: puts what these nodes of the STACK lead to,
    and nothing had led to before, on the STACK, and LOW as their mark; how long the STACK is then."""
    f = Function("define i64 @reach(ptr %part, i64 %first, i64 %end, i64 %low)")
    stack, edges = f.address("%part", Part.STACK), f.address("%part", Part.EDGES)
    length = f.variable(f.load("%part", Part.STACK_LENGTH))
    with f.counting("%first", "%end") as position:
        begin, end = edges_of(f, u32(f, stack, position))
        with f.counting(begin, end) as edge:
            target = target_of(f, f.load(edges, edge))
            with f.when(f.compare("ult", target, OUTSIDE)):
                _meet(f, target, length)
    f.store(f.load(length), "%part", Part.STACK_LENGTH)
    f.say(f"ret i64 {f.load(length)}")
    return f.text()


def _gather() -> str:
    """`i64 @gather(ptr %part, ptr %list, i64 %first, i64 %end, i64 %more, i64 %flags, i64 %unasked)`: writes
    those nodes to PATH that are in a component or have one of some flags. The u32 of a list are nodes
    plus `more`; with `unasked` only nodes without a LOW count, in a component where a request may open.
    Returns how many it wrote."""
    f = Function(
        "define i64 @gather(ptr %part, ptr %list, i64 %first, i64 %end, i64 %more, i64 %flags, i64 %unasked)"
    )
    component, asks = f.address("%part", Part.COMPONENT), f.address("%part", Part.ASKS)
    flags, low = f.address("%part", Part.FLAGS), f.address("%part", Part.LOW)
    path, count, nodes = f.address("%part", Part.PATH), f.variable(0), f.load("%part", Part.COUNT)
    wanted = f.do("trunc i64 %flags to i8")
    with f.counting("%first", "%end") as position:
        node = f.do(f"sub i64 {u32(f, '%list', position)}, %more")
        with f.when(f.compare("ult", node, nodes)):
            own = u32(f, component, node)
            inside = f.compare("ne", own, 0)
            flagged = f.compare("ne", f.do(f"and i8 {f.load(flags, node, 'i8')}, {wanted}"), 0, "i8")
            openly = f.do(f"or i1 {inside}, {flagged}")
            asked = f.do(f"and i1 {inside}, {f.compare('ne', f.load(asks, own, 'i8'), 0, 'i8')}")
            without = f.do(f"and i1 {asked}, {f.compare('eq', u32(f, low, node), 0)}")
            either = f.do(f"select i1 {f.compare('ne', '%unasked', 0)}, i1 {without}, i1 {openly}")
            with f.when(either):
                set_u32(f, node, path, f.load(count))
                f.store(f.do(f"add i64 {f.load(count)}, 1"), count)
    f.say(f"ret i64 {f.load(count)}")
    return f.text()


def _sources() -> str:
    """`i64 @sources(ptr %part, i64 %first, i64 %end, i64 %target)`: writes those of these nodes of the STACK
    to PATH that have an edge to a node; how many."""
    f = Function("define i64 @sources(ptr %part, i64 %first, i64 %end, i64 %target)")
    stack, path = f.address("%part", Part.STACK), f.address("%part", Part.PATH)
    edges, count = f.address("%part", Part.EDGES), f.variable(0)
    with f.counting("%first", "%end") as position:
        node, leads = u32(f, stack, position), f.variable("false", "i1")
        begin, end = edges_of(f, node)
        with f.counting(begin, end) as edge:
            same = f.compare("eq", target_of(f, f.load(edges, edge)), "%target")
            f.store(f.do(f"or i1 {f.load(leads, type='i1')}, {same}"), leads, type="i1")
        with f.when(f.load(leads, type="i1")):
            set_u32(f, node, path, f.load(count))
            f.store(f.do(f"add i64 {f.load(count)}, 1"), count)
    f.say(f"ret i64 {f.load(count)}")
    return f.text()
