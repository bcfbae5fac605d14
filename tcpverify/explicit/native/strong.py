"""Where a run may stay, or go round, and be fair, in a part of the state graph, as LLVM text.

`@stay`: nodes where nothing that may not wait is possible. `@components`: strongly connected components
(Tarjan 1972; with one number a node as Pearce 2016 has it), without recursion. `@fair`: which of them
are fair, as `explicit/fair.py` defines; the nodes of those to be looked at again are made ready for it.
"""

from __future__ import annotations

from tcpverify.explicit.native.assembly import Function
from tcpverify.explicit.native.slots import BUSY, OUTSIDE, STAYS, Part, Tally
from tcpverify.explicit.native.table import LOW_HALF


def strong() -> str:
    """The whole module: `@stay`, `@components`, `@fair`."""
    return _stay() + _components() + _fair()


def u32(f: Function, array: str, index: str) -> str:
    """An element of an array of u32."""
    return f.do(f"zext i32 {f.load(array, index, 'i32')} to i64")


def set_u32(f: Function, value: str | int, array: str, index: str) -> None:
    """Set an element of an array of u32."""
    narrow = value if isinstance(value, int) else f.do(f"trunc i64 {value} to i32")
    f.store(narrow, array, index, "i32")


def edges_of(f: Function, node: str) -> tuple[str, str]:
    """Where the edges of a node begin and end."""
    offsets = f.address("%part", Part.OFFSETS)
    return f.load(offsets, node), f.load(offsets, f.do(f"add i64 {node}, 1"))


def target_of(f: Function, edge: str) -> str:
    """The node that an edge leads to."""
    return f.do(f"and i64 {edge}, {LOW_HALF}")


def _add(f: Function, slot: Part, amount: str | int) -> str:
    """Add to a slot; what was there before."""
    before = f.load("%part", slot)
    f.store(f.do(f"add i64 {before}, {amount}"), "%part", slot)
    return before


def _flag(f: Function, node: str, flag: int) -> str:
    """Whether a node has a flag."""
    flags = f.load(f.address("%part", Part.FLAGS), node, "i8")
    return f.compare("ne", f.do(f"and i8 {flags}, {flag}"), 0, "i8")


# --- Staying -----------------------------------------------------------------------------------------


def _stay() -> str:
    """`i64 @stay(ptr %part, i64 %first, i64 %end)`: flags those of these nodes in which a fair run may stay;
    how many there are."""
    f = Function("define i64 @stay(ptr %part, i64 %first, i64 %end)")
    edges, things = f.address("%part", Part.EDGES), f.address("%part", Part.THINGS)
    flags, found = f.address("%part", Part.FLAGS), f.variable(0)
    with f.counting("%first", "%end") as node:
        begin, end = edges_of(f, node)
        some = f.variable(f.do(f"zext i1 {_flag(f, node, BUSY)} to i64"))
        with f.counting(begin, end) as edge:
            label = f.do(f"lshr i64 {f.load(edges, edge)}, 32")
            f.store(f.do(f"or i64 {f.load(some)}, {f.load(things, label)}"), some)
        with f.when(f.compare("eq", f.load(some), 0)):
            f.store(f.do(f"or i8 {f.load(flags, node, 'i8')}, {STAYS}"), flags, node, "i8")
            f.store(f.do(f"add i64 {f.load(found)}, 1"), found)
    f.say(f"ret i64 {f.load(found)}")
    return f.text()


# --- Components --------------------------------------------------------------------------------------


