"""Definitions that need themselves, or nest too deeply: types, records, defs and procedures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from tcpverify.diagnostics import Code, Collector
from tcpverify.lang import syntax as s
from tcpverify.lang.walk import walk
from tcpverify.records import record

MAX_CHAIN = 50
"""How many definitions may stand in each other."""

Definition: TypeAlias = s.TypeDecl | s.Record | s.Def | s.Procedure


@record
class _Node:
    """A definition and the definitions it names."""

    what: str
    name: s.Identifier
    needs: tuple[int, ...]


def report_cycles(definitions: Iterable[Definition], roles: Iterable[s.Role], collector: Collector) -> None:
    """Report each circle of definitions once, and chains of more than MAX_CHAIN."""
    top = list(definitions)
    types = {d.name.text: d for d in top if isinstance(d, s.TypeDecl | s.Record)}
    defs = {d.name.text: d for d in top if isinstance(d, s.Def)}
    nodes: dict[int, _Node] = {}
    for t in types.values():
        nodes[id(t)] = _Node("type", t.name, tuple(_named(t, types)))
    for d in defs.values():
        nodes[id(d)] = _Node("def", d.name, tuple(_called(d, defs)))
    for role in roles:
        own = {**defs, **{i.name.text: i for i in role.items if isinstance(i, s.Def)}}
        procedures = {i.name.text: i for i in role.items if isinstance(i, s.Procedure)}
        for item in role.items:
            if isinstance(item, s.Def):
                nodes[id(item)] = _Node("def", item.name, tuple(_called(item, own)))
            elif isinstance(item, s.Procedure):
                needs = [id(procedures[n.name.text]) for n in walk(item)
                         if isinstance(n, s.CallProcedure) and n.name.text in procedures]  # fmt: skip
                nodes[id(item)] = _Node("procedure", item.name, tuple(needs))
    _search(nodes, collector)


def _named(declaration: s.TypeDecl | s.Record, types: Mapping[str, Definition]) -> Iterator[int]:
    for node in walk(declaration):
        if isinstance(node, s.NamedType) and node.name.text in types:
            yield id(types[node.name.text])


def _called(definition: s.Def, defs: Mapping[str, Definition]) -> Iterator[int]:
    for node in walk(definition.body):
        if isinstance(node, s.Call) and node.function.text in defs:
            yield id(defs[node.function.text])


def _search(nodes: Mapping[int, _Node], collector: Collector) -> None:
    """Depth first, without recursion; `depth` is how far the definitions below a finished node go."""
    depth: dict[int, int] = {}
    for root in nodes:
        path: dict[int, Iterator[int]] = {}
        if root not in depth:
            path[root] = iter(nodes[root].needs)
        while path:
            key = next(reversed(path))
            below = next((k for k in path[key] if k not in depth), None)
            if below is None:
                del path[key]
                depth[key] = 1 + max((depth.get(k, 0) for k in nodes[key].needs), default=0)
                if depth[key] == MAX_CHAIN + 1:
                    node = nodes[key]
                    message = f"more than {MAX_CHAIN} definitions stand in {node.what} `{node.name}`"
                    collector.error(Code.TOO_DEEP, message, node.name.span)
            elif below in path:
                _report_circle([nodes[k] for k in path], nodes[below], collector)
            else:
                path[below] = iter(nodes[below].needs)


def _report_circle(path: list[_Node], again: _Node, collector: Collector) -> None:
    names = [n.name.text for n in path[path.index(again) :]]
    message = f"{again.what} `{again.name}` needs itself ({' -> '.join([*names, again.name.text])})"
    collector.error(Code.CYCLIC_DEFINITION, message, again.name.span)
