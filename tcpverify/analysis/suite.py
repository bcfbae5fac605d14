"""Is a suite of checks any good? What became of every mutant of a spec, and the score.

Mutation analysis after DeMillo, Lipton and Sayward 1978, "Hints on test data selection": a suite that does
not notice a mistake made on purpose would not notice it made by accident.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from tcpverify.records import record

Fate = Literal["killed", "survived", "undecided", "unreached", "stillborn"]
"""`killed`: an expectation is not met any more. `survived`: every one that can tell is met. `undecided`: a
limit was hit before either. `unreached`: no check that was run gets to what was changed. `stillborn`: it is
no spec."""


@record
class Killer:
    """The expectation that a mutant does not meet."""

    check: str
    instance: str
    prop: str
    expected: str
    verdict: str


@record
class Told:
    """What became of a mutant. `place` is FILE:LINE:COLUMN, `where` the role or network. `watching`: (check,
    property) of the expectations that reach what was changed. `why`: what is known besides, in words."""

    number: int
    operator: str
    place: str
    where: str
    what: str
    fate: Fate
    killer: Killer | None = None
    watching: tuple[tuple[str, str], ...] = ()
    why: str = ""


@record
class Aside:
    """An instance that was left out, and why."""

    instance: str
    why: str


@record
class Suite:
    """All mutants that were made. `used`: how many instances they were put to; `aside`: those left out;
    `left`: mutants that were not tried because of --limit; `complete`: nobody interrupted; `tried`: how many
    were put to checks, and of how many of these it was `known` from an earlier run what becomes of them."""

    file: str
    mutants: tuple[Told, ...]
    used: int
    aside: tuple[Aside, ...]
    left: int = 0
    complete: bool = True
    tried: int = 0
    known: int = 0

    def of(self, fate: Fate) -> tuple[Told, ...]:
        """The mutants of one fate, in order."""
        return tuple(m for m in self.mutants if m.fate == fate)

    @property
    def score(self) -> Fraction | None:
        """Killed mutants among those that a check could tell; what is undecided counts as not killed. None if
        there are none."""
        killed = len(self.of("killed"))
        all_ = killed + len(self.of("survived")) + len(self.of("undecided"))
        return Fraction(killed, all_) if all_ else None

    def by_operator(self) -> list[tuple[str, int, int]]:
        """Each kind of mistake with how many of it were killed, and of how many that could be."""
        return [(name, sum(m.fate == "killed" for m in row), len(row)) for name, row in self._rows()]

    def _rows(self) -> list[tuple[str, Sequence[Told]]]:
        tried = [m for m in self.mutants if m.fate in ("killed", "survived", "undecided")]
        names = dict.fromkeys(m.operator for m in tried)
        return [(name, [m for m in tried if m.operator == name]) for name in names]
