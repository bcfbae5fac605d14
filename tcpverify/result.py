"""Results: one verdict with all that a reader, a gate or a report wants to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TypeAlias

from tcpverify.diagnostics import Code, Diagnostic, in_order
from tcpverify.ir.expr import Value
from tcpverify.ir.system import Property, System
from tcpverify.records import record
from tcpverify.source import Span
from tcpverify.verdict import Bounded, Expectation, Region, Statistics, Unknown, Verdict

Sought: TypeAlias = int | str
"""What a `find` finds: a value of a parameter, a number of faults, or a condition in the words of the
language (in those of the spec, if it expects the same); `none` if there is none."""


@record
class Result:
    """The verdict on one property of one instance of one check.

    `instance` shows the swept parameters, `params` holds all that are set, `automatic` tells a property
    that nobody asked for, `seconds` is the time the engine took for the instance (all its properties at
    once).
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
    params: tuple[tuple[str, Value], ...] = ()
    adversaries: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    """What the verdict takes for granted."""
    place: Span | None = None
    """Of the `expect` line; of what nobody expects anything of, the name of the check."""
    cached: bool = False
    """Whether the verdict is that of an earlier run, told again."""

    @property
    def met(self) -> bool:
        """Whether the expectation is met; what nobody expects anything of is."""
        return self.expected is None or self.expected.met(self.verdict)

    @property
    def inconclusive(self) -> bool:
        """Not met only because the engine did not come to an end."""
        return not self.met and isinstance(self.verdict, Unknown | Bounded)


@record
class CountResult:
    """The number of reachable states of an instance beside the expected one; None: not counted."""

    file: str
    check: str
    instance: tuple[tuple[str, str], ...]
    variants: tuple[str, ...]
    states: int | None
    expected: int
    engine: str
    statistics: Statistics | None
    seconds: float
    adversaries: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    place: Span | None = None
    cached: bool = False

    @property
    def met(self) -> bool:
        return self.states == self.expected

    @property
    def inconclusive(self) -> bool:
        return self.states is None


@record
class FindResult:
    """The answer to a `find` of one instance of one check.

    `name` is what is sought ("least T", "weakest network"), `question` the whole of it in words. `found`
    is a value of the parameter, a number of faults or a condition, "none" if there is none, None if that is
    not known; `why` says how it is known. `table`: every instance that was decided, each result with the
    verdict that is sought as its expectation; of a condition there is none, but `region` is the evidence.
    `expected` is None if the spec does not say.
    """

    file: str
    check: str
    instance: tuple[tuple[str, str], ...]
    variants: tuple[str, ...]
    name: str
    question: str
    prop: Property
    found: Sought | None
    why: str
    expected: Sought | None
    table: tuple[Result, ...]
    engine: str
    seconds: float
    cites: tuple[str, ...] = ()
    adversaries: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    statistics: Statistics | None = None
    region: Region | None = None
    place: Span | None = None
    """Of the `find` line."""
    cached: bool = False
    """Whether all verdicts of the table are those of an earlier run."""

    @property
    def answer(self) -> str:
        """The answer in a word."""
        return "unknown" if self.found is None else str(self.found)

    @property
    def met(self) -> bool:
        """Whether the answer is known, and the expected one if one is."""
        return self.found is not None and self.expected in (None, self.found)

    @property
    def inconclusive(self) -> bool:
        return self.found is None


AnyResult: TypeAlias = Result | CountResult | FindResult


def instance_text(result: AnyResult) -> str:
    """The parameters, variants, adversaries and assumptions of an instance; empty if it has none."""
    texts = [f"{n}={v}" for n, v in result.instance]
    texts += [f"variant {v}" for v in result.variants]
    texts += [f"adversary {a}" for a in result.adversaries]
    return ", ".join([*texts, *(f"assuming {a}" for a in result.assumptions)])


def is_quiet(result: AnyResult) -> bool:
    """Whether a result is only counted where results are shown: nobody asked for it, and it holds."""
    return isinstance(result, Result) and result.automatic and result.met


@record
class Place:
    """A state, a handler or a branch of a role, as `text` at `place` in the spec, whether a run reached it,
    and the clauses (of an RFC, say) that it cites. `known`: whether, if none did, none can."""

    role: str
    text: str
    place: str
    reached: bool
    cites: tuple[str, ...] = ()
    known: bool = True


@record
class Coverage:
    """What the instances of a file reached of the roles that they use. `enumerated` of `instances` had all
    their states visited; what the others reach is not known. `branches`: None if they were not looked for."""

    file: str
    states: tuple[Place, ...]
    handlers: tuple[Place, ...]
    instances: int
    enumerated: int
    branches: tuple[Place, ...] | None = None

    @property
    def clauses(self) -> dict[str, bool]:
        """What its handlers cite, in their order, and whether one that cites it was reached."""
        found: dict[str, bool] = {}
        for h in self.handlers:
            found.update((cite, found.get(cite, False) or h.reached) for cite in h.cites)
        return found


@record
class Outcome:
    """Everything that a run of `verify` found. `errors` are diagnostics of specs that could not be
    checked, `failures` faults of tcpverify itself; `sides`: names and texts of files with what two
    engines say that disagree; `coverage`: of each file what was reached."""

    results: tuple[AnyResult, ...]
    errors: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    failures: tuple[Diagnostic, ...] = ()
    interrupted: bool = False
    seconds: float = 0.0
    sides: tuple[tuple[str, str], ...] = ()
    coverage: tuple[Coverage, ...] = ()

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The gravest first."""
        return (*self.failures, *self.errors, *self.warnings)


def merged(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome of several runs; what two of them say of one place is said once."""
    return Outcome(
        results=tuple(r for o in outcomes for r in o.results),
        errors=in_order(d for o in outcomes for d in o.errors),
        warnings=in_order(d for o in outcomes for d in o.warnings),
        failures=in_order(d for o in outcomes for d in o.failures),
        interrupted=any(o.interrupted for o in outcomes),
        seconds=sum(o.seconds for o in outcomes),
        sides=tuple(side for o in outcomes for side in o.sides),
        coverage=tuple(c for o in outcomes for c in o.coverage),
    )


class Exit(IntEnum):
    """The exit codes of the command line."""

    OK = 0
    UNMET = 1
    USAGE = 2
    INCONCLUSIVE = 3
    INTERNAL = 4
    NOTHING = 5
    INTERRUPTED = 130


def exit_code(outcome: Outcome, strict: bool = False) -> Exit:
    """The exit code of a run; of several that apply: internal, interrupted, usage, unmet, inconclusive.

    `strict` makes warnings count as unmet. There was nothing to check if no result and no other
    mistake came of it: a folder without specs, specs without checks.
    """
    unmet = [r for r in outcome.results if not r.met]
    if outcome.failures:
        return Exit.INTERNAL
    if outcome.interrupted:
        return Exit.INTERRUPTED
    if outcome.errors:
        idle = not outcome.results and all(d.code is Code.NOTHING_TO_CHECK for d in outcome.errors)
        return Exit.NOTHING if idle else Exit.USAGE
    if any(not r.inconclusive for r in unmet) or (strict and outcome.warnings):
        return Exit.UNMET
    if unmet:
        return Exit.INCONCLUSIVE
    return Exit.OK if outcome.results else Exit.NOTHING
