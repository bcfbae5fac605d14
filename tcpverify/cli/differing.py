"""Two versions beside each other, as text: which verdicts change, or what two roles do differently."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tcpverify.analysis.changes import Change, changes, verdict
from tcpverify.analysis.differences import Apart, Difference
from tcpverify.cli.console import Console, complain, console, write
from tcpverify.cli.deciding import decide
from tcpverify.cli.ladders import ladders
from tcpverify.cli.status import Mode
from tcpverify.cli.table import BOLD
from tcpverify.diagnostics import ModelError
from tcpverify.limits import Limits
from tcpverify.pipeline.apart import Side, Wish, apart
from tcpverify.pipeline.plan import Request
from tcpverify.render.text import pad, width, wrap
from tcpverify.report import differing as words
from tcpverify.report.json import changes_document, dumps
from tcpverify.result import Exit, Outcome, exit_code

MOST_ALSO = 8
"""More inputs that make the same difference are counted, not named."""


# --- Roles -------------------------------------------------------------------------------------------


def roles(old: Side, new: Side, wish: Wish, output_format: str, traces: str) -> int:
    """Compare two roles and tell what was found; the exit code. Raises ModelError if it is to be text."""
    try:
        found = apart(old, new, wish)
    except ModelError as error:
        if output_format == "json":
            write(dumps(words.diff_document(None, error.diagnostics)))
        raise
    if output_format == "json":
        write(dumps(words.diff_document(found, ())))
    else:
        write(text(found, console(sys.stdout), traces == "all"))
    if not found.same:
        return Exit.UNMET
    return Exit.OK if found.comparison.stopped is None else Exit.INCONCLUSIVE


def text(found: Apart, here: Console, drawn: bool) -> str:
    """What was fed, how far was looked, and every difference."""
    differences = found.comparison.differences
    lines = [line for told in words.fed(found) for line in wrap(here.safe(told), here.width, 2)]
    lines += [f"{_counted(len(differences))}; {words.reach(found)}"]
    for number, difference in enumerate(differences, 1):
        lines += ["", *_difference(number, difference, found, here)]
        if drawn:
            for side, picture in words.ladders(difference, here.width, here.unicode, here.colour):
                lines += ["", here.styled(side, BOLD), *picture.rstrip("\n").split("\n")]
    return "\n".join(lines) + "\n"


def _counted(count: int) -> str:
    return "no difference" if not count else "1 difference" if count == 1 else f"{count} differences"


def _difference(number: int, difference: Difference, found: Apart, here: Console) -> Iterator[str]:
    def told(line: str, style: str = "", first: int = 3) -> Iterator[str]:
        for part in wrap(here.safe(line), here.width, 5, first):
            yield here.styled(part, style) if style else part

    yield from told(f"{number}. {words.heading(difference, found)}", BOLD, 0)
    for side, answer in zip(words.SIDES, (difference.old, difference.new), strict=True):
        cites = f" ({'; '.join(answer.cites)})" if answer.cites else ""
        yield from told(f"{side} {words.answer_text(answer, found)}{cites}")
    if difference.others:
        also = [words.flags_text(other, found) for other in difference.others[:MOST_ALSO]]
        more = len(difference.others) - len(also)
        yield from told(f"also after {', '.join(also)}" + (f" and {more} more" if more > 0 else ""))
    if not difference.visible and len(difference.inputs) == difference.length:
        yield from told("nothing seen from outside tells them apart in runs this long")
    run = ", ".join(words.input_text(given, found) for given in difference.inputs)
    yield from told(f"told apart by: {run}")


# --- Verdicts ----------------------------------------------------------------------------------------


def verdicts(
    old: Path,
    new: Path,
    given: Mapping[str, str],
    limits: Limits,
    output_format: str,
    traces: str,
    progress: Mode,
) -> int:
    """Decide the checks of both specs and tell which verdicts change; the exit code."""
    request = Request(params=given, limits=limits, jobs=limits.workers())
    outcomes = [decide([path], request, mode=progress)[1] for path in (old, new)]
    problems = [d for outcome in outcomes for d in (*outcome.failures, *outcome.errors)]
    rows = changes(outcomes[0].results, outcomes[1].results)
    if output_format == "json":
        write(dumps(changes_document(rows, outcomes[0], outcomes[1])))
    elif not problems:
        here = console(sys.stdout)
        write(table(rows, here) if rows else f"no verdict changes: {_sizes(outcomes)}\n")
        for row in rows if traces == "all" else ():
            write(_ladders(row, here, request))
    complain(problems)
    if problems or any(outcome.interrupted for outcome in outcomes):
        return max(exit_code(outcome) for outcome in outcomes)
    return Exit.UNMET if rows else Exit.OK


def _sizes(outcomes: Sequence[Outcome]) -> str:
    counts = " and ".join(str(len(outcome.results)) for outcome in outcomes)
    return f"{counts} were compared"


def table(rows: Sequence[Change], here: Console) -> str:
    """The changed verdicts, a row each."""
    cells = [("check", "property", "OLD", "NEW")]
    for row in rows:
        name = f"{row.name} ({row.instance})" if row.instance else row.name
        cells.append((row.check, name, verdict(row.old) or "-", verdict(row.new) or "-"))
    safe = [[here.safe(cell) for cell in line] for line in cells]
    sizes = [max(width(line[i]) for line in safe) for i in range(4)]
    lines = ["  ".join(pad(c, n) for c, n in zip(line, sizes, strict=True)).rstrip() for line in safe]
    if max(map(width, lines)) > here.width:
        lines = [part for line in safe for part in wrap("  ".join(line), here.width, 4)]
    return "\n".join([here.styled(lines[0], BOLD), *lines[1:]]) + "\n"


def _ladders(row: Change, here: Console, request: Request) -> str:
    blocks = ""
    for side, result in zip(words.SIDES, (row.old, row.new), strict=True):
        drawn = "" if result is None else ladders([result], here, "all", request)
        blocks += f"\n{here.styled(side, BOLD)}{drawn}" if drawn else ""
    return blocks