def _components() -> str:
    """`i64 @components(ptr %part, i64 %most)`: finds the components of the nodes whose LOW is 0 that have an
    edge within. Comes back with 1 once so many nodes more were met; with 0 at the end."""
    f = Function("define i64 @components(ptr %part, i64 %most)")
    low, path = f.address("%part", Part.LOW), f.address("%part", Part.PATH)
    own, at = f.address("%part", Part.PATH_OWN), f.address("%part", Part.PATH_EDGES)
    edges, length = f.address("%part", Part.EDGES), f.variable(f.load("%part", Part.PATH_LENGTH))
    stop = f.do(f"add i64 {f.load('%part', Part.MET)}, %most")
    best, edge, node = f.variable(), f.variable(), f.variable()
    seek, enter, top, follow, leave, back = (f.label() for _ in range(6))
    f.branch(f.compare("eq", f.load(length), 0), seek, top)
    f.at(seek)
    _seek(f, low, node, enter)
    f.at(enter)
    _enter(f, node, low, path, own, at, length)
    paused = f.compare("uge", f.load("%part", Part.MET), stop)
    pause = f.label()
    f.branch(paused, pause, top)
    f.at(pause)
    f.store(f.load(length), "%part", Part.PATH_LENGTH)
    f.say("ret i64 1")
    f.at(top)
    last = f.do(f"sub i64 {f.load(length)}, 1")
    f.store(u32(f, path, last), node)
    f.store(u32(f, low, f.load(node)), best)
    f.store(f.load(at, last), edge)
    f.goto(follow)
    f.at(follow)
    _follow(f, (node, edge, best), (edges, low, at), last, enter, follow, leave)
    f.at(leave)
    here = f.load(node)
    set_u32(f, f.load(best), low, here)
    f.store(last, length)
    with f.when(f.compare("eq", f.load(best), u32(f, own, last))):
        _complete(f, here, low)
    f.branch(f.compare("eq", last, 0), seek, back)
    f.at(back)
    before = u32(f, path, f.do(f"sub i64 {last}, 1"))
    mine, its = u32(f, low, here), u32(f, low, before)
    less = f.do(f"select i1 {f.compare('ult', mine, its)}, i64 {mine}, i64 {its}")
    set_u32(f, less, low, before)
    f.goto(top)
    return f.text()


def _seek(f: Function, low: str, node: str, enter: str) -> None:
    """Go on at `enter` with the next node not met; return 0 if there is none."""
    again, look, none, met = (f.label() for _ in range(4))
    f.goto(again)
    f.at(again)
    root = f.load("%part", Part.ROOT)
    f.branch(f.compare("ult", root, f.load("%part", Part.COUNT)), look, none)
    f.at(none)
    f.store(0, "%part", Part.PATH_LENGTH)
    f.say("ret i64 0")
    f.at(look)
    f.store(f.do(f"add i64 {root}, 1"), "%part", Part.ROOT)
    f.branch(f.compare("eq", u32(f, low, root), 0), met, again)
    f.at(met)
    f.store(root, node)
    f.goto(enter)


def _enter(f: Function, node: str, low: str, path: str, own: str, at: str, length: str) -> None:
    """Put a node on the path and on the stack."""
    here, last = f.load(node), f.load(length)
    when = f.do(f"add i64 {_add(f, Part.MET, 1)}, 1")
    set_u32(f, when, low, here)
    set_u32(f, here, path, last)
    set_u32(f, when, own, last)
    f.store(edges_of(f, here)[0], at, last)
    f.store(f.do(f"add i64 {last}, 1"), length)
    set_u32(f, here, f.address("%part", Part.STACK), _add(f, Part.STACK_LENGTH, 1))


def _follow(
    f: Function,
    variables: tuple[str, str, str],
    arrays: tuple[str, str, str],
    last: str,
    enter: str,
    follow: str,
    leave: str,
) -> None:
    """Take the next edge of the newest node: to `enter` where it leads to a node not met, else again to
    `follow`; to `leave` if there is none left."""
    node, edge, best = variables
    edges, low, at = arrays
    some, inside, known, fresh = (f.label() for _ in range(4))
    now = f.load(edge)
    f.branch(f.compare("ult", now, edges_of(f, f.load(node))[1]), some, leave)
    f.at(some)
    target = target_of(f, f.load(edges, now))
    after = f.do(f"add i64 {now}, 1")
    f.store(after, edge)
    f.branch(f.compare("ult", target, OUTSIDE), inside, follow)
    f.at(inside)
    there = u32(f, low, target)
    f.branch(f.compare("eq", there, 0), fresh, known)
    f.at(fresh)
    f.store(after, at, last)
    set_u32(f, f.load(best), low, f.load(node))
    f.store(target, node)
    f.goto(enter)
    f.at(known)
    before = f.load(best)
    f.store(f.do(f"select i1 {f.compare('ult', there, before)}, i64 {there}, i64 {before}"), best)
    f.goto(follow)


