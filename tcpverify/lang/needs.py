"""What an instance may depend on of a program, and digests of it without places, docs and citations.

Declarations are looked up by their names, so all that an instance may depend on is what it is asked with, the
declarations whose names occur there as any text at all, and so on. What is looked at whole is always among
it: parameters, constants, messages, enumerators and the tick.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TypeAlias

from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import Request
from tcpverify.lang.resolve import Program

Needed: TypeAlias = tuple[tuple[str, str], ...]
"""Tables of a program with names in them, in the order of the program."""

WHOLE = ("params", "consts", "messages")
TABLES = (*WHOLE, "defs", "types", "records", "roles", "variants", "networks", "properties", "scenarios",
          "monitors", "adversaries")  # fmt: skip

_OMITTED = frozenset({"span", "doc", "cites"})


def needed(program: Program, request: Request, properties: Sequence[str]) -> Needed:
    """The declarations that an instance with some properties may depend on."""
    tables = {table: _table(program, table) for table in TABLES}
    found = {(table, name) for table in WHOLE for name in tables[table]}
    asked = {"scenarios": (request.scenario,), "variants": request.variants,
             "adversaries": request.adversaries, "properties": properties}  # fmt: skip
    new = found | {(t, name) for t, names in asked.items() for name in names if name in tables[t]}
    found = set(new)
    while new:
        said = {leaf for t, n in new for leaf in _tokens(tables[t][n]) if isinstance(leaf, str)}
        new = {(t, n) for t, table in tables.items() for n in said & table.keys()} - found
        found |= new
    return tuple((t, n) for t, table in tables.items() for n in table if (t, n) in found)


def _table(program: Program, table: str) -> Mapping[str, s.Declaration]:
    found: Mapping[str, s.Declaration] = getattr(program, table)
    return found


class Digests:
    """Digests of programs that have most of their trees in common, as mutants have: each is read once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, str]] = {}

    def of(self, program: Program, wanted: Needed) -> Iterator[str]:
        """The digests of some declarations, with their names, and of what is always needed."""
        yield self._digest(program.tick)
        yield _digest(tuple(program.enumerators.items()))
        for table, name in wanted:
            yield f"{table} {name}"
            yield from self._pieces(_table(program, table)[name])

    def _pieces(self, declared: s.Declaration) -> Iterator[str]:
        """A role is one piece for each of its items: that is what its mutants share."""
        if isinstance(declared, s.Role):
            yield str(len(declared.items))
            yield from map(self._digest, declared.items)
            yield _digest(replace(declared, items=()))
        else:
            yield self._digest(declared)

    def _digest(self, tree: object) -> str:
        known = self._known.get(id(tree))
        if known is None:
            known = self._known[id(tree)] = (tree, _digest(tree))  # kept, so that its id stays its own
        return known[1]


def _digest(tree: object) -> str:
    found = hashlib.sha256()
    for token in _tokens(tree):
        text = token.__qualname__ if isinstance(token, type) else f"{type(token).__name__} {token!r}"
        encoded = text.encode()
        found.update(len(encoded).to_bytes(8, "little") + encoded)
    return found.hexdigest()


def _tokens(root: object) -> Iterator[object]:
    """What a tree is made of, in an order that tells it from all others, without recursion: the kind of each
    node before its parts, of a tuple the length (`(n,)`), and the leaves."""
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            yield (len(node),)
            stack.extend(reversed(node))
            continue
        kind: type = type(node)
        parts = _parts(kind)
        if parts is None:
            yield node
        else:
            yield kind
            stack.extend([getattr(node, part) for part in parts])


@cache
def _parts(kind: type) -> tuple[str, ...] | None:
    """The fields of a kind of node that mean something, the last first; None if it is none."""
    if not is_dataclass(kind):
        return None
    return tuple(f.name for f in reversed(fields(kind)) if f.name not in _OMITTED)
