"""Verdicts and the evidence for them. A verdict never claims more than was checked."""

from __future__ import annotations

from dataclasses import field, replace
from fractions import Fraction
from typing import Literal, TypeAlias

from tcpverify.ir.expr import Expr
from tcpverify.ir.system import Property
from tcpverify.ir.ways import Way
from tcpverify.records import record
from tcpverify.trace import Trace

IDLE = "idle time compressed"
"""Said of every count that is not the system's."""


@record
class Exhausted:
    """Every reachable state was visited: distinct states, transitions, longest shortest path.

    `idle`: idle time was compressed (`ir.idle`), and these are the numbers of what was visited then. The
    system has more states.
    """

    states: int
    transitions: int
    depth: int
    idle: bool = False

    def __str__(self) -> str:
        counts = f"{self.states:,} states, {self.transitions:,} transitions, depth {self.depth}"
        return f"{counts}, {IDLE}" if self.idle else counts


@record
class Induction:
    """A proof by k-induction (Sheeran, Singh, Stalmarck 2000), its obligations re-checked in fresh
    solvers; `lemmas` names the invariants it used, `found` are those that nobody named.

    `obligations` (what each shows, its text in SMT-LIB) are those of the lemmas too; `judges`: the solvers
    that refuted all of these texts.
    """

    k: int
    lemmas: tuple[str, ...] = ()
    found: tuple[Expr, ...] = ()
    judges: tuple[str, ...] = field(default=(), compare=False)
    obligations: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        more = f"{len(self.found)} formula{'s' if len(self.found) > 1 else ''} found" if self.found else ""
        using = ", ".join(filter(None, [*self.lemmas, more]))
        checked = f", checked by {' and '.join(self.judges)}" if self.judges else ""
        return f"{self.k}-induction" + (f" with {using}" if using else "") + checked


@record
class Invariant:
    """An inductive invariant of the ever-growing network (`ir/soup.py`) that implies the property: its
    conjuncts, formulas over states. `assumes`: what else the proof takes for granted, in words; `integers`:
    whether it is to be checked over integers rather than bit-vectors."""

    conjuncts: tuple[Expr, ...]
    assumes: tuple[str, ...] = ()
    integers: bool = False

    def __str__(self) -> str:
        granted = f", if {' and '.join(self.assumes)}" if self.assumes else ""
        return f"inductive invariant of {_parts(len(self.conjuncts))}, whatever the network does{granted}"


@record
class Ways:
    """Ways (`ir/ways.py`) of which one leads to what should always be reachable from each reachable state, by
    an invariant of the ever-growing network that says so."""

    ways: tuple[Way, ...]
    invariant: Invariant

    def __str__(self) -> str:
        parts = "1 way" if len(self.ways) == 1 else f"{len(self.ways)} ways"
        return f"{parts} to it, and an {self.invariant}"


@record
class Trap:
    """States that no step leaves, among them the last of a trace, and in none of which there is what should
    always be reachable: the conjuncts of an inductive invariant of all that can follow (`ir/onward.py`)."""

    conjuncts: tuple[Expr, ...]


@record
class TimedTrace:
    """A trace of a parametric system (`ir/parametric.py`), with values of its parameters and the time of each
    step, confirmed by `ir/timed_run.py`."""

    trace: Trace
    parameters: tuple[tuple[str, Fraction], ...]
    times: tuple[Fraction, ...]


@record
class Region:
    """The condition on parameters under which a property holds, and how that is known: `counterexamples` to
    what it excludes; an inductive `invariant` of what it leaves (None: it leaves nothing), in the words of
    `smtlib/timed_words.py` or in SMT-LIB; and what the obligations show that each of the `judges` refuted."""

    condition: str
    counterexamples: tuple[TimedTrace, ...]
    invariant: str | None
    obligations: tuple[str, ...]
    judges: tuple[str, ...]


Evidence: TypeAlias = Exhausted | Induction | Invariant | Ways


@record
class Holds:
    evidence: Evidence


@record
class Violated:
    """A shortest counterexample, replayed. `trap`: of `always reachable`, how many states cannot reach one
    with the formula; or a trap that the trace leads into, perhaps not the nearest."""

    trace: Trace
    trap: int | Trap | None = None


@record
class Reachable:
    """A shortest witness, replayed."""

    trace: Trace


@record
class Unreachable:
    evidence: Evidence


@record
class Vacuous:
    """It holds, but what it speaks of never happens."""

    why: str
    evidence: Evidence


@record
class Bounded:
    """No counterexample (or witness) of `k` steps or fewer; nothing is said beyond."""

    k: int


