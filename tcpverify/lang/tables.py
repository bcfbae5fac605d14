"""The parse tables of `grammar.lark`: made by Lark, kept in `grammar.json` because making them takes long.

`python -m tcpverify.lang.tables` writes `grammar.json` anew; it carries a digest of the grammar,
and a missing or outdated one is not used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("grammar.json")

END = "$END"
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Production:
    """One alternative of a rule.

    `recipe` lists the children its builder gets: 2 * i for the value at i, 2 * i + 1 for all the
    values of the list at i, NOTHING for a [part] that is missing. `builder` is None for a list
    and for a rule that only passes its one child on.
    """

    rule: str
    size: int
    builder: str | None
    recipe: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """An LALR(1) automaton, its words, and the terminals that a rule's text can begin with (`first`).

    In `rows[state]`, a number from 0 shifts to that state, ~n reduces production n.
    """

    reserved: Mapping[str, str]
    soft: Mapping[str, str]
    signs: Mapping[str, str]
    productions: tuple[Production, ...]
    rows: tuple[Mapping[str, int], ...]
    start: int
    end: int
    first: Mapping[str, frozenset[str]]

    @property
    def shown(self) -> Mapping[str, str]:
        """How a terminal looks in a text: word or sign by terminal."""
        return {
            terminal: text
            for group in (self.reserved, self.soft, self.signs)
            for text, terminal in group.items()
        }


@cache
def load() -> Tables:
    """The tables, from `grammar.json` if it fits the grammar."""
    grammar = GRAMMAR.read_text("utf-8")
    try:
        stored = json.loads(TABLES.read_text("utf-8"))
    except (OSError, ValueError):
        stored = {}
    return from_json(stored if stored.get("digest") == digest(grammar) else to_json(grammar))


def digest(grammar: str) -> str:
    return sha256(grammar.encode()).hexdigest()


def from_json(stored: Mapping[str, Any]) -> Tables:
    """The tables that a file holds."""
    symbols: list[str] = stored["symbols"]
    rows = [dict(zip((symbols[i] for i in row[::2]), row[1::2], strict=True)) for row in stored["rows"]]
    return Tables(
        reserved=stored["reserved"],
        soft=stored["soft"],
        signs=stored["signs"],
        productions=tuple(
            Production(symbols[rule], size, builder, tuple(recipe))
            for rule, size, builder, recipe in stored["productions"]
        ),
        rows=tuple(rows[i] for i in stored["states"]),
        start=stored["start"],
        end=stored["end"],
        first={rule: frozenset(terminals) for rule, terminals in stored["first"].items()},
    )


def to_json(grammar: str) -> dict[str, Any]:
    """The tables of a grammar, in the form that is stored."""
    from lark import Lark

    lark = Lark(grammar, parser="lalr", lexer="basic", start="file", maybe_placeholders=True)
    conf = lark.parse_interactive("").parser_state.parse_conf
    numbers = {rule: i for i, rule in enumerate(lark.rules)}
    symbols = sorted({s for row in conf.states.values() for s in row} | {r.origin.name for r in lark.rules})
    place = {symbol: i for i, symbol in enumerate(symbols)}
    order = _order(conf.states, conf.start_state)
    rows: dict[tuple[int, ...], int] = {}
    states = []
    for state in order:
        row = tuple(_row(conf.states[state], numbers, place, order))
        states.append(rows.setdefault(row, len(rows)))
    return {
        "digest": digest(grammar),
        **_words(lark),
        "symbols": symbols,
        "first": _first(lark),
        "productions": [_production(rule, place) for rule in lark.rules],
        "start": order[conf.start_state],
        "end": order[conf.end_state],
        "states": states,
        "rows": list(rows),
    }


def _order(states: Mapping[int, Any], start: int) -> dict[int, int]:
    """New numbers for Lark's states, which it numbers differently each time: as they are first met."""
    order = {start: 0}
    waiting = [start]
    for state in waiting:
        for symbol in sorted(states[state]):
            action, target = states[state][symbol]
            if action.name == "Shift" and target not in order:
                order[target] = len(order)
                waiting.append(target)
    return order


def _row(
    actions: Mapping[str, Any], numbers: Mapping[Any, int], place: Mapping[str, int], order: Mapping[int, int]
) -> Iterable[int]:
    for symbol in sorted(actions):
        action, argument = actions[symbol]
        yield place[symbol]
        yield order[argument] if action.name == "Shift" else ~numbers[argument]


def _words(lark: Lark) -> dict[str, dict[str, str]]:
    """Reserved words (those with a priority), soft words, and signs, each to its terminal."""
    groups: dict[str, dict[str, str]] = {"reserved": {}, "soft": {}, "signs": {}}
    for terminal in lark.terminals:
        if terminal.pattern.type == "str":
            text = terminal.pattern.value
            word = text[0].isalpha()
            group = ("reserved" if terminal.priority else "soft") if word else "signs"
            groups[group][text] = terminal.name
    return groups


def _first(lark: Lark) -> dict[str, list[str]]:
    """The terminals that the text of each rule with a name can begin with."""
    first: dict[str, set[str]] = {rule.origin.name: set() for rule in lark.rules}
    empty = {rule.origin.name for rule in lark.rules if not rule.expansion}
    while True:
        before = sum(map(len, first.values()))
        for rule in lark.rules:
            for symbol in rule.expansion:
                first[rule.origin.name] |= {symbol.name} if symbol.is_term else first[symbol.name]
                if symbol.name not in empty:
                    break
        if before == sum(map(len, first.values())):
            return {name: sorted(terminals) for name, terminals in sorted(first.items()) if name[:2] != "__"}


def _production(rule: Any, place: Mapping[str, int]) -> list[Any]:
    """See Production; `empty_indices` of a Lark rule has a True where a missing [part] leaves a None."""
    name = rule.alias or rule.origin.name
    inline = name.startswith("_")
    recipe = []
    index = 0
    for missing in rule.options.empty_indices or [False] * len(rule.expansion):
        if missing:
            recipe.append(NOTHING)
            continue
        symbol = rule.expansion[index]
        if symbol.is_term and not symbol.filter_out:
            recipe.append(2 * index)
        elif not symbol.is_term:
            recipe.append(2 * index + symbol.name.startswith("_"))
        index += 1
    passes_on = rule.options.expand1 and not rule.alias and len(recipe) == 1
    return [place[rule.origin.name], index, None if inline or passes_on else name, recipe]


def main() -> None:
    text = json.dumps(to_json(GRAMMAR.read_text("utf-8")), separators=(",", ":"))
    TABLES.write_text(text.replace('],"', '],\n"') + "\n", "utf-8")


if __name__ == "__main__":
    main()
