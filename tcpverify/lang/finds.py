"""What `find` asks for: which instances to decide, and which answer is expected of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, TypeVar

from tcpverify.diagnostics import Code, Collector
from tcpverify.ir.expr import IntSort
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import Instance, applies, instances
from tcpverify.lang.elaborate.constants import Constants, param_sort
from tcpverify.lang.elaborate.instance import given_params, merge
from tcpverify.lang.elaborate.scope import Abandoned, GivenUp, Scope, World
from tcpverify.lang.elaborate.shapes import constant
from tcpverify.lang.resolve import Program
from tcpverify.records import record
from tcpverify.result import Sought

T = TypeVar("T")
U = TypeVar("U")

Item: TypeAlias = s.FindLeast | s.FindWeakest

BREAKING = ("violated", "reachable")
"""The verdicts that a network can be too good for."""

_Labels: TypeAlias = tuple[tuple[str, str], ...]


@record
class Find:
    """One `find` for one choice of what the check's `for`s vary (`labels`).

    `cells`: of `find least` an instance for each value of the parameter, ascending; of `find weakest
    network` the one with the network as it is; each expects the verdict that is sought. `expected`: the
    answer that the spec expects, None if it does not say.
    """

    check: s.Check
    item: Item
    labels: _Labels
    cells: tuple[Instance, ...]
    expected: Sought | None

    @property
    def prop(self) -> str:
        return self.item.property.text

    @property
    def name(self) -> str:
        """What is sought, in words."""
        return f"least {self.item.param}" if isinstance(self.item, s.FindLeast) else "weakest network"


def finds(program: Program, check: s.Check, overrides: Mapping[str, str], collector: Collector) -> list[Find]:
    """What the `find` lines of a check ask for, in the order of the text and of the matrix.

    `overrides` are parameters of the command line; for the one that is sought they are the interval.
    """
    items = [i for i in check.items if isinstance(i, s.FindLeast | s.FindWeakest)]
    return each(items, lambda item, own: _asked(program, check, item, overrides, own), collector)


def each(items: Iterable[T], asked: Callable[[T, Collector], Iterable[U]], collector: Collector) -> list[U]:
    """What each of some lines asks for; one with mistakes asks for nothing, and they are collected."""
    found: list[U] = []
    for item in items:
        own = Collector()
        try:
            found += asked(item, own)
        except (Abandoned, GivenUp):
            pass
        finally:
            merge(own, collector)
    return found


def only_finds(check: s.Check) -> bool:
    """Whether a check asks `find` and expects nothing else: then there is nothing else to run."""
    asks = any(isinstance(i, s.FindLeast | s.FindWeakest | s.FindCondition) for i in check.items)
    return asks and not any(isinstance(i, s.Expect | s.ExpectStates) for i in check.items)


def _asked(
    program: Program, check: s.Check, item: Item, overrides: Mapping[str, str], collector: Collector
) -> list[Find]:
    _refuse(program, item, collector)
    rows = instances(program, _table(check, item), overrides, collector)
    if collector.failed:
        return []
    groups: dict[_Labels, list[Instance]] = {}
    for row in rows:
        groups.setdefault(_fixed(row.labels, item), []).append(row)
    found = []
    for labels, cells in groups.items():
        answers = {_answer(program, item, cell, collector) for cell in cells}
        if collector.failed:
            return []
        if len(answers) > 1:
            message = f"what is expected of `{_short(item)}` depends on the parameter that is sought"
            collector.error(Code.BAD_CHECK, message, item.span)
            return []
        (asked, expected) = answers.pop()
        if asked:
            found.append(Find(check, item, labels, tuple(cells), expected))
    if not found:
        collector.warn(Code.UNUSED, f"no instance is asked `{_short(item)}`", item.span)
    return found


def _short(item: Item) -> str:
    return f"find least {item.param}" if isinstance(item, s.FindLeast) else "find weakest network"


def _refuse(program: Program, item: Item, collector: Collector) -> None:
    """Report questions without sense: the least value of what is no number, a network too good to err."""
    if isinstance(item, s.FindLeast) and item.param.text in program.params:
        world = World(program, collector)
        world.constants = Constants(world, {})
        sort = param_sort(item.param.text, world)
        if not isinstance(sort, IntSort):
            message = f"`find least` looks for a number, `{item.param}` is {sort}"
            world.fail(Code.TYPE_MISMATCH, message, item.param.span, hint=f"sweep it: `for {item.param} in`")
    if isinstance(item, s.FindWeakest) and item.verdict.word not in BREAKING:
        hint = "`find weakest network such that P violated` (or `reachable`)"
        message = f"no network is too strong for `{item.verdict.word}`"
        collector.error(Code.BAD_CHECK, message, item.verdict.span, hint=hint)


def _table(check: s.Check, item: Item) -> s.Check:
    """The check with the parameter that is sought as its last `for`, and with one expectation: the
    verdict that is looked for."""
    kept = tuple(i for i in check.items if isinstance(i, s.Sweep | s.Run | s.EngineChoice | s.Budget))
    wanted = s.Expect((item.property,), item.verdict, None, span=item.span)
    if isinstance(item, s.FindWeakest):
        return s.Check(check.name, check.cites, check.doc, (*kept, wanted), span=check.span)
    sweep = s.Sweep(item.param, item.interval, span=item.span)
    return s.Check(check.name, check.cites, check.doc, (*kept, sweep, wanted), span=check.span)


def _fixed(labels: _Labels, item: Item) -> _Labels:
    """The labels without the parameter that is sought."""
    sought = item.param.text if isinstance(item, s.FindLeast) else None
    return tuple((name, value) for name, value in labels if name != sought)


def _answer(program: Program, item: Item, cell: Instance, collector: Collector) -> tuple[bool, Sought | None]:
    """Whether the question is asked of a cell, and the answer expected there."""
    world = World(program, collector)
    world.constants = Constants(world, given_params(program, cell.request, world))
    scope = Scope(world)
    if not applies(item.condition, scope):
        return False, None
    match item.result:
        case None:
            return True, None
        case s.NoneLiteral():
            return True, "none"
        case result:
            return True, constant(result, scope)
