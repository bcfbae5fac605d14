"""What was seen of an instance of a mutant, and what earlier runs saw, kept beside the verdicts of `verify`.

An answer is found by a digest of all that it is a function of: the declarations that the instance may depend
on (`lang/needs.py`) without their places, docs and citations, those of the mutant for those of the spec; what
is asked of the instance and expected; the limits; and the versions of all tools. So a comment, a citation,
another check or property, or the order of mutants changes nothing. What is shown of a mutant besides its fate
is made anew.

The folder and its safety are those of `pipeline/remembered.py`, and here, too, only what is final is kept.
There is one file for each spec, of numbers and short texts: no trace is kept, so none is replayed. What is
told by it is how good the checks of a spec are, never a verdict on the spec.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from tcpverify.analysis.coverage import handler_place
from tcpverify.diagnostics import Code
from tcpverify.explicit.native import cache as files
from tcpverify.lang.elaborate.roles import all_handlers
from tcpverify.lang.needs import Digests, Needed
from tcpverify.lang.resolve import Program
from tcpverify.limits import Limits
from tcpverify.pipeline.decide import Done
from tcpverify.pipeline.plan import Planned
from tcpverify.pipeline.remembered import asked, final, tools
from tcpverify.records import record
from tcpverify.result import Result
from tcpverify.verdict import evidence, word

MOST = 50_000
"""Answers kept of a spec; those not asked for in the most recent runs go first."""

Place: TypeAlias = tuple[str, int, int]
"""Of a handler: its file, where it begins and ends."""


@record
class Unmet:
    """An expectation that is not met, and the verdict in a word with its evidence."""

    prop: str
    expected: str
    word: str
    evidence: str


@record
class Seen:
    """What came of an instance. `born`: there was a system; `taken`: its handlers that were taken, by number
    (see `numbers`); `states` and `transitions`, 0 if not all were visited; `unmet`: the first expectation
    that is surely not met; `open`: why something is not known; `final`: more time would not tell more."""

    born: bool
    taken: frozenset[int] = frozenset()
    states: int = 0
    transitions: int = 0
    unmet: Unmet | None = None
    open: str = ""
    final: bool = False


def seen(done: Done, p: Planned, limits: Limits, handlers: Mapping[Place, int]) -> Seen:
    """What came of an instance that was decided; `handlers`: the numbers of the places of handlers."""
    if done.failures:
        return Seen(False, open=f"a fault of tcpverify: {done.failures[0].message}")
    if not done.runs:
        return Seen(False, final=all(d.code is not Code.TOO_DEEP for d in done.problems))
    unmet = [r for r in done.results if isinstance(r, Result) and not r.met]
    sure = next((r for r in unmet if not r.inconclusive), None)
    open_ = [f"{r.prop.name} {evidence(r.verdict)}" for r in unmet if r.inconclusive]
    decision = done.runs[0].decision
    actions, found = done.runs[0].model.system.actions, decision.statistics
    places = {handler_place(actions[i]) for i in decision.taken}
    complete = found is not None and found.complete
    return Seen(
        True,
        frozenset(n for at, n in handlers.items() if at in places),
        found.states if found is not None and complete else 0,
        found.transitions if found is not None and complete else 0,
        None if sure is None else _unmet(sure),
        open_[0] if open_ else "",
        complete and not done.interrupted and all(final(p.instance, limits, r.decision) for r in done.runs),
    )


def _unmet(r: Result) -> Unmet:
    return Unmet(r.prop.name, str(r.expected), word(r.verdict), evidence(r.verdict))


# --- Names -------------------------------------------------------------------------------------------


class Names:
    """The names of what is kept of instances, under some limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._digests = limits, Digests()

    def of(self, program: Program, p: Planned, wanted: Needed) -> str:
        """The name for an instance of a program, a spec's or a mutant; `wanted`: what it may depend on."""
        asks = asked(p.instance, p.wanted, "explicit", False, False, self._limits)
        expected = repr(sorted((name, str(e)) for name, e in p.instance.expectations.items()))
        return files.key("mutant", tools(), *asks, expected, *self._digests.of(program, wanted))


def numbers(program: Program, wanted: Needed) -> dict[Place, int]:
    """The places of the handlers of some roles with their numbers, in textual order: these depend on nothing
    but the roles, which places do not."""
    roles = [program.roles[name] for table, name in wanted if table == "roles"]
    handlers = [h for role in roles for h in all_handlers(role)]
    return {(h.span.source.name, h.span.start, h.span.stop): n for n, h in enumerate(handlers)}


# --- Keeping -----------------------------------------------------------------------------------------


def recall(where: Path, spec: str) -> dict[str, Seen]:
    """What is kept of a spec, by its names; empty if there is nothing of ours that can be used."""
    data = files.fetch(where, _file(spec))
    if data is None:
        return {}
    try:
        rows = json.loads(zlib.decompress(data))
        return {name: _read(row) for name, row in rows.items()}
    except (ValueError, TypeError, AttributeError, RecursionError, zlib.error):
        return {}


def remember(where: Path, spec: str, rows: Mapping[str, Seen], used: Iterable[str]) -> None:
    """Keep what is final of some answers, those that were used the longest."""
    told = dict.fromkeys(used)
    order = [*(name for name in rows if name not in told), *told]
    kept = {name: _written(rows[name]) for name in order if rows[name].final}
    text = json.dumps(dict(list(kept.items())[-MOST:]), separators=(",", ":"))
    files.keep(where, _file(spec), zlib.compress(text.encode(), 1))


def _file(spec: str) -> str:
    """The file of a spec, by its path."""
    return files.key("mutants", os.path.abspath(spec))


def _written(one: Seen) -> list[Any]:
    unmet = one.unmet and [one.unmet.prop, one.unmet.expected, one.unmet.word, one.unmet.evidence]
    return [one.born, sorted(one.taken), one.states, one.transitions, unmet]


def _read(row: Any) -> Seen:
    """Raises ValueError and TypeError."""
    born, taken, states, transitions, unmet = row
    return Seen(born, frozenset(taken), states, transitions, unmet and Unmet(*unmet), final=True)
