"""The table of engines: what each is called, what it decides, how two of them are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Limits, ProgressCallback, silent
from tcpverify.records import record
from tcpverify.verdict import (
    Bounded,
    Decision,
    Holds,
    Invariant,
    Reachable,
    Trap,
    Unknown,
    Unreachable,
    Vacuous,
    Verdict,
    Violated,
    Ways,
    trace_of,
)

EngineName: TypeAlias = Literal["explicit", "smt"]

NONE: Mapping[str, Verdict] = MappingProxyType({})

LOOK_PAST = 1
"""How many steps past the longest known trace the symbolic engine looks when both are asked."""

ALL_KINDS = frozenset(PropertyKind) - {PropertyKind.UNSUPPORTED}
GRAPH_KINDS = frozenset({PropertyKind.SETTLES, PropertyKind.RESPONSE})
"""What is decided on the graph of all states only."""


class Run(Protocol):
    """Decides properties of a system within limits; `hints` are invariants that it may have, `known` what is
    shown already of some of the properties: then at most whether they say anything is asked."""

    def __call__(
        self,
        system: System,
        properties: Sequence[Property],
        limits: Limits,
        progress: ProgressCallback,
        hints: Sequence[Property] = (),
        known: Mapping[str, Verdict] = NONE,
        /,
    ) -> Decision: ...


@record
class Engine:
    """`decides`: the kinds of property it can answer (others it calls unknown)."""

    name: EngineName
    run: Run
    decides: frozenset[PropertyKind]


def _explicit(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback,
    *_: object,
) -> Decision:
    from tcpverify.explicit.engine import run

    return run(system, properties, limits, progress)


def _smt(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback,
    hints: Sequence[Property] = (),
    known: Mapping[str, Verdict] = NONE,
) -> Decision:
    from tcpverify.smt.engine import run

    return run(system, properties, limits, progress, hints, known)


ENGINES: dict[EngineName, Engine] = {
    "explicit": Engine("explicit", _explicit, ALL_KINDS),
    "smt": Engine("smt", _smt, ALL_KINDS - GRAPH_KINDS),
}


def choose(name: Literal["auto", "explicit", "smt"], system: System) -> Engine:
    """The engine of that name; `auto`: the explicit one unless it would refuse the system."""
    from tcpverify.explicit.refusal import refusal

    if name == "auto":
        return ENGINES["explicit"] if refusal(system) is None else ENGINES["smt"]
    return ENGINES[name]


# --- Two engines on one question ---------------------------------------------------------------------


@record
class Difference:
    """Two verdicts on one property that cannot both be right."""

    prop: str
    explicit: Verdict
    smt: Verdict


@record
class Disagreement:
    """Both answers, and where they contradict each other: a fault of tcpverify."""

    explicit: Decision
    smt: Decision
    differences: tuple[Difference, ...]


def run_both(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback = silent,
    hints: Sequence[Property] = (),
) -> Decision | Disagreement:
    """Ask both engines: the stronger of each two verdicts, or where they contradict each other.

    After an exhaustive search the symbolic engine unrolls only a little past the longest trace found:
    far enough to find each of them, or a shorter one, by itself; what holds need not be proved again.
    """
    explicit = ENGINES["explicit"].run(system, properties, limits, progress)
    if explicit.interrupted:
        return explicit
    if explicit.statistics is not None and explicit.statistics.complete:
        longest = max(
            (len(t) for v in explicit.verdicts.values() if (t := trace_of(v)) is not None), default=0
        )
        limits = replace(limits, max_bound=min(limits.max_bound, longest + LOOK_PAST), proofs=False)
    return combine(explicit, ENGINES["smt"].run(system, properties, limits.symbolic(), progress, hints))


def combine(explicit: Decision, smt: Decision) -> Decision | Disagreement:
    """One decision out of two on the same properties."""
    pairs = {name: (explicit.verdicts[name], smt.verdicts[name]) for name in explicit.verdicts}
    wrong = tuple(Difference(name, a, b) for name, (a, b) in pairs.items() if not agree(a, b))
    if wrong:
        return Disagreement(explicit, smt, wrong)
    return replace(
        explicit if explicit.statistics is not None else smt,
        verdicts={name: stronger(a, b) for name, (a, b) in pairs.items()},
        interrupted=explicit.interrupted or smt.interrupted,
    )


def agree(a: Verdict, b: Verdict) -> bool:
    """Whether two verdicts on one property can both be right.

    Both have a shortest trace (into a trap: perhaps a longer one), or both say that there is none (one may
    call it vacuous); `bounded k` goes with a trace of more than k steps; `unknown` goes with everything, and
    so does what was proved with something taken for granted.
    """
    if isinstance(a, Unknown) or isinstance(b, Unknown) or _assumes(a) or _assumes(b):
        return True
    one, other = trace_of(a), trace_of(b)
    if one is not None and other is not None and (_trapped(a) or _trapped(b)):
        nearest, longer = (other, one) if _trapped(a) else (one, other)
        either_way = _trapped(a) and _trapped(b)
        return type(a) is type(b) and (either_way or len(nearest) <= len(longer))
    if one is not None and other is not None:
        return type(a) is type(b) and len(one) == len(other)
    if one is None and other is None:
        return _about_reachability(a) in (_about_reachability(b), None) or _about_reachability(b) is None
    trace, rest = (one, b) if one is not None else (other, a)
    return isinstance(rest, Bounded) and trace is not None and len(trace) > rest.k


def _assumes(verdict: Verdict) -> bool:
    """Whether a verdict rests on something that was taken for granted."""
    match verdict:
        case Holds(Invariant(assumes=assumes)) | Unreachable(Invariant(assumes=assumes)):
            return bool(assumes)
        case Vacuous(evidence=Invariant(assumes=assumes)) | Holds(Ways(_, Invariant(assumes=assumes))):
            return bool(assumes)
        case _:
            return False


def _trapped(verdict: Verdict) -> bool:
    return isinstance(verdict, Violated) and isinstance(verdict.trap, Trap)


def _about_reachability(verdict: Verdict) -> bool | None:
    """Whether a verdict answers `reachable`; None if it could be either."""
    if isinstance(verdict, Bounded | Unknown):
        return None
    return isinstance(verdict, Reachable | Unreachable)


def stronger(a: Verdict, b: Verdict) -> Verdict:
    """The verdict that says more; the first of two that say as much."""
    return max(a, b, key=_strength)


def _strength(verdict: Verdict) -> tuple[int, int]:
    match verdict:
        case Violated() | Reachable():
            return 4, 0
        case Vacuous():
            return 3, 0
        case Holds() | Unreachable():
            return 2, 0
        case Bounded(k):
            return 1, k
        case Unknown():
            return 0, 0
