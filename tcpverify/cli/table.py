"""The verdict table and the ladders below it, for a terminal of any width."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from tcpverify.cli.console import Console
from tcpverify.ir.interpret import Interpreter
from tcpverify.render.terminal import ladder
from tcpverify.render.text import clean, fit, pad, width
from tcpverify.result import CountResult, Outcome, Result
from tcpverify.verdict import Violated, evidence, trace_of, word

Row = Result | CountResult

HEADINGS = ("check", "instance", "property", "verdict", "evidence", "expected", "time")
LEAST = (8, 8, 10, 9, 12, 8, 6)
"""No column is made narrower than this (in cells) before lines are shown one below the other."""


def table(results: Sequence[Row], here: Console) -> str:
    """One line a verdict, marked where the expectation is not met; automatic properties that hold
    are only counted. Never wider than the terminal."""
    lines: list[str] = []
    for file in dict.fromkeys(r.file for r in results):
        rows = [r for r in results if r.file == file and not _quiet(r)]
        quiet = sum(_quiet(r) for r in results if r.file == file)
        lines += ["", _bold(fit(clean(file, not here.unicode), here.width), here)]
        lines += _aligned(rows, here) if rows else []
        if quiet:
            lines.append(fit(f"  and {quiet} automatic properties hold", here.width, "~"))
    return "\n".join(lines) + "\n"


def _quiet(result: Row) -> bool:
    return isinstance(result, Result) and result.automatic and result.met


def _cells(result: Row, here: Console) -> list[str]:
    instance = ", ".join(f"{n}={v}" for n, v in result.instance)
    if isinstance(result, CountResult):
        found = "not counted" if result.states is None else f"{result.states:,} states"
        cells = [result.check, instance, "states", "counted", found, f"{result.expected:,}"]
    else:
        instance = ", ".join(filter(None, [instance, *result.variants]))
        expected = str(result.expected) if result.expected else ""
        verdict = word(result.verdict)
        cells = [result.check, instance, result.prop.name, verdict, evidence(result.verdict), expected]
    return [clean(c, not here.unicode) for c in [*cells, f"{result.seconds:.2f}s"]]


def _aligned(rows: Sequence[Row], here: Console) -> list[str]:
    cells = [_cells(r, here) for r in rows]
    columns = [c for c in range(len(HEADINGS)) if any(row[c] for row in cells)]
    wanted = {c: max(width(HEADINGS[c]), *(width(row[c]) for row in cells)) for c in columns}
    room = here.width - 3 - 2 * (len(columns) - 1)
    sizes = _shrunk(wanted, room)
    if sizes is None:
        return [line for r, row in zip(rows, cells, strict=True) for line in _stacked(r, row, here)]
    ellipsis = "…" if here.unicode else "~"
    lines = ["   " + "  ".join(pad(HEADINGS[c], sizes[c]) for c in columns).rstrip()]
    for result, row in zip(rows, cells, strict=True):
        shown = "  ".join(pad(fit(row[c], sizes[c], ellipsis), sizes[c]) for c in columns).rstrip()
        lines.append(f"{_mark(result, here)}{shown}")
    return lines


def _shrunk(wanted: dict[int, int], room: int) -> dict[int, int] | None:
    """Column widths that fit: the widest column gives way first; None if even the least do not fit."""
    sizes = dict(wanted)
    while sum(sizes.values()) > room:
        loose = [c for c in sizes if sizes[c] > min(LEAST[c], wanted[c])]
        if not loose:
            return None
        widest = max(loose, key=lambda c: sizes[c])
        sizes[widest] -= 1
    return sizes


def _stacked(result: Row, row: Sequence[str], here: Console) -> list[str]:
    """A result on a narrow terminal: one cell a line."""
    ellipsis = "…" if here.unicode else "~"
    first = fit(f"{row[0]} {row[1]} {row[2]}".replace("  ", " "), here.width - 3, ellipsis)
    rest = [fit(f"     {HEADINGS[c]} {row[c]}", here.width, ellipsis) for c in (3, 4, 5) if row[c]]
    return [_mark(result, here) + first, *rest]


def _mark(result: Row, here: Console) -> str:
    """Three cells: met, not met, or inconclusive."""
    sign, colour = ("ok", 32) if result.met else ("??", 33) if result.inconclusive else ("!!", 31)
    return f"\x1b[{colour}m{sign}\x1b[0m " if here.colour else f"{sign} "


def _bold(text: str, here: Console) -> str:
    return f"\x1b[1m{text}\x1b[0m" if here.colour else text


def ladders(results: Sequence[Row], here: Console, only_unmet: bool, params: Mapping[str, str]) -> str:
    """A ladder for each violation (and each unmet witness), with the command that reproduces it."""
    blocks = []
    for result in results:
        if not isinstance(result, Result) or (only_unmet and result.met):
            continue
        trace = trace_of(result.verdict)
        if trace is None or (result.met and not isinstance(result.verdict, Violated)):
            continue
        where = ", ".join(filter(None, [*(f"{n}={v}" for n, v in result.instance), *result.variants]))
        title = f"{result.check}: {result.prop.name}" + (f" ({where})" if where else "")
        text = " ".join([word(result.verdict), "in", str(len(trace)), "steps:", result.prop.text])
        drawn = ladder(trace, result.prop, Interpreter(result.system), here.width, here.unicode, here.colour)
        ellipsis = "…" if here.unicode else "~"
        head = _bold(fit(clean(title, not here.unicode), here.width, ellipsis), here)
        told = fit(clean(text, not here.unicode), here.width, ellipsis)
        again = clean(f"again: {reproduce(result, params)}", not here.unicode)
        blocks.append(f"\n{head}\n{told}\n\n{drawn}{again}\n")
    return "".join(blocks)


def reproduce(result: Result, params: Mapping[str, str]) -> str:
    """The command that decides just this again."""
    words = ["tcpverify", "verify", result.file, "--check", result.check, "--property", result.prop.name]
    values = {**params, **dict(result.instance)}
    for name, value in values.items():
        words += ["-p", f"{name}={value}"]
    return shlex.join(words)


def verdict_line(outcome: Outcome, here: Console) -> str:
    """The last line: how many expectations are met."""
    results = outcome.results
    unmet = sum(not r.met and not r.inconclusive for r in results)
    inconclusive = sum(r.inconclusive for r in results)
    parts = [f"{sum(r.met for r in results)} of {len(results)} expectations met"]
    parts += [f"{unmet} NOT met"] if unmet else []
    parts += [f"{inconclusive} inconclusive"] if inconclusive else []
    parts += ["interrupted"] if outcome.interrupted else []
    parts += [f"{outcome.seconds:.2f} s"]
    colour = 31 if unmet else 33 if inconclusive or outcome.interrupted else 32
    text = fit(", ".join(parts), here.width, "~")
    return f"\n\x1b[1;{colour}m{text}\x1b[0m\n" if here.colour else f"\n{text}\n"