@record
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
        case Violated(trace, Trap(conjuncts)):
            return f"{_shape(trace)} into a trap of {_parts(len(conjuncts))}"
        case Violated(trace):
            return _shape(trace)
        case Reachable(trace):
            return _steps(len(trace))
        case Bounded(k):
            return f"no trace of {_steps(k)} or fewer"
        case Unknown(reason):
            return reason


def _shape(trace: Trace) -> str:
    """How long a trace is, and how it goes on if it is a lasso."""
    if trace.loop is None:
        return _steps(len(trace))
    again = len(trace) - trace.loop
    if not again:
        return f"{_steps(len(trace))}, then stays" if len(trace) else "stays in the initial state"
    if not trace.loop:
        return f"lasso: {_steps(again)} again and again"
    return f"lasso: {_steps(trace.loop)}, then {again} again and again"


def proof_of(verdict: Verdict) -> Evidence | None:
    """The evidence of a verdict that rests on some."""
    return verdict.evidence if isinstance(verdict, Holds | Unreachable | Vacuous) else None


def with_proof(verdict: Verdict, found: Evidence) -> Verdict:
    """A verdict that rests on evidence with other evidence for the same."""
    return replace(verdict, evidence=found) if isinstance(verdict, Holds | Unreachable | Vacuous) else verdict


def trace_of(verdict: Verdict) -> Trace | None:
    """The trace of a verdict that has one."""
    return verdict.trace if isinstance(verdict, Violated | Reachable) else None


VerdictWord: TypeAlias = Literal[
    "holds", "holds by proof", "violated", "reachable", "unreachable", "bounded", "vacuous", "unknown"
]


@record
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
                return isinstance(verdict, Holds) and isinstance(
                    verdict.evidence, Induction | Invariant | Ways
                )
            case "violated":
                nearest = not isinstance(verdict, Violated) or not isinstance(verdict.trap, Trap)
                exact = nearest or self.exact is None
                return isinstance(verdict, Violated) and exact and self._fits(len(verdict.trace))
            case "reachable":
                return isinstance(verdict, Reachable) and self._fits(len(verdict.trace))
            case "bounded":
                return isinstance(verdict, Bounded) and verdict.k >= (self.exact or 0)
            case other:
                return word(verdict) == other

    def _fits(self, length: int) -> bool:
        exactly = self.exact is None or length == self.exact
        return exactly and (self.within is None or length <= self.within)


def _parts(n: int) -> str:
    return "1 conjunct" if n == 1 else f"{n} conjuncts"


def _steps(n: int) -> str:
    return "1 step" if n == 1 else f"{n} steps"


@record
class Zeno:
    """A cycle without `tick` while time has work to do: the steps to it, and the actions round it."""

    after: int
    actions: tuple[str, ...]


@record
class Spread:
    """In how many ways the stored states differ in one variable, or in the contents of one channel.

    `values` counts the distinct ones among the states looked at, `possible` those of the type (None: a
    channel's). `growing`: some of them were seen first in the last quarter of the levels. `hints`: what
    might make them fewer.
    """

    name: str
    what: Literal["variable", "channel"]
    values: int
    possible: int | None
    growing: bool
    hints: tuple[str, ...]


@record
class Growth:
    """Why there are many states: the spread of every variable and channel that differs at all, the worst
    first, over `looked_at` of the `states` stored, taken evenly from each of the `levels`."""

    looked_at: int
    states: int
    levels: int
    spreads: tuple[Spread, ...]

    @property
    def whole(self) -> bool:
        """Whether every stored state was looked at."""
        return self.looked_at == self.states


@record
class Statistics:
    """What an exhaustive search saw. `complete`: every reachable state was visited. `deadlocks` counts
    states without a transition; `deadlock` is the length of a shortest way to one. `zeno`: if
    complete. `stopped`: why it is not; `growth`: if a limit or the user stopped it, or it was asked for.
    `idle`: idle time was compressed, and `states`, `transitions` and `depth` are of what was visited then;
    `deadlock` is not known."""

    states: int
    transitions: int
    depth: int
    complete: bool
    deadlocks: int
    deadlock: int | None
    zeno: Zeno | None = None
    stopped: str | None = None
    growth: Growth | None = None
    idle: bool = False


@record
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
    """What stands before the `=>` or `leads_to` of a property as it was written, its first word left out."""
    before, arrow, _ = prop.text.partition("leads_to" if "leads_to" in prop.text else "=>")
    words = before.split()
    if words[:1] == ["monitor"]:
        return f"a hot state of monitor {words[1]}"
    while words and words[0] in ("always", "never", "step"):
        del words[0]
    return " ".join(words) if arrow and words else "what it speaks of"
