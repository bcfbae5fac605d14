"""The verdict table for a terminal of any width: an instance a heading, a property a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

from tcpverify.cli.console import Console
from tcpverify.render.text import pad, width, wrap
from tcpverify.result import AnyResult, CountResult, FindResult, Outcome, Result, instance_text, is_quiet
from tcpverify.verdict import IDLE, Exhausted, Holds, Unknown, Unreachable, Vacuous, evidence, word

Row = AnyResult

HEADINGS = ("property", "verdict", "evidence", "expected")
LEAST = (12, 11, 16, 12)
"""No column is made narrower than this (in cells) before rows become paragraphs."""
GAP = 2
MARK = 5
"""Cells before a row: its mark, and a space on the right; continuations stand as deep."""

CACHED = "cached"
"""Said of a verdict of an earlier run, told again."""

BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"


def table(results: Sequence[Row], here: Console) -> str:
    """Every verdict beside what was expected, grouped by file, check and instance; automatic
    properties that hold are only counted. Nothing is cut, and no line is wider than the terminal."""
    lines: list[str] = []
    for file, group in groupby(results, key=lambda r: r.file):
        rows = list(group)
        lines += ["", *_styled(wrap(here.safe(file), here.width), here, BOLD)]
        lines += _file(rows, here)
    return "\n".join(lines) + "\n"


def _file(rows: Sequence[Row], here: Console) -> list[str]:
    groups = [list(g) for _, g in groupby(rows, key=lambda r: (r.check, r.instance))]
    shown = [[r for r in group if not is_quiet(r)] or group for group in groups]
    sizes = _sizes([_cells(r, here) for group in shown for r in group], here.width - MARK)
    lines: list[str] = []
    if sizes is not None:
        names = (" " * GAP).join(pad(name, size) for name, size in zip(HEADINGS, sizes, strict=True))
        lines.append(here.styled(" " * MARK + names.rstrip(), DIM))
    for group, loud in zip(groups, shown, strict=True):
        lines += ["", *_heading(group, here)]
        for before, row in zip([None, *loud], loud, strict=False):
            lines += _row(_cells(row, here, before), row, sizes, here)
    quiet = {r.prop.name for r in rows if isinstance(r, Result) and is_quiet(r)}
    if quiet and len(quiet) < len(rows):
        count = sum(is_quiet(r) for r in rows)
        text = f"and {count} automatic properties hold: {', '.join(sorted(quiet))}"
        lines += ["", *_styled(wrap(here.safe(text), here.width, 2), here, DIM)]
    return lines


# --- Headings ----------------------------------------------------------------------------------------


def _heading(group: Sequence[Row], here: Console) -> list[str]:
    """The check and its instance, and what the engine went through: on one line if there is room."""
    first, engines = group[0], " and ".join(sorted({r.engine for r in group}))
    said = here.safe("  ".join(filter(None, [first.check, instance_text(first)])))
    seen = first.statistics
    counts = (
        [str(Exhausted(seen.states, seen.transitions, seen.depth, seen.idle))] if seen is not None else []
    )
    took = CACHED if all(r.cached for r in group) else f"{first.seconds:.2f} s"
    done = here.safe(f"({', '.join([*counts, engines, took])})")
    if width(said) + GAP + width(done) <= here.width:
        return [f"{here.styled(said, BOLD)}{' ' * GAP}{here.styled(done, DIM)}"]
    lines = _styled(wrap(said, here.width, MARK), here, BOLD)
    return [*lines, *_styled(wrap(done, here.width, MARK, MARK), here, DIM)]


def _styled(lines: Sequence[str], here: Console, style: str) -> list[str]:
    return [here.styled(line, style) for line in lines]


# --- Rows --------------------------------------------------------------------------------------------


def _cells(result: Row, here: Console, before: Row | None = None) -> list[str]:
    """The cells of a row; a reason that the row before gives too is not told again."""
    if isinstance(result, CountResult):
        found = "not counted" if result.states is None else f"{result.states:,} states"
        cells = ["states", "counted", found, f"{result.expected:,} states"]
    elif isinstance(result, FindResult):
        cells = [result.name, result.answer, result.why, expectation(result)]
    else:
        cells = [result.prop.name, word(result.verdict), _brief(result, before), expectation(result)]
    return [here.safe(c) for c in cells]


def expectation(result: Row) -> str:
    """What was expected, as the spec writes it; empty if nothing was."""
    if isinstance(result, CountResult):
        return f"{result.expected:,} states"
    return "" if result.expected is None else str(result.expected)


def _brief(result: Result, before: Row | None) -> str:
    """The evidence; the numbers of an exhaustive search stand in the heading."""
    match result.verdict:
        case Unknown() if isinstance(before, Result) and before.verdict == result.verdict:
            return "for the same reason"
        case Holds(Exhausted() as seen) | Unreachable(Exhausted() as seen):
            return _all(seen)
        case Vacuous(why, Exhausted() as seen):
            return f"{why}; {_all(seen)}"
        case verdict:
            return evidence(verdict)


def _all(seen: Exhausted) -> str:
    return f"{seen.states:,} states, {IDLE}" if seen.idle else f"all {seen.states:,} states"


def _sizes(cells: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Column widths that fit: the widest column gives way first; None if even the least do not fit."""
    sizes = [max(map(width, column)) for column in zip(HEADINGS, *cells, strict=True)]
    least = [min(size, low) for size, low in zip(sizes, LEAST, strict=True)]
    while sum(sizes) + GAP * (len(sizes) - 1) > room:
        loose = [c for c, size in enumerate(sizes) if size > least[c]]
        if not loose:
            return None
        sizes[max(loose, key=lambda c: sizes[c])] -= 1
    return sizes


