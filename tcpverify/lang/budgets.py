"""Fault budgets of a network: what they are in an instance, and the same network with smaller ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tcpverify.diagnostics import Collector
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import Request
from tcpverify.lang.elaborate.constants import Constants
from tcpverify.lang.elaborate.instance import given_params
from tcpverify.lang.elaborate.scope import Scope, World
from tcpverify.lang.elaborate.shapes import constant
from tcpverify.lang.resolve import Program
from tcpverify.records import record


@record
class Budget:
    """How often the link at `item` of its network may commit a fault (`kind`), `option` of that link:
    `limit` times, None: any number of times. `place` is the link as it is written."""

    item: int
    option: int
    kind: str
    place: str
    limit: int | None

    @property
    def name(self) -> str:
        return f"{self.kind} on {self.place}"


def fault_budgets(program: Program, request: Request) -> tuple[Budget, ...]:
    """The budgets of loss, duplication and corruption of an instance's network that are not zero, in
    textual order. The instance is one that was elaborated without mistakes."""
    world = World(program, Collector())
    world.constants = Constants(world, given_params(program, request, world))
    found: list[Budget] = []
    for i, link in enumerate(_network(program, request).items):
        if not isinstance(link, s.Link):
            continue
        for k, option in enumerate(link.options):
            if isinstance(option, s.Fault) and option.limit != "none":
                unlimited = option.limit == "unlimited"
                limit = None if unlimited else constant(option.limit, Scope(world))  # type: ignore[arg-type]
                if limit != 0:
                    found.append(Budget(i, k, option.kind, _ends(link), limit))
    return tuple(found)


def with_budgets(
    program: Program, request: Request, budgets: Sequence[Budget], limits: Sequence[int]
) -> Program:
    """The program with these limits in the place of the budgets of the instance's network."""
    network = _network(program, request)
    items = list(network.items)
    for budget, limit in zip(budgets, limits, strict=True):
        link = items[budget.item]
        assert isinstance(link, s.Link)
        options = list(link.options)
        fault = options[budget.option]
        assert isinstance(fault, s.Fault)
        options[budget.option] = replace(fault, limit=s.Number(limit, span=fault.span))
        items[budget.item] = replace(link, options=tuple(options))
    changed = replace(network, items=tuple(items))
    return replace(program, networks={**program.networks, network.name.text: changed})


def _network(program: Program, request: Request) -> s.Network:
    return program.networks[program.scenarios[request.scenario].network.text]


def _ends(link: s.Link) -> str:
    arrow = "<->" if link.both_ways else "->"
    return f"{_end(link.left)} {arrow} {_end(link.right)}"


def _end(ref: s.EndpointRef) -> str:
    return " ".join(ref.span.text.split())
