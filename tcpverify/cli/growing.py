"""Why a model has many states, as text: what differs among them, what still grows, what might help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tcpverify.cli.console import Console
from tcpverify.cli.table import Row
from tcpverify.render.text import pad, width, wrap
from tcpverify.result import instance_text
from tcpverify.verdict import Growth, Spread, Statistics

MOST_LINES = 25
"""Variables and channels that `explore` tells of; of the others it says how many there are."""

WORST = 3
"""Those that `verify` tells of."""

WIDEST_NAME = 40

MOST_NAMES = 6
"""Names before one hint."""


def table(growth: Growth, complete: bool, here: Console, most: int = MOST_LINES) -> list[str]:
    """A heading, a line for each of the worst spreads, and below them their hints."""
    shown = growth.spreads[:most]
    names = [here.safe(s.name) for s in shown]
    column = min(WIDEST_NAME, here.width // 2, max(map(width, names), default=0))
    lines = wrap(_heading(growth), here.width, 2)
    for name, spread in zip(names, shown, strict=True):
        told = f"{pad(name, column)}  {here.safe(_told(spread, complete))}"
        lines += wrap(told, here.width, column + 4, 2)
    more = len(growth.spreads) - len(shown)
    return [*lines, *([f"  and {more} more that differ"] if more else []), *_hints(shown, here)]


def _hints(spreads: Sequence[Spread], here: Console) -> Iterator[str]:
    """Each hint once, with what it is about."""
    about: dict[str, list[str]] = {}
    for spread in spreads:
        for hint in spread.hints:
            about.setdefault(hint, []).append(spread.name)
    for hint, names in about.items():
        some = ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
        yield from wrap(here.safe(f"hint: {some}: {hint}"), here.width, 4, 2)


def _heading(growth: Growth) -> str:
    if not growth.spreads:
        return "nothing differs among the states"
    of = f"all {growth.states:,} states"
    if not growth.whole:
        of = f"{growth.looked_at:,} of {growth.states:,} states, taken evenly from {growth.levels} levels"
    return f"what differs among {of}:"


def _told(spread: Spread, complete: bool) -> str:
    """How many values, and whether there are ever more."""
    if spread.possible is None:
        told = f"{spread.values:,} different contents"
    else:
        told = f"{spread.values:,} of {spread.possible:,} values"
    if not spread.growing:
        return told
    return f"{told}, new ones to the end" if complete else f"{told}, still growing"


def notes(results: Sequence[Row], here: Console) -> str:
    """For each instance whose exploration was stopped and left something open, the worst in a few lines."""
    return "".join(_notes(results, here))


def _notes(results: Sequence[Row], here: Console) -> Iterator[str]:
    for _, rows in groupby(results, lambda r: (r.file, r.check, r.instance, r.variants)):
        group = list(rows)
        seen = group[0].statistics
        if seen is None or seen.growth is None or seen.complete or all(r.met for r in group):
            continue
        title = ", ".join(filter(None, [group[0].check, instance_text(group[0])]))
        lines = wrap(here.safe(f"{title}: {_stopped(seen)}"), here.width, 2)
        yield "\n".join(["", *lines, *table(seen.growth, False, here, WORST)]) + "\n"


def _stopped(seen: Statistics) -> str:
    return seen.stopped or "stopped before the end"