def _row(cells: Sequence[str], result: Row, sizes: Sequence[int] | None, here: Console) -> Iterator[str]:
    """A row of as many lines as its fullest cell needs; on a narrow terminal a paragraph."""
    if sizes is None:
        name, verdict, found, expected = cells
        told = f"{name}: {verdict}, {found}" + (f"; expected {expected}" if expected else "")
        lines = [" " * MARK + line for line in wrap(told, here.width - MARK, 2)]
    else:
        columns = [wrap(cell, size) for cell, size in zip(cells, sizes, strict=True)]
        lines = [
            " " * MARK + (" " * GAP).join(pad(c, size) for c, size in zip(parts, sizes, strict=True)).rstrip()
            for parts in zip_longest(*columns, fillvalue="")
        ]
    yield mark(result, here) + lines[0][MARK:]
    yield from lines[1:]


def mark(result: Row, here: Console) -> str:
    """Cells as many as MARK: met, not met, or inconclusive."""
    sign, colour = ("ok", GREEN) if result.met else ("??", YELLOW) if result.inconclusive else ("!!", RED)
    return f"  {here.styled(sign, colour)} "


# --- The end -----------------------------------------------------------------------------------------


def closing(outcome: Outcome, here: Console, strict: bool) -> str:
    """Each expectation that is not met in a line, and how many are."""
    lines = [""]
    for result in outcome.results:
        if not result.met:
            lines += _not_met(result, here)
    unmet = sum(not r.met and not r.inconclusive for r in outcome.results)
    inconclusive = sum(r.inconclusive for r in outcome.results)
    parts = [f"{sum(r.met for r in outcome.results)} of {len(outcome.results)} expectations met"]
    parts += [f"{unmet} NOT met"] if unmet else []
    parts += [f"{inconclusive} inconclusive"] if inconclusive else []
    parts += [f"{len(outcome.warnings)} warnings count as failures"] if strict and outcome.warnings else []
    parts += ["interrupted"] if outcome.interrupted else []
    cached = sum(r.cached for r in outcome.results)
    parts += [f"{cached} {CACHED}"] if cached else []
    parts += [f"{outcome.seconds:.2f} s"]
    bad = unmet or (strict and outcome.warnings)
    colour = RED if bad else YELLOW if inconclusive or outcome.interrupted else GREEN
    lines += _styled(wrap(", ".join(parts), here.width), here, f"{BOLD};{colour}")
    return "\n".join(lines) + "\n"


def _not_met(result: Row, here: Console) -> list[str]:
    name, verdict, found, expected = _cells(result, here)
    where = here.safe(f"{result.file} {result.check}")
    instance = here.safe(instance_text(result))
    got = found if isinstance(result, CountResult) else verdict
    told = f"{where}: {name}" + (f" ({instance})" if instance else "") + f" {got}, expected {expected}"
    first, *rest = wrap(told, here.width - MARK, 2)
    return [mark(result, here) + first, *(" " * MARK + line for line in rest)]
