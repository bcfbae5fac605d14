"""The parse tables of `grammar.lark`: made by Lark, kept in `grammar.json` because making them takes long.

`python -m tcpverify.lang.tables` writes `grammar.json` anew; it carries a digest of the grammar,
and a missing or outdated one is not used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tcpverify.records import record

if TYPE_CHECKING:
    from lark import Lark

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("grammar.json")

END = "$END"
NOTHING = -1


@record
class Production:
    """One alternative of a rule.

    `recipe` lists the children its builder gets: 2 * i for the value at i, 2 * i + 1 for all the
    values of the list at i, NOTHING for a [part] that is missing. `builder` is None for a list
    and for a rule that only passes its one child on; `renames` tells a rule of one symbol that does.
    """

    rule: str
    size: int
    builder: str | None
    recipe: tuple[int, ...]
    renames: bool


@record
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


def digest(grammar: str) -> int:
    return crc32(grammar.encode())


def from_json(stored: Mapping[str, Any]) -> Tables:
    """The tables that a file holds."""
    lookaheads: list[list[str]] = stored["lookaheads"]
    return Tables(
        reserved=stored["reserved"],
        soft=stored["soft"],
        signs=stored["signs"],
        productions=tuple(_read_production(*fields) for fields in stored["productions"]),
        rows=tuple(_read_row(lookaheads, *parts) for parts in stored["rows"]),
        start=stored["start"],
        end=stored["end"],
        first={rule: frozenset(terminals) for rule, terminals in stored["first"].items()},
    )


def _read_production(rule: str, size: int, builder: str | None, recipe: Sequence[int]) -> Production:
    renames = builder is None and size == 1 and recipe == [0] and not rule.startswith("_")
    return Production(rule, size, builder, tuple(recipe), renames)


def _read_row(
    lookaheads: Sequence[Sequence[str]], row: dict[str, int], reductions: Sequence[int]
) -> Mapping[str, int]:
    """See `_row`."""
    for group, production in zip(reductions[::2], reductions[1::2], strict=True):
        row.update(dict.fromkeys(lookaheads[group], ~production))
    return row


def to_json(grammar: str) -> dict[str, Any]:
    """The tables of a grammar, in the form that is stored."""
    from lark import Lark

    lark = Lark(grammar, parser="lalr", lexer="basic", start="file", maybe_placeholders=True)
    conf = lark.parse_interactive("").parser_state.parse_conf
    numbers = {rule: i for i, rule in enumerate(lark.rules)}
    order = _order(conf.states, conf.start_state)
    lookaheads: dict[tuple[str, ...], int] = {}
    rows = [_row(conf.states[state], numbers, order, lookaheads) for state in order]
    return {
        "digest": digest(grammar),
        **_words(lark),
        "first": _first(lark),
        "productions": [_production(rule) for rule in lark.rules],
        "start": order[conf.start_state],
        "end": order[conf.end_state],
        "lookaheads": list(lookaheads),
        "rows": rows,
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
    actions: Mapping[str, Any],
    numbers: Mapping[Any, int],
    order: Mapping[int, int],
    lookaheads: dict[tuple[str, ...], int],
) -> tuple[dict[str, int], list[int]]:
    """A row: the state to shift to by symbol, then pairs of a group of terminals and the production to
    reduce before them. The same groups are met again and again; `lookaheads` numbers them.
    """
    shifts: dict[str, int] = {}
    groups: dict[int, list[str]] = {}
    for symbol in sorted(actions):
        action, argument = actions[symbol]
        if action.name == "Shift":
            shifts[symbol] = order[argument]
        else:
            groups.setdefault(numbers[argument], []).append(symbol)
    reductions: list[int] = []
    for production, group in groups.items():
        reductions += lookaheads.setdefault(tuple(group), len(lookaheads)), production
    return shifts, reductions


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


def _production(rule: Any) -> list[Any]:
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
    return [rule.origin.name, index, None if inline or passes_on else name, recipe]


def main() -> None:
    text = json.dumps(to_json(GRAMMAR.read_text("utf-8")), separators=(",", ":"))
    TABLES.write_text(text.replace('],"', '],\n"') + "\n", "utf-8")


if __name__ == "__main__":
    main()
