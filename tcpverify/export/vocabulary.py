"""What the things of a system are called in an exported text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tcpverify.export.extents import expressions
from tcpverify.export.flatten import Rule
from tcpverify.export.names import Names, identifier
from tcpverify.ir.expr import CORRUPT_KIND, Apply, EnumSort, Expr
from tcpverify.ir.system import Property, System
from tcpverify.records import record


@record
class Vocabulary:
    """Names by what they stand for: variables and properties by name, channels by index, enumerators
    by sort and value, kinds of segments by value. `names` gives more."""

    names: Names
    variables: Mapping[str, str]
    channels: tuple[str, ...]
    enumerators: Mapping[EnumSort, tuple[str, ...]]
    kinds: Mapping[int, str]
    properties: Mapping[str, str]

    def constants(self, text: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Every named constant with its value; garbled segments only if the text mentions them."""
        for value, name in sorted(self.kinds.items()):
            if value != CORRUPT_KIND or any(name in line for line in text):
                yield name, value
        for names in self.enumerators.values():
            yield from zip(names, range(len(names)), strict=True)


def vocabulary(
    system: System, rules: Sequence[Rule], properties: Sequence[Property], words: Iterable[str]
) -> Vocabulary:
    """Names for all of a system, the plainest ones for its variables."""
    names = Names(words)
    variables = {
        v.name: names.free(v.name, *(_state(system, i) or _lower(v.name, "var")))
        for i, v in enumerate(system.variables)
    }
    channels = tuple(names.free(c.name) for c in system.channels)
    asked = {p.name: names.free(p.name, *_lower(p.name, "holds")) for p in properties}
    kinds = {CORRUPT_KIND: names.free("GARBLED")}
    kinds |= {i: names.free("KIND", kind.name) for i, kind in enumerate(system.messages)}
    enumerators = {
        sort: tuple(names.free(sort.name.removeprefix("state of "), e) for e in sort.enumerators)
        for sort in _enumerations(system, rules, properties)
    }
    return Vocabulary(names, variables, channels, enumerators, kinds, asked)


def _state(system: System, variable: int) -> tuple[str, ...]:
    """What is added to the name of a variable that is called like its endpoint."""
    return ("state",) if any(e.control == variable for e in system.endpoints) else ()


def _lower(name: str, word: str) -> tuple[str, ...]:
    """What is added to a name of capitals only: SPIN's verifiers have macros of such names."""
    return (word,) if identifier(name).isupper() else ()


def _enumerations(
    system: System, rules: Sequence[Rule], properties: Sequence[Property]
) -> Iterable[EnumSort]:
    """Every enumeration that occurs, those of variables first."""
    found = {v.sort: None for v in system.variables if isinstance(v.sort, EnumSort)}
    seen: set[int] = set()
    stack: list[Expr] = list(expressions(system, rules, properties))[::-1]
    while stack:
        e = stack.pop()
        if id(e) not in seen:
            seen.add(id(e))
            if isinstance(e.sort, EnumSort):
                found[e.sort] = None
            if isinstance(e, Apply):
                stack.extend(e.args)
    found |= {f.sort: None for k in system.messages for f in k.fields if isinstance(f.sort, EnumSort)}
    found |= {c.sort: None for a in system.actions for c in a.choices if isinstance(c.sort, EnumSort)}
    return found