def _complete(f: Function, root: str, low: str) -> None:
    """Take a component, down to its root, from the stack; keep it if it has an edge within."""
    stack, members = f.address("%part", Part.STACK), f.address("%part", Part.MEMBERS)
    component, bounds = f.address("%part", Part.COMPONENT), f.address("%part", Part.BOUNDS)
    number = f.do(f"add i64 {f.load('%part', Part.COMPONENTS)}, 1")
    first = u32(f, bounds, f.do(f"sub i64 {number}, 1"))
    end, again, done = f.variable(first), f.label(), f.label()
    f.goto(again)
    f.at(again)
    node = u32(f, stack, f.do(f"sub i64 {_add(f, Part.STACK_LENGTH, -1)}, 1"))
    set_u32(f, -1, low, node)
    set_u32(f, number, component, node)
    set_u32(f, node, members, f.load(end))
    f.store(f.do(f"add i64 {f.load(end)}, 1"), end)
    f.branch(f.compare("eq", node, root), done, again)
    f.at(done)
    size = f.do(f"sub i64 {f.load(end)}, {first}")
    within = f.variable(f.do(f"zext i1 {f.compare('ugt', size, 1)} to i64"))
    with f.when(f.compare("eq", size, 1)):
        begin, last = edges_of(f, root)
        with f.counting(begin, last) as edge:
            target = target_of(f, f.load(f.address("%part", Part.EDGES), edge))
            itself = f.do(f"zext i1 {f.compare('eq', target, root)} to i64")
            f.store(f.do(f"or i64 {f.load(within)}, {itself}"), within)
        with f.when(f.compare("eq", f.load(within), 0)):
            set_u32(f, 0, component, root)
    with f.when(f.compare("ne", f.load(within), 0)):
        set_u32(f, f.load(end), bounds, number)
        f.store(number, "%part", Part.COMPONENTS)


# --- Fairness ----------------------------------------------------------------------------------------


def _fair() -> str:
    """`i64 @fair(ptr %part, i64 %first, i64 %end)`: looks at these components, of which the first follows
    those KEPT; moves the fair ones up behind them. The others are none any more; the nodes of those to
    be looked at without some of them get a LOW of 0. Returns how many such nodes there are."""
    f = Function("define i64 @fair(ptr %part, i64 %first, i64 %end)")
    bounds, again = f.address("%part", Part.BOUNDS), f.variable(0)
    begin = f.variable(u32(f, bounds, "%first"))
    with f.counting("%first", "%end") as number:
        first, end = f.load(begin), u32(f, bounds, f.do(f"add i64 {number}, 1"))
        f.store(end, begin)
        touched, asks = _count(f, first, end)
        size, verdict = f.do(f"sub i64 {end}, {first}"), f.variable(0)
        tallies = f.address("%part", Part.TALLIES)
        with f.counting(0, touched) as position:
            thing = f.load(_tally(f, tallies, position), Tally.TOUCHED)
            tally = _tally(f, tallies, thing)
            with f.when(f.compare("eq", f.load(tally, Tally.DONE), 0)):
                always = f.compare("eq", f.load(tally, Tally.COUNT), size)
                left_out = f.load(tally, Tally.STRONG)
                what = f.do(f"select i1 {always}, i64 2, i64 {left_out}")
                f.store(f.do(f"or i64 {f.load(verdict)}, {what}"), verdict)
        _judge(f, f.load(verdict), first, end, asks, again)
    f.say(f"ret i64 {f.load(again)}")
    return f.text()


def _tally(f: Function, tallies: str, thing: str) -> str:
    return f.element(tallies, f.do(f"mul i64 {thing}, {int(Tally.SIZE)}"))


def _count(f: Function, first: str, end: str) -> tuple[str, str]:
    """Count what is possible and done in the component with these members: how many things are touched,
    and whether a request may open."""
    members, component = f.address("%part", Part.MEMBERS), f.address("%part", Part.COMPONENT)
    edges, things = f.address("%part", Part.EDGES), f.address("%part", Part.THINGS)
    tallies, begins = f.address("%part", Part.TALLIES), f.load("%part", Part.BEGINS)
    touched, asks, time = f.variable(0), f.variable(0), f.load("%part", Part.TIME)
    mine = f.do(f"add i64 {_add(f, Part.STAMP, 1)}, 1")
    with f.counting(first, end) as position:
        node = u32(f, members, position)
        own = u32(f, component, node)
        stamp = f.do(f"add i64 {_add(f, Part.STAMP, 1)}, 1")
        opens = f.do(f"zext i1 {f.compare('ult', node, begins)} to i64")
        f.store(f.do(f"or i64 {f.load(asks)}, {opens}"), asks)
        with f.when(_flag(f, node, BUSY)):
            _possible(f, tallies, time, (stamp, mine), touched)
        begin, last = edges_of(f, node)
        with f.counting(begin, last) as number:
            edge = f.load(edges, number)
            pair = f.load(things, f.do(f"lshr i64 {edge}, 32"))
            with f.when(f.compare("ne", pair, 0)):
                target, there = target_of(f, edge), f.variable(0)
                with f.when(f.compare("ult", target, OUTSIDE)):
                    f.store(u32(f, component, target), there)
                within = f.do(f"zext i1 {f.compare('eq', f.load(there), own)} to i64")
                for thing in (f.do(f"and i64 {pair}, {LOW_HALF}"), f.do(f"lshr i64 {pair}, 32")):
                    with f.when(f.compare("ne", thing, 0)):
                        tally = _possible(f, tallies, thing, (stamp, mine), touched)
                        f.store(f.do(f"or i64 {f.load(tally, Tally.DONE)}, {within}"), tally, Tally.DONE)
    return f.load(touched), f.load(asks)


