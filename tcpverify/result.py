"""Results: one verdict with all that a reader, a gate or a report wants to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from tcpverify.diagnostics import Diagnostic
from tcpverify.ir.system import Property, System
from tcpverify.verdict import Bounded, Expectation, Statistics, Unknown, Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one property of one instance of one check.

    `instance` shows the swept parameters, `automatic` tells a property that nobody asked for,
    `seconds` is the time the engine took for the instance (all its properties at once).
    """

    file: str
    check: str
    instance: tuple[tuple[str, str], ...]
    variants: tuple[str, ...]
    prop: Property
    system: System
    engine: str
    verdict: Verdict
    expected: Expectation | None
    automatic: bool
    cites: tuple[str, ...]
    statistics: Statistics | None
    seconds: float

    @property
    def met(self) -> bool:
        """Whether the expectation is met; what nobody expects anything of is."""
        return self.expected is None or self.expected.met(self.verdict)

    @property
    def inconclusive(self) -> bool:
        """Not met only because the engine did not come to an end."""
        return not self.met and isinstance(self.verdict, Unknown | Bounded)


@dataclass(frozen=True, slots=True)
class CountResult:
    """The number of reachable states of an instance beside the expected one; None: not counted."""

    file: str
    check: str
    instance: tuple[tuple[str, str], ...]
    states: int | None
    expected: int
    engine: str
    statistics: Statistics | None
    seconds: float

    @property
    def met(self) -> bool:
        return self.states == self.expected

    @property
    def inconclusive(self) -> bool:
        return self.states is None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a run of `verify` found. `errors` are diagnostics of specs that could not be
    checked, `failures` faults of tcpverify itself."""

    results: tuple[Result | CountResult, ...]
    errors: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    failures: tuple[Diagnostic, ...] = ()
    interrupted: bool = False
    seconds: float = 0.0


class Exit(IntEnum):
    """The exit codes of the command line."""

    OK = 0
    UNMET = 1
    USAGE = 2
    INCONCLUSIVE = 3
    INTERNAL = 4
    NOTHING = 5
    INTERRUPTED = 130


def exit_code(outcome: Outcome, strict: bool) -> Exit:
    """The exit code of a run; of several that apply: interrupted, internal, usage, unmet,
    inconclusive. `strict` makes warnings count as unmet."""
    unmet = [r for r in outcome.results if not r.met]
    if outcome.interrupted:
        return Exit.INTERRUPTED
    if outcome.failures:
        return Exit.INTERNAL
    if outcome.errors:
        return Exit.USAGE
    if any(not r.inconclusive for r in unmet) or (strict and outcome.warnings):
        return Exit.UNMET
    if unmet:
        return Exit.INCONCLUSIVE
    return Exit.OK if outcome.results else Exit.NOTHING


def unmet(results: Sequence[Result | CountResult]) -> list[Result | CountResult]:
    return [r for r in results if not r.met]
