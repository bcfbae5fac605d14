"""One run of `tcpverify verify`: specs read and decided, results shown, reports written."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.gates import Gates, pass_gates
from tcpverify.records import record

if TYPE_CHECKING:
    from tcpverify.cli.ladders import Traces
    from tcpverify.cli.status import Mode
    from tcpverify.pipeline.load import Spec
    from tcpverify.pipeline.plan import Request
    from tcpverify.result import AnyResult, Outcome


@record
class Wish:
    """What is to be verified, and what is to be told of it: the options of `verify`."""

    request: Request
    strict: bool
    traces: Traces
    output: Path | None
    itf: Path | None
    shard: tuple[int, int] | None
    since: str | None
    gates: Gates
    progress: Mode
    json: bool


@record
class Verified:
    """The exit code, and the files that were read, as far as they are known."""

    code: int
    files: tuple[Path, ...]


def verified(paths: Sequence[Path], wish: Wish) -> Verified:
    """Decide the checks of the specs at some paths and tell what came of it. Raises ModelError."""
    from tcpverify.cli.deciding import Report, decide, saved

    request, strict, since = wish.request, wish.strict, wish.since
    report = None if wish.output is None else Report(wish.output)
    begin = report.begin if report else lambda _: None
    drawn = _Drawn(wish)
    specs, outcome = decide(paths, request, begin, wish.progress, wish.shard, since, drawn.add)
    read = {name for spec in specs for name in spec.files}
    read |= {d.span.source.name for d in outcome.diagnostics if d.span is not None}
    files = tuple(map(Path, sorted(read)))
    if wish.json:
        outcome, _ = saved(report, wish.itf, specs, outcome)
        outcome = pass_gates(wish.gates, outcome, request, strict, stdout=False)
        _show_json(outcome)
        return Verified(_code(outcome, strict, since), files)
    _show(outcome, drawn, strict)
    if since is not None and not outcome.results:
        _show_nothing(specs, since)
    final, written = saved(report, wish.itf, specs, outcome)
    final = pass_gates(wish.gates, final, request, strict, stdout=True)
    here = console(sys.stdout)
    for line in written:
        write(here.safe(line) + "\n")
    complain(final.diagnostics[: len(final.diagnostics) - len(outcome.diagnostics)])
    return Verified(_code(final, strict, since), files)


def _code(outcome: Outcome, strict: bool, since: str | None) -> int:
    """The exit code: that nothing is left to check since a revision is no mistake."""
    from tcpverify.result import Exit, exit_code

    code = exit_code(outcome, strict)
    return Exit.OK if since is not None and code is Exit.NOTHING and not outcome.errors else code


def _show_nothing(specs: Sequence[Spec], since: str) -> None:
    here = console(sys.stdout)
    what = "no check in the specs that changed" if specs else "no spec changed"
    write(here.safe(f"{what} since {since}") + "\n")


def _show_json(outcome: Outcome) -> None:
    from tcpverify.report.json import dumps, verify_document

    write(dumps(verify_document(outcome)))
    complain(outcome.diagnostics)


@dataclass(slots=True)
class _Drawn:
    """The ladders below the table, drawn while other specs are decided; `count`: of so many results."""

    wish: Wish
    text: str = ""
    count: int = 0

    def add(self, results: Sequence[AnyResult]) -> None:
        """Draw what is wanted of some more results."""
        from tcpverify.cli.ladders import ladders

        if not self.wish.json:
            self.text += ladders(results, console(sys.stdout), self.wish.traces, self.wish.request)
            self.count += len(results)


def _show(outcome: Outcome, drawn: _Drawn, strict: bool) -> None:
    """Results to stdout, diagnostics to stderr."""
    from tcpverify.cli.growing import notes
    from tcpverify.cli.table import closing, table
    from tcpverify.cli.unkept import where_to_look

    if outcome.results:
        here = console(sys.stdout)
        write(table(outcome.results, here))
        drawn.add(outcome.results[drawn.count :])
        write(drawn.text)
        write(notes(outcome.results, here))
        write(where_to_look(outcome.results, here))
        write(closing(outcome, here, strict))
    complain(outcome.diagnostics)
