"""Verdicts and the evidence for them. A verdict never claims more than was checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tcpverify.ir.system import Property
from tcpverify.trace import Trace


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Every reachable state was visited: distinct states, transitions, longest shortest path."""

    states: int
    transitions: int
    depth: int

    def __str__(self) -> str:
        return f"{self.states:,} states, {self.transitions:,} transitions, depth {self.depth}"


@dataclass(frozen=True, slots=True)
class Induction:
    """A proof by k-induction (Sheeran, Singh, Stalmarck 2000), its obligations re-checked in fresh
    solvers; `lemmas` names the invariants it used."""

    k: int
    lemmas: tuple[str, ...] = ()

    def __str__(self) -> str:
        using = f" with {', '.join(self.lemmas)}" if self.lemmas else ""
        return f"{self.k}-induction{using}"


Evidence: TypeAlias = Exhausted | Induction


@dataclass(frozen=True, slots=True)
class Holds:
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Violated:
    """A shortest counterexample, replayed."""

    trace: Trace


@dataclass(frozen=True, slots=True)
class Reachable:
    """A shortest witness, replayed."""

    trace: Trace


@dataclass(frozen=True, slots=True)
class Unreachable:
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Vacuous:
    """It holds, but what it speaks of never happens."""

    why: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Bounded:
    """No counterexample (or witness) of `k` steps or fewer; nothing is said beyond."""

    k: int


@dataclass(frozen=True, slots=True)
class Unknown:
    reason: str


Verdict: TypeAlias = Holds | Violated | Reachable | Unreachable | Vacuous | Bounded | Unknown


def word(verdict: Verdict) -> str:
    """The verdict as an `expect` line writes it."""
    match verdict:
        case Bounded(k):
            return f"bounded {k}"
        case _:
            return type(verdict).__name__.lower()


def evidence(verdict: Verdict) -> str:
    """The evidence in a few words."""
    match verdict:
        case Holds(found) | Unreachable(found):
            return str(found)
        case Vacuous(why, found):
            return f"{why}; {found}"
        case Violated(trace):
            return _steps(len(trace))
        case Reachable(trace):
            return _steps(len(trace))
        case Bounded(k):
            return f"no trace of {_steps(k)} or fewer"
        case Unknown(reason):
            return reason


def trace_of(verdict: Verdict) -> Trace | None:
    """The trace of a verdict that has one."""
    return verdict.trace if isinstance(verdict, Violated | Reachable) else None


VerdictWord: TypeAlias = Literal[
    "holds", "holds by proof", "violated", "reachable", "unreachable", "bounded", "vacuous", "unknown"
]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an `expect` line says: a verdict, and for a trace its length (`exact`) or a bound on it
    (`within`); for `bounded` the least bound (`exact`)."""

    word: VerdictWord
    exact: int | None = None
    within: int | None = None

    def __str__(self) -> str:
        if self.word == "bounded":
            return f"bounded {self.exact}"
        suffix = f" in {self.exact}" if self.exact is not None else ""
        return self.word + suffix + (f" within {self.within}" if self.within is not None else "")

    def met(self, verdict: Verdict) -> bool:
        """Whether a verdict is what was expected; `unknown` or `vacuous` pass only if asked for."""
        match self.word:
            case "holds":
                return isinstance(verdict, Holds)
            case "holds by proof":
                return isinstance(verdict, Holds) and isinstance(verdict.evidence, Induction)
            case "violated":
                return isinstance(verdict, Violated) and self._fits(len(verdict.trace))
            case "reachable":
                return isinstance(verdict, Reachable) and self._fits(len(verdict.trace))
            case "bounded":
                return isinstance(verdict, Bounded) and verdict.k >= (self.exact or 0)
            case other:
                return word(verdict) == other

    def _fits(self, length: int) -> bool:
        exactly = self.exact is None or length == self.exact
        return exactly and (self.within is None or length <= self.within)


def _steps(n: int) -> str:
    return "1 step" if n == 1 else f"{n} steps"


@dataclass(frozen=True, slots=True)
class Zeno:
    """A cycle without `tick` while time has work to do: the steps to it, and the actions round it."""

    after: int
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What an exhaustive search saw. `complete`: every reachable state was visited. `deadlocks`
    counts states without a transition; `deadlock` is a shortest way to one. `zeno`: if complete."""

    states: int
    transitions: int
    depth: int
    complete: bool
    deadlocks: int
    deadlock: Trace | None
    zeno: Zeno | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """An engine's answer about one system: a verdict for each property asked (by name), and what
    it saw on the way. `taken` holds the indices of the actions that were taken at least once (an
    erring step counts), `visited` the values seen of each endpoint's control variable as (endpoint
    name, state name); both empty if the engine does not enumerate states. `interrupted`: the user
    stopped it, and what was not decided by then is unknown."""

    verdicts: dict[str, Verdict]
    statistics: Statistics | None = None
    taken: frozenset[int] = frozenset()
    visited: frozenset[tuple[str, str]] = frozenset()
    interrupted: bool = False


def antecedent_text(prop: Property) -> str:
    """What stands before the `=>` of a property as it was written, its first word left out."""
    before, arrow, _ = prop.text.partition("=>")
    words = before.split()
    while words and words[0] in ("always", "never", "step"):
        del words[0]
    return " ".join(words) if arrow and words else "what it speaks of"