def _possible(f: Function, tallies: str, thing: str, stamps: tuple[str, str], touched: str) -> str:
    """Count a thing as possible in the node with a stamp, once; its tally."""
    node, component = stamps
    tally = _tally(f, tallies, thing)
    with f.when(f.compare("ne", f.load(tally, Tally.COMPONENT), component)):
        f.store(component, tally, Tally.COMPONENT)
        f.store(0, tally, Tally.COUNT)
        f.store(0, tally, Tally.DONE)
        count = f.load(touched)
        f.store(thing, _tally(f, tallies, count), Tally.TOUCHED)
        f.store(f.do(f"add i64 {count}, 1"), touched)
    with f.when(f.compare("ne", f.load(tally, Tally.NODE), node)):
        f.store(node, tally, Tally.NODE)
        f.store(f.do(f"add i64 {f.load(tally, Tally.COUNT)}, 1"), tally, Tally.COUNT)
    return tally


def _judge(f: Function, verdict: str, first: str, end: str, asks: str, again: str) -> None:
    """Keep a component (0), look at some of it again (1), or forget it (2 and more)."""
    members, component = f.address("%part", Part.MEMBERS), f.address("%part", Part.COMPONENT)
    bounds, low = f.address("%part", Part.BOUNDS), f.address("%part", Part.LOW)
    keep, drop, done = f.label(), f.label(), f.label()
    f.branch(f.compare("eq", verdict, 0), keep, drop)
    f.at(keep)
    before = f.load("%part", Part.KEPT)
    number = f.do(f"add i64 {before}, 1")
    place = f.variable(u32(f, bounds, before))
    with f.counting(first, end) as position:
        node = u32(f, members, position)
        set_u32(f, number, component, node)
        set_u32(f, node, members, f.load(place))
        f.store(f.do(f"add i64 {f.load(place)}, 1"), place)
    set_u32(f, f.load(place), bounds, number)
    f.store(f.do(f"trunc i64 {asks} to i8"), f.address("%part", Part.ASKS), number, "i8")
    f.store(number, "%part", Part.KEPT)
    f.goto(done)
    f.at(drop)
    with f.counting(first, end) as position:
        node = u32(f, members, position)
        set_u32(f, 0, component, node)
        with f.when(f.compare("eq", verdict, 1)):
            free = _free(f, node)
            with f.when(free):
                set_u32(f, 0, low, node)
                f.store(f.do(f"add i64 {f.load(again)}, 1"), again)
    f.goto(done)
    f.at(done)


def _free(f: Function, node: str) -> str:
    """Whether nothing strongly fair that the component counted last does not do is possible in a node."""
    edges, things = f.address("%part", Part.EDGES), f.address("%part", Part.THINGS)
    tallies, left_out = f.address("%part", Part.TALLIES), f.variable(0)
    begin, last = edges_of(f, node)
    with f.counting(begin, last) as number:
        pair = f.load(things, f.do(f"lshr i64 {f.load(edges, number)}, 32"))
        for thing in (f.do(f"and i64 {pair}, {LOW_HALF}"), f.do(f"lshr i64 {pair}, 32")):
            tally = _tally(f, tallies, thing)
            undone = f.do(f"zext i1 {f.compare('eq', f.load(tally, Tally.DONE), 0)} to i64")
            strong = f.do(f"and i64 {undone}, {f.load(tally, Tally.STRONG)}")
            f.store(f.do(f"or i64 {f.load(left_out)}, {strong}"), left_out)
    return f.compare("eq", f.load(left_out), 0)
