"""The explicit engine: plain Python while a state space is small, machine code when it is not."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tcpverify.explicit import search
from tcpverify.explicit.refusal import refusal
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Deadline, Limits, ProgressCallback, silent
from tcpverify.verdict import Decision, Unknown

if TYPE_CHECKING:
    from tcpverify.ir.idle import Reduction

SMALL = 8_000
"""Transitions that plain Python takes in the time in which machine code is made."""


def run(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback = silent,
    *,
    exhaustive: bool = True,
) -> Decision:
    """Visit every reachable state and decide every property; nobody needs to know how.

    With `exhaustive=False` it may stop as soon as every property has its trace. Where a limit (or the
    user) stops it, what has a trace keeps its verdict and the rest is unknown.
    """
    reason = refusal(system)
    if reason is not None:
        unsupported = PropertyKind.UNSUPPORTED
        return Decision({p.name: Unknown(p.text if p.kind is unsupported else reason) for p in properties})
    deadline = limits.deadline()
    compressed = _compressed(system, properties, limits)
    native = machine_code()
    if native or compressed is not None:
        try:
            return search.run(
                system, properties, limits, progress, exhaustive=exhaustive, patience=SMALL, deadline=deadline
            )
        except search.Outgrown:
            pass

    def explore(system: System) -> Decision:
        return _explore(system, properties, limits, progress, exhaustive, deadline, native)

    decision = None
    if compressed is not None:
        from tcpverify.explicit import idle

        decision = idle.decide(compressed, properties, explore, deadline)
    return decision or explore(system)


def _compressed(system: System, properties: Sequence[Property], limits: Limits) -> Reduction | None:
    """The system with idle time compressed, where that is worth it."""
    if limits.counts or not system.timed:
        return None
    from tcpverify.explicit import idle

    return idle.reduction(system, properties, limits)


def _explore(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback,
    exhaustive: bool,
    deadline: Deadline,
    native: bool,
) -> Decision:
    """Every property of a system that is not small."""
    if not native:
        why = "plain Python: llvmlite is not installed"
        return search.run(
            system, properties, limits, progress, exhaustive=exhaustive, deadline=deadline, plain=why
        )
    return _at_native_speed(system, properties, limits, progress, exhaustive, deadline)


def machine_code() -> bool:
    """Whether machine code can be made: llvmlite is an extra."""
    return find_spec("llvmlite") is not None


def _at_native_speed(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback,
    exhaustive: bool,
    deadline: Deadline,
) -> Decision:
    from tcpverify.explicit.native import search as native
    from tcpverify.explicit.native.layout import TooWide

    try:
        return native.run(system, properties, limits, progress, exhaustive=exhaustive, deadline=deadline)
    except (TooWide, MemoryError) as problem:
        why = f"plain Python: {problem}"
        return search.run(
            system, properties, limits, progress, exhaustive=exhaustive, deadline=deadline, plain=why
        )
