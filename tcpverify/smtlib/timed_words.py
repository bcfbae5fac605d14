"""Conditions on durations, and invariants of timed systems, as text for people that is read again.

    condition T >= 2 * MSL
    excluded T < MSL
    case A = SYN_SENT, B = LISTEN, `sent A -> B Segment SYN incarnation=2`
      MSL + `last A -> B Segment ACK incarnation=1` <= now

Between the lines stands `and`, between the cases `or`. In a case everything that is no time has a value: what
is not named is false, or 0. Times are those of `smtlib/timed.py`; what is no plain word stands in backquotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tcpverify.ir.expr import BoolSort, EnumSort, Sort, show_value
from tcpverify.ir.parametric import Bound, Condition, Linear, scaled, show_condition
from tcpverify.records import record
from tcpverify.smtlib.timed import NOW, Timed
from tcpverify.smtlib.timed_proof import Case

CONDITION, EXCLUDED, CASE, INDENT = "condition ", "excluded ", "case ", "  "

_TOKEN = re.compile(r"\s*(?:`([^`]+)`|([A-Za-z_][\w.]*)|(-?\d+)|([<>]=?|[-+*(),=]))")
_WORD = re.compile(r"[A-Za-z_][\w.]*")
_OWN = frozenset({"and", "or", "true", "none"})


class Unreadable(Exception):
    """A text that is none of these; the argument says why."""


@record
class Argued:
    """A condition, the regions that it excludes (each all of its clauses), and the cases of an invariant."""

    condition: Condition
    regions: tuple[Condition, ...]
    cases: tuple[Case, ...]


def written(system: Timed, argued: Argued) -> str:
    """The text."""
    parameters, _ = names(system)
    lines = [CONDITION + show_condition(argued.condition, parameters)]
    lines += [EXCLUDED + show_condition(region, parameters) for region in argued.regions]
    return "\n".join(lines) + "\n" + cases_in_words(system, argued.cases)


def cases_in_words(system: Timed, cases: Sequence[Case]) -> str:
    """The cases of an invariant."""
    _, every = names(system)
    lines = []
    for case in cases:
        lines += ["", CASE + ", ".join(_values(system, case.values))]
        lines += [INDENT + show_condition((clause,), every) for clause in case.bounds]
    return "".join(line + "\n" for line in lines)


def read(system: Timed, text: str) -> Argued:
    """What a text says of a system.

    Raises:
        Unreadable: it is not made so.
    """
    parameters, every = names(system)
    conditions, regions, cases = list[Condition](), list[Condition](), list[Case]()
    for line in text.splitlines():
        if line.startswith(CONDITION):
            conditions.append(read_condition(line.removeprefix(CONDITION), parameters))
        elif line.startswith(EXCLUDED):
            regions.append(read_condition(line.removeprefix(EXCLUDED), parameters))
        elif line.startswith(CASE):
            cases.append(Case(_read_values(system, line.removeprefix(CASE)), ()))
        elif line.startswith(INDENT) and cases:
            more = read_condition(line, every)
            cases[-1] = Case(cases[-1].values, (*cases[-1].bounds, *more))
        elif line.strip() and not line.startswith("#"):
            raise Unreadable(f"`{line}` is neither a condition nor a case")
    if len(conditions) != 1:
        raise Unreadable("there is not one condition")
    return Argued(conditions[0], tuple(regions), tuple(cases))


def names(system: Timed) -> tuple[list[str], list[str]]:
    """What parameters, and parameters and times, are called here."""
    parameters = [_quoted(p[1:-1].removeprefix("param ")) for p in system.parameters]
    now = "now" if "now" not in parameters else "`time now`"
    return parameters, [*parameters, *(now if t == NOW else _quoted(t[1:-1]) for t in system.times)]


def _quoted(name: str) -> str:
    """A name as it stands in a text."""
    plain = _WORD.fullmatch(name) is not None and name not in _OWN
    return name if plain else "`" + name.replace("`", "_") + "`"


# --- Values ------------------------------------------------------------------------------------------


def _values(system: Timed, values: Sequence[int]) -> Iterator[str]:
    for (name, sort), value in zip(system.plain, values, strict=True):
        if isinstance(sort, EnumSort):
            yield f"{_quoted(name[1:-1])} = {_quoted(show_value(value, sort))}"
        elif value:
            shown = _quoted(name[1:-1])
            yield shown if isinstance(sort, BoolSort) else f"{shown} = {value}"


def _read_values(system: Timed, text: str) -> tuple[int, ...]:
    told: dict[str, str] = {}
    words = [*_tokens(text), ","]
    while words:
        end = words.index(",")
        entry, words = words[:end], words[end + 1 :]
        match entry:
            case [name]:
                told[name] = ""
            case [name, "=", value]:
                told[name] = value
            case _:
                raise Unreadable(f"`{' '.join(entry)}` is no value")
    found = tuple(_value(told.pop(_quoted(name[1:-1]), None), name, sort) for name, sort in system.plain)
    if told:
        raise Unreadable(f"there is no `{next(iter(told))}`")
    return found


def _value(told: str | None, name: str, sort: Sort) -> int:
    """The value of a constant that something, or nothing, is said of."""
    match sort:
        case BoolSort() if told in (None, ""):
            return int(told is not None)
        case EnumSort(_, enumerators):
            known = [_quoted(show_value(i, sort)) for i in range(len(enumerators))]
            if told in known:
                return known.index(told)
        case _ if told is None:
            return 0
        case _ if not isinstance(sort, BoolSort) and re.fullmatch(r"-?\d+", told or ""):
            return int(told or "")
    raise Unreadable(f"`{told}` is no value of `{name[1:-1]}`")


# --- Conditions --------------------------------------------------------------------------------------


def read_condition(text: str, over: Sequence[str]) -> Condition:
    """A condition as `show_condition` writes it. Raises Unreadable."""
    words = _tokens(text)
    if words in (["true"], ["none"]):
        return () if words == ["true"] else ((),)
    clauses: list[tuple[Bound, ...]] = []
    for clause in _parted(words, "and"):
        inner = clause[1:-1] if clause[:1] == ["("] and clause[-1:] == [")"] else clause
        clauses.append(tuple(_bound(bound, over) for bound in _parted(inner, "or")))
    return tuple(clauses)


def _bound(words: list[str], over: Sequence[str]) -> Bound:
    relations = [w for w in words if w in ("<", "<=", ">", ">=")]
    if len(relations) != 1:
        raise Unreadable(f"`{' '.join(words)}` is no comparison")
    [relation] = relations
    at = words.index(relation)
    left, right = (_sum(side, over) for side in (words[:at], words[at + 1 :]))
    more, less = (left, right) if relation[0] == ">" else (right, left)
    taken = scaled(less, -1)
    pairs = zip(more.coefficients, taken.coefficients, strict=True)
    return Bound(Linear(more.constant + taken.constant, tuple(a + b for a, b in pairs)), len(relation) == 1)


def _sum(words: list[str], over: Sequence[str]) -> Linear:
    constant, coefficients = 0, [0] * len(over)
    for term in _parted(words, "+"):
        match term:
            case [number] if number.isdigit():
                constant += int(number)
            case [name] if name in over:
                coefficients[over.index(name)] += 1
            case [number, "*", name] if number.isdigit() and name in over:
                coefficients[over.index(name)] += int(number)
            case _:
                raise Unreadable(f"`{' '.join(term)}` is no multiple of a duration or a time")
    return Linear(constant, tuple(coefficients))


def _parted(words: list[str], by: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == by:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _tokens(text: str) -> list[str]:
    found, at = list[str](), 0
    while at < len(text.rstrip()):
        token = _TOKEN.match(text, at)
        if token is None:
            raise Unreadable(f"`{text[at:].strip()}` cannot be read")
        quoted, *plain = token.groups()
        found.append(f"`{quoted}`" if quoted is not None else next(p for p in plain if p is not None))
        at = token.end()
    return found
